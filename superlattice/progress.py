"""Progress of a run: a live bar on a terminal, plain lines when piped."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

SECONDS_BETWEEN_LINES = 10.0

Reporter = Callable[[str, Any], None]
"""Called with a label (a step of the pipeline) and None, or with the progress event of a simulation."""


def silent(label: str, event: Any) -> None:
    """A `Reporter` that says nothing."""


@contextmanager
def reporter(*, quiet: bool = False) -> Iterator[Reporter]:
    """A `Reporter` that suits where stderr goes."""
    if quiet:
        yield silent
    elif sys.stderr.isatty():
        with _live() as report:
            yield report
    else:
        yield _Lines()


def duration_text(seconds: float | None) -> str:
    """A duration for people.

    Parameters
    ----------
    seconds
        Duration [s]; None, nan or infinity where it is not known.

    Examples
    --------
    >>> duration_text(75), duration_text(7300), duration_text(None)
    ('1:15', '2:01:40', '?')
    """
    if seconds is None or seconds != seconds or seconds == float("inf"):
        return "?"
    hours, rest = divmod(round(seconds), 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{secs:02d}" if hours else f"{minutes}:{secs:02d}"


class _Lines:
    def __init__(self) -> None:
        self._last_time = 0.0
        self._last_key = ""

    def __call__(self, label: str, event: Any) -> None:
        key = f"{label}/{event.stage}" if event is not None else label
        now = time.monotonic()
        if key == self._last_key and now - self._last_time < SECONDS_BETWEEN_LINES:
            return
        self._last_key, self._last_time = key, now
        print(label if event is None else f"{label}: {_describe(event)}", file=sys.stderr, flush=True)


def _describe(event: Any) -> str:
    return (
        f"{event.stage}: step {event.step} of {event.n_steps}, {event.steps_per_s:.0f} steps/s, "
        f"{duration_text(event.remaining_s)} left"
    )


@contextmanager
def _live() -> Iterator[Reporter]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[detail]}"))
    with Progress(*columns, console=console, transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def report(label: str, event: Any) -> None:
            if event is None:
                console.print(label)
                return
            if label not in tasks:
                tasks[label] = bars.add_task(label, total=event.n_steps, detail="")
            detail = f"{event.stage}, {event.steps_per_s:.0f} steps/s, {duration_text(event.remaining_s)} left"
            bars.update(tasks[label], completed=event.step, total=event.n_steps, detail=detail)

        yield report
