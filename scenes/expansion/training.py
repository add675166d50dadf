# SPDX-License-Identifier: Apache-2.0
"""The training of the network: random cameras look at drawn panoramas, it gives the light back.

The loss is the distance of logarithms, clipped pixels counting more, the distance of the
logarithms of illuminance on six axes (what a lit character sees), whether the sun is there, and the
absolute scale.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor
from torch.nn import functional as fn

from gen3d import panorama
from gen3d.loop import Loss, Plan, train
from gen3d.progress import OnStep, silent
from gen3d.training.recipes import save_halves, with_steps
from scenes.expansion.camera import photograph, random_camera
from scenes.expansion.corpus import Panoramas, load_panoramas
from scenes.expansion.expand import WEIGHTS
from scenes.expansion.metrics import AXES
from scenes.expansion.network import CLIPPED, Expander
from scenes.lighting import picture_exposure
from scenes.sun import disc_pixels, even_disc

PLAN = Plan(steps=5000, learning_rate=2.5e-3, seed=51, warmup=100, mean_decay=0.998)
BATCH = 4
_CLIPPED_WEIGHT, _AXES_WEIGHT, _SUN_WEIGHT, _UNIT_WEIGHT = 3.0, 0.5, 0.2, 0.03
_RANGE = (-7.0, 9.0)
"""Natural logarithms of light, the picture's white being 0, beyond which nothing is asked for."""
_LUMINANCE = (0.2126, 0.7152, 0.0722)


@dataclass(frozen=True)
class Batch:
    """Pictures and what they are of."""

    code: Float[Tensor, "batch 3 height width"]
    light: Float[Tensor, "batch 3 height width"]
    """Natural logarithm, the exposure's unit, without the sun's disc."""
    sun: Float[Tensor, "batch"]
    """1 where the disc is to be seen."""
    unit: Float[Tensor, "batch"]
    """Natural logarithm of the cd/m^2 of a linear value of 1."""


def train_expander(
    data: Path, folder: Path, steps: int | None = None, on_step: OnStep = silent
) -> Path:
    """Train the network on a set of panoramas.

    Args:
        data: The set's folder.
        folder: For checkpoint, log and result.
        steps: Instead of the recipe's.
        on_step: Told after each step.

    Returns:
        The folder of the result.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(PLAN.seed)
        model = Expander()
    loss = loss_of(model, subjects_of(load_panoramas(data)))
    mean = train(model, loss, with_steps(PLAN, steps), folder, on_step)
    made = folder / "model"
    made.mkdir(parents=True, exist_ok=True)
    save_halves(mean, made / WEIGHTS)
    return made


@dataclass(frozen=True)
class Subject:
    """A panorama ready to be photographed."""

    light: Float32[np.ndarray, "height width 3"]
    """Natural logarithm of cd/m^2, without the sun's disc."""
    where: Int64[np.ndarray, "pixels"]
    disc: Float[np.ndarray, "pixels 3"]
    """Pixels that the disc touches and what it adds to them; none where there is no sun."""
    exposure: float
    """Of a pleasant picture."""


def subjects_of(panoramas: Panoramas) -> list[Subject]:
    """What does not change from step to step."""
    drawn = zip(panoramas.light, panoramas.sun_direction, panoramas.sun_lux, strict=True)
    return [_subject(*each) for each in drawn]


def _subject(light: np.ndarray, direction: np.ndarray, lux: np.ndarray) -> Subject:
    where, disc = np.zeros(0, np.int64), np.zeros((0, 3))
    if lux.any():
        where, disc = disc_pixels(even_disc(direction, lux), len(light))
    return Subject(light, where, disc, 2.0 ** picture_exposure(np.exp(light)))


def loss_of(model: Expander, subjects: Sequence[Subject]) -> Loss:
    """What a step makes small."""
    height = subjects[0].light.shape[0]
    weight = torch.tensor(panorama.pixel_solid_angles(height), dtype=torch.float32)
    weight = (weight / weight.mean())[None, None, :, None]
    axes = _axes(height)

    def loss(_: int, chance: torch.Generator) -> Mapping[str, Tensor]:
        rng = np.random.default_rng(int(torch.randint(2**62, (1,), generator=chance)))
        batch = draw_batch(subjects, rng)
        context = model.look(batch.code)
        found = model.light(batch.code, context)
        wanted = batch.light.clamp(*_RANGE)
        clipped = (batch.code.amax(dim=1, keepdim=True) >= CLIPPED).float()
        away = (found.clamp(*_RANGE) - wanted).abs() * weight
        pixels = (away * (1.0 + _CLIPPED_WEIGHT * clipped)).mean()
        lit = [torch.log(_lit(x.clamp(max=_RANGE[1]), axes)) for x in (found, wanted)]
        axis = (lit[0] - lit[1]).abs().mean()
        sun = fn.binary_cross_entropy_with_logits(context.sun, batch.sun)
        unit = fn.l1_loss(context.unit, batch.unit)
        whole = pixels + _AXES_WEIGHT * axis + _SUN_WEIGHT * sun + _UNIT_WEIGHT * unit
        return {"loss": whole, "pixels": pixels, "axes": axis, "sun": sun, "unit": unit}

    return loss


def draw_batch(subjects: Sequence[Subject], rng: np.random.Generator, count: int = BATCH) -> Batch:
    """Panoramas turned, mirrored and tinted at random, as random cameras see them."""
    drawn = [_draw(subjects[int(rng.integers(len(subjects)))], rng) for _ in range(count)]
    code, light, sun, unit = (np.stack(parts) for parts in zip(*drawn, strict=True))
    return Batch(
        torch.tensor(np.moveaxis(code, -1, 1), dtype=torch.float32),
        torch.tensor(np.moveaxis(light, -1, 1), dtype=torch.float32),
        torch.tensor(sun, dtype=torch.float32),
        torch.tensor(unit, dtype=torch.float32),
    )


def _draw(
    subject: Subject, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, float, float]:
    tint = np.exp(rng.normal(0.0, 0.06, 3)).astype(np.float32)
    calm = np.exp(subject.light) * tint
    picture = calm.copy()
    picture.reshape(-1, 3)[subject.where] += subject.disc.astype(np.float32) * tint
    camera = random_camera(subject.exposure, rng)
    turn, mirrored = int(rng.integers(calm.shape[1])), rng.random() < 0.5
    code = photograph(picture, camera).astype(np.float32) / np.float32(255.0)
    light = np.log(np.maximum(calm * np.float32(camera.exposure), 1e-6))
    code, light = (np.roll(x[:, ::-1] if mirrored else x, turn, axis=1) for x in (code, light))
    return code, light, float(len(subject.where) > 0), -float(np.log(camera.exposure))


def _axes(height: int) -> Float[Tensor, "6 height width"]:
    """Weights of a panorama's pixels in the illuminance on six axes."""
    directions = panorama.pixel_directions(height)
    solid = panorama.pixel_solid_angles(height)[:, None]
    facing = np.maximum(directions @ AXES.T, 0.0) * solid[..., None]
    return torch.tensor(np.moveaxis(facing, -1, 0), dtype=torch.float32)


def _lit(
    light: Float[Tensor, "batch 3 height width"], axes: Float[Tensor, "6 height width"]
) -> Float[Tensor, "batch 6"]:
    """Luminance of the illuminance on six axes from logarithms of light."""
    grey = torch.einsum("bchw,c->bhw", torch.exp(light), torch.tensor(_LUMINANCE))
    return torch.einsum("bhw,ahw->ba", grey, axes)
