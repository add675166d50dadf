# SPDX-License-Identifier: Apache-2.0
"""The page in headless Chromium: what it draws is read back from screenshots, as a user sees it."""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from gen3d.viewer.server import ViewerServer

Serve = Callable[[Path], ViewerServer]
SETTLED = "html:not([data-state=loading])"
# SwiftShader on cores that others use as well is slow, never this slow.
PATIENCE_MS = 120_000


# What was asked for is drawn in the first, and on the screen in the second.
TWO_FRAMES = "() => new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))"


@dataclass
class Visit:
    """A page, and everything that went wrong or went elsewhere on it."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list[str])
    strangers: list[str] = field(default_factory=list[str])

    def open(self, url: str) -> str:
        """Go to a viewer; returns the state that the page settles in."""
        self.url = url
        self.page.goto(url)
        return self.settled()

    def settled(self) -> str:
        self.page.wait_for_selector(SETTLED)
        return str(self.page.get_attribute("html", "data-state"))

    def picture(self) -> np.ndarray:
        """What the middle of the canvas shows, without what lies over it."""
        self.page.evaluate(TWO_FRAMES)
        shot = self.page.screenshot(clip={"x": 4, "y": 50, "width": 426, "height": 366})
        return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(np.int16)

    def slide(self, selector: str, value: float) -> None:
        self.page.eval_on_selector(
            selector,
            "(e, v) => { e.value = v; e.dispatchEvent(new Event('input', { bubbles: true })); }",
            value,
        )

    def tab(self, name: str) -> str:
        self.page.get_by_role("tab", name=name).click()
        return self.settled()


BAD = {"error", "warning"}


def start(browser: Browser) -> Visit:
    page = browser.new_page(viewport={"width": 800, "height": 480})
    page.set_default_timeout(PATIENCE_MS)
    made = Visit(page, "")
    page.on("console", lambda m: made.complaints.append(m.text) if m.type in BAD else None)
    page.on("pageerror", lambda error: made.complaints.append(str(error)))
    page.on("request", lambda r: made.strangers.append(r.url) if not own(r.url, made) else None)
    return made


def own(address: str, visit: Visit) -> bool:
    return address.startswith((visit.url, f"blob:{visit.url}"))


def end(visit: Visit) -> None:
    visit.page.close()
    assert visit.complaints == []
    assert visit.strangers == []


@pytest.fixture(scope="module")
def visit(browser: Browser, serve: Serve, chequered_run: Path) -> Iterator[Visit]:
    """The run; one visit for many tests, since drawing the first picture takes seconds."""
    made = start(browser)
    assert made.open(serve(chequered_run).url) == "ready"
    yield made
    end(made)


@pytest.fixture
def newcomer(browser: Browser) -> Iterator[Visit]:
    """A page that has been nowhere yet."""
    made = start(browser)
    yield made
    end(made)


@pytest.fixture
def figure(visit: Visit) -> Visit:
    """The figure from the front, at rest in its first frame, before plain grey."""
    visit.tab("Character")
    visit.page.get_by_label("Sky as background").uncheck()
    visit.slide("#scrub", 0)
    visit.page.get_by_role("button", name="Front").click()
    return visit


def changed(one: np.ndarray, other: np.ndarray, least: int = 24) -> np.ndarray:
    return np.abs(one - other).max(axis=2) > least


def test_the_figure_stands_upright_and_wears_its_texture(figure: Visit) -> None:
    textured = figure.picture()
    figure.page.keyboard.press("n")
    mask = changed(textured, figure.picture())
    figure.page.keyboard.press("n")
    assert not changed(textured, figure.picture()).any()
    assert 0.02 < mask.mean() < 0.5
    rows, columns = np.nonzero(mask)
    high, wide = np.ptp(rows), np.ptp(columns)
    # In T-pose, arms make the upper fifth or so the widest, and two legs stand below.
    widths = mask.sum(axis=1)
    assert (widths.argmax() - rows.min()) / high < 0.35
    assert 0.7 < wide / high < 1.3
    low = mask[rows.max() - int(0.2 * high)]
    middle = (columns.min() + columns.max()) // 2
    assert not low[middle - 2 : middle + 3].any()
    assert low[:middle].any()
    assert low[middle:].any()
    # Squares of red and of white, each a good part of what is seen.
    red, green, blue = textured[mask].T
    assert 0.2 < np.mean((red > 1.8 * green) & (red > 1.8 * blue)) < 0.8
    assert 0.2 < np.mean((np.abs(red - green) < 40) & (np.abs(red - blue) < 40)) < 0.8


def test_it_moves_while_it_plays_and_only_then(figure: Visit) -> None:
    page = figure.page
    page.keyboard.press("Space")
    assert page.get_attribute("#play", "aria-label") == "Pause"
    before, clock = figure.picture(), page.inner_text("#clock")
    # A busy machine may draw no frame for a while, or come back after a whole turn of the clip.
    moved = "before => document.querySelector('#clock').innerText !== before"
    page.wait_for_function(moved, arg=clock, timeout=10_000)
    after = figure.picture()
    assert changed(before, after).mean() > 0.001
    page.get_by_role("button", name="Pause").click()
    still, clock = figure.picture(), page.inner_text("#clock")
    page.wait_for_timeout(400)
    assert page.inner_text("#clock") == clock
    assert not (still != figure.picture()).any()


def test_scrubbing_goes_to_a_moment_and_back(figure: Visit) -> None:
    first = figure.picture()
    figure.slide("#scrub", 0.25)
    assert figure.page.inner_text("#clock").startswith("0.25 / 1.0")
    moved = changed(first, figure.picture())
    # The right arm swings, on the left of the picture, and above the ground nothing else does.
    assert moved[:, :230].mean() > 0.002
    assert not moved[:230, 280:].any()
    figure.slide("#scrub", 0)
    assert not changed(first, figure.picture()).any()


# Plays with a clock that goes on by 40 ms a frame, however long a frame takes; returns the times
# that the page shows.
EVEN_FRAMES = """async () => {
    const real = window.requestAnimationFrame.bind(window);
    const [play, clock] = ["#play", "#clock"].map((one) => document.querySelector(one));
    let now = performance.now();
    window.requestAnimationFrame = (call) => real(() => call((now += 40)));
    await new Promise(real);
    play.click();
    const seen = [];
    for (let frame = 0; frame < 8; frame += 1) {
        await new Promise(real);
        seen.push(parseFloat(clock.value));
    }
    play.click();
    window.requestAnimationFrame = real;
    return seen.slice(2);
}"""


@pytest.mark.parametrize("speed", [0.25, 1.0, 2.0])
def test_speed_is_what_the_slider_says(figure: Visit, speed: float) -> None:
    figure.slide("#speed", speed)
    steps = np.diff(figure.page.evaluate(EVEN_FRAMES))
    figure.slide("#speed", 1)
    assert figure.page.inner_text("#pace") == "1×"
    assert np.allclose(steps, 0.04 * speed, atol=0.011)
    assert np.mean(steps) == pytest.approx(0.04 * speed, abs=0.004)


def test_views_orbit_zoom_and_frame_change_what_is_seen(figure: Visit) -> None:
    page, front = figure.page, figure.picture()
    seen = [front]
    for key in "379":
        page.keyboard.press(key)
        seen.append(figure.picture())
    for number, one in enumerate(seen):
        assert all(changed(one, other).mean() > 0.01 for other in seen[number + 1 :])
    page.get_by_role("button", name="Front").click()
    assert not changed(front, figure.picture()).any()
    page.mouse.move(264, 200)
    page.mouse.down()
    page.mouse.move(344, 220, steps=3)
    page.mouse.up()
    turned = figure.picture()
    assert changed(front, turned).mean() > 0.01
    page.mouse.wheel(0, -600)
    assert changed(turned, figure.picture()).mean() > 0.01
    page.keyboard.press("f")
    assert not changed(turned, figure.picture()).any()


@pytest.mark.parametrize(("key", "box"), [("s", "Skeleton"), ("w", "Wireframe"), ("n", "Normals")])
def test_overlays_come_and_go(figure: Visit, key: str, box: str) -> None:
    plain = figure.picture()
    figure.page.keyboard.press(key)
    assert figure.page.get_by_label(box).is_checked()
    assert changed(plain, figure.picture()).mean() > 0.002
    figure.page.get_by_label(box).click()
    figure.page.mouse.move(264, 200)
    assert not changed(plain, figure.picture()).any()


def test_a_face_shape_moves_the_face_and_nothing_else(figure: Visit) -> None:
    figure.page.get_by_text("Face shapes").click()
    assert figure.page.locator("#shapes input").count() == 52
    calm = figure.picture()
    # Each moves a corner of the mannequin's head by some millimetres.
    for slider in figure.page.locator("#shapes input").all():
        figure.slide(f"#shapes input[name={slider.get_attribute('name')}]", 1)
    # Below, the shadow of the head moves with it.
    rows = np.nonzero(changed(calm, figure.picture(), 6)[:230].any(axis=1))[0]
    assert len(rows) > 4
    assert np.ptp(rows) < 60
    figure.page.get_by_role("button", name="Back to the motion").click()
    assert not changed(calm, figure.picture()).any()
    figure.page.get_by_text("Face shapes").click()


def test_motion_alone_is_a_skeleton_and_a_thing_has_no_transport(visit: Visit) -> None:
    assert visit.tab("Motion") == "ready"
    assert not visit.page.get_by_label("Surface").is_checked()
    visit.page.get_by_label("Sky as background").uncheck()
    orange = visit.picture() - np.array([240, 163, 64])
    assert (np.abs(orange).max(axis=2) < 60).mean() > 0.001
    assert visit.tab("Object") == "ready"
    assert not visit.page.locator("#transport").is_visible()
    assert visit.page.get_by_label("Surface").is_checked()
    assert not visit.page.get_by_label("Skeleton").is_checked()


def test_the_sky_lights_and_surrounds(visit: Visit) -> None:
    assert visit.tab("Environment") == "ready"
    visit.page.get_by_label("Sky as background").check()
    seen = visit.picture()
    sky, ground = seen[:60, :250].mean(axis=(0, 1)), seen[-60:].mean(axis=(0, 1))
    assert sky[2] > sky[0] + 15
    assert ground[0] > ground[2]
    visit.slide("#exposure", 1.5)
    assert visit.page.inner_text("#stops") == "+1.5 EV"
    assert visit.picture().mean() > seen.mean() + 20
    visit.slide("#exposure", 0)
    visit.page.get_by_label("Sky as background").click()
    assert changed(seen, visit.picture()).mean() > 0.3


def test_the_sun_is_where_the_file_says_and_both_formats_agree(
    visit: Visit, chequered_run: Path
) -> None:
    read = """async (run) => {
        const { readSky } = await import("/page/sky.js");
        const all = [];
        for (const name of ["sky.hdr", "sky.exr"]) {
            const answer = await fetch(`/files/${encodeURIComponent(run)}/${name}`);
            const { sun, exposure } = readSky(await answer.arrayBuffer(), name);
            all.push([...sun.direction.toArray(), ...sun.color.toArray(), exposure]);
        }
        return all;
    }"""
    hdr, exr = np.array(visit.page.evaluate(read, chequered_run.name))
    told = json.loads((chequered_run / "lighting.json").read_text())["sun"]
    assert np.allclose(exr[:3], told["direction_world"], atol=0.01)
    colour = np.array(told["illuminance_rgb_lux"])
    assert np.allclose(exr[3:6], colour / colour.max(), atol=0.02)
    assert np.allclose(hdr, exr, atol=0.01)


def test_the_run_is_told_about(visit: Visit) -> None:
    assert visit.page.inner_text("#title") == "a chequered figure"
    facts = visit.page.inner_text("#facts")
    for words in ("a chequered figure", "11", "passed: 1 good, 1 warnings", "also commercial"):
        assert words in facts
    visit.page.get_by_text("Licences").click()
    assert "CC0-1.0" in visit.page.inner_text("#licences")
    visit.page.locator("#audit summary").click()
    assert "Add one." in visit.page.inner_text("#audit")


def test_a_model_file_alone_tells_of_itself(
    newcomer: Visit, serve: Serve, chequered_run: Path
) -> None:
    assert newcomer.open(serve(chequered_run / "character.glb").url) == "ready"
    assert newcomer.page.inner_text("#title") == "a chequered figure"
    assert "CC0-1.0" in str(newcomer.page.text_content("#licences"))
    assert newcomer.page.locator("#source").is_disabled()
    # There is no sky here, so the studio gives the light.
    red, green, _ = newcomer.picture().reshape(-1, 3).T
    assert 0.005 < np.mean(red > 1.8 * green) < 0.2
    assert not newcomer.page.get_by_role("tab", name="Environment").is_visible()


@pytest.fixture
def half_a_run(tmp_path: Path) -> Path:
    folder = tmp_path / "half"
    folder.mkdir()
    (folder / "config.yml").write_text("prompt: a <b>bold</b> fox\n")
    stage = '{"event": "stage", "name": "motion", "index": 3, "of": 7}\n'
    (folder / "events.jsonl").write_text(stage)
    return folder


def test_what_a_run_makes_appears_by_itself(
    newcomer: Visit, serve: Serve, half_a_run: Path, chequered_run: Path
) -> None:
    (half_a_run / ".stages").mkdir()
    (half_a_run / ".stages" / "lock").write_text(str(os.getpid()))
    assert newcomer.open(serve(half_a_run).url) == "waiting"
    assert newcomer.page.inner_text("#title") == "a <b>bold</b> fox"
    assert "stage 3 of 7, motion" in newcomer.page.inner_text("#state")
    shutil.copyfile(chequered_run / "character.glb", half_a_run / "character.glb")
    newcomer.page.wait_for_selector("html[data-state=ready]")
    with (half_a_run / "events.jsonl").open("a") as log:
        log.write('{"event": "done", "seconds": 1.0}\n')
    newcomer.page.wait_for_selector("#state", state="hidden")
    assert newcomer.page.get_by_role("tab", name="Character").is_visible()


def test_an_interrupted_run_and_a_broken_file_are_said_in_words(
    newcomer: Visit, serve: Serve, half_a_run: Path
) -> None:
    url = serve(half_a_run).url
    assert newcomer.open(url) == "empty"
    assert f"gen3d resume {half_a_run}" in newcomer.page.inner_text("#message")
    (half_a_run / "character.glb").write_bytes(b"glTF" + b"\0" * 40)
    with (half_a_run / "events.jsonl").open("a") as log:
        log.write('{"event": "error", "message": "No room.", "hint": "Make some."}\n')
    assert newcomer.open(url) == "failed"
    said = newcomer.page.inner_text("#message")
    assert "character.glb cannot be shown" in said
    assert "gen3d check" in said
    assert "No room. Make some." in newcomer.page.inner_text("#state")
