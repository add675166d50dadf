# SPDX-License-Identifier: Apache-2.0
"""Kill a run with SIGKILL at random moments, resume it, and compare every byte.

    python tests/benchmarks/kill_resume.py --kills 20 -- --width 1024

Each trial is a fresh run that is killed once at a moment drawn uniformly from the length of an
undisturbed run, then finished by ``gen3d resume`` (or by the same command, when the kill came
before there was a run). All results must equal those of the undisturbed run, the manifest apart
from its times. The exit code is 1 when one differs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TIMES = ("seconds", "stages")
VOLATILE = {"events.jsonl", "log.txt"}


def main() -> int:
    options = _options()
    moments = random.Random(options.seed)  # noqa: S311  # moments, not secrets
    with tempfile.TemporaryDirectory(prefix="gen3d-kill-") as name:
        place = Path(name)
        command = [options.verb, options.prompt, "--seed", "7", "--quiet", *options.rest]
        start = time.monotonic()
        _gen3d(command, place / "whole").wait()
        length = time.monotonic() - start
        expected = contents(place / "whole")
        print(f"undisturbed: {length:.1f} s, {len(expected)} files")
        bad = 0
        for trial in range(options.kills):
            moment = moments.uniform(0.0, length)
            different = killed_once(command, place / f"run{trial}", moment, expected)
            bad += bool(different)
            print(f"killed at {moment:6.2f} s: {different or 'same bytes'}", flush=True)
    print(f"{options.kills - bad} of {options.kills} ended with the same bytes")
    return 1 if bad else 0


def killed_once(
    command: list[str], folder: Path, moment: float, expected: dict[str, str]
) -> list[str]:
    """Names of the files that differ after one kill and one resume."""
    process = _gen3d(command, folder)
    try:
        process.wait(timeout=moment)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    started = (folder / "config.yml").exists()
    again = ["resume", str(folder), "--quiet"] if started else command
    code = _gen3d(again, None if started else folder).wait()
    found = contents(folder)
    names = sorted({*found, *expected})
    return [f"exit code {code}"] * (code != 0) + [
        name for name in names if found.get(name) != expected.get(name)
    ]


def contents(folder: Path) -> dict[str, str]:
    """Hash of every result of a run."""
    paths = [p for p in folder.iterdir() if p.is_file() and p.name not in VOLATILE]
    return {path.name: hashlib.sha256(_lasting(path)).hexdigest() for path in sorted(paths)}


def _lasting(path: Path) -> bytes:
    """A file's bytes; of the manifest, those that are not times; of the config, its values."""
    if path.name == "manifest.json":
        manifest = json.loads(path.read_text(encoding="utf-8"))
        return json.dumps({k: v for k, v in manifest.items() if k not in TIMES}).encode()
    if path.name == "config.yml":
        lines = path.read_text(encoding="utf-8").splitlines()
        return "\n".join(line for line in lines if not line.startswith("#")).encode()
    return path.read_bytes()


def _gen3d(arguments: list[str], folder: Path | None) -> subprocess.Popen[bytes]:
    out = [] if folder is None else ["--out", str(folder)]
    return subprocess.Popen([sys.executable, "-m", "gen3d", *arguments, *out])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verb", default="create")
    parser.add_argument("--prompt", default="a tall skinny ninja running at sunset")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0, help="of the random moments")
    parser.add_argument("rest", nargs="*", help="after --: options for the verb")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
