# SPDX-License-Identifier: Apache-2.0
"""What the words mean for the world around: light, clouds, moon, land, room, in ``config.yml``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gen3d.strict import Rgb, Spec

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
    "salt",
    "ice",
    "chalk",
]
"""What ground is made of."""


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


class ExpandSpec(Spec):
    """A panorama of eight bits whose light is wanted (`gen3d scene --from`)."""

    file: str
    ev100: float | None = Field(default=None, ge=-20, le=30)
    """Exposure value at ISO 100 that it was taken with; absent: the file's own, else estimated."""


class FlightSpec(Spec):
    """A camera that moves through a land or a room (`gen3d scene --flythrough`)."""

    points: tuple[tuple[float, float], ...] = ()
    """On the ground, x,z in metres; none: a way of its own."""
    seconds: float = Field(default=4.0, ge=0.2, le=60)
    fps: int = Field(default=16, ge=4, le=60)
    width_px: int = Field(default=640, ge=32, le=3840, multiple_of=2)
    height_px: int = Field(default=360, ge=32, le=2160, multiple_of=2)
    eye_m: float = Field(default=1.6, ge=0.3, le=40)
    """Height over the ground or the water."""
    view_deg: float = Field(default=75.0, ge=20, le=120)
    """Angle from the left edge of the picture to the right one."""


class PanoramaSpec(Spec):
    """A panorama that a diffusion model draws (`gen3d scene --diffusion`)."""

    diffusion: str
    """A diffusion model: card, hub's id, or folder."""
    steps: int = Field(default=30, ge=1, le=1000)
    guidance: float = Field(default=3.0, ge=1, le=30)
    """Of the text over no text."""
    init: str | None = None
    """A panorama to begin with, or with `fov_deg` a photograph to go on around."""
    strength: float = Field(default=0.6, ge=0, le=1)
    """How far from the panorama: 0 as it is, 1 anything."""
    fov_deg: float | None = Field(default=None, ge=10, le=140)
    """What the photograph sees from its left to its right edge."""


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


Landmark = Literal[
    "log cabin",
    "hut",
    "house",
    "cottage",
    "barn",
    "chapel",
    "lighthouse",
    "windmill",
    "tower",
    "castle",
    "torii",
    "bridge",
    "stone bridge",
    "well",
    "tent",
    "campfire",
    "fence",
    "bench",
    "street lamp",
    "stone lantern",
    "statue",
    "cart",
    "rowing boat",
    "sailing boat",
    "haystack",
    "scarecrow",
    "gravestone",
    "signpost",
    "standing stone",
    "pyramid",
    "snowman",
]
"""A single thing that may stand in a land."""


class LandmarkSpec(Spec):
    """A single thing in a land, or a few alike; it moves to the nearest place that will do."""

    kind: Landmark
    distance_m: float = Field(default=14.0, ge=3, le=400)
    """From the character to its middle."""
    bearing_deg: float = Field(default=20.0, ge=-360, le=360)
    """Clockwise seen from above, as the sun's azimuth: 0 = +Z (in front of the character), 90 = -X
    (its right hand)."""
    turn_deg: float = Field(default=25.0, ge=-360, le=360)
    """Of its front, from facing the character, counter-clockwise seen from above."""
    size: float = Field(default=1.0, ge=0.2, le=4)
    """Of the usual one; a bridge is as long as its water is wide."""
    color: Rgb | None = None
    """Linear albedo of its main parts, where it is not the usual one."""
    count: int = Field(default=1, ge=1, le=24)
    """How many of it, side by side."""


Herb = Literal[
    "wildflower",
    "daisy",
    "poppy",
    "bellflower",
    "tulip",
    "sunflower",
    "lavender",
    "rose bush",
    "wheat",
    "water lily",
    "reed",
    "mushroom",
]
"""A herb that may cover the ground, the shore or the water; wildflowers are several mixed."""


class HerbSpec(Spec):
    """Herbs of one kind all over a land, where they can grow."""

    kind: Herb
    per_m2: float = Field(default=6.0, gt=0, le=80)
    """Plants on each square metre near the character."""
    color: Rgb | None = None
    """Linear albedo of the blooms, ears or caps; absent: the kind's own, mixed where it has
    several."""
    in_rows: bool = False
    """Whether they were planted in rows, which lead to where the character looks."""


class LandSpec(Spec):
    """The land around the character, seen from above; the character stands at its middle."""

    name: str = "meadow"
    """What it is called; decides nothing."""
    shape: Literal[
        "plain", "dunes", "canyon", "cliffs", "crater", "buttes", "stacks", "cone", "terraces"
    ] = "plain"
    """Rolling ground, crests of sand, a floor between walls, walls along the water, a ring of
    walls, flat-topped hills, pillars or bergs in the sea, one great mountain, fields in steps."""
    walls_m: float = Field(default=95.0, ge=2, le=2000)
    """Height of the walls of canyons, cliffs, craters, buttes and stacks, or of a cone."""
    walls_from_m: float = Field(default=26.0, ge=10, le=6000)
    """Where walls begin: from the water, or from the middle of the floor; where a cone stands."""
    walls_slope: float = Field(default=1.4, ge=0.3, le=6)
    """Rise over run of walls."""
    stepped: float = Field(default=0.75, ge=0, le=1)
    """How much of walls is ledges."""
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
    water: Literal["none", "lake", "river", "coast", "fjord", "island", "marsh"] = "none"
    """Open water; it begins in front of the character. A fjord leads away from it, the sea lies all
    round an island, a marsh is pools."""
    lake_m: float = Field(default=130.0, ge=5, le=2000)
    """Half of a lake's length; it is wider than long."""
    water_color: Rgb = (0.012, 0.03, 0.034)
    """Of what comes back out of open water: over bright sand it is turquoise."""
    waterfall: bool = False
    """Whether water falls down the wall of a river's cliffs."""
    dock: bool = False
    """Whether the character stands on planks over the water."""
    road: Literal["none", "dirt", "asphalt"] = "none"
    """It passes through the middle; a paved one with nothing built along it passes beside it."""
    buildings: Literal["none", "houses", "blocks", "ruins"] = "none"
    """What lines the road."""
    lit: bool = False
    """Whether street lamps, signs and some of the windows shine."""
    signs: float = Field(default=0.0, ge=0, le=1)
    """How many of the fronts along a town's street carry neon signs."""
    wet: float = Field(default=0.0, ge=0, le=1)
    """How much of paved ground a film of water covers, which mirrors."""
    landmarks: tuple[LandmarkSpec, ...] = Field(default=(), max_length=12)
    """Single things that stand in it."""
    clearing_m: float = Field(default=0.0, ge=0, le=60)
    """Around the character no trees stand so far."""
    trees: tuple[Literal["conifer", "broadleaf", "palm", "cactus", "bamboo"], ...] = ("broadleaf",)
    """Kinds of trees, in equal shares."""
    trees_per_hectare: float = Field(default=4.0, ge=0, le=4000)
    tree_size: float = Field(default=1.0, ge=0.1, le=2)
    """Of usual trees; small ones are bushes."""
    in_rows: bool = False
    """Whether they were planted in rows."""
    leaves: float = Field(default=1.0, ge=0, le=1)
    """Share of the leaves that broad-leaved trees have; 0 is winter."""
    rocks_per_hectare: float = Field(default=4.0, ge=0, le=400)
    tufts_per_m2: float = Field(default=6.0, ge=0, le=25)
    """Tufts of grass on each square metre near the character."""
    herbs: tuple[HerbSpec, ...] = Field(default=(), max_length=6)
    """Flowers and their like, in drifts beside each other, or in rows by turns."""
    leaf_color: Rgb = (0.075, 0.125, 0.03)
    needle_color: Rgb = (0.035, 0.065, 0.028)
    grass_color: Rgb = (0.085, 0.125, 0.04)
    haze_m: float = Field(default=30_000.0, ge=50, le=200_000)
    """Distance at which the air leaves 5 % of the contrast."""


Side = Literal["front", "back", "left", "right"]
"""A wall as the character at the origin has it: it looks at the front one, +X is left."""
Lamp = Literal[
    "pendant",
    "panels",
    "strips",
    "downlights",
    "chandelier",
    "standing lamp",
    "table lamp",
    "wall lamps",
    "high bays",
    "softboxes",
    "candles",
]
"""What gives light in a room."""


class RoomSpec(Spec):
    """A room around the character, who stands near its middle; lengths are inner ones."""

    name: str = "living room"
    """What it is called; decides nothing."""
    kind: Literal[
        "living room",
        "bedroom",
        "kitchen",
        "bathroom",
        "office",
        "corridor",
        "studio",
        "warehouse",
        "church",
        "library",
        "classroom",
        "restaurant",
        "gallery",
        "workshop",
        "cell",
        "gym",
        "empty room",
    ] = "living room"
    """Which furniture stands in it."""
    width_m: float = Field(default=5.6, ge=1.6, le=60)
    """From the left wall to the right one."""
    depth_m: float = Field(default=6.2, ge=1.6, le=80)
    """From the back wall to the front one."""
    height_m: float = Field(default=2.6, ge=2.1, le=30)
    floor: Literal["planks", "parquet", "carpet", "tiles", "concrete", "stone"] = "planks"
    floor_color: Rgb = (0.24, 0.14, 0.075)
    walls: Literal["plaster", "bricks", "panelling", "tiles", "concrete", "stone"] = "plaster"
    wall_color: Rgb = (0.62, 0.58, 0.52)
    ceiling: Literal["flat", "beams", "vault", "trusses"] = "flat"
    ceiling_color: Rgb = (0.74, 0.73, 0.70)
    windows: tuple[Side, ...] = ("left",)
    """Walls with windows; none: a room without daylight."""
    window_width_m: float = Field(default=1.4, ge=0.3, le=12)
    window_height_m: float = Field(default=1.4, ge=0.3, le=12)
    sill_m: float = Field(default=0.85, ge=0.05, le=12)
    """Height of the windows' lower edge."""
    curtains: bool = True
    doors: int = Field(default=1, ge=0, le=12)
    lamps: tuple[Lamp, ...] = ("pendant", "standing lamp", "table lamp")
    lit: bool = False
    """Whether the lamps are on."""
    lumens_per_m2: float = Field(default=260.0, ge=0, le=20_000)
    """Light of all lamps together for each square metre of floor."""
    kelvin: float = Field(default=2700.0, ge=1500, le=12_000)
    """Colour temperature of the lamps."""
    fireplace: Literal["none", "cold", "burning"] = "none"
    furniture: float = Field(default=0.8, ge=0, le=1)
    """Share of the usual furniture that is there: 0 none, under 0.1 as in an empty room of its kind
    (homes and stores are cleared, what is for many has nobody in it), else all that finds place."""
    accent_color: Rgb = (0.14, 0.20, 0.27)
    """Of sofas, beds, rugs and curtains."""
    wood_color: Rgb = (0.19, 0.105, 0.055)
    """Of furniture."""
    outlook: LandSpec | None = None
    """The land outside the windows; none: the sky over plain ground."""
    floor_m: float = Field(default=0.3, ge=0, le=400)
    """Height of the floor over the ground outside."""
