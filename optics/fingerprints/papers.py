"""The optical statements of the four papers: paper, model, verdict."""

from __future__ import annotations

from optics.fingerprints.papers_crystals import STATEMENTS_ON_CRYSTALS
from optics.fingerprints.papers_dots import STATEMENTS_ON_DOTS
from optics.fingerprints.statement import PAPERS, Statement
from packing.checks import require_known


def paper_statements(paper: str | None = None) -> tuple[Statement, ...]:
    """The papers' optical statements, their numbers computed now; all of them take some ten seconds.

    Verdicts that hang on a number are drawn from it: they change when the models do.

    Parameters
    ----------
    paper
        A key of `optics.fingerprints.statement.PAPERS`; None for all.

    Raises
    ------
    InputError
        For an unknown paper.

    Examples
    --------
    >>> [statement.verdict for statement in paper_statements("P4")][1:3]
    ['not reproduced: 7 nm is the diameter in the literature', 'erratum: microjoules']
    """
    if paper is not None:
        require_known("paper", paper, PAPERS)
    makers = STATEMENTS_ON_DOTS + STATEMENTS_ON_CRYSTALS
    return tuple(make() for of, make in makers if paper in (None, of))


def papers_table(paper: str | None = None) -> str:
    """The statements as a table in Markdown.

    Examples
    --------
    >>> papers_table("P4").splitlines()[0]
    '| paper | statement | model | verdict |'
    """
    lines = ["| paper | statement | model | verdict |", "|---|---|---|---|"]
    lines += [f"| {s.paper} | {s.says} | {s.model} | {s.verdict} |" for s in paper_statements(paper)]
    return "\n".join(lines)
