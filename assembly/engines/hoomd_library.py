"""The one place that imports HOOMD-blue, and the few spots where its versions 4.6 to 7.x differ.

Differences are told apart by looking at signatures, never by version numbers.
"""

from __future__ import annotations

import importlib
import inspect
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Literal

from assembly.engines.hoomd_ranks import device_errors
from packing.errors import InputError, MissingEngineError

HOW_TO_INSTALL = "conda install -c conda-forge hoomd"


def load_hoomd(part: Literal["md", "hpmc"] = "md") -> ModuleType:
    """HOOMD-blue with its package for molecular dynamics (``md``) or for Monte Carlo of hard particles (``hpmc``).

    Raises
    ------
    MissingEngineError
        If it, or that part of it, cannot be imported.
    """
    try:
        with _handlers_kept():
            hoomd = importlib.import_module("hoomd")
            importlib.import_module(f"hoomd.{part}")
    except ImportError as error:
        raise MissingEngineError(
            f"engine: hoomd cannot be imported ({error}). Install it from conda-forge: {HOW_TO_INSTALL}."
        ) from error
    return hoomd


@contextmanager
def _handlers_kept() -> Iterator[None]:
    """Keep the handlers of SIGTERM and of uncaught exceptions, which importing HOOMD replaces.

    Its own exit at once, without the checkpoint that a run writes when it is asked to stop.
    """
    hook, on_term = sys.excepthook, signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        sys.excepthook = hook
        if threading.current_thread() is threading.main_thread() and on_term is not None:
            signal.signal(signal.SIGTERM, on_term)


def hoomd_version() -> tuple[str, tuple[str, ...], str]:
    """Version, devices and, where HOOMD is missing (version ``""``), the reason."""
    try:
        hoomd = load_hoomd()
    except MissingEngineError as error:
        return "", (), str(error)
    devices = ["cpu"]
    if hoomd.version.gpu_enabled and hoomd.device.GPU.is_available():
        devices.append("gpu")
    if hoomd.version.mpi_enabled:
        devices.append("mpi")
    return str(hoomd.version.version), tuple(devices), ""


def open_device(gpu: int | None) -> Any:
    """The CPU (all ranks of the MPI world, where there is one), or the GPU of the number ``gpu``.

    Raises
    ------
    InputError
        If a GPU is asked for that is not there, or that fails.
    """
    hoomd = load_hoomd()
    if gpu is None:
        return hoomd.device.CPU(notice_level=0)
    if not hoomd.version.gpu_enabled or not hoomd.device.GPU.is_available():
        raise InputError(f"gpu: this HOOMD {hoomd.version.version} finds no GPU, got gpu {gpu}. Leave it out for CPU.")
    found = len(hoomd.device.GPU.get_available_devices())
    if not 0 <= gpu < found:
        raise InputError(f"gpu must be between 0 and {found - 1} on this machine, got {gpu}.")
    keyword = {"gpu_id": gpu} if accepts(hoomd.device.GPU, "gpu_id") else {"gpu_ids": [gpu]}
    with device_errors():
        return hoomd.device.GPU(notice_level=0, **keyword)


def device_name(device: Any) -> str:
    """``cpu``, with the number of MPI ranks where there are several, or ``gpu`` with its name."""
    ranks = device.communicator.num_ranks
    kind = "cpu" if isinstance(device, load_hoomd().device.CPU) else f"gpu ({device.device})"
    return kind if ranks == 1 else f"{kind}, {ranks} MPI ranks"


def accepts(kind: type, argument: str) -> bool:
    """Whether the constructor of ``kind`` takes ``argument``."""
    return argument in inspect.signature(kind.__init__).parameters  # type: ignore[misc]


def box_of(box: Any) -> Any:
    """A `hoomd.Box` of (Lx, Ly, Lz, xy, xz, yz)."""
    lx, ly, lz, xy, xz, yz = (float(x) for x in box)
    return load_hoomd().Box(Lx=lx, Ly=ly, Lz=lz, xy=xy, xz=xz, yz=yz)


def linear_box_ramp(box_start: Any, box_end: Any, first_step: int, n_steps: int) -> Any:
    """A box variant whose lengths go linearly from start to end over ``n_steps`` from ``first_step``."""
    hoomd = load_hoomd()
    ramp = hoomd.variant.Ramp(A=0.0, B=1.0, t_start=first_step, t_ramp=n_steps)
    return hoomd.variant.box.Interpolate(initial_box=box_of(box_start), final_box=box_of(box_end), variant=ramp)


def monte_carlo_barostat(trigger: int, beta_p_per_nm3: float) -> Any:
    """`BoxMC` at a pressure over kT [1/nm^3]; the argument is betaP before HOOMD 5 and P (with kT = 1) since.

    ``beta_p_per_nm3`` is that pressure; the box is tried to move every ``trigger`` sweeps.
    """
    barostat = load_hoomd("hpmc").hpmc.update.BoxMC
    keyword = "P" if accepts(barostat, "P") else "betaP"
    return barostat(trigger=trigger, **{keyword: beta_p_per_nm3})
