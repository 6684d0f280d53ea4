"""``superlattice export``: a simulation as files that run without this package."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from superlattice.commands.options import arguments


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = arguments.add_command(
        subparsers,
        "export",
        help="a simulation as a script, a start file and tables that run without this package",
        more="From a study its dispersed start, from a run directory where the run is; with the same forces.",
    )
    parser.add_argument("target", type=Path, metavar="RUN_OR_STUDY", help="run directory or study file")
    parser.add_argument("--engine", choices=["hoomd", "lammps"], required=True, help="for which engine")
    parser.add_argument("--out", type=Path, metavar="DIR", help="new folder (default: export-ENGINE)")
    parser.add_argument(
        "--variant", choices=["before", "after"], help="which side of the ligand exchange, of a study that has one"
    )
    arguments.add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Write the files and say what they are."""
    from superlattice.steps.simulation import export_target

    made = export_target(args.target, args.out or Path(f"export-{args.engine}"), args.engine, args.variant)
    arguments.show(args, made.to_dict(), made.summary())
