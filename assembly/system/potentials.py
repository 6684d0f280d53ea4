"""Force fields between two force fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from assembly.system.system import MiePair, PairPotential, TablePair
from packing.errors import InputError

FloatArray = NDArray[np.float64]
Pairs = Mapping[tuple[int, int], PairPotential]


def mix_pairs(start: Pairs, end: Pairs, part: float) -> dict[tuple[int, int], PairPotential]:
    """Pair potentials that are ``part`` (0 to 1) of the way from one force field to the other.

    The parameters of Mie potentials go linearly, and the energies of tables; two types that have no table at one end
    do not feel each other there.

    Returns
    -------
    dict
        Pair potential by the indices of two particle types.

    Raises
    ------
    InputError
        If two types have potentials of different kinds, or a Mie potential at one end alone, or tables that begin at
        different distances or have different spacings.
    """
    if part <= 0 or start is end:
        return dict(start)
    if part >= 1:
        return dict(end)
    return {key: _between(start.get(key), end.get(key), part) for key in sorted(start.keys() | end.keys())}


def _between(a: PairPotential | None, b: PairPotential | None, part: float) -> PairPotential:
    if a is None and isinstance(b, TablePair):
        return _scaled(b, part)
    if b is None and isinstance(a, TablePair):
        return _scaled(a, 1 - part)
    if a is None or b is None:
        raise InputError("potentials: a ramp needs the same pairs of types at both ends.")
    if isinstance(a, TablePair) and isinstance(b, TablePair):
        return _mixed_tables(a, b, part)
    if not (isinstance(a, MiePair) and isinstance(b, MiePair)):
        raise InputError("potentials: a ramp goes from Mie potentials to Mie potentials or from tables to tables.")

    def at(x: float, y: float) -> float:
        return x + part * (y - x)

    return MiePair(
        epsilon_kj_mol=at(a.epsilon_kj_mol, b.epsilon_kj_mol),
        sigma_nm=at(a.sigma_nm, b.sigma_nm),
        n=at(a.n, b.n),
        m=at(a.m, b.m),
        shift_nm=at(a.shift_nm, b.shift_nm),
        cutoff_nm=at(a.cutoff_nm, b.cutoff_nm),
    )


def _scaled(pair: TablePair, part: float) -> TablePair:
    return replace(pair, energy_kj_mol=part * pair.energy_kj_mol, force_kj_mol_nm=part * pair.force_kj_mol_nm)


def _mixed_tables(a: TablePair, b: TablePair, part: float) -> TablePair:
    spacings = [(pair.cutoff_nm - pair.r_min_nm) / (len(pair.energy_kj_mol) - 1) for pair in (a, b)]
    if a.r_min_nm != b.r_min_nm or abs(spacings[0] / spacings[1] - 1) > 1e-9:
        grids = [(pair.r_min_nm, pair.cutoff_nm, len(pair.energy_kj_mol)) for pair in (a, b)]
        raise InputError(f"potentials: a ramp needs tables on one grid, got {grids[0]} and {grids[1]}.")
    longer = max(a, b, key=lambda pair: len(pair.energy_kj_mol))
    n = len(longer.energy_kj_mol)

    def mixed(x: FloatArray, y: FloatArray) -> FloatArray:
        # What ends earlier is zero from there on.
        first, second = (np.pad(values, (0, n - len(values))) for values in (x, y))
        return np.asarray((1 - part) * first + part * second)

    return TablePair(
        r_min_nm=a.r_min_nm,
        cutoff_nm=longer.cutoff_nm,
        energy_kj_mol=mixed(a.energy_kj_mol, b.energy_kj_mol),
        force_kj_mol_nm=mixed(a.force_kj_mol_nm, b.force_kj_mol_nm),
    )
