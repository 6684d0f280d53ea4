"""The simulated half of a study: which run directory, and the call into assembly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import tomli_w

from assembly.engines import choose_engine
from assembly.export.start import start_of_plan, start_of_run
from assembly.export.writing import Exported, export_simulation
from assembly.how import How
from assembly.run.assembly import build_plan, run_plan
from assembly.run.cost import estimate_cost
from assembly.run.result import AssemblyResult
from assembly.run.run_files import SUMMARY
from assembly.spec import Dispersion
from assembly.system.bodies import Population
from assembly.system.protocol import Plan
from packing.errors import InputError
from superlattice.files import write_text
from superlattice.lock import locked
from superlattice.progress import Reporter, duration_text, silent
from superlattice.study.study import Study, load_study


def run_folder(study: Study, out: str | Path) -> Path:
    """The run directory of a study."""
    return Path(out) / study.study_id


def simulate_study(
    study: Study, out: str | Path, *, how: How | None = None, progress: Reporter = silent
) -> dict[str, AssemblyResult]:
    """Only the simulation of every variant of a study, in its run directory; see `superlattice.pipeline.run.run_study`.

    Parameters
    ----------
    study
        What to simulate.
    out
        Folder for runs; this one gets ``out/<study id>``.
    how, progress
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
            name: simulate_part(name, variant, folder / name, how=how or How(), progress=progress)
            for name, variant in study.variants().items()
        }


def simulate_part(name: str, study: Study, folder: Path, *, how: How, progress: Reporter) -> AssemblyResult:
    """Simulate one single-ligand study in its folder; an engine that is not asked for is the study's."""
    table = study.assembly
    how = replace(how, engine=choose_engine(how.engine or table.engine, table.build().model))
    plan = plan_study(study)
    if not (folder / SUMMARY).is_file():
        assert how.engine is not None
        cost = estimate_cost(plan, how.engine, ranks=how.ranks, gpu=how.gpu)
        needs = f"{duration_text(cost.seconds)} on free cores, {cost.memory_mb:.0f} MB"
        progress(f"{name} simulation, an estimate: {needs}".strip(), None)
    return run_plan(plan, folder, how=how, progress=lambda event: progress(f"simulating {name}".strip(), event))


def export_target(target: str | Path, out: str | Path, engine: str, variant: str | None = None) -> Exported:
    """A simulation as a script, a start file and tables that need an engine alone.

    Parameters
    ----------
    target
        Study file, whose dispersed start is written, or run directory: where the run is, or its last frame.
    out
        A new folder.
    engine
        ``"hoomd"`` or ``"lammps"``.
    variant
        ``"before"`` or ``"after"`` a ligand exchange.

    Raises
    ------
    InputError
        If there is nothing to export, or the folder is there.
    """
    path = Path(target)
    if path.is_dir():
        return export_simulation(start_of_run(path / variant if variant else path), out, engine)
    variants = load_study(path).variants()
    if variant and variant not in variants:
        raise InputError(f"variant: {path} has no ligand exchange, got {variant!r}. Leave it out.")
    if not variant and len(variants) > 1:
        raise InputError(f"variant: {path} has a ligand exchange. Say which side: {' or '.join(variants)}.")
    return export_simulation(start_of_plan(plan_study(variants[variant or ""])), out, engine)


def plan_study(study: Study) -> Plan:
    """System, force fields and stages of one single-ligand study, without running it.

    Raises
    ------
    InputError
        If the model cannot take the nanocrystals.
    """
    n_partner = round(study.partner.fraction * study.assembly.n_particles) if study.partner else 0
    return build_plan(
        study.nanocrystal.build(),
        study.ligand.build(),
        study.build_environment(),
        study.assembly.build(n_partner),
        _partner(study, n_partner),
        _dispersion(study),
    )


def _dispersion(study: Study) -> Dispersion | None:
    if study.before is None or not study.assembly.build().is_destabilised:
        return None
    return Dispersion(coating=study.before.ligand.build(), environment=study.before.build_environment())


def _partner(study: Study, n_partner: int) -> Population | None:
    if study.partner is None:
        return None
    return Population(nanocrystal=study.partner.build(), coating=study.partner.ligand.build(), n_particles=n_partner)
