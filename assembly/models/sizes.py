"""Drawing nanocrystal sizes, in a few classes so that bodies can be shared."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MAX_CLASSES = 7
"""A normal distribution in seven classes of 2/3 sigma keeps its mean and standard deviation within 3 %."""


def draw_sizes(
    spread: float, n_particles: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Relative sizes of the classes, shape (k,), and the class of each of ``n_particles``, shape (n,).

    Sizes are normal about 1 with standard deviation ``spread``, cut at 2.5 spreads, and rounded to one of at most
    `MAX_CLASSES`.

    Examples
    --------
    >>> sizes, of = draw_sizes(0.0, 8, np.random.default_rng(1))
    >>> sizes.tolist(), of.tolist()
    ([1.0], [0, 0, 0, 0, 0, 0, 0, 0])
    """
    if spread == 0:
        return np.ones(1), np.zeros(n_particles, dtype=np.int64)
    half = MAX_CLASSES // 2
    drawn = np.clip(rng.normal(size=n_particles), -2.5, 2.5)
    step = 2 / 3
    classes = np.clip(np.round(drawn / step), -half, half).astype(int)
    used, kind_of = np.unique(classes, return_inverse=True)
    return 1 + spread * step * used, kind_of.astype(np.int64)
