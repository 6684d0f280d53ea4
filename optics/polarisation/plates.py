"""Dipole orientation of plates and of stretched dots by local fields alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import quad

from packing.checks import require_positive

FloatArray = NDArray[np.float64]


def depolarisation_factors(axes: tuple[float, float, float]) -> FloatArray:
    r"""Depolarisation factors of an ellipsoid of given axes, shape (3,); their sum is one.

    .. math:: N_a=\frac{abc}{2}\int_0^\infty\frac{ds}{(s+a^2)\sqrt{(s+a^2)(s+b^2)(s+c^2)}}

    J. A. Osborn, Phys. Rev. 67, 351 (1945), doi:10.1103/PhysRev.67.351.

    Parameters
    ----------
    axes
        Axes of the ellipsoid, any unit (relative).

    Examples
    --------
    >>> depolarisation_factors((1.0, 1.0, 1.0)).round(6).tolist()
    [0.333333, 0.333333, 0.333333]
    """
    half = np.array([require_positive("axes", a) for a in axes]) / max(axes)

    def one(a: float) -> float:
        # s = u / (1 - u) maps the half line to (0, 1).
        def integrand(u: float) -> float:
            s = u / (1 - u)
            return float(1 / ((s + a**2) * np.sqrt(np.prod(s + half**2))) / (1 - u) ** 2)

        return float(np.prod(half) / 2 * quad(integrand, 0, 1, epsabs=1e-12, limit=200)[0])

    return np.array([one(float(a)) for a in half])


def local_field_factors(axes: tuple[float, float, float], inside: float, outside: float) -> FloatArray:
    r"""Field inside over field outside along each axis of an ellipsoid, shape (3,).

    :math:`f_a=1/(1+N_a(\varepsilon_i/\varepsilon_o-1))` with permittivities in and out.

    Parameters
    ----------
    axes
        Axes of the ellipsoid, any unit (relative).
    inside
        Permittivity of the dot, relative.
    outside
        Permittivity around it, relative.
    """
    n = depolarisation_factors(axes)
    return np.asarray(1 / (1 + n * (inside / outside - 1)))


def horizontal_dipole_fraction(axes: tuple[float, float, float], *, inside: float, outside: float) -> float:
    r"""Share of the light from dipoles in the plane of a plate, by local fields alone.

    :math:`\Theta_h=(f_x^2+f_y^2)/(f_x^2+f_y^2+f_z^2)`, 2/3 for a sphere. Anisotropic Bloch functions come on top, and
    fine structure can reverse it in plates of one or two layers.

    Parameters
    ----------
    axes
        Widths along x, y and thickness along z, any unit.
    inside, outside
        Permittivity of the plate and around it.

    Examples
    --------
    >>> [round(horizontal_dipole_fraction((1, 1, c), inside=5.1, outside=2.13), 3) for c in (1.0, 0.6, 0.5)]
    [0.667, 0.748, 0.773]
    """
    f2 = local_field_factors(axes, inside, outside) ** 2
    return float((f2[0] + f2[1]) / f2.sum())
