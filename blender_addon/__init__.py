# SPDX-License-Identifier: GPL-3.0-or-later
"""gen3d in Blender: a sidebar that drives the ``gen3d`` command and imports what it makes.

The work is done by a child process (:mod:`.jobs`); this side reads its run folder from a timer.
"""

from __future__ import annotations

from . import operators, panels, preferences, properties, session

_PARTS = (preferences, properties, operators, panels)


def register() -> None:
    """Called by Blender when the extension is enabled."""
    for part in _PARTS:
        part.register()
    session.open_session()


def unregister() -> None:
    """Called by Blender when the extension is disabled; a running child goes on in its folder."""
    session.close_session()
    for part in reversed(_PARTS):
        part.unregister()
