# SPDX-License-Identifier: Apache-2.0
"""The viewer's server gives results to this machine's browser and nothing to anybody else."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gen3d.errors import Gen3dError
from gen3d.viewer.server import PAGE, ViewerServer
from gen3d.viewer.shelf import describe, progress_of, readable, shelf_of


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A folder that looks like a finished run, with secrets around and inside it."""
    folder = tmp_path / "runs" / "figure one"
    (folder / ".stages").mkdir(parents=True)
    (folder / "config.yml").write_text("prompt: a red fox\n")
    (folder / "manifest.json").write_text('{"prompt": "a red fox", "seed": 3}')
    (folder / "events.jsonl").write_text('{"event": "stage", "name": "words"}\n{"event": "done"}\n')
    (folder / "object.glb").write_bytes(b"glTF-bytes")
    (folder / "log.txt").write_text("not a result")
    (folder / ".stages" / "words.json").write_text("{}")
    (tmp_path / "secret.json").write_text("secret")
    (folder / "link.json").symlink_to(tmp_path / "secret.json")
    return folder


@pytest.fixture
def server(run: Path) -> Iterator[ViewerServer]:
    with ViewerServer(run) as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def _ask(
    server: ViewerServer, path: str, *, method: str = "GET", host: str | None = None
) -> tuple[int, bytes, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    if host != "":
        connection.putheader("Host", host or f"127.0.0.1:{server.port}")
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body, answer.headers


def test_the_run_its_files_and_the_page_are_served_with_their_types(server: ViewerServer) -> None:
    status, body, headers = _ask(server, "/api/runs")
    told = json.loads(body)
    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert told[0]["prompt"] == "a red fox"
    assert told[0]["progress"]["state"] == "done"
    assert {file["path"] for file in told[0]["files"]} == {"object.glb", "manifest.json"}
    status, body, headers = _ask(server, "/files/figure%20one/object.glb")
    assert (status, body, headers["Content-Type"]) == (200, b"glTF-bytes", "model/gltf-binary")
    assert _ask(server, "/files/figure%20one/object.glb", method="HEAD")[:2] == (200, b"")
    assert _ask(server, "/")[1] == (PAGE / "index.html").read_bytes()
    kinds = {
        ".js": "text/javascript",
        ".css": "text/css",
        ".html": "text/html",
        ".svg": "image/svg",
    }
    for path in (path for path in PAGE.rglob("*") if path.suffix in kinds):
        status, body, headers = _ask(server, f"/page/{path.relative_to(PAGE).as_posix()}")
        assert (status, body) == (200, path.read_bytes())
        assert headers["Content-Type"].startswith(kinds[path.suffix])


@pytest.mark.parametrize(
    "path",
    [
        "/files/figure%20one/log.txt",
        "/files/figure%20one/config.yml",
        "/files/figure%20one/.stages/words.json",
        "/files/figure%20one/link.json",
        "/files/figure%20one/../../secret.json",
        "/files/figure%20one/..%2f..%2fsecret.json",
        "/files/figure%20one/%2e%2e/%2e%2e/secret.json",
        "/files/figure%20one/..%5c..%5csecret.json",
        "/files/figure%20one//etc/passwd",
        "/files/figure%20one/object.glb%00.json",
        "/files/figure%20one/",
        "/files/nobody/object.glb",
        "/files/../secret.json",
        "/page/../server.py",
        "/page/..%2fserver.py",
        "/page/%2e%2e/server.py",
        "/page/",
        "/page/three",
        "/page/three/record.json",
        "/page/three/../../server.py",
        "/api/other",
        "/api/runs/figure%20one",
        "/etc/passwd",
        "//etc/passwd",
        "/%ff",
    ],
)
def test_nothing_else_can_be_read(server: ViewerServer, path: str) -> None:
    status, body, headers = _ask(server, path)
    assert status in {400, 404}
    assert b"secret" not in body
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil", ""])
def test_another_host_name_is_refused(server: ViewerServer, host: str) -> None:
    assert _ask(server, "/api/runs", host=host)[0] == 421
    assert _ask(server, "/api/runs", host=f"localhost:{server.port}")[0] == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_nothing_can_be_written(server: ViewerServer, method: str) -> None:
    assert _ask(server, "/files/figure%20one/object.glb", method=method)[0] == 501


def test_foreign_pages_can_neither_embed_nor_read(server: ViewerServer) -> None:
    headers = _ask(server, "/files/figure%20one/object.glb")[2]
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_only_loopback_is_listened_on(server: ViewerServer) -> None:
    assert server.server_address[0] == "127.0.0.1"
    # 127.0.0.2 is the same machine under another address: a server on all of them would answer.
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", server.port), timeout=2).close()


def test_folders_of_runs_are_listed_newest_first_and_a_model_stands_alone(run: Path) -> None:
    newer = run.parent / "newer"
    newer.mkdir()
    (newer / "config.yml").write_text("prompt: x\n")
    (newer / "events.jsonl").write_text("")
    os.utime(run / "events.jsonl", (1.0, 1.0))
    assert [entry.name for entry in shelf_of(run.parent)] == ["newer", "figure one"]
    (alone,) = shelf_of(run / "object.glb")
    assert alone.only == "object.glb"


def test_of_a_folder_that_is_no_run_only_models_and_panoramas_are_given_out(
    tmp_path: Path,
) -> None:
    for name in ("chair.glb", "room.HDR", "letter.json", "photo.png"):
        (tmp_path / name).write_bytes(b"bytes")
    (entry,) = shelf_of(tmp_path)
    told = describe(entry)["files"]
    assert isinstance(told, list)
    assert [file["path"] for file in told] == ["chair.glb", "room.HDR"]
    assert readable(entry, "photo.png") is None


def test_what_cannot_be_shown_is_said_in_a_sentence(run: Path, server: ViewerServer) -> None:
    with pytest.raises(Gen3dError, match="does not exist"):
        shelf_of(run / "nowhere")
    with pytest.raises(Gen3dError, match="no model"):
        shelf_of(run / "log.txt")
    with pytest.raises(Gen3dError, match="no run and no model"):
        shelf_of(run / ".stages")
    with pytest.raises(Gen3dError, match=f"Port {server.port} cannot be used"):
        ViewerServer(run, server.port)
    with pytest.raises(Gen3dError, match="does not exist"):
        ViewerServer(run, 70000)


def test_progress_is_what_the_events_say() -> None:
    stage = {"event": "stage", "name": "export", "index": 5, "of": 7}
    step = {"event": "progress", "step": 3, "total": 9, "eta_s": 4.0}
    working = progress_of([stage, step], alive=True)
    assert (working["state"], working["name"], working["step"]) == ("working", "export", 3)
    assert progress_of([stage, step], alive=False)["state"] == "stopped"
    failed = progress_of([stage, {"event": "error", "message": "no room"}], alive=False)
    assert (failed["state"], failed["message"]) == ("failed", "no room")
    # A run that has just been started has said nothing yet; a folder of models never will.
    assert progress_of([], alive=True)["state"] == "working"
    assert progress_of([], alive=False)["state"] == "done"
    again = progress_of([stage, {"event": "error", "message": "no room"}, stage], alive=True)
    assert again["state"] == "working"
    assert "message" not in again


def test_the_verb_serves_until_it_is_interrupted(run: Path) -> None:
    command = [sys.executable, "-m", "gen3d", "view", str(run), "--no-open"]
    # A shell that runs the tests in the background ignores interrupts, and so would this child.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-4]
        port = int(url.rstrip("/").rsplit(":", 1)[1])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/api/runs")
        assert json.loads(connection.getresponse().read())[0]["name"] == "figure one"
        process.send_signal(signal.SIGINT)
        try:
            assert process.wait(10) == 0
        finally:
            process.kill()
    refused = subprocess.run(
        [*command[:4], str(run / "nowhere")], capture_output=True, text=True, check=False
    )
    assert refused.returncode == 1
    assert "does not exist" in refused.stderr
