"""From a study with a ``[sweep]`` to the state points of its jobs, each checked before anything runs."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assembly.run.validation import check_model
from packing.errors import InputError
from superlattice.study.study import SCHEMA_VERSION, Study, read_tables
from superlattice.study.sweep import SEED, Assignment, Sweep, read_sweep
from superlattice.study.sweep_keys import PHYSICS

StatePoint = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expansion:
    """The jobs that a study file asks for.

    ``first`` is the study of the first job; ``state_points`` are in the order of the sweep; ``impossible`` are the
    combinations that were left out, each with its values and the reason.
    """

    name: str
    first: Study
    sweep: Sweep
    state_points: tuple[StatePoint, ...]
    impossible: tuple[str, ...] = ()


def expand_file(path: str | Path, *, simulated: bool = True) -> Expansion:
    """Read a study file and expand its sweep; a study without one is a campaign of one job.

    Parameters
    ----------
    path
        Study file; it may leave out keys that the sweep gives.
    simulated
        Whether the jobs are to be simulated; some studies can only be predicted.

    Raises
    ------
    InputError
        If the file, the sweep or, unless they are skipped, a combination cannot be used.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import tomli_w
    >>> swept = {"nanocrystal": {"material": "CsPbBr3"}, "ligand": {"name": "oleate"}}
    >>> swept["sweep"] = {"nanocrystal": {"edge_nm": {"start": 6.0, "stop": 9.0, "step": 1.0}}, "replicas": 2}
    >>> with TemporaryDirectory() as folder:
    ...     n_written = (Path(folder) / "edges.toml").write_text(tomli_w.dumps(swept))
    ...     jobs = expand_file(Path(folder) / "edges.toml")
    >>> jobs.name, len(jobs.state_points)
    ('edges', 8)
    """
    file = Path(path)
    return expand(read_tables(file), source=str(file), folder=file.parent, name=file.stem, simulated=simulated)


def expand(data: dict[str, Any], *, source: str, folder: Path, name: str, simulated: bool = True) -> Expansion:
    """As `expand_file`, for tables that are not in a file.

    Parameters
    ----------
    data
        Tables of a study, with or without ``sweep``.
    source, folder, name
        What errors begin with, where relative paths start, and the name of the study.
    simulated
        As for `expand_file`.

    Raises
    ------
    InputError
        As `expand_file`.

    Examples
    --------
    >>> tables = {"nanocrystal": {"material": "CsPbBr3", "edge_nm": 8.6}, "ligand": {"name": "oleate"}}
    >>> swept = tables | {"sweep": {"nanocrystal": {"edge_nm": [6.0, 8.0]}}}
    >>> jobs = expand(swept, source="example", folder=Path(), name="example")
    >>> [point["nanocrystal"]["edge_nm"] for point in jobs.state_points]
    [6.0, 8.0]
    """
    tables = dict(data)
    table = tables.pop("sweep", {})
    if not isinstance(table, dict):
        raise InputError(f"{source}: sweep must be a table, got {table!r}.")
    try:
        sweep = read_sweep(table)
    except InputError as error:
        raise InputError(f"{source}: {error}") from error
    found: dict[str, StatePoint] = {}
    impossible: dict[str, str] = {}
    first: Study | None = None
    for label, study in _studies(tables, sweep, source, folder, name):
        problem = str(study) if isinstance(study, InputError) else _not_simulated(study) if simulated else None
        if problem is not None:
            # Replicas share a label: what is impossible is a combination, whatever the seed.
            impossible.setdefault(label, problem if isinstance(study, InputError) else f"{label}: {problem}")
            continue
        assert isinstance(study, Study)
        first = first or study
        point = state_point(study)
        key = json.dumps(point, sort_keys=True)
        if key in found:
            raise InputError(f"{label}: this job is in the sweep twice. Remove one of the equal values.")
        found[key] = point
    problems = list(impossible.values())
    _refuse(problems, sweep)
    if first is None:
        raise InputError(f"{source}: no job of the sweep is possible. First: {problems[0]}")
    return Expansion(
        name=name,
        first=first,
        sweep=sweep,
        state_points=tuple(found.values()),
        impossible=tuple(problem.removeprefix(f"{source}: ") for problem in problems),
    )


def state_point(study: Study) -> StatePoint:
    """What a job is: the resolved physics, its seed and the version of the keys; no path, no wall time."""
    resolved = study.resolved()
    point = {table: resolved[table] for table in PHYSICS if table in resolved}
    seed = point["assembly"].pop("seed")
    return {"schema_version": SCHEMA_VERSION, "seed": seed, **point}


def study_of(point: StatePoint, common: dict[str, Any], *, folder: Path, name: str) -> Study:
    """The study of a job; ``common`` holds the tables that all jobs share."""
    tables = {k: copy.deepcopy(v) for k, v in point.items() if k in PHYSICS}
    tables["assembly"] = tables.get("assembly", {}) | {"seed": point["seed"]}
    return Study.from_data({**common, **tables}, source=str(folder), folder=folder, name=name)


def flat(tables: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Leaves of nested tables by dotted name.

    Examples
    --------
    >>> flat({"ligand": {"name": "oleate"}, "seed": 1})
    {'ligand.name': 'oleate', 'seed': 1}
    """
    leaves: dict[str, Any] = {}
    for key, value in tables.items():
        if isinstance(value, dict):
            leaves |= flat(value, f"{prefix}{key}.")
        else:
            leaves[f"{prefix}{key}"] = value
    return leaves


def assignment_text(values: Assignment) -> str:
    """``n_carbons = 8, edge_nm = 7.5``: what tells a job from its neighbours, without the tables' names."""
    return ", ".join(f"{key.split('.', 1)[-1]} = {_short(value)}" for key, value in values.items())


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else value if isinstance(value, str) else json.dumps(value)


def _studies(
    tables: dict[str, Any], sweep: Sweep, source: str, folder: Path, name: str
) -> Iterator[tuple[str, Study | InputError]]:
    """A study, or what is wrong with it, for each combination and seed."""
    for values in sweep.assignments():
        label = f"{source}: {assignment_text(values)}" if values else source
        try:
            study = Study.from_data(_merged(tables, values, label), source=label, folder=folder, name=name)
            yield label, study
            first_seed = study.assembly.seed
            for i in range(1, sweep.replicas):
                again = _merged(tables, {**values, SEED: first_seed + i}, label)
                yield label, Study.from_data(again, source=label, folder=folder, name=name)
        except InputError as error:
            yield label, error


def _merged(tables: dict[str, Any], values: Assignment, label: str) -> dict[str, Any]:
    merged = dict(tables)
    for key, value in values.items():
        *path, last = key.split(".")
        inner = merged
        for part in path:
            below = inner.get(part, {})
            if not isinstance(below, dict):
                raise InputError(f"{label}: {part} must be a table, got {below!r}.")
            inner[part] = dict(below)
            inner = inner[part]
        inner[last] = value
    return merged


def _not_simulated(study: Study) -> str | None:
    spec = study.assembly.build()
    populations = [(study.nanocrystal, study.ligand)]
    populations += [(study.partner, study.partner.ligand)] if study.partner else []
    for nanocrystal, ligand in populations:
        try:
            check_model(nanocrystal.build(), ligand.build(), spec)
        except InputError as error:
            return f"assembly.model: {error} Or --predict-only."
    return None


def _refuse(impossible: list[str], sweep: Sweep) -> None:
    if not impossible or sweep.skip_impossible:
        return
    if sweep.n_jobs == 1:
        raise InputError(impossible[0])
    raise InputError(
        f"{impossible[0]} ({len(impossible)} of the {sweep.n_jobs // sweep.replicas} combinations are impossible, "
        "this is the first; correct the sweep, or leave such jobs out with skip_impossible = true in [sweep].)"
    )
