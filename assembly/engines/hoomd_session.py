"""Molecular dynamics on HOOMD-blue, behind the protocol that both engines share."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from assembly.engines import hoomd_force_field as force_field
from assembly.engines.hoomd_dynamics import box_updater, free_filter, integration_methods
from assembly.engines.hoomd_library import box_of, device_name, hoomd_version, load_hoomd, open_device
from assembly.engines.hoomd_ranks import device_errors, from_first_rank, stopped
from assembly.engines.hoomd_snapshot import from_snapshot, to_snapshot
from assembly.engines.session import Dynamics, EnergyForces, Pairs, Sample, UnstableError
from assembly.system.state import State, at_rest, momentum_flow_kj_mol
from assembly.system.system import System

FloatArray = NDArray[np.float64]

_RELAXATION_ROUND = 10  # steps of capped motion between two looks at the forces


class HoomdSession:
    """A `System` on HOOMD-blue, on the CPU (every MPI rank there is) or on one GPU."""

    name = "hoomd"

    def __init__(self, system: System, *, gpu: int | None = None) -> None:
        self.version = hoomd_version()[0]
        self._system = system
        self._pairs: Pairs = system.pairs
        self._device, self._keeps_forces = open_device(gpu), gpu is not None
        self.device, self.rank = device_name(self._device), int(self._device.communicator.rank)
        self.n_ranks = int(self._device.communicator.num_ranks)
        self._rigid: Any = None
        self._pair_forces: list[Any] = []
        self._bonded_forces: list[Any] = []
        self._simulation: Any = None
        self._dynamics: Dynamics | None = None
        self._first_step = 0
        self._start_box: FloatArray = np.array(system.box, dtype=float)
        self._start_time_ps = 0.0

    def restore(self, state: State) -> None:
        """Start HOOMD anew from ``state``: no neighbour list, particle order or force of the past is left.

        On a GPU, where that would not make two runs equal to the bit, forces stay with the kernels they were tuned to.

        Raises
        ------
        InputError
            If the box is too small for the cutoff, or the device fails.
        """
        force_field.check_box(state.box, self._pairs)
        snapshot = to_snapshot(self._system, state, self._device)
        with device_errors():
            if self._keeps_forces and self._is_at(state.step):
                self._simulation.state.set_snapshot(snapshot)
                self._simulation.operations.updaters.clear()
                self._simulation.operations.integrator.methods.clear()
            else:
                self._simulation = load_hoomd().Simulation(device=self._device, seed=1)
                self._simulation.timestep = state.step
                self._simulation.create_state_from_snapshot(snapshot)
                # One that moves nothing, so that forces can be asked for before any dynamics.
                self._simulation.operations.integrator = self._integrator(1e-3, [])
        self._start_time_ps, self._first_step, self._dynamics = state.time_ps, state.step, None

    def set_pairs(self, pairs: Pairs) -> None:
        """Use these pair potentials from the next step on."""
        before, self._pairs = self._pairs, pairs
        if self._simulation is None:
            return
        if not force_field.change_pairs(self._pair_forces, self._system, before, pairs):
            integrator = self._simulation.operations.integrator
            for old in self._pair_forces:
                integrator.forces.remove(old)
            self._pair_forces = force_field.pair_forces(self._system, pairs)
            integrator.forces.extend(self._pair_forces)
        # HOOMD keeps the forces of a step, whatever became of their parameters, until the particles are new to it.
        self._simulation.state.set_snapshot(self._simulation.state.get_snapshot())

    def begin(self, dynamics: Dynamics) -> None:
        """Move like this from now on."""
        if self._dynamics is not None and self._dynamics.ensemble == "limit":
            # HOOMD would set the bodies in motion with the accelerations that it knew before they were held.
            self.restore(self._state())
        simulation = self._simulation
        self._start_time_ps, self._first_step = self._time_ps(), simulation.timestep
        self._dynamics, self._start_box = dynamics, self._box()
        simulation.seed = dynamics.seed % 2**16
        simulation.operations.updaters.clear()
        # Forces stay: built anew they would begin with an empty neighbour list, and on a GPU with kernels to be tuned.
        integrator = simulation.operations.integrator
        integrator.dt = dynamics.timestep_ps
        integrator.methods.clear()
        integrator.methods.extend(integration_methods(self._system, dynamics, simulation.timestep))
        # A barostat has the virial computed at every step, and HOOMD then computes nothing again for a sample.
        force_field.set_mode(self._pair_forces, "shift" if dynamics.ensemble == "npt" else "none")
        updater = box_updater(dynamics, self._start_box, simulation.timestep)
        if updater is not None:
            simulation.operations.updaters.append(updater)

    def advance(self, n_steps: int) -> None:
        """Run ``n_steps``; `UnstableError` when particles leave the box or numbers stop being finite."""
        assert self._dynamics is not None
        try:
            if self._dynamics.ensemble == "limit":
                self._relax(n_steps)
            else:
                self._simulation.run(n_steps)
        except RuntimeError as error:
            raise stopped(error, self.n_ranks) from error
        if self._dynamics.box_end is not None:
            done = self._simulation.timestep - self._first_step
            share = min(1.0, done / self._dynamics.n_steps)
            box = (1 - share) * self._start_box + share * np.array(self._dynamics.box_end)
            load_hoomd().update.BoxResize.update(self._simulation.state, box_of(box))

    def sample(self) -> Sample:
        """State, energy and molecular pressure at the present step."""
        with force_field.shifted(self._pair_forces):
            self._compute_forces()
            virial = self._virial()
            energy = self._energy()
        state = self._state()
        pressures = (momentum_flow_kj_mol(self._system, state) + virial) / state.volume_nm3
        if not np.isfinite([energy, *pressures]).all():
            raise UnstableError(f"the energy is not finite at step {state.step}.")
        return Sample(state=state, potential_kj_mol=energy, pressures_kj_mol_nm3=pressures)

    def energy_forces(self) -> EnergyForces:
        """Energy, forces and torques at the present positions."""
        with force_field.shifted(self._pair_forces):
            self._compute_forces()
            forces, torques = self._net_forces()
            energy = self._energy()
        n_bodies, n_free = len(self._system.body_kind), len(self._system.free_types)
        return EnergyForces(
            potential_kj_mol=energy,
            body_forces_kj_mol_nm=forces[:n_bodies],
            body_torques_kj_mol=torques[:n_bodies],
            free_forces_kj_mol_nm=forces[len(forces) - n_free :],
        )

    def minimise(self, n_steps: int, *, timestep_ps: float, force_kj_mol_nm: float, energy_kj_mol: float) -> Sample:
        """Go downhill in energy (FIRE), bodies staying rigid, until forces and energy changes per particle are small.

        At most ``n_steps`` of ``timestep_ps`` [ps]; small is below ``force_kj_mol_nm`` (for torques the same number of
        kJ/mol) and ``energy_kj_mol``. Afterwards everything is at rest, and `begin` is needed to move again.
        """
        hoomd = load_hoomd()
        integrator = self._integrator(timestep_ps, [])
        forces, rigid = list(integrator.forces), integrator.rigid
        integrator.forces.clear()
        everything = hoomd.filter.Rigid(("center", "free"))
        fire = hoomd.md.minimize.FIRE(
            dt=timestep_ps,
            force_tol=force_kj_mol_nm,
            angmom_tol=force_kj_mol_nm,
            energy_tol=energy_kj_mol,
            integrate_rotational_dof=True,
            forces=forces,
            methods=[hoomd.md.methods.ConstantVolume(filter=everything)],
            rigid=rigid,
        )
        self._simulation.operations.updaters.clear()
        self._simulation.operations.integrator = fire
        first, time_ps = self._simulation.timestep, self._time_ps()
        while not fire.converged and self._simulation.timestep < first + n_steps:
            self._simulation.run(min(100, first + n_steps - self._simulation.timestep))
        self._dynamics, self._start_time_ps = None, time_ps
        sample = self.sample()
        self.restore(at_rest(sample.state))
        return self.sample()

    def agree(self, value: int) -> int:
        """The number ``value`` of rank 0, on every rank."""
        return int(from_first_rank(self._device, value))

    def close(self) -> None:
        """Let HOOMD go."""
        self._simulation = None

    def _is_at(self, step: int) -> bool:
        """Whether HOOMD is there, at this step, with the integrator of `_integrator`."""
        there = self._simulation is not None and self._simulation.timestep == step
        return there and isinstance(self._simulation.operations.integrator, load_hoomd().md.Integrator)

    def _integrator(self, timestep_ps: float, methods: list[Any]) -> Any:
        self._rigid = force_field.rigid_bodies(self._system)
        self._pair_forces = force_field.pair_forces(self._system, self._pairs)
        self._bonded_forces = force_field.bonded_forces(self._system)
        return load_hoomd().md.Integrator(
            dt=timestep_ps,
            methods=methods,
            forces=[*self._pair_forces, *self._bonded_forces],
            rigid=self._rigid,
            integrate_rotational_dof=True,
        )

    def _relax(self, n_steps: int) -> None:
        """Free particles move among bodies that stay, at most about ``max_displacement_nm`` a step.

        Where forces would send one further, the time step is so short that a whole round moves it no more, and what it
        gained is taken out before the next.
        """
        assert self._dynamics is not None
        if not len(self._system.free_types):
            self._simulation.run(n_steps)
            return
        integrator, cap = self._simulation.operations.integrator, self._dynamics.max_displacement_nm
        masses = self._system.particle_masses_amu[self._system.free_types]
        kt = self._dynamics.kt_end_kj_mol
        warm = min(self._dynamics.timestep_ps, cap / (3 * np.sqrt(3 * kt / masses.min())))
        while n_steps > 0:
            stretch = min(n_steps, _RELAXATION_ROUND)
            pushed = np.sqrt(2 * cap / max(self._largest_acceleration(masses), 1e-300))
            integrator.dt = warm if pushed > warm else pushed / _RELAXATION_ROUND
            if pushed <= warm:
                self._simulation.state.thermalize_particle_momenta(filter=free_filter(self._system), kT=kt)
            self._simulation.run(stretch)
            n_steps -= stretch
        integrator.dt = self._dynamics.timestep_ps

    def _largest_acceleration(self, masses_amu: FloatArray) -> float:
        """Of the free particles [nm/ps^2]."""
        self._run_in_place()
        forces = self._net_forces()[0][-len(masses_amu) :]
        fastest = float(np.max(np.linalg.norm(forces, axis=1) / masses_amu))
        if not np.isfinite(fastest):
            raise UnstableError(f"forces are not finite at step {self._simulation.timestep}.")
        return fastest

    def _compute_forces(self) -> None:
        """Forces and virials at the present positions: HOOMD keeps those of a step, whatever changed since."""
        for pressure in (False, True):  # a change of this flag is what makes it compute again
            self._simulation.always_compute_pressure = pressure
            self._run_in_place()
        self._simulation.always_compute_pressure = False

    def _run_in_place(self) -> None:
        try:
            self._simulation.run(0)
        except RuntimeError as error:
            raise stopped(error, self.n_ranks) from error

    def _forces(self) -> list[Any]:
        return [*self._pair_forces, *self._bonded_forces]

    def _energy(self) -> float:
        return float(sum(f.energy for f in self._forces()))

    def _net_forces(self) -> tuple[FloatArray, FloatArray]:
        forces, torques = self._gathered("forces"), self._gathered("torques")
        nothing = np.zeros((self._simulation.state.N_particles, 3))
        net: tuple[FloatArray, FloatArray] = from_first_rank(
            self._device, (sum(forces, start=nothing), sum(torques, start=nothing))
        )
        return net

    def _virial(self) -> FloatArray:
        """xx, yy, zz, xy, xz and yz of the sum of r F over body centres and free particles [kJ/mol], shape (6,).

        The beads' share is in that of their centres.
        """
        n_bodies, n_free = len(self._system.body_kind), len(self._system.free_types)
        total = np.zeros(6)
        for virials in self._gathered("virials"):
            parts = virials[:, [0, 3, 5, 1, 2, 4]]
            total += parts[:n_bodies].sum(axis=0) + parts[len(parts) - n_free :].sum(axis=0)
        whole: FloatArray = from_first_rank(self._device, total)
        return whole

    def _gathered(self, name: str) -> list[FloatArray]:
        """One array of each force, on rank 0; all ranks take part in gathering each of them and have nothing then."""
        rigid = [self._rigid] if self._rigid is not None else []
        arrays = [getattr(force, name) for force in [*self._forces(), *rigid]]
        return arrays if self.rank == 0 else []

    def _state(self) -> State:
        snapshot = self._simulation.state.get_snapshot()
        step, time_ps = self._simulation.timestep, self._time_ps()
        state = from_snapshot(self._system, snapshot, step, time_ps) if self.rank == 0 else None
        state = from_first_rank(self._device, state)
        if not np.isfinite(state.centres_nm).all() or not np.isfinite(state.free_positions_nm).all():
            raise UnstableError(f"positions are not finite at step {step}.")
        return state

    def _time_ps(self) -> float:
        if self._dynamics is None:
            return self._start_time_ps
        return self._start_time_ps + (self._simulation.timestep - self._first_step) * self._dynamics.timestep_ps

    def _box(self) -> FloatArray:
        box = self._simulation.state.box
        return np.array([box.Lx, box.Ly, box.Lz, box.xy, box.xz, box.yz])
