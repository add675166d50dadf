# SPDX-License-Identifier: Apache-2.0
"""``gen3d view``: a run in the browser, served from this machine to this machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from gen3d.cli.options import Flag, named, parse


@dataclass(frozen=True)
class ViewOptions:
    """Show a run in the browser: the figure in motion, the object, the light; Ctrl-C ends it."""

    run: Annotated[Path, tyro.conf.Positional, named("RUN")]
    """Run folder (also one still being made), a folder of runs, a .glb or a .vrm file."""
    port: Annotated[int, named("N")] = 0
    """Port on 127.0.0.1 (a free one when not given)."""
    no_open: Flag = False
    """Print the address and leave the browser alone."""


def main(arguments: Sequence[str]) -> int:
    """Run the verb."""
    options = parse(ViewOptions, "view", arguments)
    from gen3d.viewer.server import ViewerServer

    with ViewerServer(options.run, options.port) as server:
        print(f"{options.run} is shown at {server.url} (Ctrl-C ends it)", flush=True)
        if not options.no_open:
            import webbrowser

            webbrowser.open(server.url)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            # The only way to end it is the right one.
            return 0
    return 0
