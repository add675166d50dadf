# SPDX-License-Identifier: Apache-2.0
"""``gen3d smpl``: a figure of ours as betas and poses of the user's own SMPL-family model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from gen3d.cli.options import Flag, named, parse
from gen3d.errors import Gen3dError


@dataclass(frozen=True)
class SmplOptions:
    """Write betas, poses, trans and gender of a run's figure and motion as NPZ.

    What is written is read back, passed through the model, and its distance to the figure printed.
    The model is your own file (NPZ) of SMPL, SMPL-H or SMPL-X; nothing is downloaded.
    """

    figure: Annotated[Path, tyro.conf.Positional, named("RUN_OR_GLB")]
    """A run folder (the whole body is known), or a GLB that gen3d wrote (only its visible skin)."""
    smpl_model: Annotated[Path, named("FILE_OR_FOLDER")]
    """The model's NPZ file, or a folder of them, of which the neutral one is taken."""
    out: Annotated[Path, named("FILE.npz")] = Path("avatar_smpl.npz")
    """What to write (avatar_smpl.npz when not given)."""
    model_type: Annotated[Literal["smpl", "smplh", "smplx"] | None, named("{smpl,smplh,smplx}")] = (
        None
    )
    """Which model, where the folder holds several."""
    gender: Annotated[
        Literal["neutral", "female", "male"] | None, named("{neutral,female,male}")
    ] = None
    """Likewise."""
    betas: Annotated[int, named("N")] = 10
    """How many numbers of shape (10 when not given)."""
    rest: Flag = False
    """The T-pose only, without the run's motion."""
    json: Flag = False
    """Print the figures as JSON."""


def main(arguments: Sequence[str]) -> int:
    """Run the verb."""
    options = parse(SmplOptions, "smpl", arguments)
    if not 1 <= options.betas <= 300:
        raise Gen3dError(f"--betas {options.betas} is not 1 to 300.", "Ten are usual.")
    if options.out.suffix != ".npz" or not options.out.absolute().parent.is_dir():
        raise Gen3dError(f"{options.out} is no place for an NPZ file.", "Give --out FILE.npz.")
    from dataclasses import replace

    from gen3d.smpl.exporting import export_smpl, subject_at
    from gen3d.smpl.files import load_model

    model = load_model(options.smpl_model, options.model_type, options.gender or "")
    subject = subject_at(options.figure)
    if options.rest:
        subject = replace(subject, clip=None)
    done = export_smpl(subject, model, options.out, options.betas)
    facts = {
        "file": str(options.out),
        "model_type": model.kind,
        "gender": done.person.gender or "neutral",
        "betas": len(done.person.betas),
        "frames": len(done.person.poses),
        "mean_mm": round(1e3 * done.gap.mean, 2),
        "greatest_mm": round(1e3 * done.gap.greatest, 1),
        "whole_body": subject.whole,
    }
    if options.json:
        print(json.dumps(facts))
        return 0
    print(f"{options.out}: {facts['betas']} betas, {facts['frames']} frames, {model.kind}")
    print(f"distance between the model's surface and the figure's skin: {done.gap}")
    if not subject.whole:
        print("only the skin that clothes leave to be seen was compared; a run folder knows it all")
    return 0
