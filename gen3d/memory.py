# SPDX-License-Identifier: Apache-2.0
"""The most memory that this process held during a piece of work.

On Linux the kernel's own high-water mark is reset first (``/proc/self/clear_refs``), so the figure
belongs to the work alone; elsewhere it is the highest since the process started.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from types import TracebackType

_KIB_PER_MIB = 1024.0


class PeakMemory:
    """Measures between ``with`` and its end; then ``mb`` is the peak in MiB."""

    mb: float = 0.0

    def __enter__(self) -> PeakMemory:
        # Where this is no Linux, or not allowed, the mark of the whole process stands in.
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.mb = round(_high_water_kib() / _KIB_PER_MIB, 1)


def _high_water_kib() -> float:
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return _high_water_of_process_kib()
    line = next((row for row in status.splitlines() if row.startswith("VmHWM:")), None)
    return float(line.split()[1]) if line else _high_water_of_process_kib()


def _high_water_of_process_kib() -> float:
    if sys.platform == "win32":
        return 0.0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 if sys.platform == "darwin" else float(peak)
