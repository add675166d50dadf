# SPDX-License-Identifier: Apache-2.0
"""A page with scripts in a real browser, without a server: requests are answered from files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from playwright.sync_api import Browser, Route

MODULES = Path(__file__).parents[2] / ".tools" / "node_modules"
"""Where ``tests/run.sh`` puts npm packages; a page finds them as ``/three/…`` and so on."""
ADDRESS = "http://page.test"
_TYPES = {".js": "text/javascript", ".glb": "model/gltf-binary", ".wasm": "application/wasm"}


def visit(
    browser: Browser, page: str, files: Mapping[str, Path], picture: Path | None = None
) -> dict[str, Any]:
    """Show a page until it sets ``window.done``.

    Args:
        browser: See :mod:`tests.consumers.browser`.
        page: Its HTML; what it finds out it leaves in ``window.told``.
        files: Files and folders by the first part of the address that they answer to.
        picture: Where a screenshot goes.

    Returns:
        What it found out, and every complaint of the page.
    """
    tab = browser.new_page(viewport={"width": 480, "height": 600})
    complaints: list[str] = []
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    tab.route(f"{ADDRESS}/**", lambda route: _answer(route, page, files))
    tab.goto(f"{ADDRESS}/page.html")
    tab.wait_for_function("window.done", timeout=120_000)
    answer: dict[str, Any] = tab.evaluate("window.told")
    if picture is not None:
        tab.screenshot(path=str(picture))
    tab.close()
    return {**answer, "complaints": complaints}


def _answer(route: Route, page: str, files: Mapping[str, Path]) -> None:
    first, _, rest = urlparse(route.request.url).path.lstrip("/").partition("/")
    path = files.get(first, MODULES / first) / rest
    if first == "page.html":
        route.fulfill(body=page, content_type="text/html")
    elif path.is_file():
        route.fulfill(path=path, content_type=_TYPES.get(path.suffix, "application/octet-stream"))
    else:
        route.fulfill(status=404 if first != "favicon.ico" else 204)
