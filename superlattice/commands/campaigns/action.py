"""``superlattice action NAME JOB...``: one step of a campaign's jobs; what runners and schedulers call."""

from __future__ import annotations

import argparse
import json
import os
import time
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any

from superlattice.commands.options import arguments

EXIT_BUSY = 75
"""As EX_TEMPFAIL of sysexits.h: somebody else works on the job."""

ROW_MARGIN_HOURS = 0.1
"""Of row's wall time this much is kept for the checkpoint and the end of a stretch."""


def add(subparsers: Any) -> None:
    """Add the command; without a help line it is not listed, as people use ``batch``."""
    parser = subparsers.add_parser(
        "action", description="One step of jobs of a campaign; what batch and schedulers call."
    )
    parser.add_argument(
        "name",
        choices=["predict", "assemble", "analyze", "run"],
        metavar="NAME",
        help="predict, assemble, analyze or run",
    )
    parser.add_argument("jobs", nargs="+", metavar="JOB", help="folder of a job, or its id from the campaign's folder")
    arguments.add_engine(parser)
    arguments.add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Act on one job after the other; exit with 3 if stopped, 2 if one failed, 75 if one is another's.

    Returns
    -------
    int
        The exit status, a number.
    """
    from superlattice.campaign.action import act, find_job, say

    jobs = [find_job(name) for name in args.jobs]
    hours = args.walltime_hours if args.walltime_hours is not None else _row_hours()
    began = time.monotonic()
    outcomes = []
    for job in jobs:
        left = None if hours is None else max(hours - (time.monotonic() - began) / 3600, 1e-6)
        outcome = act(args.name, job, replace(arguments.how(args), walltime_hours=left))
        outcomes.append(outcome)
        if args.json:
            # One line each; a runner that is gone does not read it, and the job's own document says the same.
            with suppress(BrokenPipeError):
                print(json.dumps(asdict(outcome)), flush=True)
        else:
            say(outcome)
        if outcome.status == "stopped":
            break
    words = {outcome.status for outcome in outcomes}
    return next((code for word, code in (("stopped", 3), ("failed", 2), ("busy", EXIT_BUSY)) if word in words), 0)


def _row_hours() -> float | None:
    minutes = os.environ.get("ACTION_WALLTIME_IN_MINUTES")
    return max(float(minutes) / 60 - ROW_MARGIN_HOURS, 1e-3) if minutes else None
