# SPDX-License-Identifier: Apache-2.0
"""Does guidance pay? Objects made from held-out wording, judged by a tower that never guided.

Each trial prompt is made in several ways and the result, seen from a ring of eight views under a
light of its own, is given to the judge with the forty captions: right is when its own caption wins
(R-precision@1). Rows: the retrieved draft; the draft with what the words fix; and fits with CLIP
alone, score distillation alone, and both::

    python tests/benchmarks/object_fit.py --out runs/fits [--prompts 40] [--seeds 2] [--steps N]

Results are kept one by one, so the command can be stopped and goes on.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize

from gen3d.fields.field import Field
from gen3d.foundry.thing import ThingSpec
from gen3d.foundry.trials import Trial, spec_of, trials
from gen3d.guidance.advice import guides_of
from gen3d.guidance.candidates import crisp, ring_of, starting_field
from gen3d.guidance.drafting import draft_for, improved, retrieved
from gen3d.guidance.fitting import FitPlan, fit_field
from gen3d.guidance.pins import held_slots
from gen3d.guidance.retrieval import look_at
from gen3d.guidance.towers import Tower, load_tower
from gen3d.guidance.wording import canonicalise
from gen3d.spec import ObjectSpec

WAYS = {
    "clip": {"diffusion": ""},
    "sds": {"tower": ""},
    "both": {},
}


def main() -> None:
    """Make what is missing and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--prompts", type=int, default=40)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--steps", type=int, default=ObjectSpec().steps)
    parser.add_argument("--ways", nargs="+", default=["draft", "words", "search", *WAYS])
    asked = parser.parse_args()
    guide, judge = load_tower("object-clip"), load_tower("object-judge")
    texts = judge.read([trial.trained for trial in trials()])
    for way in asked.ways:
        right = [
            _kept(
                asked.out / f"{way}-{asked.steps}-{seed}-{trial.name}.json",
                lambda t=trial, w=way, s=seed: _ring(t, w, s, asked.steps, guide, judge, asked.out),
                texts,
                index,
            )
            for seed in range(asked.seeds if way in {"search", *WAYS} else 1)
            for index, trial in enumerate(trials()[: asked.prompts])
        ]
        hit, rank, alike, seconds = np.mean(right, axis=0)
        said = f"R@1 {hit:.3f}  mean rank {rank:.1f}  mean similarity {alike:.3f}"
        print(f"{way:<8} {said}  {seconds:.0f} s each", flush=True)
    true = torch.stack(
        [look_at(judge, spec_of(t, np.random.default_rng([9, i]))) for i, t in enumerate(trials())]
    )
    ceiling = float(((true @ texts.T).argmax(1) == torch.arange(len(texts))).float().mean())
    print(f"the judge itself on true renders: R@1 {ceiling:.3f}")


def _kept(
    path: Path, make: Callable[[], Tensor], texts: Tensor, index: int
) -> tuple[float, float, float, float]:
    """Hit, rank, similarity and seconds of one result, made once."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        start = time.monotonic()
        seen = make()
        scores = texts @ seen
        found = {
            "rank": int((scores > scores[index]).sum()) + 1,
            "similarity": round(float(scores[index]), 4),
            "seconds": round(time.monotonic() - start, 1),
        }
        path.write_text(json.dumps(found), encoding="utf-8")
    kept = json.loads(path.read_text(encoding="utf-8"))
    rank = float(kept["rank"])
    return float(rank == 1.0), rank, float(kept["similarity"]), float(kept["seconds"])


def _ring(
    trial: Trial, way: str, seed: int, steps: int, guide: Tower, judge: Tower, place: Path
) -> Tensor:
    """What the judge sees of a result, over a ring of views."""
    words = canonicalise(trial.held_out)
    if way == "draft":
        return _seen(starting_field(retrieved(words, guide).spec, "sdf", seed), judge)
    if way == "words":
        return _seen(starting_field(draft_for(words, guide)[0], "sdf", seed), judge)
    settings = ObjectSpec(steps=steps, **WAYS.get(way, {}))
    tower = guide if settings.tower else None
    found = _found(trial.held_out, tower, seed)
    field = starting_field(found, "sdf", seed, held=held_slots(found, words))
    if way == "search":
        return _seen(field, judge)
    guides = guides_of(settings, trial.held_out, words, tower, "cpu")
    fit_field(
        field, guides, FitPlan(steps=steps), seed, place / f"{way}-{steps}-{seed}-{trial.name}"
    )
    # As in the product: drafts are seen crisp, and softness alone moves the judge.
    return _seen(crisp(field), judge)


@cache
def _found(text: str, tower: Tower | None, seed: int) -> ThingSpec:
    """What the search makes of the draft: once for all the ways that begin there."""
    words = canonicalise(text)
    start, _ = draft_for(words, tower)
    return improved(start, words, tower, ObjectSpec().search_rounds, seed).spec


def _seen(field: Field, judge: Tower) -> Tensor:
    return normalize(ring_of(field, judge)[0].mean(dim=0), dim=-1)


if __name__ == "__main__":
    main()
