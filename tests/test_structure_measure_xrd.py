"""Multilayer fits: the closed form against the room's own, and blind Monte Carlo curves with noise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from packing.errors import InputError
from structure.diffraction.multilayer import Multilayer, multilayer_intensity
from structure.diffraction.multilayer_planes import perovskite_planes
from structure.diffraction.multilayer_stacks import monte_carlo_intensity
from structure.measured.curve import MeasuredCurve
from structure.widths import smeared
from structure.xrd_fit.fit import (
    StackData,
    StackValues,
    chi_square,
    stack_columns,
    stack_interference,
    stack_model,
    stack_slopes,
)
from structure.xrd_fit.layers import StackFit, layer_profile, leverage_sds, spread_over
from structure.xrd_fit.measure import _standard_uncertainties, measure_xrd
from structure.xrd_fit.refining import bootstrap_stack, refine_stack
from structure.xrd_fit.search import observed_spacing_nm


def blind(q, sigma_nm, n_layers, n_planes=29, gap_nm=3.2, seed=0, termination="AX"):
    planes = perovskite_planes("CsPbBr3", termination=termination)
    stack = Multilayer(planes=planes, n_planes=n_planes, n_layers=n_layers, gap_nm=gap_nm, gap_sd_nm=sigma_nm)
    intensity, _ = monte_carlo_intensity(q, stack, n_stacks=1200, seed=seed)
    per_unit = 2e4 / intensity.max()
    noisy = np.random.default_rng(seed).poisson((intensity + 0.01 * intensity.max()) * per_unit) / per_unit
    return stack, MeasuredCurve(q_inv_nm=q, intensity=noisy)


def test_interference_is_the_factor_of_the_multilayer_model():
    q = np.linspace(9.0, 12.0, 200)
    planes = perovskite_planes("CsPbBr3")
    stack = Multilayer(planes=planes, n_planes=29, n_layers=7, gap_nm=3.0, gap_sd_nm=0.08)
    expected = np.abs(planes.amplitude(q, 29)) ** 2 * stack_interference(q, stack.period_nm, 0.08, 7)
    np.testing.assert_allclose(expected, multilayer_intensity(q, stack), rtol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("sigma_nm", [0.03, 0.2])
def test_blind_curves_at_the_ends_of_the_range(sigma_nm):
    stack, curve = blind(np.linspace(9.0, 12.5, 300), sigma_nm, 8, n_planes=33, gap_nm=2.7, seed=4)
    found = measure_xrd(curve, n_bootstrap=8)
    assert found.period_nm == pytest.approx(stack.period_nm, rel=0.005)
    assert found.sigma_nm == pytest.approx(sigma_nm, rel=0.15)


@pytest.mark.slow
def test_sharp_fringes_of_a_thin_crystal_do_not_hide_its_period():
    # The strongest fringe lies off the centre of the reflection: a spacing read from it sends the search astray.
    stack, curve = blind(np.linspace(9.1, 12.5, 450), 0.036, 5, n_planes=27, gap_nm=3.684, seed=2, termination="BX2")
    found = measure_xrd(curve, n_bootstrap=5)
    # A coarse fit puts 25 planes in a wider gap first: only fitted to the end are 27 better.
    assert found.period_nm == pytest.approx(stack.period_nm, rel=0.002)
    assert found.n_planes == 27
    assert found.gap_nm == pytest.approx(3.684, rel=0.005)
    assert found.sigma_nm == pytest.approx(0.036, rel=0.15)


def test_layers_that_the_data_does_not_tell_apart_widen_the_uncertainty():
    planes = perovskite_planes("CsPbBr3")

    def fit(layers, sigma, chi):
        values = StackValues(n_planes=29, plane_spacing_nm=0.29, period_nm=11.6, sigma_nm=sigma, n_layers=layers)
        return StackFit(chi, values, planes)

    best = fit(6.0, 0.10, 100.0)
    alike = spread_over([fit(5.0, 0.09, 100.0), best, fit(7.0, 0.11, 100.0)], best, 1.0)
    # Each counts with one over its number of layers.
    expected = np.sqrt((1 / 5 + 1 / 7) / (1 / 5 + 1 / 6 + 1 / 7))
    assert alike["n_layers"] == pytest.approx(expected)
    assert alike["sigma_nm"] == pytest.approx(0.01 * expected)
    told_apart = spread_over([fit(5.0, 0.09, 160.0), best, fit(7.0, 0.11, 160.0)], best, 1.0)
    assert told_apart["n_layers"] < 1e-5


def test_the_profile_holds_whole_numbers_of_layers_and_is_least_at_the_true_one():
    planes = perovskite_planes("CsPbBr3")
    q = np.linspace(9.0, 12.0, 80)
    stack = Multilayer(planes=planes, n_planes=29, n_layers=6, gap_nm=3.0, gap_sd_nm=0.1)
    intensity = multilayer_intensity(q, stack)
    data = StackData(q, intensity / intensity.max(), np.full_like(q, 0.01), np.ones_like(q))
    between = StackValues(
        n_planes=29, plane_spacing_nm=planes.plane_spacing_nm, period_nm=stack.period_nm, sigma_nm=0.09, n_layers=6.4
    )
    profile = layer_profile(data, StackFit(chi_square(data, planes, between), between, planes))
    layers = [fit.values.n_layers for fit in profile]
    assert sorted(layers) == list(range(int(min(layers)), int(max(layers)) + 1))
    least = min(profile, key=lambda fit: fit.chi)
    assert least.values.n_layers == 6
    assert least.values.sigma_nm == pytest.approx(0.1, rel=1e-4)
    assert min(fit.chi for fit in profile if fit is not least) > least.chi + 1


@pytest.mark.parametrize("strain", [-0.012, 0.0, 0.012])
def test_the_spacing_is_read_from_the_reflection(strain):
    planes = perovskite_planes("CsPbBr3")
    strained = replace(planes, plane_spacing_nm=(1 + strain) * planes.plane_spacing_nm)
    q = np.linspace(9.0, 12.5, 250)
    data = StackData(q, np.abs(strained.amplitude(q, 60)) ** 2, np.ones_like(q), np.ones_like(q))
    assert observed_spacing_nm(data, planes) == pytest.approx(strained.plane_spacing_nm, rel=5e-4)


def test_where_the_model_fits_the_uncertainty_is_the_spread_of_the_resampled_fits():
    planes = perovskite_planes("CsPbBr3")
    q = np.linspace(9.5, 12.0, 60)
    values = StackValues(n_planes=29, plane_spacing_nm=0.29, period_nm=11.6, sigma_nm=0.1, n_layers=6.0)
    data = StackData(q, np.zeros_like(q), np.full_like(q, 1e9), np.ones_like(q))
    periods = np.random.default_rng(1).normal(11.6, 0.02, 40)
    best = StackFit(1.0, values, planes)
    sds = _standard_uncertainties(data, best, [best], [replace(values, period_nm=p) for p in periods])
    assert sds["period_nm"] == pytest.approx(periods.std())


def test_a_number_on_the_edge_of_its_range_has_no_known_error():
    planes = perovskite_planes("CsPbBr3")
    q = np.linspace(9.5, 12.0, 60)
    values = StackValues(n_planes=29, plane_spacing_nm=0.29, period_nm=11.6, sigma_nm=0.6, n_layers=6.0)
    data = StackData(q, np.ones_like(q), np.ones_like(q), np.ones_like(q))
    best = StackFit(1.0, values, planes)
    sds = _standard_uncertainties(data, best, [best], [values, values])
    # All resampled fits stop at the same edge: a spread of nought, which says nothing.
    assert sds["sigma_nm"] == np.inf
    assert np.isfinite(sds["period_nm"])


def test_a_curve_without_a_reflection_is_refused():
    q = np.linspace(0.2, 2.0, 100)
    with pytest.raises(InputError, match="without a reflection"):
        measure_xrd(MeasuredCurve(q_inv_nm=q, intensity=np.exp(-q)))


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"periods_nm": (20.0, 5.0)}, "periods_nm must be a rising range above 0 nm, got 20 to 5"),
        ({"gaps_nm": (0.0, 6.0)}, "gaps_nm must be a rising range"),
        ({"n_bootstrap": 1}, "n_bootstrap must be at least 2"),
    ],
)
def test_ranges_and_resampling_that_cannot_be_are_refused(option, message):
    q = np.linspace(9.0, 12.0, 100)
    with pytest.raises(InputError, match=message):
        measure_xrd(MeasuredCurve(q_inv_nm=q, intensity=np.exp(-q)), **option)


@pytest.mark.parametrize("n_planes", [1, 2, 29, 30])
def test_planes_summed_in_closed_form_are_the_sum(n_planes):
    planes = perovskite_planes("CsPbBr3")
    at = 2 * np.pi / planes.plane_spacing_nm
    # At a reflection, beside it by less than its sine can be divided by, and half way to the next.
    q = np.sort([*np.linspace(0.5, 25, 300), at, at * (1 + 1e-8), at * (1 + 3e-6), at / 2])
    forms = [planes.amplitude(q, 1), replace(planes, sequence=planes.sequence[::-1]).amplitude(q, 1)]
    phases = np.exp(1j * np.outer(np.arange(n_planes), q) * planes.plane_spacing_nm)
    summed = sum(forms[k % 2] * phases[k] for k in range(n_planes))
    np.testing.assert_allclose(planes.amplitude(q, n_planes), summed, atol=1e-7 * np.abs(summed).max())


@pytest.mark.parametrize("resolution", [0.0, 0.02])
def test_slopes_of_a_stack_are_differences_of_its_model(resolution):
    planes = perovskite_planes("CsPbBr3")
    q = np.linspace(9.0, 12.5, 200)
    data = StackData(q, np.ones_like(q), np.ones_like(q), 1 + 0.1 * q, resolution)
    values = StackValues(n_planes=29, plane_spacing_nm=0.2935, period_nm=11.4, sigma_nm=0.07, n_layers=6.3)
    names = ("plane_spacing_nm", "period_nm", "sigma_nm", "n_layers")
    slopes = stack_slopes(data, planes, values, names)
    for name, slope in zip(names, slopes.T, strict=True):
        h = 1e-5 * getattr(values, name)
        sides = [
            stack_columns(data, planes, replace(values, **{name: getattr(values, name) + s * h}))[:, 0] for s in (1, -1)
        ]
        numeric = (sides[0] - sides[1]) / (2 * h)
        np.testing.assert_allclose(slope, numeric, atol=2e-3 * np.abs(numeric).max(), err_msg=name)


def test_the_resolution_of_a_stack_is_that_of_the_room():
    planes = perovskite_planes("CsPbBr3")
    q = np.linspace(9.0, 12.5, 300)
    values = StackValues(n_planes=29, plane_spacing_nm=0.2935, period_nm=11.4, sigma_nm=0.05, n_layers=8.0)
    sharp, wide = (
        stack_columns(StackData(q, q, q, np.ones_like(q), width), planes, values)[:, 0] for width in (0.0, 0.03)
    )
    np.testing.assert_allclose(wide, smeared(q, sharp, 0.03), rtol=1e-6)


@pytest.mark.parametrize("n", [60, 150, 700])
def test_the_resolution_of_a_stack_does_not_know_how_far_apart_the_points_are(n):
    # Steps of 15, 6 and 1.3 standard deviations: the same as on a grid that is finer than the resolution by far.
    planes = perovskite_planes("CsPbBr3")
    values = StackValues(n_planes=29, plane_spacing_nm=0.2935, period_nm=11.4, sigma_nm=0.05, n_layers=8.0)
    fine = np.linspace(8.9, 12.6, 20_001)
    sharp = stack_columns(StackData(fine, fine, fine, np.ones_like(fine)), planes, values)[:, 0]
    wide = gaussian_filter1d(sharp, 0.004 / (fine[1] - fine[0]), truncate=6)
    q = np.linspace(9.0, 12.5, n)
    found = stack_columns(StackData(q, q, q, np.ones_like(q), 0.004), planes, values)[:, 0]
    np.testing.assert_allclose(found, np.interp(q, fine, wide), atol=(2e-3 if n < 100 else 2e-4) * wide.max())


def test_resampled_fits_stay_on_the_fringes_of_the_best():
    # A fit of sharp fringes that leaves them finds a period off by a part of them, and the scatter with it.
    stack, curve = blind(np.linspace(9.1, 12.5, 350), 0.09, 7, n_planes=27, gap_nm=3.77, seed=3)
    q, sd = curve.q_inv_nm, 0.02 * curve.intensity + 0.003 * curve.intensity.max()
    data = StackData(q, curve.intensity, sd, np.ones_like(q))
    values = StackValues(n_planes=27, plane_spacing_nm=0.2935, period_nm=stack.period_nm, sigma_nm=0.09, n_layers=7.0)
    samples = bootstrap_stack(data, stack.planes, values, n_samples=20, seed=1)
    assert max(abs(s.period_nm / stack.period_nm - 1) for s in samples) < 0.001


def test_layers_that_could_as_well_be_twice_as_many_are_unknown():
    planes = perovskite_planes("CsPbBr3")
    q = np.linspace(9.0, 12.0, 40)

    def fit(layers):
        values = StackValues(n_planes=29, plane_spacing_nm=0.2935, period_nm=11.4, sigma_nm=0.1, n_layers=layers)
        return StackFit(40.0, values, planes)

    best = fit(6.0)
    data = StackData(q, stack_model(StackData(q, q, q, np.ones_like(q)), planes, best.values), q, np.ones_like(q))
    sds = _standard_uncertainties(data, best, [fit(float(n)) for n in (2, 6, 20, 40, 60)], [best.values] * 3)
    assert np.isinf(sds["n_layers"])
    assert np.isfinite(sds["period_nm"])


def test_errors_by_leverage_are_the_scatter_of_curves():
    # Curves of one stack, fitted each from the truth: the mean stated error is the scatter of the fits.
    planes = perovskite_planes("CsPbBr3")
    true = StackValues(n_planes=29, plane_spacing_nm=0.2935, period_nm=11.4, sigma_nm=0.06, n_layers=7.0)
    q = np.linspace(9.2, 12.0, 120)
    model = stack_columns(StackData(q, q, q, np.ones_like(q)), planes, true)[:, 0]
    model = 2000 * model / model.max() + 20
    rng, fits = np.random.default_rng(2), []
    for _ in range(40):
        data = StackData(q, rng.poisson(model).astype(float), np.sqrt(model), np.ones_like(q))
        values = refine_stack(data, planes, true, keep_layers=True)
        fits.append((values, leverage_sds(data, StackFit(chi_square(data, planes, values), values, planes))))
    for name in ("period_nm", "gap_nm", "sigma_nm"):
        scatter = np.std([getattr(values, name) for values, _ in fits], ddof=1)
        stated = np.sqrt(np.mean([sds[name] ** 2 for _, sds in fits]))
        assert 0.65 < scatter / stated < 1.4, name
