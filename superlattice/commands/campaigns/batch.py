"""``superlattice batch``: a sweep of studies, run here or handed to a scheduler."""

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
        "batch",
        help="run a campaign: every study of a [sweep] table",
        more="The same command goes on where it was stopped, and repeats nothing that is done.",
    )
    arguments.add_study(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the campaign")
    parser.add_argument(
        "--jobs", type=arguments.positive_int, metavar="N", default=1, help="jobs at a time (default 1)"
    )
    parser.add_argument(
        "--retry", type=arguments.count, default=0, metavar="K", help="try a job that failed K more times"
    )
    parser.add_argument(
        "--predict-only", action="store_true", help="no simulation, only predictions: milliseconds per job"
    )
    parser.add_argument("--dry-run", action="store_true", help="list the jobs; write and run nothing")
    parser.add_argument(
        "--emit",
        choices=["row", "slurm", "pbs"],
        help="write files for the scheduler (row: workflow.toml; slurm, pbs: a job array) instead of running",
    )
    parser.add_argument(
        "--site",
        type=Path,
        metavar="FILE",
        help="with --emit: the site's lines (partition, account, GPUs, modules) for every job script",
    )
    arguments.add_engine(parser)
    arguments.add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Expand the sweep, name what cannot be, and run what is left of the campaign; exit with 3 if not all is done.

    Raises
    ------
    InputError
        If the study, the folder or the options cannot be used.
    """
    import sys

    from packing.errors import InputError
    from superlattice.campaign.campaign import make_campaign
    from superlattice.campaign.jobs import expand_file

    expansion = expand_file(args.study, simulated=not args.predict_only)
    for line in expansion.impossible:
        print(f"left out, impossible: {line}", file=sys.stderr)
    if args.dry_run:
        return _dry_run(args, expansion)
    if args.site is not None and args.emit not in ("slurm", "pbs"):
        raise InputError("--site is for --emit slurm or pbs. Give one of them, or leave it out.")
    campaign = make_campaign(expansion, args.out, goal="predict" if args.predict_only else "run")
    if args.emit:
        return _emit(args, campaign)
    return _run(args, campaign)


def _dry_run(args: argparse.Namespace, expansion: Any) -> int:
    from superlattice.campaign.jobs import assignment_text, flat

    keys = (*expansion.sweep.keys, "seed")
    rows = [{k: v for k, v in flat(point).items() if k in keys} for point in expansion.state_points]
    text = "\n".join([f"{len(rows)} jobs", *(f"  {assignment_text(row)}" for row in rows)])
    arguments.show(args, {"n_jobs": len(rows), "jobs": rows, "left_out": list(expansion.impossible)}, text)
    return 0


def _emit(args: argparse.Namespace, campaign: Any) -> int:
    from superlattice.progress import duration_text
    from superlattice.scheduling.emission import emit
    from superlattice.scheduling.expense import dearest

    how = arguments.how(args)
    cost = dearest(campaign, how)
    done = emit(campaign, args.emit, how, site=args.site, cost=cost)
    lines = [f"wrote {done.file}", *done.notes]
    if cost is not None:
        lines.append(
            f"longest job, an estimate: {duration_text(cost.seconds)} h:min:s on a free core, {cost.memory_mb:.0f} MB"
        )
    data = {"file": str(done.file), "submit": done.submit, "notes": list(done.notes)}
    arguments.show(args, data, "\n".join([*lines, f"submit it: {done.submit}"]))
    return 0


def _run(args: argparse.Namespace, campaign: Any) -> int:
    from superlattice.campaign.runner import run_campaign
    from superlattice.campaign.screen import board, job_label
    from superlattice.campaign.status import left_out_lines

    if args.jobs > 1:
        arguments.warn_of_cores(args.jobs * args.ranks)
    with board(campaign, quiet=args.json) as shown:
        result = run_campaign(
            campaign,
            jobs=args.jobs,
            how=replace(arguments.how(args), walltime_hours=None),
            retry=args.retry,
            walltime_hours=args.walltime_hours,
            board=shown,
        )
    labels = {job: job_label(campaign, job) for job in result.failed}
    lines = [f"{campaign.title}: {result.completed} of {result.n_jobs} jobs completed in {campaign.folder}"]
    lines += [f"failed: {labels[job]}: {reason}" for job, reason in result.failed.items()]
    if result.stopped:
        lines.append(f"stopped ({result.stopped}).")
    lines += left_out_lines(campaign)
    if not result.is_complete:
        lines.append("The same command goes on with what is left.")
    elif campaign.left_out:
        lines.append("Correct what was left out in the study file; the same command then does the rest.")
    else:
        lines.append(f"Table, figures and page: superlattice collect {campaign.folder}")
    data = {
        "n_jobs": result.n_jobs,
        "completed": result.completed,
        "failed": result.failed,
        "stopped": result.stopped,
        "left_out": list(campaign.left_out),
    }
    arguments.show(args, {"folder": str(campaign.folder), **data}, "\n".join(lines))
    return 0 if result.is_complete and not campaign.left_out else 3
