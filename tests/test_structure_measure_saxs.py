"""SAXS measurement: phases known by construction, the authors' own curves, and never high confidence and wrong."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from counted_curves import counted, counted_crystal
from hypothesis import given, settings, strategies as st

from packing.errors import InputError
from packing.shapes import Sphere, cube
from structure.crystals.reciprocal import lattice_parameters
from structure.form_factors.average import form_factor
from structure.measured.curve import MeasuredCurve
from structure.measured.data import fit_data
from structure.saxs.lattice_model import LatticeModel
from structure.saxs_fit import phases as saxs_fit_phases
from structure.saxs_fit.measure import measure_saxs
from structure.saxs_fit.model import Trial
from structure.saxs_fit.particles import particle_averages
from structure.saxs_fit.solving import solve

DATA = Path(os.environ.get("SUPERLATTICE_DATA", Path(__file__).parents[2] / "shared" / "data")) / "saxs"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"measured curves are not in {DATA}")


@pytest.mark.parametrize(("shape", "body"), [("sphere", Sphere(diameter_nm=7.0)), ("cube", cube(7.0))])
def test_particle_averages_agree_with_the_form_factor_of_the_room(shape, body):
    q = np.linspace(0.05, 5.0, 80)
    fast, full = particle_averages(shape, q, 7.0, 0.05), form_factor(body, q, size_spread=0.05)
    np.testing.assert_allclose(fast.intensity, full.intensity, rtol=3e-3, atol=1e-7)
    np.testing.assert_allclose(fast.coherent_random, full.coherent_random, rtol=2e-2, atol=1e-6)


@pytest.mark.parametrize("phase", ["fcc", "bcc"])
def test_spheres_on_a_known_lattice(phase, tmp_path):
    found = measure_saxs(counted_crystal(phase, Sphere(diameter_nm=7.0), 9.0))
    assert found.phase == phase
    assert found.nearest_nm == pytest.approx(9.0, rel=0.003)
    assert found.a_nm == pytest.approx(lattice_parameters(phase, 9.0, None)[0], rel=0.003)
    assert found.radius_nm == pytest.approx(3.5, rel=0.02)
    assert found.confidence == "high"
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
    monkeypatch.setattr(saxs_fit_phases, "_possible", lambda solution: False)
    curve = counted_crystal("fcc", Sphere(diameter_nm=7.0), 9.0)
    data = fit_data(curve)
    trial = Trial(phase="fcc", shape="sphere", size_nm=7.0, size_spread=0.06, nearest_nm=9.0)
    assert saxs_fit_phases._polished(data, [solve(data, trial)], None) == ([], None)


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
    assert found.shape == "sphere" or "low" in (found.shape_confidence, found.confidence)
    assert found.confidence == "low" or abs(size - 4.5) < 4 * sd


_CASES = {
    "phase": st.sampled_from(["fcc", "bcc", "hcp", "sc"]),
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
    body = cube(case["size_nm"]) if case["phase"] == "sc" else Sphere(diameter_nm=case["size_nm"])
    nearest = case["size_nm"] + case["gap_nm"]
    q = np.linspace(0.15, min(5.0, 36 / case["size_nm"]), case["points"])
    disorder = case["disorder"] * nearest
    model = LatticeModel(
        lattice=case["phase"], spacing_nm=nearest, body=body, size_spread=0.06, locked=case["phase"] == "sc",
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
        assert found.phase == case["phase"]
        assert found.nearest_nm == pytest.approx(nearest, rel=0.01)
    else:
        assert found.reasons


@given(st.fixed_dictionaries(_CASES))
@settings(deadline=None, derandomize=True, max_examples=3)
def test_never_sure_and_wrong(case):
    check_never_sure_and_wrong(case)


@pytest.mark.slow
@given(st.fixed_dictionaries(_CASES))
@settings(deadline=None, derandomize=True, max_examples=25)
def test_never_sure_and_wrong_over_many_curves(case):
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
