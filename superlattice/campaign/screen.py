"""What a person sees of a running campaign: a live table on a terminal, plain lines when piped."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from superlattice.campaign.campaign import Campaign
from superlattice.campaign.jobs import assignment_text
from superlattice.campaign.status import JobStatus, counts_text
from superlattice.progress import duration_text

SECONDS_BETWEEN_LINES = 60.0
FAILURES_SHOWN = 5
STOPPING = "jobs run on to their next checkpoint, at most about half a minute; another Ctrl-C ends them at once"
MANY_JOBS = 200
"""A campaign of more jobs than this gets no line for each."""


class Board(Protocol):
    """Told by a runner what happens."""

    def started(self, job: str) -> None:
        """A process for the job was started."""

    def completed(self, job: str, seconds: float) -> None:
        """The job is completed.

        Parameters
        ----------
        job
            Its id.
        seconds
            How long its process ran [s].
        """

    def failed(self, job: str, reason: str) -> None:
        """The job is given up in this call."""

    def again(self, job: str, reason: str) -> None:
        """The job failed and will be tried again."""

    def stopping(self, reason: str) -> None:
        """The jobs were asked to stop."""

    def show(self, counts: dict[str, int], running: Sequence[JobStatus]) -> None:
        """How far everything is, about once a second.

        Parameters
        ----------
        counts
            Number of jobs by state.
        running
            What is known of those that run.
        """


class _Silent:
    def started(self, job: str) -> None:
        pass

    def completed(self, job: str, seconds: float) -> None:
        pass

    def failed(self, job: str, reason: str) -> None:
        pass

    def again(self, job: str, reason: str) -> None:
        pass

    def stopping(self, reason: str) -> None:
        pass

    def show(self, counts: dict[str, int], running: Sequence[JobStatus]) -> None:
        pass


silent_board: Board = _Silent()


@contextmanager
def board(campaign: Campaign, *, quiet: bool = False) -> Iterator[Board]:
    """A `Board` that suits where stderr goes."""
    if quiet:
        yield silent_board
    elif sys.stderr.isatty():
        with _live(campaign) as table:
            yield table
    else:
        yield _Lines(campaign)


class _Lines:
    """One line for each thing that happens, and now and then how far everything is."""

    def __init__(self, campaign: Campaign) -> None:
        self._campaign = campaign
        self._few = len(campaign.order) <= MANY_JOBS
        self._last_time = time.monotonic()

    def started(self, job: str) -> None:
        self._say(job, "started")

    def completed(self, job: str, seconds: float) -> None:
        self._say(job, f"completed in {duration_text(seconds)}")

    def failed(self, job: str, reason: str) -> None:
        self._say(job, f"failed: {reason}", always=True)

    def again(self, job: str, reason: str) -> None:
        self._say(job, f"failed, will be tried again: {reason}", always=True)

    def stopping(self, reason: str) -> None:
        _print(f"stopping ({reason}): {STOPPING}")

    def show(self, counts: dict[str, int], running: Sequence[JobStatus]) -> None:
        now = time.monotonic()
        if now - self._last_time < SECONDS_BETWEEN_LINES:
            return
        self._last_time = now
        _print(counts_text(counts, sum(counts.values())))
        for job in running:
            if text := job.progress_text():
                self._say(job.job, text)

    def _say(self, job: str, text: str, *, always: bool = False) -> None:
        if self._few or always:
            _print(f"{job_label(self._campaign, job)}: {text}")


def job_label(campaign: Campaign, job: str) -> str:
    """``0a1b2c3d (n_carbons = 8, seed = 1)``."""
    return f"{job[:8]} ({assignment_text(campaign.values(job))})"


def _print(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


@contextmanager
def _live(campaign: Campaign) -> Iterator[Board]:
    from rich.console import Console
    from rich.live import Live

    console = Console(stderr=True)
    with Live(console=console, auto_refresh=False, transient=True) as live:
        yield _Table(campaign, console, live)


class _Table:
    """The jobs that run, with the counts above and the latest failures below."""

    def __init__(self, campaign: Campaign, console: Any, live: Any) -> None:
        self._campaign, self._console, self._live = campaign, console, live
        self._failures: list[tuple[str, str]] = []

    def started(self, job: str) -> None:
        pass

    def completed(self, job: str, seconds: float) -> None:
        if len(self._campaign.order) <= MANY_JOBS:
            self._console.print(
                f"{job_label(self._campaign, job)}: completed in {duration_text(seconds)}", markup=False
            )

    def failed(self, job: str, reason: str) -> None:
        self._failures.append((job, reason))

    def again(self, job: str, reason: str) -> None:
        self._console.print(f"{job_label(self._campaign, job)}: failed, will be tried again: {reason}", markup=False)

    def stopping(self, reason: str) -> None:
        self._console.print(f"stopping ({reason}): {STOPPING}", markup=False)

    def show(self, counts: dict[str, int], running: Sequence[JobStatus]) -> None:
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        table = Table("job", "values", "stage", "done", "steps/s", "time left", box=None)
        for job in running:
            document, share = job.document, job.fraction
            table.add_row(
                job.job[:8],
                assignment_text(self._campaign.values(job.job)),
                str(document.get("stage", "starting")),
                "" if share is None else f"{100 * share:.0f} %",
                "" if document.get("steps_per_s") is None else f"{document['steps_per_s']:.0f}",
                "" if document.get("remaining_s") is None else duration_text(document["remaining_s"]),
            )
        failures = [
            Text(f"failed: {job_label(self._campaign, job)}: {reason}", style="red")
            for job, reason in self._failures[-FAILURES_SHOWN:]
        ]
        head = Text(counts_text(counts, sum(counts.values())), style="bold")
        self._live.update(Group(head, table, *failures), refresh=True)
