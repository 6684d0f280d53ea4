"""One process per run directory; the lock dies with the process that holds it.

Locks are ``flock``'s, or, where ``SUPERLATTICE_LOCK=files`` says so, files (see `superlattice.lock_files`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from packing.errors import InputError
from superlattice import lock_files

HELD = (BlockingIOError, PermissionError)
"""What `flock` raises where another process holds the lock; any other error is of a file system without locks."""


class FolderBusyError(InputError):
    """Another process works in the folder."""


@contextmanager
def locked(folder: Path, *, patience_s: float = 0.0) -> Iterator[None]:
    """Hold the folder's lock; wait for it up to ``patience_s`` seconds.

    Raises
    ------
    FolderBusyError
        If another process works in the folder.
    InputError
        If it cannot be written, or its file system has no locks.
    """
    if by_files():
        with _locked_by_file(folder, patience_s):
            yield
        return
    try:
        import fcntl
    except ImportError:  # Windows has no flock; there a second process is the user's to avoid.
        yield
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / ".lock", os.O_CREAT | os.O_RDWR, 0o644)
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror}. Choose another --out.") from error
    try:
        give_up = time.monotonic() + patience_s
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except HELD as error:
                if time.monotonic() >= give_up:
                    raise _busy(folder) from error
                time.sleep(0.05)
            except OSError as error:  # of a file system without locks: nobody is there, and nobody can be kept out
                raise InputError(
                    f"{folder}: flock does not work here ({error.strerror}), so two processes could take the same job. "
                    "Choose an --out on a file system with flock, or set SUPERLATTICE_LOCK=files here and on the nodes."
                ) from error
        yield
    finally:
        os.close(handle)


def by_files() -> bool:
    """Whether locks are files here.

    Raises
    ------
    InputError
        If ``SUPERLATTICE_LOCK`` says something else than ``flock`` or ``files``.
    """
    said = os.environ.get("SUPERLATTICE_LOCK", "flock")
    if said not in ("flock", "files"):
        raise InputError(f"SUPERLATTICE_LOCK must be flock or files, got {said!r}.")
    return said == "files"


@contextmanager
def _locked_by_file(folder: Path, patience_s: float) -> Iterator[None]:
    give_up = time.monotonic() + patience_s
    try:
        folder.mkdir(parents=True, exist_ok=True)
        while (number := lock_files.take(folder)) is None:
            if time.monotonic() >= give_up:
                raise _busy(folder)
            time.sleep(0.2)
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror}. Choose another --out.") from error
    with lock_files.kept(folder, number):
        yield


def _busy(folder: Path) -> FolderBusyError:
    return FolderBusyError(f"{folder} is in use by another superlattice process. Wait for it, or choose another --out.")


def lock_problem(folder: Path) -> str | None:
    """Why locks in this folder do not hold between machines, as far as can be seen from here; None where they may.

    Parameters
    ----------
    folder
        An existing folder.
    """
    if by_files():
        return None
    try:
        import fcntl
    except ImportError:
        return "this system has no flock"
    probe = folder / f".lock-{os.getpid()}.tmp"
    try:
        handle = os.open(probe, os.O_CREAT | os.O_RDWR, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            return f"flock: {error.strerror}"
        finally:
            os.close(handle)
            probe.unlink(missing_ok=True)
    except OSError:
        return None  # a folder that cannot be written is named elsewhere
    try:
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return mount_problem(folder.resolve(), mounts)


def mount_problem(folder: Path, mounts: str) -> str | None:
    """Why the file system of a folder keeps locks to one machine, from the text of ``/proc/self/mounts``.

    Parameters
    ----------
    folder
        An absolute path.
    mounts
        One mount a line: device, mount point, type, options.

    Examples
    --------
    >>> mount_problem(Path("/scratch/me"), "mds:/x /scratch lustre rw,localflock 0 0")
    'lustre mounted with localflock'
    >>> mount_problem(Path("/scratch/me"), "mds:/x /scratch lustre rw,flock 0 0")
    """
    best, kind, options = "", "", []
    for line in mounts.splitlines():
        fields = line.split()
        if len(fields) < 4:
            continue
        point = fields[1].replace("\\040", " ")
        if folder.is_relative_to(point) and len(point) >= len(best):
            best, kind, options = point, fields[2], fields[3].split(",")
    if kind == "lustre":
        return (
            None
            if "flock" in options
            else f"lustre mounted {'with localflock' if 'localflock' in options else 'without flock'}"
        )
    if kind in ("nfs", "nfs4"):
        bad = [option for option in options if option in ("nolock", "local_lock=all", "local_lock=flock")]
        return f"{kind} mounted with {bad[0]}" if bad else None
    return None


def is_locked(folder: Path) -> bool:
    """Whether a living process works in the folder."""
    if by_files():
        try:
            return lock_files.is_held(folder)
        except OSError:
            return False
    try:
        import fcntl

        handle = os.open(folder / ".lock", os.O_RDONLY)
    except (ImportError, OSError):
        return False
    try:
        # Shared, so that two who only look do not take each other for an owner.
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except HELD:
        return True
    except OSError:  # a file system without locks: nobody can hold one
        return False
    finally:
        os.close(handle)
    return False
