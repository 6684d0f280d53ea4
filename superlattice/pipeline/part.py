"""What a run of a study holds, part by part, and what a finished one says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assembly.run.result import AssemblyResult
from packing.prediction.prediction import Prediction
from superlattice.comparison.spacings import Side
from superlattice.steps.analysis import Analysis
from superlattice.study.study import Study


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
