"""The simulated half of a study: which run directory, and the call into assembly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import tomli_w

from assembly.run.assembly import assemble
from assembly.run.result import AssemblyResult
from assembly.spec import AssemblySpec
from assembly.system.bodies import Population
from superlattice.files import write_text
from superlattice.lock import locked
from superlattice.study.study import Study

Progress = Callable[[str, Any], None]


def silent(label: str, event: Any) -> None:
    """Report nothing."""


def run_folder(study: Study, out: str | Path) -> Path:
    """The run directory of a study."""
    return Path(out) / study.study_id


def simulate_study(
    study: Study,
    out: str | Path,
    *,
    engine: str | None = None,
    ranks: int = 1,
    gpu: int | None = None,
    walltime_hours: float | None = None,
    progress: Progress = silent,
) -> dict[str, AssemblyResult]:
    """Only the simulation of every variant of a study, in its run directory; see `superlattice.pipeline.run.run_study`.

    Parameters
    ----------
    study
        What to simulate.
    out
        Folder for runs; this one gets ``out/<study id>``.
    engine, ranks, gpu, walltime_hours, progress
        As for `superlattice.pipeline.run.run_study`.

    Returns
    -------
    dict of AssemblyResult
        By the name of the variant: ``""``, or ``"before"`` and ``"after"`` an exchange.

    Raises
    ------
    InputError
        If the study or the folder cannot be used.
    RunStopped
        If the run stopped early; the same call resumes it.
    """
    folder = run_folder(study, out)
    with locked(folder):
        write_text(folder / "study.toml", tomli_w.dumps(study.resolved()))
        return {
            name: simulate_part(
                name,
                variant,
                folder / name if name else folder,
                engine=engine,
                ranks=ranks,
                gpu=gpu,
                walltime_hours=walltime_hours,
                progress=progress,
            )
            for name, variant in study.variants().items()
        }


def simulate_part(
    name: str,
    study: Study,
    folder: Path,
    *,
    engine: str | None,
    ranks: int,
    gpu: int | None,
    walltime_hours: float | None,
    progress: Progress,
) -> AssemblyResult:
    """Simulate one single-ligand study in its folder."""
    table = study.assembly
    n_partner = round(study.partner.fraction * table.n_particles) if study.partner else 0
    spec = AssemblySpec(
        model=table.model,
        n_particles=table.n_particles - n_partner,
        seed=table.seed,
        protocol=table.protocol,
        depth_cap_kt=table.depth_cap_kt,
        duration=table.duration,
    )
    return assemble(
        study.nanocrystal.build(),
        study.ligand.build(),
        study.build_environment(),
        spec,
        folder,
        partner=_partner(study, n_partner),
        engine=engine or table.engine,
        ranks=ranks,
        gpu=gpu,
        walltime_hours=walltime_hours,
        progress=lambda event: progress(f"simulating {name}".strip(), event),
    )


def _partner(study: Study, n_partner: int) -> Population | None:
    if study.partner is None:
        return None
    return Population(nanocrystal=study.partner.build(), coating=study.partner.ligand.build(), n_particles=n_partner)
