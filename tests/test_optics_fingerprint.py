"""The fingerprint of a configuration, the papers' table, the front door's optical step, and the room's own rules."""

import argparse
import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from optics.constants import HBAR_EV_PS, HC_EV_NM, RYDBERG_EV
from optics.fingerprints.drawings import pictures
from optics.fingerprints.frame import frame_facts, ideal_crystal
from optics.fingerprints.inputs import OpticsInputs
from optics.fingerprints.papers import paper_statements, papers_table
from optics.fingerprints.result import SECTIONS, Fingerprint, fingerprint
from optics.polarisation.array import nearest_cube_axes
from optics.quantity import Quantity
from packing.configuration import configuration, random_quaternions
from packing.errors import InputError
from packing.shapes import Sphere, cube
from packing.trajectory import write_gsd
from superlattice.commands import optics as command
from superlattice.pipeline.light import light_figures, light_tables
from superlattice.steps.light import optics_study, optics_target
from superlattice.study.optics_table import OpticsTable
from superlattice.study.study import Study

ROOT = Path(__file__).parents[1]
ROOM = ROOT / "optics"


@pytest.fixture(scope="module")
def oleate() -> Fingerprint:
    return fingerprint(ideal_crystal(8.6, 11.5, n_cells=3, size_spread=0.03), "CsPbBr3")


def test_constants() -> None:
    assert pytest.approx(1239.842, abs=1e-3) == HC_EV_NM
    assert pytest.approx(658.212e-6, abs=1e-9) == HBAR_EV_PS
    assert pytest.approx(13.6057, abs=1e-4) == RYDBERG_EV


def test_every_number_has_a_unit_a_kind_and_a_source(oleate: Fingerprint) -> None:
    wanted = {
        "emission_nm",
        "emission_fwhm_mev",
        "redshift_minibands_mev",
        "redshift_dielectric_mev",
        "redshift_reabsorption_mev",
        "redshift_transfer_mev",
        "occupancy",
        "transparency_occupancy",
        "threshold_uj_cm2",
        "index",
        "group_index",
        "mode_spacing_nm",
        "brightest_rate",
        "thermal_rate",
    }
    found = oleate.to_dict()["quantities"]
    assert wanted <= found.keys()
    for name, entry in found.items():
        assert {"value", "unit", "kind", "source"} <= entry.keys(), name
        assert entry["kind"] in ("predicted", "input", "bound")
        assert entry["source"]
        assert entry["value"] is None or math.isfinite(entry["value"]), name
    assert tuple(oleate.sections) == SECTIONS
    json.dumps(oleate.to_dict())


def test_what_was_not_looked_up_is_said(oleate: Fingerprint) -> None:
    assert any("estimates (quoted from memory): mass" in w for w in oleate.warnings)
    assert oleate["line_fwhm_mev"].source.startswith("default: 23 nm")
    assert oleate["emission_fwhm_mev"].kind == "input"


def test_numbers_of_the_main_example(oleate: Fingerprint) -> None:
    assert oleate["emission_nm"].value == pytest.approx(513, abs=1)
    assert oleate["threshold_uj_cm2"].value == pytest.approx(12.7, abs=0.5)
    assert oleate["thermal_rate"].value == pytest.approx(1.0, abs=0.05)
    assert oleate["redshift_recycling_mev"].value < oleate["redshift_dielectric_mev"].value < -3
    assert oleate["emission_nm"].value < oleate["emission_crystal_nm"].value < oleate["bulk_limit_nm"].value
    assert oleate.coherence is not None
    assert oleate.coherence.answer == "no"
    assert "do the dots cohere? no" in oleate.summary()


@pytest.mark.slow
def test_an_exchange_to_sodium_goes_the_way_of_the_paper(oleate: Fingerprint) -> None:
    sodium = fingerprint(ideal_crystal(8.6, 9.0, n_cells=3, size_spread=0.03), "CsPbBr3", OpticsInputs(host="vacuum"))
    assert sodium["index"].value > oleate["index"].value + 0.15
    assert sodium["binding_energy_mev"].value < oleate["binding_energy_mev"].value
    assert sodium["redshift_minibands_mev"].value < -1 < oleate["redshift_minibands_mev"].value
    assert sodium["mode_spacing_nm"].value < oleate["mode_spacing_nm"].value


@pytest.mark.slow
def test_dots_in_a_crystalline_host() -> None:
    host = fingerprint(ideal_crystal(10.0, 20.0, n_cells=3), "CsPbBr3", OpticsInputs(host="Cs4PbBr6"), size_spread=0.05)
    assert 1.7 < host["index"].value < 1.85
    assert host["host_index"].source.startswith("Cs4PbBr6: ")
    # One barrier of the host, not the bracket of an organic gap.
    assert host["redshift_minibands_mev"].low == host["redshift_minibands_mev"].high


def test_frame_of_turned_cubes_and_of_spheres() -> None:
    rng = np.random.default_rng(1)
    crystal = ideal_crystal(8.6, 11.5, n_cells=3)
    turned = configuration(
        crystal.positions_nm, shapes=crystal.shapes, box=crystal.box, orientations=random_quaternions(27, rng)
    )
    assert frame_facts(turned).period_nm == pytest.approx(11.5)
    spheres = configuration(crystal.positions_nm, shapes=Sphere(diameter_nm=8.0), box=crystal.box)
    assert frame_facts(spheres).core_fraction == pytest.approx(math.pi / 6 * (8.0 / 11.5) ** 3)


def test_cubes_that_a_simulation_names_at_random_are_aligned() -> None:
    rng = np.random.default_rng(2)
    tilt = Rotation.from_rotvec(0.05 * rng.normal(size=(200, 3)))
    named = tilt * Rotation.create_group("O")[rng.integers(0, 24, 200)]
    aligned = nearest_cube_axes(named.as_matrix())
    apart = Rotation.from_matrix(aligned).inv() * Rotation.from_matrix(aligned[0])
    assert np.linalg.norm(apart.as_rotvec(), axis=1).max() < 0.4
    # Renaming the axes of a cube turns it into itself.
    back = np.einsum("nji,njk->nik", named.as_matrix(), aligned)
    assert np.allclose(np.abs(back).sum(axis=2), 1.0)
    assert np.allclose(np.abs(back), np.abs(back).round())


@pytest.mark.parametrize(
    ("material", "missing"),
    [("PbS", "no red shift: wavelength_nm must lie between"), ("CsPbBr2Cl", "no optical constants")],
)
def test_a_material_without_constants_says_which_sections_are_missing(material: str, missing: str) -> None:
    found = fingerprint(ideal_crystal(8.6, 11.5, n_cells=2), material)
    assert "emission" in found.sections
    assert "red shift" not in found.sections
    assert any(missing in w for w in found.warnings)
    assert any("+-40 meV" in w for w in found.warnings)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"anchor_edge_nm": 9.0}, "needs both anchor_edge_nm and anchor_wavelength_nm"),
        ({"excitation_nm": 100.0}, "excitation_nm must lie between 200 and 2500"),
        ({"host": "Cs4PbBr5"}, "surroundings: 'Cs4PbBr5' is not known"),
        ({"quantum_yield": 90.0}, "quantum_yield must lie between 0 and 1"),
        ({"sigma_cm2": -1.0}, "sigma_cm2 must be positive"),
    ],
)
def test_bad_inputs_are_one_line(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        OpticsInputs(**changes)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


def test_a_free_cluster_needs_a_core_fraction() -> None:
    cluster = configuration(11.5 * np.eye(3), shapes=cube(8.6))
    with pytest.raises(InputError, match="Give core_fraction"):
        fingerprint(cluster, "CsPbBr3")
    found = fingerprint(cluster, "CsPbBr3", OpticsInputs(core_fraction=0.4))
    assert "collective" in found.sections


def test_pictures_are_drawn(oleate: Fingerprint) -> None:
    from matplotlib.figure import Figure

    drawn = pictures(oleate)
    assert len(drawn) == 6
    for caption, draw in drawn.values():
        ax = Figure().add_subplot()
        draw(ax)
        assert caption.endswith(".")
        assert ax.get_xlabel()
        assert ax.has_data()


@pytest.mark.slow
def test_the_papers_table_is_the_one_in_the_docs() -> None:
    assert papers_table() in (ROOT / "docs" / "physics" / "optics.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_verdicts_on_the_papers() -> None:
    found = {s.says: s.verdict for s in paper_statements()}
    assert len(found) == 24

    def verdict(start: str) -> str:
        return next(v for says, v in found.items() if says.startswith(start))

    assert verdict("edge 9 nm").startswith("consistent, not blind")
    assert verdict("threshold 22").startswith("reproduced")
    assert verdict("cubes of 3 nm") == "not reproduced"
    assert verdict("line width").startswith("input")
    assert verdict("intensity ~ N^2").startswith("theorem")
    assert verdict("threshold 15 uW").startswith("erratum")
    assert verdict("Bohr radius").startswith("not reproduced")


STUDY = {"nanocrystal": {"material": "CsPbBr3", "edge_nm": 8.6, "size_spread": 0.03}, "ligand": {"name": "oleate"}}


@pytest.mark.slow
def test_study_with_an_exchange_gives_both_sides(tmp_path: Path) -> None:
    study = Study.from_data(STUDY | {"exchange": {"ligand": {"name": "Na+"}}}, source="test")
    result = optics_study(study)
    data = result.to_dict()
    assert {"before", "after", "exchange"} <= data.keys()
    assert data["after"]["quantities"]["index"]["value"] > data["before"]["quantities"]["index"]["value"]
    assert "before and after" in result.summary()
    (group,) = light_figures(result, tmp_path)
    assert len(group.figures) == 12
    assert [table.title for table in light_tables(result)][-1] == "Light before and after the exchange"


def test_run_directory_and_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import tomli_w

    (tmp_path / "study.toml").write_text(tomli_w.dumps(STUDY))
    with pytest.raises(InputError, match=r"trajectory\.gsd is missing"):
        optics_target(tmp_path)
    write_gsd(tmp_path / "trajectory.gsd", [ideal_crystal(8.6, 11.4, n_cells=2, size_spread=0.03)])
    parser = argparse.ArgumentParser()
    command.add(parser.add_subparsers())
    args = parser.parse_args(["optics", str(tmp_path), "--json"])
    args.run(args)
    data = json.loads(capsys.readouterr().out)
    assert data["quantities"]["emission_nm"]["kind"] == "predicted"
    assert "last frame" in data["frame"]
    with pytest.raises(InputError, match="Give one, or --papers"):
        empty = parser.parse_args(["optics"])
        empty.run(empty)


def test_the_table_of_a_study_has_the_defaults_of_the_models() -> None:
    built = OpticsTable().build(solution_index=1.497, host="ligand", seed=1)
    assert built == OpticsInputs()


@pytest.mark.parametrize(
    ("value", "shown"), [(5.2e-14, "5.20e-14"), (1e-17, "0"), (0.0, "0"), (12.7, "12.7"), (16494.0, "16494")]
)
def test_small_numbers_are_not_shown_as_nothing(value: float, shown: str) -> None:
    assert (
        Quantity(name="x", value=value, unit="cm^2", kind="predicted", source="test").text()
        == f"{shown} cm^2 (predicted)"
    )
