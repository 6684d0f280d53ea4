"""The points of a measured curve that a fit uses, with their weights."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from structure.measured.curve import MeasuredCurve, local_noise

FloatArray = NDArray[np.float64]

MAX_POINTS = 700
"""A curve with more points is averaged in groups first."""

MODEL_ERROR = 0.07
"""Relative error granted to the model: no powder is ideal, and no fit should hang on the height of one peak."""


@dataclass(frozen=True, slots=True, eq=False)
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
        Standard deviation b of the noise at no intensity.
    gain
        Variance g of the noise per unit of intensity.
    """

    q_inv_nm: FloatArray
    intensity: FloatArray
    floor: float
    gain: float

    @property
    def noise(self) -> FloatArray:
        """Standard deviation of the counting noise at each point."""
        return np.sqrt(self.floor**2 + self.gain * np.maximum(self.intensity, 0.0))

    def sd(self, intensity: FloatArray) -> FloatArray:
        """Standard deviation that a point of this intensity is weighted with."""
        positive = np.maximum(intensity, 0.0)
        return np.sqrt(self.floor**2 + self.gain * positive + (MODEL_ERROR * positive) ** 2)

    def transformed(self, intensity: FloatArray) -> FloatArray:
        """The intensity on the scale of comparison."""
        positive = np.maximum(intensity, 0.0)
        start = 2 * MODEL_ERROR * self.floor + self.gain
        root = 2 * MODEL_ERROR * self.sd(positive) + 2 * MODEL_ERROR**2 * positive + self.gain
        return np.log(root / start) / MODEL_ERROR + np.minimum(intensity, 0.0) / self.floor

    def between(self, low_inv_nm: float, high_inv_nm: float) -> FitData:
        """The points in a range of q."""
        kept = (self.q_inv_nm >= low_inv_nm) & (self.q_inv_nm <= high_inv_nm)
        return replace(self, q_inv_nm=self.q_inv_nm[kept], intensity=self.intensity[kept])


def fit_data(curve: MeasuredCurve) -> FitData:
    """Points and weights of a curve, without the shadow of a beam stop and averaged to at most 700 points."""
    start = _behind_beam_stop(curve.q_inv_nm, curve.intensity)
    start = max(start, 1) if curve.q_inv_nm[0] == 0 else start
    variance = local_noise(curve.intensity, stride=3) ** 2 if curve.sd is None else curve.sd**2
    q, intensity, variance = _averaged(curve.q_inv_nm[start:], curve.intensity[start:], variance[start:])
    floor, gain = noise_law(intensity, variance)
    return FitData(q, intensity, floor, gain)


def noise_law(intensity: FloatArray, variance: FloatArray) -> tuple[float, float]:
    r"""Floor b and gain g of counting noise, :math:`s^2 = b^2 + gI`, from estimates of the local variance.

    Fitted to the lower half of the estimates at each level, so that the curvature of peaks does not count as noise.
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


def _averaged(q: FloatArray, intensity: FloatArray, variance: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    group = -(-len(q) // MAX_POINTS)
    if group == 1:
        return q, intensity, variance
    n = len(q) // group * group
    shaped = [x[:n].reshape(-1, group) for x in (q, intensity, variance)]
    return shaped[0].mean(axis=1), shaped[1].mean(axis=1), shaped[2].mean(axis=1) / group
