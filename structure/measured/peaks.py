"""Sharp peaks of a SAXS curve above the scattering of its particles, before any lattice is assumed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks, peak_widths

from structure.measured.data import FitData

FloatArray = NDArray[np.float64]

MAX_RELATIVE_WIDTH = 0.35
"""What is wider than this part of its q is the form factor or a liquid, not a lattice."""


@dataclass(frozen=True, slots=True, eq=False)
class Peaks:
    """Peaks that stand out of a smooth curve.

    Parameters
    ----------
    q_inv_nm
        Positions [1/nm], rising, shape (n,).
    prominence
        Height above the surroundings in standard deviations of the fit's weights, shape (n,).
    fwhm_inv_nm
        Full width at half maximum of each [1/nm], shape (n,).
    """

    q_inv_nm: FloatArray
    prominence: FloatArray
    fwhm_inv_nm: FloatArray

    @property
    def strongest(self) -> int:
        """Index of the most prominent peak."""
        return int(np.argmax(self.prominence))


def sharp_peaks(data: FitData, smooth_model: FloatArray, *, significance: float = 8.0) -> Peaks:
    """Peaks of the data relative to a smooth model, on the scale where errors are even.

    Parameters
    ----------
    data
        Points.
    smooth_model
        Intensity of the particles alone at the points, shape (n,).
    significance
        Least height in standard deviations of the smoothed noise.
    """
    excess = data.transformed(data.intensity) - data.transformed(smooth_model)
    kernel = np.array([0.25, 0.5, 0.25])
    smoothed = np.convolve(np.pad(excess, 1, mode="edge"), kernel, mode="valid")
    # Three points of weights 1/4, 1/2, 1/4 leave 0.61 of white noise.
    noise = 0.61 * data.noise / data.sd(data.intensity)
    found, _ = find_peaks(smoothed, prominence=1.0)
    if not len(found):
        return Peaks(np.zeros(0), np.zeros(0), np.zeros(0))
    q = data.q_inv_nm
    step = np.gradient(q)
    window = max(9, int(0.3 * len(q)) | 1)
    found, described = find_peaks(smoothed, prominence=1.0, wlen=window)
    height = described["prominences"]
    width = peak_widths(smoothed, found, rel_height=0.5, wlen=window)[0] * step[found]
    kept = (
        (height > significance * noise[found]) & (width < MAX_RELATIVE_WIDTH * q[found]) & (width > 1.5 * step[found])
    )
    found, height = found[kept], height[kept]
    return Peaks(q[found], height, np.array([_half_width(data, k) for k in found]))


def _half_width(data: FitData, index: int) -> float:
    """Full width at half of the intensity of a peak over its lower foot [1/nm]."""
    intensity, q = data.intensity, data.q_inv_nm
    left, right = index, index
    while left > 0 and intensity[left - 1] < intensity[left] * 1.02:
        left -= 1
    while right < len(q) - 1 and intensity[right + 1] < intensity[right] * 1.02:
        right += 1
    foot = min(intensity[left], intensity[right], intensity[index])
    half = 0.5 * (intensity[index] + max(foot, 0.0))
    above_left, above_right = index, index
    while above_left > left and intensity[above_left - 1] > half:
        above_left -= 1
    while above_right < right and intensity[above_right + 1] > half:
        above_right += 1
    return float(
        min(2 * min(index - above_left, above_right - index) + 2, above_right - above_left + 1) * np.gradient(q)[index]
    )
