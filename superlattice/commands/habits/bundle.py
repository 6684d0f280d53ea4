"""``superlattice bundle``: a run as an archive for a data repository."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from superlattice.commands.options import arguments


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = arguments.add_command(
        subparsers,
        "bundle",
        help="a finished run as a zip file for a data repository, described by an RO-Crate",
        more="It holds the run's files, measured files given with --data, and where everything comes from.",
    )
    parser.add_argument("target", type=Path, metavar="RUN", help="run directory")
    parser.add_argument("--out", type=Path, metavar="FILE", help="zip file (default: RUN.zip)")
    parser.add_argument("--data", type=Path, nargs="+", default=[], metavar="FILE", help="measured files to put in")
    parser.add_argument("--author", default="", metavar="NAME", help="who made it")
    parser.add_argument("--license", default="CC-BY-4.0", metavar="NAME", help="CC-BY-4.0 (default), CC0-1.0 or a URL")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Write the archive and say where it is."""
    from superlattice.sharing.bundle import bundle_run

    made = bundle_run(args.target, args.out, data=args.data, author=args.author, license=args.license)
    print(f"wrote {made} ({made.stat().st_size / 1e6:.1f} MB)")
