"""The force field of a `System` as HOOMD objects."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import combinations_with_replacement
from typing import Any

import numpy as np

from assembly.engines.hoomd_library import load_hoomd
from assembly.engines.session import Pairs
from assembly.engines.tables import hoomd_table
from assembly.system.system import PairPotential, System, TablePair


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
    active = {key: p for key, p in pairs.items() if isinstance(p, TablePair) or p.epsilon_kj_mol != 0}
    if not active:
        return []
    md = load_hoomd().md
    neighbours = md.nlist.Tree(
        buffer=_buffer_nm(active), exclusions=("body", "bond") if len(system.bonds) else ("body",)
    )
    return [_force(kind, chosen, system, neighbours) for kind, chosen in sorted(_by_kind(active).items())]


@contextmanager
def shifted(forces: list[Any]) -> Iterator[None]:
    """Pair energies zero at the cutoff, as `System` defines them, while in this context."""
    table = load_hoomd().md.pair.Table  # zero at its cutoff by definition
    can = [force for force in forces if not isinstance(force, table)]
    for force in can:
        force.mode = "shift"
    try:
        yield
    finally:
        for force in can:
            force.mode = "none"


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
    """The skin of the neighbour list: measured optimum for soft-cube and for capped spheres alike; tables reach far."""
    return max((0.2 if isinstance(p, TablePair) else 0.35) * p.cutoff_nm for p in pairs.values())


def longest_cutoff_nm(pairs: Pairs) -> float:
    """The longest cutoff of all pair potentials [nm]."""
    return max((p.cutoff_nm for p in pairs.values()), default=0.0)
