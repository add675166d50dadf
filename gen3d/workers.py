# SPDX-License-Identifier: Apache-2.0
"""Processes that share the parts of a job that lies in a folder.

Each takes the next part that nobody has claimed by creating its claim file, which the file system
lets only one of them do, and leaves it as a file that is there completely or not at all. What they
do not deliver, because they cannot start or die, is for the process that asked to make.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import IO

Workers = list["subprocess.Popen[bytes]"]


@contextlib.contextmanager
def working(module: str, folder: Path, processes: int) -> Generator[Workers]:
    """Processes that run ``python -m MODULE FOLDER``; none is left over.

    Args:
        module: Has a main part that works until nothing is unclaimed.
        folder: Where the job lies.
        processes: How many.
    """
    command = [sys.executable, "-m", module, str(folder)]
    # The package may be importable only because of how this process was started.
    paths = os.pathsep.join(path for path in sys.path if path)
    # Processes already fill the cores: threads of matrix products would only disturb each other.
    extra = {"PYTHONPATH": paths, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    workers = [
        subprocess.Popen(command, env=os.environ | extra, stderr=subprocess.DEVNULL)
        for _ in range(processes)
    ]
    try:
        yield workers
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()


def anyone(workers: Workers) -> bool:
    """Whether a process still works."""
    return any(worker.poll() is None for worker in workers)


def claim(folder: Path, name: str) -> bool:
    """Take a part for this process; false when it is taken already."""
    try:
        (folder / f"{name}.claim").open("x").close()
    except FileExistsError:
        return False
    return True


def leave(path: Path, write: Callable[[IO[bytes]], None]) -> None:
    """Write a file so that it is there completely or not at all."""
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as file:
        write(file)
    unfinished.replace(path)
