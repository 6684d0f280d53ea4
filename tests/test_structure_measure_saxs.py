"""SAXS measurement: phases known by construction, the authors' own curves, and never high confidence and wrong."""

from __future__ import annotations

import csv
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from counted_curves import counted, counted_crystal
from hypothesis import given, settings, strategies as st

from packing.errors import InputError
from packing.shapes import Sphere, cube
from structure.crystals.reciprocal import lattice_parameters
from structure.form_factors.average import form_factor
from structure.form_factors.averages import POROD, particle_averages, squared_along
from structure.form_factors.bodies import amplitude
from structure.measured.control import FitControl
from structure.measured.curve import MeasuredCurve
from structure.measured.data import fit_data
from structure.measured.linear import parameter_sds
from structure.saxs.lattice_model import LatticeModel, lattice_intensity
from structure.saxs_fit import phases as saxs_fit_phases
from structure.saxs_fit.errors import resolution_shifts
from structure.saxs_fit.lattice import lattice_columns, lattice_slopes
from structure.saxs_fit.measure import measure_saxs
from structure.saxs_fit.model import Solution, Trial
from structure.saxs_fit.ranking import mixture_doubts
from structure.saxs_fit.refining import refine
from structure.saxs_fit.solving import solve
from structure.widths import smeared

DATA = Path(os.environ.get("SUPERLATTICE_DATA", Path(__file__).parents[2] / "shared" / "data")) / "saxs"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"measured curves are not in {DATA}")


@pytest.mark.parametrize(("shape", "body"), [("sphere", Sphere(diameter_nm=7.0)), ("cube", cube(7.0))])
def test_particle_averages_agree_with_the_form_factor_of_the_room(shape, body):
    q = np.linspace(0.05, 5.0, 80)
    fast, full = particle_averages(shape, q, 7.0, 0.05), form_factor(body, q, size_spread=0.05)
    np.testing.assert_allclose(fast.intensity, full.intensity, rtol=5e-4, atol=1e-7)
    np.testing.assert_allclose(fast.coherent, full.coherent_random, rtol=1e-2, atol=2e-6)
    locked = particle_averages(shape, q, 7.0, 0.05, locked=True)
    np.testing.assert_allclose(locked.coherent, full.coherent_locked, rtol=1e-2, atol=2e-6)


@pytest.mark.parametrize("shape", ["sphere", "cube"])
def test_far_out_the_form_factor_is_that_of_the_surface(shape):
    # Porod: 2 pi S/V^2 q^4, by the area and volume of the body; on the near side the oscillations average to the same.
    surface, volume = {"sphere": (np.pi, np.pi / 6), "cube": (6.0, 1.0)}[shape]
    assert POROD[shape] == pytest.approx(2 * np.pi * surface / volume**2, rel=1e-12)
    q = np.linspace(8.0, 12.0, 400)
    scaled = particle_averages(shape, q, 6.0, 0.08).intensity * q**4
    assert scaled[q * 6.0 < 59].mean() == pytest.approx(scaled[q * 6.0 > 61].mean(), rel=0.03)


@pytest.mark.parametrize("shape", ["sphere", "cube"])
@given(size=st.floats(4.0, 10.0), spread=st.floats(0.02, 0.3))
@settings(max_examples=10, deadline=None)
def test_slopes_of_the_particle_averages_are_differences(shape, size, spread):
    q = np.linspace(0.1, 4.0, 50)
    made = particle_averages(shape, q, size, spread, slopes=True)
    for name, slopes in (("size", made.by_size), ("spread", made.by_spread)):
        sides = [
            particle_averages(shape, q, size + (h if name == "size" else 0), spread + (h if name == "spread" else 0))
            for h in (1e-4, -1e-4)
        ]
        for slope, part in zip(slopes, ("intensity", "coherent"), strict=True):
            numeric = (getattr(sides[0], part) - getattr(sides[1], part)) / 2e-4
            np.testing.assert_allclose(slope, numeric, atol=3e-3 * np.abs(numeric).max())


def test_a_cube_along_an_axis_and_a_diagonal():
    q, directions = np.linspace(0.1, 3.0, 20), np.array([[1.0, 0, 0], [1 / np.sqrt(3)] * 3])
    exact = np.stack([amplitude(cube(7.0), q[:, None] * d) for d in directions], axis=1) ** 2
    np.testing.assert_allclose(squared_along(q, 7.0, 0.0, directions), exact, atol=1e-6)


@pytest.mark.parametrize("phase", ["fcc", "bcc"])
def test_spheres_on_a_known_lattice(phase, tmp_path):
    # The seventh ring of bcc must not lie in a minimum of the form factor.
    diameter = 7.0 if phase == "fcc" else 6.0
    found = measure_saxs(counted_crystal(phase, Sphere(diameter_nm=diameter), 9.0))
    assert found.phase == phase
    assert found.nearest_nm == pytest.approx(9.0, rel=0.003)
    assert found.a_nm == pytest.approx(lattice_parameters(phase, 9.0, None)[0], rel=0.003)
    assert found.radius_nm == pytest.approx(diameter / 2, rel=0.02)
    assert (found.confidence, found.shape_confidence) == ("high", "high")
    assert found.alternatives[0]["phase"] == phase
    found.save(tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == {"saxs.json", "saxs.png"}


def test_free_spheres_are_no_superlattice():
    q = np.linspace(0.25, 4.0, 300)
    pure = form_factor(Sphere(diameter_nm=7.0), q, size_spread=0.08).intensity
    found = measure_saxs(counted(q, pure + 1e-4, seed=3))
    assert (found.phase, found.a_nm, found.nearest_nm) == ("none", None, None)
    assert found.radius_nm == pytest.approx(3.5, rel=0.01)
    assert found.size_spread == pytest.approx(0.08, abs=0.01)


def test_a_lattice_that_turns_out_impossible_leaves_none(monkeypatch):
    monkeypatch.setattr(saxs_fit_phases, "possible", lambda solution: False)
    curve = counted_crystal("fcc", Sphere(diameter_nm=7.0), 9.0)
    data = fit_data(curve)
    trial = Trial(phase="fcc", shape="sphere", size_nm=7.0, size_spread=0.06, nearest_nm=9.0)
    assert saxs_fit_phases._polished(data, [solve(data, trial)], None) == ([], None)


@pytest.mark.parametrize(
    "trial",
    [
        Trial(phase="fcc", shape="sphere", size_nm=7.0, size_spread=0.06, nearest_nm=9.0),
        Trial(phase="sc", shape="cube", size_nm=7.0, size_spread=0.06, nearest_nm=9.0, locked=True),
        Trial(phase="bct", shape="cube", size_nm=6.0, size_spread=0.06, nearest_nm=9.0, c_over_a=1.217),
        Trial(phase="lamellar", shape="sphere", size_nm=6.0, size_spread=0.06, nearest_nm=9.0),
    ],
    ids=lambda t: t.phase,
)
def test_slopes_of_a_lattice_are_differences_of_its_model(trial):
    trial = replace(trial, sigma_inv_nm=0.012, hwhm_inv_nm=0.006, paracrystal=0.02, displacement=0.04)
    q = np.linspace(0.2, 4.0, 330)

    def model(t):
        particles = particle_averages(t.shape, q, t.size_nm, t.size_spread, locked=t.locked, slopes=True)
        columns = lattice_columns(q, t, particles)
        areas = np.linspace(0.5, 1.5, len(columns.positions))
        return columns.peaks @ areas + 1.2 * columns.diffuse, (particles, columns, areas)

    made = lattice_slopes(q, trial, *model(trial)[1], 1.2)
    assert set(made) >= {"nearest_nm", "sigma_inv_nm", "hwhm_inv_nm", "paracrystal", "size_nm", "size_spread"}
    for name, slope in made.items():
        h = 1e-5 * max(getattr(trial, name), 0.1)
        sides = [model(replace(trial, **{name: getattr(trial, name) + s * h}))[0] for s in (1, -1)]
        numeric = (sides[0] - sides[1]) / (2 * h)
        assert np.abs(slope - numeric).max() < 0.02 * np.abs(numeric).max() + 1e-9, name


@pytest.mark.parametrize(
    ("phase", "shape", "locked", "c_over_a"),
    [
        ("fcc", "sphere", False, None),
        ("A15", "sphere", False, None),
        ("hcp", "sphere", False, 1.65),
        ("sc", "cube", True, None),
        ("bct", "cube", False, 1.21),
    ],
)
@pytest.mark.parametrize("lorentzian", [False, True])
def test_what_is_fitted_is_the_model_that_is_simulated(phase, shape, locked, c_over_a, lorentzian):
    """Terms of the fit with every area at 1 are `lattice_intensity`, up to the last reflection that is fitted."""
    q, d = np.linspace(0.25, 3.0, 300), 9.0
    body = cube(7.0) if shape == "cube" else Sphere(diameter_nm=7.0)
    model = LatticeModel(
        lattice=phase, spacing_nm=d, body=body, size_spread=0.06, displacement_nm=0.35, locked=locked,
        c_over_a=c_over_a, domain_nm=1e9, resolution_inv_nm=0.012, paracrystal_nm=0.15 if lorentzian else 0.0,
    )  # fmt: skip
    trial = Trial(
        phase=phase, shape=shape, size_nm=7.0, size_spread=0.06, nearest_nm=d, c_over_a=c_over_a, locked=locked,
        displacement=0.35 / d, sigma_inv_nm=0.012, hwhm_inv_nm=0.0, paracrystal=0.15 / d if lorentzian else 0.0,
    )  # fmt: skip
    particles = particle_averages(shape, q, 7.0, 0.06, locked=locked)
    columns = lattice_columns(q, trial, particles)
    fitted = columns.peaks.sum(axis=1) + columns.diffuse
    simulated = lattice_intensity(q, model)
    # A fit leaves the tails of peaks beyond its last one to the diffuse part; its amplitudes come from a grid.
    off = np.abs(fitted - simulated) / particles.intensity
    assert off.max() < (0.01 if lorentzian else 1e-3)


def test_a_wrong_unit_is_refused():
    curve = counted_crystal("fcc", Sphere(diameter_nm=7.0), 9.0)
    with pytest.raises(InputError, match="unit of q"):
        measure_saxs(MeasuredCurve(q_inv_nm=curve.q_inv_nm * 10, intensity=curve.intensity))


def test_a_crowd_of_merged_peaks_is_tried_as_hcp():
    # The first three reflections of hcp are one broad peak here, on which fcc, bcc and bct can put a reflection too.
    q = np.linspace(0.15, 5.0, 300)
    model = LatticeModel(
        lattice="hcp", spacing_nm=11.05, body=cube(7.36), size_spread=0.053, displacement_nm=0.45, domain_nm=110,
        peak_shape="lorentzian", locked=False,
    )  # fmt: skip
    found = measure_saxs(counted(q, model.intensity(q) + 1e-3, seed=1))
    assert found.confidence == "low" or (found.phase, found.shape) == ("hcp", "cube")
    assert "hcp" in {a["phase"] for a in found.alternatives if a["refined"]}


@pytest.mark.slow
def test_a_shape_that_is_not_settled_is_said_and_widens_the_size():
    # A range that ends before the form factor tells a sphere from a cube.
    q = np.linspace(0.4, 1.7, 160)
    model = LatticeModel(
        lattice="fcc",
        spacing_nm=6.5,
        body=Sphere(diameter_nm=4.5),
        size_spread=0.08,
        displacement_nm=0.2,
        domain_nm=120,
    )
    found = measure_saxs(counted(q, model.intensity(q) + 3e-2, counts=3e3, seed=2))
    size = 2 * found.radius_nm if found.radius_nm else found.edge_nm * (6 / np.pi) ** (1 / 3)
    sd = found.size_sd_nm * (2 if found.radius_nm else (6 / np.pi) ** (1 / 3))
    assert found.shape == "sphere" or found.shape_confidence == "low"
    assert found.shape_confidence == "low" or abs(size - 4.5) < 4 * sd
    assert (found.shape_confidence == "low") == bool(found.shape_reasons)


@pytest.mark.parametrize(("edge", "nearest", "seed"), [(8.6, 11.0, 0), (8.6, 11.0, 1), (10.0, 12.5, 2)])
@pytest.mark.slow
def test_cubes_that_turn_freely_on_a_simple_cubic_lattice_are_not_bcc(edge, nearest, seed):
    found = measure_saxs(counted_crystal("sc", cube(edge), nearest, seed=seed, counts=1e5))
    assert found.phase == "sc" or found.confidence == "low"
    if found.phase == "sc":
        assert found.nearest_nm == pytest.approx(nearest, rel=0.01)


@pytest.mark.slow
def test_without_the_seventh_ring_bcc_and_sc_are_not_settled():
    curve = counted_crystal("bcc", Sphere(diameter_nm=6.0), 9.0, counts=1e5)
    rings = 2 * np.pi / 9.0 * np.sqrt(1.5) * np.sqrt(np.arange(1, 8))
    whole = measure_saxs(curve)
    cut = measure_saxs(curve, q_range_inv_nm=(0.25, float(rings[5] + rings[6]) / 2))
    assert (whole.phase, whole.confidence) == ("bcc", "high")
    assert cut.confidence == "low"
    assert any("seventh ring" in reason for reason in cut.reasons)


@pytest.mark.slow
def test_a_spike_beside_the_beam_stop_is_not_the_lattice():
    q = np.geomspace(0.05, 2.0, 400)
    model = LatticeModel(
        lattice="bcc", spacing_nm=12.44, body=Sphere(diameter_nm=4.0), size_spread=0.1, displacement_nm=0.3,
        domain_nm=120, background=1e-3,
    )  # fmt: skip
    intensity = model.intensity(q) * 1e3 + 20
    noisy = intensity * (1 + 0.01 * np.random.default_rng(3).normal(size=len(q)))
    noisy[22:25] *= (3, 6, 4)
    found = measure_saxs(MeasuredCurve(q_inv_nm=q, intensity=noisy))
    assert found.phase == "bcc"
    assert found.a_nm == pytest.approx(14.36, rel=0.005)
    # q ends before the first minimum of these small spheres: nothing tells them from cubes.
    assert found.shape_confidence == "low"


@pytest.mark.slow
def test_the_phase_does_not_depend_on_the_grid_of_q():
    found = []
    for q in (np.linspace(0.15, 3.5, 400), np.geomspace(0.15, 3.5, 400), np.geomspace(0.05, 3.5, 900)):
        model = LatticeModel(
            lattice="bcc", spacing_nm=12.0, body=Sphere(diameter_nm=8.4), size_spread=0.08, displacement_nm=0.3,
            domain_nm=120, locked=False,
        )  # fmt: skip
        noisy = (model.intensity(q) + 1e-3) * (1 + 0.01 * np.random.default_rng(1).normal(size=len(q)))
        found.append(measure_saxs(MeasuredCurve(q_inv_nm=q, intensity=noisy)))
    assert {f.phase for f in found} == {"bcc"}
    np.testing.assert_allclose([f.nearest_nm for f in found], 12.0, rtol=2e-3)


@pytest.mark.slow
@pytest.mark.parametrize("case", ["saxs-log-grid-phase/bcc_log_grid.dat", "saxs-traceback-low-q-peak/spike.dat"])
def test_the_cases_of_bcc_on_a_logarithmic_grid_are_bcc(case):
    """One of them was hcp, the other a traceback; both were drawn with a = 14.36 nm."""
    path = DATA.parent / "cases" / case
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    found = measure_saxs(path, q_unit="1/angstrom")
    assert found.phase == "bcc"
    assert found.a_nm == pytest.approx(14.36, rel=0.005)


def test_a15_is_named():
    found = measure_saxs(counted_crystal("A15", Sphere(diameter_nm=6.5), 8.0))
    assert (found.phase, found.confidence) == ("A15", "high")
    assert found.a_nm == pytest.approx(16.0, rel=2e-3)


def layers(period_nm, orders=7):
    """Orders of a stack of layers with strengths of no law, as of collagen."""
    q = np.linspace(0.1, 2 * np.pi * (orders + 0.6) / period_nm, 500)
    heights = np.random.default_rng(5).uniform(0.3, 1.0, orders) * 0.7 ** np.arange(orders)
    at = 2 * np.pi / period_nm * np.arange(1, orders + 1)
    peaks = sum(h * np.exp(-(((q - a) / 0.008) ** 2) / 2) for h, a in zip(heights, at, strict=True))
    return counted(q, peaks + 0.02 + 0.02 * (q / 0.1) ** -3, counts=1e5)


def test_a_stack_of_layers_is_named_with_its_period():
    found = measure_saxs(layers(30.0))
    assert (found.phase, found.confidence) == ("lamellar", "high")
    assert found.a_nm == pytest.approx(30.0, rel=2e-3)
    assert found.shape_confidence == "low"
    assert "a stack of layers, period" in found.summary()


@pytest.mark.slow
def test_sharp_peaks_of_no_known_lattice_are_ordered_with_an_unknown_phase():
    q = np.linspace(0.2, 3.5, 500)
    at = [0.81, 0.99, 1.17, 1.34, 1.61, 1.93, 2.09, 2.71]
    peaks = sum(np.exp(-(((q - a) / 0.008) ** 2) / 2) for a in at)
    found = measure_saxs(counted(q, 0.3 * peaks + 0.02 + 0.3 * np.exp(-((q * 2.5) ** 2) / 5), counts=1e5))
    assert found.confidence == "low"
    assert (found.phase == "unknown") == (found.a_nm is None)
    assert sum(min(abs(q - a) for q in found.peaks_inv_nm) < 0.01 for a in at) >= 7
    if found.phase == "unknown":
        assert "ordered, phase unknown" in found.summary()


@pytest.mark.parametrize(
    ("q_range", "words"), [((3.0, 1.0), "must rise"), ((40.0, 50.0), "holds no points"), ((1.0, 1.1), "usable points")]
)
def test_a_range_of_q_that_holds_too_little_is_refused(q_range, words):
    with pytest.raises(InputError, match=words):
        measure_saxs(counted_crystal("fcc", Sphere(diameter_nm=7.0), 9.0), q_range_inv_nm=q_range)


def test_equal_columns_leave_their_factors_unknown():
    column = np.linspace(1, 2, 9)[:, None]
    other = np.cos(np.arange(9.0))[:, None]
    alone, third = parameter_sds(np.hstack([column, other]), 1.0)
    made = parameter_sds(np.hstack([column, column, other]), 1.0)
    assert np.isfinite(alone)
    assert np.isinf(made[:2]).all()
    assert made[2] == pytest.approx(third, rel=1e-6)
    exact = np.sqrt(np.diag(np.linalg.inv(np.hstack([column, other]).T @ np.hstack([column, other]))))
    np.testing.assert_allclose([alone, third], exact, rtol=1e-9)


_CASES = {
    "phase": st.sampled_from(["fcc", "bcc", "hcp", "sc", "sc free", "A15"]),
    "log_grid": st.booleans(),
    "size_nm": st.floats(4.5, 9.0),
    "gap_nm": st.floats(1.0, 3.0),
    "disorder": st.floats(0.015, 0.05),
    "cumulative": st.booleans(),
    "domains": st.floats(8.0, 25.0),
    "free": st.sampled_from([0.0, 0.2]),
    "porod": st.floats(-4.0, -1.5),
    "flat": st.floats(-4.0, -2.0),
    "gradient": st.floats(-0.8, 0.8),
    "harmonic": st.sampled_from([1.0, 1.0, 4.0, 12.0]),
    "counts": st.floats(3.0, 5.5),
    "points": st.sampled_from([90, 300, 1500]),
    "seed": st.integers(0, 10**6),
}


def check_never_sure_and_wrong(case):
    """A curve with everything that spoils one: right to 1 %, or openly unsure."""
    rng = np.random.default_rng(case["seed"])
    phase, locked = case["phase"].split()[0], case["phase"] == "sc"
    body = cube(case["size_nm"]) if phase == "sc" else Sphere(diameter_nm=case["size_nm"])
    nearest = case["size_nm"] + case["gap_nm"]
    grid = np.geomspace if case["log_grid"] else np.linspace
    q = grid(0.15, min(5.0, 36 / case["size_nm"]), case["points"])
    disorder = case["disorder"] * nearest
    model = LatticeModel(
        lattice=phase, spacing_nm=nearest, body=body, size_spread=0.06, locked=locked,
        displacement_nm=0.3 * disorder if case["cumulative"] else disorder,
        paracrystal_nm=disorder if case["cumulative"] else 0.0, domain_nm=case["domains"] * nearest,
    )  # fmt: skip
    free = form_factor(body, q, size_spread=0.06).intensity
    intensity = model.intensity(q) + case["free"] * free
    first = q[np.argmax(np.where(q > 4.0 / nearest, model.intensity(q) / free, 0.0))]
    # A texture, or a harmonic of the optics: everything near twice the first order is stronger.
    intensity *= 1 + (case["harmonic"] - 1) * np.exp(-(((q / first - 2) / 0.15) ** 2) / 2)
    intensity *= 1 + case["gradient"] * (q - q[0]) / (q[-1] - q[0])
    intensity += intensity.max() * (10 ** case["porod"] * (q / q[0]) ** -4 + 10 ** case["flat"])
    found = measure_saxs(counted(q, intensity, counts=10 ** case["counts"], seed=rng))
    if found.confidence == "high":
        assert found.phase == phase
        assert found.nearest_nm == pytest.approx(nearest, rel=0.01)
    else:
        assert found.reasons


# Hundreds of such curves are what benchmarks/validation/saxs.py measures.
@pytest.mark.slow
@given(st.fixed_dictionaries(_CASES))
@settings(deadline=None, max_examples=8)
def test_never_sure_and_wrong(case):
    check_never_sure_and_wrong(case)


@pytest.mark.parametrize(("spoil", "words"), [("shuffled", "must rise"), ("repeated", "repeated values")])
def test_rows_out_of_order_or_repeated_are_refused_in_one_line(spoil, words, tmp_path):
    rows = np.column_stack([np.linspace(0.25, 4.0, 100), np.geomspace(10, 0.1, 100)])
    rows = np.random.default_rng(0).permutation(rows) if spoil == "shuffled" else np.repeat(rows, 2, axis=0)
    np.savetxt(tmp_path / "curve.dat", rows)
    with pytest.raises(InputError, match=words) as error:
        measure_saxs(tmp_path / "curve.dat", q_unit="1/nm")
    assert "\n" not in str(error.value)


def authors():
    if not DATA.is_dir():
        return []
    with (DATA / "authors_fits.csv").open() as stream:
        return list(csv.DictReader(stream))


@needs_data
@pytest.mark.slow
@pytest.mark.parametrize("row", authors(), ids=lambda row: row["file"])
def test_curves_with_their_authors_values(row):
    found = measure_saxs(DATA / row["file"], q_unit="1/angstrom")
    if row["file"] == "R5_SAXS_0076.dat":
        assert found.phase == "none"
    elif row["class"] == "dilute spheres":
        assert found.phase == "none"
        assert found.radius_nm == pytest.approx(float(row["r_spheres_A"]) / 10, rel=0.03)
        assert found.size_spread == pytest.approx(float(row["sigma_r_rel"]), abs=0.03)
    else:
        assert found.phase == row["class"].split("+")[0]
        assert found.a_nm == pytest.approx(float(row["a_A"]) / 10, rel=0.01)


@needs_data
@pytest.mark.slow
def test_peaks_0_is_fcc_of_12_90_nm():
    found = measure_saxs(DATA / "peaks_0.dat", q_unit="1/angstrom")
    assert found.phase == "fcc"
    assert found.a_nm == pytest.approx(12.90, rel=0.01)


def test_a_fit_of_locked_cubes_has_the_models_diffuse_part():
    # That of cubes turned at random is up to twice as high between the rings.
    q = np.linspace(0.4, 4.0, 500)
    model = LatticeModel(
        lattice="sc", spacing_nm=9.0, body=cube(7.0), size_spread=0.06, displacement_nm=0.36, domain_nm=200.0
    )
    trial = Trial(
        phase="sc",
        shape="cube",
        size_nm=7.0,
        size_spread=0.06,
        nearest_nm=9.0,
        displacement=0.04,
        sigma_inv_nm=0.9 * 2 * np.pi / 200.0 / 2.3548,
        hwhm_inv_nm=1e-6,
        locked=True,
    )
    clean = model.intensity(q)
    found = solve(fit_data(MeasuredCurve(q_inv_nm=q, intensity=clean)), trial, texture=False)
    between = np.abs(q[:, None] * 9.0 / 2 / np.pi - np.sqrt(np.arange(1, 30))).min(axis=1) > 0.08
    assert np.count_nonzero(between) > 40
    np.testing.assert_allclose(found.model[between], clean[between], rtol=0.02)


@pytest.mark.parametrize("law", ["normal", "log-normal"])
def test_sizes_of_another_law_are_inside_the_stated_errors(law):
    spread, rng = 0.1, np.random.default_rng(11)
    x = np.linspace(-4, 4, 41)
    sizes = 7.0 * (1 + spread * x if law == "normal" else np.exp(spread * x - spread**2 / 2))
    weights = np.exp(-(x**2) / 2) / np.exp(-(x**2) / 2).sum()
    q = np.linspace(0.1, 5.0, 250)
    u = q[:, None] * sizes / 2
    p = (3 * (np.sin(u) - u * np.cos(u)) / u**3 * sizes**3) ** 2 @ weights / (weights @ sizes**6)
    counts = 3e5 * (p + 2e-4)
    found = measure_saxs(MeasuredCurve(q_inv_nm=q, intensity=rng.poisson(counts).astype(float), sd=np.sqrt(counts)))
    assert (found.phase, found.shape) == ("none", "sphere")
    assert abs(2 * found.radius_nm - 7.0) < 2.5 * 2 * found.size_sd_nm < 0.2
    assert abs(found.size_spread - spread) < 2.5 * found.size_spread_sd < 0.015


@pytest.mark.parametrize("phase", ["fcc", "sc"])
def test_what_a_resolution_does_to_a_spacing_is_known(phase):
    # Instruments smear the product of particles and lattice, where the fit widens the lattice alone: on the flank of a
    # form factor peaks then seem to lie at higher q.
    cubes = phase == "sc"
    trial = Trial(
        phase=phase,
        shape="cube" if cubes else "sphere",
        locked=cubes,
        size_nm=6.5,
        size_spread=0.07,
        nearest_nm=8.5,
        sigma_inv_nm=0.014,
        hwhm_inv_nm=0.005,
        displacement=0.04,
    )
    q = np.linspace(0.25, 3.5, 1600)
    particles = particle_averages(trial.shape, q, trial.size_nm, trial.size_spread, locked=cubes)
    lattice = lattice_columns(q, trial, particles)
    sharp = lattice.diffuse + lattice.peaks.sum(axis=1)
    offs = []
    for intensity in (sharp, smeared(q, sharp, 0.012)):
        data = fit_data(MeasuredCurve(q_inv_nm=q[::3], intensity=intensity[::3] + 1e-4))
        solution = refine(data, trial)
        offs.append(solution.trial.nearest_nm - 8.5)
    shift = resolution_shifts(data, solution, np.full(len(data.q_inv_nm), 0.012))["nearest_nm"]
    assert offs[1] - offs[0] < -0.002
    assert shift == pytest.approx(offs[1] - offs[0], rel=0.35)


def test_a_stack_has_the_flank_of_a_powder_of_layers():
    # Layers scatter into spots along their normal; a powder of them spreads each over a sphere of area 4 pi q^2.
    q = np.linspace(0.6, 2.0, 1401)
    trial = Trial(
        phase="lamellar",
        shape="sphere",
        size_nm=6.0,
        size_spread=0.1,
        nearest_nm=8.0,
        sigma_inv_nm=0.02,
        hwhm_inv_nm=0.0,
    )
    made = lattice_columns(q, trial, particle_averages("sphere", q, 6.0, 0.1))
    at = made.positions[0]
    even = made.peaks[:, 0] * q**2
    left, right = (np.interp(at + s * np.linspace(0.01, 0.04, 4), q, even) for s in (-1, 1))
    np.testing.assert_allclose(left, right, rtol=2e-3)


def test_a_bct_beside_lattices_that_explain_half_may_be_a_mixture():
    def fit(phase, misfit):
        trial = Trial(phase=phase, shape="sphere", size_nm=7.0, size_spread=0.06)
        none = np.zeros(0)
        return Solution(trial, none, none, none, none, np.array([misfit**0.5]), none)

    # The misfits of fcc and hcp in the ratio 0.6 to 0.4, and those of bct of its own.
    assert mixture_doubts(fit("bct", 189.0), [fit("fcc", 272.0), fit("hcp", 454.0)])
    assert not mixture_doubts(fit("bct", 20.0), [fit("bcc", 1800.0), fit("fcc", 3000.0)])
    assert not mixture_doubts(fit("fcc", 189.0), [fit("hcp", 272.0)])
    assert mixture_doubts(fit("hcp", 408.0), [fit("bct", 405.0), fit("fcc", 518.0)])
    assert not mixture_doubts(fit("hcp", 100.0), [fit("bct", 141.0), fit("fcc", 300.0)])


def test_a_spacing_that_a_person_fixed_is_not_corrected():
    curve = counted_crystal("fcc", Sphere(diameter_nm=7.0), 9.0)
    data = replace(fit_data(curve), control=FitControl(fixed={"nearest_nm": 9.0}))
    trial = Trial(phase="fcc", shape="sphere", size_nm=7.0, size_spread=0.06, nearest_nm=9.0)
    shifts = resolution_shifts(data, solve(data, trial), np.full(len(data.q_inv_nm), 0.01))
    assert "nearest_nm" not in shifts
    assert "size_nm" in shifts
