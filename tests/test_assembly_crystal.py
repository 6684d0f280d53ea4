"""A crystal of rigid bodies: exact gradients, relaxation, vibrations, what it became; LAMMPS as the second route."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from assembly.crystal.bodies import BeadBody, Matter, matter_of, radials
from assembly.crystal.classification import classify
from assembly.crystal.crystals import Crystal, crystal_of
from assembly.crystal.curvature import hessian
from assembly.crystal.energies import energy_gradient
from assembly.crystal.relaxation import relax
from assembly.crystal.vibrations import quasi_harmonic, translations_of
from assembly.system.system import MiePair, PairPotential
from packing.contact.packing import densest_packing
from packing.errors import InputError
from packing.shapes import CUBE_CORNERS, Sphere, cube

FloatArray = NDArray[np.float64]


def mie(epsilon: float, sigma: float, cutoff: float = 0.0) -> MiePair:
    return MiePair(epsilon_kj_mol=epsilon, sigma_nm=sigma, cutoff_nm=cutoff or 2.2 * sigma)


SPHERE = BeadBody(
    name="sphere", shape=Sphere(diameter_nm=4.0), positions_nm=np.zeros((1, 3)), types=np.array([0], dtype=np.int64)
)
CUBE = BeadBody(
    name="cube",
    shape=cube(2.0),
    positions_nm=np.vstack([0.8 * CUBE_CORNERS, 0.9 * np.eye(3), -0.9 * np.eye(3)]),
    types=np.repeat([1, 2], [8, 6]).astype(np.int64),
)
PAIRS: dict[tuple[int, int], PairPotential] = {
    (0, 0): mie(2.0, 4.2),
    (0, 1): mie(1.0, 2.6),
    (0, 2): mie(0.7, 2.5),
    (1, 1): mie(1.5, 1.2),
    (1, 2): mie(0.5, 1.1),
    (2, 2): mie(0.8, 1.0),
}


def matter(scale: float = 1.0) -> Matter:
    return Matter(bodies=(SPHERE, CUBE), pairs=radials(PAIRS, 1.0 / scale))


def perovskite(jitter: float, seed: int = 3) -> Crystal:
    rng = np.random.default_rng(seed)
    packed = densest_packing("NaCl", {"A": Sphere(diameter_nm=4.4), "B": cube(2.6)}, link="same", n_starts=1)
    start = crystal_of(packed, {"A": 0, "B": 1})
    return Crystal(
        name="NaCl",
        cell_nm=start.cell_nm @ (np.eye(3) + 0.02 * jitter * rng.normal(size=(3, 3))),
        fractions=start.fractions + 0.01 * jitter * rng.normal(size=start.fractions.shape),
        rotations=Rotation.from_rotvec(0.2 * jitter * rng.normal(size=(8, 3))).as_matrix() @ start.rotations,
        kinds=start.kinds,
    )


def moved(crystal: Crystal, shift: FloatArray, turn: FloatArray, strain: FloatArray) -> Crystal:
    cell = crystal.cell_nm @ (np.eye(3) + strain)
    return Crystal(
        name=crystal.name,
        cell_nm=cell,
        fractions=crystal.fractions + shift @ np.linalg.inv(cell),
        rotations=Rotation.from_rotvec(turn).as_matrix() @ crystal.rotations,
        kinds=crystal.kinds,
    )


def test_the_gradient_by_strain_shifts_and_turns_is_that_of_the_energy() -> None:
    made, crystal = matter(), perovskite(1.0)
    found, step = energy_gradient(made, crystal), 1e-5
    assert abs(found.energy_kt) > 10
    n = crystal.n_bodies

    def slope(shift: FloatArray, turn: FloatArray, strain: FloatArray) -> float:
        ends = [energy_gradient(made, moved(crystal, s * shift, s * turn, s * strain)).energy_kt for s in (step, -step)]
        return (ends[0] - ends[1]) / (2 * step)

    rng = np.random.default_rng(5)
    for _ in range(3):
        shift, turn, strain = rng.normal(size=(n, 3)), rng.normal(size=(n, 3)), rng.normal(size=(3, 3))
        zero, none = np.zeros((n, 3)), np.zeros((3, 3))
        scale = np.abs(found.strain_kt).max()
        assert slope(shift, zero, none) == pytest.approx((shift * found.shift_kt_per_nm).sum(), abs=1e-6 * scale)
        assert slope(zero, turn, none) == pytest.approx((turn * found.turn_kt).sum(), abs=1e-6 * scale)
        assert slope(zero, zero, strain) == pytest.approx((strain * found.strain_kt).sum(), abs=1e-6 * scale)


def test_a_crystal_that_is_moved_or_turned_as_a_whole_keeps_its_energy() -> None:
    made, crystal = matter(), perovskite(1.0)
    turn = Rotation.from_rotvec([0.3, -0.7, 0.4]).as_matrix()
    turned = Crystal(
        name="NaCl",
        cell_nm=crystal.cell_nm @ turn.T,
        fractions=crystal.fractions + 0.37,
        rotations=turn @ crystal.rotations,
        kinds=crystal.kinds,
    )
    first = energy_gradient(made, crystal)
    assert energy_gradient(made, turned).energy_kt == pytest.approx(first.energy_kt, rel=1e-12)
    assert first.shift_kt_per_nm.sum(axis=0) == pytest.approx(np.zeros(3), abs=1e-9)
    # No torque on the whole: what turns do and what the strain's antisymmetric part does cancel.
    spin = np.array([first.strain_kt[b, c] - first.strain_kt[c, b] for b, c in ((1, 2), (2, 0), (0, 1))])
    assert spin + first.turn_kt.sum(axis=0) == pytest.approx(np.zeros(3), abs=1e-9 * np.abs(first.strain_kt).max())


def test_a_supercell_has_so_many_times_the_energy() -> None:
    made, crystal = matter(), perovskite(1.0)
    one, many = energy_gradient(made, crystal), energy_gradient(made, crystal.repeated((2, 1, 1)))
    assert many.energy_kt == pytest.approx(2 * one.energy_kt, rel=1e-12)
    assert many.strain_kt == pytest.approx(2 * one.strain_kt, rel=1e-10)


def test_the_hessian_is_the_slope_of_the_gradient_and_waves_are_those_of_a_supercell() -> None:
    made, crystal = matter(), perovskite(0.5)
    curved = hessian(made, crystal)
    full = np.zeros((crystal.n_bodies, 6))
    rng = np.random.default_rng(2)
    full[:, :3] = rng.normal(size=(crystal.n_bodies, 3))
    step, none = 1e-5, np.zeros((3, 3))
    zero = np.zeros((crystal.n_bodies, 3))
    ends = [energy_gradient(made, moved(crystal, s * full[:, :3], zero, none)) for s in (step, -step)]
    by_shift = (ends[0].shift_kt_per_nm - ends[1].shift_kt_per_nm) / (2 * step)
    by_turn = (ends[0].turn_kt - ends[1].turn_kt) / (2 * step)
    expected = np.column_stack([by_shift, by_turn]).ravel()[curved.free]
    found = (curved.matrix().real @ full.ravel()[curved.free]).ravel()
    assert found == pytest.approx(expected, abs=1e-6 * np.abs(expected).max())
    waves = curved.eigenvalues((1, 2, 1))
    direct = hessian(made, crystal.repeated((1, 2, 1))).eigenvalues()
    assert waves == pytest.approx(direct, abs=1e-8 * np.abs(direct).max())


def test_turns_of_the_hessian_are_second_differences_of_the_energy() -> None:
    made, crystal = matter(), perovskite(0.5)
    curved = hessian(made, crystal)
    turn = np.zeros((crystal.n_bodies, 3))
    turn[5] = (0.3, -0.5, 0.8)
    zero, none = np.zeros((crystal.n_bodies, 3)), np.zeros((3, 3))
    direction = np.column_stack([zero, turn]).ravel()[curved.free]
    found = direction @ curved.matrix().real @ direction
    off = []
    for step in (1e-3, 3e-4, 1e-4):
        energies = [energy_gradient(made, moved(crystal, zero, s * turn, none)).energy_kt for s in (-step, 0.0, step)]
        off.append(abs((energies[0] - 2 * energies[1] + energies[2]) / step**2 / found - 1))
    # Beads that come to their cutoff within a step have half of their curvature in the difference.
    assert min(off) < 1e-4


def test_relaxing_finds_a_minimum_of_the_enthalpy_that_the_pressure_balances() -> None:
    made = matter()
    found = relax(made, perovskite(1.0), 0.3)
    gradient = energy_gradient(made, found.crystal)
    assert found.largest_force_kt_per_nm < 1e-4
    assert gradient.pressure_kt_per_nm3(found.crystal.volume_nm3) == pytest.approx(0.3, abs=1e-5)
    assert relax(made, perovskite(1.0), 0.0).crystal.volume_nm3 > found.crystal.volume_nm3
    assert found.enthalpy_kt == pytest.approx(found.energy_kt + 0.3 * found.crystal.volume_nm3)


def test_a_rectangular_cell_stays_one() -> None:
    found = relax(matter(), perovskite(0.0), 0.3, cell="diag")
    off = found.crystal.cell_nm[~np.eye(3, dtype=bool)]
    assert off == pytest.approx(np.zeros(6), abs=1e-12)


def test_what_it_became_is_told() -> None:
    crystal, shapes = perovskite(0.0), (SPHERE.shape, CUBE.shape)
    assert classify(crystal, crystal.expanded(1.3), shapes).is_itself
    turned = np.array(crystal.rotations)
    turned[4] = Rotation.from_rotvec([0, 0, math.radians(90 + 20)]).as_matrix() @ turned[4]
    turned[0] = Rotation.from_rotvec([0, 0, 1.0]).as_matrix()  # a sphere has no turns
    one = Crystal(
        name="NaCl", cell_nm=crystal.cell_nm, fractions=crystal.fractions, rotations=turned, kinds=crystal.kinds
    )
    assert classify(crystal, one, shapes).what == ("turned",)
    assert classify(crystal, one, shapes).turn_deg == pytest.approx(20)
    still = np.zeros((8, 3))
    sheared = moved(crystal, still, still, 0.05 * np.eye(3)[[1, 0, 2]] * (1 - np.eye(3)))
    assert classify(crystal, sheared, shapes).what == ("sheared",)
    assert classify(crystal, moved(crystal, still, still, np.diag([0.06, 0, 0])), shapes).what == ("stretched",)
    buckled = moved(crystal, np.eye(8)[:, :3] * 0.9, np.zeros((8, 3)), np.zeros((3, 3)))
    assert "buckled" in classify(crystal, buckled, shapes).what


def test_vibrations_of_a_free_chain_of_numbers() -> None:
    """One body held to its images by springs of known stiffness: F by hand; and it is not stable when stretched."""
    made = Matter(bodies=(SPHERE,), pairs=radials({(0, 0): mie(50.0, 4.2)}, 1.0))
    packed = densest_packing("fcc", {"A": Sphere(diameter_nm=4.2 * 2 ** (1 / 6))})
    fcc = relax(made, crystal_of(packed, {"A": 0}), cell="scale").crystal
    found = quasi_harmonic(made, fcc, (1, 1, 1))
    assert translations_of(fcc) == 4
    values = hessian(made, fcc).eigenvalues()[3:]
    n = 4
    expected = (
        energy_gradient(made, fcc).energy_kt
        - math.log(fcc.volume_nm3 / 4)
        - 1.5 * math.log(n)
        - 9 / 2 * math.log(2 * math.pi)
        + 0.5 * np.log(values).sum()
    )
    assert found.free_energy_kt == pytest.approx(expected / n)
    stretched = quasi_harmonic(made, fcc.expanded(1.2))
    assert not stretched.is_stable
    assert math.isnan(stretched.free_energy_kt)


def test_kinds_without_unlike_energies_are_refused() -> None:
    with pytest.raises(InputError, match="sphere and cube have no pair energy"):
        Matter(bodies=(SPHERE, CUBE), pairs=radials({(0, 0): mie(1, 4), (1, 1): mie(1, 1)}, 1.0))


def test_lammps_gives_the_same_energy_forces_and_torques() -> None:
    from assembly.crystal.engine_system import crystal_system
    from assembly.engines.lammps_session import LammpsSession
    from assembly.system.state import initial_state

    start = perovskite(0.0)
    rng = np.random.default_rng(4)
    crystal = Crystal(
        name="NaCl",
        cell_nm=np.diag(np.diag(start.cell_nm)),
        fractions=start.fractions + 0.01 * rng.normal(size=(8, 3)),
        rotations=Rotation.from_rotvec(0.2 * rng.normal(size=(8, 3))).as_matrix() @ start.rotations,
        kinds=start.kinds,
    ).repeated((2, 2, 2))
    made = crystal_system(crystal, (SPHERE, CUBE), PAIRS)
    session = LammpsSession(made)
    session.restore(initial_state(made, np.random.default_rng(1)))
    there = session.energy_forces()
    session.close()
    here = energy_gradient(matter_of(made, 1.0), crystal)
    assert there.potential_kj_mol == pytest.approx(here.energy_kt, rel=1e-10)
    scale = np.abs(here.shift_kt_per_nm).max()
    assert -there.body_forces_kj_mol_nm == pytest.approx(here.shift_kt_per_nm, abs=1e-8 * scale)
    turning = crystal.kinds == 1
    assert -there.body_torques_kj_mol[turning] == pytest.approx(here.turn_kt[turning], abs=1e-8 * scale)
