"""Measured files beside a study: the numbers of their authors appear in the table."""

import dataclasses
import json
import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from counted_curves import counted_crystal

from packing.errors import InputError
from packing.matter.ligands import ligand
from packing.particles import Coating, Nanocrystal
from packing.shapes import Cuboid, Shape, Sphere, cube
from packing.trajectory import write_gsd
from structure.crystals.build import build_crystal
from structure.imaging.images import TemImage
from structure.imaging.tem import simulate_tem
from structure.micrographs.measure import measure_tem
from structure.saxs_fit.measure import measure_saxs
from structure.study_fit.fit import implied_inputs, observed_by
from structure.study_fit.result import Observed
from superlattice.cli import main
from superlattice.comparison.data import DataComparison, compare_data
from superlattice.comparison.sides import compare
from superlattice.comparison.spacings import (
    DRY_PAIR,
    HELD,
    RELAXED,
    TEM_FFT,
    Measurements,
    Side,
    prediction_rows,
    simulation_rows,
)
from superlattice.pipeline.target import compare_target
from superlattice.steps.analysis import analyze_trajectory
from superlattice.steps.prediction import predict_study
from superlattice.study.study import Study
from superlattice.study.tables import CompareTable, StructureTable, TemTable

DATA = Path(os.environ.get("SUPERLATTICE_DATA", Path(__file__).parents[2] / "shared" / "data"))
STUDY = """
[nanocrystal]
material = "CsPbBr3"
edge_nm = 10.2
[ligand]
name = "oleate"
"""
SPHERES = """
[nanocrystal]
material = "Pd"
shape = "sphere"
diameter_nm = 6.6
size_spread = 0.05
[ligand]
name = "oleylamine"
coverage_per_nm2 = 3.0
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("image", "px_per_nm", "spacing_nm"), [("pbse_square.tif", 2.88, 6.6), ("cspbbr3_cubes.png", 0.71, 12.6)]
)
def test_a_micrograph_named_in_the_study_is_measured(
    image: str, px_per_nm: float, spacing_nm: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = DATA / "tem" / image
    if not path.is_file():
        pytest.skip(f"the measured image {image} is not beside the project")
    study = tmp_path / "study.toml"
    study.write_text(STUDY + f"[compare]\ntem = {{ image = '{path}', px_per_nm = {px_per_nm} }}\n")
    assert main(["compare", str(study), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]["study"]
    (measured,) = (row for row in rows if row["route"] == "measured")
    assert measured["period_nm"] == pytest.approx(spacing_nm, rel=0.03)
    assert measured["period_sd_nm"] > 0
    # The cubes' rows meet at 80 degrees: the spacing is right, the name of the lattice is not sure.
    assert ("high" if image.startswith("pbse") else "low") + " confidence" in measured["note"]


def test_nothing_to_compare_with_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = tmp_path / "study.toml"
    study.write_text(STUDY)
    assert main(["compare", str(study)]) == 2
    assert "nothing to compare with" in capsys.readouterr().err


def test_a_saxs_curve_needs_the_unit_of_q(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study, curve = tmp_path / "study.toml", tmp_path / "curve.dat"
    study.write_text(STUDY)
    curve.write_text("0.1 1\n0.2 2\n")
    assert main(["compare", str(study), "--saxs", str(curve)]) == 2
    assert "--q-unit" in capsys.readouterr().err


@pytest.mark.parametrize("option", [("--px-per-nm", "2"), ("--crop", "0:9,0:9"), ("--q-unit", "1/nm")])
def test_an_option_of_a_file_that_is_not_given_is_not_dropped(
    option: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = tmp_path / "study.toml"
    study.write_text(STUDY)
    assert main(["compare", str(study), *option]) == 2
    assert f"{option[0]}" in capsys.readouterr().err


@pytest.mark.slow
def test_a_run_that_was_stopped_is_compared_by_what_it_wrote(tmp_path: Path) -> None:
    run, image = tmp_path / "run", tmp_path / "image.png"
    run.mkdir()
    (run / "study.toml").write_text(STUDY + "[structure]\ntem_px_per_nm = 2.0\ndiffraction = false\n")
    write_gsd(
        run / "trajectory.gsd",
        [build_crystal("sc", spacing_nm=12.0, n_cells=(4, 4, 4), shapes=cube(10.2), displacement_nm=0.2)],
    )
    picture = build_crystal("sc", spacing_nm=12.0, n_cells=(11, 11, 1), shapes=cube(10.2))
    simulate_tem(picture, px_per_nm=2.0, field_nm=(128, 128)).save(image)
    made = compare_target(run, tem=image, px_per_nm=2.0)
    assert "the simulation has not ended" in " ".join(check.reason for check in made.checks)
    assert made.data is not None
    assert made.data.inputs is not None
    assert made.data.inputs.gap_nm == pytest.approx(1.8, abs=0.4)


@pytest.mark.parametrize(("edge_nm", "agrees"), [(8.6, False), (10.2, True)])
def test_the_size_of_the_particles_in_a_micrograph_is_an_observation(
    edge_nm: float, agrees: bool, tmp_path: Path
) -> None:
    """Cubes of 10.2 nm beside a study of 8.6 nm once gave "coverage 6.6, ligand too short" with high confidence."""
    crystal = build_crystal("sc", spacing_nm=12.6, n_cells=(10, 10, 1), shapes=cube(10.2), displacement_nm=0.1)
    simulate_tem(crystal, px_per_nm=2.0, field_nm=(126, 126)).save(tmp_path / "image.png")
    study = Study.from_text(STUDY.replace("10.2", str(edge_nm)))
    files = CompareTable(tem=TemTable(image=str(tmp_path / "image.png"), px_per_nm=2.0))
    study = study.model_copy(update={"compare": files})
    made = compare(study, [Side(name="", ligand="oleate", prediction=predict_study(study))])
    (check,) = (check for check in made.checks if "size" in check.first)
    assert check.agrees == agrees
    assert f"the study's core size ({edge_nm:.2f} nm)" in check.sentence()
    assert made.data is not None
    assert made.data.inputs is not None
    assert "TEM" in [o.source for o in made.data.inputs.used if o.quantity == "size_nm"]
    if agrees:
        assert "clash" not in " ".join(made.data.inputs.reasons)
    else:
        assert made.data.inputs.confidence == "low"
        assert "clash" in " ".join(made.data.inputs.reasons)
        assert check.sentence() in made.warnings


def test_a_folder_that_is_no_run_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", str(tmp_path)]) == 2
    assert "no run directory" in capsys.readouterr().err


@pytest.mark.slow
def test_a_curve_beside_a_study_gives_residuals_inputs_and_a_figure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    curve = counted_crystal("fcc", Sphere(diameter_nm=6.5), 8.4)
    np.savetxt(tmp_path / "curve.dat", np.column_stack([curve.q_inv_nm, curve.intensity]))
    study = tmp_path / "study.toml"
    study.write_text(SPHERES)
    command = ["compare", str(study), "--saxs", str(tmp_path / "curve.dat"), "--q-unit", "1/nm"]
    assert main([*command, "--save", str(tmp_path / "out"), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    inputs = data["inputs"]
    for name, value in (("spacing", 8.4), ("size", 6.5), ("gap", 1.9)):
        assert inputs[f"{name}_nm"] == pytest.approx(value, abs=max(4 * inputs[f"{name}_sd_nm"], 0.02))
    assert inputs["size_spread"] == pytest.approx(0.06, abs=max(4 * inputs["size_spread_sd"], 0.01))
    # Displacements of 0.25 nm, of whichever kind the fit calls them.
    assert np.hypot(inputs["disorder"], inputs["cumulative_disorder"]) * 8.4 == pytest.approx(0.25, abs=0.1)
    assert inputs["confidence"] == "high"
    assert {c["model"] for c in inputs["coverages"]} == {"opm", "ocm"}
    assert all(c["coverage_sd_per_nm2"] > c["joint_sd_per_nm2"] > 0 for c in inputs["coverages"])
    fitted, drawn = data["saxs_fitted"], data["saxs"]
    assert fitted["misfit"] < 0.2 * drawn["misfit"]
    assert len(fitted["residual"]) == len(fitted["q_inv_nm"]) == fitted["n"]
    assert (tmp_path / "out" / "measured_saxs" / "compared.png").read_bytes()[:4] == b"\x89PNG"
    assert json.loads((tmp_path / "out" / "comparison.json").read_text())["data"]["inputs"] == inputs


@pytest.mark.slow
def test_the_fitted_curve_is_that_of_the_data_whatever_the_study_says() -> None:
    seen = counted_crystal("fcc", Sphere(diameter_nm=6.5), 8.4)
    measurements = Measurements(saxs=measure_saxs(seen))
    compared = []
    for text in (SPHERES, SPHERES.replace("6.6", "8.2").replace("0.05", "0.01")):
        study = Study.from_text(text)
        side = Side(name="", ligand="oleylamine", prediction=predict_study(study))
        made = compare_data(study, side, measurements)
        assert made is not None
        assert made.fitted is not None
        assert made.curve is not None
        compared.append(made)
        low, high = made.fitted.q_inv_nm[0], made.fitted.q_inv_nm[-1]
        assert made.fitted.misfit_between(low, high) < made.curve.misfit_between(low, high)
    near, far = compared
    assert np.array_equal(near.fitted.simulated, far.fitted.simulated)
    assert "least-squares fit, fcc, 8.4" in far.summary()
    # The study's inputs pull on the numbers instead, and the table says how far.
    assert near.inputs.values["size_nm"] < far.inputs.values["size_nm"]


def test_numbers_of_low_confidence_give_way_and_disagreement_is_said() -> None:
    dots = Nanocrystal(material="Pd", shape=Sphere(diameter_nm=6.5), size_spread=0.05)
    coating = Coating(ligand=ligand("oleylamine"), coverage_per_nm2=3.0)
    sure = Observed(quantity="spacing_nm", value=8.4, sd=0.02, source="SAXS")
    unsure = Observed(quantity="spacing_nm", value=9.4, sd=0.02, source="TEM", confidence="low")
    made = implied_inputs(dots, coating, (sure, unsure))
    assert (made.confidence, made.values["spacing_nm"]) == ("high", pytest.approx(8.4))
    assert implied_inputs(dots, coating, (unsure,)).confidence == "low"
    other = Observed(quantity="spacing_nm", value=8.8, sd=0.02, source="TEM")
    assert "disagree" in implied_inputs(dots, coating, (sure, other)).reasons[0]


def test_several_numbers_of_one_quantity_weigh_by_their_uncertainty() -> None:
    dots = Nanocrystal(material="Pd", shape=Sphere(diameter_nm=6.5), size_spread=0.05)
    coating = Coating(ligand=ligand("oleylamine"), coverage_per_nm2=3.0)
    seen = tuple(
        Observed(quantity="spacing_nm", value=value, sd=sd, source="SAXS") for value, sd in ((8.4, 0.1), (8.5, 0.2))
    )
    made = implied_inputs(dots, coating, seen)
    # Weights 4 : 1.
    assert made.values["spacing_nm"] == pytest.approx(8.42)
    assert made.sds["spacing_nm"] == pytest.approx(0.1 * 0.8**0.5)
    # Nothing was seen of the size: it is the study's, with the study's uncertainty.
    assert (made.values["size_nm"], made.sds["size_nm"]) == pytest.approx((6.5, 0.03 * 6.5))
    assert made.tension == pytest.approx(0.08 / 0.2)
    with pytest.raises(InputError, match="spread_prior_sd"):
        implied_inputs(dots, coating, seen, spread_prior_sd=0.0)


@pytest.mark.parametrize(
    ("shape", "size_nm"),
    [
        (Sphere(diameter_nm=6.0), 2 * (3 / (4 * np.pi)) ** (1 / 3) * 5.0),
        (cube(8.0), 5.0),
        (Cuboid(edges_nm=(2.0, 8.0, 8.0)), 5.0 / 2 ** (4 / 3)),
    ],
)
def test_a_size_measured_as_a_cube_is_that_of_the_studys_shape_by_volume(shape: Shape, size_nm: float) -> None:
    seen = SimpleNamespace(edge_nm=5.0, size_sd_nm=0.05, confidence="high")
    (size,) = observed_by(seen, "SAXS", shape)
    assert size.value == pytest.approx(size_nm)
    assert size.sd / size.value == pytest.approx(0.01)


def test_without_a_lattice_nothing_is_said_of_the_gap() -> None:
    dots = Nanocrystal(material="Pd", shape=Sphere(diameter_nm=6.5))
    coating = Coating(ligand=ligand("oleylamine"), coverage_per_nm2=3.0)
    size = Observed(quantity="size_nm", value=6.4, sd=0.02, source="SAXS")
    with pytest.raises(InputError, match="no measured spacing"):
        implied_inputs(dots, coating, (size,))


def test_every_gap_is_the_period_less_the_mean_core_of_its_own_particles(tmp_path: Path) -> None:
    study = Study.from_text(STUDY.replace("10.2", "8.6"))
    # As a simulation draws them: not quite of the study's size.
    crystal = build_crystal("sc", spacing_nm=11.0, n_cells=(3, 3, 3), shapes=cube(8.4), displacement_nm=0.05)
    write_gsd(tmp_path / "trajectory.gsd", [crystal])
    analysis = analyze_trajectory(tmp_path / "trajectory.gsd", StructureTable(tem_px_per_nm=2.0))
    side = Side(name="", ligand="oleate", prediction=predict_study(study), analysis=analysis)
    rows = {row.quantity: row for row in (*prediction_rows(side), *simulation_rows(side))}
    for name in (RELAXED, TEM_FFT):
        assert rows[name].period_nm - rows[name].gap_nm == pytest.approx(8.4)
    assert "mean core 8.40 nm" in rows[RELAXED].note
    for name in ("round, dry crystal", DRY_PAIR):
        assert rows[name].period_nm - rows[name].gap_nm == pytest.approx(8.6)
    # A run of hard bodies under pressure is not of a relaxed box, and no straight chains explain its spacing.
    held = dataclasses.replace(side, held_pressure_kt=29.0)
    said = compare(study, [held]).summary()
    assert HELD in said
    assert "at a pressure of 29 kT" in said
    assert "zero pressure" not in said
    assert "the pair energy holds" not in said
    table = compare(study, [side]).summary().splitlines()
    # The header stands over its columns, and the units with it.
    assert table[0].split("  ")[0] == "from"
    at = table[0].index("period [nm]")
    assert all(line[at - 1] == " " and line[at] != " " for line in table[1 : len(rows) + 1])
    assert table[0].index("gap [nm]") == table[1].index(f"{rows['fill, dry crystal'].gap_nm:.2f}", at + 8)
    assert table[len(rows) + 1].startswith("The gap is the period less the mean core")


def test_pictures_side_by_side_have_one_magnification(tmp_path: Path) -> None:
    y, x = np.mgrid[:256, :256]
    waves = np.cos(2 * np.pi * x / 16.0) + np.cos(2 * np.pi * y / 16.0)
    found = measure_tem(TemImage(pixels=waves, px_per_nm=2.0))
    other = TemImage(pixels=waves[:200, :200], px_per_nm=4.0)
    compared = DataComparison(tem=found, picture=other)
    shown = [ax.images[0].get_extent() for ax in compared.plot_tem().axes]
    assert [e[1] for e in shown] == pytest.approx([50.0, 50.0])
    assert [p.name for p in compared.save(tmp_path)] == ["compared.png"]
