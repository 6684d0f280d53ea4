"""What vacancies, disorder of sizes, displacements and turns of this crystal cost its collective emission."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optics.collective.cluster import central_cluster
from optics.collective.hamiltonian import DipoleMedium, radiative_hamiltonian, triplet_dipoles
from optics.collective.modes import (
    CollectiveModes,
    brightest_decay,
    burst_variance,
    collective_modes,
    decay_matrix,
)
from packing.errors import InputError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CollectiveAnswer:
    """Collective emission of one cluster.

    Parameters
    ----------
    n_dots
        Dots in it.
    modes
        With the energies as they are.
    equal_energies_rate
        Brightest rate if all dots had one energy, over that of one dipole.
    variance
        Of the rates with one dipole a dot: a fully inverted array bursts above 1.
    """

    n_dots: int
    modes: CollectiveModes
    equal_energies_rate: float
    variance: float

    @property
    def size_disorder_cost(self) -> float:
        """Ratio of the brightest rate with the real energies to that with equal ones, 0 to 1."""
        return self.modes.brightest_rate / self.equal_energies_rate


def collective_answer(
    positions_nm: ArrayLike,
    rotations: ArrayLike,
    energies_ev: ArrayLike,
    medium: DipoleMedium,
    *,
    dipole_axes: tuple[int, ...] = (0, 1, 2),
) -> CollectiveAnswer:
    """Modes, thermal rate and tendency to burst of the dots of a free cluster.

    Parameters
    ----------
    positions_nm
        Centres [nm], shape (N, 3), of a free cluster.
    rotations
        Body to laboratory, shape (N, 3, 3).
    energies_ev
        Energy of each dot [eV], shape (N,): drawn continuously, see `continuous_scales`.
    medium
        One dipole in the superlattice.
    dipole_axes
        Body axes that carry a dipole.

    Examples
    --------
    >>> x = 11.5 * np.stack(np.meshgrid(*[np.arange(3.0)] * 3), -1).reshape(-1, 3)
    >>> medium = DipoleMedium(lifetime_ps=3600.0, wavelength_nm=514.5, index=1.686)
    >>> answer = collective_answer(x, np.tile(np.eye(3), (27, 1, 1)), np.full(27, 2.41), medium, dipole_axes=(2,))
    >>> 24 < answer.modes.brightest_rate < 27
    True
    """
    dipoles = triplet_dipoles(rotations, dipole_axes)
    h = radiative_hamiltonian(positions_nm, dipoles, energies_ev, medium)
    equal = h - np.diag(np.diag(h)) + np.diag(np.full(len(h), -0.5j * medium.linewidth_ev))
    modes = collective_modes(h, medium.linewidth_ev, dipoles_per_dot=len(dipole_axes))
    first = slice(None, None, len(dipole_axes))
    one_each = decay_matrix(equal, medium.linewidth_ev)[first, first]
    return CollectiveAnswer(
        n_dots=len(dipoles),
        modes=modes,
        equal_energies_rate=brightest_decay(decay_matrix(equal, medium.linewidth_ev)),
        variance=burst_variance(one_each),
    )


def vacancy_cost(
    positions_nm: ArrayLike, medium: DipoleMedium, fraction: float, *, n_draws: int = 5, seed: int = 1
) -> float:
    """Brightest rate of a crystal with more of its dots missing over that of the crystal as it is, aligned equal dots.

    Parameters
    ----------
    positions_nm
        Centres [nm], shape (N, 3).
    medium
        One dipole in the superlattice.
    fraction
        Share of the dots that is taken out, 0 to below 1.
    n_draws
        Draws that are averaged.
    seed
        Of the draws.

    Raises
    ------
    InputError
        If fewer than two dots are left.
    """
    x = np.asarray(positions_nm, dtype=float)
    left = len(x) - round(fraction * len(x))
    if left < 2:
        raise InputError(f"a vacancy fraction of {fraction:g} leaves {left} of {len(x)} dots. Give a lower one.")
    rng = np.random.default_rng(seed)
    full = _brightest(x, medium)
    drawn = [_brightest(x[np.sort(rng.permutation(len(x))[:left])], medium) for _ in range(n_draws)]
    return float(np.mean(drawn) / full)


def sub_cube(positions_nm: ArrayLike, rows_most: int, dipoles_per_dot: int) -> NDArray[np.int64]:
    """Indices of the largest compact cluster whose matrix keeps to a number of rows.

    Parameters
    ----------
    positions_nm
        Centres [nm], shape (N, 3).
    rows_most
        Largest number of rows of the matrix.
    dipoles_per_dot
        Number of dipoles of each dot.
    """
    x = np.asarray(positions_nm, dtype=float)
    return central_cluster(x, min(len(x), max(1, rows_most // dipoles_per_dot)))


def _brightest(x: FloatArray, medium: DipoleMedium) -> float:
    aligned = np.tile([[[0.0, 0.0, 1.0]]], (len(x), 1, 1))
    h = radiative_hamiltonian(x, aligned, np.zeros(len(x)), medium)
    return collective_modes(h, medium.linewidth_ev).brightest_rate
