# SPDX-License-Identifier: Apache-2.0
"""Do prompts of places become what they say? Measured on the panoramas, with a contact sheet::

    python tests/benchmarks/scene_prompts.py --out runs/scenes --sheet configs/pictures/scenes.jpg
    python tests/benchmarks/scene_prompts.py --indoors --out runs/rooms

``configs/prompts/scenes.yml`` holds the prompts, in the proportions of the categories of a large
HDRI library, and what each must show: the sun's height, brightness, colour, open sky, and classes
of the map of surfaces; indoors the share of windows, lamps on or off, and the light on the floor.
None was used while the landscapes were made. Prints a row for each and
fails when fewer than nine in ten hold everything.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from PIL import Image, ImageDraw

from gen3d.cli.main import main as gen3d
from gen3d.config import config_dir
from scenes.files import read_image
from scenes.lighting import luminance
from scenes.place import LABELS
from scenes.units import UNIT_CD_M2

GOAL = 0.9
LIT = 4.0
"""How many times as bright as bright walls lamps are from which they are on."""
_THUMB = (480, 240)
Row = dict[str, Any]


def main() -> int:
    options = _options()
    prompts = yaml.safe_load((config_dir() / "prompts" / "scenes.yml").read_text("utf-8"))
    wanted = prompts["indoors" if options.indoors else "outdoors"][: options.first]
    held, thumbs = 0, list[Image.Image]()
    for number, row in enumerate(wanted):
        folder = options.out / f"{number:02d}"
        _make(row["text"], folder, options.width, options.seed)
        figures = measure(folder)
        wrong = [what for what, good in judge(row, figures).items() if not good]
        held += not wrong
        verdict = "holds" if not wrong else "not: " + ", ".join(wrong)
        print(f"{number:2d} {row['text'][:58]:<58} {_said(figures)} {verdict}", flush=True)
        thumbs.append(_thumb(folder, row["text"], good=not wrong))
    if options.sheet:
        sheet(thumbs).save(options.sheet, quality=options.quality, subsampling=2)
    print(f"{held} of {len(wanted)} hold everything (goal {GOAL:.0%})")
    return 0 if held >= GOAL * len(wanted) else 1


def _make(text: str, folder: Path, width: int, seed: int) -> None:
    size = ["--width", str(width), "--seed", str(seed)]
    if gen3d(["scene", text, "--out", str(folder), "--quiet", *size]):
        raise SystemExit(f"{text!r} failed: see {folder}/log.txt")


def measure(folder: Path) -> Row:
    """What a run's panorama shows, from its pixels alone but for the sun's height."""
    light = json.loads((folder / "lighting.json").read_text("utf-8"))
    radiance = read_image(folder / "sky.exr") * np.float32(UNIT_CD_M2)
    height = radiance.shape[0]
    band = radiance[height // 5 : height * 4 // 5]
    ground = np.median(band[len(band) // 2 :].reshape(-1, 3), axis=0)
    figures: Row = {
        # At night the report's "sun" is the moon; the run's numbers have the sun itself.
        "sun": float(
            _description(folder)["sky"]["sun_elevation_deg"]
            if light["sun"].get("body") == "moon"
            else light["sun"]["elevation_deg"]
        ),
        "lamps": False,
        "log_luminance": float(np.log10(np.median(luminance(band)) + 1e-6)),
        "ground": ground / max(float(ground.max()), 1e-9),
        "open": 1.0,
        "shares": dict.fromkeys(LABELS, 0.0),
    }
    if (folder / "labels.png").is_file():
        labels = np.asarray(Image.open(folder / "labels.png"))
        counts = np.bincount(labels.ravel(), minlength=len(LABELS)) / labels.size
        figures["shares"] = dict(zip(LABELS, counts.tolist(), strict=True))
        upper = np.asarray(Image.open(folder / "mask.png"))[: height // 2]
        figures["open"] = float(upper.mean() / 255.0)
        light_of = luminance(radiance)
        lamps = light_of[labels == LABELS.index("lamp")]
        figures["lamps"] = bool(
            lamps.size and np.quantile(lamps, 0.97) > LIT * _around(light_of, labels)
        )
        figures["window"] = float(np.asarray(Image.open(folder / "mask.png")).mean() / 255.0)
        figures["floor_lux"] = _floor_lux(folder, light_of, labels == LABELS.index("floor"))
    return figures


def _description(folder: Path) -> Row:
    return yaml.safe_load((folder / "config.yml").read_text("utf-8"))["description"]


def _around(light: np.ndarray, labels: np.ndarray) -> float:
    """Luminance of bright walls and ceilings: white glass that is off is no brighter."""
    shell = np.isin(labels, [LABELS.index("wall"), LABELS.index("ceiling")])
    return float(np.quantile(light[shell], 0.9)) if shell.any() else 0.0


def _floor_lux(folder: Path, light: np.ndarray, floor: np.ndarray) -> float:
    """Median light on the floor, by its brightness and the albedo that the run gives it."""
    said = _description(folder).get("room")
    if not said or not floor.any():
        return 0.0
    albedo = float(luminance(np.array(said["floor_color"], np.float64)))
    return float(np.median(light[floor])) * np.pi / albedo


def judge(row: Row, figures: Row) -> dict[str, bool]:
    """Each thing that a prompt must show, and whether it does."""
    verdicts: dict[str, bool] = {}
    for name in ("sun", "luminance", "open", "window", "floor_lux"):
        if name in row:
            low, high = row[name]
            value = figures["log_luminance" if name == "luminance" else name]
            verdicts[name] = low <= value <= high
    if "lamps" in row:
        verdicts["lamps on" if row["lamps"] else "lamps off"] = figures["lamps"] == row["lamps"]
    if "tint" in row:
        red, _, blue = figures["ground"]
        verdicts["warm light"] = red > 1.5 * blue
    for label, least in row.get("shows", {}).items():
        verdicts[label] = figures["shares"][label] >= least
    for label in row.get("lacks", []):
        verdicts[f"no {label}"] = figures["shares"][label] <= 0.002
    if "ground" in row:
        red, green, blue = figures["ground"]
        verdicts[f"{row['ground']} ground"] = {
            "green": green >= max(red, blue),
            "warm": red > 1.15 * blue,
            "white": min(red, green, blue) > 0.6,
        }[row["ground"]]
    return verdicts


def _said(figures: Row) -> str:
    red, green, blue = figures["ground"]
    if figures.get("floor_lux"):
        return (
            f"sun {figures['sun']:6.1f}° 10^{figures['log_luminance']:5.2f} cd/m² windows "
            f"{figures['window']:.3f} floor {figures['floor_lux']:6.0f} lux "
            f"lamps {'on' if figures['lamps'] else 'off'}"
        )
    return (
        f"sun {figures['sun']:6.1f}° 10^{figures['log_luminance']:5.2f} cd/m² "
        f"open {figures['open']:.2f} ground {red:.2f} {green:.2f} {blue:.2f}"
    )


def _thumb(folder: Path, text: str, *, good: bool) -> Image.Image:
    picture = Image.open(folder / "sky.jpg").resize(_THUMB, Image.Resampling.LANCZOS)
    page = Image.new("RGB", (_THUMB[0], _THUMB[1] + 16), (20, 20, 20))
    page.paste(picture)
    colour = (220, 220, 220) if good else (255, 140, 120)
    ImageDraw.Draw(page).text((4, _THUMB[1] + 2), text[:78], fill=colour)
    return page


def sheet(thumbs: list[Image.Image], columns: int = 3) -> Image.Image:
    """All pictures, each over its prompt."""
    wide, tall = thumbs[0].size
    rows = -(-len(thumbs) // columns)
    page = Image.new("RGB", (columns * wide, rows * tall))
    for number, thumb in enumerate(thumbs):
        page.paste(thumb, (number % columns * wide, number // columns * tall))
    return page


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/scenes"))
    parser.add_argument("--indoors", action="store_true")
    parser.add_argument("--sheet", type=Path)
    parser.add_argument("--quality", type=int, default=62)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--first", type=int, default=None)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
