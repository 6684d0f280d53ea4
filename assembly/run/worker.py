"""The process that holds the engine: ``python -m assembly.run.worker RUN_DIR ENGINE RANKS [GPU]``.

It runs the plan in the folder and reports in JSON lines on stdout. A line ``stop`` on stdin, or its end (the parent is
gone), makes it run on to the next checkpoint, if that is near, and leave with code 3. Signals do not: schedulers send
them to every process of a job, and it is the parent that knows what they mean. An engine that aborts takes only this
process with it.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
import traceback
from contextlib import closing
from pathlib import Path
from typing import Any

from assembly.engines import Session, start_session
from assembly.run.archive import load
from assembly.run.driver import Driver
from assembly.run.run_files import PLAN, run_hash
from packing.errors import InputError, RunStopped

EXIT_STOPPED, EXIT_INPUT = 3, 2


def main(arguments: list[str]) -> int:
    """Run the plan of a folder on an engine.

    Returns
    -------
    int
        The exit status, a number: 0 done, 1 a bug, 2 what cannot be used, 3 stopped.
    """
    try:
        _run(Path(arguments[0]), arguments[1], int(arguments[2]), int(arguments[3]) if len(arguments) > 3 else None)
    except RunStopped as stopped:
        _emit({"event": "stopped", "message": str(stopped)})
        return EXIT_STOPPED
    except InputError as error:
        _emit({"event": "error", "message": str(error)})
        return EXIT_INPUT
    except OSError as error:
        _emit({"event": "error", "message": f"{error}. Make room or give another folder; the same call goes on"})
        return EXIT_INPUT
    except Exception:
        _emit({"event": "bug", "message": traceback.format_exc()})
        return 1
    return 0


def _run(folder: Path, engine: str, ranks: int, gpu: int | None) -> None:
    _leave_signals_to_the_parent()
    stop = _watch_stdin()
    plan = load(folder / PLAN)
    with closing(start_session(engine, plan.system, gpu=gpu)) as session:
        _check_ranks(session, ranks)
        emit = _emit if session.rank == 0 else _ignore
        emit({"event": "start", "engine": session.name, "version": session.version, "device": session.device})
        driver = Driver(plan, session, folder, run_hash(plan, engine), emit=emit, must_stop=stop.is_set)
        progress = driver.run()
        emit({"event": "done", "seconds": progress.seconds, "steps": driver.state.step,
              "is_free_cluster": progress.is_free_cluster, "engine_versions": progress.engine_versions})  # fmt: skip


def _check_ranks(session: Session, ranks: int) -> None:
    """Refuse to be one of several runs that each take themselves for the only one, and would share a folder."""
    if session.n_ranks != ranks:
        raise InputError(
            f"ranks: this {session.name} {session.version} cannot share a run among {ranks} processes, each finds "
            f"{session.n_ranks}: it has no MPI, or another than its mpiexec. Use ranks = 1, or an MPI build of it"
        )


def _leave_signals_to_the_parent() -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):
        signal.signal(number, signal.SIG_IGN)


def _watch_stdin() -> threading.Event:
    stop = threading.Event()

    def watch() -> None:
        for line in sys.stdin:
            if line.strip() == "stop":
                break
        stop.set()

    threading.Thread(target=watch, daemon=True).start()
    return stop


def _emit(record: dict[str, Any]) -> None:
    print(json.dumps(record), flush=True)


def _ignore(record: dict[str, Any]) -> None:
    pass


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
