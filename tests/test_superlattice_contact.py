"""``superlattice contact``: the numbers of the pair energy, a picture, and one line for what has no contact."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from assembly.models.soft.held_out import FitError
from packing.pair.energy import pair_energy
from superlattice.cli import main
from superlattice.steps.contact import BeadSummary, contact_study
from superlattice.study.study import Study

SPHERES = """
[nanocrystal]
material = "PbS"
shape = "sphere"
diameter_nm = 6.0
[ligand]
name = "oleate"
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "study.toml"
    path.write_text(text)
    return path


@pytest.mark.slow
def test_the_contact_of_spheres_is_that_of_the_pair_energy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, SPHERES)
    assert main(["contact", str(path), "--json", "--figures", str(tmp_path / "figures")]) == 0
    found = json.loads(capsys.readouterr().out)
    (contact,) = found["contacts"].values()
    # Shells of spheres are stopped by their beads: there is nothing to tell.
    assert found["notes"] == []
    study = Study.from_text(SPHERES)
    pair = pair_energy(study.nanocrystal.build(), study.ligand.build(), study.build_environment())
    assert contact["toluene"]["depth_kt"] == pytest.approx(pair.depth_kt, rel=1e-6)
    assert contact["toluene"]["gap_nm"] == pytest.approx(pair.gap_nm, rel=1e-6)
    # A sphere does not feel a turn, and slides off along its curve.
    kept = contact["toluene"]["kept"]
    assert kept["twist_45"] == pytest.approx(1.0, abs=1e-4)
    assert kept["tilt_5"] == pytest.approx(1.0, abs=1e-4)
    assert kept["shift_0.5"] < 1
    assert len(list((tmp_path / "figures").glob("contact_*.png"))) == 2
    # One bead a sphere carries its pair energy as it is; dry, that of a melt, which sticks more to a curved shell.
    for state in ("toluene", "dry"):
        beads = contact[state]["beads"]
        assert beads["rms_kt"] < max(0.02 * beads["depth_kt"], 0.05)
        assert beads["edge_edge_gap_nm"] == pytest.approx(contact[state]["edge_edge_gap_nm"], abs=0.12)


def test_beads_can_be_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["contact", str(written(tmp_path, SPHERES)), "--json", "--no-beads"]) == 0
    (contact,) = json.loads(capsys.readouterr().out)["contacts"].values()
    assert "beads" not in contact["dry"]


def test_an_exchange_is_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, SPHERES + '[exchange.ligand]\nname = "dodecanethiol"\n')
    assert main(["contact", str(path)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "makes it two studies" in said


@pytest.mark.slow
def test_what_is_left_of_a_contact_of_cubes_dry(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Flat facets keep what overlaps: 3/4 at a quarter edge, 1/2 at half; two squares at 45 degrees 0.828."""
    text = '[nanocrystal]\nmaterial = "CsPbBr3"\nedge_nm = 8.6\n[ligand]\nname = "oleate"\n'
    text += '[environment]\nmedium = "vacuum"\n'
    assert main(["contact", str(written(tmp_path, text)), "--json"]) == 0
    (contact,) = json.loads(capsys.readouterr().out)["contacts"].values()
    kept = contact["vacuum"]["kept"]
    assert kept["shift_0.25"] == pytest.approx(0.75, abs=0.06)
    assert kept["shift_0.5"] == pytest.approx(0.50, abs=0.06)
    assert kept["twist_45"] == pytest.approx(0.828, abs=0.03)
    # Explicit chains: edge on at 0.76 to 0.82 of the face's gap where both push with the same force; dry shells nearer.
    assert 0.6 < contact["vacuum"]["edge_edge_gap_nm"] / contact["vacuum"]["gap_nm"] < 0.9


@pytest.mark.slow
def test_what_beads_let_through_is_said_and_no_number_is_nan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Beads of a thin shell lie deep: edges that meet come closer than the pair energy lets them."""
    text = '[nanocrystal]\nmaterial = "CsPbBr3"\nedge_nm = 8.6\n[ligand]\nname = "SCN-"\n'
    path = written(tmp_path, text)
    assert main(["contact", str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    (contact,) = found["contacts"].values()
    for state in ("toluene", "dry"):
        ours, beads = contact[state]["stop_gaps_nm"], contact[state]["beads"]["stop_gaps_nm"]
        through = [meeting for meeting in ours if ours[meeting] is not None and beads[meeting] is None]
        said = [note for note in found["notes"] if f", {state}: by the beads" in note]
        assert len(said) == bool(through)
        assert all(meeting.replace("_", " on ") in said[0] for meeting in through)
        # Facets are stopped.
        assert "face_face" not in through
    assert main(["contact", str(path)]) == 0
    assert "nan" not in capsys.readouterr().out.split("note:")[0]


def test_a_contact_that_nothing_holds_has_no_part_of_its_depth() -> None:
    found = contact_study(Study.from_text(SPHERES), with_beads=False)
    contact = found.contacts["PbS - PbS", "toluene"]
    for rms_of_depth, said in ((0.05, "0.1 kT, 5.0% of the depth"), (1e7, "0.1 kT, more than the depth")):
        error = FitError(rms_kt=0.1, rms_of_depth=rms_of_depth, n_poses=500)
        beads = BeadSummary(contact=contact, error=error, law=lambda shift, turn: shift[:, 0])
        shown = replace(found, beads={("PbS - PbS", "toluene"): beads}).summary()
        assert said in shown
        assert "%" not in shown.split(said)[1]
