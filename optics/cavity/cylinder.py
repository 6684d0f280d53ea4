"""Modes of a dielectric cylinder: exact poles of Maxwell's equations, and the spacing in a capillary."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import h1vp, hankel1, jv, jvp

from packing.checks import require_between, require_positive
from packing.errors import InputError


def cylinder_pole(
    radius_nm: float, index: float, order: int, guess_nm: float, *, polarisation: str = "tm", outside_index: float = 1.0
) -> tuple[float, float]:
    r"""Exact resonance of an infinite dielectric cylinder: vacuum wavelength [nm] and quality factor.

    The complex zero of :math:`n^{s}J'_m(nx)H_m(n_0x)-n_0^{s}J_m(nx)H'_m(n_0x)` with :math:`x=2\pi R/\lambda`;
    s = 1 for E along the axis ("tm") and -1 for H ("te").

    Parameters
    ----------
    radius_nm
        Radius [nm].
    index, outside_index
        Refractive indices in and around it.
    order
        Number of wavelengths around the axis, m.
    guess_nm
        Where to begin [nm]; the pole found is the nearest that Newton's rule reaches.

    Raises
    ------
    InputError
        If no pole is found from the guess.

    Examples
    --------
    >>> wavelength, q = cylinder_pole(1000.0, 1.82, 18, 522.0)
    >>> round(wavelength, 1), q > 1e3
    (522.4, True)
    """
    require_positive("radius_nm", radius_nm, "nm")
    s = 1 if polarisation == "tm" else -1

    def mismatch(x: complex) -> complex:
        inside, outside = index * x, outside_index * x
        return complex(
            index**s * jvp(order, inside) * hankel1(order, outside)
            - outside_index**s * jv(order, inside) * h1vp(order, outside)
        )

    x = complex(2 * math.pi * radius_nm / guess_nm, -1e-4)
    for _ in range(100):
        h = 1e-6 * abs(x)
        slope = (mismatch(x + h) - mismatch(x - h)) / (2 * h)
        step = mismatch(x) / slope
        # Short steps: the zeros of one order lie a few tenths apart.
        x -= step * min(1.0, 0.1 / abs(step))
        if abs(step) < 1e-12 * abs(x):
            # Beyond the digits of the Hankel functions there is no loss to be seen.
            quality = math.inf if abs(x.imag) < 1e-13 * x.real else float(-x.real / (2 * x.imag))
            return 2 * math.pi * radius_nm / x.real, quality
    raise InputError(f"no {polarisation} mode of order {order} near {guess_nm:g} nm. Give another guess_nm or order.")


def whispering_gallery_guess_nm(radius_nm: float, index: float, order: int) -> float:
    r"""First radial mode of a cylinder by the leading Airy term [nm], :math:`nx\approx
    m+1.856\,m^{1/3}-n/\sqrt{n^2-1}`.

    Lam, Leung and Young, J. Opt. Soc. Am. B 9, 1585 (1992), doi:10.1364/JOSAB.9.001585.

    Parameters
    ----------
    radius_nm
        Radius [nm].
    index
        Refractive index.
    order
        Number of wavelengths around the axis.
    """
    m = require_between("order", order, 3, 1_000_000)
    size = (m + 1.8558 * m ** (1 / 3) - index / math.sqrt(index**2 - 1)) / index
    return 2 * math.pi * radius_nm / size


def capillary_spacing_nm(diameter_nm: float, wavelength_nm: float, group_index: float) -> float:
    r"""Spacing of whispering-gallery modes of a filled capillary [nm], :math:`\lambda^2/(\pi Dn_g)`.

    Parameters
    ----------
    diameter_nm
        Diameter of the capillary [nm].
    wavelength_nm
        Vacuum wavelength [nm].
    group_index
        Group index at the wavelength.

    Examples
    --------
    >>> round(capillary_spacing_nm(50_000.0, 525.0, 1.7), 2)
    1.03
    """
    return wavelength_nm**2 / (math.pi * require_positive("diameter_nm", diameter_nm, "nm") * group_index)


def free_spectral_range_nm(wavelengths_nm: list[float]) -> float:
    """Mean distance between neighbouring modes [nm].

    Parameters
    ----------
    wavelengths_nm
        Modes [nm], in any order.
    """
    return float(np.mean(np.abs(np.diff(np.sort(wavelengths_nm)))))
