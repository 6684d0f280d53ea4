"""Hard particles on HOOMD-blue's Monte Carlo, behind the same protocol as molecular dynamics.

kT = 1 inside, so that a pressure enters as P/kT; a step is one sweep (`_TRIALS` trial moves per body).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from assembly.engines.hoomd_library import (
    accepts,
    device_name,
    hoomd_version,
    linear_box_ramp,
    load_hoomd,
    monte_carlo_barostat,
    open_device,
)
from assembly.engines.hoomd_ranks import device_errors, from_first_rank, stopped
from assembly.engines.hoomd_snapshot import from_snapshot, to_snapshot
from assembly.engines.session import Dynamics, EnergyForces, Pairs, Sample, UnstableError
from assembly.system.state import State
from assembly.system.system import System
from packing.errors import InputError
from packing.shapes import Shape, Sphere

FloatArray = NDArray[np.float64]

_TRIALS = 4
_ACCEPTANCE = 0.25
_TUNE_EVERY = 50
_TUNED_SHARE = 0.25  # of a stretch of sampling: afterwards move sizes stay, as detailed balance asks
_LARGEST_ROTATION = 0.5
_PATIENCE = 200_000  # sweeps to wait for a compression to end
_SDF_RANGE, _SDF_BIN = 0.02, 1e-4


class HpmcSession:
    """A `System` of hard bodies on HOOMD-blue: NVT and NPT sampling, compression.

    Raises
    ------
    MissingEngineError
        If HOOMD is not here.
    InputError
        If the system has free particles, or a GPU is asked for that is not there.
    """

    name = "hoomd"

    def __init__(self, system: System, *, gpu: int | None = None) -> None:
        if len(system.free_types):
            raise InputError("system: hard bodies cannot be mixed with free particles. Use explicit-ligand.")
        self.version = hoomd_version()[0]
        self._system = system
        self._device = open_device(gpu)
        self.device, self.rank = device_name(self._device), int(self._device.communicator.rank)
        self.n_ranks = int(self._device.communicator.num_ranks)
        self._simulation: Any = None
        self._dynamics: Dynamics | None = None
        self._first_step, self._start_time_ps = 0, 0.0
        self._waited, self._waited_before = 0, 0  # sweeps beyond those asked for, that compressions took to end
        self._compression: Any = None
        self._start_box: FloatArray = np.array(system.box, dtype=float)

    def restore(self, state: State) -> None:
        """Start anew from ``state``."""
        hoomd = load_hoomd("hpmc")
        with device_errors():
            self._simulation = hoomd.Simulation(device=self._device, seed=1)
            self._simulation.timestep = state.step
            self._simulation.create_state_from_snapshot(to_snapshot(self._system, state, self._device))
        self._simulation.operations.integrator = self._integrator = hard_integrator(self._system)
        self._pressure = hoomd.hpmc.compute.SDF(xmax=_SDF_RANGE, dx=_SDF_BIN)
        self._simulation.operations.computes.append(self._pressure)
        self._start_time_ps, self._first_step = state.time_ps, state.step
        self._waited, self._waited_before = 0, 0
        self._dynamics, self._compression = None, None
        self._run(0)
        if self._integrator.overlaps > 0:
            raise UnstableError(f"{self._integrator.overlaps} pairs of hard bodies overlap. Start from a larger box.")

    def set_pairs(self, pairs: Pairs) -> None:
        """Hard bodies have no pair potentials: an `InputError` for any."""
        if pairs:
            raise InputError("pairs: hard bodies take no pair potentials. Use soft.")

    def begin(self, dynamics: Dynamics) -> None:
        """Sample at constant volume (any ensemble but ``npt``) or pressure; a box ramp compresses as fast as it can."""
        simulation, hoomd = self._simulation, load_hoomd("hpmc")
        self._start_time_ps, self._dynamics = self._time_ps(), dynamics
        self._first_step, self._start_box = simulation.timestep, self._box()
        self._waited_before = self._waited
        simulation.seed = dynamics.seed % 2**16
        simulation.operations.updaters.clear()
        simulation.operations.tuners.clear()
        self._compression = None
        self._tune_moves(dynamics)
        if dynamics.box_end is not None:
            self._compression = hoomd.hpmc.update.QuickCompress(
                trigger=hoomd.trigger.Periodic(10),
                target_box=linear_box_ramp(self._start_box, dynamics.box_end, simulation.timestep, dynamics.n_steps),
            )
            simulation.operations.updaters.append(self._compression)
        elif dynamics.ensemble == "npt":
            self._add_barostat(dynamics)

    def advance(self, n_steps: int) -> None:
        """Run ``n_steps`` sweeps; at the end of a compression as many more as it takes to reach the box.

        Raises
        ------
        UnstableError
            If the box cannot be reached without overlaps.
        """
        assert self._dynamics is not None
        self._run(n_steps)
        due = self._first_step + self._dynamics.n_steps
        if self._compression is None or self._simulation.timestep < due:
            return
        waited = 0
        while not self._compression.complete:
            if waited >= _PATIENCE:
                raise UnstableError(
                    f"the box could not be reached in {_PATIENCE} more sweeps. Lower the final packing fraction."
                )
            self._run(100)
            waited += 100
        self._waited += waited

    def sample(self) -> Sample:
        """State, and pressure from the scale distribution function (see HOOMD's `SDF` for its derivation)."""
        assert self._simulation is not None
        self._run(0)
        if self._integrator.overlaps > 0 and self._compression is None:
            raise UnstableError(f"{self._integrator.overlaps} pairs of hard bodies overlap.")
        kt = self._system.kt_kj_mol if self._dynamics is None else self._dynamics.kt_end_kj_mol
        beta_p = from_first_rank(self._device, self._pressure.betaP)
        pressures = np.array([1.0, 1, 1, 0, 0, 0]) * float(beta_p) * kt
        return Sample(state=self._state(), potential_kj_mol=0.0, pressures_kj_mol_nm3=pressures)

    def energy_forces(self) -> EnergyForces:
        """Zero energy and forces: what hard bodies have while they do not overlap."""
        n = len(self._system.body_kind)
        return EnergyForces(
            potential_kj_mol=0.0,
            body_forces_kj_mol_nm=np.zeros((n, 3)),
            body_torques_kj_mol=np.zeros((n, 3)),
            free_forces_kj_mol_nm=np.zeros((0, 3)),
        )

    def agree(self, value: int) -> int:
        """The number ``value`` of rank 0, on every rank."""
        return int(from_first_rank(self._device, value))

    def close(self) -> None:
        """Let HOOMD go."""
        self._simulation = None

    def _tune_moves(self, dynamics: Dynamics) -> None:
        hoomd = load_hoomd("hpmc")
        turning = any(not isinstance(hard_shape(kind), Sphere) for kind in self._system.bodies)
        tuner = hoomd.hpmc.tune.MoveSize.scale_solver(
            trigger=self._tuning_trigger(dynamics),
            moves=["a", "d"] if turning else ["d"],
            target=_ACCEPTANCE,
            max_translation_move=2 * max(hard_shape(kind).inradius_nm for kind in self._system.bodies),
            max_rotation_move=_LARGEST_ROTATION,
        )
        self._simulation.operations.tuners.append(tuner)

    def _add_barostat(self, dynamics: Dynamics) -> None:
        hoomd = load_hoomd("hpmc")
        barostat = monte_carlo_barostat(1, dynamics.pressure_kj_mol_nm3 / dynamics.kt_end_kj_mol)
        if dynamics.per_axis:
            barostat.length = {"weight": 1.0, "delta": tuple(2e-3 * float(x) for x in self._start_box[:3])}
            moves = ["length_x", "length_y", "length_z"]
        else:
            barostat.volume = {"mode": "ln", "weight": 1.0, "delta": 2e-3}
            moves = ["volume"]
        self._simulation.operations.updaters.append(barostat)
        tuner = hoomd.hpmc.tune.BoxMCMoveSize.scale_solver(
            trigger=self._tuning_trigger(dynamics), boxmc=barostat, moves=moves, target=_ACCEPTANCE
        )
        self._simulation.operations.tuners.append(tuner)

    def _tuning_trigger(self, dynamics: Dynamics) -> Any:
        """All along a compression, which samples nothing; else in the first part alone."""
        trigger = load_hoomd("hpmc").trigger
        every = trigger.Periodic(_TUNE_EVERY)
        if dynamics.box_end is not None:
            return every
        return trigger.And([every, trigger.Before(self._simulation.timestep + int(_TUNED_SHARE * dynamics.n_steps))])

    def _run(self, n_steps: int) -> None:
        try:
            self._simulation.run(n_steps)
        except RuntimeError as error:
            raise stopped(error, self.n_ranks) from error

    def _state(self) -> State:
        snapshot = self._simulation.state.get_snapshot()
        step = self._simulation.timestep - self._waited
        state = from_snapshot(self._system, snapshot, step, self._time_ps()) if self.rank == 0 else None
        result: State = from_first_rank(self._device, state)
        return result

    def _time_ps(self) -> float:
        if self._dynamics is None:
            return self._start_time_ps
        steps = self._simulation.timestep - self._first_step - (self._waited - self._waited_before)
        return self._start_time_ps + steps * self._dynamics.timestep_ps

    def _box(self) -> FloatArray:
        box = self._simulation.state.box
        return np.array([box.Lx, box.Ly, box.Lz, box.xy, box.xz, box.yz])


def hard_shape(kind: Any) -> Shape:
    """The hard shape of a body kind: core and shell where it is given, else the core."""
    return kind.hard_shape or kind.shape


def hard_integrator(system: System) -> Any:
    """HOOMD's Monte Carlo integrator with the hard shape of every kind of body.

    Spheres alone go to `Sphere`, sharp polyhedra to `ConvexPolyhedron`, anything else to `ConvexSpheropolyhedron`,
    which holds both (a sphere is a point swept by its radius).
    """
    integrate = load_hoomd("hpmc").hpmc.integrate
    shapes = {system.particle_types[kind.centre_type]: hard_shape(kind) for kind in system.bodies}
    entries: dict[str, dict[str, Any]]
    if all(isinstance(s, Sphere) for s in shapes.values()):
        style, entries = integrate.Sphere, {n: {"diameter": 2 * s.inradius_nm} for n, s in shapes.items()}
    elif all(not isinstance(s, Sphere) and s.rounding_nm == 0 for s in shapes.values()):
        style, entries = integrate.ConvexPolyhedron, {n: {"vertices": _vertices(s)} for n, s in shapes.items()}
    else:
        style = integrate.ConvexSpheropolyhedron
        entries = {n: {"vertices": _vertices(s), "sweep_radius": _sweep(s)} for n, s in shapes.items()}
    step = 0.1 * min(s.inradius_nm for s in shapes.values())
    unit_temperature = {"kT": 1.0} if accepts(style, "kT") else {}
    integrator = style(default_d=step, default_a=0.1, nselect=_TRIALS, **unit_temperature)
    for name in system.particle_types:
        integrator.shape[name] = entries[name]
    return integrator


def _vertices(shape: Shape) -> list[tuple[float, float, float]]:
    if isinstance(shape, Sphere):
        return [(0.0, 0.0, 0.0)]
    return [(float(x), float(y), float(z)) for x, y, z in shape.vertices_nm]


def _sweep(shape: Shape) -> float:
    return shape.diameter_nm / 2 if isinstance(shape, Sphere) else shape.rounding_nm
