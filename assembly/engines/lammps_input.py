"""A `System` and a `State` as LAMMPS commands and a data file (``units lj`` with nm, kJ/mol, amu, ps as they are)."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assembly.engines.session import Pairs
from assembly.system.rigid import RigidBeads
from assembly.system.state import State
from assembly.system.system import MiePair, PairPotential, System
from packing.errors import InputError

FloatArray = NDArray[np.float64]


class LammpsInput:
    """What LAMMPS is told before it runs."""

    def __init__(self, system: System, beads: RigidBeads, state: State, pairs: Pairs) -> None:
        if np.any(np.abs(state.box[3:]) > 0):
            raise InputError("box: the LAMMPS engine needs a rectangular box, got a tilted one. Use hoomd.")
        self._system, self._state, self._pairs, self._beads = system, state, pairs, beads
        self.masses_amu = np.concatenate([beads.masses_amu, system.particle_masses_amu[system.free_types]])

    def commands(self, data_path: Path) -> list[str]:
        """Commands from an empty LAMMPS to one that can run."""
        system, beads = self._system, self._beads
        n_bound, n = beads.n_bound, len(self.masses_amu)
        # The system's own pairs, not those of now: a new session that goes on from here must sum in the same order.
        reach = max((_reach(p) for p in system.pairs.values()), default=1.0)
        skin = 0.3 if len(system.free_types) else 0.75 * reach
        topology = []
        if system.bond_types:
            topology.append("bond_style harmonic")
        if system.angle_types:
            topology.append("angle_style cosine/squared")
        return [
            "units lj",
            "atom_style molecular",
            "atom_modify map array",
            "newton on",
            *topology,
            # Pairs that are bonded do not see each other, second neighbours do (as in HOOMD's exclusions).
            "special_bonds lj 0.0 1.0 1.0",
            "fix mass all property/atom rmass",
            f"read_data {data_path}",
            "mass * 1.0",
            f"group bodies id 1:{n_bound}" if n_bound else "group bodies empty",
            f"group free id {n_bound + 1}:{n}" if n > n_bound else "group free empty",
            *pair_commands(system, self._pairs),
            *(f"bond_coeff {i + 1} {b.k_kj_mol_nm2 / 2:.17g} {b.r0_nm:.17g}" for i, b in enumerate(system.bond_types)),
            *(f"angle_coeff {i + 1} {a.k_kj_mol / 2:.17g} {a.t0_deg:.17g}" for i, a in enumerate(system.angle_types)),
            f"neighbor {skin:.17g} bin",
            "neigh_modify delay 0 every 1 check yes",
            f"comm_modify cutoff {beads.extent_nm * 1.02 + skin:.17g}",
            "neigh_modify exclude molecule/intra bodies",
            *(f"neigh_modify exclude type {i + 1} {j + 1}" for i, j in self._silent_pairs()),
            "compute virial all pressure NULL pair bond angle",
            "thermo_style custom step pe c_virial[1]",
            "thermo_modify norm no lost error",
            "thermo 0",
        ]

    def data_file(self) -> str:
        """Atoms, velocities and topology, with every digit."""
        system, state, beads = self._system, self._state, self._beads
        x, v = beads.place(state)
        x = np.vstack([x, state.free_positions_nm])
        v = np.vstack([v, state.free_velocities_nm_ps])
        lengths = state.box[:3]
        images = np.floor(x / lengths + 0.5).astype(int)
        ids = np.arange(1, len(x) + 1)
        types = np.concatenate([beads.types, system.free_types]) + 1
        molecules = np.concatenate([beads.members_body + 1, np.zeros(len(system.free_types), dtype=int)])
        out = io.StringIO()
        counts = [(len(x), "atoms"), (len(system.bonds), "bonds"), (len(system.angles), "angles")]
        kinds = [(len(system.particle_types), "atom types"), (len(system.bond_types), "bond types")]
        kinds.append((len(system.angle_types), "angle types"))
        out.write("superlattice\n\n" + "".join(f"{n} {what}\n" for n, what in counts + kinds))
        for axis, length in zip("xyz", lengths, strict=True):
            out.write(f"{-length / 2:.17g} {length / 2:.17g} {axis}lo {axis}hi\n")
        out.write("\nAtoms # molecular\n\n")
        rows = np.column_stack([ids, molecules, types, x - images * lengths, images])
        np.savetxt(out, rows, fmt=["%d"] * 3 + ["%.17g"] * 3 + ["%d"] * 3)
        out.write("\nVelocities\n\n")
        np.savetxt(out, np.column_stack([ids, v]), fmt=["%d"] + ["%.17g"] * 3)
        for title, table in (("Bonds", system.bonds), ("Angles", system.angles)):
            if len(table):
                out.write(f"\n{title}\n\n")
                np.savetxt(out, np.column_stack([np.arange(1, len(table) + 1), table + 1]), fmt="%d")
        return out.getvalue()

    def _silent_pairs(self) -> list[tuple[int, int]]:
        n = len(self._system.particle_types)
        return [(i, j) for i in range(n) for j in range(i, n) if (i, j) not in self._pairs]


def pair_commands(system: System, pairs: Pairs) -> list[str]:
    """Pair style and coefficients; pairs of types without a potential get one of zero depth."""
    styles = sorted({_style(p) for p in pairs.values()}) or ["lj/cut"]
    longest = max((p.cutoff_nm for p in pairs.values()), default=1.0)
    hybrid = len(styles) > 1
    head = "hybrid " + " ".join(f"{s} {longest:.17g}" for s in styles) if hybrid else f"{styles[0]} {longest:.17g}"
    commands = [f"pair_style {head}", "pair_modify shift yes"]
    n = len(system.particle_types)
    for i in range(n):
        for j in range(i, n):
            pair = pairs.get((i, j))
            style = _style(pair) if pair is not None else styles[0]
            label = f" {style}" if hybrid else ""
            commands.append(f"pair_coeff {i + 1} {j + 1}{label} {_coefficients(style, pair)}")
    return commands


def _style(pair: PairPotential) -> str:
    if not isinstance(pair, MiePair):
        raise InputError("pairs: the LAMMPS engine runs Mie potentials, got a table. Use hoomd.")
    if (pair.n, pair.m) == (12.0, 6.0):
        return "lj/expand" if pair.shift_nm else "lj/cut"
    if pair.shift_nm:
        raise InputError("pairs: the LAMMPS engine shifts only the 12-6 potential, got a shifted Mie one. Use hoomd.")
    return "mie/cut"


def _coefficients(style: str, pair: PairPotential | None) -> str:
    if pair is None:
        return {"lj/cut": "0 1 0.1", "lj/expand": "0 1 0 0.1", "mie/cut": "0 1 12 6 0.1"}[style]
    assert isinstance(pair, MiePair)
    head = f"{pair.epsilon_kj_mol:.17g} {pair.sigma_nm:.17g}"
    if style == "lj/expand":
        # LAMMPS measures this cutoff on the shifted distance.
        return f"{head} {pair.shift_nm:.17g} {pair.cutoff_nm - pair.shift_nm:.17g}"
    return (
        f"{head} {pair.n:.17g} {pair.m:.17g} {pair.cutoff_nm:.17g}"
        if style == "mie/cut"
        else f"{head} {pair.cutoff_nm:.17g}"
    )


def _reach(pair: PairPotential) -> float:
    return pair.sigma_nm if isinstance(pair, MiePair) else pair.cutoff_nm
