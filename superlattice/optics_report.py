"""The report's section on light: a table of numbers with their standing, and one picture a quantity."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from superlattice.optics_step import OpticsResult, exchange_rows

TEXT = (
    "Every number says what it is worth: predicted from the configuration, input (measured or chosen by "
    "somebody), or bound (the "
    "real value lies on one side). There is no single coupling shift: the terms of the budget stand side by side."
)


def optics_tables(result: OpticsResult) -> list[dict[str, Any]]:
    """Tables for ``report.html``, in the form of `superlattice.report`: title, text, columns, rows, numbers."""
    tables: list[dict[str, Any]] = []
    for name, found in result.variants.items():
        notes = [result.origins[name], *found.warnings]
        verdict = found.coherence
        if verdict is not None:
            notes.insert(0, f"Do the dots cohere? {verdict.answer}: {verdict.reason}")
        tables.append(
            {
                "title": f"Light: {name}" if name else "Light",
                "text": " ".join([TEXT, *(f"{n[0].upper()}{n[1:].rstrip('.')}." for n in notes)]),
                "columns": ["quantity", "value", "from"],
                "rows": [list(row) for row in found.rows()],
                "numbers": set(),
            }
        )
    rows = exchange_rows(result.variants)
    if rows:
        tables.append(
            {
                "title": "Light before and after the exchange",
                "text": "",
                "columns": ["quantity", "before", "after"],
                "rows": [list(row) for row in rows],
                "numbers": set(),
            }
        )
    return tables


def optics_figure_group(result: OpticsResult, folder: Path) -> dict[str, Any]:
    """Write the pictures and return their group for ``report.html``."""
    return {
        "title": "Light",
        "figures": [
            {"data": base64.b64encode(path.read_bytes()).decode("ascii"), "alt": caption, "caption": caption}
            for path, caption in result.figures(folder)
        ],
    }
