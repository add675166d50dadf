# SPDX-License-Identifier: Apache-2.0
"""From a user's file and paints to the painted file: read, tell apart, match, paint, write."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int

from gen3d.errors import Gen3dError
from gen3d.export.container import write_bytes
from gen3d.export.whole import packed
from gen3d.perception import ciede2000, from_oklab, to_cielab, to_oklab
from gen3d.progress import OnStep, silent
from gen3d.retexture.canvas import Canvas, canvases, colours_on
from gen3d.retexture.figure import Figure, figure_of, open_figure
from gen3d.retexture.labels import LABELS
from gen3d.retexture.orders import Orders, orders
from gen3d.retexture.paint import Painted, paint_canvas
from gen3d.retexture.parts import labels_of
from gen3d.retexture.shade import variation
from gen3d.retexture.spec import PaintSpec
from gen3d.retexture.write import painted_bytes

BonesOf = Callable[[Path], Mapping[str, int]]
"""Our joints to nodes of a self-contained GLB; raises :class:`Gen3dError` where it is no biped."""


@dataclass(frozen=True)
class Repainted:
    """A figure, and what was done to it."""

    figure: Figure
    sheets: tuple[Canvas, ...]
    labels: tuple[Int[np.ndarray, "_"], ...]
    orders: Orders
    done: tuple[Painted, ...]
    notes: tuple[str, ...]

    def found(self) -> list[str]:
        """What the figure was found to have on."""
        counts = np.bincount(np.concatenate(self.labels), minlength=len(LABELS))
        return [LABELS[n] for n in np.flatnonzero(counts)]

    def facts(self, paints: Sequence[PaintSpec]) -> dict[str, object]:
        """What the manifest says: of each paint how far its mean is from what was named."""
        return {
            "found": self.found(),
            "paints": [self._measured(n, paint) for n, paint in enumerate(paints)],
            "notes": list(self.notes),
        }

    def _measured(self, number: int, paint: PaintSpec) -> dict[str, object]:
        own = [p.colours[p.paint == number] for p in self.done]
        before = [colours_on(p.canvas)[p.paint == number] for p in self.done]
        seen = np.concatenate(own) if own else np.zeros((0, 3))
        row: dict[str, object] = {"what": paint.what, "places": len(seen)}
        if not len(seen):
            return row
        mean = from_oklab(to_oklab(seen).mean(axis=0))
        if paint.color is not None:
            target = np.array(paint.color)
            row["delta_e"] = round(float(ciede2000(to_cielab(mean), to_cielab(target))), 2)
        pairs = [_beside(p, number) for p in self.done]
        sums = [_varied(colours, touching) for colours, touching in zip(before, pairs, strict=True)]
        then = [_varied(colours, touching) for colours, touching in zip(own, pairs, strict=True)]
        count = max(1, sum(len(touching) for touching in pairs))
        row["variation"] = [round(sum(values) / count, 3) for values in (sums, then)]
        return row


def _beside(painted: Painted, number: int) -> np.ndarray:
    if painted.canvas.texels is None:
        return np.zeros((0, 2), dtype=np.int64)
    own = painted.canvas.texels.texels[painted.paint == number]
    first = np.flatnonzero(np.diff(own) == 1)
    return np.stack([first, first + 1], axis=1)


def _varied(colours: np.ndarray, pairs: np.ndarray) -> float:
    return variation(colours, pairs) * len(pairs)


def repaint(
    path: Path,
    paints: Sequence[PaintSpec],
    bones_of: BonesOf,
    scratch: Path,
    seed: int = 0,
    on_step: OnStep = silent,
) -> Repainted:
    """Paint a figure; nothing is written but a copy for ``bones_of`` to read.

    Args:
        path: GLB, VRM or glTF with a skin.
        paints: What to paint.
        bones_of: Finds a rig's bones.
        scratch: Folder for the copy.
        seed: Of woven and printed detail.
        on_step: Progress.

    Raises:
        Gen3dError: The file cannot be painted; the sentence says why.
    """
    figure, notes = read_figure(path, bones_of, scratch)
    sheets = canvases(figure)
    if not any(sheet.texels is not None or _coloured(figure, sheet) for sheet in sheets):
        raise Gen3dError(
            f"{path.name} has no UVs and no vertex colours, so there is nothing to paint on.",
            "Unwrap it first (in Blender: Smart UV Project) and export it again.",
        )
    labels = labels_of(figure, sheets)
    on_step(1, len(sheets) + 2)
    given = orders(figure, sheets, labels, paints)
    done: list[Painted] = []
    for index, (sheet, own, chosen) in enumerate(zip(sheets, labels, given.paint, strict=True)):
        painted = paint_canvas(sheet, own, chosen, paints, seed)
        done += [] if painted is None else [painted]
        on_step(index + 2, len(sheets) + 2)
    told = (*notes, *given.notes)
    return Repainted(figure, tuple(sheets), tuple(labels), given, tuple(done), told)


def _coloured(figure: Figure, sheet: Canvas) -> bool:
    return any("COLOR_0" in figure.pieces[index].attributes for index in sheet.pieces)


def read_figure(path: Path, bones_of: BonesOf, scratch: Path) -> tuple[Figure, tuple[str, ...]]:
    """The figure in a file, and a note where its rig is no person's."""
    content, binary, document = open_figure(path)
    copy = scratch / "figure.glb"
    write_bytes(copy, packed(content, binary))
    notes: tuple[str, ...] = ()
    try:
        bones = dict(bones_of(copy))
    except Gen3dError as error:
        bones = {}
        notes = (f"{error.message} Only parts that have names of their own were told apart.",)
    finally:
        copy.unlink(missing_ok=True)
    return figure_of(content, binary, document, path.name, bones), notes


def write_repainted(
    made: Repainted, paints: Sequence[PaintSpec], to: Path, extras: Mapping[str, object]
) -> tuple[str, ...]:
    """Write the file; returns notes on what could not be written."""
    data, notes = painted_bytes(made.figure, made.sheets, made.done, paints, extras)
    write_bytes(to, data)
    return notes
