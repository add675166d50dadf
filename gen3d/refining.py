# SPDX-License-Identifier: Apache-2.0
"""``gen3d avatar --refine``: a finished draft, searched, painted and sculpted under guidance.

The draft is written first, so there is a usable file at any time. Then what the words leave open is
searched (:mod:`gen3d.figures.search`), the winner is built in full, painted and sculpted
(:mod:`gen3d.figures.paint`), and each of the two steps stays only where the guide scores it higher
from places and in light that nothing has used. What comes out is a character like any other.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gen3d.assets import save_character
from gen3d.config import RunConfig, dump_config
from gen3d.errors import Gen3dError
from gen3d.progress import OnStep
from gen3d.runs import STAGES, Json
from gen3d.spec import CharacterSpec, Description, RefineSpec
from gen3d.workshop import Workshop, inside

if TYPE_CHECKING:
    from gen3d.figures.aim import Aim, Sitter
    from gen3d.figures.asked import Asked
    from gen3d.figures.body import Wearer
    from gen3d.figures.paint import Guidance
    from gen3d.guidance.consistency import Consistency
    from gen3d.types import Character

DRAFT, DRAFT_SEEN = "draft.glb", "draft.png"
REFINED = f"{STAGES}/refined.safetensors"
BEFORE_AFTER, NUMBERS, _LIVE = "before_after.png", "refined.yml", "live.png"
_LIVE_EVERY_S = 5.0
KEPT = "The guide found nothing that it liked better than the draft, so the draft is what you get."


@dataclass(frozen=True)
class Version:
    """One state of the character on its way, and what the guide says of it."""

    name: str
    spec: CharacterSpec
    seed: int
    character: Character
    sitter: Sitter
    score: float


class Refining:
    """The two stages of a refinement in a run.

    Args:
        shop: The run.
        config: Its settings, with ``refine``.
        description: The prompt, understood.
        name: Of the character.
        draft: Makes the draft, as the stage ``avatar`` left it.
    """

    def __init__(
        self,
        shop: Workshop,
        config: RunConfig,
        description: Description,
        name: str,
        draft: Callable[[], Character],
    ) -> None:
        if config.smpl is not None:
            raise Gen3dError(
                "--refine searches the body, and --smpl fixes it.", "Give one of them."
            )
        self.shop, self.config, self.description, self.name = shop, config, description, name
        self.settings = config.refine or RefineSpec()
        self._draft = draft

    def draft(self, extras: dict[str, Any]) -> None:
        """Write the draft as a file before anything else is tried."""
        bones = self.config.output.bones

        def write(to: Path, on_step: OnStep) -> Json:
            from gen3d.export.gltf import write_glb
            from gen3d.figures.aim import sitter
            from gen3d.figures.sheet import write_sheet

            character = self._draft()
            write_glb(character, to / DRAFT, naming=bones, extras=extras)
            write_sheet([sitter(character)], to / DRAFT_SEEN)
            on_step(1, 1)
            return {}

        inputs = {"extras": extras, "bones": bones, **self.shop.made_by("avatar")}
        self.shop.stage("draft", inputs, write)
        self.shop.run.events.emit("preview", path=DRAFT_SEEN)

    def refine(self, *, were_read: bool) -> None:
        """Search, paint, decide.

        Args:
            were_read: Whether the values come from the prompt, so that other seeds have others.
        """
        from gen3d.guidance.advice import diffusion_digest, tower_digest

        inputs = {
            "refine": self.settings.model_dump(mode="json"),
            "prompt": self.config.prompt,
            "seed": self.config.seed,
            "tower": tower_digest(self.settings.tower),
            "diffusion": diffusion_digest(self.settings.diffusion),
            "character": self.description.character.model_dump(mode="json"),
            "were_read": were_read,
        }

        def work(to: Path, on_step: OnStep) -> Json:
            return self._refined(to, on_step, were_read=were_read)

        self.shop.stage("refine", {**inputs, **self.shop.made_by("avatar")}, work)
        self.shop.run.events.emit("preview", path=BEFORE_AFTER)

    @property
    def notes(self) -> list[str]:
        """What the manifest says of a refinement that changed nothing."""
        record = self.shop.records.get("refine")
        return [KEPT] if record is not None and record.facts["kept"] == "draft" else []

    @property
    def cards(self) -> list[str]:
        """Ids of the models that guided and that the project knows."""
        from gen3d.models.cards import all_cards

        named = (self.settings.tower, self.settings.diffusion)
        return ["text-encoder", *(name for name in named if name in all_cards())]

    def _refined(self, to: Path, on_step: OnStep, *, were_read: bool) -> Json:
        from gen3d.figures.sheet import write_sheet

        draft = self._version(
            "draft", self.description.character, self.config.seed, self._draft()
        )
        best, chosen = draft, self._chosen(were_read=were_read)
        found, changes = self._searched(chosen, on_step)
        if (found, chosen[1]) != (draft.spec, draft.seed):
            best = self._better(best, self._built(found, chosen[1]))
        if self.settings.steps > 0:
            best = self._better(best, self._painted(best, on_step))
        save_character(best.character, inside(to, REFINED))
        write_sheet([draft.sitter, best.sitter], to / BEFORE_AFTER)
        (to / NUMBERS).write_text(self._numbers(best), encoding="utf-8")
        ring = self._ring(best.sitter, draft.sitter)
        return {
            "kept": best.name,
            "seed": best.seed,
            "asked": self.asked.whole,
            "scores": {"draft": round(draft.score, 4), best.name: round(best.score, 4)},
            "changes": changes if best.name != "draft" else [],
            "consistency": {**asdict(ring), "problems": list(ring.problems)},
        }

    def _chosen(self, *, were_read: bool) -> tuple[CharacterSpec, int]:
        """The draft to begin from: the best of several seeds, by the guide."""
        own = (self.description.character, self.config.seed)
        if self.settings.best_of == 1 or not were_read:
            return own
        from gen3d.figures.aim import ring_of
        from gen3d.prompt import describe

        seeds = range(self.config.seed, self.config.seed + self.settings.best_of)
        cast = [own, *((describe(self.config.prompt, s).character, s) for s in seeds[1:])]
        scores = [ring_of(self.aim, _sketched(*one)).score for one in cast]
        return cast[max(range(len(cast)), key=lambda index: scores[index])]

    def _searched(
        self, chosen: tuple[CharacterSpec, int], on_step: OnStep
    ) -> tuple[CharacterSpec, list[str]]:
        from gen3d.figures.search import SearchPlan, improved

        plan = SearchPlan(self.settings.looks, self.settings.bodies)
        if plan.looks + plan.bodies == 0:
            return chosen[0], []
        found = improved(
            chosen[0], self.asked, self.aim, plan, chosen[1], on_step, self._live()
        )
        return found.spec, found.history

    def _live(self) -> Callable[[CharacterSpec, Wearer], None]:
        """Show what the search likes best, in a picture that is replaced now and then."""
        last = 0.0

        def show(spec: CharacterSpec, wearer: Wearer) -> None:
            nonlocal last
            if time.monotonic() - last < _LIVE_EVERY_S:
                return
            from gen3d.figures.sheet import write_wearer

            folder = self.shop.run.folder
            write_wearer(wearer, spec, folder / f".{_LIVE}")
            (folder / f".{_LIVE}").replace(folder / _LIVE)
            self.shop.run.events.emit("preview", path=_LIVE)
            last = time.monotonic()

        return show

    def _built(self, spec: CharacterSpec, seed: int) -> Version:
        from gen3d.avatar import build_character

        return self._version("search", spec, seed, build_character(spec, self.name, seed))

    def _painted(self, best: Version, on_step: OnStep) -> Version:
        import shutil

        from gen3d.figures.paint import PaintPlan, paint

        plan = PaintPlan(steps=self.settings.steps)
        place = self.shop.run.folder / STAGES / f"paint-{self.config.seed}"
        shutil.rmtree(place, ignore_errors=True)
        character = paint(
            best.character, self._guidance(), self.asked.coloured, plan, best.seed, place, on_step
        )
        shutil.rmtree(place, ignore_errors=True)
        return self._version("paint", best.spec, best.seed, character)

    def _better(self, best: Version, other: Version) -> Version:
        """The one that the guide prefers from new places; a broken figure never."""
        old, new = self._ring(best.sitter, best.sitter), self._ring(other.sitter, best.sitter)
        broken = set(new.problems) - set(old.problems)
        return other if other.score > best.score and not broken else best

    def _version(
        self, name: str, spec: CharacterSpec, seed: int, character: Character
    ) -> Version:
        from gen3d.figures.aim import held_out_score, sitter

        who = sitter(character)
        return Version(name, spec, seed, character, who, held_out_score(self.aim, who))

    def _ring(self, who: Sitter, draft: Sitter) -> Consistency:
        from gen3d.figures.aim import ring_features, ring_of

        return ring_of(self.aim, who, ring_features(self.aim, draft))

    @cached_property
    def asked(self) -> Asked:
        from gen3d.figures.asked import read_asked

        return read_asked(self.config.prompt, self.description)

    @cached_property
    def aim(self) -> Aim:
        from gen3d.figures.aim import aim_at
        from gen3d.guidance.towers import load_tower

        return aim_at(self.asked, load_tower(self.settings.tower, "cpu"))

    def _guidance(self) -> Guidance:
        from gen3d.figures.advice import guidance_of

        return guidance_of(self.settings, self.asked, self.aim.tower)

    def _numbers(self, best: Version) -> str:
        """Settings that make the searched character again, without its paint."""
        description = self.description.model_copy(update={"character": best.spec})
        update = {"description": description, "refine": None, "seed": best.seed}
        return dump_config(self.config.model_copy(update=update), self.shop.run.folder.name)


def _sketched(spec: CharacterSpec, seed: int) -> Sitter:
    """A quick draft, to be looked at."""
    from gen3d.figures.aim import Sitter
    from gen3d.figures.body import seen_alone
    from gen3d.figures.photo import pose

    wearer, looks = seen_alone(spec, seed)
    return Sitter(pose(wearer.parts, wearer.skeleton), tuple(looks))
