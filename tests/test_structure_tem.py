"""Simulated micrographs: projection against volumes, chords and symmetry."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from packing.configuration import configuration, quaternions_to_matrices, random_quaternions
from packing.errors import InputError
from packing.shapes import Cuboid, Sphere, cube
from structure.imaging.images import TemImage, round_length_nm
from structure.imaging.projection import chord_nm
from structure.imaging.tem import simulate_tem, zone_axis_rotation
from structure.imaging.thickness import projected_thickness_nm

SHAPES = [
    Sphere(diameter_nm=7.0),
    cube(8.0),
    Cuboid(edges_nm=(5.0, 8.0, 11.0)),
    cube(8.0, rounding_nm=1.5),
    Cuboid(edges_nm=(6.0, 8.0, 10.0), rounding_nm=3.0),
    Cuboid(edges_nm=(8.0, 8.0, 8.0), truncation=0.4),
    Cuboid(edges_nm=(8.0, 8.0, 8.0), truncation=1.0),
]


@given(shape=st.sampled_from(SHAPES), seed=st.integers(0, 10**6))
@settings(deadline=None, max_examples=40)
def test_projected_thickness_adds_up_to_the_volume_in_any_orientation(shape, seed):
    rotation = quaternions_to_matrices(random_quaternions(1, np.random.default_rng(seed)))[0]
    step = 0.06
    grid = np.arange(-10, 10, step) + 0.013
    x, y = np.meshgrid(grid, grid)
    assert chord_nm(shape, rotation, x, y).sum() * step**2 == pytest.approx(shape.volume_nm3, rel=2e-3)


@given(shape=st.sampled_from(SHAPES[3:]), seed=st.integers(0, 10**6))
@settings(deadline=None, max_examples=20)
def test_chord_agrees_with_walking_along_the_ray(shape, seed):
    rng = np.random.default_rng(seed)
    rotation = quaternions_to_matrices(random_quaternions(1, rng))[0]
    x, y = rng.uniform(-4, 4, (2, 20))
    z = np.linspace(-10, 10, 8001)
    body = np.stack(np.broadcast_arrays(x[:, None], y[:, None], z), axis=-1) @ rotation
    if shape.rounding_nm > 0:
        inner = np.array(shape.edges_nm) / 2 - shape.rounding_nm
        outside = np.maximum(np.abs(body) - inner, 0)
        inside = np.linalg.norm(outside, axis=-1) <= shape.rounding_nm
    else:
        # A {111} cut that takes the fraction t off each half edge leaves |x| + |y| + |z| <= (3 - t) half.
        half = shape.edges_nm[0] / 2
        inside = (np.abs(body).max(-1) <= half) & (np.abs(body).sum(-1) <= (3 - shape.truncation) * half)
    assert inside.sum(axis=1) * (z[1] - z[0]) == pytest.approx(chord_nm(shape, rotation, x, y), abs=0.012)


def test_cube_is_its_edge_face_on_and_its_diagonal_along_111():
    assert chord_nm(cube(8.0), np.eye(3), np.zeros(1), np.zeros(1))[0] == pytest.approx(8.0)
    along_111 = zone_axis_rotation(np.eye(3), (1, 1, 1))
    assert chord_nm(cube(8.0), along_111, np.zeros(1), np.zeros(1))[0] == pytest.approx(8 * math.sqrt(3))


def test_a_tilted_cube_gets_wider_and_its_mass_stays():
    one = configuration([[0, 0, 0]], shapes=cube(8.0))
    kwargs = {"px_per_nm": 10.0, "shape": (200, 200), "depth_nm": 30.0}
    flat = projected_thickness_nm(one, view=np.eye(3), **kwargs)
    tilted = projected_thickness_nm(one, view=zone_axis_rotation(np.eye(3), (1, 0, 1)), **kwargs)
    assert flat.sum() == pytest.approx(tilted.sum(), rel=2e-3)
    assert np.count_nonzero(tilted.max(0)) == pytest.approx(80 * math.sqrt(2), abs=2)


def test_the_picture_does_not_depend_on_which_box_describes_the_crystal():
    # One cube per cell, and the same crystal as a sheared 2 x 1 x 1 box.
    small = configuration([[1.0, 2.0, 0]], shapes=cube(8.0), box=[11, 11, 11])
    large = configuration([[1.0, 2.0, 0], [12.0, 2.0, 0]], shapes=cube(8.0), box=[22, 11, 11, 1.0, 0, 0])
    kwargs = {"view": np.eye(3), "px_per_nm": 2.0, "shape": (128, 160), "depth_nm": 11.0}
    assert projected_thickness_nm(small, **kwargs) == pytest.approx(projected_thickness_nm(large, **kwargs))


def test_turning_particles_and_view_together_changes_nothing():
    rng = np.random.default_rng(3)
    x = rng.uniform(-12, 12, (9, 3))
    q = random_quaternions(9, rng)
    turn = quaternions_to_matrices(random_quaternions(1, rng))[0]
    from packing.configuration import matrices_to_quaternions

    here = configuration(x, shapes=cube(5.0), orientations=q)
    there = configuration(
        x @ turn.T, shapes=cube(5.0), orientations=matrices_to_quaternions(turn @ quaternions_to_matrices(q))
    )
    kwargs = {"px_per_nm": 3.0, "shape": (120, 120), "depth_nm": 100.0}
    one = projected_thickness_nm(here, view=np.eye(3), **kwargs)
    assert projected_thickness_nm(there, view=turn.T, **kwargs) == pytest.approx(one, abs=1e-9)


@pytest.mark.parametrize("oversample", [1, 2, pytest.param(3, marks=pytest.mark.slow)])
def test_many_bodies_at_once_have_the_chords_of_each(oversample):
    rng = np.random.default_rng(11)
    x, turns = rng.uniform(-20, 20, (28, 3)), random_quaternions(28, rng)
    # Some lie along the axes, where faces are seen edge on.
    turns[:7] = [1.0, 0.0, 0.0, 0.0]
    some = configuration(x, shapes=tuple(SHAPES), species=np.arange(28) % 7, orientations=turns)
    px, rows, cols = 2.0, 120, 110
    for view in (np.eye(3), quaternions_to_matrices(random_quaternions(1, rng))[0]):
        got = projected_thickness_nm(
            some, view=view, px_per_nm=px, shape=(rows, cols), depth_nm=200.0, oversample=oversample
        )
        step = 1 / (px * oversample)
        across = (np.arange(cols * oversample) + 0.5) * step - cols / px / 2
        up = rows / px / 2 - (np.arange(rows * oversample) + 0.5) * step
        centres = x @ view.T
        centres = centres - (centres.max(axis=0) + centres.min(axis=0)) / 2
        rays = np.zeros((len(up), len(across)))
        for (a, b, _), turn, kind in zip(centres, view @ some.rotations, some.species, strict=True):
            rays += chord_nm(SHAPES[kind], turn, *np.meshgrid(across - a, up - b))
        expected = rays.reshape(rows, oversample, cols, oversample).mean(axis=(1, 3))
        assert got == pytest.approx(expected, abs=1e-9)


def test_a_rod_that_leans_to_the_right_leans_to_the_right_in_the_picture():
    eighth = [math.cos(math.pi / 8), 0.0, 0.0, math.sin(math.pi / 8)]
    rod = configuration([[0, 0, 0]], shapes=Cuboid(edges_nm=(16.0, 3.0, 3.0)), orientations=[eighth])
    path = projected_thickness_nm(rod, view=np.eye(3), px_per_nm=2.0, shape=(40, 40), depth_nm=10.0)
    # Row 0 is the top: the upper right corner and the lower left one are where the rod ends.
    assert path[:20, 20:].sum() > 4 * path[:20, :20].sum()


def test_beer_lambert_and_up_is_up():
    one = configuration([[0, 20, 0], [0, -20, 0]], shapes=(cube(8.0), cube(4.0)), species=[0, 1])
    image = simulate_tem(
        one, px_per_nm=4.0, attenuation_per_nm=0.05, contrast_spread=0, blur_nm=0, dose_per_nm2=None, field_nm=(60, 60)
    )
    assert image.pixels[:120].min() == pytest.approx(math.exp(-0.4))
    assert image.pixels[120:].min() == pytest.approx(math.exp(-0.2))
    assert image.pixels.max() == 1.0


def test_shot_noise_has_the_variance_of_its_dose():
    one = configuration([[0, 0, 0]], shapes=cube(4.0))
    image = simulate_tem(one, px_per_nm=2.0, dose_per_nm2=400.0, blur_nm=0, field_nm=(100, 100))
    assert image.pixels[:60].var() == pytest.approx(1 / 100, rel=0.05)


def test_same_seed_same_picture():
    one = configuration([[0, 0, 0]], shapes=cube(8.0), box=[11, 11, 11])
    a, b, c = (simulate_tem(one, field_nm=(40, 40), seed=s).pixels for s in (1, 1, 2))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


def test_zone_axis_of_a_turned_lattice_comes_along_the_beam():
    turn = quaternions_to_matrices(random_quaternions(1, np.random.default_rng(5)))[0]
    cell = 11 * np.eye(3) @ turn.T
    view = zone_axis_rotation(cell, (0, 1, 1))
    assert view @ (cell[1] + cell[2]) == pytest.approx([0, 0, 11 * math.sqrt(2)], abs=1e-9)
    assert np.linalg.det(view) == pytest.approx(1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"px_per_nm": -1}, "px_per_nm must be positive"),
        ({"px_per_nm": 1e6}, "Change field_nm or px_per_nm"),
        ({"rotation": np.ones((3, 3))}, "must be a rotation matrix"),
        ({"tilt_deg": (100, 0)}, "tilt_deg must lie between"),
        ({"dose_per_nm2": 0}, "dose_per_nm2 must be positive"),
        ({"contrast_spread": 2}, "contrast_spread must lie"),
    ],
)
def test_unusable_options_are_named(change, words):
    one = configuration([[0, 0, 0]], shapes=cube(8.0), box=[11, 11, 11])
    with pytest.raises(InputError, match=words) as error:
        simulate_tem(one, **change)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("pixels", "words"),
    [
        (np.zeros((0, 5)), "image is empty"),
        (np.zeros((8, 8, 3)), "must be grey"),
        (np.ones((8, 8)), "image is constant"),
        (np.full((8, 8), np.nan), "64 pixels that are NaN"),
    ],
)
def test_unusable_pixels_are_named(pixels, words):
    with pytest.raises(InputError, match=words):
        TemImage(pixels=pixels, px_per_nm=1.0)


def test_image_is_read_only_and_saves_with_its_scale(tmp_path):
    from PIL import Image

    image = TemImage(pixels=np.arange(64.0).reshape(8, 8), px_per_nm=2.5)
    with pytest.raises(ValueError, match="read-only"):
        image.pixels[0, 0] = 3
    path = image.save(tmp_path / "a")
    with Image.open(path) as saved:
        assert float(saved.text["px_per_nm"]) == 2.5
        assert np.asarray(saved).shape == (8, 8)


@given(st.floats(1e-3, 1e4))
@settings(deadline=None, max_examples=50)
def test_scale_bar_is_round_and_fits(length):
    assert round_length_nm(length) <= length * (1 + 1e-9) < 2.5 * round_length_nm(length) * (1 + 1e-9)


def test_plot_draws_on_the_axes_given():
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    image = TemImage(pixels=np.arange(64.0).reshape(8, 8), px_per_nm=2.5)
    assert image.plot(ax) is ax
    assert ax.texts[0].get_text() == "0.5 nm"
