"""``superlattice simulate KIND TARGET``: what an instrument would show of a run, a file or a predicted crystal."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from superlattice.commands.options import arguments

KINDS = {
    "saxs": "small angles: pattern along an axis of the superlattice, and powder curve",
    "waxs": "wide angles: reflections of the atoms inside the dots, turned with them",
    "xrd": "a film along its normal: atomic reflections with the fringes of the layers",
    "gisaxs": "grazing incidence on a film on a substrate, with refraction and reflection",
    "saed": "electron diffraction along a zone axis (kinematic)",
    "tem": "a micrograph along an axis",
}


def add(subparsers: Any) -> None:
    """Add the command with its kinds of instrument."""
    parser = arguments.add_command(
        subparsers,
        "simulate",
        help="what an instrument would show of a run, a file or a study's crystal (saxs, waxs, xrd, gisaxs, saed, tem)",
    )
    kinds = parser.add_subparsers(dest="kind", metavar="KIND", required=True, parser_class=type(parser))
    for kind, help_ in KINDS.items():
        one = arguments.add_command(kinds, kind, help=help_)
        _add_arguments(one, kind)
        one.set_defaults(run=run)


def _add_arguments(parser: argparse.ArgumentParser, kind: str) -> None:
    parser.add_argument(
        "target",
        type=Path,
        metavar="TARGET",
        help="run directory, GSD, LAMMPS dump, XYZ or CIF file, or study file (the crystal it predicts)",
    )
    parser.add_argument(
        "--frame", type=int, metavar="N", help="one frame, from 0, or -1 for the last (default: the end of the run)"
    )
    parser.add_argument(
        "--axis",
        type=_axis,
        metavar="U,V,W",
        help="direction of the superlattice along the "
        + ("film's normal" if kind in ("xrd", "gisaxs") else "beam")
        + " (default 0,0,1, or the study's)",
    )
    if kind == "tem":
        parser.add_argument(
            "--multislice", action="store_true", help="of the atoms in a small field, by many scattering events (abTEM)"
        )
    if kind != "saxs":
        parser.add_argument("--material", metavar="NAME", help="material of the dots, where the target does not say it")
        parser.add_argument(
            "--cif", type=Path, metavar="FILE", help="atomic lattice of the dots, axes along the body's"
        )
    parser.add_argument(
        "--instrument", type=Path, metavar="FILE", help="TOML file of the instrument (default: perfect)"
    )
    parser.add_argument(
        "--shape",
        type=arguments.shape,
        action="append",
        default=[],
        metavar="[KIND=]SHAPE",
        help="core in nm of particles whose file has no shapes, as for analyze",
    )
    parser.add_argument("--unit-nm", type=arguments.positive_float, metavar="U", help="the file's unit of length in nm")
    parser.add_argument(
        "--save",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="write a picture (.png), the curve (.csv, .nxs, .npz) or the frame (.edf, .tif, .h5); again for another",
    )
    arguments.add_json(parser)


def _axis(text: str) -> tuple[int, int, int]:
    """``U,V,W`` as three whole numbers that are not all zero."""
    try:
        u, v, w = (int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"must look like U,V,W, three whole numbers such as 0,0,1, got {text!r}"
        ) from None
    if not (u or v or w):
        raise argparse.ArgumentTypeError("must not be 0,0,0: that is no direction")
    return u, v, w


def run(args: argparse.Namespace) -> None:
    """Simulate, write the files and print what was found."""
    from superlattice.steps.simulate import simulate_target

    made = simulate_target(
        args.kind,
        args.target,
        frame=args.frame,
        axis=args.axis,
        material=getattr(args, "material", None),
        cif=getattr(args, "cif", None),
        instrument=args.instrument,
        shapes=dict(args.shape),
        unit_nm=args.unit_nm,
        multislice=getattr(args, "multislice", False),
    )
    for path in args.save:
        made.save(path)
    arguments.show(args, made.to_dict(), made.summary())
