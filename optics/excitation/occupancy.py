"""Excitons per dot after a pulse: mean, Poisson shares, and how they fall with depth."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from optics.constants import HC_EV_NM, JOULE_PER_EV
from packing.checks import require_non_negative, require_positive

FloatArray = NDArray[np.float64]


def mean_occupancy(fluence_uj_cm2: float, cross_section_cm2: float, wavelength_nm: float) -> float:
    r"""Mean number of excitons per dot at the surface, :math:`\langle N\rangle=j\sigma/h\nu`, for a short pulse.

    Parameters
    ----------
    fluence_uj_cm2
        Fluence of the pulse [uJ/cm^2].
    cross_section_cm2
        Absorption cross-section of a dot [cm^2].
    wavelength_nm
        Vacuum wavelength [nm].

    Examples
    --------
    >>> round(mean_occupancy(22.0, 2.5e-14, 400.0), 3)
    1.108
    """
    require_non_negative("fluence_uj_cm2", fluence_uj_cm2, "uJ/cm^2")
    require_positive("cross_section_cm2", cross_section_cm2, "cm^2")
    photon_uj = HC_EV_NM / require_positive("wavelength_nm", wavelength_nm, "nm") * JOULE_PER_EV * 1e6
    return fluence_uj_cm2 * cross_section_cm2 / photon_uj


def fluence_uj_cm2(occupancy: float, cross_section_cm2: float, wavelength_nm: float) -> float:
    """Fluence [uJ/cm^2] that makes a mean occupancy at the surface.

    Parameters
    ----------
    occupancy
        Mean number of excitons a dot.
    cross_section_cm2
        Absorption cross-section of a dot [cm^2].
    wavelength_nm
        Vacuum wavelength [nm].

    Examples
    --------
    >>> round(fluence_uj_cm2(1.146193, 2.5e-14, 400.0), 2)
    22.77
    """
    return occupancy / mean_occupancy(1.0, cross_section_cm2, wavelength_nm)


def poisson_shares(occupancy: float, n_most: int = 12) -> FloatArray:
    """Share of dots with 0, 1, ... ``n_most`` excitons, shape (n_most + 1,).

    Parameters
    ----------
    occupancy
        Mean number of excitons a dot.

    Examples
    --------
    >>> shares = poisson_shares(1.108)
    >>> round(float(shares[0]), 4), round(float(shares[1]), 4), round(float(1 - shares[:2].sum()), 4)
    (0.3302, 0.3659, 0.3039)
    """
    mean = require_non_negative("occupancy", occupancy)
    n = np.arange(n_most + 1)
    return np.asarray(np.exp(-mean) * mean**n / np.array([math.factorial(int(k)) for k in n], dtype=float))


def depth_average(thickness_um: float, absorption_per_um: float) -> float:
    r"""Mean occupancy of a film over that at its surface, :math:`(1-e^{-\alpha d})/\alpha d`.

    Parameters
    ----------
    thickness_um
        Thickness of the film [um].
    absorption_per_um
        Absorption coefficient [1/um].

    Examples
    --------
    >>> [round(depth_average(d, 3.45), 3) for d in (0.1, 0.3, 1.0, 2.0)]
    [0.846, 0.623, 0.281, 0.145]
    """
    depth = require_non_negative("absorption_per_um", absorption_per_um, "1/um") * require_positive(
        "thickness_um", thickness_um, "um"
    )
    return 1.0 if depth < 1e-12 else float(-np.expm1(-depth) / depth)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transparency:
    """Mean occupancies at which a film of twofold levels becomes transparent at its line.

    Parameters
    ----------
    unshifted
        Where the biexciton emits at the exciton's line: as many dots with two or more as with none.
    shifted
        Where its line is moved off: as many with two or more as with one.
    """

    unshifted: float
    shifted: float


def transparency() -> Transparency:
    r"""Solutions of :math:`P_{\ge2}=P_0`, that is :math:`e^x=2+x`, and of :math:`P_{\ge2}=P_1`, :math:`e^x=1+2x`.

    Examples
    --------
    >>> found = transparency()
    >>> round(found.unshifted, 6), round(found.shifted, 4)
    (1.146193, 1.2564)
    """
    return Transparency(
        unshifted=float(brentq(lambda x: math.exp(x) - 2 - x, 0.5, 3.0, xtol=1e-14)),
        shifted=float(brentq(lambda x: math.exp(x) - 1 - 2 * x, 0.5, 3.0, xtol=1e-14)),
    )
