"""Reciprocal lattice of a superlattice: families of peaks, and the profile of one peak in a powder."""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import voigt_profile, wofz

from structure.crystals.cells import unit_cell

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class PeakFamilies:
    """Reflections that are equal by symmetry, in units of the nearest-neighbour distance.

    Parameters
    ----------
    hkl
        One index of each family in the orthogonal conventional cell, shape (n, 3).
    length
        Length of the reciprocal vector times the nearest-neighbour distance, shape (n,).
    directions
        Unit vectors, shape (n, 3).
    weights
        Multiplicity times the squared structure factor of the cell over its number of sites squared, shape (n,).
    volume_per_site
        Volume per particle over the nearest-neighbour distance cubed.
    reach
        Length up to which the list is complete.
    """

    hkl: NDArray[np.int64]
    length: FloatArray
    directions: FloatArray
    weights: FloatArray
    volume_per_site: float
    reach: float


def peak_families(lattice: str, c_over_a: float | None, reach: float, *, merge_axes: bool) -> PeakFamilies:
    """All families with a reciprocal vector shorter than ``reach`` (over the nearest-neighbour distance).

    ``merge_axes`` joins (hkl) and (khl) on a cubic cell too, right for particles with the symmetry of the cube.
    ``c_over_a`` is the axial ratio as in `unit_cell`, None for that of the lattice.
    """
    return _families(lattice, c_over_a, 8.0 * math.ceil(reach / 8.0), merge_axes)


@functools.lru_cache(maxsize=64)
def _families(lattice: str, c_over_a: float | None, reach: float, merge_axes: bool) -> PeakFamilies:
    cell = unit_cell(lattice, c_over_a=c_over_a)
    edges = np.diag(cell.cell)
    highest = [int(reach * e / (2 * np.pi)) for e in edges]
    hkl = np.array(list(itertools.product(*(range(n + 1) for n in highest))))[1:]
    g = 2 * np.pi * hkl / edges
    length = np.linalg.norm(g, axis=1)
    # The cells are orthogonal and their sites symmetric under each change of sign: the octant stands for all.
    multiplicity = 2.0 ** np.count_nonzero(hkl, axis=1)
    structure = np.abs(np.exp(2j * np.pi * hkl @ cell.basis.T).sum(axis=1)) ** 2 / len(cell.basis) ** 2
    kept = (length <= reach) & (structure > 1e-9)
    hkl, g, length, weights = hkl[kept], g[kept], length[kept], (multiplicity * structure)[kept]
    if merge_axes and np.ptp(edges) < 1e-9:
        _, first, group = np.unique(np.sort(hkl, axis=1)[:, ::-1], axis=0, return_index=True, return_inverse=True)
        weights = np.bincount(group.ravel(), weights=weights)
        hkl, g, length = hkl[first], g[first], length[first]
    order = np.argsort(length, kind="stable")
    return PeakFamilies(
        np.sort(hkl, axis=1)[:, ::-1][order] if merge_axes and np.ptp(edges) < 1e-9 else hkl[order],
        length[order],
        (g / length[:, None])[order],
        weights[order],
        cell.volume_per_site,
        reach,
    )


def powder_peak(
    q_inv_nm: FloatArray, g_inv_nm: FloatArray, sigma_inv_nm: FloatArray | float, hwhm_inv_nm: FloatArray | float
) -> FloatArray:
    r"""Powder average of one spot of unit weight at distance G from the origin of reciprocal space [nm^3].

    .. math:: \frac{l(q-G) - l(q+G)}{4\pi q G}

    with the profile :math:`l` of the spot projected on a line: exact for any spot of spherical symmetry, since the
    shell of radius q cuts it in slices. The Lorentz factor of powders, 1/q^2, is its limit for sharp spots. Here
    :math:`l` is a Voigt profile.

    Parameters
    ----------
    q_inv_nm, g_inv_nm
        Lengths [1/nm] that broadcast.
    sigma_inv_nm
        Standard deviation of the Gaussian part [1/nm].
    hwhm_inv_nm
        Half width at half maximum of the Lorentzian part [1/nm].

    Returns
    -------
    ndarray
        Density of the powder average.
    """
    q = np.maximum(q_inv_nm, 1e-9)
    near = _profile(q - g_inv_nm, sigma_inv_nm, hwhm_inv_nm) - _profile(q + g_inv_nm, sigma_inv_nm, hwhm_inv_nm)
    return near / (4 * np.pi * q * g_inv_nm)


def powder_of_spots(q_inv_nm: FloatArray, g_inv_nm: FloatArray, weights: FloatArray, sigma_inv_nm: float) -> FloatArray:
    """Sum of the powder peaks (`powder_peak`) of very many Gaussian spots of one width, at q above six such widths.

    Spots are shared out among places a sixteenth of their width apart, which are then blurred together.

    Parameters
    ----------
    q_inv_nm
        Scattering vector [1/nm], shape (n,).
    g_inv_nm, weights
        Distance of each spot from the origin [1/nm], above zero, and its weight, shape (m,).
    sigma_inv_nm
        Standard deviation of all of them [1/nm].

    Examples
    --------
    >>> q = np.linspace(9.0, 11.0, 5)
    >>> one = powder_of_spots(q, np.array([10.03]), np.array([2.0]), 0.4)
    >>> bool(np.allclose(one, 2 * powder_peak(q, np.array(10.03), 0.4, 0.0), rtol=2e-3))
    True
    """
    q = np.asarray(q_inv_nm, dtype=float)
    if not len(g_inv_nm):
        return np.zeros(len(q))
    step, reach = sigma_inv_nm / 16, 6 * 16
    start = float(g_inv_nm.min()) - 7 * sigma_inv_nm
    n_bins = int((float(g_inv_nm.max()) - start) / step) + reach + 20
    at = (g_inv_nm - start) / step
    lower = at.astype(int)
    parts = weights / g_inv_nm
    line = np.bincount(lower, weights=parts, minlength=n_bins)
    at -= lower
    upper = np.bincount(lower, weights=np.multiply(parts, at, out=at), minlength=n_bins)
    line -= upper
    line[1:] += upper[:-1]
    # Sharing a spot out widens it by a sixth of the step squared, on average.
    narrow = math.sqrt(sigma_inv_nm**2 - step**2 / 6)
    kernel = np.exp(-((np.arange(-reach, reach + 1) * step / narrow) ** 2) / 2) / (math.sqrt(2 * math.pi) * narrow)
    blurred = np.convolve(line, kernel, mode="same")
    inner = np.interp(q, start + step * np.arange(len(blurred)), blurred, left=0.0, right=0.0)
    return np.asarray(inner / (4 * np.pi * np.maximum(q, 1e-9)))


def spot_weights(weights: FloatArray, volume_per_site: float, spacing_nm: float) -> FloatArray:
    r"""What the powder peak of each family counts in the structure factor [1/nm^3]: :math:`(2\pi)^3w/v`.

    Parameters
    ----------
    weights, volume_per_site
        Of `PeakFamilies`: weights, shape (m,), and the volume per site over the spacing cubed.
    spacing_nm
        Distance of nearest neighbours [nm].
    """
    return np.asarray((2 * np.pi) ** 3 / (volume_per_site * spacing_nm**3) * weights)


@dataclass(frozen=True, slots=True, eq=False)
class PeakSlopes:
    """Derivatives of `powder_peak` with respect to G, the Gaussian and the Lorentzian width [nm^4], shape (n, m)."""

    by_g: FloatArray
    by_sigma: FloatArray
    by_hwhm: FloatArray


def powder_peak_slopes(
    q_inv_nm: FloatArray, g_inv_nm: FloatArray, sigma_inv_nm: float, hwhm_inv_nm: FloatArray
) -> PeakSlopes:
    r"""Slopes of a powder peak with its place and its widths, the place of its mirror image at -G left out.

    From the Faddeeva function w of the profile, :math:`w' = -2zw + 2i/\sqrt\pi`.

    Parameters
    ----------
    q_inv_nm, g_inv_nm, sigma_inv_nm, hwhm_inv_nm
        As in `powder_peak`.
    """
    q = np.maximum(q_inv_nm, 1e-9)
    x = q - g_inv_nm
    hwhm = np.broadcast_to(hwhm_inv_nm, x.shape)
    square = x**2 + hwhm**2
    # The profile itself and its slopes with x, sigma and the half width: far out those of a Lorentzian.
    profile, by_x = hwhm / np.pi / square, -2 * x * hwhm / np.pi / square**2
    by_hwhm = (x**2 - hwhm**2) / np.pi / square**2
    by_sigma = 2 * sigma_inv_nm * hwhm * (3 * x**2 - hwhm**2) / np.pi / square**3
    near = square < (12 * sigma_inv_nm) ** 2
    root = sigma_inv_nm * math.sqrt(2)
    z = (x[near] + 1j * hwhm[near]) / root
    w = wofz(z)
    slope = -2 * z * w + 2j / math.sqrt(math.pi)
    norm = sigma_inv_nm * math.sqrt(2 * math.pi)
    profile[near], by_x[near] = w.real / norm, slope.real / root / norm
    by_hwhm[near] = -slope.imag / root / norm
    by_sigma[near] = -(w.real + (z * slope).real) / sigma_inv_nm / norm
    # At low q the tail of the mirror image takes that of the peak away.
    mirror = (q + g_inv_nm) ** 2
    by_hwhm -= (mirror - hwhm**2) / np.pi / (mirror + hwhm**2) ** 2
    scale = 1 / (4 * np.pi * q * g_inv_nm)
    return PeakSlopes(-scale * (by_x + profile / g_inv_nm), scale * by_sigma, scale * by_hwhm)


def beyond_reach(q_inv_nm: FloatArray, reach_inv_nm: float, hwhm_inv_nm: FloatArray) -> FloatArray:
    r"""What all spots beyond ``reach_inv_nm`` add to the structure factor through their Lorentzian tails.

    The spots out there are so many that they are a continuum of the mean density of the reciprocal lattice:

    .. math:: \frac1q\int_{G_c}^\infty G\,[l(q-G) - l(q+G)]\,dG

    which for a Lorentzian of half width :math:`\kappa` has a closed form.

    Parameters
    ----------
    q_inv_nm, hwhm_inv_nm
        Scattering vectors and half widths at half maximum of the tails at each [1/nm], shapes that broadcast.
    reach_inv_nm
        Length :math:`G_c` up to which spots are summed one by one [1/nm].
    """
    q, k = q_inv_nm, np.maximum(hwhm_inv_nm, 1e-12)
    near, far = reach_inv_nm - q, reach_inv_nm + q
    angles = np.arctan2(k, near) + np.arctan2(k, far)
    logs = np.log((k**2 + far**2) / (k**2 + near**2))
    return np.asarray(angles / np.pi + k * logs / (2 * np.pi * np.maximum(q, 1e-9)))


def _profile(x: FloatArray, sigma: FloatArray | float, hwhm: FloatArray | float) -> FloatArray:
    if not np.any(np.asarray(hwhm) > 0):
        return np.asarray(np.exp(-((x / sigma) ** 2) / 2) / (math.sqrt(2 * np.pi) * sigma))
    # Far out a Voigt profile is its Lorentzian with a small correction: 20 times faster, to 1e-3 of the tail.
    square = x**2 + np.square(hwhm)
    tail = np.asarray(hwhm / np.pi / square * (1 + np.square(sigma) * (3 * x**2 - np.square(hwhm)) / square**2))
    near = square < (12 * np.asarray(sigma)) ** 2
    wide = [np.broadcast_to(a, tail.shape)[near] for a in (x, sigma, hwhm)]
    tail[near] = voigt_profile(*wide)
    return tail


def lattice_parameters(phase: str, nearest_nm: float, c_over_a: float | None) -> tuple[float, float | None]:
    """Lattice parameters a and, for hcp and bct, c [nm] of a phase with neighbours at ``nearest_nm``.

    For ``"lamellar"`` a is the period of the layers. ``c_over_a`` is the axial ratio as in `unit_cell`.

    Examples
    --------
    >>> round(lattice_parameters("fcc", 10.0, None)[0], 3)
    14.142
    """
    if phase == "lamellar":
        return nearest_nm, None
    cell = unit_cell(phase, c_over_a=c_over_a).cell * nearest_nm
    return float(cell[0, 0]), float(cell[2, 2]) if phase in ("hcp", "bct") else None
