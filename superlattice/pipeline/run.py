"""A study in, a run directory out: its parts predicted, simulated and analysed, then the answer over all of them."""

from __future__ import annotations

from pathlib import Path

import tomli_w

from assembly.how import How
from superlattice.files import read_json, write_text
from superlattice.lock import locked
from superlattice.pipeline.answer import RunResult, write_answer
from superlattice.pipeline.winning import stability_parts
from superlattice.progress import Reporter, silent
from superlattice.steps.part import run_parts
from superlattice.steps.simulation import run_folder
from superlattice.study.study import Study


def run_study(
    study: Study, out: str | Path = "runs", *, how: How | None = None, progress: Reporter = silent
) -> RunResult:
    """Answer a study, going on where an earlier call stopped.

    Parameters
    ----------
    study
        What to answer.
    out
        Folder for runs; this one gets ``out/<study id>``.
    how
        Engine in place of the study's, MPI ranks, GPU and wall time of the simulation.
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
        return run_in(folder, study, how=how, progress=progress)


def run_in(folder: Path, study: Study, *, how: How | None = None, progress: Reporter = silent) -> RunResult:
    """Answer a study in a folder of the caller's choice, who holds the folder's lock; else as `run_study`."""
    if _is_done(folder, study):
        return RunResult(folder=folder, results=read_json(folder / "results.json"), was_done=True)
    (folder / "done").unlink(missing_ok=True)
    write_text(folder / "study.toml", tomli_w.dumps(study.resolved()))
    # Before the simulation: a candidate that cannot be is told at once.
    stable = stability_parts(study, folder, progress)
    parts = run_parts(study, folder, how=how or How(), progress=progress)
    progress("comparing and writing the report", None)
    return write_answer(folder, study, parts, {name: found.to_dict() for name, found in stable.items()})


def _is_done(folder: Path, study: Study) -> bool:
    marker = folder / "done"
    return marker.is_file() and marker.read_text().strip() == study.full_hash
