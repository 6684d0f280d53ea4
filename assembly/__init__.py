"""Coarse-grained simulation: do the nanocrystals order by themselves, and how?"""

from assembly.assemble import assemble, build_plan, run_plan
from assembly.engines import EngineInfo, available_engines
from assembly.protocol import Plan, Stage
from assembly.result import AssemblyResult
from assembly.run import ProgressEvent
from assembly.spec import AssemblySpec
from assembly.system import BodyKind, System

__all__ = [
    "AssemblyResult",
    "AssemblySpec",
    "BodyKind",
    "EngineInfo",
    "Plan",
    "ProgressEvent",
    "Stage",
    "System",
    "assemble",
    "available_engines",
    "build_plan",
    "run_plan",
]
