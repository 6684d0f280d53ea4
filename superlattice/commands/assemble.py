"""``superlattice assemble``: the simulation alone."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from superlattice.commands import arguments


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser("assemble", help="simulate the assembly (trajectory.gsd, log.h5)")
    arguments.add_study(parser)
    parser.add_argument("--out", type=Path, default=Path("runs"), metavar="DIR", help="folder for runs (default runs/)")
    arguments.add_engine(parser)
    arguments.add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Simulate every variant of the study."""
    from superlattice.progress import reporter
    from superlattice.simulation import simulate_study
    from superlattice.study import load_study

    study = load_study(args.study)
    with reporter(quiet=args.json) as report:
        results = simulate_study(
            study,
            args.out,
            engine=args.engine,
            ranks=args.ranks,
            gpu=args.gpu,
            walltime_hours=args.walltime_hours,
            progress=report,
        )
    data = {name: r.to_dict() for name, r in results.items()}
    text = "\n\n".join((f"== {name} ==\n" if name else "") + r.summary() for name, r in results.items())
    arguments.show(args, data.get("", data), text)
