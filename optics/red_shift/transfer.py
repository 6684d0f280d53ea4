"""Energy transfer (Foerster) between the dots of an actual configuration: how far excitons run downhill."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optics.constants import BOLTZMANN_EV_PER_KELVIN, HC_EV_NM
from packing.checks import require_between, require_positive
from packing.configuration import box_to_cell
from packing.errors import InputError

FloatArray = NDArray[np.float64]
LARGEST_DOTS = 3000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TransferResult:
    """Where excitons emit from after transfer.

    Parameters
    ----------
    shift_ev
        Mean emission energy after transfer less that before [eV].
    equilibrium_ev
        What complete equilibrium among these dots would give [eV].
    many_dots_limit_ev
        ``-sigma^2 / kT`` [eV]: right only if transfer is fast *and* the dots are many.
    population
        Share of the emission from each dot, shape (N,); its sum is one.
    mean_hops
        Transfers of an exciton before it emits.
    """

    shift_ev: float
    equilibrium_ev: float
    many_dots_limit_ev: float
    population: FloatArray
    mean_hops: float


def transfer_rates(
    positions_nm: ArrayLike,
    energies_ev: ArrayLike,
    *,
    radius_nm: float,
    temperature_kelvin: float,
    box: ArrayLike | None = None,
) -> FloatArray:
    r"""Transfer rates i to j in units of the decay rate, shape (N, N).

    .. math:: k_{ij}\tau=\Big(\frac{R_0}{r_{ij}}\Big)^6\min\big(1,e^{-(E_j-E_i)/kT}\big)

    with the nearest periodic image, so the box must be wider than the transfer reaches. Th. Foerster, Ann. Phys. 437,
    55 (1948), doi:10.1002/andp.19484370105. Point dipoles are 100 to 1000 times too slow for measured diffusion in
    perovskites.

    Parameters
    ----------
    positions_nm
        Centres [nm], shape (N, 3).
    energies_ev
        Energy of each dot [eV], shape (N,).
    radius_nm
        Foerster radius R0 [nm].
    temperature_kelvin
        Temperature [K].
    box
        Periodic box as in `packing.configuration`; None for a free cluster.

    Raises
    ------
    InputError
        For arrays that do not fit each other, or more dots than the matrix bears.
    """
    x = np.asarray(positions_nm, dtype=float)
    energies = np.asarray(energies_ev, dtype=float)
    if x.ndim != 2 or x.shape[1] != 3 or energies.shape != (len(x),):
        raise InputError(
            f"positions_nm and energies_ev must be (N, 3) and (N,), got {x.shape} and {energies.shape}. Give "
            f"one energy a dot."
        )
    if len(x) > LARGEST_DOTS:
        raise InputError(
            f"{len(x)} dots are more than the {LARGEST_DOTS} that the rate matrix bears. Take a sub-cube of the "
            f"crystal."
        )
    require_positive("temperature_kelvin", temperature_kelvin, "K")
    squared = np.zeros((len(x), len(x)))
    for difference in _differences(x, box):
        squared += difference**2
    np.fill_diagonal(squared, np.inf)
    uphill = np.maximum(energies[None, :] - energies[:, None], 0.0)
    rates = (require_positive("radius_nm", radius_nm, "nm") ** 2 / squared) ** 3
    return np.asarray(rates * np.exp(-uphill / (BOLTZMANN_EV_PER_KELVIN * temperature_kelvin)))


def transfer_shift(rates: FloatArray, energies_ev: ArrayLike, temperature_kelvin: float) -> TransferResult:
    r"""Steady emission under uniform excitation, from the master equation.

    .. math:: \Big(\tfrac1\tau+\sum_jk_{ij}\Big)p_i-\sum_jk_{ji}p_j=\tfrac{g}{\tau}

    Parameters
    ----------
    rates
        From `transfer_rates`, shape (N, N).
    energies_ev
        Energy of each dot [eV], shape (N,).
    temperature_kelvin
        Temperature [K].

    Examples
    --------
    >>> rates = transfer_rates([[0, 0, 0], [10, 0, 0]], [2.41, 2.40], radius_nm=100.0, temperature_kelvin=10.0)
    >>> result = transfer_shift(rates, [2.41, 2.40], 10.0)
    >>> round(1e3 * result.shift_ev, 2), round(1e3 * result.equilibrium_ev, 2)
    (-5.0, -5.0)
    """
    energies = np.asarray(energies_ev, dtype=float)
    n = len(energies)
    matrix = np.diag(1 + rates.sum(axis=1)) - rates.T
    population = np.linalg.solve(matrix, np.full(n, 1 / n))
    thermal = BOLTZMANN_EV_PER_KELVIN * temperature_kelvin
    boltzmann = np.exp(-(energies - energies.min()) / thermal)
    mean = float(energies.mean())
    return TransferResult(
        shift_ev=float(population @ energies) - mean,
        equilibrium_ev=float(boltzmann @ energies / boltzmann.sum()) - mean,
        many_dots_limit_ev=-float(energies.var()) / thermal,
        population=population,
        mean_hops=float(population @ rates.sum(axis=1)),
    )


def impurity_light_fraction(
    positions_nm: ArrayLike,
    box: ArrayLike,
    *,
    fraction: float,
    radius_nm: float,
    depth_ev: float = 0.07,
    temperature_kelvin: float = 300.0,
    seed: int = 1,
    n_least: int = 500,
) -> float:
    """Share of the light that comes from a few bulk-like dots (fused or grown), which collect from those around them.

    The periodic cell is repeated to at least ``n_least`` dots, of which a drawn ``fraction`` lies ``depth_ev`` lower.

    Parameters
    ----------
    positions_nm
        Centres [nm], shape (N, 3).
    box
        Periodic box as in `packing.configuration` [nm].
    radius_nm
        Foerster radius R0 [nm].
    temperature_kelvin
        Temperature [K].
    seed
        Seed of the random numbers.

    Examples
    --------
    >>> lattice = 11.5 * np.stack(np.meshgrid(*[np.arange(9)] * 3), -1).reshape(-1, 3)
    >>> share = impurity_light_fraction(lattice, [103.5] * 3, fraction=0.01, radius_nm=11.0)
    >>> 0.02 < share < 0.1
    True
    """
    require_between("impurity fraction", fraction, 0.0, 1.0)
    x = np.asarray(positions_nm, dtype=float)
    edges = np.asarray(box, dtype=float)
    cell = box_to_cell(edges if edges.size == 6 else np.concatenate([edges, np.zeros(3)]))
    repeats = 1
    while len(x) * repeats**3 < n_least:
        repeats += 1
    shifts = np.stack(np.meshgrid(*[np.arange(repeats)] * 3, indexing="ij"), -1).reshape(-1, 3) @ cell
    places = (x[None, :, :] + shifts[:, None, :]).reshape(-1, 3)
    big = np.concatenate([edges[:3] * repeats, edges[3:] if edges.size == 6 else np.zeros(3)])
    rng = np.random.default_rng(seed)
    low = rng.permutation(len(places))[: max(1, round(fraction * len(places)))]
    energies = np.full(len(places), 2.4)
    energies[low] -= depth_ev
    rates = transfer_rates(places, energies, radius_nm=radius_nm, temperature_kelvin=temperature_kelvin, box=big)
    return float(transfer_shift(rates, energies, temperature_kelvin).population[low].sum())


def foerster_radius_nm(
    energy_ev: FloatArray, emitted: FloatArray, cross_section_nm2: FloatArray, *, index: float, quantum_yield: float
) -> float:
    r"""Foerster radius [nm] from the overlap of a dot's emission with its neighbour's absorption, for random dipoles.

    .. math:: R_0^6=\frac{9\kappa^2Q}{128\pi^5n^4}
              \int F(\lambda)\,\sigma(\lambda)\,\lambda^4\,d\lambda,\qquad\kappa^2=\tfrac23

    Parameters
    ----------
    energy_ev
        Energies [eV], shape (n,).
    emitted
        Photons per energy, any unit, shape (n,).
    cross_section_nm2
        Absorption cross-section of the neighbour [nm^2], shape (n,).
    index
        Refractive index of the solid.
    quantum_yield
        Of the emitting dot.

    Examples
    --------
    >>> energy = np.linspace(2.3, 2.5, 201)
    >>> line = np.exp(-(((energy - 2.4) / 0.03) ** 2))
    >>> round(foerster_radius_nm(energy, line, np.full(201, 0.5), index=1.69, quantum_yield=0.9), 1)
    9.2
    """
    share = emitted / np.sum(emitted)
    overlap = float(np.sum(share * cross_section_nm2 * (HC_EV_NM / energy_ev) ** 4))
    return float((9 * (2 / 3) * quantum_yield / (128 * np.pi**5 * index**4) * overlap) ** (1 / 6))


def _differences(x: FloatArray, box: ArrayLike | None) -> list[FloatArray]:
    """Components of the vectors between all dots, to the nearest image."""
    apart = x[None, :, :] - x[:, None, :]
    if box is not None:
        edges = np.asarray(box, dtype=float)
        cell = box_to_cell(edges if edges.size == 6 else np.concatenate([edges, np.zeros(3)]))
        apart = apart - np.round(apart @ np.linalg.inv(cell)) @ cell
    return [apart[..., axis] for axis in range(3)]
