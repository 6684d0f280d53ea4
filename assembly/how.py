"""`How`: on what a plan is run. One value for all who pass it on, from the command line to the worker process."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """Where and on what to simulate, and for how long at most; nothing of it changes what is simulated.

    Parameters
    ----------
    engine
        ``"hoomd"``, ``"lammps"`` or ``"auto"`` (HOOMD where it is importable, else LAMMPS); None for what the study
        says, and ``auto`` where there is no study.
    ranks
        Number of MPI processes.
    gpu
        Number of the GPU, from 0 (HOOMD only); None for the processor.
    walltime_hours
        Stop with a checkpoint after this time [h]; None for no limit.

    Examples
    --------
    >>> How(engine="lammps", ranks=2)
    How(engine='lammps', ranks=2, gpu=None, walltime_hours=None)
    """

    engine: str | None = None
    ranks: int = 1
    gpu: int | None = None
    walltime_hours: float | None = None
