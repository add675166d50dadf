# SPDX-License-Identifier: Apache-2.0
"""How long work says where it is: a plain callable that costs nothing when nobody listens."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class OnStep(Protocol):
    """Called after each unit of work inside a stage; may raise to cancel."""

    def __call__(self, step: int, total: int) -> None:
        """Report ``step`` of ``total`` done."""
        ...


def silent(step: int, total: int) -> None:
    """Ignore progress."""
    del step, total
