# SPDX-License-Identifier: Apache-2.0
"""A ring of views is judged by its features alone, so features are made by hand here."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import normalize

from gen3d.fields.draft import draft_prior
from gen3d.fields.field import Field, FieldShape
from gen3d.fields.grid import Layout
from gen3d.fields.sdf import SdfField
from gen3d.foundry.draws import drawn
from gen3d.foundry.families import families
from gen3d.foundry.thing import Thing, ThingSpec, build
from gen3d.guidance.candidates import judged, shown
from gen3d.guidance.consistency import RING, consistency, opposite_likeness
from gen3d.guidance.lens import Lens
from gen3d.guidance.looking import around
from gen3d.guidance.towers import Tower

TEXT = normalize(torch.tensor([1.0, 0.0, 0.0, 0.0]), dim=-1)
WHOLE = torch.full((RING,), 0.2)
SMALL = Layout(levels=2, base=8, finest=16)


def ring(turns: int, fit: float = 0.5) -> Tensor:
    """Features with one cosine to the text, that go round some times as the camera does once."""
    angle = 2.0 * math.pi * turns * torch.arange(RING) / RING
    side = math.sqrt(1.0 - fit * fit)
    rows = [torch.full_like(angle, fit), side * torch.cos(angle), side * torch.sin(angle)]
    return torch.stack([*rows, torch.zeros_like(angle)], dim=-1)


def test_a_thing_with_a_front_and_a_back_is_consistent() -> None:
    found = consistency(ring(1), TEXT, WHOLE, ring(1))
    assert found.problems == ()
    assert found.repetition == pytest.approx(0.0, abs=1e-6)
    assert found.score == pytest.approx(0.5, abs=1e-6)
    assert (found.least, found.mean) == pytest.approx((0.5, 0.5), abs=1e-6)


def test_opposite_likeness_is_one_where_front_and_back_are_the_same() -> None:
    # cos² + sin² cos(turns · π) of the angle to the text.
    assert opposite_likeness(ring(2)) == pytest.approx(1.0, abs=1e-6)
    assert opposite_likeness(ring(1)) == pytest.approx(0.25 - 0.75, abs=1e-6)


def test_a_second_face_is_seen_and_costs_what_the_likeness_grew() -> None:
    found = consistency(ring(2), TEXT, WHOLE, ring(1))
    assert found.problems == ("its front repeats on its back",)
    assert found.repetition == pytest.approx(1.5, abs=1e-6)
    assert found.score == pytest.approx(0.5 - 1.5, abs=1e-6)


def test_a_thing_whose_draft_was_alike_from_both_sides_may_be_so() -> None:
    assert consistency(ring(2), TEXT, WHOLE, ring(2)).problems == ()


def test_without_a_draft_neighbouring_views_are_the_measure() -> None:
    assert consistency(ring(1), TEXT, WHOLE).problems == ()
    assert "its front repeats on its back" in consistency(ring(2), TEXT, WHOLE).problems
    vase = ring(1)[:1].expand(RING, -1)
    assert consistency(vase, TEXT, WHOLE).repetition == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    ("share", "problem"),
    [
        (0.001, "it all but vanishes from one side"),
        (0.95, "it fills the picture from one side"),
    ],
)
def test_a_thing_that_collapses_or_swells_on_one_side_loses_to_any_other(
    share: float, problem: str
) -> None:
    bad = WHOLE.clone()
    bad[3] = share
    found = consistency(ring(1, 0.9), TEXT, bad, ring(1, 0.9))
    assert found.problems == (problem,)
    assert found.score < consistency(ring(1, 0.1), TEXT, WHOLE, ring(1)).score


def test_one_side_that_shows_something_else_is_named() -> None:
    seen = ring(1)
    seen[5] = torch.tensor([0.1, 0.0, 0.0, math.sqrt(0.99)])
    found = consistency(seen, TEXT, WHOLE, ring(1))
    assert "one side does not show what was asked" in found.problems
    assert found.least == pytest.approx(0.1, abs=1e-6)


class Eye(torch.nn.Module):
    """Features that can be told by hand: the picture itself, small, and less its mean."""

    def forward(self, pictures: Tensor) -> Tensor:
        small = torch.nn.functional.adaptive_avg_pool2d(pictures, 12).flatten(1)
        return small - small.mean(dim=1, keepdim=True)


def eye() -> Tower:
    """A tower that sees shapes, and for which every text is a constant vector."""
    lens = Lens.parse({}, 32)
    cpu = torch.device("cpu")
    return Tower("eye", Path("eye"), Eye, lens, _reads, 1.0, cpu)


def _reads(texts: object) -> Tensor:
    count = len(list(texts))  # type: ignore[call-overload]  # a sequence of texts
    return torch.ones(count, 3 * 12 * 12)


def dog() -> ThingSpec:
    number = list(families()).index("dog") if "dog" in families() else 0
    return drawn(5, number)[0]


def field_of(thing: Thing) -> Field:
    prior = draft_prior(thing, 48)
    field = SdfField(FieldShape(SMALL, SMALL, 8), torch.Generator().manual_seed(0), prior)
    field.set_beta(0.002)
    return field


def two_faced(thing: Thing) -> Thing:
    """The thing with its front half on its back too, seen from behind as from the front."""
    turned = thing.verts * np.array([-1.0, 1.0, -1.0])
    return replace(
        thing,
        verts=np.concatenate([thing.verts, turned]),
        faces=np.concatenate([thing.faces, thing.faces + len(thing.verts)]).astype(np.int32),
        slot=np.concatenate([thing.slot, thing.slot]),
    )


def test_a_dog_with_a_second_head_on_its_back_is_a_janus_and_one_without_is_not() -> None:
    whole = build(dog(), families()[dog().family])
    one, janus = field_of(whole), field_of(two_faced(whole))
    before, after = judged(one, eye(), "a dog", one), judged(janus, eye(), "a dog", one)
    assert before["repetition"] == pytest.approx(0.0, abs=1e-6)
    assert after["repetition"] > 0.08
    assert "its front repeats on its back" in after["problems"]
    assert after["score"] < before["score"]


def test_a_field_that_has_shrunk_to_a_thread_all_but_vanishes() -> None:
    whole = build(dog(), families()[dog().family])
    thread = field_of(replace(whole, verts=whole.verts * np.array([0.05, 0.05, 0.05])))
    found = judged(thread, eye(), "a dog", field_of(whole))
    assert "it all but vanishes from one side" in found["problems"]
    assert float(shown(thread, around((0.0,))).alpha.mean()) < 0.015


def test_nothing_is_judged_without_a_tower() -> None:
    whole = build(dog(), families()[dog().family])
    assert judged(field_of(whole), None, "a dog", None) == {"score": 0.0}
