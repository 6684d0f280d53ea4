"""``superlattice check gpu``: does a device compute what the processor does, and how fast?"""

from __future__ import annotations

import argparse
from typing import Any

from superlattice.commands.options import arguments


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = arguments.add_command(
        subparsers,
        "check",
        help="compare this machine's GPU with its processor: energies, a short run, steps per second",
        more="HOOMD-blue only; takes a few minutes. Exit status 1 if the GPU is not to be trusted.",
    )
    parser.add_argument("what", choices=["gpu"], metavar="gpu", help="what is checked")
    parser.add_argument("--gpu", type=arguments.count, default=0, metavar="I", help="number of the GPU (default 0)")
    parser.add_argument(
        "--cubes",
        type=arguments.positive_int,
        nargs="+",
        default=[64, 512, 4096],
        metavar="N",
        help="numbers of cubes whose speed is measured (default 64 512 4096)",
    )
    arguments.add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Check and print; exit with 1 where something is wrong.

    Returns
    -------
    int
        The exit status, a number.

    Raises
    ------
    InputError
        If there is no GPU, or a number of cubes makes no cube.
    """
    from assembly.run.gpu_check import check_gpu
    from packing.errors import InputError

    for n in args.cubes:
        if n < 27 or round(n ** (1 / 3)) ** 3 != n:
            raise InputError(f"--cubes must be cubes of whole numbers from 27 on, such as 64 or 512, got {n}.")
    found = check_gpu(args.gpu, sizes=tuple(args.cubes))
    arguments.show(args, found.to_dict(), found.summary())
    return 1 if found.problems else 0
