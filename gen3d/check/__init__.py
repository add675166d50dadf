# SPDX-License-Identifier: Apache-2.0
"""``gen3d check``: is this GLB file fit for an engine, and if not, what to do."""

from gen3d.check.audit import check_budget, check_glb
from gen3d.check.report import Report, Row, format_table

__all__ = ["Report", "Row", "check_budget", "check_glb", "format_table"]
