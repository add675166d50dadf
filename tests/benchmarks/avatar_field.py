# SPDX-License-Identifier: Apache-2.0
"""Does a field avatar keep limbs apart and its rig? Bodies without clothes, and dressed figures.

For each figure: is the mesh one closed piece, how many edges join limbs that lie far apart in the
skeleton, and over eight stances of captured motions the mean distance of its posed vertices from
the posed body (bare bodies; goal 2 mm) and the share of edge length that tears (grows 2.5-fold and
beyond 12 mm), beside that of the layered figure itself::

    python -m tests.benchmarks.avatar_field [--out DIR] [--prompts N]

With --out, the meshes and pictures of them at rest and in motion are kept.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from gen3d.avatar import build_character
from gen3d.canonical.mesh import FigurePlan, edges_of, extracted, is_torn
from gen3d.canonical.solid import level_of, worn_of
from gen3d.export.gltf import write_glb
from gen3d.fields.closest import Tree
from gen3d.figures.photo import ATLAS_PX, Shot, look_of, photograph, posed_by
from gen3d.foundry.solids import Solid
from gen3d.prompt import describe
from gen3d.render.skinning import influence_matrix, pose_vertices, rest_matrices
from gen3d.types import Character, Part
from motion.stances import stances

BARE = ("a bald man", "a bald thin woman", "a bald fat man", "a bald little girl")
DRESSED = (
    "a knight with a red cape",
    "a wizard with a long white beard",
    "a woman with long hair in a ball gown",
    "a boy in a hoodie and shorts with a backpack",
    "an astronaut",
    "a samurai in black armour",
)
_SEEN = ((0, 20.0), (3, -40.0), (5, 150.0), (7, 60.0))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--prompts", type=int, default=len(BARE) + len(DRESSED))
    asked = parser.parse_args()
    names = ("closed", "pieces", "handles", "joined", "mean mm", "torn %", "(layers) %", "cpu s")
    print(f"{'figure':<46}" + "".join(f"{name:>11}" for name in names))
    for number, prompt in enumerate((*BARE, *DRESSED)[: asked.prompts]):
        print(_row(prompt, asked.out, number, bare=number < len(BARE)), flush=True)


def _row(prompt: str, out: Path | None, number: int, *, bare: bool) -> str:
    spec = describe(prompt, number).character
    character = build_character(spec, f"figure{number}", number)
    if bare:
        parts = worn_of(character, spec.body).parts
        own = tuple(part for part in parts if part.slot in {"body", "eye", "mouth"})
        character = replace(character, parts=own)
    library = list(stances(character.skeleton))
    start = time.process_time()
    worn = worn_of(character, spec.body)
    made = extracted(level_of(worn), worn, character, FigurePlan(), library)
    seconds = time.process_time() - start
    (part,) = made.character.parts
    off = "-"
    if bare:
        off = f"{1000.0 * _off(part, worn.parts[0], character, library):.2f}"
    torn = [100.0 * _torn(figure.parts, figure, library) for figure in (made.character, character)]
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        write_glb(made.character, out / f"{number:02d}.glb", naming="vrm", extras={})
        _picture(made.character, library, out / f"{number:02d}.png")
    facts = made.facts
    told = [facts["watertight"], facts["pieces"], facts["genus"], facts["joined_limbs"], off]
    told += [f"{torn[0]:.2f}", f"{torn[1]:.2f}", f"{seconds:.0f}"]
    return f"{prompt:<46}" + "".join(f"{value!s:>11}" for value in told)


def _off(part: Part, skin: Part, character: Character, library: Sequence[np.ndarray]) -> float:
    """Mean distance of posed vertices from the posed body, metres."""
    count = len(character.skeleton.names)
    found: list[float] = []
    for matrices in library:
        verts, _ = _posed(part, count, matrices)
        body, _ = _posed(skin, count, matrices)
        tree = Tree(Solid(body.astype(np.float64), skin.mesh.faces))
        found.append(float(tree.nearest(verts).distance.mean()))
    return float(np.mean(found))


def _posed(part: Part, count: int, matrices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    carried = influence_matrix(part.skin, count)
    return pose_vertices(carried, matrices, part.mesh.verts, part.mesh.normals)


def _torn(parts: Sequence[Part], figure: Character, library: Sequence[np.ndarray]) -> float:
    """Share of all edges' length that tears in some stance."""
    count, lost, whole = len(figure.skeleton.names), 0.0, 0.0
    for part in parts:
        edges = edges_of(part.mesh.faces)
        ends = part.mesh.verts[edges]
        length = np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1)
        torn = np.zeros(len(edges), bool)
        for matrices in library:
            ends = _posed(part, count, matrices)[0][edges]
            torn |= is_torn(length, np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1))
        lost, whole = lost + float(length[torn].sum()), whole + float(length.sum())
    return lost / max(whole, 1e-9)


def _picture(character: Character, library: Sequence[np.ndarray], path: Path) -> None:
    """At rest from three sides, its face, and in four stances."""
    looks = [look_of(part.material, 2 * ATLAS_PX) for part in character.parts]
    skeleton = character.skeleton
    rest = posed_by(character.parts, skeleton, rest_matrices(skeleton))
    still = [Shot("full", azimuth) for azimuth in (0.0, 180.0, 90.0)]
    rows = [list(photograph(rest, looks, [*still, Shot("face", 15.0)], 480))]
    moving = [(posed_by(character.parts, skeleton, library[k]), a) for k, a in _SEEN]
    rows.append([photograph(posed, looks, [Shot("full", a)], 480)[0] for posed, a in moving])
    whole = np.concatenate([np.concatenate(row, axis=1) for row in rows])
    alpha = whole[..., 3:] / 255.0
    Image.fromarray((whole[..., :3] * alpha + 230.0 * (1.0 - alpha)).astype(np.uint8)).save(path)


if __name__ == "__main__":
    main()
