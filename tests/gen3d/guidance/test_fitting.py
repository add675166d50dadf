# SPDX-License-Identifier: Apache-2.0
"""Fits under terms that are made by hand, so that it is known where they must end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from gen3d.errors import Gen3dError
from gen3d.fields.draft import draft_prior
from gen3d.fields.field import Field, FieldShape
from gen3d.fields.grid import Layout
from gen3d.fields.palette import palette_of
from gen3d.fields.sdf import SdfField
from gen3d.foundry.draws import drawn
from gen3d.foundry.families import families
from gen3d.foundry.thing import Finish, build
from gen3d.guidance.candidates import shown
from gen3d.guidance.fitting import FitPlan, Guide, cameras, fit_field
from gen3d.guidance.looking import around
from gen3d.guidance.term import Score, Sight
from gen3d.render.photo import DISTANCE
from gen3d.render.shot import Shot
from gen3d.schedule import Schedule

SMALL = Layout(levels=2, base=8, finest=16)
TARGET = torch.tensor([0.35, 0.45, 0.75])
"""sRGB."""
FLAT = Schedule.parse(0.0)
QUICK = FitPlan(steps=40, views=2, size_px=24, samples=8, learning_rate=2e-2, reach=FLAT)


def grey_vase() -> Field:
    family = families()["vase"]
    spec = drawn(1, list(families()).index("vase"))[0]
    plain = replace(spec, finishes=tuple(Finish("ceramic", (0.5, 0.5, 0.5)) for _ in spec.finishes))
    prior = draft_prior(build(plain, family), 40)
    start = torch.Generator().manual_seed(0)
    return SdfField(FieldShape(SMALL, SMALL, 8), start, prior, palette_of(plain.finishes))


def wish(kinds: set[str] | None = None) -> Guide:
    """The mean colour of the middle of the pictures should be the target."""

    def term(sight: Sight, progress: float, generator: torch.Generator) -> Score:
        del progress, generator
        if kinds is not None:
            kinds.add(sight.kind)
        middle = sight.pictures[..., 9:15, 9:15].mean(dim=(0, 2, 3))
        return Score((middle - TARGET).square().sum(), {"wish": 1.0})

    return Guide(term, Schedule.parse(10.0))


@torch.no_grad()
def colour_of(field: Field) -> torch.Tensor:
    """Mean sRGB albedo of what is seen of a field."""
    views = around((0.0, 120.0, 240.0), size_px=32)
    shot = shown(field, views)
    return (shot.rgb.sum(dim=(0, 1, 2)) / shot.alpha.sum()).clamp(min=0.0) ** (1.0 / 2.2)


def test_a_palette_goes_to_the_colour_that_a_term_asks_for(tmp_path: Path) -> None:
    field = grey_vase()
    before = (colour_of(field) - TARGET).abs()
    fit_field(field, [wish()], replace(QUICK, regular={"drift": 0.0}), 0, tmp_path)
    after = (colour_of(field) - TARGET).abs()
    # The light varies from step to step, so the colour is known to about a tenth.
    assert float(before.max()) > 0.2
    assert float(after.max()) < 0.12, (before, after)


def test_drift_holds_a_field_to_its_draft(tmp_path: Path) -> None:
    free, held = grey_vase(), grey_vase()
    plan = replace(QUICK, steps=12)
    fit_field(free, [wish()], replace(plan, regular={"drift": 0.0}), 0, tmp_path / "free")
    fit_field(held, [wish()], replace(plan, regular={"drift": 3000.0}), 0, tmp_path / "held")
    start = colour_of(grey_vase())
    moved = [float((colour_of(field) - start).norm()) for field in (free, held)]
    assert moved[1] < 0.5 * moved[0]


class Stopped(Exception):  # noqa: N818  # it is no error but a hand on the switch
    """Raised by a test in the middle of a fit."""


@pytest.mark.parametrize("at", [2, 5])
def test_a_fit_that_is_stopped_goes_on_to_the_same_numbers(tmp_path: Path, at: int) -> None:
    # The survey is of steps 0 and 4: stopping at 2 and at 5 must not look again.
    plan = replace(
        QUICK, steps=7, survey_every=4, reach=Schedule.parse(0.05), detail=Schedule.parse(0.1)
    )

    def stop(step: int, total: int) -> None:
        del total
        if step == at:
            raise Stopped

    whole = fit_field(grey_vase(), [wish()], plan, 3, tmp_path / "whole")
    with pytest.raises(Stopped):
        fit_field(grey_vase(), [wish()], plan, 3, tmp_path / "parts", stop)
    parts = fit_field(grey_vase(), [wish()], plan, 3, tmp_path / "parts")
    for name, value in whole.state_dict().items():
        assert torch.equal(value, parts.state_dict()[name]), name


def test_another_seed_sees_other_cameras_and_ends_elsewhere(tmp_path: Path) -> None:
    plan = replace(QUICK, steps=3)
    one, other = (fit_field(grey_vase(), [wish()], plan, s, tmp_path / str(s)) for s in (1, 2))
    assert not torch.equal(one.look.change, other.look.change)


def test_each_guide_sees_only_the_kinds_that_it_asks_for(tmp_path: Path) -> None:
    bare, shaded = set[str](), set[str]()
    guides = [replace(wish(bare), kinds=("textureless", "normal")), wish(shaded)]
    seen: list[int] = []

    def watch(step: int, shot: Shot) -> None:
        assert shot.rgb.shape == (2, 24, 24, 3)
        seen.append(step)

    fit_field(grey_vase(), guides, replace(QUICK, steps=8, bare_every=2), 0, tmp_path, watch=watch)
    assert (bare, shaded) == ({"textureless", "normal"}, {"shaded"})
    assert seen == list(range(8))


def test_a_loss_that_is_no_number_ends_the_fit_with_a_sentence(tmp_path: Path) -> None:
    def nan(sight: Sight, progress: float, generator: torch.Generator) -> Score:
        del progress, generator
        return Score(sight.pictures.mean() * float("nan"))

    with pytest.raises(Gen3dError, match="stopped being a number"):
        fit_field(grey_vase(), [Guide(nan, Schedule.parse(1.0))], QUICK, 0, tmp_path)


def test_cameras_are_one_in_each_sector_at_about_the_distance_of_the_photos() -> None:
    for seed in range(20):
        views = cameras(6, 16, torch.Generator().manual_seed(seed))
        eye = views.T_world_camera[:, :3, 3]
        azimuth = torch.rad2deg(torch.atan2(eye[:, 0], eye[:, 2])) % 360.0
        gaps = torch.diff(torch.sort(azimuth).values)
        assert float(gaps.max()) < 120.0
        distance = eye.norm(dim=-1) / DISTANCE
        assert 0.87 < float(distance.min()) <= float(distance.max()) < 1.13
