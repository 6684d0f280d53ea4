"""Van der Waals energy between two bodies by Hamaker's pairwise sum, in closed form.

Every function returns the energy divided by the Hamaker constant: it depends on the ratio of gap to size only,
so one curve serves every size. Pairwise additive and not retarded: good to a few nanometres of gap.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.errors import InputError

FloatArray = NDArray[np.float64]

# Beyond this many longest edges the multipole limit is good to 5e-4, and the closed form starts to lose digits.
_FAR = 12.0


def cuboid_cuboid_energy(gap_nm: ArrayLike, edges_nm: tuple[float, float, float]) -> FloatArray:
    r"""Van der Waals energy of two equal, aligned cuboids face to face, over the Hamaker constant.

    .. math:: E/A = -\frac{1}{\pi^2}\int_{V_1}\!\int_{V_2} \frac{dV_1\,dV_2}{r^6}
              = -\frac{1}{\pi^2}\,\Delta_x\Delta_y\Delta_z F

    with the second differences of the sixfold antiderivative of :math:`r^{-6}`,

    .. math:: 24 F = \frac{x\,p_x^3}{y^2z^2}\arctan\frac{x}{p_x} + \frac{y\,p_y^3}{x^2z^2}\arctan\frac{y}{p_y}
              - \frac{z\,p_z^3}{x^2y^2}\arctan\frac{p_z}{z} - \frac{3}{2}\ln(x^2+y^2+z^2),

    :math:`p_x^2=y^2+z^2` and cyclic. A plate is the same integral with a short third edge.

    Parameters
    ----------
    gap_nm
        Distance between the facing facets [nm], any shape.
    edges_nm
        Edges [nm]: the two of the facing facet, then the one along the line of centres.

    Returns
    -------
    ndarray
        E/A, dimensionless and negative, of the shape of ``gap_nm``.

    Notes
    -----
    Pairwise sum: H. C. Hamaker, Physica 4, 1058 (1937). The antiderivative
    was derived here and is checked in the tests by quadrature.

    Examples
    --------
    >>> 27 * cuboid_cuboid_energy([1.0, 2.0], (8.6, 8.6, 8.6)).round(3)
    array([-38.61 ,  -7.236])
    """
    gap = _positive_gap(gap_nm)
    a, b, c = edges_nm
    far = gap > _FAR * max(edges_nm)
    near_gap = np.where(far, max(edges_nm), gap)
    total = _lateral_difference(near_gap, a, b) - 2 * _lateral_difference(near_gap + c, a, b)
    total = total + _lateral_difference(near_gap + 2 * c, a, b)
    return np.where(far, _far_energy(gap + c, a, b, c), -total / math.pi**2)


def sphere_sphere_energy(gap_nm: ArrayLike, diameter_nm: float) -> FloatArray:
    r"""Van der Waals energy of two equal spheres over the Hamaker constant.

    .. math:: E/A = -\frac16\left[\frac{2R^2}{s^2-4R^2} + \frac{2R^2}{s^2} + \ln\frac{s^2-4R^2}{s^2}\right]

    with :math:`s = 2R + d` the distance of the centres (H. C. Hamaker, Physica 4, 1058 (1937),
    doi:10.1016/S0031-8914(37)80203-7).

    Parameters
    ----------
    gap_nm
        Gap between the surfaces [nm], any shape.
    diameter_nm
        Diameter of both [nm].

    Returns
    -------
    ndarray
        E/A, dimensionless and negative, of the shape of ``gap_nm``.

    Examples
    --------
    >>> float(sphere_sphere_energy(0.01, 10.0).round(2))  # Derjaguin: -R / 12 d = -41.67
    -40.69
    """
    gap = _positive_gap(gap_nm)
    radius = diameter_nm / 2
    s2 = (diameter_nm + gap) ** 2
    u = 4 * radius**2 / s2
    # Far apart the three terms cancel to (u/4)^3 * 16/9 ...: use the series there.
    closed = -(0.5 * u / (1 - u) + 0.5 * u + np.log1p(-u)) / 6
    series = -(u**3) * (1 / 6 + u / 4 + 3 * u**2 / 10) / 6
    # At u = 1e-3 the closed form has lost 6 eps/u^2 = 1e-9 to rounding, and the series leaves out as much.
    return np.where(u > 1e-3, closed, series)


def _lateral_difference(z: FloatArray, a: float, b: float) -> FloatArray:
    """Second differences along x and y of the antiderivative at height z (it is even in x and y)."""
    return 4 * (_f(a, b, z) - _f_x0(b, z) - _f_x0(a, z) + _f_x0y0(z))


def _f(x: float, y: float, z: FloatArray) -> FloatArray:
    px, py, pz = np.sqrt(y * y + z * z), np.sqrt(x * x + z * z), math.hypot(x, y)
    tx = x * px**3 / (y * y * z * z) * np.arctan(x / px)
    ty = y * py**3 / (x * x * z * z) * np.arctan(y / py)
    tz = -z * pz**3 / (x * x * y * y) * np.arctan(pz / z)
    return (tx + ty + tz) / 24 - np.log(x * x + y * y + z * z) / 16


def _f_x0(y: float, z: FloatArray) -> FloatArray:
    """The limit of ``_f`` at x = 0."""
    return (1.5 * (y / z - z / y) * np.arctan(y / z) - 0.5) / 24 - np.log(y * y + z * z) / 16


def _f_x0y0(z: FloatArray) -> FloatArray:
    """The limit of ``_f`` at x = y = 0."""
    return -1 / 12 - np.log(z) / 8


def _far_energy(r: FloatArray, a: float, b: float, c: float) -> FloatArray:
    """Volumes at their centres plus the second moments of their shapes; the next term is of order (edge/r)^4."""
    # Variance of the difference of two uniform coordinates is edge^2/6; second derivatives of r^-6 on the z axis.
    correction = (-6 * (a * a + b * b) + 42 * c * c) / (12 * r * r)
    return -((a * b * c) ** 2) / (math.pi**2 * r**6) * (1 + correction)


def _positive_gap(gap_nm: ArrayLike) -> FloatArray:
    gap = np.asarray(gap_nm, dtype=np.float64)
    if not np.all(np.isfinite(gap)) or np.any(gap <= 0):
        raise InputError("gap_nm must be positive and finite: at contact the van der Waals energy has no value.")
    return gap
