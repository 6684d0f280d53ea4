"""Runs a campaign on this machine: one process per job, shared with any other runner, stopped and resumed at will."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from assembly.how import How
from superlattice.campaign.action import Outcome
from superlattice.campaign.campaign import Campaign
from superlattice.campaign.processes import ActionProcess, no_orphans, start_action
from superlattice.campaign.screen import Board, silent_board
from superlattice.campaign.status import campaign_status, job_status
from superlattice.lock import is_locked

POLL_S, LOOK_S, ELSEWHERE_S = 0.2, 1.0, 2.0

MAX_PREDICTIONS = 200
"""Predictions take milliseconds: this many share one process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """How a call of the runner ended; ``failed`` has the reason by job."""

    n_jobs: int
    completed: int
    failed: dict[str, str]
    stopped: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to do."""
        return self.completed == self.n_jobs


@dataclass(slots=True)
class _Runner:
    campaign: Campaign
    action: str
    how: How
    n_slots: int
    retry: int
    board: Board
    queue: deque[str]
    chunk: int
    done: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)
    tries: dict[str, int] = field(default_factory=dict)
    elsewhere: dict[str, float] = field(default_factory=dict)
    tasks: list[ActionProcess] = field(default_factory=list)
    why: list[str] = field(default_factory=list)

    def run(self, deadline: float | None) -> None:
        next_look, told_stop = 0.0, False
        while self.tasks or ((self.queue or self.elsewhere) and not self.why):
            if deadline is not None and time.monotonic() > deadline and not self.why:
                self.ask_to_stop("wall time reached")
            # Not where it is asked: that may be in the middle of drawing the board.
            if self.why and self.tasks and not told_stop:
                self.board.stopping(self.why[0])
                told_stop = True
            self._reap()
            if not self.why:
                self._look_elsewhere()
                while self.queue and len(self.tasks) < self.n_slots and not self.why:
                    self._start()
            if time.monotonic() >= next_look:
                self._show()
                next_look = time.monotonic() + LOOK_S
            if self.tasks or self.elsewhere:
                time.sleep(POLL_S)
        self._show()

    def ask_to_stop(self, reason: str) -> None:
        """Let every job write its checkpoint; a second call ends them at once."""
        for task in self.tasks:
            task.send(signal.SIGTERM if not self.why else signal.SIGKILL)
        self.why.append(reason)

    def _start(self) -> None:
        jobs = tuple(self.queue.popleft() for _ in range(min(self.chunk, len(self.queue))))
        threads = max(1, (os.cpu_count() or 1) // self.n_slots)
        self.tasks.append(start_action(self.campaign, self.action, jobs, self.how, n_threads=threads))
        for job in jobs:
            self.tries[job] = self.tries.get(job, 0) + 1
            self.board.started(job)

    def _reap(self) -> None:
        for task in [t for t in self.tasks if t.is_over]:
            self.tasks.remove(task)
            for outcome in task.outcomes().values():
                self._ended(outcome, time.monotonic() - task.began)

    def _ended(self, outcome: Outcome, seconds: float) -> None:
        job = outcome.job
        if outcome.status == "completed":
            self.done.add(job)
            self.board.completed(job, seconds)
        elif outcome.status == "busy":
            self.elsewhere[job] = time.monotonic() + ELSEWHERE_S
        elif self.why:
            self.queue.append(job)
        elif outcome.status == "stopped":
            # Nobody here asked it to: somebody ended that process alone.
            self._failed(job, f"stopped from outside ({outcome.reason})")
        else:
            self._failed(job, outcome.reason)

    def _failed(self, job: str, reason: str) -> None:
        if self.tries[job] <= self.retry:
            self.board.again(job, reason)
            self.queue.append(job)
        else:
            self.failed[job] = reason
            self.board.failed(job, reason)

    def _look_elsewhere(self) -> None:
        """Take over the jobs of a runner that died; those it finished are done."""
        now = time.monotonic()
        for job in [j for j, due in self.elsewhere.items() if due <= now]:
            if is_locked(self.campaign.workspace / job):
                self.elsewhere[job] = now + ELSEWHERE_S
                continue
            del self.elsewhere[job]
            if job_status(self.campaign, job, self.campaign.common_hash).state == "completed":
                self.done.add(job)
            else:
                self.queue.append(job)

    def _show(self) -> None:
        running = [job for task in self.tasks for job in task.jobs] + list(self.elsewhere)
        status = campaign_status(self.campaign, running[: 3 * self.n_slots])
        counts = {
            "completed": len(self.done),
            "running": len(running),
            "failed": len(self.failed),
            "waiting": len(self.queue),
        }
        self.board.show(counts, status.jobs)


def run_campaign(
    campaign: Campaign,
    *,
    jobs: int = 1,
    how: How | None = None,
    retry: int = 0,
    walltime_hours: float | None = None,
    board: Board = silent_board,
) -> BatchResult:
    """Do what is left of a campaign with processes on this machine; see also `superlattice.campaign.executor`.

    Parameters
    ----------
    campaign
        From `make_campaign` or `open_campaign`.
    jobs
        How many run at a time.
    how
        Engine, MPI ranks and GPU of each job.
    retry
        How often a job that failed is tried again in this call; the next call tries it anyway.
    walltime_hours
        Stop with checkpoints after this time.
    board
        Shown what happens.

    Returns
    -------
    BatchResult
        How many jobs are completed, and why others are not; nothing is raised for a job that fails.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from superlattice.campaign.campaign import make_campaign
    >>> from superlattice.campaign.jobs import expand
    >>> tables = {"nanocrystal": {"material": "CsPbBr3", "edge_nm": 8.6}, "ligand": {"name": "oleate"}}
    >>> swept = tables | {"sweep": {"nanocrystal": {"edge_nm": [6.0, 8.0]}}}
    >>> with TemporaryDirectory() as folder:
    ...     jobs = expand(swept, source="example", folder=Path(folder), name="example")
    ...     result = run_campaign(make_campaign(jobs, Path(folder) / "out", goal="predict"))
    >>> result.completed, result.is_complete
    (2, True)
    """
    status = campaign_status(campaign)
    n_slots = max(1, jobs)
    left = [job.job for job in status.jobs if job.state != "completed"]
    if any(job.state == "running" for job in status.jobs):
        # Beside other runners, not behind one of them from job to job.
        first = random.Random(os.getpid()).randrange(len(left))
        left = left[first:] + left[:first]
    predicting = campaign.goal == "predict"
    runner = _Runner(
        campaign=campaign,
        action="predict" if predicting else "run",
        how=how or How(),
        n_slots=n_slots,
        retry=retry,
        board=board,
        queue=deque(left),
        chunk=min(MAX_PREDICTIONS, -(-len(left) // n_slots)) if predicting and left else 1,
        done={job.job for job in status.jobs if job.state == "completed"},
    )
    deadline = None if walltime_hours is None else time.monotonic() + 3600 * walltime_hours
    with _signals(runner), no_orphans(runner.tasks):
        runner.run(deadline)
    return BatchResult(
        n_jobs=len(status.jobs),
        completed=len(runner.done),
        failed=runner.failed,
        stopped=runner.why[0] if runner.why else "",
    )


@contextmanager
def _signals(runner: _Runner) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    previous = {n: signal.signal(n, lambda n, _: runner.ask_to_stop(signal.Signals(n).name)) for n in numbers}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
