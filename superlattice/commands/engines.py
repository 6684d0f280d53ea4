"""``superlattice engines``: what can simulate here."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from superlattice.commands.options import arguments


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = arguments.add_command(
        subparsers, "engines", help="which simulation engines are installed, and which models each runs"
    )
    arguments.add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """List the engines."""
    from assembly.engines import available_engines

    engines = available_engines()
    lines = []
    for engine in engines:
        if engine.version:
            lines.append(
                f"{engine.name:8} {engine.version:22} {', '.join(engine.devices):10} {', '.join(engine.models)}"
            )
        else:
            reason = engine.reason_if_missing.rstrip(".")
            lines.append(f"{engine.name:8} not here: {reason}. Install: {engine.how_to_install}")
    # An engine that is not here runs on no device.
    data = [asdict(engine) for engine in engines]
    arguments.show(args, data, "\n".join(lines))
