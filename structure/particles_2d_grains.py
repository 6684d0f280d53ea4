"""Grains and sizes of the particles located in a micrograph."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from skimage.filters import threshold_otsu

from structure.fourier_spots import flattened
from structure.particles_2d import LocatedParticles

FloatArray = NDArray[np.float64]

GRAIN_MISORIENTATION_DEG = 6.0
SMALLEST_GRAIN = 12


def grain_numbers(
    positions_px: FloatArray, ordered: NDArray[np.bool_], orientation_deg: FloatArray, fold: int, spacing_px: float
) -> NDArray[np.int64]:
    """Grain of each particle, from 0 by falling size; -1 for particles in none.

    Ordered neighbours belong together when their lattices are turned by less than 6 degrees against each other;
    a grain has at least 12 particles.

    Parameters
    ----------
    positions_px
        Places [px], shape (n, 2).
    ordered
        Particles that sit on a lattice with their neighbours, shape (n,).
    orientation_deg
        Direction of the lattice around each, any of its equivalents [degrees], shape (n,).
    fold
        4 for square, 6 for hexagonal lattices.
    spacing_px
        Distance of neighbours [px].
    """
    n = len(positions_px)
    numbers = np.full(n, -1, dtype=np.int64)
    if not ordered.any():
        return numbers
    pairs = cKDTree(positions_px).query_pairs(1.35 * spacing_px, output_type="ndarray")
    period = 360.0 / fold
    turn = orientation_deg[pairs[:, 0]] - orientation_deg[pairs[:, 1]]
    turn = np.abs((turn + period / 2) % period - period / 2)
    bonded = ordered[pairs[:, 0]] & ordered[pairs[:, 1]] & (turn < GRAIN_MISORIENTATION_DEG)
    pairs = pairs[bonded]
    graph = coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    _, labels = connected_components(graph, directed=False)
    sizes = np.bincount(labels[ordered], minlength=labels.max() + 1)
    large = [g for g in np.argsort(-sizes, kind="stable") if sizes[g] >= SMALLEST_GRAIN]
    for rank, g in enumerate(large):
        numbers[(labels == g) & ordered] = rank
    return numbers


def lattice_orientation_deg(psi: NDArray[np.complex128], fold: int) -> FloatArray:
    """Direction of the nearest-neighbour bonds, counter-clockwise as seen, from 0 to 360/fold [degrees]."""
    return np.degrees(-np.angle(psi) / fold) % (360.0 / fold)


def particle_diameters_px(pixels: FloatArray, particles: LocatedParticles, spacing_px: float) -> FloatArray:
    """Diameter of the circle with each particle's area [px], NaN where it does not stand out.

    The picture is flattened and split by Otsu's threshold; a pixel belongs to the nearest particle.
    """
    n = len(particles)
    diameters = np.full(n, np.nan)
    if n == 0:
        return diameters
    flat = flattened(pixels, 1.5 * spacing_px)
    flat = gaussian_filter(flat, max(0.06 * spacing_px, 0.6)) * particles.polarity
    step = max(1, int(spacing_px / 25))
    flat = flat[::step, ::step]
    rows, cols = np.nonzero(flat > threshold_otsu(flat))
    places = np.stack([cols, rows], axis=1) * step
    distance, nearest = cKDTree(particles.positions_px).query(places, distance_upper_bound=0.75 * spacing_px)
    inside = np.isfinite(distance)
    area = np.bincount(nearest[inside], minlength=n)[:n] * step**2
    seen = area > (0.2 * spacing_px) ** 2
    diameters[seen] = np.sqrt(4 * area[seen] / np.pi)
    return diameters
