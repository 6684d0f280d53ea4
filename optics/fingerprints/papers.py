"""The optical statements of the four papers: paper, model, verdict."""

from __future__ import annotations

from optics.fingerprints.papers_crystals import STATEMENTS_ON_CRYSTALS
from optics.fingerprints.papers_dots import STATEMENTS_ON_DOTS
from optics.fingerprints.statement import Statement


def paper_statements() -> tuple[Statement, ...]:
    """Every optical statement, its numbers computed now; some ten seconds.

    Verdicts that hang on a number are drawn from it: they change when the models do.
    """
    return tuple(make() for make in STATEMENTS_ON_DOTS + STATEMENTS_ON_CRYSTALS)


def papers_table() -> str:
    """The statements as a table in Markdown."""
    lines = ["| paper | statement | model | verdict |", "|---|---|---|---|"]
    lines += [f"| {s.paper} | {s.says} | {s.model} | {s.verdict} |" for s in paper_statements()]
    return "\n".join(lines)
