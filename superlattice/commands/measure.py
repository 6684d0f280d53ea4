"""``superlattice measure tem|saxs|pattern|xrd``: numbers with uncertainties from measured files."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from superlattice.commands import arguments


def add(subparsers: Any) -> None:
    """Add the command with its four kinds of file."""
    parser = subparsers.add_parser("measure", help="lattice and spacing from a measured file")
    kinds = parser.add_subparsers(dest="kind", metavar="KIND", required=True, parser_class=type(parser))
    _add_tem(kinds)


def _add_tem(kinds: Any) -> None:
    parser = kinds.add_parser("tem", help="a micrograph: lattice, spacing, grains, particles")
    parser.add_argument("image", type=Path, metavar="IMAGE", help="TIFF, PNG, DM3/DM4, MRC, SER or EMD file")
    parser.add_argument("--px-per-nm", type=arguments.positive_float, metavar="X", help="scale [pixels per nm]")
    parser.add_argument(
        "--scale-bar-nm", type=arguments.positive_float, metavar="L", help="label of the burned-in scale bar [nm]"
    )
    parser.add_argument("--crop", type=arguments.crop, metavar="R0:R1,C0:C1", help="rows and columns to use")
    _add_output(parser)
    parser.set_defaults(run=run_tem)


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--save", type=Path, metavar="DIR", help="write the picture and the numbers there")
    arguments.add_json(parser)


def run_tem(args: argparse.Namespace) -> None:
    """Measure a micrograph."""
    from structure.measure_tem import measure_tem

    _finish(args, measure_tem(args.image, px_per_nm=args.px_per_nm, scale_bar_nm=args.scale_bar_nm, crop=args.crop))


def _finish(args: argparse.Namespace, result: Any) -> None:
    if args.save:
        result.save(args.save)
    arguments.show(args, result.to_dict(), result.summary())
