# SPDX-License-Identifier: Apache-2.0
"""The vocabulary's YAML files, read once, and their colours as linear light."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import yaml

from gen3d.config import config_dir
from gen3d.errors import Gen3dError
from gen3d.spec import Rgb

DARKEST, BRIGHTEST = 0.02, 0.85
"""Albedo limits: charcoal and fresh snow; nothing that is worn is blacker or whiter."""

Table = Mapping[str, Any]
"""A YAML file; its shape is the file's own (written in its head) and tested by the tests."""


@lru_cache(maxsize=1)
def directory() -> Path:
    """Folder of the vocabulary: beside the package in a checkout, inside it when installed."""
    folder = config_dir() / "vocabulary"
    if folder.is_dir():
        return folder
    raise Gen3dError("The vocabulary files are missing.", "Reinstall gen3d: pip install gen3d")


@lru_cache(maxsize=32)
def table(name: str) -> Table:
    """Contents of ``<name>.yml``.

    Raises:
        Gen3dError: The file is missing or not YAML.
    """
    path = directory() / f"{name}.yml"
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        # Both loaders are safe ones: they build plain values only.
        return cast("Table", yaml.load(path.read_text("utf-8"), Loader=loader))  # noqa: S506
    except (OSError, yaml.YAMLError) as error:
        message = f"The vocabulary file {path.name} cannot be read: {error}"
        raise Gen3dError(message, "Restore the file from the repository.") from error


@lru_cache(maxsize=1)
def figures() -> Table:
    """Everybody whom words know: the archetypes that towers were trained on, and the callings."""
    return {**table("archetypes"), **table("callings")}


@lru_cache(maxsize=1)
def outfits() -> Table:
    """Words for several garments, or for one with a look of its own, or for what stands in."""
    return {**table("outfits"), **table("attire")}


@lru_cache(maxsize=64)
def words_of(name: str, key: str) -> frozenset[str]:
    """A list of one file as a set."""
    return frozenset(table(name)[key])


@lru_cache(maxsize=1024)
def linear(colour: str) -> Rgb:
    """Linear Rec. 709 albedo of ``#rrggbb`` (IEC 61966-2-1), kept within what is physical."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (round(_clamped(_decoded(value)), 4) for value in channels)
    return red, green, blue


def _decoded(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _clamped(value: float) -> float:
    return min(max(value, DARKEST), BRIGHTEST)


@lru_cache(maxsize=256)
def colour(name: str) -> Rgb:
    """Linear albedo of a colour of ``colours.yml`` by its exact name."""
    return linear(table("colours")[name])
