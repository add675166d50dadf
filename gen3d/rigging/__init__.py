# SPDX-License-Identifier: Apache-2.0
"""A skeleton and weights for figures that have none: the default body is fitted inside them."""

from gen3d.rigging.figure import Rigged, rig_figure, rig_file
from gen3d.rigging.mannequin import BODY

__all__ = ["BODY", "Rigged", "rig_figure", "rig_file"]
