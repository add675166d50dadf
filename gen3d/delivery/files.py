# SPDX-License-Identifier: Apache-2.0
"""``gen3d export``: a finished character as the files that a target takes, each held to its budget.

Everything is made in a working folder beside the results and moved there when all of it is done, so
a failed export leaves nothing behind. ``export.json`` says what was made, what each level costs,
which tiers it meets and what could not be done.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gen3d.atomic import explain, publish
from gen3d.blender import blender
from gen3d.cache import sha256_of
from gen3d.check import Row, check_budget, check_glb
from gen3d.check.target import tiers_met
from gen3d.delivery.fit import Fitted, fitted
from gen3d.delivery.levels import triangle_count
from gen3d.delivery.weight import write_within
from gen3d.errors import Gen3dError
from gen3d.export import ktx2
from gen3d.export.container import write_bytes
from gen3d.export.document import mapping_of
from gen3d.export.fbx import HINT, FbxJob, write_fbx
from gen3d.export.gltf_read import read_glb, to_character
from gen3d.export.images import encode_png, textures_of
from gen3d.export.obj import write_obj
from gen3d.export.springs import swinging
from gen3d.export.usd import write_usdz
from gen3d.export.vrm import VrmMeta, vrm_bytes
from gen3d.export.web import INSTALL, find_transform, write_web
from gen3d.target_names import Format
from gen3d.targets import Target
from gen3d.types import Character

STEM = "character"
RECORD = "export.json"
_USUAL_FPS = 30.0
_SPRINGS = "VRM: nothing swings; it has neither a cape nor hair that hangs below the jaw."
_LOST = "FBX: roughness and metalness pictures have no place in the format; they lie in textures/."
_PLAIN = "web: no compressed copy, since gltf-transform was not found: " + INSTALL
_NO_KTX2 = "web: no copy in KTX2, since ktx2-encoder was not found: " + ktx2.INSTALL


@dataclass(frozen=True)
class Delivered:
    """What an export made."""

    folder: Path
    files: tuple[Path, ...]
    levels: tuple[LevelReport, ...]
    notes: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether the nearest level meets every budget that the target requires."""
        return all(row.status != "fail" for row in self.levels[0].rows)


@dataclass(frozen=True)
class LevelReport:
    """A level of detail against the target."""

    name: str
    triangles: int
    mib: float
    tiers: tuple[str, ...]
    rows: tuple[Row, ...]


def export(
    source: Path, target: Target, formats: Sequence[Format], folder: Path, meta: VrmMeta
) -> Delivered:
    """Make the files.

    Args:
        source: A run folder, or a GLB that gen3d wrote.
        target: For whom.
        formats: Which kinds of files.
        folder: Where they go.
        meta: What a VRM says about its author; an empty name means the character's.

    Raises:
        Gen3dError: The target does not take a format, the source is no character of ours, or a
            program that a format needs is missing.
    """
    if target.remade and (odd := sorted({*formats} - {*target.formats})):
        raise Gen3dError(
            f"{target.title} takes no {', '.join(odd)}.",
            f"Choose of {', '.join(target.formats)} for --to.",
        )
    if "fbx" in formats:
        blender(HINT)
    document = read_glb(_glb_in(source))
    character = to_character(document)
    extras = mapping_of(document.gltf.asset.extras)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".export-", dir=folder) as name:
            work = _Work(Path(name), target, extras, character)
            notes = work.make(formats, _about(meta, character, extras))
            files = work.hand_over(folder)
    except OSError as error:
        raise explain(error, folder) from error
    delivered = Delivered(folder, files, work.reports, tuple(notes))
    _record(delivered, target, source, extras)
    return delivered


def _glb_in(source: Path) -> Path:
    if not source.is_dir():
        return source
    glb = source / f"{STEM}.glb"
    if not glb.is_file():
        raise Gen3dError(f"{source} holds no {STEM}.glb.", "Give a run of create or avatar.")
    return glb


def _about(meta: VrmMeta, character: Character, extras: Mapping[str, object]) -> VrmMeta:
    """The character's name where none is given, and where it comes from."""
    prompt = extras.get("prompt")
    made = f"gen3d, prompt: {prompt}" if prompt else "gen3d"
    references = meta.references or (made,)
    return replace(meta, name=meta.name or character.name, references=references)


class _Work:
    """Files being made in a working folder."""

    def __init__(
        self,
        folder: Path,
        target: Target,
        extras: Mapping[str, object],
        source: Character,
    ) -> None:
        self.target = target
        self.extras = extras
        self.source = source
        self.done = folder / "done"
        self.plain = folder / "plain"
        self.scratch = folder / "scratch"
        for place in (self.done, self.plain, self.scratch):
            place.mkdir()
        self.figures = tuple(
            write_within(figure, self.plain / f"{_name(figure.number)}.glb", target, extras)
            for figure in fitted(source, target)
        )
        self.reports = tuple(self._level(figure) for figure in self.figures)

    def make(self, formats: Sequence[Format], meta: VrmMeta) -> list[str]:
        """Every format, in the order of cost; returns what could not be done."""
        notes: list[str] = []
        if "glb" in formats:
            notes += self._glb()
        if "obj" in formats:
            write_obj(self._nearest, self.done / f"{STEM}.obj")
        if "vrm" in formats:
            worn = swinging(self._nearest, self.source)
            write_bytes(self.done / f"{STEM}.vrm", vrm_bytes(worn, meta, self.extras))
            notes += [] if worn.chains else [_SPRINGS]
        if "usdz" in formats:
            path = self.done / f"{STEM}.usdz"
            write_usdz(self._nearest, path, self.scratch, naming=self.target.bones)
        if "fbx" in formats:
            notes += self._fbx()
        return notes

    def hand_over(self, folder: Path) -> tuple[Path, ...]:
        """Move what was made to its final place."""
        made = sorted(path for path in self.done.rglob("*") if path.is_file())
        finals = [folder / path.relative_to(self.done) for path in made]
        for path, final in zip(made, finals, strict=True):
            publish(path, final)
        return tuple(finals)

    @property
    def _nearest(self) -> Character:
        return self.figures[0].character

    def _level(self, figure: Fitted) -> LevelReport:
        path = self.plain / f"{_name(figure.number)}.glb"
        # The nearest level is audited whole; what the others share with it need not be again.
        report = (check_budget if figure.number else check_glb)(path, self.target)
        mib = path.stat().st_size / (1 << 20)
        met = tiers_met(report.rows, self.target)
        counted = triangle_count(figure.character)
        return LevelReport(_name(figure.number), counted, round(mib, 2), met, report.rows)

    def _glb(self) -> list[str]:
        for path in sorted(self.plain.glob("*.glb")):
            write_bytes(self.done / path.name, path.read_bytes())
        if self.target.name != "web":
            return []
        program = find_transform()
        if program is None:
            return [_PLAIN]
        modules = ktx2.find_encoder(program)
        for path in sorted(self.plain.glob("*.glb")):
            write_web(path, self.done / f"{path.stem}_web.glb", program, self.scratch)
            if modules is not None:
                copy = self.done / f"{path.stem}_ktx2.glb"
                ktx2.write_ktx2(path, copy, modules, self.scratch)
        return [] if modules is not None else [_NO_KTX2]

    def _fbx(self) -> list[str]:
        clips = self._nearest.clips
        fps = clips[0].fps if clips else _USUAL_FPS
        names = [_name(figure.number) for figure in self.figures]
        jobs = [FbxJob(self.plain / f"{n}.glb", self.done / f"{n}.fbx", fps) for n in names]
        write_fbx(jobs, self.scratch)
        for texture in textures_of(self._nearest):
            write_bytes(self.done / "textures" / f"{texture.name}.png", encode_png(texture))
        return [_LOST]


def _name(number: int) -> str:
    return f"{STEM}_lod{number}" if number else STEM


def _record(
    delivered: Delivered, target: Target, source: Path, extras: Mapping[str, object]
) -> None:
    content = {
        "target": target.name,
        "source": source.name,
        "axes": target.axes,
        "advice": target.advice,
        "levels": [
            {
                "file": level.name,
                "triangles": level.triangles,
                "mib": level.mib,
                "tiers": list(level.tiers),
                "not_met": {r.name: r.hint for r in level.rows if r.status in {"warn", "fail"}},
            }
            for level in delivered.levels
        ],
        "notes": list(delivered.notes),
        "files": {
            path.relative_to(delivered.folder).as_posix(): sha256_of(path)
            for path in delivered.files
        },
        "made_of": dict(extras),
    }
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    write_bytes(delivered.folder / RECORD, text.encode())
