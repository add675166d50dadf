# SPDX-License-Identifier: Apache-2.0
"""Warp starts without a word, and errors are still heard afterwards."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
from gen3d.warp_start import start_warp
start_warp()
print("heard", file=sys.stderr)
import os
os.write(2, b"heard from below\\n")
"""


def test_nothing_is_said_at_the_start_and_standard_error_works_after_it() -> None:
    ran = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert ran.stdout == ""
    assert ran.stderr == "heard\nheard from below\n"
