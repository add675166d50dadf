# SPDX-License-Identifier: Apache-2.0
"""What the words mean, as named values that a user can edit: the heart of ``config.yml``.

``gen3d.prompt`` fills these from a sentence; every later stage reads only these. Plain pydantic
models: unknown keys are errors, ranges are checked, ``model_dump`` is plain YAML.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Rgb = tuple[float, float, float]
"""Linear Rec. 709 colour, 0 to 1."""

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

Ground = Literal[
    "grass",
    "sand",
    "rock",
    "snow",
    "dirt",
    "forest floor",
    "red rock",
    "pavement",
    "basalt",
    "regolith",
]
"""What ground is made of."""

if TYPE_CHECKING:
    # A checker cannot read a Literal made from a tuple; pydantic checks the values at run time.
    GarmentKind = HairStyle = Fabric = Pattern = str
else:
    GarmentKind = Literal[GARMENT_KINDS]
    HairStyle = Literal[HAIR_STYLES]
    Fabric = Literal[FABRICS]
    Pattern = Literal[PATTERNS]


class Spec(BaseModel):
    """Base of all editable values: frozen, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


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


class CloudSpec(Spec):
    """One layer of cloud."""

    kind: Literal["cumulus", "stratocumulus", "stratus", "altocumulus", "cirrus"] = "cumulus"
    cover: float = Field(default=0.35, gt=0, le=1)
    """Share of the ground that lies under it."""
    base_m: float = Field(default=1100.0, ge=150, le=14_000)
    """Height of its base over the viewer."""
    thickness_m: float = Field(default=900.0, ge=100, le=3000)
    """Height of the tallest heaps; sheets (stratus, altocumulus, cirrus) do without."""
    density: float = Field(default=1.0, ge=0.05, le=6)
    """How much water it holds: 1 as usual, 2 and more for rain clouds."""
    hides_sun: bool = False
    """For heaps: a cloud stands before the sun, if one can."""


class MoonSpec(Spec):
    """The moon in the sky."""

    elevation_deg: float = Field(default=35.0, ge=-90, le=90)
    azimuth_deg: float = Field(default=40.0, ge=-360, le=360)
    """Clockwise seen from above, 0 = +Z, as the sun's."""
    phase: float = Field(default=0.5, ge=0, le=1)
    """0 new, 0.25 first quarter, 0.5 full, 0.75 last quarter."""


class LightSpec(Spec):
    """What the user says of the light exactly; absent values follow the words."""

    sun_elevation_deg: float | None = Field(default=None, ge=-90, le=90)
    sun_azimuth_deg: float | None = Field(default=None, ge=-360, le=360)
    turbidity: float | None = Field(default=None, ge=1.7, le=10)
    cloud_cover: float | None = Field(default=None, ge=0, le=1)
    """Share of the ground under cloud; the kind is that of the words, else the one that fits."""
    date: str = ""
    """Date and time, ISO 8601, UTC unless it carries an offset; sun, moon and stars follow it."""
    latitude_deg: float | None = Field(default=None, ge=-90, le=90)
    longitude_deg: float | None = Field(default=None, ge=-180, le=180)


class SkySpec(Spec):
    """Where and when: the light."""

    sun_elevation_deg: float = Field(default=35.0, ge=-90, le=90)
    """Height of the sun's centre above the horizon."""
    sun_azimuth_deg: float = Field(default=40.0, ge=-360, le=360)
    """Clockwise seen from above, 0 = +Z (in front of the character), 90 = -X (its right hand)."""
    turbidity: float = Field(default=3.0, ge=1.7, le=10)
    """Haze: 2 very clear, 3 clear, 6 hazy, 10 murky."""
    clouds: tuple[CloudSpec, ...] = ()
    """Layers of cloud, in any order."""
    moon: MoonSpec | None = None
    """Seen, and lighting the air, once the sun is down."""
    stars: bool = True
    """Stars and the Milky Way, once it is dark."""
    latitude_deg: float = Field(default=48.0, ge=-90, le=90)
    """Of the viewer, for the stars; +Z is north."""
    sidereal_deg: float = Field(default=290.0, ge=0, le=360)
    """Local sidereal time as an angle: which stars stand in the south."""
    ground_albedo: Rgb = (0.18, 0.17, 0.15)
    """Linear reflectance of the ground that fills the lower half."""
    width_px: int = Field(default=4096, ge=256, le=16384)
    """Panorama width; the height is half of it."""


class LandSpec(Spec):
    """The land around the character, seen from above; the character stands at its middle."""

    name: str = "meadow"
    """What it is called; decides nothing."""
    shape: Literal["plain", "dunes", "canyon"] = "plain"
    """Rolling ground, crests of sand, or a floor between terraced walls."""
    ground: Ground = "grass"
    """What covers level ground."""
    cliff: Ground = "rock"
    """What covers steep ground."""
    relief_m: float = Field(default=1.5, ge=0, le=60)
    """Height of the swells nearby."""
    far_m: float = Field(default=50.0, ge=0, le=3000)
    """Height of what closes the view."""
    far_from_m: float = Field(default=200.0, ge=60, le=2000)
    """Where the far heights begin to rise."""
    crested: bool = False
    """Whether far heights are mountains (else hills)."""
    snow_line_m: float = Field(default=9000.0, ge=-9000, le=9000)
    """Height over the character from which snow lies."""
    snow: float = Field(default=0.0, ge=0, le=1)
    """How much of the ground snow covers, whatever its height."""
    water: Literal["none", "lake", "river", "coast"] = "none"
    """Open water; it begins in front of the character."""
    dock: bool = False
    """Whether the character stands on planks over the water."""
    road: Literal["none", "dirt", "asphalt"] = "none"
    """What the character stands on: it passes through the middle."""
    buildings: Literal["none", "houses", "blocks"] = "none"
    """What lines the road."""
    trees: tuple[Literal["conifer", "broadleaf", "palm"], ...] = ("broadleaf",)
    """Kinds of trees, in equal shares."""
    trees_per_hectare: float = Field(default=4.0, ge=0, le=700)
    leaves: float = Field(default=1.0, ge=0, le=1)
    """Share of the leaves that broad-leaved trees have; 0 is winter."""
    rocks_per_hectare: float = Field(default=4.0, ge=0, le=400)
    tufts_per_m2: float = Field(default=6.0, ge=0, le=25)
    """Tufts of grass on each square metre near the character."""
    leaf_color: Rgb = (0.075, 0.125, 0.03)
    needle_color: Rgb = (0.035, 0.065, 0.028)
    grass_color: Rgb = (0.085, 0.125, 0.04)
    haze_m: float = Field(default=30_000.0, ge=50, le=200_000)
    """Distance at which the air leaves 5 % of the contrast."""


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
    """The land that the words name; absent where they name none."""
    notes: tuple[str, ...] = ()
    """One sentence for each default that stands in for missing or unknown words."""


class SmplSpec(Spec):
    """Whose shape a body takes: files of the SMPL family, the user's own."""

    parameters: str
    """NPZ file with betas, and perhaps gender, expression and a pose."""
    model: str
    """The model's NPZ file, or the folder that it is in."""


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
