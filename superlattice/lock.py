"""One process per run directory; the lock dies with the process that holds it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from packing.errors import InputError


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
        If it cannot be written.
    """
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
            except OSError as error:
                if time.monotonic() >= give_up:
                    raise FolderBusyError(
                        f"{folder} is in use by another superlattice process. Wait for it, or choose another --out."
                    ) from error
                time.sleep(0.05)
        yield
    finally:
        os.close(handle)


def is_locked(folder: Path) -> bool:
    """Whether a living process works in the folder."""
    try:
        import fcntl

        handle = os.open(folder / ".lock", os.O_RDONLY)
    except (ImportError, OSError):
        return False
    try:
        # Shared, so that two who only look do not take each other for an owner.
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False
