# SPDX-License-Identifier: Apache-2.0
"""Published checkpoints, remade at full size, give what the papers' formulas give."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from motion import noise
from motion.checkpoints import load_motion_model
from motion.checkpoints.clip_text import Reading
from motion.checkpoints.mdm import Mdm
from motion.checkpoints.remodiffuse import MIXTURES, ReMoDiffuse
from motion.checkpoints.run import perform, sample_joints, schedule_of
from tests.motion.checkpoints import naive
from tests.motion.checkpoints.published import (
    State,
    clip_shapes,
    drawn,
    mdm_shapes,
    motiondiffuse_shapes,
    prefixed,
    remodiffuse_shapes,
    statistics,
)

TEXT = "a person walks in a circle"
FRAMES = 9


def _noisy(seed: int, frames: int = FRAMES) -> torch.Tensor:
    return torch.randn(1, frames, 263, generator=torch.Generator().manual_seed(seed))


def _write_mdm(folder: Path, state: State, **settings: object) -> Path:
    statistics(folder, names=("Mean", "Std"))
    (folder / "args.json").write_text(json.dumps({"dataset": "humanml", **settings}))
    torch.save(state, folder / "model000475000.pt")
    return folder / "model000475000.pt"


def test_mdm_agrees_with_its_formulas_under_guidance(tmp_path: Path, clip_folder: Path) -> None:
    state = drawn(mdm_shapes())
    path = _write_mdm(tmp_path, state, diffusion_steps=50)
    model = load_motion_model(path, str(clip_folder))
    assert (model.kind, model.process.prediction, model.process.steps) == ("mdm", "clean", 50)
    x, t = _noisy(1), torch.tensor([37])
    condition = model.condition([TEXT], FRAMES)
    assert condition.tokens.shape == (1, 1, 512)
    said, seen = condition.tokens[0].double().numpy(), np.zeros(1, dtype=bool)
    told, free = (naive.mdm(state, x[0].double().numpy(), 37, s, seen) for s in (said, 0.0 * said))
    ours = model.denoise(x, t, condition)[0].numpy()
    np.testing.assert_allclose(ours, free + 2.5 * (told - free), atol=1e-4)
    assert np.abs(told - free).max() > 1e-2


@pytest.mark.parametrize("leads", [False, True])
def test_mdm_with_a_decoder_reads_every_token_of_distilbert(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, leads: bool
) -> None:
    state = drawn(mdm_shapes(768, decoder=True))
    path = _write_mdm(tmp_path, state, text_encoder_type="bert", emb_trans_dec=leads)
    tokens = torch.randn(1, 6, 768, generator=torch.Generator().manual_seed(3))
    seen = torch.tensor([[True, True, True, True, False, False]])

    def read(texts: object, words: int) -> Reading:
        del texts, words
        return Reading(tokens, seen, torch.tensor([3]), tokens[:, 0])

    monkeypatch.setattr("motion.checkpoints.mdm.load_distilbert", lambda _: read)
    model = load_motion_model(path, "some folder")
    x, t = _noisy(2), torch.tensor([12])
    network = model.network
    assert isinstance(network, Mdm)
    ours = network.predict(x, t, tokens, seen)[0].numpy()
    twin = naive.mdm(
        state,
        x[0].double().numpy(),
        12,
        tokens[0].double().numpy(),
        ~seen[0].numpy(),
        decoder=True,
        leads=leads,
    )
    np.testing.assert_allclose(ours, twin, atol=1e-4)


def test_motiondiffuse_with_its_own_clip_agrees_with_its_formulas(tmp_path: Path) -> None:
    state, clip = drawn(motiondiffuse_shapes()), drawn(clip_shapes(), 4)
    (tmp_path / "model").mkdir()
    statistics(tmp_path / "meta", bias=25.0)
    (tmp_path / "opt.txt").write_text("---\nnum_layers: 8\nno_eff: False\n---\n")
    halves = {name: value.half() for name, value in clip.items()}
    content = {"encoder": state | prefixed("clip.", halves), "ep": 3, "total_it": 7}
    torch.save(content, tmp_path / "model" / "latest.tar")
    model = load_motion_model(tmp_path)
    assert (model.kind, model.process.prediction) == ("motiondiffuse", "noise")
    assert model.normalization.convention == "feat_bias 25"
    x, t = _noisy(3), torch.tensor([731])
    ours = model.denoise(x, t, model.condition([TEXT], FRAMES))[0].numpy()
    from open_clip import SimpleTokenizer

    ids = SimpleTokenizer(context_length=77)([TEXT])[0].tolist()
    twin = naive.clip_states({k: v.float() for k, v in halves.items()}, ids, 12)
    wanted = naive.motiondiffuse(state, x[0].double().numpy(), 731, twin, int(np.argmax(ids)))
    np.testing.assert_allclose(ours, wanted, atol=1e-4)


def _database(path: Path, entries: int = 5) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(8)
    arrays = {
        "text_features": rng.normal(size=(entries, 512)).astype(np.float32),
        "captions": np.array(["a text"] * entries, dtype=object),
        "motions": rng.normal(size=(entries, 196, 263)).astype(np.float32),
        "m_lengths": np.array([196, 60, 100, 41, 9]),
        "clip_seq_features": rng.normal(size=(entries, 77, 512)).astype(np.float32),
    }
    np.savez(path, **arrays)  # pyright: ignore[reportArgumentType]
    return arrays


def test_remodiffuse_agrees_with_its_formulas_under_its_mixture(
    tmp_path: Path, clip_folder: Path
) -> None:
    state = drawn(remodiffuse_shapes())
    statistics(tmp_path, bias=25.0)
    arrays = _database(tmp_path / "t2m_text_train.npz")
    content = {"meta": {"epoch": 1}, "state_dict": prefixed("model.", state), "optimizer": {}}
    torch.save(content, tmp_path / "latest.pth")
    model = load_motion_model(tmp_path / "latest.pth", str(clip_folder))
    network = model.network
    assert isinstance(network, ReMoDiffuse)
    assert network.reader is not None
    reading = network.reader([TEXT], 75)
    scores = []
    for text, length in zip(arrays["text_features"], arrays["m_lengths"], strict=True):
        said = reading.sentence[0].double().numpy()
        cosine = said @ text / np.linalg.norm(said) / np.linalg.norm(text)
        scores.append(cosine * np.exp(-0.1 * abs(length - FRAMES) / max(length, FRAMES)))
    best = list(np.argsort(scores)[::-1][:2])
    found = naive.memory(
        state,
        arrays["motions"][best].astype(np.float64),
        [int(n) for n in arrays["m_lengths"][best]],
        arrays["clip_seq_features"][best].astype(np.float64),
    )
    clip, x = reading.tokens[0].double().numpy(), _noisy(5)
    condition = model.condition([TEXT], FRAMES, seed=2)
    coins = [t for t in range(400, 420) if MIXTURES[263].weights(t, 2)[0] == 0.0]
    others = [t for t in range(400, 420) if t not in coins]
    for t in (50, coins[0], others[0]):
        weights = MIXTURES[263].weights(t, 2)
        assert sum(weights) == pytest.approx(1.0)
        wanted = np.zeros((FRAMES, 263))
        for way, weight in zip(((1, 1), (1, 0), (0, 1), (0, 0)), weights, strict=True):
            if weight:
                switches = (bool(way[0]), bool(way[1]))
                row = x[0].double().numpy()
                wanted += weight * naive.remodiffuse(state, row, t, clip, found, switches)
        ours = model.denoise(x, torch.tensor([t]), condition)[0].numpy()
        np.testing.assert_allclose(ours, wanted, atol=1e-4)


def test_a_batch_is_its_rows_one_by_one(tmp_path: Path, clip_folder: Path) -> None:
    model = load_motion_model(_write_mdm(tmp_path, drawn(mdm_shapes())), str(clip_folder))
    texts = [TEXT, "jumps", "a man sits down slowly and looks at the floor"]
    x = torch.cat([_noisy(i) for i in range(3)])
    together = model.denoise(x, torch.full((3,), 500), model.condition(texts, FRAMES))
    for row, text in enumerate(texts):
        alone = model.denoise(
            x[row : row + 1], torch.tensor([500]), model.condition([text], FRAMES)
        )
        torch.testing.assert_close(together[row : row + 1], alone, atol=1e-4, rtol=1e-4)


def test_the_schedules_are_the_published_ones(tmp_path: Path, clip_folder: Path) -> None:
    path = _write_mdm(tmp_path, drawn(mdm_shapes()), diffusion_steps=50, noise_schedule="cosine")
    schedule = schedule_of(load_motion_model(path, str(clip_folder)).process)
    share = np.cos((np.arange(51) / 50 + 0.008) / 1.008 * np.pi / 2) ** 2
    betas = np.minimum(1.0 - share[1:] / share[:-1], 0.999)
    np.testing.assert_allclose(schedule.alpha_bar.numpy(), np.cumprod(1.0 - betas))
    line = noise.linear_schedule(1000)
    betas = np.linspace(1e-4, 0.02, 1000)
    np.testing.assert_allclose(line.alpha_bar.numpy(), np.cumprod(1.0 - betas))


def test_a_checkpoint_makes_joints_that_depend_on_words_and_seed_alone(
    tmp_path: Path, clip_folder: Path
) -> None:
    model = load_motion_model(_write_mdm(tmp_path, drawn(mdm_shapes())), str(clip_folder))
    once, again, other = (
        sample_joints(model, [text], 0.5, seed, steps=3)[0]
        for text, seed in ((TEXT, 1), (TEXT, 1), (TEXT, 2))
    )
    assert once.shape == (10, 22, 3)
    assert once.tobytes() == again.tobytes()
    assert np.abs(once - other).max() > 1e-3
    performance = perform(model, TEXT, 0.5, 1, steps=3)
    assert performance.rotations.shape == (len(performance.pelvis), 22, 4)
    assert np.isfinite(performance.rotations).all()
