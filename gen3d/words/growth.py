# SPDX-License-Identifier: Apache-2.0
"""How tall people of an age and sex are: mean and standard deviation, metres.

To 19 years: WHO child growth standards (0-5) and WHO growth reference 2007 (5-19), medians and
standard deviations in cm at whole years. Adults keep the value at 19 until 40; after that height is
lost as the Baltimore Longitudinal Study found (Sorkin, Muller & Andres 1999): by 70 about 3 cm in
men and 5 cm in women, by 80 about 5 and 8 cm.
"""

from __future__ import annotations

import numpy as np

_AGES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 40, 70, 80, 100)
_MALE_CM = (75.7, 87.1, 96.1, 103.3, 110.0, 116.0, 121.7, 127.3, 132.6, 137.8, 143.1, 149.1, 156.0,
            163.2, 169.0, 172.9, 175.2, 176.1, 176.5, 176.5, 173.5, 171.5, 168.0)  # fmt: skip
_FEMALE_CM = (74.0, 85.7, 95.1, 102.7, 109.4, 115.1, 120.8, 126.6, 132.5, 138.6, 145.0, 151.2,
              156.4, 159.8, 161.7, 162.5, 162.9, 163.1, 163.2, 163.2, 158.2, 155.2,
              151.5)  # fmt: skip
_DEVIATION_AGES = (1, 2, 5, 8, 10, 13, 15, 19)
_MALE_DEVIATION_CM = (2.4, 3.1, 4.6, 5.7, 6.4, 7.7, 7.8, 7.3)
_FEMALE_DEVIATION_CM = (2.6, 3.2, 4.8, 5.9, 6.4, 6.9, 6.8, 6.5)


def mean_height(age_years: float, sex: float) -> float:
    """Mean standing height in metres; ``sex`` runs from 0 male to 1 female."""
    male = float(np.interp(age_years, _AGES, _MALE_CM))
    female = float(np.interp(age_years, _AGES, _FEMALE_CM))
    return ((1.0 - sex) * male + sex * female) / 100.0


def height_deviation(age_years: float, sex: float) -> float:
    """Standard deviation of standing height in metres."""
    male = float(np.interp(age_years, _DEVIATION_AGES, _MALE_DEVIATION_CM))
    female = float(np.interp(age_years, _DEVIATION_AGES, _FEMALE_DEVIATION_CM))
    return ((1.0 - sex) * male + sex * female) / 100.0
