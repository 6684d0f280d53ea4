"""Continuous sizes inside the size classes of a simulation."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.checks import require_non_negative

FloatArray = NDArray[np.float64]


def continuous_scales(scale: ArrayLike, rng: np.random.Generator, *, size_spread: float = 0.0) -> FloatArray:
    """A factor for each dot that spreads the few sizes of a simulation over their classes, shape (N,).

    A simulation knows some seven sizes in steps of 2 %. Dots of exactly equal energy cohere where real ones do not, so
    each size is drawn evenly between the middles to its neighbours.

    Parameters
    ----------
    scale
        Size of each dot, any unit, shape (N,).
    rng
        Random numbers; keep its seed.
    size_spread
        Where all dots have one size: standard deviation of the size over its mean, drawn from a Gaussian.

    Examples
    --------
    >>> sizes = np.repeat([8.4, 8.6, 8.8], 100)
    >>> drawn = sizes * continuous_scales(sizes, np.random.default_rng(1))
    >>> round(float(drawn.min()), 1), round(float(drawn.max()), 1), len(np.unique(drawn))
    (8.3, 8.9, 300)
    """
    sizes = np.asarray(scale, dtype=float)
    classes = np.unique(np.round(sizes, 9))
    if len(classes) == 1:
        spread = require_non_negative("size_spread", size_spread)
        return np.asarray(1 + spread * np.clip(rng.normal(size=len(sizes)), -4, 4))
    middles = (classes[1:] + classes[:-1]) / 2
    ends = np.concatenate([[2 * classes[0] - middles[0]], middles, [2 * classes[-1] - middles[-1]]])
    which = np.argmin(np.abs(sizes[:, None] - classes[None, :]), axis=1)
    drawn = ends[which] + (ends[which + 1] - ends[which]) * rng.random(len(sizes))
    return np.asarray(drawn / sizes)
