from . import (
    crystal as crystal,
    engines as engines,
    free_energy as free_energy,
    growth as growth,
    how as how,
    models as models,
    run as run,
    spec as spec,
    system as system,
)
from .engines.registry import EngineInfo as EngineInfo, available_engines as available_engines
from .growth.seeded import SeededGrowth as SeededGrowth, grow_from_seed as grow_from_seed
from .growth.soft_spheres import Growth as Growth, grow_spheres as grow_spheres
from .how import How as How
from .run.assembly import assemble as assemble, build_plan as build_plan, run_plan as run_plan
from .run.result import AssemblyResult as AssemblyResult
from .run.run import ProgressEvent as ProgressEvent
from .spec import AssemblySpec as AssemblySpec
from .system.protocol import Plan as Plan, Stage as Stage
from .system.system import BodyKind as BodyKind, System as System
