"""Files that are either whole or not there: written under a temporary name, then renamed."""

from __future__ import annotations

import errno
import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from packing.errors import InputError
from packing.files import write_atomically

PREDICTED = "prediction.json"
"""The prediction of each part of a study by its name; ``study`` where there is one part."""

LIGHT = "light.json"
"""The light of each part of a predicted study by its name, and the ``[optics]`` that asked for it."""

STABLE = "stability.json"
"""Which lattice of each part of a predicted study is stable, and the ``[stability]`` that asked for it."""

DISK_TROUBLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
"""A full or read-only disk is nobody's bug."""


def write_text(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` in one step."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path`` in one step.

    Raises
    ------
    InputError
        If the folder cannot be written or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with write_atomically(path) as temporary:
            temporary.write_bytes(data)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror or error}. Choose another --out.") from error


def write_json(path: Path, data: Any) -> None:
    """Write plain data as JSON; numbers that are not finite become null."""
    write_text(path, to_json(data) + "\n")


def to_json(data: Any) -> str:
    """JSON text of plain data, numpy numbers and arrays included."""
    return json.dumps(plain(data), indent=2, ensure_ascii=False, allow_nan=False)


def read_json(path: Path) -> Any:
    """Read a JSON file of ours.

    Raises
    ------
    InputError
        If the file is missing or damaged.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({error}). Remove it and run the same command again.") from error


def plain(value: Any) -> Any:
    """The same data in JSON's own types."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Path):
        return str(value)
    return value
