"""The page in headless Chromium: every tab, knobs, real files, drawing, saving, a run begun and stopped, a restart."""

import os
import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from app_page import Address, Served, click, drag, marked, served, text_of, upload, write
from headless_chromium import LOCAL, Browser, browser, find_chromium

from assembly.engines import available_engines
from superlattice.steps.prediction import predict_study
from superlattice.study.study import load_study

DATA = Path(__file__).parents[2] / "shared" / "data"
pytest.importorskip("nicegui", reason="NiceGUI is not installed: pip install superlattice[app]")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_chromium() is None, reason="no Chromium on this machine"),
]
STUDY = """\
title = "t"
[nanocrystal]
material = "CsPbBr3"
edge_nm = 8.6   # core
size_spread = 0.03
[ligand]
name = "oleate"
coverage_per_nm2 = 3.0
[assembly]
n_particles = 27
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "mine.toml"
    file.write_text(STUDY)
    return file


@pytest.fixture(scope="module")
def page(study: Path) -> Iterator[Served]:
    with served(study) as made:
        yield made


@pytest.fixture(scope="module")
def window(page: Served) -> Iterator[Browser]:
    with browser() as opened:
        show(opened, page)
        yield opened


def show(window: Browser, page: Served, width_px: int = 1280, *, phone: bool = False) -> None:
    window.open(page.address, width_px, 900, phone=phone)  # type: ignore[arg-type]
    texts = "+".join(f"({marked(mark)}?.innerText ?? '')" for mark in ("headline", "wrong"))
    window.wait_for(f"({texts}).length > 5")
    # Until its socket stands, a slow machine may load the page once more, and what was written is lost.
    window.wait_for("window.did_handshake === true")


def wait_text(window: Browser, mark: str, words: str) -> None:
    window.wait_for(f"({marked(mark)}?.innerText ?? '').includes({words!r})")


def told(window: Browser, words: str) -> None:
    window.wait_for(f"document.querySelector('.q-notifications').innerText.includes({words!r})")


def tab(window: Browser, name: str) -> None:
    click(window, f"tab-{name}")
    window.wait_for(f"{marked(f'tab-{name}')}.getAttribute('aria-selected') === 'true'")


@pytest.mark.parametrize(("width_px", "phone"), [(1280, False), (390, True)])
def test_every_tab_fits_the_screen(window: Browser, page: Served, width_px: int, phone: bool, tmp_path: Path) -> None:
    show(window, page, width_px, phone=phone)
    for name in ("predict", "which-lattice", "measure", "compare", "runs", "light"):
        tab(window, name)
        assert window.ask("document.documentElement.scrollWidth") <= width_px
        if folder := os.environ.get("SUPERLATTICE_SCREENSHOTS"):
            time.sleep(1.0)
            window.screenshot(Path(folder) / f"app-{name}-{width_px}.png", whole=True)


def test_a_knob_moves_the_answer_and_save_writes_the_study(window: Browser, page: Served, study: Path) -> None:
    show(window, page)
    before = text_of(window, "headline")
    write(window, "coverage", "2.0")
    window.wait_for(f"{marked('headline')}.innerText !== {before!r}")
    assert "(not saved)" in text_of(window, "study-name")
    assert "3.0" in study.read_text()
    click(window, "save")
    told(window, "saved mine.toml")
    saved = load_study(study)
    assert saved.ligand.coverage_per_nm2 == 2.0
    assert "# core" in study.read_text()
    wait_text(window, "headline", f"{predict_study(saved).period_nm:.2f}")
    assert window.ask("document.querySelectorAll('canvas').length") >= 4
    assert "superlattice predict mine.toml" in window.ask("document.body.textContent")


def test_a_ligand_of_ones_own_and_one_that_cannot_be(window: Browser, page: Served, study: Path) -> None:
    show(window, page)
    write_choice(window, "ligand", "my own")
    window.wait_for(f"!!{marked('n_carbons')} && {marked('n_carbons')}.offsetParent !== null")
    write(window, "n_carbons", "12")
    write(window, "double_bonds", "2")
    click(window, "save")
    told(window, "saved mine.toml")
    made = load_study(study).ligand
    assert (made.name, made.n_carbons, made.double_bonds) == ("my ligand", 12, 2)
    write(window, "n_carbons", "3")
    wait_text(window, "wrong", "double_bonds must be a whole number from 0 to 1")
    click(window, "save")
    told(window, "double_bonds must be")
    assert load_study(study).ligand.n_carbons == 12
    # By its length and its room, and longer than that room allows.
    write(window, "length_nm", "1.2")
    wait_text(window, "headline", "period")
    assert text_of(window, "wrong") == ""
    write(window, "volume_nm3", "0.1")
    wait_text(window, "wrong", "longer than its volume of 0.1 nm³ allows")
    click(window, "save")
    told(window, "longer than its volume")
    assert load_study(study).ligand.length_nm is None
    write(window, "volume_nm3", "0.3")
    window.wait_for(f"{marked('wrong')}.innerText === ''")
    click(window, "save")
    window.wait_for(f"!{marked('study-name')}.innerText.includes('not saved')")
    made = load_study(study).ligand
    assert (made.length_nm, made.volume_nm3, made.n_carbons) == (1.2, 0.3, None)


def write_choice(window: Browser, mark: str, words: str) -> None:
    """Choose in a list by typing, as a person does."""
    window.ask(f"{marked(mark)}.focus(); {marked(mark)}.select()")
    window.call("Input.insertText", window.page, text=words)
    window.wait_for("document.querySelectorAll('.q-menu .q-item').length === 1")
    window.ask("document.querySelector('.q-menu .q-item').click()")


def pick(window: Browser, mark: str, words: str) -> None:
    """Choose in a short list with the mouse, until it is chosen.

    A click while the page is being drawn anew opens nothing, and a second one closes what a slow machine was opening.
    """
    item = f"[...document.querySelectorAll('.q-menu .q-item')].find(item => item.innerText.trim() === {words!r})"
    chosen = f"!!{marked(mark)}?.closest('.q-field')?.innerText.includes({words!r}) && !{item}"
    for _ in range(30):
        if window.ask(chosen):
            return
        if window.ask(f"!!{item}"):
            window.ask(f"{item}.click()")
        else:
            click(window, mark)
        time.sleep(1.0)
    window.wait_for(chosen)


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared measured files are not here")
def test_a_micrograph_is_dropped_cut_scaled_and_measured(window: Browser, page: Served, study: Path) -> None:
    show(window, page)
    tab(window, "measure")
    upload(window, "measure-upload", DATA / "tem" / "pbse_square.tif")
    wait_text(window, "measure-name", "uploads/pbse_square.tif")
    picture = f"{marked('measure-picture')}.querySelector('img')"
    window.wait_for(f"{picture}?.naturalWidth > 100")
    drag(window, "measure-picture", (0.1, 0.1), (0.6, 0.6))
    wait_text(window, "measure-drawn", "rows ")
    window.ask(f"[...{marked('draws')}.querySelectorAll('button')].at(-1).click()")
    write(window, "bar-nm", "50")
    drag(window, "measure-picture", (0.2, 0.8), (0.5, 0.8))
    window.wait_for(f"parseFloat({marked('px-per-nm')}.value) > 0")
    write(window, "px-per-nm", "2.0")
    click(window, "measure")
    wait_text(window, "measure-verdict", "done")
    window.wait_for(f"{marked('result-picture')}?.querySelector('img')?.naturalWidth > 200")
    assert "nm" in text_of(window, "measure-output")
    assert list((study.parent / "measured" / "pbse_square-tem").glob("*.json"))
    shown = window.ask("document.body.textContent")
    assert "superlattice measure tem uploads/pbse_square.tif --px-per-nm 2 --crop " in shown
    if folder := os.environ.get("SUPERLATTICE_SCREENSHOTS"):
        window.screenshot(Path(folder) / "app-measured.png", whole=True)
    assert "sl.measure_tem('uploads/pbse_square.tif', px_per_nm=2" in shown
    # An outline, corner by corner, takes the place of the box.
    window.ask(f"[...{marked('draws')}.querySelectorAll('button')].at(1).click()")
    for corner in ((0.1, 0.1), (0.9, 0.1), (0.5, 0.9)):
        drag(window, "measure-picture", corner, corner)
    wait_text(window, "measure-drawn", "3 corners")
    commands = "[...document.querySelectorAll('[data-mark=\"command\"]')].map(label => label.textContent)"
    window.wait_for(f"{commands}.some(text => text.includes('--px-per-nm 2 --region ') && !text.includes('--crop'))")


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared measured files are not here")
def test_a_curve_is_shown_measured_in_another_process_and_cancelled(window: Browser, page: Served) -> None:
    show(window, page)
    tab(window, "measure")
    write(window, "measure-upload-path", DATA / "saxs" / "spheres_0.dat")
    wait_text(window, "measure-name", "spheres_0.dat")
    window.wait_for(f"{marked('q-unit')}.offsetParent !== null")
    # What is going to run is shown before it does, with what is chosen.
    write(window, "q-low", "0.3")
    window.wait_for("document.body.textContent.includes('spheres_0.dat --q-range 0.3:1000 --save measured/')")
    click(window, "measure")
    wait_text(window, "measure-verdict", "running for")
    # The page answers while the work goes on.
    tab(window, "predict")
    tab(window, "measure")
    click(window, "measure-stop")
    window.wait_for(f"!{marked('measure-verdict')}.innerText.includes('running')")


def test_a_second_kind_ranks_lattices_and_stability_is_begun(window: Browser, page: Served, study: Path) -> None:
    study.write_text(STUDY)
    study.with_name(".mine.toml.unsaved").unlink(missing_ok=True)
    show(window, page)
    tab(window, "which-lattice")
    write_choice(window, "second", "Fe3O4")
    wait_text(window, "rank-note", "NaCl")
    # Two kinds of cubes are searched: said at once, and nothing waits for it.
    pick(window, "second-shape", "cube")
    wait_text(window, "rank-note", "The lattices are coming")
    tab(window, "predict")
    wait_text(window, "coming", "The lattices are coming")
    wait_text(window, "headline", "by itself: period")
    tab(window, "which-lattice")
    pick(window, "second-shape", "sphere")
    wait_text(window, "rank-note", "NaCl")
    write(window, "second-size", "18")
    window.wait_for("document.body.textContent.includes('superlattice stability mine.toml --out runs')")
    click(window, "stability")
    told(window, "saved mine.toml")
    wait_text(window, "stability-verdict", "running for")
    partner = load_study(study).partner
    assert partner is not None
    assert (partner.material, partner.diameter_nm, partner.ligand.name) == ("Fe3O4", 18.0, "oleate")
    window.wait_for(f"({marked('stability-lines')}?.innerText ?? '').includes('pair energies')")
    # Another tab of the browser sees the same work, and can stop it.
    show(window, page)
    tab(window, "which-lattice")
    wait_text(window, "stability-verdict", "running for")
    click(window, "stability-stop")
    window.wait_for(f"!{marked('stability-verdict')}.innerText.includes('running')")
    write_choice(window, "second", "none")
    window.wait_for(f"{marked('second-size')}.offsetParent === null")
    click(window, "save")
    told(window, "saved mine.toml")
    assert load_study(study).partner is None


def test_an_unknown_name_is_answered_with_the_nearest(window: Browser, page: Served, study: Path) -> None:
    study.write_text(STUDY)
    study.with_name(".mine.toml.unsaved").unlink(missing_ok=True)
    show(window, page)
    write(window, "ligand", "erucat")
    wait_text(window, "wrong", "erucat")
    assert "'erucate'" in text_of(window, "wrong")
    assert "n_carbons" in text_of(window, "wrong")


def test_a_hundred_wrong_files_and_a_huge_one_leave_the_page_alive(
    window: Browser, page: Served, study: Path, tmp_path: Path
) -> None:
    study.write_text(STUDY)
    study.with_name(".mine.toml.unsaved").unlink(missing_ok=True)
    rng = random.Random(1)
    suffixes = [".tif", ".png", ".dm4", ".mrc", ".edf", ".cbf", ".h5", ".dat", ".xrdml", ".xml", ".txt", ""]
    heads = [b"", b"II*\x00", b"\x89PNG\r\n\x1a\n", b"\x89HDF\r\n\x1a\n", b"<?xml version='1.0'?><a/>", b"q I\n"]
    wrong = [tmp_path / f"wrong{n}{suffixes[n % len(suffixes)]}" for n in range(100)]
    for file in wrong:
        file.write_bytes(rng.choice(heads) + rng.randbytes(rng.choice([0, 3, 200, 5000])))
    show(window, page)
    tab(window, "measure")
    upload(window, "measure-upload", *wrong)
    window.wait_for(f"/Measure all [1-9]/.test({marked('measure-all')}.textContent)")
    window.wait_for(f"({marked('measure-wrong')}?.innerText ?? '').includes('wrong')")
    window.wait_for(f"document.querySelectorAll('.q-uploader__file--uploaded').length === {len(wrong)}")
    # As long as a detector's day, and nothing in it: it is told without being read.
    for name, size in (("huge.dat", 6 << 30), ("huge.tif", 6 << 30)):
        with (tmp_path / name).open("wb") as file:
            file.truncate(size)
        write(window, "measure-upload-path", tmp_path / name)
        wait_text(window, "measure-name", name)
        window.wait_for(f"({marked('measure-wrong')}?.innerText ?? '').includes({name!r})")
    tab(window, "predict")
    before = text_of(window, "headline")
    write(window, "coverage", "2.7")
    window.wait_for(f"{marked('headline')}.innerText !== {before!r}")
    window.ask(f"{marked('coverage')}.blur()")


def test_wrong_files_are_told_and_the_page_lives(window: Browser, page: Served, tmp_path: Path) -> None:
    show(window, page)
    tab(window, "measure")
    wrong = tmp_path / "wrong.tif"
    wrong.write_text("no picture")
    upload(window, "measure-upload", wrong)
    window.wait_for(f"({marked('measure-wrong')}?.innerText ?? '').includes('wrong.tif')")
    write(window, "measure-upload-path", "/nowhere/at all.tif")
    told(window, "is not a file")
    click(window, "measure")
    wait_text(window, "measure-verdict", "wrong.tif")
    tab(window, "compare")
    click(window, "compare")
    told(window, "nothing to compare with")
    # A curve that states its unit is believed.
    curve = tmp_path / "curve.dat"
    curve.write_text("# q (1/Angstrom) I\n" + "".join(f"{0.02 + 0.01 * i:.2f} {9 - i}\n" for i in range(9)))
    upload(window, "compare-upload", curve)
    wait_text(window, "compare-files", "uploads/curve.dat")
    window.wait_for(f"{marked('compare-unit')}.closest('.q-field').innerText.includes('1/angstrom')")


@pytest.mark.skipif(not any(engine.version for engine in available_engines()), reason="no engine on this machine")
def test_a_run_is_begun_stopped_and_kept(window: Browser, page: Served, study: Path) -> None:
    study.write_text(STUDY)
    shutil.rmtree(study.parent / "runs", ignore_errors=True)
    study.with_name(".mine.toml.unsaved").unlink(missing_ok=True)
    show(window, page)
    tab(window, "runs")
    write(window, "n-particles", "8")
    click(window, "run")
    wait_text(window, "run-verdict", "running for")
    window.wait_for(f"({marked('run-lines')}?.innerText ?? '').length > 3")
    window.wait_for(f"/running|begun/.test({marked('run-list')}.innerText)")
    # Order is drawn while the run goes on.
    wait_text(window, "order-of", "Order in runs/")
    window.wait_for(f"!!{marked('order')}.querySelector('canvas')")
    click(window, "run-stop")
    window.wait_for(f"/stopped|done/.test({marked('run-verdict')}.innerText)")
    runs = list((study.parent / "runs").iterdir())
    assert len(runs) == 1
    assert load_study(runs[0] / "study.toml").assembly.n_particles == 8


def test_a_file_that_changed_elsewhere_is_not_overwritten(window: Browser, page: Served, study: Path) -> None:
    study.write_text(STUDY)
    study.with_name(".mine.toml.unsaved").unlink(missing_ok=True)
    show(window, page)
    write(window, "size", "9.5")
    wait_text(window, "study-name", "(not saved)")
    study.write_text(STUDY.replace("8.6", "7.7"))
    click(window, "save")
    told(window, "changed elsewhere")
    assert load_study(study).nanocrystal.edge_nm == 7.7


def test_nothing_complained_and_nothing_was_asked_of_anybody_else(window: Browser, page: Served) -> None:
    assert window.complaints() == []
    own = (page.address, page.address.replace("http", "ws"), *LOCAL)
    assert [url for url in window.requests() if not url.startswith(own)] == []


def test_two_windows_at_once_lose_nothing(window: Browser, page: Served, study: Path) -> None:
    study.write_text(STUDY)
    study.with_name(".mine.toml.unsaved").unlink(missing_ok=True)
    show(window, page)
    with browser() as second:
        show(second, page)
        write(window, "size", "7.1")
        wait_text(window, "study-name", "(not saved)")
        write(second, "size", "9.9")
        wait_text(second, "study-name", "(not saved)")
        click(window, "save")
        told(window, "saved mine.toml")
        click(second, "save")
        told(second, "changed elsewhere")
        assert load_study(study).nanocrystal.edge_nm == 7.1
        assert second.ask(f"{marked('size')}.value") == "9.9"
        assert second.complaints() == []


def test_a_page_left_open_over_a_restart_finds_its_changes(tmp_path: Path) -> None:
    study = tmp_path / "mine.toml"
    study.write_text(STUDY)
    first = Served(study)
    try:
        with browser() as window:
            show(window, first)
            write(window, "size", "9.3")
            wait_text(window, "study-name", "(not saved)")
            first.kill()
            with served(study, first.port) as again:
                assert again.address == Address(first.address)
                # It comes back by itself.
                window.wait_for("(document.body?.innerText ?? '').includes('not saved are here again')")
                window.wait_for(f"({marked('size')}?.value ?? '') === '9.3'")
                said = again.end()
        assert "Traceback" not in said
        assert study.read_text() == STUDY
    finally:
        first.kill()
