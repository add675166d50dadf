# SPDX-License-Identifier: Apache-2.0
"""SMPL-format file in, avatar out, betas and pose back: how far apart the meshes are.

    python -m tests.benchmarks.smpl_roundtrip [--model FILE --betas FILE ...]

Without arguments: made-up model files of the three kinds in the published layout, with 6,890
vertices (the tests' :mod:`tests.consumers.smpl_model`: another topology, rest pose and origin than
ours, bumps that no slider makes), and people drawn at random, betas of one standard deviation. With
your own licensed files, those. For each person, millimetres:

- *numbers*: the person's vertices to our body as config.yml's numbers make it;
- *avatar*: the same with the residual, which is the body that gets dressed and exported;
- *back*: the exported betas and pose, through the model, to the avatar's skin;
- *mesh*: the person's vertices to the same vertices of the model with the exported betas (both at
  rest): the round trip, goal 5 mm;
- seconds of processor for the way in and the way back.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from gen3d.body import Body
from gen3d.smpl.exporting import Subject, export_smpl
from gen3d.smpl.files import load_model
from gen3d.smpl.fitting import fit_body
from gen3d.smpl.joints import TITLES, Kind
from gen3d.smpl.model import SmplModel
from gen3d.smpl.parameters import read_parameters
from gen3d.smpl.puppets import Figure
from tests.consumers.smpl_model import write_smpl

GOAL_MM = 5.0
VERTS = 6890
PEOPLE = 3
KINDS: tuple[Kind, ...] = ("smpl", "smplh", "smplx")


def main() -> None:
    options = _options()
    print(f"{'':22}numbers  avatar    back    mesh   (mean mm; greatest)   in s  back s")
    worst = 0.0
    with tempfile.TemporaryDirectory() as scratch:
        if options.model:
            model = load_model(options.model)
            people = [read_parameters(path, model.kind).betas for path in options.betas]
            worst = max(_tried(model, betas, Path(scratch)) for betas in people)
        else:
            draw = np.random.default_rng(0)
            for kind in KINDS:
                model = load_model(write_smpl(Path(scratch) / f"{kind}.npz", kind, VERTS))
                for _ in range(PEOPLE):
                    betas = draw.normal(size=10).astype(np.float32)
                    worst = max(worst, _tried(model, betas, Path(scratch)))
    print(f"worst mean of back and mesh: {worst:.2f} mm (goal {GOAL_MM:g} mm)")


def _tried(model: SmplModel, betas: np.ndarray, scratch: Path) -> float:
    body, start = Body.load(), time.process_time()
    fit = fit_body(body, model, betas.astype(np.float64))
    there = time.process_time()
    subject = Subject(Figure.of(body.with_shape(fit.spec, fit.residual)), None, whole=True)
    done = export_smpl(subject, model, scratch / "back.npz", len(betas))
    end = time.process_time()
    first, again = model.shaped(betas), model.shaped(done.person.betas)
    moved = again - again.mean(axis=0) - (first - first.mean(axis=0))
    mesh = 1e3 * np.linalg.norm(moved, axis=1)
    gaps = (fit.by_numbers, fit.gap, done.gap)
    means = [1e3 * gap.mean for gap in gaps] + [float(mesh.mean())]
    tops = ", ".join(f"{1e3 * gap.greatest:.0f}" for gap in gaps) + f", {mesh.max():.0f}"
    numbers = "".join(f"{mean:8.2f}" for mean in means)
    name = f"{TITLES[model.kind]}, |betas| {np.linalg.norm(betas):.1f}"
    print(f"{name:22}{numbers}   ({tops})   {there - start:.1f}  {end - there:.1f}", flush=True)
    return max(means[2:])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--betas", type=Path, nargs="+", default=[])
    return parser.parse_args()


if __name__ == "__main__":
    main()
