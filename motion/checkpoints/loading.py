# SPDX-License-Identifier: Apache-2.0
"""From a path to a :class:`~motion.checkpoints.model.MotionModel`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from motion.checkpoints.files import Weights, find_checkpoint, read_checkpoint, read_settings
from motion.checkpoints.mdm import load_mdm
from motion.checkpoints.model import MotionModel, Network, Process
from motion.checkpoints.motiondiffuse import load_motiondiffuse
from motion.checkpoints.remodiffuse import load_remodiffuse
from motion.checkpoints.signature import Kind, recognise
from motion.checkpoints.statistics import find_statistics


def load(
    path: Path, text_encoder: str | None, *, statistics: Path | None, database: Path | None
) -> MotionModel:
    """See :func:`motion.checkpoints.load_motion_model`."""
    file = find_checkpoint(path)
    settings = read_settings(file)
    weights = read_checkpoint(file, averaged=settings.get("use_ema") is not False)
    kind = recognise(weights, file)
    network, width, frames, process = _built(kind, weights, settings, text_encoder, file, database)
    normalization = find_statistics(kind, width, file, statistics)
    return MotionModel(kind, file, width, frames, process, network, normalization)


def _built(
    kind: Kind,
    weights: Weights,
    settings: Mapping[str, object],
    text_encoder: str | None,
    file: Path,
    database: Path | None,
) -> tuple[Network, int, int, Process]:
    remodiffuse = partial(load_remodiffuse, database=database)
    makers = {
        "mdm": load_mdm,
        "motiondiffuse": load_motiondiffuse,
        "remodiffuse": remodiffuse,
    }
    return makers[kind](weights, settings, text_encoder, file)
