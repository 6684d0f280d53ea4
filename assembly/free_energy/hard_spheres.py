"""The free energy of the fcc crystal of hard spheres, by the route of `assembly.free_energy.einstein`: a golden number.

A crystal at this density keeps its neighbours, so each sphere meets the same 12 others always. Cells are
coloured so that no two of a colour meet: all spheres of a colour, in many copies at once, are moved in one array step.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assembly.free_energy.einstein import CrystalFreeEnergy, EinsteinCrystal, integrated, quadrature
from packing.errors import InputError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_FCC = np.array([[0.0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]])
_SHELLS = 0.85
"""Neighbours up to this distance over the cell's edge: the first shell."""


RELAXED_SWEEPS = 25
"""Sweeps over the square of the box's cells in which spheres without springs leave their sites as far as they ever do:
256 of them take 400, and counted from 125 on their displacements are 4 % too small, which is 0.007 kT."""
_LEAST_FREE = 40
"""Configurations without an overlap that the chance of one is counted from, at least."""
_SOFT_SPRING = 33.0
"""Springs of that strength [kT per diameter squared] begin to hold a sphere more than its neighbours do."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Sites:
    box: float
    places: FloatArray
    neighbours: IntArray
    apart: FloatArray
    colours: tuple[IntArray, ...]


def _sites(n_cells: int, density: float) -> _Sites:
    edge = (4 / density) ** (1 / 3)
    cells = np.array(list(itertools.product(range(n_cells), repeat=3)))
    places = edge * (cells[:, None] + _FCC[None]).reshape(-1, 3)
    box = edge * n_cells
    apart = places[None] - places[:, None]
    apart -= box * np.round(apart / box)
    distance = np.linalg.norm(apart, axis=-1)
    near = np.array([np.flatnonzero((row > 1e-9) & (row < _SHELLS * edge)) for row in distance])
    parity = (cells % 2) @ np.array([4, 2, 1])
    colour = (4 * parity[:, None] + np.arange(4)[None]).ravel()
    return _Sites(
        box=box,
        places=places,
        neighbours=near,
        apart=np.take_along_axis(apart, near[:, :, None], axis=1),
        colours=tuple(np.flatnonzero(colour == c) for c in range(32)),
    )


def hard_sphere_crystal(
    density: float = 1.04086,
    *,
    n_cells: int = 4,
    spring: float = 2500.0,
    n_sweeps: int = 600,
    n_copies: int = 6,
    n_nodes: int = 10,
    seed: int = 1,
) -> CrystalFreeEnergy:
    """Free energy of an fcc crystal of hard spheres of diameter 1 [kT], with thermal wavelengths of a diameter.

    Parameters
    ----------
    density
        Spheres per diameter cubed, between melting and close packing.
    n_cells
        Cubic cells along the box, even: 4 n_cells^3 spheres.
    spring
        k in kT per diameter squared, so strong that spheres on springs seldom overlap.
    n_sweeps
        Moves of each sphere that are counted; a quarter as many come before, or `RELAXED_SWEEPS` for each square of
        the box's cells, which the longest waves need that springs no longer hold.
    n_copies
        Independent copies at each strength of the springs.
    n_nodes
        Strengths of the springs.
    seed
        Of the moves.

    Raises
    ------
    InputError
        For an odd number of cells, which cannot be coloured, a density at which there is no crystal, or weak springs.

    Examples
    --------
    >>> found = hard_sphere_crystal(n_cells=2, n_sweeps=4, n_copies=1, n_nodes=2)
    >>> found.n_bodies
    32
    """
    if n_cells < 2 or n_cells % 2:
        raise InputError(f"n_cells must be even and at least 2, got {n_cells}. Take 4 or 6.")
    if not 1.0 < density < math.sqrt(2):
        raise InputError(f"density must be between 1 and 1.414 per diameter cubed, got {density:g}. 1.04 is usual.")
    rng = np.random.default_rng(seed)
    sites = _sites(n_cells, density)
    n = len(sites.places)
    nodes, weights = quadrature(n_nodes, offset=_SOFT_SPRING / spring)
    springs = np.repeat(np.append(nodes, 1.0), n_copies) * spring
    shifts = np.zeros((len(springs), n, 3))
    # A free sphere rattles over about a tenth of a diameter; one on a spring over 1 / sqrt(k).
    steps = np.minimum(0.11, 1.6 / np.sqrt(springs + 300.0))
    totals = []
    before = max(1, n_sweeps // 4, RELAXED_SWEEPS * n_cells**2)
    for sweep in range(-before, n_sweeps):
        _sweep(sites, shifts, springs, steps, rng)
        if sweep >= 0:
            centred = shifts - shifts.mean(axis=1, keepdims=True)
            totals.append(spring / 2 * (centred**2).sum(axis=(1, 2)))
    energies = np.array(totals).reshape(n_sweeps, -1, n_copies)
    # Blocks: every copy by itself, in halves.
    halves = [np.concatenate([part.mean(axis=0) for part in np.array_split(energies[:, i], 2)]) for i in range(n_nodes)]
    cost, sd = _overlap_cost(sites, spring, rng)
    reference = EinsteinCrystal(
        n_bodies=n, n_turning=0, spring_kt_per_nm2=spring, turn_spring_kt=0.0, volume_nm3=sites.box**3, n_primitive=n
    )
    return integrated(reference, 0.0, list(nodes), list(weights), halves, cost, sd, (cost, cost))


def _sweep(sites: _Sites, shifts: FloatArray, springs: FloatArray, steps: FloatArray, rng: np.random.Generator) -> None:
    for index in rng.permutation(len(sites.colours)):
        some = sites.colours[index]
        old = shifts[:, some]
        new = old + steps[:, None, None] * rng.uniform(-1, 1, old.shape)
        cost = springs[:, None] / 2 * ((new**2).sum(axis=-1) - (old**2).sum(axis=-1))
        allowed = rng.random(cost.shape) < np.exp(np.minimum(-cost, 0.0))
        copy, place = np.nonzero(allowed)
        away = (
            shifts[copy[:, None], sites.neighbours[some][place]] - new[copy, place][:, None] + sites.apart[some][place]
        )
        allowed[copy, place] = (np.einsum("kni,kni->kn", away, away) >= 1.0).all(axis=1)
        shifts[:, some] = np.where(allowed[..., None], new, old)


def _overlap_cost(sites: _Sites, spring: float, rng: np.random.Generator, n: int = 4000) -> tuple[float, float]:
    """Minus the logarithm of the chance that spheres on springs alone do not overlap."""
    free = 0
    for start in range(0, n, 100):
        shifts = rng.normal(scale=1 / math.sqrt(spring), size=(min(100, n - start), len(sites.places), 3))
        away = sites.apart[None] + shifts[:, sites.neighbours] - shifts[:, :, None]
        free += int(((away**2).sum(axis=-1) >= 1.0).all(axis=(1, 2)).sum())
    if free < _LEAST_FREE:
        raise InputError(
            f"spring must be so strong that spheres seldom overlap: {free} of {n} configurations have none at "
            f"{spring:g} kT per diameter squared. Take a spring ten times as strong."
        )
    share = free / n
    return -math.log(share), math.sqrt((1 - share) / (share * n))
