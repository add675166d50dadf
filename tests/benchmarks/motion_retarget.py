# SPDX-License-Identifier: Apache-2.0
"""Captured minutes onto three very different bodies and back onto the rig that they came from.

``python tests/benchmarks/motion_retarget.py [FILE ...]`` takes motion files of any kind; without
one, those of Debian's ``assimp-testmodels`` where they are installed, and the DeepMimic clips. For
each and each body it prints:

- *feet*: greatest height over (or depth under) the ground of a foot in contact, cm, on the body and
  on the source's own rig afterwards; a foot's height is that of the lower of its heel and ball,
  since it rolls over either;
- *over*: frames of a foot in contact, of a thousand, that are more than 1 cm off, on either;
- *skate*: mean speed of soles in contact on the body, cm/s;
- *pose*: mean distance of the joints of the returned motion from the recorded ones, both around
  their hips, cm on the source's rig, and the 95th percentile;
- *plain*: the same without ground and feet being cleaned: what the mapping alone loses.

Soles belong to joints, not to shoes: see :mod:`motion.contact`.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from gen3d import transforms
from gen3d.body import Body
from gen3d.skeleton import JOINTS
from gen3d.spec import BodySpec
from gen3d.types import Skeleton
from motion.adopt import performance_of, performance_of_clip
from motion.catalogue import entries, play
from motion.contact import sole_points, world_of
from motion.finish import Finished, finish
from motion.heading import headings
from motion.importers import read_motion
from motion.mapping import BoneMap, map_bones
from motion.onto import clip_onto
from motion.performance import BODY, FPS, REFERENCE, Performance, at_rate
from motion.retarget import retarget
from motion.rig import Recording, Rig
from motion.stand import stand

BODIES = {
    "child": BodySpec(height=1.1, age_years=6),
    "heavy": BodySpec(height=1.8, weight=1.0),
    "tall": BodySpec(height=2.1, weight=0.3),
}
PACKAGED = Path("/usr/share/assimp/models")
FILES = ("BVH/01_01.bvh", "BVH/01_03.bvh", "ASE/MotionCaptureROM.ase")


def sources(names: list[str]) -> list[tuple[str, Recording]]:
    """Recordings to try."""
    paths = [Path(name) for name in names] or [PACKAGED / f for f in FILES]
    found = [(p.stem, read_motion(p)) for p in paths if names or p.is_file()]
    return found if names else [*found, ("pybullet", _strung())]


def _strung() -> Recording:
    """All captured clips one after the other, on the reference body."""
    clips = [play(e, 0) for e in entries() if e.id.startswith("clip:")]
    rotations = np.concatenate([clip.rotations for clip in clips])
    pelvis = np.concatenate([clip.pelvis for clip in clips])
    offsets = REFERENCE.offsets.astype(np.float64)
    rest = np.tile(transforms.IDENTITY, (len(BODY), 1))
    moved = np.tile(offsets, (len(pelvis), 1, 1))
    moved[:, 0] = pelvis
    rig = Rig(tuple(BODY), REFERENCE.parents, offsets, rest)
    return Recording("clips", FPS, rig, rotations, moved)


def feet_cm(done: Finished, skeleton: Skeleton) -> np.ndarray:
    """How far each foot in contact is from the ground, on a body of ours."""
    return _off_ground_cm(sole_points(*world_of(done.clip, skeleton), skeleton), done)


def _off_ground_cm(points: np.ndarray, done: Finished) -> np.ndarray:
    """How far each foot in contact is from the ground, frame by frame."""
    lower = points[..., 1].reshape(-1, 2, 2).min(axis=2)
    down = done.contacts.reshape(-1, 2, 2).any(axis=2)
    return 100.0 * np.abs(lower[down])


def rig_feet_cm(recording: Recording, done: Finished, bone_map: BoneMap) -> np.ndarray:
    """The same on a foreign rig, from the rig's own joints."""
    stood = stand(recording.rig, bone_map)
    turned, placed = recording.world()
    ours = transforms.multiply(turned, transforms.conjugate(stood.turns)[None])
    whole = np.tile(transforms.IDENTITY, (len(turned), len(JOINTS), 1))
    at = np.zeros((len(turned), len(JOINTS), 3))
    for name, joint in stood.joints.items():
        whole[:, JOINTS.index(name)], at[:, JOINTS.index(name)] = ours[:, joint], placed[:, joint]
    return _off_ground_cm(sole_points(whole, at, stood.skeleton), done)


def around_hips(recording: Recording, bone_map: BoneMap) -> np.ndarray:
    """Places of the mapped joints relative to the hips, which face +Z on the whole."""
    joints = bone_map.indices(recording.rig)
    turned, placed = recording.world()
    stood = stand(recording.rig, bone_map)
    hips = joints["hips"]
    turn = transforms.multiply(turned[:, hips], transforms.conjugate(stood.turns[hips])[None])
    yaw = headings(turn, 0.2 * recording.fps)
    back = transforms.from_axis_angle(np.array([0.0, 1.0, 0.0]), -yaw)
    body = [j for name, j in joints.items() if name in BODY]
    return transforms.rotate(back[:, None], placed[:, body] - placed[:, [hips]])


def at_thirty(recording: Recording) -> Recording:
    """A recording at our frame rate, for the comparison."""
    frames = round(recording.seconds * FPS) + 1
    pick = np.linspace(0, len(recording.rotations) - 1, frames).round().astype(int)
    return Recording(
        recording.name, FPS, recording.rig, recording.rotations[pick], recording.translations[pick]
    )


def pose_cm(a: Recording, b: Recording, bone_map: BoneMap) -> tuple[float, float]:
    """Mean and 95th percentile of the distance of joints, both around their hips."""
    first, second = around_hips(a, bone_map), around_hips(b, bone_map)
    frames = min(len(first), len(second))
    apart = 100.0 * np.linalg.norm(first[:frames] - second[:frames], axis=-1)
    return float(apart.mean()), float(np.percentile(apart, 95.0))


def there_and_back(
    performance: Performance, body: Skeleton, recording: Recording, bone_map: BoneMap
) -> tuple[float, ...]:
    """All figures of one line."""
    start = time.perf_counter()
    done = finish(performance, body, loop=False)
    stood = stand(recording.rig, bone_map)
    home = finish(performance_of_clip(done.clip, body), stood.skeleton, loop=False)
    returned = clip_onto(home.clip, stood, bone_map)
    spent = time.perf_counter() - start
    plain = retarget(performance_of_clip(retarget(performance, body), body), stood.skeleton)
    source = at_thirty(recording)
    loss = pose_cm(source, clip_onto(plain, stood, bone_map), bone_map)
    pose = pose_cm(source, returned, bone_map)
    there, back = feet_cm(done, body), rig_feet_cm(returned, home, bone_map)
    over = 1000.0 * float((np.concatenate([there, back]) > 1.0).mean())
    feet = float(there.max(initial=0.0)), float(back.max(initial=0.0)), over
    return (*feet, done.measures["skate_cm_s"], *pose, *loss, spent)


def main() -> None:
    """Print the table."""
    space = Body.load()
    bodies = {name: space.with_shape(spec).skeleton for name, spec in BODIES.items()}
    print(f"{'source':18} {'naming':8} {'s':>5} {'body':6} {'feet':>5} {'back':>5}", end=" ")
    print(f"{'over':>5} {'skate':>6} {'pose':>5} {'p95':>5} {'plain':>5} {'p95':>5} {'spent':>6}")
    worst = np.zeros(9)
    for label, recording in sources(sys.argv[1:]):
        bone_map = map_bones(recording.rig)
        performance = at_rate(performance_of(recording, bone_map), 1.0)
        for name, body in bodies.items():
            row = there_and_back(performance, body, recording, bone_map)
            worst = np.maximum(worst, row)
            start = f"{label:18} {bone_map.convention:8} {recording.seconds:5.1f} {name:6}"
            print(f"{start} {_figures(row)}")
    print(f"{'worst':18} {'':8} {'':5} {'':6} {_figures(tuple(worst))}")


def _figures(row: tuple[float, ...]) -> str:
    feet, back, over, skate, *rest, spent = row
    shown = " ".join(f"{value:5.2f}" for value in rest)
    return f"{feet:5.2f} {back:5.2f} {over:5.2f} {skate:6.2f} {shown} {spent:5.1f}s"


if __name__ == "__main__":
    main()
