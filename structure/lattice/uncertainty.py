r"""Least-squares lattice of indexed sites, and what its numbers are worth.

With indices :math:`n_i` (rows) and positions :math:`x_i = x_0 + n_i A + u_i`, the basis is
:math:`A = (N^T N)^{-1} N^T X` after the mean over each sublattice is taken off both. For displacements :math:`u_i` that
are independent with standard deviation :math:`\sigma` per axis, :math:`\mathrm{cov}(A_{pk}, A_{ql}) = (N^T N)^{-1}_{pq}
\sigma^2 \delta_{kl}`. Cumulative disorder, whose displacements are not independent, adds :math:`\sigma_2^2 / n` to the
variance of each length (the mean of :math:`n` independent steps).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from structure.lattice.sites import SiteIndices

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Particles further than this many standard deviations from their site (interstitials) are left out of a second fit.
_OUTLIER = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class SiteFit:
    """A fitted primitive basis.

    Parameters
    ----------
    basis_nm
        Primitive vectors as rows [nm], shape (3, 3).
    covariance_nm2
        Covariance of the nine numbers of the basis, row by row [nm^2], shape (9, 9).
    residuals_nm
        Displacement of each particle from its site [nm], shape (n, 3).
    sigma_nm
        Root mean square displacement per axis [nm], degrees of freedom counted.
    """

    basis_nm: FloatArray
    covariance_nm2: FloatArray
    residuals_nm: FloatArray
    sigma_nm: float


def fit_sites(sites: SiteIndices, cell_nm: FloatArray | None) -> SiteFit | None:
    """Fit the basis; None where the sites lie in one plane or there are too few.

    Where the crystal fills its periodic box ``cell_nm`` (rows, None for a free cluster), the basis is the one that fits
    the box; the covariance is that of the same crystal without the box.
    """
    keep = np.ones(len(sites.members), dtype=bool)
    fit = None
    for _ in range(2):
        fit = _least_squares(sites, keep, cell_nm)
        if fit is None:
            return None
        keep = np.linalg.norm(fit.residuals_nm, axis=1) < _OUTLIER * max(fit.sigma_nm, 1e-12) * np.sqrt(3)
    return fit


def _least_squares(sites: SiteIndices, keep: NDArray[np.bool_], cell: FloatArray | None) -> SiteFit | None:
    steps = _without_means(sites.site_indices.astype(float), sites.sublattice, keep)
    places = _without_means(sites.unwrapped_nm, sites.sublattice, keep)
    normal = steps[keep].T @ steps[keep]
    freedom = 3 * int(keep.sum()) - 9 - 3 * sites.n_sublattices
    if freedom < 1 or np.linalg.matrix_rank(normal) < 3:
        return None
    basis = np.linalg.solve(normal, steps[keep].T @ places[keep])
    if sites.winding is not None and cell is not None:
        basis = np.linalg.solve(sites.winding.astype(float), cell)
    residuals = places - steps @ basis
    residuals = _without_means(residuals, sites.sublattice, keep)
    sigma = float(np.sqrt(np.sum(residuals[keep] ** 2) / freedom))
    covariance = np.kron(np.linalg.inv(normal), np.eye(3)) * sigma**2
    return SiteFit(np.asarray(basis, dtype=np.float64), np.asarray(covariance, dtype=np.float64), residuals, sigma)


def cell_parameters(basis: FloatArray, transformation: IntArray) -> FloatArray:
    """(a, b, c, alpha, beta, gamma), lengths in nm and angles in degrees, of ``transformation @ basis``.

    ``basis`` holds the primitive vectors (rows) [nm], ``transformation`` whole numbers, shape (3, 3).
    """
    cell = transformation @ basis
    lengths = np.linalg.norm(cell, axis=1)
    unit = cell / lengths[:, None]
    cosines = np.array([unit[1] @ unit[2], unit[0] @ unit[2], unit[0] @ unit[1]])
    return np.concatenate([lengths, np.degrees(np.arccos(cosines))])


def parameter_errors(fit: SiteFit, transformation: IntArray, cumulative_nm: FloatArray) -> FloatArray:
    """Standard uncertainties of `cell_parameters` for the same ``transformation``, shape (6,).

    ``cumulative_nm`` holds sigma_2 along a, b and c [nm], zero where there is none.
    """
    base = cell_parameters(fit.basis_nm, transformation)
    delta = 1e-6 * np.linalg.norm(fit.basis_nm)
    jacobian = np.empty((6, 9))
    for k in range(9):
        moved = fit.basis_nm.copy()
        moved.flat[k] += delta
        jacobian[:, k] = (cell_parameters(moved, transformation) - base) / delta
    variance = np.einsum("pk,kl,pl->p", jacobian, fit.covariance_nm2, jacobian)
    drift = cumulative_nm**2 / len(fit.residuals_nm)
    variance[:3] += drift
    relative = drift / base[:3] ** 2
    variance[3:] += np.degrees(1) ** 2 * (relative.sum() - relative)
    return np.sqrt(variance)


def mean_length(fit: SiteFit, directions: IntArray) -> tuple[float, float]:
    """Mean length [nm] of the lattice vectors ``directions @ basis`` and its standard uncertainty [nm].

    ``directions`` are whole numbers, shape (n, 3): a family of vectors that symmetry makes equally long.
    """
    vectors = directions @ fit.basis_nm
    lengths = np.linalg.norm(vectors, axis=1)
    gradient = np.mean(directions[:, :, None] * (vectors / lengths[:, None])[:, None, :], axis=0).ravel()
    return float(lengths.mean()), float(np.sqrt(gradient @ fit.covariance_nm2 @ gradient))


def _without_means(values: FloatArray, sublattice: IntArray, keep: NDArray[np.bool_]) -> FloatArray:
    shifted = values.copy()
    for label in range(int(sublattice.max()) + 1):
        chosen = sublattice == label
        shifted[chosen] -= values[chosen & keep].mean(axis=0)
    return shifted
