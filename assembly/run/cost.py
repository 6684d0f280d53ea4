"""How long a plan takes and how much memory it needs: an estimate from speeds measured on one core."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from assembly.system.protocol import Plan

CHECKPOINT_STRETCHES = 4
"""Stretches between two checkpoints, as in `assembly.run.driver`."""

# Steps per second on one core of a two-core cloud machine against the number of nanocrystals, with the number of
# particles that each has in the measured case; see docs/waiting.md and benchmarks/assembly_waiting.py.
_RATES: dict[tuple[str, str], tuple[float, dict[int, float]]] = {
    ("soft", "lammps"): (89.0, {60: 600}),
    ("soft", "hoomd"): (89.0, {60: 300}),
    ("hard-cube", "hoomd"): (1.0, {216: 270}),
    ("explicit-ligand", "lammps"): (1300.0, {8: 160}),
    ("explicit-ligand", "hoomd"): (1300.0, {8: 110}),
}
_RANK_EFFICIENCY = 0.8
"""Two ranks of LAMMPS ran 512 cubes 1.63 times as fast as one."""
_GPU_CORES, _GPU_LIMIT = 12.0, 5000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """An estimate: times of a whole run, of a stretch and between checkpoints [s]; memory of its process [MB]."""

    seconds: float
    stretch_s: float
    checkpoint_s: float
    memory_mb: float


def estimate_cost(plan: Plan, engine: str, *, ranks: int = 1, gpu: int | None = None) -> Cost:
    """Estimate what a plan costs on a free core; good to about a factor of two, and no promise.

    Parameters
    ----------
    plan
        From `assembly.run.assembly.build_plan`.
    engine
        ``"hoomd"`` or ``"lammps"``.
    ranks
        Number of MPI processes.
    gpu
        Number of the GPU; None for the processor. A GPU is taken as twelve cores, which nobody measured here.
    """
    rate = _steps_per_s(plan, engine)
    if gpu is not None:
        rate = min(_GPU_CORES * rate, _GPU_LIMIT)
    rate *= 1 + _RANK_EFFICIENCY * (ranks - 1)
    stages = [stage for stage in plan.stages if stage.skip_above_sc_fraction is None]
    stretch = max(stage.n_steps / stage.n_samples for stage in plan.stages) / rate
    return Cost(
        seconds=sum(stage.n_steps for stage in stages) / rate,
        stretch_s=stretch,
        checkpoint_s=CHECKPOINT_STRETCHES * stretch,
        memory_mb=memory_mb(n_particles(plan), engine) * ranks,
    )


def n_particles(plan: Plan) -> int:
    """Number of particles of a plan: centres, beads of bodies and free particles."""
    beads = np.array([len(kind.bead_types) for kind in plan.system.bodies], dtype=np.int64)
    return int(len(plan.system.body_kind) + beads[plan.system.body_kind].sum() + len(plan.system.free_types))


def memory_mb(n: int, engine: str) -> float:
    """Memory of the process that holds the engine [MB].

    Parameters
    ----------
    n
        Number of particles.
    engine
        ``"hoomd"`` or ``"lammps"``.
    """
    base, per_particle = _MEMORY[engine]
    return base + per_particle * n


_MEMORY = {"lammps": (115.0, 0.00125), "hoomd": (235.0, 0.0014)}
"""Largest resident size with 4, 29 and 233 thousand particles, on LAMMPS 2024.8.29 and HOOMD-blue 7.0.1 [MB]."""


def _steps_per_s(plan: Plan, engine: str) -> float:
    particles_each, rates = _RATES[plan.model, engine]
    n = n_particles(plan) / particles_each
    known = sorted(rates)
    if n <= known[0]:
        return rates[known[0]] * known[0] / n
    if n >= known[-1]:
        return rates[known[-1]] * known[-1] / n
    return math.exp(np.interp(math.log(n), np.log(known), np.log([rates[k] for k in known])))
