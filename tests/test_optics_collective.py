"""Collective emission: the radiative Hamiltonian, the burst, and the traps of reading either as superfluorescence."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.linalg import expm
from scipy.optimize import minimize_scalar

from optics.collective.burst import dephased_burst, dicke_burst, textbook_burst
from optics.collective.cluster import central_cluster, cut_at_widest_gap
from optics.collective.cost import collective_answer, sub_cube, vacancy_cost
from optics.collective.costs import crystal_costs
from optics.collective.hamiltonian import DipoleMedium, radiative_hamiltonian, triplet_dipoles
from optics.collective.judgement import coherence
from optics.collective.modes import brightest_decay, burst_variance, collective_modes, decay_matrix
from optics.collective.pattern import EmissionPattern, brightest_pattern
from optics.collective.sizes import continuous_scales
from packing.configuration import quaternions_to_matrices, random_quaternions
from packing.errors import InputError

SOLID = DipoleMedium(lifetime_ps=3600.0, wavelength_nm=514.5, index=1.686)
FAST = DipoleMedium(lifetime_ps=300.0, wavelength_nm=514.5, index=1.686)
UNIT = DipoleMedium(lifetime_ps=1000.0, wavelength_nm=2 * np.pi, index=1.0)


def lattice(n: int, period_nm: float = 11.5) -> np.ndarray:
    return period_nm * np.stack(np.meshgrid(*[np.arange(float(n))] * 3, indexing="ij"), -1).reshape(-1, 3)


def aligned(n: int) -> np.ndarray:
    return np.tile([[[0.0, 0.0, 1.0]]], (n, 1, 1))


@pytest.mark.parametrize(
    ("axis", "rates", "shift"),
    [((0, 0, 1), (0.189547, 1.810453), 0.631103), ((1, 0, 0), (0.096494, 1.903506), 2.072660)],
)
def test_two_dipoles(axis: tuple[int, int, int], rates: tuple[float, float], shift: float) -> None:
    h = radiative_hamiltonian([[0, 0, 0], [1, 0, 0]], [[axis]] * 2, [0.0, 0.0], UNIT)
    values = np.linalg.eigvals(h) / UNIT.linewidth_ev
    assert np.sort(-2 * values.imag) == pytest.approx(rates, abs=1e-6)
    assert np.sort(values.real) == pytest.approx([-shift, shift], abs=1e-6)
    # Second route: the textbook functions F and G of Lehmberg at kr = 1.
    p = axis[0] ** 2
    s, c = np.sin(1.0), np.cos(1.0)
    decay = 1.5 * ((1 - p) * s + (1 - 3 * p) * (c - s))
    level = 0.75 * (-(1 - p) * c + (1 - 3 * p) * (s + c))
    assert rates[1] == pytest.approx(1 + abs(decay), abs=1e-6)
    assert abs(level) == pytest.approx(shift, abs=1e-6)


def test_the_brightest_rate_is_the_light_in_the_far_field() -> None:
    rng = np.random.default_rng(1)
    x = lattice(4) + rng.normal(scale=0.5, size=(64, 3))
    e = triplet_dipoles(quaternions_to_matrices(random_quaternions(64, rng)))
    h = radiative_hamiltonian(x, e, np.zeros(64), SOLID)
    decay = decay_matrix(h, SOLID.linewidth_ev)
    values, vectors = np.linalg.eigh(decay)
    mode = vectors[:, -1].reshape(64, 3)
    # 3/8pi times the integral over directions and both polarisations of |sum of amplitudes|^2.
    mu, w = np.polynomial.legendre.leggauss(24)
    phi = 2 * np.pi * np.arange(48) / 48
    total = 0.0
    for m, weight in zip(mu, w, strict=True):
        for angle in phi:
            sine = np.sqrt(1 - m**2)
            out = np.array([sine * np.cos(angle), sine * np.sin(angle), m])
            amplitude = np.einsum("ia,iak->ik", mode, e).T @ np.exp(-1j * SOLID.wavenumber_inv_nm * x @ out)
            across = amplitude - out * (out @ amplitude)
            total += weight * 2 * np.pi / 48 * float(np.vdot(across, across).real)
    assert 3 / (8 * np.pi) * total == pytest.approx(values[-1], rel=1e-6)
    assert decay.trace() == pytest.approx(3 * 64)


def test_turning_cubic_dots_changes_nothing() -> None:
    rng = np.random.default_rng(2)
    x, energies = lattice(3), 2.4 + 0.002 * rng.normal(size=27)
    turned = triplet_dipoles(quaternions_to_matrices(random_quaternions(27, rng)))
    straight = triplet_dipoles(np.tile(np.eye(3), (27, 1, 1)))
    found = [np.sort(np.linalg.eigvals(radiative_hamiltonian(x, e, energies, FAST)).imag) for e in (turned, straight)]
    assert found[0] == pytest.approx(found[1], rel=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 20))
def test_rates_add_up_and_no_mode_grows(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    x = lattice(3)[:n] + rng.normal(scale=1.0, size=(n, 3))
    h = radiative_hamiltonian(x, aligned(n), 2.4 + 0.001 * rng.normal(size=n), FAST)
    modes = collective_modes(h, FAST.linewidth_ev)
    assert modes.rates.sum() == pytest.approx(n, rel=1e-6)
    assert modes.rates.min() > -1e-9
    assert np.all((modes.participation > 0.99) & (modes.participation < n + 1e-9))


def test_brightest_rates_of_cubes_saturate_with_size() -> None:
    found = [
        collective_modes(radiative_hamiltonian(lattice(n), aligned(n**3), np.zeros(n**3), SOLID), SOLID.linewidth_ev)
        for n in (2, 4, 6)
    ]
    assert [m.brightest_rate for m in found] == pytest.approx([7.9, 56.7, 178], rel=0.01)


@pytest.mark.slow
def test_brightest_rates_of_large_cubes() -> None:
    for n, golden in ((8, 376), (10, 615)):
        h = radiative_hamiltonian(lattice(n), aligned(n**3), np.zeros(n**3), SOLID)
        assert collective_modes(h, SOLID.linewidth_ev).brightest_rate == pytest.approx(golden, rel=0.01)


def test_disorder_of_a_few_percent_leaves_pairs() -> None:
    # Trap 5: the brightest rate of equal dots as a prediction; always also the disordered and the thermal one.
    rng = np.random.default_rng(3)
    straight = np.tile(np.eye(3), (64, 1, 1))
    equal = collective_answer(lattice(4), straight, np.full(64, 2.41), SOLID)
    assert equal.modes.brightest_rate == pytest.approx(39.5, abs=1.0)
    spread = [
        collective_answer(lattice(4), straight, 2.41 + 0.00525 * rng.normal(size=64), SOLID).modes for _ in range(5)
    ]
    assert np.mean([m.brightest_rate for m in spread]) == pytest.approx(1.8, abs=0.45)
    for kelvin in (4.0, 77.0, 300.0):
        assert spread[0].thermal_rate(kelvin) == pytest.approx(1.0, abs=0.08)


def test_equal_sizes_of_a_simulation_fake_coherence() -> None:
    # Trap 1: seven sizes in steps of 2 % against sizes drawn inside their classes.
    rng = np.random.default_rng(4)
    crystals = [8.6 * (1 + 0.02 * np.clip(np.round(rng.normal(size=64) / 0.8), -3, 3)) for _ in range(8)]
    straight = np.tile(np.eye(3), (64, 1, 1))

    def brightest(edges: np.ndarray) -> float:
        energies = 2.41 - 0.0204 * (edges - 8.6)
        return collective_answer(lattice(4), straight, energies, SOLID).modes.brightest_rate

    drawn = np.mean([brightest(x * continuous_scales(x, np.random.default_rng(s))) for s, x in enumerate(crystals)])
    assert drawn == pytest.approx(1.9, abs=0.45)
    assert np.mean([brightest(x) for x in crystals]) > 1.6 * drawn


def test_drawn_sizes_stay_in_their_classes_and_keep_their_seed() -> None:
    sizes = np.repeat([8.2, 8.4, 8.6], 50)
    drawn = sizes * continuous_scales(sizes, np.random.default_rng(1))
    assert np.abs(drawn - sizes).max() <= 0.1 + 1e-12
    assert np.array_equal(drawn, sizes * continuous_scales(sizes, np.random.default_rng(1)))
    one = continuous_scales(np.full(4000, 8.6), np.random.default_rng(1), size_spread=0.03)
    assert one.std() == pytest.approx(0.03, rel=0.05)


def test_wrapped_positions_are_cut_where_the_box_is_emptiest() -> None:
    # Trap 6: a layer cut in two by the box radiates less together.
    wrapped = (lattice(4) + np.random.default_rng(1).normal(scale=0.6, size=(64, 3))) % 46.0
    cut = cut_at_widest_gap(wrapped, [46.0, 46.0, 46.0])
    cell = (cut - wrapped) / 46.0
    offset = cell - cell[0]
    assert np.allclose(offset, np.round(offset), atol=1e-9)

    def rate(x: np.ndarray) -> float:
        h = radiative_hamiltonian(x, aligned(64), np.zeros(64), SOLID)
        return collective_modes(h, SOLID.linewidth_ev).brightest_rate

    assert rate(cut) > 1.5 * rate(wrapped)
    assert np.ptp(cut, axis=0).max() < 40 < np.ptp(wrapped, axis=0).max()


def test_alignment_is_worth_a_factor_of_two_and_a_half() -> None:
    rng = np.random.default_rng(5)
    x = lattice(4)

    def decay(e: np.ndarray) -> np.ndarray:
        return decay_matrix(radiative_hamiltonian(x, e, np.zeros(64), SOLID), SOLID.linewidth_ev)

    straight, random = decay(aligned(64)), decay(quaternions_to_matrices(random_quaternions(64, rng))[:, None, 2])
    assert burst_variance(straight) == pytest.approx(54.7, abs=0.3)
    assert brightest_decay(straight) == pytest.approx(59.7, abs=0.2)
    assert burst_variance(random) == pytest.approx(18.3, abs=3)
    assert brightest_decay(straight) / brightest_decay(random) == pytest.approx(2.5, abs=0.35)
    # Second route: the variance by the eigenvalues.
    assert burst_variance(random) == pytest.approx(np.mean(np.linalg.eigvalsh(random) ** 2) - 1, rel=1e-9)


def test_vacancies_cost_more_than_their_share() -> None:
    found = [vacancy_cost(lattice(4), SOLID, f) for f in (0.0, 0.1, 0.3)]
    assert found[0] == 1.0
    assert 1 > found[1] > found[2] > 0


@pytest.mark.parametrize(("n", "delay", "peak"), [(10, 2.1284, 0.22759), (20, 3.0264, 0.20877), (100, 4.8583, 0.19726)])
def test_dicke_ladder(n: int, delay: float, peak: float) -> None:
    burst = dicke_burst(n)
    assert burst.delay * n == pytest.approx(delay, rel=2e-4)
    assert burst.peak_intensity / n**2 == pytest.approx(peak, rel=2e-4)
    assert burst.intensity[0] == pytest.approx(n)


@pytest.mark.parametrize("n", [4, 10, 20])
def test_dicke_ladder_by_the_exponential_of_its_matrix(n: int) -> None:
    excited = np.arange(n + 1)
    rates = excited * (n - excited + 1.0)
    ladder = np.diag(-rates) + np.diag(rates[1:], 1)
    start = np.zeros(n + 1)
    start[-1] = 1.0
    top = minimize_scalar(lambda t: -(rates @ (expm(ladder * t) @ start)), bounds=(0.1 / n, 6 / n), method="bounded")
    burst = dicke_burst(n)
    assert burst.delay == pytest.approx(top.x, rel=1e-4)
    assert burst.peak_intensity == pytest.approx(-top.fun, rel=1e-5)


def test_textbook_pulse_is_too_high_and_too_narrow() -> None:
    exact, textbook = dicke_burst(1000), textbook_burst(1000)
    assert exact.delay * 1000 == pytest.approx(7.229, abs=0.01)
    assert exact.delay * 1000 == pytest.approx(np.log(1000) + 0.32, abs=0.01)
    assert textbook.peak_intensity / exact.peak_intensity == pytest.approx(1.28, abs=0.01)
    assert textbook.fwhm / exact.fwhm == pytest.approx(0.77, abs=0.01)


def test_dephasing_ends_the_square_law() -> None:
    found = [dephased_burst(1000, g * 1000).gain_over_independent for g in (0.0, 0.1, 0.3, 0.5, 1.0)]
    assert found == pytest.approx([249.5, 161, 46, 7.9, 1.95], rel=5e-3)
    slopes = [
        np.log(dephased_burst(2000, g * 1000).peak_intensity / dephased_burst(1000, g * 1000).peak_intensity)
        / np.log(2)
        for g in (0.0, 1.0)
    ]
    assert slopes[0] == pytest.approx(2.0, abs=0.01)
    with pytest.raises(InputError, match="n_dots must lie between 2 and 5000"):
        dicke_burst(1)


@pytest.mark.slow
@pytest.mark.parametrize("n", [4, 10, 20])
def test_ladder_against_qutip(n: int) -> None:
    piqs = pytest.importorskip("qutip.piqs.piqs")
    qutip = pytest.importorskip("qutip")
    system = piqs.Dicke(n, collective_emission=1.0)
    plus, minus = piqs.jspin(n, "+"), piqs.jspin(n, "-")
    times = np.linspace(0, 6 / n, 401)
    solved = qutip.mesolve(
        system.liouvillian(), piqs.excited(n), times, e_ops=[plus * minus], options={"rtol": 1e-9, "atol": 1e-10}
    )
    ours = dicke_burst(n)
    exact = np.array(solved.expect[0])
    assert np.interp(times, ours.time, ours.intensity) == pytest.approx(exact, abs=3e-5 * n**2)
    assert ours.peak_intensity == pytest.approx(exact.max(), rel=1e-4)


@pytest.mark.slow
def test_dephased_burst_against_qutip() -> None:
    piqs = pytest.importorskip("qutip.piqs.piqs")
    qutip = pytest.importorskip("qutip")
    n, dephasing = 20, 10.0
    # piqs' ``dephasing`` is twice our loss of coherence; our cumulant holds one lifetime of local and collective decay.
    system = piqs.Dicke(n, collective_emission=1.0, dephasing=2 * dephasing)
    plus, minus = piqs.jspin(n, "+"), piqs.jspin(n, "-")
    times = np.linspace(0, 0.5, 201)
    solved = qutip.mesolve(system.liouvillian(), piqs.excited(n), times, e_ops=[plus * minus])
    assert max(solved.expect[0]) / n**2 == pytest.approx(0.0923, abs=3e-4)
    assert dephased_burst(n, dephasing).peak_intensity / n**2 == pytest.approx(0.0955, abs=3e-4)


def test_near_field_coupling() -> None:
    vacuum = DipoleMedium(lifetime_ps=300.0, wavelength_nm=514.5, index=1.0)
    assert [1e3 * vacuum.near_coupling_ev(d) for d in (11.5, 9.4)] == pytest.approx([0.59, 1.09], rel=0.02)
    h = radiative_hamiltonian([[0, 0, 0], [0, 11.5, 0]], aligned(2), [0.0, 0.0], vacuum)
    assert h[0, 1].real == pytest.approx(vacuum.near_coupling_ev(11.5), rel=0.02)


def test_the_answer_is_no_unless_dots_are_alike() -> None:
    real = coherence(FAST, period_nm=11.5, disorder_ev=0.0053, dephasing_time_ps=0.015)
    assert real.answer == "no"
    alike = coherence(FAST, period_nm=11.5, disorder_ev=1e-5, dephasing_time_ps=80.0)
    assert alike.answer == "yes"
    between = coherence(FAST, period_nm=11.5, disorder_ev=0.0053, dephasing_time_ps=80.0)
    assert between.answer == "undecided"
    assert 3400 < between.dots_needed < 6400
    assert "does not decide" in between.reason


def test_more_dots_than_the_matrix_bears_propose_a_sub_cube() -> None:
    with pytest.raises(InputError, match=r"above the limit of 2000\. Take a sub-cube of 8 x 8 x 8 dots"):
        radiative_hamiltonian(lattice(10), triplet_dipoles(np.tile(np.eye(3), (1000, 1, 1))), np.zeros(1000), SOLID)
    assert len(sub_cube(lattice(10), 1200, 3)) == 400
    chosen = lattice(5)[central_cluster(lattice(5), 27)]
    assert np.ptp(chosen, axis=0).tolist() == [23.0, 23.0, 23.0]
    with pytest.raises(InputError, match="two dots stand at the same place"):
        radiative_hamiltonian(np.zeros((2, 3)), aligned(2), np.zeros(2), SOLID)


def test_light_of_a_mode_in_all_directions_is_its_rate() -> None:
    rng = np.random.default_rng(6)
    x, e = lattice(3) + rng.normal(scale=0.6, size=(27, 3)), triplet_dipoles(np.tile(np.eye(3), (27, 1, 1)))
    h = radiative_hamiltonian(x, e, 2.4 + 1e-6 * rng.normal(size=27), FAST)
    pattern = brightest_pattern(h, x, e, FAST)
    rate = collective_modes(h, FAST.linewidth_ev, dipoles_per_dot=3).brightest_rate
    assert pattern.total() == pytest.approx(rate, rel=1e-6)
    with pytest.raises(InputError, match="hamiltonian has 81 rows"):
        brightest_pattern(h, x, aligned(27), FAST)


def test_a_row_wider_than_the_wavelength_diffracts_and_a_tight_one_does_not() -> None:
    # Second route: the grating function of N slits, sin^2(N b) / sin^2(b).
    wavelength_inside = FAST.wavelength_nm / FAST.index
    angle = np.linspace(0.01, np.pi - 0.01, 4001)
    around = np.stack([np.cos(angle), np.sin(angle), np.zeros_like(angle)], axis=-1)
    for spacing, lobes in ((0.3, 1), (1.5, 3)):
        x = np.zeros((8, 3))
        x[:, 0] = spacing * wavelength_inside * np.arange(8)
        pattern = EmissionPattern(
            positions_nm=x, dipoles=aligned(8), amplitudes=np.full(8, 8**-0.5, dtype=complex), medium=FAST
        )
        found = pattern.intensity(around)
        half = np.pi * spacing * np.cos(angle)
        assert found == pytest.approx(3 / (8 * np.pi) / 8 * (np.sin(8 * half) / np.sin(half)) ** 2, rel=1e-6, abs=1e-9)
        strong = (found[1:-1] > found[:-2]) & (found[1:-1] > found[2:]) & (found[1:-1] > 0.5 * found.max())
        assert strong.sum() == lobes


def test_what_imperfections_cost() -> None:
    straight = np.tile(np.eye(3), (64, 1, 1))
    none = crystal_costs(lattice(4), straight, np.full(64, 2.41), SOLID, vacancy_fraction=0.0)
    assert (none.sizes, none.turns, none.vacancies) == pytest.approx((1.0, 1.0, 1.0), rel=1e-6)
    assert none.perfect_rate == pytest.approx(56.7, rel=0.01)
    rng = np.random.default_rng(7)
    tilted = quaternions_to_matrices(random_quaternions(64, rng))
    some = crystal_costs(lattice(4), tilted, 2.41 + 0.005 * rng.normal(size=64), SOLID)
    assert max(some.sizes, some.turns, some.axes) < 0.2
    assert some.vacancies < 1
    assert none.grains < 0.6
    with pytest.raises(InputError, match="at least 8 dots, got 4"):
        crystal_costs(lattice(4)[:4], straight[:4], np.full(4, 2.41), SOLID)
