"""HOOMD on several MPI ranks: answers of the first on all of them, and boxes too narrow to share."""

from __future__ import annotations

from typing import Any

from assembly.engines.session import UnstableError
from packing.errors import InputError, MissingEngineError


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


def stopped(error: RuntimeError, n_ranks: int) -> InputError:
    """What an error of a running HOOMD means: a box too narrow for its ranks, else a simulation that blew up.

    ``n_ranks`` is the number of MPI ranks that share the box.
    """
    said = " ".join(str(error).split()) or type(error).__name__
    if "domain decomposition" in said:
        return InputError(
            f"ranks: this box is too narrow for {n_ranks} ranks of HOOMD, whose parts must be wider than twice a body "
            f"and the cutoff together ({said}). Use fewer ranks or more particles; the run goes on from its checkpoint."
        )
    return UnstableError(f"HOOMD stopped: {said}")
