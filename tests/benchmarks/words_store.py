# SPDX-License-Identifier: Apache-2.0
"""Rewrite ``configs/vocabulary/phrases.safetensors`` after the vocabulary was edited::

python -m tests.benchmarks.words_store
"""

from __future__ import annotations

from gen3d.words.store import rebuild

if __name__ == "__main__":
    print(rebuild(), "phrases")
