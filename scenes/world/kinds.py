# SPDX-License-Identifier: Apache-2.0
"""What grounds are made of: their linear albedo, texture and semantic class."""

from __future__ import annotations

from gen3d.spec import Rgb

GROUNDS: dict[str, tuple[Rgb, str, str]] = {
    "grass": ((0.085, 0.125, 0.04), "grass", "grass"),
    "sand": ((0.44, 0.37, 0.26), "sand", "sand"),
    "rock": ((0.22, 0.20, 0.18), "rock", "rock"),
    "snow": ((0.80, 0.82, 0.85), "snow", "snow"),
    "dirt": ((0.16, 0.115, 0.075), "dirt", "dirt"),
    "forest floor": ((0.062, 0.047, 0.028), "litter", "forest floor"),
    "red rock": ((0.36, 0.17, 0.09), "rock", "rock"),
    "pavement": ((0.26, 0.25, 0.235), "slabs", "pavement"),
    "basalt": ((0.05, 0.046, 0.043), "rock", "rock"),
    "regolith": ((0.13, 0.13, 0.125), "dirt", "dirt"),
    "salt": ((0.62, 0.60, 0.57), "sand", "sand"),
    "ice": ((0.52, 0.64, 0.70), "snow", "snow"),
    "chalk": ((0.64, 0.62, 0.56), "rock", "rock"),
}
"""Albedo, pattern and class of each ground of :data:`gen3d.scenery.Ground`."""
