"""Many measured files: rows, averages, sessions, series, and files that other programs open."""

import csv
import json
import math
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import superlattice as sl
from packing.errors import InputError
from packing.shapes import Sphere
from structure.form_factors.average import form_factor
from structure.imaging.images import TemImage
from structure.measured.control import FitControl
from superlattice.cli import main
from superlattice.measuring.averaging import averages
from superlattice.measuring.kinds import KINDS, files_of
from superlattice.measuring.many import measure_files
from superlattice.measuring.parameters import parameter_of
from superlattice.measuring.reflection_names import named_reflections
from superlattice.measuring.saving import save_measurement
from superlattice.measuring.series import series_of
from superlattice.measuring.session import read_session
from superlattice.measuring.table import MeasuredFiles


def write_curve_file(path: Path, diameter_nm: float = 7.0, seed: int = 0) -> Path:
    """A counted curve of free spheres, which are measured quickly."""
    q = np.linspace(0.3, 3.5, 120)
    pure = form_factor(Sphere(diameter_nm=diameter_nm), q, size_spread=0.08).intensity + 1e-4
    scale = 1e5 / pure.max()
    np.savetxt(path, np.column_stack([q, np.random.default_rng(seed).poisson(pure * scale)]))
    return path


def read_rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text().splitlines()))


def write_discs(path: Path, spacing_px: float = 14.0, seed: int = 0, n: int = 220) -> Path:
    """A micrograph of dark discs on a square lattice, at 2 px/nm."""
    y, x = np.mgrid[:n, :n]
    dx, dy = (v - spacing_px * np.round(v / spacing_px) for v in (x, y))
    dark = np.clip(0.36 * spacing_px - np.hypot(dx, dy) + 0.5, 0, 1)
    noise = 0.15 * np.random.default_rng(seed).normal(size=dark.shape)
    return TemImage(pixels=1 - dark + noise, px_per_nm=2.0).save(path)


@pytest.fixture(scope="module")
def micrographs(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("tem")
    for i, spacing in enumerate((14.0, 14.2, 14.4)):
        write_discs(folder / f"image_{i}.png", spacing, seed=i)
    (folder / "broken.png").write_text("no picture")
    return folder


@pytest.fixture(scope="module")
def measured(micrographs) -> tuple[MeasuredFiles, Path]:
    out = micrographs.parent / "out_tem"
    table = measure_files("tem", [micrographs], options={"px_per_nm": 2.0}, jobs=1, save=out, formats=("svg",))
    return table, out


@pytest.mark.slow
def test_every_file_is_a_row_and_a_bad_one_says_why(measured):
    table, _ = measured
    assert [row["file"] for row in table.rows] == ["broken.png", "image_0.png", "image_1.png", "image_2.png"]
    assert "broken.png" in table.rows[0]["error"]
    assert "\n" not in table.rows[0]["error"]
    assert [row["error"] for row in table.rows[1:]] == ["", "", ""]
    assert [row["spacing_nm"] for row in table.rows[1:]] == pytest.approx([7.0, 7.1, 7.2], rel=2e-3)
    assert table.results[0] is None
    assert table.results[1].spacing_nm == table.rows[1]["spacing_nm"]


@pytest.mark.slow
def test_the_mean_has_the_scale_that_all_pictures_share(measured):
    table, _ = measured
    spacing = next(a for a in table.averages if a.quantity == "spacing_nm")
    assert (spacing.group, spacing.n) == ("square", 3)
    assert spacing.mean == pytest.approx(7.1, rel=2e-3)
    assert spacing.spread == pytest.approx(0.1, rel=0.1)
    # 1 % of the scale and the digits of 2.0: what three pictures of one microscope do not average away.
    scale = math.hypot(0.01, 0.1 / math.sqrt(12) / 2.0) * 7.0
    assert spacing.sd == pytest.approx(math.hypot(0.1 / math.sqrt(3), scale), rel=0.02)
    assert "1 of 4 files could not be measured" in table.summary()


@pytest.mark.slow
def test_saved_files_open_in_other_programs(measured):
    table, out = measured
    rows = read_rows(out / "table.csv")
    assert [row["file"] for row in rows] == [row["file"] for row in table.rows]
    assert rows[1]["spacing_nm"] == repr(table.rows[1]["spacing_nm"])
    assert {p.name for p in (out / "image_0").iterdir()} == {"tem.svg", "tem.json", "caption.txt", "particles.csv"}
    svg = ElementTree.parse(out / "image_0" / "tem.svg").getroot()
    assert svg.tag.endswith("svg")
    text = "".join(svg.itertext())
    assert "square lattice" in text
    particles = read_rows(out / "image_0" / "particles.csv")
    assert len(particles) == table.rows[1]["n_particles"]
    sized = [float(p["diameter_nm"]) for p in particles if p["diameter_nm"]]
    assert np.mean(sized) == pytest.approx(2 * 0.36 * 7.0, rel=0.03)
    assert {p["on_lattice"] for p in particles} <= {"0", "1"}
    caption = (out / "image_0" / "caption.txt").read_text()
    assert sl.__version__ in caption
    assert "±" in caption


@pytest.mark.slow
def test_nothing_is_overwritten(measured, micrographs):
    _, out = measured
    with pytest.raises(InputError, match="nothing is overwritten"):
        measure_files("tem", [micrographs], options={"px_per_nm": 2.0}, jobs=1, save=out)
    # A folder of one file is made anew for that file only.
    one = sl.measure_tem(micrographs / "image_0.png", px_per_nm=2.0)
    save_measurement(one, out / "image_0", formats=("svg",))
    other = sl.measure_tem(micrographs / "image_1.png", px_per_nm=2.0)
    with pytest.raises(InputError, match="another file"):
        save_measurement(other, out / "image_0", formats=("svg",))


@pytest.mark.slow
def test_files_of_one_name_get_folders_of_their_own(tmp_path):
    files = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        files.append(write_curve_file(tmp_path / name / "x.dat"))
    table = measure_files("saxs", files, options={"q_unit": "1/nm"}, jobs=1, save=tmp_path / "out", formats=("svg",))
    assert [row["folder"] for row in table.rows] == ["x", "x_2"]


@pytest.mark.slow
def test_a_session_gives_the_same_result_again(measured, capsys):
    table, out = measured
    session = read_session(out)
    assert session.changed() == []
    again = measure_files(session.kind, session.files, options=session.options, jobs=1)
    for before, now in zip(table.rows, again.rows, strict=True):
        assert now == {k: v for k, v in before.items() if k != "folder"}
    session.files[1].write_bytes(session.files[1].read_bytes() + b"x")
    assert session.changed() == ["image_0.png"]
    assert main(["measure", "again", str(out)]) == 2
    assert "image_0.png no longer holds" in capsys.readouterr().err


@pytest.mark.slow
def test_a_session_keeps_what_was_decided(tmp_path):
    file = write_curve_file(tmp_path / "x.dat")
    control = FitControl(
        phase="fcc", fixed={"size_nm": 7.0}, bounds={"nearest_nm": (8.0, 10.0)}, background=("constant",)
    )
    options = {"q_unit": "1/nm", "q_range_inv_nm": (0.4, 3.0), "control": control}
    measure_files("saxs", [file], options=options, jobs=1, save=tmp_path / "out", formats=("svg",))
    read = dict(read_session(tmp_path / "out").options)
    assert read["control"].to_dict() == control.to_dict()
    assert (read["q_unit"], read["q_range_inv_nm"]) == ("1/nm", (0.4, 3.0))


def test_the_command_tells_rows_as_a_list_and_says_what_failed(tmp_path, capsys):
    good, bad = write_curve_file(tmp_path / "good.dat"), tmp_path / "none.dat"
    assert main(["measure", "saxs", str(good), str(bad), "--q-unit", "1/nm", "--jobs", "1", "--json"]) == 2
    told = capsys.readouterr()
    rows = json.loads(told.out)
    assert [row["file"] for row in rows] == ["good.dat", "none.dat"]
    assert rows[0]["phase"] == "none"
    assert rows[0]["radius_nm"] == pytest.approx(3.5, rel=0.02)
    assert rows[1]["error"]
    assert "1 of 2 files" in told.err
    # One file is what it always was.
    assert main(["measure", "saxs", str(good), "--q-unit", "1/nm", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["radius_nm"] == rows[0]["radius_nm"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--bound", "nearest_nm=8:10", "--start", "nearest_nm=7"], "outside its bounds 8 to 10"),
        (["--bound", "nearest_nm=10:8"], "must rise"),
        (["--fix", "nearst_nm=8"], "Did you mean 'nearest_nm'"),
        (["--fix", "nearest_nm"], "NAME=VALUE"),
        (["--phase", "fccc"], "Did you mean 'fcc'"),
        (["--background", "flat"], "background has no 'flat'"),
        (["--format", "gif", "--save", "out"], "formats must be of png"),
    ],
)
def test_a_decision_that_cannot_be_is_one_line(tmp_path, monkeypatch, capsys, arguments, words):
    monkeypatch.chdir(tmp_path)
    write_curve_file(tmp_path / "x.dat")
    assert main(["measure", "saxs", "x.dat", "--q-unit", "1/nm", *arguments]) == 2
    told = capsys.readouterr().err
    assert words in told
    assert told.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_folder_without_files_is_one_line_and_the_others_are_measured(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert main(["measure", "tem", str(tmp_path / "empty"), "--px-per-nm", "2"]) == 2
    assert "empty" in capsys.readouterr().err
    good = write_curve_file(tmp_path / "good.dat")
    assert main(["measure", "saxs", str(tmp_path / "empty"), str(good), "--q-unit", "1/nm", "--jobs", "1"]) == 2
    told = capsys.readouterr()
    assert "radius [nm]" in told.out
    assert "empty was not measured" in told.out


def test_an_interruption_keeps_what_is_done(tmp_path):
    files = [write_curve_file(tmp_path / f"{i}.dat") for i in range(3)]

    def stop(done: int, of: int, name: str) -> None:
        if done == 2:
            raise KeyboardInterrupt

    table = measure_files("saxs", files, options={"q_unit": "1/nm"}, jobs=1, told=stop)
    assert table.stopped
    assert [row["file"] for row in table.rows] == ["0.dat", "1.dat"]
    assert len(table.to_csv().splitlines()) == 3
    assert "interrupted" in table.summary()


@pytest.mark.slow
def test_two_processes_give_what_one_gives(micrographs, measured):
    files = [micrographs / f"image_{i}.png" for i in (1, 2)] + [micrographs / "broken.png"]
    table = measure_files("tem", files, options={"px_per_nm": 2.0}, jobs=2)
    by_file = {row["file"]: row for row in measured[0].rows}
    for row in table.rows:
        assert row == {k: v for k, v in by_file[row["file"]].items() if k != "folder"}
    assert table.results[0].particles.psi4.shape == (table.rows[0]["n_particles"],)


@pytest.mark.slow
def test_what_was_measured_is_a_data_frame(measured):
    pandas = pytest.importorskip("pandas")
    table, out = measured
    frame = table.to_dataframe()
    assert list(frame["file"]) == [row["file"] for row in table.rows]
    read = pandas.read_csv(out / "table.csv")
    assert list(read.columns) == list(frame.columns)
    np.testing.assert_allclose(read["spacing_nm"][1:], frame["spacing_nm"][1:].astype(float))


@given(st.lists(st.floats(5.0, 15.0), min_size=2, max_size=8), st.floats(0.001, 0.5))
@settings(max_examples=30, deadline=None)
def test_a_mean_is_never_surer_than_its_spread_and_its_files_say(values, sd):
    rows = [{"phase": "fcc", "confidence": "high", "a_nm": v, "a_sd_nm": sd} for v in values]
    (found,), _ = averages(KINDS["saxs"], rows)
    assert found.mean == pytest.approx(np.mean(values))
    assert found.sd >= np.std(values, ddof=1) / math.sqrt(len(values)) * 0.999
    assert found.sd >= sd / math.sqrt(len(values)) * 0.999


def test_no_number_of_pictures_makes_a_length_surer_than_their_scale():
    # Sizes of 0.5 % each and a scale of 2 % that a hundred pictures share.
    rows = [
        {"lattice": "square", "confidence": "high", "spacing_nm": 10.0, "spacing_sd_nm": 0.2, "scale_sd_nm": 0.2,
         "particle_diameter_nm": 8.0, "particle_diameter_sd_nm": 8.0 * math.hypot(0.02, 0.005), "angle_deg": 90.0,
         "angle_spread_deg": 0.5}
    ] * 100  # fmt: skip
    found = {a.quantity: a for a in averages(KINDS["tem"], rows)[0]}
    assert found["spacing_nm"].sd == pytest.approx(0.2)
    assert found["particle_diameter_nm"].stated_sd == pytest.approx(8.0 * 0.005)
    assert found["particle_diameter_nm"].sd == pytest.approx(8.0 * math.hypot(0.02, 0.005 / 10))
    # An angle has no scale.
    assert found["angle_deg"].sd == pytest.approx(0.05)


def test_numbers_of_two_lattices_are_not_averaged_and_doubts_are_left_out():
    rows = [
        {"phase": "fcc", "confidence": "high", "a_nm": 12.0, "a_sd_nm": 0.1},
        {"phase": "bcc", "confidence": "high", "a_nm": 10.0, "a_sd_nm": 0.1},
        {"phase": "bcc", "confidence": "low", "a_nm": 30.0, "a_sd_nm": 0.1},
        {"error": "broken"},
    ]
    made, note = averages(KINDS["saxs"], rows)
    assert [(a.group, a.mean) for a in made] == [("bcc", 10.0), ("fcc", 12.0)]
    assert "2 of 3 files of high confidence" in note
    assert "1 of 4 files could not be measured" in note


def test_a_folder_stands_for_its_files(tmp_path):
    for name in ("b.DAT", "a.dat", "c.png", "notes.md"):
        (tmp_path / name).touch()
    assert [f.name for f in files_of(KINDS["saxs"], [tmp_path])] == ["a.dat", "b.DAT"]


def series_table(slope: float, noise: float, n: int = 40, seed: int = 0) -> tuple[MeasuredFiles, np.ndarray]:
    x = np.linspace(0.0, 10.0, n)
    y = 9.0 + slope * x + np.random.default_rng(seed).normal(0, noise, n)
    rows = [
        {"file": f"{i}", "phase": "fcc", "confidence": "high", "a_nm": v, "a_sd_nm": noise, "error": ""}
        for i, v in enumerate(y)
    ]
    return MeasuredFiles(kind="saxs", rows=tuple(rows)), x


def test_a_series_with_decisions_is_plain_data():
    options = {"control": FitControl(phase="fcc", fixed={"size_nm": 6.0}), "geometry": Path("a.poni")}
    table, x = series_table(-0.02, 0.01, n=5)
    series = series_of(MeasuredFiles(kind="saxs", rows=table.rows, options=options), "time_s", x)
    told = json.loads(json.dumps(series.to_dict()))["options"]
    assert FitControl.from_dict(told["control"]) == options["control"]
    assert told["geometry"] == "a.poni"


def test_a_drift_is_found_within_its_stated_error():
    away = []
    for seed in range(40):
        table, x = series_table(-0.02, 0.01, seed=seed)
        (trend,) = series_of(table, "time_s", x).trends
        away.append((trend.slope + 0.02) / trend.slope_sd)
    # Forty draws of a standard normal: their mean square is 1 to about 0.22, or less as errors grow with the scatter.
    assert 0.4 < np.mean(np.square(away)) < 1.6


@pytest.mark.slow
def test_a_series_is_drawn_and_written(tmp_path):
    table, x = series_table(-0.09, 0.02)
    series = series_of(table, "time_s", x, beside={"a_nm": [("predicted", x, 9.0 - 0.09 * x)]})
    files = sl.save_series(series, tmp_path, formats=("svg",))
    assert {f.name for f in files} == {"series.svg", "series.csv", "series.json"}
    assert (tmp_path / "series.csv").read_text().startswith("time_s,file,")
    assert "predicted" in (tmp_path / "series.svg").read_text()
    assert "-" in series.summary()


@pytest.mark.parametrize(
    ("text", "words"),
    [("T", "NAME=WHERE"), ("t=T_", "one pair of brackets"), ("t=T_([", "no pattern"), ("t=Z([0-9]+)", "no file has")],
)
def test_a_parameter_that_no_file_has_is_one_line(text, words):
    with pytest.raises(InputError, match=words):
        parameter_of(text, [Path("T_20.dat")])


def test_a_parameter_comes_from_a_table(tmp_path):
    (tmp_path / "s.csv").write_text("file,temperature_c\nb.dat,40\na.dat,20\n")
    name, values = parameter_of(f"temperature_c={tmp_path / 's.csv'}", [Path("x/a.dat"), Path("b.dat"), Path("c.dat")])
    assert (name, values[:2]) == ("temperature_c", [20.0, 40.0])
    assert math.isnan(values[2])


@pytest.mark.parametrize("phase", ["fcc", "bcc", "sc", "hcp", "bct", "A15"])
def test_names_of_reflections_are_where_their_indices_put_them(phase):
    a, c = 10.0, {"hcp": 16.33, "bct": 12.0}.get(phase)
    q, names = named_reflections(phase, a, c, 2.6)
    assert len(q) > 3
    for at, name in zip(q, names, strict=True):
        h, k, m = (int(i) for i in (name.split() if " " in name else name))
        basal = (h * h + h * k + k * k) * 4 / 3 if phase == "hcp" else h * h + k * k
        assert at == pytest.approx(2 * math.pi * math.sqrt(basal / a**2 + m**2 / (c or a) ** 2), rel=0.007)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_saved_curve_opens_in_sasview(tmp_path):
    loader = pytest.importorskip("sasdata.dataloader.loader", reason="sasdata is not installed")
    found = sl.measure_saxs(write_curve_file(tmp_path / "x.dat"), q_unit="1/nm")
    files = save_measurement(found, tmp_path / "out", formats=("svg",))
    (read,) = loader.Loader().load(str(tmp_path / "out" / "curve.nxs"))
    # The loader turns 1/nm into 1/angstrom or keeps it, and says which.
    scale = 1.0 if "nm" in read.x_unit else 10.0
    np.testing.assert_allclose(scale * read.x, found.curve.q_inv_nm, rtol=1e-9)
    np.testing.assert_allclose(read.y, found.curve.intensity, rtol=1e-9)
    points = read_rows(tmp_path / "out" / "fit.csv")
    residual = [
        (float(p["intensity"]) - float(p["model"])) / float(p["sd_weight"]) - float(p["residual"]) for p in points
    ]
    np.testing.assert_allclose(residual, 0.0, atol=1e-9)
    assert len(points) == len(found.model)
    assert (tmp_path / "out" / "fit.csv") in files


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_saved_frame_opens_in_pyfai(tmp_path):
    import fabio
    import pyFAI

    from structure.pattern_fit.frame import frame_of

    place = {"distance_mm": 1000.0, "pixel_mm": 0.1, "beam_x_px": 140.0, "beam_y_px": 160.5, "wavelength_nm": 0.1}
    y, x = np.mgrid[:300, :280] + 0.5
    q = 4 * np.pi / 0.1 * np.sin(np.arctan(np.hypot(x - 140.0, y - 160.5) * 0.1 / 1000) / 2)
    rings = sum(np.exp(-(((q - at) / 0.01) ** 2) / 2) for at in (0.5, 0.5774, 0.8165, 0.9574))
    found = sl.measure_pattern(frame_of(100 * rings + 1), geometry=place)
    save_measurement(found, tmp_path, formats=("svg",))
    integrator = pyFAI.load(str(tmp_path / "frame.poni"))
    image = fabio.open(str(tmp_path / "frame.edf")).data
    np.testing.assert_allclose(integrator.qArray(image.shape), q, atol=2e-4)
    at, intensity = integrator.integrate1d(image, 400, unit="q_nm^-1")[:2]
    first = (at > 0.4) & (at < 0.54)
    assert at[first][np.argmax(intensity[first])] == pytest.approx(0.5, abs=0.01)
    assert found.lattice == "fcc"
    assert "111" in (tmp_path / "pattern.svg").read_text()
