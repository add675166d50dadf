# SPDX-License-Identifier: Apache-2.0
"""Mean and deviation of motion vectors, and which of the three conventions they follow.

Published statistics have one deviation for each block of the vector. Systems differ in one thing:
whether the deviations of the root (turn, velocity, height) and of the contacts are divided by a
*feature bias* so that a network sees more of them. Mixing conventions is silent and ruins motion,
so the convention is read off the numbers: the root's velocity is one of the joints' velocities, so
without a bias their deviations are nearly equal, in any unit and for either data set.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Float32

from gen3d.errors import Gen3dError
from motion.features import Layout

CONVENTIONS: dict[str, float] = {"plain": 1.0, "feat_bias 5": 5.0, "feat_bias 25": 25.0}
"""What the deviations of root and contacts are divided by.

Plain: MDM, T2M-GPT, MLD. 5: MoMask. 25: MotionDiffuse and the evaluator of text-to-motion.
"""
_ROOT_OVER_JOINTS = 0.016927 / 0.019470
"""Deviation of the root's velocity over that of all joints' in the published plain file."""
_CLOSE = 1.6
"""Factor within which a ratio counts as a convention's; the conventions lie a factor 5 apart."""
_CONSTANT = 1e-2
"""How much deviations may differ within a block, relative."""
_LARGEST_FILE = 1 << 16
"""Bytes; 263 doubles take 2.2 kB."""
_HINT = "Use the mean.npy and std.npy that came with the model."


@dataclass(frozen=True)
class Normalization:
    """Statistics of a layout's vectors."""

    mean: Float[np.ndarray, "width"]
    std: Float[np.ndarray, "width"]
    convention: str
    """A key of :data:`CONVENTIONS`."""

    def normalize(
        self, features: Float[np.ndarray, "*batch width"]
    ) -> Float32[np.ndarray, "*batch width"]:
        """Vectors to what a network sees."""
        return ((features - self.mean) / self.std).astype(np.float32)

    def denormalize(
        self, values: Float[np.ndarray, "*batch width"]
    ) -> Float32[np.ndarray, "*batch width"]:
        """Inverse of :meth:`normalize`."""
        return (values * self.std + self.mean).astype(np.float32)


def normalization(mean: np.ndarray, std: np.ndarray, layout: Layout) -> Normalization:
    """Check statistics and find their convention.

    Args:
        mean: One number for each of the vector's.
        std: Likewise.
        layout: What the vectors are.

    Raises:
        Gen3dError: They are not statistics of this layout in a known convention.
    """
    _check(mean, "mean", layout)
    _check(std, "standard deviation", layout)
    if (std <= 0.0).any():
        raise Gen3dError("The standard deviation has entries that are not positive.", _HINT)
    blocks = _blocks(std.astype(np.float64), layout)
    return Normalization(mean.astype(np.float64), std.astype(np.float64), _convention(blocks))


def read(mean: Path, std: Path, layout: Layout) -> Normalization:
    """Statistics from two ``.npy`` files.

    Raises:
        Gen3dError: A file is not such an array.
    """
    return normalization(_array(mean), _array(std), layout)


def _array(path: Path) -> np.ndarray:
    try:
        with path.open("rb") as stream:
            data = stream.read(_LARGEST_FILE + 1)
        if len(data) > _LARGEST_FILE:
            raise Gen3dError(f"{path.name} is too large for motion statistics.", _HINT)
        return np.asarray(np.load(io.BytesIO(data), allow_pickle=False))
    except (OSError, ValueError, EOFError) as error:
        raise Gen3dError(f"{path.name} is not a NumPy array of numbers.", _HINT) from error


def _check(values: np.ndarray, what: str, layout: Layout) -> None:
    if values.shape != (layout.width,) or values.dtype.kind != "f":
        raise Gen3dError(
            f"The {what} for {layout.name} has {layout.width} real numbers,"
            f" not {values.dtype} of shape {values.shape}.",
            _HINT,
        )
    if not np.isfinite(values).all():
        raise Gen3dError(f"The {what} contains numbers that are not finite.", _HINT)


def _blocks(std: Float[np.ndarray, "width"], layout: Layout) -> dict[str, float]:
    """The one deviation of each block."""
    found: dict[str, float] = {}
    for name, part in layout.slices.items():
        block = std[part]
        if block.max() > (1.0 + _CONSTANT) * block.min():
            raise Gen3dError(
                f"The standard deviation differs within the {name.replace('_', ' ')}"
                f" ({block.min():.4g} to {block.max():.4g}); published ones have one number there.",
                _HINT,
            )
        found[name] = float(block.mean())
    return found


def _convention(blocks: dict[str, float]) -> str:
    """The convention whose bias explains the ratio of the root's to the joints' velocities."""
    bias = _ROOT_OVER_JOINTS * blocks["velocities"] / blocks["root_velocity"]
    for name, wanted in CONVENTIONS.items():
        if 1.0 / _CLOSE < bias / wanted < _CLOSE:
            return name
    raise Gen3dError(
        f"The root's deviations are divided by about {bias:.3g}, which no known convention does.",
        f"Known are {', '.join(f'{value:g}' for value in CONVENTIONS.values())}. {_HINT}",
    )
