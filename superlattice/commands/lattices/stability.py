"""``superlattice stability``: which candidate lattice of a study wins, against the separated pure crystals."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from superlattice.commands.options import arguments


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = arguments.add_command(
        subparsers,
        "stability",
        help="which candidate lattice is stable: relaxed energies, does it hold when warm, free energy of formation",
        more="In the medium at an osmotic pressure, or dry. The same command goes on where it was stopped.",
    )
    arguments.add_study(parser)
    parser.add_argument(
        "--out", type=Path, default=Path("runs"), metavar="DIR", help="folder of the run directories (default runs/)"
    )
    parser.add_argument(
        "--pressure", type=arguments.positive_float, metavar="P",
        help="osmotic pressure in kT/nm³ (default: that at which drying begins to squeeze shells)",
    )  # fmt: skip
    parser.add_argument("--dry", action="store_true", help="without a solvent, at no pressure: bounds for mixtures")
    parser.add_argument("--hold", action="store_true", help="run each candidate warm: does it keep its lattice?")
    parser.add_argument("--lowest", action="store_true", help="besides, down to which lower pressure does it hold?")
    parser.add_argument(
        "--free-energy", action="store_true", help="besides, the free energy of each that holds (minutes)"
    )
    parser.add_argument(
        "--bodies", type=arguments.positive_int, default=64, metavar="N", help="at most so many in a run (default 64)"
    )
    parser.add_argument("--figure", type=Path, metavar="PNG", help="draw the convex hull and the enthalpies there")
    arguments.add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Print the candidates, and draw them where asked to."""
    from superlattice.progress import reporter
    from superlattice.stability.answering import stability
    from superlattice.stability.candidates import FREE_ENERGY, HOLD, STATIC, Effort
    from superlattice.stability.exchanges import exchange_told
    from superlattice.study.study import load_study

    study = load_study(args.study)
    if study.exchange is not None:
        arguments.show(args, *exchange_told(study))
        return
    level = FREE_ENERGY if args.free_energy else HOLD if args.hold or args.lowest else STATIC
    with reporter(quiet=args.json) as report:
        answer = stability(
            study,
            args.out,
            pressure_kt_per_nm3=args.pressure,
            state="dry" if args.dry else None,
            effort=Effort(level=level, most_bodies=args.bodies, lowest=args.lowest),
            progress=report,
        )
    if args.figure:
        answer.save_figure(args.figure)
    arguments.show(args, answer.to_dict(), answer.summary())
