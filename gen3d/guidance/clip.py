# SPDX-License-Identifier: Apache-2.0
"""CLIP as guidance: pictures are pulled to what the prompts say, seen from where they were taken.

For picture features x and text features t, both of unit length, the losses are

- ``cosine``: 1 − x·t (Jain et al. 2022, Dream Fields; Hong et al. 2022, AvatarCLIP);
- ``spherical``: half the squared angle between them, whose pull does not fade as slowly near the
  target and does not blow up far from it (the usual choice of CLIP-guided diffusion);
- ``contrast``: cross entropy of t against rival texts at the tower's own temperature, the very
  task it was trained on: what fits every text alike, a pattern that fools it, gains nothing.

Weighted prompts share the loss by their weights. An unwanted phrase pushes only while the picture
is more like it than like a nameless thing. The directional part compares *changes*: of the picture
from a draft, and of the text from the neutral one (Gal et al. 2022, StyleGAN-NADA, eq. 3), which
AvatarCLIP uses to choose bodies. Textureless pictures are compared with what they can show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

from gen3d.guidance.augment import Augment, augmented
from gen3d.guidance.prompts import ViewPrompts, side_weights
from gen3d.guidance.term import Score, Sight, Term, nothing
from gen3d.guidance.towers import Tower
from gen3d.render.studio import Output

Loss = Literal["cosine", "spherical", "contrast"]

_SHORT = 1e-2
"""Length below which a change of features has no direction worth following."""


def _all_but_normals() -> dict[Output, float]:
    return {"shaded": 1.0, "albedo": 1.0, "textureless": 1.0, "normal": 0.0}


@dataclass(frozen=True)
class ClipOptions:
    """How the score is made."""

    loss: Loss = "cosine"
    augment: Augment | None = field(default_factory=Augment)
    copies: int = 2
    """Differently augmented copies of each picture."""
    kinds: Mapping[Output, float] = field(default_factory=_all_but_normals)
    """Factor of the loss for each kind of picture; absent or zero: not looked at."""
    directional: float = 0.0
    """Weight of the directional part."""
    janus: float = 0.0
    """Weight of what pushes each view away from the texts of the other sides."""
    name: str = "clip"
    """In front of the figures' names."""


@dataclass(frozen=True)
class Targets:
    """Texts in one tower's space, for one kind of picture; all of unit length."""

    wanted: Float[Tensor, "prompts 4 features"]
    """From the front, the side, the back and overhead."""
    shares: Float[Tensor, "prompts"]
    """Sum 1."""
    unwanted: Float[Tensor, "negatives features"]
    pushes: Float[Tensor, "negatives"]
    neutral: Float[Tensor, "features"]
    rivals: Float[Tensor, "rivals features"]


def clip_term(
    towers: Tower | Sequence[Tower],
    prompts: ViewPrompts,
    options: ClipOptions | None = None,
    draft: Float[Tensor, "drafts 3 height width"] | None = None,
) -> Term:
    """Guidance by one tower, or the mean over several.

    Args:
        towers: Frozen; texts are read here, once.
        prompts: What should and should not be seen.
        options: How the score is made.
        draft: Pictures from which the directional part measures change; without them it is the
            picture itself that is compared with the direction of the text.
    """
    chosen = options or ClipOptions()
    ensemble = (towers,) if isinstance(towers, Tower) else tuple(towers)
    looked_at: list[Output] = [kind for kind, weight in chosen.kinds.items() if weight != 0.0]
    targets = {
        (i, k): read_targets(t, prompts, k) for i, t in enumerate(ensemble) for k in looked_at
    }
    origins = [_origin(tower, draft) for tower in ensemble]

    def term(sight: Sight, _progress: float, generator: torch.Generator) -> Score:
        if sight.kind not in looked_at:
            return nothing(sight)
        sides = side_weights(sight.views).repeat_interleave(chosen.copies, dim=0)
        total, figures = nothing(sight).loss, dict[str, float]()
        for index, tower in enumerate(ensemble):
            seen = tower.see(_prepared(sight.pictures, chosen, generator))
            judged = _Judged(seen, sides.to(seen), targets[index, sight.kind], tower.scale)
            loss, told = _compare(judged, chosen, origins[index])
            total = total + loss.to(total) / len(ensemble)
            number = f" {index + 1}" if len(ensemble) > 1 else ""
            figures |= {f"{chosen.name}/{sight.kind} {k}{number}": v for k, v in told.items()}
        return Score(chosen.kinds[sight.kind] * total, figures)

    return term


def read_targets(tower: Tower, prompts: ViewPrompts, kind: Output) -> Targets:
    """Put the prompts into a tower's space."""
    wanted = torch.stack([tower.read(prompts.texts(p.text, kind)) for p in prompts.wanted])
    shares = torch.tensor([p.weight for p in prompts.wanted]).to(wanted)
    return Targets(
        wanted,
        shares / shares.sum(),
        _read_all(tower, [p.text for p in prompts.unwanted], wanted),
        torch.tensor([p.weight for p in prompts.unwanted]).to(wanted),
        tower.read([prompts.neutral(kind)])[0],
        _read_all(tower, prompts.rivals, wanted),
    )


def _read_all(tower: Tower, texts: Sequence[str], like: Tensor) -> Tensor:
    return tower.read(texts) if texts else like.new_zeros(0, like.shape[-1])


def _origin(tower: Tower, draft: Tensor | None) -> Tensor | None:
    """The mean features of the draft, from which change is measured."""
    if draft is None:
        return None
    with torch.no_grad():
        return tower.see(draft).mean(0)


def _prepared(pictures: Tensor, options: ClipOptions, generator: torch.Generator) -> Tensor:
    copies = pictures.repeat_interleave(options.copies, dim=0)
    return copies if options.augment is None else augmented(copies, options.augment, generator)


@dataclass(frozen=True)
class _Judged:
    """Pictures and targets in one tower's space."""

    seen: Float[Tensor, "views features"]
    sides: Float[Tensor, "views 4"]
    targets: Targets
    scale: float

    def wanted(self) -> Float[Tensor, "views prompts features"]:
        """The target of each view: its sides' texts, mixed."""
        return normalize(torch.einsum("vs,psf->vpf", self.sides, self.targets.wanted), dim=-1)


def _compare(
    judged: _Judged, options: ClipOptions, origin: Tensor | None
) -> tuple[Tensor, dict[str, float]]:
    """The loss of one tower, and what to tell about it."""
    targets, wanted = judged.targets, judged.wanted()
    similar = torch.einsum("vf,vpf->vp", judged.seen, wanted)
    loss = _distance(judged, similar, options.loss) @ targets.shares
    excess = _excess(judged)
    loss = loss.mean() + (excess * targets.pushes).sum(-1).mean()
    if options.directional:
        loss = loss + options.directional * _against_direction(judged, wanted, origin)
    if options.janus:
        loss = loss + options.janus * _other_sides(judged, similar)
    told = {"similarity": float((similar @ targets.shares).mean().detach())}
    if len(targets.pushes):
        told["unwanted"] = float(excess.mean().detach())
    return loss, told


def _distance(
    judged: _Judged, similar: Float[Tensor, "views prompts"], loss: Loss
) -> Float[Tensor, "views prompts"]:
    if loss == "cosine":
        return 1.0 - similar
    if loss == "spherical":
        return spherical(similar)
    return _contrast(judged, similar)


def spherical(similar: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Half the squared angle of a cosine, 2 asin²(|x − t| / 2), with a finite gradient at zero."""
    chord = (2.0 - 2.0 * similar).clamp(min=1e-8).sqrt()
    return 2.0 * torch.asin((0.5 * chord).clamp(max=1.0 - 1e-6)) ** 2


def _contrast(
    judged: _Judged, similar: Float[Tensor, "views prompts"]
) -> Float[Tensor, "views prompts"]:
    """Cross entropy of each prompt against the neutral text, the unwanted ones and the rivals."""
    targets = judged.targets
    against = torch.cat([targets.neutral[None], targets.unwanted, targets.rivals])
    others = judged.seen @ against.T
    columns: list[Tensor] = []
    for column in similar.unbind(dim=1):
        logits = judged.scale * torch.cat([column[:, None], others], dim=1)
        first = torch.zeros(len(logits), dtype=torch.int64, device=logits.device)
        columns.append(cross_entropy(logits, first, reduction="none"))
    return torch.stack(columns, dim=1)


def _excess(judged: _Judged) -> Float[Tensor, "views negatives"]:
    """By how much pictures are more like the unwanted than like a nameless thing."""
    neutral = (judged.seen @ judged.targets.neutral).detach()
    return (judged.seen @ judged.targets.unwanted.T - neutral[:, None]).clamp(min=0.0)


def _against_direction(
    judged: _Judged, wanted: Float[Tensor, "views prompts features"], origin: Tensor | None
) -> Tensor:
    """1 − the cosine of the picture's change and the text's."""
    change = judged.seen if origin is None else judged.seen - origin
    meant = normalize(wanted - judged.targets.neutral, dim=-1, eps=_SHORT)
    along = torch.einsum("vf,vpf->vp", normalize(change, dim=-1, eps=_SHORT), meant)
    return ((1.0 - along) @ judged.targets.shares).mean()


def _other_sides(judged: _Judged, similar: Float[Tensor, "views prompts"]) -> Tensor:
    """By how much a view is more like another side's text than like its own (Janus faces)."""
    each = torch.einsum("vf,psf->vps", judged.seen, judged.targets.wanted)
    excess = (each - similar[..., None]).clamp(min=0.0) * (1.0 - judged.sides)[:, None]
    return (excess.sum(-1) @ judged.targets.shares).mean()
