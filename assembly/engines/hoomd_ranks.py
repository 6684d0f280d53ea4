"""Answers of the first MPI rank on all of them (HOOMD gathers to rank 0 alone)."""

from __future__ import annotations

from typing import Any

from packing.errors import MissingEngineError


def from_first_rank(device: Any, value: Any) -> Any:
    """``value`` of rank 0; itself where there is one rank.

    Raises
    ------
    MissingEngineError
        If several ranks run and mpi4py, built for the same MPI as HOOMD, is not there.
    """
    if device.communicator.num_ranks == 1:
        return value
    try:
        from mpi4py import MPI
    except ImportError as error:
        raise MissingEngineError(
            "engine: hoomd on several MPI ranks needs mpi4py. Install it: conda install -c conda-forge mpi4py."
        ) from error
    return MPI.COMM_WORLD.bcast(value, root=0)
