"""HOOMD on ranks and devices: answers of the first rank on all of them, and what HOOMD's errors mean."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
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
    """What an error of a running HOOMD means: a failing device, a box too narrow, else a simulation that blew up.

    ``n_ranks`` is the number of MPI ranks that share the box.
    """
    if is_of_device(error):
        return device_failed(error)
    said = " ".join(str(error).split()) or type(error).__name__
    if "domain decomposition" in said:
        return InputError(
            f"ranks: this box is too narrow for {n_ranks} ranks of HOOMD, whose parts must be wider than twice a body "
            f"and the cutoff together ({said}). Use fewer ranks or more particles; the run goes on from its checkpoint."
        )
    return UnstableError(f"HOOMD stopped: {said}")


OF_DEVICES = ("cuda", "hip error", "hiperror", "gpu", "out of memory", "no device", "driver version")
"""Words in lower case by which messages of a device are known."""


def is_of_device(error: BaseException) -> bool:
    """Whether HOOMD, or what it stands on, complains of the device and not of the simulation."""
    said = str(error).lower()
    return any(word in said for word in OF_DEVICES)


def device_failed(error: BaseException) -> InputError:
    """The line for a person whose device fails."""
    said = " ".join(str(error).split()) or type(error).__name__
    return InputError(
        f"gpu: the device failed, not the simulation ({said}). See with nvidia-smi or rocm-smi whether it is free and "
        "sound, take another --gpu or leave it out; the same call goes on from the last checkpoint"
    )


@contextmanager
def device_errors() -> Iterator[None]:
    """Tell errors of the device as such; others pass.

    Raises
    ------
    InputError
        If the device fails.
    """
    try:
        yield
    except RuntimeError as error:
        if is_of_device(error):
            raise device_failed(error) from error
        raise
