# SPDX-License-Identifier: Apache-2.0
"""Every motion of the library certified on three bodies, and random motions with a tremor.

``python tests/benchmarks/motion_library.py [NAME ...]`` prints, for each motion of the catalogue
(or those named) and each body, the verdict of :mod:`motion.certificate` and every figure that is
not clean. What flies, swims or rides floats on purpose. ``--drawn N`` instead draws N random
captioned motions, adds what a diffusion model leaves (0.02 rad on every joint and 1 cm on the
pelvis, correlated over three frames), smooths and finishes them, and prints before and after:

- *skate*: mean speed of soles in contact, cm/s, over the contacts of the finished clip; *seen*
  over contacts found again in the finished clip by itself, which also counts what was missed;
- *pen.*: greatest depth under the ground, cm; *contact*: share of frames with a foot down.

The last line has the worst of each column and how many samples keep the limits (1 cm/s, 1 cm).
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np
from scipy.ndimage import uniform_filter1d

from gen3d import transforms
from gen3d.body import Body
from gen3d.spec import BodySpec
from gen3d.types import Clip, Skeleton
from motion import measures
from motion.captioned import draw
from motion.catalogue import Entry, entries, play
from motion.certificate import certify
from motion.clean import smoothed
from motion.contact import floor_height, sole_points, world_of
from motion.finish import Finished, finish
from motion.loop import straightened
from motion.performance import Performance
from motion.retarget import arm_clearance, retarget, scale_of

BODIES = {
    "child": BodySpec(height=1.1, age_years=6),
    "heavy": BodySpec(height=1.8, weight=1.0),
    "tall": BodySpec(height=2.1, weight=0.3),
}
ON_PURPOSE = ("program:fly", "program:swim", "program:ride")
_TURN, _SHIFT, _FRAMES = 0.02, 0.01, 3


def tremor(performance: Performance, seed: int) -> Performance:
    """Add what a diffusion model leaves: noise of some frames' length."""
    generator = np.random.default_rng(seed)
    frames, joints = performance.rotations.shape[:2]
    turns = _TURN * _correlated(generator.normal(size=(frames, joints, 3)))
    angle = np.linalg.norm(turns, axis=-1)
    turn = transforms.from_axis_angle(turns / np.maximum(angle, 1e-9)[..., None], angle)
    shift = _SHIFT * _correlated(generator.normal(size=(frames, 3)))
    return replace(
        performance,
        rotations=transforms.multiply(performance.rotations, turn),
        pelvis=performance.pelvis + shift,
        grounded=False,
    )


def _correlated(noise: np.ndarray) -> np.ndarray:
    """White noise averaged over neighbouring frames, of unit variance again."""
    smooth: np.ndarray = uniform_filter1d(noise, _FRAMES, axis=0, mode="nearest")
    return np.sqrt(_FRAMES) * smooth


def raw_figures(performance: Performance, body: Skeleton, done: Finished) -> tuple[float, float]:
    """Skate (cm/s) and penetration (cm) of the plain retarget over the finished clip's contacts."""
    clip: Clip = retarget(straightened(performance), body)
    rotations, positions = world_of(clip, body)
    points = sole_points(rotations, positions, body)
    floor = floor_height(points, clip.fps, scale_of(body))
    frames = min(len(points), len(done.contacts))
    skate = measures.skate(points[:frames], done.contacts[:frames], clip.fps)
    depth = measures.penetration(rotations, positions - np.array([0.0, floor, 0.0]), body)
    return skate, depth


def certified(names: set[str]) -> None:
    """Print the certificates of the library."""
    chosen = [entry for entry in entries() if not names or entry.name in names]
    space = Body.load()
    verdicts: dict[str, int] = {}
    for label, spec in BODIES.items():
        body = space.with_shape(spec)
        clearance = arm_clearance(body.skeleton, body.verts)
        for entry in chosen:
            verdict = _certified(entry, label, body.skeleton, clearance)
            verdicts[verdict] = verdicts.get(verdict, 0) + 1
    print(", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items())))


def _certified(entry: Entry, label: str, body: Skeleton, clearance: float) -> str:
    """One line; also the verdict."""
    done = finish(play(entry, 0), body, arm_clearance=clearance)
    certificate = certify(done.clip, body, done.contacts)
    unclean = [
        f"{name} {getattr(certificate, name):.2f} ({grade})"
        for name, grade in certificate.grades.items()
        if grade != "clean"
    ]
    verdict = certificate.verdict
    if entry.id in ON_PURPOSE and all(text.startswith("float") for text in unclean):
        verdict = "floats"
    print(f"{entry.id:30} {label:6} {verdict:6} {', '.join(unclean)}", flush=True)
    return verdict


def trembling(count: int) -> None:
    """Print figures of random motions with a tremor, before and after."""
    space = Body.load()
    bodies = {label: space.with_shape(spec).skeleton for label, spec in BODIES.items()}
    print(
        f"{'caption':44} {'body':6} {'skate raw':>9} {'clean':>6} {'seen':>6} {'pen. raw':>8}"
        f" {'clean':>6} {'contact':>7}"
    )
    rows: list[tuple[float, ...]] = []
    for number in range(count):
        example = draw(np.random.default_rng(number))
        shaken = tremor(example.performance, 1000 + number)
        for label, body in bodies.items():
            done = finish(smoothed(shaken), body)
            skate, depth = done.measures["skate_cm_s"], done.measures["penetration_cm"]
            before = raw_figures(shaken, body, done)
            seen = certify(done.clip, body).skate_cm_s
            row = (before[0], skate, seen, before[1], depth, done.measures["contact_share"])
            rows.append(row)
            print(f"{example.captions[0][:44]:44} {label:6} {_figures(row)}", flush=True)
    table = np.array(rows)
    print(f"{'median':44} {'':6} {_figures(tuple(np.median(table, axis=0)))}")
    print(f"{'worst':44} {'':6} {_figures(tuple(table.max(axis=0)))}")
    kept = (table[:, 1] <= 1.0) & (table[:, 4] <= 1.0)
    print(
        f"{int(kept.sum())} of {len(table)} keep skate <= 1 cm/s and penetration <= 1 cm;", end=" "
    )
    print(f"{int((table[:, 2] <= 1.0).sum())} of {len(table)} also by contacts found anew")


def _figures(row: tuple[float, ...]) -> str:
    skate, clean, seen, depth, after, contact = row
    return f"{skate:9.2f} {clean:6.2f} {seen:6.2f} {depth:8.2f} {after:6.2f} {contact:7.2f}"


def main() -> None:
    """Read the arguments and print a table."""
    parser = argparse.ArgumentParser(description="certificates of the library on three bodies")
    parser.add_argument("names", nargs="*", help="motions of the catalogue; all when absent")
    parser.add_argument("--drawn", type=int, default=0, help="random motions with a tremor instead")
    asked = parser.parse_args()
    if asked.drawn:
        trembling(asked.drawn)
    else:
        certified(set(asked.names))


if __name__ == "__main__":
    main()
