"""A `System` and a `State` as LAMMPS commands and a data file (``units lj`` with nm, kJ/mol, amu, ps as they are)."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assembly.engines.session import Pairs
from assembly.engines.tables import LAMMPS_POINTS, lammps_table, mie_table
from assembly.system.rigid import RigidBeads
from assembly.system.state import State
from assembly.system.system import MiePair, PairPotential, System
from packing.configuration import box_to_cell

FloatArray = NDArray[np.float64]

_TABLE, _SILENT = "table", "SILENT"


class LammpsInput:
    """What LAMMPS is told before it runs."""

    def __init__(self, system: System, beads: RigidBeads, state: State, pairs: Pairs) -> None:
        self._system, self._state, self._pairs, self._beads = system, state, pairs, beads
        self.masses_amu = np.concatenate([beads.masses_amu, system.particle_masses_amu[system.free_types]])

    def commands(self, data_path: Path, table_path: Path, skin_nm: float) -> list[str]:
        """Commands from an empty LAMMPS to one that can run, with neighbour lists of a skin ``skin_nm`` [nm]."""
        system, beads = self._system, self._beads
        n_bound, n = beads.n_bound, len(self.masses_amu)
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
            *pair_commands(system, self._pairs, table_path),
            *(f"bond_coeff {i + 1} {b.k_kj_mol_nm2 / 2:.17g} {b.r0_nm:.17g}" for i, b in enumerate(system.bond_types)),
            *(f"angle_coeff {i + 1} {a.k_kj_mol / 2:.17g} {a.t0_deg:.17g}" for i, a in enumerate(system.angle_types)),
            *skin_commands(beads, skin_nm),
            "neigh_modify delay 0 every 1 check yes",
            *exclusion_commands(system, self._pairs),
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
        cell = box_to_cell(state.box)
        images = np.floor(x @ np.linalg.inv(cell) + 0.5).astype(int)
        ids = np.arange(1, len(x) + 1)
        types = np.concatenate([beads.types, system.free_types]) + 1
        molecules = np.concatenate([beads.members_body + 1, np.zeros(len(system.free_types), dtype=int)])
        out = io.StringIO()
        counts = [(len(x), "atoms"), (len(system.bonds), "bonds"), (len(system.angles), "angles")]
        kinds = [(len(system.particle_types), "atom types"), (len(system.bond_types), "bond types")]
        kinds.append((len(system.angle_types), "angle types"))
        out.write("superlattice\n\n" + "".join(f"{n} {what}\n" for n, what in counts + kinds))
        for axis, low, length in zip("xyz", -cell.sum(axis=0) / 2, state.box[:3], strict=True):
            out.write(f"{low:.17g} {low + length:.17g} {axis}lo {axis}hi\n")
        if np.any(state.box[3:]):
            out.write(f"{cell[1, 0]:.17g} {cell[2, 0]:.17g} {cell[2, 1]:.17g} xy xz yz\n")
        out.write("\nAtoms # molecular\n\n")
        rows = np.column_stack([ids, molecules, types, x - images @ cell, images])
        np.savetxt(out, rows, fmt=["%d"] * 3 + ["%.17g"] * 3 + ["%d"] * 3)
        out.write("\nVelocities\n\n")
        np.savetxt(out, np.column_stack([ids, v]), fmt=["%d"] + ["%.17g"] * 3)
        for title, table in (("Bonds", system.bonds), ("Angles", system.angles)):
            if len(table):
                out.write(f"\n{title}\n\n")
                np.savetxt(out, np.column_stack([np.arange(1, len(table) + 1), table + 1]), fmt="%d")
        return out.getvalue()


def exclusion_commands(system: System, pairs: Pairs) -> list[str]:
    """What neighbour lists leave out: beads of one body, and types without a potential."""
    n = len(system.particle_types)
    silent = [(i, j) for i in range(n) for j in range(i, n) if (i, j) not in pairs]
    return [
        "neigh_modify exclude none",
        "neigh_modify exclude molecule/intra bodies",
        *(f"neigh_modify exclude type {i + 1} {j + 1}" for i, j in silent),
    ]


def skin_commands(beads: RigidBeads, skin_nm: float) -> list[str]:
    """Neighbour lists with a skin ``skin_nm`` [nm], and ghosts of all beads of a body that has one."""
    return [f"neighbor {skin_nm:.17g} bin", f"comm_modify cutoff {beads.extent_nm * 1.02 + skin_nm:.17g}"]


def table_file(pairs: Pairs) -> str:
    """What `pair_commands` reads its tables from; empty where no pair needs one."""
    tables = {key: pair for key, pair in sorted(pairs.items()) if _style(pair) == _TABLE}
    if not tables:
        return ""
    sections = [
        lammps_table(mie_table(pair) if isinstance(pair, MiePair) else pair, _section(key))
        for key, pair in tables.items()
    ]
    nothing = f"{_SILENT}\nN 2 R 0.1 0.2\n\n1 0.1 0 0\n2 0.2 0 0\n\n"
    return "\n".join([nothing, *sections])


def pair_commands(system: System, pairs: Pairs, table_path: Path) -> list[str]:
    """Pair style and coefficients; pairs of types without a potential get one of zero depth."""
    styles = sorted({_style(p) for p in pairs.values()}) or ["lj/cut"]
    longest = max((p.cutoff_nm for p in pairs.values()), default=1.0)
    hybrid = len(styles) > 1
    settings = [f"{_TABLE} spline {LAMMPS_POINTS}" if s == _TABLE else f"{s} {longest:.17g}" for s in styles]
    head = f"hybrid {' '.join(settings)}" if hybrid else settings[0]
    commands = [f"pair_style {head}", "pair_modify shift yes"]
    # Silent pairs in one command: a file is read for each, and they are most of many kinds of beads.
    rest = f"{table_path} {_SILENT}" if styles[0] == _TABLE else _coefficients(styles[0], None)
    for kinds, style, numbers in [
        ("* *", styles[0], rest),
        *(
            (
                f"{min(key) + 1} {max(key) + 1}",
                _style(pair),
                f"{table_path} {_section(key)}" if _style(pair) == _TABLE else _coefficients(_style(pair), pair),
            )
            for key, pair in sorted(pairs.items())
        ),
    ]:
        commands.append(f"pair_coeff {kinds}{f' {style}' if hybrid else ''} {numbers}")
    return commands


def _section(key: tuple[int, int]) -> str:
    return f"PAIR_{key[0]}_{key[1]}"


def _style(pair: PairPotential) -> str:
    # Shifted ones are tables: `lj/expand` of the wheel (2025.7) takes its energy at the cutoff from the wrong distance.
    if not isinstance(pair, MiePair) or pair.shift_nm:
        return _TABLE
    return "lj/cut" if (pair.n, pair.m) == (12.0, 6.0) else "mie/cut"


def _coefficients(style: str, pair: PairPotential | None) -> str:
    if pair is None:
        return {"lj/cut": "0 1 0.1", "mie/cut": "0 1 12 6 0.1"}[style]
    assert isinstance(pair, MiePair)
    head = f"{pair.epsilon_kj_mol:.17g} {pair.sigma_nm:.17g}"
    return (
        f"{head} {pair.n:.17g} {pair.m:.17g} {pair.cutoff_nm:.17g}"
        if style == "mie/cut"
        else f"{head} {pair.cutoff_nm:.17g}"
    )
