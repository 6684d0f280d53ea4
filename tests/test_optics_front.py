"""Light through the front door: a study, a run, a campaign, and what is refused."""

import argparse
import json
from pathlib import Path

import numpy as np
import pytest

from assembly.how import How
from optics.fingerprints.frame import ideal_crystal
from optics.fingerprints.inputs import OpticsInputs
from optics.fingerprints.result import Fingerprint, fingerprint
from optics.medium.diffraction import stop_band
from packing.errors import InputError
from packing.trajectory import write_gsd
from structure.saxs.powder import simulate_saxs
from superlattice.campaign.action import act
from superlattice.campaign.campaign import make_campaign
from superlattice.campaign.jobs import expand_file
from superlattice.campaign.status import campaign_status
from superlattice.campaign.tables import collect
from superlattice.cli import main
from superlattice.commands import optics as command
from superlattice.pipeline.light import light_figures, light_tables
from superlattice.steps import light
from superlattice.steps.light import OpticsResult, optics_study, optics_target
from superlattice.study.optics_table import OpticsTable
from superlattice.study.study import Study


@pytest.fixture(scope="module")
def oleate() -> Fingerprint:
    return fingerprint(ideal_crystal(8.6, 11.5, n_cells=2, size_spread=0.03), "CsPbBr3")


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
    # Trap 10: the gap is that of the frame, 2.8 nm, and not the 2.2 nm of the prediction.
    assert data["quantities"]["gap_nm"]["value"] == pytest.approx(2.8, abs=0.15)
    assert data["quantities"]["core_fraction"]["value"] == pytest.approx((8.6 / 11.4) ** 3, rel=0.1)
    with pytest.raises(InputError, match="Give one, or --papers"):
        empty = parser.parse_args(["optics"])
        empty.run(empty)


def test_the_table_of_a_study_has_the_defaults_of_the_models() -> None:
    built = OpticsTable().build(solution_index=1.497, host="ligand", seed=1)
    assert built == OpticsInputs()


BASE = """
[nanocrystal]
material = "{material}"
edge_nm = {edge}
[ligand]
name = "oleate"
[optics]
{optics}
"""


@pytest.mark.parametrize(
    ("material", "edge", "optics", "said"),
    [
        ("Fe3O4", 8.6, "", "optical material: 'Fe3O4' is not known"),
        ("CsPbBr3", 1.8, "", "edges_nm must lie between 2 and 100 nm"),
        ("CsPbBr3", 8.6, "anchor_edge_nm = 9.0", "an anchor needs both anchor_edge_nm and anchor_wavelength_nm"),
        ("CsPbBr3", 8.6, "excitation_nm = 100.0", "excitation_nm"),
        ("CsPbBr3", 8.6, 'host = "Cs4PbBr5"', "surroundings: 'Cs4PbBr5' is not known"),
        ("CsPbBr3", 8.6, "crystal_mm = 2.0", "crystal_mm"),
        ("CsPbBr3", 8.6, "quantum_yield = 90", "quantum_yield"),
    ],
)
def test_a_study_that_cannot_be_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], material: str, edge: float, optics: str, said: str
) -> None:
    file = tmp_path / "study.toml"
    file.write_text(BASE.format(material=material, edge=edge, optics=optics))
    assert main(["optics", str(file)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert said in told.err
    assert len(told.err.splitlines()) == 1


def test_a_sweep_collects_the_light_of_its_jobs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, oleate: Fingerprint
) -> None:
    asked: list[Study] = []

    def light_of(study: Study) -> OpticsResult:
        asked.append(study)
        return OpticsResult(variants={"": oleate}, origins={"": "test"})

    monkeypatch.setattr(light, "optics_study", light_of)
    file = tmp_path / "study.toml"
    text = BASE.format(material="CsPbBr3", edge=8.6, optics="crystal_um = 3.0").replace("edge_nm = 8.6\n", "")
    file.write_text(text + "[packing]\nn_samples = 100\n[sweep]\nnanocrystal.edge_nm = [8.0, 8.6]\n")

    def predicted() -> list[dict[str, object]]:
        campaign = make_campaign(expand_file(file, simulated=False), tmp_path / "out", goal="predict")
        for job in campaign.job_ids():
            assert act("predict", campaign.workspace / job, How()).status == "completed"
        assert campaign_status(campaign).counts["completed"] == 2
        return list(collect(campaign).rows)

    rows = predicted()
    assert [study.optics.crystal_um for study in asked if study.optics] == [3.0, 3.0]
    for row in rows:
        assert row["light_emission_nm"] == pytest.approx(oleate["emission_nm"].value)
        assert row["light_redshift_recycling_mev"] == pytest.approx(oleate["redshift_recycling_mev"].value)
        assert row["light_coheres"] == "no"
        assert "light_stokes_mev" not in row
    # Nothing is worked out twice, and another [optics] asks for everything anew.
    predicted()
    assert len(asked) == 2
    file.write_text(file.read_text().replace("crystal_um = 3.0", "crystal_um = 5.0"))
    predicted()
    assert [study.optics.crystal_um for study in asked if study.optics] == [3.0, 3.0, 5.0, 5.0]


def test_x_rays_see_the_period_of_a_regular_array_and_its_own_light_does_not() -> None:
    array = ideal_crystal(10.0, 16.0, n_cells=3)
    q_inv_nm = np.linspace(0.3, 0.5, 81)
    curve = simulate_saxs(array, q_inv_nm)
    assert q_inv_nm[np.argmax(curve.intensity)] == pytest.approx(2 * np.pi / 16.0, rel=0.03)
    band = stop_band(10.0, 16.0, 2.2, OpticsInputs(host="Cs4PbBr6").between.refractive_index)
    assert band.centre_nm < 100 < 500
