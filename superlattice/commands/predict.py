"""``superlattice predict``: the analytic answer, in milliseconds."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from superlattice.commands.options import arguments, one_study

if TYPE_CHECKING:
    from packing.prediction.prediction import Prediction


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = arguments.add_command(
        subparsers, "predict", help="spacings, pair energy and lattices from the packing models, within seconds"
    )
    arguments.add_study(parser)
    parser.add_argument(
        "--save",
        type=Path,
        metavar="FILE",
        help="write the predicted crystal, .cif or .xyz, a nanocrystal as an atom; nothing is overwritten",
    )
    parser.add_argument("--lattice", metavar="NAME", help="candidate to write (default: the likeliest)")
    arguments.add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Print the prediction of every variant in the study."""
    from superlattice.steps.prediction import predict_study, prediction_data
    from superlattice.study.study import load_study

    study = load_study(args.study)
    predictions = {name: predict_study(variant) for name, variant in study.variants().items()}
    data = {name: prediction_data(prediction) for name, prediction in predictions.items()}
    if args.save:
        _save(predictions, args.save, args.lattice)
    one_study.show_variants(args, predictions, data)


def _save(predictions: Mapping[str, Prediction], path: Path, lattice: str | None) -> None:
    """The crystal of every variant: of an exchange ``NAME-before`` and ``NAME-after``."""
    from packing.errors import InputError
    from packing.prediction.export import save_crystal
    from superlattice.steps.prediction import likeliest

    paths = {name: path.with_stem(f"{path.stem}-{name}") if name else path for name in predictions}
    for target in paths.values():
        if target.exists():
            raise InputError(f"{target} is there already, and nothing is overwritten. Choose another --save.")
    for name, prediction in predictions.items():
        best = likeliest(prediction)
        paths[name].parent.mkdir(parents=True, exist_ok=True)
        save_crystal(prediction, paths[name], lattice or (best.name if best is not None else None))
