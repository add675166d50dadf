# SPDX-License-Identifier: GPL-3.0-or-later
"""gen3d in Blender: a sidebar that drives the ``gen3d`` command and imports what it makes.

The work is done by a child process (:mod:`.jobs`); this side reads its run folder from a timer.
What needs Blender is imported when it is enabled, so that jobs and commands work without it.
"""

from __future__ import annotations


def register() -> None:
    """Called by Blender when the extension is enabled."""
    from . import operators, panels, preferences, properties, session

    for part in (preferences, properties, operators, panels):
        part.register()
    session.open_session()


def unregister() -> None:
    """Called by Blender when the extension is disabled; a running child goes on in its folder."""
    from . import operators, panels, preferences, properties, session

    session.close_session()
    for part in (panels, operators, properties, preferences):
        part.unregister()
