# SPDX-License-Identifier: Apache-2.0
"""``ns-train gen3d-object`` for a few steps on the CPU, and what can be done with its folder.

nerfstudio's pins need an environment of their own, so it runs as a process, as its users run it.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
from pathlib import Path
from typing import Any

import open_clip
import pytest
import torch
from safetensors.torch import save_file

from gen3d.guidance.fitting import FitPlan

ROOT = Path(__file__).resolve().parents[2]
INSTALLED = ROOT / ".tools" / "nerfstudio" / "bin" / "python"
"""Where ``tests/run.sh`` puts a Python with nerfstudio and gen3d."""
STEPS = 5
MARK = "GEN3D_JSON "
TEXT = {"context_length": 16, "vocab_size": 49408, "width": 8, "heads": 2, "layers": 1}
VISION = {"image_size": 32, "layers": 1, "width": 16, "head_width": 8, "patch_size": 8}


def run(*arguments: str | Path) -> str:
    """Run a Python that has nerfstudio."""
    python = Path(os.environ.get("GEN3D_NERFSTUDIO") or INSTALLED)
    assert python.exists(), (
        f"nerfstudio is missing: {python} is not there. bash tests/run.sh installs it; or "
        "pip install '.[nerfstudio]' into an environment and set GEN3D_NERFSTUDIO to its python"
    )
    done = subprocess.run(
        [str(python), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": ""},
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def tiny_tower(folder: Path) -> Path:
    folder.mkdir()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        made: Any = open_clip.CLIP(16, VISION, TEXT)  # type: ignore[arg-type] # plain data is taken
    config = {"embed_dim": 16, "vision_cfg": VISION, "text_cfg": TEXT}
    content = json.dumps({"model_cfg": config, "preprocess_cfg": {}})
    (folder / "open_clip_config.json").write_text(content, encoding="utf-8")
    weights = {name: value.contiguous().clone() for name, value in made.state_dict().items()}
    save_file(weights, str(folder / "open_clip_model.safetensors"))
    return folder


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a short training."""
    place = tmp_path_factory.mktemp("nerfstudio")
    model = ("--pipeline.model.prompt", "a blue ceramic vase", "--pipeline.model.search-rounds", 0)
    guides = (
        "--pipeline.model.tower",
        tiny_tower(place / "tower"),
        "--pipeline.model.diffusion",
        "",
    )
    small = ("--pipeline.datamanager.size-px", 32, "--pipeline.datamanager.views", 2)
    often = ("--steps-per-eval-image", 2, "--steps-per-eval-batch", 2, "--logging.steps-per-log", 1)
    where = ("--output-dir", place, "--experiment-name", "vase", "--timestamp", "now")
    how = ("--max-num-iterations", STEPS, "--machine.device-type", "cpu", "--vis", "tensorboard")
    words = [*how, *where, *model, *guides, *small, *often]
    run("-m", "nerfstudio.scripts.train", "gen3d-object", *map(str, words))
    return place / "vase" / "gen3d-object" / "now"


@pytest.fixture(scope="module")
def facts(trained: Path) -> dict[str, Any]:
    """What :mod:`look_again` finds in the folder."""
    said = run(Path(__file__).with_name("look_again.py"), trained / "config.yml")
    line = next(line for line in said.splitlines() if line.startswith(MARK))
    return json.loads(line.removeprefix(MARK))


@pytest.mark.slow
def test_a_training_leaves_its_settings_and_one_checkpoint(trained: Path) -> None:
    assert "a blue ceramic vase" in (trained / "config.yml").read_text(encoding="utf-8")
    saved = [path.name for path in (trained / "nerfstudio_models").iterdir()]
    assert saved == [f"step-{STEPS - 1:09d}.ckpt"]


@pytest.mark.slow
def test_every_step_has_a_finite_loss_and_the_field_moves(facts: dict[str, Any]) -> None:
    assert len(facts["losses"]) >= STEPS - 1
    assert all(math.isfinite(loss) for loss in facts["losses"])
    assert facts["palette_moved"] > 1e-4


@pytest.mark.slow
def test_a_checkpoint_brings_its_draft_and_its_schedules(facts: dict[str, Any]) -> None:
    assert facts["thing"] == "vase"
    assert facts["beta"] == pytest.approx(FitPlan().beta(1.0), rel=1e-3)
    assert facts["reach"] == pytest.approx(FitPlan().reach(1.0), rel=1e-3)


@pytest.mark.slow
def test_the_pipeline_shows_what_our_renderer_shows(facts: dict[str, Any]) -> None:
    assert 0.05 < facts["coverage"] < 0.6
    assert facts["psnr"] >= 30.0
    assert facts["psnr_from_another_side"] < facts["psnr"]
    assert facts["psnr_upside_down"] < 25.0
    assert facts["depth_error"] < 0.2
    shapes = {"rgb": 3, "accumulation": 1, "depth": 1, "normals": 3}
    assert {name: facts["outputs"][name][-1] for name in shapes} == shapes


@pytest.mark.slow
def test_the_environment_has_nerfstudio_s_numpy_and_ours_works_with_it(
    facts: dict[str, Any],
) -> None:
    assert facts["numpy"].startswith("1.26")
