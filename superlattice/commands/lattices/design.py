"""``superlattice design``: asked backwards, which ligand, coverage and size give what is wanted."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from superlattice.commands.options import arguments


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = arguments.add_command(
        subparsers,
        "design",
        help="which ligand, coverage and size give the spacing or the lattice that is wanted?",
        more="Designs with the probability of a hit, what it hangs on, what would prove it wrong, and a study.",
    )
    parser.add_argument(
        "target", type=Path, metavar="TARGET", help="target file (TOML): what is wanted, and what is free"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="write a study file for each design there")
    parser.add_argument(
        "--best", type=arguments.positive_int, default=12, metavar="N", help="how many designs at most (default 12)"
    )
    arguments.add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Print the designs, and write their studies where asked to."""
    from superlattice.inverse.answering import design

    answer = design(args.target, n_best=args.best)
    written = answer.write_studies(args.out) if args.out else []
    data = answer.to_dict() | {"studies": [str(path) for path in written]}
    text = answer.summary() + "".join(f"\nwritten: {path}" for path in written)
    arguments.show(args, data, text)
