"""What stands behind the page: who may talk to it, the draft of the study, the answer, files, and work."""

import asyncio
import io
import json
import math
import random
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from packing.errors import InputError
from superlattice.app.draft import Draft
from superlattice.app.guard import is_own
from superlattice.app.live import live_answer
from superlattice.app.shown import Shown, crop_of, scale_of, show_file
from superlattice.app.words import Words, kind_of, measure_words, study_words
from superlattice.app.work import Work
from superlattice.cli import build_parser
from superlattice.steps.prediction import predict_study
from superlattice.study.study import Study

law = settings(deadline=None, derandomize=True, max_examples=60)
STUDY = """\
# mine
[nanocrystal]
material = "CsPbBr3"   # core
edge_nm = 8.6
[ligand]
name = "oleate"
"""


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({"host": "127.0.0.1:8080"}, True),
        ({"host": "localhost:8080", "origin": "http://localhost:8080"}, True),
        ({"host": "[::1]:8080"}, True),
        ({"host": "127.0.0.1:8080", "origin": "http://127.0.0.1:9999"}, False),
        ({"host": "127.0.0.1:8080", "origin": "null"}, False),
        ({"host": "127.0.0.1.evil.example:8080"}, False),
        ({"host": "evil.example"}, False),
        ({"host": ""}, False),
        ({}, False),
    ],
)
def test_only_this_machine_is_answered(headers: dict[str, str], own: bool) -> None:
    assert is_own([(k.encode(), v.encode()) for k, v in headers.items()]) == own


def test_a_draft_keeps_comments_and_everything_it_was_not_told_to_change(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(STUDY)
    draft = Draft(file)
    draft.put("nanocrystal.edge_nm", 9.1)
    draft.put("environment.medium", "hexane")
    draft.put("ligand.coverage_per_nm2", None)
    assert "# mine" in draft.text
    assert "# core" in draft.text
    assert draft.study().environment.medium == "hexane"
    assert draft.has_changes
    assert file.read_text() == STUDY
    draft.save()
    assert Draft(file).get("nanocrystal.edge_nm") == 9.1
    assert not draft.has_changes


def test_two_tabs_do_not_overwrite_each_other(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(STUDY)
    one, two = Draft(file), Draft(file)
    one.put("nanocrystal.edge_nm", 7.0)
    two.put("nanocrystal.edge_nm", 10.0)
    one.save()
    with pytest.raises(InputError, match=r"changed elsewhere.*another name"):
        two.save()
    assert Draft(file).get("nanocrystal.edge_nm") == 7.0
    other = two.save(tmp_path / "other.toml")
    assert Draft(other).get("nanocrystal.edge_nm") == 10.0
    with pytest.raises(InputError, match="is there already"):
        one.save(other)


def test_what_was_not_saved_is_there_after_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(STUDY)
    draft = Draft(file)
    draft.put("nanocrystal.edge_nm", 9.9)
    draft.keep()
    again = Draft(file)
    assert again.is_from_before
    assert again.get("nanocrystal.edge_nm") == 9.9
    assert file.read_text() == STUDY
    again.save()
    assert not again.kept.exists()
    # A half-written or damaged copy is no reason to fail.
    again.kept.write_text("[[[")
    assert Draft(file).get("nanocrystal.edge_nm") == 9.9


def test_a_draft_that_cannot_be_is_not_saved(tmp_path: Path) -> None:
    draft = Draft(tmp_path / "new.toml")
    draft.put("ligand.name", "oleat")
    with pytest.raises(InputError, match="Did you mean 'oleate'"):
        draft.save()
    with pytest.raises(InputError, match="not valid TOML"):
        draft.take("[nanocrystal")
    assert not (tmp_path / "new.toml").exists()
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read"):
        Draft(tmp_path / "bytes.toml")


@pytest.mark.parametrize(
    ("compared", "is_something"),
    [("", False), ("[compare.tem]\nimage = 'a.tif'\n", True), ("[compare.saxs]\ncurve = 'a.dat'\n", True)],
)
def test_either_kind_of_file_is_something_to_compare_with(tmp_path: Path, compared: str, is_something: bool) -> None:
    (tmp_path / "mine.toml").write_text(STUDY + compared)
    assert Draft(tmp_path / "mine.toml").names_measured == is_something


def test_a_material_and_a_ligand_of_ones_own_by_the_knobs(tmp_path: Path) -> None:
    for text in (STUDY, STUDY + "[compare]\n", STUDY.replace("edge_nm", "made_of = { lattice_nm = 0.5 }\nedge_nm")):
        (tmp_path / "mine.toml").write_text(text)
        draft = Draft(tmp_path / "mine.toml")
        draft.put("nanocrystal.material", "my material")
        for key, value in (("density_kg_m3", 5000.0), ("lattice_nm", 0.6), ("refractive_index", 2.0)):
            draft.put(f"nanocrystal.made_of.{key}", value)
        draft.put("ligand.name", "my ligand")
        draft.put("ligand.n_carbons", 18)
        draft.put("ligand.coverage_per_nm2", 3.0)
        study = Draft(draft.save()).study()
        assert study.nanocrystal.build().material_name == "my material"
        assert study.nanocrystal.made_of.lattice_nm == 0.6
        assert study.ligand.build().ligand.n_carbons == 18
        draft.put("nanocrystal.made_of", None)
        draft.put("nanocrystal.material", "PbS")
        assert draft.study().nanocrystal.build().material_name == "PbS"


@pytest.mark.parametrize(
    "tables",
    [
        {"nanocrystal": {"material": "CsPbBr3", "edge_nm": 8.6}, "ligand": {"name": "oleate"}},
        {"nanocrystal": {"material": "PbS", "shape": "sphere", "diameter_nm": 6}, "ligand": {"name": "oleate"}},
        {"nanocrystal": {"material": "Au", "shape": "sphere", "diameter_nm": 5}, "ligand": {"name": "dodecanethiol"},
         "environment": {"medium": "dry"}},
        {"nanocrystal": {"material": "CsPbBr3", "edge_nm": 8.6}, "ligand": {"name": "Na+"}},
        {"nanocrystal": {"material": "CsPbBr3", "shape": "cuboid", "edges_nm": [4, 8, 8]}, "ligand": {"name": "ddab"}},
        {"nanocrystal": {"material": "CsPbBr3", "edge_nm": 8.6}, "ligand": {"name": "oleate"},
         "exchange": {"ligand": {"name": "Na+"}}},
        {"nanocrystal": {"material": "NaGdF4", "shape": "sphere", "diameter_nm": 16}, "ligand": {"name": "oleate"},
         "partner": {"material": "CsPbBr3", "edge_nm": 8.6, "ligand": {"name": "ddab"}}, "packing": {"n_samples": 200}},
    ],
)  # fmt: skip
def test_the_live_answer_is_that_of_the_command_line(tables: dict[str, object]) -> None:
    study = Study.from_data(tables, source="t")
    answer = live_answer(study)
    found = predict_study(list(study.variants().values())[-1])
    assert f"period {found.period_nm:.2f}" in answer.headline
    assert answer.facts == found.facts()
    assert answer.spacings_nm
    # It goes to a browser as JSON, which has no infinity.
    json.dumps([answer.energy, answer.saxs, answer.lattices, answer.spacings_nm], allow_nan=False)
    for points in answer.energy.values():
        assert all(math.isfinite(e) for _, e in points)
    if answer.saxs and study.partner is None:
        q, intensity = np.array(answer.saxs).T
        # The first reflection of the lattice that it names stands out.
        first = (
            2
            * np.pi
            / found.period_nm
            * {"sc": 1.0, "fcc": math.sqrt(1.5), "bcc": math.sqrt(1.5)}[answer.headline.split(",")[0]]
        )
        near = np.abs(q - first) < 0.05 * first
        assert intensity[near].max() > 2 * np.median(intensity[(q > 1.15 * first) & (q < 1.3 * first)])
    else:
        assert answer.saxs_note


@law
@given(
    st.tuples(*[st.floats(-50, 1100)] * 4), st.integers(1, 8), st.tuples(st.integers(16, 5000), st.integers(16, 5000))
)
def test_a_region_lies_in_the_picture_whichever_way_it_is_drawn(
    box: tuple[float, float, float, float], step: int, shape: tuple[int, int]
) -> None:
    shown = Shown(shape_px=shape, step=step)
    found = crop_of(box, shown)
    assert found == crop_of((box[2], box[3], box[0], box[1]), shown)
    if found is not None:
        r0, r1, c0, c1 = found
        assert 0 <= r0 < r1 <= shape[0]
        assert 0 <= c0 < c1 <= shape[1]
        build_parser().parse_args(["measure", "tem", "a.tif", "--crop", f"{r0}:{r1},{c0}:{c1}"])


@law
@given(st.floats(0, 6.28), st.floats(20, 500), st.floats(1, 1000), st.integers(1, 8))
def test_a_scale_does_not_depend_on_how_the_bar_lies(angle: float, length: float, bar_nm: float, step: int) -> None:
    end = (100 + length * math.cos(angle), 200 + length * math.sin(angle))
    found = scale_of((100, 200, *end), Shown(step=step), bar_nm)
    assert found == pytest.approx(length * step / bar_nm, rel=1e-9)


def test_every_command_that_the_page_shows_is_one() -> None:
    parser = build_parser()
    for words in (
        measure_words("tem", "a b.tif", "out", px_per_nm=2.5, crop=(0, 100, 0, 90)),
        measure_words("tem", "a.tif", "out", scale_bar_nm=50.0),
        measure_words("saxs", "c.dat", "out", q_unit="1/nm", q_range_inv_nm=(0.2, 3.0), phase="fcc", shape="cube"),
        measure_words("xrd", "s.xy", "out", q_unit="two_theta_deg", wavelength_nm=0.154, lorentz=True),
        measure_words("pattern", "f.edf", "out", geometry="g.toml", mask="m.tif"),
        study_words("predict", "mine.toml"),
        study_words("run", "mine.toml", "--out", "runs", "--engine", "lammps"),
        study_words("batch", "mine.toml", "--out", "campaign"),
        study_words("optics", "mine.toml", "--figures", "light"),
        study_words("compare", "mine.toml", "--save", "out"),
    ):
        parser.parse_args(list(words.arguments))
        compile(words.python, "shown", "eval")
        assert words.command.startswith("superlattice ")


def test_the_python_call_measures_what_the_command_does(monkeypatch: pytest.MonkeyPatch) -> None:
    import inspect

    import superlattice as sl

    for words in (
        measure_words("tem", "a.tif", "out", px_per_nm=2.5, crop=(0, 100, 0, 90), scale_bar_nm=5.0),
        measure_words("saxs", "c.dat", "out", q_unit="1/nm", q_range_inv_nm=(0.2, 3.0)),
        measure_words("xrd", "s.xy", "out", q_unit="two_theta_deg", wavelength_nm=0.154, lorentz=True),
        measure_words("pattern", "f.edf", "out", geometry="g.toml", mask="m.tif"),
    ):
        name = words.python.split("(")[0].removeprefix("sl.")
        signature = inspect.signature(getattr(sl, name))
        # Binding refuses a keyword that the function does not have.
        stub = type("Stub", (), {name: staticmethod(lambda *a, _s=signature, **k: _s.bind(*a, **k))})
        stub.structure = sl.structure
        eval(words.python, {"sl": stub})


def test_files_are_shown_as_what_they_are(tmp_path: Path) -> None:
    from PIL import Image

    values = np.random.default_rng(1).integers(0, 255, (300, 2400), dtype=np.uint8)
    Image.fromarray(values).save(tmp_path / "a.png")
    shown = show_file("tem", tmp_path / "a.png")
    assert shown.shape_px == (300, 2400)
    with Image.open(io.BytesIO(shown.png)) as picture:
        assert picture.width <= 1000
        assert picture.width * shown.step == pytest.approx(2400, abs=shown.step)
    (tmp_path / "c.dat").write_text("# q I\n" + "\n".join(f"{0.1 + 0.01 * i} {100 / (i + 1)}" for i in range(50)))
    assert len(show_file("saxs", tmp_path / "c.dat").points) == 50
    assert kind_of("x.unknown") == "saxs"


def test_wrong_files_are_one_line_each(tmp_path: Path) -> None:
    rng = random.Random(1)
    suffixes = [".tif", ".png", ".dm4", ".mrc", ".edf", ".cbf", ".h5", ".dat", ".xrdml", ".xml", ".txt", ""]
    heads = [b"", b"II*\x00", b"\x89PNG\r\n\x1a\n", b"\x89HDF\r\n\x1a\n", b"<?xml version='1.0'?><a/>", b"q I\n"]
    for n in range(100):
        file = tmp_path / f"wrong{n}{suffixes[n % len(suffixes)]}"
        head = rng.choice(heads)
        file.write_bytes(head + rng.randbytes(rng.choice([0, 3, 200, 5000])))
        said = ""
        try:
            show_file(kind_of(file), file)
        except InputError as error:
            said = str(error)
        except Exception:  # the page tells it as the trouble of the file
            said = "trouble"
        assert "\n" not in said


def run_work(code: str, *, stop_after_s: float | None = None) -> Work:
    class Python(Words):
        @property
        def argv(self) -> list[str]:
            return [sys.executable, "-c", code]

    async def both() -> Work:
        work = Work(Python(arguments=("x",), python="x"))
        task = asyncio.create_task(work.run())
        if stop_after_s is not None:
            while not work.lines:
                await asyncio.sleep(0.02)
            await work.stop()
        await task
        return work

    return asyncio.run(both())


def test_work_reads_lines_and_output_and_says_how_it_ended() -> None:
    done = run_work("import sys; print('answer'); print('step 1\\rstep 2', file=sys.stderr)")
    assert (done.code, done.verdict, done.output.strip(), list(done.lines)) == (
        0,
        "done",
        "answer",
        ["step 1", "step 2"],
    )
    wrong = run_work("import sys; print('superlattice x: no such file', file=sys.stderr); sys.exit(2)")
    assert wrong.verdict == "superlattice x: no such file"


def test_work_stops_when_asked() -> None:
    stopped = run_work("import sys, time; print('begun', file=sys.stderr, flush=True); time.sleep(600)", stop_after_s=0)
    assert not stopped.is_running
    assert stopped.verdict.startswith("stopped")


def asked(app: Any, path: str, headers: dict[str, str]) -> tuple[int, str]:
    """Status and text of a GET, without a network."""
    sent: list[dict[str, Any]] = []

    told = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> dict[str, Any]:
        if not told:
            # A client that stays says nothing more.
            await asyncio.Event().wait()
        return told.pop()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"", "scheme": "http",
        "headers": [(k.encode(), v.encode()) for k, v in headers.items()], "http_version": "1.1", "root_path": "",
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8080),
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    return sent[0]["status"], b"".join(m.get("body", b"") for m in sent[1:]).decode()


def test_the_server_answers_its_own_host_alone_and_gives_runs_only(tmp_path: Path) -> None:
    pytest.importorskip("nicegui", reason="NiceGUI is not installed")
    from superlattice.app.serving import make_app

    (tmp_path / "runs" / "a").mkdir(parents=True)
    (tmp_path / "runs" / "a" / "report.html").write_text("report")
    (tmp_path / "secret.txt").write_text("secret")
    app = make_app(tmp_path / "mine.toml")
    own = {"host": "127.0.0.1:8080"}
    assert asked(app, "/runs/a/report.html", own) == (200, "report")
    for path in (
        "/runs/../secret.txt",
        "/runs/a/../../secret.txt",
        "/runs//etc/passwd",
        "/runs/a/..%2f..%2fsecret.txt",
    ):
        assert asked(app, path, own)[0] == 404
    assert asked(app, "/runs/a/report.html", {"host": "evil.example"})[0] == 403
    assert asked(app, "/runs/a/report.html", own | {"origin": "https://evil.example"})[0] == 403
    with pytest.raises(InputError, match="is not a folder"):
        make_app(tmp_path / "nowhere" / "mine.toml")


@pytest.mark.parametrize(("head", "unit"), [("# q (1/Angstrom)", "1/angstrom"), ("# q I", "1/nm"), ("", "1/nm")])
def test_a_curve_that_states_its_unit_is_believed(tmp_path: Path, head: str, unit: str) -> None:
    pytest.importorskip("nicegui")
    from superlattice.app.tabs.comparing import unit_of_q

    curve = tmp_path / "curve.dat"
    rows = "".join(f"{0.02 + 0.01 * i:.2f} {9 - i}\n" for i in range(9))
    curve.write_text(f"{head}\n{rows}" if head else "no curve")
    assert unit_of_q(curve, "1/nm") == unit


def test_pictures_of_a_work_are_its_own_wherever_it_wrote_them(tmp_path: Path) -> None:
    pytest.importorskip("nicegui")
    import os

    from superlattice.app.tabs.bench import _pictures_of

    for name in ("compared/measured_saxs/compared.png", "compared/measured_tem/old.png"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_bytes(b"")
    os.utime(tmp_path / "compared/measured_tem/old.png", (1, 1))
    work = Work(study_words("compare", "mine.toml", "--save", "compared"), tmp_path)
    assert [file.name for file in _pictures_of(work, tmp_path)] == ["compared.png"]
    assert _pictures_of(Work(study_words("predict", "mine.toml"), tmp_path), tmp_path) == []
