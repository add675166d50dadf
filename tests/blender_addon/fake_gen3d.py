# SPDX-License-Identifier: Apache-2.0
"""A child that behaves as it is told: ``fake_gen3d.py WAY`` works in the folder it starts in."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

EVENTS = Path("events.jsonl")


def say(kind: str, /, **fields: object) -> None:
    with EVENTS.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps({"t": time.time(), "event": kind, **fields}) + "\n")


def work(way: str) -> int:
    if way == "never":
        time.sleep(600)
    if way == "silent":
        return 0
    say("stage", name="words", index=1, of=2, skipped=False, note="a note")
    say("progress", step=1, total=4, eta_s=9.0)
    print("printed", way, flush=True)  # noqa: T201 - what the log is tested with
    if way == "half":
        with EVENTS.open("a", encoding="utf-8") as stream:
            stream.write('{"event": "progress", "step": 3, ')
            stream.flush()
            while not Path("go").exists():
                time.sleep(0.02)
            stream.write('"total": 4, "eta_s": 2.0}\n')
    if way == "dies":
        for number in range(30):
            print("line", number, file=sys.stderr)  # noqa: T201
        return 3
    if way in {"waits", "stubborn"}:
        if way == "stubborn":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        Path("pid").write_text(str(os.getpid()), encoding="ascii")
        Path("pid").rename("ready")
        time.sleep(600)
    if way == "error":
        say("error", message="The prompt is odd.", hint="Say another.", cancelled=False)
        return 1
    say("preview", path="preview.png")
    say("preview", path="preview.mp4")
    say("artifact", kind="character", path="character.glb")
    say("done", seconds=1.0, commercial_use=True)
    return 0


if __name__ == "__main__":
    sys.exit(work(sys.argv[1]))
