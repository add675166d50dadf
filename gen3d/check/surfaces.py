# SPDX-License-Identifier: Apache-2.0
"""Whether the materials are physically plausible and each picture is in its right colour space.

Khronos' asset auditor wants base colours between 30 and 243 (sRGB bytes): nothing real is blacker
than coal or whiter than fresh snow, and such albedo breaks under every light but one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Float64, UInt8

from gen3d.check.pieces import Piece, share
from gen3d.check.report import Row, at_most, within
from gen3d.export.document import Document, texture_slots
from gen3d.export.schema import Material

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
_COLOR_SLOTS = {"color", "emissive"}
_SAMPLES = 1 << 16


def rows(document: Document, pieces: Sequence[Piece]) -> list[Row]:
    """Material checks of any file with materials."""
    if not document.materials:
        return []
    tones = _tones(document, pieces)
    found: list[Row] = []
    if tones:
        dark, bright = min(tones, key=lambda k: tones[k]), max(tones, key=lambda k: tones[k])
        found = [
            within(
                "darkest base colour, mean",
                tones[dark],
                30,
                243,
                "of 255",
                worst="warn",
                hint=f"Brighten {dark}: albedo below coal takes no light.",
            ),
            within(
                "brightest base colour, mean",
                tones[bright],
                30,
                243,
                "of 255",
                worst="warn",
                hint=f"Darken {bright}: albedo above snow glows.",
            ),
        ]
    return [*found, *_picture_rows(document)]


def _tones(document: Document, pieces: Sequence[Piece]) -> dict[str, float]:
    """Mean sRGB grey value of each material where its faces are, weighted by area."""
    sums: dict[str, list[tuple[float, float]]] = {}
    for piece in pieces:
        if piece.primitive.material is None or not len(piece.faces):
            continue
        material = document.materials[piece.primitive.material]
        luminance = _face_luminance(document, material, piece)
        entry = (float(luminance @ piece.face_areas), float(piece.face_areas.sum()))
        sums.setdefault(material.name or "a material", []).append(entry)
    means = {
        name: sum(total for total, _ in entries) / max(sum(area for _, area in entries), 1e-12)
        for name, entries in sums.items()
    }
    return {name: 255.0 * float(_srgb(np.array(mean))) for name, mean in means.items()}


def _face_luminance(
    document: Document, material: Material, piece: Piece
) -> Float64[np.ndarray, "faces"]:
    """Linear luminance of the base colour at the middle of each face."""
    pbr = material.pbr_metallic_roughness
    factor = np.array(pbr.base_color_factor or (1.0, 1.0, 1.0, 1.0)) if pbr else np.ones(4)
    number = document.picture_of(pbr.base_color_texture) if pbr else None
    flat = np.full(len(piece.faces), float(factor[:3] @ _LUMINANCE))
    if number is None or piece.uvs is None:
        return flat
    pixels = document.pictures[number].pixels
    middle = piece.uvs[piece.faces].mean(axis=1).astype(np.float64)
    size = np.array([pixels.shape[1], pixels.shape[0]])
    x, y = np.floor((middle % 1.0) * size).astype(np.int64).clip(0, size - 1).T
    return (_linear(pixels[y, x, :3] / 255.0) * factor[:3]) @ _LUMINANCE


def _linear(srgb: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n"]:
    """IEC 61966-2-1, decoding."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def _srgb(linear: Float[np.ndarray, "*n"]) -> Float[np.ndarray, "*n"]:
    """IEC 61966-2-1, encoding."""
    linear = np.clip(linear, 0.0, 1.0)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def _picture_rows(document: Document) -> list[Row]:
    uses: dict[int, set[str]] = {}
    for material in document.materials:
        for slot, info in texture_slots(material).items():
            picture = document.picture_of(info)
            if picture is not None:
                uses.setdefault(picture, set()).add(slot)
    if not uses:
        return []
    mixed = [
        document.pictures[number].name
        for number, slots in uses.items()
        if slots & _COLOR_SLOTS and slots - _COLOR_SLOTS
    ]
    found = [
        at_most(
            "pictures used as colour and as data",
            len(mixed),
            fail=0,
            hint=f"Split {', '.join(mixed)}: colour is sRGB, data is linear.",
        )
    ]
    maps = [document.pictures[number].pixels for number, slots in uses.items() if "normal" in slots]
    if maps:
        found.append(
            at_most(
                "normal map texels that are no normals",
                max(_no_normals(p) for p in maps),
                "%",
                warn=2,
                fail=50,
                hint="Normal maps are linear data of unit vectors with z > 0.",
            )
        )
    return found


def _no_normals(pixels: UInt8[np.ndarray, "height width channels"]) -> float:
    flat = pixels.reshape(-1, pixels.shape[-1])[:, :3]
    some = flat[:: max(1, len(flat) // _SAMPLES)].astype(np.float64) / 127.5 - 1.0
    length = np.linalg.norm(some, axis=1)
    good = (np.abs(length - 1.0) < 0.15) & (some[:, 2] > 0.0)
    return share(int(np.count_nonzero(~good)), len(some))
