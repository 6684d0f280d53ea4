"""The steps in their order, each on the value of the one before: what is predicted, simulated, and seen in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from assembly.how import How
from assembly.run.result import AssemblyResult
from optics.fingerprints.result import Fingerprint
from superlattice.pictures.figures import new_figure, write_figure
from superlattice.progress import Reporter
from superlattice.steps.analysis import Analysis, analyze_frames
from superlattice.steps.light import optics_variant
from superlattice.steps.prediction import PredictedPart, predict_parts
from superlattice.steps.simulation import simulate_part
from superlattice.study.study import Study

VERDICT = "verdict.png"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(PredictedPart):
    """One ligand's share of a study: what was predicted, simulated and seen, and its light where ``[optics]`` asks."""

    assembly: AssemblyResult
    analysis: Analysis
    light: Fingerprint | None = None

    def figures(self) -> list[tuple[Path, str]]:
        """Pictures of the simulation and their captions, the one that shows what the ligand does first."""
        folder = self.folder / "figures"
        why = (
            [(folder / VERDICT, f"What the ligand does. {self.assembly.verdict['sentence']}.")]
            if self.assembly.verdict
            else []
        )
        return [*why, *self.analysis.figures(folder)]

    @property
    def warnings(self) -> tuple[str, ...]:
        """Everything a reader must know."""
        return (*self.prediction.warnings, *self.assembly.warnings, *self.analysis.warnings)


def run_parts(study: Study, folder: Path, *, how: How, progress: Reporter) -> tuple[Part, ...]:
    """Predict all parts of a study, then simulate and analyse one after the other.

    Parameters
    ----------
    study
        With or without an exchange.
    folder
        Its run directory.
    how
        On what to simulate.
    progress
        Called with a label, and an event of the simulation or None.

    Raises
    ------
    InputError
        If the study or the folder cannot be used.
    RunStopped
        If the simulation stopped early; the same call goes on.
    """
    return tuple(_answered(part, how, progress) for part in predict_parts(study, folder, progress))


def _answered(part: PredictedPart, how: How, progress: Reporter) -> Part:
    assembly = simulate_part(part.name, part.study, part.folder, how=how, progress=progress)
    progress(f"{part.label}measuring order, lattice, diffraction and TEM of the simulated crystal", None)
    analysis = analyze_frames(
        assembly.files.frames,
        part.study.structure,
        sampling_from=assembly.sampling_from_step,
        material=part.study.inside[0],
        cif=part.study.inside[1],
    )
    analysis.save_figures(part.folder / "figures")
    if assembly.verdict:
        figure = new_figure(12.5, 3.8)
        assembly.plot_verdict(figure.subplots(1, 3))
        write_figure(part.folder / "figures" / VERDICT, figure)
    return Part(
        name=part.name,
        study=part.study,
        folder=part.folder,
        prediction=part.prediction,
        data=part.data,
        assembly=assembly,
        analysis=analysis,
        light=optics_variant(part.study, analysis.final) if part.study.optics else None,
    )
