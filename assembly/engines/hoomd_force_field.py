"""The force field of a `System` as HOOMD objects."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import combinations_with_replacement
from typing import Any

import numpy as np

from assembly.engines.hoomd_library import load_hoomd
from assembly.engines.session import FloatArray, Pairs
from assembly.engines.tables import hoomd_table
from assembly.system.state import heights_nm
from assembly.system.system import PairPotential, System, TablePair
from packing.errors import InputError


def rigid_bodies(system: System) -> Any:
    """HOOMD's definition of the rigid bodies; None where no body has beads."""
    if not any(len(kind.bead_types) for kind in system.bodies):
        return None
    rigid = load_hoomd().md.constrain.Rigid()
    for kind in system.bodies:
        if len(kind.bead_types):
            rigid.body[system.particle_types[kind.centre_type]] = {
                "constituent_types": [system.particle_types[t] for t in kind.bead_types],
                "positions": [tuple(x) for x in kind.bead_positions_nm.tolist()],
                "orientations": [(1.0, 0.0, 0.0, 0.0)] * len(kind.bead_types),
            }
    return rigid


def pair_forces(system: System, pairs: Pairs) -> list[Any]:
    """One HOOMD force per kind of pair potential in use, on one neighbour list.

    Energies are not shifted to zero at the cutoff, which costs time and leaves forces as they are; `shifted` does that
    where energies are asked for.

    Lennard-Jones exponents go to `pair.LJ`, others to the slower `pair.Mie`; shifted distances to the ``Expanded`` form
    of either.
    """
    active = _active(pairs)
    if not active:
        return []
    md = load_hoomd().md
    neighbours = md.nlist.Tree(
        buffer=_buffer_nm(active), exclusions=("body", "bond") if len(system.bonds) else ("body",)
    )
    return [_force(kind, chosen, system, neighbours) for kind, chosen in sorted(_by_kind(active).items())]


def change_pairs(forces: list[Any], system: System, before: Pairs, after: Pairs) -> bool:
    """Give HOOMD forces that are there new parameters and cutoffs; False where that needs other forces.

    Forces that are built anew start with an empty neighbour list, and on a GPU tune their kernels again for hundreds of
    steps.

    Parameters
    ----------
    forces
        From `pair_forces` of ``before``.
    system
        What they act on.
    before, after
        Pair potentials in use, and those to come.
    """
    old, new = _by_kind(_active(before)), _by_kind(_active(after))
    if {kind: set(pairs) for kind, pairs in old.items()} != {kind: set(pairs) for kind, pairs in new.items()}:
        return False
    for force, (kind, pairs) in zip(forces, sorted(new.items()), strict=True):
        for (i, j), potential in pairs.items():
            names = (system.particle_types[i], system.particle_types[j])
            if potential != old[kind][i, j]:
                force.params[names] = _parameters(kind, potential)
            if potential.cutoff_nm != old[kind][i, j].cutoff_nm:
                force.r_cut[names] = potential.cutoff_nm
                force.nlist.buffer = _buffer_nm(_active(after))
    return True


@contextmanager
def shifted(forces: list[Any]) -> Iterator[None]:
    """Pair energies zero at the cutoff, as `System` defines them, while in this context."""
    before = [force.mode for force in forces if not is_table(force)]
    set_mode(forces, "shift")
    try:
        yield
    finally:
        for force, mode in zip((f for f in forces if not is_table(f)), before, strict=True):
            force.mode = mode


def set_mode(forces: list[Any], mode: str) -> None:
    """Whether energies are shifted to zero at the cutoff (``shift``) or not (``none``); tables are by definition."""
    for force in forces:
        if not is_table(force):
            force.mode = mode


def is_table(force: Any) -> bool:
    """Whether a force is tabulated."""
    return isinstance(force, load_hoomd().md.pair.Table)


def bonded_forces(system: System) -> list[Any]:
    """Harmonic bonds and cosine-squared angles."""
    md, forces = load_hoomd().md, []
    if len(system.bonds):
        bonds = md.bond.Harmonic()
        for i, b in enumerate(system.bond_types):
            bonds.params[f"bond{i}"] = {"k": b.k_kj_mol_nm2, "r0": b.r0_nm}
        forces.append(bonds)
    if len(system.angles):
        angles = md.angle.CosineSquared()
        for i, a in enumerate(system.angle_types):
            angles.params[f"angle{i}"] = {"k": a.k_kj_mol, "t0": math.radians(a.t0_deg)}
        forces.append(angles)
    return forces


def _active(pairs: Pairs) -> dict[tuple[int, int], PairPotential]:
    return {key: p for key, p in pairs.items() if isinstance(p, TablePair) or p.epsilon_kj_mol != 0}


def _by_kind(pairs: dict[tuple[int, int], PairPotential]) -> dict[str, dict[tuple[int, int], PairPotential]]:
    kinds: dict[str, dict[tuple[int, int], PairPotential]] = {}
    for key, potential in pairs.items():
        kinds.setdefault(_kind(potential), {})[key] = potential
    return kinds


def _kind(potential: PairPotential) -> str:
    if isinstance(potential, TablePair):
        return "Table"
    plain = "LJ" if (potential.n, potential.m) == (12.0, 6.0) else "Mie"
    return f"Expanded{plain}" if potential.shift_nm != 0 else plain


def _force(kind: str, pairs: dict[tuple[int, int], PairPotential], system: System, neighbours: Any) -> Any:
    pair = load_hoomd().md.pair
    if kind == "Table":
        force = pair.Table(neighbours, default_r_cut=0.0)
        # Each silent pair by name: HOOMD 7 cannot merge arrays with a default that holds arrays.
        for silent in combinations_with_replacement(system.particle_types, 2):
            force.params[silent] = {"r_min": 0.0, "U": np.zeros(1), "F": np.zeros(1)}
    else:
        force = getattr(pair, kind)(neighbours, default_r_cut=0.0)
        nothing = {"epsilon": 0.0, "sigma": 1.0}
        nothing |= {"n": 12.0, "m": 6.0} if kind.endswith("Mie") else {}
        force.params.default = nothing | ({"delta": 0.0} if kind.startswith("Expanded") else {})
    for (i, j), potential in pairs.items():
        names = (system.particle_types[i], system.particle_types[j])
        force.params[names] = _parameters(kind, potential)
        force.r_cut[names] = potential.cutoff_nm
    return force


def _parameters(kind: str, p: PairPotential) -> dict[str, Any]:
    if isinstance(p, TablePair):
        r_min, energy, force = hoomd_table(p)
        return {"r_min": r_min, "U": energy, "F": force}
    parameters = {"epsilon": p.epsilon_kj_mol, "sigma": p.sigma_nm}
    if kind.endswith("Mie"):
        parameters |= {"n": p.n, "m": p.m}
    if kind.startswith("Expanded"):
        parameters["delta"] = p.shift_nm
    return parameters


def _buffer_nm(pairs: dict[tuple[int, int], PairPotential]) -> float:
    """The skin of the neighbour list: measured optimum for beads and capped spheres alike; tables reach far."""
    return max((0.2 if isinstance(p, TablePair) else 0.35) * p.cutoff_nm for p in pairs.values())


def check_box(box: FloatArray, pairs: Pairs) -> None:
    """Refuse a box in which a particle would see another twice.

    Parameters
    ----------
    box
        (Lx, Ly, Lz, xy, xz, yz): lengths [nm], tilts without unit.
    pairs
        Pair potentials in use.

    Raises
    ------
    InputError
        If faces are not further apart than twice the longest cutoff.
    """
    shortest, reach = float(heights_nm(box).min()), max((p.cutoff_nm for p in pairs.values()), default=0.0)
    if shortest <= 2 * reach:
        raise InputError(
            f"box must be longer than twice the longest cutoff ({2 * reach:.3g} nm), got {shortest:.3g} nm. "
            "Take more particles."
        )
