"""``superlattice measure tem|saxs|pattern|xrd``: numbers with uncertainties from measured files, one or many."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from superlattice.commands.options import arguments, measuring

MORE = (
    "Of several files (a folder stands for those in it) the answer is a table, a row a file, with mean and spread; a "
    "file that cannot be measured is a row with its reason, and the exit status is 2 after the others were measured."
)


def add(subparsers: Any) -> None:
    """Add the command with its four kinds of file, and `again` for a session."""
    parser = arguments.add_command(
        subparsers,
        "measure",
        help="lattice and spacing, with uncertainties, from measured files (tem, saxs, pattern, xrd)",
    )
    kinds = parser.add_subparsers(dest="kind", metavar="KIND", required=True, parser_class=type(parser))
    _add_tem(kinds)
    _add_saxs(kinds)
    _add_pattern(kinds)
    _add_xrd(kinds)
    _add_again(kinds)


def _add_tem(kinds: Any) -> None:
    parser = arguments.add_command(kinds, "tem", help="micrographs: lattice, spacing, grains, particles", more=MORE)
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="IMAGE", help="TIFF, PNG, DM3/DM4, MRC, SER or EMD files, or folders"
    )
    parser.add_argument(
        "--px-per-nm", type=arguments.positive_float, metavar="X", help="scale, if the file has none [pixels per nm]"
    )
    parser.add_argument(
        "--scale-bar-nm",
        type=arguments.positive_float,
        metavar="L",
        help="number beside a scale bar in the picture [nm]",
    )
    parser.add_argument(
        "--scale-error",
        type=arguments.fraction,
        metavar="E",
        help="relative standard uncertainty of the scale, 0.01 for 1 %% (default: what the file or the bar says)",
    )
    parser.add_argument("--crop", type=arguments.crop, metavar="R0:R1,C0:C1", help="rows and columns to use [pixels]")
    parser.add_argument(
        "--region",
        type=measuring.region,
        metavar="X,Y;X,Y;X,Y",
        help="corners of a polygon to use, columns and rows from the upper left [pixels]",
    )
    measuring.add_output(parser)
    parser.set_defaults(run=run_tem)


def _add_saxs(kinds: Any) -> None:
    parser = arguments.add_command(
        kinds, "saxs", help="small-angle curves: phase, lattice parameter, particles, disorder", more=MORE
    )
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="CURVE", help="text with columns, canSAS XML or NXcanSAS, or folders"
    )
    parser.add_argument("--q-unit", choices=["1/angstrom", "1/nm"], help="unit of q, if the file does not say")
    measuring.add_range(parser)
    parser.add_argument(
        "--resolution",
        type=arguments.positive_float,
        metavar="S",
        help="standard deviation of the instrument's resolution [1/nm]",
    )
    parser.add_argument(
        "--phase", metavar="NAME", help="lattice that is given instead of found (none: particles alone)"
    )
    parser.add_argument("--shape", choices=["sphere", "cube"], help="shape that is given instead of found")
    parser.add_argument(
        "--background", metavar="A,B", help="what the curve may hold beside its lattice: constant, porod, "
        "inverse_square, slope, free_particles (default: all)",
    )  # fmt: skip
    parser.add_argument("--ideal-powder", action="store_true", help="peak areas are those of grains at random")
    measuring.add_numbers(parser, "nearest_nm, size_nm, size_spread, c_over_a, displacement, paracrystal, ...")
    measuring.add_output(parser)
    parser.set_defaults(run=run_saxs)


def _add_pattern(kinds: Any) -> None:
    parser = arguments.add_command(
        kinds, "pattern", help="detector frames: spots or rings, mosaic spread, lattice", more=MORE
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FRAME", help="EDF, CBF, TIFF or HDF5 files, or folders")
    parser.add_argument(
        "--geometry",
        type=Path,
        required=True,
        metavar="FILE",
        help="PONI file, or TOML with distance_mm, pixel_mm, beam_x_px, beam_y_px, wavelength_nm[, incidence_deg]",
    )
    parser.add_argument(
        "--incidence-deg", type=float, metavar="A", help="angle of incidence [degrees], for a PONI file"
    )
    parser.add_argument(
        "--mask", type=Path, metavar="FILE", help="image of the frame's shape, not zero where pixels are left out"
    )
    measuring.add_output(parser)
    parser.set_defaults(run=run_pattern)


def _add_xrd(kinds: Any) -> None:
    parser = arguments.add_command(
        kinds, "xrd", help="multilayer fringes: period, gap, their fluctuation, layers, planes", more=MORE
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="CURVE", help="text with columns, or folders")
    parser.add_argument(
        "--q-unit", choices=["1/angstrom", "1/nm", "two_theta_deg"], help="what the first column is, never guessed"
    )
    parser.add_argument(
        "--wavelength-nm", type=arguments.positive_float, metavar="W", help="for two_theta_deg and --lorentz [nm]"
    )
    parser.add_argument("--material", metavar="ABX3", default="CsPbBr3", help="perovskite (default CsPbBr3)")
    parser.add_argument(
        "--termination", metavar="PLANE", help="outermost plane, AX, BX2 or its formula (default: both are tried)"
    )
    parser.add_argument(
        "--lorentz",
        action="store_true",
        help="the curve still has the Lorentz and polarisation factors of a diffractometer",
    )
    measuring.add_range(parser)
    parser.add_argument(
        "--resolution",
        type=arguments.positive_float,
        metavar="S",
        help="standard deviation of the instrument's resolution [1/nm]",
    )
    parser.add_argument(
        "--background", metavar="A,B", help="what the scan may hold beside its stack: constant, slope (default: both)"
    )
    measuring.add_numbers(parser, "period_nm, sigma_nm, n_layers, n_planes, plane_spacing_nm")
    measuring.add_output(parser)
    parser.set_defaults(run=run_xrd)


def _add_again(kinds: Any) -> None:
    parser = arguments.add_command(
        kinds, "again", help="a session file measured again: the same files with the same options"
    )
    parser.add_argument("session", type=Path, metavar="SESSION", help="session.toml that --save wrote, or its folder")
    measuring.add_output(parser)
    parser.set_defaults(run=measuring.run_again)


def run_tem(args: argparse.Namespace) -> int:
    """Measure micrographs; the exit status, a number."""
    # Only where it is given: the room has its own default.
    given: dict[str, Any] = {} if args.scale_error is None else {"scale_error_relative": args.scale_error}
    options = {
        "px_per_nm": args.px_per_nm,
        "scale_bar_nm": args.scale_bar_nm,
        "crop": args.crop,
        "region_px": args.region,
        **given,
    }
    return measuring.run_kind(args, options)


def run_saxs(args: argparse.Namespace) -> int:
    """Measure small-angle curves; the exit status, a number."""
    control = measuring.control(
        args,
        phase=args.phase,
        shape=args.shape,
        background=_words(args.background),
        ideal_powder=args.ideal_powder,
    )
    options = {"q_unit": args.q_unit, "q_range_inv_nm": args.q_range, "control": control}
    if args.resolution is not None:
        options["resolution_inv_nm"] = args.resolution
    return measuring.run_kind(args, options)


def run_pattern(args: argparse.Namespace) -> int:
    """Measure detector frames; the exit status, a number."""
    options = {"geometry": args.geometry, "incidence_deg": args.incidence_deg, "mask": args.mask}
    return measuring.run_kind(args, options)


def run_xrd(args: argparse.Namespace) -> int:
    """Measure multilayer fringes; the exit status, a number."""
    options = {
        "q_unit": args.q_unit,
        "wavelength_nm": args.wavelength_nm,
        "material": args.material,
        "lorentz": args.lorentz,
        "q_range_inv_nm": args.q_range,
        "termination": args.termination,
        "control": measuring.control(args, background=_words(args.background)),
    }
    if args.resolution is not None:
        options["resolution_inv_nm"] = args.resolution
    return measuring.run_kind(args, options)


def _words(text: str | None) -> tuple[str, ...] | None:
    """``A,B`` as words, None where nothing is given."""
    return tuple(word.strip() for word in text.split(",")) if text else None
