"""Fits of contacts, kept on disk: each takes ten seconds or more, and the same nanocrystals come again.

A file's name is a hash of all that the fit depends on, the code of the pair energy and of the fit included, so one that
is found is the one that would be made. Delete the folder at any time. ``SUPERLATTICE_CACHE`` names another one.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs

import packing
from assembly.models.soft.contact import BeadContact
from assembly.models.soft.pattern import BeadPattern
from assembly.models.soft.radial import RadialBasis
from packing.files import write_atomically

_CODE = ("pose", "surface", "pair", "matter")
"""Folders of `packing` that a pair energy comes from."""


def cache_folder() -> Path:
    """Where fits are kept."""
    return Path(os.environ.get("SUPERLATTICE_CACHE") or platformdirs.user_cache_dir("superlattice")) / "contacts"


def kept_contact(
    inputs: Any, patterns: tuple[BeadPattern, BeadPattern], is_like: bool, fit: Callable[[], BeadContact]
) -> BeadContact:
    """The fit of ``inputs`` from the folder, or from ``fit`` and put there; where it cannot be written it is made anew.

    ``inputs`` is plain data whose representation says all that the fit depends on; the potentials are of beads of the
    ``patterns``, and ``is_like`` says that the two are equal.
    """
    name = hashlib.sha256(f"{_code_hash()} {inputs!r}".encode()).hexdigest()[:32]
    path = cache_folder() / f"{name}.npz"
    with suppress(*_UNREAD):
        return _read(path, patterns, is_like)
    # Jobs of a campaign ask for the same contact at the same time: one fits it, the others wait for that.
    with _one_at_a_time(path):
        with suppress(*_UNREAD):
            return _read(path, patterns, is_like)
        contact = fit()
        with suppress(OSError), write_atomically(path) as temporary, open(temporary, "wb") as file:
            _write(file, contact)
        return contact


_UNREAD = (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile)


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    """Hold the lock of a file that is going to be made, as far as the system has locks."""
    lock = path.with_suffix(".lock")
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        with suppress(OSError, ImportError):
            # Windows has none.
            import fcntl

            file = held.enter_context(lock.open("w"))
            fcntl.flock(file, fcntl.LOCK_EX)
            held.callback(lock.unlink, missing_ok=True)
        yield


@cache
def _code_hash() -> str:
    folders = [Path(__file__).parent, *(Path(packing.__file__).parent / name for name in _CODE)]
    code = hashlib.sha256()
    for folder in folders:
        for file in sorted(folder.glob("*.py")):
            code.update(file.read_bytes())
    return code.hexdigest()


def _write(file: Any, contact: BeadContact) -> None:
    kinds = sorted(contact.coefficients_kt)
    np.savez(
        file,
        kinds=np.array(kinds, dtype=np.int64),
        knots_nm=contact.basis.knots_nm,
        coefficients_kt=np.array([contact.coefficients_kt[k] for k in kinds]),
        seen_nm=np.array([contact.seen_nm[k] for k in kinds]),
        wall_kt_per_nm2=contact.wall_kt_per_nm2,
        rms_kt=contact.rms_kt,
        n_held_out=contact.n_held_out,
    )


def _read(path: Path, patterns: tuple[BeadPattern, BeadPattern], is_like: bool) -> BeadContact:
    with np.load(path) as file:
        kinds = [(int(a), int(b)) for a, b in file["kinds"]]
        return BeadContact(
            first=patterns[0],
            second=patterns[1],
            basis=RadialBasis(knots_nm=file["knots_nm"]),
            coefficients_kt=dict(zip(kinds, file["coefficients_kt"], strict=True)),
            seen_nm=dict(zip(kinds, file["seen_nm"].tolist(), strict=True)),
            is_like=is_like,
            wall_kt_per_nm2=float(file["wall_kt_per_nm2"]),
            rms_kt=float(file["rms_kt"]),
            n_held_out=int(file["n_held_out"]),
        )
