"""Geometry behind the energy of a pose: closest approach, overlaps of facets, tables that integrate themselves."""

import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.optimize import linprog
from scipy.spatial.transform import Rotation

from packing.errors import InputError
from packing.shapes import Cuboid, Sphere, cube
from packing.surface.approach import closest_approach
from packing.surface.bodies import body_of
from packing.surface.facets import facet_overlaps, facet_side
from packing.surface.poses import quaternions, read_poses, reversed_poses, rotation_matrices
from packing.surface.tabulated import tabulate

law = settings(deadline=None, max_examples=10)
SHAPES = {
    "cube": cube(8.6),
    "plate": Cuboid(edges_nm=(12.0, 9.0, 3.0)),
    "rounded": cube(8.6, 1.2),
    "truncated": Cuboid(edges_nm=(8.6, 8.6, 8.6), truncation=0.5),
    "sphere": Sphere(diameter_nm=10.0),
}
CUBE = body_of(cube(8.6))
STILL = np.zeros((1, 3)), np.eye(3)[None]


def random_poses(n: int, low_nm: float, high_nm: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    way = rng.normal(size=(n, 3))
    way *= (rng.uniform(low_nm, high_nm, n) / np.linalg.norm(way, axis=1))[:, None]
    return way, Rotation.random(n, rng=np.random.default_rng(seed)).as_matrix()


@pytest.mark.parametrize("second", SHAPES)
@pytest.mark.parametrize("first", SHAPES)
def test_the_gap_is_the_separation_of_the_planes_across_its_direction(first, second):
    # Duality: no two points are nearer than planes across any direction are apart, so that equality proves both.
    a, b = body_of(SHAPES[first]), body_of(SHAPES[second])
    shift, turn = random_poses(40, 12.0, 24.0)
    found = closest_approach(a, b, shift, turn)
    corners = np.einsum("nij,vj->nvi", turn, b.vertices_nm) + shift[:, None]
    k = found.direction
    apart = np.einsum("nvi,ni->nv", corners, k).min(1) - (k @ a.vertices_nm.T).max(1) - a.radius_nm - b.radius_nm
    free = found.gap_nm > 0
    assert free.sum() > 10
    np.testing.assert_allclose(found.gap_nm[free], apart[free], atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(k, axis=1), 1, atol=1e-12)


def test_cubes_overlap_where_a_linear_programme_finds_a_common_point():
    shift, turn = random_poses(40, 8.0, 15.0, seed=1)
    gap = closest_approach(CUBE, CUBE, shift, turn).gap_nm
    for r, q, found in zip(shift, turn, gap, strict=True):
        sides = np.concatenate([np.eye(3), -np.eye(3), q.T, -q.T])
        reach = np.concatenate([np.full(6, 4.3), 4.3 + q.T @ r, 4.3 - q.T @ r])
        common = linprog(np.zeros(3), A_ub=sides, b_ub=reach, bounds=(None, None)).status == 0
        assert common == (found == 0)
    assert 0.2 < (gap > 0).mean() < 0.8


@pytest.mark.parametrize("name", SHAPES)
def test_a_body_closes(name):
    shape = SHAPES[name]
    body = body_of(shape)
    corners = len(body.vertices_nm)
    assert sum(body.solid_angle_at(v) for v in range(corners)) == pytest.approx(4 * math.pi)
    if len(body.normals):
        areas = np.array([body.polygon_area_nm2(f) for f in range(len(body.normals))])
        np.testing.assert_allclose(areas @ body.normals, 0, atol=1e-9)
        assert corners - len(body.edges) + len(body.normals) == 2
        assert (body.fan_angles > 0.9).all()
    assert body.circumradius_nm == pytest.approx(shape.circumradius_nm)


def overlap_of_squares(shift: np.ndarray, turn: np.ndarray) -> float:
    one = facet_side(CUBE, 0.0, *STILL)
    two = facet_side(CUBE, 0.0, shift[None], turn[None])
    return float(facet_overlaps(one, two, np.array([[0.0, 0.0, 1.0]])).area_nm2.sum())


@law
@given(st.floats(0, 1.2), st.floats(0, 1.2))
def test_shifted_squares_overlap_in_a_rectangle(x, y):
    area = overlap_of_squares(8.6 * np.array([x, -y, 1.3]), np.eye(3))
    assert area == pytest.approx(8.6**2 * max(1 - x, 0) * max(1 - y, 0), abs=1e-6)


@law
@given(st.floats(0, 90))
def test_twisted_squares_overlap_in_an_octagon(degrees):
    t = math.radians(min(degrees, 90 - degrees))
    turn = Rotation.from_euler("z", degrees, degrees=True).as_matrix()
    # Each side cuts off a corner as high as the corner sticks out beyond it: (cos + sin - 1) / 2 of the edge.
    high = (math.cos(t) + math.sin(t) - 1) / 2
    cut = 4 * high**2 / math.sin(2 * t) if t > 1e-6 else 0.0
    assert overlap_of_squares(np.array([0, 0, 11.0]), turn) == pytest.approx(8.6**2 * (1 - cut), abs=1e-5)


def test_an_eighth_of_a_turn_leaves_0_828():
    turn = Rotation.from_euler("z", 45, degrees=True).as_matrix()
    kept = overlap_of_squares(np.array([0, 0, 11.0]), turn) / 8.6**2
    assert kept == pytest.approx(2 * (math.sqrt(2) - 1), abs=1e-9)


def test_tilted_facets_overlap_as_random_rays_say():
    one = facet_side(body_of(cube(8.6)), 0.0, *STILL)
    turn = Rotation.from_euler("xz", [10, 25], degrees=True).as_matrix()
    two = facet_side(body_of(cube(8.6)), 0.0, np.array([[2.0, 1.0, 12.5]]), turn[None])
    found = facet_overlaps(one, two, np.array([[0.0, 0.0, 1.0]]))
    ray = np.random.default_rng(0).uniform(-4.3, 4.3, (50_000, 2))
    gap = np.full(len(ray), np.inf)
    for corners, normal in zip(two.corners_nm[0], two.normals[0], strict=True):
        if normal[2] < -0.02:
            z = corners[0, 2] - ((ray - corners[0, :2]) @ normal[:2]) / normal[2]
            point = np.column_stack([ray, z])
            inside = np.ones(len(ray), dtype=bool)
            for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
                inside &= (point - a) @ np.cross(normal, b - a) >= 0
            gap[inside] = z[inside] - 4.3
    curve = tabulate(lambda g: 1 / g**2, 0.05, 60.0)
    mean = float((found.area_nm2 * curve.over_triangles(found.gaps_nm)).sum())
    by_rays = np.where(np.isfinite(gap), curve.at(np.minimum(gap, 60.0)), 0.0)
    assert mean == pytest.approx(8.6**2 * by_rays.mean(), rel=1e-2)
    assert found.area_nm2.sum() == pytest.approx(8.6**2 * np.isfinite(gap).mean(), rel=1e-2)


@law
@given(st.lists(st.floats(0.6, 29.0), min_size=3, max_size=3))
def test_triangles_integrate_the_curve(gaps):
    curve = tabulate(lambda g: np.exp(-g) - 1 / g**2, 0.5, 30.0)
    x, w = np.polynomial.legendre.leggauss(80)
    x, w = (x + 1) / 2, w / 2
    s, t = np.meshgrid(x, x, indexing="ij")
    a, b, c = gaps
    mean = 2 * (np.outer(w * x, w) * curve.at((1 - s) * a + s * ((1 - t) * b + t * c))).sum()
    assert float(curve.over_triangles(np.array(gaps))) == pytest.approx(mean, rel=1e-3, abs=1e-6)


def test_a_wall_does_not_drown_the_tail():
    curve = tabulate(lambda g: 1e-3 / g**12, 0.02, 20.0)
    exact = 1e-3 / 11 * (5.0**-11 - 6.0**-11)
    assert float(curve.over_strips(np.array(5.0), np.array(6.0))) == pytest.approx(exact, rel=1e-3)


def test_poses_turn_back_and_read_as_quaternions():
    poses = random_poses(20, 5, 9)
    again = reversed_poses(reversed_poses(poses))
    np.testing.assert_allclose(again[0], poses[0], atol=1e-12)
    np.testing.assert_allclose(rotation_matrices(3 * quaternions(poses[1])), poses[1], atol=1e-12)
    shift, turn = read_poses([1, 2, 3], [[1, 0, 0, 0], [0, 1, 0, 0]])
    assert shift.shape == (2, 3)
    np.testing.assert_allclose(turn[1], np.diag([1, -1, -1]), atol=1e-15)


@pytest.mark.parametrize(
    ("shift", "turn", "match"),
    [
        ([[1, 2]], [[1, 0, 0, 0]], r"displacement_nm must be of shape \(n, 3\)"),
        ([[1, 2, 3]], [[1, 0, 0]], r"orientation of shape \(n, 4\)"),
        ([[1, 2, 3]] * 2, [[1, 0, 0, 0]] * 3, "Give one row a pose"),
        ([[1, 2, 3]], [[0, 0, 0, 0]], "quaternions not zero"),
        ([[1, np.nan, 3]], [[1, 0, 0, 0]], "poses must be finite"),
    ],
)
def test_poses_that_cannot_be_read_are_named(shift, turn, match):
    with pytest.raises(InputError, match=match):
        read_poses(shift, turn)
