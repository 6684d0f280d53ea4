"""One process per run directory; the lock dies with the process that holds it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from packing.errors import InputError


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock.

    Raises
    ------
    InputError
        If another process works in the folder, or it cannot be written.
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
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise InputError(
                f"{folder} is in use by another superlattice process. Wait for it, or choose another --out."
            ) from error
        yield
    finally:
        os.close(handle)
