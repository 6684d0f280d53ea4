"""``superlattice lattice``: the densest packing of one crystal template."""

from __future__ import annotations

import argparse
from typing import Any

from superlattice.commands.options import arguments


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = arguments.add_command(
        subparsers, "lattice", help="densest packing of two sizes of particles on one binary lattice"
    )
    parser.add_argument("name", metavar="NAME", help="NaCl, CsCl, AlB2, ABO3, ... (a wrong name lists all)")
    parser.add_argument(
        "--gamma", type=float, required=True, metavar="G", help="size of B over size of A, both with their ligands"
    )
    parser.add_argument(
        "--model",
        choices=["hs", "otm"],
        default="hs",
        help="hs: hard particles; otm: soft shells by the orbifold topological model (default hs)",
    )
    parser.add_argument("--b-shape", choices=["sphere", "cube"], default="sphere", help="shape of B (default sphere)")
    arguments.add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Print the packing."""
    from packing.ranking.one_lattice import lattice_report

    report = lattice_report(args.name, args.gamma, model=args.model, b_shape=args.b_shape)
    arguments.show(args, report.to_dict(), report.summary())
