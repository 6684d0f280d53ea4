"""Runs a campaign on this machine: one process per job, shared with any other runner, stopped and resumed at will."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from superlattice.campaign import Campaign
from superlattice.campaign_action import How
from superlattice.campaign_status import campaign_status, job_status
from superlattice.lock import is_locked
from superlattice.runner_board import Board, silent_board

POLL_S, LOOK_S, ELSEWHERE_S = 0.2, 1.0, 2.0
STOP_GRACE_S = 150.0
"""Longer than assembly gives its own worker to write a checkpoint [s]."""

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
class _Task:
    jobs: tuple[str, ...]
    process: subprocess.Popen[str]
    began: float


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
    tasks: list[_Task] = field(default_factory=list)
    why: list[str] = field(default_factory=list)

    def run(self, deadline: float | None) -> None:
        next_look = 0.0
        while self.tasks or ((self.queue or self.elsewhere) and not self.why):
            if deadline is not None and time.monotonic() > deadline:
                self.ask_to_stop("wall time reached")
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
            if task.process.poll() is None:
                task.process.send_signal(signal.SIGTERM if not self.why else signal.SIGKILL)
        if not self.why or not reason.startswith("wall"):
            self.why.append(reason)

    def _start(self) -> None:
        jobs = tuple(self.queue.popleft() for _ in range(min(self.chunk, len(self.queue))))
        folders = [str(self.campaign.workspace / job) for job in jobs]
        options = ["--json", *self.how.command_line()]
        command = [sys.executable, "-m", "superlattice", "action", self.action, *folders, *options]
        with _log(Path(folders[0])) as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=self._environment(),
            )
        self.tasks.append(_Task(jobs, process, time.monotonic()))
        for job in jobs:
            self.tries[job] = self.tries.get(job, 0) + 1
            self.board.started(job)

    def _environment(self) -> dict[str, str]:
        threads = max(1, (os.cpu_count() or 1) // self.n_slots)
        return {"OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads)} | os.environ

    def _reap(self) -> None:
        for task in [t for t in self.tasks if t.process.poll() is not None]:
            self.tasks.remove(task)
            assert task.process.stdout is not None
            said = task.process.stdout.read()
            task.process.stdout.close()
            outcomes = {o["job"]: o for o in _records(said)}
            for job in task.jobs:
                self._ended(job, outcomes.get(job), task)

    def _ended(self, job: str, outcome: dict[str, str] | None, task: _Task) -> None:
        if outcome is None:
            code = task.process.returncode
            how = f"signal {-code}" if code < 0 else f"code {code}"
            status, reason = "failed", f"its process ended with {how}; see job.log in its folder"
        else:
            status, reason = outcome["status"], outcome["reason"]
        if status == "completed":
            self.done.add(job)
            self.board.completed(job, time.monotonic() - task.began)
        elif status == "busy":
            self.elsewhere[job] = time.monotonic() + ELSEWHERE_S
        elif self.why:
            self.queue.append(job)
        elif status == "stopped":
            # Nobody here asked it to: somebody ended that process alone.
            self._failed(job, f"stopped from outside ({reason})")
        else:
            self._failed(job, reason)

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
    """Do what is left of a campaign with processes on this machine; see also `superlattice.runner_executor`.

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
    """
    status = campaign_status(campaign)
    n_slots = max(1, jobs)
    left = [job.job for job in status.jobs if job.state != "completed"]
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
    with _signals(runner), _no_orphans(runner):
        runner.run(deadline)
    return BatchResult(
        n_jobs=len(status.jobs),
        completed=len(runner.done),
        failed=runner.failed,
        stopped=runner.why[0] if runner.why else "",
    )


def _records(text: str) -> Iterator[dict[str, str]]:
    for line in text.splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict) and {"job", "status", "reason"} <= record.keys():
            yield record


@contextmanager
def _log(job: Path) -> Iterator[int]:
    """Where a job's process writes complaints; nowhere if the folder cannot be written."""
    try:
        handle = os.open(job / "job.log", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o644)
    except OSError:
        handle = os.open(os.devnull, os.O_WRONLY)
    try:
        yield handle
    finally:
        os.close(handle)


@contextmanager
def _signals(runner: _Runner) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers: Sequence[signal.Signals] = (signal.SIGINT, signal.SIGTERM)
    previous = {n: signal.signal(n, lambda n, _: runner.ask_to_stop(signal.Signals(n).name)) for n in numbers}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextmanager
def _no_orphans(runner: _Runner) -> Iterator[None]:
    try:
        yield
    finally:
        for task in runner.tasks:
            if task.process.poll() is None:
                task.process.terminate()
        for task in runner.tasks:
            try:
                task.process.wait(STOP_GRACE_S)
            except subprocess.TimeoutExpired:
                task.process.kill()
