"""Particles of a micrograph in real space: where they are, and the order of their neighbours.

The second route to the lattice, next to the Fourier transform: bond order from Voronoi neighbours weighted by the
length of the shared side (W. Mickel et al., J. Chem. Phys. 138, 044501 (2013), doi:10.1063/1.4774084), and a lattice
fitted to each particle's own neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, gaussian_laplace, maximum_filter
from scipy.spatial import Voronoi, cKDTree

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LocatedParticles:
    """Places of particles and the bond order around them.

    Parameters
    ----------
    positions_px
        Column and row of each [px], shape (n, 2).
    interior
        Whether its neighbours are all in the picture and it is not at a hole, shape (n,).
    psi4, psi6
        Complex bond order, weighted by Voronoi sides, shape (n,).
    polarity
        -1 for features darker than their surroundings, +1 for brighter ones.
    strength
        Depth of each feature below (or height above) its surroundings, in units of the typical one, shape (n,).
    """

    positions_px: FloatArray
    interior: NDArray[np.bool_]
    psi4: NDArray[np.complex128]
    psi6: NDArray[np.complex128]
    polarity: int
    strength: FloatArray

    def __len__(self) -> int:
        return len(self.positions_px)


def locate_particles(
    pixels: FloatArray,
    spacing_px: float,
    polarity: int,
    *,
    sigma_px: float,
    mask: NDArray[np.bool_] | None = None,
) -> LocatedParticles:
    """Find features of a known rough spacing as extrema of the Laplacian of a Gaussian, placed below the pixel.

    Parameters
    ----------
    pixels
        Grey values.
    spacing_px
        Rough distance of neighbours [px].
    polarity
        -1 for dark features, +1 for bright ones.
    sigma_px
        Width of the Gaussian [px], about a fifth of the spacing; more for noisy pictures.
    mask
        Pixels to leave out.
    """
    response = -polarity * gaussian_laplace(np.asarray(pixels, dtype=np.float32), sigma_px, mode="nearest")
    top = (response >= maximum_filter(response, 3)) & (response > 0)
    top[[0, -1]] = top[:, [0, -1]] = False
    if mask is not None:
        top &= ~mask
    rows, cols = np.nonzero(top)
    if len(rows) < 3:
        return _no_particles(polarity)
    strongest = _strongest_within(rows, cols, response[rows, cols], 0.4 * spacing_px)
    rows, cols = rows[strongest], cols[strongest]
    height = response[rows, cols].astype(float)
    # What is below a fifth of the strong features is grain of the support film.
    keep = height > float(np.quantile(height, 0.85)) / 5
    rows, cols, height = rows[keep], cols[keep], height[keep]
    if len(rows) < 3:
        return _no_particles(polarity)
    # A finer Gaussian would be pushed less by neighbours, but it finds the edges of cubes and the rims of rings.
    x, y = cols + _vertex(response, rows, cols, 0, 1), rows + _vertex(response, rows, cols, 1, 0)
    positions = np.stack([x, y], axis=1)
    psi4, psi6, crowded = bond_order(positions, spacing_px)
    border = 1.2 * spacing_px
    size = np.array(pixels.shape[::-1])
    interior = np.all((positions > border) & (positions < size - border), axis=1) & crowded
    if mask is not None:
        near_mask = gaussian_filter(mask.astype(np.float32), spacing_px / 2) > 0.02
        interior &= ~near_mask[rows, cols]
    return LocatedParticles(
        positions_px=positions,
        interior=interior,
        psi4=psi4,
        psi6=psi6,
        polarity=polarity,
        strength=height / np.median(height),
    )


def _no_particles(polarity: int) -> LocatedParticles:
    none = np.zeros(0, dtype=complex)
    return LocatedParticles(
        positions_px=np.zeros((0, 2)),
        interior=np.zeros(0, dtype=bool),
        psi4=none,
        psi6=none,
        polarity=polarity,
        strength=np.zeros(0),
    )


def _strongest_within(
    rows: NDArray[np.int64], cols: NDArray[np.int64], height: NDArray[np.float32], distance_px: float
) -> NDArray[np.bool_]:
    """Which maxima have no stronger one within a distance."""
    pairs = cKDTree(np.stack([rows, cols], axis=1)).query_pairs(distance_px, output_type="ndarray")
    keep = np.ones(len(rows), dtype=bool)
    first, second = pairs[:, 0], pairs[:, 1]
    keep[np.where(height[first] < height[second], first, second)] = False
    return keep


def _vertex(
    response: NDArray[np.float32], rows: NDArray[np.int64], cols: NDArray[np.int64], dr: int, dc: int
) -> FloatArray:
    lo, mid, hi = (response[rows + s * dr, cols + s * dc].astype(float) for s in (-1, 0, 1))
    return np.clip(0.5 * (lo - hi) / np.minimum(lo - 2 * mid + hi, -1e-30), -0.5, 0.5)


def bond_order(
    positions_px: FloatArray, spacing_px: float
) -> tuple[NDArray[np.complex128], NDArray[np.complex128], NDArray[np.bool_]]:
    """psi4, psi6 and whether a particle is surrounded (its Voronoi cell is no larger than 2 spacings squared).

    The bonds of a particle are weighed with the sides of its Voronoi cell.

    Parameters
    ----------
    positions_px
        Places of the particles [px], shape (n, 2).
    spacing_px
        Distance of neighbours [px].

    Returns
    -------
    tuple
        Complex psi4 and psi6 of magnitude 0 to 1, and the mask of surrounded particles, each of shape (n,).

    References
    ----------
    W. Mickel et al., J. Chem. Phys. 138, 044501 (2013), doi:10.1063/1.4774084: weights that make bond order continuous.
    """
    # A far frame of extra points closes every cell, so that sides and areas of all particles are finite.
    low, high = positions_px.min(axis=0), positions_px.max(axis=0)
    middle, far = (low + high) / 2, 10 * float((high - low).max()) + 100 * spacing_px
    frame = middle + far * np.array([[1.0, 0.1], [-0.1, 1.0], [-1.0, -0.1], [0.1, -1.0]])
    voronoi = Voronoi(np.concatenate([positions_px, frame]))
    n = len(positions_px)
    ridges = np.array(voronoi.ridge_vertices)
    closed = np.all(ridges >= 0, axis=1)
    pairs, ridges = voronoi.ridge_points[closed], ridges[closed]
    side = np.linalg.norm(np.diff(voronoi.vertices[ridges], axis=1)[:, 0], axis=1)
    bond = voronoi.points[pairs[:, 1]] - voronoi.points[pairs[:, 0]]
    angle, length = np.arctan2(bond[:, 1], bond[:, 0]), np.linalg.norm(bond, axis=1)
    # k is even: the bond seen from its other end has the same phase.
    ends = pairs.T.ravel()

    def gathered(values: FloatArray) -> FloatArray:
        return np.bincount(ends, np.tile(values, 2), minlength=n)[:n].astype(np.float64)

    total, area = np.maximum(gathered(side), 1e-300), gathered(side * length / 4)

    def psi(k: int) -> NDArray[np.complex128]:
        waves = gathered(side * np.cos(k * angle)) + 1j * gathered(side * np.sin(k * angle))
        return (waves / total).astype(np.complex128)

    return psi(4), psi(6), np.asarray(area < 2.0 * spacing_px**2)


def first_neighbour_distance_px(positions_px: FloatArray) -> float:
    """First maximum of the pair distribution [px]: the commonest distance of neighbours, NaN where there is none.

    ``positions_px`` are the places of the particles [px], shape (n, 2); fewer than 20 have no such distance.
    """
    if len(positions_px) < 20:
        return float("nan")
    distance = cKDTree(positions_px).query(positions_px, k=min(9, len(positions_px)))[0][:, 1:]
    rough = float(np.median(distance[:, 0]))
    edges = np.linspace(0.3 * rough, 2.2 * rough, 191)
    counts = np.histogram(distance, edges)[0]
    centres = (edges[1:] + edges[:-1]) / 2
    g = np.convolve(counts / centres, np.exp(-0.5 * (np.arange(-9, 10) / 3.5) ** 2), mode="same")
    peaks = np.flatnonzero((g[1:-1] >= g[:-2]) & (g[1:-1] > g[2:]) & (g[1:-1] > 0.4 * g.max())) + 1
    return float(centres[peaks[0]]) if len(peaks) else float("nan")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NeighbourLattices:
    """A cell fitted to the neighbours of each particle: ``cells_px`` (n, 2, 2) with x right and y down, NaN if none.

    ``misfit`` (n,) is the rms distance of the neighbours from their lattice points over the spacing, and
    ``occupied`` (n,) the share of the neighbouring lattice points with a particle.
    """

    cells_px: FloatArray
    misfit: FloatArray
    occupied: FloatArray


def neighbour_lattices(
    positions_px: FloatArray,
    spacing_px: float,
    ideal_cell: FloatArray,
    angles: FloatArray,
    which: NDArray[np.bool_] | None = None,
) -> NeighbourLattices:
    """Fit a cell to the neighbours of every particle, starting from an ideal one turned to ``angles``.

    Neighbours count by the lattice point they are nearest to, so vacancies do no harm. Square: the eight points
    (1,0) and (1,1); hexagonal: the six nearest.

    Parameters
    ----------
    positions_px
        Places [px], shape (n, 2).
    spacing_px
        Starting spacing [px].
    ideal_cell
        Cell vectors as rows for spacing 1, shape (2, 2).
    angles
        Starting direction of the first vector of each particle [rad], shape (n,).
    which
        Particles to do this for, shape (n,); None does it for all.
    """
    chosen = np.arange(len(positions_px)) if which is None else np.flatnonzero(which)
    points = np.array([(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0)], dtype=float)
    lengths = np.linalg.norm(points @ ideal_cell, axis=1)
    points = points[lengths < 1.5]
    count = min(len(positions_px), 16)
    distance, index = cKDTree(positions_px).query(positions_px[chosen], k=count, distance_upper_bound=2.0 * spacing_px)
    missing = ~np.isfinite(distance)
    steps = positions_px[np.where(missing, 0, index)] - positions_px[chosen, None]
    steps[missing] = 1e9
    cells = spacing_px * np.einsum("ab,nbc->nac", ideal_cell, _turns(angles[chosen]))
    n = len(chosen)
    misfit, occupied = np.full(n, np.nan), np.zeros(n)
    for limit in (0.3, 0.3, 0.25):
        targets = np.einsum("pa,nab->npb", points, cells)
        gap = np.linalg.norm(steps[:, None] - targets[:, :, None], axis=3)
        nearest = gap.argmin(axis=2)
        near = np.take_along_axis(gap, nearest[..., None], axis=2)[..., 0] < limit * spacing_px
        found = np.take_along_axis(steps, nearest[..., None], axis=1)
        normal = np.einsum("np,pa,pb->nab", near, points, points)
        ok = np.linalg.det(normal) > 1.5
        right = np.einsum("np,pa,npb->nab", near, points, np.where(near[..., None], found, 0.0))
        solved = np.linalg.solve(np.where(ok[:, None, None], normal, np.eye(2)), right)
        cells = np.where(ok[:, None, None], solved, cells)
        occupied = np.where(ok, near.mean(axis=1), 0.0)
        off = np.where(near, np.linalg.norm(found - np.einsum("pa,nab->npb", points, cells), axis=2), 0.0)
        freedom = np.maximum(near.sum(axis=1) - 2, 1)
        misfit = np.where(ok, np.sqrt((off**2).sum(axis=1) / freedom / 2) / spacing_px, np.nan)
    whole = len(positions_px)
    result = NeighbourLattices(
        cells_px=np.full((whole, 2, 2), np.nan), misfit=np.full(whole, np.nan), occupied=np.zeros(whole)
    )
    result.cells_px[chosen] = np.where(np.isfinite(misfit)[:, None, None], cells, np.nan)
    result.misfit[chosen], result.occupied[chosen] = misfit, occupied
    return result


def _turns(angles: FloatArray) -> FloatArray:
    c, s = np.cos(angles), np.sin(angles)
    return np.stack([np.stack([c, s], axis=-1), np.stack([-s, c], axis=-1)], axis=-2)
