"""Form factors: limits, laws, and a second route to each shape."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.spatial.transform import Rotation

from packing.errors import InputError
from packing.shapes import Cuboid, Sphere, cube
from structure.form_factors.average import form_factor
from structure.form_factors.bodies import Body, CoreShell, amplitude, core_shell_amplitude, sphere_amplitude
from structure.form_factors.nodes import amplitude_from_nodes, body_nodes, shared_nodes
from structure.form_factors.polyhedron import polyhedron_amplitude
from structure.form_factors.sizes import size_nodes
from structure.form_factors.superball import Superball, superball_from_diagonal
from structure.form_factors.table import direction_nodes

BODIES: list[Body] = [
    Sphere(diameter_nm=8.0),
    cube(8.0),
    cube(8.0, rounding_nm=1.3),
    Cuboid(edges_nm=(3.0, 7.0, 9.0)),
    Cuboid(edges_nm=(8.0, 9.0, 10.0), rounding_nm=2.0),
    Cuboid(edges_nm=(8.0, 9.0, 10.0), truncation=0.6),
    Superball(edge_nm=8.0, exponent=2.3),
]


def vectors(n: int, q_max: float, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    q = rng.normal(size=(n, 3))
    return q / np.linalg.norm(q, axis=1, keepdims=True) * rng.uniform(0, q_max, (n, 1))


def test_sphere_zero_and_series() -> None:
    assert sphere_amplitude(4.493409458 / 3.0, 3.0) == pytest.approx(0, abs=1e-10)
    x = np.array([0.0499999, 0.0500001])
    assert np.diff(sphere_amplitude(x, 1.0))[0] == pytest.approx(0, abs=1e-8)


@pytest.mark.parametrize("body", BODIES, ids=repr)
def test_two_routes_give_one_amplitude(body: Body) -> None:
    # Closed form or semi-analytic integral against weighted points; special directions are where formulas break.
    q = vectors(300, 4.0)
    q[:50, 0] = 0
    q[50:100, :2] = 0
    q[100:150, 0] = q[100:150, 1]
    q[150:160] *= 1e-5
    tolerance = 2e-6 if isinstance(body, Superball) else 1e-6
    np.testing.assert_allclose(amplitude(body, q), amplitude_from_nodes(body, q), atol=tolerance)


@settings(max_examples=10, deadline=None)
@given(st.tuples(*[st.floats(3.0, 9.0)] * 3), st.floats(0.0, 0.3), st.integers(0, 99))
def test_points_that_cuboids_share_scatter_like_each_of_them_in_the_ball(edges, shift, seed):
    """Against the closed forms, at vectors that had no part in the fit of the weights."""
    smaller = Cuboid(edges_nm=tuple(e - 0.5 for e in edges))
    places = [np.zeros(3), np.full(3, shift)]
    points, weights = shared_nodes([(Cuboid(edges_nm=edges), places[0]), (smaller, places[1])], 2.0, tolerance=1e-2)
    q = np.random.default_rng(seed).normal(size=(500, 3))
    q *= 2.0 * np.linspace(0, 1, 500)[:, None] / np.linalg.norm(q, axis=1, keepdims=True)
    exact = np.stack([amplitude(Cuboid(edges_nm=edges), q), amplitude(smaller, q) * np.exp(1j * q @ places[1])])
    off = np.abs(weights @ np.exp(1j * points @ q.T) - exact)
    assert off.max() < 2e-2
    assert np.sqrt(np.mean(off**2)) < 5e-3
    # Fewer than a rule for each axis takes, whose reach is a cube.
    assert len(points) < len(body_nodes(Cuboid(edges_nm=edges), 2.0, tolerance=1e-2)[0])


@pytest.mark.parametrize(("edge_nm", "tolerance"), [(40.0, 1e-3), (8.6, 1e-5)])
def test_nodes_of_large_bodies_and_small_errors_follow_a_rule_along_each_axis(edge_nm: float, tolerance: float) -> None:
    """Their weights are not fitted in space, and are as good."""
    body = Cuboid(edges_nm=(edge_nm, edge_nm, edge_nm))
    points, (weights,) = shared_nodes([(body, np.zeros(3))], 3.0, tolerance=tolerance)
    q = np.random.default_rng(3).normal(size=(200, 3))
    q *= 3.0 * np.linspace(0, 1, 200)[:, None] / np.linalg.norm(q, axis=1, keepdims=True)
    assert np.abs(np.exp(1j * q @ points.T) @ weights - amplitude(body, q)).max() < 3 * tolerance


@pytest.mark.parametrize("body", BODIES, ids=repr)
def test_radius_of_gyration(body: Body) -> None:
    # f = 1 - q^2 Rg^2 / 6 on average over directions; Rg from the second moment of the body.
    points, weights = body_nodes(body, 0.5)
    rg2 = float(weights @ (points**2).sum(axis=1))
    q = 0.01
    p = form_factor(body, [q]).intensity[0]
    assert (1 - p) / q**2 * 3 == pytest.approx(rg2, rel=2e-3)


def test_known_radii_of_gyration() -> None:
    for body, rg2 in ((Sphere(diameter_nm=8.0), 0.6 * 16), (cube(8.0), 16.0)):
        points, weights = body_nodes(body, 0.5)
        assert weights @ (points**2).sum(axis=1) == pytest.approx(rg2, rel=1e-6)


def test_cube_minima_and_maxima() -> None:
    u = np.linspace(6, 20, 2801)
    p = form_factor(cube(1.0), u).intensity
    inner = p[1:-1]
    minima = u[1:-1][(inner < p[:-2]) & (inner < p[2:])]
    maxima = u[1:-1][(inner > p[:-2]) & (inner > p[2:])]
    np.testing.assert_allclose(minima, [7.16, 12.97, 19.3], atol=0.05)
    np.testing.assert_allclose(maxima, [9.11, 15.4], atol=0.05)
    np.testing.assert_allclose(np.interp(minima, u, p), [2.9e-3, 3.0e-4, 6.1e-5], rtol=0.03)
    assert np.interp(9.11, u, p) == pytest.approx(8.4e-3, rel=0.01)


@pytest.mark.parametrize("body", [cube(1.0), Sphere(diameter_nm=1.0)], ids=repr)
def test_porod_law(body: Cuboid | Sphere) -> None:
    # q^4 P -> 2 pi S/V^2: 12 pi/L^4 for a cube. Averaged over many oscillations, as the law is for the mean.
    u = np.linspace(60, 110, 1500)
    mean = np.mean(form_factor(body, u).intensity * u**4)
    assert mean == pytest.approx(2 * np.pi * body.surface_nm2 / body.volume_nm3**2, rel=0.02)


def test_superball_runs_from_sphere_to_cube() -> None:
    q = vectors(200, 3.0)
    ball = amplitude(Superball(edge_nm=8.0, exponent=1.0), q)
    np.testing.assert_allclose(ball, amplitude(Sphere(diameter_nm=8.0), q), atol=1e-7)
    errors = [
        np.abs(amplitude(Superball(edge_nm=8.0, exponent=p), q) - amplitude(cube(8.0), q)).max() for p in (4, 12, 40)
    ]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 1e-3


def test_superball_against_the_cartesian_integral() -> None:
    # The integral over x and y with z done by hand; nodes crowd where its root ends.
    n, p = 800, 2.0
    t = (np.arange(n) + 0.5) / n
    x, wx = 1 - (1 - t) ** 4, 4 * (1 - t) ** 3 / n
    height = (1 - x ** (2 * p)) ** (1 / (2 * p))
    y, wy = height[:, None] * x, height[:, None] * wx
    z = np.maximum(1 - x[:, None] ** (2 * p) - y ** (2 * p), 0) ** (1 / (2 * p))
    weight = wx[:, None] * wy * z
    for q in vectors(4, 3.0, seed=5):
        a, b, c = q * 4.3
        f = np.sum(weight * np.cos(a * x)[:, None] * np.cos(b * y) * np.sinc(c * z / np.pi)) / weight.sum()
        assert amplitude(Superball(edge_nm=8.6, exponent=p), q) == pytest.approx(f, abs=1e-6)


def test_superball_volume_against_its_points() -> None:
    # Gamma-function volume against the volume that random points find.
    ball = Superball(edge_nm=2.0, exponent=1.7)
    x = np.random.default_rng(1).uniform(-1, 1, (200_000, 3))
    share = np.mean((np.abs(x) ** 3.4).sum(axis=1) <= 1)
    assert ball.volume_nm3 == pytest.approx(8 * share, rel=5e-3)
    assert superball_from_diagonal(10.0, 12.0).exponent == pytest.approx(1 / (1 + 2 * np.log2(10 / 12)))


def test_rounded_cube_runs_from_cube_to_sphere() -> None:
    q = vectors(200, 3.0)
    np.testing.assert_allclose(amplitude(cube(8.0, 4.0), q), amplitude(Sphere(diameter_nm=8.0), q), atol=1e-9)
    np.testing.assert_allclose(amplitude(cube(8.0, 1e-7), q), amplitude(cube(8.0), q), atol=1e-9)


def test_polyhedron_turns_and_shifts_with_its_corners() -> None:
    corners = Cuboid(edges_nm=(4.0, 5.0, 6.0), truncation=0.3).vertices_nm
    q = vectors(50, 3.0)
    turn = Rotation.from_rotvec([0.3, -0.5, 0.2]).as_matrix()
    shift = np.array([1.0, 2.0, -0.5])
    expected = polyhedron_amplitude(q, corners) * np.exp(1j * (q @ turn.T) @ shift)
    np.testing.assert_allclose(polyhedron_amplitude(q @ turn.T, corners @ turn.T + shift), expected, atol=1e-6)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, len(BODIES) - 1), st.floats(0.3, 3.0), st.integers(0, 1000))
def test_amplitude_laws(index: int, factor: float, seed: int) -> None:
    body = BODIES[index]
    q = vectors(20, 2.0, seed)
    f = amplitude(body, q)
    assert np.all(np.abs(f) <= 1 + 1e-6)
    np.testing.assert_allclose(amplitude(body, -q), f, atol=1e-7)
    np.testing.assert_allclose(amplitude(body.scaled(factor), q / factor), f, atol=1e-6)


@pytest.mark.parametrize("body", BODIES[1:4], ids=repr)
def test_directions_average_like_random_orientations(body: Body) -> None:
    directions, weights = direction_nodes(body, 30.0)
    rng = np.random.default_rng(0)
    random = rng.normal(size=(40_000, 3))
    random /= np.linalg.norm(random, axis=1, keepdims=True)
    values = amplitude(body, 1.5 * random) ** 2
    exact = float(amplitude(body, 1.5 * directions) ** 2 @ weights)
    assert abs(values.mean() - exact) < 4 * values.std() / np.sqrt(len(random))


@settings(deadline=None, max_examples=20)
@given(st.floats(0.01, 0.2), st.sampled_from(["gaussian", "schulz", "lognormal"]))
def test_size_distributions_have_the_moments_asked_for(spread: float, kind: str) -> None:
    x, w = size_nodes(spread, distribution=kind)  # type: ignore[arg-type]
    mean = w @ x
    assert w.sum() == pytest.approx(1)
    assert mean == pytest.approx(1, abs=2e-3)
    assert np.sqrt(w @ (x - mean) ** 2) == pytest.approx(spread, rel=0.02)


def test_beta_limits() -> None:
    q = np.array([1e-4, 0.5, 1.0])
    same = form_factor(cube(8.0), q)
    np.testing.assert_allclose(same.beta_locked, 1, atol=1e-12)
    assert same.beta_random[0] == pytest.approx(1, abs=1e-6)
    assert same.beta_random[2] < 0.6
    sphere = form_factor(Sphere(diameter_nm=8.0), q, size_spread=0.1)
    np.testing.assert_allclose(sphere.beta_locked, sphere.beta_random)
    # <V>^2/<V^2> of a Gaussian: (1 + 3 s^2)^2 / (1 + 15 s^2 + 45 s^4 + 15 s^6).
    assert sphere.beta_locked[0] == pytest.approx(1.03**2 / (1.1545 + 15e-6), rel=1e-3)


def test_size_spread_by_explicit_sum() -> None:
    q = np.linspace(0.1, 3.0, 40)
    x, w = size_nodes(0.08, n_sizes=20)
    volumes = x**3
    explicit = sum(
        wi * vi**2 * form_factor(cube(8.0 * xi), q).intensity for xi, wi, vi in zip(x, w, volumes, strict=True)
    ) / (w @ volumes**2)
    np.testing.assert_allclose(form_factor(cube(8.0), q, size_spread=0.08).intensity, explicit, rtol=2e-3)


def test_core_shell_limits() -> None:
    q = vectors(40, 2.0)
    core = cube(6.0)
    bare = CoreShell(core=core, shell_nm=1.5, core_contrast=2.0, shell_contrast=0.0)
    np.testing.assert_allclose(core_shell_amplitude(bare, q), 2 * 216 * amplitude(core, q), atol=1e-9)
    even = CoreShell(core=core, shell_nm=1.5, core_contrast=2.0, shell_contrast=2.0)
    np.testing.assert_allclose(core_shell_amplitude(even, q), 2 * 729 * amplitude(cube(9.0), q), atol=1e-9)


def test_core_shell_powder_against_directions() -> None:
    body = CoreShell(core=cube(6.0), shell_nm=1.5, core_contrast=1.0, shell_contrast=0.3)
    q = np.array([0.2, 0.7, 1.3])
    directions, weights = direction_nodes(cube(6.0), 40.0)
    f = core_shell_amplitude(body, q[:, None, None] * directions)
    expected = f**2 @ weights / core_shell_amplitude(body, [0, 0, 0]) ** 2
    np.testing.assert_allclose(form_factor(body, q).intensity, expected, rtol=1e-3)
    assert form_factor(body, q, size_spread=0.05).intensity[0] == pytest.approx(expected[0], rel=0.05)


def test_bad_input_is_named() -> None:
    with pytest.raises(InputError, match=r"shape \(\.\.\., 3\)"):
        amplitude(cube(8.0), [1.0, 2.0])
    with pytest.raises(InputError, match="finite"):
        amplitude(cube(8.0), [np.nan, 0, 0])
    with pytest.raises(InputError, match=r"0\.04 is 4 %"):
        form_factor(cube(8.0), [1.0], size_spread=4.0)
    with pytest.raises(InputError, match="Did you mean 'schulz'"):
        size_nodes(0.1, distribution="schultz")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="exponent"):
        Superball(edge_nm=8.0, exponent=0.5)
