"""``superlattice optics``: what light comes out of this superlattice."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from packing.errors import InputError
from superlattice.commands.options import arguments


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = arguments.add_command(
        subparsers,
        "optics",
        help="light of a superlattice: emission, red shift, thresholds, modes, collective emission",
        more="Every number is marked predicted, input or bound.",
    )
    parser.add_argument(
        "target",
        type=Path,
        nargs="?",
        metavar="STUDY_OR_RUN",
        help="study file (its predicted crystal) or run directory (its last frame)",
    )
    parser.add_argument("--figures", type=Path, metavar="DIR", help="write the figures there")
    parser.add_argument(
        "--papers", action="store_true", help="print the papers' optical statements beside the models, and nothing else"
    )
    arguments.add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Print the fingerprint.

    Raises
    ------
    InputError
        Without a target and without ``--papers``.
    """
    if args.papers:
        from optics.fingerprints.papers import paper_statements, papers_table

        if args.json:
            rows = [
                {"paper": s.paper, "says": s.says, "model": s.model, "verdict": s.verdict} for s in paper_statements()
            ]
            arguments.show(args, rows, "")
        else:
            arguments.show(args, None, papers_table())
        return
    if args.target is None:
        raise InputError("superlattice optics needs a study file or a run directory. Give one, or --papers.")
    from superlattice.steps.light import optics_target

    result = optics_target(args.target)
    if args.figures:
        result.figures(args.figures)
    arguments.show(args, result.to_dict(), result.summary())
