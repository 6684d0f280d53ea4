"""Scans of multilayers beside a study and in a sweep: period, gap and what they say of cubes."""

import csv
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import tomli_w

import superlattice as sl
from packing.errors import InputError
from packing.shapes import Cuboid, Sphere, cube
from structure.diffraction.multilayer import Multilayer, multilayer_intensity
from structure.diffraction.multilayer_planes import perovskite_planes
from structure.measured.curve import MeasuredCurve
from structure.study_fit.fit import observed_by
from structure.xrd_fit.measure import measure_xrd
from structure.xrd_fit.result import XrdMeasurement
from superlattice.campaign.campaign import make_campaign, open_campaign
from superlattice.campaign.jobs import expand
from superlattice.cli import main
from superlattice.comparison.sides import compare
from superlattice.comparison.spacings import Measurements, Side, measurement_rows
from superlattice.measuring.many import measure_files
from superlattice.measuring.series import series_of
from superlattice.steps.prediction import predict_study
from superlattice.study.study import Study

TABLES = {
    "nanocrystal": {"material": "CsPbBr3", "edge_nm": 8.2},
    "ligand": {"name": "oleate"},
}


def write_scan(path: Path, gap_nm: float, seed: int = 0) -> float:
    """A counted scan of 7 layers of cubes of 29 planes; returns its period [nm]."""
    film = Multilayer(planes=perovskite_planes("CsPbBr3"), n_planes=29, n_layers=7, gap_nm=gap_nm, gap_sd_nm=0.08)
    q = np.linspace(9.2, 12.4, 160)
    pure = multilayer_intensity(q, film)
    np.savetxt(path, np.column_stack([q, np.random.default_rng(seed).poisson(2e4 * pure / pure.max() + 5)]))
    return film.period_nm


def measured_stack(period_nm: float = 11.0) -> XrdMeasurement:
    q = np.linspace(9.2, 12.4, 20)
    return XrdMeasurement(
        period_nm=period_nm, period_sd_nm=0.02, gap_nm=2.8, gap_sd_nm=0.03, sigma_nm=0.11, sigma_sd_nm=0.011,
        n_layers=7.0, n_layers_sd=1.0, n_planes=29, n_planes_others=(), plane_spacing_nm=0.2935,
        plane_spacing_sd_nm=1e-4, termination="CsBr", misfit=1.0, confidence="high", reasons=("fits",),
        curve=MeasuredCurve(q_inv_nm=q, intensity=1.0 + np.arange(20), sd=np.ones(20)), model=np.ones(20),
    )  # fmt: skip


def test_the_period_of_a_stack_is_the_spacing_of_cubes_alone():
    seen = {o.quantity: o for o in observed_by(measured_stack(), "XRD", cube(8.2))}
    assert (seen["spacing_nm"].value, seen["spacing_nm"].sd) == (11.0, 0.02)
    assert seen["cumulative_disorder"].value == pytest.approx(0.01)
    assert seen["cumulative_disorder"].sd == pytest.approx(0.001)
    # Layers of spheres may be closer than neighbours are, and a plate lies on any of its faces.
    for shape in (Sphere(diameter_nm=8.2), Cuboid(edges_nm=(2.0, 8.0, 8.0))):
        assert observed_by(measured_stack(), "XRD", shape) == ()


def test_a_stack_stands_in_the_table_of_spacings():
    study = Study.from_text(tomli_w.dumps(TABLES))
    side = Side(name="", ligand="oleate", prediction=predict_study(study))
    (row,) = measurement_rows(side, Measurements(xrd=measured_stack()))
    assert (row.route, row.period_nm, row.period_sd_nm) == ("measured", 11.0, 0.02)
    assert row.gap_nm == pytest.approx(11.0 - 8.2)
    assert "2.800 ± 0.030 nm between outermost planes" in row.note


def test_each_job_of_a_sweep_has_its_own_scan(tmp_path):
    for name in ("c8.dat", "c18.dat"):
        (tmp_path / name).write_text(name)
    samples = [
        {"when": {"ligand.n_carbons": n}, "xrd": {"curve": f"c{n}.dat", "q_unit": "1/nm", "material": "CsPbBr3"}}
        for n in (8, 18)
    ]
    tables = TABLES | {"ligand": {"coverage_per_nm2": 3.0}, "compare": {"sample": samples}}
    tables |= {"sweep": {"ligand.n_carbons": [8, 18]}, "packing": {"n_samples": 100}}
    jobs = expand(tables, source="s", folder=tmp_path, name="s", simulated=False)
    campaign = make_campaign(jobs, tmp_path / "out", goal="predict")
    for job in open_campaign(tmp_path / "out").job_ids():
        study = campaign.study(job)
        table = study.compare.xrd
        assert study.path(table.curve).read_text() == f"c{campaign.values(job)['ligand.n_carbons']}.dat"
        assert table.q_unit == "1/nm"


def test_options_of_a_scan_that_is_not_given_are_not_dropped(tmp_path):
    (tmp_path / "s.toml").write_text(tomli_w.dumps(TABLES))
    with pytest.raises(InputError, match="Give --xrd CURVE too"):
        sl.compare(tmp_path / "s.toml", wavelength_nm=0.154)


@pytest.mark.slow
def test_a_scan_is_measured_beside_its_study_and_in_its_sweep(tmp_path, capsys, monkeypatch):
    # Where to look and how thick the cubes are: the search of both is tested elsewhere, and takes a minute.
    known = sl.FitControl(fixed={"n_layers": 7.0, "n_planes": 29})
    quick = partial(measure_xrd, periods_nm=(10.5, 12.0), n_bootstrap=4, control=known)
    monkeypatch.setattr("structure.xrd_fit.measure.measure_xrd", quick)
    period = write_scan(tmp_path / "c8.dat", 2.6)
    (tmp_path / "bad.dat").write_text("1 2\n2 3\n")
    q_range = [9.3, 12.3]
    tables = TABLES | {"compare": {"xrd": {"curve": "c8.dat", "q_unit": "1/nm", "q_range_inv_nm": q_range}}}
    (tmp_path / "one.toml").write_text(tomli_w.dumps(tables))
    out = tmp_path / "compared"
    assert main(["compare", str(tmp_path / "one.toml"), "--save", str(out)]) == 0
    told = capsys.readouterr().out
    assert "XRD, period of the stack" in told
    assert f"{period:.2f}" in told
    assert {"xrd.png", "xrd.json", "fit.csv"} <= {p.name for p in (out / "measured_xrd").iterdir()}
    sweep = {
        "ligand": {"coverage_per_nm2": 3.0},
        "packing": {"n_samples": 100},
        "sweep": {"ligand.n_carbons": [8, 18]},
        "compare": {
            "sample": [
                {"when": {"ligand.n_carbons": n}, "xrd": {"curve": file, "q_unit": "1/nm"}}
                for n, file in ((8, "c8.dat"), (18, "bad.dat"))
            ]
        },
    }
    (tmp_path / "sweep.toml").write_text(tomli_w.dumps(TABLES | sweep))
    made = tmp_path / "campaign"
    assert main(["batch", str(tmp_path / "sweep.toml"), "--out", str(made), "--predict-only"]) == 0
    assert main(["collect", str(made)]) == 0
    rows = {
        int(row["ligand.n_carbons"]): row
        for row in csv.DictReader((made / "collected" / "table.csv").read_text().splitlines())
    }
    assert float(rows[8]["measured_xrd_period_nm"]) == pytest.approx(period, rel=2e-3)
    assert "bad.dat" in rows[18]["measured_note"]
    assert "measured, XRD" in (made / "collected" / "campaign.html").read_text()


@pytest.mark.slow
def test_the_period_of_a_series_of_scans_drifts_within_its_errors(tmp_path):
    gaps = (2.6, 2.7, 2.8, 2.9)
    periods = [write_scan(tmp_path / f"t{i}.dat", gap, seed=i) for i, gap in enumerate(gaps)]
    options = {
        "q_unit": "1/nm", "periods_nm": (10.5, 12.0), "n_bootstrap": 8,
        "control": sl.FitControl(fixed={"n_layers": 7.0, "n_planes": 29}),
    }  # fmt: skip
    table = measure_files("xrd", [tmp_path / f"t{i}.dat" for i in range(4)], options=options, jobs=1)
    assert [row["error"] for row in table.rows] == [""] * 4
    trend = next(t for t in series_of(table, "time_h", [0, 1, 2, 3]).trends if t.quantity == "period_nm")
    assert abs(trend.change - (periods[-1] - periods[0])) < 3.5 * trend.change_sd
    # A tenth of the change is told: the test is not empty.
    assert trend.change_sd < 0.1 * trend.change


def test_a_stack_alone_is_beside_a_study_with_what_it_says_of_the_gap(monkeypatch):
    from superlattice.comparison import sides

    study = Study.from_text(tomli_w.dumps(TABLES))
    monkeypatch.setattr(sides, "measure_files", lambda _: Measurements(xrd=measured_stack()))
    made = compare(study, [Side(name="", ligand="oleate", prediction=predict_study(study))])
    assert made.data is not None
    assert made.data.inputs is not None
    assert made.data.inputs.values["spacing_nm"] == pytest.approx(11.0)
    assert made.to_dict()["measurements"]["xrd"]["period_nm"] == 11.0
