# SPDX-License-Identifier: Apache-2.0
"""Roblox's rules for an R15 body: fifteen closed meshes by name, budgets of its six assets, sizes.

Source: Roblox, "Character body specifications" (2026): names, triangles of each asset, the lower
torso at the origin, sizes of the Rthro (Normal) scale in studs of 0.28 m.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gen3d.check.pieces import Humanoid, Piece
from gen3d.check.report import Row, at_most, expect
from gen3d.export.document import Document
from gen3d.skeleton import NAMINGS

STUD_M = 0.28
_SUFFIX = "_Geo"
_ARM, _LEG = ("UpperArm", "LowerArm", "Hand"), ("UpperLeg", "LowerLeg", "Foot")
_ASSETS: dict[str, tuple[tuple[str, ...], int]] = {
    "head": (("Head",), 4000),
    "torso": (("UpperTorso", "LowerTorso"), 1750),
    "left arm": (tuple(f"Left{part}" for part in _ARM), 1248),
    "right arm": (tuple(f"Right{part}" for part in _ARM), 1248),
    "left leg": (tuple(f"Left{part}" for part in _LEG), 1248),
    "right leg": (tuple(f"Right{part}" for part in _LEG), 1248),
}
"""The meshes that become one asset, and the triangles that it may have."""
_SMALLEST, _LARGEST = (1.35, 3.6, 0.7), (8.6, 9.5, 2.25)
"""Width, height and depth of a whole figure, studs."""
_MADE = "`gen3d export FILE --target roblox` makes such a body"
_CENTRE_M = 1e-4


def rows(document: Document, pieces: Sequence[Piece], humanoid: Humanoid | None) -> list[Row]:
    """What Roblox asks of a body beyond counts that every platform has."""
    names = [document.nodes[piece.node].name for piece in pieces]
    parts = {part: f"{part}{_SUFFIX}" for mine, _ in _ASSETS.values() for part in mine}
    missing = [name for name in parts.values() if names.count(name) != 1]
    open_ = [name for name, p in zip(names, pieces, strict=True) if not watertight(p)]
    found = [
        expect(
            "separate watertight parts",
            f"{len(pieces) - len(open_)} of {len(pieces)}",
            good=not open_ and len(pieces) == len(parts),
            limit=f"{len(parts)} of {len(parts)}",
            worst="fail",
            hint=f"{_MADE}."
            if len(pieces) != len(parts)
            else f"Close {', '.join(open_)}, or: {_MADE}.",
        ),
        expect(
            "names of the parts",
            f"{len(parts) - len(missing)} of {len(parts)}",
            good=not missing,
            limit="all",
            worst="fail",
            hint=f"Name one mesh each {', '.join(missing[:3])} and so on; {_MADE}.",
        ),
    ]
    if not missing:
        count = {name: len(piece.faces) for name, piece in zip(names, pieces, strict=True)}
        found += [
            _asset(asset, sum(count[parts[part]] for part in mine), limit)
            for asset, (mine, limit) in _ASSETS.items()
        ]
    return [*found, _centre(humanoid), *_sizes(pieces)]


def watertight(piece: Piece) -> bool:
    """Whether every edge has two triangles, after merging what stands in one place."""
    _, number = np.unique(np.round(piece.verts, 6), axis=0, return_inverse=True)
    corners = number.reshape(-1)[piece.faces]
    edges = np.sort(corners[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    _, counts = np.unique(edges, axis=0, return_counts=True)
    return bool(len(counts)) and bool(np.all(counts == 2))


def _asset(asset: str, triangles: int, limit: int) -> Row:
    hint = f"Collapse {triangles - limit:,} triangles."
    return at_most(f"triangles of the {asset}", triangles, fail=limit, hint=hint)


def _centre(humanoid: Humanoid | None) -> Row:
    names = ("root", "hips")
    places = [humanoid.positions[n] for n in names if n in humanoid.positions] if humanoid else []
    far = max((float(np.linalg.norm(place)) for place in places), default=np.inf)
    bones = " and ".join(NAMINGS["r15"][name] for name in names)
    return expect(
        f"{bones} at the origin",
        "no" if len(places) < len(names) else f"{far:.3f} m off",
        good=len(places) == len(names) and far <= _CENTRE_M,
        limit="0 m off",
        worst="fail",
        hint=f"Move the figure until its hips are at the origin; {_MADE}.",
    )


def _sizes(pieces: Sequence[Piece]) -> list[Row]:
    """Arms out, a figure is as wide as its span, which Roblox's widths include."""
    verts = np.concatenate([piece.verts for piece in pieces])
    size = (verts.max(axis=0) - verts.min(axis=0)) / STUD_M
    named = zip(("width", "height", "depth"), size.tolist(), _SMALLEST, _LARGEST, strict=True)
    return [
        expect(
            f"{what} of the figure",
            f"{studs:.2f} studs",
            good=low <= studs <= high,
            limit=f"{low:g} to {high:g} studs",
            worst="warn",
            hint="Scale it in Studio, or choose another Rig Scale: limits are those of Rthro.",
        )
        for what, studs, low, high in named
    ]
