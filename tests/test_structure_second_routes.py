"""Small laws of the analyses: what a number must be by another way of getting it."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from xml.etree import ElementTree

import numpy as np
import pytest
from ase.data import atomic_masses, atomic_numbers

from packing.configuration import configuration
from packing.errors import InputError
from packing.matter.material_table import material
from packing.shapes import Cuboid, Sphere, cube
from structure.crystals.build import build_crystal, ideal_gas
from structure.crystals.reciprocal import _profile
from structure.diffraction.atomic import _inside
from structure.diffraction.atoms import debye_waller_factor
from structure.diffraction.library import crystal_of_material
from structure.form_factors.average import SizedTerm, mean_amplitude, random_averages
from structure.form_factors.bodies import amplitude
from structure.fourier import local_phase
from structure.fourier.drawing import labelled_spots
from structure.fourier.fourier import cropped
from structure.fourier.indexing import IndexedSpots
from structure.grazing.film import FilmCrystal
from structure.grazing.layers import FilmLayers, XrayIndex
from structure.imaging.readers import _grey
from structure.imaging.tem import simulate_tem
from structure.lattice.series import _mean
from structure.measured.curve import MeasuredCurve
from structure.measured.peaks import Peaks
from structure.measured.reading_xrdml import _wavelength_nm
from structure.micrographs import confidence, drawing as drawn_micrographs
from structure.micrographs.order import micrograph_order
from structure.order.bond_order import radial_distribution
from structure.order.template_match import _frames
from structure.pattern_fit.index import planar_lengths
from structure.patterns.curves import checked_q
from structure.printed import with_sd
from structure.saxs.bragg import split_slabs
from structure.saxs_fit.lattice import MAX_ORDER, lines_of
from structure.saxs_fit.model import Solution, Trial
from structure.saxs_fit.phases import TWINS
from structure.saxs_fit.ranking import odds, possible
from structure.saxs_fit.search import window
from structure.saxs_fit.verdict import _on_peaks
from structure.study_fit.fit import observed_by
from structure.xrd_fit.data import MODEL_ERROR, stack_data


def test_twins_of_a_lattice_have_their_reflections_in_the_same_places() -> None:
    # Bragg: sc has h2+k2+l2 = 1, 2, 3, ... over d, bcc 2, 4, 6, ... over a = 2 d / sqrt 3.
    assert TWINS["sc", "bcc"] == pytest.approx(math.sqrt(6) / 2)
    assert TWINS["bcc", "sc"] == pytest.approx(2 / math.sqrt(6))
    for (own, other), ratio in TWINS.items():
        first, second = (
            np.unique(lines_of(phase, math.sqrt(8 / 3) if phase == "hcp" else None).length.round(9))
            for phase in (own, other)
        )
        if "hcp" in (own, other):
            # The same close-packed layers, in another order.
            layers = 2 * math.pi / math.sqrt(2 / 3)
            assert np.abs(first - layers).min() < 0.02
            assert np.abs(second / ratio - layers).min() < 0.02
        else:
            np.testing.assert_allclose(first[:6], second[:6] / ratio, rtol=1e-6)


def test_odds_count_in_the_scatter_that_is_there() -> None:
    signs = np.where(np.random.default_rng(1).random(4000) < 0.5, -1.0, 1.0)
    data = cast(Any, SimpleNamespace(q_inv_nm=np.arange(4000.0)))

    def of(residual: np.ndarray, more: float) -> float:
        nothing = np.zeros(1)
        trial = Trial(phase="fcc", shape="sphere", size_nm=7.0, size_spread=0.06)
        fit = Solution(trial, nothing, nothing, nothing, nothing, residual, nothing)
        return odds(data, fit, fit.misfit + more)

    # White residuals of the size they are weighted with: half the difference of the misfits.
    white = of(signs, 20.0)
    assert white == pytest.approx(10.0, rel=0.3)
    assert of(signs, -20.0) == pytest.approx(-white)
    # Twice the scatter, a quarter of the odds; five points that err together count as one.
    assert of(2 * signs, 20.0) == pytest.approx(white / 4)
    assert of(np.repeat(signs[:800], 5), 20.0) == pytest.approx(2.0, rel=0.4)


def test_a_peak_counts_where_a_reflection_of_the_first_orders_is() -> None:
    # Reflections at 1, sqrt 2, ... over 0.5: peaks on two of them, one between two, one beyond three times the first.
    peaks = SimpleNamespace(
        q_inv_nm=np.array([0.5, 0.5 * math.sqrt(2), 0.6, 2.0]), fwhm_inv_nm=np.full(4, 0.02), prominence=np.full(4, 9.0)
    )
    lattice = SimpleNamespace(groups_inv_nm=0.5 * np.sqrt(np.arange(1.0, 20.0)))
    assert _on_peaks(cast(Any, SimpleNamespace(peaks=peaks)), cast(Any, lattice)) == 2


def test_g_of_r_does_not_know_the_unit_of_length() -> None:
    ball = Sphere(diameter_nm=7.0)
    crystal = build_crystal("fcc", spacing_nm=9.0, n_cells=(3, 3, 3), shapes=ball, displacement_nm=0.5)
    assert crystal.box is not None
    grown = configuration(2 * crystal.positions_nm, shapes=ball.scaled(2), box=2 * crystal.box[:3])
    (r, g), (r_grown, g_grown) = radial_distribution(crystal, 9.0), radial_distribution(grown, 18.0)
    np.testing.assert_allclose(r_grown, 2 * r, rtol=1e-6)
    np.testing.assert_allclose(g_grown, g, atol=0.05 * g.max())


def test_a_blurred_picture_is_the_sharp_one_damped_in_the_fourier_transform() -> None:
    one = configuration([[0, 0, 0]], shapes=cube(8.0))
    options: dict[str, Any] = {"px_per_nm": 4.0, "dose_per_nm2": None, "contrast_spread": 0, "field_nm": (40, 40)}
    sharp, blurred = (simulate_tem(one, blur_nm=b, **options).pixels for b in (0.0, 0.7))
    f = np.fft.fftfreq(160, 0.25)
    damping = np.exp(-2 * (np.pi * 0.7) ** 2 * (f[:, None] ** 2 + f**2))
    np.testing.assert_allclose(blurred, np.fft.ifft2(np.fft.fft2(sharp) * damping).real, atol=2e-4)
    assert np.abs(blurred - sharp).max() > 0.02


def test_particles_found_in_a_coarser_picture_are_where_they_are() -> None:
    # A period of 48 pixels is worked on in blocks.
    places = 20.0 + 48 * np.arange(10)
    y, x = np.mgrid[:480, :480]
    away = np.hypot(*(np.abs(a[..., None] - places).min(axis=-1) for a in (x, y)))
    found = micrograph_order(1 / (1 + np.exp(15 - away)))[0].particles
    inner = found.particles.positions_px[found.particles.interior]
    assert len(inner) > 30
    assert np.abs(((inner - 20 + 24) % 48 - 24).mean(axis=0)).max() < 0.25


def test_spacings_of_two_routes_are_averaged_by_their_inverse_variances(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confidence, "_patches_sd", lambda order, spread, n, crossed: 0.01)
    monkeypatch.setattr(confidence, "_grain_share", lambda order: np.ones(1))
    cells = np.array([[[20.0, 0.0], [0.0, 20.0]]])
    patches = SimpleNamespace(
        lattice="square", share=0.9, agreeing=np.array([True]), patches=SimpleNamespace(cells_px=cells)
    )
    particles = SimpleNamespace(lattice="square", spacing_px=20.3, share=0.9)
    order = cast(Any, SimpleNamespace(patches=patches, particles=particles, empty=0.1, agrees=True))
    # A tenth of the places is empty, a tenth of which counts.
    sds = np.array([0.01 * 20.0, (0.005 + 0.1 * 0.1) * 20.3])
    mean = np.average([20.0, 20.3], weights=sds**-2)
    found = confidence.settled_spacing_px(order, "square")
    assert found == pytest.approx((mean, 1 / math.sqrt(np.sum(sds**-2.0))))


def test_patches_that_a_second_grain_reaches_into_do_not_speak_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    # Nine patches of six grains: of two that are nearly one grain's, one is wrong by 2.3 %.
    off = np.array([0.0038, -0.0099, 0.0049, 0.0069, 0.0053, 0.0232, 0.0061, 0.0029, 0.0031])
    grains = np.full(9, 0.6)
    grains[5:7] = 0.81
    monkeypatch.setattr(confidence, "_grain_share", lambda order: grains)
    cells = 25.7 * (1 + off[:, None, None]) * np.eye(2)
    centres = np.array([[i, j] for i in range(3) for j in range(3)]) * 100.0
    lattices = SimpleNamespace(cells_px=cells, centres_px=centres, patch_px=312)
    patches = SimpleNamespace(lattice="square", share=0.83, agreeing=np.ones(9, dtype=bool), patches=lattices)
    particles = SimpleNamespace(lattice="none", share=0.0)
    order = cast(Any, SimpleNamespace(patches=patches, particles=particles, empty=0.05, agrees=True))
    spacing, sd = confidence.settled_spacing_px(order, "square")
    assert spacing == pytest.approx(25.7, abs=2 * sd)
    assert sd > 0.004 * 25.7
    # Where some are whole, what crosses a boundary is left out.
    grains[7:] = 0.95
    spacing, sd = confidence.settled_spacing_px(order, "square")
    assert spacing == pytest.approx(25.7 * 1.003)


@pytest.mark.parametrize(("lattice", "angle_deg"), [("square", 90.0), ("hexagonal", 120.0)])
def test_rods_of_a_layer_are_the_reciprocal_vectors_of_its_cell(lattice: str, angle_deg: float) -> None:
    angle = math.radians(angle_deg)
    reciprocal = 2 * np.pi * np.linalg.inv([[1.0, 0.0], [math.cos(angle), math.sin(angle)]]).T
    vectors = np.array([[h, k] for h in range(-9, 10) for k in range(-9, 10) if (h, k) != (0, 0)]) @ reciprocal
    expected = np.unique(np.linalg.norm(vectors, axis=1).round(6))[:14]
    np.testing.assert_allclose(planar_lengths(lattice, 14), expected, rtol=1e-5)


def test_centres_without_order_have_no_reflections() -> None:
    # The structure factor of a gas is exponential with a mean of 1: of 1800 points none lies above 12.
    gas = ideal_gas(2000, edge_nm=40.0, shapes=Sphere(diameter_nm=1.0), seed=4)
    found = [marked for _, _, marked in split_slabs(gas, 1.5, points_only=True, split=True)]
    marks = np.concatenate(found)
    assert len(marks) > 1000
    assert marks.sum() <= 1
    crystal = build_crystal("sc", spacing_nm=10.0, n_cells=(4, 4, 4), shapes=Sphere(diameter_nm=6.0))
    peaks = [g[marked] for g, _, marked in split_slabs(crystal, 1.5, points_only=True, split=True)]
    # All and only the points of the reciprocal lattice of the cell.
    order = np.concatenate(peaks) * 10.0 / (2 * np.pi)
    np.testing.assert_allclose(order, np.rint(order), atol=1e-9)
    assert len(order) == (np.linalg.norm(_grid(4), axis=1) * 2 * np.pi / 10 < 1.5).sum() // 2


def _grid(n: int) -> np.ndarray:
    line = np.arange(-n, n + 1)
    return np.stack(np.meshgrid(line, line, line), axis=-1).reshape(-1, 3)


@pytest.mark.parametrize("hwhm", [0.0, 1e-4, 0.02])
def test_a_profile_has_unit_area_and_the_variance_of_its_gaussian(hwhm: float) -> None:
    sigma = 0.03
    x = np.linspace(-3, 3, 60_001)
    profile = _profile(x, sigma, hwhm)
    # A Lorentzian's tails beyond the ends are 2 atan(w / 3) / pi.
    assert np.trapezoid(profile, x) == pytest.approx(1 - 2 / math.pi * math.atan(hwhm / 3), rel=2e-3)
    if not hwhm:
        assert np.trapezoid(profile * x**2, x) == pytest.approx(sigma**2, rel=1e-6)
        # A Gaussian falls to a half at sqrt(2 ln 2) sigma.
        assert np.interp(sigma * math.sqrt(2 * math.log(2)), x, profile) == pytest.approx(profile.max() / 2, rel=1e-3)


@pytest.mark.parametrize("shape", [(50,), (5, 4, 3)])
def test_frames_of_two_vectors_are_right_handed_and_hold_both(shape: tuple[int, ...]) -> None:
    a, b = np.random.default_rng(3).normal(size=(2, *shape, 3))
    frames = _frames(a, b).reshape(-1, 3, 3)
    a, b = a.reshape(-1, 3), b.reshape(-1, 3)
    np.testing.assert_allclose(frames.transpose(0, 2, 1) @ frames, np.broadcast_to(np.eye(3), frames.shape), atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(frames), 1.0)
    first, second = (np.einsum("nij,ni->nj", frames, v) for v in (a, b))
    np.testing.assert_allclose(first, np.linalg.norm(a, axis=1)[:, None] * [1.0, 0.0, 0.0], atol=1e-12)
    np.testing.assert_allclose(second[:, 2], 0.0, atol=1e-12)
    assert (second[:, 1] > 0).all()


@pytest.mark.parametrize("shape", [cube(8.0), Sphere(diameter_nm=8.0)])
def test_forwards_all_of_a_particle_scatters_in_phase(shape: Any) -> None:
    # Lengths and strengths of a population at q = 0: the mean of the volumes, and of their squares.
    strengths, fractions = np.array([300.0, 500.0, 700.0]), np.array([0.2, 0.5, 0.3])
    terms = [SizedTerm(shape, np.array([7.0, 8.0, 9.0]), share * strengths) for share in (1.0, -0.25)]
    q = np.array([1e-4, 2e-4])
    square, mean = random_averages(q, terms[0], fractions)
    assert mean == pytest.approx(fractions @ strengths, rel=1e-5)
    assert square == pytest.approx(fractions @ strengths**2, rel=1e-5)
    total = mean_amplitude(q, terms, fractions, 4.0)
    np.testing.assert_allclose(total, 0.75 * fractions @ strengths, rtol=1e-5)


def test_atoms_that_move_by_u_scatter_less_by_its_gaussian() -> None:
    # Debye and Waller: B = 8 pi^2 <u^2> along one axis, and exp(iqu) averages to exp(-q^2 <u^2> / 2).
    u = np.random.default_rng(1).normal(scale=0.02, size=400_000)
    q = np.array([10.0, 30.0, 60.0])
    drawn = np.cos(q[:, None] * u).mean(axis=1)
    np.testing.assert_allclose(debye_waller_factor(8 * np.pi**2 * 0.02**2, q), drawn, atol=5e-3)


@pytest.mark.parametrize("name", ["CsPbBr3", "CsPbBr2Cl", "CsPbCl3", "CsPbI3", "PbS", "Au"])
def test_the_atoms_of_a_cell_weigh_what_the_handbook_says(name: str) -> None:
    crystal = crystal_of_material(name)
    shares = crystal.occupancies or (1.0,) * len(crystal.elements)
    mass = sum(share * atomic_masses[atomic_numbers[e]] for e, share in zip(crystal.elements, shares, strict=True))
    volume_nm3 = abs(np.linalg.det(crystal.cell_nm))
    # 1 amu per nm^3 is 1.66054 kg/m^3; cells of the cubic phase are a little larger than those of the table.
    assert 1.66054 * mass / volume_nm3 == pytest.approx(material(name).density_kg_m3, rel=0.06)


def test_a_film_of_equal_particles_has_no_variance_of_sizes() -> None:
    def moments(film: FilmCrystal, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        shares, values = film.size_shares, np.array(film.of_sizes_nm3(q))
        mean = film.mean_nm3(q)
        return mean, np.asarray(shares @ np.abs(values) ** 2 - np.abs(mean) ** 2)

    def film_of(edge_nm: float, spread: float) -> FilmCrystal:
        return FilmCrystal(cell_nm=9 * np.eye(3), sites_nm=np.zeros((1, 3)), body=cube(edge_nm), size_spread=spread)

    q = np.array([[0.3, 0.1, 0.2], [1.0, 2.0, 0.0]])
    mean, variance = moments(film_of(0.5, 0.0), q)
    np.testing.assert_allclose(mean, 0.125 * amplitude(cube(0.5), q), rtol=1e-6)
    np.testing.assert_allclose(variance, 0.0, atol=1e-9)
    # Moments of a Gaussian: <x^3> = 1 + 3 s^2, <x^6> = 1 + 15 s^2 + 45 s^4 + 15 s^6.
    mean, variance = moments(film_of(2.0, 0.1), np.zeros((1, 3)))
    assert mean[0] == pytest.approx(8 * 1.03, rel=1e-3)
    assert variance[0] == pytest.approx(64 * (1.154515 - 1.03**2), rel=0.01)


def test_an_error_that_all_spots_share_is_that_of_one_random_strain(monkeypatch: pytest.MonkeyPatch) -> None:
    sd, basis = 0.03, np.array([[0.06, 0.01], [-0.02, 0.05]])
    monkeypatch.setattr(local_phase, "strain_sd", lambda *_: sd)
    spots = np.array([[1, 0], [0, 1]])
    indexed = IndexedSpots(reciprocal=basis, covariance=np.zeros((4, 4)), indices=spots, explained=1.0)
    found = local_phase.with_shared_errors(indexed, np.zeros((4, 4)), np.ones(2)).covariance
    strains = np.random.default_rng(2).normal(scale=sd, size=(40_000, 2, 2))
    drawn = np.cov((basis @ strains).reshape(-1, 4).T)
    np.testing.assert_allclose(found, drawn, atol=0.03 * drawn.max())


def test_frames_without_a_number_are_left_out_of_a_mean() -> None:
    value, error, _ = _mean([1.0, math.nan, 3.0, 2.0], [0.1, 0.1, 0.1, 0.1])
    assert value == pytest.approx(2.0)
    assert math.isfinite(error)
    assert all(math.isnan(x) for x in _mean([math.nan], [0.1]))


def test_a_few_coloured_pixels_do_not_make_a_picture_coloured(tmp_path: Path) -> None:
    colours = np.repeat(np.random.default_rng(1).integers(0, 200, (40, 40, 1), dtype=np.uint8), 3, axis=2)
    colours[2:4, 2:8] = (250, 0, 0)  # a red bar
    found = _grey(colours, tmp_path / "a.png")
    np.testing.assert_allclose(found, colours.mean(axis=-1))
    colours[:10] = (250, 0, 0)
    with pytest.raises(InputError, match="in colour"):
        _grey(colours, tmp_path / "a.png")


def test_disorder_and_its_error_are_in_parts_of_the_distance() -> None:
    seen = SimpleNamespace(
        nearest_nm=12.0, nearest_sd_nm=0.1, displacement_nm=0.6, displacement_sd_nm=0.06, confidence="high"
    )
    (disorder,) = (o for o in observed_by(seen, "SAXS", cube(8.0)) if o.quantity == "disorder")
    assert (disorder.value, disorder.sd) == pytest.approx((0.05, 0.005))


def test_spheres_that_touch_along_the_rows_of_a15_are_possible() -> None:
    # Along its rows A15 has neighbours at a / 2, but most of the others at sqrt(5) / 4 a: 1.118 times as far.
    nothing = np.zeros(1)

    def fits(size_nm: float) -> bool:
        trial = Trial(phase="A15", shape="sphere", nearest_nm=8.0, size_nm=size_nm, size_spread=0.05)
        return possible(Solution(trial, nothing, nothing, nothing, nothing, nothing, nothing))

    assert fits(8.0 * 1.1)
    assert not fits(8.0 * 1.2)


@pytest.mark.parametrize(
    ("lines", "nm"),
    [
        ("<kAlpha1>1.540598</kAlpha1>", 0.1540598),
        ("<kAlpha1>1.540598</kAlpha1><kAlpha2>1.544426</kAlpha2>", 0.1541874),
        ("<kAlpha2>1.544426</kAlpha2>", None),
    ],
)
def test_a_scan_without_its_second_line_has_the_wavelength_of_the_first(lines: str, nm: float | None) -> None:
    # Copper: 0.154187 nm is the mean of both lines, the second half as strong.
    root = ElementTree.fromstring(f'<scan><usedWavelength intended="K-Alpha">{lines}</usedWavelength></scan>')
    assert _wavelength_nm(root) == (None if nm is None else pytest.approx(nm, abs=1e-7))


def test_a_rough_substrate_reflects_less_by_a_gaussian_of_q() -> None:
    """Where refraction is small, the Fresnel reflectivity falls by exp(-q^2 sigma^2) (Nevot and Croce 1980)."""
    angle = np.radians([2.0, 3.0, 4.0])
    silicon = XrayIndex(delta=7.6e-6, beta=1.7e-7)
    reflected = [
        np.abs(made.waves(angle)[2] / made.waves(angle)[1]) ** 2
        for made in (
            FilmLayers(wavelength_nm=0.154, incidence_deg=0.5, substrate=silicon, roughness_nm=sigma)
            for sigma in (0.0, 0.3)
        )
    ]
    q = 4 * np.pi / 0.154 * np.sin(angle)
    np.testing.assert_allclose(reflected[1] / reflected[0], np.exp(-((0.3 * q) ** 2)), rtol=0.02)
    # Far above the critical angle a sharp surface reflects (delta / 2 sin^2)^2.
    np.testing.assert_allclose(reflected[0], (7.6e-6 / (2 * np.sin(angle) ** 2)) ** 2, rtol=0.02)


@pytest.mark.parametrize("q", [[], [[0.1, 0.2], [0.3, 0.4]]])
def test_values_of_q_are_one_list_and_not_empty(q: list[Any]) -> None:
    with pytest.raises(InputError, match="list of at least one value"):
        checked_q(q)


def test_the_strongest_spot_of_an_order_bears_its_name() -> None:
    indices = np.array([[1, 0], [0, 0], [1, 0], [0, 1], [1, 0]])
    strengths = np.array([3.0, 9.0, 5.0, 4.0, 1.0])
    named = labelled_spots(indices, strengths)
    assert sorted(map(tuple, indices[named].tolist())) == [(0, 1), (1, 0)]
    for spot in named:
        assert strengths[spot] == strengths[(indices == indices[spot]).all(axis=1)].max()


def test_drawn_outlines_have_the_area_of_their_particles() -> None:
    diameters = np.array([6.0, 9.0])
    table = SimpleNamespace(
        positions_nm=np.array([[10.0, 20.0], [40.0, 5.0]]), diameters_nm=diameters, directions_deg=np.array([0.0, 30.0])
    )
    for outline, of_circle in (("round", 24 / (2 * np.pi) * np.sin(2 * np.pi / 24)), ("square", 1.0)):
        corners = drawn_micrographs._outlines(cast(Any, table), np.ones(2, dtype=bool), outline)
        np.testing.assert_allclose(corners.mean(axis=1), table.positions_nm)
        x, y = np.moveaxis(corners, -1, 0)
        area = np.abs((x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1)).sum(axis=1)) / 2
        np.testing.assert_allclose(area, of_circle * np.pi * diameters**2 / 4, rtol=1e-9)


@pytest.mark.parametrize("sd", [3.2e-7, 0.0047, 0.0123, 0.4, 2.6])
def test_a_number_is_printed_to_two_digits_of_its_uncertainty(sd: float) -> None:
    """Never "3.37 +- 0.00" nor "nan +- nan": the value to a tenth of its error, and the error to a tenth."""
    value, _, error = with_sd(10.4, sd).partition(" \u00b1 ")
    assert float(error) == pytest.approx(sd, rel=0.1)
    assert abs(float(value) - 10.4) <= 0.1 * sd
    for unknown in (None, math.nan, math.inf):
        assert with_sd(10.4, unknown) == "10.4 \u00b1 unknown"
    assert with_sd(None, sd) == "unknown"


def test_points_of_a_scan_weigh_alike_in_any_unit_of_intensity() -> None:
    counts = np.random.default_rng(4).poisson(400 * np.exp(-np.linspace(0, 3, 1000))).astype(float)

    def sd(intensity: Any, given: Any = None) -> Any:
        q = np.linspace(9.0, 12.0, 1000)
        return stack_data(MeasuredCurve(q_inv_nm=q, intensity=intensity, sd=given), 0.0, None, False).sd

    # Floor and gain of the noise are found by steps that end a little earlier or later.
    np.testing.assert_allclose(sd(7e3 * counts), 7e3 * sd(counts), rtol=0.02)
    # Errors that are given count as they are, beside that of the model.
    given = np.sqrt(counts + 1)
    np.testing.assert_allclose(sd(counts, given), np.hypot(given, MODEL_ERROR * counts), rtol=1e-9)


@pytest.mark.parametrize("n", [2, 5])
def test_a_lattice_is_fitted_from_half_its_first_peak_unless_that_may_be_a_spike(n: int) -> None:
    q = 0.6 * np.sqrt(np.arange(1.0, n + 1))
    found = window(Peaks(q, np.full(n, 30.0), np.full(n, 0.02)))
    assert found[0] == pytest.approx(0.3 if n > 2 else 0.0)
    assert found[1] == pytest.approx(MAX_ORDER * 0.6)


@pytest.mark.parametrize(
    "shape",
    [
        Sphere(diameter_nm=7.0),
        cube(8.6),
        Cuboid(edges_nm=(6.0, 8.0, 10.0), rounding_nm=1.5),
        Cuboid(edges_nm=(8.0, 8.0, 8.0), truncation=0.7),
    ],
)
def test_atoms_fill_the_volume_of_their_body(shape: Any) -> None:
    points = np.random.default_rng(6).uniform(-6, 6, (200_000, 3))
    share = shape.volume_nm3 / 12**3
    # Of points at random the share inside is the volume, within four of its standard deviations.
    assert abs(_inside(shape, points).mean() - share) < 4 * math.sqrt(share * (1 - share) / len(points))


def test_the_smallest_image_is_as_large_as_its_refusal_says() -> None:
    pixels = np.zeros((100, 100))
    with pytest.raises(InputError, match="at least") as said:
        cropped(pixels, (0, 5, 0, 100))
    least = int(str(said.value).split("at least ")[1].split()[0])
    assert cropped(pixels, (0, least, 0, 100)).shape == (least, 100)
    with pytest.raises(InputError):
        cropped(pixels, (0, 100, 3, 3 + least - 1))
