# SPDX-License-Identifier: Apache-2.0
"""The denoiser: what is not seen does not matter, files are whole and of this model, or refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from gen3d.errors import Gen3dError
from motion import attention
from motion.attention import Recalled
from motion.condition import Condition, stacked
from motion.denoiser import (
    Denoiser,
    DenoiserConfig,
    load_denoiser,
    read_config,
    save_denoiser,
)
from motion.diffusion import Known
from motion.guidance import conditioned, reminded

SMALL = DenoiserConfig(
    features=5, width=16, layers=2, heads=2, inner=24, text_width=6, recalling=True, steps=50
)
KINDS = ("full", "efficient")


def awake(config: DenoiserConfig) -> Denoiser:
    """A network whose zero-initialised layers say something."""
    torch.manual_seed(3)
    model = Denoiser(config).eval().requires_grad_(requires_grad=False)
    for name, value in model.named_parameters():
        if value.abs().max() == 0 or name.endswith("weight"):
            value.copy_(0.4 * torch.randn_like(value))
    return model


def condition(batch: int = 2, frames: int = 9) -> Condition:
    g = torch.Generator().manual_seed(8)
    words = torch.randn(batch, 4, 6, generator=g)
    seen = torch.tensor([[True, True, True, False]]).expand(batch, 4)
    motions = torch.randn(batch, 2, 8, 5, generator=g)
    recalled = Recalled(
        motions, torch.randn(batch, 2, 6, generator=g), torch.ones(batch, 2, 8, dtype=torch.bool)
    )
    values = torch.randn(batch, frames, 5, generator=g)
    return Condition(words, seen, known=Known(values, (values > 0.5).float()), recalled=recalled)


def inputs(batch: int = 2, frames: int = 9) -> tuple[Tensor, Tensor]:
    g = torch.Generator().manual_seed(2)
    return torch.randn(batch, frames, 5, generator=g), torch.arange(batch).float() * 7 + 3


def test_attentions_have_their_closed_forms() -> None:
    q, k, v = (torch.randn(2, 3, n, 4) for n in (5, 7, 7))
    seen = torch.ones(2, 7, dtype=torch.bool)
    seen[0, 4:] = False
    for b in range(2):
        there = seen[b]
        for h in range(3):
            keys, values = k[b, h][there], v[b, h][there]
            full = (q[b, h] @ keys.T / 2.0).softmax(1) @ values
            quick = q[b, h].softmax(1) @ (keys.softmax(0).T @ values)
            for kind, wanted in (("full", full), ("efficient", quick)):
                got = attention.attend(kind, q, k, v, seen)[b].unflatten(1, (3, 4))[:, h]
                assert torch.allclose(got, wanted, atol=1e-5)


def test_turned_queries_and_keys_know_only_how_far_apart_they_are() -> None:
    q, k = torch.randn(2, 4).double()
    both = [attention.turned(v.expand(1, 1, 12, 4)) for v in (q, k)]
    table = both[0][0, 0] @ both[1][0, 0].T
    for shift in range(1, 8):
        assert torch.allclose(table[:4, 2:5].diagonal(), table[shift:, shift + 2 :].diagonal()[:3])
    assert torch.allclose(both[0].norm(dim=3), q.norm().expand(1, 1, 12))


@pytest.mark.parametrize("kind", KINDS)
def test_everything_shown_matters(kind: attention.Kind) -> None:
    model, (x, t), shown = awake(replace(SMALL, attention=kind)), inputs(), condition()
    base = model(x, t, shown)
    off, some = torch.zeros(2, dtype=torch.bool), torch.tensor([True, False])
    for less in (shown.worded, shown.remembering, shown.constrained):
        assert not torch.allclose(model(x, t, less(off)), base, atol=1e-4)
        mixed = model(x, t, less(some))
        assert torch.allclose(mixed[0], base[0], atol=1e-5)
        assert torch.allclose(mixed[1], model(x, t, less(off))[1], atol=1e-5)
    assert not torch.allclose(model(x, t + 1, shown), base, atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_padding_of_frames_words_and_memories_does_not_matter(kind: attention.Kind) -> None:
    model, (x, t), shown = awake(replace(SMALL, attention=kind)), inputs(), condition()
    base = model(x, t, shown)
    assert shown.known is not None
    assert shown.recalled is not None
    junk = torch.full((2, 3, 5), 50.0)
    seen = torch.tensor([[True] * 9 + [False] * 3]).expand(2, 12)
    known = Known(*(torch.cat([v, junk], 1) for v in (shown.known.values, shown.known.mask)))
    old = shown.recalled
    recalled = Recalled(
        torch.cat([old.motions, torch.full((2, 2, 4, 5), 9.0)], 2),
        old.texts,
        torch.cat([old.seen, torch.zeros(2, 2, 4, dtype=torch.bool)], 2),
    )
    words = shown.words.clone()
    words[:, 3] = 77.0
    longer = Condition(words, shown.words_seen, seen, known, recalled)
    got = model(torch.cat([x, junk], 1), t, longer)[:, :9]
    assert torch.allclose(got, base, atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_samples_of_a_batch_do_not_see_each_other(kind: attention.Kind) -> None:
    model, (x, t), shown = awake(replace(SMALL, attention=kind)), inputs(), condition()
    turned = stacked([shown, shown])
    both = model(torch.cat([x, x.flip(0)]), torch.cat([t, t]), turned)
    assert torch.allclose(both[:2], model(x, t, shown), atol=1e-5)


def test_a_fresh_network_sees_the_mean_motion_and_any_length() -> None:
    model = Denoiser(replace(SMALL, recalling=False, constrained=False))
    words = condition(1)
    for frames in (1, 7, 400):
        x = torch.randn(1, frames, 5)
        got = model(x, torch.tensor([9.0]), Condition(words.words, words.words_seen))
        assert torch.equal(got, torch.zeros_like(x))


def test_guidance_of_words_and_constraints_is_the_sum_of_its_branches() -> None:
    model, (x, t), shown = awake(SMALL), inputs(), condition()
    off = torch.zeros(2, dtype=torch.bool)
    words = shown.constrained(off)
    nothing = words.worded(off)
    d0, dw, dwc = (model(x, t, c) for c in (nothing, words, shown))
    got = conditioned(model, shown, 2.0, 3.0)(x, t)
    assert torch.allclose(got, d0 + 2.0 * (dw - d0) + 3.0 * (dwc - dw), atol=1e-4)
    d0 = model(x, t, shown.worded(off))
    assert torch.allclose(conditioned(model, shown, 2.0)(x, t), d0 + 2.0 * (dwc - d0), atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_words_and_memory_are_mixed_in_their_four_combinations(kind: attention.Kind) -> None:
    model, (x, t), shown = awake(replace(SMALL, attention=kind)), inputs(), condition()
    off = torch.zeros(2, dtype=torch.bool)
    four = (
        shown,
        shown.remembering(off),
        shown.worded(off),
        shown.worded(off).remembering(off),
    )
    weights = (0.5, -0.3, 1.1, -0.3)
    naive = sum(w * model(x, t, c) for w, c in zip(weights, four, strict=True))
    assert torch.allclose(reminded(model, shown, weights)(x, t), naive, atol=1e-4)
    assert torch.allclose(reminded(model, shown, lambda _: weights)(x, t), naive, atol=1e-4)


@pytest.mark.parametrize("kind", ["noise", "velocity"])
def test_other_predictions_are_turned_into_clean_motions(kind: str) -> None:
    model, (x, t), shown = awake(replace(SMALL, prediction=kind)), inputs(), condition()
    bar = model.config.noise_schedule().alpha_bar[t.long()].float()[:, None, None]
    out = model(x, t, shown)
    wanted = {
        "noise": (x - (1 - bar).sqrt() * out) / bar.sqrt(),
        "velocity": bar.sqrt() * x - (1 - bar).sqrt() * out,
    }[kind]
    assert torch.allclose(conditioned(model, shown)(x, t), wanted, atol=1e-4)


def test_conditions_with_and_without_something_are_not_stacked() -> None:
    with pytest.raises(Gen3dError, match="with and without known"):
        stacked([condition(), replace(condition(), known=None)])


def test_features_come_back_from_their_normalisation() -> None:
    model = awake(SMALL)
    model.mean.copy_(torch.arange(5.0))
    model.deviation.fill_(3.0)
    x, _ = inputs()
    assert torch.allclose(model.denormalised(model.normalised(x)), x, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_a_saved_network_comes_back(tmp_path: Path, kind: attention.Kind) -> None:
    model, (x, t), shown = awake(replace(SMALL, attention=kind)), inputs(), condition()
    save_denoiser(model, tmp_path)
    again = load_denoiser(tmp_path)
    assert again.config == model.config
    assert torch.equal(again(x, t, shown), model(x, t, shown))
    half = {name: v.half() for name, v in load_file(tmp_path / "model.safetensors").items()}
    save_file(half, tmp_path / "model.safetensors")
    assert torch.allclose(load_denoiser(tmp_path)(x, t, shown), model(x, t, shown), atol=0.1)


def edited(**change: object) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        content = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps(content | change))

    return edit


def weights(change: Callable[[dict[str, Tensor]], object]) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        tensors = load_file(folder / "model.safetensors")
        change(tensors)
        save_file(tensors, folder / "model.safetensors")

    return edit


FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "no config": (lambda f: (f / "config.json").unlink(), "cannot be read"),
    "no json": (lambda f: (f / "config.json").write_text("{"), "cannot be read"),
    "no object": (lambda f: (f / "config.json").write_text("[]"), "not a JSON object"),
    "unknown key": (edited(hidden=3), "unknown key 'hidden'"),
    "huge": (edited(width=10**9), "width is '1000000000'"),
    "text": (edited(layers="many"), "layers is 'many'"),
    "too large": (edited(width=2048, inner=8192, layers=48), "larger than"),
    "attention": (edited(attention="none"), "attention is 'none'"),
    "list": (edited(attention=["full"]), "attention is"),
    "heads": (edited(heads=3), "heads is '3'"),
    "rate": (edited(fps=0.0), "fps is '0.0'"),
    "no weights": (lambda f: (f / "model.safetensors").unlink(), "does not exist"),
    "truncated": (lambda f: (f / "model.safetensors").write_bytes(b"\x09"), "truncated"),
    "another shape": (edited(inner=32), "do not fit"),
    "missing": (weights(lambda w: w.pop("enter.weight")), "do not fit"),
    "unknown": (weights(lambda w: w.update(extra=torch.zeros(1))), "first: extra"),
    "not finite": (weights(lambda w: w["enter.weight"].fill_(torch.nan)), "not finite"),
    "padded": (weights(lambda w: w.update(extra=torch.zeros(1 << 20))), "larger than"),
}


@pytest.mark.parametrize(("fault", "message"), FAULTS.values(), ids=FAULTS)
def test_a_damaged_or_foreign_folder_is_refused(
    tmp_path: Path, fault: Callable[[Path], object], message: str
) -> None:
    save_denoiser(awake(SMALL), tmp_path)
    fault(tmp_path)
    with pytest.raises(Gen3dError, match=message):
        load_denoiser(tmp_path)


def test_features_must_be_said(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"width": 16}')
    with pytest.raises(Gen3dError, match="does not say features"):
        read_config(tmp_path / "config.json")


def test_the_default_network_has_six_to_ten_million_parameters() -> None:
    with torch.device("meta"):
        model = Denoiser(DenoiserConfig(features=150))
    assert 6e6 < sum(p.numel() for p in model.parameters()) < 10e6
