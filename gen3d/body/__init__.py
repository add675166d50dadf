# SPDX-License-Identifier: Apache-2.0
"""The person under the clothes: ``Body → ShapedBody → PosedBody``."""

from gen3d.body.body import Body, PosedBody, ShapedBody

__all__ = ["Body", "PosedBody", "ShapedBody"]
