# SPDX-License-Identifier: Apache-2.0
"""Re-texture: colour and noise of what words name, on three rigs, by the truth of each texel.

For every prompt and rig: CIEDE2000 between the named colour and the mean of the part's texels in
the written file, and total variation (mean CIELAB difference of neighbours) as a multiple of that
of the file before. Which texels are the part is known from how the figures were made, not from
what the painter found. Run: ``python -m tests.benchmarks.retexture``
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gen3d.cli.bones import nodes_of_bones
from gen3d.export.gltf import write_glb
from gen3d.export.gltf_read import read_glb
from gen3d.perception import ciede2000, to_cielab
from gen3d.render.textures import SRGB_TO_LINEAR
from gen3d.retexture.job import repaint, write_repainted
from gen3d.retexture.names import place_of
from gen3d.retexture.spec import PaintSpec
from gen3d.retexture.wishes import wishes
from gen3d.spec import GARMENT_KINDS
from tests.consumers.foreign_rigs import (
    Regions,
    as_vrm,
    bare_man,
    dressed_man,
    edited,
    one_atlas,
    painted_on,
    without_our_names,
)

PROMPTS = (
    "blue jeans and a white shirt",
    "a goblin with green skin",
    "black leather jacket, blond hair",
    "a man in a crimson sweater and charcoal trousers",
    "a yellow raincoat, navy trousers and red boots",
    "an orc in a purple vest",
    "a woman in an emerald silk blouse and cream slacks",
    "pink hoodie, light grey sweatpants, white sneakers",
    "a tanned sailor in a navy jumper and white trousers",
    "a rust coloured cardigan over olive chinos",
    "black shoes, turquoise shorts and an orange t-shirt",
    "a denim jacket, brown leather trousers and tan shoes",
    "an alien with blue skin in a silver top",
    "a beige trench coat and burgundy corduroys",
)
_PLACES = {"outer": "upper", "middle": "upper", "hair": "hair", "skin": "skin"}


@dataclass(frozen=True)
class Row:
    """One paint of one prompt on one rig."""

    what: str
    difference: float
    variation: float


def figures(folder: Path) -> dict[str, tuple[Path, Regions]]:
    """Three figures of different naming, with what each of their texels is."""
    found: dict[str, tuple[Path, Regions]] = {}
    man = dressed_man(512)
    atlas, regions = one_atlas(man)
    write_glb(atlas, folder / "raw.glb", naming="mixamo")
    found["mixamo"] = (edited(folder / "raw.glb", without_our_names, folder / "m.glb"), regions)
    write_glb(man, folder / "raw.glb")
    found["vrm"] = (folder / "v.vrm", as_vrm(folder / "raw.glb", man, folder / "v.vrm"))
    painted, regions = painted_on(*bare_man())
    write_glb(painted, folder / "raw.glb", naming="unreal")
    found["unreal"] = (edited(folder / "raw.glb", without_our_names, folder / "u.glb"), regions)
    return found


def rows_of(path: Path, regions: Regions, text: str, folder: Path) -> list[Row]:
    """Paint one figure and measure what was named and is there."""
    paints, _ = wishes(text)
    made = repaint(path, paints, nodes_of_bones, folder)
    write_repainted(made, paints, folder / "painted.glb", {})
    before, after = (
        {p.name: p.pixels for p in read_glb(file).pictures}
        for file in (path, folder / "painted.glb")
    )
    rows: list[Row] = []
    for paint in paints:
        for picture, masks in regions.items():
            mask = masks.get(_place(paint))
            if paint.color is not None and mask is not None and mask.any():
                rows.append(_measured(paint, before[picture], after[picture], mask))
    return rows


def _place(paint: PaintSpec) -> str:
    place = place_of(paint.what) if paint.what in GARMENT_KINDS else paint.what
    return _PLACES.get(place, place)


def _measured(paint: PaintSpec, before: np.ndarray, after: np.ndarray, mask: np.ndarray) -> Row:
    mean = to_cielab(SRGB_TO_LINEAR[after[..., :3]][mask].mean(axis=0))
    difference = float(ciede2000(mean, to_cielab(np.array(paint.color))))
    inner = mask & np.roll(mask, 1, axis=1)
    then, now = (_variation(pixels, inner) for pixels in (after, before))
    return Row(paint.what, difference, then / max(now, 1e-9))


def _variation(pixels: np.ndarray, where: np.ndarray) -> float:
    lab = to_cielab(SRGB_TO_LINEAR[pixels[..., :3]])
    return float(np.linalg.norm(lab - np.roll(lab, 1, axis=1), axis=-1)[where].mean())


def main() -> None:
    """Print a line for each prompt and rig, and the totals."""
    every: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for rig, (path, regions) in figures(folder).items():
            for text in PROMPTS:
                rows = rows_of(path, regions, text, folder)
                every += rows
                told = ", ".join(
                    f"{r.what} ΔE {r.difference:.1f} TV ×{r.variation:.2f}" for r in rows
                )
                print(f"{rig:7} {text}: {told or 'nothing of it is there'}")
    good = [row for row in every if row.difference < 25.0]
    calm = [row for row in every if row.variation <= 1.5]
    print(
        f"{len(every)} painted parts: ΔE (CIEDE2000) < 25 on {len(good)}, TV ≤ 1.5 on {len(calm)}"
    )
    worst = max(row.difference for row in every), max(row.variation for row in every)
    print(f"worst ΔE {worst[0]:.1f}, worst TV ×{worst[1]:.2f}")


if __name__ == "__main__":
    main()
