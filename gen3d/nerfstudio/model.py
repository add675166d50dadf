# SPDX-License-Identifier: Apache-2.0
"""nerfstudio's model of a guided fit: our field, our renderer, our guides.

A checkpoint names the thing that the field started from, so the viewer and the exporters need
neither the guiding models nor a new search. Pictures that the viewer shows are lit by the fixed
light, on plain grey; those of a training step by random light, on backgrounds that each guide
chooses.
"""

# nerfstudio has an environment of its own: where it is not installed its types are unknown.
# pyright: reportMissingImports=false, reportUntypedBaseClass=false
# pyright: reportUnknownParameterType=false

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, Literal

import torch
from nerfstudio.cameras.rays import RayBundle
from nerfstudio.engine.callbacks import (
    TrainingCallback,
    TrainingCallbackAttributes,
    TrainingCallbackLocation,
)
from nerfstudio.models.base_model import Model, ModelConfig
from torch import Tensor, nn

from gen3d.config import check_prompt
from gen3d.errors import Gen3dError
from gen3d.fields.field import Field
from gen3d.fields.occupancy import Occupancy, survey
from gen3d.fields.volume import render_field
from gen3d.foundry.thing import ThingSpec, spec_from_json
from gen3d.guidance.candidates import starting_field
from gen3d.guidance.fitting import Advised, FitPlan, Guide, anneal, kind_at, weighed
from gen3d.guidance.looking import BACKGROUND
from gen3d.guidance.towers import Tower
from gen3d.nerfstudio.axes import from_nerf, to_nerf
from gen3d.nerfstudio.draws import draws, seed_of
from gen3d.nerfstudio.fit import finite_advice, thing_for
from gen3d.nerfstudio.rates import grouped
from gen3d.nerfstudio.rays import as_pictures, mean_depth, pinholes, unit_normal
from gen3d.render.shot import Shot, picture
from gen3d.render.studio import Output, StudioLight, default_light, lit_alike, random_light
from gen3d.render.views import Views
from gen3d.spec import ObjectSpec

COARSE, FINE = 64, 96
"""Cells of the survey of the field: while it is fitted, and when it is looked at."""
_FINE_SAMPLES = 24
_SOLID = 0.02
"""Coverage below which a picture's own colour is not known."""


@dataclass
class GuidedModelConfig(ModelConfig):
    """What to make, from what, and who looks at it."""

    _target: type = field(default_factory=lambda: GuidedModel)
    enable_collider: bool = False
    prompt: str | None = "a blue ceramic vase"
    """What to make."""
    tower: str = ObjectSpec().tower
    """Image tower that guides: a model card, an open_clip name:tag, or a folder; empty: none."""
    diffusion: str = ObjectSpec().diffusion
    """Diffusion model that guides: a model card or a folder; empty: none."""
    start: Literal["draft", "ball"] = "draft"
    """What the field starts from: a thing of the foundry, or a ball (needs large models)."""
    representation: Literal["sdf", "density"] = "sdf"
    """What the field is: a signed distance, or a NeRF's density."""
    clip: float = 1.0
    """Weight of the tower."""
    sds: float = 1.0
    """Weight of score distillation."""
    negative: str = ""
    """What the thing should not look like, phrases separated by |."""
    search_rounds: int = 5
    """Rounds of the search over shapes and finishes before the field is fitted."""
    samples: int = FitPlan().samples
    """Intervals on each ray of a training step."""

    def settings(self) -> ObjectSpec:
        """The same as settings of the object pipeline."""
        names = ("tower", "diffusion", "start", "representation", "clip", "sds", "negative")
        return ObjectSpec(
            search_rounds=self.search_rounds, **{name: getattr(self, name) for name in names}
        )


class GuidedModel(Model):
    """A field that is fitted to words; see :class:`GuidedModelConfig`."""

    config: GuidedModelConfig
    field: Field

    def populate_modules(self) -> None:
        """Make the field; with the draft only where it will be trained."""
        super().populate_modules()
        self.plan = FitPlan(samples=self.config.samples)
        self.settings = self.config.settings()
        self.prompt = check_prompt(self.config.prompt or "", "object")
        self._progress, self._step = 0.0, 0
        self._surveys: dict[int, tuple[int, Occupancy]] = {}
        # Only the trainer brings a gradient scaler; others load a checkpoint that names the thing.
        self._trained = self.kwargs.get("grad_scaler") is not None
        self._begin(self._draft() if self._trained else None)

    def _draft(self) -> ThingSpec | None:
        return thing_for(self.prompt, self.settings, self._tower, seed_of("field"))

    def _begin(self, thing: ThingSpec | None) -> None:
        self._thing = thing
        self._surveys = {}
        from gen3d.guidance.pins import held_slots
        from gen3d.guidance.wording import canonicalise

        held = held_slots(thing, canonicalise(self.prompt)) if thing else ()
        self.field = starting_field(thing, self.config.representation, seed_of("field"), held=held)
        anneal(self.field, self.plan, self._progress)

    @cached_property
    def _tower(self) -> Tower | None:
        from gen3d.guidance.advice import load_guiding_tower

        return load_guiding_tower(self.settings, self._device)

    @cached_property
    def guides(self) -> tuple[Guide, ...]:
        """Everything that looks at the pictures; loaded when first needed."""
        from gen3d.guidance.advice import guides_of
        from gen3d.guidance.wording import canonicalise

        words = canonicalise(self.prompt)
        return guides_of(self.settings, self.prompt, words, self._tower, self._device)

    @property
    def _device(self) -> str:
        return torch.device(self.kwargs["device"]).type

    def get_extra_state(self) -> Tensor:
        """The thing that the field started from, for the checkpoint."""
        thing = None if self._thing is None else asdict(self._thing)
        return torch.tensor(list(json.dumps(thing).encode()), dtype=torch.uint8)

    def set_extra_state(self, state: Tensor) -> None:
        """Start from a checkpoint's thing; torch loads the field's own values after this.

        Raises:
            Gen3dError: The training began from another thing.
        """
        data = json.loads(bytes(state.tolist()))
        thing = None if data is None else spec_from_json(data)
        if not self._trained:
            self._begin(thing)
            self.field.to(self.kwargs["device"])
        elif thing != self._thing:
            raise Gen3dError(
                "The checkpoint's field started from another thing than this training's.",
                "Resume with the same prompt, --machine.seed, tower and search rounds.",
            )

    def get_param_groups(self) -> dict[str, list[nn.Parameter]]:
        """Palette, networks and grids of the field."""
        return grouped(self.field)

    def get_training_callbacks(
        self, training_callback_attributes: TrainingCallbackAttributes
    ) -> list[TrainingCallback]:
        """The schedules of the fit, before each step and after it, for what is saved then."""
        total = max(int(training_callback_attributes.trainer.config.max_num_iterations), 1)

        def before(step: int) -> None:
            self._at(step, total)

        def after(step: int) -> None:
            self._at(step + 1, total)

        where = TrainingCallbackLocation
        return [
            TrainingCallback([where.BEFORE_TRAIN_ITERATION], before),
            TrainingCallback([where.AFTER_TRAIN_ITERATION], after),
        ]

    def _at(self, step: int, total: int) -> None:
        self._step, self._progress = step, min(step / total, 1.0)
        anneal(self.field, self.plan, self._progress)

    def _survey(self, resolution: int, every: int) -> Occupancy:
        """Where the field has matter, not older than some steps."""
        known = self._surveys.get(resolution)
        if known is None or not 0 <= self._step - known[0] < every:
            known = (self._step, survey(self.field, resolution))
            self._surveys[resolution] = known
        return known[1]

    def get_outputs(self, ray_bundle: RayBundle) -> dict[str, Tensor]:
        """Render rays.

        Returns:
            For every ray ``rgb`` (sRGB on grey), ``accumulation``, ``depth`` (along the unit ray, 0
            where there is nothing), ``normals`` (nerfstudio's world, [0, 1]) and ``radiance``
            (linear, times accumulation); in training also the scalar ``regular``.
        """
        size = ray_bundle.origins.shape[:-1]
        rays = pinholes(
            from_nerf(ray_bundle.origins.reshape(-1, 3)),
            from_nerf(ray_bundle.directions.reshape(-1, 3)),
        )
        if not self.training:
            return _outputs(self._look(rays), size)
        camera: Tensor = ray_bundle.camera_indices
        light = random_light(int(camera.max()) + 1, draws("light", self._step))
        shot, regular = render_field(
            self.field,
            rays,
            lit_alike(light, camera.reshape(-1)),
            occupancy=self._survey(COARSE, self.plan.survey_every),
            generator=draws("samples", self._step),
            output=self._kind if self._kind != "normal" else "albedo",
            samples=self.plan.samples,
        )
        return {**_outputs(shot, size), "regular": weighed(regular, self.plan.regular)}

    @property
    def _kind(self) -> Output:
        return kind_at(self._step, self.plan.bare_every, self.guides)

    def _look(self, rays: Views) -> Shot:
        light: StudioLight = default_light()
        with torch.no_grad():
            return render_field(
                self.field,
                rays,
                light,
                occupancy=self._survey(FINE, 1),
                generator=torch.Generator().manual_seed(0),
                samples=max(_FINE_SAMPLES, self.plan.samples),
                regularized=False,
            )[0]

    def get_metrics_dict(
        self, outputs: dict[str, Tensor], batch: dict[str, Any]
    ) -> dict[str, Tensor]:
        """The guides' figures, and ``guidance``, which is differentiated."""
        found = self._advice(outputs, batch["views"])
        figures = {name: torch.tensor(value) for name, value in found.figures.items()}
        return {"guidance": found.loss, **figures}

    def get_loss_dict(
        self,
        outputs: dict[str, Tensor],
        batch: dict[str, Any],
        metrics_dict: dict[str, Tensor] | None = None,
    ) -> dict[str, Tensor]:
        """What is made small."""
        figures = metrics_dict or self.get_metrics_dict(outputs, batch)
        regular = {"regular": outputs["regular"]} if "regular" in outputs else {}
        return {"guidance": figures["guidance"], **regular}

    def _advice(self, outputs: dict[str, Tensor], views: Views) -> Advised:
        kind: Output = self._kind if self.training else "shaded"
        alpha, radiance = outputs["accumulation"], outputs["radiance"]
        normal = from_nerf(2.0 * outputs["normals"] - 1.0) * alpha
        shot = Shot(radiance, alpha[..., 0], normal, outputs["depth"][..., 0])
        generator = draws("guidance", self._step)
        whole = as_pictures(shot, views, kind)
        return finite_advice(whole, views, kind, self.guides, self._progress, generator)

    def get_image_metrics_and_images(
        self, outputs: dict[str, Tensor], batch: dict[str, Any]
    ) -> tuple[dict[str, float], dict[str, Tensor]]:
        """How much of the picture the thing covers, and the picture."""
        del batch
        shown = {"rgb": outputs["rgb"], "normals": outputs["normals"]}
        return {"coverage": float(outputs["accumulation"].mean())}, shown

    def get_rgba_image(self, outputs: dict[str, Tensor], output_name: str = "rgb") -> Tensor:
        """A picture with its background taken out again; ``output_name`` other than rgb as is."""
        seen, alpha = outputs[output_name], outputs["accumulation"]
        if output_name == "rgb":
            seen = (seen - (1.0 - alpha) * BACKGROUND) / alpha.clamp(min=_SOLID)
        return torch.cat([seen.clamp(0.0, 1.0), alpha], dim=-1)


def _outputs(shot: Shot, size: torch.Size) -> dict[str, Tensor]:
    """The buffers of a bundle of rays as nerfstudio names and shapes them."""
    paper = shot.rgb.new_full((len(shot.rgb), 3), BACKGROUND)
    values = {
        "rgb": torch.movedim(picture(shot, paper), 1, -1),
        "accumulation": shot.alpha[..., None],
        "depth": mean_depth(shot)[..., None],
        "normals": (0.5 + 0.5 * to_nerf(unit_normal(shot))).clamp(0.0, 1.0),
        "radiance": shot.rgb,
    }
    return {name: value.reshape(*size, value.shape[-1]) for name, value in values.items()}
