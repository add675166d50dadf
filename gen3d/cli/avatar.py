# SPDX-License-Identifier: Apache-2.0
"""``gen3d avatar``: the character alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

import tyro

from gen3d.cli.create import BonesOption
from gen3d.cli.making import MakingOptions, parts_to_keep, start
from gen3d.cli.options import Flag, named, parse
from gen3d.errors import Gen3dError

LOOKS, DRAPES, PAINT_STEPS = 96, 10, 100
"""Of --refine: repaints and figures draped anew in the search, and steps of the painting."""


@dataclass(frozen=True)
class AvatarOptions(MakingOptions):
    """Make character.glb (in T-pose, without motion) and its preview.

    With --rig no figure is made: yours, from any modelling or image-to-3D tool, gets a skeleton of
    55 bones and skin weights; its geometry, UVs and pictures stay as they are. With --from yours
    keeps all of that and its rig, weights and clips, and gets the colours and fabrics of the words.
    """

    bones: BonesOption = None
    """Naming of the bones (vrm when not given)."""
    rig: Annotated[Path | None, named("FILE")] = None
    """An unrigged figure of your own, GLB or glTF: one person who stands in T-pose or A-pose."""
    height: Annotated[float | None, named("METRES")] = None
    """Height of that figure (by the file's own unit when not given)."""
    from_: Annotated[
        Path | None, tyro.conf.arg(name="from", metavar="FILE", help_behavior_hint="")
    ] = None
    """A rigged figure of your own with UVs (GLB, VRM, glTF), painted anew by the words."""
    face: Annotated[str | None, named("TEXT")] = None
    """Whose face it has: skin, hair, eyes and features of another concept."""
    outfit: Annotated[str | None, named("TEXT")] = None
    """What it wears, of another concept."""
    style: Annotated[str | None, named("TEXT")] = None
    """Mood, palette or fabric of everything: "gothic", "pastel", "black and gold leather"."""
    not_: Annotated[
        str | None, tyro.conf.arg(name="not", metavar="TEXT", help_behavior_hint="")
    ] = None
    """What it must not be or have, separated by commas: "hat, beard, red"."""
    keep: Annotated[str | None, named("PARTS")] = None
    """Of face, shape and outfit, separated by commas: these numbers of the run in --out stay, the
    rest follows the new words or seed."""
    refine: Flag = False
    """Go on from the draft under guidance (minutes): what the words leave open, such as other
    colours, cuts, hair and builds, is searched under the score of --tower, then it is sculpted and
    painted."""
    best_of: Annotated[int | None, named("N")] = None
    """Make drafts of N seeds and keep the one that the judge, another tower, likes best."""
    tower: Annotated[str | None, named("MODEL")] = None
    """Image tower that guides: a model card, an open_clip NAME:TAG or a folder (avatar-clip when
    not given)."""
    judge: Annotated[str | None, named("MODEL")] = None
    """Image tower that chooses the best of N (the one of --tower, or else avatar-judge)."""
    diffusion: Annotated[str | None, named("MODEL")] = None
    """Diffusion model that guides the painting too: a model card or a diffusers folder."""
    representation: Literal["template", "field"] = "template"
    """field: one closed mesh by way of a canonical signed distance, with the same bones, weights
    and face shapes; with --refine the field is sculpted and painted, not the template's layers."""
    no_preview: Flag = False
    """Render no preview.png and preview.mp4."""
    smpl: Annotated[Path | None, named("FILE.npz")] = None
    """Betas (and gender, expression) of a person of the SMPL family, whose shape the body takes."""
    smpl_model: Annotated[Path | None, named("FILE_OR_FOLDER")] = None
    """Your own model file (NPZ) of SMPL, SMPL-H or SMPL-X, or the folder that it is in."""


def main(arguments: Sequence[str]) -> int:
    """Run the verb."""
    options = parse(AvatarOptions, "avatar", arguments)
    preview = False if options.no_preview else None
    blocks = {"smpl": _smpl(options), "rig": _rig(options), "retexture": _from(options)}
    blocks |= {"concept": _concept(options), "refine": _refine(options)}
    return start("avatar", _named(options), blocks, bones=options.bones, preview=preview)


def _smpl(options: AvatarOptions) -> dict[str, object]:
    if (options.smpl is None) != (options.smpl_model is None):
        raise Gen3dError("--smpl and --smpl-model belong together.", "Give both files.")
    if options.smpl is not None and options.rig is not None:
        raise Gen3dError(
            "--smpl shapes a body that is made, and --rig takes one that is there.",
            "Give one of them.",
        )
    files = {"parameters": options.smpl, "model": options.smpl_model}
    return {k: None if path is None else str(path.resolve()) for k, path in files.items()}


def _concept(options: AvatarOptions) -> dict[str, object]:
    """What is said beside the prompt."""
    texts = {"face": options.face, "outfit": options.outfit, "style": options.style}
    said: dict[str, object] = {**texts, "without": options.not_}
    if options.keep is not None:
        said["keep"] = parts_to_keep(options.keep)
    given = {key: value for key, value in said.items() if value is not None}
    if given and (options.rig is not None or options.from_ is not None):
        raise Gen3dError(
            f"--{'not' if 'without' in given else next(iter(given))} shapes a figure that is made "
            "from words.",
            "Leave it out, or leave out --rig and --from.",
        )
    return given


def _refine(options: AvatarOptions) -> dict[str, object]:
    """How to go on from the draft."""
    field = options.representation == "field"
    asked = options.refine or options.best_of is not None or field
    if asked and (options.rig is not None or options.from_ is not None):
        name = "refine" if options.refine else "representation" if field else "best-of"
        raise Gen3dError(
            f"--{name} goes on from a figure made from words.",
            "Leave it out, or leave out --rig and --from.",
        )
    lone = options.tower or options.judge
    if lone and not (options.refine or options.best_of is not None):
        raise Gen3dError(f"Nothing asks the tower {lone}.", "Give --refine or --best-of N with it.")
    if options.diffusion and not options.refine:
        raise Gen3dError(f"Nothing asks {options.diffusion}.", "Give --refine with it.")
    given: dict[str, object] = {"best_of": options.best_of}
    given |= {"representation": "field"} if field else {}
    given |= _models(options)
    paints = {"looks": LOOKS, "drapes": DRAPES, "paint_steps": PAINT_STEPS}
    return given | (paints if options.refine else {})


def _models(options: AvatarOptions) -> dict[str, object]:
    """Who guides and who judges: the package's own towers of people, unless others are named."""
    # Help need not wait for the settings' classes.
    from gen3d.figures.models import OWN_JUDGE, OWN_TOWER

    tower, judge = options.tower, options.judge
    if options.refine and tower is None:
        tower = OWN_TOWER
    if options.best_of is not None and judge is None and options.tower is None:
        judge = OWN_JUDGE
    return {"tower": tower, "judge": judge, "diffusion": options.diffusion}


def _from(options: AvatarOptions) -> dict[str, object]:
    if options.from_ is None:
        return {}
    others = {"--rig": options.rig, "--smpl": options.smpl, "--bones": options.bones}
    other = next((name for name, value in others.items() if value is not None), None)
    if other is not None:
        raise Gen3dError(
            f"--from keeps the figure's body and bones, so {other} means nothing with it.",
            "Give one of them.",
        )
    return {"file": str(options.from_.resolve())}


def _rig(options: AvatarOptions) -> dict[str, object]:
    if options.rig is None and options.height is not None:
        raise Gen3dError(
            "--height says how tall the figure of --rig is.",
            "For a figure made from words, say it in them: a 1.9 m tall man.",
        )
    file = None if options.rig is None else str(options.rig.resolve())
    return {"file": file, "height": options.height}


def _named(options: AvatarOptions) -> AvatarOptions:
    """A figure of the user's needs no words: its run is called after its file."""
    if options.rig is None or options.text is not None:
        return options
    return replace(options, text=f"rig of {options.rig.stem}")
