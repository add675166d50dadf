# SPDX-License-Identifier: Apache-2.0
"""A file against the budgets and customs of one target: the number, the threshold, what to do.

Texture memory counts one byte a pixel with mipmaps (BC7), as VRChat does for that format on PC; its
mobile builds compress to less (ASTC), so the figure there is the upper end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from gen3d.check import roblox
from gen3d.check.budget import MIB, texture_memory_mib
from gen3d.check.pieces import Humanoid, Piece, all_faces
from gen3d.check.report import Number, Row, Status, expect
from gen3d.export.document import Document
from gen3d.targets import Target, Tier

_FIXED_BY_EXPORT = "`gen3d export FILE --target {target}` makes files that fit"
_ADVICE = {
    "triangles": "collapse {excess:,.0f} triangles: " + _FIXED_BY_EXPORT,
    "bones": "merge {excess:.0f} finger or twist bones into their parents",
    "materials": "put {excess:.0f} materials into an atlas: " + _FIXED_BY_EXPORT,
    "skinned_meshes": "join {excess:.0f} meshes: " + _FIXED_BY_EXPORT,
    "texture_mib": "halve the sides of the largest textures: " + _FIXED_BY_EXPORT,
    "texture_side_px": "scale the largest texture to {limit:.0f} px: " + _FIXED_BY_EXPORT,
    "influences": "drop the smallest weights of each vertex and renormalise",
    "file_mib": "{excess:.1f} MiB too many: smaller textures, fewer triangles, shorter clips; "
    + _FIXED_BY_EXPORT,
}
_UNITS = {"texture_mib": "MiB", "texture_side_px": "px", "file_mib": "MiB"}
_WORDS = {
    "materials": "material slots",
    "skinned_meshes": "skinned meshes",
    "texture_mib": "texture memory",
    "texture_side_px": "largest texture side",
    "influences": "joints per vertex",
    "file_mib": "file size",
}
_UNDER_CHEST = ("neck", "leftShoulder", "rightShoulder")


def rows(
    document: Document, pieces: Sequence[Piece], humanoid: Humanoid | None, target: Target
) -> list[Row]:
    """Budget rows of each tier, then bones."""
    costs = _costs(document, pieces)
    found = [row for tier in target.tiers for row in _tier_rows(tier, costs, target)]
    if target.remade:
        found += roblox.rows(document, pieces, humanoid)
    return [*found, *_bone_rows(document, humanoid, target)]


def tiers_met(report_rows: Sequence[Row], target: Target) -> tuple[str, ...]:
    """Names of the tiers of which no row is exceeded."""
    bad = [row.name for row in report_rows if row.status != "pass"]
    return tuple(
        tier.name
        for tier in target.tiers
        if not any(name.startswith(f"{tier.name}: ") for name in bad)
    )


def _costs(document: Document, pieces: Sequence[Piece]) -> dict[str, Number]:
    sides = [max(picture.pixels.shape[:2]) for picture in document.pictures]
    bound = [piece for piece in pieces if piece.binding is not None]
    return {
        "triangles": all_faces(pieces),
        "bones": max((len(skin.joints) for skin in document.skins), default=0),
        "materials": len(pieces),
        "skinned_meshes": len({piece.node for piece in bound}),
        "texture_mib": texture_memory_mib(document),
        "texture_side_px": max(sides, default=0),
        "influences": max((p.binding.largest_count for p in bound if p.binding), default=0),
        "file_mib": document.size_bytes / MIB,
    }


def _tier_rows(tier: Tier, costs: dict[str, Number], target: Target) -> list[Row]:
    limits = tier.limits.model_dump(exclude_none=True)
    return [_row(tier, key, costs[key], limit, target) for key, limit in limits.items()]


def _row(tier: Tier, key: str, value: Number, limit: Number, target: Target) -> Row:
    status: Status = "pass"
    hint = ""
    if not value <= limit:
        status = "fail" if tier.required else "warn"
        hint = _ADVICE[key].format(excess=value - limit, limit=limit, target=target.name)
        hint = f"{hint[0].upper()}{hint[1:]}."
    shown = value if isinstance(value, int) else round(value, 2)
    name = f"{tier.name}: {_WORDS.get(key, key)}"
    return Row(name, status, shown, f"<= {limit:,} {_UNITS.get(key, '')}".rstrip(), hint)


def _bone_rows(document: Document, humanoid: Humanoid | None, target: Target) -> list[Row]:
    node_of = humanoid.node_of if humanoid else {}
    missing = [name for name in target.required if name not in node_of]
    naming = humanoid.naming if humanoid else "none"
    found = [
        expect(
            f"bones that {target.name} requires",
            f"{len(target.required) - len(missing)} of {len(target.required)}",
            good=not missing,
            limit="all",
            worst="fail",
            hint=f"Add or name {', '.join(missing)}.",
        ),
        expect(
            "bone names",
            naming,
            good=naming == target.bones,
            limit=target.bones,
            worst="warn",
            hint="Map the bones by hand there, or export them renamed: "
            + _FIXED_BY_EXPORT.format(target=target.name)
            + ".",
        ),
    ]
    return found + (_vrchat_rows(document, node_of) if target.name == "vrchat" else [])


def _vrchat_rows(document: Document, node_of: dict[str, int]) -> list[Row]:
    """VRChat's inverse kinematics want neck and shoulders on the chest, forearms first."""
    top = node_of.get("upperChest", node_of.get("chest", -1))
    strays = [
        name
        for name in _UNDER_CHEST
        if name in node_of and document.nodes[node_of[name]].parent != top
    ]
    names = Counter(
        f"{side}LowerArm"
        for side in ("left", "right")
        if f"{side}UpperArm" in node_of and not _forearm_first(document, node_of, side)
    )
    return [
        expect(
            "neck and shoulders are children of the uppermost chest",
            "yes" if not strays else "no",
            good=not strays,
            limit="yes",
            worst="fail",
            hint=f"Give {', '.join(strays)} the uppermost chest bone as parent.",
        ),
        expect(
            "lower arms are first children of upper arms",
            "yes" if not names else "no",
            good=not names,
            limit="yes",
            worst="fail",
            hint=f"Put {', '.join(names)} before twist bones.",
        ),
    ]


def _forearm_first(document: Document, node_of: dict[str, int], side: str) -> bool:
    nodes = document.gltf.nodes or ()
    children = nodes[node_of[f"{side}UpperArm"]].children or (-1,)
    return children[0] == node_of.get(f"{side}LowerArm", -1)
