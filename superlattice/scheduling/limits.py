"""How long before a time limit a job must be told to stop, and which limits are too short for one checkpoint."""

from __future__ import annotations

import math

from assembly.run.cost import Cost
from packing.errors import InputError

STOP_S = 45.0
"""From the signal to the end of a job, apart from a stretch of steps: the wait for a checkpoint, and files [s]."""

LONGEST_MARGIN_S = 300
SIGNAL_RESOLUTION_S = 60
"""SLURM may send the signal this much earlier than asked for [s]."""

START_S = 20.0
"""Until the first step: Python, the files of a shared folder, neighbour lists [s]."""


def stop_margin_s(hours: float, cost: Cost | None) -> int:
    """Seconds before the limit at which a job is told to stop: a tenth of the limit, within what stopping takes.

    Parameters
    ----------
    hours
        Time limit [h].
    cost
        Of the most expensive job; None where nothing is simulated.

    Examples
    --------
    >>> from assembly.run.cost import Cost
    >>> quick = Cost(seconds=600.0, stretch_s=1.0, checkpoint_s=4.0, memory_mb=200.0)
    >>> stop_margin_s(12.0, quick), stop_margin_s(0.05, quick)
    (300, 60)
    """
    stop = STOP_S + (1.5 * cost.stretch_s if cost else 0.0)
    return math.ceil(max(SIGNAL_RESOLUTION_S, stop, min(LONGEST_MARGIN_S, 360 * hours)))


def check_limit(hours: float, cost: Cost | None) -> None:
    """Refuse a limit within which the most expensive job may not reach one checkpoint.

    Parameters
    ----------
    hours
        Time limit [h].
    cost
        Of the most expensive job; None where nothing is simulated.

    Raises
    ------
    InputError
        Naming the shortest limit that will do.
    """
    work = START_S + (cost.checkpoint_s if cost else 0.0)
    needed = work + SIGNAL_RESOLUTION_S + stop_margin_s(0.0, cost)
    if 3600 * hours < needed:
        least = math.ceil(100 * needed / 3600) / 100
        raise InputError(
            f"walltime_hours must leave time for one checkpoint, which takes about {work:.0f} s (an estimate), "
            f"besides {needed - work:.0f} s to be told and to stop; got {hours:g}. Use at least {least:g}."
        )
