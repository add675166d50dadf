# SPDX-License-Identifier: Apache-2.0
"""Clips as glTF animations: LINEAR keys, strictly increasing times, xyzw rotations.

Joints that no clip moves get no channel. A joint that moves in one clip keeps a channel in the
others, with two keys when it stands still there, so that switching clips in an engine never leaves
a joint where the last clip put it. ``extras`` of each animation hold ``fps`` and ``loop``.

Faces are weights of morph targets: one channel for each mesh that has a target which some clip
drives, in every clip (:mod:`gen3d.export.faces` chooses its keys).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float32

from gen3d import transforms
from gen3d.export import schema
from gen3d.export.buffers import BufferBuilder
from gen3d.export.faces import FaceNode, driven, key_frames, weights_of
from gen3d.types import Clip, Skeleton

_STILL = 1e-6
"""Largest difference of a number over time (or to rest) that counts as standing still."""
_IDENTITY = np.array([1.0, 0.0, 0.0, 0.0])


@dataclass(frozen=True)
class Track:
    """One animated property of one joint, ready for the file."""

    joint: int
    path: str
    values: Float32[np.ndarray, "frames _"]
    rest: Float32[np.ndarray, "_"]

    @property
    def still(self) -> bool:
        """Whether every key is the first one."""
        return bool(np.all(np.abs(self.values - self.values[:1]) <= _STILL))

    @property
    def at_rest(self) -> bool:
        """Whether every key is the rest value."""
        return bool(np.all(np.abs(self.values - self.rest) <= _STILL))


@dataclass
class _Channels:
    """Samplers and channels of one animation while they are collected."""

    buffers: BufferBuilder
    fps: float
    samplers: list[schema.AnimationSampler] = field(default_factory=list[schema.AnimationSampler])
    channels: list[schema.Channel] = field(default_factory=list[schema.Channel])

    def add(self, track: Track) -> None:
        frames = np.arange(len(track.values))
        keys = frames[[0, -1]] if track.still and len(frames) > 2 else frames
        self._add_keys(track.joint, track.path, keys, track.values[keys])

    def add_face(self, mesh: FaceNode, clip: Clip) -> None:
        weights = weights_of(clip.face, mesh.targets, len(clip.rotations))
        keys = key_frames(weights)
        # All targets of a mesh share one sampler, key by key (glTF 2.0, section 3.11).
        self._add_keys(mesh.node, "weights", keys, weights[keys].reshape(-1))

    def _add_keys(self, node: int, path: str, keys: np.ndarray, values: np.ndarray) -> None:
        times = (keys / self.fps).astype(np.float32)
        sampler = schema.AnimationSampler(
            input=self.buffers.add(times, bounds=True), output=self.buffers.add(values)
        )
        target = schema.ChannelTarget(node=node, path=path)
        self.channels.append(schema.Channel(sampler=len(self.samplers), target=target))
        self.samplers.append(sampler)


def add_clips(
    clips: Sequence[Clip],
    skeleton: Skeleton,
    buffers: BufferBuilder,
    faces: Sequence[FaceNode] = (),
) -> tuple[schema.Animation, ...]:
    """Write the keys of all clips; joint ``n`` of the skeleton is node ``n`` of the file.

    Args:
        clips: What to write.
        skeleton: Whose joints move.
        buffers: Where the keys go.
        faces: The nodes whose meshes have morph targets.

    Raises:
        ValueError: Two clips share a name, or a clip has no frame, a time step of zero, numbers
            that are not finite, or a face of another length.
    """
    names = [clip.name for clip in clips]
    if len(set(names)) < len(names):
        raise ValueError(f"two clips have the same name: {names}")
    tracks = [_tracks(clip, skeleton) for clip in clips]
    moving = {
        (track.joint, track.path) for many in tracks for track in many if not track.at_rest
    } | {(skeleton.index("hips"), "translation")}
    acting = [mesh for mesh in faces if driven(clips, mesh)]
    return tuple(
        _animation(clip, [t for t in many if (t.joint, t.path) in moving], acting, buffers)
        for clip, many in zip(clips, tracks, strict=True)
    )


def _animation(
    clip: Clip, tracks: list[Track], faces: Sequence[FaceNode], buffers: BufferBuilder
) -> schema.Animation:
    collected = _Channels(buffers, clip.fps)
    for track in tracks:
        collected.add(track)
    for mesh in faces:
        collected.add_face(mesh, clip)
    return schema.Animation(
        name=clip.name,
        channels=tuple(collected.channels),
        samplers=tuple(collected.samplers),
        extras={"fps": clip.fps, "frames": len(clip.rotations), "loop": clip.loop},
    )


def _tracks(clip: Clip, skeleton: Skeleton) -> list[Track]:
    _require_sound(clip)
    rotations = unit_continuous(clip.rotations)
    identity = _xyzw(_IDENTITY)
    offsets = skeleton.offsets
    tracks = [
        Track(joint, "rotation", _xyzw(rotations[:, joint]), identity)
        for joint in range(len(skeleton.names))
    ]
    for name, values in (("root", clip.root_positions), ("hips", clip.hips_positions)):
        joint = skeleton.index(name)
        tracks.append(Track(joint, "translation", values.astype(np.float32), offsets[joint]))
    return tracks


def unit_continuous(
    rotations: Float32[np.ndarray, "frames joints 4"],
) -> Float32[np.ndarray, "frames joints 4"]:
    """Unit quaternions that start with w >= 0 and never jump to the other sign."""
    q = transforms.normalize(rotations.astype(np.float64))
    q = q * np.where(q[:1, :, :1] < 0, -1.0, 1.0)
    return transforms.continuous(q).astype(np.float32)


def _xyzw(wxyz: np.ndarray) -> Float32[np.ndarray, "*batch 4"]:
    return np.ascontiguousarray(wxyz[..., [1, 2, 3, 0]], dtype=np.float32)


def _require_sound(clip: Clip) -> None:
    if not len(clip.rotations) or not clip.fps > 0:
        raise ValueError(f"clip {clip.name!r} has {len(clip.rotations)} frames at {clip.fps} fps")
    if any(len(curve) != len(clip.rotations) for curve in clip.face.values()):
        raise ValueError(f"the face of clip {clip.name!r} has another length")
    for values in (clip.rotations, clip.root_positions, clip.hips_positions, *clip.face.values()):
        if not np.all(np.isfinite(values)):
            raise ValueError(f"clip {clip.name!r} holds numbers that are not finite")
    if np.any(np.linalg.norm(clip.rotations, axis=-1) < 0.5):
        raise ValueError(f"clip {clip.name!r} holds a rotation of length zero")
