# SPDX-License-Identifier: Apache-2.0
"""How our clear sky compares with other people's: run ``python tests/benchmarks/sky_reference.py``.

By day the reference is the Hosek-Wilkie sky with the 2013 sun (Mitsuba's ``sunsky``, albedo 0.2,
measured once; the numbers stand below). That model returns nothing at dusk and is bright for a low
sun, so from 5 degrees down published illuminances of clear evenings are printed beside it: the AMS
Glossary of Meteorology (civil and astronomical twilight) and the clear-sky formulas of the IES
Lighting Handbook.
"""

from __future__ import annotations

import time

import numpy as np

from gen3d import panorama
from scenes.atmosphere import SUN_RADIUS, make_air
from scenes.check import sky_median
from scenes.scattering import solve_glow
from scenes.sky import NIGHT_SKY, make_view, radiance
from scenes.spectrum import luminance, reflectance
from scenes.sun import make_disc

HEIGHT_PX = 256
HOSEK = (
    # elevation, turbidity, total klx, diffuse klx, sun cd/m^2, sky median cd/m^2
    (0.5, 3, 2.9, 2.8, 1.1e8, 735),
    (5, 3, 9.0, 6.6, 3.7e8, 1594),
    (5, 10, 7.9, 7.8, 3.2e6, 1983),
    (20, 3, 38.0, 12.7, 1.05e9, 2883),
    (35, 2, None, 13.6, 1.3e9, 3427),
    (35, 3, 65.3, 15.7, 1.25e9, 3743),
    (35, 6, None, 24.1, 1.1e9, 4815),
    (35, 10, None, 42.5, 6.0e8, 6575),
    (60, 3, 98.6, 17.7, 1.37e9, 5052),
)
EVENINGS = (
    # elevation, illuminance in lux, from
    (5.0, "6400", "IES clear sky"),
    (-0.83, "410-585", "AMS, sunset"),
    (-6.0, "2-3.5", "AMS, end of civil twilight"),
    (-12.0, "0.008", "AMS, start of astronomical twilight"),
    (-18.0, "0.0006 + night sky", "AMS, end of astronomical twilight"),
)


def measure(elevation_deg: float, turbidity: float) -> tuple[float, float, float, float]:
    """Total and diffuse klx, mean sun and median sky in cd/m^2."""
    angle = float(np.radians(elevation_deg))
    air = make_air(turbidity)
    glow = solve_glow(air, angle, reflectance(np.full(3, 0.2)))
    view = make_view(air, glow, angle, below=False, rows=80)
    rows = HEIGHT_PX // 2
    elevation = np.pi / 2 - np.pi * (np.arange(rows) + 0.5) / HEIGHT_PX
    azimuth = 2.0 * np.pi * (np.arange(2 * HEIGHT_PX) + 0.5) / (2 * HEIGHT_PX)
    sky = radiance(view, elevation, azimuth) + NIGHT_SKY.astype(np.float32)
    weight = panorama.pixel_solid_angles(HEIGHT_PX)[:rows] * np.sin(elevation)
    diffuse = float(weight @ luminance(sky).sum(axis=1)) / 1e3
    sun = float(luminance(make_disc(air, panorama.sun_direction(elevation_deg, 0.0)).total))
    direct = sun * max(np.sin(angle), 0.0) / 1e3
    median = sky_median(np.concatenate([sky, sky[::-1]]))
    return direct + diffuse, diffuse, sun / (np.pi * SUN_RADIUS**2), median


def main() -> None:
    """Print the tables."""
    print("ours (ratio to Hosek-Wilkie)")
    print("  sun  T    total klx     diffuse klx      sun cd/m^2       sky median")
    start = time.perf_counter()
    for elevation, turbidity, total, diffuse, sun, median in HOSEK:
        ours = measure(elevation, turbidity)
        direct = sun * np.pi * SUN_RADIUS**2 * np.sin(np.radians(elevation)) / 1e3
        wanted = total or diffuse + direct
        ratio = [a / b for a, b in zip(ours, (wanted, diffuse, sun, median), strict=True)]
        print(
            f"{elevation:5} {turbidity:2} {ours[0]:8.2f} ({ratio[0]:.2f}) {ours[1]:8.2f}"
            f" ({ratio[1]:.2f}) {ours[2]:9.3g} ({ratio[2]:.2f}) {ours[3]:8.0f} ({ratio[3]:.2f})"
        )
    print("\nevenings, turbidity 3: lux on level ground")
    for elevation, published, source in EVENINGS:
        total = 1e3 * measure(elevation, 3.0)[0]
        print(f"{elevation:6} {total:10.4g}   published {published} ({source})")
    count = len(HOSEK) + len(EVENINGS)
    print(f"\n{(time.perf_counter() - start) / count:.2f} s a sky")


if __name__ == "__main__":
    main()
