# SPDX-License-Identifier: Apache-2.0
"""From a run, or a GLB that gen3d wrote, to an NPZ of betas, poses and translation.

The figure is taken bare: of a run, the whole body that its values make; of a GLB alone, the skin
that its clothes leave to be seen, so that what is under them is the likeliest body of the model.
Distances are measured on the written file, read back and passed through the model.
World +Y up, facing +Z at rest, as SMPL's own files (AMASS has +Z up).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from gen3d.assets import load_character, load_clip
from gen3d.body import Body
from gen3d.config import load_config
from gen3d.errors import Gen3dError
from gen3d.progress import OnStep, silent
from gen3d.runs import CONFIG, STAGES
from gen3d.skeleton import JOINTS
from gen3d.smpl.fitting import Gap, fit_smpl
from gen3d.smpl.following import follow, skin_in, world_in
from gen3d.smpl.model import SmplModel, to_rotations, to_vectors
from gen3d.smpl.parameters import Parameters, read_parameters, write_parameters
from gen3d.smpl.puppet import State
from gen3d.smpl.puppets import Figure
from gen3d.smpl.register import Target
from gen3d.smpl.shape_file import SHAPE, load_shape
from gen3d.types import Character, Clip, Skeleton

_CHARACTER, _CLIP = f"{STAGES}/character.safetensors", f"{STAGES}/clip.safetensors"
_MEASURED_FRAMES = 12
_SAME_M = 2e-3


@dataclass(frozen=True)
class Subject:
    """Whom to export."""

    figure: Figure
    clip: Clip | None
    whole: bool
    """Whether all of the skin is there, not only what clothes leave to be seen."""


@dataclass(frozen=True)
class Exported:
    """What was written, and how near it is to our figure."""

    person: Parameters
    gap: Gap
    """From the model's vertices to our skin over the measured frames; where not all of the skin is
    there, from it to the model's surface."""


def subject_at(place: Path) -> Subject:
    """Find the figure in a run folder, in a file of one, or in a GLB by itself.

    Raises:
        Gen3dError: There is none, or its values were edited since it was made.
    """
    folder = place if place.is_dir() else place.parent
    if (folder / CONFIG).is_file() and (place.is_dir() or place.name == "character.glb"):
        return _of_run(folder)
    if place.is_dir():
        raise Gen3dError(f"{place} is no run of gen3d.", "Give a run folder or a GLB file.")
    return _of_glb(place)


def export_smpl(
    subject: Subject, model: SmplModel, out: Path, betas: int = 10, on_step: OnStep = silent
) -> Exported:
    """Fit a model to a figure, write its numbers, and measure what they give.

    Args:
        subject: Whom.
        model: The user's model.
        out: NPZ file to write.
        betas: How many numbers of shape.
        on_step: Progress over the frames.
    """
    fit = fit_smpl(subject.figure, model, betas, whole=subject.whole)
    states = follow(fit, subject.figure, subject.clip, on_step)
    fps = 30.0 if subject.clip is None else subject.clip.fps
    write_parameters(out, model.kind, _parameters(states, model, fps))
    person = read_parameters(out, model.kind)
    return Exported(person, _measured(subject, model, person))


def meshes_of(
    model: SmplModel, person: Parameters, frames: Sequence[int] | None = None
) -> list[np.ndarray]:
    """The model's vertices for a person, frame by frame.

    Args:
        model: Which.
        person: Whose numbers.
        frames: Which of the frames; all when not given.
    """
    shaped = model.shaped(person.betas.astype(np.float64), person.expression.astype(np.float64))
    chosen = range(len(person.poses)) if frames is None else frames
    return [
        model.posed(shaped, to_rotations(person.poses[i]), person.trans[i].astype(np.float64))
        for i in chosen
    ]


def _parameters(states: list[State], model: SmplModel, fps: float) -> Parameters:
    return Parameters(
        betas=states[0].numbers.astype(np.float32),
        expression=np.zeros(model.expression_directions.shape[2], np.float32),
        poses=np.stack([to_vectors(s.rotations) for s in states]).astype(np.float32),
        trans=np.stack([s.shift for s in states]).astype(np.float32),
        gender=model.gender,
        fps=fps,
    )


def _measured(subject: Subject, model: SmplModel, person: Parameters) -> Gap:
    """Over some frames, the first and the last among them."""
    count = min(len(person.poses), _MEASURED_FRAMES)
    frames = np.unique(np.linspace(0, len(person.poses) - 1, count).round().astype(int)).tolist()
    figure = subject.figure
    distances = list[np.ndarray]()
    for frame, verts in zip(frames, meshes_of(model, person, frames), strict=True):
        skin = figure.verts
        if subject.clip is not None:
            skin = skin_in(figure, *world_in(figure, subject.clip, frame))
        ours, theirs = Target(skin, figure.faces), Target(verts, model.faces)
        from_, onto = (theirs, ours) if subject.whole else (ours, theirs)
        distances.append(onto.nearest(from_.verts).distance)
    together = np.concatenate(distances).astype(np.float64)
    return Gap(float(together.mean()), float(together.max()))


def _of_run(folder: Path) -> Subject:
    config = load_config(folder / CONFIG)
    if config.description is None or config.verb not in {"create", "avatar", "motion"}:
        raise Gen3dError(f"{folder} holds no figure.", "Give a run of create, avatar or motion.")
    if config.moves is not None and config.moves.character:
        raise Gen3dError(f"{folder} holds a motion on a character of your own.", "Give another.")
    residual = load_shape(folder / SHAPE).residual if config.smpl is not None else None
    shaped = Body.load().with_shape(config.description.character.body, residual)
    clip = load_clip(folder / _CLIP) if (folder / _CLIP).is_file() else None
    made = _skeleton_of(folder, None if clip is None else clip[1])
    hips = JOINTS.index("hips")
    lift = float(made.positions[hips, 1] - shaped.skeleton.positions[hips, 1])
    figure = Figure.of(shaped, lift)
    if np.abs(figure.skeleton.positions - made.positions).max() > _SAME_M:
        raise Gen3dError(
            f"{folder}/{CONFIG} was edited since the figure was made.",
            f"Run `gen3d resume {folder}` first.",
        )
    return Subject(figure, None if clip is None else clip[0], whole=True)


def _skeleton_of(folder: Path, other: Skeleton | None) -> Skeleton:
    """As the run's stages left it, soles and all."""
    if (folder / _CHARACTER).is_file():
        return load_character(folder / _CHARACTER).skeleton
    if other is None:
        raise Gen3dError(f"{folder} is not finished.", f"Run `gen3d resume {folder}` first.")
    return other


def _of_glb(path: Path) -> Subject:
    from gen3d.export.gltf_read import read_glb, to_character

    character = to_character(read_glb(path))
    if character.skeleton.names != JOINTS:
        raise Gen3dError(f"{path.name} has not our 55 joints.", "Give a GLB that gen3d wrote.")
    clip = character.clips[0] if character.clips else None
    return Subject(_visible_skin(character), clip, whole=False)


def _visible_skin(character: Character) -> Figure:
    parts = [part for part in character.parts if part.slot == "body"]
    if not parts:
        raise Gen3dError("The file shows no skin to fit to.", "Give its run folder instead.")
    verts, faces, weights, start = list[np.ndarray](), list[np.ndarray](), list[np.ndarray](), 0
    for part in parts:
        dense = np.zeros((len(part.mesh.verts), len(JOINTS)))
        rows = np.arange(len(dense))[:, None]
        np.add.at(dense, (rows, part.skin.joints.astype(np.int64)), part.skin.weights)
        verts.append(part.mesh.verts.astype(np.float64))
        faces.append(part.mesh.faces + start)
        weights.append(dense)
        start += len(dense)
    return _welded(
        Figure(
            np.concatenate(verts),
            np.concatenate(faces).astype(np.int32),
            np.concatenate(weights),
            character.skeleton,
        )
    )


def _welded(figure: Figure) -> Figure:
    """Without the splits at texture seams, which would look like the edges of holes."""
    _, first, place = np.unique(
        np.round(figure.verts * 1e5).astype(np.int64),
        axis=0,
        return_index=True,
        return_inverse=True,
    )
    faces = place.ravel()[figure.faces].astype(np.int32)
    return replace(figure, verts=figure.verts[first], faces=faces, weights=figure.weights[first])
