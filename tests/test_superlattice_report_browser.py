"""The report in a real browser: nothing complains, nothing is fetched, it can be read on a phone and on paper."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from headless_chromium import Browser, browser, find_chromium
from PIL import Image

from assembly.run.result import AssemblyResult
from assembly.run.run_files import RunFiles
from packing.prediction.prediction import Prediction
from packing.trajectory import write_gsd
from structure.crystals.build import build_crystal, ideal_gas
from superlattice.comparison.sides import compare
from superlattice.comparison.spacings import side_of
from superlattice.pipeline.report import write_report
from superlattice.provenance import provenance
from superlattice.steps.analysis import analyze_trajectory
from superlattice.steps.part import Part
from superlattice.steps.prediction import predict_study
from superlattice.study.study import Study

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_chromium() is None, reason="no Chromium on this machine"),
]

STUDY = """
title = "Ligand exchange on CsPbBr3 nanocubes: oleate to Na+"
[nanocrystal]
material = "CsPbBr3"
edge_nm = 8.6
[ligand]
name = "oleate"
[exchange.ligand]
name = "Na+"
[[compare.published]]
quantity = "interdot distance (DFT)"
before_nm = 10.0
after_nm = 3.0
source = "Zhou et al., Adv. Sci. 2021, doi 10.1002/advs.202101125"
note = "The paper does not say whether this is a gap or a centre-to-centre distance."
"""
PHONE_PX, DESKTOP_PX, PAPER_PX = 390, 1280, 690


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report as of a run with two ligands, from crystals that were built and not simulated."""
    folder = tmp_path_factory.mktemp("report")
    study = Study.from_text(STUDY)
    parts = [built_part(name, variant, folder / name) for name, variant in study.variants().items()]
    comparison = compare(study, [side_of(part) for part in parts])
    warnings = [w for part in parts for w in part.prediction.warnings]
    about = provenance(study.study_id, 1, [part.assembly.engine_info() for part in parts])
    write_report(folder, study, parts, comparison, warnings, about, {})
    return folder / "report.html"


def built_part(name: str, study: Study, folder: Path) -> Part:
    folder.mkdir()
    prediction = predict_study(study)
    shape = study.nanocrystal.build().shape
    end = build_crystal(
        "sc", spacing_nm=prediction.period_nm, n_cells=(3, 3, 3), shapes=shape, displacement_nm=0.1, seed=1
    )
    write_gsd(folder / "trajectory.gsd", [ideal_gas(27, edge_nm=60.0, shapes=shape, seed=1), end])
    analysis = analyze_trajectory(folder / "trajectory.gsd", study.structure)
    analysis.save_figures(folder / "figures")
    made = built_assembly(folder, prediction)
    return Part(
        name=name, study=study, folder=folder, prediction=prediction, data=prediction.to_dict(), assembly=made,
        analysis=analysis,
    )  # fmt: skip


def built_assembly(folder: Path, prediction: Prediction) -> AssemblyResult:
    return AssemblyResult(
        files=RunFiles(folder), model="built, not simulated", engine="none", engine_version="0", device="cpu", seed=1,
        n_particles=27, n_steps=0, time_ps=0.0, steps_per_s=0.0, sampling_from_step=0,
        period_nm=prediction.period_nm, period_std_nm=0.0,
        start={"cubatic_order": 0.1, "sc_fraction": 0.0}, end={"cubatic_order": 1.0, "sc_fraction": 1.0},
        details={}, warnings=(), was_done=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


@pytest.mark.parametrize(("width_px", "phone"), [(DESKTOP_PX, False), (PHONE_PX, True)])
def test_the_page_fits_and_shows_its_numbers_and_figures(
    page: Path, window: Browser, width_px: int, phone: bool
) -> None:
    window.open(page, width_px, 844, phone=phone)
    assert window.ask("document.documentElement.scrollWidth") <= width_px
    # What is wider than a phone scrolls in its own frame.
    assert window.ask("[...document.querySelectorAll('.scroll')].every(s => s.clientWidth <= innerWidth)")
    assert window.ask("document.querySelectorAll('.answer b').length") == 6
    assert window.ask("document.querySelectorAll('table').length") >= 4
    assert window.ask("document.querySelectorAll('figure img').length") >= 12
    assert window.ask("[...document.images].every(i => i.complete && i.naturalWidth > 100)")
    # Text a thumb can read: nothing below 12 px.
    smallest = (
        "Math.min(...[...document.body.querySelectorAll('*')].map(e => parseFloat(getComputedStyle(e).fontSize)))"
    )
    assert window.ask(smallest) >= 12


def test_numbers_stand_before_figures(page: Path, window: Browser) -> None:
    window.open(page, DESKTOP_PX, 900)
    top = "document.querySelector('{}').getBoundingClientRect().top"
    assert window.ask(top.format(".answer")) < 500
    assert window.ask(top.format(".answer")) < window.ask(top.format("table")) < window.ask(top.format("figure"))


def test_the_crystal_is_drawn(page: Path, window: Browser, tmp_path: Path) -> None:
    pytest.importorskip("k3d")
    window.open(page, DESKTOP_PX, 900)
    window.ask("document.querySelector('iframe.view').scrollIntoView()")
    box = window.ask(
        "(r => [r.left, r.top, r.right, r.bottom])(document.querySelector('iframe.view').getBoundingClientRect())"
    )

    def share_of_red() -> float:
        window.screenshot(tmp_path / "view.png", whole=False)
        with Image.open(tmp_path / "view.png") as shot:
            red, green, blue = np.moveaxis(np.asarray(shot.convert("RGB").crop(box), dtype=float), 2, 0)
        return float(np.mean((red > 120) & (green < 60) & (blue < 60)))

    # Cubes with an axis along z are red; there are some, and there is room around them.
    window.until(lambda: share_of_red() > 0.02, "red cubes in the view")
    assert share_of_red() < 0.6


def test_the_page_prints_without_what_paper_cannot_show(page: Path, window: Browser) -> None:
    window.open(page, PAPER_PX, 900)
    window.call("Emulation.setEmulatedMedia", window.page, media="print")
    # Neither the views nor their headings and hints.
    assert window.ask("[...document.querySelectorAll('iframe.view')].every(f => f.getClientRects().length === 0)")
    assert "mouse" not in window.ask("document.body.innerText")
    assert "Last frame:" not in window.ask("document.body.innerText")
    # Two figures stand side by side, so that no page has one alone.
    tops = "[...document.querySelectorAll('.figures')].map(g => [...g.children].slice(0, 2).map(f => f.offsetTop))"
    assert all(len(pair) == 2 and pair[0] == pair[1] for pair in window.ask(tops))
    paper = base64.b64decode(window.call("Page.printToPDF", window.page, paperWidth=8.27, paperHeight=11.69)["data"])
    # Two ligands' figures and details on not many more pages than they fill.
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) <= 9
    window.call("Emulation.setEmulatedMedia", window.page, media="")


def test_nothing_complained_and_nothing_was_fetched(window: Browser) -> None:
    # Of all pages shown above, frames included.
    assert window.complaints() == []
    assert window.requests() == []
