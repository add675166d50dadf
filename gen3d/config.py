# SPDX-License-Identifier: Apache-2.0
"""What a run is asked to do: ``config.yml``, read strictly and written for people.

Plain YAML, no tags, no interpolation. An unknown key is an error that names the nearest key that
exists. Nothing heavy is imported here.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, get_args

import yaml
from pydantic import BaseModel, Field, ValidationError

from gen3d.concepts.spec import ConceptSpec
from gen3d.errors import Gen3dError
from gen3d.retexture.spec import RetextureSpec
from gen3d.scenery import ExpandSpec, FlightSpec, LightSpec, PanoramaSpec
from gen3d.spec import (
    Description,
    MoveSpec,
    ObjectSpec,
    RefineSpec,
    RigSpec,
    SmplSpec,
    Spec,
)

Verb = Literal["create", "avatar", "motion", "scene", "object"]
Bones = Literal["vrm", "mixamo", "unreal", "unity"]
Device = Literal["auto", "cpu", "cuda", "mps"]

MAX_PROMPT_CHARACTERS = 2000
_HEADER = """\
# What this run makes. Edit any value and run `gen3d resume {folder}` (or, for a copy,
# `gen3d {verb} --config {folder}/config.yml --out ANOTHER`): only what changed is made again.
# Delete the block `description` to have the prompt read afresh.
"""


class OutputSpec(Spec):
    """How the results are written; what is null here follows the description."""

    bones: Bones = "vrm"
    """Bone names in character.glb."""
    preview: bool = True
    """Render preview.png and preview.mp4."""
    in_place: bool | None = None
    """Keep the figure on the spot."""
    loop: bool | None = None
    """Make the motion a cycle."""
    duration_s: float | None = Field(default=None, gt=0.2, le=120)
    """Length of the motion."""
    sky_width_px: int | None = Field(default=None, ge=256, le=16384)
    """Panorama width."""
    deliver: Literal["all"] | None = None
    """All the forms of the sky that engines take, not the usual four files alone."""
    kind: Literal["sky", "land", "room"] | None = None
    """What `gen3d scene` makes: a sky over plain ground, or a land; absent: what the words name."""


class RunConfig(Spec):
    """Everything that decides the bytes of a run."""

    verb: Verb = "create"
    prompt: str = ""
    seed: int = Field(default=0, ge=0, le=2**32 - 1)
    device: Device = "auto"
    output: OutputSpec = OutputSpec()
    thing: ObjectSpec | None = None
    """How an object is made; only for `gen3d object`."""
    moves: MoveSpec | None = None
    """How the motion is made; absent: the usual way."""
    smpl: SmplSpec | None = None
    """Whose shape the body takes; absent: that of the words."""
    light: LightSpec | None = None
    """What of the light was said exactly; absent: the words decide."""
    rig: RigSpec | None = None
    """The figure that `gen3d avatar --rig` rigs instead of making one."""
    concept: ConceptSpec | None = None
    """What is said beside the prompt: face, outfit, style, what is not wanted, what stays."""
    expand: ExpandSpec | None = None
    """The eight-bit panorama that `gen3d scene --from` gives its light back."""
    panorama: PanoramaSpec | None = None
    """How a model draws the panorama of `gen3d scene --diffusion`."""
    retexture: RetextureSpec | None = None
    """The figure that `gen3d avatar --from` paints anew, and with what."""
    flight: FlightSpec | None = None
    """The way of the camera of `gen3d scene --flythrough`."""
    refine: RefineSpec | None = None
    """How `gen3d avatar` goes on from the instant draft; absent: the draft is the result."""
    description: Description | None = None
    """The prompt, understood; absent until the words were read."""


def config_dir() -> Path:
    """The folder of presets and data: the copy inside the package, or ``configs`` of a clone."""
    package = Path(__file__).resolve().parent
    installed = package / "configs"
    return installed if installed.is_dir() else package.parent / "configs"


_EXAMPLES: dict[Verb, str] = {
    "motion": "jogs in a circle, then waves",
    "scene": "a wooden dock on a lake at dawn",
    "object": "a blue ceramic vase with a golden rim",
}


def check_prompt(text: str, verb: Verb = "create") -> str:
    """Return the sentence with its white space tidied, or say why it cannot be one.

    Args:
        text: As it was given.
        verb: What is to be made of it, for the advice.

    Raises:
        Gen3dError: Empty, too long, not text, or without a single letter.
    """
    example = _EXAMPLES.get(verb, "a tall skinny ninja running at sunset")
    hint = f'Say what to make, for example "{example}".'
    sentence = " ".join(text.split())
    if not sentence:
        raise Gen3dError("The prompt is empty.", hint)
    if len(text) > MAX_PROMPT_CHARACTERS:
        raise Gen3dError(
            f"The prompt has {len(text):,} characters; {MAX_PROMPT_CHARACTERS:,} are allowed.",
            "Shorten it to one or two sentences.",
        )
    odd = next((c for c in sentence if unicodedata.category(c) in {"Cc", "Cs"}), None)
    if odd is not None:
        raise Gen3dError(f"The prompt contains the control character U+{ord(odd):04X}.", hint)
    if not any(unicodedata.category(c).startswith("L") for c in sentence):
        raise Gen3dError(f"The prompt “{sentence[:40]}” has no words in it.", hint)
    return sentence


def load_config(path: Path) -> RunConfig:
    """Read a ``config.yml``.

    Raises:
        Gen3dError: Missing, not YAML, an unknown key, or a value of the wrong type or range.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Gen3dError(
            f"{path} is not valid YAML: {_where(error)}.", "Correct that line."
        ) from None
    except OSError as error:
        raise Gen3dError(f"{path} cannot be read: {error.strerror}.", "Check the path.") from None
    if not isinstance(content, dict):
        raise Gen3dError(f"{path} holds no settings.", "It must be a YAML mapping.")
    return parse_config(content, str(path))


def parse_config(content: Mapping[str, Any], source: str) -> RunConfig:
    """Check a mapping against the settings; ``source`` names it in errors.

    Raises:
        Gen3dError: An unknown key, or a value of the wrong type or range.
    """
    try:
        return RunConfig.model_validate(content)
    except ValidationError as error:
        raise _explain(error, source) from None


def dump_config(config: RunConfig, folder_name: str) -> str:
    """YAML text of a config, with a comment on how to use it."""
    header = _HEADER.format(folder=folder_name, verb=config.verb)
    spoken = ("description", "thing", "moves", "light", "concept", "refine")
    blocks = (*spoken, "smpl", "rig", "expand", "panorama", "flight", "retexture")
    absent = {name for name in blocks if getattr(config, name) is None}
    content = config.model_dump(mode="json", exclude=absent)
    dump = yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return header + dump


class _Dumper(yaml.SafeDumper):
    """Block style, but a colour stays on its line."""


def _represent_list(dumper: yaml.SafeDumper, values: list[object]) -> yaml.Node:
    flow = all(isinstance(value, int | float) for value in values)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=flow)


_Dumper.add_representer(list, _represent_list)


def _where(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"line {error.problem_mark.line + 1}: {error.problem}"
    return str(error).splitlines()[0]


def _explain(error: ValidationError, source: str) -> Gen3dError:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        near = difflib.get_close_matches(
            str(first["loc"][-1]), _keys_at(first["loc"][:-1]), n=1, cutoff=0
        )
        return Gen3dError(f"{source} has the unknown key {key!r}.", f"Did you mean {near[0]!r}?")
    value = str(first["input"])
    shown = value if len(value) <= 60 else value[:57] + "…"
    return Gen3dError(f"{source}: {key} is {shown!r}: {first['msg']}.", "Correct that value.")


def _keys_at(location: Iterable[int | str]) -> list[str]:
    """Names of the settings that exist beside a misspelt one."""
    model: type[BaseModel] = RunConfig
    for part in location:
        field = model.model_fields.get(str(part))
        model = _model_in(field.annotation) or model if field else model
    return list(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401  # a type expression has no type
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((m for m in map(_model_in, get_args(annotation)) if m), None)
