"""What commands on one study share: its arguments, and how results are printed."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from superlattice.commands.options import arguments


def add_simulated(subparsers: Any, name: str, *, help: str) -> argparse.ArgumentParser:
    """A command that simulates a study in a run directory."""
    more = (
        "The same command goes on from the last checkpoint where a run was stopped, and repeats nothing that is done."
    )
    parser = arguments.add_command(subparsers, name, help=help, more=more)
    arguments.add_study(parser)
    parser.add_argument(
        "--out", type=Path, default=Path("runs"), metavar="DIR", help="folder of the run directories (default runs/)"
    )
    arguments.add_engine(parser)
    arguments.add_json(parser)
    return parser


def show_variants(
    args: argparse.Namespace, results: Mapping[str, Any], data: Mapping[str, dict[str, Any]] | None = None
) -> None:
    """Print the result of a study, or under their names those before and after an exchange.

    ``data`` is theirs as JSON where it is more than their own.
    """
    told = {name: result.to_dict() for name, result in results.items()} if data is None else dict(data)
    text = "\n\n".join((f"== {name} ==\n" if name else "") + result.summary() for name, result in results.items())
    arguments.show(args, told.get("", told), text)
