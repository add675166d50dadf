# SPDX-License-Identifier: Apache-2.0
"""What is no whole, harmless, known checkpoint is refused in one sentence."""

from __future__ import annotations

import json
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from gen3d.errors import Gen3dError
from motion.checkpoints import load_motion_model
from motion.checkpoints.files import find_checkpoint, read_checkpoint, read_settings
from motion.checkpoints.looked_up import load_database
from tests.motion.checkpoints.published import (
    State,
    attention,
    drawn,
    linear,
    mdm_shapes,
    motiondiffuse_shapes,
    norm,
    statistics,
)


@pytest.fixture(scope="module")
def state() -> State:
    return drawn(mdm_shapes())


def _refused(path: Path, words: str, clip: str | None = "ViT-B-32:none") -> str:
    with pytest.raises(Gen3dError, match=words) as caught:
        load_motion_model(path, clip)
    assert "\n" not in caught.value.message
    assert caught.value.message.endswith(".")
    return caught.value.hint


def _saved(folder: Path, content: object) -> Path:
    torch.save(content, folder / "model.pt")
    return folder / "model.pt"


def test_unknown_weights_are_refused_by_what_they_hold(tmp_path: Path) -> None:
    path = _saved(tmp_path, {"layer.weight": torch.zeros(3, 3)})
    assert "MDM, MotionDiffuse and ReMoDiffuse" in _refused(path, "no known motion model.*layer")


def test_a_missing_file_and_an_empty_folder_are_said(tmp_path: Path) -> None:
    _refused(tmp_path / "none.pt", "does not exist")
    _refused(tmp_path, "holds no checkpoint")


def test_files_that_would_run_code_are_refused(tmp_path: Path, state: State) -> None:
    path = _saved(tmp_path, {"model": state, "trainer": nn.Linear(2, 2)})
    _refused(path, "can run code")


def test_a_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/code/__torch__.py", "import os")
    _refused(path, "TorchScript program")


def test_a_cut_file_is_refused_wherever_it_is_cut(tmp_path: Path, state: State) -> None:
    whole = _saved(tmp_path, state).read_bytes()
    for share in (0.001, 0.5, 0.999):
        (tmp_path / "cut.pt").write_bytes(whole[: int(share * len(whole))])
        _refused(tmp_path / "cut.pt", "truncated|not a checkpoint")
    (tmp_path / "cut.safetensors").write_bytes(b"\x10\x00\x00\x00\x00\x00\x00\x00{")
    _refused(tmp_path / "cut.safetensors", "truncated")


def test_an_archive_that_grows_when_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data/0", bytes(10_000_000))
    _refused(path, "packed archive")


def test_wrong_shapes_are_named(tmp_path: Path, state: State) -> None:
    name = "seqTransEncoder.layers.3.linear1.weight"
    _refused(_saved(tmp_path, state | {name: torch.zeros(3, 512)}), "layers.3.linear1.weight.*3, 5")
    wide = state | {"input_process.poseEmbedding.weight": torch.zeros(512, 135)}
    _refused(_saved(tmp_path, wide), "frames of 135 features")


def test_a_tensor_that_claims_more_memory_than_it_has_is_refused(
    tmp_path: Path, state: State
) -> None:
    giant = torch.zeros(1, 1).expand(1 << 20, 1 << 20)
    path = _saved(tmp_path, state | {"embed_text.weight": giant})
    _refused(path, "not a whole checkpoint: embed_text.weight")
    path = _saved(tmp_path, state | {"output_process.poseFinal.weight": giant})
    _refused(path, "does not fit: output_process")


def test_missing_and_unknown_tensors_are_named(tmp_path: Path, state: State) -> None:
    less = {k: v for k, v in state.items() if k != "embed_timestep.time_embed.0.bias"}
    _refused(_saved(tmp_path, less), "lacks tensor embed_timestep.time_embed.0.bias")
    _refused(_saved(tmp_path, state | {"embed_action.w": torch.zeros(1)}), "unknown tensor embed_a")


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path, state: State) -> None:
    bad = state | {"embed_text.bias": torch.full((512,), torch.nan)}
    _refused(_saved(tmp_path, bad), "not finite numbers .in embed_text.bias")


def test_variants_that_are_not_read_say_so(tmp_path: Path, state: State) -> None:
    _refused(_saved(tmp_path, {"gru.weight_ih_l0": torch.zeros(3, 3)}), "GRU")
    path = _saved(tmp_path, state)
    (tmp_path / "args.json").write_text(json.dumps({"context_len": 20}))
    _refused(path, "DiP")
    (tmp_path / "args.json").write_text(json.dumps({"diffusion_steps": 1e9}))
    _refused(path, "diffusion steps")
    (tmp_path / "args.json").write_text("[1, 2")
    _refused(path, "not a JSON table")


def test_quadratic_attention_is_not_taken_for_linear(tmp_path: Path) -> None:
    shapes = {k: s for k, s in motiondiffuse_shapes().items() if "blocks.0.sa" in k}
    path = _saved(tmp_path, {"encoder": drawn(shapes)})
    (tmp_path / "opt.txt").write_text("no_eff: True\n")
    _refused(path, "quadratic")


def test_mdm_asks_for_the_text_encoder_that_it_lacks(tmp_path: Path, state: State) -> None:
    assert "--text-encoder" in _refused(_saved(tmp_path, state), "does not carry", None)


def test_statistics_are_asked_for_and_their_convention_is_checked(
    tmp_path: Path, state: State, clip_folder: Path
) -> None:
    path = _saved(tmp_path, state)
    _refused(path, "no mean.npy and std.npy", str(clip_folder))
    statistics(tmp_path, bias=25.0)
    _refused(path, "feat_bias 25; model.pt needs plain", str(clip_folder))
    np.save(tmp_path / "std.npy", np.ones(10))
    _refused(path, "263", str(clip_folder))
    statistics(tmp_path / "elsewhere")
    model = load_motion_model(path, str(clip_folder), statistics=tmp_path / "elsewhere")
    assert model.normalization.convention == "plain"
    with pytest.raises(Gen3dError, match="1 to 196 frames"):
        model.condition(["walks"], 500)


def test_wrappers_and_prefixes_come_off_and_the_running_mean_is_preferred(tmp_path: Path) -> None:
    plain, mean = {"a": torch.zeros(2)}, {"module.a": torch.ones(2), "n_averaged": torch.tensor(3)}
    path = _saved(tmp_path, {"model": plain, "model_avg": OrderedDict(mean)})
    assert float(read_checkpoint(path)["a"][0]) == 1.0
    assert float(read_checkpoint(path, averaged=False)["a"][0]) == 0.0
    save_file({"model.a": torch.ones(1)}, tmp_path / "x.safetensors")
    assert list(read_checkpoint(tmp_path / "x.safetensors")) == ["a"]


def test_a_folder_means_its_newest_checkpoint(tmp_path: Path) -> None:
    for name in ("model000475000.pt", "model000050000.pt", "opt000475000.pt", "args.json"):
        (tmp_path / name).write_bytes(b"")
    assert find_checkpoint(tmp_path).name == "model000475000.pt"
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "latest.tar").write_bytes(b"")
    assert find_checkpoint(tmp_path).name == "latest.tar"


def test_settings_are_read_from_both_kinds_of_file(tmp_path: Path) -> None:
    (tmp_path / "opt.txt").write_text("------\nnum_layers: 8\nno_clip: False\n-----\n")
    assert read_settings(tmp_path / "latest.tar") == {"num_layers": "8", "no_clip": False}
    assert read_settings(tmp_path / "a" / "b" / "c.pt") == {}


def test_damaged_databases_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "d.npz"
    path.write_bytes(b"nothing")
    with pytest.raises(Gen3dError, match="not a ReMoDiffuse database"):
        load_database(path)
    good: dict[str, Any] = {
        "text_features": np.ones((2, 4), np.float32),
        "m_lengths": np.array([3, 4]),
        "motions": np.ones((2, 5, 6), np.float32),
        "clip_seq_features": np.ones((2, 77, 4), np.float32),
    }
    changes: tuple[dict[str, Any], ...] = (
        {"motions": np.ones((3, 5, 6), np.float32)},
        {"text_features": np.full((2, 4), np.nan, np.float32)},
        {"m_lengths": np.array(["a", "b"])},
        {"m_lengths": np.array([3])},
    )
    for change in changes:
        np.savez(path, **(good | change))
        with pytest.raises(Gen3dError, match="not a ReMoDiffuse database"):
            load_database(path)
    np.savez(path, **good)
    assert load_database(path).rows("motions", [1, 0, 1]).shape == (3, 5, 6)


def test_sizes_beyond_any_model_are_refused_before_a_network_is_built(tmp_path: Path) -> None:
    shapes = attention("seqTransEncoder.layers.0.self_attn", 8)
    shapes |= norm("seqTransEncoder.layers.0.norm1", 8)
    many = {f"seqTransEncoder.layers.{i}.x": torch.zeros(1) for i in range(99)}
    state = drawn(shapes | linear("input_process.poseEmbedding", 8, 263)) | many
    _refused(_saved(tmp_path, state), "99 layers")
