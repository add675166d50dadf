# SPDX-License-Identifier: Apache-2.0
"""Whether the clips hold: names, lengths, feet that stand still on the ground, seams of loops.

A foot is near the ground while its lowest point is within a centimetre of y = 0; its slide is the
horizontal speed of that very point of the skin, which is zero for a foot that stands and for one
that rolls. Swinging feet pass that low too, for a moment, so the median over all such frames is
reported. In clips that stay in place on purpose the feet slide at walking speed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float64

from gen3d import transforms
from gen3d.check.pieces import Humanoid, Piece, pose
from gen3d.check.report import Row, at_most, expect
from gen3d.export.document import AnimationData, Document, TrackData

_CONTACT_METRES = 0.01
_SOLE_METRES = 0.04
_MOST_FRAMES = 240
_WHOLE_BODY_FRAMES = 24
_FALLBACK_FPS = 30.0


@dataclass(frozen=True)
class Playback:
    """A clip sampled evenly: world matrices of every node."""

    name: str
    fps: float
    T_world_node: Float64[np.ndarray, "frames nodes 4 4"]


def rows(document: Document, pieces: Sequence[Piece], humanoid: Humanoid | None) -> list[Row]:
    """Clip checks of a file with animations."""
    clips = document.animations
    if not clips:
        return []
    found = _name_rows(clips)
    for clip in clips:
        if humanoid is not None and clip.seconds > 0:
            found += _body_rows(play(document, clip), pieces, humanoid)
        if clip.extras.get("loop") is True:
            found.append(_seam_row(clip))
    return found


def _name_rows(clips: Sequence[AnimationData]) -> list[Row]:
    names = [clip.name for clip in clips]
    lengths = [clip.seconds for clip in clips]
    good = all(names) and len(set(names)) == len(names)
    text = ", ".join(f"{clip.name or '(none)'} {clip.seconds:.2f} s" for clip in clips)
    return [
        expect(
            "clips",
            text,
            good=good,
            limit="unique names",
            worst="fail",
            hint="Give each clip a name of its own.",
        ),
        expect(
            "shortest clip",
            f"{min(lengths):.2f} s",
            good=min(lengths) > 0,
            limit="> 0 s",
            worst="warn",
            hint="A clip of one key is a pose.",
        ),
    ]


def play(document: Document, clip: AnimationData) -> Playback:
    """Sample a clip at its own frame rate, at most 240 frames of it."""
    told = clip.extras.get("fps")
    fps = float(told) if isinstance(told, int | float) and 1 <= told <= 240 else _FALLBACK_FPS
    frames = int(min(max(round(clip.seconds * fps) + 1, 2), _MOST_FRAMES))
    times = np.arange(frames) / fps
    by_node: dict[int, list[TrackData]] = {}
    for track in clip.tracks:
        by_node.setdefault(track.node, []).append(track)
    return Playback(clip.name, fps, _world(document, by_node, times))


def _world(
    document: Document, by_node: dict[int, list[TrackData]], times: Float64[np.ndarray, "frames"]
) -> Float64[np.ndarray, "frames nodes 4 4"]:
    world: dict[int, np.ndarray] = {}
    for index in document.parents_first:
        local = _local(document, index, by_node.get(index, []), times)
        parent = document.nodes[index].parent
        world[index] = local if parent < 0 else world[parent] @ local
    return np.stack([world[i] for i in range(len(document.nodes))], axis=1)


def _local(
    document: Document, node: int, tracks: Sequence[TrackData], times: Float64[np.ndarray, "frames"]
) -> Float64[np.ndarray, "frames 4 4"]:
    rest = document.nodes[node].T_parent_node
    local = np.tile(rest, (len(times), 1, 1))
    scales = np.tile(np.linalg.norm(rest[:3, :3], axis=0), (len(times), 1))
    rotations = np.tile(rest[:3, :3] / np.maximum(scales[0], 1e-12), (len(times), 1, 1))
    for track in tracks:
        values = sample(track, times)
        if track.path == "translation":
            local[:, :3, 3] = values
        elif track.path == "rotation":
            rotations = transforms.to_matrix(transforms.normalize(values)[:, [3, 0, 1, 2]])
        elif track.path == "scale":
            scales = values
    local[:, :3, :3] = rotations * scales[:, None, :]
    return local


def sample(
    track: TrackData, times: Float64[np.ndarray, "frames"]
) -> Float64[np.ndarray, "frames n"]:
    """Values of a track at some times; between keys straight (rotations are normalised later)."""
    keys = track.times.astype(np.float64)
    after = np.clip(np.searchsorted(keys, times, side="right"), 1, max(len(keys) - 1, 1))
    before, after = after - 1, np.minimum(after, len(keys) - 1)
    span = np.maximum(keys[after] - keys[before], 1e-9)
    t = np.clip((times - keys[before]) / span, 0.0, 1.0)
    a, b = (track.values[i].astype(np.float64) for i in (before, after))
    if track.interpolation == "STEP":
        t = np.floor(t)
    if track.path == "rotation":
        b = b * np.where(np.sum(a * b, axis=1, keepdims=True) < 0, -1.0, 1.0)
    return a + (b - a) * t[:, None]


def _body_rows(playback: Playback, pieces: Sequence[Piece], humanoid: Humanoid) -> list[Row]:
    bound = [piece for piece in pieces if piece.binding is not None and len(piece.faces)]
    if not bound:
        return []
    lowest = np.array(
        [
            min(float(_posed(piece, world)[:, 1].min()) for piece in bound)
            for world in _evenly(playback.T_world_node, _WHOLE_BODY_FRAMES)
        ]
    )
    name = playback.name
    found = [
        at_most(
            f"ground penetration in {name}",
            max(0.0, -float(lowest.min())) * 100,
            "cm",
            warn=3,
            fail=30,
            hint="Lift the hips or bend the knees where the body sinks in.",
        ),
        at_most(
            f"usual height above ground in {name}",
            max(0.0, float(np.median(lowest))) * 100,
            "cm",
            warn=5,
            fail=100,
            hint="Lower the root: the body floats.",
        ),
    ]
    slide = foot_slide(playback, bound, humanoid)
    if slide is not None:
        found.append(
            at_most(
                f"foot slide in {name}",
                slide * 100,
                "cm/s",
                warn=10,
                hint="Lock the feet while they stand (expected in a clip that stays in place).",
            )
        )
    return found


def _posed(piece: Piece, world: Float64[np.ndarray, "nodes 4 4"]) -> np.ndarray:
    if piece.binding is None:
        return piece.verts
    return pose(piece.binding, piece.primitive.verts, world)


def _evenly(values: np.ndarray, most: int) -> np.ndarray:
    picks = np.unique(np.linspace(0, len(values) - 1, min(most, len(values))).round().astype(int))
    return values[picks]


def foot_slide(playback: Playback, bound: Sequence[Piece], humanoid: Humanoid) -> float | None:
    """Median speed over the ground of the lowest point of each foot while near the ground, m/s.

    None when no foot comes near the ground.
    """
    speeds: list[np.ndarray] = []
    for side in ("left", "right"):
        track = _sole_track(playback, bound, humanoid, side)
        if track.shape[1]:
            speeds.append(_contact_speeds(track, playback.fps))
    joined = np.concatenate(speeds) if speeds else np.zeros(0)
    return float(np.median(joined)) if len(joined) else None


def _sole_track(
    playback: Playback, bound: Sequence[Piece], humanoid: Humanoid, side: str
) -> Float64[np.ndarray, "frames verts 3"]:
    """World path of the vertices that a foot holds and that rest near the ground."""
    bones = [humanoid.node_of[n] for n in (f"{side}Foot", f"{side}Toes") if n in humanoid.node_of]
    paths = [np.zeros((len(playback.T_world_node), 0, 3))]
    for piece in bound:
        if piece.binding is None or not bones:
            continue
        held = np.asarray(piece.binding.influences.tocsc()[:, bones].sum(axis=1)).ravel() > 0.5
        sole = np.flatnonzero(held & (piece.verts[:, 1] < _SOLE_METRES))[:400]
        if len(sole):
            few = _rows_of(piece, sole)
            paths.append(np.stack([_posed(few, world) for world in playback.T_world_node]))
    return np.concatenate(paths, axis=1)


def _rows_of(piece: Piece, verts: np.ndarray) -> Piece:
    """Some vertices of a piece, without faces."""
    primitive = replace(
        piece.primitive,
        attributes={"POSITION": piece.primitive.verts[verts]},
        faces=piece.faces[:0],
        targets=(),
    )
    binding = piece.binding
    if binding is not None:
        binding = replace(binding, influences=binding.influences[verts])
    return replace(piece, primitive=primitive, verts=piece.verts[verts], binding=binding)


def _contact_speeds(
    track: Float64[np.ndarray, "frames verts 3"], fps: float
) -> Float64[np.ndarray, "contacts"]:
    lowest = np.argmin(track[..., 1], axis=1)
    frames = np.arange(len(track) - 1)
    here, there = track[frames, lowest[:-1]], track[frames + 1, lowest[:-1]]
    contact = (here[:, 1] < _CONTACT_METRES) & (there[:, 1] < _CONTACT_METRES)
    return np.linalg.norm((there - here)[contact][:, [0, 2]], axis=1) * fps


def _seam_row(clip: AnimationData) -> Row:
    """How much farther the worst joint turns from the last frame to the first than ever inside."""
    excess = [0.0]
    for track in clip.tracks:
        if track.path == "rotation" and len(track.values) > 2:
            q = transforms.normalize(track.values.astype(np.float64))
            steps = _angles(q[:-1], q[1:])
            excess.append(float(_angles(q[-1:], q[:1])[0] - steps.max()))
    return at_most(
        f"loop seam of {clip.name}",
        float(np.degrees(max(excess))),
        "degrees",
        warn=5,
        fail=90,
        hint="Blend the end of the clip into its beginning.",
    )


def _angles(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Radians between unit quaternions."""
    return 2.0 * np.arccos(np.clip(np.abs(np.sum(a * b, axis=-1)), 0.0, 1.0))
