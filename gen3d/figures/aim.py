# SPDX-License-Identifier: Apache-2.0
"""How well pictures of a figure show what was asked: the score that searches and choices follow.

For picture features x and text features t the score is the embedding delta x·(t − neutral)
(AvatarCLIP's retrieval, Hong et al. 2022, §3.2.1) plus a share of the log-probability of t against
rival figures at the tower's own temperature, which is the task that the tower was trained on and
hard to fool. Pictures of the whole figure are compared with one text, portraits with another, and
pictures from behind with one that says so where the tower knows such words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn.functional import normalize

from gen3d.figures.asked import Asked
from gen3d.figures.captions import Frame
from gen3d.figures.photo import Look, Posed, Shot, look_of, photograph, pose
from gen3d.figures.stance import USUAL
from gen3d.guidance.consistency import RING, Consistency, consistency
from gen3d.guidance.looking import BACKGROUND
from gen3d.guidance.prompts import Phrasing, Prompt, ViewPrompts, parse_prompts
from gen3d.guidance.towers import Tower
from gen3d.render.studio import StudioLight, default_light, random_light
from gen3d.types import Character
from gen3d.words.vocabulary import table

OWN_WORDS = 0.25
"""Weight of the prompt as it was written, beside its plain form."""
AGAINST = 0.03
"""Weight of the log-probability against rivals."""
RIVALS = 32
SEARCHED = (
    Shot("full", 25.0),
    Shot("full", 200.0),
    Shot("bust", -20.0),
    Shot("face", 15.0),
)
"""Where a search looks from."""
HELD_OUT = (
    *(Shot("full", -40.0, 12.0), Shot("full", 60.0, 2.0), Shot("full", 155.0, 9.0)),
    *(Shot("bust", 35.0, 3.0), Shot("bust", 140.0, 8.0), Shot("face", -30.0, 10.0)),
)
"""Where nothing looked from before, for the decision whether anything was gained."""
HELD_OUT_LIGHT = 77
_PLAIN = Phrasing(
    front="{}", side="{}", back="{}", overhead="{}", textureless="a grey {}", neutral="a person"
)
_FULL = Phrasing(
    front="{}, front view",
    side="{}, side view",
    back="{} seen from behind",
    overhead="{}, seen from above",
    neutral="a 3D model of a person",
)
_NEAR = Phrasing(
    front="the face of {}",
    side="the face of {} in profile",
    back="the back of the head of {}",
    overhead="the head of {}, seen from above",
    neutral="the face of a person",
)


@dataclass(frozen=True)
class Target:
    """Texts for one kind of pictures, in the tower's space."""

    wanted: Float[Tensor, "features"]
    neutral: Float[Tensor, "features"]
    rivals: Float[Tensor, "rivals features"]


@dataclass(frozen=True)
class Aim:
    """A tower and what it was told."""

    tower: Tower
    whole: Target
    near: Target

    def features(self, pictures: UInt8[np.ndarray, "n size size 4"]) -> Float[Tensor, "n f"]:
        """Unit features of cut-out pictures on a plain ground."""
        return seen_by(self.tower, pictures)

    def score(self, seen: Float[Tensor, "n features"], shots: Sequence[Shot]) -> float:
        """How well pictures from some places fit; more is better."""
        frames = ["full" if shot.frame == "full" else "near" for shot in shots]
        return float(
            np.mean([self._one(x, frame) for x, frame in zip(seen, frames, strict=True)])
        )

    def _one(self, seen: Float[Tensor, "features"], frame: str) -> float:
        target = self.whole if frame == "full" else self.near
        own, rest = seen @ target.wanted, seen @ target.rivals.T
        logits = self.tower.scale * torch.cat([own[None], rest])
        sure = torch.log_softmax(logits, dim=0)[0]
        return float(own - seen @ target.neutral + AGAINST * sure)


def aim_at(asked: Asked, tower: Tower) -> Aim:
    """Put a prompt's demands into a tower's space."""
    return Aim(tower, _target(asked, tower, "full"), _target(asked, tower, "near"))


@torch.no_grad()
def _target(asked: Asked, tower: Tower, frame: Frame) -> Target:
    prompts = told(asked, tower, frame)
    weights = torch.tensor([p.weight for p in prompts.wanted])
    texts = [prompts.phrasing.front.format(p.text) for p in prompts.wanted]
    read = tower.read(texts).cpu()
    wanted = normalize((weights[:, None] * read).sum(0), dim=0)
    neutral = tower.read([prompts.phrasing.neutral])[0].cpu()
    rivals = tower.read([prompts.phrasing.front.format(r) for r in prompts.rivals]).cpu()
    return Target(wanted, neutral, rivals)


def told(asked: Asked, tower: Tower, frame: Frame, negative: str = "") -> ViewPrompts:
    """What a tower is told; own towers read plain forms, published ones the user's words."""
    unwanted = parse_prompts(negative)
    if not tower.own:
        phrasing = _FULL if frame == "full" else _NEAR
        return ViewPrompts(parse_prompts(asked.prompt), unwanted, phrasing, rivals_of(asked))
    wanted = (Prompt(asked.text(frame), 1.0), Prompt(asked.prompt, OWN_WORDS))
    return ViewPrompts(wanted, unwanted, _PLAIN, rivals_of(asked))


def rivals_of(asked: Asked) -> tuple[str, ...]:
    """Other figures: archetypes that the plain form does not name, drawn once for all."""
    names = np.random.default_rng(0).permutation(sorted(table("archetypes")))
    texts = [f"a {name}" for name in names if name not in asked.whole]
    return tuple(texts[:RIVALS])


def seen_by(tower: Tower, pictures: UInt8[np.ndarray, "n size size 4"]) -> Float[Tensor, "n f"]:
    """Unit features of cut-out pictures on a plain ground."""
    straight = torch.from_numpy(pictures).float() / 255.0
    alpha = straight[..., 3:]
    over = alpha * straight[..., :3] + (1.0 - alpha) * BACKGROUND
    with torch.no_grad():
        return tower.see(over.permute(0, 3, 1, 2)).cpu()


@dataclass(frozen=True)
class Sitter:
    """A finished character in a stance, to be photographed."""

    posed: Posed
    looks: tuple[Look | None, ...]


def sitter(character: Character, stance: str = USUAL) -> Sitter:
    """Get a character ready for pictures of what its file shows."""
    posed = pose(character.parts, character.skeleton, stance)
    return Sitter(posed, tuple(look_of(part.material) for part in character.parts))


def held_out_score(aim: Aim, who: Sitter) -> float:
    """The score from places and in light that no search and no fit has used."""
    light = random_light(len(HELD_OUT), torch.Generator().manual_seed(HELD_OUT_LIGHT))
    return score_of(aim, who, HELD_OUT, light)


def score_of(
    aim: Aim, who: Sitter, shots: Sequence[Shot] = SEARCHED, light: StudioLight | None = None
) -> float:
    """The score of a figure from some places."""
    pictures = photograph(who.posed, who.looks, shots, aim.tower.lens.size_px[0], light)
    return aim.score(aim.features(pictures), shots)


def ring_of(aim: Aim, who: Sitter, draft: Float[Tensor, "ring f"] | None = None) -> Consistency:
    """Whether it is one figure from all sides (:mod:`gen3d.guidance.consistency`)."""
    pictures = ring_pictures(aim.tower, who)
    cover = torch.from_numpy((pictures[..., 3] / 255.0).mean(axis=(1, 2)))
    return consistency(aim.features(pictures), aim.whole.wanted, cover, draft)


def ring_features(aim: Aim, who: Sitter) -> Float[Tensor, "ring f"]:
    """What the tower sees from all round."""
    return aim.features(ring_pictures(aim.tower, who))


def ring_pictures(tower: Tower, who: Sitter) -> UInt8[np.ndarray, "ring size size 4"]:
    """Pictures from all round."""
    shots = [Shot("full", 360.0 * k / RING) for k in range(RING)]
    return photograph(who.posed, who.looks, shots, tower.lens.size_px[0], default_light(RING))
