"""HOOMD-blue as an engine: what holds for any System, and what it says where HOOMD is missing."""

from __future__ import annotations

import dataclasses
import importlib
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from engine_cases import KT, capped_mixture, soft_cubes, still_state

from assembly import AssemblySpec, assemble
from assembly.engines import Dynamics, Session, UnstableError, hoomd_library as library, start_session
from assembly.engines.hoomd_dynamics import BOX_STEP
from assembly.engines.hoomd_ranks import device_errors, stopped
from assembly.engines.hoomd_snapshot import _angular_momentum, _body_vector
from assembly.how import How
from assembly.run import gpu_check
from assembly.run.run_files import read_log
from assembly.system.state import (
    State,
    body_masses_amu,
    initial_state,
    rotational_energy_kj_mol,
    temperatures_kelvin,
    translational_energy_kj_mol,
)
from assembly.system.system import KB_KJ_PER_MOL_K, BodyKind, MiePair, System
from packing.configuration import random_quaternions, wrap
from packing.errors import InputError, MissingEngineError
from packing.matter.ligands import ligand
from packing.particles import Coating, Environment, Nanocrystal
from packing.shapes import Sphere, cube
from superlattice.cli import main

T_KELVIN = KT / KB_KJ_PER_MOL_K


@pytest.fixture
def hoomd() -> Any:
    return pytest.importorskip("hoomd", reason="HOOMD-blue is not installed: conda install -c conda-forge hoomd")


def session_of(system: System, state: State | None = None, seed: int = 1) -> Session:
    session = start_session("hoomd", system)
    session.restore(state if state is not None else initial_state(system, np.random.default_rng(seed)))
    return session


def dynamics(ensemble: str, n_steps: int, timestep_ps: float = 0.1, **more: Any) -> Dynamics:
    return Dynamics(
        ensemble=ensemble,  # type: ignore[arg-type]
        timestep_ps=timestep_ps,
        n_steps=n_steps,
        **({"kt_start_kj_mol": KT, "kt_end_kj_mol": KT} | more),
    )


def total_energy(system: System, session: Session) -> float:
    sample = session.sample()
    free = temperatures_kelvin(system, sample.state)[2]
    moving = 1.5 * len(system.free_types) * KB_KJ_PER_MOL_K * free if len(system.free_types) else 0.0
    bodies = translational_energy_kj_mol(system, sample.state) + rotational_energy_kj_mol(system, sample.state)
    return sample.potential_kj_mol + bodies + moving


def ideal_bodies(n: int, edge_nm: float, rng: np.random.Generator) -> System:
    """Bodies that do not see each other: every average is known."""
    kind = BodyKind(
        name="NC",
        shape=Sphere(diameter_nm=1.0),
        mass_amu=300.0,
        inertia_amu_nm2=np.array([20.0, 30.0, 40.0]),
        centre_type=0,
        bead_types=np.array([1, 1]),
        bead_positions_nm=np.array([[0.3, 0.0, 0.0], [-0.3, 0.0, 0.0]]),
        bead_masses_amu=np.zeros(2),
    )
    return System(
        box=np.array([edge_nm, edge_nm, edge_nm, 0.0, 0.0, 0.0]),
        particle_types=("centre", "bead"),
        particle_masses_amu=np.ones(2),
        bodies=(kind,),
        body_kind=np.zeros(n, dtype=np.int64),
        centres_nm=rng.uniform(-edge_nm / 2, edge_nm / 2, size=(n, 3)),
        orientations=random_quaternions(n, rng),
        kt_kj_mol=KT,
    )


def shaken_mixture() -> System:
    """Capped cores whose ligand beads overlap."""
    system = capped_mixture(np.random.default_rng(13))
    shaken = np.random.default_rng(1).normal(scale=0.12, size=system.free_positions_nm.shape)
    return dataclasses.replace(system, free_positions_nm=wrap(system.free_positions_nm + shaken, system.box))


# ---- without HOOMD -------------------------------------------------------------------------------------------------


def test_where_hoomd_is_missing_one_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(name: str) -> Any:
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr(importlib, "import_module", nothing)
    with pytest.raises(MissingEngineError, match=r"conda-forge: conda install -c conda-forge hoomd\.$") as caught:
        library.load_hoomd()
    assert "\n" not in str(caught.value)
    version, devices, reason = library.hoomd_version()
    assert (version, devices) == ("", ())
    assert "No module named 'hoomd'" in reason


@pytest.mark.parametrize("keyword", ["betaP", "P"])
def test_the_name_of_the_pressure_argument_is_found_by_looking(monkeypatch: pytest.MonkeyPatch, keyword: str) -> None:
    namespace: dict[str, Any] = {}
    exec(f"class BoxMC:\n    def __init__(self, trigger, {keyword}): self.pressure = {keyword}", namespace)
    fake = SimpleNamespace(hpmc=SimpleNamespace(update=SimpleNamespace(BoxMC=namespace["BoxMC"])))
    monkeypatch.setattr(library, "load_hoomd", lambda part="md": fake)
    assert library.monte_carlo_barostat(1, 2.5).pressure == 2.5


@pytest.mark.parametrize(("argument", "passed"), [("gpu_id", 1), ("gpu_ids", [1])])
def test_the_name_of_the_gpu_argument_is_found_by_looking(
    monkeypatch: pytest.MonkeyPatch, argument: str, passed: Any
) -> None:
    namespace: dict[str, Any] = {}
    exec(
        f"class GPU:\n    def __init__(self, {argument}=None, notice_level=1): self.got = {argument}\n"
        "    @staticmethod\n    def is_available(): return True\n"
        "    @staticmethod\n    def get_available_devices(): return ['a', 'b']",
        namespace,
    )
    version = SimpleNamespace(gpu_enabled=True, version="0")
    fake = SimpleNamespace(device=SimpleNamespace(GPU=namespace["GPU"]), version=version)
    monkeypatch.setattr(library, "load_hoomd", lambda part="md": fake)
    assert library.open_device(1).got == passed
    with pytest.raises(InputError, match="gpu must be between 0 and 1"):
        library.open_device(2)


def test_angular_momentum_survives_the_way_into_a_quaternion_and_back() -> None:
    rng = np.random.default_rng(1)
    q, momentum = random_quaternions(50, rng), rng.normal(size=(50, 3))
    assert _body_vector(q, _angular_momentum(q, momentum)) == pytest.approx(momentum, abs=1e-12)


# ---- with HOOMD ----------------------------------------------------------------------------------------------------


@pytest.mark.hoomd
def test_loading_hoomd_leaves_signals_and_excepthook_alone(hoomd: Any) -> None:
    code = (
        "import signal, sys\n"
        "mine = lambda *_: None\n"
        "signal.signal(signal.SIGTERM, mine)\n"
        "hook = sys.excepthook\n"
        "from assembly.engines.hoomd_library import hoomd_version\n"
        "assert hoomd_version()[0]\n"
        "assert signal.getsignal(signal.SIGTERM) is mine and sys.excepthook is hook\n"
    )
    root = Path(library.__file__).parents[2]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)


@pytest.mark.hoomd
def test_a_gpu_that_is_not_there_is_named(hoomd: Any) -> None:
    if hoomd.version.gpu_enabled and hoomd.device.GPU.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(InputError, match="finds no GPU, got gpu 0"):
        start_session("hoomd", soft_cubes(8, 8.0, np.random.default_rng(1)), gpu=0)


@pytest.mark.hoomd
def test_a_state_comes_back_as_it_was_put_in(hoomd: Any) -> None:
    system = capped_mixture(np.random.default_rng(13))
    state = dataclasses.replace(initial_state(system, np.random.default_rng(2)), step=4321, time_ps=8.5)
    got = session_of(system, state).sample().state
    assert (got.step, got.time_ps) == (4321, 8.5)
    for name in ("box", "velocities_nm_ps", "angular_velocities_rad_ps", "free_velocities_nm_ps"):
        assert getattr(got, name) == pytest.approx(getattr(state, name), abs=1e-12), name
    assert got.centres_nm == pytest.approx(wrap(state.centres_nm, state.box), abs=1e-12)
    assert got.free_positions_nm == pytest.approx(wrap(state.free_positions_nm, state.box), abs=1e-12)
    assert np.abs(np.sum(got.orientations * state.orientations, axis=1)) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.hoomd
@pytest.mark.slow
def test_energy_is_conserved_and_so_is_momentum(hoomd: Any) -> None:
    system = soft_cubes(27, 9.0, np.random.default_rng(3))
    session = session_of(system)
    session.begin(dynamics("langevin", 4000, body_relaxation_ps=20.0, box_end=(18.5, 18.5, 18.5, 0, 0, 0)))
    session.advance(4000)
    session.restore(session.sample().state)
    masses = body_masses_amu(system)
    session.begin(dynamics("nve", 4000, 0.05))
    start, energies = session.sample().state, []
    for _ in range(9):
        energies.append(total_energy(system, session))
        session.advance(500) if len(energies) < 9 else None
    end = session.sample().state
    kinetic = 3 * 27 * KT
    drift = np.polyfit(np.arange(9) * 0.5, energies, 1)[0]  # per 1000 steps
    assert abs(drift) / kinetic < 5e-5  # 0.7e-5 to 1.8e-5 over seeds on HOOMD 7.0.1
    before, after = masses @ start.velocities_nm_ps, masses @ end.velocities_nm_ps
    assert after == pytest.approx(before, abs=1e-9 * np.sqrt(masses.sum() * KT))


@pytest.mark.hoomd
def test_a_run_that_is_resumed_is_the_run_that_went_on(hoomd: Any) -> None:
    system = soft_cubes(8, 8.6, np.random.default_rng(4))
    going = session_of(system)
    going.begin(dynamics("nve", 400))
    going.advance(200)
    middle = going.sample().state
    going.advance(200)
    resumed = session_of(system, middle)
    resumed.begin(dynamics("nve", 200))
    resumed.advance(200)
    a, b = going.sample().state, resumed.sample().state
    assert a.step == b.step == 400
    assert a.centres_nm == pytest.approx(b.centres_nm, abs=1e-9)
    assert a.velocities_nm_ps == pytest.approx(b.velocities_nm_ps, abs=1e-11)


@pytest.mark.hoomd
@pytest.mark.parametrize("ensemble", ["langevin", "npt"])
def test_from_a_restored_state_the_same_steps_follow_bit_for_bit(hoomd: Any, ensemble: str) -> None:
    system = capped_mixture(np.random.default_rng(13))
    session = session_of(system)
    session.begin(dynamics("limit", 100, 0.02))
    session.advance(100)
    state = session.sample().state
    ends = []
    for used in (session, session_of(system)):
        used.restore(state)
        used.begin(dynamics(ensemble, 100, 0.005, seed=7))
        used.advance(100)
        ends.append(used.sample().state)
    assert np.array_equal(ends[0].centres_nm, ends[1].centres_nm)
    assert np.array_equal(ends[0].free_velocities_nm_ps, ends[1].free_velocities_nm_ps)


@pytest.mark.hoomd
@pytest.mark.slow
@pytest.mark.parametrize("ensemble", ["langevin", "nvt"])
def test_heat_is_shared_equally_by_translation_and_rotation(hoomd: Any, ensemble: str) -> None:
    system = soft_cubes(27, 8.6, np.random.default_rng(5))
    session = session_of(system)
    session.begin(dynamics(ensemble, 40_000, body_relaxation_ps=5.0))
    session.advance(2000)
    found = []
    for _ in range(60):
        session.advance(200)  # 20 ps: four relaxation times
        found.append(temperatures_kelvin(system, session.sample().state)[:2])
    # One sample of 81 degrees of freedom scatters by T sqrt(2/81); without friction the total momentum stays zero.
    error = T_KELVIN * np.sqrt(2 / 81) / np.sqrt(len(found))
    expected = T_KELVIN * np.array([1.0 if ensemble == "langevin" else 1 - 1 / 27, 1.0])
    assert np.abs(np.mean(found, axis=0) - expected).max() < 4 * error


@pytest.mark.hoomd
@pytest.mark.slow
def test_ligand_beads_and_cores_reach_their_temperatures(hoomd: Any) -> None:
    system = capped_mixture(np.random.default_rng(13))
    session = session_of(system)
    session.begin(dynamics("limit", 500, 0.02))
    session.advance(500)
    session.begin(dynamics("langevin", 10_000, 0.01, free_relaxation_ps=0.5, body_relaxation_ps=1.0))
    session.advance(500)
    found = []
    for _ in range(40):
        session.advance(100)
        found.append(temperatures_kelvin(system, session.sample().state)[2])
    n = 3 * len(system.free_types)
    assert np.mean(found) == pytest.approx(T_KELVIN, abs=4 * T_KELVIN * np.sqrt(2 / n / len(found)) + 0.005 * T_KELVIN)


@pytest.mark.hoomd
@pytest.mark.slow
def test_temperature_follows_its_ramp(hoomd: Any) -> None:
    system = ideal_bodies(1000, 30.0, np.random.default_rng(6))
    session = session_of(system)
    session.begin(dynamics("langevin", 4000, kt_end_kj_mol=2 * KT, body_relaxation_ps=1.0))
    session.advance(2000)
    middle = temperatures_kelvin(system, session.sample().state)
    session.advance(2000)
    end = temperatures_kelvin(system, session.sample().state)
    assert middle[:2] == pytest.approx([1.5 * T_KELVIN] * 2, rel=0.12)
    assert end[:2] == pytest.approx([2 * T_KELVIN] * 2, rel=0.12)


@pytest.mark.hoomd
@pytest.mark.slow
def test_bodies_without_forces_have_the_pressure_and_volume_of_an_ideal_gas(hoomd: Any) -> None:
    n = 200
    system = ideal_bodies(n, 20.0, np.random.default_rng(7))
    session = session_of(system)
    sample = session.sample()
    volume = sample.state.volume_nm3
    kinetic = translational_energy_kj_mol(system, sample.state)
    assert sample.pressure_kj_mol_nm3 == pytest.approx(2 * kinetic / (3 * volume), rel=1e-12)
    pressure = 0.5 * n * KT / volume  # the box has to double its volume
    session.begin(
        dynamics("npt", 60_000, pressure_kj_mol_nm3=pressure, pressure_relaxation_ps=20.0, body_relaxation_ps=2.0)
    )
    session.advance(10_000)
    volumes = []
    for _ in range(100):
        session.advance(500)
        volumes.append(session.sample().state.volume_nm3)
    # <V> = (N + 1) kT / P in the isobaric ensemble, with a spread of one part in sqrt(N).
    blocks = np.array(volumes).reshape(10, 10).mean(axis=1)
    error = blocks.std(ddof=1) / np.sqrt(10)
    # Ten blocks: Student's t beyond 5 has a chance of 7e-4, where 3.5 had one of 7e-3.
    assert np.mean(volumes) == pytest.approx((n + 1) * KT / pressure, abs=5 * error)


@pytest.mark.hoomd
@pytest.mark.parametrize(
    "build", [lambda: soft_cubes(8, 6.6, np.random.default_rng(11)), lambda: capped_mixture(np.random.default_rng(13))]
)
def test_the_virial_is_the_change_of_energy_with_the_box(hoomd: Any, build: Any) -> None:
    # P_virial = -dU/dV when body centres and free particles scale with the box and bodies stay rigid.
    system = build()
    state = still_state(system)
    session = session_of(system, state)
    pressure = session.sample().pressure_kj_mol_nm3
    energies = []
    for factor in (1 - 1e-6, 1 + 1e-6):
        box = state.box * np.array([factor] * 3 + [1] * 3)
        session.restore(
            dataclasses.replace(
                state, box=box, centres_nm=state.centres_nm * factor, free_positions_nm=state.free_positions_nm * factor
            )
        )
        energies.append(session.energy_forces().potential_kj_mol)
    change = (energies[1] - energies[0]) / (state.volume_nm3 * ((1 + 1e-6) ** 3 - (1 - 1e-6) ** 3))
    assert pressure == pytest.approx(-change, rel=1e-4)


@pytest.mark.hoomd
def test_the_box_goes_linearly_to_its_end_and_bodies_stay_whole(hoomd: Any) -> None:
    system = soft_cubes(8, 9.0, np.random.default_rng(8))
    session = session_of(system)
    session.begin(dynamics("langevin", 1000, box_end=(15.0, 16.0, 17.0, 0, 0, 0)))
    # The engine moves it itself, not only where a call ends.
    session._simulation.run(200)  # type: ignore[attr-defined]
    assert session.sample().state.box[0] == pytest.approx(18 - 0.2 * 3, abs=0.0031 * BOX_STEP)
    session.advance(305)
    assert session.sample().state.box[:3] == pytest.approx([18 - 0.505 * 3, 18 - 0.505 * 2, 18 - 0.505 * 1], rel=1e-9)
    session.advance(495)
    sample = session.sample()
    assert sample.state.box[:3] == pytest.approx([15.0, 16.0, 17.0], rel=1e-12)
    # Energy from the reported centres and orientations alone is that of the run: beads are where they belong.
    again = session_of(system, sample.state).energy_forces()
    assert again.potential_kj_mol == pytest.approx(sample.potential_kj_mol, rel=1e-9)


@pytest.mark.hoomd
def test_new_pair_potentials_count_from_the_next_step(hoomd: Any) -> None:
    system = soft_cubes(8, 6.7, np.random.default_rng(9))
    session = session_of(system)
    session.begin(dynamics("nve", 100))
    session.advance(50)
    before = session.sample()
    old = system.pairs[1, 1]
    assert isinstance(old, MiePair)
    session.set_pairs({(1, 1): dataclasses.replace(old, epsilon_kj_mol=3 * old.epsilon_kj_mol)})
    assert session.sample().potential_kj_mol == pytest.approx(3 * before.potential_kj_mol, rel=1e-12)
    session.advance(50)
    assert session.sample().state.step == 100


@pytest.mark.hoomd
def test_relaxation_moves_chains_a_little_at_a_time_and_leaves_cores(hoomd: Any) -> None:
    system = shaken_mixture()
    session = session_of(system)
    before = session.sample()
    session.begin(dynamics("limit", 300, 0.02, max_displacement_nm=0.01))
    session.advance(1)
    first = session.sample().state
    moved = np.linalg.norm(wrap(first.free_positions_nm - before.state.free_positions_nm, first.box), axis=1)
    assert moved.max() <= 0.01 * (1 + 1e-9)
    session.advance(299)
    after = session.sample()
    assert np.array_equal(after.state.centres_nm, before.state.centres_nm)
    assert after.potential_kj_mol < 0.1 * before.potential_kj_mol
    kelvin = []
    for _ in range(20):
        session.advance(50)
        kelvin.append(temperatures_kelvin(system, session.sample().state)[2])
    assert np.mean(kelvin) == pytest.approx(T_KELVIN, rel=0.05)


@pytest.mark.hoomd
def test_bodies_that_were_held_start_with_the_forces_of_now(hoomd: Any) -> None:
    system = shaken_mixture()
    session = session_of(system)
    session.begin(dynamics("limit", 400, 0.02, max_displacement_nm=0.01))
    session.advance(400)  # overlaps that pushed on the bodies are gone
    before, forces = session.sample().state, session.energy_forces().body_forces_kj_mol_nm
    session.begin(dynamics("nve", 1, 1e-4))
    session.advance(1)
    gained = session.sample().state.velocities_nm_ps - before.velocities_nm_ps
    expected = 1e-4 * forces / body_masses_amu(system)[:, None]
    assert gained == pytest.approx(expected, abs=1e-2 * np.abs(expected).max())


@pytest.mark.hoomd
def test_minimising_ends_where_forces_and_torques_vanish(hoomd: Any) -> None:
    system = soft_cubes(2, 8.0, np.random.default_rng(4))
    system = dataclasses.replace(
        system,
        box=np.array([20.0] * 3 + [0.0] * 3),
        centres_nm=np.array([[-2.9, 0.3, 0.2], [2.9, -0.1, 0.0]]),
        orientations=np.array([[1.0, 0.0, 0.0, 0.0], [1.0, 0.05, 0.03, 0.02]]) / np.array([[1.0], [1.0018982]]),
    )
    session = session_of(system, still_state(system))
    before = session.energy_forces()
    after = session.minimise(20_000, timestep_ps=1.0, force_kj_mol_nm=1e-7, energy_kj_mol=1e-12)
    found = session.energy_forces()
    assert after.potential_kj_mol < before.potential_kj_mol
    assert after.potential_kj_mol < -1.0  # they are bound
    assert np.abs(found.body_forces_kj_mol_nm).max() < 1e-3 * np.abs(before.body_forces_kj_mol_nm).max()
    assert np.abs(after.state.velocities_nm_ps).max() == 0


@pytest.mark.hoomd
def test_a_run_that_blows_up_says_so(hoomd: Any) -> None:
    system = soft_cubes(8, 5.2, np.random.default_rng(10))
    session = session_of(system)
    session.begin(dynamics("nve", 1000, 5.0))
    with pytest.raises(UnstableError):
        for _ in range(10):
            session.advance(100)
            session.sample()


@pytest.mark.hoomd
def test_a_cutoff_above_half_the_box_is_named(hoomd: Any) -> None:
    system = soft_cubes(1, 4.2, np.random.default_rng(1))
    with pytest.raises(InputError, match="twice the longest cutoff"):
        session_of(system)


@pytest.mark.hoomd
@pytest.mark.slow
def test_cubes_order_from_a_disordered_start(hoomd: Any, tmp_path: Path) -> None:
    oleate = Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0)
    spec = AssemblySpec(n_particles=27, seed=2, duration=0.3)
    nanocubes = Nanocrystal(material="CsPbBr3", shape=cube(8.6))
    result = assemble(nanocubes, oleate, Environment(medium="toluene"), spec, tmp_path / "run", how=How(engine="hoomd"))
    order = read_log(tmp_path / "run" / "log.h5")["cubatic_order"]
    assert result.engine == "hoomd"
    assert np.mean(order[:4]) < 0.4
    assert np.mean(order[-8:]) > 0.9


# ---- what a GPU asks for, on the processor ---------------------------------------------------------------------------


@pytest.mark.hoomd
def test_stretches_change_parameters_and_build_no_new_forces(hoomd: Any) -> None:
    """New forces would begin with an empty neighbour list, and on a GPU with hundreds of steps of tuning."""
    system = soft_cubes(8, 8.6, np.random.default_rng(9))
    session = session_of(system)
    session.begin(dynamics("langevin", 100))
    session.advance(50)
    forces = list(session._simulation.operations.integrator.forces)
    old = system.pairs[1, 1]
    assert isinstance(old, MiePair)
    deeper = {(1, 1): dataclasses.replace(old, epsilon_kj_mol=3 * old.epsilon_kj_mol, cutoff_nm=1.2 * old.cutoff_nm)}
    session.set_pairs(deeper)
    session.begin(dynamics("npt", 100, pressure_relaxation_ps=100.0))
    session.advance(50)
    assert list(session._simulation.operations.integrator.forces) == forces
    sample = session.sample()
    fresh = session_of(dataclasses.replace(system, pairs=deeper), sample.state).energy_forces()
    kept = session.energy_forces()
    assert kept.potential_kj_mol == pytest.approx(fresh.potential_kj_mol, rel=1e-12)
    assert kept.body_forces_kj_mol_nm == pytest.approx(fresh.body_forces_kj_mol_nm, abs=1e-9)
    # A potential that falls silent is another set of forces.
    session.set_pairs({(1, 1): dataclasses.replace(old, epsilon_kj_mol=0.0)})
    assert session.sample().potential_kj_mol == 0.0


@pytest.mark.hoomd
@pytest.mark.parametrize("ensemble", ["langevin", "npt"])
def test_a_restore_that_keeps_forces_starts_from_the_same_state(hoomd: Any, ensemble: str) -> None:
    """As on a GPU; here the same steps follow, to rounding."""
    system = soft_cubes(8, 8.6, np.random.default_rng(4))
    session = session_of(system)
    session._keeps_forces = True
    session.begin(dynamics("langevin", 200))
    session.advance(200)
    state = session.sample().state
    forces = list(session._simulation.operations.integrator.forces)
    ends = []
    for used in (session, session_of(system)):
        used.restore(state)
        used.begin(dynamics(ensemble, 60, seed=7))
        used.advance(60)
        ends.append(used.sample().state)
    assert list(session._simulation.operations.integrator.forces) == forces
    assert (ends[0].step, ends[0].time_ps) == (ends[1].step, ends[1].time_ps)
    assert ends[0].centres_nm == pytest.approx(ends[1].centres_nm, abs=1e-9)
    assert ends[0].box == pytest.approx(ends[1].box, abs=1e-9)


@pytest.mark.parametrize(
    "said",
    [
        "CUDA Error: out of memory before /hoomd/GPUArray.h:500",
        "CUDA Error: no CUDA-capable device is detected",
        "hipErrorNoBinaryForGpu: unable to find code object",
    ],
)
def test_an_error_of_the_device_is_told_as_such(said: str) -> None:
    error = stopped(RuntimeError(said), 1)
    assert not isinstance(error, UnstableError)
    assert "gpu: the device failed, not the simulation" in str(error)
    assert len(str(error).splitlines()) == 1
    with pytest.raises(InputError, match="the device failed"), device_errors():
        raise RuntimeError(said)
    lost = RuntimeError("Particle with unique tag 7 is no longer in the simulation box.")
    assert isinstance(stopped(lost, 1), UnstableError)
    with pytest.raises(RuntimeError, match="else"), device_errors():
        raise RuntimeError("something else")


@pytest.mark.hoomd
def test_the_check_of_a_gpu_finds_a_processor_equal_to_itself(hoomd: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """No GPU is here: the processor stands in for one, which shows that the check runs, and that it can fail."""
    real = library.open_device
    monkeypatch.setattr("assembly.engines.hoomd_session.open_device", lambda gpu: real(None))
    for name, steps in (("CONSERVATION_STEPS", 100), ("WARM_UP_STEPS", 20), ("TIMED_STEPS", 20)):
        monkeypatch.setattr(gpu_check, name, steps)
    found = gpu_check.check_gpu(0, sizes=(27,))
    assert found.problems == ()
    assert (found.energy_difference, found.force_difference) == (0.0, 0.0)
    assert "no problem found" in found.summary()
    assert found.speeds[0].gpu_steps_per_s > 0
    broken = dataclasses.replace(found, force_difference=float("nan"), gpu_drift=0.3, gpu_kelvin=3 * found.kelvin)
    assert len(broken.problems) == 3
    assert broken.summary().count("PROBLEM") == 3


@pytest.mark.hoomd
def test_a_check_without_a_gpu_is_one_line(hoomd: Any, capsys: pytest.CaptureFixture[str]) -> None:
    if hoomd.version.gpu_enabled and hoomd.device.GPU.is_available():
        pytest.skip("this machine has a GPU")
    assert main(["check", "gpu"]) == 2
    said = capsys.readouterr().err
    assert "finds no GPU" in said
    assert len(said.splitlines()) == 1
