"""The processes that a runner starts: ``superlattice action`` on some jobs, what it says of them, and its end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from assembly.how import How
from superlattice.campaign.action import Outcome
from superlattice.campaign.campaign import Campaign

STOP_GRACE_S = 150.0
"""Longer than assembly gives its own worker to write a checkpoint [s]."""


@dataclass(frozen=True, slots=True)
class ActionProcess:
    """One process and the jobs it was given; ``began`` is a monotonic time [s]."""

    jobs: tuple[str, ...]
    process: subprocess.Popen[str]
    began: float

    @property
    def is_over(self) -> bool:
        """Whether the process has ended."""
        return self.process.poll() is not None

    def send(self, number: signal.Signals) -> None:
        """Signal it if it is there."""
        if not self.is_over:
            self.process.send_signal(number)

    def outcomes(self) -> dict[str, Outcome]:
        """What it said of each job, once it is over; a job of which it said nothing failed with the process."""
        assert self.process.stdout is not None
        said = {outcome.job: outcome for outcome in _outcomes(self.process.stdout.read())}
        self.process.stdout.close()
        code = self.process.returncode
        how = f"signal {-code}" if code < 0 else f"code {code}"
        reason = f"its process ended with {how}; see job.log in its folder"
        return {job: said.get(job, Outcome(job=job, status="failed", reason=reason)) for job in self.jobs}


def start_action(campaign: Campaign, action: str, jobs: Sequence[str], how: How, *, n_threads: int) -> ActionProcess:
    """Start a process for jobs of a campaign; its complaints go to ``job.log`` of the first.

    Parameters
    ----------
    campaign
        Whose jobs they are.
    action, jobs
        What to do, and the ids of the jobs it is done with one after the other.
    how
        On what to simulate.
    n_threads
        Number of threads that numerical libraries may use.
    """
    folders = [str(campaign.workspace / job) for job in jobs]
    threads = {"OMP_NUM_THREADS": str(n_threads), "OPENBLAS_NUM_THREADS": str(n_threads)}
    with _log(Path(folders[0])) as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "superlattice", "action", action, *folders, "--json", *command_line(how)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=threads | os.environ,
        )
    return ActionProcess(tuple(jobs), process, time.monotonic())


def command_line(how: How) -> list[str]:
    """As options of ``superlattice action``.

    Examples
    --------
    >>> command_line(How(engine="hoomd", gpu=1))
    ['--engine', 'hoomd', '--gpu', '1']
    """
    words = ["--engine", how.engine] if how.engine else []
    words += ["--ranks", str(how.ranks)] if how.ranks != 1 else []
    words += ["--gpu", str(how.gpu)] if how.gpu is not None else []
    return words + (["--walltime-hours", str(how.walltime_hours)] if how.walltime_hours is not None else [])


@contextmanager
def no_orphans(processes: Sequence[ActionProcess]) -> Iterator[None]:
    """End in the end what is in ``processes`` then: with checkpoints if there is time, else at once."""
    try:
        yield
    finally:
        for one in processes:
            one.send(signal.SIGTERM)
        for one in processes:
            try:
                one.process.wait(STOP_GRACE_S)
            except subprocess.TimeoutExpired:
                one.process.kill()


def _outcomes(text: str) -> Iterator[Outcome]:
    for line in text.splitlines():
        try:
            yield Outcome(**json.loads(line))
        except (ValueError, TypeError):
            continue  # not a record of ours, or half of one


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
