# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from gen3d.errors import Gen3dError
from gen3d.models.files import find_weights, read_weights

TENSORS = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.tensor([1, 2])}


class Runs:
    """Something that would run code when it is unpickled."""

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return print, ("this ran",)


def saved(path: Path, content: object) -> Path:
    if path.suffix == ".safetensors":
        assert isinstance(content, dict)
        save_file(content, str(path))
    else:
        torch.save(content, path)
    return path


def same(found: object, wanted: dict[str, Tensor]) -> bool:
    assert isinstance(found, dict)
    return found.keys() == wanted.keys() and all(torch.equal(found[k], wanted[k]) for k in wanted)


@pytest.mark.parametrize("name", ["x.safetensors", "x.pt", "x.bin"])
def test_tensors_come_back_as_they_were_saved(tmp_path: Path, name: str) -> None:
    assert same(read_weights(saved(tmp_path / name, TENSORS)), TENSORS)


def test_half_precision_becomes_single_and_integers_stay(tmp_path: Path) -> None:
    path = saved(tmp_path / "x.safetensors", {"a": TENSORS["a"].half(), "b": TENSORS["b"]})
    assert {k: v.dtype for k, v in read_weights(path).items()} == {
        "a": torch.float32,
        "b": torch.int64,
    }


def test_what_training_programs_wrap_around_weights_is_taken_off(tmp_path: Path) -> None:
    wrapped = {"epoch": 3, "state_dict": {f"module.{k}": v for k, v in TENSORS.items()}}
    assert same(read_weights(saved(tmp_path / "x.pt", wrapped)), TENSORS)
    compiled = {f"_orig_mod.{k}": v for k, v in TENSORS.items()}
    assert same(read_weights(saved(tmp_path / "y.pt", compiled)), TENSORS)


@pytest.mark.parametrize("name", ["x.safetensors", "x.pt"])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_truncated_file_is_refused(tmp_path: Path, name: str, share: float) -> None:
    path = saved(tmp_path / name, {"a": torch.rand(100, 100)})
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(Gen3dError, match=r"truncated|damaged") as refused:
        read_weights(path)
    assert str(path) in refused.value.message
    assert refused.value.hint


@pytest.mark.parametrize("name", ["x.safetensors", "x.pt"])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("<html>404 not found</html>", encoding="utf-8")
    with pytest.raises(Gen3dError):
        read_weights(tmp_path / name)


def test_a_file_that_would_run_code_is_refused_and_does_not_run_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = saved(tmp_path / "x.pt", {"a": Runs()})
    with pytest.raises(Gen3dError, match="run code"):
        read_weights(path)
    assert "this ran" not in capsys.readouterr().out


def test_a_torchscript_program_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.pt", "w") as archive:
        archive.writestr("model/code/__torch__.py", "def forward(self): ...")
        archive.writestr("model/data.pkl", b"")
    with pytest.raises(Gen3dError, match="TorchScript"):
        read_weights(tmp_path / "x.pt")


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused_by_name(tmp_path: Path, bad: float) -> None:
    path = saved(tmp_path / "x.safetensors", {**TENSORS, "c": torch.tensor([1.0, bad])})
    with pytest.raises(Gen3dError, match=r"not finite numbers \(in c\)"):
        read_weights(path)


@pytest.mark.parametrize("content", [[TENSORS["a"]], {"a": "text"}, {}])
def test_what_is_not_a_table_of_tensors_is_refused(tmp_path: Path, content: object) -> None:
    with pytest.raises(Gen3dError, match="not a table"):
        read_weights(saved(tmp_path / "x.pt", content))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Gen3dError, match="does not exist"):
        read_weights(tmp_path / "x.pt")


def test_the_usual_name_wins_and_two_unusual_ones_are_refused(tmp_path: Path) -> None:
    for name in ("one.pt", "two.pt"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(Gen3dError, match=r"one\.pt, two\.pt"):
        find_weights(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"")
    assert find_weights(tmp_path).name == "model.safetensors"
