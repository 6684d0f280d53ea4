"""``superlattice compare``: a run or a study beside measured data."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from superlattice.commands.options import arguments


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = arguments.add_command(
        subparsers,
        "compare",
        help="prediction and simulation beside measured TEM, SAXS and XRD",
        more="Without --tem, --saxs and --xrd the files are those that the study names in [compare].",
    )
    parser.add_argument(
        "target", type=Path, metavar="RUN_OR_STUDY", help="run directory, or study file (not simulated)"
    )
    parser.add_argument("--tem", type=Path, metavar="IMAGE", help="micrograph")
    parser.add_argument(
        "--px-per-nm", type=arguments.positive_float, metavar="X", help="scale of the micrograph, if the file has none"
    )
    parser.add_argument("--crop", type=arguments.crop, metavar="R0:R1,C0:C1", help="rows and columns to use [pixels]")
    parser.add_argument("--saxs", type=Path, metavar="CURVE", help="small-angle curve")
    parser.add_argument("--q-unit", choices=["1/angstrom", "1/nm"], help="unit of q in the curve; goes with --saxs")
    parser.add_argument("--xrd", type=Path, metavar="CURVE", help="scan with the fringes of a multilayer")
    parser.add_argument(
        "--xrd-unit",
        choices=["1/angstrom", "1/nm", "two_theta_deg"],
        help="what the first column of the scan is, if the file does not say; goes with --xrd",
    )
    parser.add_argument(
        "--wavelength-nm", type=arguments.positive_float, metavar="W", help="of the scan, for two_theta_deg [nm]"
    )
    parser.add_argument("--save", type=Path, metavar="DIR", help="write the pictures and comparison.json there")
    arguments.add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Print the comparison."""
    from superlattice.files import write_json
    from superlattice.pipeline.target import compare_target

    result = compare_target(
        args.target,
        tem=args.tem,
        px_per_nm=args.px_per_nm,
        crop=args.crop,
        saxs=args.saxs,
        q_unit=args.q_unit,
        xrd=args.xrd,
        xrd_unit=args.xrd_unit,
        wavelength_nm=args.wavelength_nm,
    )
    if args.save:
        result.save_figures(args.save)
        write_json(args.save / "comparison.json", result.to_dict())
    arguments.show(args, result.to_dict(), result.summary())
