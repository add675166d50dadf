# SPDX-License-Identifier: Apache-2.0
"""The one exception that a user is meant to see: a sentence, and what to do about it."""

from __future__ import annotations


class Gen3dError(Exception):
    """Something the user can act on; the command line prints it without a traceback.

    Args:
        message: One sentence: what was wrong, with the offending value.
        hint: What to do about it.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
