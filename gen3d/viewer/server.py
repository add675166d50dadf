# SPDX-License-Identifier: Apache-2.0
"""The server behind ``gen3d view``: loopback only, read-only, nothing but results and the page.

Addresses: ``/`` and ``/page/NAME`` (the page), ``/api/runs``, ``/api/runs/NAME`` (JSON),
and ``/files/NAME/PATH`` (results). Only GET and HEAD exist. A request whose ``Host`` is not this very
address is refused, so that a foreign site cannot reach the files by rebinding its name to
127.0.0.1; and what is sent may not be embedded by other sites. The page loads nothing from
elsewhere: its content security policy forbids it.
"""

from __future__ import annotations

import json
import logging
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
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' blob:; media-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
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
    timeout = 30

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
        for name, value in _HEADERS.items():
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
        except (BrokenPipeError, ConnectionResetError):
            # The browser went elsewhere.
            self.close_connection = True

    def _check_host(self) -> None:
        port = self.server.port
        if self.headers.get_all("Host") not in ([f"{HOST}:{port}"], [f"localhost:{port}"]):
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
        # The page is flat, so a name that is not in the folder's listing is no page.
        if (
            name not in {path.name for path in PAGE.iterdir()}
            or Path(name).suffix not in _PAGE_TYPES
        ):
            raise _Refused(HTTPStatus.NOT_FOUND)
        self._send_file(PAGE / name, _PAGE_TYPES[Path(name).suffix], with_body=with_body)

    def _data(self, name: str, *, with_body: bool) -> None:
        if name == "runs":
            content: object = [describe(entry) for entry in shelf_of(self.server.place)]
        elif name.startswith("runs/"):
            content = describe(self._entry(name.removeprefix("runs/")))
        else:
            raise _Refused(HTTPStatus.NOT_FOUND)
        body = json.dumps(content, ensure_ascii=False).encode()
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
