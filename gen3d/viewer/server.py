# SPDX-License-Identifier: Apache-2.0
"""The server behind ``gen3d view``: loopback only, read-only, nothing but results and the page.

Addresses: ``/`` and ``/page/PATH`` (the page), ``/api/runs`` (JSON), and ``/files/NAME/PATH``
(results). Only GET and HEAD exist. A request whose ``Host`` is not this very
address is refused, so that a foreign site cannot reach the files by rebinding its name to
127.0.0.1; and what is sent may not be embedded by other sites. The page loads nothing from
elsewhere: its content security policy forbids it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import re
import shutil
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit

from gen3d.errors import Gen3dError
from gen3d.viewer.shelf import RESULTS, Entry, describe, readable, shelf_of

HOST = "127.0.0.1"
PAGE = Path(__file__).with_name("page")
_PAGE_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
# The import map must stand in the page itself: its digest lets it, and no other script, do so.
# Textures inside a model reach the page as blobs of its own, and packed meshes are unpacked by
# WebAssembly.
_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'sha256-{digest}'; style-src 'self'; "
    "connect-src 'self' blob:; img-src 'self' blob:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_IMPORT_MAP = re.compile(r'<script type="importmap">(.*?)</script>', re.DOTALL)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

logger = logging.getLogger(__name__)


class ViewerServer(ThreadingHTTPServer):
    """Shows the runs at a place.

    Args:
        place: A run, a folder of runs, or a model file.
        port: 0 takes a free one.

    Raises:
        Gen3dError: Nothing to show there, or the port is taken.
    """

    daemon_threads = True
    # Two viewers on one port would answer by turns.
    allow_reuse_port = False

    def __init__(self, place: Path, port: int = 0) -> None:
        self.place = place
        self.headers = _HEADERS | {"Content-Security-Policy": policy()}
        shelf_of(place)
        if not 0 <= port <= 65535:
            raise Gen3dError(f"Port {port} does not exist.", "Choose one from 1024 to 65535.")
        try:
            super().__init__((HOST, port), _Handler)
        except OSError as error:
            raise Gen3dError(
                f"Port {port} cannot be used: {error.strerror}.",
                "Leave --port out, and a free one is taken.",
            ) from None

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        """Address of the page."""
        return f"http://{HOST}:{self.port}/"


def page_files() -> set[str]:
    """Paths of the page's files, three.js among them."""
    return {path.relative_to(PAGE).as_posix() for path in PAGE.rglob("*") if path.is_file()}


def policy() -> str:
    """What the page may load: its own files, and nothing from anywhere else."""
    inline = _IMPORT_MAP.findall((PAGE / "index.html").read_text(encoding="utf-8"))
    (digest,) = (hashlib.sha256(text.encode()).digest() for text in inline)
    return _POLICY.format(digest=base64.b64encode(digest).decode())


class _Refused(Exception):  # noqa: N818  # an answer, not a fault
    """Ends a request with a status."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class _Handler(BaseHTTPRequestHandler):
    """One request."""

    server: ViewerServer  # pyright: ignore[reportIncompatibleVariableOverride] it has no other
    server_version = "gen3d"
    sys_version = ""
    timeout = 120

    def do_GET(self) -> None:  # http.server's own name
        """Answer with the body."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:  # http.server's own name
        """Answer without it."""
        self._answer(with_body=False)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # their name
        """Keep the terminal quiet."""
        logger.debug(format, *args)

    def end_headers(self) -> None:
        """Every answer carries the same protection, errors too."""
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        super().end_headers()

    def _answer(self, *, with_body: bool) -> None:
        try:
            self._check_host()
            self._route(unquote(urlsplit(self.path).path, errors="strict"), with_body=with_body)
        except _Refused as refusal:
            self.send_error(refusal.status)
        except Gen3dError:
            # The runs were there when the server started; now they are not.
            self.send_error(HTTPStatus.NOT_FOUND)
        except (UnicodeDecodeError, ValueError):
            self.send_error(HTTPStatus.BAD_REQUEST)
        except (ConnectionError, TimeoutError):
            # The browser went elsewhere, or sleeps.
            self.close_connection = True

    def _check_host(self) -> None:
        port = self.server.port
        # Browsers leave out the port of plain HTTP.
        known = {f"{name}:{port}".removesuffix(":80") for name in (HOST, "localhost")}
        if len(self.headers.get_all("Host") or []) != 1 or self.headers["Host"] not in known:
            raise _Refused(HTTPStatus.MISDIRECTED_REQUEST)

    def _route(self, path: str, *, with_body: bool) -> None:
        head, _, rest = path.removeprefix("/").partition("/")
        answers: dict[str, Callable[[str], None]] = {
            "": lambda _: self._page("index.html", with_body=with_body),
            "page": lambda name: self._page(name, with_body=with_body),
            "api": lambda name: self._data(name, with_body=with_body),
            "files": lambda name: self._file(name, with_body=with_body),
        }
        if head not in answers or (not head and rest):
            raise _Refused(HTTPStatus.NOT_FOUND)
        answers[head](rest)

    def _page(self, name: str, *, with_body: bool) -> None:
        # Only names that a listing of the folder gives, so no path can lead out of it.
        kind = _PAGE_TYPES.get(Path(name).suffix)
        if kind is None or name not in page_files():
            raise _Refused(HTTPStatus.NOT_FOUND)
        self._send_file(PAGE / name, kind, with_body=with_body)

    def _data(self, name: str, *, with_body: bool) -> None:
        if name != "runs":
            raise _Refused(HTTPStatus.NOT_FOUND)
        body = json.dumps([describe(entry) for entry in shelf_of(self.server.place)]).encode()
        self._begin("application/json", len(body))
        if with_body:
            self.wfile.write(body)

    def _entry(self, name: str) -> Entry:
        """The run of that name; what the place holds is looked up anew, since runs come and go."""
        for entry in shelf_of(self.server.place):
            if entry.name == name:
                return entry
        raise _Refused(HTTPStatus.NOT_FOUND)

    def _file(self, name: str, *, with_body: bool) -> None:
        run, _, relative = name.partition("/")
        path = readable(self._entry(run), relative)
        if path is None:
            raise _Refused(HTTPStatus.NOT_FOUND)
        self._send_file(path, RESULTS[path.suffix.lower()], with_body=with_body)

    def _send_file(self, path: Path, kind: str, *, with_body: bool) -> None:
        try:
            stream: IO[bytes] = path.open("rb")
        except OSError:
            raise _Refused(HTTPStatus.NOT_FOUND) from None
        with stream:
            self._begin(kind, path.stat().st_size)
            if with_body:
                shutil.copyfileobj(stream, self.wfile, 1 << 18)

    def _begin(self, kind: str, length: int) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length))
        self.end_headers()
