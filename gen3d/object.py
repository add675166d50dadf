# SPDX-License-Identifier: Apache-2.0
"""Sentence → object: draft, search, field, mesh, texture, file, stage by stage, in a run folder.

The draft is there in seconds: a thing of the foundry, found by what the guiding tower sees in it. A
search moves its numbers, a field is fitted to the words from there, its surface becomes a mesh with
baked textures, the texture is finished on the mesh, and the file on disk is compared with the field
from cameras that the fit never used.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gen3d.config import RunConfig, check_prompt
from gen3d.errors import Gen3dError
from gen3d.events import Listener
from gen3d.manifest import asset_extras, commercial_use, stranger
from gen3d.progress import OnStep
from gen3d.runs import STAGES, Json, digest_of
from gen3d.spec import ObjectSpec
from gen3d.workshop import Workshop, best_device, cards_of, check_device, inside, work_in

if TYPE_CHECKING:
    from gen3d.fields.field import Field
    from gen3d.foundry.thing import ThingSpec
    from gen3d.guidance.candidates import Pixels
    from gen3d.guidance.fitting import Guide
    from gen3d.guidance.towers import Tower
    from gen3d.guidance.wording import Canonical

GUIDED = ("words", "draft", "search", "field", "mesh", "texture", "export", "check", "preview")
DRAFTED = ("words", "draft", "mesh", "export", "check", "preview")
FILE = "object.glb"
_DRAFT = f"{STAGES}/draft-thing.json"
_FOUND = f"{STAGES}/found-thing.json"
_FIELD = f"{STAGES}/field.safetensors"
_MESH = f"{STAGES}/mesh.glb"
_PAINTED = f"{STAGES}/painted.glb"
_SEEN, _LIVE = "found.png", "live.png"
"""What the search found, which stays, and the fit as it is, which is replaced."""
SURE = 0.9
"""Score of a family under which the user is told what stands in."""


def make_object(config: RunConfig, folder: Path, listeners: tuple[Listener, ...] = ()) -> None:
    """Do what a config asks for, in a run folder; what is done already is kept.

    Raises:
        Gen3dError: Something that the user can act on; it is also the run's last event.
        KeyboardInterrupt: Cancelled; the run can be resumed.
    """
    from gen3d.guidance.advice import check_settings

    config = config.model_copy(update={"prompt": check_prompt(config.prompt, config.verb)})
    check_device(config.device)
    settings = config.thing or ObjectSpec()
    check_settings(settings)
    stages = DRAFTED if settings.draft else GUIDED
    work_in(folder, stages, listeners, lambda shop: _Making(shop, config).everything(stages))


class _Making:
    """One run being made: the values that stages hand to each other, loaded when first needed."""

    def __init__(self, shop: Workshop, config: RunConfig) -> None:
        self.shop = shop
        self.run = shop.run
        self.config = config
        self.settings = config.thing or ObjectSpec()

    def everything(self, names: tuple[str, ...]) -> None:
        from gen3d.reading import write_config

        write_config(self.run, self.config)
        stages: dict[str, Callable[[], object]] = {
            "words": self.words_stage,
            "draft": self.draft,
            "search": self.search,
            "field": self.fit,
            "mesh": self.mesh,
            "texture": self.texture,
            "export": self.export,
            "check": lambda: self.shop.check(FILE),
            "preview": self.preview,
        }
        for name in names:
            stages[name]()
        self.shop.finish(self.config, self._extras(), FILE)

    def words_stage(self) -> None:
        def read(_: Path, on_step: OnStep) -> Json:
            words = self.words
            on_step(1, 1)
            facts = {"text": words.text, "family": words.family, "score": round(words.score, 3)}
            return {**facts, "likest": [kin.family for kin in words.alternatives]}

        self.shop.stage("words", {"prompt": self.config.prompt}, read)
        if self.settings.start == "draft" and self.words.family is None:
            near = ", ".join(kin.family for kin in self.words.alternatives[:4])
            raise Gen3dError(
                f"Nothing in the foundry is like “{self.config.prompt[:60]}”"
                + (f" (nearest: {near})." if near else "."),
                "Name the thing in other words, or begin from nothing with --start ball "
                "(which needs a large published diffusion model to become anything).",
            )

    def draft(self) -> None:
        def find(to: Path, on_step: OnStep) -> Json:
            from gen3d.guidance.drafting import draft_for, write_portrait

            spec, similarity = draft_for(self.words, self.tower)
            _write_spec(spec, to / _DRAFT)
            write_portrait(spec, to / "draft.png")
            on_step(1, 1)
            return {"thing": asdict(spec), "similarity": round(similarity, 3)}

        if self.settings.start == "draft":
            self.shop.stage("draft", self._search_inputs(), find)
            self.run.events.emit("preview", path="draft.png")

    def search(self) -> None:
        rounds = self.settings.search_rounds
        if self.settings.start != "draft":
            return

        def look(to: Path, on_step: OnStep) -> Json:
            from gen3d.guidance.drafting import improved, write_portrait

            start = _read_spec(self.run.folder / _DRAFT)
            found = improved(start, self.words, self.tower, rounds, self.config.seed, on_step)
            _write_spec(found.spec, to / _FOUND)
            write_portrait(found.spec, to / _SEEN)
            return {"thing": asdict(found.spec), "score": round(found.score, 4)}

        inputs = {"rounds": rounds, "seed": self.config.seed, **self._search_inputs()}
        self.shop.stage("search", {**inputs, **self.shop.made_by("draft")}, look)
        self.run.events.emit("preview", path=_SEEN)

    def fit(self) -> None:
        fields = ("steps", "views", "size_px", "representation", "start", "best_of", "clip", "sds")
        inputs = {name: getattr(self.settings, name) for name in fields}
        inputs |= {"seed": self.config.seed, **self._guidance_inputs()}
        inputs |= self.shop.made_by("search")

        def shape(to: Path, on_step: OnStep) -> Json:
            from safetensors.torch import save_file

            from gen3d.guidance.candidates import fit_best

            best = fit_best(
                self._start_field,
                self._guides,
                self.settings,
                self.config.seed,
                place,
                on_step,
                self._live,
                self._judge,
            )
            save_file(best.field.state_dict(), inside(to, _FIELD))
            return best.facts

        place = self.run.folder / STAGES / f"fit-{digest_of(inputs)[:12]}"
        self.shop.stage("field", inputs, shape)
        _cleared(place)

    def mesh(self) -> None:
        names = ("resolution", "triangles", "texture_px", "draft", "representation")
        inputs = {name: getattr(self.settings, name) for name in names}
        inputs |= self.shop.made_by("draft", "field")

        def cut(to: Path, on_step: OnStep) -> Json:
            from gen3d.export.object_gltf import write_object_glb
            from gen3d.fields.asset import MeshPlan, object_of

            plan = MeshPlan(
                self.settings.resolution, self.settings.triangles, self.settings.texture_px
            )
            if self.settings.draft:
                plan = MeshPlan(96, min(plan.triangles, 12_000), min(plan.texture_px, 512))
            made = object_of(self.field, self._name, plan, on_step)
            write_object_glb(made.asset, inside(to, _MESH))
            return made.facts

        self.shop.stage("mesh", inputs, cut)

    def texture(self) -> None:
        inputs = {"steps": self.settings.texture_steps, "seed": self.config.seed}
        inputs |= {**self._guidance_inputs(), **self.shop.made_by("mesh")}
        names = ("clip", "sds", "views", "size_px")
        inputs |= {name: getattr(self.settings, name) for name in names}

        def paint(to: Path, on_step: OnStep) -> Json:
            from gen3d.export.object_gltf import write_object_glb
            from gen3d.guidance.finish import FinishPlan, finish_texture
            from gen3d.render.object_views import load_object

            plan = FinishPlan(
                self.settings.texture_steps, self.settings.views, self.settings.size_px
            )
            asset = load_object(self.run.folder / _MESH)
            guides = self._guides() if plan.steps else ()
            painted = finish_texture(asset, guides, plan, self.config.seed, place, on_step)
            write_object_glb(painted, inside(to, _PAINTED))
            return {}

        place = self.run.folder / STAGES / f"finish-{digest_of(inputs)[:12]}"
        self.shop.stage("texture", inputs, paint)
        _cleared(place)

    def export(self) -> None:
        extras = self._extras()

        def write(to: Path, _: OnStep) -> Json:
            from gen3d.export.object_gltf import write_object_glb
            from gen3d.fields.asset import standing
            from gen3d.render.object_views import load_object

            asset = load_object(self.run.folder / self._painted)
            write_object_glb(standing(asset, self._height_m), to / FILE, extras=extras)
            return {"height_m": self._height_m}

        inputs = {"extras": extras, "height_m": self._height_m}
        self.shop.stage("export", {**inputs, **self.shop.made_by("mesh", "texture")}, write)

    def preview(self) -> None:
        def show(to: Path, on_step: OnStep) -> Json:
            from gen3d.guidance.proof import compare_with_file, write_pictures

            # The file on disk, not the value in memory: the picture shows what the file holds.
            path, quick = self.run.folder / FILE, self.settings.draft
            if self.config.output.preview:
                write_pictures(path, to, on_step, film=not quick)
            painted = self.run.folder / self._painted
            return compare_with_file(self.field, painted, path, views=2 if quick else 4)

        inputs = {"pictures": self.config.output.preview}
        inputs |= self.shop.made_by("field", "mesh", "texture", "export")
        self.shop.stage("preview", inputs, show)

    @property
    def _painted(self) -> str:
        return _MESH if self.settings.draft else _PAINTED

    @cached_property
    def words(self) -> Canonical:
        from gen3d.guidance.wording import canonicalise

        return canonicalise(self.config.prompt)

    @cached_property
    def tower(self) -> Tower | None:
        from gen3d.guidance.advice import load_guiding_tower

        return load_guiding_tower(self.settings, self._device)

    def _guides(self) -> tuple[Guide, ...]:
        from gen3d.guidance.advice import guides_of

        return guides_of(self.settings, self.config.prompt, self.words, self.tower, self._device)

    @property
    def _device(self) -> str:
        return best_device(self.config.device)

    @cached_property
    def field(self) -> Field:
        """The fitted field; the draft's where there is no guidance."""
        from gen3d.guidance.candidates import restore

        if self.settings.draft:
            return self._start_field(self.config.seed)
        return restore(self._start_field(self.config.seed), self.run.folder / _FIELD)

    def _start_field(self, seed: int) -> Field:
        from gen3d.guidance.candidates import PRIOR_RESOLUTION, QUICK_RESOLUTION, starting_field
        from gen3d.guidance.pins import held_slots

        kind, quick = self.settings.representation, self.settings.draft
        if self.settings.start == "ball":
            return starting_field(None, kind, seed)
        spec = _read_spec(self.run.folder / (_DRAFT if quick else _FOUND))
        resolution = QUICK_RESOLUTION if quick else PRIOR_RESOLUTION
        return starting_field(spec, kind, seed, resolution, held_slots(spec, self.words))

    def _judge(self, field: Field) -> dict[str, Any]:
        from gen3d.guidance.candidates import judged

        return judged(field, self.tower, self.words.text, self._start_field(self.config.seed))

    def _live(self, pixels: Pixels) -> None:
        """Show the fit as it is, in a picture that is replaced."""
        from PIL import Image

        temporary = self.run.folder / ".live.tmp"
        Image.fromarray(pixels).save(temporary, format="PNG")
        temporary.replace(self.run.folder / _LIVE)
        self.run.events.emit("preview", path=_LIVE)

    def _search_inputs(self) -> dict[str, object]:
        return {"prompt": self.config.prompt, "tower": self._models[0]}

    def _guidance_inputs(self) -> dict[str, object]:
        return {
            **self._search_inputs(),
            "diffusion": self._models[1],
            "distillation": self.settings.distillation,
            "negative": self.settings.negative,
        }

    @cached_property
    def _models(self) -> tuple[str, str]:
        """Hashes of the tower and of the diffusion model; empty: not used."""
        from gen3d.guidance.advice import diffusion_digest, tower_digest

        diffusion = "" if self.settings.draft else self.settings.diffusion
        return tower_digest(self.settings.tower), diffusion_digest(diffusion)

    @cached_property
    def _height_m(self) -> float:
        from gen3d.foundry.families import families

        if self.words.family is None:
            return 0.3
        low, high = families()[self.words.family].height_m
        return round((low * high) ** 0.5, 4)

    @property
    def _name(self) -> str:
        return (self.words.family or "object").replace(" ", "_")

    def _stand_in(self) -> list[str]:
        """What is said where the foundry has not what was asked for."""
        from gen3d.guidance.pins import undeniable

        wanted, family = self.config.prompt[:60], self.words.family
        kept = [f"A {family} of the foundry always has its {s}." for s in undeniable(self.words)]
        if family is None or self.words.score >= SURE:
            return kept
        known = f"The foundry has no exact match for “{wanted}”: a {family} stands in for it."
        return [known, *kept]

    def _extras(self) -> dict[str, Any]:
        from gen3d.models.cards import all_cards

        named = zip((self.settings.tower, self.settings.diffusion), self._models, strict=True)
        used = [(name, digest) for name, digest in named if digest]
        known = [name for name, _ in used if name in all_cards()]
        cards = cards_of(["text-encoder", "dictionary", *known])
        extras = asset_extras(self.config, cards, self._stand_in())
        role = "guides fits of objects"
        strangers = [stranger(*pair, role) for pair in used if pair[0] not in known]
        models = [*extras["models"], *strangers]
        return {**extras, "models": models, "commercial_use": commercial_use(models)}


def _cleared(place: Path) -> None:
    """Checkpoints of a stage that is done: tens of megabytes that nobody reads again."""
    shutil.rmtree(place, ignore_errors=True)


def _write_spec(spec: ThingSpec, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(spec), indent=1), encoding="utf-8")


def _read_spec(path: Path) -> ThingSpec:
    from gen3d.foundry.thing import spec_from_json

    return spec_from_json(json.loads(path.read_text(encoding="utf-8")))
