"""Widths of peaks, each law once: Gaussian, Voigt, a domain's (Scherrer), a paracrystal's; and smearing by a bell."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

FWHM_PER_SIGMA = 2 * math.sqrt(2 * math.log(2))
"""Full width at half maximum of a Gaussian over its standard deviation."""

SCHERRER_CONSTANT = 0.9
"""K for equal-sided domains; 0.89 to 0.94 by their shape (A. L. Patterson, doi:10.1103/PhysRev.56.978)."""


def scherrer_fwhm_inv_nm(domain_nm: float) -> float:
    r"""Full width at half maximum [1/nm] of the peaks of domains of size ``domain_nm`` [nm]: :math:`K\,2\pi/D`.

    Examples
    --------
    >>> round(scherrer_fwhm_inv_nm(100.0), 4)
    0.0565
    """
    return SCHERRER_CONSTANT * 2 * np.pi / domain_nm


def scherrer_domain_nm(fwhm_inv_nm: float) -> float:
    """Size of the domains [nm] whose peaks have the full width at half maximum ``fwhm_inv_nm`` [1/nm].

    Examples
    --------
    >>> round(scherrer_domain_nm(scherrer_fwhm_inv_nm(80.0)), 6)
    80.0
    """
    return SCHERRER_CONSTANT * 2 * math.pi / fwhm_inv_nm


def paracrystal_hwhm_inv_nm(q_inv_nm: FloatArray | float, step_sd_nm: float, spacing_nm: float) -> FloatArray:
    r"""Lorentzian half width at half maximum of a paracrystal's peaks [1/nm]: :math:`\kappa = q^2\sigma_p^2/2d`.

    Steps of length d with standard deviation :math:`\sigma_p` add up, so that two particles at distance R are displaced
    against each other by :math:`\sigma_p^2R/d` per axis and scatter with :math:`e^{-\kappa R}`.

    Parameters
    ----------
    q_inv_nm
        Scattering vector [1/nm].
    step_sd_nm
        Standard deviation, per axis, of a step from neighbour to neighbour [nm].
    spacing_nm
        Length d of a step [nm].

    References
    ----------
    R. Hosemann and S. N. Bagchi, Direct Analysis of Diffraction by Matter, North-Holland 1962.

    Examples
    --------
    >>> round(float(paracrystal_hwhm_inv_nm(1.0, 0.4, 8.0)), 6)
    0.01
    """
    return np.asarray(q_inv_nm**2 * step_sd_nm**2 / (2 * spacing_nm))


def voigt_fwhm(sigma: float, hwhm: float) -> float:
    """Full width at half maximum of a Voigt profile, right to 0.02 %, in the unit of its two widths.

    Parameters
    ----------
    sigma
        Standard deviation of the Gaussian part.
    hwhm
        Half width at half maximum of the Lorentzian part.

    References
    ----------
    J. J. Olivero and R. L. Longbothum, J. Quant. Spectrosc. Radiat. Transfer 17, 233 (1977),
    doi:10.1016/0022-4073(77)90161-3.

    Examples
    --------
    >>> round(voigt_fwhm(1.0, 0.0), 3), round(voigt_fwhm(0.0, 1.0), 3)
    (2.355, 2.0)
    """
    gauss, lorentz = FWHM_PER_SIGMA * sigma, 2 * hwhm
    return 0.5346 * lorentz + math.sqrt(0.2166 * lorentz**2 + gauss**2)


def smeared(q_inv_nm: FloatArray, intensity: FloatArray, sigma_inv_nm: FloatArray | float) -> FloatArray:
    """The intensity averaged over a Gaussian around each q; a constant stays as it is.

    Parameters
    ----------
    q_inv_nm
        Rising scattering vectors [1/nm], shape (n,).
    intensity
        In any unit, shape (n,).
    sigma_inv_nm
        Standard deviation of the Gaussian [1/nm], one number or shape (n,), above zero.

    Returns
    -------
    ndarray
        Shape (n,), in the unit of ``intensity``.

    Examples
    --------
    >>> smeared(np.arange(3.0), np.full(3, 2.0), 0.5).tolist()
    [2.0, 2.0, 2.0]
    """
    step = np.gradient(q_inv_nm)
    width = np.broadcast_to(np.asarray(sigma_inv_nm), q_inv_nm.shape)[:, None]
    kernel = np.exp(-(((q_inv_nm - q_inv_nm[:, None]) / width) ** 2) / 2) * step
    return np.asarray(kernel @ intensity / kernel.sum(axis=1))
