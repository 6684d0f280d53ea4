"""``superlattice run``: from the study file to the report."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from superlattice.commands import arguments


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser("run", help="predict, simulate, analyse, compare and write report.html")
    arguments.add_study(parser)
    parser.add_argument("--out", type=Path, default=Path("runs"), metavar="DIR", help="folder for runs (default runs/)")
    arguments.add_engine(parser)
    arguments.add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Run the study, or go on where it stopped, or say that it is done."""
    from superlattice.pipeline import run_study
    from superlattice.progress import reporter
    from superlattice.study import load_study

    study = load_study(args.study)
    with reporter(quiet=args.json) as report:
        result = run_study(
            study,
            args.out,
            engine=args.engine,
            ranks=args.ranks,
            gpu=args.gpu,
            walltime_hours=args.walltime_hours,
            progress=report,
        )
    arguments.show(args, result.to_dict(), result.summary())
