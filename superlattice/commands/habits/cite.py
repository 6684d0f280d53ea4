"""``superlattice cite``: what to cite."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from superlattice.commands.options import arguments


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = arguments.add_command(
        subparsers, "cite", help="what to cite: this package, and the programs that did the work of a run"
    )
    parser.add_argument(
        "target", nargs="?", type=Path, metavar="RUN", help="run directory (default: all that may be used)"
    )
    parser.add_argument("--bibtex", action="store_true", help="as BibTeX")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Print the list."""
    from superlattice.sharing.citations import works_to_cite

    works = works_to_cite(args.target)
    print("\n".join(work.bibtex() if args.bibtex else work.text() for work in works))
