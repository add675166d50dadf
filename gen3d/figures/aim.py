# SPDX-License-Identifier: Apache-2.0
"""How well pictures of a figure show what was asked: the score that searches and choices follow.

For picture features x and text features t the score is the embedding delta x·(t − neutral)
(AvatarCLIP's retrieval, Hong et al. 2022, §3.2.1) plus a share of the log-probability of t against
rival figures at the tower's own temperature, which is the task that the tower was trained on and
hard to fool. Pictures of the whole figure are compared with one text, portraits with another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn.functional import normalize

from gen3d.figures.captions import Frame
from gen3d.figures.photo import ATLAS_PX, SIDE_PX, Look, Posed, Shot, look_of, photograph, pose
from gen3d.figures.reader import Asked
from gen3d.figures.stance import USUAL
from gen3d.guidance.consistency import RING, Consistency, consistency
from gen3d.guidance.looking import BACKGROUND
from gen3d.guidance.towers import Tower
from gen3d.render.studio import StudioLight, random_light
from gen3d.types import Character
from gen3d.words.vocabulary import table

OWN_WORDS = 0.25
"""Weight of the prompt as it was written, beside its plain form."""
AGAINST = 0.03
"""Weight of the log-probability against rivals."""
RIVALS = 32
SEARCHED = (Shot("full", 25.0), Shot("full", 200.0), Shot("bust", -20.0), Shot("face", 15.0))
"""Where a search looks from."""
HELD_OUT = (
    *(Shot("full", -40.0, 12.0), Shot("full", 60.0, 2.0), Shot("full", 155.0, 9.0)),
    *(Shot("bust", 35.0, 3.0), Shot("bust", 140.0, 8.0), Shot("face", -30.0, 10.0)),
)
"""Where nothing looked from before, for the decision whether anything was gained."""
HELD_OUT_LIGHT = 77
PUBLISHED = {"full": "a 3D model of {}, full body", "near": "the face of {}, a 3D model"}
"""What towers are told that learned from photographs and their captions."""


NOISIER = 1.5
"""Most that the total variation of pictures may grow by under guidance: beyond lies patchwork."""
_SEEN_PX = 160


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

    def score(self, pictures: UInt8[np.ndarray, "n size size 4"], shots: Sequence[Shot]) -> float:
        """How well pictures from some places fit; more is better."""
        return self.liked(seen_by(self.tower, pictures), shots)

    def liked(self, seen: Float[Tensor, "n features"], shots: Sequence[Shot]) -> float:
        """The same from the tower's features of the pictures."""
        return float(np.mean([self._one(x, s) for x, s in zip(seen, shots, strict=True)]))

    def _one(self, seen: Float[Tensor, "features"], shot: Shot) -> float:
        target = self.whole if shot.frame == "full" else self.near
        own = seen @ target.wanted
        logits = self.tower.scale * torch.cat([own[None], seen @ target.rivals.T])
        sure = torch.log_softmax(logits, dim=0)[0]
        return float(own - seen @ target.neutral + AGAINST * sure)


@dataclass(frozen=True)
class Sitter:
    """A figure in a stance, to be photographed."""

    posed: Posed
    looks: tuple[Look | None, ...]
    owners: tuple[str, ...]
    """Of each part: a garment's kind, hair, skin and so on."""

    def pictures(
        self, shots: Sequence[Shot], size_px: int, light: StudioLight | None = None
    ) -> UInt8[np.ndarray, "shots size size 4"]:
        """Photographs of it."""
        return photograph(self.posed, self.looks, shots, size_px, light)


def sitter_of(character: Character) -> Sitter:
    """Get a finished character ready for pictures."""
    posed = pose(character.parts, character.skeleton, USUAL)
    side = ATLAS_PX if len(character.parts) == 1 else SIDE_PX
    looks = tuple(look_of(part.material, side) for part in character.parts)
    return Sitter(posed, looks, tuple(part.slot for part in character.parts))


def aim_at(asked: Asked, tower: Tower) -> Aim:
    """Put a prompt's demands into a tower's space."""
    return Aim(tower, _target(asked, tower, "full"), _target(asked, tower, "near"))


@torch.no_grad()
def _target(asked: Asked, tower: Tower, frame: Frame) -> Target:
    """Own towers read the plain form and a little of the prompt, published ones the prompt."""
    frames = "{}" if tower.own else PUBLISHED[frame]
    texts = [asked.text(frame), asked.prompt] if tower.own else [asked.prompt]
    weights = torch.tensor([1.0, OWN_WORDS][: len(texts)])
    read = tower.read([frames.format(text) for text in texts]).cpu()
    wanted = normalize((weights[:, None] * read).sum(0), dim=0)
    neutral = tower.read([frames.format("a person")])[0].cpu()
    rivals = tower.read([frames.format(text) for text in rivals_of(asked)]).cpu()
    return Target(wanted, neutral, rivals)


def rivals_of(asked: Asked) -> list[str]:
    """Other figures: archetypes that the plain form does not name, the same for every prompt."""
    names = np.random.default_rng(0).permutation(sorted(table("archetypes")))
    return [f"a {name}" for name in names if name not in asked.whole][:RIVALS]


@torch.no_grad()
def seen_by(tower: Tower, pictures: UInt8[np.ndarray, "n size size 4"]) -> Float[Tensor, "n f"]:
    """Unit features of cut-out pictures on a plain ground."""
    straight = torch.from_numpy(pictures).float() / 255.0
    alpha = straight[..., 3:]
    over = alpha * straight[..., :3] + (1.0 - alpha) * BACKGROUND
    return tower.see(over.permute(0, 3, 1, 2)).cpu()


def held_out_score(aim: Aim, who: Sitter) -> float:
    """The score from places and in light that no search has used."""
    light = random_light(len(HELD_OUT), torch.Generator().manual_seed(HELD_OUT_LIGHT))
    return aim.score(who.pictures(HELD_OUT, aim.tower.lens.size_px[0], light), HELD_OUT)


def variation_of(who: Sitter) -> float:
    """Mean step between neighbouring pixels of a figure, front and back."""
    pictures = who.pictures((Shot("full", 20.0), Shot("full", 200.0)), _SEEN_PX)
    shown = pictures.astype(np.float32)
    steps: list[np.ndarray] = []
    for axis in (1, 2):
        both = np.minimum(shown[..., 3], np.roll(shown[..., 3], 1, axis)) > 254.0
        step = np.abs(shown - np.roll(shown, 1, axis))[..., :3].sum(axis=-1)
        steps.append(step[both])
    return float(np.concatenate(steps).mean())


def ring_of(aim: Aim, who: Sitter) -> Consistency:
    """Whether it is one figure from all sides (:mod:`gen3d.guidance.consistency`)."""
    shots = [Shot("full", 360.0 * k / RING) for k in range(RING)]
    pictures = who.pictures(shots, aim.tower.lens.size_px[0])
    cover = torch.from_numpy((pictures[..., 3] / 255.0).mean(axis=(1, 2)))
    return consistency(seen_by(aim.tower, pictures), aim.whole.wanted, cover)
