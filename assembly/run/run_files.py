"""Files of a run directory: log, trajectory, checkpoint. Whole files appear only when they are complete."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import gsd.hoomd
import h5py
import numpy as np
from numpy.typing import NDArray

from assembly.engines.hoomd_snapshot import particle_arrays
from assembly.run.archive import content_hash, load, save
from assembly.system.state import State, state_configuration
from assembly.system.system import KB_KJ_PER_MOL_K, System
from packing.configuration import Configuration
from packing.errors import InputError
from packing.files import write_atomically
from packing.trajectory import Trajectory, TrajectoryWriter

PLAN, CHECKPOINT, TRAJECTORY, LOG, SUMMARY = (
    "plan.npz", "checkpoint.npz", "trajectory.gsd", "log.h5", "assembly.json",
)  # fmt: skip

LOG_UNITS = {
    "step": "", "time_ps": "ps", "stage": "index into the attribute stage_names",
    "T_trans": "K", "T_rot": "K", "T_free": "K", "U": "kJ/mol", "P": "kJ/mol/nm^3", "V": "nm^3",
    "packing_fraction": "N (edge + gap)^3 / V",
    "cubatic_order": "", "sc_fraction": "",
}  # fmt: skip


def write_json(path: Path, data: Any) -> None:
    """Write JSON in one step."""
    with write_atomically(path) as temporary:
        temporary.write_text(json.dumps(data, indent=1) + "\n")


def write_log(path: Path, rows: list[dict[str, float]], stage_names: list[str]) -> None:
    """Write the observables, one dataset each with its unit, in one step.

    Parameters
    ----------
    path
        HDF5 file.
    rows
        Observables of each sample, by the names and in the units of `LOG_UNITS`.
    stage_names
        Names of the stages that ``stage`` counts.
    """
    with write_atomically(path) as temporary, h5py.File(temporary, "w") as file:
        for name, unit in LOG_UNITS.items():
            data = file.create_dataset(name, data=np.array([row[name] for row in rows]))
            data.attrs["unit"] = unit
        file.attrs["stage_names"] = stage_names


def read_log(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The observables of a run: arrays by name, and ``stage_names``.

    Raises
    ------
    InputError
        If the file is missing or is no log.
    """
    try:
        with h5py.File(path, "r") as file:
            log: dict[str, Any] = {name: np.array(file[name]) for name in LOG_UNITS}
            log["stage_names"] = [str(name) for name in file.attrs["stage_names"]]
            return log
    except (OSError, KeyError) as error:
        raise InputError(f"log {path} cannot be read ({error}). Run the assembly first.") from error


class RunFiles:
    """The frames and the log of a run directory, each read once, when it is first asked for.

    Raises
    ------
    InputError
        When it is asked for, if the file is missing, damaged or empty.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def frames(self) -> tuple[Configuration, ...]:
        """All frames of the trajectory, cores only."""
        with Trajectory(self.folder / TRAJECTORY) as frames:
            return tuple(frames)

    @cached_property
    def log(self) -> dict[str, Any]:
        """The observables, see `read_log`."""
        return read_log(self.folder / LOG)


class FrameFile:
    """The trajectory of a run, cut back to the frames of the checkpoint when a run goes on.

    Raises
    ------
    InputError
        If the file of a run that goes on is missing, damaged or shorter than its checkpoint says.
    """

    def __init__(self, folder: Path, n_frames: int) -> None:
        path = folder / TRAJECTORY
        if n_frames:
            _cut(path, n_frames)
        self._writer = TrajectoryWriter(path, append=n_frames > 0)
        self.n_frames = n_frames

    def append(self, system: System, state: State, row: Mapping[str, float]) -> None:
        """Add a frame: cores with mass, inertia and motion, and the observables of the log.

        Parameters
        ----------
        system, state
            What is simulated, and where it is.
        row
            Observables of the sample, named as in `LOG_UNITS`.
        """
        self._writer.append(state_configuration(system, state), logged(row), particles=motion(system, state))
        self.n_frames += 1

    def close(self) -> None:
        """Close the file."""
        self._writer.close()


def logged(row: Mapping[str, float]) -> dict[str, float]:
    """Observables of a frame: by the names of the log, and those that HOOMD logs too by HOOMD's.

    HOOMD's kinetic temperature is kT [kJ/mol]; its pressure of rigid bodies is the molecular one.

    Parameters
    ----------
    row
        Observables of the sample, named as in `LOG_UNITS`.
    """
    thermo = "md/compute/ThermodynamicQuantities/"
    of_hoomd = {"potential_energy": row["U"], "pressure": row["P"], "volume": row["V"]}
    of_hoomd["translational_kinetic_temperature"] = KB_KJ_PER_MOL_K * row["T_trans"]
    return {f"superlattice/{name}": row[name] for name in LOG_UNITS} | {thermo + k: v for k, v in of_hoomd.items()}


def motion(system: System, state: State) -> dict[str, NDArray[np.float64]]:
    """Mass [amu], inertia [amu nm^2], velocity [nm/ps] and angular momentum of the bodies, as GSD has them.

    Parameters
    ----------
    system, state
        What is simulated, and where it is.

    Returns
    -------
    dict of ndarray
        ``mass`` [amu], ``moment_inertia`` [amu nm^2], ``velocity`` [nm/ps] and ``angmom``, one row per body.
    """
    arrays, n_bodies = particle_arrays(system, state), len(system.body_kind)
    return {name: arrays[name][:n_bodies] for name in ("mass", "moment_inertia", "velocity", "angmom")}


def run_hash(plan: Any, engine: str) -> str:
    """What a checkpoint must agree with: the plan, and the engine that runs it."""
    return content_hash({"plan": plan, "engine": engine})


def write_checkpoint(folder: Path, content: dict[str, Any]) -> None:
    """Save where a run is."""
    save(folder / CHECKPOINT, content)


def read_checkpoint(folder: Path, inputs_hash: str) -> dict[str, Any] | None:
    """Where the run in this folder is; None when it has not begun.

    Raises
    ------
    InputError
        If the checkpoint is damaged, or belongs to other inputs.
    """
    path = folder / CHECKPOINT
    if not path.is_file():
        return None
    content = load(path)
    if not isinstance(content, dict) or content.get("inputs_hash") != inputs_hash:
        raise InputError(f"checkpoint {path} belongs to another study or version. Give another output folder.")
    return content


def _cut(path: Path, n_frames: int) -> None:
    with Trajectory(path) as frames:
        if len(frames) < n_frames:
            raise InputError(
                f"trajectory {path} has {len(frames)} frames where its checkpoint says {n_frames}: it is damaged. "
                "Move the run directory away and start again."
            )
        if len(frames) == n_frames:
            return
    options = {"precision": "single"} if "precision" in gsd.hoomd.open.__code__.co_varnames else {}
    with (
        write_atomically(path) as temporary,
        gsd.hoomd.open(str(path), "r", **options) as source,
        gsd.hoomd.open(str(temporary), "w", **options) as target,
    ):
        for i in range(n_frames):
            target.append(source[i])
