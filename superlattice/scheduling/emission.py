"""Hands a campaign to a scheduler: a workflow for row, a job array for SLURM or PBS, of ``superlattice action`` all."""

from __future__ import annotations

import hashlib
import math
import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from jinja2 import Environment, PackageLoader, StrictUndefined

from assembly.how import How
from assembly.run.cost import Cost
from superlattice.campaign.campaign import Campaign
from superlattice.campaign.processes import command_line
from superlattice.campaign.status import campaign_status
from superlattice.files import write_text
from superlattice.scheduling.limits import check_limit, stop_margin_s
from superlattice.scheduling.preflight import check_shared_lock, check_with_slurm
from superlattice.scheduling.site import read_site

Scheduler = Literal["row", "slurm", "pbs"]

DEFAULT_HOURS = 12.0

MAX_ARRAY = 1000
"""SLURM's usual limit of tasks in one array is 1001; more jobs share tasks."""

PREDICTIONS_PER_TASK = 200
ROW_FILE = "workflow.toml"
SCRIPTS = {"slurm": "campaign.slurm", "pbs": "campaign.pbs"}
SUBMIT = {"slurm": "sbatch", "pbs": "qsub"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Emission:
    """What was written: ``file``, the command that submits it, and ``notes`` on what could not be checked."""

    file: Path
    submit: str
    notes: tuple[str, ...] = ()


def emit(
    campaign: Campaign, kind: Scheduler, how: How, *, site: str | Path | None = None, cost: Cost | None = None
) -> Emission:
    """Write the file for a scheduler into the campaign's folder, after checking what can be checked from here.

    Parameters
    ----------
    campaign
        What is to be run.
    kind
        Which scheduler.
    how
        Engine, ranks, GPU and time limit of each task.
    site
        File with the site's directives and modules, see `superlattice.scheduling.site.read_site`.
    cost
        Of the most expensive job, see `superlattice.scheduling.expense.dearest`; None where nothing is simulated.

    Raises
    ------
    InputError
        If the folder cannot be written or has no shared locks, the limit is too short for one checkpoint, or SLURM
        would refuse the script.
    """
    check_shared_lock(campaign.folder)
    here = shlex.quote(str(campaign.folder))
    check_limit(how.walltime_hours or DEFAULT_HOURS, cost)
    if kind == "row":
        write_text(campaign.folder / ROW_FILE, row_workflow(campaign, how))
        return Emission(file=campaign.folder / ROW_FILE, submit=f"cd {here} && row submit")
    jobs = [job.job for job in campaign_status(campaign).jobs if job.state != "completed"]
    per_task = jobs_per_task(campaign, len(jobs))
    text = "".join(f"{job}\n" for job in jobs)
    # A list of its own for each array: one that waits in the queue still reads the list that it was submitted with.
    jobs_file = f"jobs-{hashlib.sha256(text.encode()).hexdigest()[:8]}.{per_task}"
    script = campaign.folder / SCRIPTS[kind]
    content = array_script(campaign, kind, how, len(jobs), jobs_file=jobs_file, site=site, cost=cost)
    note = check_with_slurm(content, campaign.folder) if kind == "slurm" else "not checked against a PBS"
    write_text(campaign.folder / jobs_file, text)
    write_text(script, content)
    submit = f"cd {here} && {SUBMIT[kind]} {script.name}"
    return Emission(file=script, submit=submit, notes=(note,) if note else ())


def row_workflow(campaign: Campaign, how: How) -> str:
    """The text of ``workflow.toml``."""
    hours = how.walltime_hours or DEFAULT_HOURS
    return _render(
        "campaign_row.toml.j2",
        options=_options(how),
        predict_only=campaign.goal == "predict",
        ranks=how.ranks,
        gpus=how.gpu is not None,
        walltime=walltime_text(hours),
    )


def jobs_per_task(campaign: Campaign, n_jobs: int) -> int:
    """Number of jobs that share a task of the array.

    Parameters
    ----------
    campaign
        Whether it predicts alone decides.
    n_jobs
        Number of jobs in the array.
    """
    at_least = PREDICTIONS_PER_TASK if campaign.goal == "predict" else 1
    return max(at_least, math.ceil(n_jobs / MAX_ARRAY))


def array_script(
    campaign: Campaign,
    kind: Literal["slurm", "pbs"],
    how: How,
    n_jobs: int,
    *,
    jobs_file: str = "jobs",
    site: str | Path | None = None,
    cost: Cost | None = None,
) -> str:
    """The text of the array script for ``n_jobs`` jobs that are not completed.

    Parameters
    ----------
    campaign, how, site, cost
        As for `emit`.
    kind
        Which scheduler.
    n_jobs
        Number of lines of ``jobs_file``.
    jobs_file
        Name of the file in the campaign's folder with one job per line.

    Raises
    ------
    InputError
        If the site's file cannot be used.
    """
    hours = how.walltime_hours or DEFAULT_HOURS
    predict_only = campaign.goal == "predict"
    per_task = jobs_per_task(campaign, n_jobs)
    name = "".join(c if c.isalnum() or c in "-_." else "_" for c in campaign.name)
    margin_s = stop_margin_s(hours, cost)
    known = {
        "name": name,
        "ranks": how.ranks,
        "gpus": how.gpu is not None,
        "hours": hours,
        "predict_only": predict_only,
    }
    return _render(
        f"campaign_{kind}.sh.j2",
        **known | {"hours": f"{hours - margin_s / 3600:.4g}"},
        site=read_site(site, kind, known),
        script_file=SCRIPTS[kind],
        last_task=max(0, math.ceil(n_jobs / per_task) - 1),
        per_task=per_task,
        jobs_file=jobs_file,
        action="predict" if predict_only else "run",
        options=_options(how),
        walltime=walltime_text(hours),
        margin_s=margin_s,
    )


def walltime_text(hours: float) -> str:
    """``HH:MM:SS``, as row, SLURM and PBS read it.

    Parameters
    ----------
    hours
        Wall time [h].

    Examples
    --------
    >>> walltime_text(1.5), walltime_text(100)
    ('01:30:00', '100:00:00')
    """
    minutes, seconds = divmod(math.ceil(hours * 3600), 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}"


def _options(how: How) -> str:
    # On a cluster the scheduler numbers the GPUs of a job from zero.
    here = replace(how, gpu=None if how.gpu is None else 0, walltime_hours=None)
    return " ".join(command_line(here))


def _render(template: str, **values: object) -> str:
    environment = Environment(
        loader=PackageLoader("superlattice.scheduling", "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(template).render(**values)
