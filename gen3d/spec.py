# SPDX-License-Identifier: Apache-2.0
"""What the words mean, as named values that a user can edit: the heart of ``config.yml``.

``gen3d.prompt`` fills these from a sentence; every later stage reads only these. Plain pydantic
models: unknown keys are errors, ranges are checked, ``model_dump`` is plain YAML.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, field_validator

from gen3d.scenery import LandSpec, RoomSpec, SkySpec
from gen3d.strict import Rgb, Spec
from gen3d.wear import WearSpec

GARMENT_KINDS = (
    "t_shirt",
    "tank_top",
    "long_sleeved_shirt",
    "sweater",
    "jacket",
    "coat",
    "hoodie",
    "vest",
    "robe",
    "dress",
    "gown",
    "skirt",
    "long_skirt",
    "trousers",
    "shorts",
    "leotard",
    "bodysuit",
    "loincloth",
    "boots",
    "shoes",
    "sandals",
    "socks",
    "gloves",
    "belt",
    "hood",
    "face_mask",
    "scarf",
    "cape",
    "helmet",
    "hat",
    "wizard_hat",
    "cap",
    "toque",
    "crown",
    "headband",
    "glasses",
    "sunglasses",
    "breastplate",
    "pauldrons",
    "greaves",
    "bracers",
    "apron",
    "backpack",
    "horned_helmet",
)
"""Every garment that the wardrobe can cut."""

HAIR_STYLES = (
    "bald",
    "buzz",
    "short",
    "side_part",
    "bob",
    "long",
    "ponytail",
    "bun",
    "afro",
    "mohawk",
    "curly",
    "braids",
)
"""Every hair style that the wardrobe can grow."""

FABRICS = (
    "cotton",
    "wool",
    "denim",
    "leather",
    "silk",
    "satin",
    "linen",
    "velvet",
    "rubber",
    "plastic",
    "metal",
    "gold",
    "fur",
    "knit",
    "canvas",
    "spandex",
    "paper",
)
"""Surface of a garment: weave, roughness, metalness."""

PATTERNS = (
    "plain",
    "stripes",
    "vertical_stripes",
    "checks",
    "plaid",
    "camouflage",
    "polka_dots",
    "panels",
    "studs",
    "rags",
    "flames",
    "stars",
    "circuit",
)
"""What is printed on or built into the surface."""

if TYPE_CHECKING:
    # A checker cannot read a Literal made from a tuple; pydantic checks the values at run time.
    GarmentKind = HairStyle = Fabric = Pattern = str
else:
    GarmentKind = Literal[GARMENT_KINDS]
    HairStyle = Literal[HAIR_STYLES]
    Fabric = Literal[FABRICS]
    Pattern = Literal[PATTERNS]


class BodySpec(Spec):
    """A body as named numbers. Fractions run over the range of the CC0 MakeHuman morphs."""

    sex: float = Field(default=0.0, ge=0, le=1)
    """0 male, 1 female."""
    age_years: float = Field(default=28.0, ge=1, le=100)
    """Apparent age, years."""
    height: float = Field(default=1.75, ge=0.4, le=2.6)
    """Standing height without shoes, metres."""
    weight: float = Field(default=0.5, ge=0, le=1)
    """Body fat: 0 emaciated, 0.5 average, 1 obese."""
    muscle: float = Field(default=0.5, ge=0, le=1)
    """0 no muscle, 0.5 average, 1 body builder."""
    proportions: float = Field(default=0.5, ge=0, le=1)
    """0 uncommon, 1 idealised proportions."""
    cup_size: float = Field(default=0.5, ge=0, le=1)
    """Breast volume, women only."""
    firmness: float = Field(default=0.5, ge=0, le=1)
    """Breast firmness, women only."""
    african: float = Field(default=0.33, ge=0, le=1)
    """Share of African features."""
    asian: float = Field(default=0.33, ge=0, le=1)
    """Share of East Asian features."""
    caucasian: float = Field(default=0.33, ge=0, le=1)
    """Share of Caucasian features."""
    details: dict[str, float] = Field(default_factory=dict)
    """Local changes by MakeHuman target name without ``l-``/``r-`` (both sides move), -1 to 1,
    for example ``measure-shoulder-dist-incr: 0.6``."""


class SkinSpec(Spec):
    """Skin and eyes."""

    tone: Rgb = (0.55, 0.33, 0.23)
    """Linear albedo of the cheek."""
    roughness: float = Field(default=0.5, ge=0.05, le=1)
    metallic: float = Field(default=0.0, ge=0, le=1)
    """Robots and statues are metal or stone all over."""
    weathering: float = Field(default=0.2, ge=0, le=1)
    """Freckles, blotches, wrinkle shading; 1 is a zombie or a veteran."""
    stubble: float = Field(default=0.0, ge=0, le=1)
    eye_color: Rgb = (0.10, 0.05, 0.02)
    eye_glow: float = Field(default=0.0, ge=0, le=4)
    """Emission of the iris (robots, demons)."""
    brow_color: Rgb | None = None
    """Hair colour when absent."""
    wear: WearSpec | None = None
    """Scars, and what lies on the skin; none when absent."""


class HairSpec(Spec):
    """Hair on the head, and a beard."""

    style: HairStyle = "short"
    color: Rgb = (0.04, 0.025, 0.015)
    beard: float = Field(default=0.0, ge=0, le=1)
    """0 none, 0.5 short, 1 long."""


class GarmentSpec(Spec):
    """One garment: what, in which colour, pattern and fabric."""

    kind: GarmentKind
    color: Rgb = (0.2, 0.2, 0.2)
    accent: Rgb = (0.6, 0.6, 0.6)
    """Second colour of the pattern."""
    pattern: Pattern = "plain"
    fabric: Fabric = "cotton"
    roughness: float | None = Field(default=None, ge=0.03, le=1)
    """The fabric's own when absent."""
    metallic: float | None = Field(default=None, ge=0, le=1)
    """The fabric's own when absent."""
    wear: WearSpec | None = None
    """New and clean when absent."""


class CharacterSpec(Spec):
    """Everything that makes the figure."""

    archetype: str = "person"
    body: BodySpec = BodySpec()
    skin: SkinSpec = SkinSpec()
    hair: HairSpec = HairSpec()
    garments: tuple[GarmentSpec, ...] = ()


class MotionSpec(Spec):
    """What the character does."""

    text: str = "standing idle"
    """The words of the action, as the motion module searches them."""
    in_place: bool = False
    """Keep the root at the origin instead of travelling."""
    loop: bool | None = None
    """Close the clip into a cycle; absent: where it is one thing that goes on and on."""
    seconds: float | None = Field(default=None, gt=0.2, le=120)
    """Length; absent: as long as what is said takes."""


class KeyPose(Spec):
    """A pose that a motion must pass through."""

    file: str
    """Any motion file; its first frame is the pose."""
    seconds: float = Field(ge=0, le=120)
    """When."""


class MoveSpec(Spec):
    """How `gen3d motion` and `gen3d create` make a motion."""

    source: Literal["auto", "model", "program", "library"] = "auto"
    """auto: the model, and a motion program where none of its candidates does what was asked."""
    model: str = "motion-diffusion"
    """A model card, a folder that `gen3d train motion` wrote, or a checkpoint of MDM,
    MotionDiffuse or ReMoDiffuse."""
    text_encoder: str = ""
    """The text encoder of such a checkpoint: an open_clip NAME:TAG, a file or a folder."""
    statistics: str = ""
    """Folder with its mean and deviation."""
    database: str = ""
    """The file that ReMoDiffuse looks motions up in."""
    candidates: int = Field(default=4, ge=1, le=64)
    """Motions that the model makes at once; the best is kept."""
    steps: int = Field(default=15, ge=2, le=1000)
    """Calls of the model for each."""
    guidance: float = Field(default=2.5, ge=0, le=20)
    """How much the words count."""
    library: str = ""
    """Folder of the user's own motions, which the model is reminded of."""
    character: str = ""
    """A rigged character of the user's (GLB, VRM; FBX through Blender) that performs it."""
    bone_map: str = ""
    """File that says which of its bones is which."""
    path: list[list[float]] = Field(default_factory=list)
    """Points on the ground, [x, z] in metres, that the body passes."""
    keyframes: list[KeyPose] = Field(default_factory=list)
    """Poses that the motion passes through."""

    @field_validator("path")
    @classmethod
    def _points(cls, value: list[list[float]]) -> list[list[float]]:
        if not all(len(point) == 2 and all(abs(n) <= 1000.0 for n in point) for point in value):
            raise ValueError("each point should be two numbers, x and z, of at most 1000 m")
        return value


class RigSpec(Spec):
    """An unrigged figure of the user's that gets a skeleton (`gen3d avatar --rig`)."""

    file: str
    """GLB or glTF of one standing person without a skin."""
    height: float | None = Field(default=None, gt=0.01, le=100)
    """Its height, metres; by the file's own unit when absent."""


class Description(Spec):
    """A sentence, understood: the four phrases and the values read from them."""

    who: str = ""
    wearing: str = ""
    doing: str = ""
    where: str = ""
    when: str = ""
    character: CharacterSpec = CharacterSpec()
    motion: MotionSpec = MotionSpec()
    sky: SkySpec = SkySpec()
    land: LandSpec | None = None
    """The land that the words name; absent where they name none, and around a room, whose
    `outlook` it is."""
    room: RoomSpec | None = None
    """The room that the words name; absent where they name none."""
    notes: tuple[str, ...] = ()
    """One sentence for each default that stands in for missing or unknown words."""


class SmplSpec(Spec):
    """Whose shape a body takes: files of the SMPL family, the user's own."""

    parameters: str
    """NPZ file with betas, and perhaps gender, expression and a pose."""
    model: str
    """The model's NPZ file, or the folder that it is in."""


class FoundSpec(Spec):
    """What a refinement found."""

    seed: int = 0
    """Of the drape and of everything else that numbers leave open."""
    character: CharacterSpec = CharacterSpec()


class RefineSpec(Spec):
    """How `gen3d avatar` goes on from the instant draft (`--refine`, `--best-of`)."""

    tower: str = ""
    """Image tower that guides: a model card, an open_clip name:tag, or a folder."""
    judge: str = ""
    """Another, which chooses the best of several seeds; empty: the one that guides."""
    best_of: int = Field(default=1, ge=1, le=64)
    """Drafts, of this seed and the next ones, of which the best is kept."""
    looks: int = Field(default=0, ge=0, le=10_000)
    """Repaints that the search looks at: colours, fabrics, patterns, hair, accessories."""
    drapes: int = Field(default=0, ge=0, le=1000)
    """Other builds and cuts that it drapes."""
    representation: Literal["template", "field"] = "template"
    """What comes out: the template in its layers, or one closed mesh by way of a field."""
    paint_steps: int = Field(default=0, ge=0, le=100_000)
    """Steps of sculpting and painting after the search, on the template or as a field; 0: none."""
    paint_keep: float = Field(default=0.004, ge=-10.0, le=10.0)
    """What the painting must gain from places of its own to be kept; below 0 nearly all is."""
    diffusion: str = ""
    """Diffusion model that guides the painting too: a card or a diffusers folder; empty: none."""
    found: FoundSpec | None = None
    """What was found. Edited values win; delete the block to search again."""


class ObjectSpec(Spec):
    """How `gen3d object` makes a thing; schedules are numbers or lists over the fit's progress."""

    draft: bool = False
    """Stop after retrieval and words: no guidance, seconds instead of minutes."""
    start: Literal["draft", "ball"] = "draft"
    """What the field starts from: a thing of the foundry, or a ball (needs large models)."""
    representation: Literal["sdf", "density"] = "sdf"
    """What the field is: a signed distance, or a NeRF's density."""
    tower: str = "object-clip"
    """Image tower that guides: a model card, an open_clip name:tag, or a folder; empty: none."""
    diffusion: str = "object-diffusion"
    """Diffusion model that guides too: a model card or a diffusers folder; empty: none."""
    clip: float | list[float | list[float] | str] = 1.0
    """Weight of the tower."""
    sds: float | list[float | list[float] | str] = 1.0
    """Weight of score distillation."""
    distillation: dict[str, Any] = Field(default_factory=dict)
    """Settings of score distillation by name: scale, method, t_max, janus…"""
    negative: str = ""
    """What the thing should not look like, phrases separated by |."""
    search_rounds: int = Field(default=5, ge=0, le=100)
    """Rounds of the search over shapes and finishes before the field is fitted."""
    steps: int = Field(default=200, ge=0, le=100_000)
    """Steps of the field's fit."""
    texture_steps: int = Field(default=60, ge=0, le=100_000)
    """Steps of the texture's finish on the mesh."""
    best_of: int = Field(default=1, ge=1, le=64)
    """Fit so many fields and keep the best."""
    size_px: int = Field(default=64, ge=32, le=1024)
    """Side of the pictures that guidance sees."""
    views: int = Field(default=4, ge=1, le=64)
    """Pictures a step."""
    resolution: int = Field(default=144, ge=32, le=512)
    """Samples a side when the surface is extracted."""
    triangles: int = Field(default=20_000, ge=200, le=1_000_000)
    """Budget of the mesh."""
    texture_px: int = Field(default=1024, ge=128, le=8192)
    """Side of the textures, a power of two."""

    @field_validator("texture_px")
    @classmethod
    def _power_of_two(cls, value: int) -> int:
        if value & (value - 1):
            raise ValueError("it should be a power of two")
        return value
