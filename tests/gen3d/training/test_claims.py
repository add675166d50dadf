# SPDX-License-Identifier: Apache-2.0
"""What phrases claim, held against figures; and the loss that learns from it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from gen3d.figures.claims import Claim, Facts, Worn
from gen3d.training.claims import FALSE, TRUE, UNSURE, contrast, tabulated

RED, BRICK, BLUE = (45.0, 60.0, 40.0), (45.0, 50.0, 29.0), (35.0, 10.0, -50.0)
KNIGHT = Facts(frozenset({"knight", "man"}), (Worn("tunic", RED, "wool"),))
ELF = Facts(frozenset({"elf", "woman"}), (Worn("tunic", BLUE, "silk"), Worn("cape", RED, "wool")))


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (Claim("a man", frozenset({"man"})), (TRUE, FALSE)),
        (Claim("an elvish man", frozenset({"man", "elf"})), (FALSE, FALSE)),
        (Claim("somebody"), (TRUE, TRUE)),
        (Claim("a tunic", garment=Worn("tunic", None, "")), (TRUE, TRUE)),
        (Claim("a red tunic", garment=Worn("tunic", RED, "")), (TRUE, FALSE)),
        (Claim("a brick tunic", garment=Worn("tunic", BRICK, "")), (UNSURE, FALSE)),
        (Claim("a silk tunic", garment=Worn("tunic", None, "silk")), (FALSE, TRUE)),
        (Claim("a blue wool tunic", garment=Worn("tunic", BLUE, "wool")), (FALSE, FALSE)),
        (Claim("a red cape", garment=Worn("cape", RED, "wool")), (FALSE, TRUE)),
        (Claim("a hat", garment=Worn("hat", None, "")), (FALSE, FALSE)),
    ],
)
def test_a_claim_is_true_of_whom_it_fits(claim: Claim, expected: tuple[int, int]) -> None:
    told = tabulated([KNIGHT, ELF], [Claim("a knight", frozenset({"knight"})), claim])
    found = told.truths(np.array([1]), np.array([0, 1]))
    assert tuple(found[0]) == expected


def test_with_one_truth_each_the_loss_is_cross_entropy() -> None:
    logits = torch.randn(6, 6, generator=torch.Generator().manual_seed(1))
    expected = cross_entropy(logits, torch.arange(6))
    assert torch.isclose(contrast(logits, torch.eye(6)), expected)


def test_what_is_unsure_is_no_candidate_and_what_is_always_true_teaches_nothing() -> None:
    logits = torch.randn(3, 4, generator=torch.Generator().manual_seed(2))
    true = torch.tensor([[1, 0, 0, -1], [1, 1, 1, 1], [0, 1, 0, -1]])
    smaller = contrast(logits[[0, 2], :3], true[[0, 2], :3])
    assert torch.isclose(contrast(logits, true), smaller)
    assert float(contrast(logits[1:2], true[1:2])) == 0.0
