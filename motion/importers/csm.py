# SPDX-License-Identifier: Apache-2.0
"""Optical markers (Character Studio CSM) to places of the 22 joints.

Markers lie on the skin, joints inside: hips come from the four waist markers by the regression of
Bell, Brand and Pedersen (1990: of the distance between the front markers, 36 % to the side, 19 %
back, 30 % down), knees, ankles and elbows lie beside their markers along the hinge's own axis, and
the trunk's joints between its markers. Marker names are the Vicon set (LFHD … RMT5). Millimetres
with +Z up, unless the figure's size says otherwise; gaps are filled along time, and an ankle marker
that has come off is put back where it sat on the foot.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Float
from scipy.ndimage import gaussian_filter1d

from gen3d import transforms
from gen3d.errors import Gen3dError
from motion.importers import units
from motion.importers.positions import HUMANML3D_NAMES, Joints
from motion.importers.reading import text_of


def _sites_of(side: str, letter: str) -> dict[str, tuple[str, ...]]:
    return {
        f"{side}_waist_front": (f"{letter}FWT", f"{letter}ASI"),
        f"{side}_waist_back": (f"{letter}BWT", f"{letter}PSI"),
        f"{side}_shoulder": (f"{letter}SHO",),
        f"{side}_elbow": (f"{letter}ELB",),
        f"{side}_wrist": (f"{letter}WRA", f"{letter}WRB"),
        f"{side}_knee": (f"{letter}KNE",),
        f"{side}_ankle": (f"{letter}ANK",),
        f"{side}_heel": (f"{letter}HEL",),
        f"{side}_inner_toe": (f"{letter}TOE",),
        f"{side}_outer_toe": (f"{letter}MT5",),
    }


MARKERS: dict[str, tuple[str, ...]] = {
    "head": ("LFHD", "RFHD", "LBHD", "RBHD"),
    "neck_back": ("C7",),
    "neck_front": ("CLAV",),
    "chest_back": ("T10",),
    "chest_front": ("STRN",),
    **_sites_of("left", "L"),
    **_sites_of("right", "R"),
}
"""Which markers' mean is which place; of several names those present are taken."""

_BELL = (0.36, 0.19, 0.30)
"""Hip from the middle of the front waist markers: aside, back, down, in their distance."""
_KNEE, _ANKLE, _ELBOW = 0.062, 0.045, 0.045
"""Marker to joint along the hinge, metres: half the joint's width and half a marker."""
_SHOULDER_DOWN, _SHOULDER_IN = 0.055, 0.01
_TOE_DOWN = 0.015
_COLLAR = 0.3
"""Where the collar joint lies, from neck to shoulder."""
_BENT = (0.15, 0.45)
"""Sine of a hinge's angle between which its own axis takes over from the body's."""
_STRAYED = (0.03, 0.05)
"""Metres from its place on the foot between which the ankle's marker counts as come off."""
_SOFT_S = 0.06
"""Width of the smoothing of hinge axes along time."""
_HEADER = re.compile(r"^\s*\$(\w+)[ \t]*([^\n]*)", re.MULTILINE)
_HINT = "Export it again as CSM with the Vicon marker set."


def read_csm(path: Path, *, unit: str | float | None = None, up: units.Up = "z") -> Joints:
    """Read a marker file as joints.

    Args:
        path: The file.
        unit: Name or metres of its unit; None: by the figure's size.
        up: Its up axis.

    Raises:
        Gen3dError: The file is no CSM, is damaged, or lacks a marker that is needed.
    """
    text = text_of(path)
    names, values, fps = _read(text, path.name)
    metres = units.metres_of(unit, units.extent(values), path.name)
    turn = units.TO_Y[up]
    house = transforms.rotate(turn[None, None], values * metres)
    return Joints(path.stem, fps, joints_of(_sites(names, house, path.name), fps))


def _read(text: str, source: str) -> tuple[list[str], Float[np.ndarray, "frames markers 3"], float]:
    headers = {m[1].lower(): (m[2].strip(), m.end()) for m in _HEADER.finditer(text)}
    try:
        fps = float(headers["rate"][0])
        order, points = headers["order"], headers["points"]
        names = (order[0] + " " + text[order[1] :].split("$", 1)[0]).upper().split()
        rows = [line.split() for line in text[points[1] :].splitlines() if line.strip()]
        numbers = [[_number(word) for word in row] for row in rows]
        values = np.array(numbers, dtype=np.float64)
    except (KeyError, ValueError) as error:
        raise Gen3dError(f"{source} is not a CSM marker file ({error}).", _HINT) from error
    width = 1 + 3 * len(names)
    if values.ndim != 2 or values.shape[1] != width or len(values) < 2 or not 1.0 <= fps <= 1000.0:
        raise Gen3dError(f"{source}: rows are no frames of {len(names)} markers.", _HINT)
    if len(set(names)) < len(names):
        raise Gen3dError(f"{source} names a marker twice.", _HINT)
    return names, _filled(values[:, 1:].reshape(len(values), -1, 3), names, source), fps


def _number(word: str) -> float:
    """A coordinate; a marker that the cameras lost is written as DROPOUT."""
    return np.nan if word.upper() == "DROPOUT" else float(word)


def _filled(
    values: Float[np.ndarray, "frames markers 3"], names: list[str], source: str
) -> Float[np.ndarray, "frames markers 3"]:
    """Bridge gaps in time linearly."""
    filled, at = values.copy(), np.arange(len(values))
    for marker, name in enumerate(names):
        seen = np.isfinite(values[:, marker]).all(axis=1)
        if not seen.any():
            raise Gen3dError(f"{source} never shows the marker {name}.", _HINT)
        for axis in range(3):
            track = values[seen, marker, axis]
            filled[:, marker, axis] = np.interp(at, at[seen], track)
    return filled


def _sites(
    names: list[str], places: Float[np.ndarray, "frames markers 3"], source: str
) -> dict[str, Float[np.ndarray, "frames 3"]]:
    """Mean of the markers of each site."""
    sites: dict[str, np.ndarray] = {}
    for site, wanted in MARKERS.items():
        present = [names.index(name) for name in wanted if name in names]
        if not present:
            raise Gen3dError(f"{source} has no marker {' or '.join(wanted)}.", _HINT)
        sites[site] = places[:, present].mean(axis=1)
    for side in ("left", "right"):
        sites[f"{side}_ankle"] = _held(sites, side)
    return sites


def _held(sites: Mapping[str, np.ndarray], side: str) -> Float[np.ndarray, "frames 3"]:
    """The ankle's marker, brought back where it has come off the foot."""
    heel, inner, outer, ankle = (
        sites[f"{side}_{name}"] for name in ("heel", "inner_toe", "outer_toe", "ankle")
    )
    along = transforms.normalize((inner + outer) / 2.0 - heel)
    up = transforms.normalize(np.cross(along, outer - inner))
    R_world_foot = np.stack([along, up, np.cross(along, up)], axis=-1)
    seen = np.einsum("fji,fj->fi", R_world_foot, ankle - heel)
    home = _densest(seen)
    strayed = np.linalg.norm(seen - home, axis=-1, keepdims=True)
    lost = np.clip((strayed - _STRAYED[0]) / (_STRAYED[1] - _STRAYED[0]), 0.0, 1.0)
    return ankle + lost * (heel + np.einsum("fij,j->fi", R_world_foot, home) - ankle)


def _densest(values: Float[np.ndarray, "frames 3"]) -> Float[np.ndarray, "3"]:
    """Where half of the values lie closest together (the mean of the shorth), axis by axis."""
    ordered, half = np.sort(values, axis=0), max(1, len(values) // 2)
    width = ordered[half:] - ordered[: len(values) - half]
    first = np.argmin(width, axis=0)
    return np.array([ordered[f : f + half + 1, axis].mean() for axis, f in enumerate(first)])


def joints_of(
    sites: Mapping[str, Float[np.ndarray, "frames 3"]], fps: float
) -> Float[np.ndarray, "frames 22 3"]:
    """Places of the 22 joints from the means of marker groups.

    Args:
        sites: Places by the names of :data:`MARKERS`, metres, +Y up.
        fps: Frames a second.
    """
    joints = _trunk(sites)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        joints |= _leg(sites, joints[f"{side}_hip"], side, sign, fps)
        joints |= _arm(sites, side, sign, fps)
        out = joints[f"{side}_shoulder"] - joints["neck"]
        joints[f"{side}_collar"] = joints["neck"] + _COLLAR * out
    return np.stack([joints[name] for name in HUMANML3D_NAMES], axis=1)


def _pelvis_axes(sites: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Left, forward and up of the pelvis."""
    front = (sites["left_waist_front"] + sites["right_waist_front"]) / 2.0
    back = (sites["left_waist_back"] + sites["right_waist_back"]) / 2.0
    left = transforms.normalize(sites["left_waist_front"] - sites["right_waist_front"])
    forward = front - back
    forward = transforms.normalize(forward - np.sum(forward * left, -1, keepdims=True) * left)
    return left, forward, np.cross(forward, left)


def _trunk(sites: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    left, forward, up = _pelvis_axes(sites)
    front = (sites["left_waist_front"] + sites["right_waist_front"]) / 2.0
    # A waist is as wide on the last frame as on the first: one width for the whole take.
    apart = np.median(
        np.linalg.norm(sites["left_waist_front"] - sites["right_waist_front"], axis=-1)
    )
    side, back, down = (share * apart for share in _BELL)
    centre = front - back * forward - down * up
    chest = 0.5 * sites["chest_back"] + 0.5 * sites["chest_front"]
    neck = 0.6 * sites["neck_back"] + 0.4 * sites["neck_front"]
    pelvis = centre + 0.18 * (chest - centre)
    return {
        "left_hip": centre + side * left,
        "right_hip": centre - side * left,
        "pelvis": pelvis,
        "spine1": pelvis + 0.3 * (chest - pelvis),
        "spine2": pelvis + 0.75 * (chest - pelvis),
        "spine3": chest + 0.15 * (neck - chest),
        "neck": neck,
        "head": neck + 0.45 * (sites["head"] - neck),
    }


def _leg(
    sites: Mapping[str, np.ndarray], hip: np.ndarray, side: str, sign: float, fps: float
) -> dict[str, np.ndarray]:
    """Knee and ankle beside their markers, along the knee's hinge."""
    axes = _pelvis_axes(sites)
    ankle = sites[f"{side}_ankle"]
    knee, axis = _beside(hip, sites[f"{side}_knee"], ankle, axes[0], sign * _KNEE, 1.0, axes, fps)
    toe = (sites[f"{side}_inner_toe"] + sites[f"{side}_outer_toe"]) / 2.0
    return {
        f"{side}_knee": knee,
        f"{side}_ankle": ankle - sign * _ANKLE * axis,
        f"{side}_foot": toe - np.array([0.0, _TOE_DOWN, 0.0]),
    }


def _arm(
    sites: Mapping[str, np.ndarray], side: str, sign: float, fps: float
) -> dict[str, np.ndarray]:
    """Shoulder under its marker, elbow beside its marker, wrist between its markers."""
    axes = _pelvis_axes(sites)
    _, forward, up = axes
    trunk = transforms.normalize(
        sites["neck_back"] + sites["neck_front"] - sites["chest_back"] - sites["chest_front"]
    )
    inwards = transforms.normalize(sites["neck_front"] - sites[f"{side}_shoulder"])
    shoulder = sites[f"{side}_shoulder"] - _SHOULDER_DOWN * trunk + _SHOULDER_IN * inwards
    wrist = sites[f"{side}_wrist"]
    # A straight arm would bend forward, one that reaches forward would bend up.
    along = transforms.normalize(wrist - shoulder)
    axis = transforms.normalize(np.cross(forward + 0.5 * up, along))
    elbow, _ = _beside(
        shoulder, sites[f"{side}_elbow"], wrist, axis, sign * _ELBOW, -1.0, axes, fps
    )
    return {f"{side}_shoulder": shoulder, f"{side}_elbow": elbow, f"{side}_wrist": wrist}


def _beside(
    above: np.ndarray,
    marker: np.ndarray,
    below: np.ndarray,
    straight: np.ndarray,
    offset: float,
    flexion: float,
    body: tuple[np.ndarray, np.ndarray, np.ndarray],
    fps: float,
) -> tuple[np.ndarray, np.ndarray]:
    """A hinge joint from the marker at its outer side, and its axis (to the figure's left).

    Args:
        above: Joint at the upper bone's start.
        marker: Marker on the hinge's axis.
        below: Marker or joint at the lower bone's end.
        straight: Axis to take while the limb is straight.
        offset: Joint to marker along the axis, metres.
        flexion: 1 for hinges that bend back (knees), -1 for those that bend forward.
        body: Axes of the pelvis, in which the hinge's axis is smoothed along time.
        fps: Frames a second.
    """
    centre, axis = marker, straight
    R_world_body = np.stack(body, axis=-1)
    for _ in range(2):
        upper, lower = (transforms.normalize(v) for v in (centre - above, below - centre))
        hinge = flexion * np.cross(upper, lower)
        bend = np.linalg.norm(hinge, axis=-1, keepdims=True)
        own = np.clip((bend - _BENT[0]) / (_BENT[1] - _BENT[0]), 0.0, 1.0)
        mixed = own * transforms.normalize(hinge) + (1.0 - own) * straight
        seen = np.einsum("fji,fj->fi", R_world_body, mixed)
        seen = gaussian_filter1d(seen, _SOFT_S * fps, axis=0, mode="nearest")
        axis = transforms.normalize(np.einsum("fij,fj->fi", R_world_body, seen))
        centre = marker - offset * axis
    return centre, axis
