"""Force fields between two force fields."""

from __future__ import annotations

from collections.abc import Mapping

from assembly.system.system import MiePair, PairPotential
from packing.errors import InputError

Pairs = Mapping[tuple[int, int], PairPotential]


def mix_pairs(start: Pairs, end: Pairs, part: float) -> dict[tuple[int, int], PairPotential]:
    """Pair potentials whose parameters are ``part`` (0 to 1) of the way from one force field to the other.

    Returns
    -------
    dict
        Pair potential by the indices of two particle types.

    Raises
    ------
    InputError
        If the two do not have Mie potentials for the same pairs of types.
    """
    if part <= 0 or start is end:
        return dict(start)
    if part >= 1:
        return dict(end)
    if set(start) != set(end):
        raise InputError("potentials: a ramp needs the same pairs of types at both ends.")
    return {key: _between(start[key], end[key], part) for key in start}


def _between(a: PairPotential, b: PairPotential, part: float) -> PairPotential:
    if not (isinstance(a, MiePair) and isinstance(b, MiePair)):
        raise InputError("potentials: only Mie potentials can be ramped.")

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
