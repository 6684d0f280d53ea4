"""Empty sites inside a crystal."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from structure.site_indices import SiteIndices

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# An empty site with this share of its surrounding sites occupied is a hole inside. At a flat surface the share of the
# two first shells is at most 13/18 (sc and fcc along <100>), beside another vacancy it is 17/18.
_MIN_SURROUNDED = 0.8


def count_vacancies(sites: SiteIndices, shell: IntArray) -> int:
    """Number of empty lattice sites inside the crystal.

    In a periodic crystal that fills its box the number of sites is known (the determinant of the winding matrix), and
    the missing particles are counted. Elsewhere a hole counts if at least 80 % of the sites around it are occupied; a
    missing particle in the outermost layer is then part of the surface.

    Parameters
    ----------
    sites
        The indexed particles.
    shell
        Whole-number vectors to the sites around a site, shape (k, 3).
    """
    if sites.winding is not None:
        n_sites = abs(round(np.linalg.det(sites.winding))) * sites.n_sublattices
        return max(n_sites - _n_occupied(sites), 0)
    total = 0
    for sublattice in range(sites.n_sublattices):
        total += _holes(sites.site_indices[sites.sublattice == sublattice], shell)
    return total


def _n_occupied(sites: SiteIndices) -> int:
    """Number of different sites, seen modulo the box."""
    assert sites.winding is not None
    turns = sites.site_indices @ np.linalg.inv(sites.winding)
    inside = np.round((turns - np.floor(turns + 1e-9)) @ sites.winding).astype(np.int64)
    return len(np.unique(np.column_stack([sites.sublattice, inside]), axis=0))


def _holes(occupied: IntArray, shell: IntArray) -> int:
    low = occupied.min(axis=0) - np.abs(shell).max(axis=0)
    size = np.ptp(occupied, axis=0) + 1 + 2 * np.abs(shell).max(axis=0)
    strides = np.array([size[1] * size[2], size[2], 1])
    keys = np.unique((occupied - low) @ strides)
    around = ((keys[:, None]) + shell @ strides).ravel()
    sites, counts = np.unique(around, return_counts=True)
    empty = ~np.isin(sites, keys, assume_unique=True)
    return int(np.sum(counts[empty] >= _MIN_SURROUNDED * len(shell)))
