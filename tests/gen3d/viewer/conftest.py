# SPDX-License-Identifier: Apache-2.0
"""A small run to look at, a server that shows a place, and a browser without a screen."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser

from gen3d.export.gltf import write_glb
from gen3d.spec import SkySpec
from gen3d.types import Character, Texture
from gen3d.viewer.server import ViewerServer
from scenes.files import write_environment
from scenes.generate import generate
from tests.consumers.browser import chromium
from tests.consumers.mannequin import box_humanoid

RED, WHITE = (210, 20, 20), (240, 240, 240)
EXTRAS = {
    "prompt": "a chequered figure",
    "seed": 11,
    "commercial_use": {"allowed": True, "why": "all of it is ours"},
    "models": [{"id": "boxes", "source": "this test", "licence": "CC0-1.0"}],
    "notes": ["it has no nose"],
}


def chequered() -> Character:
    """The box figure in red and white squares, so that a lost texture is seen."""
    figure = box_humanoid()
    squares = np.indices((64, 64)).sum(axis=0) % 2 == 0
    pixels = np.where(squares[..., None], RED, WHITE).astype(np.uint8)
    texture = Texture("squares", np.repeat(np.repeat(pixels, 4, axis=0), 4, axis=1))
    parts = (
        dataclasses.replace(
            part,
            material=dataclasses.replace(
                part.material,
                base_color_texture=texture,
                metallic_roughness_texture=None,
                metallic=0.0,
            ),
        )
        for part in figure.parts
    )
    return dataclasses.replace(figure, parts=tuple(parts))


@pytest.fixture(scope="session")
def chequered_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run as ``create`` leaves it, with a thing added."""
    folder = tmp_path_factory.mktemp("viewer") / "chequered run é"
    folder.mkdir()
    write_glb(chequered(), folder / "character.glb", extras=EXTRAS)
    write_glb(dataclasses.replace(chequered(), clips=()), folder / "object.glb")
    sky = SkySpec(sun_elevation_deg=40.0, sun_azimuth_deg=-50.0, width_px=256)
    write_environment(generate(sky, 1), sky, folder)
    (folder / "config.yml").write_text("prompt: a chequered figure\n")
    (folder / "events.jsonl").write_text('{"event": "done", "seconds": 1.0}\n')
    (folder / "manifest.json").write_text(json.dumps({"verb": "create", **EXTRAS}))
    rows = [
        {"name": "bones", "status": "pass", "value": 55, "limit": "<= 150", "hint": ""},
        {"name": "nose", "status": "warn", "value": 0, "limit": ">= 1", "hint": "Add one."},
    ]
    (folder / "check.json").write_text(json.dumps({"ok": True, "rows": rows}))
    return folder


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[[Path], ViewerServer]]:
    """Shows a place until the tests of a file end."""
    with ExitStack() as stack:

        def start(place: Path) -> ViewerServer:
            server = stack.enter_context(ViewerServer(place))
            thread = threading.Thread(target=server.serve_forever, args=(0.02,))
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.shutdown)
            return server

        yield start


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for the tests of a file."""
    with chromium() as started:
        yield started
