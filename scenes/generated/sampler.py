# SPDX-License-Identifier: Apache-2.0
"""Text → panorama with any diffusion model that :mod:`gen3d.guidance.diffusion` reads.

Deterministic sampling (DDIM, Song et al. 2021, arXiv 2010.02502, eq. 12, η = 0), guided by the
text without a classifier. Three things make a panorama of it: the networks see the ring
(:mod:`scenes.generated.wrap`); the map is turned by a random angle before each step, so that
strided layers, whose cells begin somewhere, begin somewhere else each time; and each step's
estimate of the clean map is held to the sphere's band limit near the poles
(:mod:`scenes.generated.poles`), while there is still noise for the network to fit the rest to it.
Each can be left out, to see what it does.

A panorama may be given to begin with (SDEdit, Meng et al. 2022, arXiv 2108.01073), or a part that
is known: at each step it is put in with fresh noise, and noisy steps are done again so that the
rest gets to know of it (RePaint, Lugmayr et al. 2022, arXiv 2201.09865, sec. 4.2).
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as fn

from gen3d.guidance.diffusion import UNetDenoiser
from gen3d.guidance.noise import TINY, diffuse
from gen3d.progress import OnStep, silent
from scenes.generated.poles import band_limited
from scenes.generated.wrap import around, wrapped

_LEAST_SIGNAL = 1e-3
"""Share of the clean map from which sampling starts: with less a prediction of noise tells nothing
of it."""
_MARGIN = 8
"""Columns of latents around a picture that is encoded: some encoders pad outside convolutions."""
_AGAIN = 2
"""How often a noisy step is done where a part is known."""
_NOISY = 0.4
"""Share of the steps, the last ones, that are done once in any case."""
PANORAMA = ", 360 degree equirectangular panorama"
"""What models of plain pictures are told; those of panoramas know."""


@dataclass(frozen=True)
class Manner:
    """How to sample."""

    steps: int = 30
    guidance: float = 3.0
    """Of the text over no text; 1: none."""
    wrap: bool = True
    roll: bool = True
    poles: bool = True


@dataclass(frozen=True)
class Given:
    """What is there already: pictures of the model's size, in [0, 1]."""

    picture: Float[Tensor, "3 height width"]
    strength: float = 1.0
    """How far from it: 0 as it is, 1 anything. Without ``known``."""
    known: Float[Tensor, "height width"] | None = None
    """1 where the picture holds."""


def size_of(model: UNetDenoiser) -> tuple[int, int]:
    """Rows and columns of the latents of a panorama by this model.

    A model that was trained on panoramas says so by its size; others get their height, doubled.
    """
    side, grain = model.unet.config.sample_size or 64, grain_of(model)
    rows = int(side if isinstance(side, int) else min(side))
    rows = max(round(rows / grain), 1) * grain
    return rows, 2 * rows


def grain_of(model: UNetDenoiser) -> int:
    """Columns of the latents that one column of the coarsest level covers."""
    return 2 ** (len(model.unet.config.block_out_channels) - 1)


def knows_panoramas(model: UNetDenoiser) -> bool:
    """Whether the model was trained on pictures twice as wide as high."""
    side = model.unet.config.sample_size
    return not isinstance(side, int | None) and int(side[1]) == 2 * int(side[0])


@torch.no_grad()
def sample(
    model: UNetDenoiser,
    text: str,
    seed: int,
    manner: Manner | None = None,
    given: Given | None = None,
    on_step: OnStep = silent,
    noise: Tensor | None = None,
) -> Float[Tensor, "3 height width"]:
    """Make a panorama.

    Args:
        model: Any.
        text: What it shows.
        seed: Of all noise.
        manner: How.
        given: What is there already.
        on_step: Told after each step.
        noise: To begin with, instead of the seed's.

    Returns:
        In [0, 1].
    """
    manner = manner or Manner()
    networks = (model.unet, model.space.autoencoder)
    with wrapped(*networks) if manner.wrap else nullcontext():
        run = _Sampling(model, text, seed, manner, given)
        picture = model.decode(run.latents(noise, on_step))[0]
    picture = picture.clamp(0.0, 1.0)
    if manner.poles:
        picture = band_limited(picture, float(model.space.factor)).clamp(0.0, 1.0)
    return picture.cpu()


class _Sampling:
    """One panorama being made."""

    def __init__(
        self, model: UNetDenoiser, text: str, seed: int, manner: Manner, given: Given | None
    ) -> None:
        self.model, self.manner, self.given = model, manner, given
        self.chance = torch.Generator().manual_seed(seed)
        self.device = next(iter(model.unet.parameters())).device
        said = text if knows_panoramas(model) else text + PANORAMA
        self.words = model.embed([said, ""])
        self.rows, self.columns = size_of(model)
        self.clean = None if given is None else self._encoded(given.picture)
        self.known = None if given is None else self._known(given.known)

    def latents(self, noise: Tensor | None, on_step: OnStep) -> Tensor:
        """The clean map of the panorama."""
        steps = self._steps()
        start = self._noise() if noise is None else noise.to(self.device)
        first = torch.tensor([steps[0]])
        x = start
        if self.clean is not None and self.known is None:
            x = diffuse(self.model.levels, self.clean, start, first.to(self.device))
        for number, (here, there) in enumerate(zip(steps, [*steps[1:], None], strict=True)):
            again = self.known is not None and number < (1.0 - _NOISY) * len(steps)
            for left in reversed(range(_AGAIN if again else 1)):
                x = self._step(self._with_known(x, here), here, there)
                if left and there is not None:
                    x = self._noisier(x, there, here)
            on_step(number + 1, len(steps))
        return self._with_known(x, None)

    def _steps(self) -> list[int]:
        """Noise levels, falling evenly from the first to the one before none."""
        signal = self.model.levels.alphas_cumprod.sqrt()
        last = int((signal >= _LEAST_SIGNAL).nonzero().max())
        strength = 1.0
        if self.given is not None and self.given.known is None:
            strength = self.given.strength
        count = max(round(strength * self.manner.steps), 1)
        return [round(last * strength * (1.0 - i / count)) for i in range(count)]

    def _step(self, x: Tensor, here: int, there: int | None) -> Tensor:
        """From one noise level to a lower one; ``None`` is no noise."""
        levels, time = self.model.levels, torch.tensor([here], device=self.device)
        epsilon = self._epsilon(x, time)
        signal, sigma = levels.signal(time), levels.sigma(time)
        clean = (x - sigma * epsilon) / signal.clamp(min=TINY)
        if self.model.space.autoencoder is None:
            clean = clean.clamp(-1.0, 1.0)
        if self.manner.poles:
            clean = band_limited(clean)
        if there is None:
            return clean
        return diffuse(levels, clean, epsilon, torch.tensor([there], device=self.device))

    def _epsilon(self, x: Tensor, time: Tensor) -> Tensor:
        """The noise in a map, seen from a random side."""
        turn = 0
        if self.manner.roll:
            turn = int(torch.randint(self.columns, (1,), generator=self.chance))
        seen, scale = x.roll(turn, dims=-1), self.manner.guidance
        if scale == 1.0:
            found = self.model.epsilon(seen, time, self.words[:1])
        else:
            told, untold = self.model.epsilon(
                seen.expand(2, -1, -1, -1), time.expand(2), self.words
            ).chunk(2)
            found = untold + scale * (told - untold)
        return found.roll(-turn, dims=-1)

    def _with_known(self, x: Tensor, here: int | None) -> Tensor:
        """A map whose known part is what it is at this noise level."""
        if self.known is None or self.clean is None:
            return x
        part = self.clean
        if here is not None:
            time = torch.tensor([here], device=self.device)
            part = diffuse(self.model.levels, part, self._noise(), time)
        return self.known * part + (1.0 - self.known) * x

    def _noisier(self, x: Tensor, low: int, high: int) -> Tensor:
        """Back from a noise level to a higher one, with fresh noise."""
        alphas = self.model.levels.alphas_cumprod
        kept = float(alphas[high] / alphas[low])
        return kept**0.5 * x + (1.0 - kept) ** 0.5 * self._noise()

    def _noise(self) -> Tensor:
        shape = (1, int(self.model.unet.config.in_channels), self.rows, self.columns)
        return torch.randn(shape, generator=self.chance).to(self.device)

    def _encoded(self, picture: Tensor) -> Tensor:
        factor = self.model.space.factor
        wide = around(picture[None].to(self.device), _MARGIN * factor)
        return self.model.space.encode(wide)[..., _MARGIN:-_MARGIN]

    def _known(self, known: Tensor | None) -> Tensor | None:
        """Cells all of whose pixels are known."""
        if known is None:
            return None
        unknown = fn.max_pool2d(1.0 - known[None, None], self.model.space.factor)
        return (1.0 - unknown).round().to(self.device)
