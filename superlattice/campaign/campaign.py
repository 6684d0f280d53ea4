"""A campaign on disk: a signac project whose jobs are studies, and what they have in common."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from packing.errors import InputError
from superlattice.campaign.files import CAMPAIGN, STATE_POINT, WORKSPACE, check_schema, schema
from superlattice.campaign.jobs import Expansion, flat, state_point
from superlattice.campaign.samples import MEASURED, check_samples, compare_of_copies, copies, study_of_job
from superlattice.files import read_json, write_bytes, write_json
from superlattice.lock import locked
from superlattice.study.study import Study
from superlattice.version import __version__

Goal = Literal["predict", "run"]
LOCK_PATIENCE_S = 60.0
REPLACED = ("title", "goal", "keys", "common", "base", "left_out")
"""What the study may change of a campaign that is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """What all jobs of a campaign share.

    Parameters
    ----------
    folder
        The signac project.
    name, title
        Of the study file.
    goal
        ``run``, or ``predict`` where no simulation was asked for.
    keys
        Swept keys by dotted name.
    order
        Ids of the jobs in the order of the sweep.
    common
        Tables of the study that are no physics: how results are looked at, and measured data.
    base
        The unswept physics by dotted name.
    left_out
        Combinations of the sweep that are impossible, each with the reason; there are no jobs of them.
    """

    folder: Path
    name: str
    title: str
    goal: Goal
    keys: tuple[str, ...]
    order: tuple[str, ...]
    common: dict[str, Any]
    base: dict[str, Any]
    left_out: tuple[str, ...] = ()

    @property
    def common_hash(self) -> str:
        """Changes where finished jobs have to be analysed again."""
        return hashlib.sha256(json.dumps(self.common, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def workspace(self) -> Path:
        """Folder of the jobs' folders."""
        return self.folder / WORKSPACE

    def job_ids(self) -> list[str]:
        """All jobs: those of the sweep in its order, then any that signac's tools added."""
        try:
            there = {entry.name for entry in os.scandir(self.workspace) if len(entry.name) == 32}
        except OSError:
            return []
        return [job for job in self.order if job in there] + sorted(there.difference(self.order))

    def state_point(self, job: str) -> dict[str, Any]:
        """What a job is.

        Raises
        ------
        InputError
            If the job's file is damaged, or no state point of superlattice.
        """
        point = read_json(self.workspace / job / STATE_POINT)
        if not isinstance(point, dict) or "seed" not in point:
            raise InputError(f"{self.workspace / job} is no job of superlattice: its state point has no seed.")
        return point

    def study(self, job: str) -> Study:
        """The study of a job; its folder is the job's."""
        return study_of_job(self.state_point(job), self.common, folder=self.workspace / job, name=self.name)

    def values(self, job: str) -> dict[str, Any]:
        """The swept values of a job by dotted name, and its seed where replicas differ by it."""
        leaves = flat(self.state_point(job))
        leaves["assembly.seed"] = leaves["seed"]
        chosen = {key: leaves[key] for key in self.keys if key in leaves}
        return chosen | ({} if "assembly.seed" in chosen else {"seed": leaves["seed"]})


class _Content(BaseModel):
    """What ``campaign.json`` holds besides the schema."""

    name: str
    title: str
    goal: Goal
    keys: tuple[str, ...]
    jobs: tuple[str, ...]
    common: dict[str, Any]
    base: dict[str, Any]
    left_out: tuple[str, ...] = ()


def open_campaign(folder: str | Path) -> Campaign:
    """Read the campaign in a ``folder``: that of `make_campaign`, or ``--out`` of ``superlattice batch``.

    Raises
    ------
    InputError
        If there is none, or it was made with other keys or defaults of the study file.

    Examples
    --------
    >>> open_campaign("nowhere")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    packing.errors.InputError: nowhere is no campaign: it has no campaign.json. ...
    """
    path = Path(folder)
    if not (path / CAMPAIGN).is_file():
        raise InputError(f"{path} is no campaign: it has no {CAMPAIGN}. Make one with superlattice batch STUDY --out.")
    data = read_json(path / CAMPAIGN)
    try:
        check_schema(path, data)
        content = _Content(**data)
    except (KeyError, TypeError, AttributeError, ValidationError) as error:
        what = " ".join(str(error).split())
        raise InputError(f"{path / CAMPAIGN} is damaged ({what}). Make the campaign again in a new --out.") from error
    return Campaign(
        folder=path,
        name=content.name,
        title=content.title,
        goal=content.goal,
        keys=content.keys,
        order=content.jobs,
        common=content.common,
        base=content.base,
        left_out=content.left_out,
    )


def make_campaign(expansion: Expansion, folder: str | Path, *, goal: Goal = "run") -> Campaign:
    """Create a campaign, or add jobs to the one that is there; jobs that are there are never touched.

    Parameters
    ----------
    expansion
        From `superlattice.campaign.jobs.expand_file`.
    folder
        New or empty, or of the same campaign.
    goal
        ``"run"``, or ``"predict"`` where nothing is to be simulated.

    Raises
    ------
    InputError
        If the folder cannot be written, is no campaign, or is another study's.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from superlattice.campaign.jobs import expand
    >>> tables = {"nanocrystal": {"material": "CsPbBr3", "edge_nm": 8.6}, "ligand": {"name": "oleate"}}
    >>> swept = tables | {"sweep": {"nanocrystal": {"edge_nm": [6.0, 8.0]}}}
    >>> with TemporaryDirectory() as folder:
    ...     jobs = expand(swept, source="example", folder=Path(folder), name="example")
    ...     campaign = make_campaign(jobs, Path(folder) / "out", goal="predict")
    ...     len(campaign.job_ids()), campaign.keys
    (2, ('nanocrystal.edge_nm',))
    """
    import signac

    path = Path(folder)
    check_samples(expansion)
    if path.exists() and not path.is_dir():
        raise InputError(f"{path} is a file. Choose another --out.")
    there = {p.name for p in path.iterdir()} if path.is_dir() else set()
    if CAMPAIGN not in there and {n for n in there if not n.endswith(".tmp")} - {".lock"}:
        raise InputError(f"{path} is neither empty nor a campaign. Choose another --out.")
    points = {signac.job.calc_id(point): point for point in expansion.state_points}
    if (now := _as_wanted(expansion, path, goal, points)) is not None:
        return now
    with locked(path, patience_s=LOCK_PATIENCE_S):
        # Another runner may just have made it.
        if (now := _as_wanted(expansion, path, goal, points)) is None:
            _write(expansion, path, goal, points)
    return open_campaign(path)


def _as_wanted(expansion: Expansion, path: Path, goal: Goal, points: dict[str, Any]) -> Campaign | None:
    """The campaign if it holds all that is asked for, and nothing has to be written."""
    if not (path / CAMPAIGN).is_file():
        return None
    old = open_campaign(path)
    wanted = _campaign(expansion, path, goal, old)
    _refuse_another(old, wanted)
    if any(getattr(old, key) != getattr(wanted, key) for key in REPLACED):
        return None
    files = [old.workspace / job / STATE_POINT for job in points]
    files += [path / MEASURED / name for name in copies(expansion)]
    return old if set(points) <= set(old.order) and all(file.is_file() for file in files) else None


def _write(expansion: Expansion, path: Path, goal: Goal, points: dict[str, Any]) -> None:
    old = open_campaign(path) if (path / CAMPAIGN).is_file() else None
    wanted = _campaign(expansion, path, goal, old)
    content = {
        "name": wanted.name,
        "title": wanted.title,
        "goal": wanted.goal,
        "superlattice": __version__,
        "keys": wanted.keys,
        "base": wanted.base,
        "common": wanted.common,
        "left_out": wanted.left_out,
        "jobs": tuple(dict.fromkeys([*(old.order if old else ()), *points])),
        **schema(),
    }
    write_json(path / CAMPAIGN, content)
    for name, source in copies(expansion).items():
        write_bytes(path / MEASURED / name, source.read_bytes())
    _write_jobs(path, points)


def _write_jobs(path: Path, points: dict[str, Any]) -> None:
    import signac

    try:
        project = signac.init_project(str(path))
        for job, point in points.items():
            file = path / WORKSPACE / job / STATE_POINT
            if not file.is_file():
                # By rename, so that a kill here leaves no half of a state point, as signac's own writing may.
                write_json(file, point)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}. Choose another --out.") from error
    # The cache is only a convenience for signac's own tools.
    with contextlib.suppress(OSError):
        project.update_cache()


def _campaign(expansion: Expansion, path: Path, goal: Goal, old: Campaign | None) -> Campaign:
    resolved = expansion.first.resolved()
    common = {"title": resolved["title"], "structure": resolved["structure"]}
    if expansion.first.compare.model_dump(exclude_defaults=True):
        common["compare"] = compare_of_copies(json.loads(json.dumps(resolved["compare"])))
    common |= {table: json.loads(json.dumps(resolved[table])) for table in ("optics", "stability") if table in resolved}
    keys = expansion.sweep.keys
    base = {k: v for k, v in flat(state_point(expansion.first)).items() if k not in (*keys, "seed", "schema_version")}
    if old is not None and old.goal == "run":
        goal = "run"
    return Campaign(
        folder=path,
        name=expansion.name,
        title=resolved["title"],
        goal=goal,
        keys=tuple(dict.fromkeys([*(old.keys if old else ()), *keys])),
        order=(),
        common=common,
        base={k: v for k, v in base.items() if not (old and k in old.keys)},
        left_out=expansion.impossible,
    )


def _refuse_another(old: Campaign, wanted: Campaign) -> None:
    if old.name != wanted.name:
        raise InputError(
            f"{old.folder} is the campaign of another study, '{old.name}' ({old.title}). Choose another --out."
        )
    for key in sorted(old.base.keys() | wanted.base.keys()):
        before, now = old.base.get(key), wanted.base.get(key)
        if before != now and key not in wanted.keys and key not in old.keys:
            raise InputError(
                f"{old.folder} holds this campaign with {key} = {json.dumps(before)}, the study has {json.dumps(now)}. "
                f"Sweep over {key}, or choose another --out."
            )
