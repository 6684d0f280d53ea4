"""Pixels of a detector that do not count: masked, at the detector's limit, or hot."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter, uniform_filter

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

LIMITS = tuple(float(2**bits - 1) for bits in (16, 20, 22, 24, 31, 32))
"""Largest counts that detectors write, which they also write for pixels that are masked or saturated."""

HOT_SIGMAS = 8.0
"""A hot pixel lies this many standard deviations above the median around it: of 4e6 pixels noise reaches 5.1."""

_SHARE = 0.1
"""Light of a spot reaches a neighbour with at least this share of its height: detectors and beams are wider."""


def bad_pixels(intensity: FloatArray, valid: BoolArray) -> tuple[BoolArray, tuple[str, ...]]:
    r"""Which pixels are bad, and in words how many of which kind.

    Negative and missing values are a detector's mask. A pixel at the limit of its counter holds no intensity. A hot
    pixel stands alone: more than eight standard deviations above the median of the 25 around it, with at most one
    neighbour that shows a tenth of its height. The standard deviation is :math:`c\sqrt{m+1}` of the median m, with c
    from the frame itself, so that frames that are no counts are judged alike.

    Parameters
    ----------
    intensity
        Counts or any unit in proportion, shape (rows, columns).
    valid
        Pixels that are finite and not negative, same shape.

    Returns
    -------
    bad
        Shape (rows, columns).
    notes
        One clause for each kind that was found.

    Examples
    --------
    >>> frame = np.full((32, 32), 5.0)
    >>> frame[7, 9], frame[20, 4] = 900.0, -1.0
    >>> bad, notes = bad_pixels(frame, frame >= 0)
    >>> np.argwhere(bad).tolist(), notes
    ([[7, 9], [20, 4]], ('left out: 1 pixel masked (negative or not finite)', 'left out: 1 hot pixel'))
    """
    notes = []
    if n := int(np.count_nonzero(~valid)):
        notes.append(f"left out: {_pixels(n)} masked (negative or not finite)")
    top = float(intensity[valid].max())
    full = valid & (intensity == top) if top in LIMITS else np.zeros_like(valid)
    if n := int(np.count_nonzero(full)):
        notes.append(f"left out: {_pixels(n)} at the detector's limit of {top:.0f}")
    hot = _hot(intensity, valid & ~full)
    if n := int(np.count_nonzero(hot)):
        notes.append(f"left out: {n} hot pixel{'s' if n > 1 else ''}")
    return ~valid | full | hot, tuple(notes)


def _hot(intensity: FloatArray, valid: BoolArray) -> BoolArray:
    near = np.maximum(uniform_filter(valid.astype(float), 15), 1e-9)
    around = uniform_filter(np.where(valid, intensity, 0.0), 15) / near
    filled = np.where(valid, intensity, around)
    middle = median_filter(filled, 5)
    height = np.where(valid, filled - middle, 0.0)
    counts = bool(np.all(filled[valid] == np.round(filled[valid])))
    # Frames in other units than counts scale: a low level of the frame stands for one count.
    unit = 1.0 if counts else max(float(np.quantile(middle[valid], 0.05)), 1e-12 * float(np.abs(middle).max()) + 1e-300)
    sigma = np.sqrt(np.maximum(middle, 0.0) / unit + 1.0)
    noise = float(np.median(np.abs((height / sigma)[valid]))) / 0.6745
    noise = max(noise, 1.0 if counts else 1e-6 * unit)
    found = height > HOT_SIGMAS * noise * sigma
    lit = np.zeros(intensity.shape)
    for row, column in zip(*np.nonzero(found), strict=True):
        rows, columns = slice(max(row - 1, 0), row + 2), slice(max(column - 1, 0), column + 2)
        lit[row, column] = np.count_nonzero(height[rows, columns] > _SHARE * height[row, column]) - 1
    # Half of a spot at the edge of the frame is no lone pixel.
    inside = np.zeros_like(found)
    inside[1:-1, 1:-1] = True
    return found & (lit <= inside)


def _pixels(n: int) -> str:
    return f"{n} pixel{'s' if n > 1 else ''}"
