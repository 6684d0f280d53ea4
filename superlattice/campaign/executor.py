"""Runs a campaign on anybody's executor: dask, parsl, mpi4py.futures, a process pool of your own."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import Executor, Future, as_completed
from pathlib import Path

from assembly.how import How
from superlattice.campaign.action import Outcome
from superlattice.campaign.campaign import Campaign
from superlattice.campaign.processes import command_line
from superlattice.campaign.runner import BatchResult
from superlattice.campaign.screen import Board, silent_board
from superlattice.campaign.status import campaign_status


def run_on_executor(
    campaign: Campaign, executor: Executor, *, how: How | None = None, board: Board = silent_board
) -> BatchResult:
    """Do what is left of a campaign with ``executor``, one call of its ``submit`` per job.

    Each call starts ``superlattice action`` in a process of its own where the executor puts it, so the campaign's
    folder must be on a disk that is there too, under the same path.

    Parameters
    ----------
    campaign
        From `make_campaign` or `open_campaign`.
    executor
        Any `concurrent.futures.Executor`; it is not shut down.
    how
        Engine, ranks, GPU and wall time of each job.
    board
        Shown what happens.

    Returns
    -------
    BatchResult
        How many jobs are completed, and why others are not.

    Examples
    --------
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from superlattice.campaign.campaign import make_campaign
    >>> from superlattice.campaign.jobs import expand
    >>> tables = {"nanocrystal": {"material": "CsPbBr3", "edge_nm": 8.6}, "ligand": {"name": "oleate"}}
    >>> with TemporaryDirectory() as folder, ThreadPoolExecutor(1) as executor:
    ...     jobs = expand(tables, source="example", folder=Path(folder), name="example")
    ...     result = run_on_executor(make_campaign(jobs, Path(folder) / "out", goal="predict"), executor)
    >>> result.completed
    1
    """
    status = campaign_status(campaign)
    left = [job.job for job in status.jobs if job.state != "completed"]
    action = "predict" if campaign.goal == "predict" else "run"
    options = command_line(how or How())
    futures: dict[Future[Outcome], str] = {}
    for job in left:
        folder = str((campaign.workspace / job).resolve())
        futures[executor.submit(act_in_process, action, folder, options)] = job
        board.started(job)
    failed: dict[str, str] = {}
    for future in as_completed(futures):
        job = futures[future]
        outcome = _outcome(future, job)
        if outcome.status == "completed":
            board.completed(job, 0.0)
        else:
            failed[job] = f"{outcome.status}: {outcome.reason}"
            board.failed(job, failed[job])
    return BatchResult(n_jobs=len(status.jobs), completed=len(status.jobs) - len(failed), failed=failed)


def act_in_process(action: str, folder: str, options: list[str]) -> Outcome:
    """What a worker of the executor does: an engine that aborts takes only the process of its job with it."""
    command = [sys.executable, "-m", "superlattice", "action", action, folder, "--json", *options]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            return Outcome(**json.loads(line))
    last = done.stderr.strip().splitlines()[-1:] or [f"its process ended with code {done.returncode}"]
    return Outcome(job=Path(folder).name, status="failed", reason=last[0])


def _outcome(future: Future[Outcome], job: str) -> Outcome:
    try:
        return future.result()
    except Exception as error:  # of the executor: a worker lost, a cancelled future
        return Outcome(job=job, status="failed", reason=f"the executor gave {type(error).__name__}: {error}")
