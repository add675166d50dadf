# SPDX-License-Identifier: GPL-3.0-or-later
"""Command lines of ``gen3d``, run folders and ``config.yml``, without Blender.

Blender brings no YAML reader, so the numbers of a body are found and changed line by line in the
block ``body:`` that ``gen3d`` itself wrote; every other line of the file stays as it is.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from . import jobs

BODY_RANGES = {
    "height": (0.4, 2.6),
    "age_years": (1.0, 100.0),
    "sex": (0.0, 1.0),
    "weight": (0.0, 1.0),
    "muscle": (0.0, 1.0),
    "proportions": (0.0, 1.0),
    "cup_size": (0.0, 1.0),
    "firmness": (0.0, 1.0),
    "african": (0.0, 1.0),
    "asian": (0.0, 1.0),
    "caucasian": (0.0, 1.0),
}
"""The numbers of a body that the panel shows, with their ranges in ``config.yml``."""

_BODY = re.compile(r"^(?P<indent> +)body:\s*$")
_NUMBER = re.compile(r"^(?P<head> +(?P<key>\w+): )(?P<value>-?[\d.eE+-]+)\s*$")
_RECENT = 12


def environment() -> dict[str, str]:
    """This process's environment without what binds a child to Blender's own Python."""
    kept = {k: v for k, v in os.environ.items() if k not in {"PYTHONHOME", "PYTHONSTARTUP"}}
    return {**kept, "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}


def gen3d(python: str, verb: str, *words: str, **options: object) -> list[str]:
    """A command line; options that are ``None`` or false are left out, true ones are flags."""
    argv = [python, "-m", "gen3d", verb]
    # A leading blank keeps a text that begins with a dash from being read as an option.
    argv += [f" {word}" if word.startswith("-") else word for word in words]
    for name, value in options.items():
        if value is None or value is False:
            continue
        argv.append(f"--{name.strip('_').replace('_', '-')}")
        if value is not True:
            argv.append(str(value))
    return [*argv, "--quiet"]


def new_folder(output: Path, text: str) -> Path:
    """A folder for a run, called after the time and the first words; nothing is made."""
    words = re.sub(r"[^\w]+", "-", text.lower()).strip("-")[:40].rstrip("-") or "run"
    stem = f"{time.strftime('%Y%m%d-%H%M%S')}-{words}"
    names = (stem if n == 1 else f"{stem}-{n}" for n in range(1, 1000))
    return next(output / name for name in names if not (output / name).exists())


@dataclass(frozen=True)
class RecentRun:
    """A run that is there."""

    folder: Path
    title: str
    state: str
    """``done``, ``failed``, ``cancelled``, ``running`` or ``stopped``."""
    results: tuple[str, ...]


def recent_runs(output: Path) -> list[RecentRun]:
    """The newest runs in a folder, newest first; what is no run is passed over."""
    try:
        folders = [f for f in output.iterdir() if f.is_dir() and jobs.is_run(f)]
    except OSError:
        return []
    folders.sort(key=_changed, reverse=True)
    return [_described(folder) for folder in folders[:_RECENT]]


def _changed(folder: Path) -> float:
    times = [p.stat().st_mtime for n in (jobs.EVENTS, jobs.ASKED) if (p := folder / n).is_file()]
    return max(times, default=0.0)


def _described(folder: Path) -> RecentRun:
    facts = jobs.asked_in(folder)
    title = str(facts.get("title") or _prompt_in(folder) or folder.name)
    names = ("character.glb", "object.glb", "motion.glb", "sky.exr")
    results = tuple(name for name in names if (folder / name).is_file())
    return RecentRun(folder, title, _state_of(folder), results)


def _state_of(folder: Path) -> str:
    if jobs.is_locked(folder):
        return "running"
    lines = jobs.tail(folder / jobs.EVENTS).rstrip("\r\n")
    last = jobs.event_of(lines.rpartition("\n")[2])
    if last is None:
        return "stopped"
    if last.get("event") == "error":
        return "cancelled" if last.get("cancelled") else "failed"
    return "done" if last.get("event") == "done" else "stopped"


def _prompt_in(folder: Path) -> str:
    try:
        text = (folder / "config.yml").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    found = re.search(r"^prompt: (.+)$", text, flags=re.MULTILINE)
    return found[1].strip("'\"") if found else ""


def body_numbers(config: Path) -> dict[str, float]:
    """The numbers of the body in a ``config.yml``; empty where it has none."""
    try:
        lines = config.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    return {m["key"]: float(m["value"]) for _, m in _body_lines(lines)}


def set_body_numbers(config: Path, numbers: Mapping[str, float]) -> list[str]:
    """Change numbers of the body in a ``config.yml``, whole or not at all.

    Returns:
        Names of those that changed.
    """
    lines = config.read_text(encoding="utf-8").splitlines()
    changed: list[str] = []
    for index, found in _body_lines(lines):
        wanted = numbers.get(found["key"])
        if wanted is not None and abs(float(found["value"]) - wanted) > 5e-5:
            lines[index] = f"{found['head']}{round(wanted, 4)}"
            changed.append(found["key"])
    if changed:
        beside = config.with_name(".config.yml.tmp")
        beside.write_text("\n".join(lines) + "\n", encoding="utf-8")
        beside.replace(config)
    return changed


def _body_lines(lines: list[str]) -> list[tuple[int, re.Match[str]]]:
    start = next((i for i, line in enumerate(lines) if _BODY.match(line)), None)
    if start is None:
        return []
    depth = len(lines[start]) - len(lines[start].lstrip())
    found: list[tuple[int, re.Match[str]]] = []
    for index in range(start + 1, len(lines)):
        inside = len(lines[index]) - len(lines[index].lstrip())
        if inside <= depth:
            break
        match = _NUMBER.match(lines[index])
        if match and match["key"] in BODY_RANGES:
            found.append((index, match))
    return found


def read_doctor(answer: jobs.Answer) -> tuple[bool, list[str]]:
    """Whether all that is needed works, and a line for each thing that does not."""
    if answer.code is None:
        advice = "choose the Python that gen3d was installed into"
        return False, [f"It cannot be started: {answer.text}; {advice}."]
    start = answer.text.find("[\n")
    try:
        findings = json.loads(answer.text[start:] if start >= 0 else answer.text)
    except ValueError:
        findings = None
    if not isinstance(findings, list):
        return False, [_why_no_doctor(answer)]
    wrong = [f for f in findings if isinstance(f, dict) and not f.get("ok")]
    needed = [f for f in wrong if f.get("needed")]
    lines = [f"{f.get('name')}: {f.get('found')}" for f in needed]
    lines += [f"(optional) {f.get('name')}: {f.get('found')}" for f in wrong if f not in needed]
    return not needed, lines


def _why_no_doctor(answer: jobs.Answer) -> str:
    if "No module named gen3d" in answer.text:
        return "This Python has no gen3d; choose the one that gen3d was installed into."
    last = [line for line in answer.text.splitlines() if line.strip()][-1:]
    return f"It is no gen3d (code {answer.code}): {last[0] if last else 'it printed nothing'}"


def abilities(help_text: str) -> set[str]:
    """What ``gen3d avatar --help`` offers of what the panel has a tab for."""
    return {
        name
        for name, option in (("rig", "--rig"), ("retexture", "--from"))
        if re.search(rf"(?<![\w-]){option}(?![\w-])", help_text)
    }
