"""Sums of exp(i m.x) at all whole m of a grid by a fast Fourier transform, on a grid that the processor likes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import finufft
import numpy as np
from numpy.typing import NDArray
from scipy.fft import next_fast_len

#: Oversampling of the transform's fine grid, its smallest.
_FINER = 1.25
#: Lines of a multiple of so many numbers fall on the same places of a processor's cache: several times slower.
_CACHE_STRIDE = 16


def padded_extent(n: int) -> int:
    """The smallest extent from ``n`` on (indices -n to n) whose fine grid is no multiple of `_CACHE_STRIDE`.

    Parameters
    ----------
    n
        The highest index that is needed.

    Examples
    --------
    >>> padded_extent(101), padded_extent(99)
    (102, 99)
    """
    # What is small stays in the cache anyway.
    while n > 4 * _CACHE_STRIDE and _fine(2 * n + 1) % _CACHE_STRIDE == 0:
        n += 1
    return n


def grid_sums(
    angles: Sequence[NDArray[Any]], strengths: NDArray[Any], extent: Sequence[int], eps: float,
    *, sorting: int = 2,
) -> NDArray[np.complex128]:  # fmt: skip
    r"""Sums :math:`\sum_jc_je^{im\cdot\varphi_j}` at all whole m up to ``extent`` along each axis, flat.

    Parameters
    ----------
    angles
        Three arrays of angles between -pi and pi, shape (n,); their precision is that of the sums.
    strengths
        Complex strengths c, shape (n,).
    extent
        Highest index along each axis; fastest are those of `padded_extent`.
    eps
        Error allowed, relative to the root mean square of the sums.
    sorting
        Whether the transform sorts the points: 0 (no), 1 (yes) or 2 (as it thinks best).
    """
    modes = tuple(2 * n + 1 for n in extent)
    sums = finufft.nufft3d1(
        *angles, strengths, modes, eps=eps, isign=1, nthreads=1, upsampfac=_FINER, spread_sort=sorting
    )
    return np.asarray(sums).ravel()


def _fine(modes: int) -> int:
    """Length of the fine grid: even, and a product of 2, 3 and 5, which is what fast transforms know best."""
    return 2 * int(next_fast_len(math.ceil(_FINER * modes / 2), real=True))
