"""Excitons a pulse makes: Poisson, transparency, and the ladder against dots simulated one by one."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy.stats import poisson

from optics.excitation.gain import auger_lifetime_ps, gain_bound_per_cm
from optics.excitation.occupancy import depth_average, fluence_uj_cm2, mean_occupancy, poisson_shares, transparency
from optics.excitation.pulse import Decay, pulse_response, threshold_occupancy
from packing.errors import InputError


def test_golden_occupancies() -> None:
    occupancy = mean_occupancy(22.0, 2.5e-14, 400.0)
    assert occupancy == pytest.approx(1.108, abs=5e-4)
    shares = poisson_shares(occupancy)
    assert [shares[0], shares[1], 1 - shares[:2].sum()] == pytest.approx([0.3302, 0.3659, 0.3039], abs=2e-4)
    assert shares == pytest.approx(poisson.pmf(np.arange(13), occupancy), abs=1e-12)
    assert mean_occupancy(30.0, 2.5e-14, 355.0) == pytest.approx(1.34, abs=0.005)


def test_transparency_by_its_equation_and_by_poissons_shares() -> None:
    found = transparency()
    assert found.unshifted == pytest.approx(1.146193, abs=1e-6)
    assert found.shifted == pytest.approx(1.2564, abs=5e-5)
    assert fluence_uj_cm2(found.unshifted, 2.5e-14, 400.0) == pytest.approx(22.77, abs=0.02)
    assert fluence_uj_cm2(found.shifted, 2.5e-14, 400.0) == pytest.approx(24.96, abs=0.02)
    at = poisson(found.unshifted)
    assert at.sf(1) == pytest.approx(at.pmf(0), abs=1e-12)
    assert poisson(found.shifted).sf(1) == pytest.approx(poisson(found.shifted).pmf(1), abs=1e-12)


def test_the_mean_over_a_thick_film_is_far_below_the_surface() -> None:
    # Trap 8: the occupancy at the surface for a film thicker than 0.3 um.
    found = [depth_average(d, 3.4) for d in (0.1, 0.3, 1.0, 2.0)]
    assert found == pytest.approx([0.85, 0.62, 0.28, 0.145], abs=0.01)
    depth = (np.arange(10_000) + 0.5) / 10_000 * 2.0
    assert found[3] == pytest.approx(np.exp(-3.4 * depth).mean(), rel=1e-6)


@pytest.mark.parametrize(
    ("biexciton_ps", "golden"),
    [(105.0, (1.147, 1.427, 3.088)), (135.0, (1.146, 1.379, 2.848)), (45.0, (1.147, 1.67, 4.12))],
)
def test_threshold_against_pulse_length(biexciton_ps: float, golden: tuple[float, ...]) -> None:
    # At its golden number a pulse just inverts: cheaper than to seek the threshold, and as sharp.
    for width, occupancy in zip((0.1, 100.0, 1100.0), golden, strict=True):
        below, above = (
            pulse_response(occupancy * f, width, Decay(biexciton_ps=biexciton_ps)).best_inversion
            for f in (0.997, 1.003)
        )
        assert below < 0 < above


@pytest.mark.slow
@pytest.mark.parametrize(("biexciton_ps", "golden"), [(105.0, 9.05), (135.0, 8.10), (45.0, 13.4)])
def test_threshold_of_a_long_pulse(biexciton_ps: float, golden: float) -> None:
    assert threshold_occupancy(5000.0, Decay(biexciton_ps=biexciton_ps)) == pytest.approx(golden, rel=3e-3)


@pytest.mark.slow
@pytest.mark.parametrize(("biexciton_ps", "occupancy"), [(105.0, 3.088), (135.0, 2.848)])
def test_at_threshold_40000_dots_simulated_one_by_one_have_no_inversion(biexciton_ps: float, occupancy: float) -> None:
    rng = np.random.default_rng(4)
    width, n_dots, n_steps = 1100.0, 40_000, 1500
    rates = Decay(biexciton_ps=biexciton_ps).rates_per_ps(60)
    edges = np.linspace(-1.6, 1.6, n_steps + 1) * width
    pump = np.exp(-4 * np.log(2) * ((edges[1:] + edges[:-1]) / 2 / width) ** 2)
    pump *= occupancy / pump.sum()
    state = np.zeros(n_dots, dtype=int)
    best = -1.0
    for made in pump:
        state += rng.poisson(made, n_dots)
        state -= rng.random(n_dots) < -np.expm1(-rates[state] * (edges[1] - edges[0]))
        best = max(best, float((state >= 2).mean() - (state == 0).mean()))
    # The best of many noisy moments lies above the true one by some standard errors.
    assert best == pytest.approx(
        pulse_response(occupancy, width, Decay(biexciton_ps=biexciton_ps)).best_inversion, abs=0.012
    )


@given(st.floats(0.1, 6.0), st.floats(0.01, 500.0))
def test_shares_of_dots_add_to_one_and_are_never_negative(occupancy: float, width: float) -> None:
    response = pulse_response(occupancy, width, Decay(biexciton_ps=100.0), n_steps=20)
    assert np.allclose(response.shares.sum(axis=1), 1.0, atol=1e-9)
    assert response.shares.min() > -1e-12
    assert response.mean_occupancy[-1] <= occupancy + 1e-9


def test_without_decay_a_pulse_makes_poissons_shares() -> None:
    response = pulse_response(2.0, 1.0, Decay(biexciton_ps=1e9, exciton_ps=1e9))
    assert response.shares[-1, :6] == pytest.approx(poisson.pmf(np.arange(6), 2.0), abs=1e-6)


def test_refusals_are_one_line() -> None:
    with pytest.raises(InputError, match="gives no gain up to 3 "):
        threshold_occupancy(1e5, Decay(biexciton_ps=20.0), highest=3.0)
    with pytest.raises(InputError, match="do not scale with volume above 20 nm"):
        auger_lifetime_ps(30.0**3, 105.0, 9.0**3)
    with pytest.raises(InputError, match="inversion must lie between -1 and 1"):
        gain_bound_per_cm(0.5, 1e4, 2.0)
    with pytest.raises(InputError, match="fluence_uj_cm2 must not be negative"):
        mean_occupancy(-1.0, 2.5e-14, 400.0)
