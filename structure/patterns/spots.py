"""Spots of reciprocal space on a detector: which ones the Ewald sphere cuts, and how bright they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from structure.patterns.instrument import ewald_q_z

FloatArray = NDArray[np.float64]

#: A spot farther than this many standard deviations from the sphere is not seen (3e-4 of its peak).
_REACH = 4.0


def spots_on_detector(
    vectors_inv_nm: FloatArray,
    weights: FloatArray,
    sigma_inv_nm: float,
    axis_inv_nm: FloatArray,
    wavelength_nm: float | None,
    rotations: FloatArray,
) -> FloatArray:
    r"""Density of spots on the Ewald sphere, averaged over rotations of the sample; shape (rows, columns).

    Each spot is a Gaussian ball of standard deviation :math:`\sigma` in reciprocal space. Where it meets the sphere it
    is brighter by :math:`e^{-s^2/2\sigma^2}/\sqrt{2\pi}\sigma` with the excitation error :math:`s`; across the beam it
    is a Gaussian of the same width. Spots and their opposites must both be given.

    Parameters
    ----------
    vectors_inv_nm
        Positions of the spots [1/nm], shape (m, 3), in the frame of the detector (beam along z).
    weights
        Integrated intensity of each, shape (m,).
    sigma_inv_nm
        Standard deviation of a spot [1/nm].
    axis_inv_nm
        Even pixel centres of rows and columns [1/nm].
    wavelength_nm
        Wavelength [nm]; None is a flat sphere.
    rotations
        Rotations to average over, shape (k, 3, 3).
    """
    n, step = len(axis_inv_nm), float(axis_inv_nm[1] - axis_inv_nm[0])
    image = np.zeros(n * n)
    # Points of a perfect crystal between its reflections carry rounding errors only.
    bright_enough = weights > 1e-10 * weights.max(initial=0.0)
    vectors, weights = vectors_inv_nm[bright_enough], weights[bright_enough]
    for rotation in rotations:
        turned = vectors @ rotation.T
        error = turned[:, 2] - ewald_q_z(turned[:, 0], turned[:, 1], wavelength_nm)
        seen = np.abs(error) < _REACH * sigma_inv_nm
        bright = weights[seen] * np.exp(-((error[seen] / sigma_inv_nm) ** 2) / 2)
        image += _bilinear(turned[seen, :2], bright, axis_inv_nm[0], step, n)
    density = image.reshape(n, n) / (len(rotations) * np.sqrt(2 * np.pi) * sigma_inv_nm * step**2)
    return np.asarray(gaussian_filter(density, sigma_inv_nm / step, mode="constant", truncate=_REACH + 1))


def _bilinear(xy: FloatArray, values: FloatArray, start: float, step: float, n: int) -> FloatArray:
    """Values shared among the four pixels around each point, flat with rows along y."""
    column, row = (xy - start).T / step
    left, above = np.floor(column), np.floor(row)
    # A margin of one pixel takes what falls beside the picture.
    inside = (left >= -1) & (left < n) & (above >= -1) & (above < n)
    column, row, left, above, values = column[inside], row[inside], left[inside], above[inside], values[inside]
    first = ((above + 1) * (n + 2) + left + 1).astype(int)
    right, below = column - left, row - above
    lower = values * below
    upper = values - lower
    out = np.zeros((n + 2) ** 2)
    for share, at in ((upper, first), (lower, first + n + 2)):
        part = share * right
        out += np.bincount(at, weights=share - part, minlength=len(out))
        out += np.bincount(at + 1, weights=part, minlength=len(out))
    return out.reshape(n + 2, n + 2)[1:-1, 1:-1].ravel()
