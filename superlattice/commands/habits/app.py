"""``superlattice app``: the page on this machine."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from superlattice.commands.options import arguments


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = arguments.add_command(
        subparsers,
        "app",
        help="a page on this machine: knobs and answers, measured files, runs, in your browser",
        more="It answers to this machine alone, and writes into the folder of the study file.",
    )
    parser.add_argument(
        "study", nargs="?", type=Path, default=Path("study.toml"), metavar="STUDY", help="study file (study.toml)"
    )
    parser.add_argument("--port", type=arguments.count, default=8080, metavar="N", help="port (8080; 0: a free one)")
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Serve the page until it is interrupted."""
    from superlattice.app.serving import serve

    serve(args.study, port=args.port, open_browser=not args.no_browser)
