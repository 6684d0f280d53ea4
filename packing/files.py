"""Files that are either whole or not there: written under a temporary name, then renamed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def write_atomically(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary name beside ``path`` to write under; it becomes ``path`` when the block ends without an error.

    After an error ``path`` is what it was before, and nothing of the attempt is left. A process that is killed may
    leave a file that ends in ``.tmp``.

    Parameters
    ----------
    path
        File to write; one that is there is replaced. Its folder must be there.

    Raises
    ------
    OSError
        If the folder cannot be written or the disk is full.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     with write_atomically(Path(folder) / "x.txt") as temporary:
    ...         n_written = temporary.write_text("whole")
    ...     [(file.name, file.read_text()) for file in Path(folder).iterdir()]
    [('x.txt', 'whole')]
    """
    target = Path(path)
    # With the number of the process, so that two who write the same file do not write into each other's.
    temporary = target.with_name(f"{target.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
