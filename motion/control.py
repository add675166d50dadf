# SPDX-License-Identifier: Apache-2.0
"""Different words for different parts of the body and for different times, with any denoiser.

MotionDiffuse (Zhang et al. 2022, arXiv 2208.15001, sec. 3.5) asks the denoiser once a prompt for
its noise ε_i and joins the answers:

- parts: ``ε = Σ ε_i M_i + λ₁ ∇ Σ_ij ‖ε_i − ε_j‖`` with masks M_i over the features;
- times: each prompt sees its own interval alone, its noise is padded with zeros to ε̄_i, and
  ``ε = Σ ε̄_i + λ₂ ∇ Σ_ij ‖ε̄_i − ε̄_j‖``.

The paper does not say by what the last term is differentiated. Here it may be by the noisy motion
x_t (*autograd*: adding λ ∇E to a noise moves the sample down E, as classifier guidance does), or by
the noises themselves (*closed*): with ``g_k = ∂E/∂ε_k = 2 Σ_j (ε_k − ε_j) / ‖ε_k − ε_j‖`` each
prompt's noise descends to ``ε_k − λ g_k`` before it is masked. (The sum of all g_k is zero, so an
unmasked term would do nothing.) Norms are over one motion. Both pull the prompts together.

The formula alone lets part prompts leak into each other; :mod:`motion.coupling` bounds that.

Masks may be soft; where they do not sum to 1 an overall prompt fills in, and intervals are faded
over where they meet. What is kept in place (keyframes, root paths, all of the body but a part) is
:class:`motion.diffusion.Known`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from gen3d.errors import Gen3dError
from motion.diffusion import Known
from motion.noise import Denoise, DenoiseAll, NoiseSchedule, from_clean, to_clean

Mode = Literal["closed", "autograd"]
Span = tuple[int, int]
"""First frame, and the frame after the last."""

PULL = 0.01
"""λ₁ and λ₂: small; the paper gives no value."""
_TINY = 1e-12


def several(denoisers: Sequence[Denoise]) -> DenoiseAll:
    """Denoisers of one prompt each, guided as they are, asked one after the other."""

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        return torch.stack([each(x, t) for each in denoisers])

    return denoise


def disagreement(
    noises: Float[Tensor, "prompts batch frames width"],
) -> Float[Tensor, "batch"]:
    """E = Σ_ij ‖ε_i − ε_j‖ over all ordered pairs."""
    return _norms(noises).sum(dim=(0, 1))


def _norms(noises: Tensor) -> Tensor:
    """‖ε_i − ε_j‖, "prompts prompts batch"; the root of zero has no gradient, so it is lifted."""
    apart = (noises[:, None] - noises[None]).flatten(3).square().sum(dim=3)
    return torch.where(apart > _TINY, apart.clamp(min=_TINY).sqrt(), torch.zeros_like(apart))


def pull(
    noises: Float[Tensor, "prompts batch frames width"],
) -> Float[Tensor, "prompts batch frames width"]:
    """∂E/∂ε_k in closed form; noises that are equal do not pull."""
    apart = noises[:, None] - noises[None]
    norms = _norms(noises)
    shares = torch.where(norms > 0, 2.0 / norms.clamp(min=_TINY), torch.zeros_like(norms))
    return torch.einsum("ijb,ijbfw->ibfw", shares, apart)


def parts(
    prompts: DenoiseAll,
    masks: Float[Tensor, "parts width"],
    schedule: NoiseSchedule,
    *,
    strength: float = PULL,
    mode: Mode = "closed",
) -> Denoise:
    """One motion of several prompts, each for its part of the features.

    Args:
        prompts: What each sees; with one prompt more than masks, the last is the overall one,
            which has what the masks leave. :func:`motion.guidance.together` asks in one call.
        masks: Shares of the features, in [0, 1], together at most 1.
        schedule: The denoiser's.
        strength: λ₁.
        mode: What the last term is differentiated by; autograd keeps the network's activations.

    Returns:
        A denoiser, which may itself be one of several prompts.

    Raises:
        Gen3dError: The masks overlap to more than 1.
    """
    left = 1.0 - masks.sum(dim=0)
    if float(left.min()) < -1e-4 or float(masks.min()) < 0.0:
        raise Gen3dError("Parts of the body overlap.", "Give each feature to one part.")

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        def read(point: Tensor) -> Tensor:
            seen = prompts(point, t)
            return torch.stack([from_clean(schedule, "noise", c, point, t) for c in seen])

        noises, slope = _pulled(read, disagreement, pull, x, strength, mode)
        shares = masks.to(noises)
        if len(noises) == len(masks) + 1:
            shares = torch.cat([shares, left.clamp(min=0.0).to(noises)[None]])
        if len(noises) != len(shares):
            raise Gen3dError(
                f"{len(noises)} prompts do not fit {len(masks)} parts.",
                "Give one prompt a part, and at most one for the rest.",
            )
        joined = torch.einsum("pbfw,pw->bfw", noises, shares) + slope
        return to_clean(schedule, "noise", joined, x, t)

    return denoise


def _pulled(
    read: Callable[[Tensor], Tensor],
    energy: Callable[[Tensor], Tensor],
    gradient: Callable[[Tensor], Tensor],
    x: Tensor,
    strength: float,
    mode: Mode,
) -> tuple[Tensor, Tensor | float]:
    """The prompts' noises (closed: already pulled together), and what is added to their sum."""
    if strength == 0.0 or mode == "closed":
        noises = read(x)
        return noises - strength * gradient(noises) if strength else noises, 0.0
    with torch.enable_grad():
        point = x.detach().requires_grad_()
        noises = read(point)
        (slope,) = torch.autograd.grad(energy(noises).sum(), point)
    return noises.detach(), strength * slope


def intervals(
    prompts: Sequence[Denoise],
    spans: Sequence[Span],
    schedule: NoiseSchedule,
    *,
    overlap: int = 0,
    strength: float = PULL,
    mode: Mode = "closed",
    overall: Denoise | None = None,
    padded: bool = False,
) -> Denoise:
    """One motion of several prompts, one after the other.

    Args:
        prompts: Each is asked for its own frames alone, :func:`widened`.
        spans: Of the prompts, in order of time.
        schedule: The denoiser's.
        overlap: Frames by which neighbours reach into each other, over which they fade.
        strength: λ₂.
        mode: What the last term is differentiated by.
        overall: Has the frames that no span covers.
        padded: Take the paper's letter and pull whole noises, padded with zeros, together, which
            pulls every noise towards zero outside its neighbours; by default only frames that two
            prompts share pull.

    Raises:
        Gen3dError: Spans are empty or do not follow each other.
    """
    _check(spans)

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        wide = widened(spans, overlap, x.shape[1])
        pairs = _pairs(wide, x.shape[1], padded=padded)
        shares = fades(spans, overlap, x.shape[1]).to(x)
        left = 1.0 - shares.sum(dim=0)

        noises, slope = _pulled(
            partial(_padded, prompts, wide, schedule, t),
            partial(_time_energy, pairs),
            partial(_time_pull, pairs, wide),
            x,
            strength,
            mode,
        )
        joined = torch.einsum("pbfw,pf->bfw", noises, shares) + slope
        if float(left.max()) > 1e-6:
            joined = joined + left[:, None] * _rest(overall, schedule, x, t)
        return to_clean(schedule, "noise", joined, x, t)

    return denoise


def _padded(
    prompts: Sequence[Denoise],
    wide: Sequence[Span],
    schedule: NoiseSchedule,
    t: Tensor,
    x: Tensor,
) -> Tensor:
    """ε̄: the noise that each prompt sees in its own frames, zero elsewhere."""
    rows: list[Tensor] = []
    for prompt, (start, stop) in zip(prompts, wide, strict=True):
        own = x[:, start:stop]
        seen = from_clean(schedule, "noise", prompt(own, t), own, t)
        rows.append(nn.functional.pad(seen, (0, 0, start, x.shape[1] - stop)))
    return torch.stack(rows)


def _rest(overall: Denoise | None, schedule: NoiseSchedule, x: Tensor, t: Tensor) -> Tensor:
    if overall is None:
        raise Gen3dError(
            "No prompt covers some of the frames.", "Give an overall prompt, or longer ones."
        )
    return from_clean(schedule, "noise", overall(x, t), x, t)


def _check(spans: Sequence[Span]) -> None:
    edges = [edge for span in spans for edge in span]
    hollow = any(stop <= start for start, stop in spans)
    if not spans or hollow or edges != sorted(edges) or edges[0] < 0:
        raise Gen3dError(
            f"The times {list(spans)[:4]} of the prompts do not follow each other.",
            "Give them in order, none empty, none inside another.",
        )


def _pairs(wide: Sequence[Span], frames: int, *, padded: bool) -> list[tuple[int, int, slice]]:
    """Ordered pairs of prompts, and the frames in which they are compared."""
    found: list[tuple[int, int, slice]] = []
    for i, (start, stop) in enumerate(wide):
        for j, (other, last) in enumerate(wide):
            low, high = (0, frames) if padded else (max(start, other), min(stop, last))
            if i != j and low < high:
                found.append((i, j, slice(low, high)))
    return found


def _time_energy(pairs: Sequence[tuple[int, int, slice]], noises: Tensor) -> Tensor:
    """Σ_ij ‖ε̄_i − ε̄_j‖ over the frames compared."""
    total = noises.new_zeros(noises.shape[1])
    for i, j, place in pairs:
        total = total + _norms(noises[[i, j], :, place])[0, 1]
    return total


def _time_pull(
    pairs: Sequence[tuple[int, int, slice]], wide: Sequence[Span], noises: Tensor
) -> Tensor:
    """Closed-form gradient of :func:`_time_energy`; the padding stays zero."""
    total = torch.zeros_like(noises)
    for i, j, place in pairs:
        total[i, :, place] += pull(noises[[i, j], :, place])[0]
    for row, (start, stop) in enumerate(wide):
        total[row, :, :start] = 0.0
        total[row, :, stop:] = 0.0
    return total


def widened(spans: Sequence[Span], overlap: int, frames: int) -> list[Span]:
    """Spans that reach into neighbours by half the overlap, where they touch."""
    half = overlap // 2
    return [
        (
            max(start - half * _meets(spans, row, -1), 0),
            min(stop + half * _meets(spans, row, 1), frames),
        )
        for row, (start, stop) in enumerate(spans)
    ]


def _meets(spans: Sequence[Span], row: int, side: int) -> bool:
    """Whether a span touches the one before (-1) or after (1) it."""
    if not 0 <= row + side < len(spans):
        return False
    return spans[row][side > 0] == spans[row + side][side < 0]


def fades(spans: Sequence[Span], overlap: int, frames: int) -> Float[Tensor, "prompts frames"]:
    """Share of each prompt in each frame: smooth ramps, which sum to 1 where spans touch."""
    place = torch.arange(frames, dtype=torch.float64) + 0.5
    rows: list[Tensor] = []
    for row, (start, stop) in enumerate(spans):
        rise = _ramp(place, start, overlap // 2 * _meets(spans, row, -1))
        rows.append(rise - _ramp(place, stop, overlap // 2 * _meets(spans, row, 1)))
    return torch.stack(rows).clamp(min=0.0).float()


def _ramp(place: Tensor, edge: int, half: int) -> Tensor:
    """0 before an edge and 1 after it, by a smooth step that reaches so far on both sides."""
    u = ((place - edge) / max(2.0 * half, 1e-3) + 0.5).clamp(0.0, 1.0)
    return u * u * (3.0 - 2.0 * u)


def feathered(
    shares: Float[Tensor, "parts joints"], parents: Sequence[int], amount: float = 0.25
) -> Float[Tensor, "parts joints"]:
    """Shares of joints that give some to the parts of their neighbours along the bones.

    Args:
        shares: Of each part in each joint; those of a joint sum to at most 1, and still do.
        parents: Of the joints, -1 for the root.
        amount: What a joint takes from its neighbours' mean.
    """
    joints = len(parents)
    near = torch.zeros(joints, joints, dtype=shares.dtype)
    for joint, parent in enumerate(parents):
        if parent >= 0:
            near[joint, parent] = near[parent, joint] = 1.0
    mean = shares @ (near / near.sum(dim=0).clamp(min=1.0))
    return (1.0 - amount) * shares + amount * mean


def spread(
    shares: Float[Tensor, "parts joints"], joint_of: Int[Tensor, "width"]
) -> Float[Tensor, "parts width"]:
    """Masks over features, from the joint that each feature is of."""
    return shares[:, joint_of]


def overlay(motion: Float[Tensor, "batch frames width"], mask: Float[Tensor, "width"]) -> Known:
    """Keeps a finished motion but for a part, which is then made to fit it: no leakage at all.

    Args:
        motion: Normalised features.
        mask: 1 for the features of the part that is made anew.
    """
    return Known(motion, (1.0 - mask).to(motion).expand_as(motion))


def leakage(
    base: Float[np.ndarray, "frames width"],
    parted: Float[np.ndarray, "frames width"],
    whole: Float[np.ndarray, "frames width"],
    outside: Float[np.ndarray, "width"],
) -> float:
    """How much of a part's prompt is seen outside the part, as a share of what it could do there.

    Args:
        base: Without the prompt.
        parted: With the prompt for its part, from the same noise.
        whole: With the prompt for everything, from the same noise.
        outside: 1 for features that are not of the part.
    """
    moved = np.sqrt(np.sum(np.square((parted - base) * outside)))
    could = np.sqrt(np.sum(np.square((whole - base) * outside)))
    return float(moved / max(could, _TINY))


def jerk(motion: Float[np.ndarray, "frames *rest"], fps: float) -> Float[np.ndarray, "jerks"]:
    """Size of the third derivative between frames; entry i lies about frame i + 1.5."""
    third = np.diff(motion.reshape(len(motion), -1).astype(np.float64), n=3, axis=0) * fps**3
    return np.linalg.norm(third, axis=1)


def boundary_jerk(
    motion: Float[np.ndarray, "frames *rest"], boundaries: Sequence[int], fps: float, reach: int = 3
) -> float:
    """The highest jerk near a boundary, as a multiple of the motion's own 95th percentile.

    Args:
        motion: Positions or features.
        boundaries: Frames at which prompts or windows change.
        fps: Frames a second.
        reach: Frames on either side that count as near.
    """
    sizes = jerk(motion, fps)
    middles = np.arange(len(sizes)) + 1.5
    near = np.zeros(len(sizes), dtype=bool)
    for boundary in boundaries:
        near |= np.abs(middles - boundary) <= reach
    if not near.any():
        return 0.0
    return float(sizes[near].max() / max(float(np.percentile(sizes, 95)), _TINY))
