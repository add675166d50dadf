# SPDX-License-Identifier: Apache-2.0
"""The base of everything in ``config.yml``: settings that are checked strictly."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

Rgb = tuple[float, float, float]
"""Linear Rec. 709 colour, 0 to 1."""


class Spec(BaseModel):
    """Base of all editable values: frozen, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")
