# SPDX-License-Identifier: Apache-2.0
"""The list of families: whatever is in the package, under names that are used once."""

from __future__ import annotations

import importlib
import pkgutil

import gen3d.foundry
from gen3d.foundry.families import families


def test_every_family_of_every_module_is_listed_once_under_its_name() -> None:
    listed = [
        family
        for entry in pkgutil.iter_modules(gen3d.foundry.__path__)
        for family in getattr(
            importlib.import_module(f"gen3d.foundry.{entry.name}"), "FAMILIES", ()
        )
    ]
    assert {family.name for family in listed} == set(families())
    assert len(families()) >= 60
    assert all(families()[family.name] is family for family in listed)


def test_they_are_in_the_order_of_their_names() -> None:
    assert list(families()) == sorted(families())


def test_knobs_and_slots_of_a_family_have_names_of_their_own() -> None:
    for family in families().values():
        for parts in (family.knobs, family.slots):
            names = [part.name for part in parts]
            assert len(set(names)) == len(names)
        low, high = family.height_m
        assert 0.0 < low <= high


def test_the_things_that_the_project_promises_are_there() -> None:
    assert {"toy dinosaur", "music box", "plaster statue", "vase"} <= set(families())
