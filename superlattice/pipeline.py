"""A study in, a run directory out: predict, assemble, analyse, compare, report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import tomli_w

from assembly.result import AssemblyResult
from packing.prediction import Prediction
from superlattice.analysis import Analysis, analyze_trajectory
from superlattice.comparison import Comparison, compare
from superlattice.files import read_json, write_json, write_text
from superlattice.lock import locked
from superlattice.prediction import predict_study
from superlattice.provenance import provenance
from superlattice.simulation import Progress, run_folder, silent, simulate_part
from superlattice.spacings import Side
from superlattice.study import Study


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One ligand's share of a study: what was predicted, simulated and seen."""

    name: str
    study: Study
    folder: Path
    prediction: Prediction
    assembly: AssemblyResult
    analysis: Analysis

    @property
    def ligand(self) -> str:
        """The ligand as the study calls it."""
        return self.study.ligand.name or self.prediction.ligand_name

    @property
    def warnings(self) -> tuple[str, ...]:
        """Everything a reader must know."""
        return (*self.prediction.warnings, *self.assembly.warnings, *self.analysis.warnings)

    def side(self) -> Side:
        """What the comparison needs of it."""
        return Side(
            name=self.name,
            ligand=self.ligand,
            prediction=self.prediction,
            analysis=self.analysis,
            simulation_notes=self.assembly.warnings,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What a finished run says; ``results`` is the content of ``results.json``."""

    folder: Path
    results: dict[str, Any]
    was_done: bool

    def to_dict(self) -> dict[str, Any]:
        """The results, with where they are."""
        return {"folder": str(self.folder), "report": str(self.folder / "report.html"), **self.results}

    def summary(self) -> str:
        """The table a person wants first, and where the report is."""
        first = "already done (nothing was run again)" if self.was_done else "done"
        lines = [f"{self.results['title']}: {first}", "", self.results["comparison"]["text"]]
        lines += [f"warning: {w}" for w in self.results["warnings"]]
        return "\n".join([*lines, "", f"report: {self.folder / 'report.html'}"])


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
    from superlattice.report import write_report

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
