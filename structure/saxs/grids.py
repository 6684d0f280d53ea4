"""Sums of exp(i m.x) over many points, for all whole m of a grid in space: spread part by part, transformed once."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import finufft
import numpy as np
from numpy.typing import NDArray
from scipy.fft import ifft, next_fast_len

#: Up to so many sums the grid may be twice as fine, on which a point spreads over fewer values.
_LARGE_GRID = 2_000_000
#: Fewer lines than the kernel is wide cannot be spread on.
_LEAST_LINES = 36

Modes = tuple[int, int, int]


class GridSums:
    r"""Sums :math:`\sum_jc_je^{im\cdot\varphi_j}` of points that come in parts.

    The transform of `finufft` in its three steps: points are spread on a fine grid, the grid is transformed, and what
    spreading took from high m is given back. However many parts there are, they are transformed together.

    Parameters
    ----------
    modes
        How many whole m along each axis, from -(modes // 2) on.
    n_points
        About how many points there will be in all.
    eps
        Error allowed, relative to the root mean square of the sums.
    single
        Whether numbers are of single precision: for ``eps`` of 1e-5 and more.

    Examples
    --------
    >>> sums = GridSums((3, 5, 7), 1, eps=1e-6, single=False)
    >>> sums.add(np.array([[0.5], [-0.2], [1.0]]), np.array([2.0 + 0j]))
    >>> expected = 2 * np.exp(1j * (1 * 0.5 - 2 * -0.2 + 3 * 1.0))
    >>> bool(abs(sums.result()[2, 0, 6] - expected) < 1e-4)
    True
    """

    def __init__(self, modes: Modes, n_points: int, *, eps: float, single: bool) -> None:
        self._modes = modes
        # That pays where the points are what costs.
        finer = 2.0 if math.prod(modes) < min(n_points, _LARGE_GRID) else 1.25
        self._fine = tuple(int(next_fast_len(max(math.ceil(finer * m), _LEAST_LINES))) for m in modes)
        self._how = {"eps": eps, "isign": 1, "nthreads": 1, "upsampfac": finer, "spreadinterponly": 1}
        self.real_type: Any = np.float32 if single else np.float64
        self.complex_type: Any = np.complex64 if single else np.complex128
        self._grid: Any = None
        self._spread: Any = None

    def add(self, angles: Sequence[Any], strengths: Any, *, sorting: int = 2) -> None:
        """Points at ``angles`` (3, n), each between -pi and pi, of complex ``strengths`` (n,).

        ``sorting`` says whether they are sorted first: 0 (no), 1 (yes) or 2 (as the transform thinks best).
        """
        x, y, z = (np.ascontiguousarray(a, dtype=self.real_type) for a in angles)
        c = np.ascontiguousarray(strengths, dtype=self.complex_type)
        # In place of the part before: fresh memory takes longer than the sum.
        spread = np.empty(self._fine, dtype=self.complex_type) if self._spread is None else self._spread
        finufft.nufft3d1(x, y, z, c, out=spread, spread_sort=sorting, **self._how)
        if self._grid is None:
            self._grid = spread
        else:
            self._spread = spread
            self._grid += spread

    def result(self) -> NDArray[Any]:
        """The sums, of the shape of the modes; nothing can be added after."""
        sums, self._grid, self._spread = self._grid, None, None
        for axis in (2, 1, 0):
            sums = ifft(sums, axis=axis, norm="forward", overwrite_x=True)
            n, fine = self._modes[axis], self._fine[axis]
            m = np.arange(n) - n // 2
            taken = _taken(fine, self._how["eps"], self._how["upsampfac"], self.real_type).take(m, mode="wrap")
            # The first line of the grid is at -pi.
            back = ((-1.0) ** m / taken).astype(self.real_type).reshape(-1, *(1,) * (2 - axis))
            kept = np.empty((*sums.shape[:axis], n, *sums.shape[axis + 1 :]), dtype=sums.dtype)
            # Negative m stand at the end.
            for to, of in ((slice(n // 2), slice(fine - n // 2, None)), (slice(n // 2, None), slice(n - n // 2))):
                left = (slice(None),) * axis
                np.multiply(sums[(*left, of)], back[to], out=kept[(*left, to)])
            sums = kept
        return np.asarray(sums)


@functools.lru_cache(maxsize=64)
def _taken(fine: int, eps: float, finer: float, real_type: Any) -> NDArray[Any]:
    """What is left of a wave of each m along a line of ``fine`` numbers after a point was spread, shape (fine,)."""
    first, one = (np.full(1, -np.pi, dtype=real_type),) * 3, np.ones(1, dtype=np.result_type(real_type, np.complex64))
    how: Any = {"eps": eps, "upsampfac": finer, "nthreads": 1, "spreadinterponly": 1}
    spread = np.asarray(finufft.nufft3d1(*first, one, (fine, _LEAST_LINES, _LEAST_LINES), **how)).real
    # The kernel is a product of one along each axis.
    return np.asarray(ifft(spread[:, 0, 0] / np.cbrt(spread[0, 0, 0]) ** 2, norm="forward").real)
