"""Figures of measurements: every mark has a key, no key is cut off or lies over data, plots and figures look alike."""

import json
from collections.abc import Iterator
from copy import copy
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from headless_chromium import Browser, browser, find_chromium
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

import superlattice as sl
from packing.shapes import Sphere
from structure.diffraction.multilayer import Multilayer, multilayer_intensity
from structure.diffraction.multilayer_planes import perovskite_planes
from structure.imaging.images import TemImage
from structure.measured.curve import MeasuredCurve
from structure.pattern_fit.frame import frame_of
from structure.saxs.lattice_model import LatticeModel
from superlattice.cli import main
from superlattice.measuring.figure_tem import headline
from superlattice.measuring.saving import measurement_figure, save_measurement
from superlattice.measuring.table import MeasuredFiles

PLACE = {"distance_mm": 1000.0, "pixel_mm": 0.1, "beam_x_px": 150.0, "beam_y_px": 150.0, "wavelength_nm": 0.1}


def discs(columns: int, ordered: int) -> np.ndarray:
    """Dark discs 14 px apart in the first columns of a picture with noise."""
    y, x = np.mgrid[:220, :columns]
    dx, dy = (v - 14 * np.round(v / 14) for v in (x, y))
    dark = np.clip(0.36 * 14 - np.hypot(dx, dy) + 0.5, 0, 1) * (x < ordered)
    return 1 - dark + 0.15 * np.random.default_rng(0).normal(size=dark.shape)


@cache
def a_micrograph() -> object:
    return sl.measure_tem(TemImage(pixels=discs(300, 110), px_per_nm=2.0))


@cache
def a_curve() -> object:
    q = np.linspace(0.3, 3.5, 160)
    model = LatticeModel(
        lattice="fcc", spacing_nm=9.0, body=Sphere(diameter_nm=7.0), size_spread=0.06, displacement_nm=0.4,
        domain_nm=150, background=1e-3,
    )  # fmt: skip
    return sl.measure_saxs(MeasuredCurve(q_inv_nm=q, intensity=model.intensity(q), label="model"))


@cache
def a_frame() -> object:
    y, x = np.mgrid[:300, :300]
    q = 4 * np.pi / 0.1 * np.sin(np.arctan(np.hypot(x - 150, y - 150) * 0.1 / 1000) / 2)
    rings = sum(np.exp(-(((q - at) / 0.01) ** 2) / 2) for at in (0.5, 0.5774, 0.8165, 0.9574))
    return sl.measure_pattern(frame_of(100 * rings + 1), geometry=PLACE)


@cache
def a_scan() -> object:
    film = Multilayer(planes=perovskite_planes("CsPbBr3"), n_planes=29, n_layers=7, gap_nm=3.0, gap_sd_nm=0.08)
    q = np.linspace(9.0, 13.0, 220)
    pure = multilayer_intensity(q, film)
    counts = np.random.default_rng(1).poisson(2e4 * pure / pure.max()).astype(float)
    control = sl.FitControl(fixed={"n_planes": 29}, bounds={"period_nm": (11.0, 11.5)})
    curve = MeasuredCurve(q_inv_nm=q, intensity=counts, label="scan")
    return sl.measure_xrd(curve, control=control, termination="AX", n_bootstrap=2)


KINDS = {"tem": a_micrograph, "saxs": a_curve, "pattern": a_frame}


@pytest.fixture(scope="module", params=KINDS)
def measured(request):
    return KINDS[request.param]()


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


def boxes(figure: Figure) -> tuple[list[Bbox], list[Bbox]]:
    """Keys and visible axes, in pixels."""
    figure.draw_without_rendering()
    axes = figure.get_axes()
    keys = [legend.get_window_extent() for ax in axes if (legend := ax.get_legend()) is not None]
    return keys, [ax.get_window_extent() for ax in axes if ax.axison and ax.get_visible()]


def apart(a: Bbox, b: Bbox) -> bool:
    shared = Bbox.intersection(a, b)
    return shared is None or min(shared.width, shared.height) < 2.0


@pytest.mark.slow
def test_no_key_is_cut_off_or_lies_over_data(measured):
    figure = measurement_figure(measured)
    keys, panels = boxes(figure)
    assert keys
    page = figure.bbox
    for key in keys:
        assert key.x0 >= page.x0 - 1
        assert key.y0 >= page.y0 - 1
        assert key.x1 <= page.x1 + 1
        assert key.y1 <= page.y1 + 1
        assert all(apart(key, panel) for panel in panels)
    assert all(apart(a, b) for a, b in pairwise(keys))


@pytest.mark.slow
def test_a_plot_has_the_marks_of_the_figure(measured):
    """One look: what `plot` draws on axes of one's own has the words of the figure that `--save` writes."""
    ax = Figure(layout="constrained").subplots()
    measured.plot(ax)
    mine = {text.get_text() for text in ax.get_legend().get_texts()} - {"reflections", "peak found"}
    figure = measurement_figure(measured)
    words = {text.get_text() for one in figure.get_axes() if one.get_legend() for text in one.get_legend().get_texts()}
    assert mine
    assert mine <= words
    # Nothing lies on the data.
    ax.figure.draw_without_rendering()
    assert apart(ax.get_legend().get_window_extent(), ax.get_window_extent())


@pytest.mark.slow
def test_a_header_of_four_lines_takes_no_room_from_the_key():
    found = copy(a_micrograph())
    few = headline(found)
    object.__setattr__(found, "confidence", "low")
    object.__setattr__(found, "reasons", ("Many words about what is wrong with this picture. " * 12,))
    assert headline(found).count("\n") == 3
    assert few.count("\n") < 3
    figure = measurement_figure(found)
    keys, _ = boxes(figure)
    assert all(key.y0 >= -1 for key in keys)


@pytest.mark.slow
@pytest.mark.skipif(find_chromium() is None, reason="no Chromium on this machine")
@pytest.mark.parametrize(
    ("kind", "words"),
    [("tem", "square lattice"), ("saxs", "fitted range"), ("pattern", "ring found"), ("xrd", "stack order"),
     ("series", "from end to end")],
)  # fmt: skip
def test_a_saved_svg_opens_in_a_browser(tmp_path: Path, window: Browser, kind: str, words: str):
    if kind == "series":
        rows = [
            {"file": f"{i}", "phase": "fcc", "confidence": "high", "a_nm": 9.0 - 0.1 * i, "a_sd_nm": 0.01, "error": ""}
            for i in range(5)
        ]
        table = MeasuredFiles(kind="saxs", rows=tuple(rows))
        sl.save_series(sl.series_of(table, "time_min", range(5)), tmp_path, formats=("svg",))
    else:
        save_measurement((KINDS | {"xrd": a_scan})[kind](), tmp_path, formats=("svg",))
    window.open(tmp_path / f"{kind}.svg", 1200, 900)
    assert window.ask("document.documentElement.tagName") == "svg"
    # Text stays text, and the picture has a size.
    assert words in window.ask("document.documentElement.textContent")
    assert window.ask("document.documentElement.getBoundingClientRect().width") > 300
    assert window.ask("[...document.querySelectorAll('path')].filter(p => p.getBBox().width > 0).length") > 5
    assert window.requests() == []
    assert window.complaints() == []


def test_files_of_another_kind_are_rows_with_a_reason(tmp_path, capsys):
    q = np.linspace(0.3, 3.5, 120)
    from structure.form_factors.average import form_factor

    pure = form_factor(Sphere(diameter_nm=7.0), q, size_spread=0.08).intensity
    np.savetxt(tmp_path / "curve.dat", np.column_stack([q, np.random.default_rng(0).poisson(1e5 * pure / pure.max())]))
    TemImage(pixels=discs(64, 64), px_per_nm=2.0).save(tmp_path / "picture.png")
    (tmp_path / "empty").mkdir()
    files = [str(tmp_path / name) for name in ("picture.png", "empty", "curve.dat")]
    assert main(["measure", "saxs", *files, "--q-unit", "1/nm", "--jobs", "1"]) == 2
    told = capsys.readouterr()
    assert "picture.png was not measured: picture.png is binary, not text" in told.out
    assert "empty was not measured: empty is a folder that holds no curve" in told.out
    # A radius of 3.5 nm to the digits of its error, which are those of the counts.
    row = next(line for line in told.out.splitlines() if line.startswith("curve.dat"))
    assert float(row.split()[3]) == pytest.approx(3.5, abs=0.03)
    assert "2 of 3 files could not be measured" in told.err
    # By itself a folder without files is one line, and no table.
    assert main(["measure", "saxs", str(tmp_path / "empty"), "--q-unit", "1/nm"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1


def test_a_region_without_particles_is_one_line_and_the_other_files_are_measured(tmp_path, capsys):
    TemImage(pixels=discs(330, 110), px_per_nm=2.0).save(tmp_path / "half.png")
    TemImage(pixels=discs(330, 330), px_per_nm=2.0).save(tmp_path / "whole.png")
    clean = np.ones((220, 330))
    clean[:, :100] = discs(100, 100)
    TemImage(pixels=clean, px_per_nm=2.0).save(tmp_path / "clean.png")
    region = ["--px-per-nm", "2", "--region", "130,5;320,5;320,210;130,210"]
    for name, why in (("half", "its pixels vary as noise does"), ("clean", "all its pixels are alike")):
        assert main(["measure", "tem", str(tmp_path / f"{name}.png"), *region]) == 2
        told = capsys.readouterr()
        assert f"region_px holds no particles: {why}" in told.err
        assert told.err.count("\n") == 1
        assert told.out == ""
    files = [str(tmp_path / f"{name}.png") for name in ("half", "whole", "clean")]
    assert main(["measure", "tem", *files, *region, "--jobs", "1", "--json"]) == 2
    rows = json.loads(capsys.readouterr().out)
    assert [bool(row["error"]) for row in rows] == [True, False, True]
    assert rows[1]["lattice"] == "square"
    # One that lies beside the picture leaves nothing to measure.
    beside = "500,5;600,5;600,90;500,90"
    assert main(["measure", "tem", str(tmp_path / "half.png"), "--px-per-nm", "2", "--region", beside]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.filterwarnings("error")
def test_a_number_that_ends_on_its_bound_warns_of_nothing(tmp_path):
    q = np.linspace(0.3, 3.5, 120)
    from structure.form_factors.average import form_factor

    pure = form_factor(Sphere(diameter_nm=7.0), q, size_spread=0.08).intensity
    curve = MeasuredCurve(q_inv_nm=q, intensity=np.random.default_rng(0).poisson(1e5 * pure / pure.max()).astype(float))
    found = sl.measure_saxs(curve, control=sl.FitControl(phase="none", shape="sphere", bounds={"size_nm": (8.0, 9.0)}))
    assert found.radius_nm == pytest.approx(4.0, rel=1e-3)
    assert found.confidence == "low"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_saved_scan_opens_in_sasview_and_its_decisions_are_in_the_caption(tmp_path: Path):
    found = a_scan()
    save_measurement(found, tmp_path, formats=("svg",))
    caption = (tmp_path / "caption.txt").read_text()
    assert "The number of atomic planes was fixed at 29." in caption
    assert "The period was kept between 11 and 11.5 nm." in caption
    loader = pytest.importorskip("sasdata.dataloader.loader", reason="sasdata is not installed")
    (read,) = loader.Loader().load(str(tmp_path / "curve.nxs"))
    np.testing.assert_allclose((1.0 if "nm" in read.x_unit else 10.0) * read.x, found.curve.q_inv_nm, rtol=1e-9)
    np.testing.assert_allclose(read.y, found.curve.intensity, rtol=1e-9)


@pytest.mark.slow
def test_every_saved_table_opens_in_pandas(tmp_path: Path):
    pandas = pytest.importorskip("pandas")
    (tmp_path / "images").mkdir()
    for i in range(2):
        TemImage(pixels=discs(220, 220), px_per_nm=2.0).save(tmp_path / "images" / f"{i}.png")
    table = sl.measure_files("tem", [tmp_path / "images"], options={"px_per_nm": 2.0}, jobs=1, save=tmp_path / "out",
                             formats=("svg",))  # fmt: skip
    sl.save_series(sl.series_of(table, "time_min", [0.0, 1.0]), tmp_path / "out", formats=("svg",))
    save_measurement(a_scan(), tmp_path / "scan", formats=("svg",))
    read = {path.relative_to(tmp_path).as_posix(): pandas.read_csv(path) for path in tmp_path.rglob("*.csv")}
    assert set(read) == {
        "out/table.csv", "out/averages.csv", "out/series.csv", "out/0/particles.csv", "out/1/particles.csv",
        "scan/fit.csv",
    }  # fmt: skip
    np.testing.assert_allclose(read["out/table.csv"]["spacing_nm"], [row["spacing_nm"] for row in table.rows])
    assert list(read["out/series.csv"]["time_min"]) == [0.0, 1.0]
    particles = read["out/0/particles.csv"]
    assert len(particles) == table.rows[0]["n_particles"]
    assert {"x_nm", "y_nm", "grain", "diameter_nm", "psi4", "psi6", "on_lattice"} <= set(particles.columns)
    assert particles["psi4"].dtype == float
    fit = read["scan/fit.csv"]
    np.testing.assert_allclose((fit["intensity"] - fit["model"]) / fit["sd_weight"], fit["residual"], atol=1e-9)
