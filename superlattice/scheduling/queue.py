"""Where SLURM has the jobs of a campaign: pending, requeued, running or cancelled."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from superlattice.campaign.status import UNDER_WAY, CampaignStatus, JobStatus

COMMENT = "superlattice:"
"""How the comment of an array begins that names its list of jobs; the rest is the name of the list's file."""

ANSWER_S = 20.0
_FIELDS = "%F|%K|%T|%Z|%k"  # array, task, state, folder it was submitted from, comment
_WORDS = {"PENDING": "pending", "CANCELLED": "cancelled", "COMPLETED": "", "FAILED": "", "TIMEOUT": "", "NODE_FAIL": ""}


def with_queue(status: CampaignStatus) -> CampaignStatus:
    """The same status, each job with where SLURM has it; unchanged where there is no SLURM.

    Parameters
    ----------
    status
        From `superlattice.campaign.status.campaign_status`.
    """
    words = queue_words(status.campaign.folder, squeue_lines(), [job.job for job in status.jobs])
    return replace(status, jobs=tuple(_queued(job, words.get(job.job, "")) for job in status.jobs))


def squeue_lines() -> list[str]:
    """What ``squeue`` says of every task that it knows, one line each; nothing where there is no SLURM."""
    if shutil.which("squeue") is None:
        return []
    command = ["squeue", "--noheader", "--array", "--states=all", f"--format={_FIELDS}"]
    try:
        return subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=ANSWER_S
        ).stdout.splitlines()
    except (OSError, subprocess.TimeoutExpired):
        return []


def queue_words(folder: Path, lines: Iterable[str], jobs: Iterable[str]) -> dict[str, str]:
    """SLURM's word for each job of a campaign that it has in an array.

    Parameters
    ----------
    folder
        Of the campaign; arrays that were submitted from elsewhere are not its.
    lines
        From `squeue_lines`.
    jobs
        Ids of the campaign's jobs.
    """
    words: dict[str, str] = {}
    known = set(jobs)
    for array, task, state, comment in sorted(_tasks(folder, lines)):
        word = _WORDS.get(state, "running")
        for job in _jobs_of(folder / comment, task):
            # Of several arrays the newest counts, but for what is still under way in an older one.
            if job in known and (word in UNDER_WAY or words.get(job) not in UNDER_WAY):
                words[job] = word
        del array
    return {job: word for job, word in words.items() if word}


def _tasks(folder: Path, lines: Iterable[str]) -> Iterable[tuple[int, int, str, str]]:
    for line in lines:
        array, task, state, where, comment = (line.split("|", 4) + [""] * 5)[:5]
        if not comment.startswith(COMMENT) or Path(where).resolve() != folder.resolve():
            continue
        if array.isdigit() and task.isdigit():
            yield int(array), int(task), state, comment.removeprefix(COMMENT)


def _jobs_of(file: Path, task: int) -> list[str]:
    """Jobs of a task: the list's name ends with the number of jobs per task."""
    try:
        per_task, jobs = int(file.suffix[1:]), file.read_text().split()
    except (OSError, ValueError):
        return []
    return jobs[task * per_task : (task + 1) * per_task]


def _queued(job: JobStatus, word: str) -> JobStatus:
    document = job.document
    began = str(document.get("task", "")).startswith("slurm ")
    if word == "pending" and began and job.state != "completed":
        word = "requeued"
    error = str(document.get("error") or "")
    if not word and began and document.get("status") == "stopped" and error.startswith("SIGTERM"):
        word = "cancelled"
    return replace(job, queue="" if job.state == "completed" else word)
