"""``superlattice run``: from the study file to the report."""

from __future__ import annotations

import argparse
from typing import Any

from superlattice.commands.options import arguments, one_study


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = one_study.add_simulated(
        subparsers, "run", help="all of it for one study: predict, simulate, analyse, compare, write report.html"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Run the study, or go on where it stopped, or say that it is done."""
    from superlattice.pipeline.run import run_study
    from superlattice.progress import reporter
    from superlattice.study.study import load_study

    study = load_study(args.study)
    with reporter(quiet=args.json) as report:
        result = run_study(study, args.out, how=arguments.how(args), progress=report)
    arguments.show(args, result.to_dict(), result.summary())
