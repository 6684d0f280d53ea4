"""Distributions of particle size: where to evaluate a form factor and with what weight."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from packing.checks import require_between, require_known

FloatArray = NDArray[np.float64]
SizeDistribution = Literal["gaussian", "schulz", "lognormal"]

#: The grid reaches this many standard deviations; 6e-5 of the particles lie outside.
_REACH = 4.0


def size_nodes(
    size_spread: float, *, distribution: SizeDistribution = "gaussian", n_sizes: int = 20
) -> tuple[FloatArray, FloatArray]:
    r"""Relative sizes and their number fractions.

    The mean size is 1 and its standard deviation ``size_spread``. With :math:`s` the spread and :math:`x` the size:
    Gaussian :math:`e^{-(x-1)^2/2s^2}`; Schulz :math:`x^z e^{-(z+1)x}` with :math:`z = 1/s^2 - 1`; log-normal
    :math:`x^{-1} e^{-(\ln x + w^2/2)^2/2w^2}` with :math:`w^2 = \ln(1+s^2)`. Each is sampled evenly over four
    standard deviations, which for a smooth bell converges faster than any power of the step.

    Parameters
    ----------
    size_spread
        Standard deviation of the size over its mean, at most 0.4.
    distribution
        ``"gaussian"``, ``"schulz"`` or ``"lognormal"``.
    n_sizes
        Number of sizes.

    Returns
    -------
    tuple
        Sizes over the mean and number fractions that sum to 1, each of shape (n,); one size of weight 1 for no spread.

    Examples
    --------
    >>> sizes, fractions = size_nodes(0.05)
    >>> round(float(sizes @ fractions), 4), len(sizes)
    (1.0, 20)
    """
    require_between("size_spread", size_spread, 0.0, 0.4, hint="Give a fraction: 0.04 is 4 %.")
    require_known("distribution", distribution, ("gaussian", "schulz", "lognormal"))
    if size_spread < 1e-9:
        return np.ones(1), np.ones(1)
    t = np.linspace(-_REACH, _REACH, max(int(n_sizes), 5))
    if distribution == "lognormal":
        width = np.sqrt(np.log1p(size_spread**2))
        # Even steps of ln x: the 1/x of the density cancels against dx = x d(ln x).
        return _normalised(np.exp(width * t - width**2 / 2), -(t**2) / 2)
    x = 1 + size_spread * t
    x = x[x > 1e-3]
    if distribution == "gaussian":
        return _normalised(x, -(((x - 1) / size_spread) ** 2) / 2)
    z = 1 / size_spread**2 - 1
    return _normalised(x, z * np.log(x) - (z + 1) * x + (z + 1) * np.log(z + 1) - gammaln(z + 1))


def _normalised(x: FloatArray, log_weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    weight = np.exp(log_weight - log_weight.max())
    return x, weight / weight.sum()
