# SPDX-License-Identifier: Apache-2.0
"""``gen3d train``: make the project's own small models again, or larger ones."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from gen3d.cli.options import Flag, named, parse
from gen3d.errors import Gen3dError
from gen3d.progress import OnStep, silent

What = Literal[
    "pictures",
    "clip",
    "codebook",
    "judge",
    "diffusion",
    "people",
    "avatar-clip",
    "avatar-judge",
    "motions",
    "motion",
    "motion-judge",
    "panoramas",
    "hdr",
    "places",
    "panorama",
]
_SETS = ("pictures", "people", "motions", "panoramas", "places")


@dataclass(frozen=True)
class TrainOptions:
    """Train one of the project's own models on pictures or motions that it draws itself.

    Stops at any moment (Ctrl-C) and goes on when the same command is given again.
    """

    what: Annotated[What, tyro.conf.Positional]
    """pictures: draw a set; clip: the guiding image tower; codebook: the drafts that it retrieves;
    judge: the independent tower that only measures; diffusion: autoencoder and denoiser.
    people: draw a set of dressed bodies; avatar-clip, avatar-judge: the same two towers for them.
    motions: draw a set of captioned motions; motion: the denoiser of motions; motion-judge: the
    encoders that only measure them. panoramas: draw a set of lights; hdr: the network that gives
    the light of an eight-bit panorama. places: draw a set of captioned skies, lands and rooms;
    panorama: the denoiser that draws panoramas."""
    out: Annotated[Path, named("DIR")] = Path("training")
    """Where sets, checkpoints and results lie."""
    set: Literal["guide", "judge", "held-out"] = "guide"
    """Which set of pictures or motions to draw."""
    steps: Annotated[int | None, named("N")] = None
    """Training steps instead of the recipe's."""
    start: Annotated[
        Path | None,
        tyro.conf.arg(name="from", metavar="DIR", help_behavior_hint=""),
    ] = None
    """Folder of a trained motion model to go on from, instead of from nothing. Its shape,
    statistics and memory stay; the rate is warmed up again."""
    jobs: Annotated[int, named("N")] = 2
    """Processes that draw pictures or motions."""
    install: Flag = False
    """Put the result where the package keeps its models, and the hashes into the card (in a clone
    of the project)."""
    eval: Flag = False
    """Measure the motion model that was trained, or else the one that is installed, instead of
    training: the published measures, what was asked for, control, feet, speed (an hour)."""
    quick: Flag = False
    """Measure a little of everything: minutes."""
    quiet: Flag = False
    """Print nothing but the result."""


def main(arguments: Sequence[str]) -> int:
    """Run the verb."""
    options = parse(TrainOptions, "train", arguments)
    _check(options)
    if options.eval:
        return _measure(options)
    make = {
        "pictures": _pictures,
        "clip": _tower,
        "codebook": _codebook,
        "judge": _tower,
        "diffusion": _diffusion,
        "people": _pictures,
        "avatar-clip": _tower,
        "avatar-judge": _tower,
        "motions": _motions,
        "motion": _motion,
        "motion-judge": _motion_judge,
        "panoramas": _panoramas,
        "hdr": _hdr,
        "places": _places,
        "panorama": _panorama,
    }
    try:
        made = make[options.what](options)
        if options.install:
            made = _install(options.what, made)
    except KeyboardInterrupt:
        print(f"\nStopped; the same command goes on ({options.out}).")
        raise
    print(made)
    return 0


def _check(options: TrainOptions) -> None:
    """Refuse before hours of work what cannot come to a good end."""
    for name, value in (("--steps", options.steps), ("--jobs", options.jobs)):
        if value is not None and value < 1:
            raise Gen3dError(f"{name} is {value}.", f"{name} must be 1 or more.")
    if options.install and options.what in _SETS:
        raise Gen3dError(
            f"{options.what.capitalize()} are not installed: only models are.",
            "Leave --install out.",
        )
    if (options.eval or options.quick) and (options.what != "motion" or not options.eval):
        raise Gen3dError(
            "--eval measures the motion model, and --quick is of --eval.",
            "Give: gen3d train motion --eval [--quick]",
        )
    if options.start is not None and (options.what != "motion" or options.eval):
        raise Gen3dError(
            "--from is of the training of the motion model.",
            "Give: gen3d train motion --from DIR",
        )
    if options.what == "motions" and options.set == "held-out":
        raise Gen3dError(
            "There is no held-out set of motions: what is measured is drawn when it is measured.",
            "Sets of motions: guide, judge.",
        )


def _pictures(options: TrainOptions) -> Path:
    """A set of things, or of people."""
    from gen3d.training.recipes import draw_people, draw_pictures

    draw = draw_people if options.what == "people" else draw_pictures
    folder = options.out / options.what / options.set
    draw(options.set, folder, options.jobs, _line("shards", quiet=options.quiet))
    return folder


def _tower(options: TrainOptions) -> Path:
    """A guide or a judge, of things or of people."""
    from gen3d.training import recipes

    people = options.what.startswith("avatar-")
    draw = recipes.draw_people if people else recipes.draw_pictures
    train = recipes.train_avatar_tower if people else recipes.train_tower
    name = "judge" if options.what.endswith("judge") else "guide"
    data = options.out / ("people" if people else "pictures") / name
    draw(name, data, options.jobs, _line("shards", quiet=options.quiet))
    folder, show = options.out / options.what, _line("steps", quiet=options.quiet)
    return train(name, data, folder, options.steps, show)


def _codebook(options: TrainOptions) -> Path:
    from gen3d.guidance.retrieval import FILE, make_codebook, save_codebook
    from gen3d.guidance.towers import load_tower
    from gen3d.training.recipes import CODEBOOK

    folder = options.out / "clip" / "model"
    show = _line("things", quiet=options.quiet)
    save_codebook(make_codebook(load_tower(folder), CODEBOOK, show), folder / FILE)
    return folder


def _install(what: What, folder: Path) -> Path:
    from gen3d.training.publishing import publish_model

    return publish_model("clip" if what == "codebook" else what, folder)


def _diffusion(options: TrainOptions) -> Path:
    from gen3d.training.pipeline import train_diffusion
    from gen3d.training.recipes import draw_pictures

    data = options.out / "pictures" / "guide"
    draw_pictures("guide", data, options.jobs, _line("shards", quiet=options.quiet))
    folder = options.out / "diffusion"
    return train_diffusion(data, folder, options.steps, _line("steps", quiet=options.quiet))


def _motions(options: TrainOptions) -> Path:
    from motion.recipes import draw_motions

    folder = options.out / "motions" / options.set
    draw_motions(options.set, folder, options.jobs, _line("shards", quiet=options.quiet))
    return folder


def _motion(options: TrainOptions) -> Path:
    from motion.recipes import draw_motions, train_motion
    from motion.sample import load_motion_model

    # Read before the set is drawn, so that a wrong folder is refused at once.
    first = load_motion_model(options.start) if options.start else None
    data, show = options.out / "motions" / "guide", _line("steps", quiet=options.quiet)
    draw_motions("guide", data, options.jobs, _line("shards", quiet=options.quiet))
    return train_motion(data, options.out / "motion", options.steps, show, first)


def _motion_judge(options: TrainOptions) -> Path:
    from motion.recipes import draw_motions, train_judge

    data, show = options.out / "motions" / "judge", _line("steps", quiet=options.quiet)
    draw_motions("judge", data, options.jobs, _line("shards", quiet=options.quiet))
    return train_judge(data, options.out / "motion-judge", options.steps, show)


def _panoramas(options: TrainOptions) -> Path:
    from scenes.expansion.corpus import draw_panoramas

    folder = options.out / "panoramas"
    draw_panoramas(folder, options.jobs, _line("shards", quiet=options.quiet))
    return folder


def _hdr(options: TrainOptions) -> Path:
    from scenes.expansion.training import train_expander

    data, show = _panoramas(options), _line("steps", quiet=options.quiet)
    return train_expander(data, options.out / "hdr", options.steps, show)


def _places(options: TrainOptions) -> Path:
    from scenes.generated.corpus import draw_places

    folder = options.out / "places"
    draw_places(folder, options.jobs, _line("shards", quiet=options.quiet))
    return folder


def _panorama(options: TrainOptions) -> Path:
    from scenes.generated.training import train_panoramas

    data, show = _places(options), _line("steps", quiet=options.quiet)
    return train_panoramas(data, options.out / "panorama", options.steps, show)


def _measure(options: TrainOptions) -> int:
    """Print the tables; the exit status says whether every goal is reached."""
    from motion.recipes import measure
    from motion.scoreboard import missed, table, verdict

    show = _line("parts", quiet=options.quiet)
    report = measure(options.out, quick=options.quick, on_step=show)
    print(table(report))
    print(f"\n{verdict(report)}")
    return 1 if missed(report) else 0


def _line(unit: str, *, quiet: bool) -> OnStep:
    """One line that tells step, total and the time left."""
    start, first = time.monotonic(), -1

    def show(step: int, total: int) -> None:
        nonlocal start, first
        if first < 0 or step < first:
            start, first = time.monotonic(), step - 1
        spent = time.monotonic() - start
        left = spent / max(step - first, 1) * (total - step)
        end = "\n" if step == total else ""
        print(f"\r{step}/{total} {unit}, {left / 60:.1f} min left   ", end=end, flush=True)

    return silent if quiet else show
