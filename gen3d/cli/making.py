# SPDX-License-Identifier: Apache-2.0
"""What the verbs that make something share: their options, and how these become a run."""

from __future__ import annotations

import contextlib
import json
import re
import shlex
import sys
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from gen3d.cli.options import Flag, named
from gen3d.errors import Gen3dError

if TYPE_CHECKING:
    from gen3d.config import RunConfig, Verb
    from gen3d.events import Event, Listener

_SLUG_CHARACTERS = 40


@dataclass(frozen=True)
class MakingOptions:
    """Options of every verb that makes something."""

    text: Annotated[str | None, tyro.conf.Positional, named("TEXT")] = None
    """What to make, in plain words. May be left out with --config."""
    out: Annotated[Path | None, named("DIR")] = None
    """Run folder; runs/ and the first words of the text when not given. If it holds a run of the
    same text, that run goes on."""
    seed: Annotated[int | None, named("N")] = None
    """The same text and seed give the same bytes (0 when not given)."""
    device: Annotated[
        Literal["auto", "cpu", "cuda", "mps"] | None,
        named("{auto,cpu,cuda,mps}"),
    ] = None
    """Where to compute."""
    config: Annotated[Path | None, named("FILE.yml")] = None
    """Settings to start from, for example the config.yml of another run."""
    quiet: Flag = False
    """Print nothing but errors."""
    json: Flag = False
    """Print the events of the run, one JSON object a line."""


def start(
    verb: Verb,
    options: MakingOptions,
    blocks: Mapping[str, Mapping[str, object]] | None = None,
    **output: object,
) -> int:
    """Make what the options ask for.

    Args:
        verb: Which pipeline.
        options: Of the command line.
        blocks: Fields of a verb's own block of settings (``thing``, ``moves``); ``None`` where the
            command line says nothing.
        **output: Fields of ``OutputSpec``, likewise.
    """
    with reporting(quiet=options.quiet, json=options.json) as listeners:
        config, folder = plan(verb, options, output, blocks or {})
        return carry_out(config, folder, listeners)


def plan(
    verb: Verb,
    options: MakingOptions,
    output: Mapping[str, object],
    blocks: Mapping[str, Mapping[str, object]],
) -> tuple[RunConfig, Path]:
    """The settings and the folder that a command line means; nothing is written.

    Raises:
        Gen3dError: The text or a setting cannot be used, or the folder holds another run.
    """
    from gen3d.config import RunConfig, check_prompt, parse_config

    text = None if options.text is None else check_prompt(options.text, verb)
    given = _given(options.config, verb)
    folder = options.out or Path("runs") / _slug(text or (given.prompt if given else ""))
    known = _known(folder, verb)
    keeping = "keep" in blocks.get("concept", {})
    if keeping and known is None:
        raise Gen3dError(
            f"--keep keeps parts of the run in a folder, and {folder} holds none.",
            "Name the folder of a run of gen3d avatar with --out.",
        )
    if given is None and known and text and text != known.prompt and not keeping:
        _refuse_unless_empty(folder, known)
        known = None
    merged = (given or known or RunConfig(verb=verb)).model_dump(mode="json")
    merged["output"] |= {key: value for key, value in output.items() if value is not None}
    for name, block in blocks.items():
        said = {key: value for key, value in block.items() if value is not None}
        if said or name == "thing":
            merged[name] = {**(merged[name] or {}), **said}
    asked = {"seed": options.seed, "device": options.device}
    merged |= {key: value for key, value in asked.items() if value is not None}
    if keeping and known is not None:
        merged["concept"]["kept"] = _figure_of(known, folder)
    if blocks.get("concept"):
        merged["description"] = None
    if text is not None and text != merged["prompt"]:
        merged |= {"prompt": text, "description": None}
        if merged["retexture"]:
            merged["retexture"] |= {"paints": None}
    if merged["description"] is None:
        check_prompt(merged["prompt"], verb)
    return parse_config(merged, "the command line"), folder


def carry_out(config: RunConfig, folder: Path, listeners: tuple[Listener, ...]) -> int:
    """Run the stages in a folder; when cancelled, say how to go on."""
    from gen3d.runs import CONFIG

    if config.verb == "object":
        from gen3d.object import make_object as make
    elif config.rig is not None:
        from gen3d.rigged import make_rigged as make
    elif config.expand is not None:
        from gen3d.expanded import make_expanded as make
    elif config.panorama is not None:
        from gen3d.generated import make_generated as make
    elif config.retexture is not None:
        from gen3d.cli.bones import make_retextured as make
    else:
        from gen3d.create import make
    try:
        make(config, folder, listeners)
    except KeyboardInterrupt:
        if (folder / CONFIG).is_file():
            print(
                f"Cancelled. Go on with: gen3d resume {shlex.quote(str(folder))}", file=sys.stderr
            )
        raise
    return 0


@contextlib.contextmanager
def reporting(*, quiet: bool, json: bool) -> Generator[tuple[Listener, ...]]:
    """Listeners that show a run on the terminal: a live display, the bare events, or nothing."""
    if json:
        printer = _EventPrinter()
        try:
            yield (printer.show,)
        except Gen3dError as error:
            printer.show_failure(error)
            raise
    elif quiet:
        yield ()
    else:
        from gen3d.cli.display import Display

        with Display() as display:
            yield (display.show,)


class _EventPrinter:
    """Prints events as they are on file, and an error that came before there was a file."""

    def __init__(self) -> None:
        self._said_error = False

    def show(self, event: Event) -> None:
        self._said_error |= event["event"] == "error"
        print(json.dumps(event, ensure_ascii=False), flush=True)

    def show_failure(self, error: Gen3dError) -> None:
        if not self._said_error:
            said = {"message": error.message, "hint": error.hint, "cancelled": False}
            self.show({"t": round(time.time(), 3), "event": "error", **said})


def _given(path: Path | None, verb: Verb) -> RunConfig | None:
    """The settings of ``--config``, for this verb."""
    from gen3d.config import load_config

    return None if path is None else load_config(path).model_copy(update={"verb": verb})


def _refuse_unless_empty(folder: Path, known: RunConfig) -> None:
    """Keep a run of another text; one that stopped at its words is none: other words mend that."""
    from gen3d.runs import STAGES

    if any(record.stem != "words" for record in (folder / STAGES).glob("*.json")):
        raise Gen3dError(
            f"{folder} holds a run of another text (“{known.prompt[:60]}”).",
            "Choose another --out, or edit its config.yml and use `gen3d resume`.",
        )


def _known(folder: Path, verb: Verb) -> RunConfig | None:
    """The settings of the run that the folder holds already."""
    from gen3d.config import load_config
    from gen3d.runs import CONFIG

    if not (folder / CONFIG).is_file():
        return None
    config = load_config(folder / CONFIG)
    if config.verb != verb:
        raise Gen3dError(
            f"{folder} holds a run of `gen3d {config.verb}`, not of `gen3d {verb}`.",
            "Choose another --out.",
        )
    return config


def parts_to_keep(text: str) -> list[str]:
    """The parts that ``--keep`` names.

    Raises:
        Gen3dError: One does not exist.
    """
    from gen3d.concepts.spec import PARTS

    parts = [part for part in re.split(r"[,\s]+", text.strip().lower()) if part]
    odd = next((part for part in parts if part not in PARTS), None)
    if odd is not None or not parts:
        raise Gen3dError(f"--keep knows no part {odd or text!r}.", f"Choose of {', '.join(PARTS)}.")
    return parts


def _figure_of(known: RunConfig, folder: Path) -> dict[str, object]:
    """The figure of a run, as its config.yml has it."""
    if known.description is None:
        raise Gen3dError(
            f"The run in {folder} has not read its words yet, so there is nothing to keep.",
            f"Finish it first: gen3d resume {folder}",
        )
    return known.description.character.model_dump(mode="json")


def _slug(text: str) -> str:
    words = re.sub(r"[^\w]+", "-", text.lower()).strip("-")
    return words[:_SLUG_CHARACTERS].rstrip("-") or "run"
