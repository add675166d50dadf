# SPDX-License-Identifier: Apache-2.0
"""``python -m gen3d`` is the command ``gen3d``."""

from gen3d.cli.main import run

run()
