"""A study in, a run directory out: predict, assemble, analyse, compare, report."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import tomli_w

from assembly.run.result import AssemblyResult
from superlattice.comparison.sides import Comparison, compare
from superlattice.files import read_json, write_json, write_text
from superlattice.lock import locked
from superlattice.pipeline.part import Part, RunResult
from superlattice.pipeline.report import write_report
from superlattice.provenance import provenance
from superlattice.steps.analysis import analyze_trajectory
from superlattice.steps.prediction import predict_study
from superlattice.steps.simulation import Progress, run_folder, silent, simulate_part
from superlattice.study.study import Study


def run_study(
    study: Study,
    out: str | Path = "runs",
    *,
    engine: str | None = None,
    ranks: int = 1,
    gpu: int | None = None,
    walltime_hours: float | None = None,
    progress: Progress = silent,
) -> RunResult:
    """Answer a study, going on where an earlier call stopped.

    Parameters
    ----------
    study
        What to answer.
    out
        Folder for runs; this one gets ``out/<study id>``.
    engine
        Overrides the study's engine.
    ranks
        MPI ranks of the simulation.
    gpu
        GPU of the simulation (HOOMD).
    walltime_hours
        Stop with a checkpoint after this time.
    progress
        Called with a label and an event of the simulation, or None.

    Returns
    -------
    RunResult
        Its ``results`` are the content of ``results.json``.

    Raises
    ------
    InputError
        If the study or the folder cannot be used.
    RunStopped
        If the run stopped early; the same call resumes it.
    """
    folder = run_folder(study, out)
    with locked(folder):
        return run_in(
            folder, study, engine=engine, ranks=ranks, gpu=gpu, walltime_hours=walltime_hours, progress=progress
        )


def run_in(
    folder: Path,
    study: Study,
    *,
    engine: str | None = None,
    ranks: int = 1,
    gpu: int | None = None,
    walltime_hours: float | None = None,
    progress: Progress = silent,
) -> RunResult:
    """Answer a study in a folder of the caller's choice, who holds the folder's lock; else as `run_study`."""
    if _is_done(folder, study):
        return RunResult(folder=folder, results=read_json(folder / "results.json"), was_done=True)
    (folder / "done").unlink(missing_ok=True)
    write_text(folder / "study.toml", tomli_w.dumps(study.resolved()))
    simulate = partial(
        simulate_part, engine=engine, ranks=ranks, gpu=gpu, walltime_hours=walltime_hours, progress=progress
    )
    parts = [
        _run_part(name, variant, folder / name if name else folder, simulate, progress)
        for name, variant in study.variants().items()
    ]
    progress("comparing and writing the report", None)
    comparison = compare(study, [part.side() for part in parts])
    return _finish(folder, study, parts, comparison)


def _run_part(
    name: str, study: Study, folder: Path, simulate: Callable[[str, Study, Path], AssemblyResult], progress: Progress
) -> Part:
    label = f"{name}: " if name else ""
    prediction = predict_study(study)
    write_json(folder / "prediction.json", prediction.to_dict())
    progress(f"{label}predicted a period of {prediction.period_nm:.2f} nm", None)
    assembled = simulate(name, study, folder)
    progress(f"{label}measuring order, lattice, SAXS and TEM of the simulated crystal", None)
    analysis = analyze_trajectory(
        assembled.trajectory_path, study.structure, sampling_from=assembled.sampling_from_step
    )
    analysis.save_figures(folder / "figures")
    return Part(name=name, study=study, folder=folder, prediction=prediction, assembly=assembled, analysis=analysis)


def _is_done(folder: Path, study: Study) -> bool:
    marker = folder / "done"
    return marker.is_file() and marker.read_text().strip() == study.full_hash


def _finish(folder: Path, study: Study, parts: list[Part], comparison: Comparison) -> RunResult:
    warnings = [f"{part.name}: {warning}" if part.name else warning for part in parts for warning in part.warnings]
    warnings = list(dict.fromkeys([*warnings, *comparison.warnings]))
    results = {
        "study_id": study.study_id,
        "title": study.title,
        "parts": {
            part.name or "study": {
                "prediction": part.prediction.to_dict(),
                "assembly": part.assembly.to_dict(),
                "analysis": part.analysis.to_dict(),
            }
            for part in parts
        },
        "comparison": comparison.to_dict(),
        "warnings": warnings,
    }
    write_json(folder / "results.json", results)
    engines = [part.assembly.engine_info() for part in parts]
    about = provenance(study.study_id, study.assembly.seed, engines)
    write_json(folder / "provenance.json", about)
    comparison.save_figures(folder / "figures")
    write_report(folder, study, parts, comparison, warnings, about)
    write_text(folder / "done", study.full_hash + "\n")
    return RunResult(folder=folder, results=results, was_done=False)
