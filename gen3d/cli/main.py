# SPDX-License-Identifier: Apache-2.0
"""The command ``gen3d``: finds the verb, runs it, and turns its end into an exit code.

0 done, 1 failed, 2 wrong usage, 130 cancelled. A verb's module is imported only when it is used, so
``gen3d --help`` needs nothing but the standard library.
"""

from __future__ import annotations

import importlib
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from gen3d import __version__
from gen3d.atomic import explain
from gen3d.errors import Gen3dError

VERBS = {
    "create": "one sentence in, a dressed, animated character under its own sky out",
    "avatar": "the character alone",
    "motion": "the motion alone, as BVH and NPZ",
    "scene": "a land under its sky, or the sky alone: panorama and 3D scene",
    "object": "a thing: words to a textured mesh, by guided optimisation of a 3D field",
    "smpl": "a figure as betas and poses of your own SMPL, SMPL-H or SMPL-X model",
    "resume": "go on with a run that was interrupted or whose config.yml was edited",
    "export": "a character as the files of Unity, Unreal, Godot, VRChat or the web",
    "view": "show a run in the browser: figure, motion, object, light",
    "check": "audit a GLB file (for a target if you like) or a panorama, and mend a panorama",
    "train": "make the project's own small models again",
    "models": "list, verify or fetch models and data sets",
    "doctor": "what works on this machine, and what is missing",
}
FAILED, USAGE, CANCELLED = 1, 2, 130

_HELP = """\
usage: gen3d VERB …

One sentence in, a finished, engine-ready 3D character with motion and light out.

{verbs}

gen3d VERB --help   says more about a verb
gen3d --version     prints the version

Example: gen3d create "a tall skinny ninja running at sunset" --out runs/ninja --seed 7
"""


def main(arguments: Sequence[str]) -> int:
    """Run one command line (without the program's name) and return the exit code."""
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        print(help_text(), end="")
        return 0 if arguments else USAGE
    if arguments[0] == "--version":
        print(f"gen3d {__version__}")
        return 0
    verb, *rest = arguments
    if verb not in VERBS:
        _complain(f"{verb!r} is not a verb.", _nearest(verb))
        return USAGE
    return _run_verb(verb, rest)


def help_text() -> str:
    """The verbs that there are, a line each."""
    width = max(map(len, VERBS)) + 2
    return _HELP.format(verbs="\n".join(f"  {v:<{width}}{text}" for v, text in VERBS.items()))


def run() -> None:
    """Entry point of the installed command."""
    signal.signal(signal.SIGTERM, _cancel)
    sys.exit(main(sys.argv[1:]))


def _run_verb(verb: str, arguments: Sequence[str]) -> int:
    try:
        return int(importlib.import_module(f"gen3d.cli.{verb}").main(arguments))
    except Gen3dError as error:
        _complain(error.message, error.hint)
        return FAILED
    except BrokenPipeError:
        # Whoever read our output has left; there is nobody to tell.
        sys.stderr.close()
        return FAILED
    except OSError as error:
        sentence = explain(error, Path(str(error.filename or "")))
        _complain(sentence.message, sentence.hint)
        return FAILED
    except KeyboardInterrupt:
        # A verb that can be resumed has said so itself.
        return CANCELLED


def _complain(message: str, hint: str) -> None:
    print(f"gen3d: {message}", file=sys.stderr)
    if hint:
        print(f"       {hint}", file=sys.stderr)


def _nearest(verb: str) -> str:
    import difflib

    near = difflib.get_close_matches(verb, VERBS, n=1, cutoff=0)
    return f"Did you mean {near[0]!r}? `gen3d --help` lists all."


def _cancel(_number: int, _frame: FrameType | None) -> None:
    """Treat a polite kill like Ctrl-C, so that an add-on's cancel ends a run cleanly."""
    raise KeyboardInterrupt
