"""Boxes whose angles are free: energies, stresses, and crystals that grew at an angle."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from engine_cases import plain_energy_forces, soft_cubes, still_state
from hypothesis import given, strategies as st

from assembly.engines import start_session
from assembly.engines.session import Session
from assembly.models.soft.plan import plan_soft
from assembly.run.driver import Driver
from assembly.spec import AssemblySpec
from assembly.system.observables import simple_cubic_fraction
from assembly.system.ramp import FOLLOWED, MAX_TILT, ramped_box
from assembly.system.state import State, heights_nm, initial_state, momentum_flow_kj_mol, with_least_tilts
from assembly.system.system import System
from packing.configuration import box_to_cell, wrap
from packing.matter.ligands import ligand
from packing.particles import Coating, Environment, Nanocrystal
from packing.shapes import cube

ENGINES = ["lammps", pytest.param("hoomd", marks=pytest.mark.hoomd)]
TILTED = np.array([0, 0, 0, 0.31, -0.22, 0.17])
AXES = [(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)]
tilts = st.tuples(*3 * [st.floats(-3, 3)])


@contextmanager
def started(engine: str, system: System, state: State) -> Iterator[Session]:
    pytest.importorskip(engine, reason=f"{engine} is not installed")
    session = start_session(engine, system)
    try:
        session.restore(state)
        yield session
    finally:
        session.close()


def shaken(tilt: np.ndarray = TILTED) -> tuple[System, State]:
    """Cubes that feel each other, turned anyhow, in a box of these tilts."""
    system = soft_cubes(8, 7.2, np.random.default_rng(3), jitter_nm=0.2)
    system = replace(system, box=system.box + tilt)
    return system, still_state(system)


def strained(state: State, strain: np.ndarray) -> State:
    """Box and centres strained alike, bodies as they are."""
    cell = box_to_cell(state.box) @ (np.eye(3) + strain).T
    lx, ly, lz = cell.diagonal()
    box = np.array([lx, ly, lz, cell[1, 0] / ly, cell[2, 0] / lz, cell[2, 1] / lz])
    return replace(state, box=box, centres_nm=state.centres_nm @ (np.eye(3) + strain).T)


@given(st.tuples(*3 * [st.floats(5, 50)]), tilts)
def test_heights_of_a_box_are_its_volume_over_its_faces(lengths, tilt) -> None:
    box = np.array([*lengths, *tilt])
    a, b, c = box_to_cell(box)
    faces = [np.linalg.norm(np.cross(b, c)), np.linalg.norm(np.cross(c, a)), np.linalg.norm(np.cross(a, b))]
    np.testing.assert_allclose(heights_nm(box), np.prod(lengths) / np.array(faces), rtol=1e-9)


@given(st.integers(0, 2**31), tilts)
def test_the_least_tilts_are_of_the_same_lattice(seed: int, tilt) -> None:
    state = shaken(np.array([0, 0, 0, *tilt]))[1]
    state = replace(state, centres_nm=np.random.default_rng(seed).uniform(-10, 10, (8, 3)))
    least = with_least_tilts(state)
    lx, ly, lz, xy, xz, yz = least.box
    assert np.all(np.abs([xy * ly / lx, xz * lz / lx, yz * lz / ly]) <= 0.5 + 1e-9)
    # Cell vectors of either are whole sums of those of the other, and centres moved by such.
    whole = box_to_cell(least.box) @ np.linalg.inv(box_to_cell(state.box))
    np.testing.assert_allclose(whole, np.round(whole), atol=1e-9)
    assert np.linalg.det(whole) == pytest.approx(1)
    moved = (least.centres_nm - state.centres_nm) @ np.linalg.inv(box_to_cell(state.box))
    np.testing.assert_allclose(moved, np.round(moved), atol=1e-9)
    assert with_least_tilts(least) is least


@given(tilts)
def test_order_does_not_depend_on_which_box_names_the_lattice(tilt) -> None:
    g = (np.arange(4) - 1.5) * 11.0
    places = np.stack(np.meshgrid(g, g, g, indexing="ij"), -1).reshape(-1, 3)
    aligned = np.tile([1.0, 0, 0, 0], (64, 1))
    box = np.array([44.0, 44, 44, *np.round(tilt)])  # whole periods: the same crystal
    assert simple_cubic_fraction(wrap(places, box), aligned, box, 11.0) == 1.0


@pytest.mark.parametrize("engine", ENGINES)
def test_energies_forces_and_torques_in_a_tilted_box_are_plain_sums(engine: str) -> None:
    system, state = shaken()
    expected = plain_energy_forces(system, state)
    with started(engine, system, state) as session:
        got = session.energy_forces()
    assert got.potential_kj_mol == pytest.approx(expected.potential_kj_mol, rel=1e-8)
    for name in ("body_forces_kj_mol_nm", "body_torques_kj_mol"):
        a, b = getattr(got, name), getattr(expected, name)
        assert np.abs(a - b).max() <= 1e-8 * np.abs(b).max(), name


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("tilt", [np.zeros(6), TILTED], ids=["right", "tilted"])
def test_pressures_are_what_strains_of_the_box_cost(engine: str, tilt: np.ndarray) -> None:
    """P_ab = -dE / d(strain_ab) / V for bodies at rest, of all lengths and tilts, by plain sums of strained boxes."""
    system, state = shaken(tilt)
    with started(engine, system, state) as session:
        got = session.sample().pressures_kj_mol_nm3
    off = []
    # Two beads that come to their cutoff within a step, where the force ends, count half: of two steps the better.
    for step in (1e-5, 1e-6):
        expected = []
        for a, b in AXES:
            strain = np.zeros((3, 3))
            strain[a, b] = step
            ends = (plain_energy_forces(system, strained(state, sign * strain)).potential_kj_mol for sign in (1, -1))
            expected.append(-(next(ends) - next(ends)) / (2 * step) / state.volume_nm3)
        off.append(np.abs(got - expected) / np.abs(expected).max())
    assert np.min(off, axis=0).max() < 1e-5


@pytest.mark.parametrize("engine", ENGINES)
def test_motion_carries_momentum_through_all_faces(engine: str) -> None:
    system, still = shaken()
    moving = initial_state(system, np.random.default_rng(5))
    moving = replace(moving, angular_velocities_rad_ps=np.zeros_like(moving.angular_velocities_rad_ps))
    with started(engine, system, still) as session:
        at_rest = session.sample().pressures_kj_mol_nm3
        session.restore(moving)
        got = session.sample().pressures_kj_mol_nm3 - at_rest
    flow = momentum_flow_kj_mol(system, moving)
    mass = system.bodies[0].mass_amu
    v = moving.velocities_nm_ps
    assert flow == pytest.approx([mass * np.sum(v[:, a] * v[:, b]) for a, b in AXES])
    np.testing.assert_allclose(got, flow / still.volume_nm3, rtol=1e-6, atol=1e-6 * np.abs(flow).max())


@pytest.mark.parametrize("engine", ENGINES)
def test_a_crystal_changes_the_angles_of_its_box_until_its_contacts_are_deeper(engine: str, tmp_path: Path) -> None:
    """Rows out of step by a fifth of a period give way, their contacts deepen, and every cube keeps its neighbours."""
    pytest.importorskip(engine, reason=f"{engine} is not installed")
    plan = plan_soft(
        Nanocrystal(material="CsPbBr3", shape=cube(8.6)),
        Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0),
        Environment(medium="toluene"),
        AssemblySpec(n_particles=27, seed=4),
    )
    relax = next(s for s in plan.stages if s.name == "relax_cell")
    period = plan.periods_nm[relax.potential_end]
    box = np.array([*3 * [3 * period], 0, 0.2, 0])
    fractions = (np.stack(np.meshgrid(*3 * [np.arange(3)], indexing="ij"), -1).reshape(-1, 3) - 1) / 3
    system = replace(
        plan.system,
        box=box,
        centres_nm=fractions @ box_to_cell(box),
        orientations=np.tile([1.0, 0, 0, 0], (27, 1)),
        pairs=plan.potentials[relax.potential_end],
    )
    session = start_session(engine, system)
    try:
        session.restore(still_state(system))
        out_of_step = session.energy_forces().potential_kj_mol
        driver = Driver(
            replace(plan, system=system, stages=(replace(relax, n_steps=1600),)), session, tmp_path, "x",
            emit=lambda _: None, must_stop=lambda: False,
        )  # fmt: skip
        progress = driver.run()
    finally:
        session.close()
    last = progress.rows[-1]
    # Not to right angles: at this depth soft cubes gain by shearing, in one direction or another.
    assert np.abs(driver.state.box[3:] - box[3:]).max() > 0.02
    # Rows in register hold nearly three times as much; warmth takes back 3 kT a cube, a twentieth, and scatters by 22.
    assert last["U"] < 2 * out_of_step < 0
    assert last["sc_fraction"] == 1.0


@given(st.tuples(*3 * [st.floats(-0.4, 0.4)]), st.integers(1, 30))
def test_a_box_that_is_given_its_size_gets_right_angles(tilt, n_samples: int) -> None:
    box = np.array([20.0, 30, 40, *tilt])
    volume = float(np.prod(box[:3]))
    for i in range(n_samples):
        box = ramped_box(box, (volume, volume / 2), (i + 1) / n_samples, n_samples, is_jammed=False)
    np.testing.assert_allclose(box, [*np.array([20, 30, 40]) / 2 ** (1 / 3), 0, 0, 0], atol=1e-9)


@given(st.tuples(*3 * [st.floats(-0.1, 0.1)]))
def test_tilts_give_way_to_the_shear_that_is_there_but_not_all_at_once(shear) -> None:
    box = np.array([20.0, 30, 40, 0.1, 0, 0])
    ramped = ramped_box(box, (24000.0, 24000.0), 0.5, 10, is_jammed=False, shear=np.array(shear))
    np.testing.assert_allclose(
        ramped[3:] - box[3:], np.clip(FOLLOWED * np.array(shear), -MAX_TILT, MAX_TILT), atol=1e-15
    )
    np.testing.assert_allclose(ramped[:3], box[:3])
