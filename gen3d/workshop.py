# SPDX-License-Identifier: Apache-2.0
"""What every pipeline needs around its stages: an open run, its errors as sentences, its end.

A pipeline is a list of stage names and a function that does them with a :class:`Workshop`. A
stage's inputs are its own values and the hashes of the stages that it reads, so editing one number
in ``config.yml`` makes again exactly what depends on it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from gen3d.atomic import explain
from gen3d.config import RunConfig
from gen3d.errors import Gen3dError
from gen3d.events import Listener
from gen3d.manifest import build_manifest, code_digest, versions
from gen3d.models.cards import Card, all_cards
from gen3d.runs import MANIFEST, Json, Run, StageRecord, Work

if TYPE_CHECKING:
    from gen3d.check import Report

KINDS = {
    "character.glb": "character",
    "draft.glb": "draft",
    "object.glb": "object",
    "motion.bvh": "motion",
    "motion.npz": "motion",
    "motion.glb": "motion",
    "panorama.png": "environment",
    "sky.exr": "environment",
    "sky.hdr": "environment",
    "sky.jpg": "environment",
    "lighting.json": "environment",
    "depth.exr": "environment",
    "normals.exr": "environment",
    "mask.png": "environment",
    "labels.png": "environment",
    "scene.glb": "scene",
    "scene_lod.glb": "scene",
    "flythrough.mp4": "film",
    "check.json": "report",
}
"""Results that are announced, by what they are."""

logger = logging.getLogger(__name__)


class Workshop:
    """A run being made: its common inputs and the records of the stages so far."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.base: Json = {"code": code_digest(), "versions": versions()}
        self.records: dict[str, StageRecord] = {}
        self._start = time.monotonic()

    def stage(self, name: str, inputs: Json, work: Work, note: str = "") -> StageRecord:
        """Run one stage with the common inputs added, and announce its files."""
        record = self.run.stage(name, {**self.base, **inputs}, work, note)
        self.records[name] = record
        for path in record.outputs:
            if path.startswith("preview."):
                self.run.events.emit("preview", path=path)
            elif path in KINDS:
                self.run.events.emit("artifact", kind=KINDS[path], path=path)
        return record

    def made_by(self, *stages: str) -> dict[str, object]:
        """Hashes of what some stages made, for those that this pipeline has."""
        return {name: self.records[name].outputs for name in stages if name in self.records}

    def check(self, glb: str) -> StageRecord:
        """Audit a file of the run in a stage of its own."""

        def look(to: Path, _: object) -> Json:
            report = _audited(self.run.folder, glb, to)
            failed = [row.name for row in report.rows if row.status == "fail"]
            warned = [row.name for row in report.rows if row.status == "warn"]
            return {"ok": report.ok, "failed": failed, "warned": warned}

        return self.stage("check", self.made_by("export"), look)

    def finish(self, config: RunConfig, extras: dict[str, Any], glb: str) -> None:
        """Write the manifest and announce the end.

        Raises:
            Gen3dError: The file fails its own check.
        """
        seconds = time.monotonic() - self._start
        records = list(self.records.values())
        manifest = build_manifest(config, extras, records, seconds)
        self.run.write(MANIFEST, json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
        self.run.events.emit("artifact", kind="manifest", path=MANIFEST)
        failed = self.records["check"].facts["failed"] if "check" in self.records else []
        if failed:
            names = ", ".join(cast("list[str]", failed))
            path = self.run.folder / glb
            raise Gen3dError(f"{path} fails its check: {names}.", f"See `gen3d check {path}`.")
        allowed = manifest["commercial_use"]["allowed"]
        said = {"commercial_use": allowed, "notes": manifest.get("notes", [])}
        self.run.events.emit("done", seconds=round(seconds, 2), **said)


def audit(shop: Workshop, glb: str, made: str) -> StageRecord:
    """Audit a figure of the user's in a stage of its own: what is found is told and stops nothing.

    Args:
        shop: The run.
        glb: The file in it.
        made: The stage that made it.
    """

    def look(to: Path, _: object) -> Json:
        report = _audited(shop.run.folder, glb, to)
        return {"failed": [row.name for row in report.rows if row.status == "fail"]}

    return shop.stage("audit", shop.made_by(made), look)


def _audited(folder: Path, glb: str, to: Path) -> Report:
    """Check a file of a run and write the report beside it."""
    from dataclasses import replace

    from gen3d.check import check_glb

    # A run can be moved: its files name each other from where they are.
    report = replace(check_glb(folder / glb), path=glb)
    (to / "check.json").write_text(report.to_json() + "\n", encoding="utf-8")
    return report


def inside(folder: Path, relative: str) -> Path:
    """A path in a folder, whose own folder is made."""
    path = folder / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def cards_of(names: Iterable[str]) -> list[Card]:
    """Cards by id, each once, in order."""
    cards = all_cards()
    return [cards[name] for name in dict.fromkeys(names)]


def work_in(
    folder: Path,
    stages: tuple[str, ...],
    listeners: tuple[Listener, ...],
    work: Callable[[Workshop], None],
) -> None:
    """Open a run folder and work in it; whatever goes wrong becomes the run's last event.

    Raises:
        Gen3dError: Something that the user can act on; it is also the run's last event.
        KeyboardInterrupt: Cancelled; the run can be resumed.
    """
    with Run(folder, stages, listeners) as run:
        try:
            work(Workshop(run))
        except KeyboardInterrupt:
            _report(run, "Cancelled.", f"gen3d resume {folder}", cancelled=True)
            raise
        except BrokenPipeError:
            # Whoever watched the events has left: that is for the command line to deal with.
            raise
        except (Gen3dError, OSError, MemoryError) as error:
            sentence = _sentence(error, folder)
            _report(run, sentence.message, sentence.hint)
            raise sentence from None
        except Exception as error:
            logger.exception("unexpected error")
            message = f"Unexpected error, a defect of gen3d: {type(error).__name__}: {error}."
            hint = f"The details are in {folder}/log.txt; please report them with the prompt."
            _report(run, message, hint)
            raise Gen3dError(message, hint) from error


def check_device(device: str) -> None:
    """Make sure that a device is there.

    Raises:
        Gen3dError: It is not.
    """
    if device in {"auto", "cpu"}:
        return
    import torch

    backend = torch.cuda if device == "cuda" else torch.backends.mps
    if not backend.is_available():
        raise Gen3dError(f"There is no {device} device here.", "Use --device cpu or auto.")


def best_device(device: str) -> str:
    """The device that is meant; ``auto`` is the graphics card where there is one."""
    if device != "auto":
        return device
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _sentence(error: Gen3dError | OSError | MemoryError, folder: Path) -> Gen3dError:
    if isinstance(error, Gen3dError):
        return error
    if isinstance(error, OSError):
        return explain(error, folder)
    return Gen3dError("There is not enough memory.", "About 4 GB must be free.")


def _report(run: Run, message: str, hint: str, *, cancelled: bool = False) -> None:
    # On a full disk the event cannot be written either; the exception still tells the user.
    with contextlib.suppress(OSError):
        run.events.emit("error", message=message, hint=hint, cancelled=cancelled)
