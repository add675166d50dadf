# SPDX-License-Identifier: Apache-2.0
"""A land or a room under its sky as files: the environment, and what the eye sees of the place.

Beside what :mod:`scenes.files` writes: ``depth.exr`` (metres along the ray from the eye, 0 where
the sky is), ``normals.exr`` (world axes, 0 where the sky is), ``mask.png`` (white where the sky is,
in between at edges) and ``labels.png`` (indexed colours; the index is a class of
:data:`scenes.place.LABELS`; the manifest says what share each fills). Through a room's windows all
that is outside counts as sky, land or not. All line up pixel by pixel. The eye is 1.6 m over the
ground on which the character stands.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from gen3d.panorama import EYE_HEIGHT
from gen3d.progress import OnStep
from gen3d.spec import LandSpec, RoomSpec, SkySpec
from scenes.files import write_pixels
from scenes.generate import generate
from scenes.place import LABELS
from scenes.render.jobs import render_place
from scenes.render.site import outdoors
from scenes.render.view import View

_COLOURS = (
    *(0x87B5E5, 0x2F6F9F, 0xE0CC96, 0x6FA045, 0x8A817A, 0xF4F6FA, 0x4A4A50, 0xA39E96),
    *(0x7D5C3C, 0x5E5030, 0x2E6B2C, 0x94C24E, 0xB5583F, 0xA87A48, 0xC2A27A, 0xD9D2C5),
    *(0xEFEBE2, 0x6C4CA0, 0xF2C94C, 0x2B3A55, 0xD05C9A, 0x8C5A2B),
)
"""Of the classes in ``labels.png``."""


def make_place(
    place: LandSpec | RoomSpec, sky: SkySpec, seed: int, folder: Path, on_step: OnStep
) -> tuple[View, dict[str, object]]:
    """Make a land or a room under its sky, and write what the eye sees of it but for the light.

    Returns:
        What the eye sees, its environment among it, and what the manifest says about it.
    """
    rows = sky.width_px // 2
    view = render_place(
        place, seed, rows, lambda: generate(sky, seed, shadows=outdoors(place)), on_step=on_step
    )
    write_view(view, folder)
    return view, {"eye_height_m": EYE_HEIGHT, "shares": shares_of(view)}


def shares_of(view: View) -> dict[str, float]:
    """Share of the picture that each class fills, the sky by its part of each pixel."""
    counts = np.bincount(view.label.ravel(), minlength=len(LABELS)) / view.label.size
    counts[0] = view.sky.mean()
    return {name: round(float(c), 4) for name, c in zip(LABELS, counts, strict=True) if c > 0}


def write_view(view: View, folder: Path) -> list[Path]:
    """Write depth, normals, sky mask and classes."""
    return [
        write_pixels(folder / "depth.exr", view.depth[..., None], _note("metres; 0 is sky")),
        write_pixels(folder / "normals.exr", view.normals, _note("world axes, +Y up; 0 is sky")),
        _write_grey(folder / "mask.png", view.sky),
        _write_labels(folder / "labels.png", view.label),
    ]


def _note(text: str) -> dict[str, str]:
    return {"gen3d:content": text, "compression": "zip", "DateTime": "", "Software": "gen3d"}


def _write_grey(path: Path, share: np.ndarray) -> Path:
    Image.fromarray(np.round(share * 255.0).astype(np.uint8)).save(path, compress_level=6)
    return path


def _write_labels(path: Path, label: np.ndarray) -> Path:
    picture = Image.fromarray(label, mode="P")
    picture.putpalette([c for rgb in _COLOURS for c in rgb.to_bytes(3, "big")])
    picture.save(path, compress_level=6)
    return path
