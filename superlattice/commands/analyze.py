"""``superlattice analyze``: order, lattice and what the instruments would see, of a run or any GSD file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from superlattice.commands import arguments


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = arguments.add_command(
        subparsers, "analyze", help="order, lattice, SAXS and TEM of a run directory or a GSD file"
    )
    parser.add_argument("target", type=Path, metavar="RUN_OR_GSD", help="run directory or GSD trajectory")
    parser.add_argument("--figures", type=Path, metavar="DIR", help="write the figures there")
    arguments.add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Analyse the trajectory and print what was found."""
    from superlattice.steps.analysis import analyze_target

    analysis = analyze_target(args.target)
    if args.figures:
        analysis.save_figures(args.figures)
    arguments.show(args, analysis.to_dict(), analysis.summary())
