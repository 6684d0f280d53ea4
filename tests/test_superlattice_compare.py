"""Measured files beside a study: the numbers of their authors appear in the table."""

import json
import os
from pathlib import Path

import pytest

from superlattice.cli import main

DATA = Path(os.environ.get("SUPERLATTICE_DATA", Path(__file__).parents[2] / "shared" / "data"))
STUDY = """
[nanocrystal]
material = "CsPbBr3"
edge_nm = 10.2
[ligand]
name = "oleate"
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
    assert "high confidence" in measured["note"]


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


def test_a_folder_that_is_no_run_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", str(tmp_path)]) == 2
    assert "no run directory" in capsys.readouterr().err
