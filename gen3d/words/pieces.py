# SPDX-License-Identifier: Apache-2.0
"""A description of somebody in pieces: who it is, the hair, each garment.

The embedding of a whole sentence hardly tells which colour is of which garment; that of "a red
tunic" does. A tower that reads phrases embeds the pieces and takes their mean
(:mod:`gen3d.guidance.towers`).
"""

from __future__ import annotations

import re
from functools import lru_cache

from gen3d.words.vocabulary import table

_LINKS = (
    *("who wears", "that has on", "dressed all in", "dressed in", "clad in", "all in", "in"),
    *("wearing", "wears", "sporting", "with", "carrying", "over", "under", "and"),
)
_LINK = re.compile(rf"\s*[,;]\s*(?:and\s+)?|\s+({'|'.join(_LINKS)})\s+")
_FRAME = re.compile(
    r"^(?:(?:an?|the)\s+)?(?:(?:whole|3d|full-length|upper)\s+)?"
    r"(?:picture|portrait|face|view|headshot|body|head and shoulders|figure|character|outfit)"
    r"\s+of\s+"
)
"""How a picture is announced: says nothing of whom it shows."""


def phrases_of(text: str) -> list[str]:
    """The pieces of a description, in order; never none.

    A conjunction between colours ("black and white trousers") does not part them.
    """
    plain = _FRAME.sub("", text.strip())
    pieces, links = _LINK.split(plain)[::2], _LINK.split(plain)[1::2]
    found = [pieces[0]]
    for link, piece in zip(links, pieces[1:], strict=True):
        if link == "and" and found[-1].split()[-1:] and found[-1].split()[-1] in _colours():
            found[-1] = f"{found[-1]} and {piece}"
        else:
            found.append(piece)
    return [kept for kept in map(str.strip, found) if kept] or [text]


@lru_cache(maxsize=1)
def _colours() -> frozenset[str]:
    """Words that end the name of a colour."""
    colours = table("object_colours")
    kin = {word for words in colours["kin"].values() for word in words}
    return frozenset(kin | {name.split()[-1] for name in colours["basic"]})
