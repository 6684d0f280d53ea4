"""Widths of peaks against profiles that are computed, and the cells against the table of `packing`."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.optimize import brentq
from scipy.special import voigt_profile

from packing.lattices.single import SINGLE_LATTICES
from structure.crystals.cells import CELL_NAMES, unit_cell
from structure.crystals.reciprocal import powder_peak
from structure.widths import FWHM_PER_SIGMA, paracrystal_hwhm_inv_nm, scherrer_fwhm_inv_nm, smeared, voigt_fwhm


@given(st.floats(0.05, 1.0), st.floats(0.0, 1.0))
@settings(max_examples=30)
def test_the_width_of_a_voigt_profile_is_where_it_falls_to_half(sigma, hwhm):
    half = voigt_profile(0.0, sigma, hwhm) / 2
    at = brentq(lambda x: voigt_profile(x, sigma, hwhm) - half, 0.0, 10.0)
    assert voigt_fwhm(sigma, hwhm) == pytest.approx(2 * at, rel=5e-4)


def test_a_gaussian_falls_to_half_at_half_its_width():
    assert math.exp(-((FWHM_PER_SIGMA / 2) ** 2) / 2) == pytest.approx(0.5, rel=1e-12)


def test_a_sphere_of_lattice_points_has_scherrers_width():
    # Squared transform of a slab of D: FWHM 0.886 x 2 pi/D (Warren, X-ray Diffraction, 1969).
    q = np.linspace(0, 0.2, 4001)
    profile = np.sinc(q * 80.0 / (2 * np.pi)) ** 2
    assert scherrer_fwhm_inv_nm(80.0) == pytest.approx(2 * q[np.argmax(profile < 0.5)], rel=0.02)


def test_a_chain_of_steps_that_add_up_has_the_width_of_a_paracrystal():
    # One axis, by the sum over pairs: sum over n of exp(-q^2 s^2 |n|/2) cos(q n d).
    d, step = 8.0, 0.4
    for order in (1, 2):
        q = 2 * np.pi * order / d + np.linspace(-0.1, 0.1, 20001)
        n = np.arange(1, 3000)
        q0 = 2 * np.pi * order / d
        z = np.exp(-(q0**2) * step**2 / 2 + 1j * q * d)
        profile = 1 + 2 * (z * (1 - z ** len(n)) / (1 - z)).real
        above = q[profile > profile.max() / 2]
        assert 2 * float(paracrystal_hwhm_inv_nm(q0, step, d)) == pytest.approx(np.ptp(above), rel=0.01)


@pytest.mark.parametrize("sigma", [0.02, np.linspace(0.01, 0.04, 600)])
def test_smearing_keeps_a_slope_and_widens_a_bell_in_squares(sigma):
    q = np.linspace(0.0, 2.0, 600)
    middle = slice(150, 450)
    np.testing.assert_allclose(smeared(q, q, 0.02)[middle], q[middle], rtol=1e-9)
    bell = smeared(q, np.exp(-(((q - 1) / 0.05) ** 2) / 2), sigma)
    width = 0.02 if np.isscalar(sigma) else sigma[np.argmin(np.abs(q - 1))]
    assert bell.max() == pytest.approx(0.05 / math.hypot(0.05, width), rel=0.03)


@pytest.mark.parametrize("sigma", [0.003, 0.01])
def test_the_far_tail_of_a_powder_peak_is_that_of_a_voigt_profile(sigma):
    # Where the tail's series takes over, against the profile itself, to a tenth of the correction it makes.
    g, hwhm = 1.0, 0.004
    x = np.linspace(13, 16, 50) * sigma
    q = g + x
    exact = voigt_profile(x, sigma, hwhm) - voigt_profile(q + g, sigma, hwhm)
    made = powder_peak(q, np.array(g), sigma, np.array(hwhm)) * 4 * np.pi * q * g
    lorentz = hwhm / np.pi / (x**2 + hwhm**2)
    assert np.all(np.abs(made - exact) < 0.1 * np.abs(lorentz - exact))


def test_cells_hold_the_spheres_of_the_table_of_packing():
    for name in CELL_NAMES:
        if name in SINGLE_LATTICES:
            for primitive in (False, True):
                cell = unit_cell(name, primitive=primitive)
                assert math.pi / 6 / cell.volume_per_site == pytest.approx(
                    SINGLE_LATTICES[name].sphere_fraction, rel=1e-12
                )
    assert unit_cell("bct").volume_per_site == pytest.approx(0.7523, abs=5e-5)
    assert unit_cell("bct", c_over_a=2**0.5).volume_per_site == pytest.approx(2**-0.5, rel=1e-12)


def test_a_cell_repeated_has_neighbours_at_one_and_none_nearer():
    for name in CELL_NAMES:
        cell = unit_cell(name)
        sites = cell.sites((3, 3, 3))
        distances = np.linalg.norm(sites[:, None] - sites, axis=-1)
        assert distances[distances > 1e-9].min() == pytest.approx(1.0, rel=1e-9)
