"""What all parts of a study say together: compared, written as data, and then as a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from superlattice.comparison.sides import Comparison, compare
from superlattice.comparison.spacings import side_of
from superlattice.files import write_json, write_text
from superlattice.pipeline.report import write_report
from superlattice.provenance import provenance
from superlattice.steps.part import Part
from superlattice.study.study import Study


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


def write_answer(
    folder: Path, study: Study, parts: Sequence[Part], stable: Mapping[str, dict[str, Any]] | None = None
) -> RunResult:
    """Compare the parts and write ``results.json``, ``provenance.json``, the figures, ``report.html`` and ``done``.

    ``stable`` is what ``[stability]`` asked for, by the name of the part.

    Raises
    ------
    InputError
        If a measured file cannot be used, or the folder not be written.
    """
    comparison = compare(study, [side_of(part) for part in parts])
    results = _results(study, parts, comparison, stable or {})
    write_json(folder / "results.json", results)
    about = provenance(study.study_id, study.assembly.seed, [part.assembly.engine_info() for part in parts])
    write_json(folder / "provenance.json", about)
    comparison.save_figures(folder / "figures")
    write_report(folder, study, parts, comparison, results["warnings"], about, stable or {})
    write_text(folder / "done", study.full_hash + "\n")
    return RunResult(folder=folder, results=results, was_done=False)


def _results(
    study: Study, parts: Sequence[Part], comparison: Comparison, stable: Mapping[str, dict[str, Any]]
) -> dict[str, Any]:
    """The content of ``results.json``."""
    warnings = [f"{part.label}{warning}" for part in parts for warning in part.warnings]
    return {
        "study_id": study.study_id,
        "title": study.title,
        "parts": {
            part.key: {
                "prediction": part.data,
                "assembly": part.assembly.to_dict(),
                "analysis": part.analysis.to_dict(),
            }
            | ({"optics": part.light.to_dict()} if part.light else {})
            | ({"stability": stable[part.name]} if part.name in stable else {})
            for part in parts
        },
        "comparison": comparison.to_dict(),
        "warnings": list(dict.fromkeys([*warnings, *comparison.warnings])),
    }
