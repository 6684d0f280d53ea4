"""An energy per area as a table that integrates itself exactly over points, strips and triangles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

# Below this spread of the gaps [nm] a strip or triangle counts as flat: differences of the antiderivatives would
# lose their digits.
_FLAT_NM = 1e-4
# Walls end at this height [kT/nm^2].
MOST_KT_PER_NM2 = 1e5


@dataclass(frozen=True, slots=True, eq=False)
class AreaCurve:
    """Energy per area [kT/nm^2] against the gap, linear between nodes, with its two antiderivatives.

    Constant below the first node and zero beyond the last. Build it with `tabulate`.
    """

    start_nm: float
    step_nm: float
    value: FloatArray
    once: FloatArray
    twice: FloatArray

    @property
    def end_nm(self) -> float:
        """Where the curve has ended [nm]."""
        return self.start_nm + self.step_nm * (len(self.value) - 1)

    def at(self, gap_nm: FloatArray) -> FloatArray:
        """Energy per area [kT/nm^2].

        ``gap_nm`` are gaps [nm], any shape.
        """
        i, t = self._place(gap_nm)
        return self.value[i] + (self.value[i + 1] - self.value[i]) * (t / self.step_nm)

    def over_strips(self, begin_nm: FloatArray, end_nm: FloatArray) -> FloatArray:
        """Mean energy per area of strips over which the gap changes linearly [kT/nm^2].

        ``begin_nm`` and ``end_nm`` are the gaps at both ends of a strip [nm].
        """
        spread = end_nm - begin_nm
        flat = np.abs(spread) < _FLAT_NM
        mean = (self._once(end_nm) - self._once(begin_nm)) / np.where(flat, 1.0, spread)
        return np.where(flat, self.at((begin_nm + end_nm) / 2), mean)

    def over_triangles(self, gaps_nm: FloatArray) -> FloatArray:
        """Mean energy per area of triangles with linear gaps, given at the three corners (last axis) [kT/nm^2].

        Twice the second divided difference of the second antiderivative (Hermite and Genocchi).

        ``gaps_nm`` are the gaps at the three corners [nm], shape (n, 3).
        """
        ordered = np.asarray(np.sort(gaps_nm, axis=-1), dtype=np.float64)
        low, middle, high = ordered[..., 0], ordered[..., 1], ordered[..., 2]
        spread = high - low
        flat = spread < _FLAT_NM
        slopes = self._slope(middle, high) - self._slope(low, middle)
        return np.where(flat, self.at((low + middle + high) / 3), 2 * slopes / np.where(flat, 1.0, spread))

    def _slope(self, a: FloatArray, b: FloatArray) -> FloatArray:
        flat = b - a < _FLAT_NM
        rise = (self._twice(b) - self._twice(a)) / np.where(flat, 1.0, b - a)
        return np.where(flat, self._once((a + b) / 2), rise)

    def _place(self, gap_nm: FloatArray) -> tuple[NDArray[np.int64], FloatArray]:
        x = np.clip(gap_nm - self.start_nm, 0.0, self.end_nm - self.start_nm)
        i = np.minimum((x / self.step_nm).astype(np.int64), len(self.value) - 2)
        return i, x - i * self.step_nm

    def _once(self, gap_nm: FloatArray) -> FloatArray:
        i, t = self._place(gap_nm)
        rise = (self.value[i + 1] - self.value[i]) / self.step_nm
        below = np.minimum(gap_nm - self.start_nm, 0.0) * self.value[0]
        return self.once[i] + t * (self.value[i] + t * rise / 2) + below

    def _twice(self, gap_nm: FloatArray) -> FloatArray:
        i, t = self._place(gap_nm)
        rise = (self.value[i + 1] - self.value[i]) / self.step_nm
        inside = self.twice[i] + t * (self.once[i] + t * (self.value[i] / 2 + t * rise / 6))
        below = np.minimum(gap_nm - self.start_nm, 0.0)
        return inside + below * (self.once[0] + below * self.value[0] / 2)


def tabulate(
    energy: Callable[[FloatArray], FloatArray], start_nm: float, end_nm: float, step_nm: float = 0.002
) -> AreaCurve:
    """Table of an energy per area [kT/nm^2], shifted so that it ends at zero.

    ``energy`` gives energies per area [kT/nm^2] at gaps [nm], tabulated from ``start_nm`` to ``end_nm`` in steps of
    ``step_nm`` [nm].

    Examples
    --------
    >>> curve = tabulate(lambda gap: 1 / gap**2, 1.0, 50.0)
    >>> round(float(curve.over_strips(np.array(2.0), np.array(4.0))), 3)  # [1/2 - 1/4] / 2, less the shift of 1/2500
    0.125
    """
    n = max(int(np.ceil((end_nm - start_nm) / step_nm)), 2)
    step = (end_nm - start_nm) / n
    value = np.asarray(energy(np.linspace(start_nm, end_nm, n + 1)), dtype=np.float64)
    value = np.minimum(value - value[-1], MOST_KT_PER_NM2)
    # From the far end, so that a steep wall does not drown what lies outside it.
    once = -_running_sum(step * (value[1:] + value[:-1]) / 2)
    twice = -_running_sum(step * once[1:] - step**2 * (value[:-1] / 6 + value[1:] / 3))
    return AreaCurve(start_nm, step, value, once, twice)


def _running_sum(parts: FloatArray) -> FloatArray:
    """Sums of what is from each place on."""
    return np.concatenate([np.cumsum(parts[::-1])[::-1], [0.0]])
