"""The command line, as a person meets it: one line, the right exit status, nothing half-written."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import pytest

from assembly import AssemblySpec, build_plan
from assembly.engines import EngineInfo
from assembly.engines.registry import ENGINE_MODELS
from assembly.run.cost import _RATES, estimate_cost
from packing.matter.ligands import ligand
from packing.particles import Coating, Environment, Nanocrystal
from packing.shapes import Cuboid, Shape, Sphere, cube
from superlattice.cli import build_parser, main
from superlattice.commands.options import arguments

EXAMPLES = Path(__file__).parents[1] / "examples"
STUDY = """
[nanocrystal]
material = "CsPbBr3"
edge_nm = 8.6
[ligand]
name = "oleate"
"""


def lines(text: str) -> list[str]:
    return text.strip().splitlines()


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "study.toml"
    path.write_text(STUDY)
    return path


def test_predict_prints_the_keys_that_machines_read(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", str(study), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["ligand"]["length_nm"] == pytest.approx(2.504)
    assert data["ligand"]["shell_nm"] == pytest.approx(2.504 * 3.0 / 5.5, rel=1e-6)
    spacings = data["spacings"]
    assert set(spacings) >= {"opm", "ocm", "otm", "fill", "round", "plate"}
    assert 8.6 < spacings["fill"] < spacings["round"] < spacings["plate"]
    assert spacings["opm"] is None
    assert data["pair_energy"]["gap_nm"] > data["pair_energy_dry"]["gap_nm"] > 0
    row = data["lattices"][0]
    assert set(row) >= {
        "name", "model", "a_nm", "b_nm", "c_nm", "packing_fraction", "core_fraction", "probability", "limiting_contact",
    }  # fmt: skip


def test_predict_prints_a_table_for_people(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", str(study)]) == 0
    out = capsys.readouterr().out
    assert "period" in out
    assert "kT" in out


def test_lattice_gives_one_template(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lattice", "NaCl", "--gamma", "0.5", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["packing_fraction"] == pytest.approx(0.698132, abs=1e-4)


@pytest.mark.parametrize(("options", "given"), [([], {}), (["--scale-error", "0.02"], {"scale_error_relative": 0.02})])
def test_the_error_of_a_scale_goes_to_the_measurement(
    options: list[str], given: dict[str, float], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from structure.micrographs import measure

    seen: list[dict[str, object]] = []

    class Measured:
        def to_dict(self) -> dict[str, object]:
            return {}

        def summary(self) -> str:
            return ""

    def measured(image: Path, **kwargs: object) -> Measured:
        seen.append(kwargs)
        return Measured()

    monkeypatch.setattr(measure, "measure_tem", measured)
    assert main(["measure", "tem", str(tmp_path / "a.png"), "--px-per-nm", "2", *options]) == 0
    assert {k: v for k, v in seen[0].items() if k == "scale_error_relative"} == given


@pytest.mark.parametrize("wrong", ["1", "-0.1", "nan", "one"])
def test_an_error_of_a_scale_is_a_fraction(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["measure", "tem", "a.png", "--scale-error", wrong])
    assert "--scale-error" in capsys.readouterr().err


def test_engines_says_what_is_here(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["engines", "--json"]) == 0
    engines = {e["name"]: e for e in json.loads(capsys.readouterr().out)}
    assert set(engines) == {"hoomd", "lammps"}
    for engine in engines.values():
        assert engine["version"] or engine["how_to_install"]


def test_the_line_of_an_engine_that_is_not_here_is_two_sentences(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = EngineInfo(
        name="hoomd", version="", devices=(), models=("soft",),
        reason_if_missing="no module named hoomd", how_to_install="from conda-forge",
    )  # fmt: skip
    monkeypatch.setattr("assembly.engines.available_engines", lambda: (missing,))
    assert main(["engines"]) == 0
    assert "not here: no module named hoomd. Install: from conda-forge" in capsys.readouterr().out


BAD_INPUT = {
    "missing study": (["predict", "nowhere.toml"], "nowhere.toml: no such study file"),
    "run of a missing study": (["run", "nowhere.toml"], "no such study file"),
    "unknown lattice": (["lattice", "NaCI", "--gamma", "0.5"], "Did you mean 'NaCl'"),
    "gamma of nothing": (["lattice", "NaCl", "--gamma", "-1"], "gamma"),
    "gamma that is no number": (["lattice", "NaCl", "--gamma", "x"], "invalid float value"),
    "no command": ([], "required"),
    "unknown command": (["imitate"], "invalid choice"),
    "image that is missing": (["measure", "tem", "no.tif", "--px-per-nm", "2"], "no.tif"),
    "scale of zero": (["measure", "tem", "no.tif", "--px-per-nm", "0"], "positive"),
    "crop in words": (["measure", "tem", "no.tif", "--px-per-nm", "2", "--crop", "all"], "R0:R1,C0:C1"),
    "a run that is none": (["analyze", "nowhere"], "nowhere"),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_is_one_line_and_exit_2(
    case: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words, message = BAD_INPUT[case]
    try:
        status = main(words)
    except SystemExit as stop:
        status = int(stop.code or 0)
    captured = capsys.readouterr()
    assert status == 2
    assert len(lines(captured.err)) == 1, captured.err
    assert message in captured.err
    assert captured.out == ""
    assert not list(tmp_path.iterdir()), "something was half-written"


def test_an_image_that_is_no_image(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fake = tmp_path / "fake.tif"
    fake.write_text("not an image")
    assert main(["measure", "tem", str(fake), "--px-per-nm", "2"]) == 2
    assert len(lines(capsys.readouterr().err)) == 1


def test_a_missing_scale_is_asked_for_not_guessed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import numpy as np
    from PIL import Image

    path = tmp_path / "image.png"
    noise = np.random.default_rng(0).integers(0, 255, (200, 200), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    assert main(["measure", "tem", str(path)]) == 2
    assert "px_per_nm" in capsys.readouterr().err


def test_a_foreign_gsd_file_without_shapes_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import gsd.hoomd

    frame = gsd.hoomd.Frame()
    frame.particles.N = 2
    frame.particles.types = ["A"]
    frame.particles.position = [[0, 0, 0], [1, 0, 0]]
    frame.configuration.box = [10, 10, 10, 0, 0, 0]
    with gsd.hoomd.open(str(tmp_path / "x.gsd"), "w") as out:
        out.append(frame)
    assert main(["analyze", str(tmp_path / "x.gsd")]) == 2
    assert "has no shape" in capsys.readouterr().err


def test_a_user_file_that_hides_a_room_is_named(tmp_path: Path) -> None:
    (tmp_path / "structure.py").write_text("x = 1\n")
    done = subprocess.run(
        [sys.executable, "-c", "import superlattice"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "structure.py hides the package 'structure'" in done.stderr


@pytest.mark.parametrize(("ranks", "warned"), [("1", False), ("7", True)])
def test_more_ranks_than_cores_are_warned_about(
    ranks: str, warned: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arguments, "cores_here", lambda: 4)
    arguments.how(build_parser().parse_args(["run", "x.toml", "--ranks", ranks]))
    said = capsys.readouterr().err
    assert ("warning: 7 processes share 4 cores here" in said) == warned
    # Written for another machine, nothing is said of this one.
    arguments.how(build_parser().parse_args(["batch", "x.toml", "--out", "x", "--emit", "slurm", "--ranks", ranks]))
    assert capsys.readouterr().err == ""


def test_what_a_run_costs_is_told_for_the_measured_case() -> None:
    cubes, oleate = (
        Nanocrystal(material="CsPbBr3", shape=cube(8.6)),
        Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0),
    )
    plan = build_plan(cubes, oleate, Environment(medium="toluene"), AssemblySpec(n_particles=60))
    cost = estimate_cost(plan, "lammps")
    # docs/waiting.md: 1.1 min.
    assert cost.seconds == pytest.approx(66, rel=0.2)
    assert cost.stretch_s < cost.checkpoint_s < cost.seconds
    assert estimate_cost(plan, "lammps", ranks=2).seconds == pytest.approx(cost.seconds / 1.8)
    assert estimate_cost(plan, "hoomd", gpu=0).seconds < estimate_cost(plan, "hoomd").seconds
    assert 120 < cost.memory_mb < 124


def test_every_model_on_every_engine_has_an_estimate() -> None:
    for engine, models in ENGINE_MODELS.items():
        for model in models:
            assert (model, engine) in _RATES


@pytest.mark.parametrize("text", ["0:3", "0.5:3"])
def test_a_range_of_q_rises_from_zero_or_above(text: str) -> None:
    found = build_parser().parse_args(["measure", "saxs", "curve.dat", "--q-range", text]).q_range
    assert found == tuple(float(part) for part in text.split(":"))


@pytest.mark.parametrize("text", ["3:0.2", "1:1", "-1:3", "0:inf", "0.2", "a:b"])
def test_another_range_of_q_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        build_parser().parse_args(["measure", "saxs", "curve.dat", f"--q-range={text}"])
    assert repr(text) in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "name", "made"),
    [
        ("cube:8.6", "", cube(8.6)),
        ("sphere:5", "", Sphere(diameter_nm=5.0)),
        ("Au=cuboid:8x7x4", "Au", Cuboid(edges_nm=(8.0, 7.0, 4.0))),
    ],
)
def test_a_shape_is_read_with_the_kind_that_it_is_for(text: str, name: str, made: Shape) -> None:
    assert arguments.shape(text) == (name, made)


@pytest.mark.parametrize("text", ["cube:8x8x8", "cuboid:8", "cuboid:8x8", "sphere:5x5", "disc:5", "8.6", "cube:a"])
def test_sizes_that_do_not_fit_their_shape_are_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="must be cube:EDGE"):
        arguments.shape(text)
