"""Systems, plans and states in one file each: arrays beside a JSON tree that says what they are (npz).

Nothing in such a file is executed when it is read.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assembly.system.protocol import Plan, Stage, Stiffness
from assembly.system.state import State
from assembly.system.system import BodyKind, CosineSquaredAngle, HarmonicBond, MiePair, System, TablePair
from packing.errors import InputError
from packing.files import write_atomically
from packing.shapes import Cuboid, Sphere

_KNOWN = {
    kind.__name__: kind
    for kind in (
        BodyKind, CosineSquaredAngle, Cuboid, HarmonicBond, MiePair, Plan, Sphere, Stage, State, Stiffness, System,
        TablePair,
    )
}  # fmt: skip


_PLAIN = (str, int, float, bool, type(None))


def save(path: str | os.PathLike[str], value: Any) -> None:
    """Write a `System`, `Plan`, `State` or a dict of such, under a temporary name until it is complete.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(Path(folder) / "x.npz", {"edges": np.array([1.0, 2.0]), "kind": ("a", 1)})
    ...     load(Path(folder) / "x.npz")
    {'edges': array([1., 2.]), 'kind': ('a', 1)}
    """
    arrays: dict[str, Any] = {}
    tree = json.dumps(_encode(value, arrays))
    with write_atomically(path) as temporary, temporary.open("wb") as file:
        np.savez(file, tree=np.array(tree), **arrays)
        file.flush()
        os.fsync(file.fileno())


def load(path: str | os.PathLike[str]) -> Any:
    """Read what `save` wrote.

    Raises
    ------
    InputError
        If the file is missing or damaged.
    """
    source = Path(path)
    if not source.is_file():
        raise InputError(f"{source} is not there. Run the assembly from its study first.")
    try:
        with source.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            return _decode(json.loads(str(file["tree"])), file)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile, EOFError) as error:
        raise InputError(
            f"{source} is damaged or of another version ({error}). Move the run directory away and start again."
        ) from error


def content_hash(value: Any) -> str:
    """A hash of everything in a value, the same on every machine."""
    arrays: dict[str, Any] = {}
    digest = hashlib.sha256(json.dumps(_encode(value, arrays), sort_keys=True).encode())
    for name, array in arrays.items():
        digest.update(name.encode() + str(array.dtype).encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _encode(value: Any, arrays: dict[str, Any]) -> Any:
    if type(value) in _PLAIN:  # first, for a checkpoint holds many thousands of them
        return value
    if isinstance(value, np.ndarray):
        key = f"a{len(arrays)}"
        arrays[key] = value
        return {"array": key}
    if isinstance(value, np.generic):
        return _encode(value.item(), arrays)
    if is_dataclass(value) and type(value).__name__ in _KNOWN:
        content = {f.name: _encode(getattr(value, f.name), arrays) for f in fields(value)}
        return {"class": type(value).__name__, "fields": content}
    if isinstance(value, tuple):
        return {"tuple": [_encode(v, arrays) for v in value]}
    if isinstance(value, list):
        return [_encode(v, arrays) for v in value]
    if hasattr(value, "items"):
        return {"items": [[_encode(k, arrays), _encode(v, arrays)] for k, v in value.items()]}
    if isinstance(value, str | int | float):
        return value
    raise TypeError(f"cannot save a {type(value).__name__}")


def _decode(tree: Any, file: Any) -> Any:
    if isinstance(tree, list):
        return [_decode(v, file) for v in tree]
    if not isinstance(tree, dict):
        return tree
    if "array" in tree:
        return file[tree["array"]]
    if "tuple" in tree:
        return tuple(_decode(v, file) for v in tree["tuple"])
    if "items" in tree:
        return {_decode(k, file): _decode(v, file) for k, v in tree["items"]}
    return _KNOWN[tree["class"]](**{name: _decode(v, file) for name, v in tree["fields"].items()})
