"""What each imperfection of this crystal costs its collective emission, one by one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optics.collective.cost import vacancy_cost
from optics.collective.hamiltonian import DipoleMedium, radiative_hamiltonian, triplet_dipoles
from optics.collective.modes import collective_modes
from packing.checks import require_between
from packing.errors import InputError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class CrystalCosts:
    """Brightest collective rate that is left, as a share of that without the imperfection: 1 costs nothing.

    Every share is of one dipole a dot. Without imperfections all dipoles point one way and all dots have one energy.

    Parameters
    ----------
    perfect_rate
        Brightest rate of these places without imperfections, over that of one dipole.
    extent
        ``perfect_rate`` over the number of dots: what the finite wavelength costs.
    sizes
        Left with the energies as they are.
    turns
        Left with the dipoles turned as the dots are.
    axes
        Left if each dot has its dipole on a cube axis of its own, at random.
    vacancies
        Left with a share of the dots taken out.
    vacancy_fraction
        That share.
    grains
        Left if a boundary through the middle turns the dipoles of one half by 90 degrees.
    """

    perfect_rate: float
    extent: float
    sizes: float
    turns: float
    axes: float
    vacancies: float
    vacancy_fraction: float
    grains: float


def crystal_costs(
    positions_nm: ArrayLike,
    rotations: ArrayLike,
    energies_ev: ArrayLike,
    medium: DipoleMedium,
    *,
    vacancy_fraction: float = 0.05,
    seed: int = 1,
) -> CrystalCosts:
    """What sizes, turns, the choice of axes, vacancies and a grain boundary leave of the brightest collective rate.

    Each rate is that of the brightest mode of the radiative Hamiltonian: near fields that differ from dot to dot (at
    the faces, beside a vacancy or a turned dot) cost light too.

    Parameters
    ----------
    positions_nm
        Centres [nm], shape (N, 3), of a free cluster.
    rotations
        Rotation matrices with the axes of all dots named alike (`optics.polarisation.array.nearest_cube_axes`), shape
        (N, 3, 3).
    energies_ev
        Energy of each dot [eV], shape (N,), drawn continuously.
    medium
        One dipole in the superlattice.
    vacancy_fraction
        Share of the dots taken out for ``vacancies``, up to a half.
    seed
        Of what is drawn.

    Raises
    ------
    InputError
        For fewer than eight dots, or a vacancy fraction above a half.

    Examples
    --------
    >>> x = 11.5 * np.stack(np.meshgrid(*[np.arange(4.0)] * 3), -1).reshape(-1, 3)
    >>> energies = 2.41 + 0.005 * np.random.default_rng(1).normal(size=64)
    >>> medium = DipoleMedium(lifetime_ps=3600.0, wavelength_nm=514.5, index=1.686)
    >>> left = crystal_costs(x, np.tile(np.eye(3), (64, 1, 1)), energies, medium)
    >>> round(left.perfect_rate), left.sizes < 0.05, left.turns, left.grains < 0.6
    (57, True, 1.0, True)
    """
    x, turned = np.asarray(positions_nm, dtype=float), np.asarray(rotations, dtype=float)
    if len(x) < 8:
        raise InputError(f"the costs of a crystal need at least 8 dots, got {len(x)}. Give a larger cluster.")
    require_between("vacancy_fraction", vacancy_fraction, 0.0, 0.5)
    n, rng = len(x), np.random.default_rng(seed)
    straight = np.tile(_mean_axis(turned), (n, 1, 1))

    def brightest(dipoles: FloatArray, energies: ArrayLike) -> float:
        h = radiative_hamiltonian(x, dipoles, energies, medium)
        return collective_modes(h, medium.linewidth_ev).brightest_rate

    equal = np.zeros(n)
    perfect = brightest(straight, equal)
    drawn = np.swapaxes(turned, 1, 2)[np.arange(n), rng.integers(0, 3, n)][:, None, :]
    # The half beyond the middle along the first axis has its dipole on another axis.
    halves = straight.copy()
    halves[np.argsort(x[:, 0], kind="stable")[n // 2 :]] = _across(straight[0, 0])
    return CrystalCosts(
        perfect_rate=perfect,
        extent=perfect / n,
        sizes=brightest(straight, energies_ev) / perfect,
        turns=brightest(triplet_dipoles(turned, (0,)), equal) / perfect,
        axes=brightest(drawn, equal) / perfect,
        vacancies=vacancy_cost(x, medium, vacancy_fraction, n_draws=3, seed=seed),
        vacancy_fraction=vacancy_fraction,
        grains=brightest(halves, equal) / perfect,
    )


def _across(axis: FloatArray) -> FloatArray:
    """A unit vector at right angles to another, shape (3,)."""
    other = np.cross(axis, np.eye(3)[int(np.argmin(np.abs(axis)))])
    return np.asarray(other / np.linalg.norm(other))


def _mean_axis(rotations: FloatArray) -> FloatArray:
    """Mean direction of the first body axis, shape (1, 3)."""
    mean = rotations[:, :, 0].mean(axis=0)
    length = float(np.linalg.norm(mean))
    return np.array([[1.0, 0.0, 0.0]]) if length < 1e-9 else mean[None, :] / length
