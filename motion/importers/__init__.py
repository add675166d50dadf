# SPDX-License-Identifier: Apache-2.0
"""Motion files of other programs: to :class:`motion.rig.Recording`, or to places of joints."""

from motion.importers.anything import KINDS, performed, read_any, read_motion, read_performance

__all__ = ["KINDS", "performed", "read_any", "read_motion", "read_performance"]
