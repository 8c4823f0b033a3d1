"""How different two colours look: CIEDE2000 on CIE L*a*b* of sRGB pixels."""

import numpy as np
from numpy.typing import NDArray

_RGB_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])
"""sRGB's matrix and D65 white, IEC 61966-2-1."""
_POW7 = 25.0**7


def lab_of(rgb: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return CIE L*a*b* (D65) of (..., 3) sRGB in [0, 1]."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    ratio = (linear @ _RGB_TO_XYZ.T) / _WHITE
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = np.moveaxis(f, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def delta_e_2000(lab1: NDArray[np.floating], lab2: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the CIEDE2000 difference of (..., 3) L*a*b* colours, kL = kC = kH = 1.

    Formula and the order of its steps: Sharma, Wu and Dalal, "The CIEDE2000 color-difference
    formula: implementation notes, supplementary test data, and mathematical observations",
    Color Research and Application 30(1), 2005, equations 2 to 22.
    """
    light1, a1, b1 = np.moveaxis(np.asarray(lab1, np.float64), -1, 0)
    light2, a2, b2 = np.moveaxis(np.asarray(lab2, np.float64), -1, 0)
    mean7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    stretch = 1.5 - 0.5 * np.sqrt(mean7 / (mean7 + _POW7))
    a1, a2 = stretch * a1, stretch * a2
    chroma1, chroma2 = np.hypot(a1, b1), np.hypot(a2, b2)
    hue1, hue2 = (np.degrees(np.arctan2(b, a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    grey = chroma1 * chroma2 == 0
    turn = (hue2 - hue1 + 180) % 360 - 180
    turn = np.where(turn == -180, 180.0 * np.where(hue2 >= hue1, 1, -1), turn)
    turn = np.where(grey, 0.0, turn)
    d_light, d_chroma = light2 - light1, chroma2 - chroma1
    d_hue = 2 * np.sqrt(chroma1 * chroma2) * np.sin(np.radians(turn / 2))

    light, chroma, both = (light1 + light2) / 2, (chroma1 + chroma2) / 2, hue1 + hue2
    far = np.abs(hue1 - hue2) > 180
    hue = np.where(far, np.where(both < 360, both + 360, both - 360), both) / 2
    hue = np.where(grey, both, hue)

    def cos(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.cos(np.radians(degrees))

    t = (
        1 - 0.17 * cos(hue - 30) + 0.24 * cos(2 * hue) + 0.32 * cos(3 * hue + 6)
        - 0.20 * cos(4 * hue - 63)
    )  # fmt: skip
    turned = 30 * np.exp(-(((hue - 275) / 25) ** 2))
    rotation = -2 * np.sqrt(chroma**7 / (chroma**7 + _POW7)) * np.sin(np.radians(2 * turned))
    s_light = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    part_chroma = d_chroma / (1 + 0.045 * chroma)
    part_hue = d_hue / (1 + 0.015 * chroma * t)
    squared = (
        (d_light / s_light) ** 2 + part_chroma**2 + part_hue**2
        + rotation * part_chroma * part_hue
    )  # fmt: skip
    return np.sqrt(np.maximum(squared, 0.0))


def mean_difference(
    one: NDArray[np.uint8], other: NDArray[np.uint8], where: NDArray[np.bool_]
) -> float:
    """Return the mean CIEDE2000 of two (H, W, 3) uint8 sRGB pictures where (H, W) says so."""
    if not where.any():
        return 0.0
    return float(delta_e_2000(lab_of(one[where] / 255.0), lab_of(other[where] / 255.0)).mean())
