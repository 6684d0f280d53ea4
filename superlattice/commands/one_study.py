"""What commands on one study share: its arguments, the options of a simulation, and that a sweep is not one study."""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packing.errors import InputError
from superlattice.commands import arguments

if TYPE_CHECKING:
    from superlattice.study import Study


def add_simulated(subparsers: Any, name: str, *, help: str) -> argparse.ArgumentParser:
    """A command that simulates a study in a run directory."""
    parser: argparse.ArgumentParser = subparsers.add_parser(name, help=help)
    arguments.add_study(parser)
    parser.add_argument("--out", type=Path, default=Path("runs"), metavar="DIR", help="folder for runs (default runs/)")
    arguments.add_engine(parser)
    arguments.add_json(parser)
    return parser


def load(args: argparse.Namespace, *, instead: str) -> Study:
    """Read the study file of a command.

    Raises
    ------
    InputError
        If it cannot be used, or holds a sweep, which is many studies: ``instead`` is what to say to ``batch``.
    """
    from superlattice.study import load_study

    # Before the rest is checked: a study may leave out what its sweep gives.
    if _has_sweep(args.study):
        raise InputError(
            f"{args.study}: [sweep] makes it a campaign of many studies, and {args.command} takes one. "
            f"Use superlattice batch {args.study} {instead}, or remove [sweep]."
        )
    return load_study(args.study)


@contextmanager
def simulation_options(args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Keyword arguments of the calls that simulate, with a live progress."""
    from superlattice.progress import reporter

    with reporter(quiet=args.json) as report:
        yield {
            "engine": args.engine,
            "ranks": args.ranks,
            "gpu": args.gpu,
            "walltime_hours": args.walltime_hours,
            "progress": report,
        }


def show_variants(args: argparse.Namespace, results: Mapping[str, Any]) -> None:
    """Print the result of a study, or under their names those before and after an exchange."""
    data = {name: result.to_dict() for name, result in results.items()}
    text = "\n\n".join((f"== {name} ==\n" if name else "") + result.summary() for name, result in results.items())
    arguments.show(args, data.get("", data), text)


def _has_sweep(file: Path) -> bool:
    try:
        return "sweep" in tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False  # what is wrong with the file is said by `load_study`
