"""superlattice simulate: what each instrument answers, the files it writes, and what it refuses in one line."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from packing.configuration import configuration, random_quaternions
from packing.shapes import cube
from packing.trajectory import write_gsd
from structure.crystals.build import build_crystal
from superlattice.cli import main
from superlattice.steps.analysis import analyze_trajectory
from superlattice.steps.diffraction import diffract
from superlattice.steps.sample import sample_of
from superlattice.study.tables import StructureTable


@pytest.fixture(scope="module")
def gsd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A loose first frame and a crystal after it."""
    folder = tmp_path_factory.mktemp("simulated")
    rng = np.random.default_rng(1)
    loose = configuration(
        rng.uniform(-20, 20, (27, 3)), shapes=cube(8.6), box=[45] * 3, orientations=random_quaternions(27, rng)
    )
    crystal = build_crystal(
        "sc", spacing_nm=11.5, n_cells=(3, 3, 3), shapes=cube(8.6), displacement_nm=0.06, misorientation_fwhm_deg=1.0
    )
    write_gsd(folder / "run.gsd", [loose, crystal])
    return folder / "run.gsd"


def answer(capsys: pytest.CaptureFixture[str], *words: object) -> dict:
    assert main(["simulate", *map(str, words), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_film_and_lattice_have_one_period(gsd: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "xrd", gsd, "--material", "CsPbBr3", "--save", tmp_path / "film.csv")
    assert found["period_nm"] == pytest.approx(found["lattice_period_nm"], rel=0.002)
    q, intensity = np.loadtxt(tmp_path / "film.csv", delimiter=",", skiprows=1).T
    assert q[intensity.argmax()] == pytest.approx(4 * np.pi / 0.587, rel=0.02)


def test_spots_are_indexed_and_the_frame_is_written(
    gsd: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "beam.toml").write_text("wavelength_nm = 0.1\nq_max_inv_nm = 1.4\nn_pixels = 96\n")
    found = answer(
        capsys, "saxs", gsd, "--instrument", tmp_path / "beam.toml", "--save", tmp_path / "spots.edf", "--axis", "0,0,1"
    )
    assert found["spots"][0]["q_inv_nm"] == pytest.approx(2 * np.pi / 11.5, rel=0.005)
    assert (tmp_path / "spots.edf").is_file()
    assert (tmp_path / "spots.poni").is_file()


def test_grazing_incidence_tells_where_the_yoneda_band_is(
    gsd: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "beam.toml").write_text("q_max_inv_nm = 0.9\nn_pixels = 64\nfilm_nm = 100.0\n")
    found = answer(capsys, "gisaxs", gsd, "--material", "CsPbBr3", "--instrument", tmp_path / "beam.toml")
    film, substrate = found["yoneda_q_z_inv_nm"]
    k = 2 * np.pi / found["wavelength_nm"]
    expected = k * (np.sin(np.radians(0.4)) + np.sin(np.radians(found["substrate_critical_deg"])))
    assert substrate == pytest.approx(expected, rel=1e-6)
    assert film < substrate


@pytest.mark.parametrize(
    ("words", "toml", "told"),
    [
        (["waxs"], "", "Give --material or --cif"),
        (["xrd", "--material", "unobtainium"], "", "material"),
        (["saed", "--material", "NaYF4"], "", "Give a CIF file"),
        (["saxs", "--axis", "0,0,0"], "", "no direction"),
        (["saxs", "--axis", "up"], "", "whole numbers"),
        (["saxs", "--frame", "7"], "", "frames 0 to 1"),
        (["saed", "--material", "CsPbBr3", "--frame", "0"], "", "no rows"),
        (["saxs", "--frame", "0", "--axis", "1,0,0"], "", "none was found"),
        (["saxs"], "wavelength_nm = 1.9\nq_max_inv_nm = 20", "beyond 4 pi / wavelength_nm"),
        (["saxs"], "wavelenght_nm = 0.1", "Did you mean"),
        (["saxs"], "two_theta_deg = [50, 8, 0.1]", "two_theta_deg"),
        (
            ["saxs"],
            "wavelength_nm = 0.1\nn_pixels = 64\n[detector]\ndistance_mm = 100\npixel_mm = 0.1\nrows = 64\n"
            "columns = 64\nbeam_x_px = 5000\nbeam_y_px = 30",
            "sees nothing of the pattern",
        ),
        (["tem", "--save", "image.csv"], "", "Change the name"),
        (["tem", "--multislice"], "", "Give --material or --cif"),
        (["tem", "--multislice", "--material", "CsPbBr3"], "field_nm = [300, 300]", "takes a grid"),
    ],
)
def test_what_cannot_be_is_one_line(
    words: list[str], toml: str, told: str, gsd: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "i.toml").write_text(toml)
    kind, *rest = words
    try:
        status = main(["simulate", kind, str(gsd), *rest, *(["--instrument", "i.toml"] if toml else [])])
    except SystemExit as stop:
        status = stop.code
    out = capsys.readouterr()
    assert status == 2
    assert out.err.count("\n") == 1
    assert told in out.err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["i.toml"]


def test_multislice_without_abtem_is_one_line(
    gsd: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "abtem", None)
    assert main(["simulate", "tem", str(gsd), "--multislice", "--material", "CsPbBr3"]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert 'pip install "superlattice[multislice]"' in err


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_multislice_micrograph_says_that_it_is_one(
    gsd: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("abtem")
    (tmp_path / "lens.toml").write_text("field_nm = [6.0, 5.0]\npx_per_nm = 20.0\ndose_per_nm2 = 1e5\n")
    found = answer(
        capsys, "tem", gsd, "--multislice", "--material", "CsPbBr3", "--instrument", tmp_path / "lens.toml",
        "--save", tmp_path / "atoms.png",
    )  # fmt: skip
    assert found["multislice"] is True
    assert found["n_atoms"] > 1000
    assert any("multislice" in note for note in found["notes"])
    assert (tmp_path / "atoms.png").is_file()


@pytest.mark.slow
def test_the_page_of_a_file_with_a_material(gsd: Path, tmp_path: Path) -> None:
    found = analyze_trajectory(gsd, StructureTable(tem_px_per_nm=1.0), material="CsPbBr3").diffraction
    assert found is not None
    assert not found.saxs[0].superlattice
    assert found.saxs[1].superlattice
    assert {m.label for m in found.waxs[1].atomic} >= {"100", "010"}
    assert found.film is not None
    assert found.saed is not None
    found.save_figures(tmp_path)
    assert all(path.is_file() for path, _ in found.figures(tmp_path))
    assert dict(found.rows())["period of the fringes"].startswith("11.5")
    sample = sample_of(gsd, material="CsPbBr3")
    assert diffract(sample.frames, replace(sample, table=StructureTable(diffraction=False))) is None
    assert diffract(sample.frames, sample_of(gsd)) is None
