"""explicit-ligand: where chains are grafted, what they are made of, and how a capped core behaves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.spatial import cKDTree

from assembly.models.capped_core import CORE_BEAD_NM, capped_core
from assembly.models.chains import AREA_PER_CHAIN_NM2, ChainForceField, chain_of
from assembly.models.explicit_ligand import ExplicitLigandSpec, build_explicit_ligand, capped_kinds
from assembly.models.surface import closed_shell, even_surface_points, outward_directions, random_surface_points
from assembly.system.bodies import Population
from packing.errors import InputError
from packing.matter.ligands import ligand, ligand_from_carbons
from packing.particles import Coating, Environment, Ligand, Nanocrystal
from packing.shapes import Cuboid, Shape, Sphere, cube

SHAPES: list[Shape] = [
    Sphere(diameter_nm=4.0),
    cube(4.0),
    Cuboid(edges_nm=(6.0, 4.0, 2.5)),
    cube(4.0, 0.8),
    Cuboid(edges_nm=(4.0, 4.0, 4.0), truncation=0.4),
]
THIOL = Coating(ligand=ligand("dodecanethiol"), coverage_per_nm2=5.0)
DRY = Environment(medium="vacuum")


def distance_to_surface(shape: Shape, points: np.ndarray) -> np.ndarray:
    """An independent route: by the formula of the shape, not by the sampler."""
    if isinstance(shape, Sphere):
        return np.abs(np.linalg.norm(points, axis=1) - shape.diameter_nm / 2)
    half = np.array(shape.edges_nm) / 2
    if shape.truncation > 0:
        cut = np.abs(points).sum(axis=1) / np.sqrt(3)
        corner = (half.sum() - shape.truncation * half.min()) / np.sqrt(3)
        return np.abs(np.maximum(cut - corner, np.max(np.abs(points) - half, axis=1)))
    outside = np.abs(points) - (half - shape.rounding_nm)
    signed = np.linalg.norm(np.maximum(outside, 0), axis=1) + np.minimum(outside.max(axis=1), 0)
    return np.abs(signed - shape.rounding_nm)


@pytest.mark.parametrize("shape", SHAPES)
def test_anchors_lie_on_the_surface_and_are_spread_evenly(shape: Shape) -> None:
    n = 300
    points = even_surface_points(shape, n, np.random.default_rng(3))
    assert distance_to_surface(shape, points).max() < 1e-9
    nearest = cKDTree(points).query(points, k=2)[0][:, 1]
    ideal = np.sqrt(2 / np.sqrt(3) * shape.surface_nm2 / n)  # a hexagonal lattice on a plane
    assert nearest.min() > 0.35 * ideal
    assert 0.7 * ideal < nearest.mean() < ideal


@pytest.mark.parametrize("shape", SHAPES[1:3])
def test_a_strip_along_the_edges_gets_its_share_of_the_chains(shape: Cuboid) -> None:
    width = 0.6
    points = even_surface_points(shape, 400, np.random.default_rng(5))
    sample = random_surface_points(shape, 30_000, np.random.default_rng(6))

    def share(x: np.ndarray) -> float:
        near = np.array(shape.edges_nm) / 2 - np.abs(x) < width
        return float(np.mean(near.sum(axis=1) >= 2))

    assert share(points) == pytest.approx(share(sample), rel=0.12)


@pytest.mark.parametrize("shape", SHAPES)
def test_random_points_are_uniform_per_area(shape: Shape) -> None:
    # The mean of x^2 over the surface, against a Monte Carlo of a thin layer between two grown shapes.
    points = random_surface_points(shape, 40_000, np.random.default_rng(7))
    assert distance_to_surface(shape, points).max() < 1e-9
    rng = np.random.default_rng(8)
    box = 2.2 * shape.circumradius_nm
    inside = rng.uniform(-box / 2, box / 2, size=(500_000, 3))
    layer = inside[distance_to_surface(shape, inside) < 0.03]
    assert np.mean(points**2, axis=0) == pytest.approx(np.mean(layer**2, axis=0), rel=0.04)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_shell_of_core_beads_has_no_hole_for_a_ligand_bead(shape: Shape) -> None:
    rng = np.random.default_rng(9)
    shell = closed_shell(shape, CORE_BEAD_NM, rng)
    surface = random_surface_points(shape, 5000, rng)
    inner = surface - CORE_BEAD_NM / 2 * outward_directions(shape, surface, CORE_BEAD_NM / 2)
    # A bead in the middle of the widest hole still overlaps its neighbours by far.
    assert cKDTree(shell).query(inner)[0].max() < 0.8 * CORE_BEAD_NM


@settings(deadline=None, max_examples=40)
@given(st.integers(4, 24), st.floats(0.4, 1.4))
def test_a_chain_keeps_the_length_and_volume_of_its_ligand(n_carbons: int, reduced_density: float) -> None:
    molecule = ligand_from_carbons(n_carbons)
    chain = chain_of(molecule, ChainForceField(reduced_density=reduced_density))
    assert chain.length_nm == pytest.approx(molecule.length_nm, rel=1e-12)
    volume = chain.n_beads * chain.bead_nm**3 / reduced_density
    assert volume == pytest.approx(AREA_PER_CHAIN_NM2 * molecule.length_nm, rel=1e-12)
    assert abs(chain.n_beads - n_carbons / 4) <= 0.5
    assert chain.n_beads * chain.bead_mass_amu == pytest.approx(14.027 * n_carbons)


def test_system_has_one_bond_per_bead_and_straight_chains_of_the_right_length() -> None:
    gold = Nanocrystal(material="Au", shape=Sphere(diameter_nm=3.0))
    system = build_explicit_ligand(gold, THIOL, DRY, ExplicitLigandSpec(n_particles=3), np.random.default_rng(1))
    grafts = round(5.0 * np.pi * 9)
    assert len(system.free_types) == len(system.bonds) == 3 * 3 * grafts
    assert len(system.angles) == 3 * 2 * grafts
    x = all_positions(system)
    ends = x[system.bonds[:, 1:]]
    assert np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1) == pytest.approx(system.bond_types[0].r0_nm)
    a, b, c = np.moveaxis(x[system.angles[:, 1:]], 1, 0)
    cosines = np.sum((a - b) * (c - b), axis=1) / system.bond_types[0].r0_nm ** 2
    assert cosines == pytest.approx(-1.0)
    # Every bead is bonded exactly once towards the surface: the topology is a forest of chains on anchors.
    assert np.array_equal(np.sort(system.bonds[:, 2]), np.arange(len(x) - len(system.free_types), len(x)))


def all_positions(system) -> np.ndarray:
    from packing.configuration import quaternions_to_matrices

    rotations = quaternions_to_matrices(system.orientations)
    beads = [
        c + system.bodies[k].bead_positions_nm @ r.T
        for k, c, r in zip(system.body_kind, system.centres_nm, rotations, strict=True)
    ]
    return np.concatenate([system.centres_nm, *beads, system.free_positions_nm])


def test_bodies_of_a_capped_core_have_its_mass_and_inertia_bead_by_bead() -> None:
    nc = Nanocrystal(material="CsPbBr3", shape=Cuboid(edges_nm=(4.0, 3.0, 2.0)))
    kinds, _ = capped_kinds(nc, THIOL, ExplicitLigandSpec(n_particles=1), np.random.default_rng(2))
    system = build_explicit_ligand(nc, THIOL, DRY, ExplicitLigandSpec(n_particles=1), np.random.default_rng(2))
    body, x = system.bodies[0], system.bodies[0].bead_positions_nm
    m = body.bead_masses_amu
    tensor = np.einsum("n,nij->ij", m, np.sum(x**2, axis=1)[:, None, None] * np.eye(3) - x[:, :, None] * x[:, None])
    expected = body.mass_amu * np.array([9 + 4, 16 + 4, 16 + 9]) / 12
    assert body.mass_amu == pytest.approx(4840 * 0.602214076 * 24)
    assert np.allclose(tensor, np.diag(expected), atol=1e-6 * expected.max())
    assert kinds[0].core.n_chains == round(5.0 * nc.shape.surface_nm2)


def test_sizes_are_drawn_around_the_mean_and_large_cores_carry_more_chains() -> None:
    nc = Nanocrystal(material="Au", shape=Sphere(diameter_nm=3.0), size_spread=0.1)
    kinds, kind = capped_kinds(nc, THIOL, ExplicitLigandSpec(n_particles=40), np.random.default_rng(4))
    diameters = np.array([k.core.shape.diameter_nm for k in kinds])[kind]
    assert 3 <= len(kinds) <= 7
    assert diameters.mean() == pytest.approx(3.0, rel=0.05)
    assert diameters.std() / 3.0 == pytest.approx(0.1, rel=0.3)
    assert np.all(np.diff([k.core.n_chains for k in sorted(kinds, key=lambda k: k.core.shape.diameter_nm)]) >= 0)


def test_a_mixture_has_both_kinds_two_ligand_types_and_mean_diameters_between_them() -> None:
    gold = Nanocrystal(material="Au", shape=Sphere(diameter_nm=3.0))
    oleate = Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0)
    partner = Population(nanocrystal=Nanocrystal(material="CsPbBr3", shape=cube(3.0)), coating=oleate, n_particles=2)
    spec = ExplicitLigandSpec(n_particles=3, partner=partner)
    system = build_explicit_ligand(gold, THIOL, DRY, spec, np.random.default_rng(5))
    assert system.particle_types == ("NC", "partner", "core", "anchor", "ligand0", "ligand1")
    assert sorted(np.bincount(system.body_kind)) == [2, 3]
    sigmas = [system.pairs[i, j].sigma_nm for i, j in ((4, 4), (4, 5), (5, 5))]
    assert sigmas[1] == pytest.approx((sigmas[0] + sigmas[2]) / 2)
    assert sigmas[0] != sigmas[2]


@pytest.mark.parametrize(("medium", "depth"), [("vacuum", 3.5), ("dichloromethane", 1.25), ("ethanol", 3.5)])
def test_the_medium_sets_the_attraction_of_ligands(medium: str, depth: float) -> None:
    gold = Nanocrystal(material="Au", shape=Sphere(diameter_nm=2.0))
    spec = ExplicitLigandSpec(n_particles=1)
    system = build_explicit_ligand(gold, THIOL, Environment(medium=medium), spec, np.random.default_rng(1))
    assert system.pairs[3, 3].epsilon_kj_mol == depth


def test_a_good_solvent_leaves_the_repulsion_alone() -> None:
    gold = Nanocrystal(material="Au", shape=Sphere(diameter_nm=2.0))
    spec = ExplicitLigandSpec(n_particles=1)
    system = build_explicit_ligand(gold, THIOL, Environment(medium="toluene"), spec, np.random.default_rng(1))
    pair = system.pairs[3, 3]
    assert pair.cutoff_nm == pytest.approx(2 ** (1 / 6) * pair.sigma_nm)


@pytest.mark.parametrize(
    ("coating", "words"),
    [
        (Coating(ligand=THIOL.ligand, coverage_per_nm2=6.0), "coverage_per_nm2 must be at most 5.5"),
        (Coating(ligand=THIOL.ligand, coverage_per_nm2=0.0), "at least one chain"),
        (Coating(ligand=ligand("Na+"), coverage_per_nm2=3.0), "an ion without a chain"),
        (Coating(ligand=Ligand(name="stub", length_nm=0.3), coverage_per_nm2=3.0), "must be longer than"),
    ],
)
def test_a_coating_that_cannot_be_grafted_is_named(coating: Coating, words: str) -> None:
    with pytest.raises(InputError, match=words):
        capped_core(Sphere(diameter_nm=4.0), coating, ChainForceField(), np.random.default_rng(1))


def test_a_core_thinner_than_its_beads_is_named() -> None:
    with pytest.raises(InputError, match=r"core must be at least 0\.70 nm thick"):
        capped_core(Cuboid(edges_nm=(4.0, 4.0, 0.6)), THIOL, ChainForceField(), np.random.default_rng(1))
