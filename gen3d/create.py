# SPDX-License-Identifier: Apache-2.0
"""Sentence → character + motion + environment: composition only, stage by stage, in a run folder.

Each verb is a list of stages. A stage's inputs are its own values and the hashes of the stages that
it reads, so editing one number in ``config.yml`` makes again exactly what depends on it. Heavy
packages are imported by the stage that needs them.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from gen3d import reading
from gen3d.assets import load_character, load_clip, save_character, save_clip
from gen3d.atomic import explain
from gen3d.config import RunConfig, check_prompt
from gen3d.errors import Gen3dError
from gen3d.events import Listener
from gen3d.manifest import asset_extras, build_manifest, code_digest, facts_of, versions
from gen3d.models.cards import Card, load_cards
from gen3d.progress import OnStep
from gen3d.runs import MANIFEST, STAGES, Json, Run, StageRecord, Work
from gen3d.spec import Description, SkySpec, Spec

if TYPE_CHECKING:
    from gen3d.types import Character, Clip, Environment, Part, Skeleton

PIPELINES: dict[str, tuple[str, ...]] = {
    "create": ("words", "avatar", "motion", "sky", "export", "check", "preview"),
    "avatar": ("words", "avatar", "export", "check", "preview"),
    "motion": ("words", "motion"),
    "scene": ("words", "sky"),
}
"""Stages of each verb, in order."""

_KINDS = {
    "character.glb": "character",
    "motion.bvh": "motion",
    "motion.npz": "motion",
    "sky.exr": "environment",
    "sky.hdr": "environment",
    "sky.jpg": "environment",
    "lighting.json": "environment",
    "check.json": "report",
}
_CHARACTER = f"{STAGES}/character.safetensors"
_CLIP = f"{STAGES}/clip.safetensors"
_PREVIEW_SKY_WIDTH_PX = 1024

SpecT = TypeVar("SpecT", bound=Spec)

logger = logging.getLogger(__name__)


def make(config: RunConfig, folder: Path, listeners: tuple[Listener, ...] = ()) -> None:
    """Do what a config asks for, in a run folder; what is done already is kept.

    Raises:
        Gen3dError: Something that the user can act on; it is also the run's last event.
        KeyboardInterrupt: Cancelled; the run can be resumed.
    """
    if config.description is None:
        config = config.model_copy(update={"prompt": check_prompt(config.prompt)})
    _check_device(config.device)
    with Run(folder, PIPELINES[config.verb], listeners) as run:
        try:
            _Making(run, config).everything()
        except KeyboardInterrupt:
            _report(run, "Cancelled.", f"gen3d resume {folder}", cancelled=True)
            raise
        except BrokenPipeError:
            # Whoever watched the events has left: that is for the command line to deal with.
            raise
        except (Gen3dError, OSError, MemoryError) as error:
            sentence = _sentence(error, folder)
            _report(run, sentence.message, sentence.hint)
            raise sentence from None
        except Exception as error:
            logger.exception("unexpected error")
            message = f"Unexpected error, a defect of gen3d: {type(error).__name__}: {error}."
            hint = f"The details are in {folder}/log.txt; please report them with the prompt."
            _report(run, message, hint)
            raise Gen3dError(message, hint) from error


def _sentence(error: Gen3dError | OSError | MemoryError, folder: Path) -> Gen3dError:
    if isinstance(error, Gen3dError):
        return error
    if isinstance(error, OSError):
        return explain(error, folder)
    return Gen3dError("There is not enough memory.", "About 4 GB must be free.")


def _report(run: Run, message: str, hint: str, *, cancelled: bool = False) -> None:
    # On a full disk the event cannot be written either; the exception still tells the user.
    with contextlib.suppress(OSError):
        run.events.emit("error", message=message, hint=hint, cancelled=cancelled)


def _check_device(device: str) -> None:
    if device in {"auto", "cpu"}:
        return
    import torch

    backend = torch.cuda if device == "cuda" else torch.backends.mps
    if not backend.is_available():
        raise Gen3dError(f"There is no {device} device here.", "Use --device cpu or auto.")


class _Making:
    """One run being made: the values that stages hand to each other, loaded when first needed."""

    def __init__(self, run: Run, config: RunConfig) -> None:
        self.run = run
        self.config = config
        self.base: Json = {"code": code_digest(), "versions": versions()}
        self.records: dict[str, StageRecord] = {}

    def everything(self) -> None:
        start = time.monotonic()
        stages: dict[str, Callable[[], None]] = {
            "words": self.words,
            "avatar": self.avatar,
            "motion": self.motion,
            "sky": self.sky,
            "export": self.export,
            "check": self.check,
            "preview": self.preview,
        }
        for name in PIPELINES[self.config.verb]:
            stages[name]()
        self._finish(time.monotonic() - start)

    def stage(self, name: str, inputs: Json, work: Work, note: str = "") -> StageRecord:
        """Run one stage with the common inputs added, and announce its files."""
        record = self.run.stage(name, {**self.base, **inputs}, work, note)
        self.records[name] = record
        for path in record.outputs:
            if path.startswith("preview."):
                self.run.events.emit("preview", path=path)
            elif path in _KINDS:
                self.run.events.emit("artifact", kind=_KINDS[path], path=path)
        return record

    def made_by(self, *stages: str) -> dict[str, object]:
        """Hashes of what some stages made, for those that this verb has."""
        return {name: self.records[name].outputs for name in stages if name in self.records}

    @staticmethod
    def _first_use_note() -> str:
        from gen3d.body.data import first_use_note

        return first_use_note()

    def words(self) -> None:
        self.records["words"], self.config = reading.read(self.run, self.config, self.base)

    def avatar(self) -> None:
        spec = self.description.character
        inputs = {"character": spec.model_dump(mode="json"), "seed": self.config.seed}

        def build(to: Path, on_step: OnStep) -> Json:
            from gen3d.avatar import build_character

            character = build_character(spec, self._name, self.config.seed, on_step)
            save_character(character, _inside(to, _CHARACTER))
            self.__dict__["character"] = character
            return facts_of(character)

        self.stage("avatar", {**inputs, "name": self._name}, build, self._first_use_note())

    def motion(self) -> None:
        spec = _with(self.description.motion, in_place=self.config.output.in_place)
        inputs = {"motion": spec.model_dump(mode="json"), "seed": self.config.seed}

        def animate(to: Path, on_step: OnStep) -> Json:
            from gen3d.text import TextEncoder
            from motion.files import write_bvh, write_npz
            from motion.generate import generate

            encoder, seed = TextEncoder.load(), self.config.seed
            result = generate(
                spec,
                self.skeleton,
                encoder,
                seed,
                on_step=on_step,
                arm_clearance=self._arm_clearance(),
            )
            clip = self._settled(result.clip)
            save_clip(clip, self.skeleton, _inside(to, _CLIP))
            write_bvh(to / "motion.bvh", self.skeleton, clip)
            write_npz(to / "motion.npz", self.skeleton, clip)
            self.__dict__["clip"] = clip
            return {
                "source": result.source,
                "exact": result.exact,
                "similarity": round(result.similarity, 3),
                "licence": result.licence,
                "attribution": result.attribution,
                "notes": list(result.notes),
                "measures": dict(result.measures),
            }

        note = "" if "avatar" in self.records else self._first_use_note()
        self.stage("motion", {**inputs, **self._skeleton_inputs()}, animate, note)

    def sky(self) -> None:
        spec = _with(self.description.sky, width_px=self.config.output.sky_width_px)

        def shine(to: Path, on_step: OnStep) -> Json:
            from scenes.files import write_environment
            from scenes.generate import generate

            environment = generate(spec, self.config.seed, on_step=on_step)
            write_environment(environment, spec, to)
            return {}

        inputs = {"sky": spec.model_dump(mode="json"), "seed": self.config.seed}
        self.stage("sky", inputs, shine)

    def export(self) -> None:
        extras = self._extras()
        bones = self.config.output.bones

        def write(to: Path, _: OnStep) -> Json:
            from gen3d.export.gltf import write_glb

            write_glb(self.animated, to / "character.glb", naming=bones, extras=extras)
            return {}

        inputs = {"extras": extras, "bones": bones, **self.made_by("avatar", "motion")}
        self.stage("export", inputs, write)

    def check(self) -> None:
        def audit(to: Path, _: OnStep) -> Json:
            from gen3d.check import check_glb

            report = check_glb(self.run.folder / "character.glb")
            # A run can be moved: its files name each other from where they are.
            text = replace(report, path="character.glb").to_json()
            (to / "check.json").write_text(text + "\n", encoding="utf-8")
            failed = [row.name for row in report.rows if row.status == "fail"]
            warned = [row.name for row in report.rows if row.status == "warn"]
            return {"ok": report.ok, "failed": failed, "warned": warned}

        self.stage("check", self.made_by("export"), audit)

    def preview(self) -> None:
        if not self.config.output.preview:
            return
        sky = _with(self.description.sky, width_px=_PREVIEW_SKY_WIDTH_PX)

        def render(to: Path, on_step: OnStep) -> Json:
            from gen3d.render.preview import write_preview

            # The file, not the value in memory: the picture shows what the file holds.
            environment = self._environment(sky)
            write_preview(self.animated, environment, to, on_step=on_step)
            return {}

        inputs = self.made_by("avatar", "motion", "sky")
        self.stage("preview", {**inputs, "sky": sky.model_dump(mode="json")}, render)

    @property
    def description(self) -> Description:
        if self.config.description is None:
            raise RuntimeError("the words come first")
        return self.config.description

    @cached_property
    def character(self) -> Character:
        return load_character(self.run.folder / _CHARACTER)

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
            return {"skeleton": self.records["avatar"].facts["skeleton"]}
        return {"body": self.description.character.body.model_dump(mode="json")}

    def _environment(self, sky: SkySpec) -> Environment:
        if "sky" in self.records:
            from scenes.files import read_environment

            return read_environment(self.run.folder)
        from scenes.generate import generate

        return generate(sky, self.config.seed)

    def _notes(self) -> list[str]:
        notes = list(self.description.notes)
        if not self._were_read:
            notes.append("The values were given in config.yml, not read from the prompt.")
        if "motion" in self.records:
            notes += cast("list[str]", self.records["motion"].facts["notes"])
        return notes

    def _cards(self) -> list[Card]:
        """Of the models and data sets that the stages so far have used."""
        used = ["text-encoder", "dictionary"] if self._were_read else []
        used += ["body"] if {"avatar", "motion"} & set(self.records) else []
        used += ["text-encoder", "motion-clips"] if "motion" in self.records else []
        cards = load_cards()
        return [cards[name] for name in dict.fromkeys(used)]

    @property
    def _were_read(self) -> bool:
        """Whether the values come from the prompt and not from the user."""
        return self.records["words"].facts["from"] == reading.FROM_PROMPT

    def _extras(self) -> dict[str, Any]:
        extras = asset_extras(self.config, self._cards(), self._notes())
        if "avatar" in self.records:
            for name in ("height_m", "body_height_m"):
                extras[name] = self.records["avatar"].facts[name]
        return extras

    def _finish(self, seconds: float) -> None:
        records = list(self.records.values())
        manifest = build_manifest(self.config, self._extras(), records, seconds)
        self.run.write(MANIFEST, json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
        self.run.events.emit("artifact", kind="manifest", path=MANIFEST)
        failed = self.records["check"].facts["failed"] if "check" in self.records else []
        if failed:
            names = ", ".join(cast("list[str]", failed))
            path = self.run.folder / "character.glb"
            raise Gen3dError(f"{path} fails its check: {names}.", f"See `gen3d check {path}`.")
        allowed = manifest["commercial_use"]["allowed"]
        self.run.events.emit("done", seconds=round(seconds, 2), commercial_use=allowed)


def _with(spec: SpecT, **values: object) -> SpecT:
    """A copy with some values replaced; those that are ``None`` stay as they are."""
    return spec.model_copy(update={key: v for key, v in values.items() if v is not None})


def _inside(folder: Path, relative: str) -> Path:
    path = folder / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
