"""Free energies of crystals: closed forms of springs, vibrations as the second route, hard spheres as published."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from assembly.crystal.bodies import BeadBody, Matter, radials
from assembly.crystal.coated import soft_matter
from assembly.crystal.crystals import Crystal, crystal_of
from assembly.crystal.relaxation import relax
from assembly.crystal.vibrations import quasi_harmonic
from assembly.engines.session import Dynamics
from assembly.free_energy.einstein import (
    CrystalFreeEnergy,
    EinsteinCrystal,
    integrated,
    quadrature,
    spring_mean_kt,
    switch_cost,
    turn_share,
)
from assembly.free_energy.fluids import fluid
from assembly.free_energy.hard_spheres import hard_sphere_crystal
from assembly.free_energy.rigid_bodies import drawn_turns, frenkel_ladd
from assembly.free_energy.thermal import Thermal, sampled, spring_beads
from assembly.system.system import MiePair
from packing.contact.packing import densest_packing
from packing.errors import InputError
from packing.matter.ligands import ligand
from packing.particles import Coating, Environment, Nanocrystal
from packing.pose import CoatedBody
from packing.shapes import Sphere, cube

FloatArray = NDArray[np.float64]


def test_turns_left_by_a_spring_by_direct_integration() -> None:
    """Haar's measure of the angle of a turn is (1 - cos t) dt / pi."""
    angles = np.linspace(0, np.pi, 20_001)
    for kappa in (0.5, 5.0, 60.0):
        share = np.trapezoid((1 - np.cos(angles)) / np.pi * np.exp(-kappa * (1 - np.cos(angles))), angles)
        assert turn_share(kappa) == pytest.approx(share, rel=1e-6)


def test_springs_in_a_harmonic_field_are_integrated_exactly() -> None:
    """A body alone in a well of stiffness w: from spring + well to the well is 3/2 ln((k + w)/w) by the quadrature.

    Two bodies, so that one relative coordinate is left beside the centre of mass.
    """
    k, well = 150.0, 8.0
    nodes, weights = quadrature(6)
    reference = EinsteinCrystal(
        n_bodies=2, n_turning=0, spring_kt_per_nm2=k, turn_spring_kt=0.0, volume_nm3=1.0, n_primitive=1
    )
    # Relative coordinate with energy (lambda k + w) y^2 / 2 in three directions, y = (x1 - x2) / sqrt 2.
    means = [np.full(4, 1.5 * k / (x * k + well)) for x in nodes]
    found = integrated(
        reference, 0.0, list(nodes), list(weights), means, 1.5 * math.log((k + well) / k), 0.0, (0.0, 0.0)
    )
    exact = -math.log(1.0) - 1.5 * math.log(2 * math.pi / well) - 1.5 * math.log(2)
    assert found.free_energy_kt == pytest.approx(exact, abs=2e-3)
    assert found.sd_kt == pytest.approx(0, abs=1e-12)


def test_the_cost_of_a_switch_of_gaussian_energies() -> None:
    x = np.random.default_rng(1).normal(3.0, 0.5, 40_000)
    cost, sd = switch_cost(x)
    assert cost == pytest.approx(3.0 - 0.125, abs=5 * sd)
    assert sd < 0.01


@pytest.mark.parametrize("kappa", [0.5, 40.0, 1e4, 1e7])
def test_drawn_turns_have_the_mean_of_their_weight(kappa: float) -> None:
    """Strong springs too, whose turns are a ten thousandth of pi: half a kT about each axis, six tenths scatter."""
    turns = drawn_turns(kappa, 20_000, np.random.default_rng(3))
    # 1 - cos t by the antisymmetric part, sin t, which does not cancel where t is small.
    sines = np.linalg.norm(turns - turns.swapaxes(1, 2), axis=(1, 2)) / math.sqrt(8)
    cosines = (np.trace(turns, axis1=1, axis2=2) - 1) / 2
    energy = kappa * np.where(cosines > 0.99, sines**2 / (1 + cosines), 1 - cosines)
    assert energy.mean() == pytest.approx(spring_mean_kt(kappa), abs=5 * energy.std() / math.sqrt(20_000))


@pytest.fixture(scope="module")
def loose() -> CrystalFreeEnergy:
    """256 hard spheres at the density of Vega and Noya."""
    return hard_sphere_crystal(1.04086, n_cells=4, n_sweeps=500, n_copies=6, n_nodes=8, seed=2)


@pytest.mark.slow
def test_hard_spheres_have_their_published_free_energy(loose: CrystalFreeEnergy) -> None:
    """Vega and Noya, J. Chem. Phys. 127, 154113 (2007): 4.9590 for an endless crystal at 1.04086.

    At 256 spheres finite size takes ln N / N and a term in 1 / N away: 4.932 by the same route in C.
    """
    found = loose
    assert found.per_body_kt == pytest.approx(4.932, abs=0.005 + 4 * found.sd_per_body_kt)
    assert found.sd_per_body_kt < 0.006


@pytest.mark.slow
def test_hard_spheres_are_compressed_as_their_equation_of_state_says(loose: CrystalFreeEnergy) -> None:
    """The second route: the integral of Z / density by K. R. Hall, J. Chem. Phys. 57, 2252 (1972), against springs.

    Springs at two densities of 256 spheres; what a small box lacks is the same at both but for parts in a thousand.
    """
    low, high = 1.04086, 1.2
    density = np.linspace(low, high, 2001)
    beta = 4 * (1 - density / math.sqrt(2))
    series = (2.557696, 0.1253077, 0.1762393, -1.053308, 2.818621, -2.921934, 1.118413)
    z = (12 - 3 * beta) / beta + sum(c * beta**i for i, c in enumerate(series))
    expected = float(np.trapezoid(z / density, density))
    dense = hard_sphere_crystal(high, n_sweeps=300, n_copies=6, n_nodes=8, spring=14_000.0, seed=4)
    sd = math.hypot(loose.sd_per_body_kt, dense.sd_per_body_kt)
    assert dense.per_body_kt - loose.per_body_kt == pytest.approx(expected, abs=0.01 + 4 * sd)
    assert sd < 0.015


def test_springs_that_let_hard_spheres_overlap_are_refused() -> None:
    with pytest.raises(InputError, match="spring must be so strong that spheres seldom overlap"):
        hard_sphere_crystal(1.2, n_cells=2, spring=100.0, n_sweeps=4, n_copies=1, n_nodes=2)


def test_springs_hold_each_body_by_its_own_axes() -> None:
    """Dice and balls that do not meet, which feel few of their beads: 3/2 kT in places and 3/2 kT in turns for each.

    A turn by t about any axis costs 2/3 k a^2 (1 - cos t), six beads at the distance a on the axes.
    """
    corners = np.array([[x, y, z] for x in (-1.0, 1.0) for y in (-1.0, 1.0) for z in (-1.0, 1.0)])
    die = BeadBody(name="die", shape=cube(2.0), positions_nm=corners, types=np.zeros(8, dtype=np.int64))
    ball = BeadBody(
        name="ball", shape=Sphere(diameter_nm=2.0), positions_nm=np.zeros((1, 3)), types=np.array([1], dtype=np.int64)
    )
    apart = Crystal(
        name="CsCl", cell_nm=12 * np.eye(3), fractions=np.array([[0.25] * 3, [0.75] * 3]),
        rotations=np.tile(np.eye(3), (2, 1, 1)), kinds=np.array([1, 0]),
    ).repeated((2, 2, 2))  # fmt: skip
    pairs = {key: MiePair(epsilon_kj_mol=1.0, sigma_nm=1.0, cutoff_nm=1.2) for key in ((0, 0), (0, 1), (1, 1))}
    thermal = Thermal(crystal=apart, bodies=(die, ball), pairs=pairs)
    spring, timestep = 150.0, 0.004
    with thermal.session(1) as (session, system):
        atoms = spring_beads(system)
        arms = session.bead_positions_nm()[atoms].reshape(-1, 6, 3) - system.centres_nm[:, None]
        arms -= system.box[:3] * np.round(arms / system.box[:3])
        assert np.allclose(arms[:, :3], -arms[:, 3:], atol=1e-9)
        arm = np.linalg.norm(arms, axis=2)
        assert np.allclose(arm, arm[:, :1], atol=1e-9)
        session.set_springs(atoms, spring / 6)
        dynamics = Dynamics(
            ensemble="langevin", timestep_ps=timestep, n_steps=10_000, kt_start_kj_mol=1.0, kt_end_kj_mol=1.0,
            body_relaxation_ps=60 * timestep, seed=1,
        )  # fmt: skip
        seen = sampled(session, system, dynamics, 100, 80, 2000)
    # The whole lattice has its springs too: nothing is taken off for its drift.
    places = spring / 2 * (seen.shifts_nm**2).sum(axis=2).mean(axis=0)
    dice = apart.kinds == 0
    turns = spring / 3 * arm[dice, 0] ** 2 * (3 - np.trace(seen.rotations[:, dice], axis1=2, axis2=3)).mean(axis=0)
    # One body's mean scatters by a tenth or two, that of all sixteen or eight by a quarter of this.
    for energies in (places[dice], places[~dice], turns):
        assert energies.mean() == pytest.approx(1.5, rel=0.2)
        assert energies.max() < 3.0


@pytest.mark.slow
def test_springs_and_vibrations_agree_on_soft_cubes() -> None:
    """Dry cubes of the model soft with contacts of 2400 kT, so deep that little but vibrations is left."""
    oleate = Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0)
    body = CoatedBody(Nanocrystal(material="CsPbBr3", shape=cube(8.6)), oleate)
    soft = soft_matter([body], Environment(medium="vacuum"), "dry")
    factor = 2400 / soft.depths_kt[0, 0]
    tables = {
        key: replace(t, energy_kj_mol=t.energy_kj_mol * factor, force_kj_mol_nm=t.force_kj_mol_nm * factor)
        for key, t in soft.tables.items()
    }
    matter = Matter(bodies=soft.matter.bodies, pairs=radials(tables, 1.0))
    start = Crystal(
        name="sc", cell_nm=11.4 * np.eye(3), fractions=np.zeros((1, 3)), rotations=np.eye(3)[None], kinds=np.array([0])
    )
    cell = relax(matter, start).crystal
    by_waves = quasi_harmonic(matter, cell, (2, 2, 2))
    assert by_waves.is_stable
    thermal = Thermal(crystal=cell.repeated((2, 2, 2)), bodies=matter.bodies, pairs=tables)
    found = frenkel_ladd(thermal, spring_kt_per_nm2=1_200_000.0, n_steps=2400, every=10, n_switch=200, timestep=0.0002)
    # Four runs lay 0.07 above the waves in the mean and scattered by 0.19; the blocks of such short runs say 0.11.
    assert found.per_body_kt == pytest.approx(by_waves.free_energy_kt, abs=0.2 + 4 * found.sd_per_body_kt)
    assert found.sd_per_body_kt < 0.2
    # Averages of exponentials from either end: the work scatters by about 1.6 kT, so each is known to half a kT.
    assert found.forward_kt == pytest.approx(found.reverse_kt, abs=2.5)


@pytest.mark.slow
def test_a_fluid_of_steep_spheres_is_that_of_hard_ones() -> None:
    """Carnahan and Starling, J. Chem. Phys. 51, 635 (1969), with the diameter of Barker and Henderson."""
    body = BeadBody(
        name="ball", shape=Sphere(diameter_nm=1.0), positions_nm=np.zeros((1, 3)), types=np.array([0], dtype=np.int64)
    )
    packed = densest_packing("fcc", {"A": Sphere(diameter_nm=1.06)})
    pair = MiePair(epsilon_kj_mol=1.0, sigma_nm=1.0, cutoff_nm=2 ** (1 / 6))
    thermal = Thermal(crystal=crystal_of(packed, {"A": 0}).repeated((3, 3, 3)), bodies=(body,), pairs={(0, 0): pair})
    r = np.linspace(1e-3, 2 ** (1 / 6), 20_001)
    diameter = np.trapezoid(1 - np.exp(-np.minimum(4 * (r**-12.0 - r**-6.0) + 1, 700)), r)
    found = fluid(thermal, 2.0, n_steps=2400, timestep=0.002, seed=2)
    eta = math.pi / 6 * found.density_per_nm3 * diameter**3
    assert found.excess_kt == pytest.approx(eta * (4 - 3 * eta) / (1 - eta) ** 2, abs=0.06 + 4 * found.sd_kt)
    pressure = (1 + eta + eta**2 - eta**3) / (1 - eta) ** 3 * found.density_per_nm3
    assert pressure == pytest.approx(2.0, rel=0.05)
    assert found.turns_kt == 0.0
    assert found.beside_crystals_kt == pytest.approx(
        math.log(found.density_per_nm3) - 1 + found.excess_kt + 2.0 / found.density_per_nm3
    )
