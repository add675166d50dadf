# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.consumers.vrm_schema import complaints, extensions_of

VRM = dict[str, Any]


@pytest.fixture(scope="module")
def content(exported: Path) -> VRM:
    return extensions_of(exported / "character.vrm")["VRMC_vrm"]


def test_the_file_keeps_to_the_schema(content: VRM) -> None:
    assert complaints("VRMC_vrm", content) == []


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda vrm: vrm["meta"].pop("name"), "'name' is a required property"),
        (lambda vrm: vrm["meta"].update(authors=[]), "authors"),
        (lambda vrm: vrm["meta"].update(avatarPermission="anyone"), "avatarPermission"),
        (lambda vrm: vrm["humanoid"]["humanBones"].pop("leftFoot"), "'leftFoot' is a required"),
        (lambda vrm: vrm["humanoid"]["humanBones"]["hips"].update(node=-1), "humanBones/hips/node"),
        (lambda vrm: vrm["humanoid"]["humanBones"].update(tail={"node": 1}), "'tail'"),
        (lambda vrm: first_bind(vrm).update(weight=1.5), "1.5 is greater than the maximum of 1"),
        (lambda vrm: first_bind(vrm).update(index=0.5), "is not of type 'integer'"),
        (lambda vrm: vrm["lookAt"].update(type="neck"), "lookAt/type"),
        (lambda vrm: vrm.update(specVersion="2.0"), "specVersion"),
    ],
)
def test_the_schema_finds_what_is_wrong(
    content: VRM, harm: Callable[[VRM], object], said: str
) -> None:
    harmed = copy.deepcopy(content)
    harm(harmed)
    found = complaints("VRMC_vrm", harmed)
    assert any(said in one for one in found), found


def first_bind(vrm: VRM) -> VRM:
    return vrm["expressions"]["preset"]["blink"]["morphTargetBinds"][0]
