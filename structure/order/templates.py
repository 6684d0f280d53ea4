"""The sites around a site of each lattice, and when a deformed one still counts as that lattice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from structure.crystals.cells import unit_cell
from structure.order.neighbours import FIRST_SHELL

FloatArray = NDArray[np.float64]

# Midpoints (geometric) between the axial ratios of bcc (1), a typical bct (1.2) and fcc (sqrt 2).
BCC_BCT = float(np.sqrt(1.2))
BCT_FCC = float(np.sqrt(1.2 * np.sqrt(2)))


@dataclass(frozen=True, slots=True, eq=False)
class SiteTemplate:
    """Sites around a site.

    Parameters
    ----------
    name
        Lattice it stands for; "bcc" stands for all centred tetragonal lattices, told apart by the axial ratio.
    sites
        Positions relative to the centre in units of the nearest-neighbour distance, nearest first, shape (n, 3).
    seeds
        Pairs of sites whose directions fix the orientation: one for each kind of nearest neighbour.
    seed_mirrors
        Whether the plane of each pair is a mirror plane of the sites.
    n_first_shell
        How many of the sites are in the first shell (of bcc the first two).
    mirror
        An improper symmetry operation of the sites, shape (3, 3).
    """

    name: str
    sites: FloatArray
    seeds: tuple[tuple[int, int], ...]
    seed_mirrors: tuple[bool, ...]
    n_first_shell: int
    mirror: FloatArray


def sites_around(name: str, n_sites: int) -> FloatArray:
    """The ``n_sites`` sites nearest to a site, nearest first, over the distance of neighbours, shape (n_sites, 3)."""
    block = unit_cell(name).sites((5, 5, 5))
    centre = block[np.argmin(np.linalg.norm(block - block.mean(axis=0), axis=1))]
    around = block - centre
    return around[np.argsort(np.linalg.norm(around, axis=1).round(9), kind="stable")][1 : n_sites + 1]


def _template(name: str, n_sites: int, seed_angles_deg: tuple[float, ...]) -> SiteTemplate:
    around = sites_around(name, n_sites)
    n_nearest = int(np.sum(np.linalg.norm(around, axis=1) < 1.01))
    # Nearest neighbours in the basal plane and out of it differ in hcp and simple hexagonal; elsewhere all are alike.
    height = np.abs(around[:n_nearest, 2])
    firsts = [0] if len(seed_angles_deg) == 1 else [int(np.argmin(height)), int(np.argmax(height))]
    unit = around / np.linalg.norm(around, axis=1, keepdims=True)
    cosines = np.cos(np.radians(seed_angles_deg))
    angles = unit[firsts] @ unit[:n_nearest].T
    partners = np.argmin(np.abs(angles - cosines[:, None]), axis=1)
    seeds = tuple((i, int(j)) for i, j in zip(firsts, partners, strict=True))
    n_first_shell = int(np.sum(np.linalg.norm(around, axis=1) < FIRST_SHELL))
    mirrors = tuple(_is_mirror(around, np.cross(around[i], around[j])) for i, j in seeds)
    improper = np.diag([1.0, 1.0, -1.0]) if name == "hcp" else -np.eye(3)
    return SiteTemplate(name, around, seeds, mirrors, n_first_shell, improper)


def _is_mirror(sites: FloatArray, normal: FloatArray) -> bool:
    """Whether sites are their own image in the plane across a normal."""
    image = sites - 2 * np.outer(sites @ normal, normal) / (normal @ normal)
    return bool(np.linalg.norm(image[:, None] - sites, axis=2).min(axis=1).max() < 1e-6)


SITE_TEMPLATES = (
    _template("sc", 18, (90.0,)),
    _template("bcc", 14, (70.53,)),
    _template("fcc", 18, (60.0,)),
    _template("hcp", 18, (60.0, 60.0)),
    _template("simple hexagonal", 20, (60.0, 90.0)),
)


def axial_ratio(name: str, stretches: FloatArray) -> tuple[FloatArray, NDArray[np.int64]]:
    """c/a of the centred tetragonal cell that a deformed bcc or fcc neighbourhood has, and which axis is c.

    bcc has 1 and fcc sqrt 2, about any of its axes.

    Parameters
    ----------
    name
        ``"bcc"`` or ``"fcc"``, the neighbourhood before it is deformed.
    stretches
        Symmetric stretch matrices in the axes of the lattice, shape (N, 3, 3).

    Returns
    -------
    tuple
        The ratios and the index (0 to 2) of the axis, both of shape (N,).
    """
    diagonal = np.log(np.diagonal(stretches, axis1=1, axis2=2))
    deviations = diagonal - (diagonal.sum(axis=1, keepdims=True) - diagonal) / 2
    axis = np.argmax(np.abs(deviations), axis=1)
    chosen = np.take_along_axis(deviations, axis[:, None], axis=1)[:, 0]
    return np.exp(chosen) * (1.0 if name == "bcc" else np.sqrt(2.0)), axis


def strain(name: str, stretches: FloatArray) -> FloatArray:
    """Root mean square strain that takes the neighbourhood away from its lattice, the free axial ratio aside, (N,).

    ``stretches`` are the symmetric stretches of the fitted maps, shape (N, 3, 3).
    """
    scaled = stretches / np.cbrt(np.linalg.det(stretches))[:, None, None]
    shear = scaled[:, [0, 0, 1], [1, 2, 2]]
    diagonal = np.log(np.diagonal(scaled, axis1=1, axis2=2))
    if name == "sc":
        uneven = diagonal
    elif name in ("bcc", "fcc"):
        # Only the difference between the two most alike axes counts: the third is free along the Bain path.
        d = np.sort(diagonal, axis=1)
        uneven = np.minimum(d[:, 1] - d[:, 0], d[:, 2] - d[:, 1])[:, None] / 2
    else:
        uneven = (diagonal[:, :1] - diagonal[:, 1:2]) / 2
    return np.sqrt((2 * np.sum(shear**2, axis=1) + np.sum(uneven**2, axis=1)) / 3)


def in_range(name: str, stretches: FloatArray) -> NDArray[np.bool_]:
    """Whether a free axial ratio lies in the range the lattice's name covers, shape (N,).

    ``stretches`` are the stretch matrices of the neighbourhoods in the axes of the lattice, shape (N, 3, 3).
    """
    diagonal = np.diagonal(stretches, axis1=1, axis2=2)
    if name == "sc":
        return np.ones(len(stretches), dtype=bool)
    if name in ("bcc", "fcc"):
        ratio, _ = axial_ratio(name, stretches)
        return (ratio > 0.7) & (ratio < 1.7)
    ratio = diagonal[:, 2] / np.sqrt(diagonal[:, 0] * diagonal[:, 1])
    low, high = (0.88, 1.14) if name == "hcp" else (0.7, 1.45)
    return (ratio > low) & (ratio < high)
