"""Where every job of a campaign is, read from the files alone: no job is asked, none is disturbed."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from superlattice.campaign.campaign import Campaign
from superlattice.campaign.files import ASSEMBLED, DOCUMENT, DONE, read_document
from superlattice.campaign.jobs import assignment_text
from superlattice.files import LIGHT, PREDICTED, STABLE
from superlattice.lock import is_locked
from superlattice.progress import duration_text

STATES = ("completed", "running", "failed", "waiting")
STEPS = {"predict": (PREDICTED, None), "assemble": (ASSEMBLED, PREDICTED), "analyze": (DONE, ASSEMBLED)}
"""Actions in the order of row's workflow: the product, and that of the action before."""

SHOWN = 20
UNDER_WAY = ("pending", "requeued", "running")
QUEUE_WORDS = (*UNDER_WAY, "cancelled")
"""Where a scheduler has a job: not begun, back in the queue after it began, on a node, taken out by somebody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStatus:
    """One job: ``state`` is completed, running, failed or waiting; ``document`` is what it says of itself.

    ``queue`` is where a scheduler has it, if one does: pending, requeued, running or cancelled.
    """

    job: str
    state: str
    products: frozenset[str] = frozenset()
    document: dict[str, Any] = field(default_factory=dict)
    queue: str = ""

    @property
    def fraction(self) -> float | None:
        """Share of the simulation's steps that are done, None before it began."""
        if self.state == "completed":
            return 1.0
        step, n_steps = self.document.get("step"), self.document.get("n_steps")
        return step / n_steps if isinstance(step, int) and isinstance(n_steps, int) and n_steps else None

    def progress_text(self) -> str:
        """``evaporate, 45 %, 160 steps/s, 0:12 left`` for a job that runs; the stage it stopped in for others."""
        words = [str(self.document.get("stage", ""))]
        if self.fraction is not None:
            words.append(f"{100 * self.fraction:.0f} %")
        if (rate := self.document.get("steps_per_s")) is not None:
            words += [f"{rate:.0f} steps/s", f"{duration_text(self.document.get('remaining_s'))} left"]
        return ", ".join(w for w in words if w)

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        keys = ("task", "stage", "step", "n_steps", "steps_per_s", "remaining_s", "error", "updated")
        return {"job": self.job, "state": self.state, "queue": self.queue or None, "fraction": self.fraction} | {
            key: self.document.get(key) for key in keys
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignStatus:
    """All jobs of a campaign at one moment."""

    campaign: Campaign
    jobs: tuple[JobStatus, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Number of jobs in each state."""
        found = Counter(job.state for job in self.jobs)
        return {state: found[state] for state in STATES}

    @property
    def queued(self) -> dict[str, int]:
        """Number of jobs by where a scheduler has them; empty where none has any."""
        found = Counter(job.queue for job in self.jobs if job.queue)
        return {word: found[word] for word in QUEUE_WORDS if found[word]}

    @property
    def actions(self) -> dict[str, dict[str, int]]:
        """For each action the number of jobs in row's words: completed, submitted, eligible, waiting."""
        table = {}
        for action, (product, before) in STEPS.items():
            if self.campaign.goal == "predict" and action != "predict":
                continue
            row = dict.fromkeys(("completed", "submitted", "eligible", "waiting"), 0)
            for job in self.jobs:
                row[_word(job, product, before)] += 1
            table[action] = row
        return table

    def to_dict(self) -> dict[str, Any]:
        """Plain data: jobs that have not begun are counted only."""
        told = [job.to_dict() for job in self.jobs if job.document or job.queue or job.state != "waiting"]
        return {
            "folder": str(self.campaign.folder),
            "name": self.campaign.name,
            "goal": self.campaign.goal,
            "n_jobs": len(self.jobs),
            "counts": self.counts,
            "queue": self.queued,
            "actions": self.actions,
            "left_out": list(self.campaign.left_out),
            "jobs": told,
        }

    def summary(self) -> str:
        """For people: counts, row's table, what runs and what failed."""
        lines = [f"{self.campaign.title}: {counts_text(self.counts, len(self.jobs))}"]
        if self.queued:
            lines.append("with the scheduler: " + ", ".join(f"{n} {word}" for word, n in self.queued.items()))
        lines.append("")
        lines.append(f"{'action':10}{'completed':>10}{'submitted':>10}{'eligible':>10}{'waiting':>10}")
        for action, row in self.actions.items():
            lines.append(f"{action:10}" + "".join(f"{row[w]:>10}" for w in row))
        for state in ("running", "failed", "waiting"):
            told = [job for job in self.jobs if job.state == state and job.document]
            lines += ["", f"{state}:"] if told else []
            lines += [f"  {self._line(job)}" for job in told[:SHOWN]]
            lines += [f"  and {len(told) - SHOWN} more (--json lists all)"] if len(told) > SHOWN else []
        lines += ["", *left_out_lines(self.campaign)] if self.campaign.left_out else []
        return "\n".join(lines)

    def _line(self, job: JobStatus) -> str:
        error = job.document.get("error") if job.state != "running" else None
        text = f"{job.job[:8]}  {assignment_text(self.campaign.values(job.job))}: {job.progress_text()}"
        text = f"{text}; {error}" if error else text
        return f"{text} ({job.queue})" if job.queue and job.queue != job.state else text


def campaign_status(campaign: Campaign, jobs: Sequence[str] | None = None) -> CampaignStatus:
    r"""Look at all jobs, or at some.

    Parameters
    ----------
    campaign
        From `superlattice.campaign.campaign.make_campaign` or `superlattice.campaign.campaign.open_campaign`.
    jobs
        Ids of those to look at; None for all.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from superlattice.campaign.campaign import make_campaign, open_campaign
    >>> from superlattice.campaign.jobs import expand_file
    >>> text = '[nanocrystal]\nmaterial = "PbS"\nshape = "sphere"\ndiameter_nm = 6.0\n[ligand]\nname = "oleate"\n'
    >>> text += '[assembly]\nmodel = "explicit-ligand"\n[sweep]\nnanocrystal.diameter_nm = [5.0, 6.0]\n'
    >>> with TemporaryDirectory() as folder:
    ...     study, out = Path(folder) / "sizes.toml", Path(folder) / "out"
    ...     _ = study.write_text(text)
    ...     _ = make_campaign(expand_file(study), out)
    ...     [job.state for job in campaign_status(open_campaign(out)).jobs]
    ['waiting', 'waiting']
    """
    chosen = campaign.job_ids() if jobs is None else jobs
    common = campaign.common_hash
    return CampaignStatus(campaign=campaign, jobs=tuple(job_status(campaign, job, common) for job in chosen))


def job_status(campaign: Campaign, job: str, common_hash: str) -> JobStatus:
    """Look at one job."""
    folder = campaign.workspace / job
    try:
        names = frozenset(os.listdir(folder))
    except OSError:
        return JobStatus(job=job, state="waiting")
    document = read_document(folder) if DOCUMENT in names else {}
    product = DONE
    if campaign.goal == "predict":
        # The last one to be written.
        product = STABLE if "stability" in campaign.common else LIGHT if "optics" in campaign.common else PREDICTED
    # A finished job is looked at again when the way of looking has changed.
    if product in names and (product == PREDICTED or document.get("common") in (None, common_hash)):
        state = "completed"
    elif document and document.get("status") in ("running", "predicted", "assembled", "stopped") and is_locked(folder):
        state = "running"
    else:
        state = "failed" if document.get("status") == "failed" else "waiting"
    return JobStatus(job=job, state=state, products=names, document=document)


def counts_text(counts: dict[str, int], n_jobs: int) -> str:
    """``12 jobs: 5 completed, 2 running, 1 failed, 4 waiting``.

    Parameters
    ----------
    counts
        Number of jobs in each state.
    n_jobs
        Number of all.
    """
    return f"{n_jobs} job{'s' * (n_jobs != 1)}: " + ", ".join(f"{counts[state]} {state}" for state in STATES)


def left_out_lines(campaign: Campaign) -> list[str]:
    """``left out, impossible: edge_nm = -1: ...``, a line for each combination that cannot be."""
    return [f"left out, impossible: {combination}" for combination in campaign.left_out]


def _word(job: JobStatus, product: str, before: str | None) -> str:
    if product in job.products and (product != DONE or job.state == "completed"):
        return "completed"
    if before is not None and before not in job.products:
        return "waiting"
    return "submitted" if job.state == "running" or job.queue in UNDER_WAY else "eligible"
