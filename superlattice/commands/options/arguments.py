"""Arguments that several commands share, with one wording."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from superlattice.files import to_json

if TYPE_CHECKING:
    from assembly.how import How
    from packing.shapes import Shape


def add_command(subparsers: Any, name: str, *, help: str, more: str = "") -> argparse.ArgumentParser:
    """A command whose own help begins with its line in the list of commands, and goes on with ``more``."""
    sentence = f"{help[0].upper()}{help[1:]}{'' if help.endswith('?') else '.'}"
    parser: argparse.ArgumentParser = subparsers.add_parser(name, help=help, description=f"{sentence} {more}".strip())
    return parser


def add_study(parser: argparse.ArgumentParser) -> None:
    """The study file."""
    parser.add_argument(
        "study", type=Path, metavar="STUDY", help="study file (TOML): nanocrystal, ligand and what to do"
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """Output for machines."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def add_engine(parser: argparse.ArgumentParser) -> None:
    """Where and on what to simulate."""
    parser.add_argument(
        "--engine",
        choices=["auto", "hoomd", "lammps"],
        help="engine, in place of the study's (auto: HOOMD where installed, else LAMMPS)",
    )
    parser.add_argument("--ranks", type=positive_int, default=1, metavar="N", help="MPI processes (default 1)")
    parser.add_argument("--gpu", type=int, metavar="I", help="number of the GPU, from 0 (HOOMD only)")
    parser.add_argument(
        "--walltime-hours", type=positive_float, metavar="H", help="write a checkpoint and stop (exit 3) after H hours"
    )


def how(args: argparse.Namespace) -> How:
    """What `add_engine` was given; more ranks than cores are warned about, but where it is for other machines."""
    from assembly.how import How

    if not getattr(args, "emit", None):
        warn_of_cores(args.ranks)
    return How(engine=args.engine, ranks=args.ranks, gpu=args.gpu, walltime_hours=args.walltime_hours)


def warn_of_cores(n_processes: int) -> None:
    """Say on stderr that so many processes have fewer cores.

    Parameters
    ----------
    n_processes
        Number of processes that will compute at a time.
    """
    cores = cores_here()
    if n_processes > cores:
        print(
            f"warning: {n_processes} processes share {cores} core{'s' * (cores > 1)} here. MPI ranks wait for each "
            "other without sleeping: too many of them take many times as long.",
            file=sys.stderr,
        )


def cores_here() -> int:
    """Number of cores that this process may use: on a cluster those of the job, not of the node."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


def show(args: argparse.Namespace, data: Any, text: str) -> None:
    """Print ``data`` as JSON if asked for, else ``text``."""
    print(to_json(data) if args.json else text)


def positive_int(text: str) -> int:
    """A whole number above zero."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {value}")
    return value


def count(text: str) -> int:
    """A whole number of at least zero."""
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"must be at least 0, got {value}")
    return value


def positive_float(text: str) -> float:
    """A finite number above zero."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be positive, got {text}")
    return value


def shape(text: str) -> tuple[str, Shape]:
    """``cube:8.6``, ``cuboid:8x8x4`` or ``sphere:5`` [nm], of one kind as ``NAME=cube:8.6``: kind and core."""
    from packing.errors import InputError
    from packing.shapes import Cuboid, Sphere, cube

    name, _, rest = text.rpartition("=")
    kind, _, sizes = rest.partition(":")
    try:
        numbers = [float(size) for size in sizes.split("x")]
        if kind == "cube" and len(numbers) == 1:
            return name, cube(numbers[0])
        if kind == "sphere" and len(numbers) == 1:
            return name, Sphere(diameter_nm=numbers[0])
        if kind == "cuboid" and len(numbers) == 3:
            return name, Cuboid(edges_nm=(numbers[0], numbers[1], numbers[2]))
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error).rstrip(".")) from None
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"must be cube:EDGE, cuboid:AxBxC or sphere:DIAMETER in nm, got {text!r}")


def fraction(text: str) -> float:
    """A number of at least zero and below one half."""
    value = float(text)
    if not 0 <= value < 0.5:
        raise argparse.ArgumentTypeError(f"must be a fraction below 0.5 (0.01 is 1 %), got {text}")
    return value


def crop(text: str) -> tuple[int, int, int, int]:
    """``R0:R1,C0:C1`` as four whole numbers.

    Returns
    -------
    tuple of int
        First and last row, first and last column: indices of pixels.
    """
    try:
        (r0, r1), (c0, c1) = (tuple(int(x) for x in part.split(":")) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"must look like R0:R1,C0:C1 in pixels, got {text!r}") from None
    return r0, r1, c0, c1
