"""The points of a measured curve that a fit uses, with their weights."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from packing.errors import InputError
from structure.measured.control import FREE_FIT, FitControl
from structure.measured.curve import MeasuredCurve, local_noise

FloatArray = NDArray[np.float64]

MAX_POINTS = 700
"""A curve with more points is averaged in groups first."""

MODEL_ERROR = 0.07
"""Relative error granted to the model: no powder is ideal, and no fit should hang on the height of one peak."""


@dataclass(frozen=True, eq=False)
class FitData:
    r"""Points of a fit and the scale on which they are compared with a model.

    Intensities span decades and models err in proportion, so both are compared after the transform
    :math:`T(I) = \int dI/\sqrt{b^2 + gI + \epsilon^2I^2}`, on which noise and relative error together have
    standard deviation 1: a logarithm where the signal is strong, linear in the noise.

    Parameters
    ----------
    q_inv_nm
        Scattering vector [1/nm], shape (n,).
    intensity
        Intensity, shape (n,).
    floor
        Standard deviation b of the noise at no intensity, shape (n,): less where more readings were averaged.
    gain
        Variance g of the noise per unit of intensity, shape (n,).
    control
        What a person decided about the fit.
    """

    q_inv_nm: FloatArray
    intensity: FloatArray
    floor: FloatArray
    gain: FloatArray
    control: FitControl = FREE_FIT

    @property
    def noise(self) -> FloatArray:
        """Standard deviation of the counting noise at each point, shape (n,), in the unit of the intensity."""
        return np.sqrt(self.floor**2 + self.gain * np.maximum(self.intensity, 0.0))

    @property
    def noise_share(self) -> float:
        """Mean share of the noise in the variance that points are weighted with: what residuals cannot be below."""
        return float(np.mean((self.noise / self.sd(self.intensity)) ** 2))

    @property
    def lowest(self) -> float:
        """An intensity that nearly all points exceed, above zero, on the scale of the measured ones."""
        k = len(self.intensity) // 20
        return max(float(np.partition(self.intensity, k)[k]), float(self.floor.min()))

    @cached_property
    def transformed_intensity(self) -> FloatArray:
        """The measured intensity on the scale of comparison, shape (n,)."""
        return self.transformed(self.intensity)

    @cached_property
    def measured_sd(self) -> FloatArray:
        """Standard deviation that each point is weighted with, shape (n,)."""
        return self.sd(self.intensity)

    def sd(self, intensity: FloatArray) -> FloatArray:
        """Standard deviation that points of this ``intensity`` (n,) are weighted with, shape (n,), in its unit."""
        positive = np.maximum(intensity, 0.0)
        return np.sqrt(self._floor_squared + positive * (self.gain + MODEL_ERROR**2 * positive))

    @cached_property
    def _floor_squared(self) -> FloatArray:
        return self.floor**2

    @cached_property
    def _log_start(self) -> FloatArray:
        return np.log(2 * MODEL_ERROR * self.floor + self.gain) / MODEL_ERROR

    def transformed(self, intensity: FloatArray) -> FloatArray:
        """The ``intensity`` (n,) on the scale of comparison, where its noise has a standard deviation of 1."""
        positive = np.maximum(intensity, 0.0)
        root = 2 * MODEL_ERROR * (self.sd(positive) + MODEL_ERROR * positive) + self.gain
        made = np.log(root) / MODEL_ERROR - self._log_start
        return made if intensity.min() >= 0 else made + np.minimum(intensity, 0.0) / self.floor

    def columns_transformed(self, columns: FloatArray) -> FloatArray:
        """Each of ``columns``, intensities (n, m), on the scale of comparison."""
        return np.stack([self.transformed(c) for c in columns.T], axis=1) if columns.shape[1] else columns

    def between(self, low_inv_nm: float, high_inv_nm: float) -> FitData:
        """The points with q from ``low_inv_nm`` to ``high_inv_nm`` [1/nm], both included."""
        kept = (self.q_inv_nm >= low_inv_nm) & (self.q_inv_nm <= high_inv_nm)
        q, intensity, floor, gain = (a[kept] for a in (self.q_inv_nm, self.intensity, self.floor, self.gain))
        return FitData(q, intensity, floor, gain, self.control)

    def averaged(self, step_inv_nm: float, relative_step: float = 0.0) -> FitData:
        """The points averaged over bins at least as wide as both steps.

        What bins hold depends little on the grid that q came on, so that no grid has a say by where its points lie.

        Parameters
        ----------
        step_inv_nm
            Least width of a bin [1/nm].
        relative_step
            Least width over q.
        """
        q = self.q_inv_nm
        # Bins are equal steps of x, whose slope is one over the width of a bin at q.
        turn = step_inv_nm / relative_step if relative_step > 0 else math.inf
        x = q / step_inv_nm if q[-1] <= turn else np.where(q < turn, q / turn, 1 + np.log(np.maximum(q / turn, 1.0)))
        x = x if q[-1] <= turn else x / relative_step
        starts = np.flatnonzero(np.append(True, np.diff(np.floor(x - x[0])) > 0))
        if len(starts) == len(q):
            return self
        number = np.diff(np.append(starts, len(q)))
        mean = [np.add.reduceat(a, starts) / number for a in (q, self.intensity, self.floor**2, self.gain)]
        return FitData(mean[0], mean[1], np.sqrt(mean[2] / number), mean[3] / number, self.control)


def fit_data(curve: MeasuredCurve, q_range_inv_nm: tuple[float, float] | None = None) -> FitData:
    """Points and weights of a curve, without the shadow of a beam stop and averaged to about 700 points.

    Parameters
    ----------
    curve
        As measured.
    q_range_inv_nm
        Lowest and highest q to use [1/nm].

    Raises
    ------
    InputError
        For a range that does not rise or holds no points.
    """
    variance = local_noise(curve.intensity, stride=3) ** 2 if curve.sd is None else curve.sd**2
    kept = curve.q_inv_nm > 0
    if q_range_inv_nm is not None:
        low, high = q_range_inv_nm
        if not low < high:
            raise InputError(f"q_range_inv_nm must rise, got {low:g} to {high:g} 1/nm. Give the lower bound first.")
        kept &= (curve.q_inv_nm >= low) & (curve.q_inv_nm <= high)
        if not kept.any():
            q = curve.q_inv_nm
            raise InputError(
                f"q_range_inv_nm {low:g} to {high:g} 1/nm holds no points of {curve.label or 'the curve'}, which has q "
                f"{q[0]:.3g} to {q[-1]:.3g} 1/nm. Give a range inside that."
            )
    q, intensity, variance = (a[kept] for a in (curve.q_inv_nm, curve.intensity, variance))
    start = _behind_beam_stop(q, intensity)
    q, intensity, variance = q[start:], intensity[start:], variance[start:]
    floor, gain = noise_law(intensity, variance) if len(q) > 4 else (float(np.sqrt(variance.max())), 0.0)
    data = FitData(q, intensity, np.full(len(q), floor), np.full(len(q), gain))
    return data if len(q) <= MAX_POINTS else data.averaged(float(q[-1] - q[0]) / MAX_POINTS)


def noise_law(intensity: FloatArray, variance: FloatArray) -> tuple[float, float]:
    """Floor b and gain g of counting noise, :math:`s^2 = b^2 + gI`, from estimates of the local variance.

    Fitted to the lower half of the estimates at each level, so that the curvature of peaks does not count as noise.

    Parameters
    ----------
    intensity, variance
        The curve and the local variance of its noise, shape (n,), in any unit and its square.

    Returns
    -------
    tuple
        b and g, both in the unit of the intensity; b is above zero.
    """
    level = np.maximum(_smooth(intensity), 0.0)
    order = np.argsort(level)
    groups = np.array_split(order, max(4, min(24, len(order) // 12)))
    x = np.array([np.median(level[g]) for g in groups])
    y = np.array([np.quantile(variance[g], 0.4) for g in groups])
    weight = 1 / np.maximum(y, 1e-6 * y.max() + 1e-300)
    (floor, gain), _ = nnls(np.stack([weight, x * weight], axis=1), y * weight)
    # A noise-free curve still needs a level below which differences mean nothing.
    smallest = 1e-5 * float(np.quantile(np.abs(intensity), 0.9))
    return float(max(np.sqrt(floor), smallest)), float(gain)


def _smooth(values: FloatArray, half_width: int = 2) -> FloatArray:
    kernel = np.ones(2 * half_width + 1) / (2 * half_width + 1)
    return np.convolve(np.pad(values, half_width, mode="edge"), kernel, mode="valid")


def _behind_beam_stop(q: FloatArray, intensity: FloatArray) -> int:
    """Index of the first point out of the shadow: where a steep rise over the first few points ends."""
    n = max(3, len(q) // 25)
    top = int(np.argmax(intensity[:n]))
    rising = top > 0 and np.all(np.diff(intensity[: top + 1]) > 0)
    return top if rising and top < n - 1 and intensity[0] < 0.85 * intensity[top] else 0
