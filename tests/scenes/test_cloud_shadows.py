# SPDX-License-Identifier: Apache-2.0
"""What comes of the sun to a point on the land is what clouds leave along that point's own line."""

from __future__ import annotations

import numpy as np
import pytest
from jaxtyping import Float

from gen3d import panorama
from gen3d.panorama import EYE_HEIGHT
from gen3d.scenery import CloudSpec
from gen3d.spec import SkySpec
from gen3d.types import Environment
from scenes import cloud_heaps
from scenes.cloud_heaps import Heaps, make_heaps
from scenes.cloud_shadows import share_at
from scenes.generate import generate
from scenes.place import Place, Shape, Surface, once
from scenes.render.trace import Hit, Stage
from scenes.render.view import skylight

SEED, EVEN = 3, np.float32(0.25)
CUMULUS = CloudSpec(cover=0.45)
BROKEN = SkySpec(width_px=256, sun_elevation_deg=40, sun_azimuth_deg=30, clouds=(CUMULUS,))


@pytest.fixture(scope="module")
def broken() -> Environment:
    return generate(BROKEN, SEED, shadows=True)


def _slope(environment: Environment) -> Stage:
    """A plain that rises to +X, 30 km wide, under a sky."""
    corners = np.array([(x, EVEN * x, z) for x in (-15e3, 15e3) for z in (-15e3, 15e3)], "f4")
    normal = np.array([-EVEN, 1.0, 0.0], np.float32) / np.sqrt(1 + EVEN**2)
    shape = Shape(
        "ground",
        corners,
        np.array([[0, 1, 3], [0, 3, 2]], np.int32),
        np.zeros(2, np.int32),
        np.tile(normal, (4, 1)).astype(np.float32),
        np.zeros((4, 2), np.float32),
        np.ones((4, 3), np.float32),
    )
    place = Place("slope", (Surface("ground", "grass", (0.2, 0.2, 0.2)),), (once(shape),))
    return Stage(place, skylight(environment), 1)


def _points(stage: Stage, reach: float, count: int) -> Hit:
    """Points of the slope, seen from above."""
    rng = np.random.default_rng(5)
    x, z = rng.uniform(-reach, reach, (2, count))
    start = np.stack([x, np.full(count, 6000.0), z]).astype(np.float32)
    return stage.hit(start, np.tile(np.array([[0.0], [-1.0], [0.0]], np.float32), (1, count)))


def _marched(heaps: Heaps, environment: Environment, point: np.ndarray) -> Float[np.ndarray, "n"]:
    """Share of the sun along points' own lines, in plain steps through the clouds' coarse grid."""
    toward = environment.sun_direction.astype(np.float64)
    share, period = np.ones(point.shape[1]), heaps.field.period
    side, levels = heaps.density.shape[0], heaps.density.shape[2]
    heights = np.arange(heaps.field.base, heaps.field.base + heaps.field.depth, 20.0) + 10.0
    for height in heights:
        far = (height + EYE_HEIGHT - point[1]) / toward[1]
        x = point[0] + far * toward[0] + heaps.field.shift_x
        z = point[2] + far * toward[2] + heaps.field.shift_z
        i, j = (np.floor(v / period * side).astype(int) % side for v in (x, z))
        level = min(int((height - heaps.field.base) / 60.0), levels - 1)
        share *= np.exp(-heaps.density[i, j, level] * 20.0 / toward[1])
    return share


def test_light_is_the_transmittance_along_each_points_own_line(broken: Environment) -> None:
    stage = _slope(broken)
    hit = _points(stage, 4000.0, 4000)
    assert broken.shadows is not None
    cosine = float(hit.normal[:, 0] @ broken.sun_direction)
    got = stage.sunlit(hit)[:, 1] / (broken.shadows.open_sun[1] * cosine)
    heaps = make_heaps(CUMULUS, SEED)
    # The same place in the same field as the sky's, which chose it in the same way.
    cloud_heaps.stand(heaps, CUMULUS, broken.sun_direction.astype(np.float64), SEED)
    want = _marched(heaps, broken, hit.point.astype(np.float64))
    # The grid has cells of 200 m, shadows have edges of 20: most points lie off the edges.
    assert np.corrcoef(got, want)[0, 1] > 0.8
    assert got[want < 0.02].mean() < 0.15
    assert got[want > 0.98].mean() > 0.85
    # Without the height of the points the shadows would lie elsewhere.
    level = hit.point.astype(np.float64)
    level[1] = 0.0
    assert np.corrcoef(got, _marched(heaps, broken, level))[0, 1] < 0.6


def test_the_viewers_own_point_has_the_pictures_sun(broken: Environment) -> None:
    sheets = (CloudSpec(kind="altocumulus", cover=0.5, base_m=3000.0), CloudSpec(kind="cirrus"))
    veiled = generate(BROKEN.model_copy(update={"clouds": sheets}), SEED, shadows=True)
    for sky in (broken, veiled):
        assert sky.shadows is not None
        eye = np.array([[0.0], [EYE_HEIGHT], [0.0]])
        share = share_at(sky.shadows.share, eye, sky.sun_direction)
        lit = sky.shadows.open_sun * share
        np.testing.assert_allclose(lit, sky.sun_illuminance, rtol=1e-4, atol=1e-3)


def test_as_much_of_the_ground_lies_in_shadow_as_clouds_cover(broken: Environment) -> None:
    assert broken.shadows is not None
    shaded = (broken.shadows.share[2] < 0.5).mean()
    # Slanting light meets the sides of heaps as well.
    assert 0.35 < shaded < 0.65


def test_a_clear_sky_is_lit_as_before() -> None:
    clear = SkySpec(width_px=256, sun_elevation_deg=40)
    plain, asked = (generate(clear, SEED, shadows=shadows) for shadows in (False, True))
    assert asked.shadows is None
    for name in ("radiance", "radiance_without_sun", "sun_illuminance"):
        assert getattr(plain, name).tobytes() == getattr(asked, name).tobytes()
    one, other = (_slope(sky) for sky in (plain, asked))
    hit = _points(one, 4000.0, 500)
    light = one.sunlit(hit)
    assert light.tobytes() == other.sunlit(hit).tobytes()
    cosine = float(hit.normal[:, 0] @ plain.sun_direction)
    np.testing.assert_allclose(light, np.tile(plain.sun_illuminance * cosine, (500, 1)), rtol=0.01)


def test_maps_join_without_a_step(broken: Environment) -> None:
    assert broken.shadows is not None
    flat = np.ones_like(broken.shadows.share) * np.float32(0.3)
    x = np.linspace(-20e3, 20e3, 4001)
    line = np.stack([x, np.full_like(x, EYE_HEIGHT), 0.4 * x])
    share = share_at(flat, line, panorama.sun_direction(40.0, 30.0))
    np.testing.assert_allclose(share, 0.3, rtol=1e-5)
