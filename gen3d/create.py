# SPDX-License-Identifier: Apache-2.0
"""Sentence → character + motion + environment: composition only, stage by stage, in a run folder.

Each verb is a list of stages (:mod:`gen3d.workshop`), which import what is heavy when they need it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from gen3d import flown, reading, refinement
from gen3d.assets import load_character, load_clip, save_character, save_clip
from gen3d.config import RunConfig, check_prompt
from gen3d.events import Listener
from gen3d.inputs import digest_of, motion_files
from gen3d.manifest import asset_extras, commercial_use, facts_of, stranger
from gen3d.models.cards import Card
from gen3d.progress import OnStep
from gen3d.runs import STAGES, Json
from gen3d.spec import Description, MoveSpec
from gen3d.surroundings import Surroundings, surroundings_of, usual_light
from gen3d.workshop import Workshop, cards_of, check_device, inside, work_in

if TYPE_CHECKING:
    from gen3d.refining import Refining
    from gen3d.smpl.shape_file import Shape
    from gen3d.types import Character, Clip, Environment, Part, Skeleton
    from motion.cast import Cast

PIPELINES: dict[str, tuple[str, ...]] = {
    "create": ("shape", "words", "avatar", "motion", "sky", "world", "export", "check", "preview"),
    "avatar": ("shape", "words", "avatar", "export", "check", "preview"),
    "motion": ("words", "motion", "perform"),
    "scene": ("words", "sky", "world", "flight"),
}
"""Stages of each verb, in order."""

_FILE, _MOTION_FILE = "character.glb", "motion.glb"
_MADE = ("avatar", "refine", "paint", "field", "motion")
_CLIP = f"{STAGES}/clip.safetensors"


def make(config: RunConfig, folder: Path, listeners: tuple[Listener, ...] = ()) -> None:
    """Do what a config asks for, in a run folder; what is done already is kept.

    Raises:
        Gen3dError: Something that the user can act on; it is also the run's last event.
        KeyboardInterrupt: Cancelled; the run can be resumed.
    """
    if config.description is None:
        config = config.model_copy(update={"prompt": check_prompt(config.prompt, config.verb)})
    check_device(config.device)
    refinement.check_settings(config)
    work_in(folder, stages_of(config), listeners, lambda shop: _Making(shop, config).everything())


def stages_of(config: RunConfig) -> tuple[str, ...]:
    """Stages of a run: only SMPL files have a shape to fit, and a sky alone is no land."""
    wanted = {"shape": config.smpl, "world": config.output.kind != "sky", "flight": config.flight}
    stages = tuple(stage for stage in PIPELINES[config.verb] if wanted.get(stage, True))
    return refinement.with_stages(stages, config.refine)


class _Making:
    """One run being made: the values that stages hand to each other, loaded when first needed."""

    def __init__(self, shop: Workshop, config: RunConfig) -> None:
        self.shop = shop
        self.run = shop.run
        self.config = config
        self.records = shop.records
        self.stage = shop.stage
        self.made_by = shop.made_by

    def everything(self) -> None:
        stages: dict[str, Callable[[], object]] = {
            "shape": self.shape,
            "words": self.words,
            "avatar": self.avatar,
            "draft": lambda: self.refining.draft(self._extras()),
            "refine": self.refine,
            "motion": self.motion,
            "perform": self.perform,
            "sky": self.sky,
            "world": self.world,
            "flight": lambda: flown.fly(self.shop, self.config, self.around),
            "export": self.export,
            "check": lambda: self.shop.check(_FILE),
            "preview": self.preview,
        }
        for name in stages_of(self.config):
            (stages.get(name) or getattr(self.refining, name))()
        self.shop.finish(self.config, self._extras(), _FILE)

    @staticmethod
    def _first_use_note() -> str:
        from gen3d.body.data import first_use_note

        return first_use_note()

    def shape(self) -> None:
        """The body of the user's SMPL files, in place of one that the words describe."""
        from gen3d.smpl.shape_file import SHAPE, fit_files, inputs_of

        asked = self.config.smpl
        if asked is None:
            return

        def fit(to: Path, on_step: OnStep) -> Json:
            return fit_files(asked, inside(to, SHAPE), on_step)

        self.stage("shape", {"smpl": inputs_of(asked)}, fit, self._first_use_note())

    @cached_property
    def fitted(self) -> Shape | None:
        """What the stage ``shape`` found."""
        if "shape" not in self.records:
            return None
        from gen3d.smpl.shape_file import SHAPE, load_shape

        return load_shape(self.run.folder / SHAPE)

    def words(self) -> None:
        body = None if self.fitted is None else self.fitted.spec
        self.records["words"], self.config = reading.read(
            self.run, self.config, self.shop.base, body
        )

    def avatar(self) -> None:
        spec = self.description.character
        inputs = {"character": spec.model_dump(mode="json"), "seed": self.config.seed}
        inputs |= self.made_by("shape")
        residual = None if self.fitted is None else self.fitted.residual

        def build(to: Path, on_step: OnStep) -> Json:
            from gen3d.avatar import build_character

            character = build_character(spec, self._name, self.config.seed, on_step, residual)
            save_character(character, inside(to, refinement.CHARACTER))
            self.__dict__["character"] = character
            return facts_of(character)

        self.stage("avatar", {**inputs, "name": self._name}, build, self._first_use_note())

    @cached_property
    def refining(self) -> Refining:
        """What goes on from the draft under guidance."""
        from gen3d.refining import Refining
        from motion.stances import stances

        named = (self.shop, self.config, self._name)
        return Refining(*named, stances, were_read=self._were_read)

    def refine(self) -> None:
        self.config = self.refining.refine()
        self.__dict__.pop("character", None)

    def motion(self) -> None:
        output = self.config.output
        asked = {"in_place": output.in_place, "loop": output.loop, "seconds": output.duration_s}
        said = {name: value for name, value in asked.items() if value is not None}
        spec = self.description.motion.model_copy(update=said)
        moves = self.config.moves or MoveSpec()
        inputs = {"motion": spec.model_dump(mode="json"), "seed": self.config.seed}
        inputs |= {"moves": moves.model_dump(mode="json"), **motion_files(moves)}

        def animate(to: Path, on_step: OnStep) -> Json:
            from gen3d.text import TextEncoder
            from motion.files import write_bvh, write_npz
            from motion.generate import generate

            encoder, seed = TextEncoder.load(), self.config.seed
            clearance = self._arm_clearance()
            result = generate(
                spec, self.skeleton, encoder, seed, moves, on_step, arm_clearance=clearance
            )
            clip = self._settled(result.clip)
            save_clip(clip, self.skeleton, inside(to, _CLIP))
            write_bvh(to / "motion.bvh", self.skeleton, clip)
            write_npz(to / "motion.npz", self.skeleton, clip)
            self.__dict__["clip"] = clip
            return result.facts()

        note = "" if "avatar" in self.records else self._first_use_note()
        self.stage("motion", {**inputs, **self._skeleton_inputs()}, animate, note)

    def perform(self) -> None:
        """The motion as a file that opens: on the user's character, or on a plain figure."""
        extras = self._extras()

        def write(to: Path, _: OnStep) -> Json:
            from motion.cast import write_bones, write_performance
            from motion.figure import write_figure

            path = to / _MOTION_FILE
            if self.cast is None:
                write_figure(path, self.skeleton, self.clip, extras=extras)
                return {}
            write_performance(self.cast, self.clip, path, extras)
            write_bones(self.cast, to / "bones.yml")
            return self.cast.facts()

        self.stage("perform", {"extras": extras, **self.made_by("motion")}, write)

    @cached_property
    def cast(self) -> Cast | None:
        """The user's own character, where one is to perform."""
        moves = self.config.moves
        if moves is None or not moves.character:
            return None
        from motion.cast import cast

        map_file = Path(moves.bone_map) if moves.bone_map else None
        return cast(Path(moves.character), map_file, self.run.folder / STAGES / "character")

    def sky(self) -> None:
        self.stage("sky", self.around.inputs(), self.around.write_panorama)

    def world(self) -> None:
        """The land or the room as geometry; nothing where there is only a sky."""
        around, extras = self.around, self._extras()
        if around.place is None:
            return

        def write(to: Path, on_step: OnStep) -> Json:
            return around.write_geometry(to, extras, on_step)

        kind = "land" if around.room is None else "room"
        inputs = {kind: around.place.model_dump(mode="json"), **around.common(), "extras": extras}
        self.stage("world", inputs, write)

    @cached_property
    def around(self) -> Surroundings:
        """The sky and the land; the words come first."""
        return surroundings_of(self.config)

    def export(self) -> None:
        extras = self._extras()
        bones = self.config.output.bones

        def write(to: Path, _: OnStep) -> Json:
            from gen3d.export.gltf import write_glb

            write_glb(self.animated, to / _FILE, naming=bones, extras=extras)
            return {}

        inputs = {"extras": extras, "bones": bones, **self.made_by(*_MADE)}
        self.stage("export", inputs, write)

    def preview(self) -> None:
        if not self.config.output.preview:
            return
        around = self.around

        def render(to: Path, on_step: OnStep) -> Json:
            from gen3d.render.dome import Hung
            from gen3d.render.preview import write_preview

            # The file, not the value in memory: the picture shows what the file holds.
            environment = self._environment()
            hung = Hung(around.dome_m, around.walls) if "sky" in self.records else Hung()
            write_preview(self.animated, environment, to, on_step=on_step, hung=hung)
            return {}

        inputs = self.made_by(*_MADE, "sky")
        self.stage("preview", {**inputs, "sky": around.preview_sky.model_dump(mode="json")}, render)

    @property
    def description(self) -> Description:
        if self.config.description is None:
            raise RuntimeError("the words come first")
        return self.config.description

    @cached_property
    def character(self) -> Character:
        return load_character(self.run.folder / refinement.latest(self.records)[1])

    @cached_property
    def clip(self) -> Clip:
        return load_clip(self.run.folder / _CLIP)[0]

    @property
    def animated(self) -> Character:
        """The character with its motion, where the verb has one."""
        clips = (self.clip,) if "motion" in self.records else ()
        return replace(self.character, clips=clips)

    @cached_property
    def skeleton(self) -> Skeleton:
        """Of the character; of its bare body where the verb makes no character."""
        if "avatar" in self.records:
            return self.character.skeleton
        if self.cast is not None:
            return self.cast.skeleton
        from gen3d.body.body import Body

        return Body.load().with_shape(self.description.character.body).skeleton

    def _solid_parts(self) -> list[Part]:
        """What meets the world: not hair, capes, packs."""
        return [p for p in self.character.parts if p.slot not in {"cape", "hair", "backpack"}]

    def _arm_clearance(self) -> float:
        """How far hanging arms stay off the dressed body, radians."""
        if "avatar" not in self.records:
            return 0.0
        from numpy import concatenate

        from motion.retarget import arm_clearance

        return arm_clearance(
            self.skeleton, concatenate([part.mesh.verts for part in self._solid_parts()])
        )

    def _settled(self, clip: Clip) -> Clip:
        """The clip with the dressed figure on the ground, not in it."""
        if "avatar" not in self.records:
            return clip
        from motion.settle import settle

        return settle(clip, self.skeleton, self._solid_parts())

    @property
    def _name(self) -> str:
        words = self.description.who or self.description.character.archetype
        return re.sub(r"[^\w]+", "_", words).strip("_")[:40] or "character"

    def _skeleton_inputs(self) -> dict[str, object]:
        if "avatar" in self.records:
            return {"skeleton": self._figure_facts["skeleton"]}
        return {"body": self.description.character.body.model_dump(mode="json")}

    @property
    def _figure_facts(self) -> dict[str, object]:
        """What is known of the character that the file gets."""
        return self.records[refinement.latest(self.records)[0]].facts

    def _environment(self) -> Environment:
        if "sky" in self.records:
            from scenes.files import read_environment

            return read_environment(self.run.folder)
        return usual_light(self.config.seed, self.around.preview_sky)

    def _notes(self) -> list[str]:
        notes = list(self.description.notes)
        if not self._were_read:
            notes.append("The values were given in config.yml, not read from the prompt.")
        if "motion" in self.records:
            notes += cast("list[str]", self.records["motion"].facts["notes"])
        notes += self.refining.notes if "refine" in self.records else []
        return notes

    def _cards(self) -> list[Card]:
        """Of the models and data sets that the stages so far have used."""
        used = ["text-encoder", "dictionary"] if self._were_read else []
        used += ["body"] if {"avatar", "motion"} & set(self.records) else []
        used += self.refining.models[0] if "refine" in self.records else []
        used += ["text-encoder", "motion-clips"] if "motion" in self.records else []
        used += [self._source.removeprefix("model:")] if self._source.startswith("model:") else []
        return cards_of(used)

    @property
    def _were_read(self) -> bool:
        """Whether the values come from the prompt and not from the user."""
        return self.records["words"].facts["from"] == reading.FROM_PROMPT

    def _extras(self) -> dict[str, Any]:
        extras = asset_extras(self.config, self._cards(), self._notes())
        if "avatar" in self.records:
            for name in ("height_m", "body_height_m"):
                extras[name] = self._figure_facts[name]
        models = [*extras["models"], *self._strangers()]
        return {**extras, "models": models, "commercial_use": commercial_use(models)}

    def _strangers(self) -> list[dict[str, Any]]:
        """Models of the user's own: whose shape the body has, and what made the motion."""
        found = self.refining.models[1] if "refine" in self.records else list[dict[str, Any]]()
        if "shape" in self.records and self.config.smpl is not None:
            from gen3d.smpl.shape_file import inputs_of, model_file

            path = model_file(self.config.smpl)
            digest = str(inputs_of(self.config.smpl)["model"])
            found.append(stranger(str(path.resolve()), digest, "gave the body its shape"))
        if not self._source.startswith(("checkpoint:", "folder:")) or self.config.moves is None:
            return found
        model = self.config.moves.model
        return [*found, stranger(str(Path(model).resolve()), digest_of(model), "makes the motion")]

    @property
    def _source(self) -> str:
        """Where the motion's frames come from; empty where there is no motion."""
        return str(self.records["motion"].facts["source"]) if "motion" in self.records else ""
