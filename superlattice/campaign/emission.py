"""Hands a campaign to a scheduler: a workflow for row, or a job array for SLURM; both call ``superlattice action``."""

from __future__ import annotations

import math
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Literal

from jinja2 import Environment, PackageLoader, StrictUndefined

from assembly.how import How
from superlattice.campaign.campaign import Campaign
from superlattice.campaign.processes import command_line
from superlattice.campaign.status import campaign_status
from superlattice.files import write_text

DEFAULT_HOURS = 12.0
MARGIN_HOURS = 0.1
"""Kept of the wall time for the checkpoint and the end of a stretch."""

MAX_ARRAY = 1000
"""SLURM's usual limit of tasks in one array is 1001; more jobs share tasks."""

PREDICTIONS_PER_TASK = 200
ROW_FILE, SLURM_FILE, SLURM_JOBS = "workflow.toml", "campaign.slurm", "campaign.slurm.jobs"


def emit(campaign: Campaign, kind: Literal["row", "slurm"], how: How) -> tuple[Path, str]:
    """Write the file into the campaign's folder; returns it, and the command that submits it there.

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    if kind == "row":
        write_text(campaign.folder / ROW_FILE, row_workflow(campaign, how))
        return campaign.folder / ROW_FILE, f"cd {shlex.quote(str(campaign.folder))} && row submit"
    jobs = [job.job for job in campaign_status(campaign).jobs if job.state != "completed"]
    write_text(campaign.folder / SLURM_JOBS, "".join(f"{job}\n" for job in jobs))
    write_text(campaign.folder / SLURM_FILE, slurm_script(campaign, how, len(jobs)))
    return campaign.folder / SLURM_FILE, f"cd {shlex.quote(str(campaign.folder))} && sbatch {SLURM_FILE}"


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


def slurm_script(campaign: Campaign, how: How, n_jobs: int) -> str:
    """The text of the array script for ``n_jobs`` jobs that are not completed."""
    hours = how.walltime_hours or DEFAULT_HOURS
    predict_only = campaign.goal == "predict"
    at_least = PREDICTIONS_PER_TASK if predict_only else 1
    per_task = max(at_least, math.ceil(n_jobs / MAX_ARRAY))
    return _render(
        "campaign_slurm.sh.j2",
        name="".join(c if c.isalnum() or c in "-_." else "_" for c in campaign.name),
        last_task=max(0, math.ceil(n_jobs / per_task) - 1),
        per_task=per_task,
        jobs_file=SLURM_JOBS,
        action="predict" if predict_only else "run",
        options=_options(how),
        ranks=how.ranks,
        gpus=how.gpu is not None,
        walltime=walltime_text(hours),
        hours=f"{max(hours - MARGIN_HOURS, hours / 2):.4g}",
    )


def walltime_text(hours: float) -> str:
    """``HH:MM:SS``, as row and SLURM read it.

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
        loader=PackageLoader("superlattice.campaign", "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(template).render(**values)
