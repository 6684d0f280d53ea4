"""Energy of any pose: the facing pair, overlap laws, Hamaker's integral, closed forms, explicit chains."""

import itertools
import math
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.spatial.transform import Rotation

from packing.errors import InputError
from packing.matter.ligands import ligand
from packing.matter.material_table import material
from packing.matter.media import ALKYL, medium
from packing.pair.energy import pair_energy
from packing.pair.hamaker import cuboid_cuboid_energy, sphere_sphere_energy
from packing.pair.steric import alexander_de_gennes
from packing.pair.terms import shell_on_shape_nm
from packing.particles import Coating, Environment, Nanocrystal
from packing.pose import CoatedBody, PoseEnergy, contact_summary, draw_contact, pose_energy, unlike_hamaker_j
from packing.shapes import Cuboid, Shape, Sphere, cube
from packing.surface.bodies import body_of
from packing.surface.cores import core_energy, core_surface
from packing.surface.poses import meeting_poses, quaternions, reversed_poses
from packing.surface.shells import brushes_in_series_per_nm2, melt_per_nm2, splayed_height_nm

law = settings(deadline=None, max_examples=5)
CUBE = cube(8.6)
PLATE = Cuboid(edges_nm=(12.0, 9.0, 3.0))
STRAIGHT = np.eye(3)[None]


def coated(name: str = "oleate", coverage: float = 3.0) -> Coating:
    return Coating(ligand=ligand(name), coverage_per_nm2=coverage)


def body(shape: Shape = CUBE, name: str = "oleate", coverage: float = 3.0, core: str = "CsPbBr3") -> CoatedBody:
    return CoatedBody(Nanocrystal(material=core, shape=shape), coated(name, coverage))


@lru_cache(maxsize=40)
def poses_of(first: CoatedBody, second: CoatedBody | None = None, around: str = "toluene", **law: str) -> PoseEnergy:
    return pose_energy(first, second, environment=Environment(medium=around), **law)


def close_poses(n: int, gap_nm: float, pose: PoseEnergy, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Random poses whose cores are about a gap apart."""
    rng = np.random.default_rng(seed)
    way = rng.normal(size=(n, 3))
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    turn = Rotation.random(n, rng=np.random.default_rng(seed)).as_matrix()
    far = np.full(n, 9.0)
    for _ in range(30):
        now = pose.core_gap_nm(way * far[:, None], turn)
        far += np.where(now == 0, 0.7, 0.8 * (gap_nm - now))
    return way * far[:, None], turn


# Face to face


@pytest.mark.parametrize(
    ("name", "coverage", "around"),
    [
        ("oleate", 3.0, "toluene"),
        ("oleate", 3.0, "vacuum"),
        ("DDAB", 4.0, "toluene"),
        ("SCN-", 2.9, "vacuum"),
        ("Na+", 2.9, "toluene"),
        ("Na+", 2.9, "vacuum"),
        pytest.param("DDAB", 4.0, "vacuum", marks=pytest.mark.slow),
        pytest.param("SCN-", 2.9, "toluene", marks=pytest.mark.slow),
    ],
)
def test_face_to_face_it_is_the_pair_energy(name, coverage, around):
    pose = poses_of(body(CUBE, name, coverage), None, around)
    pair = pair_energy(Nanocrystal(material="CsPbBr3", shape=CUBE), coated(name, coverage), Environment(medium=around))
    assert (pose.facing.gap_nm, pose.facing.depth_kt) == (pair.gap_nm, pair.depth_kt)
    gap = pair.gap_nm * np.array([0.85, 0.95, 1.0, 1.05, 1.2, 2.0])
    energy, expected = pose.energy_kt(*pose.facing_poses(gap)), pair.energy_kt(gap)
    np.testing.assert_allclose(energy, expected, rtol=2e-3, atol=2e-3 * pair.depth_kt)
    # At the minimum itself, to a thousandth (of ions the gap is where two walls of power 12 cross).
    assert energy[2] == pytest.approx(-pair.depth_kt, rel=1e-3 if name != "SCN-" else 2e-3)


@pytest.mark.parametrize(
    ("shape", "around"),
    [
        (PLATE, "toluene"),
        pytest.param(cube(8.6, 0.8), "toluene", marks=pytest.mark.slow),
        pytest.param(cube(8.6, 0.8), "vacuum", marks=pytest.mark.slow),
        pytest.param(Cuboid(edges_nm=(8.6, 8.6, 8.6), truncation=0.3), "toluene", marks=pytest.mark.slow),
        pytest.param(Cuboid(edges_nm=(8.6, 8.6, 8.6), truncation=0.3), "vacuum", marks=pytest.mark.slow),
    ],
)
def test_so_do_other_shapes(shape, around):
    pose = poses_of(body(shape), None, around)
    gap = pose.facing.gap_nm * np.array([0.9, 1.0, 1.1])
    expected = pose.facing_energy_kt(gap)
    np.testing.assert_allclose(
        pose.energy_kt(*pose.facing_poses(gap)), expected, rtol=2e-3, atol=1e-3 * pose.facing.depth_kt
    )


@pytest.mark.parametrize("around", ["toluene", pytest.param("vacuum", marks=pytest.mark.slow)])
def test_nearly_equal_bodies_meet_as_equal_ones(around):
    like, other = poses_of(body(), None, around), poses_of(body(), body(cube(8.6 + 1e-7)), around)
    assert other.facing.depth_kt == pytest.approx(like.facing.depth_kt, rel=2e-3)
    assert other.facing.gap_nm == pytest.approx(like.facing.gap_nm, abs=5e-3)


@pytest.mark.parametrize(
    ("first", "second", "flat_nm"),
    [
        pytest.param(cube(4.0, 0.5), cube(5.0, 0.5), 3.0, marks=pytest.mark.slow),
        (cube(4.0, 0.5), cube(5.0), 3.0),
        (cube(4.0), cube(5.0, 0.8), 3.4),
        (cube(4.0), cube(5.0), None),
    ],
)
def test_unlike_bodies_press_with_their_flat_parts_and_rounded_ones_with_their_rims_too(first, second, flat_nm):
    """Alexander and de Gennes' law for two equal brushes on the flat area that both share, 13 % within their touch.

    What is round comes on top, but gives less than if it were flat; all of a sharp side is flat.
    """
    pose = poses_of(body(first), body(second))
    gap = 0.87 * pose.touch_nm
    per_nm2 = 3.0**1.5 * 2 * pose.touch_nm / 35 * (7 * 0.87**-1.25 + 5 * 0.87**1.75 - 12) * 2
    parts = pose.parts_kt(*pose.facing_poses(gap))
    if flat_nm is None:
        assert parts["facets"][0] + parts["rims"][0] == pytest.approx(per_nm2 * 4.0**2, rel=0.01)
    else:
        assert parts["facets"][0] == pytest.approx(per_nm2 * flat_nm**2, rel=1e-3)
        assert 0.05 * per_nm2 < parts["rims"][0] < per_nm2 * (4.0**2 - flat_nm**2)


# Overlap laws


@pytest.mark.parametrize(("shift", "kept"), [(0.25, 0.75), (0.5, 0.5), (0.75, 0.25)])
def test_facets_keep_what_overlaps_when_they_slide(shift, kept):
    pose = poses_of(body(), None, "vacuum")
    there, turn = pose.facing_poses(pose.facing.gap_nm)
    flat = [pose.parts_kt(there + s * np.array([8.6, 0, 0]), turn)["facets"][0] for s in (0.0, shift)]
    assert flat[1] / flat[0] == pytest.approx(kept, abs=1e-6)


def test_facets_keep_0_828_when_they_twist_by_an_eighth():
    pose = poses_of(body(), None, "vacuum")
    there, turn = pose.facing_poses(pose.facing.gap_nm)
    twisted = Rotation.from_euler("z", 45, degrees=True).as_matrix() @ turn
    flat = [pose.parts_kt(there, t)["facets"][0] for t in (turn, twisted)]
    assert flat[1] / flat[0] == pytest.approx(2 * (math.sqrt(2) - 1), abs=1e-6)


def test_what_a_contact_keeps():
    dry = poses_of(body(), None, "vacuum").kept(tilts_deg=())
    # The rims add 1 to 2 % of the depth to what overlaps.
    assert dry["shift_0.25"] == pytest.approx(0.75, abs=0.02)
    assert dry["shift_0.5"] == pytest.approx(0.50, abs=0.02)
    assert dry["twist_45"] == pytest.approx(0.828, abs=0.02)
    # In toluene it is the cores that hold, across 4 nm: they feel the edge of the facet late.
    wet = poses_of(body()).kept(shifts=(0.5,), tilts_deg=())
    assert wet["shift_0.5"] == pytest.approx(0.709, abs=0.01)
    assert wet["twist_45"] == pytest.approx(0.995, abs=0.01)


# Cores: Hamaker's six-fold integral


def by_volumes(one: Shape, two: Shape, shift: np.ndarray, turn: np.ndarray, n: int = 11) -> float:
    """The six-fold integral on Gauss points of both cuboids."""
    x, w = np.polynomial.legendre.leggauss(n)
    weight = np.einsum("i,j,k->ijk", w, w, w).ravel() / 8
    grid = np.stack(np.meshgrid(x, x, x, indexing="ij"), -1).reshape(-1, 3) / 2
    p = grid * np.array(one.edges_nm)
    q = (grid * np.array(two.edges_nm)) @ turn.T + shift
    r2 = (p**2).sum(1)[:, None] + (q**2).sum(1) - 2 * p @ q.T
    return float(-one.volume_nm3 * two.volume_nm3 * (weight @ r2**-3 @ weight) / math.pi**2)


OFF_FACE = {
    "shifted": ([4.0, 1.0, 12.0], [0, 0, 0]),
    "twisted": ([0.0, 0.0, 11.5], [0, 0, 0.7]),
    "tilted": ([0.5, 0.0, 13.0], [0.4, 0.1, 0]),
    "edge on": ([0.0, 10.6, 10.6], [0, 0, 0]),
    "corner on": ([9.9, 9.9, 9.9], [0, 0, 0]),
}


@pytest.mark.parametrize("pose", OFF_FACE)
@pytest.mark.parametrize("second", [CUBE, PLATE])
def test_cores_obey_the_sixfold_integral(pose, second):
    shift, turn = np.array(OFF_FACE[pose][0]), Rotation.from_rotvec(OFF_FACE[pose][1]).as_matrix()
    found = core_energy(core_surface(body_of(CUBE)), core_surface(body_of(second)), shift[None], turn[None])
    assert float(found[0]) == pytest.approx(by_volumes(CUBE, second, shift, turn), rel=2e-3)


@pytest.mark.parametrize("gap", [0.3, 1.0, 2.7, 20.0])
def test_facing_cores_obey_the_closed_form(gap):
    cores = core_surface(body_of(CUBE)), core_surface(body_of(CUBE))
    found = core_energy(*cores, np.array([[0, 0, 8.6 + gap]]), STRAIGHT)
    assert float(found[0]) == pytest.approx(float(cuboid_cuboid_energy(gap, CUBE.edges_nm)), rel=5e-3)


def test_rays_alone_would_overrate_the_cores():
    # What surface-element integration of -1/(12 pi h^2) is off by, and why cores are not treated so: at the gap of
    # a dry oleate contact it gives twice the energy, as if the facets had no rims.
    rays = -(8.6**2) / (12 * math.pi) * (1 / 2.73**2 - 2 / 11.33**2 + 1 / 19.93**2)
    assert rays / float(cuboid_cuboid_energy(2.73, CUBE.edges_nm)) == pytest.approx(2.02, abs=0.02)


def test_cores_of_a_ball():
    ball, other = core_surface(body_of(Sphere(diameter_nm=8.0))), core_surface(body_of(Sphere(diameter_nm=8.0)))
    gap = np.array([0.3, 3.0, 30.0])
    there = np.column_stack([np.zeros((3, 2)), 8 + gap])
    turn = np.broadcast_to(np.eye(3), (3, 3, 3))
    np.testing.assert_allclose(core_energy(ball, other, there, turn), sphere_sphere_energy(gap, 8.0), rtol=1e-9)
    # A small ball over a wide block: Hamaker's sphere and half space.
    block = core_surface(body_of(Cuboid(edges_nm=(60.0, 60.0, 40.0))), 2.0)
    over = core_energy(
        block, core_surface(body_of(Sphere(diameter_nm=6.0))), np.array([[0, 0, 20 + 3 + 1.5]]), STRAIGHT
    )
    half_space = -(3 / 1.5 + 3 / 7.5 + math.log(1.5 / 7.5)) / 6
    assert float(over[0]) == pytest.approx(half_space, rel=1e-2)
    # Far apart: two points.
    far = core_energy(core_surface(body_of(CUBE)), ball, np.array([[300.0, 200, 0]]), STRAIGHT)
    assert float(far[0]) == pytest.approx(-CUBE.volume_nm3 * 268.08 / math.pi**2 / 130_000**3, rel=1e-2)


# Symmetry


@pytest.mark.parametrize("around", ["toluene", pytest.param("vacuum", marks=pytest.mark.slow)])
def test_the_pose_seen_from_the_other_side_is_the_same(around):
    pose, swapped = poses_of(body(), body(PLATE), around), poses_of(body(PLATE), body(), around)
    there = close_poses(8, 2.5, pose)
    np.testing.assert_allclose(pose.energy_kt(*there), swapped.energy_kt(*reversed_poses(there)), rtol=1e-6, atol=1e-6)


@law
@given(st.integers(0, 23), st.integers(0, 23), st.integers(0, 1000))
def test_a_cube_turned_into_itself_is_the_same(i, j, seed):
    group = Rotation.create_group("O").as_matrix()
    pose = poses_of(body(), None, "vacuum")
    shift, turn = close_poses(3, 2.4, pose, seed)
    again = pose.energy_kt(shift @ group[i].T, group[i] @ turn @ group[j])
    np.testing.assert_allclose(again, pose.energy_kt(shift, turn), rtol=1e-6, atol=1e-6)


def test_turning_a_sphere_changes_nothing_and_only_the_distance_counts():
    ball = body(Sphere(diameter_nm=10.0))
    pose = poses_of(ball, None, "vacuum")
    shift, turn = close_poses(5, 2.4, pose)
    np.testing.assert_allclose(pose.energy_kt(shift, turn), pose.facing_energy_kt(np.full(5, 2.4)), rtol=1e-4)


def test_cores_that_touch_are_forbidden_and_far_ones_free():
    pose = poses_of(body(), None, "vacuum")
    energy = pose.energy_kt([[0, 0, 8.65], [0, 0, 5.0], [0, 0, 0], [0, 0, 120.0]], [1, 0, 0, 0])
    assert np.isinf(energy[:3]).all()
    assert energy[3] == pytest.approx(0, abs=1e-2)


# Spheres and unlike bodies


@pytest.mark.parametrize("around", ["toluene", "vacuum"])
def test_rays_between_balls_are_derjaguins_integral(around):
    # Nearly equal balls go by rays, equal ones by the closed form of the facing pair. Rays start from the outer face
    # of the shell where the pair's brush is integrated on the core: 1.5 nm of 60.
    like, other = (
        poses_of(body(Sphere(diameter_nm=60.0), core="Fe3O4"), b, around)
        for b in (None, body(Sphere(diameter_nm=60.1), core="Fe3O4"))
    )
    assert other.facing.gap_nm == pytest.approx(like.facing.gap_nm, abs=0.02)
    assert other.facing.depth_kt == pytest.approx(like.facing.depth_kt, rel=0.03)


# Contacts of CsPbBr3 cubes of 8.6 nm with spheres, oleate 3.0/nm^2, by an independent integration that leaves out the
# cube's rims (they add 3 kT): depth [kT], gap [nm].
@pytest.mark.parametrize(
    ("core", "diameter", "around", "depth", "tolerance"),
    [
        ("NaGdF4", 16.0, "vacuum", 110.0, 0.05),
        pytest.param("NaGdF4", 20.0, "vacuum", 132.0, 0.05, marks=pytest.mark.slow),
        ("Fe3O4", 20.0, "vacuum", 133.0, 0.05),
        ("Fe3O4", 16.0, "toluene", 0.38, 0.02),
    ],
)
def test_contact_of_a_cube_and_a_sphere(core, diameter, around, depth, tolerance):
    pose = poses_of(body(), body(Sphere(diameter_nm=diameter), core=core), around)
    assert pose.facing.depth_kt == pytest.approx(depth, rel=tolerance)
    if (core, diameter) == ("NaGdF4", 16.0):
        assert pose.facing.gap_nm == pytest.approx(2.515, abs=0.01)


def test_a_pair_that_repels_has_no_contact():
    pose = poses_of(body(), body(Sphere(diameter_nm=16.0), core="NaGdF4"))
    assert pose.hamaker_j < 0
    assert pose.facing.depth_kt == 0
    assert pose.facing.gap_nm == pose.touch_nm
    assert math.isnan(pose.kept()["tilt_5"])


@pytest.mark.parametrize(
    ("first", "second", "across", "hamaker_j", "rel"),
    [
        ("CsPbBr3", "NaGdF4", "alkyl", 5.96e-21, 2e-3),
        ("CsPbBr3", "NaGdF4", "toluene", -3.8e-22, 2e-2),
        ("CsPbBr3", "NaGdF4", "hexane", 1.51e-20, 2e-3),
        ("CsPbBr3", "PbS", "alkyl", 1.00e-19, 5e-3),
        ("CsPbBr3", "CdSe", "alkyl", 6.8e-20, 5e-3),
        ("CsPbBr3", "LaF3", "alkyl", 1.96e-20, 5e-3),
    ],
)
def test_hamaker_constants_of_unlike_cores(first, second, across, hamaker_j, rel):
    between = ALKYL if across == "alkyl" else medium(across)
    found = [unlike_hamaker_j(material(a), material(b), between) for a, b in ((first, second), (second, first))]
    assert found[0] == pytest.approx(hamaker_j, rel=rel)
    assert found[0] == pytest.approx(found[1], rel=1e-12)


@pytest.mark.parametrize("name", ["CsPbBr3", "NaGdF4", "Au", "Fe3O4"])
def test_alike_cores_have_their_own_constant(name):
    one = material(name)
    assert unlike_hamaker_j(one, one, medium("hexane")) == pytest.approx(one.hamaker_j(medium("hexane")), rel=1e-9)


def test_a_metal_and_a_dielectric_keep_the_sign_of_the_contrast():
    gold, fluoride = material("Au"), material("NaGdF4")
    assert unlike_hamaker_j(gold, fluoride, medium("hexane")) > 0 > unlike_hamaker_j(gold, fluoride, medium("toluene"))


# Shells


@law
@given(st.floats(0.5, 3), st.floats(0.5, 3), st.floats(1, 5), st.floats(1, 5))
def test_brushes_in_series_carry_the_same_pressure(h1, h2, s1, s2):
    gap = np.linspace(0.3, 1.2, 40) * (h1 + h2)
    energy = brushes_in_series_per_nm2(gap, (h1, h2), (s1, s2))
    np.testing.assert_allclose(energy, brushes_in_series_per_nm2(gap, (h2, h1), (s2, s1)), rtol=1e-3, atol=1e-4)
    assert (np.diff(energy) <= 1e-9).all()
    assert not energy[gap > h1 + h2].any()
    # Between the two brushes that are equal to either.
    each = [alexander_de_gennes(gap, (h1 + h2) / 2, s) for s in (s1, s2)]
    assert (energy >= np.minimum(*each) - 1e-3).all()
    assert (energy <= np.maximum(*each) + 1e-3).all()


def test_equal_brushes_are_alexander_and_de_gennes():
    gap = np.array([1.0, 2.5, 3.9])
    nearly = brushes_in_series_per_nm2(gap, (2.0, 2.0), (3.0, 3.0 + 1e-6))
    np.testing.assert_allclose(nearly, alexander_de_gennes(gap, 2.0, 3.0), rtol=2e-4)


@law
@given(st.floats(0.3, 3), st.floats(0, 50), st.sampled_from([1.0, 0.5, 1 / 3]))
def test_chains_splay_less_on_rounder_places_and_in_better_solvents(h, radius, nu):
    edge, corner = (2 * h, math.pi / 2, 0.0), (0.75 * math.pi * h**2, 1.5 * math.pi * h, math.pi / 2)
    heights = [splayed_height_nm(h, radius, place, nu) for place in (edge, corner)]
    assert 0.55 * h < heights[1] < heights[0] < h
    assert splayed_height_nm(h, radius, edge, nu) >= splayed_height_nm(h, radius, edge, 1.0) - 1e-9
    assert splayed_height_nm(h, radius + 1, edge, nu) > heights[0]


def test_dry_chains_on_a_sphere_are_the_optimal_packing_model():
    for radius in (2.0, 8.0):
        found = splayed_height_nm(1.4, radius, (0.0, 0.0, 1.0))
        assert found == pytest.approx(shell_on_shape_nm(1.4, Sphere(diameter_nm=2 * radius), coated()), rel=1e-9)


def test_star_of_daoud_and_cotton():
    # (1 + h/R)^(5/3) = 1 + 5 h0 / 3 R on a sphere.
    found = splayed_height_nm(1.5, 2.0, (0.0, 0.0, 1.0), 1 / 3)
    assert (1 + found / 2) ** (5 / 3) == pytest.approx(1 + 5 * 1.5 / 6, rel=1e-6)


def stiff_gap_nm(pose: PoseEnergy, way: tuple[int, int, int], force_kt_per_nm: float) -> float:
    gap = np.linspace(0.5, pose.touch_nm, 90)
    direction = np.array(way, dtype=float)
    part = pose.parts[0].body
    energy = pose.parts_kt(*meeting_poses((part, part), np.eye(3), direction, -direction, gap))
    force = -np.gradient(energy["facets"] + energy["rims"], gap)
    return float(np.interp(-force_kt_per_nm, -force, gap))


# Explicit chains between two held cubes in a good solvent: gaps at equal mean force, over that of facing ones.
@pytest.mark.parametrize(
    ("name", "edge", "force", "edge_over_face", "corner_over_face"),
    [("oleate", 8.6, 13.0, (0.82, 0.03), (0.61, 0.04)), ("dodecylamine", 4.3, 13.0, (0.76, 0.05), (0.51, 0.07))],
)
def test_rims_stop_each_other_as_explicit_chains_do(name, edge, force, edge_over_face, corner_over_face):
    pose = poses_of(body(cube(edge), name))
    face, rim, corner = (stiff_gap_nm(pose, way, force) for way in ((0, 0, 1), (0, 1, 1), (1, 1, 1)))
    assert rim / face == pytest.approx(edge_over_face[0], abs=edge_over_face[1])
    assert corner / face == pytest.approx(corner_over_face[0], abs=corner_over_face[1])


# A dry melt instead of brushes


def test_a_squeezed_melt_costs_what_its_modulus_says():
    # 1 GPa, 2.73 nm to 1.7 nm on 74 nm^2; half the modulus times the strain squared says 3440.
    assert 73.96 * float(melt_per_nm2(np.array(1.7), 2.73, 241.4)) == pytest.approx(4700, rel=0.02)
    pair, melt = (poses_of(body(), None, "vacuum", dry_chains=x) for x in ("pair-energy", "melt"))
    assert melt.facing.depth_kt == pytest.approx(pair.facing.depth_kt, rel=2e-3)
    assert melt.facing.gap_nm == pytest.approx(pair.facing.gap_nm, abs=0.01)
    pushed = [float(p.facing_energy_kt(1.7) + p.facing.depth_kt) for p in (pair, melt)]
    assert pushed[0] == pytest.approx(391, rel=0.3)
    assert pushed[1] > 8 * pushed[0]


@pytest.mark.slow
def test_a_melt_lets_a_contact_tilt():
    both = (poses_of(body(), None, "vacuum", dry_chains=x) for x in ("pair-energy", "melt"))
    pair, melt = (pose.kept(shifts=(0.5,), twists_deg=()) for pose in both)
    assert pair["tilt_5"] < 0.25 < 0.5 < melt["tilt_5"] < 0.75
    assert melt["shift_0.5"] == pytest.approx(pair["shift_0.5"], abs=0.01)


# In a few numbers


def test_summary_of_a_contact():
    pose = poses_of(body())
    contact = contact_summary(pose)
    assert contact.depth_kt == pytest.approx(0.366, abs=1e-3)
    assert set(contact.kept) == {"shift_0.25", "shift_0.5", "twist_45", "tilt_5"}
    gaps = contact.stop_gaps_nm
    assert gaps["corner_corner"] < gaps["edge_edge"] < gaps["face_face"] < pose.touch_nm
    assert gaps["edge_edge"] < gaps["face_edge"] < gaps["face_face"]
    assert contact.edge_edge_gap_nm == pose.stop_gap_nm() == gaps["edge_edge"]
    assert contact.to_dict()["kept"]["tilt_5"] == contact.kept["tilt_5"]
    assert pose.to_dict()["touch_nm"] == pytest.approx(4.0918, abs=1e-3)


def test_summary_of_a_model_beside_it():
    pose = poses_of(body())

    def soft(displacement_nm, orientation):
        assert orientation.shape == (len(displacement_nm), 4)
        return -2.0 * np.exp(-(((np.linalg.norm(displacement_nm, axis=1) - 12.7) / 0.5) ** 2))

    contact = contact_summary(pose, soft)
    assert contact.depth_kt == pytest.approx(2.0, abs=1e-3)
    assert contact.gap_nm == pytest.approx(4.1, abs=0.01)
    assert contact.kept["twist_45"] == pytest.approx(1.0, abs=1e-3)


def test_picture_of_a_contact():
    import matplotlib.pyplot as plt

    pose = poses_of(body(Sphere(diameter_nm=10.0)), None, "vacuum")
    axes = draw_contact(pose, {"beads": lambda d, q: 1.1 * pose.energy_kt(d, q)})
    assert [len(ax.lines) for ax in axes] == [3, 3, 3, 3]
    assert axes[1].get_xlabel() == "shift along an edge [edge]"
    ends = np.array([line.get_ydata()[0] for line in axes[2].lines[:2]])
    np.testing.assert_allclose(ends, -pose.facing.depth_kt * np.array([1, 1.1]), rtol=1e-3)
    with pytest.raises(InputError, match="axes must be four, got 2"):
        draw_contact(pose, axes=axes[:2])
    plt.close("all")


def test_refusals():
    with pytest.raises(InputError, match="cannot hold the cores apart"):
        poses_of(body(coverage=0.0), body(PLATE, coverage=0.0))
    with pytest.raises(InputError, match="dry_chains"):
        poses_of(body(), None, "vacuum", dry_chains="glue")
    with pytest.raises(InputError, match="meeting"):
        poses_of(body()).stop_gap_nm("edge on")


@pytest.mark.slow
def test_elements_are_fine_enough(monkeypatch):
    import packing.surface.rims as rims

    for around, allowed in (("toluene", 0.015), ("vacuum", 0.03)):
        pose = poses_of(body(), None, around)
        there = close_poses(160, 2.4, pose, 3)
        for name, value in (("_ALONG_NM", 0.1), ("_ACROSS", 24), ("_ON_CORNER", 10)):
            monkeypatch.setattr(rims, name, value)
        fine = pose_energy(body(), environment=Environment(medium=around))
        monkeypatch.undo()
        exact = fine.energy_kt(*there)
        off = pose.energy_kt(*there) - exact
        assert np.sqrt((off**2).mean()) < allowed * np.sqrt((exact**2).mean())


@pytest.mark.slow
def test_energy_has_no_jumps():
    for around in ("toluene", "vacuum"):
        pose = poses_of(body(), None, around)
        rng = np.random.default_rng(5)
        for _ in range(2):
            axis, way = rng.normal(size=3), rng.normal(size=3)
            t = np.linspace(0, 1, 481)
            turn = Rotation.from_rotvec(t[:, None] * axis / np.linalg.norm(axis)).as_matrix()
            shift = np.array([0, 0, 12.5]) + np.outer(t, 2 * way / np.linalg.norm(way))
            energy = pose.energy_kt(shift, turn)
            free = np.isfinite(energy)
            step = np.abs(np.diff(np.where(free, energy, np.nan)))[free[1:] & free[:-1]]
            assert step.max() < 0.25 * np.ptp(energy[free]) + 0.05


def test_parts_add_up():
    pose = poses_of(body(), None, "vacuum")
    there = close_poses(6, 2.2, pose, 4)
    parts = pose.parts_kt(*there)
    np.testing.assert_allclose(sum(parts.values()), pose.energy_kt(there[0], quaternions(there[1])), rtol=1e-9)
    assert set(parts) == {"cores", "facets", "rims"}
    assert all(a is not b for a, b in itertools.pairwise(parts.values()))
