"""``superlattice measure tem|saxs|pattern|xrd``: numbers with uncertainties from measured files."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from superlattice.commands.options import arguments


def add(subparsers: Any) -> None:
    """Add the command with its four kinds of file."""
    parser = arguments.add_command(
        subparsers,
        "measure",
        help="lattice and spacing, with uncertainties, from a measured file (tem, saxs, pattern, xrd)",
    )
    kinds = parser.add_subparsers(dest="kind", metavar="KIND", required=True, parser_class=type(parser))
    _add_tem(kinds)
    _add_saxs(kinds)
    _add_pattern(kinds)
    _add_xrd(kinds)


def _add_tem(kinds: Any) -> None:
    parser = arguments.add_command(kinds, "tem", help="a micrograph: lattice, spacing, grains, particles")
    parser.add_argument("image", type=Path, metavar="IMAGE", help="TIFF, PNG, DM3/DM4, MRC, SER or EMD file")
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
    _add_output(parser)
    parser.set_defaults(run=run_tem)


def _add_saxs(kinds: Any) -> None:
    parser = arguments.add_command(
        kinds, "saxs", help="a small-angle curve: phase, lattice parameter, particles, disorder"
    )
    parser.add_argument("curve", type=Path, metavar="CURVE", help="text with columns, canSAS XML or NXcanSAS")
    parser.add_argument("--q-unit", choices=["1/angstrom", "1/nm"], help="unit of q, if the file does not say")
    parser.add_argument(
        "--q-range", type=_q_range, metavar="A:B", help="lowest and highest q to use [1/nm], such as 0.2:3"
    )
    _add_output(parser)
    parser.set_defaults(run=run_saxs)


def _q_range(text: str) -> tuple[float, float]:
    """``A:B`` as two numbers that rise."""
    try:
        low, high = (float(part) for part in text.split(":"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"must look like A:B in 1/nm, such as 0.2:3, got {text!r}") from None
    if not 0 <= low < high < float("inf"):
        raise argparse.ArgumentTypeError(f"must rise from zero or above, got {text!r}")
    return low, high


def _add_pattern(kinds: Any) -> None:
    parser = arguments.add_command(kinds, "pattern", help="a detector frame: spots or rings, mosaic spread, lattice")
    parser.add_argument("frame", type=Path, metavar="FRAME", help="EDF, CBF, TIFF or HDF5 file")
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
    _add_output(parser)
    parser.set_defaults(run=run_pattern)


def _add_xrd(kinds: Any) -> None:
    parser = arguments.add_command(
        kinds, "xrd", help="multilayer fringes: period, gap, their fluctuation, layers, planes"
    )
    parser.add_argument("curve", type=Path, metavar="CURVE", help="text with columns")
    parser.add_argument(
        "--q-unit", choices=["1/angstrom", "1/nm", "two_theta_deg"], help="what the first column is, never guessed"
    )
    parser.add_argument(
        "--wavelength-nm", type=arguments.positive_float, metavar="W", help="for two_theta_deg and --lorentz [nm]"
    )
    parser.add_argument("--material", metavar="ABX3", default="CsPbBr3", help="perovskite (default CsPbBr3)")
    parser.add_argument(
        "--lorentz",
        action="store_true",
        help="the curve still has the Lorentz and polarisation factors of a diffractometer",
    )
    _add_output(parser)
    parser.set_defaults(run=run_xrd)


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--save", type=Path, metavar="DIR", help="write the picture and the numbers there")
    arguments.add_json(parser)


def run_tem(args: argparse.Namespace) -> None:
    """Measure a micrograph."""
    from structure.micrographs.measure import measure_tem

    # Only where it is given: the room has its own default.
    given: dict[str, Any] = {} if args.scale_error is None else {"scale_error_relative": args.scale_error}
    measured = measure_tem(
        args.image, px_per_nm=args.px_per_nm, scale_bar_nm=args.scale_bar_nm, crop=args.crop, **given
    )
    _finish(args, measured)


def run_saxs(args: argparse.Namespace) -> None:
    """Measure a small-angle curve."""
    from structure.saxs_fit.measure import measure_saxs

    _finish(args, measure_saxs(args.curve, q_unit=args.q_unit, q_range_inv_nm=args.q_range))


def run_pattern(args: argparse.Namespace) -> None:
    """Measure a detector frame."""
    from structure.pattern_fit.measure import measure_pattern

    _finish(args, measure_pattern(args.frame, geometry=args.geometry, incidence_deg=args.incidence_deg, mask=args.mask))


def run_xrd(args: argparse.Namespace) -> None:
    """Measure multilayer fringes."""
    from structure.xrd_fit.measure import measure_xrd

    _finish(
        args,
        measure_xrd(
            args.curve,
            q_unit=args.q_unit,
            wavelength_nm=args.wavelength_nm,
            material=args.material,
            lorentz=args.lorentz,
        ),
    )


def _finish(args: argparse.Namespace, result: Any) -> None:
    if args.save:
        result.save(args.save)
    arguments.show(args, result.to_dict(), result.summary())
