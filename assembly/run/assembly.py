"""`assemble`: one call from a nanocrystal and its ligand to a simulated superlattice."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from assembly.engines import choose_engine
from assembly.how import How
from assembly.run.archive import save
from assembly.run.result import AssemblyResult
from assembly.run.run import ProgressEvent, run_worker
from assembly.run.run_files import (
    CHECKPOINT,
    LOG_UNITS,
    PLAN,
    SUMMARY,
    RunFiles,
    read_checkpoint,
    run_hash,
    write_json,
)
from assembly.run.validation import check_plan
from assembly.run.verdict import order_warnings, verdict_of
from assembly.spec import AssemblySpec, Dispersion
from assembly.system.bodies import Population
from assembly.system.observables import axis_distances_nm
from assembly.system.protocol import Plan
from packing.errors import InputError
from packing.particles import Coating, Environment, Nanocrystal

SAMPLING_STAGE = "sample"


def assemble(
    nanocrystal: Nanocrystal,
    coating: Coating,
    environment: Environment,
    spec: AssemblySpec,
    out_dir: str | Path,
    *,
    partner: Population | None = None,
    before: Dispersion | None = None,
    how: How | None = None,
    progress: Callable[[ProgressEvent], None] | None = None,
) -> AssemblyResult:
    """Simulate the assembly of coated nanocrystals, going on where an earlier call in the same folder stopped.

    Parameters
    ----------
    nanocrystal, coating, environment
        What assembles, with which ligand, in which medium; the superlattice is dry in the end.
    spec
        Model, number, seed, protocol and length.
    out_dir
        Run directory; made if missing. Gets ``trajectory.gsd``, ``log.h5`` and ``assembly.json``; while it runs a
        checkpoint.
    partner
        The second kind of a binary mixture and its number; ``spec.n_particles`` counts the first kind then.
    before
        What the nanocrystals are dispersed with before, for the protocols that destabilise a dispersion.
    how
        Engine, MPI ranks, GPU and wall time; by default HOOMD where it is importable, else LAMMPS, on one core.
    progress
        Called with a `ProgressEvent` about a hundred times in a run.

    Raises
    ------
    InputError
        If something cannot be used, the folder belongs to another run, or the simulation became unstable.
    MissingEngineError
        If no engine for the model is here.
    RunStopped
        After SIGINT, SIGTERM or the wall time; the same call goes on from the checkpoint.

    Examples
    --------
    What cannot be run is refused before anything is written:

    >>> from packing.matter.ligands import ligand
    >>> from packing.shapes import cube
    >>> dots = Nanocrystal(material="CsPbBr3", shape=cube(8.6))
    >>> oleate = Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0)
    >>> toluene, spec = Environment(medium="toluene"), AssemblySpec(model="hard-cube")
    >>> assemble(dots, oleate, toluene, spec, "runs", how=How(engine="lammps"))
    Traceback (most recent call last):
    packing.errors.InputError: engine: lammps cannot run the model 'hard-cube'. Use hoomd.

    A run of its first steps is shown at `run_plan`.
    """
    how = _on_an_engine(how or How(), spec.model)
    plan = build_plan(nanocrystal, coating, environment, spec, partner, before)
    return run_plan(plan, out_dir, how=how, progress=progress)


def run_plan(
    plan: Plan,
    out_dir: str | Path,
    *,
    how: How | None = None,
    progress: Callable[[ProgressEvent], None] | None = None,
) -> AssemblyResult:
    """Run a `Plan` in a folder; as `assemble`, for systems and stages of one's own.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from packing.matter.ligands import ligand
    >>> from packing.shapes import cube
    >>> dots = Nanocrystal(material="CsPbBr3", shape=cube(8.6))
    >>> oleate = Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0)
    >>> spec = AssemblySpec(n_particles=8, duration=0.001)
    >>> plan = build_plan(dots, oleate, Environment(medium="toluene"), spec)
    >>> with TemporaryDirectory() as folder:
    ...     result = run_plan(replace(plan, stages=plan.stages[:1]), folder, how=How(engine="lammps"))
    >>> result.n_particles, result.n_steps
    (8, 40)
    """
    how = how or How()
    if how.engine in (None, "auto"):
        how = _on_an_engine(how, plan.model)
    assert how.engine is not None
    folder = Path(out_dir)
    inputs_hash = run_hash(plan, how.engine)
    files = RunFiles(folder)
    done = _finished(folder, inputs_hash)
    if done is not None:
        return _result(files, plan, done, was_done=True)
    check_plan(plan)
    folder.mkdir(parents=True, exist_ok=True)
    save(folder / PLAN, plan)
    said = run_worker(folder, how, progress=progress)
    summary = {
        "inputs_hash": inputs_hash,
        "engine": said["engine"],
        "engine_version": said["version"],
        "engine_versions": said["engine_versions"],
        "device": said["device"],
        "steps_per_s": said["steps"] / max(said["seconds"], 1e-9),
        "seconds": said["seconds"],
        **_outcome(files, plan, said),
        "done": True,
    }
    write_json(folder / SUMMARY, summary)
    return _result(files, plan, summary, was_done=False)


def _on_an_engine(how: How, model: str) -> How:
    """The same with an engine that is there and runs the model."""
    return replace(how, engine=choose_engine(how.engine or "auto", model))


def build_plan(
    nanocrystal: Nanocrystal,
    coating: Coating,
    environment: Environment,
    spec: AssemblySpec,
    partner: Population | None = None,
    before: Dispersion | None = None,
) -> Plan:
    """The plan of a model, without running it.

    Parameters
    ----------
    nanocrystal, coating, environment, spec, partner, before
        As in `assemble`.

    Raises
    ------
    InputError
        If the model cannot take the nanocrystals.

    Examples
    --------
    >>> from packing.matter.ligands import ligand
    >>> from packing.shapes import cube
    >>> dots = Nanocrystal(material="CsPbBr3", shape=cube(8.6))
    >>> oleate = Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0)
    >>> plan = build_plan(dots, oleate, Environment(medium="toluene"), AssemblySpec(n_particles=27))
    >>> plan.model, len(plan.system.body_kind), plan.stages[-1].name
    ('soft', 27, 'sample')
    """
    plan = _plan(nanocrystal, coating, environment, spec, partner, before)
    return replace(plan, warnings=(*spec.notes, *plan.warnings)) if spec.notes else plan


def _plan(
    nanocrystal: Nanocrystal,
    coating: Coating,
    environment: Environment,
    spec: AssemblySpec,
    partner: Population | None,
    before: Dispersion | None,
) -> Plan:
    if spec.model == "soft":
        from assembly.models.soft.plan import plan_soft

        return plan_soft(nanocrystal, coating, environment, spec, partner, before)
    if spec.model == "explicit-ligand":
        from assembly.models.explicit_ligand_plan import plan_explicit_ligand

        return plan_explicit_ligand(nanocrystal, coating, environment, spec, partner)
    from assembly.models.hard_cube import plan_hard_cube

    return plan_hard_cube(nanocrystal, coating, environment, spec, partner)


def _finished(folder: Path, inputs_hash: str) -> dict[str, Any] | None:
    """The summary of a finished run of the same inputs; other runs in the folder are refused."""
    path = folder / SUMMARY
    if path.is_file():
        try:
            summary = json.loads(path.read_text())
        except json.JSONDecodeError as error:
            raise InputError(f"{path} is damaged ({error}). Move the run directory away and start again.") from error
        if summary.get("inputs_hash") != inputs_hash:
            raise InputError(f"{folder} holds the run of another study, seed or version. Give another output folder.")
        return dict(summary)
    read_checkpoint(folder, inputs_hash)
    return None


def _outcome(files: RunFiles, plan: Plan, said: dict[str, Any]) -> dict[str, Any]:
    """What the files of a run say, and what of it needs a warning; ``said`` is the worker's last record."""
    log = files.log
    rows = [{key: float(log[key][i]) for key in LOG_UNITS} for i in (0, -1)]
    # Stages may have been left out: where sampling began is in the log, not in the plan.
    sampling = max(i for i, s in enumerate(plan.stages) if s.name == SAMPLING_STAGE or i == 0)
    from_step = int(log["step"][log["stage"] < sampling].max(initial=0)) + 1
    period = plan.periods_nm[plan.stages[-1].potential_end]
    distances = [
        axis_distances_nm(frame, plan.judged_spacing_nm(period, float(np.prod(frame.box[:3]))))
        for frame in files.frames
        if frame.step >= from_step and frame.box is not None
    ]
    means = [d.mean() for d in distances if len(d)]
    verdict = verdict_of(plan, files)
    return {
        "n_steps": int(rows[-1]["step"]),
        "time_ps": rows[-1]["time_ps"],
        "sampling_from_step": from_step,
        "period_nm": float(np.mean(means)) if means else None,
        "period_std_nm": float(np.std(means)) if means else None,
        "start": rows[0],
        "end": rows[-1],
        "details": json.loads(json.dumps(dict(plan.facts))),  # as it will be read back
        "verdict": verdict.to_dict() if verdict else None,
        "warnings": [*plan.warnings, *_run_warnings(said), *order_warnings(plan, verdict, rows[-1])],
    }


_FREE_CLUSTER = (
    "the crystal let go of its periodic images at zero pressure: the box was held, and the period is that of a free "
    "cluster. Use a longer duration, or another seed"
)


def _run_warnings(said: dict[str, Any]) -> list[str]:
    versions = said["engine_versions"]
    notes = [_FREE_CLUSTER] if said["is_free_cluster"] else []
    if len(versions) > 1:
        notes.append(
            f"begun with {said['engine']} {versions[0]} and gone on with {', then '.join(versions[1:])}: a run all by "
            "one version need not end the same. Start again in a new folder to be sure"
        )
    return notes


def _result(files: RunFiles, plan: Plan, summary: dict[str, Any], *, was_done: bool) -> AssemblyResult:
    (files.folder / CHECKPOINT).unlink(missing_ok=True)
    nan = float("nan")
    return AssemblyResult(
        files=files,
        model=plan.model,
        engine=summary["engine"],
        engine_version=summary["engine_version"],
        device=summary["device"],
        seed=plan.system.seed,
        n_particles=len(plan.system.body_kind),
        n_steps=summary["n_steps"],
        time_ps=summary["time_ps"],
        steps_per_s=summary["steps_per_s"],
        sampling_from_step=summary["sampling_from_step"],
        period_nm=summary["period_nm"] if summary["period_nm"] is not None else nan,
        period_std_nm=summary["period_std_nm"] if summary["period_std_nm"] is not None else nan,
        start=summary["start"],
        end=summary["end"],
        details=summary["details"],
        verdict=summary.get("verdict"),
        warnings=tuple(summary["warnings"]),
        was_done=was_done,
    )
