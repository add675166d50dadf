# SPDX-License-Identifier: Apache-2.0
"""What a piece of work cost: the most memory that it held, and its processor time.

On Linux the kernel's own high-water mark is reset first (``/proc/self/clear_refs``), so the figure
belongs to the work alone; elsewhere it is the highest since the process started. The largest child
process that ended meanwhile is added. Processor time includes such children: unlike the seconds on
the clock it means the same on a busy machine.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from types import TracebackType

_KIB_PER_MIB = 1024.0


class Cost:
    """Measures between ``with`` and its end."""

    peak_mb: float = 0.0
    """Highest resident memory, MiB."""
    cpu_seconds: float = 0.0
    """Processor time of all threads and of the children that ended."""

    def __enter__(self) -> Cost:
        self._cpu_before = _cpu_seconds()
        self._child_before = _largest_child_kib()
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
        child = _largest_child_kib()
        child = child if child > self._child_before else 0.0
        self.peak_mb = round((_high_water_kib() + child) / _KIB_PER_MIB, 1)
        self.cpu_seconds = round(_cpu_seconds() - self._cpu_before, 2)


def _cpu_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


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

    return _kib(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def _largest_child_kib() -> float:
    """Peak of the largest child process that has ended so far."""
    if sys.platform == "win32":
        return 0.0
    import resource

    return _kib(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)


def _kib(peak: int) -> float:
    """The kernel counts in KiB on Linux and in bytes on macOS."""
    return peak / 1024 if sys.platform == "darwin" else float(peak)
