"""Does the GPU compute what the processor does, and how much faster? For the machine that a person has."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from assembly.engines import Dynamics, Session, start_session
from assembly.models.soft.plan import plan_soft
from assembly.spec import AssemblySpec
from assembly.system.state import (
    State,
    initial_state,
    rotational_energy_kj_mol,
    temperatures_kelvin,
    translational_energy_kj_mol,
)
from assembly.system.system import System
from packing.matter.ligands import ligand
from packing.particles import Coating, Environment, Nanocrystal
from packing.shapes import cube

LARGEST_DIFFERENCE = 1e-4
"""Of energies and forces over their size: HOOMD's mixed precision keeps seven digits of each pair's."""

LARGEST_DRIFT = 1e-3
"""Energy gained or lost in a run without a thermostat, over the kinetic energy."""

CONSERVATION_STEPS, WARM_UP_STEPS, TIMED_STEPS = 1000, 2000, 2000
SMALL_STEP = 0.1
"""Of the model's time step, for the conservation of energy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Steps per second of ``n_cubes`` on the processor (one core) and on the GPU, tuned."""

    n_cubes: int
    cpu_steps_per_s: float
    gpu_steps_per_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuCheck:
    """What was found; `problems` is empty where the GPU may be trusted.

    Parameters
    ----------
    device, version
        Name of the GPU, and of HOOMD-blue.
    energy_difference, force_difference
        GPU less CPU over the CPU's, at the same positions.
    cpu_drift, gpu_drift
        Energy that a run without a thermostat gained, over its kinetic energy.
    gpu_kelvin, kelvin
        Temperature of a short run with a thermostat, and what it was set to [K].
    restart_is_bitwise
        Whether two runs from one state ended the same to the last bit: a resumed run then ends as an undisturbed one.
    speeds
        For each number of cubes.
    """

    device: str
    version: str
    energy_difference: float
    force_difference: float
    cpu_drift: float
    gpu_drift: float
    gpu_kelvin: float
    kelvin: float
    restart_is_bitwise: bool
    speeds: tuple[Speed, ...] = field(default_factory=tuple)

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong, a sentence each."""
        found = []
        for name, value in (("energies", self.energy_difference), ("forces", self.force_difference)):
            if not value <= LARGEST_DIFFERENCE:
                found.append(f"{name} differ by {value:.1e} of their size, more than {LARGEST_DIFFERENCE:.0e}")
        if not abs(self.gpu_drift) <= max(LARGEST_DRIFT, 3 * abs(self.cpu_drift)):
            found.append(
                f"energy is not conserved: {self.gpu_drift:+.1e} of the kinetic energy, CPU {self.cpu_drift:+.1e}"
            )
        if not abs(self.gpu_kelvin / self.kelvin - 1) < 0.5:
            found.append(f"a thermostat set to {self.kelvin:.0f} K gives {self.gpu_kelvin:.0f} K")
        return tuple(found)

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        plain = {key: getattr(self, key) for key in self.__dataclass_fields__ if key != "speeds"}
        speeds = [{key: getattr(s, key) for key in s.__dataclass_fields__} for s in self.speeds]
        return plain | {"speeds": speeds, "problems": list(self.problems)}

    def summary(self) -> str:
        """For people."""
        lines = [
            f"HOOMD-blue {self.version} on {self.device}, beside one core of this machine",
            f"energy differs by {self.energy_difference:.1e}, forces by {self.force_difference:.1e} of their size",
            f"energy drift {self.gpu_drift:+.1e} of the kinetic energy (CPU {self.cpu_drift:+.1e})",
            f"thermostat set to {self.kelvin:.0f} K: {self.gpu_kelvin:.0f} K (a few cubes scatter by a tenth)",
            "a resumed run "
            + ("is bitwise the undisturbed one" if self.restart_is_bitwise else "is not bitwise the undisturbed one"),
        ]
        for s in self.speeds:
            gain = s.gpu_steps_per_s / s.cpu_steps_per_s
            lines.append(
                f"{s.n_cubes} cubes: {s.gpu_steps_per_s:.0f} steps/s on the GPU, {s.cpu_steps_per_s:.0f} on a core, "
                f"{gain:.1f} times as fast"
            )
        return "\n".join(
            [*lines, *(f"PROBLEM: {p}" for p in self.problems)] + ["no problem found"] * (not self.problems)
        )


def check_gpu(gpu: int = 0, *, sizes: tuple[int, ...] = (64, 512, 4096)) -> GpuCheck:
    """Compare soft cubes on a GPU with the same on one core: energies, forces, a short run, restart and speed.

    Parameters
    ----------
    gpu
        Its number, from 0.
    sizes
        Numbers of cubes whose speed is measured, cubes of whole numbers.

    Raises
    ------
    InputError
        If there is no such GPU, or it fails.
    MissingEngineError
        If HOOMD-blue is not here.
    """
    system, state, timestep_ps = soft_crystal(sizes[0])
    on_gpu, on_cpu = start_session("hoomd", system, gpu=gpu), start_session("hoomd", system)
    sessions = (on_cpu, on_gpu)
    found = []
    for session in sessions:
        session.restore(state)
        found.append(session.energy_forces())
    here, there = found
    size = float(np.abs(here.body_forces_kj_mol_nm).max())
    forces = float(np.abs(there.body_forces_kj_mol_nm - here.body_forces_kj_mol_nm).max()) / size
    energy = abs(there.potential_kj_mol - here.potential_kj_mol) / abs(here.potential_kj_mol)
    drifts = [_drift(session, system, state, SMALL_STEP * timestep_ps) for session in sessions]
    ends = [_end(on_gpu, system, state, timestep_ps) for _ in range(2)]
    checked = GpuCheck(
        device=on_gpu.device,
        version=on_gpu.version,
        energy_difference=energy,
        force_difference=forces,
        cpu_drift=drifts[0],
        gpu_drift=drifts[1],
        gpu_kelvin=float(np.mean(temperatures_kelvin(system, ends[0])[:2])),
        kelvin=system.kt_kj_mol / 0.00831446261815324,
        restart_is_bitwise=bool(np.array_equal(ends[0].centres_nm, ends[1].centres_nm)),
    )
    for session in sessions:
        session.close()
    return replace(checked, speeds=tuple(_speed(n, gpu) for n in sizes))


def soft_crystal(n_cubes: int) -> tuple[System, State, float]:
    """Soft cubes in a crystal in their medium, a state of it, and its time step [ps].

    Parameters
    ----------
    n_cubes
        Number of cubes, that of a cube of them.
    """
    plan = plan_soft(
        Nanocrystal(material="CsPbBr3", shape=cube(8.6)),
        Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0),
        Environment(medium="toluene"),
        AssemblySpec(n_particles=n_cubes),
    )
    per_edge, spacing = round(n_cubes ** (1 / 3)), plan.periods_nm["medium"]
    g = (np.arange(per_edge) + 0.5 - per_edge / 2) * spacing
    centres = np.stack(np.meshgrid(g, g, g, indexing="ij"), axis=-1).reshape(-1, 3)
    system = replace(
        plan.system,
        box=np.array([per_edge * spacing] * 3 + [0.0, 0.0, 0.0]),
        centres_nm=centres + np.random.default_rng(1).normal(scale=0.05, size=centres.shape),
        orientations=np.tile([1.0, 0.0, 0.0, 0.0], (n_cubes, 1)),
        pairs=dict(plan.potentials["medium"]),
    )
    return system, initial_state(system, np.random.default_rng(1)), plan.stages[0].timestep_ps


def _dynamics(system: System, ensemble: Any, n_steps: int, timestep_ps: float) -> Dynamics:
    kt = system.kt_kj_mol
    return Dynamics(
        ensemble=ensemble,
        timestep_ps=timestep_ps,
        n_steps=n_steps,
        kt_start_kj_mol=kt,
        kt_end_kj_mol=kt,
        body_relaxation_ps=100 * timestep_ps,
    )


def _drift(session: Session, system: System, state: State, timestep_ps: float) -> float:
    """Energy gained in `CONSERVATION_STEPS` without a thermostat, over the mean kinetic energy."""
    session.restore(state)
    session.begin(_dynamics(system, "nve", CONSERVATION_STEPS, timestep_ps))
    energies = []
    for _ in range(2):
        sample = session.sample()
        motion = translational_energy_kj_mol(system, sample.state) + rotational_energy_kj_mol(system, sample.state)
        energies.append(sample.potential_kj_mol + motion)
        if len(energies) < 2:
            session.advance(CONSERVATION_STEPS)
    return (energies[1] - energies[0]) / (3 * len(system.body_kind) * system.kt_kj_mol)


def _end(session: Session, system: System, state: State, timestep_ps: float) -> State:
    session.restore(state)
    session.begin(_dynamics(system, "langevin", CONSERVATION_STEPS, timestep_ps))
    session.advance(CONSERVATION_STEPS)
    return session.sample().state


def _speed(n_cubes: int, gpu: int) -> Speed:
    system, state, timestep_ps = soft_crystal(n_cubes)
    rates = []
    for device, steps in ((None, max(20, TIMED_STEPS * 27 // n_cubes)), (gpu, TIMED_STEPS)):
        session = start_session("hoomd", system, gpu=device)
        session.restore(state)
        session.begin(_dynamics(system, "langevin", WARM_UP_STEPS + steps, timestep_ps))
        session.advance(WARM_UP_STEPS if device is not None else 10)
        began = time.perf_counter()
        session.advance(steps)
        session.sample()  # what was only handed to the device is done by then
        rates.append(steps / (time.perf_counter() - began))
        session.close()
    return Speed(n_cubes=n_cubes, cpu_steps_per_s=rates[0], gpu_steps_per_s=rates[1])
