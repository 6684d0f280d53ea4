"""Force fields between two force fields."""

from __future__ import annotations

from collections.abc import Mapping

from assembly.system.system import MiePair, PairPotential, TablePair
from packing.errors import InputError

Pairs = Mapping[tuple[int, int], PairPotential]


def mix_pairs(start: Pairs, end: Pairs, part: float) -> dict[tuple[int, int], PairPotential]:
    """Pair potentials that are ``part`` (0 to 1) of the way from one force field to the other.

    The parameters of Mie potentials go linearly, and the energies of tables.

    Returns
    -------
    dict
        Pair potential by the indices of two particle types.

    Raises
    ------
    InputError
        If the two do not have potentials of the same kind, tables on the same grid, for the same pairs of types.
    """
    if part <= 0 or start is end:
        return dict(start)
    if part >= 1:
        return dict(end)
    if set(start) != set(end):
        raise InputError("potentials: a ramp needs the same pairs of types at both ends.")
    return {key: _between(start[key], end[key], part) for key in start}


def _between(a: PairPotential, b: PairPotential, part: float) -> PairPotential:
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


def _mixed_tables(a: TablePair, b: TablePair, part: float) -> TablePair:
    grids = [(pair.r_min_nm, pair.cutoff_nm, len(pair.energy_kj_mol)) for pair in (a, b)]
    if grids[0] != grids[1]:
        raise InputError(f"potentials: a ramp needs tables on one grid, got {grids[0]} and {grids[1]}.")
    return TablePair(
        r_min_nm=a.r_min_nm,
        cutoff_nm=a.cutoff_nm,
        energy_kj_mol=(1 - part) * a.energy_kj_mol + part * b.energy_kj_mol,
        force_kj_mol_nm=(1 - part) * a.force_kj_mol_nm + part * b.force_kj_mol_nm,
    )
