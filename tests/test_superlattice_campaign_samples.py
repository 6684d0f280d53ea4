"""Measured files of a sweep: each job beside its own sample."""

import csv
from pathlib import Path

import numpy as np
import pytest
import tomli_w

from packing.errors import InputError
from packing.shapes import Sphere
from structure.saxs.lattice_model import LatticeModel
from superlattice.campaign.campaign import make_campaign, open_campaign
from superlattice.campaign.jobs import expand
from superlattice.cli import main

TABLES = {
    "nanocrystal": {"material": "PbS", "shape": "sphere", "diameter_nm": 6.0},
    "packing": {"lattices": ["fcc", "bcc"], "n_samples": 100},
    "sweep": {"ligand.n_carbons": [8, 18]},
}
SPACINGS_NM = {8: 7.4, 18: 8.6}


def write_curve(path: Path, nearest_nm: float) -> None:
    model = LatticeModel(
        lattice="fcc", spacing_nm=nearest_nm, body=Sphere(diameter_nm=6.0), size_spread=0.06, displacement_nm=0.3,
        domain_nm=120, background=1e-3,
    )  # fmt: skip
    q = np.linspace(0.3, 3.5, 200)
    pure = model.intensity(q)
    np.savetxt(path, np.column_stack([q, np.random.default_rng(3).poisson(pure * 1e5 / pure.max())]))


def swept(folder: Path, samples: list[dict]) -> dict:
    for n, nearest in SPACINGS_NM.items():
        if not (folder / f"c{n}.dat").exists():
            write_curve(folder / f"c{n}.dat", nearest)
    return TABLES | {"ligand": {"coverage_per_nm2": 4.0}, "compare": {"sample": samples}}


def sample(n_carbons: int, file: str) -> dict:
    return {"when": {"ligand.n_carbons": n_carbons}, "saxs": {"curve": file, "q_unit": "1/nm"}}


def test_each_job_has_the_files_of_its_own_sample(tmp_path):
    tables = swept(tmp_path, [sample(8, "c8.dat"), sample(18, "c18.dat")])
    jobs = expand(tables, source="s", folder=tmp_path, name="s", simulated=False)
    campaign = make_campaign(jobs, tmp_path / "out", goal="predict")
    for job in open_campaign(tmp_path / "out").job_ids():
        study = campaign.study(job)
        n = campaign.values(job)["ligand.n_carbons"]
        assert study.compare.sample == ()
        path = study.path(study.compare.saxs.curve)
        assert path.read_bytes() == (tmp_path / f"c{n}.dat").read_bytes()
        # A copy in the campaign: the original may go.
        assert (tmp_path / "out") in path.parents


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        ([sample(9, "c8.dat")], r"compare.sample 1: no job of the sweep has ligand.n_carbons = 9"),
        (
            [{"when": {"ligand.n_carbon": 8}, "saxs": {"curve": "c8.dat", "q_unit": "1/nm"}}],
            "Did you mean 'ligand.n_carbons'",
        ),
        ([{"when": {"ligand.n_carbons": 8}}], "a sample needs tem, saxs or xrd"),
        ([sample(8, "gone.dat")], "gone.dat is not a file"),
    ],
)
def test_a_sample_of_no_job_is_one_line(tmp_path, samples, words):
    with pytest.raises(InputError, match=words) as error:
        make_campaign(
            expand(swept(tmp_path, samples), source="s", folder=tmp_path, name="s", simulated=False),
            tmp_path / "out",
            goal="predict",
        )
    assert "\n" not in str(error.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_measured_samples_stand_in_their_rows_and_in_the_figure(tmp_path, capsys):
    (tmp_path / "bad.dat").write_text("1 2 3\nnothing\n")
    tables = swept(tmp_path, [sample(8, "c8.dat"), sample(18, "c18.dat"), sample(12, "bad.dat")])
    tables["sweep"] = {"ligand.n_carbons": [8, 12, 18]}
    (tmp_path / "s.toml").write_text(tomli_w.dumps(tables))
    out = tmp_path / "out"
    assert main(["batch", str(tmp_path / "s.toml"), "--out", str(out), "--predict-only"]) == 0
    assert main(["collect", str(out)]) == 0
    rows = {
        int(r["ligand.n_carbons"]): r
        for r in csv.DictReader((out / "collected" / "table.csv").read_text().splitlines())
    }
    for n, nearest in SPACINGS_NM.items():
        assert float(rows[n]["measured_saxs_period_nm"]) == pytest.approx(nearest, rel=0.003)
        assert float(rows[n]["predicted_period_nm"]) > 6.0
    assert "bad.dat" in rows[12]["measured_note"]
    assert rows[12]["measured_saxs_period_nm"] == ""
    page = (out / "collected" / "campaign.html").read_text()
    assert "A sample was not measured" in page
    # The same files by `measure`, beside the campaign.
    (tmp_path / "samples.csv").write_text("file,ligand.n_carbons\nc8.dat,8\nc18.dat,18\n")
    capsys.readouterr()
    arguments = [str(tmp_path / "c8.dat"), str(tmp_path / "c18.dat"), "--q-unit", "1/nm", "--jobs", "1"]
    series = ["--against", f"ligand.n_carbons={tmp_path / 'samples.csv'}", "--beside", str(out)]
    saved = tmp_path / "measured"
    assert main(["measure", "saxs", *arguments, *series, "--save", str(saved), "--format", "svg"]) == 0
    assert "predicted" in (saved / "series.svg").read_text()
