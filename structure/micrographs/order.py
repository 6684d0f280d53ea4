"""The lattice of a micrograph by two routes that have to agree: Fourier transforms and located particles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from structure.fourier.indexing import HEXAGONAL_CELL, strain_from
from structure.fourier.patches import PatchLattices, candidate_periods_px, patch_lattices
from structure.micrographs.order_result import MicrographOrder, ParticleOrder, PatchOrder
from structure.micrographs.particles import (
    LocatedParticles,
    NeighbourLattices,
    first_neighbour_distance_px,
    locate_particles,
    neighbour_lattices,
)
from structure.micrographs.scaled import binned, scaled_particles, scaled_patches

FloatArray = NDArray[np.float64]

IDEAL_CELLS = {"square": np.eye(2), "hexagonal": HEXAGONAL_CELL}
# Half way from a square to a hexagonal lattice the strain is ln(3)/4 = 0.275: a cell belongs to the nearer one.
NEARER_STRAIN = np.log(3) / 4
_MAX_ORDERS = 4
_TRIAL_PARTICLES = 2000


def plane_spacing(cells: FloatArray, lattice: str) -> FloatArray:
    """Nearest-neighbour distance from the plane spacings: 1/f10 (square) or 2/(sqrt 3 f10) (hexagonal), f10 a mean.

    That is what a ring of a Fourier transform measures; rows that slide along each other change it little.
    ``cells`` are acute bases (rows), shape (..., 2, 2); the distances have the shape (...) and the unit of the bases.
    """
    reciprocal = np.swapaxes(np.linalg.inv(cells), -1, -2)
    first = np.linalg.norm(reciprocal, axis=-1)
    if lattice == "square":
        return 1 / first.mean(axis=-1)
    # For an acute cell the third of the six first-order spots is the sum of the two.
    third = np.linalg.norm(reciprocal.sum(axis=-2), axis=-1)
    return 2 / np.sqrt(3) / ((first.sum(axis=-1) + third) / 3)


def patch_order(patches: PatchLattices) -> PatchOrder:
    """The lattice that most patches share."""
    cells = patches.cells_px[patches.found]
    none = np.zeros(len(patches.explained), dtype=bool)
    best = PatchOrder(
        lattice="none",
        spacing_px=np.nan,
        spread_px=np.nan,
        share=0.0,
        strain=np.nan,
        strain_spread=np.nan,
        agreeing=none,
        patches=patches,
    )
    if len(cells) == 0:
        return best
    textured = max(np.count_nonzero(patches.textured), 1)
    for lattice, ideal in IDEAL_CELLS.items():
        strain = np.array([strain_from(c, ideal) for c in cells])
        spacing = plane_spacing(cells, lattice)
        near = strain < NEARER_STRAIN
        if not near.any():
            continue
        centre = _weighted_mode(spacing[near], patches.explained[patches.found][near])
        near &= np.abs(spacing / centre - 1) < 0.08
        share = float(patches.explained[patches.found][near].sum() / textured)
        if share <= best.share:
            continue
        agreeing = none.copy()
        agreeing[np.flatnonzero(patches.found)[near]] = True
        best = PatchOrder(
            lattice=lattice,
            spacing_px=float(np.median(spacing[near])),
            spread_px=float(np.std(spacing[near])),
            share=share,
            strain=float(np.mean(strain[near])),
            strain_spread=float(np.std(strain[near])),
            agreeing=agreeing,
            patches=patches,
        )
    return best


def _weighted_mode(values: FloatArray, weights: FloatArray) -> float:
    """The value with the most weight within 6 % of it."""
    close = np.abs(values[:, None] / values[None, :] - 1) < 0.06
    return float(values[np.argmax(close @ weights)])


def particle_order(pixels: FloatArray, spacing_px: float, mask: NDArray[np.bool_] | None = None) -> ParticleOrder:
    """The lattice on which most particles sit with their neighbours, dark or bright ones, whichever order better.

    Parameters
    ----------
    pixels
        Grey values, shape (rows, columns).
    spacing_px
        Distance of neighbours to look for [px], right to about 15 %.
    mask
        Pixels that are not to be looked at, True where drawn over.
    """
    trials = []
    for polarity in (-1, 1):
        found = locate_particles(pixels, spacing_px, polarity, sigma_px=0.28 * spacing_px, mask=mask)
        # Two thousand particles decide which features and which lattice; then all are fitted.
        some = found.interior & (np.arange(len(found)) % max(1, len(found) // _TRIAL_PARTICLES) == 0)
        trials.append(_order_of(found, tuple(IDEAL_CELLS), some))
    # Dark particles on a bright support are the rule in bright field: bright ones have to be clearly better.
    best = trials[0] if trials[0].share >= trials[1].share - 0.02 else trials[1]
    if best.lattice == "none":
        return best
    return _order_of(best.particles, (best.lattice,), best.particles.interior)


def _order_of(found: LocatedParticles, lattices: tuple[str, ...], which: NDArray[np.bool_]) -> ParticleOrder:
    n = len(found)
    nothing = NeighbourLattices(cells_px=np.full((n, 2, 2), np.nan), misfit=np.full(n, np.nan), occupied=np.zeros(n))
    best = ParticleOrder(
        lattice="none",
        spacing_px=np.nan,
        spread_px=np.nan,
        share=0.0,
        strain=np.nan,
        ordered=np.zeros(n, dtype=bool),
        local_spacing_px=np.full(n, np.nan),
        particles=found,
        neighbours=nothing,
    )
    start = first_neighbour_distance_px(found.positions_px)
    n_interior = np.count_nonzero(which)
    if n_interior < 9 or not np.isfinite(start):
        return best
    for lattice in lattices:
        angles = np.angle(found.psi4) / 4 if lattice == "square" else np.angle(found.psi6) / 6
        fits = neighbour_lattices(found.positions_px, start, IDEAL_CELLS[lattice], angles, which)
        good = which & (fits.occupied > 0.6) & (fits.misfit < 0.15)
        good[good] = strains(fits.cells_px[good], IDEAL_CELLS[lattice]) < NEARER_STRAIN
        if np.count_nonzero(good) < 5:
            continue
        local = np.full(n, np.nan)
        local[good] = plane_spacing(fits.cells_px[good], lattice)
        middle = float(np.median(local[good]))
        good[good] = np.abs(local[good] / middle - 1) < 0.15
        share = np.count_nonzero(good) / n_interior
        if share <= best.share:
            continue
        best = ParticleOrder(
            lattice=lattice,
            spacing_px=float(np.mean(local[good])),
            spread_px=float(np.std(local[good])),
            share=share,
            strain=float(np.mean(strains(fits.cells_px[good], IDEAL_CELLS[lattice]))),
            ordered=good,
            local_spacing_px=np.where(good, local, np.nan),
            particles=found,
            neighbours=fits,
        )
    return best


def strains(cells: FloatArray, ideal: FloatArray) -> FloatArray:
    """`strain_from` the ``ideal`` cell (rows, shape (2, 2)) of many ``cells``, shape (n, 2, 2) to (n,)."""
    stretches = np.linalg.svd(np.linalg.inv(ideal) @ cells, compute_uv=False)
    return np.log(stretches[..., 0] / np.maximum(stretches[..., 1], 1e-300))


def micrograph_order(
    pixels: FloatArray, mask: NDArray[np.bool_] | None = None, period_range_px: tuple[float, float] = (3.0, np.inf)
) -> list[MicrographOrder]:
    """Both routes for every period the spectrum suggests, the best first; an empty list where it suggests none.

    Parameters
    ----------
    pixels
        Grey values, shape (rows, columns).
    mask
        Pixels that are not to be looked at, True where drawn over.
    period_range_px
        Shortest and longest period that can be meant [px].
    """
    tried: list[float] = []
    orders: list[MicrographOrder] = []
    for period in candidate_periods_px(pixels):
        if not _allowed(period, period_range_px):
            continue
        rough = _rough_spacing(pixels, period, mask)
        # A ring lies at the spacing of a square lattice, and at 0.866 of that of a hexagonal one.
        for spacing in [rough] if np.isfinite(rough) else [period, 2 / np.sqrt(3) * period]:
            if any(abs(np.log(spacing / t)) < 0.1 for t in tried) or not _allowed(spacing, period_range_px):
                continue
            tried.append(spacing)
            orders.append(_both_routes(pixels, spacing, mask))
        # Patches see planes three times as far apart too: what both routes agree on is not the harmonic of something.
        if len(orders) >= _MAX_ORDERS or (orders and max(o.quality for o in orders) > 1.2):
            break
    return sorted(orders, key=lambda o: -o.quality)


def _allowed(spacing_px: float, limits_px: tuple[float, float]) -> bool:
    return limits_px[0] <= spacing_px <= limits_px[1]


def _rough_spacing(pixels: FloatArray, period_px: float, mask: NDArray[np.bool_] | None) -> float:
    image, cover, step = binned(pixels, mask, period_px)
    return step * patch_order(patch_lattices(image, period_px / step, mask=cover, max_patches=30)).spacing_px


def _both_routes(pixels: FloatArray, spacing_px: float, mask: NDArray[np.bool_] | None) -> MicrographOrder:
    image, cover, step = binned(pixels, mask, spacing_px)
    patches = patch_order(patch_lattices(image, spacing_px / step, mask=cover))
    particles = particle_order(image, spacing_px / step, mask=cover)
    return MicrographOrder(
        tried_px=spacing_px,
        patches=scaled_patches(patches, step),
        particles=scaled_particles(particles, step),
    )
