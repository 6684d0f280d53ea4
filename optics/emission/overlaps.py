"""Integrals of the ground state of a box with Gaussians of the distance between electron and hole."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import BSpline, make_interp_spline

FloatArray = NDArray[np.float64]


@lru_cache(maxsize=4)
def legendre(n: int) -> tuple[FloatArray, FloatArray]:
    """Gauss-Legendre nodes and weights on (0, 1).

    Parameters
    ----------
    n
        Number of nodes.
    """
    x, w = np.polynomial.legendre.leggauss(n)
    return (x + 1) / 2, w / 2


def distance_density(distance_nm: FloatArray, edge_nm: float) -> FloatArray:
    r"""Probability density [1/nm] of x_e - x_h = d for two carriers in the ground state of one edge.

    .. math:: P_L(d)=\frac1L\Big[(1-\tfrac dL)\big(1+\tfrac12\cos\tfrac{2\pi d}L\big)
              +\tfrac3{4\pi}\sin\tfrac{2\pi d}L\Big]

    Even in d, zero beyond L; its integral over -L to L is one.

    Parameters
    ----------
    distance_nm
        x_e - x_h [nm], any shape.
    edge_nm
        Length of the edge [nm].

    Examples
    --------
    >>> x, w = legendre(64)
    >>> round(float(2 * np.sum(w * 9 * distance_density(9 * x, 9.0))), 10)
    1.0
    """
    d = np.abs(np.asarray(distance_nm, dtype=float)) / edge_nm
    inside = (1 - d) * (1 + np.cos(2 * np.pi * d) / 2) + 3 / (4 * np.pi) * np.sin(2 * np.pi * d)
    return np.where(d < 1, inside, 0.0) / edge_nm


def gaussian_moments(edge_nm: float, exponent_nm2: FloatArray) -> tuple[FloatArray, FloatArray]:
    r"""Mean of :math:`e^{-Ad^2}` and of :math:`d^2e^{-Ad^2}` [nm^2] along one edge, same shape as A [1/nm^2].

    Both depend on :math:`AL^2` alone, so they are integrated once for the unit edge and interpolated to 1e-9.

    Parameters
    ----------
    edge_nm
        Length of the edge [nm].
    exponent_nm2
        Exponent A [1/nm^2], any shape.

    Examples
    --------
    >>> overlap, second = gaussian_moments(9.0, np.array([0.0]))
    >>> round(float(overlap[0]), 9), round(float(second[0]), 4)
    (1.0, 5.293)
    """
    b = np.asarray(exponent_nm2, dtype=float) * edge_nm**2
    zeroth, second = _unit_splines()
    u = np.log1p(b)
    return zeroth(u) / np.sqrt(1 + b), edge_nm**2 * second(u) / (1 + b) ** 1.5


@lru_cache(maxsize=1)
def _unit_splines() -> tuple[BSpline, BSpline]:
    """The two moments of the unit edge over log(1 + B), freed of their decay at large B."""
    u = np.linspace(0.0, np.log1p(1e12), 700)
    b = np.expm1(u)[:, None]
    x, w = legendre(80)
    # The range is cut where the Gaussian is: a fixed grid misses a narrow one, and the variational energy collapses.
    with np.errstate(divide="ignore"):
        reach = np.minimum(1.0, 7.5 / np.sqrt(b))
    d = reach * x
    weighted = 2 * reach * w * distance_density(d, 1.0) * np.exp(-b * d**2)
    zeroth, second = weighted.sum(-1), (weighted * d**2).sum(-1)
    factor = 1 + b[:, 0]
    return make_interp_spline(u, zeroth * np.sqrt(factor), k=5), make_interp_spline(u, second * factor**1.5, k=5)
