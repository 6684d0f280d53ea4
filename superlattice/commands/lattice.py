"""``superlattice lattice``: the densest packing of one crystal template."""

from __future__ import annotations

import argparse
from typing import Any

from superlattice.commands import arguments


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser("lattice", help="densest packing of one binary template at a size ratio")
    parser.add_argument("name", metavar="NAME", help="NaCl, CsCl, AlB2, ABO3, ...")
    parser.add_argument("--gamma", type=float, required=True, metavar="G", help="effective size ratio r_B / r_A")
    parser.add_argument("--model", choices=["hs", "otm"], default="hs", help="hard spheres or topological (default hs)")
    parser.add_argument("--b-shape", choices=["sphere", "cube"], default="sphere", help="shape of B (default sphere)")
    arguments.add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Print the packing."""
    from packing.lattice_report import lattice_report

    report = lattice_report(args.name, args.gamma, model=args.model, b_shape=args.b_shape)
    arguments.show(args, report.to_dict(), report.summary())
