# SPDX-License-Identifier: Apache-2.0
"""Clips as glTF animations: LINEAR keys, strictly increasing times, xyzw rotations.

Joints that no clip moves get no channel. A joint that moves in one clip keeps a channel in the
others, with two keys when it stands still there, so that switching clips in an engine never leaves
a joint where the last clip put it. ``extras`` of each animation hold ``fps`` and ``loop``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float32

from gen3d import transforms
from gen3d.export import schema
from gen3d.export.buffers import BufferBuilder
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
        times = (keys / self.fps).astype(np.float32)
        sampler = schema.AnimationSampler(
            input=self.buffers.add(times, bounds=True), output=self.buffers.add(track.values[keys])
        )
        target = schema.ChannelTarget(node=track.joint, path=track.path)
        self.channels.append(schema.Channel(sampler=len(self.samplers), target=target))
        self.samplers.append(sampler)


def add_clips(
    clips: Sequence[Clip], skeleton: Skeleton, buffers: BufferBuilder
) -> tuple[schema.Animation, ...]:
    """Write the keys of all clips; joint ``n`` of the skeleton is node ``n`` of the file.

    Raises:
        ValueError: Two clips share a name, or a clip has no frame, a time step of zero or numbers
            that are not finite.
    """
    names = [clip.name for clip in clips]
    if len(set(names)) < len(names):
        raise ValueError(f"two clips have the same name: {names}")
    tracks = [_tracks(clip, skeleton) for clip in clips]
    moving = {
        (track.joint, track.path) for many in tracks for track in many if not track.at_rest
    } | {(skeleton.index("hips"), "translation")}
    return tuple(
        _animation(clip, [t for t in many if (t.joint, t.path) in moving], buffers)
        for clip, many in zip(clips, tracks, strict=True)
    )


def _animation(clip: Clip, tracks: list[Track], buffers: BufferBuilder) -> schema.Animation:
    collected = _Channels(buffers, clip.fps)
    for track in tracks:
        collected.add(track)
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
    for values in (clip.rotations, clip.root_positions, clip.hips_positions):
        if not np.all(np.isfinite(values)):
            raise ValueError(f"clip {clip.name!r} holds numbers that are not finite")
    if np.any(np.linalg.norm(clip.rotations, axis=-1) < 0.5):
        raise ValueError(f"clip {clip.name!r} holds a rotation of length zero")
