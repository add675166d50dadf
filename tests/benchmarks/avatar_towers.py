# SPDX-License-Identifier: Apache-2.0
"""Do the towers of dressed people tell them apart? Retrieval among forty held-out figures.

Forty figures, four looks of each of ten bodies, so that a body alone cannot win; a figure is the
mean of its three full views. Right is a picture whose own caption is the best of the forty (R@1,
picture to text), and a caption whose own picture is. Captions are drawn in the wording of training,
and in wording that training never had, as written and after the reader
(:mod:`gen3d.figures.reader`) has put them into plain words; each draw says what it likes (often one
garment), so that several figures can fit a caption::

    gen3d train people --set held-out
    python tests/benchmarks/avatar_towers.py [--towers avatar-clip avatar-judge] [--draws 3]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from object_towers import right_shares
from torch import Tensor
from torch.nn.functional import normalize

from gen3d.figures.captions import canonical, caption
from gen3d.figures.reader import plain_form
from gen3d.foundry.colours import Wording
from gen3d.guidance.looking import BACKGROUND
from gen3d.guidance.towers import Tower, load_tower
from gen3d.spec import CharacterSpec
from gen3d.training.figures import LOOKS, read_figures

COUNT, PER_BODY = 40, 4


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--towers", nargs="+", default=["avatar-clip", "avatar-judge"])
    parser.add_argument("--data", type=Path, default=Path("training/people/held-out"))
    parser.add_argument("--draws", type=int, default=3, help="captions of each figure")
    parser.add_argument("--unread", action="store_true", help="leave the reader out: quicker")
    asked = parser.parse_args()
    specs, pictures = _forty(asked.data)
    wordings = _wordings(specs, asked.draws, read=not asked.unread)
    print(f"{len(specs)} figures, {asked.draws} captions each; goals: trained 0.60, held-out 0.40")
    print(f"{'tower':<24} {'wording':<16} {'picture→text':>14} {'text→picture':>14}")
    for name in asked.towers:
        tower = load_tower(name)
        seen = _seen(tower, pictures)
        for wording, draws in wordings.items():
            found = np.mean(
                [right_shares(seen @ tower.read(texts).cpu().T) for texts in draws], axis=0
            )
            label = Path(name).parent.name if "/" in name else name
            print(f"{label:<24} {wording:<16} {found[0]:>14.3f} {found[1]:>14.3f}", flush=True)


def _forty(folder: Path) -> tuple[list[CharacterSpec], np.ndarray]:
    """Figures and their full views."""
    specs: list[CharacterSpec] = []
    pictures: list[np.ndarray] = []
    for shard in read_figures(folder):
        for first in range(0, len(shard.specs), LOOKS):
            for look in np.linspace(0, LOOKS - 1, PER_BODY).astype(int):
                specs.append(shard.specs[first + look])
                pictures.append(shard.pictures[first + look, : shard.pictures.shape[1] // 2])
    return specs[:COUNT], np.stack(pictures[:COUNT])


@torch.no_grad()
def _seen(tower: Tower, pictures: np.ndarray) -> Tensor:
    """Unit features of figures: means over their views on a plain ground."""
    straight = torch.from_numpy(pictures).float() / 255.0
    alpha = straight[..., 3:]
    over = alpha * straight[..., :3] + (1.0 - alpha) * BACKGROUND
    views = tower.see(over.flatten(0, 1).permute(0, 3, 1, 2)).cpu()
    return normalize(views.unflatten(0, pictures.shape[:2]).mean(dim=1), dim=-1)


def _wordings(specs: list[CharacterSpec], draws: int, *, read: bool) -> dict[str, list[list[str]]]:
    def drawn(wording: Wording) -> list[list[str]]:
        return [
            [
                caption(s, "full", np.random.default_rng([9, d, i]), wording=wording)
                for i, s in enumerate(specs)
            ]
            for d in range(draws)
        ]

    held_out = drawn("held-out")
    found = {
        "canonical": [[canonical(spec) for spec in specs]],
        "trained": drawn("trained"),
        "held-out": held_out,
    }
    if read:
        found["held-out, read"] = [[plain_form(text) for text in texts] for texts in held_out]
    return found


if __name__ == "__main__":
    main()
