"""Lattices from Fourier transforms: known lattices come back, with honest errors."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray

from packing.configuration import configuration
from packing.errors import InputError
from packing.shapes import cube
from structure.fourier.fourier import fourier_lattice
from structure.fourier.indexing import direct_cell, lattice_spacing, name_lattice, reduced, strain_from
from structure.fourier.local_phase import strain_sd
from structure.fourier.spots import flattened, parabola_offset
from structure.imaging.images import TemImage
from structure.imaging.tem import simulate_tem

CELLS = {"square": np.eye(2), "hexagonal": np.array([[1.0, 0.0], [0.5, np.sqrt(0.75)]])}
ANGLE_DEG = {"square": 90.0, "hexagonal": 60.0}


def discs(
    n: int, spacing_px: float, cell: NDArray, turn_deg: float, seed: int, *, jitter: float = 0.03, noise: float = 0.3
) -> NDArray:
    """Dark discs on a lattice, placed by phase factors so that no pixel grid biases them."""
    rng = np.random.default_rng(seed)
    c, s = np.cos(np.deg2rad(turn_deg)), np.sin(np.deg2rad(turn_deg))
    # Rows run downwards: the turn is counter-clockwise as one sees it.
    vectors = spacing_px * cell @ np.array([[c, -s], [s, c]])
    m = int(2 * n / spacing_px)
    ij = np.stack(np.meshgrid(np.arange(-m, m), np.arange(-m, m)), axis=-1).reshape(-1, 2)
    centres = ij @ vectors + n / 2 + rng.uniform(0, spacing_px, 2) + rng.normal(0, jitter * spacing_px, (len(ij), 2))
    centres = centres[np.all((centres > -spacing_px) & (centres < n + spacing_px), axis=1)]
    image = noise * rng.normal(size=(n, n))
    reach = int(spacing_px)
    for (x, y), weight in zip(centres, rng.normal(1, 0.2, len(centres)), strict=True):
        rows = np.arange(max(0, int(y) - reach), min(n, int(y) + reach + 1))
        cols = np.arange(max(0, int(x) - reach), min(n, int(x) + reach + 1))
        if len(rows) and len(cols):
            distance = np.hypot(cols[None] - x, rows[:, None] - y)
            image[np.ix_(rows, cols)] -= weight * np.clip(0.38 * spacing_px - distance + 0.5, 0, 1)
    return image


@pytest.mark.parametrize("kind", ["square", "hexagonal"])
@pytest.mark.parametrize(("n", "accuracy"), [(512, 0.0015), pytest.param(1024, 0.0005, marks=pytest.mark.slow)])
def test_spacing_and_angle_of_synthetic_lattices(kind, n, accuracy):
    for seed, (spacing_px, turn) in enumerate([(17.3, 11.0), (20.9, 38.0), (23.6, 77.0)]):
        image = TemImage(pixels=discs(n, spacing_px, CELLS[kind], turn, seed), px_per_nm=2.0)
        found = fourier_lattice(image)
        assert found.lattice == kind
        assert found.spacing_nm * 2.0 == pytest.approx(spacing_px, rel=accuracy)
        assert found.angle_deg == pytest.approx(ANGLE_DEG[kind], abs=0.1)
        period = 90 if kind == "square" else 60
        assert (found.orientation_deg - turn + period / 2) % period == pytest.approx(period / 2, abs=0.1)


def test_stated_uncertainty_is_the_scatter_of_pictures_of_known_lattices():
    """Of 64 pictures of many spacings, turns, jitters and noises: a stated half or double would be noticed."""
    deviations = []
    for seed in range(5000, 5064):
        rng = np.random.default_rng(seed)
        kind = ("square", "hexagonal")[seed % 2]
        spacing, jitter, noise = rng.uniform(12, 18), rng.uniform(0.02, 0.05), rng.uniform(0.1, 0.5)
        image = discs(192, spacing, CELLS[kind], rng.uniform(0, 90), seed, jitter=jitter, noise=noise)
        found = fourier_lattice(TemImage(pixels=image, px_per_nm=1.0))
        assert found.lattice == kind
        deviations.append((found.spacing_nm - spacing) / found.spacing_sd_nm)
    # The standard deviation of 64 normal numbers is uncertain by 9 %.
    assert 0.7 < np.sqrt(np.mean(np.square(deviations))) < 1.3


@pytest.mark.parametrize("jitter", [0.02, 0.05])
def test_particles_off_their_sites_make_the_error_of_the_mean_strain(jitter):
    # Independent displacements u of N particles under a window w: the slope of their mean errs by u times the root of
    # the sum of (w x)^2 over the sum of w x^2, whichever spots it is read from.
    n, spacing = 512, 16.0
    image = discs(n, spacing, CELLS["square"], 0.0, 3, jitter=jitter, noise=0.0)
    x = (np.arange(spacing / 2, n, spacing) - n / 2)[:, None]
    w = (0.5 + 0.5 * np.cos(2 * np.pi * x / n)) * (0.5 + 0.5 * np.cos(2 * np.pi * x.T / n))
    expected = jitter * spacing * np.sqrt(np.sum((w * x) ** 2)) / np.sum(w * x**2)
    spots = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [2.0, 0.0]]) / spacing
    assert strain_sd(image, spots, np.ones(4)) == pytest.approx(expected, rel=0.25)


@pytest.mark.parametrize(
    ("cell", "name", "angle"),
    [
        ([[1, 0], [0, 1.2]], "rectangular", 90.0),
        ([[1, 0], [0.3, 1.1]], "oblique", 74.74),
        ([[1, 0], [0, 1.01]], "square", 90.0),
    ],
)
def test_lattices_of_lower_symmetry_are_named(cell, name, angle):
    image = TemImage(pixels=discs(512, 18.0, np.array(cell, dtype=float), 20.0, 1), px_per_nm=1.0)
    found = fourier_lattice(image)
    assert found.lattice == name
    assert found.angle_deg == pytest.approx(angle, abs=0.1)


@pytest.mark.parametrize("ratio", [3.0, 9.0])
def test_a_harmonic_stronger_than_the_first_order_does_not_halve_the_spacing(ratio):
    y, x = np.mgrid[:512, :512]
    c, s = np.cos(0.3), np.sin(0.3)
    u, v = (c * x + s * y) * 2 * np.pi / 21.3, (-s * x + c * y) * 2 * np.pi / 21.3
    waves = np.cos(u) + np.cos(v) + ratio * (np.cos(2 * u) + np.cos(2 * v)) + np.cos(u + v) + np.cos(u - v)
    noise = np.random.default_rng(0).normal(size=x.shape)
    found = fourier_lattice(TemImage(pixels=waves + noise, px_per_nm=1.0))
    assert found.lattice == "square"
    assert found.spacing_nm == pytest.approx(21.3, rel=1e-3)


def test_the_simulated_picture_of_a_simulation_box_gives_the_period_of_the_crystal():
    rng = np.random.default_rng(2)
    sites = 10.7 * np.array(list(itertools.product(range(4), repeat=3)))
    box = configuration(sites + rng.normal(0, 0.4, sites.shape), shapes=cube(8.6), box=[42.8] * 3)
    found = fourier_lattice(simulate_tem(box, px_per_nm=2.0, field_nm=(214, 214)))
    assert found.lattice == "square"
    assert found.spacing_nm == pytest.approx(10.7, rel=2e-3)


def test_noise_and_stripes_are_no_lattice():
    noise = np.random.default_rng(0).normal(size=(256, 256))
    assert fourier_lattice(TemImage(pixels=noise, px_per_nm=1.0)).lattice == "none"
    stripes = noise + 2 * np.sin(np.arange(256) * 0.6)
    found = fourier_lattice(TemImage(pixels=stripes, px_per_nm=1.0))
    assert found.lattice == "none"
    assert np.isnan(found.spacing_nm)


def test_a_crop_outside_the_image_is_refused():
    image = TemImage(pixels=np.random.default_rng(0).normal(size=(64, 64)), px_per_nm=1.0)
    with pytest.raises(InputError, match=r"crop 0:65,0:64 must lie inside"):
        fourier_lattice(image, crop=(0, 65, 0, 64))
    with pytest.raises(InputError, match="at least 32 pixels"):
        fourier_lattice(image, crop=(0, 8, 0, 64))
    with pytest.raises(InputError, match="got 64 x 24"):
        fourier_lattice(image, crop=(0, 64, 40, 64))


@given(st.lists(st.floats(-5, 5), min_size=4, max_size=4), st.integers(-3, 3), st.integers(-3, 3))
@settings(deadline=None, max_examples=100)
def test_reduction_finds_the_same_lattice_whatever_basis_describes_it(numbers, n, m):
    basis = np.array(numbers).reshape(2, 2)
    if abs(np.linalg.det(basis)) < 0.1:
        return
    other = np.array([[1, n], [0, 1]]) @ np.array([[1, 0], [m, 1]]) @ basis
    a, b = reduced(basis), reduced(other)
    assert np.linalg.det(a) == pytest.approx(abs(np.linalg.det(basis)))
    assert sorted(np.linalg.norm(a, axis=1)) == pytest.approx(sorted(np.linalg.norm(b, axis=1)), rel=1e-9)
    assert -1e-9 <= a[0] @ a[1] <= min(a[0] @ a[0], a[1] @ a[1]) / 2 * (1 + 1e-9)


def test_hexagonal_spacing_is_two_over_root_three_times_the_plane_spacing():
    reciprocal = np.linalg.inv(7.0 * CELLS["hexagonal"]).T
    cell = direct_cell(reciprocal)
    assert name_lattice(cell, 0.01) == "hexagonal"
    assert lattice_spacing(cell, "hexagonal") == pytest.approx(7.0)
    assert 1 / np.linalg.norm(reduced(reciprocal), axis=1)[0] == pytest.approx(7.0 * np.sqrt(0.75))


def test_strain_is_that_of_a_stretch_and_blind_to_turns_and_size():
    turn = np.array([[0.6, 0.8], [-0.8, 0.6]])
    assert strain_from(3 * turn, np.eye(2)) == pytest.approx(0, abs=1e-12)
    assert strain_from(np.diag([1, 1.1]) @ turn, np.eye(2)) == pytest.approx(np.log(1.1))


def test_sub_bin_place_of_a_windowed_wave_is_exact():
    n = 256
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)
    for offset in (-0.5, -0.31, 0.0, 0.17, 0.44):
        wave = np.exp(2j * np.pi * (40 + offset) * np.arange(n) / n)
        power = np.abs(np.fft.fft(window * wave)) ** 2
        found = parabola_offset(*(power[39 + k : 40 + k] for k in range(3)))
        assert found[0] == pytest.approx(offset, abs=2e-3)


def test_flattening_takes_a_gradient_away_and_leaves_the_waves():
    y, x = np.mgrid[:300, :400]
    waves = np.cos(x * 0.5)
    flat = flattened(waves + 0.01 * x - 0.02 * y, 30.0)
    assert np.abs(flat - waves)[60:-60, 60:-60].max() < 0.05


def test_plot_is_on_a_log_scale_with_the_first_orders_named():
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    found = fourier_lattice(TemImage(pixels=discs(256, 16.0, np.eye(2), 10, 0), px_per_nm=1.0))
    assert found.plot(ax) is ax
    assert any(t.get_text() in ("10", "01") for t in ax.texts)
    assert "nm" in ax.get_xlabel()
