# SPDX-License-Identifier: Apache-2.0
"""Who is told what, and what is seen through."""

from __future__ import annotations

import numpy as np
import torch

from gen3d.figures.reader import Asked
from gen3d.painting.atlas import Atlas
from gen3d.painting.counsel import told
from gen3d.painting.easel import through
from gen3d.render.views import orbit

NONE = frozenset[str]()
ASKED = Asked(
    prompt="a knight with a lime green cape",
    whole="a knight wearing a light green cape and boots",
    near="a knight wearing a light green cape",
    named=NONE,
    coloured=NONE,
    stuffed=NONE,
    bare=NONE,
    hair=False,
    body=NONE,
)


def test_published_models_hear_the_prompt_and_the_side_and_ours_the_plain_form() -> None:
    whole, near = (told(ASKED, frame, own=False) for frame in ("full", "near"))
    texts = whole.texts(whole.wanted[0].text, "shaded")
    assert [text.rpartition(", ")[2] for text in texts] == [
        "front view",
        "side view",
        "back view",
        "overhead view",
    ]
    assert all(ASKED.prompt in text and "full body" in text for text in texts)
    assert near.wanted[0].text.startswith("the face of a knight")
    assert all(rival.startswith("a 3D model of") for rival in whole.rivals)
    own = told(ASKED, "near", own=True)
    assert own.texts(own.wanted[0].text, "shaded") == (ASKED.near,) * 4
    assert own.wanted[1].weight < own.wanted[0].weight == 1.0
    assert len(own.rivals) > 20
    assert "a knight" not in own.rivals


def test_what_is_cut_out_is_seen_through() -> None:
    square = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32)
    verts = torch.from_numpy(
        np.concatenate([square + np.array([0.0, 0.0, 0.5]), square]).astype(np.float32)
    )
    faces = torch.tensor([[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]], dtype=torch.int32)
    # The nearer square's left half is cut out; the other one lies on solid texels.
    alpha = np.ones((4, 8), np.float32)
    alpha[:, :2] = 0.5
    uvs = torch.tensor(
        [[0.0, 1], [0.5, 1], [0.5, 0], [0.0, 0], [0.6, 1], [0.9, 1], [0.9, 0], [0.6, 0]]
    )
    atlas = Atlas(torch.zeros(4, 8, 3), torch.zeros(4, 8, 2), alpha, uvs)
    zero, far = torch.zeros(1), torch.full((1,), 8.0)
    views = orbit(zero, zero, far, torch.full((1,), 10.0), 16)
    found = through(atlas)(verts, faces, views)[0]
    assert set(found[:, :7].unique().tolist()) <= {2, 3}
    assert set(found[:, 9:].unique().tolist()) <= {0, 1}
