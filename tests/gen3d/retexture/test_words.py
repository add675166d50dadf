# SPDX-License-Identifier: Apache-2.0
"""What names say of pieces, and what sentences want painted."""

from __future__ import annotations

import pytest

from gen3d.retexture.names import called
from gen3d.retexture.wishes import wishes
from gen3d.words.vocabulary import colour


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("N00_002_03_Tops_01_CLOTH (Instance)", "upper"),
        ("Wolf3D_Outfit_Bottom", "lower"),
        ("Wolf3D_Outfit_Footwear", "feet"),
        ("N00_000_00_Body_00_SKIN", "skin"),
        ("N00_000_Hair_00_HAIR", "hair"),
        ("EyeIris", "eyes"),
        ("N00_000_00_EyeWhite_00_EYE", "untouched"),
        ("FaceBrow", "brows"),
        ("Eyelashes", "lashes"),
        ("mat_Jacket01", "outer"),
        ("Ch22_body", "whole"),
        ("Material.001", "whole"),
    ],
)
def test_names_of_other_tools_are_understood(name: str, label: str) -> None:
    assert called([name]).label == label


def test_a_more_telling_name_wins_over_a_vague_one() -> None:
    assert called(["body_mat", "Trousers"]).kind == "trousers"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("blue jeans and a white shirt", {"trousers": "blue", "long_sleeved_shirt": "white"}),
        ("black leather jacket, blond hair", {"jacket": "black", "hair": None}),
        ("a shirt of green silk", {"long_sleeved_shirt": "green"}),
        ("all in white", {"clothes": "white"}),
        ("an orc", {"skin": None, "eyes": None}),
    ],
)
def test_only_what_words_name_is_wanted(text: str, wanted: dict[str, str | None]) -> None:
    found = {paint.what: paint for paint in wishes(text)[0]}
    assert set(found) == set(wanted)
    for what, name in wanted.items():
        assert name is None or found[what].color == colour(name)


def test_fabrics_come_with_the_garment_and_no_colour_where_none_is_said() -> None:
    (dress,) = wishes("a silk dress")[0]
    assert (dress.fabric, dress.color) == ("silk", None)


def test_what_paint_cannot_do_is_said() -> None:
    paints, notes = wishes("without a hat, in a pink hoodie")
    assert [paint.what for paint in paints] == ["hoodie"]
    assert any("hat" in note for note in notes)
