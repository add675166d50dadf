# SPDX-License-Identifier: Apache-2.0
"""``gen3d avatar --refine`` and ``--best-of``: from the instant draft to the best that is found.

The draft is written first, as a file of its own, so there is a usable one at any time. Of several
seeds the judge keeps one; then what the words leave open is searched under the guide
(:mod:`gen3d.figures.search`), and what was found stays only where the guide prefers it from places
and in light that the search has not used. It is written into ``config.yml`` as numbers, which win
over a new search as soon as they are edited, and the character is built from them like any other.
Last, it is sculpted and painted (:mod:`gen3d.painting`), which is kept by the same rule, or becomes
one closed mesh by way of a field (:mod:`gen3d.canonical`).
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gen3d.assets import load_character, save_character
from gen3d.atomic import write_whole
from gen3d.config import RunConfig
from gen3d.figures.models import model_digests, source_of, used_models
from gen3d.manifest import facts_of
from gen3d.progress import OnStep
from gen3d.reading import write_config
from gen3d.refinement import (
    ALL_SEEDS,
    BEFORE_AFTER,
    CHARACTER,
    DRAFT,
    DRAFT_SEEN,
    FIELD_SEEN,
    FIGURE,
    LEARNED,
    LIVE,
    PAINTED,
    PAINTING_SEEN,
    REFINED,
    stages_of,
)
from gen3d.runs import STAGES, Json, digest_of
from gen3d.spec import FoundSpec, RefineSpec
from gen3d.workshop import Workshop, inside

if TYPE_CHECKING:
    from gen3d.figures.aim import Sitter
    from gen3d.figures.reader import Asked
    from gen3d.figures.search import State
    from gen3d.guidance.towers import Tower
    from gen3d.painting.fit import Watch
    from gen3d.painting.run import Files, Guidance
    from gen3d.painting.studio import Library
    from gen3d.types import Character

_FOUND, _CHOSEN = f"{STAGES}/found.json", f"{STAGES}/chosen.json"
_LIVE_EVERY_S = 5.0
_SAVE_EVERY_S = 5.0
UNPAINTED = "The guide liked the figure as well unpainted, so it is left so."
UNGUIDED = "The guide liked the field as well unguided, so it is left so."
KEPT = "The guide found nothing that it liked better than the draft, so the draft is what you get."


class Refining:
    """The stages of a refinement in a run.

    Args:
        shop: The run.
        config: Its settings, with ``refine`` and the words understood.
        name: Of the character.
        library: Stances of captured motions on a skeleton, as skinning matrices.
        were_read: Whether the figure's values come from the words, not from the user.
    """

    def __init__(
        self,
        shop: Workshop,
        config: RunConfig,
        name: str,
        library: Library,
        *,
        were_read: bool,
    ) -> None:
        if config.description is None:
            raise RuntimeError("the words come first")
        self.shop, self.config, self.name = shop, config, name
        self.description = config.description
        self.settings = config.refine or RefineSpec()
        self.library, self.were_read = library, were_read
        self._draft_path = shop.run.folder / CHARACTER
        self._own = FoundSpec(seed=config.seed, character=self.description.character)

    def draft(self, extras: dict[str, Any]) -> None:
        """Write the draft as a file before anything else is tried."""
        bones = self.config.output.bones

        def write(to: Path, on_step: OnStep) -> Json:
            from gen3d.export.gltf import write_glb
            from gen3d.figures.aim import sitter_of
            from gen3d.figures.sheet import write_sheet

            character = load_character(self._draft_path)
            write_glb(character, to / DRAFT, naming=bones, extras=extras)
            write_sheet([sitter_of(character)], to / DRAFT_SEEN)
            on_step(1, 1)
            return {}

        inputs = {"extras": extras, "bones": bones, **self.shop.made_by("avatar")}
        self.shop.stage("draft", inputs, write)
        self._show(DRAFT_SEEN)

    def sketch(self) -> None:
        """Show early what guidance makes of a draft; one that was searched needs no sketch."""
        folder, record = self.shop.run.folder, self.shop.run.record
        if self._edited or (record("search") and not record("sketch")):
            return
        inputs = {"tower": self._digests["tower"], **self._said(), **self.shop.made_by("avatar")}

        def look(to: Path, on_step: OnStep) -> Json:
            from gen3d.figures.sheet import write_picture
            from gen3d.painting.sketch import sketched

            del to  # it is shown, and leaves nothing
            character, own = load_character(self._draft_path), self._own
            guide = (self._asked_of(own), self._tower("tower"))
            found = sketched(character, own, *guide, on_step)
            if found.better:
                write_picture(found.pixels, folder / LIVE)
                self._show(LIVE)
            return {"scores": found.scores}

        self.shop.stage("sketch", inputs, look)

    def choose(self) -> None:
        """Keep the seed whose draft the judge likes best."""
        inputs = {
            "count": self.settings.best_of,
            "tower": self._digests["judge"],
            "own": self._own.model_dump(mode="json"),
            "were_read": self.were_read,
            **self._said(),
        }
        place = self.shop.run.folder / STAGES / f"choose-{digest_of(inputs)[:12]}"

        def look(to: Path, on_step: OnStep) -> Json:
            from gen3d.figures.trials import best_of

            cast = [(one, self._asked_of(one)) for one in self._cast()]
            chosen, facts = best_of(cast, self._tower("judge"), place, to / ALL_SEEDS, on_step)
            _write(chosen, to / _CHOSEN)
            return facts

        if not self._edited:
            self.shop.stage("choose", inputs, look)
            shutil.rmtree(place, ignore_errors=True)
            self._show(ALL_SEEDS)

    def search(self) -> None:
        """Search what the words leave open."""
        if self._edited:
            return
        start = self._chosen
        inputs = {
            "plan": [self.settings.looks, self.settings.drapes],
            "tower": self._digests["tower"],
            "start": start.model_dump(mode="json"),
            "were_read": self.were_read,
            **self._said(),
        }
        kept = self.shop.run.folder / STAGES / f"search-{digest_of(inputs)[:12]}.json"

        def look(to: Path, on_step: OnStep) -> Json:
            from gen3d.figures.aim import aim_at
            from gen3d.figures.search import SearchPlan, improved

            asked = self._asked_of(start)
            aim = aim_at(asked, self._tower("tower"))
            plan = SearchPlan(self.settings.looks, self.settings.drapes)
            found = improved(
                start.character,
                asked,
                aim,
                plan,
                start.seed,
                self._watch(kept),
                _state(kept),
                on_step,
            )
            _write(FoundSpec(seed=start.seed, character=found.figure), to / _FOUND)
            gained = found.figure != start.character
            told = {"asked": asked.whole, "changes": found.state.history if gained else []}
            return {**told, "scores": found.scores, "kept": "found" if gained else "draft"}

        self.shop.stage("search", inputs, look)
        kept.unlink(missing_ok=True)
        (self.shop.run.folder / LIVE).unlink(missing_ok=True)

    def refine(self) -> RunConfig:
        """Build what was found, show it under the draft, and return the settings with it."""
        found = self.found
        inputs = {"found": found.model_dump(mode="json"), "name": self.name}

        def build(to: Path, on_step: OnStep) -> Json:
            from gen3d.avatar import build_character
            from gen3d.figures.aim import sitter_of
            from gen3d.figures.sheet import write_sheet

            character = load_character(self._draft_path)
            before = sitter_of(character)
            if found != self._own:
                character = build_character(found.character, self.name, found.seed, on_step)
            save_character(character, inside(to, REFINED))
            write_sheet([before, sitter_of(character)], to / BEFORE_AFTER)
            return facts_of(character)

        self.shop.stage("refine", {**inputs, **self.shop.made_by("avatar")}, build)
        self._show(BEFORE_AFTER)
        settings = self.settings.model_copy(update={"found": found})
        config = self.config.model_copy(update={"refine": settings})
        write_config(self.shop.run, config)
        return config

    def paint(self) -> None:
        """Sculpt and paint what was built, and show it under what it was."""

        def work(files: Files, on_step: OnStep, watch: Watch) -> Json:
            from gen3d.painting.run import painted_in_run

            return painted_in_run(self._shown, self.found, self._guidance(), files, on_step, watch)

        self._worked("paint", PAINTED, PAINTING_SEEN, work)

    def field(self) -> None:
        """Turn what was built into one mesh by way of a field, under guidance where it is asked."""

        def work(files: Files, on_step: OnStep, watch: Watch) -> Json:
            from gen3d.canonical.run import field_in_run

            guidance = self._guidance() if self.settings.paint_steps else None
            return field_in_run(
                self._shown, self.found, self.library, guidance, files, on_step, watch
            )

        self._worked("field", FIGURE, FIELD_SEEN, work)

    def _worked(
        self, stage: str, made: str, seen: str, work: Callable[[Files, OnStep, Watch], Json]
    ) -> None:
        """Work on what was built, going on from where it was stopped, and show what it became."""
        folder = self.shop.run.folder
        inputs = {
            "plan": [self.settings.paint_steps, self.settings.paint_keep],
            "models": [self._digests["tower"], self._digests["diffusion"]],
            "found": self.found.model_dump(mode="json"),
            "were_read": self.were_read,
            **self._said(),
            **self.shop.made_by("avatar", "refine"),
        }
        place = folder / STAGES / f"{stage}-{digest_of(inputs)[:12]}"

        def run(to: Path, on_step: OnStep) -> Json:
            from gen3d.painting.run import Files, live_picture

            files = Files(inside(to, made), to / LEARNED, to / seen, place)
            return work(files, on_step, live_picture(folder / LIVE, lambda: self._show(LIVE)))

        self.shop.stage(stage, inputs, run)
        shutil.rmtree(place, ignore_errors=True)
        (folder / LIVE).unlink(missing_ok=True)
        self._show(seen)

    @property
    def _shown(self) -> list[Character]:
        """The draft, and what was built."""
        return [load_character(self.shop.run.folder / path) for path in (CHARACTER, REFINED)]

    def _guidance(self) -> Guidance:
        from gen3d.painting.run import Guidance

        settings = self.settings
        asked, tower = self._asked_of(self.found), self._tower("tower")
        plan = (settings.paint_steps, settings.paint_keep)
        return Guidance(asked, tower, settings.diffusion, *plan, self.library)

    @property
    def found(self) -> FoundSpec:
        """The user's own numbers, what was found, what was chosen, or the draft."""
        given = self.settings.found
        if given is not None and self._edited:
            return given
        return _read(self.shop.run.folder / _FOUND) if self._has("search") else self._chosen

    @property
    def notes(self) -> list[str]:
        """What the manifest says of a search that changed nothing, or was not asked."""
        if self._edited:
            return ["The refined values were given in config.yml, not searched."]
        records = self.shop.records
        notes = [KEPT] if "search" in records and records["search"].facts["kept"] == "draft" else []
        told = {"paint": UNPAINTED, "field": UNGUIDED} if self.settings.paint_steps else {}
        return notes + [s for k, s in told.items() if k in records and not records[k].facts["kept"]]

    @property
    def models(self) -> tuple[list[str], list[dict[str, Any]]]:
        """Ids of the models that looked and have a card; the manifest's entries of the others."""
        return used_models(self.settings, self._digests, self.shop.records)

    @cached_property
    def _edited(self) -> bool:
        """Whether the numbers in ``config.yml`` are no longer those that were found."""
        given = self.settings.found
        if given is None:
            return False
        paths = [self.shop.run.folder / name for name in (_FOUND, _CHOSEN)]
        return all(not path.is_file() or _read(path) != given for path in paths)

    @property
    def _chosen(self) -> FoundSpec:
        path = self.shop.run.folder / _CHOSEN
        return _read(path) if self._has("choose") else self._own

    def _has(self, stage: str) -> bool:
        return stage in self.shop.records

    def _said(self) -> dict[str, object]:
        concept = self.config.concept
        said = {} if concept is None else {"concept": concept.model_dump(mode="json")}
        return {"prompt": self.config.prompt, **said}

    @cached_property
    def _digests(self) -> dict[str, str]:
        return model_digests(self.settings, stages_of(self.settings))

    def _cast(self) -> list[FoundSpec]:
        """The draft, and what other seeds make of the words; only its drape where they cannot."""
        from gen3d.concepts.mixing import described

        cast = [self._own]
        for seed in range(self.config.seed + 1, self.config.seed + self.settings.best_of):
            if self.were_read:
                read = described(self.config.prompt, seed, self.config.concept).character
                cast.append(FoundSpec(seed=seed, character=read))
            else:
                cast.append(FoundSpec(seed=seed, character=self._own.character))
        return cast

    def _asked_of(self, one: FoundSpec) -> Asked:
        """What the words demand of a figure of some seed, and what of it stays."""
        from gen3d.figures.reader import edited, read_asked

        description = self.description.model_copy(update={"character": one.character})
        prompt, concept = self.config.prompt, self.config.concept
        asked = read_asked(prompt, description, concept)
        if self.were_read:
            return asked
        return edited(asked, prompt, one.character, self.config.seed, concept)

    def _tower(self, role: str) -> Tower:
        from gen3d.guidance.advice import sound_tower

        return sound_tower(source_of(self.settings, role), "cpu")

    def _watch(self, kept: Path) -> Callable[[State, Sitter | None], None]:
        """Keep how far a search is, and show what it likes best, now and then."""
        saved = shown = 0.0

        def watch(state: State, best: Sitter | None) -> None:
            nonlocal saved, shown
            if time.monotonic() - saved > _SAVE_EVERY_S:
                write_whole(kept, state.to_json())
                saved = time.monotonic()
            if best is not None and time.monotonic() - shown > _LIVE_EVERY_S:
                from gen3d.figures.sheet import LIVE_PX, write_sheet

                write_sheet([best], self.shop.run.folder / LIVE, LIVE_PX)
                self._show(LIVE)
                shown = time.monotonic()

        return watch

    def _show(self, name: str) -> None:
        self.shop.run.events.emit("preview", path=name)


def _state(path: Path) -> State | None:
    from gen3d.figures.search import State

    return State.from_json(path.read_text(encoding="utf-8")) if path.is_file() else None


def _write(found: FoundSpec, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(found.model_dump_json(indent=1), encoding="utf-8")


def _read(path: Path) -> FoundSpec:
    return FoundSpec.model_validate_json(path.read_text(encoding="utf-8"))
