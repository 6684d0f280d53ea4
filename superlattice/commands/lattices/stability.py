"""``superlattice stability``: which candidate lattice of a study wins, against the separated pure crystals."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from superlattice.commands.options import arguments


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = arguments.add_command(
        subparsers,
        "stability",
        help="which candidate lattice is stable: relaxed energies, does it hold when warm, free energy of formation",
        more="In the medium at an osmotic pressure, or dry. A study's [stability] table says the same; options go "
        "before it. The same command goes on where it was stopped.",
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
        "--bodies", type=arguments.positive_int, metavar="N", help="at most so many in a run (default 64)"
    )
    parser.add_argument("--figure", type=Path, metavar="PNG", help="draw the convex hull and the enthalpies there")
    arguments.add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Print the candidates, and draw them where asked to."""
    from superlattice.progress import reporter
    from superlattice.stability.answering import asked_for, stability
    from superlattice.stability.candidates import FREE_ENERGY, HOLD
    from superlattice.stability.exchanges import exchange_told
    from superlattice.study.study import load_study

    study = load_study(args.study)
    if study.exchange is not None:
        arguments.show(args, *exchange_told(study))
        return
    table, effort = study.stability, asked_for(study)
    level = FREE_ENERGY if args.free_energy else HOLD if args.hold or args.lowest else effort.level
    dry = args.dry or (table is not None and table.dry)
    with reporter(quiet=args.json) as report:
        answer = stability(
            study,
            args.out,
            pressure_kt_per_nm3=args.pressure or (table.pressure_kt_per_nm3 if table else None),
            state="dry" if dry else None,
            effort=replace(
                effort, level=level, most_bodies=args.bodies or effort.most_bodies, lowest=args.lowest or effort.lowest
            ),
            progress=report,
        )
    if args.figure:
        answer.save_figure(args.figure)
    arguments.show(args, answer.to_dict(), answer.summary())
