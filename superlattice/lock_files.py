"""Locks for folders of several machines whose ``flock`` is not shared: numbered files, each made by one process alone.

A lock is the file ``.lock.N`` of the highest N. It is free when it says so, and stale when its owner is a dead process
of this machine, or has not touched it for `STALE_S` by the file server's clock; a living one does so every `BEAT_S`.
Whoever finds it free or stale makes ``.lock.N+1``; the file system lets one of them. Nobody removes or takes over a
file of somebody else's that may be in use, so a slow process cannot break the lock of another: it finds a higher
number. An owner that was suspended for longer finds that, too, and ends.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = ".lock."
BEAT_S, STALE_S = 10.0, 60.0
FREE = "free"


def take(folder: Path) -> int | None:
    """The number of the lock that this process now has; None while another has it.

    Raises
    ------
    OSError
        If the folder cannot be read or written.
    """
    highest = _highest(folder)
    if highest and _is_held(folder, highest):
        return None
    mine = highest + 1
    try:
        handle = os.open(_file(folder, mine), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
    except FileExistsError:
        return None
    with os.fdopen(handle, "w") as file:
        file.write(_me())
    # A process that slept after it looked may have made a number that was used and tidied away long ago.
    if _highest(folder) != mine:
        _file(folder, mine).unlink(missing_ok=True)
        return None
    for number in _numbers(folder):
        if number < mine:
            _file(folder, number).unlink(missing_ok=True)
    return mine


def is_held(folder: Path) -> bool:
    """Whether a living process has the lock of a folder."""
    highest = _highest(folder)
    return bool(highest) and _is_held(folder, highest)


@contextmanager
def kept(folder: Path, number: int) -> Iterator[None]:
    """Keep a lock that was taken alive, and give it back in the end.

    Parameters
    ----------
    folder
        The locked folder.
    number
        From `take`.
    """
    file, over = _file(folder, number), threading.Event()

    def beat() -> None:
        while not over.wait(BEAT_S):
            with suppress(OSError):
                if _highest(folder) > number:
                    os.kill(os.getpid(), signal.SIGTERM)
                    return
                os.utime(file)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        # The file stays, so that numbers go on from it.
        with suppress(OSError):
            if file.exists():
                file.write_text(FREE)


def _numbers(folder: Path) -> list[int]:
    names = (entry.name.removeprefix(PREFIX) for entry in os.scandir(folder) if entry.name.startswith(PREFIX))
    return [int(name) for name in names if name.isdigit()]


def _highest(folder: Path) -> int:
    return max(_numbers(folder), default=0)


def _file(folder: Path, number: int) -> Path:
    return folder / f"{PREFIX}{number}"


def _is_held(folder: Path, number: int) -> bool:
    try:
        said, touched = _file(folder, number).read_text(), _file(folder, number).stat().st_mtime
    except FileNotFoundError:
        return False
    if said == FREE:
        return False
    if said and _is_dead_here(said):
        return False
    return _server_time(folder) - touched < STALE_S


def _server_time(folder: Path) -> float:
    """Now, by the clock that dates files: those of two machines may differ."""
    probe = folder / f".clock-{socket.gethostname()}-{os.getpid()}-{threading.get_ident()}.tmp"
    probe.touch()
    try:
        return probe.stat().st_mtime
    finally:
        probe.unlink(missing_ok=True)


def _me() -> str:
    return f"{_machine()} {os.getpid()} {_birth(os.getpid())}"


def _machine() -> str:
    """This machine since it was started: process numbers mean nothing elsewhere."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip() + os.readlink("/proc/self/ns/pid")
    except OSError:
        return socket.gethostname()


def _birth(pid: int) -> str:
    """When a process began: numbers are used again."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return "?"


def _is_dead_here(said: str) -> bool:
    try:
        machine, pid, birth = said.rsplit(" ", 2)
    except ValueError:
        return False
    if machine != _machine() or not Path("/proc/self/stat").exists():
        return False
    return _birth(int(pid)) != birth
