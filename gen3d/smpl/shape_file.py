# SPDX-License-Identifier: Apache-2.0
"""The stage that turns a user's SMPL files into a body of ours, and the file that it leaves.

``.stages/shape.safetensors`` holds what config.yml cannot: the residual of the fit, the pose of
ours in which it lies on the model at rest, and (as JSON) the fitted numbers.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from gen3d.body import Body
from gen3d.body.data import VERTS
from gen3d.cache import sha256_of
from gen3d.errors import Gen3dError
from gen3d.progress import OnStep, silent
from gen3d.runs import STAGES, Json
from gen3d.skeleton import JOINTS
from gen3d.smpl.files import find_model, load_model
from gen3d.smpl.fitting import fit_body
from gen3d.smpl.joints import TITLES, kind_of
from gen3d.smpl.parameters import gender_in, joints_in, read_parameters
from gen3d.smpl.puppet import State
from gen3d.spec import BodySpec, SmplSpec

SHAPE = f"{STAGES}/shape.safetensors"


@dataclass(frozen=True)
class Shape:
    """A body of ours in the shape of somebody of the SMPL family."""

    spec: BodySpec
    residual: Float32[np.ndarray, "verts 3"]
    state: State
    """The pose in which the body, standing on the ground at first, lies on the model at rest."""


def model_file(asked: SmplSpec) -> Path:
    """The model file that belongs to a parameter file.

    Raises:
        Gen3dError: Either cannot be used.
    """
    parameters, place = Path(asked.parameters), Path(asked.model)
    if not place.is_dir():
        return place
    return find_model(place, kind_of(joints_in(parameters)), gender_in(parameters))


def inputs_of(asked: SmplSpec) -> Json:
    """Hashes of the user's files: other files make another body.

    Raises:
        Gen3dError: Either cannot be used.
    """
    files = (Path(asked.parameters), model_file(asked))
    for path in files:
        if not path.is_file():
            raise Gen3dError(f"{path} does not exist.", "Check --smpl and --smpl-model.")
    return {"parameters": sha256_of(files[0]), "model": sha256_of(files[1])}


def fit_files(asked: SmplSpec, out: Path, on_step: OnStep = silent) -> Json:
    """Fit our body to the user's files and write the result.

    Args:
        asked: Where they are.
        out: File to write.
        on_step: Progress.

    Returns:
        Facts for the manifest.

    Raises:
        Gen3dError: A file cannot be used.
    """
    model = load_model(model_file(asked))
    person = read_parameters(Path(asked.parameters), model.kind)
    most = model.shape_directions.shape[2]
    if len(person.betas) > most:
        raise Gen3dError(
            f"{Path(asked.parameters).name} has {len(person.betas)} betas and the model {most}.",
            "Give the model file that the person was fitted with.",
        )
    wide = np.float64
    fit = fit_body(
        Body.load(),
        model,
        person.betas.astype(wide),
        person.expression[: model.expression_directions.shape[2]].astype(wide),
        person.gender,
        on_step,
    )
    header = json.dumps({"body": fit.spec.model_dump(mode="json")})
    pose = {"turns": fit.state.rotations, "shift": fit.state.shift}
    arrays = {"residual": fit.residual, **pose}
    save_file(arrays, str(out), metadata={"gen3d": header})
    return {
        "model": TITLES[model.kind],
        "betas": len(person.betas),
        "mean_mm": round(1e3 * fit.gap.mean, 2),
        "greatest_mm": round(1e3 * fit.gap.greatest, 1),
        "by_numbers_mean_mm": round(1e3 * fit.by_numbers.mean, 2),
    }


def load_shape(path: Path) -> Shape:
    """Read what :func:`fit_files` wrote.

    Raises:
        Gen3dError: The file is absent, damaged or holds something else.
    """
    try:
        with safe_open(str(path), framework="numpy") as stream:
            header = json.loads((stream.metadata() or {})["gen3d"])
            residual = stream.get_tensor("residual")
            state = State(np.zeros(0), stream.get_tensor("turns"), stream.get_tensor("shift"))
        spec = BodySpec.model_validate(header["body"])
    except (OSError, SafetensorError, KeyError, ValueError, ValidationError) as error:
        raise Gen3dError(f"{path} is damaged: {error}.", "Delete it and run again.") from None
    if residual.shape != (VERTS, 3) or state.rotations.shape != (len(JOINTS), 4):
        raise Gen3dError(f"{path} is of another body.", "Delete it and run again.")
    return Shape(spec, residual, state)
