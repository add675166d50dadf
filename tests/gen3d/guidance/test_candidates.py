# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from gen3d.errors import Gen3dError
from gen3d.fields.field import Field, FieldShape
from gen3d.fields.grid import Layout
from gen3d.fields.sdf import BALL, SdfField
from gen3d.guidance.candidates import Pixels, fit_best, restore, shown, starting_field, strip
from gen3d.guidance.fitting import Guide
from gen3d.guidance.looking import around
from gen3d.guidance.term import Score, Sight
from gen3d.schedule import Schedule
from gen3d.spec import ObjectSpec

SMALL = Layout(levels=2, base=8, finest=16)
QUICK = ObjectSpec(steps=2, views=2, size_px=32)


def ball(seed: int) -> Field:
    return SdfField(FieldShape(SMALL, SMALL, 8), torch.Generator().manual_seed(seed))


def darker() -> tuple[Guide, ...]:
    def term(sight: Sight, progress: float, generator: torch.Generator) -> Score:
        del progress, generator
        return Score(sight.pictures.mean())

    return (Guide(term, Schedule.parse(1.0)),)


def test_the_best_of_several_is_kept_with_the_figures_of_all(tmp_path: Path) -> None:
    scores = iter([0.1, 0.7, 0.3])

    def judge(field: Field) -> dict[str, Any]:
        assert isinstance(field, SdfField)
        return {"score": next(scores)}

    told: list[tuple[int, int]] = []
    three = QUICK.model_copy(update={"best_of": 3})
    best = fit_best(
        ball,
        darker,
        three,
        10,
        tmp_path,
        lambda step, total: told.append((step, total)),
        judge=judge,
    )
    assert (best.facts["seed"], best.facts["score"]) == (11, 0.7)
    assert [one["seed"] for one in best.facts["candidates"]] == [10, 11, 12]
    assert told == [(number, 6) for number in range(1, 7)]
    alone = fit_best(ball, darker, QUICK, 11, tmp_path / "alone")
    for name, value in best.field.state_dict().items():
        assert torch.equal(value, alone.field.state_dict()[name]), name


def test_live_pictures_show_every_view_side_by_side(tmp_path: Path) -> None:
    seen: list[Pixels] = []
    fit_best(ball, darker, QUICK, 0, tmp_path, live=seen.append)
    assert [pixels.shape for pixels in seen] == [(32, 64, 3)]
    assert len(np.unique(seen[0].reshape(-1, 3), axis=0)) > 10


def test_no_steps_load_no_models_and_keep_the_start(tmp_path: Path) -> None:
    def never() -> tuple[Guide, ...]:
        raise AssertionError("there is nothing to guide")

    kept = fit_best(ball, never, QUICK.model_copy(update={"steps": 0}), 4, tmp_path)
    for name, value in ball(4).state_dict().items():
        assert torch.equal(value, kept.field.state_dict()[name]), name


@pytest.mark.parametrize("representation", ["sdf", "density"])
def test_without_a_thing_a_field_starts_round(representation: str) -> None:
    field = starting_field(None, representation, 0)
    assert field.is_distance == (representation == "sdf")
    shot = shown(field, around((0.0, 90.0), 0.0, 32), samples=16)
    coverage = shot.alpha.flatten(1).mean(dim=1)
    # A ball of radius one half at a distance of three fills so much of a field of 40°.
    tangent = BALL / (3.0**2 - BALL**2) ** 0.5
    share = np.pi * (tangent / (2.0 * np.tan(np.radians(20.0)))) ** 2
    tolerance = 0.03 if representation == "sdf" else 0.12
    assert float((coverage - share).abs().max()) < tolerance
    assert float((coverage[0] - coverage[1]).abs()) < 0.03


def test_a_field_is_put_back_as_it_was_saved_and_damage_is_named(tmp_path: Path) -> None:
    path = tmp_path / "field.safetensors"
    save_file(ball(1).state_dict(), path)
    again = restore(ball(2), path)
    for name, value in ball(1).state_dict().items():
        assert torch.equal(value, again.state_dict()[name]), name
    save_file({"grid": torch.zeros(3)}, path)
    with pytest.raises(Gen3dError, match="cannot be read"):
        restore(ball(2), path)
    save_file(ball(1).state_dict(), path)
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(Gen3dError, match="cannot be read"):
        restore(ball(2), path)


def test_a_strip_of_nothing_is_plain_grey() -> None:
    shot = shown(ball(0), around((0.0, 90.0), size_px=16), samples=8)
    empty = type(shot)(0 * shot.rgb, 0 * shot.alpha, 0 * shot.normal, 0 * shot.depth)
    pixels = strip(empty)
    assert pixels.shape == (16, 32, 3)
    assert len(np.unique(pixels)) == 1
