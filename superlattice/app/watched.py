"""What the page sees of runs and campaigns in its folder, whoever began them: states, and order as far as it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assembly.run.run_files import LOG, read_log
from packing.errors import InputError
from superlattice.lock import is_locked

RUNS, CAMPAIGN = "runs", "campaign-"
MOST_POINTS = 400
_ORDER = {
    "cubatic_order": "cube axes alike (cubatic order)",
    "sc_fraction": "share of simple-cubic neighbourhoods",
}


@dataclass(frozen=True, slots=True)
class Run:
    """A run directory: its name, how it stands, and whether it has a report."""

    name: str
    state: str
    has_report: bool


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign: its folder's name, its jobs, how many are done, and whether its page was written."""

    name: str
    n_jobs: int
    n_done: int
    has_page: bool


def runs_in(folder: Path) -> list[Run]:
    """The runs in a folder, the newest first.

    Parameters
    ----------
    folder
        Of the run directories; it need not be there.

    Examples
    --------
    >>> runs_in(Path("nowhere"))
    []
    """
    if not folder.is_dir():
        return []
    runs = [path for path in folder.iterdir() if (path / "study.toml").is_file()]
    runs.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    return [Run(path.name, _state(path), (path / "report.html").is_file()) for path in runs]


def _state(run: Path) -> str:
    if (run / "done").is_file():
        return "done"
    parts = [run, *(path for path in run.iterdir() if path.is_dir())]
    return "running" if any(is_locked(part) for part in parts) else "begun, not done"


def campaigns_in(folder: Path) -> list[Campaign]:
    """The campaigns that the page began in a folder.

    Examples
    --------
    >>> campaigns_in(Path("nowhere"))
    []
    """
    found = []
    for path in sorted(folder.glob(f"{CAMPAIGN}*")):
        if (path / "campaign.json").is_file():
            jobs = [job for job in (path / "workspace").glob("*") if job.is_dir()]
            done = sum((job / "done").is_file() for job in jobs)
            found.append(Campaign(path.name, len(jobs), done, (path / "collected" / "campaign.html").is_file()))
    return found


def newest_log(folder: Path) -> tuple[Path, float] | None:
    """The log that was written last, of a run or of a campaign's job, and when.

    Parameters
    ----------
    folder
        That of the study.

    Returns
    -------
    tuple of Path and float, or None
        The file, and its time of change [s]; None where there is none.
    """
    found = [
        (path.stat().st_mtime, path)
        for pattern in (f"{RUNS}/*/{LOG}", f"{RUNS}/*/*/{LOG}", f"{CAMPAIGN}*/workspace/*/{LOG}")
        for path in folder.glob(pattern)
    ]
    if not found:
        return None
    when, newest = max(found)
    return newest, when


def order_curves(log: Path) -> dict[str, list[list[float]]]:
    """Points of order against the step, by what is drawn; nothing for a log that cannot be read.

    Parameters
    ----------
    log
        ``log.h5`` of a run, also of one that goes on.

    Returns
    -------
    dict of list
        Pairs of a step and an order from 0 to 1, dimensionless.
    """
    try:
        read = read_log(log)
    except InputError:
        return {}
    every = max(1, len(read["step"]) // MOST_POINTS)
    curves = {}
    for key, label in _ORDER.items():
        steps, values = read["step"][::every], read[key][::every]
        points = [[float(s), round(float(v), 4)] for s, v in zip(steps, values, strict=True) if np.isfinite(v)]
        if points:
            curves[label] = points
    return curves
