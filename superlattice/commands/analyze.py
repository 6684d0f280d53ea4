"""``superlattice analyze``: order, lattice and what the instruments would see, of a run or a file of configurations."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from superlattice.commands.options import arguments


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = arguments.add_command(
        subparsers,
        "analyze",
        help="order, lattice, SAXS and TEM of a run directory or a GSD file",
        more="LAMMPS dumps, XYZ and CIF files are read too; two-dimensional files are judged in their plane.",
    )
    parser.add_argument(
        "target", type=Path, metavar="RUN_OR_FILE", help="run directory, or GSD, LAMMPS dump, XYZ or CIF file"
    )
    parser.add_argument(
        "--shape",
        type=arguments.shape,
        action="append",
        default=[],
        metavar="[KIND=]SHAPE",
        help="core in nm of particles whose file has no shapes: cube:EDGE, cuboid:AxBxC or sphere:DIAMETER, once for "
        "all or for each kind (1=cube:8.6)",
    )
    parser.add_argument(
        "--unit-nm",
        type=arguments.positive_float,
        metavar="U",
        help="the file's unit of length in nm (default 1 for GSD, 0.1 for all others)",
    )
    parser.add_argument("--material", metavar="NAME", default="", help="material of a file's dots: adds diffraction")
    parser.add_argument("--cif", type=Path, metavar="FILE", help="atomic lattice of a file's dots, for the same")
    parser.add_argument("--figures", type=Path, metavar="DIR", help="write the figures there")
    arguments.add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Analyse the trajectory and print what was found."""
    from superlattice.steps.target import analyze_target

    analysis = analyze_target(
        args.target, shapes=dict(args.shape), unit_nm=args.unit_nm, material=args.material, cif=args.cif
    )
    if args.figures:
        analysis.save_figures(args.figures)
    arguments.show(args, analysis.to_dict(), analysis.summary())
