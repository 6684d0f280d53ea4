"""``superlattice assemble``: the simulation alone."""

from __future__ import annotations

import argparse
from typing import Any

from superlattice.commands.options import arguments, one_study


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = one_study.add_simulated(subparsers, "assemble", help="only simulate the assembly (trajectory.gsd, log.h5)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Simulate every variant of the study."""
    from superlattice.progress import reporter
    from superlattice.steps.simulation import simulate_study
    from superlattice.study.study import load_study

    study = load_study(args.study)
    with reporter(quiet=args.json) as report:
        results = simulate_study(study, args.out, how=arguments.how(args), progress=report)
    one_study.show_variants(args, results)
