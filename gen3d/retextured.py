# SPDX-License-Identifier: Apache-2.0
"""A rigged figure of the user's, painted by words → ``character.glb``, in a run folder.

The paints that the words mean are written into ``config.yml`` and win over the words as soon as
they are edited, as everywhere. The audit is of a file that is the user's own, so what it finds is
told and stops nothing.
"""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from gen3d.config import RunConfig, check_prompt
from gen3d.errors import Gen3dError
from gen3d.events import Listener
from gen3d.manifest import asset_extras, of_the_users
from gen3d.progress import OnStep
from gen3d.reading import FROM_CONFIG, FROM_PROMPT, write_config
from gen3d.retexture.spec import PaintSpec, RetextureSpec
from gen3d.runs import STAGES, Json
from gen3d.surroundings import USUAL_SKY, usual_light
from gen3d.workshop import Workshop, audit, cards_of, inside, work_in

if TYPE_CHECKING:
    from gen3d.retexture.figure import Figure
    from gen3d.retexture.job import BonesOf

STEPS = ("words", "paint", "audit", "preview")
FILE = "character.glb"
_PAINTS = f"{STAGES}/paints.json"


def make_retextured(
    config: RunConfig, folder: Path, listeners: tuple[Listener, ...], bones_of: BonesOf
) -> None:
    """Paint the file that a config names; what is done already is kept.

    Args:
        config: What to do.
        folder: Of the run.
        listeners: Of its events.
        bones_of: Finds a rig's bones.

    Raises:
        Gen3dError: Something that the user can act on; it is also the run's last event.
        KeyboardInterrupt: Cancelled; the run can be resumed.
    """
    config = config.model_copy(update={"prompt": check_prompt(config.prompt, config.verb)})
    work_in(folder, STEPS, listeners, lambda shop: _Painting(shop, config, bones_of).everything())


class _Painting:
    """One run being made."""

    def __init__(self, shop: Workshop, config: RunConfig, bones_of: BonesOf) -> None:
        self.shop = shop
        self.config = config
        self.bones_of = bones_of

    def everything(self) -> None:
        self.words()
        self.paint()
        audit(self.shop, FILE, "paint")
        if self.config.output.preview:
            self.preview()
        self.shop.finish(self.config, self._told(), FILE)

    def words(self) -> None:
        """The paints: read from the prompt, or the user's own of ``config.yml``."""
        given = self._spec.paints
        write_config(self.shop.run, self.config)
        if given is None or given == self._as_read():
            prompt = self.config.prompt
            self.shop.stage("words", {"prompt": prompt}, lambda to, _: _read(prompt, to))
        else:
            rows = [paint.model_dump(mode="json") for paint in given]
            self.shop.stage("words", {"paints": rows}, lambda to, _: _keep(given, to))
        chosen = self._spec.model_copy(update={"paints": self._on_file()})
        self.config = self.config.model_copy(update={"retexture": chosen})
        write_config(self.shop.run, self.config)

    def _as_read(self) -> tuple[PaintSpec, ...] | None:
        record = self.shop.run.record("words")
        if record is None or record.facts.get("from") != FROM_PROMPT:
            return None
        try:
            return self._on_file()
        except (OSError, ValueError):
            return None

    def _on_file(self) -> tuple[PaintSpec, ...]:
        rows = json.loads((self.shop.run.folder / _PAINTS).read_text(encoding="utf-8"))
        return tuple(PaintSpec.model_validate_json(json.dumps(row)) for row in rows)

    def paint(self) -> None:
        from gen3d.cache import sha256_of

        path = Path(self._spec.file)
        if not path.is_file():
            raise Gen3dError(f"The figure {path} does not exist.", "Check the path.")
        paints = self._on_file()
        if not paints:
            raise Gen3dError(
                f"The words “{self.config.prompt[:60]}” name nothing that can be painted.",
                "Name garments, hair, eyes or skin with a colour or a fabric: a red coat.",
            )
        origin = {"file": path.name, "sha256": sha256_of(path)}
        extras = {**self._extras, "figure": origin}

        def work(to: Path, on_step: OnStep) -> Json:
            from gen3d.retexture.job import repaint, write_repainted

            made = repaint(path, paints, self.bones_of, to, self.config.seed, on_step)
            facts = made.facts(paints)
            notes = [*made.notes, *write_repainted(made, paints, to / FILE, extras)]
            return {"figure": origin, **facts, "notes": notes}

        rows = [paint.model_dump(mode="json") for paint in paints]
        inputs = {"paints": rows, "seed": self.config.seed, "extras": extras}
        self.shop.stage("paint", inputs, work)

    def preview(self) -> None:
        def render(to: Path, on_step: OnStep) -> Json:
            from gen3d.render.preview import write_preview
            from gen3d.retexture.look import as_character, write_before_after

            environment = usual_light(self.config.seed)
            # The file, not the values in memory: the picture shows what the file holds.
            before = self._read(Path(self._spec.file), to)
            after = self._read(self.shop.run.folder / FILE, to)
            write_before_after(before, after, environment, to)
            shown = as_character(after)
            write_preview(shown, environment, to, on_step, film=False)
            return {}

        inputs = {"sky": USUAL_SKY.model_dump(mode="json"), "seed": self.config.seed}
        self.shop.stage("preview", {**inputs, **self.shop.made_by("paint")}, render)

    def _read(self, path: Path, scratch: Path) -> Figure:
        from gen3d.retexture.job import read_figure

        return read_figure(path, self.bones_of, scratch)[0]

    @property
    def _spec(self) -> RetextureSpec:
        if self.config.retexture is None:
            raise RuntimeError("this run paints nothing")
        return self.config.retexture

    @cached_property
    def _extras(self) -> dict[str, Any]:
        read = self.shop.records["words"].facts["from"] == FROM_PROMPT
        used = ["text-encoder", "dictionary"] if read else []
        notes = cast("list[str]", self.shop.records["words"].facts["notes"])
        return of_the_users(asset_extras(self.config, cards_of(used), notes))

    def _told(self) -> dict[str, Any]:
        """The manifest's block: what the file says, and what was painted."""
        facts = self.shop.records["paint"].facts
        notes = [*self._extras["notes"], *cast("list[str]", facts["notes"])]
        told = {key: facts[key] for key in ("figure", "found", "paints")}
        return {**self._extras, **told, "notes": notes}


def _read(prompt: str, to: Path) -> Json:
    from gen3d.retexture.wishes import wishes

    paints, notes = wishes(prompt)
    _store(paints, to)
    return {"from": FROM_PROMPT, "notes": list(notes)}


def _keep(paints: tuple[PaintSpec, ...], to: Path) -> Json:
    _store(paints, to)
    note = "The paints were given in config.yml, not read from the prompt."
    return {"from": FROM_CONFIG, "notes": [note]}


def _store(paints: tuple[PaintSpec, ...], to: Path) -> None:
    rows = [paint.model_dump(mode="json") for paint in paints]
    text = json.dumps(rows, indent=1)
    inside(to, _PAINTS).write_text(text + "\n", encoding="utf-8")
