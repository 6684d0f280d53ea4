"""``superlattice contact``: what a contact of a study gains, and what is left of it in other poses."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from superlattice.commands.options import arguments


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = arguments.add_command(
        subparsers,
        "contact",
        help="the contact of two nanocrystals: depth, gap, and what a shift, a twist or a tilt leaves of it",
        more="By the pair energy of any pose, and by the beads that stand for it in simulations of the model soft; in "
        "the study's medium and dry.",
    )
    arguments.add_study(parser)
    parser.add_argument("--figures", type=Path, metavar="DIR", help="write the pictures there")
    parser.add_argument("--no-beads", action="store_true", help="leave out the beads of the model soft (faster)")
    arguments.add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Print the contacts of a study."""
    from superlattice.steps.contact import contact_study
    from superlattice.study.study import load_study

    result = contact_study(load_study(args.study), with_beads=not args.no_beads)
    if args.figures:
        result.save_figures(args.figures)
    arguments.show(args, result.to_dict(), result.summary())
