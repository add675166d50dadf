# SPDX-License-Identifier: Apache-2.0
"""The mean and deviation that a checkpoint's features were normalised with.

They are files of their own, ``mean.npy`` and ``std.npy`` (``Mean.npy``, ``Std.npy`` in the data
set), beside the checkpoint or in ``meta`` beside its folder. Each system has its convention; the
statistics of another would move every joint, so they are refused.
"""

from __future__ import annotations

from pathlib import Path

from gen3d.errors import Gen3dError
from motion.checkpoints.signature import Kind
from motion.features import HUMANML, KIT, Layout
from motion.features_norm import Normalization, read

_NAMES = (("mean.npy", "std.npy"), ("Mean.npy", "Std.npy"))
_CONVENTIONS: dict[Kind, tuple[str, ...]] = {
    "mdm": ("plain",),
    "motiondiffuse": ("feat_bias 25",),
    "remodiffuse": ("plain", "feat_bias 25"),
}
"""ReMoDiffuse's files come from its data folder, which its users have filled either way."""


def layout_of(width: int) -> Layout:
    """The data set's layout for a number of features a frame."""
    return HUMANML if width == HUMANML.width else KIT


def find_statistics(
    kind: Kind, width: int, checkpoint: Path, folder: Path | None = None
) -> Normalization:
    """Read and check the statistics of a checkpoint.

    Args:
        kind: Whose checkpoint it is.
        width: Features a frame.
        checkpoint: Its file.
        folder: Where they lie; None looks beside the checkpoint.

    Raises:
        Gen3dError: They are missing, damaged or of another convention.
    """
    layout = layout_of(width)
    mean, std = _pair(checkpoint, folder)
    found = read(mean, std, layout)
    if found.convention not in _CONVENTIONS[kind]:
        wanted = " or ".join(_CONVENTIONS[kind])
        raise Gen3dError(
            f"{std} has the convention {found.convention}; {checkpoint.name} needs {wanted}.",
            "Use the mean and std that the checkpoint was trained with.",
        )
    return found


def _pair(checkpoint: Path, folder: Path | None) -> tuple[Path, Path]:
    beside = checkpoint.parent
    places = [folder] if folder else [beside, beside / "meta", beside.parent / "meta"]
    for place in places:
        for mean, std in _NAMES:
            if (place / mean).is_file() and (place / std).is_file():
                return place / mean, place / std
    raise Gen3dError(
        f"There are no mean.npy and std.npy for {checkpoint.name} in {folder or beside}.",
        "Copy those of its data set beside it (MDM: HumanML3D's Mean.npy and Std.npy).",
    )
