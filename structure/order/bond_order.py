"""Radial distribution function and Steinhardt order parameters, computed by freud."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence

import freud
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError

from packing.configuration import Configuration
from structure.order.neighbours import Neighbours

FloatArray = NDArray[np.float64]

_RDF_SPACINGS = 4.5
_RDF_BINS_PER_SPACING = 40


def freud_box(configuration: Configuration) -> freud.box.Box:
    """The box as freud's; a free cluster gets one so large that no images interact."""
    if configuration.box is not None:
        return freud.box.Box(*configuration.box)
    extent = float(np.ptp(configuration.positions_nm, axis=0).max(initial=1.0))
    return freud.box.Box.cube(10 * extent)


def steinhardt(
    configuration: Configuration, neighbours: Neighbours, bonds: NDArray[np.bool_], degrees: Sequence[int]
) -> tuple[FloatArray, FloatArray]:
    """Steinhardt q_l of every particle over its bonds, shape (N, degrees), and averaged; nan without bonds.

    Steinhardt, Nelson and Ronchetti, Phys. Rev. B 28, 784 (1983), doi:10.1103/PhysRevB.28.784; averaged over the
    particle and its neighbours after Lechner and Dellago, J. Chem. Phys. 129, 114707 (2008), doi:10.1063/1.2977970.

    Parameters
    ----------
    configuration
        N particles.
    neighbours
        Their neighbours.
    bonds
        Which of those count, shape (N, k).
    degrees
        l, such as 4 and 6.

    Returns
    -------
    tuple
        q_l, and the mean over a particle and its neighbours, each of shape (N, number of degrees).

    Examples
    --------
    >>> from packing.shapes import cube
    >>> from structure.crystals.build import build_crystal
    >>> from structure.order.neighbours import nearest_neighbours
    >>> crystal = build_crystal("sc", spacing_nm=11.0, n_cells=(4, 4, 4), shapes=cube(8.6))
    >>> near = nearest_neighbours(crystal, 6)
    >>> steinhardt(crystal, near, np.ones((64, 6), dtype=bool), [4])[0][0].round(4).tolist()  # sqrt(7/12)
    [0.7638]
    """
    shape = (configuration.n_particles, len(degrees))
    if not bonds.any():
        return np.full(shape, np.nan), np.full(shape, np.nan)
    system, bonded = (freud_box(configuration), centred(configuration)), neighbours.to_freud(bonds)
    # One pass of freud for all degrees: its harmonics are those of each particle, its order is the averaged one.
    parameter = freud.order.Steinhardt(list(degrees), average=True).compute(system, neighbors=bonded)
    harmonics = parameter.particle_harmonics
    own = np.empty(shape)
    for k, (degree, each) in enumerate(zip(degrees, [harmonics] if len(degrees) == 1 else harmonics, strict=True)):
        own[:, k] = np.sqrt(4 * math.pi / (2 * degree + 1) * np.sum(np.abs(each) ** 2, axis=1, dtype=np.float64))
    return own, np.asarray(parameter.particle_order, dtype=np.float64).reshape(shape)


def radial_distribution(configuration: Configuration, spacing_nm: float) -> tuple[FloatArray, FloatArray]:
    """Distances [nm] and g(r) up to 4.5 spacings, or to half the smallest width of the box where that is less.

    For a free cluster the density that g(r) is relative to is that inside the convex hull grown by half a spacing; g(r)
    then falls off towards the size of the cluster.

    Parameters
    ----------
    configuration
        Particles in a box, or a free cluster.
    spacing_nm
        Typical distance of neighbours [nm].

    Examples
    --------
    >>> from packing.shapes import cube
    >>> from structure.crystals.build import build_crystal
    >>> crystal = build_crystal("sc", spacing_nm=11.0, n_cells=(6, 6, 6), shapes=cube(8.6), displacement_nm=0.2)
    >>> r_nm, g = radial_distribution(crystal, 11.0)
    >>> bool(g[np.abs(r_nm - 11.0) < 0.5].max() > 3), bool(g[np.abs(r_nm - 13.2) < 1.0].max() < 0.1)
    (True, True)
    """
    r_max = _RDF_SPACINGS * spacing_nm
    if configuration.cell_nm is not None:
        widths = 1 / np.linalg.norm(np.linalg.inv(configuration.cell_nm), axis=0)
        r_max = min(r_max, 0.499 * float(widths.min()))
    bins = max(int(_RDF_BINS_PER_SPACING * r_max / spacing_nm), 10)
    box = freud_box(configuration)
    rdf = freud.density.RDF(bins=bins, r_max=r_max)
    with warnings.catch_warnings():
        # freud warns when a query finds no neighbours; an empty g(r) says the same.
        warnings.simplefilter("ignore")
        rdf.compute((box, centred(configuration)))
    g = np.asarray(rdf.rdf, dtype=np.float64)
    if configuration.box is None:
        g = g * _cluster_volume(configuration.positions_nm, spacing_nm) / box.volume
    return np.asarray(rdf.bin_centers, dtype=np.float64), g


def centred(configuration: Configuration) -> FloatArray:
    """Positions [nm] for freud's box, shape (N, 3): a free cluster is moved to its middle."""
    x = configuration.positions_nm
    return x if configuration.box is not None else x - (x.max(axis=0) + x.min(axis=0)) / 2


def _cluster_volume(positions: FloatArray, spacing_nm: float) -> float:
    try:
        hull = ConvexHull(positions)
    except (QhullError, ValueError):
        # A chain or a sheet has no hull: every particle owns a cube of one spacing.
        return len(positions) * spacing_nm**3
    half = spacing_nm / 2
    # Steiner's formula; the mean width is that of the sphere of equal volume.
    radius = (3 * hull.volume / (4 * math.pi)) ** (1 / 3)
    return float(hull.volume + hull.area * half + 4 * math.pi * radius * half**2 + 4 / 3 * math.pi * half**3)
