# SPDX-License-Identifier: Apache-2.0
"""The technical artist's audit of a GLB file: every check that applies, as one report.

Static objects are checked too: what concerns skins, humanoids, faces or clips is left out where the
file has none. Needs NumPy, SciPy and Pillow only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from gen3d.check import (
    budget,
    khronos,
    morphs,
    motion,
    objects,
    rig,
    surfaces,
    target,
    topology,
    uvs,
    weights,
)
from gen3d.check.names import HELPER
from gen3d.check.pieces import Humanoid, Piece, humanoid_of, pieces_of
from gen3d.check.report import Report, Row, at_most, expect
from gen3d.export.document import Document, mapping_of
from gen3d.export.gltf_read import read_glb
from gen3d.targets import Target


def check_glb(path: Path, engine: Target | None = None) -> Report:
    """Audit one file.

    Args:
        path: The file.
        engine: Whose budgets and bones to hold it to, instead of the general budget.

    Raises:
        Gen3dError: It cannot be read or is damaged.
    """
    document = read_glb(path)
    document.decode_pictures()
    pieces = pieces_of(document)
    humanoid = humanoid_of(document)
    # Roblox's bodies do not stand on the ground, and their faces move by bones of its own.
    adrift = engine is not None and engine.remade
    rows = [
        *khronos.rows(path),
        *(
            target.rows(document, pieces, humanoid, engine)
            if engine
            else budget.rows(document, pieces)
        ),
        *topology.rows(pieces),
        *objects.rows(document, pieces),
        *uvs.rows(document, pieces),
        *surfaces.rows(document, pieces),
        *weights.rows(pieces, humanoid),
        *([] if adrift else _figure_rows(document, pieces, humanoid)),
        *_name_rows(document),
        _licence_row(document),
    ]
    return Report(str(path), tuple(rows))


def _figure_rows(
    document: Document, pieces: Sequence[Piece], humanoid: Humanoid | None
) -> list[Row]:
    return [
        *rig.rows(document, pieces, humanoid),
        *(morphs.rows(document) if humanoid else []),
        *motion.rows(document, pieces, humanoid),
    ]


def check_budget(path: Path, engine: Target) -> Report:
    """Only what a target says about budgets and bones: quick.

    Raises:
        Gen3dError: The file cannot be read or is damaged.
    """
    document = read_glb(path)
    document.decode_pictures()
    rows = target.rows(document, pieces_of(document), humanoid_of(document), engine)
    return Report(str(path), tuple(rows))


def _name_rows(document: Document) -> list[Row]:
    names = [node.name for node in document.nodes]
    things = [*names, *(mesh.name for mesh in document.meshes)]
    things += [material.name or "" for material in document.materials]
    things += [str(p.extras.get("name", "")) for m in document.meshes for p in m.primitives]
    leaked = sorted({name for name in things if HELPER.search(name)})
    repeated = len(names) - len(set(names))
    return [
        at_most(
            "nodes that share a name or have none",
            repeated + names.count(""),
            warn=0,
            hint="Name every node uniquely: engines find bones and parts by name.",
        ),
        at_most(
            "helper geometry",
            len(leaked),
            fail=0,
            hint=f"Remove {', '.join(leaked)}.",
        ),
    ]


def _licence_row(document: Document) -> Row:
    there = document.gltf.asset.copyright is not None or _mentions_licence(
        mapping_of(document.gltf.asset.extras)
    )
    return expect(
        "licence record",
        "present" if there else "absent",
        good=there,
        worst="warn",
        limit="in asset.extras",
        hint="Say what the file was made from and under which licences.",
    )


def _mentions_licence(extras: Mapping[str, object]) -> bool:
    """Whether any key, however deep, speaks of a licence or of commercial use."""
    for key, value in extras.items():
        if any(word in key.lower() for word in ("licen", "commercial")):
            return True
        inner = value if isinstance(value, list) else [value]
        if any(_mentions_licence(mapping_of(entry)) for entry in inner):
            return True
    return False
