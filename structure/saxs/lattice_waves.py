"""Peaks of a lattice with a frozen sinusoidal displacement: what a sound wave that stopped would leave."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import jv

from structure.crystals.reciprocal import powder_peak

FloatArray = NDArray[np.float64]

_N_ANGLES = 8
_N_AZIMUTHS = 4


def wave_peaks(
    q_inv_nm: FloatArray,
    g_inv_nm: FloatArray,
    sigma_inv_nm: float,
    hwhm_inv_nm: FloatArray,
    amplitude_nm: float,
    wave_inv_nm: float,
    transverse: bool,
) -> FloatArray:
    r"""Powder peaks of spots of unit weight at G, for displacements :math:`u = A\,e\,\sin(k\cdot R + \phi)`.

    By the Jacobi-Anger expansion each peak splits into satellites at :math:`G + nk` of weight
    :math:`J_n^2(q\,\hat G\cdot e\,A)`, which add up to 1. The polarisation :math:`e`, along or across the wave vector
    :math:`k`, is averaged over all directions.

    Parameters
    ----------
    q_inv_nm, g_inv_nm
        Scattering vectors (n,) and reciprocal lengths (m,) [1/nm].
    sigma_inv_nm, hwhm_inv_nm
        Gaussian and Lorentzian width [1/nm]; the second broadcasts to (n, m).
    amplitude_nm
        A [nm].
    wave_inv_nm
        Length of the wave vector [1/nm].
    transverse
        Whether the displacement is across the wave vector.

    Returns
    -------
    ndarray
        Density of the powder average [nm^3], shape (n, m).
    """
    cos_e, weight_e = np.polynomial.legendre.leggauss(_N_ANGLES)
    cos_e, weight_e = (cos_e + 1) / 2, weight_e / 2
    azimuths = (np.arange(_N_AZIMUTHS) + 0.5) * np.pi / _N_AZIMUTHS
    highest = int(np.ceil(q_inv_nm[-1] * amplitude_nm)) + 3
    total = np.zeros((len(q_inv_nm), len(g_inv_nm)))
    for cosine, weight in zip(cos_e, weight_e, strict=True):
        # Cosine of the angle between the wave vector and G.
        along = np.sqrt(1 - cosine**2) * np.cos(azimuths) if transverse else np.array([cosine])
        for n in range(-highest, highest + 1):
            power = jv(n, q_inv_nm * amplitude_nm * cosine) ** 2
            if power.max() < 1e-6:
                continue
            for c in along if n else along[:1]:
                centre = np.sqrt(g_inv_nm**2 + 2 * n * wave_inv_nm * c * g_inv_nm + (n * wave_inv_nm) ** 2)
                share = weight * power[:, None] / (len(along) if n else 1)
                total += share * powder_peak(q_inv_nm[:, None], np.maximum(centre, 1e-6), sigma_inv_nm, hwhm_inv_nm)
    return total
