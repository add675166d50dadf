# SPDX-License-Identifier: Apache-2.0
"""How long skies take, in seconds of processor and of clock::

python tests/benchmarks/sky_timing.py
"""

from __future__ import annotations

import time

from gen3d.spec import SkySpec
from scenes.exact import covered
from scenes.generate import generate

SKIES = {"clear": 0.0, "cumulus": 0.35, "stratocumulus": 0.8, "stratus": 1.0}
WIDTH_PX = 4096


def main() -> None:
    """Print a line for each kind of sky."""
    # Kernels are compiled at first use.
    generate(SkySpec(clouds=covered((), 0.35), width_px=256), 0)
    print(f"{WIDTH_PX} pixels{'processor':>17}{'clock':>8}")
    for name, cover in SKIES.items():
        processor, clock = time.process_time(), time.perf_counter()
        generate(SkySpec(clouds=covered((), cover), width_px=WIDTH_PX), 0)
        spent = time.process_time() - processor, time.perf_counter() - clock
        print(f"{name:15}{spent[0]:12.1f}{spent[1]:8.1f}")


if __name__ == "__main__":
    main()
