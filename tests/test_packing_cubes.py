"""Coated cubes and cuboids: the bracket of spacings, volume balance, limits."""

import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from packing.errors import InputError
from packing.shapes import Cuboid, Sphere, cube
from packing.spacing.cubes import fill_layer_nm, fill_spacing_nm, plate_spacing_nm, round_layer_nm, round_spacing_nm
from packing.spacing.layers import cuboid_layers, mean_layer_from_round
from packing.spacing.soft_spheres import opm_ratio

law = settings(deadline=None, max_examples=60)
edges = st.floats(1.0, 30.0)
shells = st.floats(0.0, 3.0)


@pytest.mark.parametrize(
    ("edge", "length", "xi", "fill", "rounded", "plate"),
    [
        (8.6, 2.504, 0.4, 10.26, 10.32, 10.60),
        (8.6, 2.504, 0.6, 10.92, 11.03, 11.60),
        (8.6, 2.504, 0.8, 11.51, 11.67, 12.61),
        (8.6, 2.504, 1.0, 12.04, 12.27, 13.61),
        (8.6, 1.736, 0.6, 10.32, 10.38, 10.68),
        (8.6, 1.736, 0.8, 10.78, 10.88, 11.38),
        (8.6, 1.736, 1.0, 11.20, 11.34, 12.07),
        (5.3, 1.736, 0.8, 7.26, 7.38, 8.08),
        (8.0, 1.224, 0.8, 9.61, 9.67, 9.96),
    ],
)
def test_reference_table(edge, length, xi, fill, rounded, plate):
    shell = xi * length
    assert fill_spacing_nm(edge, shell) == pytest.approx(fill, abs=0.005)
    assert round_spacing_nm(edge, shell) == pytest.approx(rounded, abs=0.005)
    assert plate_spacing_nm(edge, shell) == pytest.approx(plate, abs=0.0051)


@law
@given(edges, shells)
def test_bracket(edge, shell):
    fill, rounded, plate = (float(f(edge, shell)) for f in (fill_spacing_nm, round_spacing_nm, plate_spacing_nm))
    assert edge <= fill * (1 + 1e-12)
    assert fill <= rounded * (1 + 1e-12)
    assert rounded <= plate * (1 + 1e-12)


@law
@given(edges, shells)
def test_volume_balance(edge, shell):
    # The cell of the lower bound holds core and ligand exactly; the others hold at least as much.
    content = edge**3 + 6 * edge**2 * shell
    assert float(fill_spacing_nm(edge, shell)) ** 3 == pytest.approx(content, rel=1e-12)
    assert float(round_spacing_nm(edge, shell)) ** 3 >= content * (1 - 1e-12)
    # The rounded body itself has that volume (Steiner).
    h = (float(round_spacing_nm(edge, shell)) - edge) / 2
    body = edge**3 + 6 * edge**2 * h + 3 * math.pi * edge * h**2 + 4 / 3 * math.pi * h**3
    assert body == pytest.approx(content, rel=1e-12)


@law
@given(edges, shells, st.floats(0.1, 10.0))
def test_scale_invariance(edge, shell, factor):
    for f in (fill_spacing_nm, round_spacing_nm, plate_spacing_nm):
        assert float(f(edge * factor, shell * factor)) == pytest.approx(factor * float(f(edge, shell)), rel=1e-9)


@law
@given(edges, shells)
def test_fill_is_the_optimal_packing_of_the_inscribed_sphere(edge, shell):
    assert float(fill_spacing_nm(edge, shell)) == pytest.approx(
        edge * float(opm_ratio(2 * shell / edge, 1.0)), rel=1e-12
    )


def test_limits():
    for f in (fill_spacing_nm, round_spacing_nm, plate_spacing_nm):
        assert float(f(8.6, 0.0)) == 8.6
        # A thin shell on a large cube: all three are the plate.
        assert (float(f(100.0, 0.01)) - 100) / 2 == pytest.approx(0.01, rel=1e-3)


@law
@given(st.tuples(edges, edges, edges), st.floats(0.0, 0.45), shells, st.floats(0.8, 1.2))
def test_layers_of_any_cuboid(sides, rounding, shell, factor):
    shape = Cuboid(edges_nm=sides, rounding_nm=rounding * min(sides))
    layers = cuboid_layers(shape, shell, factor)
    grown = shape.scaled(factor)
    content = grown.volume_nm3 + grown.surface_nm2 * shell
    fill, rounded, plate = (float(x) for x in layers.by_model().values())
    box = math.prod(e + 2 * fill for e in grown.edges_nm)
    # Fill never puts the outer boxes into each other, so a well rounded core with little ligand leaves voids.
    assert box == pytest.approx(content, rel=1e-9) or (fill == 0 and box >= content)
    assert fill <= rounded * (1 + 1e-9) + 1e-9
    assert rounded <= plate * (1 + 1e-9) + 1e-9
    # The rounded body is again a rounded cuboid, whose volume `Cuboid` knows by itself.
    body = Cuboid(edges_nm=tuple(e + 2 * rounded for e in grown.edges_nm), rounding_nm=grown.rounding_nm + rounded)
    assert body.volume_nm3 == pytest.approx(content, rel=1e-9)


@law
@given(edges, shells)
def test_layers_of_a_sharp_cube_are_the_closed_forms(edge, shell):
    layers = cuboid_layers(cube(edge), shell)
    for layer, closed in zip(
        layers.by_model().values(), (fill_spacing_nm, round_spacing_nm, plate_spacing_nm), strict=True
    ):
        assert edge + 2 * float(layer) == pytest.approx(float(closed(edge, shell)), rel=1e-10)


@law
@given(edges, st.floats(0.05, 1.0), st.floats(0.001, 3.0))
def test_truncated_cubes_keep_their_order_and_the_inverse(edge, truncation, shell):
    cut = cuboid_layers(Cuboid(edges_nm=(edge,) * 3, truncation=truncation), shell)
    sharp = cuboid_layers(cube(edge), shell)
    assert float(cut.fill) <= float(cut.round) <= float(cut.plate) * (1 + 1e-12)
    assert float(cut.fill) < float(sharp.fill)
    shape = Cuboid(edges_nm=(edge,) * 3, truncation=truncation)
    assert mean_layer_from_round(shape, float(cut.round)) == pytest.approx(shell, rel=1e-7)


@pytest.mark.parametrize(
    "shape",
    [
        cube(8.0),
        Cuboid(edges_nm=(3.0, 7.0, 12.0)),
        Cuboid(edges_nm=(4.0, 7.0, 9.0), rounding_nm=1.5),
        Cuboid(edges_nm=(8.0,) * 3, truncation=0.4),
        Cuboid(edges_nm=(8.0,) * 3, truncation=1.0),
        Cuboid(edges_nm=(5.0, 8.0, 9.0), truncation=0.7),
        Sphere(diameter_nm=6.0),
    ],
    ids=str,
)
def test_mean_curvature_is_the_mean_width(shape):
    # Second route: M = 2 pi times the width averaged over all directions, from the corners alone.
    z, weights = np.polynomial.legendre.leggauss(400)
    phi = (np.arange(800) + 0.5) * 2 * np.pi / 800
    across = np.sqrt(1 - z**2)
    directions = np.stack(
        [np.outer(across, np.cos(phi)), np.outer(across, np.sin(phi)), np.repeat(z[:, None], 800, axis=1)], axis=-1
    )
    if isinstance(shape, Sphere):
        corners, radius = np.zeros((1, 3)), shape.diameter_nm / 2
    else:
        corners, radius = shape.vertices_nm, shape.rounding_nm
    width = 2 * ((directions.reshape(-1, 3) @ corners.T).max(axis=1) + radius).reshape(400, 800)
    mean = float(weights @ width.mean(axis=1)) / 2
    assert shape.mean_curvature_nm == pytest.approx(2 * np.pi * mean, rel=2e-5)


@pytest.mark.slow
def test_the_even_layer_of_a_truncated_cube_holds_its_ligand():
    # Second route: the volume within h of the cut cube by random points, against its own volume and its ligand.
    shape = Cuboid(edges_nm=(8.0,) * 3, truncation=0.6)
    layer = float(cuboid_layers(shape, 1.5).round)
    rng = np.random.default_rng(5)
    half = 4.0 + layer
    points = rng.uniform(-half, half, (20_000, 3))
    within = [distance_to_cut_cube(p, shape) <= layer for p in points]
    volume = float(np.mean(within)) * (2 * half) ** 3
    sd = (2 * half) ** 3 * (np.mean(within) * (1 - np.mean(within)) / len(points)) ** 0.5
    assert volume == pytest.approx(shape.volume_nm3 + 1.5 * shape.surface_nm2, abs=4 * sd)


def distance_to_cut_cube(point: np.ndarray, shape: Cuboid) -> float:
    """Distance from a truncated cube, by projecting in turn onto its half spaces (Dykstra)."""
    half, cut = shape.size_nm / 2, shape.truncation * shape.size_nm / 2
    p = np.abs(point)
    normals = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [3**-0.5] * 3])
    offsets = np.array([half, half, half, (3 * half - cut) / 3**0.5])
    x, corrections = p.copy(), np.zeros((4, 3))
    for _ in range(60):
        before = x.copy()
        for k in range(4):
            y = x + corrections[k]
            x = y - max(normals[k] @ y - offsets[k], 0.0) * normals[k]
            corrections[k] = y - x
        if np.abs(x - before).max() < 1e-9:
            break
    return float(np.linalg.norm(p - x))


def test_fully_rounded_cube_is_a_sphere():
    # Its round layer is the spherical shell of the same ligand.
    layer = float(cuboid_layers(cube(8.0, rounding_nm=4.0), 1.5).round)
    assert 4.0 + layer == pytest.approx(4.0 * (1 + 3 * 1.5 / 4.0) ** (1 / 3), rel=1e-10)


@law
@given(edges, st.floats(0.0, 0.5), st.floats(0.001, 3.0))
def test_even_layer_and_its_inverse(edge, rounding, shell):
    shape = cube(edge, rounding_nm=rounding * edge)
    layer = float(cuboid_layers(shape, shell).round)
    assert mean_layer_from_round(shape, layer) == pytest.approx(shell, rel=1e-7)


def test_plates_stack_with_two_shells():
    layers = cuboid_layers(Cuboid(edges_nm=(2.4, 20.0, 15.0)), 1.366)
    assert 2.4 + 2 * float(layers.plate) == pytest.approx(2.4 + 2 * 1.366)
    # Little room at the edges of a wide plate: fill comes close to it from below.
    wide = cuboid_layers(Cuboid(edges_nm=(2.4, 2000.0, 2000.0)), 1.366)
    assert float(wide.fill) == pytest.approx(1.366, rel=0.005)


def test_arrays_of_samples():
    shell = np.linspace(0, 2, 5)
    layers = cuboid_layers(cube(8.6), shell, np.linspace(0.9, 1.1, 5))
    assert layers.fill.shape == layers.round.shape == layers.plate.shape == (5,)
    assert round_layer_nm(np.zeros(2), np.zeros(2), np.array([1.0, 8.0])) == pytest.approx(
        np.cbrt(3 / (4 * math.pi)) * np.array([1, 2])
    )
    assert fill_layer_nm((1.0, 1.0, 1.0), 0.5) == 0


@pytest.mark.parametrize("bad", [(-1.0, 1.0), (float("inf"), 1.0), (8.6, -0.1), (8.6, float("nan"))])
def test_impossible_sizes_are_refused(bad):
    for f in (fill_spacing_nm, round_spacing_nm, plate_spacing_nm):
        with pytest.raises(InputError, match="_nm must be"):
            f(*bad)
