# SPDX-License-Identifier: Apache-2.0
"""Other people's text-to-motion checkpoints: MDM, MotionDiffuse and ReMoDiffuse.

Files are recognised by the names of their tensors (:mod:`motion.checkpoints.signature`), read so
that they cannot run code (:mod:`motion.checkpoints.files`), and poured into networks written here
from the papers. Their weights and data are under their own licences, which gen3d cannot know: what
they make is the user's to clear.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from motion.checkpoints.model import MotionModel

__all__ = ["load_motion_model"]


def load_motion_model(
    path: Path,
    text_encoder: str | None = None,
    *,
    statistics: Path | None = None,
    database: Path | None = None,
) -> MotionModel:
    """Load a checkpoint, frozen, on the CPU.

    Args:
        path: The file, or the folder that holds it.
        text_encoder: CLIP as an open_clip tag (``ViT-B-32:openai``), checkpoint or folder, or a
            folder of DistilBERT; None uses the one inside the checkpoint, which MDM's lack.
        statistics: Folder of its ``mean.npy`` and ``std.npy``; None looks beside it.
        database: ReMoDiffuse's NPZ of motions; None looks beside it.

    Raises:
        Gen3dError: It is unknown, damaged, able to run code, or something that it needs is missing.
    """
    from motion.checkpoints.loading import load

    return load(path, text_encoder, statistics=statistics, database=database)
