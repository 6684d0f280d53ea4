"""Multilayer diffraction: closed form against drawn stacks, published numbers, conventions by name."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from packing.configuration import configuration
from packing.errors import InputError
from packing.shapes import cube
from structure.crystals.build import build_crystal
from structure.diffraction.multilayer import (
    Multilayer,
    fwhm_from_published_hwhm,
    gap_sd_from_fullerton,
    lorentz_polarisation_absorption,
    multilayer_intensity,
)
from structure.diffraction.multilayer_planes import PlaneStack, perovskite_planes
from structure.diffraction.multilayer_stacks import columns_along, monte_carlo_intensity, simulate_multilayer

PLANES = perovskite_planes("CsPbBr3")
STACK = Multilayer(planes=PLANES, n_planes=29, n_layers=8, gap_nm=11.7 - 28 * 0.2935, gap_sd_nm=0.1)


@pytest.mark.parametrize(
    "change",
    [{}, {"organic_carbon_per_nm": 12.0}, {"n_planes_sd": 2.0}, {"n_planes_sd": 2.0, "organic_carbon_per_nm": 12.0}],
    ids=str,
)
def test_closed_form_against_drawn_stacks(change: dict[str, float]) -> None:
    q = np.concatenate([np.linspace(0.3, 1.5, 20), np.linspace(10.1, 11.1, 20)])
    model = replace(STACK, **change)
    mean, error = monte_carlo_intensity(q, model, n_stacks=3000, seed=1)
    closed = multilayer_intensity(q, model)
    assert np.abs(closed - mean).max() < 0.02 * closed.max()
    pulls = (closed - mean) / error
    assert np.abs(pulls).max() < 4.5
    assert np.sqrt(np.mean(pulls**2)) < 1.6


@pytest.mark.slow
def test_closed_form_to_one_percent() -> None:
    q = np.linspace(10.0, 11.2, 30)
    mean, error = monte_carlo_intensity(q, STACK, n_stacks=40_000, seed=2)
    closed = multilayer_intensity(q, STACK)
    assert np.all(error < 0.006 * closed)
    assert np.sqrt(np.mean((closed / mean - 1) ** 2)) < 0.01
    np.testing.assert_allclose(closed, mean, rtol=0.02)


@settings(deadline=None, max_examples=15)
@given(st.integers(2, 40), st.floats(0.0, 0.3), st.floats(1.0, 5.0))
def test_equal_crystals_are_a_geometric_sum(n_layers: int, sd: float, gap: float) -> None:
    q = np.linspace(9.03, 11.9, 57)
    model = Multilayer(planes=PLANES, n_planes=21, n_layers=n_layers, gap_nm=gap, gap_sd_nm=sd)
    p = np.exp(1j * q * model.period_nm - (q * sd) ** 2 / 2)
    c = n_layers
    bracket = p * (c * (1 - p) - (1 - p**c)) / (1 - p) ** 2
    expected = np.abs(PLANES.amplitude(q, 21)) ** 2 * (1 + 2 / c * bracket.real)
    np.testing.assert_allclose(multilayer_intensity(q, model), expected, rtol=1e-7, atol=1e-6 * expected.max())


@pytest.mark.parametrize("termination", ["AX", "BX2"])
def test_one_layer_is_a_bare_crystal(termination: str) -> None:
    q = np.linspace(5, 25, 40)
    planes = perovskite_planes("CsPbBr3", termination=termination)
    model = Multilayer(planes=planes, n_planes=15, n_layers=1, gap_nm=3.0, gap_sd_nm=0.2, organic_carbon_per_nm=5.0)
    np.testing.assert_allclose(multilayer_intensity(q, model), np.abs(planes.amplitude(q, 15)) ** 2, rtol=1e-12)


def test_terminations_differ() -> None:
    q = np.linspace(9, 12, 50)
    one, two = (
        replace(STACK, planes=perovskite_planes("CsPbBr3", termination=t)).curve(q).intensity for t in ("CsBr", "PbBr2")
    )
    assert np.max(np.abs(one / two - 1)) > 0.2


@pytest.mark.parametrize(
    ("gap_sd_nm", "first", "second"),
    [
        (0.033, 0.98, 0.93),
        (0.08, 0.88, 0.39),
        (0.11, 0.74, 0.11),
        (0.143, 0.51, 0.016),
        (0.20, 0.18, 0.0),
        (0.30, 0.01, 0.0),
    ],
)
def test_fringe_contrast_of_the_reference(gap_sd_nm: float, first: float, second: float) -> None:
    # Period 11.7 nm, 8 crystals: contrast of the stack factor at the first and second order of the pseudocubic cell.
    model = replace(STACK, gap_sd_nm=gap_sd_nm)
    for order, expected in ((1, first), (2, second)):
        centre = round(order / 0.587 * 11.7)
        q = np.linspace(centre - 0.8, centre + 0.8, 300) * 2 * np.pi / 11.7
        factor = multilayer_intensity(q, model) / np.abs(PLANES.amplitude(q, 29)) ** 2
        contrast = (factor.max() - factor.min()) / (factor.max() + factor.min())
        assert contrast == pytest.approx(expected, abs=0.01)


def test_conventions_translate_by_name() -> None:
    # Fullerton's damping exp(2 xi) per period with xi = -q^2 sigma_L^2/2 against ours exp(-q^2 s^2/2).
    q, sigma_l = 10.7, 0.1
    s = gap_sd_from_fullerton(sigma_l)
    assert np.exp(-(q**2) * s**2 / 2) == pytest.approx(np.exp(2 * (-(q**2) * sigma_l**2 / 2)), rel=1e-12)
    assert fwhm_from_published_hwhm(0.02) == pytest.approx(0.0471, rel=1e-3)


def test_wrong_convention_is_a_large_error() -> None:
    q = np.linspace(9.5, 12, 300)
    right = multilayer_intensity(q, replace(STACK, gap_sd_nm=gap_sd_from_fullerton(0.1)))
    wrong = multilayer_intensity(q, replace(STACK, gap_sd_nm=0.1))
    assert np.sqrt(np.mean((wrong / right - 1) ** 2)) > 0.15


def test_resolution_widens_and_keeps_area() -> None:
    q = np.linspace(10.0, 11.4, 701)
    sharp, wide = (multilayer_intensity(q, replace(STACK, resolution_inv_nm=r)) for r in (0.0, 0.05))
    assert wide.max() < 0.9 * sharp.max()
    assert np.trapezoid(wide, q) == pytest.approx(np.trapezoid(sharp, q), rel=0.02)


def test_resolution_is_a_gaussian_of_that_standard_deviation() -> None:
    q = np.linspace(10.0, 11.4, 1401)
    sd = 0.02
    wide = multilayer_intensity(q, replace(STACK, resolution_inv_nm=sd))
    sharp = multilayer_intensity(q, STACK)
    bell = np.exp(-((q[:, None] - q) ** 2) / (2 * sd**2))
    expected = bell @ sharp / bell.sum(axis=1)
    middle = (q > 10.2) & (q < 11.2)
    np.testing.assert_allclose(wide[middle], expected[middle], atol=0.005 * sharp.max())


def test_simulated_stack_against_the_closed_form() -> None:
    # Uncorrelated sites scatter like a rigid lattice with a Debye-Waller factor; gaps drawn one by one like the model.
    # Intensities of columns scatter by as much as they are: the mean of 1600 by 2.5 %.
    rng = np.random.default_rng(0)
    columns, layers, period = 1600, 6, 11.7
    z = np.cumsum(
        np.concatenate([np.zeros((columns, 1)), rng.normal(period, 0.1, (columns, layers - 1))], axis=1), axis=1
    )
    x = np.repeat(np.arange(columns), layers) * 20.0
    frame = configuration(np.column_stack([x, np.zeros_like(x), z.ravel()]), shapes=cube(8.2))
    q = np.linspace(10.2, 11.2, 40)
    simulated = simulate_multilayer(frame, PLANES, q, n_planes=29)
    closed = multilayer_intensity(q, replace(STACK, n_layers=layers))
    assert simulated.provenance["columns"] == columns
    assert simulated.provenance["period_sd_nm"] == pytest.approx(0.1, rel=0.05)
    assert np.abs(simulated.intensity - closed).max() < 4 * 0.025 * closed.max()


def test_columns_of_a_periodic_crystal() -> None:
    frame = build_crystal("sc", spacing_nm=11.0, n_cells=(3, 4, 5), shapes=cube(8.6), displacement_nm=0.3)
    assert [len(c) for c in columns_along(frame, 2)] == [5] * 12
    assert [len(c) for c in columns_along(frame, 0)] == [3] * 20


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("tilt", [(0.0, 0.0, 0.0), (0.25, 0.0, 0.0), (0.0, 1 / 6, 0.0), (0.25, 1 / 6, 1 / 6)])
def test_a_box_tilted_by_lattice_vectors_shows_the_same_columns(tilt: tuple[float, float, float], axis: int) -> None:
    # The sites lie on the faces of the box, so that thermal displacements put them on either side.
    still = build_crystal("sc", spacing_nm=11.0, n_cells=(4, 4, 6), shapes=cube(8.6))
    places = still.positions_nm - still.positions_nm[0] + [22.0, 22.0, 33.0]
    places = places + np.random.default_rng(1).normal(0, 0.2, places.shape)
    columns = columns_along(configuration(places, shapes=cube(8.6), box=[44.0, 44.0, 66.0, *tilt]), axis)
    assert sum(len(column) for column in columns) == 96
    steps = np.concatenate([np.diff(column) for column in columns])
    assert steps.mean() == pytest.approx(11.0, abs=0.1)
    assert steps.std() == pytest.approx(0.2 * 2**0.5, rel=0.25)


def test_laboratory_factor() -> None:
    angle = np.array([20.0, 60.0])
    plain = lorentz_polarisation_absorption(angle)
    expected = (1 + np.cos(np.radians(angle)) ** 2) / np.sin(np.radians(angle))
    np.testing.assert_allclose(plain, expected)
    thin = lorentz_polarisation_absorption(angle, absorption=1e-3)
    np.testing.assert_allclose(thin / plain, 2e-3 / np.sin(np.radians(angle / 2)), rtol=0.01)


def test_bad_input_is_named() -> None:
    with pytest.raises(InputError, match="ABX3"):
        perovskite_planes("PbS")
    with pytest.raises(InputError, match="termination"):
        perovskite_planes("CsPbBr3", termination="CsPb")
    with pytest.raises(InputError, match="'Xx' is not known"):
        PlaneStack(sequence=((("Xx", 1.0),),), plane_spacing_nm=0.3)
    with pytest.raises(InputError, match="above zero for a multilayer"):
        multilayer_intensity([0.0, 1.0], STACK)
    with pytest.raises(InputError, match="gap_nm must be positive"):
        replace(STACK, gap_nm=0.0)
    lonely = configuration([[0, 0, 0], [50, 0, 0]], shapes=cube(8.6))
    with pytest.raises(InputError, match="no column along the axis"):
        simulate_multilayer(lonely, PLANES, [10.0], n_planes=29)
    with pytest.raises(InputError, match="axis must be 0, 1 or 2"):
        columns_along(lonely, 3)
