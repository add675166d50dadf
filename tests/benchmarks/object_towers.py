# SPDX-License-Identifier: Apache-2.0
"""Do the project's own towers tell things apart? Retrieval among the forty trial captions.

Each caption's true thing is built and photographed (three portraits; no training set holds it).
Right is a picture whose own caption is the best of the forty (R@1, picture to text), and a caption
whose own picture is. Captions are read in the wording of training and in wording that training
never had, as written and after the reader has put them into trained words::

    python tests/benchmarks/object_towers.py [--towers object-clip object-judge] [--draws 5]
"""

from __future__ import annotations

import argparse

import numpy as np
import torch
from torch import Tensor

from gen3d.foundry.trials import Trial, spec_of, trials
from gen3d.guidance.retrieval import look_at
from gen3d.guidance.towers import Tower, load_tower
from gen3d.guidance.wording import canonicalise


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--towers", nargs="+", default=["object-clip", "object-judge"])
    parser.add_argument("--draws", type=int, default=5, help="different true things per caption")
    asked = parser.parse_args()
    rows = trials()
    wordings = {
        "trained": [trial.trained for trial in rows],
        "held-out": [trial.held_out for trial in rows],
        "held-out, read": [canonicalise(trial.held_out).text for trial in rows],
    }
    print(
        f"{len(rows)} captions, {asked.draws} things each; goals: trained ≥ 0.60, held-out ≥ 0.40"
    )
    print(f"{'tower':<20} {'wording':<16} {'picture→text':>14} {'text→picture':>14}")
    for name in asked.towers:
        tower = load_tower(name)
        seen = [_pictures(tower, rows, draw) for draw in range(asked.draws)]
        for wording, texts in wordings.items():
            read = tower.read(texts)
            found = np.mean([right_shares(pictures @ read.T) for pictures in seen], axis=0)
            print(f"{name:<20} {wording:<16} {found[0]:>14.3f} {found[1]:>14.3f}", flush=True)


def _pictures(tower: Tower, rows: tuple[Trial, ...], draw: int) -> Tensor:
    return torch.stack(
        [look_at(tower, spec_of(t, np.random.default_rng([draw, i]))) for i, t in enumerate(rows)]
    )


def right_shares(scores: Tensor) -> tuple[float, float]:
    """Share of rows, and of columns, whose own entry is the largest."""
    own = torch.arange(len(scores))
    across = (scores.argmax(dim=1) == own).float().mean()
    down = (scores.argmax(dim=0) == own).float().mean()
    return float(across), float(down)


if __name__ == "__main__":
    main()
