"""Grazing incidence: against BornAgain, against the kinematic limit, and against a measured frame."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings, strategies as st
from scipy.ndimage import gaussian_filter1d

from packing.errors import InputError
from packing.shapes import Sphere
from structure.form_factors.bodies import sphere_amplitude
from structure.grazing.film import FilmCrystal
from structure.grazing.gisaxs import gisaxs_intensity, rod_intensity, simulate_gisaxs, yoneda_inv_nm
from structure.grazing.layers import FilmLayers, XrayIndex, substrate_index, xray_index

DATA = Path(os.environ.get("SUPERLATTICE_DATA", Path(__file__).parents[2] / "shared" / "data")) / "gisaxs"
WAVE = 0.17712


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


def test_a_rod_is_the_sum_over_its_layers():
    """Of whole layers the envelope and its reciprocal points are the sum over sites, site by site."""
    from structure.grazing.gisaxs import _paths

    film = sphere_film(height=10 * 12.0)
    layers = FilmLayers(wavelength_nm=0.124, incidence_deg=0.3, substrate=substrate_index("Si", 0.124))
    exits = np.radians(np.linspace(0.1, 1.2, 300))
    rod = 2 * np.pi / 12
    heights = 4.0 + 12.0 * np.arange(10)
    total = sum(
        weight * sphere_amplitude(np.hypot(rod, q_z.real), 4.0) * np.exp(-1j * q_z[:, None] * heights).mean(axis=1)
        for weight, q_z in _paths(layers, exits)
    )
    sites = np.abs(film.body.volume_nm3 * total) ** 2
    own = rod_intensity(film, layers, [rod, 0.0], exits)
    assert np.abs(own - sites).max() < 0.03 * sites.max()


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


def mesocrystal():
    """The authors' lattice of P144: hexagonal setting, three spheres a cell; its domains are islands."""
    a, c = 12.5, 31.1
    cell = np.array([[a, 0, 0], [-a / 2, a * 3**0.5 / 2, 0], [0, 0, c]])
    sites = np.array([[0, 0, 0], [2 / 3, 1 / 3, 1 / 3], [1 / 3, 2 / 3, 2 / 3]]) @ cell
    return FilmCrystal(
        cell_nm=cell, sites_nm=sites, body=Sphere(diameter_nm=10.04), size_spread=0.06, displacement_nm=0.3,
        domain_nm=400.0, height_nm=200.0, base_nm=10.0,
    )  # fmt: skip


def deviations(incidence_deg):
    """Relative distance in q of each measured peak of P144 from the model's maximum beside it on its rod."""
    layers = FilmLayers(
        wavelength_nm=WAVE, incidence_deg=incidence_deg, substrate=substrate_index("Si", WAVE), thickness_nm=1000.0,
        roughness_nm=2.0,
    )  # fmt: skip
    film, found = mesocrystal(), []
    for row in csv.DictReader((DATA / "P144_authors_peaks.csv").read_text().splitlines()):
        par, z, rod = (float(row[k]) for k in ("q_par_invnm", "q_z_vacuum_invnm", "q_par_calc_a12.5"))
        around = np.linspace(z - 0.06, z + 0.06, 121)
        # The frame's resolution is about a pixel and a half.
        along = gaussian_filter1d(gisaxs_intensity(film, layers, np.full(121, rod), around), 0.009 / 0.001)
        tops = np.flatnonzero((along[1:-1] >= along[:-2]) & (along[1:-1] > along[2:])) + 1
        at = around[tops[np.abs(around[tops] - z).argmin()]]
        found.append(np.hypot(par - rod, at - z) / np.hypot(par, z))
    return np.array(found)


@pytest.mark.slow
@pytest.mark.skipif(not (DATA / "P144_authors_peaks.csv").is_file(), reason=f"no measured peaks in {DATA}")
def test_the_measured_peaks_of_mesocrystals_are_those_of_the_authors_lattice():
    """With the published geometry three peaks, those by way of the substrate, lie off: they tell the incidence."""
    published = deviations(0.4)
    assert np.count_nonzero(published < 0.01) >= 14
    refined = deviations(0.354)
    assert np.count_nonzero(refined < 0.01) >= 16
    assert refined.max() < 0.012
