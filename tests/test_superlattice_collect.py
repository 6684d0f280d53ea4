"""What a campaign says in the end: the table, its files, the figures and the page."""

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from PIL import Image

from assembly.how import How
from packing.shapes import cube
from structure.crystals.build import build_crystal
from structure.imaging.tem import simulate_tem
from superlattice.campaign.action import act
from superlattice.campaign.campaign import Campaign, make_campaign
from superlattice.campaign.collect_figures import MODEL_WORDS, drawings, plot_order, plot_phase_map, plot_spacing
from superlattice.campaign.jobs import expand_file
from superlattice.campaign.tables import collect, prediction_columns, simulation_columns
from superlattice.cli import main
from superlattice.comparison.spacings import MEANING
from superlattice.steps.prediction import predict_study

STUDY = """
title = "edges & ligands"
[nanocrystal]
material = "CsPbBr3"
[ligand]
coverage_per_nm2 = 3.0
[packing]
n_samples = 100
[sweep]
ligand.n_carbons = [8, 12]
nanocrystal.edge_nm = [6.0, 8.0]
"""


def predicted(folder: Path, text: str = STUDY) -> Campaign:
    (folder / "study.toml").write_text(text)
    campaign = make_campaign(expand_file(folder / "study.toml", simulated=False), folder / "out", goal="predict")
    for job in campaign.job_ids():
        assert act("predict", campaign.workspace / job, How()).status == "completed"
    return campaign


def test_every_row_is_the_prediction_of_its_study(tmp_path: Path) -> None:
    campaign = predicted(tmp_path)
    table = collect(campaign)
    assert len(table.rows) == 4
    for row in table.rows:
        answer = predict_study(campaign.study(row["job"]))
        assert row["nanocrystal.edge_nm"] == answer.core_nm
        assert row["predicted_period_nm"] == pytest.approx(answer.period_nm, rel=1e-12)
        assert row["predicted_fill_nm"] < row["predicted_round_nm"] < row["predicted_plate_nm"]
    assert table.numeric_keys() == ["ligand.n_carbons", "nanocrystal.edge_nm"]


def test_csv_and_parquet_hold_the_same_numbers(tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    table = collect(predicted(tmp_path))
    files = table.save(tmp_path / "made")
    assert [f.name for f in files] == ["table.csv", "table.parquet"]
    rows = list(csv.DictReader(io.StringIO(files[0].read_text())))
    columns = pq.read_table(files[1]).to_pydict()
    assert list(columns) == list(rows[0])
    for name, values in columns.items():
        assert [("" if v is None else str(v)) for v in values] == [row[name] for row in rows]


def test_pandas_gets_the_columns_of_the_file(tmp_path: Path) -> None:
    pd = pytest.importorskip("pandas")
    table = collect(predicted(tmp_path))
    table.save(tmp_path / "made")
    read = pd.read_parquet(tmp_path / "made" / "table.parquet")
    pd.testing.assert_frame_equal(table.to_pandas(), read, check_dtype=False)
    assert len(read) == len(table.rows) > 0


def test_the_command_writes_one_self_contained_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    campaign = predicted(tmp_path)
    assert main(["collect", str(campaign.folder), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    drawn = [Path(figure).name for figure in said["figures"]]
    assert drawn == ["spacing_n_carbons.png", "spacing_edge_nm.png", "spacing_ligand_length_nm.png"]
    page = Path(said["page"]).read_text()
    assert "edges &amp; ligands" in page
    assert page.count("data:image/png;base64,") == 3
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)
    for row in said["rows"]:
        assert f"{row['predicted_period_nm']:.2f}" in page


def test_an_unfinished_campaign_says_so(tmp_path: Path) -> None:
    campaign = predicted(tmp_path)
    (campaign.workspace / campaign.job_ids()[0] / "prediction.json").unlink()
    table = collect(campaign)
    assert [row["state"] for row in table.rows].count("waiting") == 1
    assert "predicted_period_nm" not in table.rows[0]
    assert main(["collect", str(campaign.folder)]) == 0
    assert "not complete: 1 waiting" in (campaign.folder / "collected" / "campaign.html").read_text()


def test_a_damaged_result_is_one_line_that_names_the_job(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    campaign = predicted(tmp_path)
    job = campaign.workspace / campaign.job_ids()[2]
    file = job / "prediction.json"
    told = json.loads(file.read_text())["study"]
    file.write_text(json.dumps({"study": told | {"spacings": 1.5}}))
    assert main(["collect", str(campaign.folder)]) == 2
    said = capsys.readouterr().err
    assert str(job) in said
    assert len(said.splitlines()) == 1


def test_simulated_periods_outside_all_models_are_counted_and_said(tmp_path: Path) -> None:
    table = collect(predicted(tmp_path))
    assert table.outside_models() == ""
    widest = max(table.rows[0][f"predicted_{name}_nm"] for name in ("fill", "round", "plate"))
    simulated = [widest + 0.10, widest - 0.02, widest + 0.03, None]
    rows = tuple(
        row | {"simulated_period_nm": period, "simulated_period_error_nm": 0.01}
        for row, period in zip([table.rows[0]] * 4, simulated, strict=True)
    )
    said = replace(table, rows=rows).outside_models()
    assert said.startswith("2 of 3 simulated periods lie above all packing models, by up to 0.09 nm")
    assert "not bounds" in said


def test_nothing_is_called_a_bound_that_is_none() -> None:
    assert not any("bound" in words for words in MODEL_WORDS.values())
    assert not any("bound" in words for words in MEANING.values())


def test_lines_of_the_spacing_figure_are_the_rows(tmp_path: Path) -> None:
    table = collect(predicted(tmp_path))
    axes = plot_spacing(table, "nanocrystal.edge_nm", Figure().add_subplot())
    lines = {line.get_label(): line for line in axes.get_lines() if len(line.get_xdata())}
    rows = [row for row in table.rows if row["ligand.n_carbons"] == 8]
    np.testing.assert_array_equal(lines["round"].get_xdata(), [6.0, 8.0])
    np.testing.assert_array_equal(lines["round"].get_ydata(), [row["predicted_round_nm"] for row in rows])


def test_named_ligands_are_drawn_against_their_length(tmp_path: Path) -> None:
    table = collect(predicted(tmp_path, STUDY.replace("n_carbons = [8, 12]", 'name = ["oleate", "ddab"]')))
    assert [name for name, _, _ in drawings(table)] == ["spacing_edge_nm", "spacing_ligand_length_nm"]
    axes = plot_spacing(table, "ligand_length_nm", Figure().add_subplot())
    lines = [line for line in axes.get_lines() if line.get_label() == "round" and len(line.get_xdata())]
    (xs,) = {tuple(line.get_xdata()) for line in lines}
    assert xs == tuple(sorted({row["ligand_length_nm"] for row in table.rows}))
    assert axes.get_xlabel() == "ligand length [nm]"


@pytest.mark.slow
def test_measured_values_stand_in_every_row(tmp_path: Path) -> None:
    crystal = build_crystal("sc", spacing_nm=11.0, n_cells=(4, 4, 4), shapes=cube(8.6))
    pixels = np.asarray(simulate_tem(crystal, px_per_nm=2.0, field_nm=(132, 132)).pixels)
    low, high = pixels.min(), pixels.max()
    Image.fromarray((255 * (pixels - low) / (high - low)).astype(np.uint8)).save(tmp_path / "grid.png")
    q_inv_nm = np.linspace(0.2, 3.0, 400)
    peaks = sum(np.exp(-(((q_inv_nm - 2 * np.pi / 11.0 * n**0.5) / 0.02) ** 2)) / n for n in (1, 2, 3, 4, 5, 6))
    curve = 100 * peaks + q_inv_nm**-4.0
    np.savetxt(tmp_path / "curve.dat", np.column_stack([q_inv_nm, curve, 0.02 * curve]))
    measured = """
    [compare]
    tem = { image = "grid.png", px_per_nm = 2.0 }
    saxs = { curve = "curve.dat", q_unit = "1/nm" }
    """
    table = collect(predicted(tmp_path, STUDY + measured))
    for kind in ("tem", "saxs"):
        periods_nm = {row[f"measured_{kind}_period_nm"] for row in table.rows}
        assert len(periods_nm) == 1, "one sample, so one value for all jobs"
        assert periods_nm.pop() == pytest.approx(11.0, rel=0.03)
        assert all(row[f"measured_{kind}_period_sd_nm"] > 0 for row in table.rows)
    axes = plot_spacing(table, "nanocrystal.edge_nm", Figure().add_subplot())
    assert {"measured, TEM", "measured, SAXS"} <= {line.get_label() for line in axes.get_lines()}


@pytest.mark.parametrize(("n_replicas", "n_colours"), [(1, 2), (2, 4), (6, 2)])
def test_order_lines_are_told_apart_while_they_are_few(tmp_path: Path, n_replicas: int, n_colours: int) -> None:
    text = STUDY.replace("[6.0, 8.0]", f"[6.0]\nreplicas = {n_replicas}")
    (tmp_path / "study.toml").write_text(text)
    campaign = make_campaign(expand_file(tmp_path / "study.toml"), tmp_path / "out")
    table = collect(campaign)
    logs = [(row, np.array([0.0, 1.0]), np.array([0.2, 0.9])) for row in table.rows]
    lines = plot_order(table, logs, Figure().add_subplot()).get_lines()
    assert len({tuple(to_rgba(line.get_color())) for line in lines}) == n_colours


BINARY = """
[nanocrystal]
material = "CsPbBr3"
shape = "sphere"
[ligand]
name = "oleate"
[partner]
material = "Fe3O4"
shape = "sphere"
diameter_nm = 12.0
[partner.ligand]
name = "oleate"
[packing]
lattices = ["NaCl", "AlB2"]
n_samples = 100
[sweep]
nanocrystal.diameter_nm = [5.0, 7.0]
"""


def test_a_binary_campaign_gives_a_phase_map(tmp_path: Path) -> None:
    table = collect(predicted(tmp_path, BINARY))
    assert [name for name, _, _ in drawings(table)] == ["phase_map"]
    assert {row["lattice"] for row in table.rows} <= {"NaCl", "AlB2"}
    axes = plot_phase_map(table, ["nanocrystal.diameter_nm"], Figure().add_subplot())
    assert sum(len(c.get_offsets()) for c in axes.collections) == 2


def test_a_lattice_that_was_not_found_leaves_empty_cells() -> None:
    assembly = {"model": "m", "engine": "e", "version": "1", "n_particles": 8, "n_steps": 5, "warnings": ["w"]}
    analysis = {
        "lattice": {"found": False, "reason": "liquid"},
        "order_last": {"cubatic": 0.2, "sc_fraction": 0.0},
        "tem_fft": {"spacing_nm": None},
        "assembles": "no",
        "warnings": [],
    }
    row = simulation_columns(assembly, analysis)
    assert row["simulated_period_nm"] is None
    assert row["simulated_structure"] == "none"
    assert row["n_warnings"] == 1


def test_a_row_names_the_most_probable_lattice_with_its_own_packing_fraction() -> None:
    lattices = [
        {"name": "NaCl", "packing_fraction": 0.80, "probability": 0.4},
        {"name": "AlB2", "packing_fraction": 0.79, "probability": 0.6},
    ]
    prediction = {
        "ligand": {"name": "oleate", "length_nm": 2.5},
        "period_nm": 10.0,
        "period_sd_nm": 0.1,
        "gap_nm": 2.0,
        "spacings": {},
        "pair_energy": None,
        "pair_energy_dry": None,
        "lattices": lattices,
        "binary": None,
    }
    row = prediction_columns(prediction)
    assert (row["lattice"], row["lattice_packing_fraction"], row["lattice_probability"]) == ("AlB2", 0.79, 0.6)
    unranked = [{**lattice, "probability": None} for lattice in lattices]
    row = prediction_columns(prediction | {"lattices": unranked})
    assert (row["lattice"], row["lattice_packing_fraction"]) == ("NaCl", 0.80)
    assert "lattice_probability" not in row
