"""Small laws of the simulations: what a number must be by another way of getting it."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from engine_cases import capped_mixture, two_sizes

from assembly.crystal import coated
from assembly.crystal.crystals import Crystal
from assembly.engines import hoomd_library
from assembly.engines.hoomd_dynamics import box_updater
from assembly.engines.tables import MIE_WALL, mie_table, table_values
from assembly.free_energy.hard_spheres import _sites
from assembly.free_energy.thermal import common_shift
from assembly.how import How
from assembly.models.explicit_ligand import filled_edge_nm
from assembly.models.soft.about import contact_warnings
from assembly.models.soft.drying import DryingContact
from assembly.models.soft.held_stages import held_stages
from assembly.models.soft.stages import SoftState, soft_stages
from assembly.models.surface import outward_directions
from assembly.run import assembly as facade, gpu_check, verdict
from assembly.spec import PROTOCOLS, AssemblySpec
from assembly.system.bodies import _second_moments_nm5
from assembly.system.protocol import Stiffness
from assembly.system.state import (
    initial_state,
    rotational_energy_kj_mol,
    temperatures_kelvin,
    translational_energy_kj_mol,
)
from assembly.system.system import MiePair
from packing.configuration import quaternions_to_matrices
from packing.matter.ligands import ligand
from packing.particles import Coating
from packing.shapes import Cuboid, cube
from packing.spacing.cubes import fill_spacing_nm


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_stages_do_not_know_the_unit_of_time(protocol: str) -> None:
    states = [
        SoftState(
            name=name,
            depth_kt=depth,
            timestep_ps=step,
            thermal_time_ps=700.0,
            pressure_relaxation_ps=400 * step,
            stiffness=Stiffness(along_kt=1e5, shear_kt=1e3),
        )
        for name, depth, step in (("medium", 0.4, 3.0), ("drying-1", 20.0, 2.0), ("dry", 900.0, 1.0))
    ]
    slower = [
        dataclasses.replace(s, **{f: 3 * getattr(s, f) for f in SoftState.__slots__ if f.endswith("_ps")})
        for s in states
    ]
    if protocol == "hold":
        spec = AssemblySpec(protocol=protocol, pressure_kt_per_nm3=0.01)
        stages = [held_stages(spec, some[0], kt_kj_mol=2.5) for some in (states, slower)]
    else:
        spec = AssemblySpec(protocol=protocol)
        stages = [soft_stages(spec, some, are_cubes=True) for some in (states, slower)]
    for one, three in zip(*stages, strict=True):
        times = {f.name: getattr(one, f.name) for f in dataclasses.fields(one) if f.name.endswith("_ps")}
        of_three = {name: getattr(three, name) for name in times}
        # The thermostat of free particles is not of these stages: they have none.
        del times["free_relaxation_ps"], of_three["free_relaxation_ps"]
        barostat = times.pop("pressure_relaxation_ps"), of_three.pop("pressure_relaxation_ps")
        if one.ensemble == "npt":
            assert barostat[1] == pytest.approx(3 * barostat[0])
        assert of_three == pytest.approx({name: 3 * value for name, value in times.items()})
        assert (one.n_steps, one.fraction_end) == (three.n_steps, three.fraction_end)


def test_the_energy_of_moving_bodies_is_that_of_their_beads() -> None:
    system = two_sizes(np.random.default_rng(12))
    state = initial_state(system, np.random.default_rng(3))
    beads = 0.0
    for i, turn in enumerate(quaternions_to_matrices(state.orientations)):
        body = system.bodies[system.body_kind[i]]
        # What the beads do not carry of the mass is on the centre.
        arms = np.vstack([body.bead_positions_nm @ turn.T, np.zeros(3)])
        masses = np.append(body.bead_masses_amu, body.mass_amu - body.bead_masses_amu.sum())
        velocities = state.velocities_nm_ps[i] + np.cross(state.angular_velocities_rad_ps[i], arms)
        beads += 0.5 * float(masses @ np.sum(velocities**2, axis=1))
    whole = translational_energy_kj_mol(system, state) + rotational_energy_kj_mol(system, state)
    assert whole == pytest.approx(beads, rel=1e-9)


def test_a_device_is_named_with_its_ranks_where_there_are_several(monkeypatch: pytest.MonkeyPatch) -> None:
    class Device:
        def __init__(self, ranks: int) -> None:
            self.communicator, self.device = SimpleNamespace(num_ranks=ranks), "one of a maker"

    class Processor(Device):
        pass

    fake = SimpleNamespace(device=SimpleNamespace(CPU=Processor))
    monkeypatch.setattr(hoomd_library, "load_hoomd", lambda: fake)
    named = [hoomd_library.device_name(d) for d in (Processor(1), Processor(2), Device(1))]
    assert named == ["cpu", "cpu, 2 MPI ranks", "gpu (one of a maker)"]


@pytest.mark.parametrize("shift_nm", [0.0, 0.25])
def test_a_table_of_a_mie_potential_reaches_up_its_wall(shift_nm: float) -> None:
    # Lennard-Jones written out, lifted to end at zero; the wall goes on as steep as it is at its foot.
    pair = MiePair(epsilon_kj_mol=0.5, sigma_nm=0.6, shift_nm=shift_nm, cutoff_nm=1.8)
    table = mie_table(pair)

    def energy(r: np.ndarray) -> np.ndarray:
        x = 0.6 / (r - shift_nm)
        return 4 * 0.5 * (x**12 - x**6)

    assert table.energy_kj_mol[0] > MIE_WALL * 0.5
    r = np.linspace(table.r_min_nm, 1.799, 400)
    np.testing.assert_allclose(table_values(table, r)[0], energy(r) - energy(np.array(1.8)), rtol=1e-4, atol=1e-7)


def test_a_box_that_stays_has_no_updater() -> None:
    still = SimpleNamespace(box_end=None, n_steps=100)
    assert box_updater(cast(Any, still), np.array([30.0, 31.0, 32.0, 0.1, 0.2, 0.3]), 0) is None


def test_chains_on_a_rounded_cube_leave_along_its_normal() -> None:
    # Without blending the direction is that from the sharp body inside: the gradient of the distance to it.
    shape = cube(8.0, rounding_nm=1.0)
    points = np.array([[4.0, 0.0, 1.0], [0.0, 4.0, -2.9], [3 + np.sqrt(0.5), 3 + np.sqrt(0.5), 0.0]])
    expected = np.array([[1.0, 0, 0], [0, 1.0, 0], [np.sqrt(0.5), np.sqrt(0.5), 0]])
    np.testing.assert_allclose(outward_directions(shape, points, 0.0), expected, atol=1e-9)
    # A blend wider than the body leaves no face flat.
    wide = outward_directions(shape, np.array([[4.0, 2.0, 0.0]]), 50.0)[0]
    assert wide[1] / wide[0] == pytest.approx(0.5, abs=0.03)


def test_a_run_is_one_process_on_one_processor_unless_asked_otherwise() -> None:
    assert How() == How(engine=None, ranks=1, gpu=None, walltime_hours=None)


@pytest.mark.parametrize(("edge_nm", "per_nm2"), [(2.4, 3.3), (8.6, 1.5)])
def test_a_cube_and_its_chains_fill_what_the_model_of_filled_space_fills(edge_nm: float, per_nm2: float) -> None:
    coating = Coating(ligand=ligand("oleate"), coverage_per_nm2=per_nm2)
    found = filled_edge_nm(cast(Any, SimpleNamespace(shape=cube(edge_nm))), coating)
    assert found == pytest.approx(float(fill_spacing_nm(edge_nm, coating.shell_nm)), rel=1e-9)


def test_a_contact_that_dries_deepens_by_the_same_factor_at_every_step() -> None:
    poses = tuple(
        SimpleNamespace(facing=SimpleNamespace(depth_kt=depth, gap_nm=gap)) for depth, gap in ((2, 3), (50, 1))
    )
    contact = DryingContact(poses=cast(Any, poses), beads=cast(Any, ()))
    depths = np.array([contact.depth_kt(x) for x in np.linspace(0, 1, 6)])
    assert (depths[0], depths[-1]) == (2, pytest.approx(50))
    np.testing.assert_allclose(depths[1:] / depths[:-1], 25**0.2)
    assert contact.depth_kt(-0.5) == 2
    assert (contact.gap_nm(0.0), contact.gap_nm(1.0)) == (3, 1)


def test_the_energy_that_a_check_follows_is_of_motion_and_place_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bodies whose turning goes into moving, and both into height, have gained nothing."""
    system = two_sizes(np.random.default_rng(12))
    start = initial_state(system, np.random.default_rng(3))
    later = dataclasses.replace(
        start,
        velocities_nm_ps=1.3 * start.velocities_nm_ps,
        angular_velocities_rad_ps=0.4 * start.angular_velocities_rad_ps,
    )
    motion = [translational_energy_kj_mol(system, x) + rotational_energy_kj_mol(system, x) for x in (start, later)]
    samples = iter([(start, 7.0 - motion[0]), (later, 7.0 - motion[1])])
    session = SimpleNamespace(
        restore=lambda state: None,
        begin=lambda dynamics: None,
        advance=lambda n: None,
        sample=lambda: (lambda one: SimpleNamespace(state=one[0], potential_kj_mol=one[1]))(next(samples)),
    )
    assert gpu_check._drift(cast(Any, session), system, start, 0.01) == pytest.approx(0.0, abs=1e-9)


def test_free_beads_have_the_temperature_that_their_speeds_say() -> None:
    system = capped_mixture(np.random.default_rng(2))
    state = initial_state(system, np.random.default_rng(3))
    masses = system.particle_masses_amu[system.free_types]
    # 1 amu nm^2/ps^2 is 1 kJ/mol, and k_B is 8.314462618e-3 kJ/mol/K.
    kelvin = float(masses @ np.sum(state.free_velocities_nm_ps**2, axis=1)) / (3 * len(masses) * 8.314462618e-3)
    assert temperatures_kelvin(system, state)[2] == pytest.approx(kelvin, rel=1e-6)


def test_sampling_begins_after_the_last_step_of_the_stage_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facade, "verdict_of", lambda plan, files: None)
    monkeypatch.setattr(facade, "order_warnings", lambda plan, verdict, end: [])
    monkeypatch.setattr(facade, "_run_warnings", lambda said: [])
    stages = [SimpleNamespace(name=name, potential_end="dry") for name in ("start", "press", facade.SAMPLING_STAGE)]
    log = {key: np.zeros(6) for key in facade.LOG_UNITS}
    log |= {"step": np.array([0, 100, 200, 300, 400, 500]), "stage": np.array([0, 0, 1, 1, 2, 2])}
    plan = SimpleNamespace(stages=stages, periods_nm={"dry": 10.0}, facts={}, warnings=())
    found = facade._outcome(cast(Any, SimpleNamespace(log=log, frames=[])), cast(Any, plan), {})
    assert found["sampling_from_step"] == 301


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_drift_counts_by_its_size_whichever_way_it_goes(sign: int) -> None:
    def found(cpu: float, gpu: float) -> tuple[str, ...]:
        return gpu_check.GpuCheck(
            device="a GPU", version="5.0", energy_difference=0.0, force_difference=0.0, cpu_drift=cpu, gpu_drift=gpu,
            gpu_kelvin=300.0, kelvin=300.0, restart_is_bitwise=True,
        ).problems  # fmt: skip

    allowed = gpu_check.LARGEST_DRIFT
    assert not found(0.0, sign * 0.9 * allowed)
    assert len(found(0.0, sign * 1.1 * allowed)) == 1
    # A processor that drifts as far, to either side, says that it is the step of time and not the device.
    for cpu in (-allowed, allowed):
        assert not found(cpu, sign * 2.9 * allowed)
        assert len(found(cpu, sign * 3.1 * allowed)) == 1


@pytest.mark.parametrize(
    ("depth_kt", "rms_kt", "poor"), [(1.0, 0.2, False), (1.0, 0.4, True), (50.0, 4.0, False), (50.0, 6.0, True)]
)
def test_beads_are_told_to_be_off_by_a_tenth_of_a_deep_contact_and_not_by_less_than_the_heat_notices(
    depth_kt: float, rms_kt: float, poor: bool
) -> None:
    pose = SimpleNamespace(facing=SimpleNamespace(depth_kt=depth_kt, gap_nm=2.0))
    beads = SimpleNamespace(rms_kt=rms_kt)
    contact = SimpleNamespace(poses=(pose, pose), beads=(beads, beads))
    species = SimpleNamespace(population=SimpleNamespace(nanocrystal=SimpleNamespace(material_name="CsPbBr3")))
    told = contact_warnings(cast(Any, SimpleNamespace(species=[species])), cast(Any, {(0, 0): contact}))
    assert len(told) == (2 if poor else 0)


@pytest.mark.parametrize("kelvin", [250.0, 300.0])
def test_what_gains_less_than_the_heat_is_no_contact_however_shallow_the_best_one_is(
    monkeypatch: pytest.MonkeyPatch, kelvin: float
) -> None:
    asked = []

    def contacts(frames: Any, system: Any, potential: Any, below_kj_mol: float) -> None:
        asked.append(below_kj_mol)
        raise StopIteration

    monkeypatch.setattr(verdict, "contacts_of", contacts)
    monkeypatch.setattr(verdict, "_frames_of", lambda frames, log, stage: frames)
    kt = 8.314462618e-3 * kelvin
    for depth_kt, gain_kt in ((1.2, 1.0), (40.0, 40.0 * verdict.CONTACT_PART)):
        plan = SimpleNamespace(
            stages=[SimpleNamespace(name=verdict.DISPERSED, potential_end="medium")],
            system=SimpleNamespace(bodies=[SimpleNamespace(shape=cube(8.6))], kt_kj_mol=kt),
            scales={}, potentials={"medium": None}, facts={"contacts": {"medium": {"depth_kt": depth_kt}}},
        )  # fmt: skip
        with pytest.raises(StopIteration):
            verdict.verdict_of(cast(Any, plan), cast(Any, SimpleNamespace(log={"stage": np.zeros(1)}, frames=[])))
        assert -asked[-1] / kt == pytest.approx(gain_kt)


@pytest.mark.parametrize("edges_nm", [(8.6, 8.6, 8.6), (6.0, 9.0, 12.0)])
def test_shells_are_squeezed_from_the_pressure_of_hard_bodies_that_far_apart(edges_nm: tuple[float, ...]) -> None:
    touch, soft = 2.0, 0.05

    def energy(gap: float) -> float:
        # A wall inside, which costs the heat at ``soft``, and a slow rise outside.
        push = touch - gap
        return -7.0 + ((push / soft) ** 2 * coated.SQUEEZED_KT if push > 0 else -0.3 * push)

    shape = cube(8.6) if len(set(edges_nm)) == 1 else Cuboid(edges_nm=cast(Any, edges_nm))
    pose = SimpleNamespace(
        facing=SimpleNamespace(gap_nm=touch), facing_energy_kt=energy,
        first=SimpleNamespace(nanocrystal=SimpleNamespace(shape=shape)),
    )  # fmt: skip
    face = float(np.prod([e + touch for e in edges_nm])) ** (2 / 3)
    assert coated.squeeze_pressure_kt_per_nm3(cast(Any, pose)) == pytest.approx(1 / (soft * face), rel=1e-6)


def test_angles_of_chains_follow_their_bonds_and_have_a_law() -> None:
    system = capped_mixture(np.random.default_rng(2))
    assert set(system.angles[:, 0]) == set(range(len(system.angle_types)))
    assert set(system.bonds[:, 0]) == set(range(len(system.bond_types)))
    bonded = {frozenset(pair) for pair in system.bonds[:, 1:].tolist()}
    for i, j, k in system.angles[:, 1:].tolist():
        assert {frozenset((i, j)), frozenset((j, k))} <= bonded


@pytest.mark.parametrize("n_cells", [2, 4])
def test_spheres_that_move_at_once_are_no_neighbours_and_each_has_its_turn(n_cells: int) -> None:
    sites = _sites(n_cells, 1.04)
    assert sorted(np.concatenate(sites.colours)) == list(range(4 * n_cells**3))
    for group in sites.colours:
        assert not np.isin(sites.neighbours[group], group).any()


@pytest.mark.parametrize("shift", [[0.1, -0.3, 0.45], [0.0, 0.25, -0.49]])
def test_a_crystal_that_moved_as_a_whole_has_moved_by_the_mean_of_its_sites(shift: list[float]) -> None:
    # Sites that shake by a few percent: round the corner of a period the plain mean goes wrong, the angle not.
    shaken = np.random.default_rng(5).normal(scale=0.02, size=(400, 3))
    moved = np.array(shift) + shaken
    wrapped = moved - np.round(moved)
    off = common_shift(wrapped) - moved.mean(axis=0)
    np.testing.assert_allclose(off - np.round(off), 0.0, atol=1e-4)


def test_a_cell_has_the_same_volume_whichever_hand_its_vectors_make() -> None:
    cell = np.array([[8.0, 0.0, 0.0], [1.0, 9.0, 0.0], [2.0, 3.0, 10.0]])
    for rows in (cell, cell[[1, 0, 2]]):
        one = Crystal(
            name="one",
            cell_nm=rows,
            fractions=np.zeros((1, 3)),
            rotations=np.eye(3)[None],
            kinds=np.zeros(1, dtype=int),
        )
        assert one.volume_nm3 == pytest.approx(720.0)


@pytest.mark.parametrize("rounding_nm", [0.3, 1.0, 2.5])
def test_a_rounded_cuboid_has_the_second_moments_of_points_in_it(rounding_nm: float) -> None:
    edges = np.array([6.0, 8.0, 10.0])
    points = np.random.default_rng(9).uniform(-edges / 2, edges / 2, (400_000, 3))
    over = np.maximum(np.abs(points) - (edges / 2 - rounding_nm), 0)
    # Of points at random in the box, those within the rounding of the inner box.
    found = points**2 * (np.linalg.norm(over, axis=1) <= rounding_nm)[:, None]
    sd = found.std(axis=0) / np.sqrt(len(points)) * edges.prod()
    exact = _second_moments_nm5(Cuboid(edges_nm=(6.0, 8.0, 10.0), rounding_nm=rounding_nm))
    assert np.all(np.abs(found.mean(axis=0) * edges.prod() - exact) < 4.5 * sd)
