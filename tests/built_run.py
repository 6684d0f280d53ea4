"""A run whose crystal was made at once: what comes after a simulation is tested without one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from assembly.how import How
from assembly.run.result import AssemblyResult
from assembly.run.run_files import RunFiles
from packing.trajectory import write_gsd
from structure.crystals.build import build_crystal, ideal_gas
from superlattice.study.study import Study


def built(name: str, study: Study, folder: Path, *, how: How, progress: Callable[[str, Any], None]) -> AssemblyResult:
    """As `simulate_part`, with a crystal that was made at once; the period is wider than any model's."""
    folder.mkdir(parents=True, exist_ok=True)
    shape = study.nanocrystal.build().shape
    end = build_crystal("sc", spacing_nm=11.6, n_cells=(3, 3, 3), shapes=shape, displacement_nm=0.1, seed=1)
    write_gsd(folder / "trajectory.gsd", [ideal_gas(27, edge_nm=60.0, shapes=shape, seed=1), end])
    return AssemblyResult(
        files=RunFiles(folder), model="built", engine=how.engine or "none", engine_version="0", device="cpu", seed=1,
        n_particles=27, n_steps=1, time_ps=1.0, steps_per_s=1.0, sampling_from_step=0, period_nm=11.6,
        period_std_nm=0.0, start={"cubatic_order": 0.1, "sc_fraction": 0.0},
        end={"cubatic_order": 1.0, "sc_fraction": 1.0}, details={}, warnings=(), was_done=False,
    )  # fmt: skip
