"""A session file: what was measured with which options, so that the same result can be had again."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from packing.errors import InputError
from structure.measured.control import FitControl
from structure.measured.curve import file_sha256
from superlattice.files import plain, write_text
from superlattice.measuring.kinds import kind_named
from superlattice.version import __version__

SESSION = "session.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Files, what they held, and the options they were measured with.

    Parameters
    ----------
    kind
        ``tem``, ``saxs``, ``pattern`` or ``xrd``.
    files
        Where they are.
    sha256
        Of each, empty where it could not be read.
    options
        Keywords of the function that measures them.
    version
        Of superlattice.
    """

    kind: str
    files: tuple[Path, ...]
    sha256: tuple[str, ...]
    options: Mapping[str, Any]
    version: str

    def changed(self) -> list[str]:
        """Names of the files that no longer hold what was measured."""
        return [
            path.name
            for path, before in zip(self.files, self.sha256, strict=True)
            if before and _digest(path) != before
        ]


def write_session(folder: Path, kind: str, files: Sequence[Path], options: Mapping[str, Any]) -> Path:
    """Write ``session.toml`` into a folder; files are named from there."""
    entries = [{"path": _from(folder, path), "sha256": _digest(path)} for path in files]
    given = {key: told_option(value) for key, value in options.items() if value is not None}
    for key in PATHS:
        if isinstance(options.get(key), str | os.PathLike):
            given[key] = _from(folder, Path(options[key]))
    data = {"superlattice": __version__, "kind": kind, "options": plain(given), "files": entries}
    write_text(folder / SESSION, HEAD + tomli_w.dumps(data))
    return folder / SESSION


HEAD = "# superlattice measure again THIS-FILE gives the same result from the same files.\n"
PATHS = ("geometry", "mask")
"""Options that name files."""


def read_session(path: str | Path) -> Session:
    """Read a session file.

    Raises
    ------
    InputError
        If it is missing, is no TOML, or is no session.
    """
    file = Path(path)
    file = file / SESSION if file.is_dir() else file
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{file}: no such session file ({error.strerror}). --save writes {SESSION}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: not valid TOML: {error}.") from error
    try:
        kind, entries, given = str(data["kind"]), data["files"], dict(data.get("options", {}))
        files = tuple(_at(file.parent, entry["path"]) for entry in entries)
        digests = tuple(str(entry.get("sha256", "")) for entry in entries)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InputError(f"{file} is no session: {error!r} is missing or wrong. Keys: kind, files, options.") from error
    kind_named(kind)
    if not files:
        raise InputError(f"{file} names no files. Add [[files]] with path.")
    for key in PATHS:
        if isinstance(given.get(key), str):
            given[key] = _at(file.parent, given[key])
    if "control" in given:
        given["control"] = FitControl.from_dict(given["control"])
    for key in ("q_range_inv_nm", "crop", "periods_nm", "gaps_nm"):
        if isinstance(given.get(key), list):
            given[key] = tuple(given[key])
    return Session(kind=kind, files=files, sha256=digests, options=given, version=str(data.get("superlattice", "")))


def _from(folder: Path, path: Path) -> str:
    try:
        return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    except ValueError:  # another drive
        return path.resolve().as_posix()


def _at(folder: Path, path: str) -> Path:
    return Path(os.path.normpath(folder / path))


def _digest(path: Path) -> str:
    try:
        return file_sha256(path)
    except OSError:
        return ""


def told_option(value: Any) -> Any:
    """The ``value`` of an option as plain data, for a file."""
    if isinstance(value, FitControl):
        return value.to_dict()
    if isinstance(value, Path):
        return str(value)
    return json.loads(json.dumps(plain(value), default=str))
