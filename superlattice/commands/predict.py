"""``superlattice predict``: the analytic answer, in milliseconds."""

from __future__ import annotations

import argparse
from typing import Any

from superlattice.commands.options import arguments, one_study


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = arguments.add_command(
        subparsers, "predict", help="spacings, pair energy and lattices from the packing models, within seconds"
    )
    arguments.add_study(parser)
    arguments.add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Print the prediction of every variant in the study."""
    from superlattice.steps.prediction import predict_study, prediction_data
    from superlattice.study.study import load_study

    study = load_study(args.study)
    predictions = {name: predict_study(variant) for name, variant in study.variants().items()}
    data = {name: prediction_data(prediction) for name, prediction in predictions.items()}
    one_study.show_variants(args, predictions, data)
