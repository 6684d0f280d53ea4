"""The lattice model: where peaks lie, what area they have, what disorder does to them."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import find_peaks

from packing.errors import InputError
from packing.shapes import Cuboid, Sphere, cube
from structure.crystals.cells import unit_cell
from structure.crystals.reciprocal import peak_families, powder_peak
from structure.form_factors.average import form_factor
from structure.form_factors.bodies import CoreShell
from structure.saxs.lattice_model import LatticeModel, lattice_intensity
from structure.saxs.lattice_waves import wave_peaks

#: So small that it scatters like a point over the q used here.
POINT = Sphere(diameter_nm=1e-3)


def points(**values: object) -> LatticeModel:
    return LatticeModel(**({"spacing_nm": 10.0, "body": POINT, "domain_nm": 300.0} | values))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("lattice", "first", "ratios"),
    [
        ("sc", 2 * np.pi, [1, np.sqrt(2), np.sqrt(3), 2]),
        ("fcc", 2 * np.pi * np.sqrt(1.5), [1, 1.1547, 1.633, 1.915, 2]),
        ("bcc", 2 * np.pi * np.sqrt(1.5), [1, np.sqrt(2), np.sqrt(3), 2]),
        ("simple hexagonal", 2 * np.pi, [1, 2 / np.sqrt(3), np.sqrt(1 + 4 / 3)]),
    ],
)
def test_rings(lattice: str, first: float, ratios: list[float]) -> None:
    q = np.linspace(0.4, 2.0, 4000)
    peaks, _ = find_peaks(points(lattice=lattice).intensity(q), prominence=0.5)
    np.testing.assert_allclose(q[peaks][: len(ratios)], np.array(ratios) * first / 10, rtol=2e-3)


def test_hcp_has_the_rings_of_fcc_and_its_own() -> None:
    # At the ideal ratio (002) of hcp falls on (111) of fcc; (100) of hcp lies below it.
    hcp, fcc = peak_families("hcp", None, 16.0, merge_axes=True), peak_families("fcc", None, 16.0, merge_axes=True)
    assert np.min(np.abs(hcp.length - fcc.length[0])) < 1e-9
    assert hcp.length[0] == pytest.approx(4 * np.pi / np.sqrt(3))
    assert hcp.volume_per_site == pytest.approx(fcc.volume_per_site)


@pytest.mark.parametrize("lattice", ["sc", "fcc", "bcc", "hcp", "bct", "simple hexagonal"])
def test_structure_factor_is_one_on_average(lattice: str) -> None:
    # Density of reciprocal points times their weight: the sum of weights up to g is 4/3 pi g^3 v / (2 pi)^3.
    families = peak_families(lattice, None, 64.0, merge_axes=True)
    g = 60.0
    found = families.weights[families.length < g].sum() * (2 * np.pi) ** 3 / families.volume_per_site
    assert found == pytest.approx(4 / 3 * np.pi * g**3, rel=0.03)


def test_peak_area_is_that_of_the_spot() -> None:
    # 4 pi q^2 times the powder average, integrated over q, is the weight of the spot: 1.
    q = np.linspace(1e-3, 30, 60_001)
    for sigma, hwhm in ((0.05, 0.0), (0.4, 0.0), (0.02, 0.03)):
        area = np.trapezoid(4 * np.pi * q**2 * powder_peak(q, np.array(1.0), sigma, hwhm), q)
        assert area == pytest.approx(1, abs=2e-3 if hwhm == 0 else 0.02)


def test_wide_peak_is_the_average_of_a_gaussian_ball() -> None:
    rng = np.random.default_rng(0)
    n = rng.normal(size=(400_000, 3))
    n /= np.linalg.norm(n, axis=1, keepdims=True)
    q, g, sigma = np.array([0.6, 1.0, 1.5]), 1.0, 0.3
    spots = q[:, None, None] * n - [0, 0, g]
    density = np.exp(-(spots**2).sum(axis=2) / 2 / sigma**2) / (2 * np.pi * sigma**2) ** 1.5
    np.testing.assert_allclose(powder_peak(q, np.array(g), sigma, 0.0), density.mean(axis=1), rtol=0.015)


def test_without_order_only_the_form_factor_is_left() -> None:
    q = np.linspace(1.5, 3.0, 50)
    model = LatticeModel(spacing_nm=11.0, body=cube(8.6), size_spread=0.05, displacement_nm=3.0)
    alone = form_factor(cube(8.6), q, size_spread=0.05).intensity
    np.testing.assert_allclose(model.intensity(q), alone, rtol=1e-3)
    cumulative = replace(model, displacement_nm=0.0, paracrystal_nm=3.0, locked=False)
    np.testing.assert_allclose(
        cumulative.intensity(q), form_factor(cube(8.6), q, size_spread=0.05).intensity, rtol=0.05
    )


def test_debye_waller_scales_each_peak() -> None:
    sharp, soft = points(), points(displacement_nm=0.5)
    for order in (1, 2):
        g = 2 * np.pi * order / 10
        q = np.array([g])
        damping = np.exp(-((g * 0.5) ** 2))
        assert soft.intensity(q)[0] - (1 - damping) == pytest.approx(damping * sharp.intensity(q)[0], rel=1e-6)


def test_spheres_do_not_feel_the_lock() -> None:
    q = np.linspace(0.2, 3, 100)
    model = LatticeModel(spacing_nm=11.0, body=Sphere(diameter_nm=8.0), size_spread=0.05, displacement_nm=0.2)
    np.testing.assert_allclose(model.intensity(q), replace(model, locked=False).intensity(q), rtol=1e-6)


def test_locked_cubes_differ_from_turned_ones() -> None:
    # On-axis zero of a cube at 2 pi/L: (100) of locked cubes vanishes there, of turned ones it does not.
    model = LatticeModel(spacing_nm=8.6, body=cube(8.599), domain_nm=400.0)
    q = np.array([2 * np.pi / 8.6])
    assert model.intensity(q)[0] < 1e-4
    assert replace(model, locked=False).intensity(q)[0] > 1e-3


def pair_sum(q: np.ndarray, lattice: str, d: float, sigma: float, cut_nm: float) -> np.ndarray:
    """Debye sum over the lattice vectors with exp(-q^2 sigma^2 R/2d) for each pair, less its forward spot."""
    cell = unit_cell(lattice, primitive=True)
    n = int(cut_nm / d * 1.3) + 1
    index = np.array(np.meshgrid(*[np.arange(-n, n + 1)] * 3, indexing="ij")).reshape(3, -1).T
    r = np.linalg.norm(index @ cell.cell, axis=1) * d
    r, count = np.unique(np.round(r[r < cut_nm], 6), return_counts=True)
    kappa = q**2 * sigma**2 / 2 / d
    total = (count * np.exp(-kappa[:, None] * r) * np.sinc(q[:, None] * r / np.pi)).sum(axis=1)
    volume = abs(np.linalg.det(cell.cell)) * d**3
    return total - 8 * np.pi * kappa / (kappa**2 + q**2) ** 2 / volume


@pytest.mark.parametrize("lattice", ["sc", "fcc", "bcc"])
def test_cumulative_disorder_against_the_sum_over_pairs(lattice: str) -> None:
    # Real space against reciprocal space: every pair with its own growing displacement. The damping at the lowest q
    # is exp(-22) at the cut.
    d, sigma = 10.0, 1.7
    q = np.linspace(0.6, 2.0, 141)
    expected = pair_sum(q, lattice, d, sigma, cut_nm=420.0)
    got = points(lattice=lattice, paracrystal_nm=sigma, domain_nm=1e5).intensity(q)
    np.testing.assert_allclose(got, expected, rtol=5e-3, atol=5e-3)
    assert expected.max() > 1.2


def test_cumulative_peaks_widen_with_order_and_uncorrelated_do_not() -> None:
    def widths(model: LatticeModel) -> list[float]:
        out = []
        for order in (1, 2):
            g = 2 * np.pi * order / 10
            q = np.linspace(g - 0.05, g + 0.05, 4001)
            y = model.intensity(q)
            above = q[y > y.max() / 2]
            out.append(float(above[-1] - above[0]))
        return out

    one, two = widths(points(domain_nm=1e5, paracrystal_nm=0.25))
    # FWHM = 4 pi^2 h^2 g^2 / d, so four times wider at the second order.
    assert one == pytest.approx(4 * np.pi**2 * 0.025**2 / 10, rel=0.1)
    assert two / one == pytest.approx(4, rel=0.1)
    one, two = widths(points(domain_nm=500.0, displacement_nm=0.3))
    assert one == pytest.approx(0.9 * 2 * np.pi / 500, rel=0.05)
    assert two / one == pytest.approx(1, rel=0.02)


@pytest.mark.parametrize("wave", ["longitudinal", "transverse"])
def test_a_frozen_wave_moves_area_but_keeps_it(wave: str) -> None:
    q = np.linspace(0.45, 0.75, 601)
    still = points(domain_nm=400.0)
    moved = points(domain_nm=400.0, wave=wave, wave_amplitude_nm=0.8, wave_length_nm=80.0)
    area = [np.trapezoid(q**2 * m.intensity(q), q) for m in (still, moved)]
    assert moved.intensity(q).max() < 0.97 * still.intensity(q).max()
    # Satellites sit at slightly other |q|: the 1/(qG) of the powder changes by (k/G)^2.
    assert area[1] == pytest.approx(area[0], rel=0.03)


@pytest.mark.parametrize(
    "body",
    [
        cube(8.0),
        cube(8.0, rounding_nm=1.0),
        Cuboid(edges_nm=(8.0, 8.0, 3.0)),
        CoreShell(core=cube(7.0), shell_nm=1.0, core_contrast=1.0, shell_contrast=0.2),
    ],
    ids=repr,
)
def test_disorder_never_makes_intensity_negative(body: object) -> None:
    q = np.linspace(0.05, 3, 150)
    for disorder in ({}, {"displacement_nm": 0.4}, {"paracrystal_nm": 0.4}, {"size_spread": 0.08}):
        model = LatticeModel(spacing_nm=11.0, body=body, **disorder)  # type: ignore[arg-type]
        assert lattice_intensity(q, model).min() > -1e-8


def test_size_is_a_number_a_fit_can_vary() -> None:
    q = np.linspace(0.2, 2, 50)
    model = LatticeModel(spacing_nm=11.0, body=cube(8.0))
    np.testing.assert_allclose(replace(model, size_nm=8.8).intensity(q), replace(model, body=cube(8.8)).intensity(q))
    assert replace(model, scale=3.0, background=1.0).intensity(q)[0] == pytest.approx(3 * model.intensity(q)[0] + 1)
    assert model.curve(q).q_min_trusted_inv_nm == pytest.approx(2 * np.pi / 200)


def test_bad_input_is_named() -> None:
    with pytest.raises(InputError, match="spacing_nm must be positive"):
        LatticeModel(spacing_nm=-1.0, body=cube(8.0))
    with pytest.raises(InputError, match="Did you mean 'fcc'"):
        LatticeModel(spacing_nm=10.0, body=cube(8.0), lattice="fccc").intensity([1.0])
    with pytest.raises(InputError, match="peak_shape"):
        LatticeModel(spacing_nm=10.0, body=cube(8.0), peak_shape="box")  # type: ignore[arg-type]


@pytest.mark.parametrize(("transverse", "share"), [(False, 1 / 10), (True, 1 / 30)])
def test_a_frozen_wave_widens_a_powder_peak_by_its_direction(transverse, share):
    # Two satellites of weight (q A e.G)^2/4 at G + k: their radial variance is q^2 A^2 k^2/2 times the mean over all
    # directions of (e.G)^2 (k.G)^2, which is 1/5 along the wave vector and 1/15 across it.
    g, sigma, a, k = 4.0, 0.004, 0.03, 0.06
    q = np.linspace(g - 0.2, g + 0.2, 2001)
    none = np.full((1, 1), 0.0)
    peak = wave_peaks(q, np.array([g]), sigma, none, a, k, transverse)[:, 0] * q
    mean = (peak @ q) / peak.sum()
    variance = (peak @ (q - mean) ** 2) / peak.sum() - sigma**2
    assert variance == pytest.approx(share * (g * a * k) ** 2, rel=0.06)
