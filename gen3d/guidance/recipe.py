# SPDX-License-Identifier: Apache-2.0
"""How to distil a diffusion model, as data: one value for each choice, read from plain settings."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Literal, get_args

from gen3d.errors import Gen3dError
from gen3d.guidance.noise import Weighting
from gen3d.render.studio import Output
from gen3d.schedule import Schedule

Method = Literal["sds", "interval"]

SCALE = Schedule(((0.0, 20.0),))
T_MIN = Schedule(((0.0, 0.02),))
T_MAX = Schedule(((0.0, 0.98), (1.0, 0.5)), "sqrt")


@dataclass(frozen=True)
class Distillation:
    """How to distil; every schedule runs over the fit's progress."""

    method: Method = "sds"
    """``sds``, or ``interval``: steadier gradients for two to three times the cost."""
    scale: Schedule = SCALE
    """Guidance scale s; 1 is the plain conditional model. About 100 for Stable Diffusion, 20 for
    models of pixels, 7.5 with ``interval``."""
    t_min: Schedule = T_MIN
    """Least noise, as a share of the model's steps."""
    t_max: Schedule = T_MAX
    """Most noise."""
    weighting: Weighting = "variance"
    """How much each noise level has to say: :func:`gen3d.guidance.noise.weight`."""
    rescale: float = 0.0
    """Share, 0 to 1, of the guidance scale's extra contrast that is taken back."""
    clip: float = math.inf
    """Greatest root mean square of one view's gradient; above it the view is scaled down."""
    neutral: str = ""
    """The unconditional text: empty, or a plain negative prompt."""
    janus: float = 0.0
    """Factor on Perp-Neg's negatives against a second face; 1 is theirs, 0 is off."""
    templates: Mapping[Output, str] = field(default_factory=dict[Output, str])
    """How to say a text for a kind of picture, as in ``{"normal": "{}, normal map"}``."""
    interval: float = 0.05
    """For ``interval``: the way between the two noises compared, as a share of the steps."""
    stride: float = 0.2
    """For ``interval``: the longest way of one inversion step, as a share of the steps."""
    patience: int = 5
    """How many steps in a row may be lost to values that are not numbers."""

    @staticmethod
    def parse(data: Mapping[str, object]) -> Distillation:
        """Read settings from configuration data; what is absent keeps its default.

        Raises:
            Gen3dError: An unknown key or method, or a value of the wrong shape.
        """
        known = {item.name for item in fields(Distillation)}
        unknown = next((key for key in data if key not in known), None)
        if unknown is not None:
            near = difflib.get_close_matches(unknown, known, n=1)
            raise Gen3dError(
                f"Score distillation has no setting {unknown!r}.",
                f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(sorted(known))}.",
            )
        return replace(Distillation(), **{key: _read(key, value) for key, value in data.items()})


def _read(key: str, value: object) -> object:
    """One setting from configuration data."""
    if key in _READERS:
        return _READERS[key](value)
    return _number(key, value)


def _choice(options: tuple[str, ...]) -> Callable[[object], object]:
    def read(value: object) -> object:
        if value not in options:
            raise Gen3dError(f"{value!r} is not one of {', '.join(options)}.", "Choose one.")
        return value

    return read


def _number(key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= 0.0:
        raise Gen3dError(f"{key} of score distillation is {value!r}.", "Give a number ≥ 0.")
    return float(value)


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise Gen3dError(
            f"patience of score distillation is {value!r}.", "Give a whole number above zero."
        )
    return value


def _templates(value: object) -> dict[str, str]:
    kinds = get_args(Output)
    if isinstance(value, Mapping) and all(k in kinds and "{}" in str(v) for k, v in value.items()):
        return {str(k): str(v) for k, v in value.items()}
    raise Gen3dError(
        f"{value!r} does not say how to word kinds of pictures.",
        f"Give texts with {{}} in them by kind ({', '.join(kinds)}).",
    )


_READERS: dict[str, Callable[[object], object]] = {
    "method": _choice(get_args(Method)),
    "weighting": _choice(get_args(Weighting)),
    "scale": Schedule.parse,
    "t_min": Schedule.parse,
    "t_max": Schedule.parse,
    "neutral": str,
    "patience": _count,
    "templates": _templates,
}
