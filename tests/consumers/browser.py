# SPDX-License-Identifier: Apache-2.0
"""A real browser without a screen. A missing one fails the test that needs it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; SwiftShader draws on the processor."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "no Chromium: apt-get install chromium, or bash tests/run.sh as root"
    # Its sandbox wants a user other than root, and it sees nothing but the page that we serve.
    options = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=options)
        yield started
        started.close()
