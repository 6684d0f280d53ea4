"""What is exported: particles at one moment, the forces between them then, and how they are to move."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assembly.engines.session import Dynamics
from assembly.run.archive import load
from assembly.run.run_files import CHECKPOINT, PLAN, TRAJECTORY, RunFiles
from assembly.system.potentials import Pairs, mix_pairs
from assembly.system.protocol import Plan, Stage
from assembly.system.state import State, initial_state
from packing.errors import InputError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Start:
    """Where an exported simulation begins.

    Parameters
    ----------
    plan
        System and force fields.
    state
        Positions and velocities of bodies and free particles.
    pairs
        Pair potentials at that moment.
    timestep_ps, kt_kj_mol, relaxation_ps, free_relaxation_ps
        Of the stage that the simulation was in.
    energy_scale
        Factor that is in all energies and in kT: deep contacts are simulated with both scaled down.
    words
        Where in the protocol that is.
    """

    plan: Plan
    state: State
    pairs: Pairs
    timestep_ps: float
    kt_kj_mol: float
    relaxation_ps: float
    free_relaxation_ps: float
    words: str
    energy_scale: float = 1.0

    def dynamics(self, n_steps: int) -> Dynamics:
        """Langevin dynamics of ``n_steps`` in this box at this temperature."""
        return Dynamics(
            ensemble="langevin",
            timestep_ps=self.timestep_ps,
            n_steps=n_steps,
            kt_start_kj_mol=self.kt_kj_mol,
            kt_end_kj_mol=self.kt_kj_mol,
            body_relaxation_ps=self.relaxation_ps,
            free_relaxation_ps=self.free_relaxation_ps,
            seed=self.plan.system.seed,
        )


def start_of_plan(plan: Plan) -> Start:
    """The first step of a plan: dispersed, in the first stage's force field.

    Raises
    ------
    InputError
        For hard shapes, which have no forces.
    """
    _require_forces(plan)
    first = next((stage for stage in plan.stages if stage.ensemble != "limit"), plan.stages[0])
    kt = plan.system.kt_kj_mol * plan.scales.get(first.potential_start, 1.0)
    state = initial_state(plan.system, np.random.default_rng(plan.system.seed), kt)
    return _start(plan, state, first, 0.0, f"before the stage {first.name!r}")


def start_of_run(folder: str | Path) -> Start:
    """Where a run is: its checkpoint, or the last frame of its trajectory when it is done (with new velocities).

    Parameters
    ----------
    folder
        Run directory, or the folder of one of its variants.

    Raises
    ------
    InputError
        If the folder holds no run, or one of hard shapes, or a finished one of particles with ligand chains, whose
        places a trajectory does not hold.
    """
    folder = Path(folder)
    variants = [name for name in ("before", "after") if (folder / name / PLAN).is_file()]
    if variants and not (folder / PLAN).is_file():
        raise InputError(f"{folder} holds the runs {' and '.join(variants)}. Give one of those folders.")
    plan = load(folder / PLAN)
    if not isinstance(plan, Plan):
        raise InputError(f"{folder / PLAN} is no plan of a simulation. Give a run directory.")
    _require_forces(plan)
    if (folder / CHECKPOINT).is_file():
        saved: dict[str, Any] = load(folder / CHECKPOINT)
        at = min(saved["progress"]["stage"], len(plan.stages) - 1)
        stage = plan.stages[at]
        part = saved["progress"]["stretch"] / stage.n_samples
        return _start(plan, saved["state"], stage, part, f"step {saved['state'].step}, stage {stage.name!r}")
    if len(plan.system.free_types):
        raise InputError(
            f"{folder}: the run is done, and its {TRAJECTORY} holds the nanocrystals without their ligand chains. "
            "Export its study, or a run that is not done."
        )
    last = RunFiles(folder).frames[-1]
    stage = plan.stages[-1]
    part = _start(plan, initial_state(plan.system, np.random.default_rng(0)), stage, 1.0, "")
    there = replace(plan.system, box=np.array(last.box), centres_nm=last.positions_nm, orientations=last.orientations)
    state = initial_state(there, np.random.default_rng(plan.system.seed), part.kt_kj_mol)
    return replace(part, state=replace(state, step=last.step), words=f"step {last.step}, the end of the run")


def _start(plan: Plan, state: State, stage: Stage, part: float, words: str) -> Start:
    pairs = mix_pairs(plan.potentials[stage.potential_start], plan.potentials[stage.potential_end], part)
    factor = float(np.interp(part, np.linspace(0, 1, len(stage.kt_factors)), stage.kt_factors))
    # Where all energies are scaled, the temperature is too: averages depend on their ratio alone.
    ends = (plan.scales.get(name, 1.0) for name in (stage.potential_start, stage.potential_end))
    scale = float(np.interp(part, [0, 1], list(ends)))
    return Start(
        plan=plan,
        state=_in_single_precision(state),
        pairs=pairs,
        timestep_ps=stage.timestep_ps,
        kt_kj_mol=plan.system.kt_kj_mol * factor * scale,
        relaxation_ps=stage.relaxation_ps,
        free_relaxation_ps=stage.free_relaxation_ps,
        words=words,
        energy_scale=scale,
    )


def _in_single_precision(state: State) -> State:
    """The state as a GSD file can hold it, so that both engines start from the same one."""

    def rounded(x: FloatArray) -> FloatArray:
        return np.asarray(x, dtype=np.float32).astype(np.float64)

    turned = rounded(state.orientations)
    return replace(
        state,
        box=rounded(state.box),
        centres_nm=rounded(state.centres_nm),
        orientations=turned / np.linalg.norm(turned, axis=1, keepdims=True),
        free_positions_nm=rounded(state.free_positions_nm),
    )


def _require_forces(plan: Plan) -> None:
    if plan.system.hard_bodies:
        raise InputError(
            "export: hard-cube is a Monte Carlo simulation of hard shapes, which have no forces to write down. "
            "Use a study with another model."
        )
