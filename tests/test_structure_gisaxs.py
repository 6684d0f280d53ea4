"""Grazing incidence: one sphere of BornAgain, sums over sites, the kinematic limit, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings, strategies as st
from scipy.spatial.transform import Rotation

from packing.errors import InputError
from packing.shapes import Sphere
from structure.form_factors.bodies import sphere_amplitude
from structure.grazing.film import FilmCrystal
from structure.grazing.gisaxs import gisaxs_intensity, rod_intensity, simulate_gisaxs, yoneda_inv_nm
from structure.grazing.layers import FilmLayers, XrayIndex, substrate_index, xray_index
from structure.grazing.rods import layers_of, rods_of


def sphere_film(height=300.0, base=0.0, lattice=12.0, **more):
    return FilmCrystal(
        cell_nm=lattice * np.eye(3), sites_nm=np.array([[0.0, 0.0, 4.0]]), body=Sphere(diameter_nm=8.0),
        height_nm=height, base_nm=base, **more,
    )  # fmt: skip


# BornAgain 25.0.0: a sphere of radius 4 nm (n = 1 - 1.5e-5 + 1e-6 i) on a substrate (5e-6, 6e-8), 0.124 nm, incidence
# 0.3 degrees, at the azimuth where q_y = 2 pi / 12 nm; intensity over that at the fifth angle.
EXIT_DEG = [0.07577, 0.1672, 0.24034, 0.31349, 0.47806, 0.66091, 0.84377, 1.04491, 1.20949]
BORNAGAIN = [15.0753, 33.6005, 5.24749, 2.93112, 1.0, 0.179124, 0.0738357, 0.271263, 0.316985]


def test_four_paths_of_one_sphere_are_those_of_bornagain():
    from structure.grazing.gisaxs import _paths

    layers = FilmLayers(
        wavelength_nm=0.124, incidence_deg=0.3, substrate=XrayIndex(delta=5e-6, beta=6e-8), thickness_nm=1.0
    )
    exits, start = np.radians(EXIT_DEG), np.radians(0.3)
    phi = np.arcsin(2 * np.pi / 12 / layers.k_inv_nm)
    q_x = layers.k_inv_nm * (np.cos(exits) * np.cos(phi) - np.cos(start))
    q_y = layers.k_inv_nm * np.cos(exits) * np.sin(phi)
    total = sum(
        weight * sphere_amplitude(np.sqrt(q_x**2 + q_y**2 + q_z.real**2), 4.0) * np.exp(-4j * q_z)
        for weight, q_z in _paths(layers, exits)
    )
    own = np.abs(total) ** 2
    np.testing.assert_allclose(own / own[4], BORNAGAIN, rtol=0.01)


@pytest.mark.parametrize("n_sites", [1, 100])
def test_a_rod_is_the_sum_over_its_layers(n_sites):
    """Layers are the sum over sites, site by site: few, or so many that they are summed by a transform."""
    from structure.grazing.gisaxs import _paths

    rng = np.random.default_rng(5)
    cells = 12.0 * rng.integers(0, 7, (n_sites, 3)) + [0.0, 0.0, 4.0]
    sites = cells + (rng.normal(0, 0.4, (n_sites, 3)) if n_sites > 1 else 0.0)
    film = replace(sphere_film(height=10 * 12.0), sites_nm=sites)
    layers = FilmLayers(wavelength_nm=0.124, incidence_deg=0.3, substrate=substrate_index("Si", 0.124))
    exits = np.radians(np.linspace(0.1, 1.2, 300))
    rod = 2 * np.pi / 12
    # Each site in the lowest layer, and from there up.
    lowest = sites - np.column_stack([np.zeros((n_sites, 2)), cells[:, 2] - 4.0])
    places = (lowest[:, None] + 12.0 * np.arange(10)[:, None] * [0.0, 0.0, 1.0]).reshape(-1, 3)
    total = sum(
        weight
        * sphere_amplitude(np.hypot(rod, q_z.real), 4.0)
        * np.exp(-1j * (q_z[:, None] * places[:, 2] + rod * places[:, 0])).mean(axis=1)
        for weight, q_z in _paths(layers, exits)
    )
    own = rod_intensity(film, layers, [rod, 0.0], exits)
    np.testing.assert_allclose(own, np.abs(film.body.volume_nm3 * total) ** 2, rtol=1e-6, atol=1e-9 * own.max())


@settings(max_examples=20, deadline=None)
@given(st.floats(0.2, 0.8), st.floats(5, 15))
def test_without_a_substrate_spots_are_where_the_lattice_puts_them(incidence, lattice):
    film = sphere_film(lattice=lattice)
    layers = FilmLayers(wavelength_nm=0.124, incidence_deg=incidence, substrate=XrayIndex())
    exits = np.linspace(1e-4, 0.03, 4000)
    own = rod_intensity(film, layers, [2 * np.pi / lattice, 0.0], exits)
    q_z = layers.k_inv_nm * (np.sin(exits) + np.sin(np.radians(incidence)))
    # Without the sphere's own scattering, about the first order above the horizon: below it there is nothing to see.
    alone = sphere_amplitude(np.hypot(2 * np.pi / lattice, q_z), 4.0) ** 2
    orders = q_z * lattice / (2 * np.pi)
    first = np.ceil(orders[0] + 0.2)
    about = (np.abs(orders - first) < 0.2) & (alone > 1e-6 * alone.max())
    assume(about.any() and orders[-1] > first + 0.2)
    assert orders[about][np.argmax(own[about] / alone[about])] == pytest.approx(first, abs=0.02)


@settings(max_examples=20, deadline=None)
@given(st.floats(-0.6, 0.6), st.floats(-0.6, 0.6), st.integers(-2, 2), st.integers(-2, 2))
def test_layers_do_not_depend_on_how_the_cell_is_written_nor_on_a_tilt_that_a_fit_leaves(x_deg, y_deg, u, v):
    """The same crystal by another cell, and one that lies askew by less than a degree, has the same layers."""
    turn = Rotation.from_euler("xy", [x_deg, y_deg], degrees=True).as_matrix()
    cell = 12.0 * np.array([[1, 0, 0], [0, 1, 0], [u, v, 1]]) @ turn.T
    film = replace(sphere_film(height=60.0), cell_nm=cell, sites_nm=np.array([[0.0, 0.0, 4.0]]))
    found = layers_of(film)
    assert found.count == 5
    assert found.period_nm == pytest.approx(12.0, rel=2e-4)
    rods = {tuple(np.round(rod.place_inv_nm * 12 / (2 * np.pi), 2)) for rod in rods_of(film, 1.2)}
    assert {(0, 0), (1, 0), (0, 1), (-1, 0), (0, -1)} <= {tuple(round(float(c)) for c in r) for r in rods}
    assert len(rods) < 30


def test_what_is_lost_from_the_rods_is_the_variance_of_what_each_dot_scatters():
    """Against dots drawn at random: heights, displacements and sizes, the four paths of one dot being coherent."""
    from structure.grazing.gisaxs import _diffuse, _paths

    film = sphere_film(height=30.0, base=4.0, size_spread=0.08, displacement_nm=0.7)
    layers = FilmLayers(wavelength_nm=0.124, incidence_deg=0.3, substrate=substrate_index("Si", 0.124))
    exits, q_par, rng = np.radians([0.1, 0.2, 0.5]), 0.8, np.random.default_rng(2)
    heights = np.linspace(4.0, 34.0, 201)
    sizes, moves = rng.normal(1, 0.08, 400), rng.normal(0, 0.7, (2, 400))
    total = sum(
        weight[:, None, None]
        * sizes**3 * film.body.volume_nm3 * sphere_amplitude(np.hypot(q_par, q_z.real)[:, None, None] * sizes, 4.0)
        * np.exp(-1j * (q_z[:, None, None] * (heights[:, None] + moves[1]) + q_par * moves[0]))
        for weight, q_z in _paths(layers, exits)
    )  # fmt: skip
    drawn = np.mean(np.mean(np.abs(total) ** 2, axis=2) - np.abs(np.mean(total, axis=2)) ** 2, axis=1)
    np.testing.assert_allclose(_diffuse(film, layers, np.full(3, q_par), exits), drawn, rtol=0.2)


def test_waves_keep_their_energy_and_the_critical_angle():
    layers = FilmLayers(
        wavelength_nm=0.154, incidence_deg=0.3, substrate=XrayIndex(delta=7.6e-6), film=XrayIndex(), thickness_nm=50.0
    )
    below = np.radians(np.linspace(0.02, 0.95 * layers.substrate.critical_deg, 20))
    _, down, up = layers.waves(below)
    np.testing.assert_allclose(np.abs(up / down), 1.0, rtol=1e-9)
    assert xray_index("Si", 2.329, 0.15406).critical_deg == pytest.approx(0.2229, abs=0.001)


def test_the_diffuse_part_is_brightest_at_the_yoneda_band():
    film = sphere_film(height=20.0, size_spread=0.1)
    layers = FilmLayers(wavelength_nm=0.15, incidence_deg=0.5, substrate=substrate_index("Si", 0.15))
    q_z = np.linspace(0.37, 0.8, 800)
    away = gisaxs_intensity(film, layers, np.full(800, 0.75), q_z)
    assert q_z[away.argmax()] == pytest.approx(yoneda_inv_nm(layers)[1], rel=0.03)


def test_below_the_critical_angle_is_said_and_not_refused():
    layers = FilmLayers(
        wavelength_nm=0.15, incidence_deg=0.1, substrate=substrate_index("Si", 0.15), film=XrayIndex(delta=8e-6)
    )
    frame = simulate_gisaxs(sphere_film(), layers, n_pixels=48, q_par_max_inv_nm=0.8, q_z_max_inv_nm=0.8)
    assert "below the critical angle" in frame.label
    assert np.isfinite(frame.intensity[-1]).all()


def test_what_cannot_be_is_named():
    with pytest.raises(InputError, match="Known: Si"):
        substrate_index("mica", 0.15)
    with pytest.raises(InputError, match="cannot be read"):
        xray_index("Xx2", 2.0, 0.15)
    layers = FilmLayers(wavelength_nm=0.15, incidence_deg=0.5, substrate=substrate_index("Si", 0.15))
    with pytest.raises(InputError, match="horizon"):
        gisaxs_intensity(sphere_film(), layers, np.full(5, 0.5), np.full(5, 0.05))
