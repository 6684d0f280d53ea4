"""Measured files of a campaign: copied into it, and told to the jobs whose samples they are of."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from packing.checks import did_you_mean
from packing.errors import InputError
from superlattice.campaign.jobs import Expansion, flat, study_of
from superlattice.study.study import Study

MEASURED = "measured"
"""Folder of the campaign that holds copies of the measured files."""
_KEYS = (("tem", "image"), ("saxs", "curve"), ("xrd", "curve"))


def copies(expansion: Expansion) -> dict[str, Path]:
    """Names of the copies, and the files they are of."""
    study, made = expansion.first, {}
    tables = study.compare.model_dump(mode="json", exclude_none=True)
    for name, file, _ in _entries(tables):
        made[name] = study.path(file)
    return made


def compare_of_copies(compare: dict[str, Any]) -> dict[str, Any]:
    """The ``[compare]`` of a job, whose files are the copies; ``compare`` is plain data and is changed."""
    for name, _, (table, key) in list(_entries(compare)):
        table[key] = f"../../{MEASURED}/{name}"
    return compare


def _entries(compare: Mapping[str, Any]) -> list[tuple[str, str, tuple[dict[str, Any], str]]]:
    """Name of the copy, file as the study has it, and where that stands."""
    made = []
    for number, tables in enumerate((compare, *compare.get("sample", ()))):
        for kind, key in _KEYS:
            if tables.get(kind):
                file = tables[kind][key]
                start = f"{kind}-" if number == 0 else f"{kind}-{number}-"
                made.append((f"{start}{Path(file).name}", file, (tables[kind], key)))
    return made


def check_samples(expansion: Expansion) -> None:
    """Refuse samples of values that no job of the sweep has.

    Raises
    ------
    InputError
        Naming the sample and the key or the values that are in no job.
    """
    keys = expansion.sweep.keys
    jobs = [flat(point) for point in expansion.state_points]
    for number, sample in enumerate(expansion.first.compare.sample, start=1):
        for key in sample.when:
            if key not in keys:
                raise InputError(
                    f"compare.sample {number}: {key} is not swept.{did_you_mean(key, keys)} Swept: "
                    f"{', '.join(keys) or 'nothing'}."
                )
        if not any(sample.matches(job) for job in jobs):
            wanted = ", ".join(f"{key} = {value!r}" for key, value in sample.when.items())
            raise InputError(
                f"compare.sample {number}: no job of the sweep has {wanted}. Correct when, or sweep over it."
            )


def study_of_job(point: dict[str, Any], common: dict[str, Any], *, folder: Path, name: str) -> Study:
    """The study of a job, beside the measured files of its own sample; its ``folder`` is the job's.

    Parameters
    ----------
    point
        State point of the job.
    common
        Tables that all jobs share.
    folder, name
        Where relative paths start, and what the study is called.
    """
    study = study_of(point, common, folder=folder, name=name)
    if not study.compare.sample:
        return study
    return study.model_copy(update={"compare": study.compare.of_job(flat(point))})
