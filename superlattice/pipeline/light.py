"""The report's section on light: tables of numbers with their standing, and one picture a quantity."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from superlattice.page import PageFigures, PageTable, embedded_picture
from superlattice.steps.light import OpticsResult, exchange_rows
from superlattice.steps.part import Part

TEXT = (
    "Every number says what it is worth: predicted from the configuration, input (measured or chosen by somebody), or "
    "bound (the real value lies on one side). There is no single coupling shift: the terms of the budget stand side by "
    "side."
)


def light_tables(result: OpticsResult) -> list[PageTable]:
    """A table for each variant, and one of both sides of an exchange; none where there are no variants."""
    tables = []
    for name, found in result.variants.items():
        notes = [result.origins[name], *found.warnings]
        if found.coherence is not None:
            notes.insert(0, f"Do the dots cohere? {found.coherence.answer}: {found.coherence.reason}")
        tables.append(
            PageTable(
                title=f"Light: {name}" if name else "Light",
                text=" ".join([TEXT, *(f"{note[0].upper()}{note[1:].rstrip('.')}." for note in notes)]),
                columns=("quantity", "value", "from"),
                rows=tuple(tuple(row) for row in found.rows()),
            )
        )
    if rows := exchange_rows(result.variants):
        tables.append(
            PageTable(
                title="Light before and after the exchange",
                columns=("quantity", "before", "after"),
                rows=tuple(tuple(row) for row in rows),
            )
        )
    return tables


def light_figures(result: OpticsResult, folder: Path) -> list[PageFigures]:
    """Write the pictures to a folder and return their group; none where there are no variants."""
    if not result.variants:
        return []
    return [PageFigures(title="Light", figures=tuple(embedded_picture(*drawn) for drawn in result.figures(folder)))]


def light_result(parts: Sequence[Part]) -> OpticsResult:
    """The light of the parts that have one: those of a study with ``[optics]``."""
    lit = [part for part in parts if part.light is not None]
    return OpticsResult(
        variants={part.name: part.light for part in lit if part.light is not None},
        origins={part.name: f"last frame of the run, step {part.analysis.final.step}" for part in lit},
    )
