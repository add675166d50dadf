# SPDX-License-Identifier: Apache-2.0
"""Laws of the CLIP term in a space of three features that one can calculate in.

The tower here sees a picture's mean colour and reads texts from a table, so that every loss has a
closed form. Real architectures are in ``test_towers.py``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from gen3d.guidance.augment import Augment
from gen3d.guidance.clip import ClipOptions, clip_term, spherical
from gen3d.guidance.lens import Lens
from gen3d.guidance.prompts import Phrasing, ViewPrompts
from gen3d.guidance.term import Sight, Term
from gen3d.guidance.towers import Tower
from gen3d.render.studio import Output
from gen3d.render.views import orbit

WORDS = {
    "red": (1.0, 0.0, 0.0),
    "green": (0.0, 1.0, 0.0),
    "blue": (0.0, 0.0, 1.0),
    "grey": (1.0, 1.0, 1.0),
    "front": (0.2, 0.0, 0.0),
    "back": (0.0, 0.0, 0.4),
}
PHRASING = Phrasing("{} front", "{}", "{} back", "{}", textureless="grey {}", neutral="grey")
PLAIN = ClipOptions(augment=None, copies=1)


class MeanColour(nn.Module):
    def forward(self, pictures: Tensor) -> Tensor:
        return pictures.mean((-2, -1))


def read(texts: Sequence[str]) -> Tensor:
    """The sum of the known words of each text."""
    known = [[WORDS[word] for word in text.split() if word in WORDS] for text in texts]
    return torch.stack([torch.tensor(words).sum(0) for words in known])


def tower(scale: float = 10.0) -> Tower:
    lens = Lens((8, 8), mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
    return Tower("toy", Path("toy"), MeanColour, lens, read, scale, torch.device("cpu"))


def sight(
    colour: tuple[float, float, float], azimuth: float = 90.0, kind: Output = "shaded"
) -> Sight:
    pictures = torch.tensor(colour)[None, :, None, None].expand(1, 3, 8, 8).clone()
    turn, level = torch.tensor([azimuth]), torch.zeros(1)
    views = orbit(turn, level, torch.tensor([3.0]), torch.tensor([40.0]), 8)
    return Sight(pictures.requires_grad_(), views, kind)


def prompts(wanted: str, unwanted: str = "", rivals: Sequence[str] = ()) -> ViewPrompts:
    return ViewPrompts.parse(wanted, unwanted, phrasing=PHRASING, rivals=rivals)


def loss(term: Term, seen: Sight, seed: int = 0) -> float:
    return term(seen, 0.0, torch.Generator().manual_seed(seed)).loss.item()


def cosine(a: Sequence[float], b: Sequence[float]) -> float:
    return float(torch.nn.functional.cosine_similarity(torch.tensor(a), torch.tensor(b), dim=0))


def test_the_cosine_loss_is_one_minus_the_cosine() -> None:
    term = clip_term(tower(), prompts("red"), PLAIN)
    assert loss(term, sight((0.6, 0.8, 0.0))) == pytest.approx(1.0 - 0.6, abs=1e-6)


def test_the_spherical_loss_is_half_the_squared_angle() -> None:
    term = clip_term(tower(), prompts("red"), replace(PLAIN, loss="spherical"))
    angle = math.acos(0.6)
    assert loss(term, sight((0.6, 0.8, 0.0))) == pytest.approx(0.5 * angle**2, rel=1e-4)


def test_the_spherical_loss_has_finite_gradients_everywhere() -> None:
    cosines = torch.linspace(-1.0, 1.0, 41, requires_grad=True)
    spherical(cosines).sum().backward()
    assert cosines.grad is not None
    assert torch.isfinite(cosines.grad).all()
    assert (cosines.grad <= 0.0).all()
    inner = torch.linspace(-0.9, 0.9, 7, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(spherical, (inner,))


def test_the_contrastive_loss_is_the_cross_entropy_against_neutral_unwanted_and_rivals() -> None:
    term = clip_term(
        tower(scale=5.0), prompts("red", "green", ["blue"]), replace(PLAIN, loss="contrast")
    )
    colour = (0.5, 0.1, 0.4)
    logits = 5.0 * torch.tensor(
        [cosine(colour, WORDS[word]) for word in ("red", "grey", "green", "blue")]
    )
    assert loss(term, sight(colour)) == pytest.approx(-float(logits.log_softmax(0)[0]), abs=1e-4)


def test_weighted_prompts_share_the_loss_by_their_weights() -> None:
    colour = (0.3, 0.9, 0.1)
    one, other = (
        loss(clip_term(tower(), prompts(p), PLAIN), sight(colour)) for p in ("red", "green")
    )
    both = loss(clip_term(tower(), prompts("red: 1 | green: 3"), PLAIN), sight(colour))
    assert both == pytest.approx(0.25 * one + 0.75 * other, abs=1e-6)


def test_the_unwanted_pushes_only_what_is_more_like_it_than_like_a_nameless_thing() -> None:
    wanted, both = (clip_term(tower(), prompts("red", text), PLAIN) for text in ("", "green: 2"))
    calm, stained = sight((0.9, 0.1, 0.1)), sight((0.5, 0.9, 0.0))
    assert loss(both, calm) == pytest.approx(loss(wanted, calm), abs=1e-6)
    excess = cosine((0.5, 0.9, 0.0), WORDS["green"]) - cosine((0.5, 0.9, 0.0), WORDS["grey"])
    assert excess > 0.05
    assert loss(both, stained) - loss(wanted, stained) == pytest.approx(2.0 * excess, abs=1e-5)


def test_following_the_gradient_removes_what_is_unwanted() -> None:
    seen = sight((0.5, 0.9, 0.0))
    clip_term(tower(), prompts("red", "green: 2"), PLAIN)(
        seen, 0.0, torch.Generator()
    ).loss.backward()
    assert seen.pictures.grad is not None
    red, green, _ = seen.pictures.grad.sum((0, 2, 3)).tolist()
    assert red < 0.0 < green


@pytest.mark.parametrize("azimuth", [0.0, 37.0, 45.0, 90.0, 120.0, 180.0])
def test_the_target_turns_with_the_camera(azimuth: float) -> None:
    term = clip_term(tower(), prompts("green"), PLAIN)
    colour = (0.3, 0.9, 0.2)
    texts = normalize(read(["green front", "green", "green back"]), dim=-1)
    shares = {0.0: (1, 0, 0), 45.0: (0.5, 0.5, 0), 90.0: (0, 1, 0), 180.0: (0, 0, 1)}
    if azimuth in shares:
        target = torch.tensor(shares[azimuth], dtype=torch.float32) @ texts
        expected = 1.0 - cosine(colour, target.tolist())
        assert loss(term, sight(colour, azimuth)) == pytest.approx(expected, abs=1e-6)
    here, there = (loss(term, sight(colour, azimuth + step)) for step in (0.0, 0.05))
    assert abs(here - there) < 1e-3


def test_a_back_that_looks_like_a_front_is_pushed_and_a_front_is_not() -> None:
    with_push = replace(PLAIN, janus=1.0)
    faces = clip_term(tower(), prompts("green"), PLAIN)
    pushed = clip_term(tower(), prompts("green"), with_push)
    front = (0.2, 1.0, 0.0)
    assert loss(pushed, sight(front, 0.0)) == pytest.approx(
        loss(faces, sight(front, 0.0)), abs=1e-6
    )
    assert loss(pushed, sight(front, 180.0)) > loss(faces, sight(front, 180.0)) + 0.01


def test_textureless_pictures_are_compared_with_what_they_can_show() -> None:
    term = clip_term(tower(), prompts("red"), replace(PLAIN, kinds={"textureless": 0.5}))
    target = (torch.tensor(WORDS["grey"]) + torch.tensor(WORDS["red"])).tolist()
    bare = sight((0.9, 0.8, 0.8), kind="textureless")
    expected = 0.5 * (1.0 - cosine((0.9, 0.8, 0.8), target))
    assert loss(term, bare) == pytest.approx(expected, abs=1e-6)


def test_kinds_that_are_not_looked_at_cost_nothing_and_still_differentiate() -> None:
    seen = sight((0.9, 0.8, 0.8), kind="normal")
    score = clip_term(tower(), prompts("red"), PLAIN)(seen, 0.0, torch.Generator())
    score.loss.backward()
    assert score.loss.item() == 0.0
    assert not score.figures


def test_the_directional_part_compares_the_change_from_the_draft_with_that_of_the_text() -> None:
    options = replace(PLAIN, directional=1.0)
    start = sight((0.5, 0.5, 0.5)).pictures.detach()
    term = clip_term(tower(), prompts("red"), options, draft=start)
    base = clip_term(tower(), prompts("red"), PLAIN)
    moved = normalize(torch.tensor((0.8, 0.3, 0.3)), dim=0) - normalize(torch.ones(3), dim=0)
    meant = torch.tensor(WORDS["red"]) - normalize(torch.ones(3), dim=0)
    expected = 1.0 - cosine(moved.tolist(), meant.tolist())
    seen = sight((0.8, 0.3, 0.3))
    assert loss(term, seen) - loss(base, seen) == pytest.approx(expected, abs=1e-5)


def test_the_directional_part_has_a_bounded_gradient_where_nothing_has_changed_yet() -> None:
    seen = sight((0.5, 0.5, 0.5))
    term = clip_term(
        tower(), prompts("red"), replace(PLAIN, directional=1.0), draft=seen.pictures.detach()
    )
    term(seen, 0.0, torch.Generator()).loss.backward()
    assert seen.pictures.grad is not None
    assert seen.pictures.grad.abs().sum() < 1000.0
    assert torch.isfinite(seen.pictures.grad).all()


def test_an_ensemble_is_the_mean_of_its_towers() -> None:
    swapped = replace(tower(), text=lambda texts: read(texts).flip(-1))
    both = clip_term([tower(), swapped], prompts("red"), PLAIN)
    seen = sight((0.9, 0.3, 0.2))
    parts = [loss(clip_term(t, prompts("red"), PLAIN), seen) for t in (tower(), swapped)]
    assert loss(both, seen) == pytest.approx(sum(parts) / 2.0, abs=1e-6)
    assert len(both(seen, 0.0, torch.Generator()).figures) == 2


def test_augmented_scores_repeat_with_the_seed_and_vary_without() -> None:
    term = clip_term(tower(), prompts("red"), ClipOptions(augment=Augment(), copies=3))
    seen = sight((0.6, 0.4, 0.3))
    assert loss(term, seen, 1) == loss(term, seen, 1)
    assert loss(term, seen, 1) != loss(term, seen, 2)


def test_copies_of_several_views_keep_their_own_sides() -> None:
    term = clip_term(tower(), prompts("green"), replace(PLAIN, copies=3))
    front, back = sight((0.2, 1.0, 0.0), 0.0), sight((0.0, 0.9, 0.4), 180.0)
    views = orbit(
        torch.tensor([0.0, 180.0]), torch.zeros(2), torch.full((2,), 3.0), torch.full((2,), 40.0), 8
    )
    both = Sight(torch.cat([front.pictures, back.pictures]), views)
    assert loss(term, both) == pytest.approx((loss(term, front) + loss(term, back)) / 2.0, abs=1e-6)
    swapped = Sight(both.pictures.flip(0), views)
    assert loss(term, swapped) > loss(term, both) + 0.01


def test_fitting_pixels_to_a_prompt_under_augmentation_gives_its_colour() -> None:
    generator = torch.Generator().manual_seed(0)
    seen = sight((0.5, 0.5, 0.5))
    pictures = seen.pictures.detach().clone().requires_grad_()
    optimiser = torch.optim.Adam([pictures], lr=0.05)
    term = clip_term(tower(), prompts("red"), ClipOptions())
    for _ in range(40):
        optimiser.zero_grad()
        term(replace(seen, pictures=pictures), 0.0, generator).loss.backward()
        optimiser.step()
        with torch.no_grad():
            pictures.clamp_(0.0, 1.0)
    red, green, blue = pictures.mean((0, 2, 3)).tolist()
    assert red > 0.85
    assert max(green, blue) < 0.2
