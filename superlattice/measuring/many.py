"""Many files of one kind measured side by side, each on its own: a bad one is a row with its reason."""

from __future__ import annotations

import copyreg
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from types import MappingProxyType
from typing import Any

from packing.errors import InputError
from superlattice.measuring.kinds import Row, files_of, kind_named
from superlattice.measuring.saving import check_formats, save_measurement
from superlattice.measuring.session import write_session
from superlattice.measuring.table import TABLE, MeasuredFiles

Told = Callable[[int, int, str], Any]
"""Called with the number of files that are done, that of all, and the name of the last."""


# Read-only mappings of results do not travel between processes by themselves.
def _read_only(values: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(values)


copyreg.pickle(MappingProxyType, lambda mapping: (_read_only, (dict(mapping),)))


def measure_files(
    kind: str,
    files: Iterable[str | Path],
    *,
    options: Mapping[str, Any] | None = None,
    jobs: int | None = None,
    save: str | Path | None = None,
    formats: Sequence[str] = ("png", "svg"),
    keep_results: bool = True,
    told: Told | None = None,
) -> MeasuredFiles:
    """Measure many micrographs, curves, frames or scans: one row a file, mean and spread between them.

    Parameters
    ----------
    kind
        ``"tem"``, ``"saxs"``, ``"pattern"`` or ``"xrd"``.
    files
        Paths; a folder stands for the files in it that end as this kind does.
    options
        Keywords of ``measure_tem``, ``measure_saxs``, ``measure_pattern`` or ``measure_xrd``, the same for all files.
    jobs
        Processes; None takes one per core, and no more than there are files.
    save
        Folder to write ``table.csv``, ``averages.csv``, ``session.toml`` and a folder for each file into. It must not
        hold a table yet: nothing is overwritten.
    formats
        Of the figures: ``"png"``, ``"svg"``, ``"pdf"``.
    keep_results
        Whether the measurements come back too, or the rows alone.
    told
        Called as files are done.

    Returns
    -------
    MeasuredFiles
        A row for each file, with ``error`` where it could not be measured. After an interruption (Ctrl-C) it holds what
        was done, and says so.

    Raises
    ------
    InputError
        For an unknown kind, no files, and a folder to save that holds a table. What is wrong with one file is in its
        row.

    Examples
    --------
    >>> table = measure_files("saxs", ["nowhere.dat"], options={"q_unit": "1/nm"}, jobs=1)
    >>> table.n_failed, table.rows[0]["error"].startswith("nowhere.dat")
    (1, True)
    """
    known = kind_named(kind)
    paths = files_of(known, files)
    if not paths:
        raise InputError(f"measure {kind}: no files were given. Name at least one.")
    target = None if save is None else Path(save)
    check_formats(formats)
    if target is not None and (target / TABLE).exists():
        raise InputError(f"{target} holds a {TABLE} already, and nothing is overwritten. Choose another --save.")
    given = dict(options or {})
    folders = _folders(paths, target)
    work = [
        (kind, path, given, folder, tuple(formats), keep_results) for path, folder in zip(paths, folders, strict=True)
    ]
    n_jobs = min(len(paths), jobs or _cores())
    done, stopped = (_here if n_jobs == 1 else _beside)(work, n_jobs, told)
    order = [i for i in range(len(paths)) if i in done]
    table = MeasuredFiles(
        kind=kind,
        rows=tuple(done[i][0] for i in order),
        results=tuple(done[i][1] for i in order) if keep_results else (),
        options=given,
        stopped=stopped,
    )
    if target is not None:
        table.save(target)
        write_session(target, kind, paths, given)
    return table


Work = tuple[str, Path, dict[str, Any], Path | None, tuple[str, ...], bool]
Done = dict[int, tuple[Row, Any]]


def measured_row(work: Work) -> tuple[Row, Any]:
    """The row of one file, and its measurement where that is asked for; also writes its folder.

    What cannot be measured is a row with its reason: no `InputError` leaves here.
    """
    name, path, options, folder, formats, keep = work
    kind = kind_named(name)
    row: Row = {"file": path.name}
    try:
        if path.is_dir():
            raise InputError(
                f"{path.name} is a folder that holds no {kind.noun}: none of its files ends in "
                f"{', '.join(kind.suffixes)}. Name the files, or another folder."
            )
        result = kind.function()(path, **options)
        row |= kind.row(result)
        if folder is not None:
            save_measurement(result, folder, formats=formats)
            row["folder"] = folder.name
        return row | {"error": ""}, result if keep else None
    except InputError as error:
        return row | {"error": _line(error)}, None
    except Exception as error:  # one file that trips the program must not take the others' results along
        what = _line(f"{type(error).__name__} {error}")
        return row | {"error": f"{path.name}: a bug in superlattice ({what}), please report it with the file"}, None


def _line(text: Any) -> str:
    return " ".join(str(text).split())


def _folders(paths: Sequence[Path], target: Path | None) -> list[Path | None]:
    """A folder for each file under the target, numbered where names are the same or there already."""
    if target is None:
        return [None] * len(paths)
    taken: set[str] = {p.name for p in target.iterdir()} if target.is_dir() else set()
    made: list[Path | None] = []
    for path in paths:
        base, n = path.name.split(".")[0] or "file", 1
        name = base
        while name in taken:
            n += 1
            name = f"{base}_{n}"
        taken.add(name)
        made.append(target / name)
    return made


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


def _here(work: Sequence[Work], n_jobs: int, told: Told | None) -> tuple[Done, bool]:
    done: Done = {}
    try:
        for i, one in enumerate(work):
            done[i] = measured_row(one)
            if told is not None:
                told(len(done), len(work), one[1].name)
    except KeyboardInterrupt:
        return done, True
    return done, False


def _beside(work: Sequence[Work], n_jobs: int, told: Told | None) -> tuple[Done, bool]:
    """In processes of their own, so that a file that kills its process costs its own row."""
    done: Done = {}
    left = dict(enumerate(work))
    stopped = False
    while left and not stopped:
        # Fresh processes: threads of the libraries that are loaded here do not survive a fork.
        pool = ProcessPoolExecutor(n_jobs, mp_context=multiprocessing.get_context("spawn"), initializer=_quiet)
        waiting: dict[Future[tuple[Row, Any]], int] = {}
        queue = iter(list(left))
        try:
            for i in queue:
                waiting[pool.submit(measured_row, left[i])] = i
                if len(waiting) >= n_jobs + 1:
                    break
            while waiting:
                for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                    i = waiting.pop(future)
                    done[i] = future.result()
                    if told is not None:
                        told(len(done), len(work), left[i][1].name)
                    del left[i]
                    if (more := next(queue, None)) is not None:
                        waiting[pool.submit(measured_row, left[more])] = more
        except KeyboardInterrupt:
            stopped = True
        except BrokenProcessPool:
            # Which of those at work it was cannot be said: they are tried again one by one.
            for i in [i for i in waiting.values() if i in left] or list(left)[:1]:
                done[i] = _alone(left.pop(i))
                if told is not None:
                    told(len(done), len(work), work[i][1].name)
        finally:
            _end(pool, now=stopped)
    return done, stopped


def _alone(work: Work) -> tuple[Row, Any]:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=_quiet) as pool:
        try:
            return pool.submit(measured_row, work).result()
        except BrokenProcessPool:
            return {"file": work[1].name, "error": "the process that measured it was killed: out of memory?"}, None


def _quiet() -> None:
    """Ctrl-C reaches all processes of a terminal: the one that gathers results decides."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import matplotlib

    matplotlib.use("Agg")


def _end(pool: ProcessPoolExecutor, *, now: bool) -> None:
    workers = list((pool._processes or {}).values())
    pool.shutdown(wait=not now, cancel_futures=True)
    if now:
        for worker in workers:
            worker.terminate()
