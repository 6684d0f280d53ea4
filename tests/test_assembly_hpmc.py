"""hard-cube: hard rounded bodies on HOOMD's Monte Carlo against exact and published numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assembly.engines import Dynamics, Session, UnstableError, choose_engine, hoomd_hpmc, start_session
from assembly.how import How
from assembly.models.hard_cube import effective_shape, plan_hard_cube
from assembly.spec import AssemblySpec
from assembly.system.state import initial_state
from assembly.system.system import BodyKind, System
from packing.configuration import random_quaternions
from packing.errors import InputError
from packing.matter.ligands import ligand
from packing.particles import Coating, Environment, Nanocrystal
from packing.shapes import Cuboid, Shape, Sphere, cube

MISSING = "HOOMD-blue is not installed: conda install -c conda-forge hoomd"


def hard_bodies(shapes: list[Shape], kinds: np.ndarray, centres: np.ndarray, box_nm: float, q: np.ndarray) -> System:
    bodies = tuple(
        BodyKind(
            name=f"NC{i}",
            shape=shape,
            mass_amu=1.0,
            inertia_amu_nm2=np.ones(3),
            centre_type=i,
            bead_types=np.zeros(0, dtype=np.int64),
            bead_positions_nm=np.zeros((0, 3)),
        )
        for i, shape in enumerate(shapes)
    )
    return System(
        box=np.array([box_nm] * 3 + [0.0, 0.0, 0.0]),
        particle_types=tuple(b.name for b in bodies),
        particle_masses_amu=np.ones(len(bodies)),
        bodies=bodies,
        body_kind=np.asarray(kinds, dtype=np.int64),
        centres_nm=centres,
        orientations=q,
        kt_kj_mol=1.0,
        hard_bodies=True,
    )


def on_a_lattice(per_edge: int, spacing_nm: float, *, turned: bool, edge_nm: float = 1.0) -> System:
    g = (np.arange(per_edge) + 0.5 - per_edge / 2) * spacing_nm
    centres = np.stack(np.meshgrid(g, g, g, indexing="ij"), axis=-1).reshape(-1, 3)
    n = len(centres)
    q = random_quaternions(n, np.random.default_rng(1)) if turned else np.tile([1.0, 0, 0, 0], (n, 1))
    return hard_bodies([cube(edge_nm)], np.zeros(n), centres, per_edge * spacing_nm, q)


def session_of(system: System) -> Session:
    pytest.importorskip("hoomd", reason=MISSING)
    session = start_session("hoomd", system)
    session.restore(initial_state(system, np.random.default_rng(1)))
    return session


def sweeps(ensemble: str, n: int, **more: Any) -> Dynamics:
    return Dynamics(
        ensemble=ensemble,  # type: ignore[arg-type]
        timestep_ps=1.0,
        n_steps=n,
        kt_start_kj_mol=1.0,
        kt_end_kj_mol=1.0,
        **more,
    )


def mean_curvature_radius_nm(shape: Shape) -> float:
    """Half the mean width of a convex body: R of a sphere, (a + b + c)/4 of a cuboid, and the rounding on top."""
    if isinstance(shape, Sphere):
        return shape.diameter_nm / 2
    return sum(e - 2 * shape.rounding_nm for e in shape.edges_nm) / 4 + shape.rounding_nm


def second_virial_nm3(a: Shape, b: Shape) -> float:
    """Exact for convex bodies (Isihara; Kihara): B = (V_a + V_b + S_a R_b + S_b R_a) / 2."""
    cross = a.surface_nm2 * mean_curvature_radius_nm(b) + b.surface_nm2 * mean_curvature_radius_nm(a)
    return (a.volume_nm3 + b.volume_nm3 + cross) / 2


def test_the_exact_second_virial_coefficient_of_a_cube_is_five_and_a_half_volumes() -> None:
    assert second_virial_nm3(cube(1.0), cube(1.0)) == pytest.approx(5.5)
    assert second_virial_nm3(Sphere(diameter_nm=1.0), Sphere(diameter_nm=1.0)) == pytest.approx(2 * np.pi / 3)


def test_second_virial_of_cubes_by_separating_axes() -> None:
    """The route without HOOMD: two cubes overlap unless one of fifteen axes separates them."""
    rng = np.random.default_rng(2)
    n, reach = 400_000, np.sqrt(3)
    d = rng.uniform(-reach, reach, size=(n, 3))
    from packing.configuration import quaternions_to_matrices

    r = quaternions_to_matrices(random_quaternions(n, rng))
    overlap = np.ones(n, dtype=bool)
    axes = [np.tile(e, (n, 1)) for e in np.eye(3)] + [r[:, :, k] for k in range(3)]
    axes += [np.cross(e, r[:, :, k]) for e in np.eye(3) for k in range(3)]
    for axis in axes:
        halves = 0.5 * (np.abs(axis).sum(axis=1) + np.abs(np.einsum("ni,nij->nj", axis, r)).sum(axis=1))
        overlap &= np.abs(np.sum(axis * d, axis=1)) <= halves
    excluded = overlap.mean() * (2 * reach) ** 3
    assert excluded / 2 == pytest.approx(5.5, abs=4 * (2 * reach) ** 3 / 2 * overlap.std() / np.sqrt(n))
    assert excluded / 2 == pytest.approx(5.5, rel=0.01)


@pytest.mark.hoomd
@pytest.mark.parametrize(
    "shapes",
    [
        [cube(1.0)],
        [cube(1.0, 0.2)],
        [Cuboid(edges_nm=(1.4, 1.0, 0.6))],
        [Sphere(diameter_nm=1.0)],
        [cube(1.0, 0.1), Sphere(diameter_nm=0.7)],
    ],
)
def test_second_virial_by_the_overlaps_hoomd_counts(shapes: list[Shape]) -> None:
    hoomd = pytest.importorskip("hoomd", reason=MISSING)
    rng = np.random.default_rng(3)
    n, edge, rounds = 4000, 20.0, 10
    kinds = np.arange(n) % len(shapes)
    counted = 0
    for _ in range(rounds):
        centres = rng.uniform(-edge / 2, edge / 2, size=(n, 3))
        system = hard_bodies(shapes, kinds, centres, edge, random_quaternions(n, rng))
        simulation = hoomd.Simulation(device=hoomd.device.CPU(notice_level=0), seed=1)
        state = initial_state(system, rng)
        simulation.create_state_from_snapshot(hoomd_hpmc.to_snapshot(system, state, simulation.device))
        simulation.operations.integrator = hoomd_hpmc.hard_integrator(system)
        simulation.run(0)
        counted += simulation.operations.integrator.overlaps
    numbers = np.bincount(kinds)
    pairs = np.outer(numbers, numbers) - np.diag(numbers)
    exact = np.array([[second_virial_nm3(a, b) for b in shapes] for a in shapes])
    expected = rounds * np.sum(pairs * exact) / edge**3
    assert counted == pytest.approx(expected, abs=4 * np.sqrt(expected))
    assert counted == pytest.approx(expected, rel=0.02)


@pytest.mark.hoomd
def test_the_box_is_reached_exactly_without_overlaps_and_a_step_is_a_step() -> None:
    system = on_a_lattice(4, 1.8, turned=True)
    session = session_of(system)
    session.begin(sweeps("nvt", 300))
    session.advance(300)
    session.begin(sweeps("nvt", 500, box_end=(5.6, 5.7, 5.8, 0, 0, 0)))
    session.advance(500)
    sample = session.sample()
    assert (sample.state.step, sample.state.time_ps) == (800, 800.0)
    assert sample.state.box[:3] == pytest.approx([5.6, 5.7, 5.8], rel=1e-12)
    session.restore(sample.state)  # refuses overlaps


@pytest.mark.hoomd
def test_bodies_that_overlap_from_the_start_are_refused() -> None:
    with pytest.raises(UnstableError, match="overlap"):
        session_of(on_a_lattice(4, 1.05, turned=True))


@pytest.mark.hoomd
def test_a_compression_that_cannot_end_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hoomd_hpmc, "_PATIENCE", 200)
    session = session_of(on_a_lattice(3, 1.9, turned=True))
    session.begin(sweeps("nvt", 50, box_end=(3.01, 3.01, 3.01, 0, 0, 0)))
    with pytest.raises(UnstableError, match="final packing fraction"):
        session.advance(50)


@pytest.mark.hoomd
def test_from_a_restored_state_the_same_sweeps_follow() -> None:
    system = on_a_lattice(4, 1.5, turned=False)
    ends = []
    session = session_of(system)
    session.begin(sweeps("nvt", 100))
    session.advance(100)
    state = session.sample().state
    for used in (session, session_of(system)):
        used.restore(state)
        used.begin(sweeps("npt", 200, pressure_kj_mol_nm3=1.0, seed=9))
        used.advance(200)
        ends.append(used.sample().state)
    assert np.array_equal(ends[0].centres_nm, ends[1].centres_nm)
    assert np.array_equal(ends[0].box, ends[1].box)


# Packing fraction of 216 hard cubes at P* = P edge^3 / kT, from this project's reference table: own Monte Carlo runs
# from a fluid and a crystalline start, agreeing with HOOMD at P* = 3.
@pytest.mark.hoomd
@pytest.mark.slow
@pytest.mark.parametrize(("pressure", "fraction", "start"), [(3.0, 0.352, "fluid"), (8.0, 0.591, "crystal")])
def test_equation_of_state_of_hard_cubes(pressure: float, fraction: float, start: str) -> None:
    fluid = start == "fluid"
    system = on_a_lattice(6, 1.8 if fluid else fraction ** (-1 / 3), turned=fluid)
    session = session_of(system)
    session.begin(sweeps("nvt", 1000))
    session.advance(1000)
    if fluid:
        edge = (216 / fraction) ** (1 / 3)
        session.begin(sweeps("nvt", 1000, box_end=(edge, edge, edge, 0, 0, 0)))
        session.advance(1000)
    session.begin(sweeps("npt", 4000, pressure_kj_mol_nm3=pressure))
    session.advance(1000)
    fractions, by_scaling = [], []
    for _ in range(30):
        session.advance(100)
        sample = session.sample()
        fractions.append(216 / sample.state.volume_nm3)
        by_scaling.append(sample.pressure_kj_mol_nm3)
    assert np.mean(fractions) == pytest.approx(fraction, abs=0.01)
    # The second route to the pressure; a single configuration scatters by half of it.
    assert np.mean(by_scaling) == pytest.approx(pressure, abs=4 * np.std(by_scaling) / np.sqrt(len(by_scaling)))


def test_lammps_asked_for_hard_cubes_names_the_engine_that_can() -> None:
    with pytest.raises(InputError, match=r"lammps cannot run the model 'hard-cube'\. Use hoomd"):
        choose_engine("lammps", "hard-cube")


def test_the_effective_cube_is_longer_by_the_gap_and_rounded_by_half_of_it() -> None:
    assert effective_shape(cube(8.0), 2.0) == cube(10.0, 1.0)
    assert effective_shape(Sphere(diameter_nm=4.0), 1.0) == Sphere(diameter_nm=5.0)


def plan(n_particles: int, duration: float, size_spread: float = 0.0) -> Any:
    oleate = Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0)
    nanocubes = Nanocrystal(material="CsPbBr3", shape=cube(8.6), size_spread=size_spread)
    spec = AssemblySpec(model="hard-cube", n_particles=n_particles, duration=duration)
    return plan_hard_cube(nanocubes, oleate, Environment(), spec)


def test_a_plan_keeps_core_and_hard_shape_apart_and_draws_sizes() -> None:
    system = plan(30, 1.0, size_spread=0.05).system
    for kind in system.bodies:
        assert isinstance(kind.shape, Cuboid)
        assert isinstance(kind.hard_shape, Cuboid)
        gaps = np.array(kind.hard_shape.edges_nm) - np.array(kind.shape.edges_nm)
        assert kind.hard_shape.rounding_nm == pytest.approx(gaps[0] / 2)
    assert len(system.bodies) > 2
    # Neighbours on the starting lattice cannot touch, however they are turned.
    spacing = system.box[0] / 4
    assert spacing > max(2 * k.hard_shape.circumradius_nm for k in system.bodies if k.hard_shape is not None)


@pytest.mark.parametrize("fraction", [0.66, 0.84])
def test_a_crystal_of_hard_cubes_is_judged_by_the_spacing_its_box_gives(fraction: float) -> None:
    """At 0.66 neighbours are 1.15 edges apart: by the contact distance a perfect crystal would have hardly any."""
    from assembly.system.observables import simple_cubic_fraction

    made = plan(216, 1.0)
    period, box_nm = made.periods_nm["medium"], (216 * made.periods_nm["medium"] ** 3 / fraction) ** (1 / 3)
    g = (np.arange(6) + 0.5) * box_nm / 6
    rng = np.random.default_rng(1)
    centres = np.stack(np.meshgrid(g, g, g), -1).reshape(-1, 3)
    centres = centres + rng.normal(scale=0.08 * period, size=centres.shape)
    q = np.tile([1.0, 0, 0, 0], (216, 1))
    spacing = made.judged_spacing_nm(period, box_nm**3)
    assert spacing == pytest.approx(period * fraction ** (-1 / 3), rel=1e-12)
    box = np.array([box_nm, box_nm, box_nm, 0, 0, 0])
    assert simple_cubic_fraction(centres, q, box, spacing) > 0.8
    assert simple_cubic_fraction(centres, q, box, period) < simple_cubic_fraction(centres, q, box, spacing)
    # A gas of the same density is no crystal.
    gas = rng.uniform(0, box_nm, size=(216, 3))
    assert simple_cubic_fraction(gas, random_quaternions(216, rng), box, spacing) < 0.05


@pytest.mark.hoomd
@pytest.mark.slow
def test_a_hard_cube_run_writes_the_same_files_as_any_other(tmp_path: Path) -> None:
    pytest.importorskip("hoomd", reason=MISSING)
    from assembly.run.assembly import run_plan
    from assembly.run.run_files import read_log
    from packing.trajectory import Trajectory

    run_plan(plan(27, 0.05), tmp_path / "run", how=How(engine="hoomd"))
    log = read_log(tmp_path / "run" / "log.h5")
    compressed = log["stage"] == log["stage_names"].index("compress")
    assert log["packing_fraction"][compressed][-1] == pytest.approx(0.66, rel=1e-6)
    assert log["packing_fraction"][-1] > 0.66
    with Trajectory(tmp_path / "run" / "trajectory.gsd") as frames:
        assert frames[len(frames) - 1].shapes == (cube(8.6),)
