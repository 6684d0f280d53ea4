"""One way from a study to its report: everything is worked out once, and data goes on without coming back."""

import base64
import json
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import h5py
import numpy as np
import pytest
from built_run import built

from assembly.how import How
from assembly.run.run_files import RunFiles
from packing.configuration import Configuration
from packing.pair.energy import pair_energy
from packing.prediction.prediction import Prediction
from packing.shapes import cube
from packing.trajectory import Trajectory, write_gsd
from structure.crystals.build import build_crystal
from structure.order import measure
from superlattice.comparison.exchange import Exchange, ExchangeRow, _simulated
from superlattice.pipeline.report import _answers, _figure_groups
from superlattice.pipeline.run import run_study
from superlattice.steps import part as steps
from superlattice.steps.prediction import likeliest, predict_study
from superlattice.steps.target import analyze_target
from superlattice.study.study import Study

STUDY = """
title = "cubes, built and not simulated"
[nanocrystal]
material = "CsPbBr3"
edge_nm = 8.6
size_spread = 0.04
[ligand]
name = "oleate"
[exchange.ligand]
name = "Na+"
[packing]
n_samples = 200
[structure]
tem_px_per_nm = 2.0
diffraction = false
"""


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Counter[str], dict[str, Any]]:
    """The folder of a run with an exchange, and how often everything was done in it."""
    counts: Counter[str] = Counter()
    with pytest.MonkeyPatch.context() as patch:

        def count(owner: Any, name: str, word: str) -> None:
            original = getattr(owner, name)

            def counting(*args: Any, **kwargs: Any) -> Any:
                counts[word] += 1
                return original(*args, **kwargs)

            patch.setattr(owner, name, counting)

        patch.setattr(steps, "simulate_part", built)
        count(Trajectory, "__init__", "trajectories")
        count(measure, "report_order", "frames measured")
        count(Prediction, "to_dict", "predictions as data")
        result = run_study(Study.from_text(STUDY), tmp_path_factory.mktemp("runs"), how=How(engine="lammps"))
    assert not result.was_done
    assert "already" not in result.summary()
    return result.folder, counts, result.results


def test_everything_is_read_and_measured_once(counted: tuple[Path, Counter[str], dict[str, Any]]) -> None:
    _, counts, _ = counted
    # Two parts, of two frames each.
    assert counts == {"trajectories": 2, "frames measured": 4, "predictions as data": 2}


def test_a_prediction_has_one_shape_wherever_it_stands(counted: tuple[Path, Counter[str], dict[str, Any]]) -> None:
    folder, _, results = counted
    predictions = json.loads((folder / "prediction.json").read_text())
    assert predictions == {name: json.loads(json.dumps(p["prediction"])) for name, p in results["parts"].items()}
    assert list(predictions) == ["before", "after"]
    assert not (folder / "before" / "prediction.json").exists()


def test_what_is_done_is_read_and_not_made_again(
    counted: tuple[Path, Counter[str], dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _, results = counted
    # Nothing is there that could make it.
    monkeypatch.setattr(steps, "simulate_part", None)
    again = run_study(Study.from_text(STUDY), folder.parent)
    assert again.was_done
    assert "already done" in again.summary()
    assert again.results["comparison"]["text"] == results["comparison"]["text"]


def test_a_run_is_analysed_as_its_study_says(counted: tuple[Path, Counter[str], dict[str, Any]]) -> None:
    """``analyze`` of a part goes by the study above it, and finds what the run itself found."""
    folder, _, results = counted
    found = analyze_target(folder / "after")
    (again, before) = (found.to_dict()["lattice"], results["parts"]["after"]["analysis"]["lattice"])
    # No assembly.json of this folder says from where on frames count: there the last one does.
    assert (again.pop("n_frames"), before["n_frames"]) == (1, 2)
    assert again == {key: before[key] for key in again}
    # The study leaves diffraction out; where there is none it is not left out.
    assert found.diffraction is None


def test_pictures_of_measured_files_stand_in_the_report(tmp_path: Path) -> None:
    pictures = {}
    for name in ("saxs", "tem"):
        file = tmp_path / "figures" / f"measured_{name}" / "a.png"
        file.parent.mkdir(parents=True)
        file.write_bytes(f"picture of {name}".encode())
        pictures[f"Measured: {name}"] = file.read_bytes()
    comparison = SimpleNamespace(measurements=SimpleNamespace(by_kind=lambda: {"tem": None, "saxs": None, "xrd": None}))
    (group,) = _figure_groups(tmp_path, [], cast(Any, comparison))
    assert group.title == "Measured data"
    # xrd has none.
    shown = {figure.caption: base64.b64decode(figure.data) for figure in group.figures}
    assert shown == pictures


def test_the_engine_of_how_is_used(counted: tuple[Path, Counter[str], dict[str, Any]]) -> None:
    _, _, results = counted
    assert {part["assembly"]["engine"] for part in results["parts"].values()} == {"lammps"}


def test_a_period_beyond_all_models_and_the_spread_of_particles_are_named(
    counted: tuple[Path, Counter[str], dict[str, Any]],
) -> None:
    folder, _, results = counted
    text = results["comparison"]["text"]
    assert "before: the simulated period (11.60 nm) lies" in text
    assert "above all packing models (plate has" in text
    assert "The particles themselves spread by 4.0 % in size (0.34 nm): that is a width" in text
    page = (folder / "report.html").read_text()
    assert "above all packing models" in page
    assert "a width of the sample, not an uncertainty" in page
    assert "does it assemble?" in page
    assert "Ligand exchange: oleate to Na+" in page


def test_pair_energies_are_worked_out_once() -> None:
    study = Study.from_text(STUDY.replace('[exchange.ligand]\nname = "Na+"\n', ""))
    prediction = predict_study(study)
    again = pair_energy(study.nanocrystal.build(), study.ligand.build(), study.build_environment())
    assert again is prediction.pair
    # Equal inputs that were built anew are the same question.
    other = Study.from_text(STUDY)
    assert pair_energy(other.nanocrystal.build(), other.ligand.build(), other.build_environment()) is prediction.pair


def test_frames_and_log_of_a_run_are_read_when_asked_for_and_once(tmp_path: Path) -> None:
    crystal: Configuration = build_crystal("sc", spacing_nm=11.0, n_cells=(2, 2, 2), shapes=cube(8.6))
    write_gsd(tmp_path / "trajectory.gsd", [crystal])
    files = RunFiles(tmp_path)
    assert files.frames is files.frames
    assert files.frames[0].n_particles == 8
    with h5py.File(tmp_path / "log.h5", "w") as log:
        from assembly.run.run_files import LOG_UNITS

        for name in LOG_UNITS:
            log[name] = np.zeros(3)
        log.attrs["stage_names"] = ["a"]
    assert files.log is files.log


def test_the_page_and_the_table_name_the_likeliest_crystal() -> None:
    """They once took the first of a list that is not always sorted by probability."""
    from types import SimpleNamespace

    study = Study.from_text(
        "[nanocrystal]\nmaterial = 'PbS'\nshape = 'sphere'\ndiameter_nm = 7.0\n[ligand]\nname = 'oleate'\n"
        "[partner]\nmaterial = 'Au'\nshape = 'sphere'\ndiameter_nm = 3.0\n[partner.ligand]\nname = 'dodecanethiol'\n"
        "[packing]\nn_samples = 300\n"
    )
    prediction = predict_study(study)
    best = likeliest(prediction)
    assert best is not None
    assert best.probability == max(lattice.probability for lattice in prediction.lattices)
    from superlattice.campaign.tables import prediction_columns

    assert prediction_columns(prediction.to_dict())["lattice"] == best.name
    found = SimpleNamespace(question="assembles", word="no", note="")
    fit = SimpleNamespace(found=False, reason="none")
    part = SimpleNamespace(
        name="", ligand="oleate", prediction=prediction, analysis=SimpleNamespace(lattice=fit, finding=found)
    )
    (answer,) = (answer for answer in _answers(part) if "crystal" in answer.label)  # type: ignore[arg-type]
    assert answer.value == best.name


def test_an_exchange_tells_periods_and_gaps_with_their_change() -> None:
    row = ExchangeRow(
        route="simulated", period_before_nm=11.0, period_after_nm=9.9, gap_before_nm=2.4, gap_after_nm=1.2
    )
    made = Exchange(names="oleate to Na+", rows=(row,))
    assert made.sentences() == ["oleate to Na+, simulated: period 11.00 → 9.90 (-10%), gap 2.40 → 1.20 (-50%)"]
    assert made.to_dict() == [
        {
            "route": "simulated", "period_before_nm": 11.0, "period_after_nm": 9.9, "gap_before_nm": 2.4,
            "gap_after_nm": 1.2,
        }
    ]  # fmt: skip


def test_a_side_without_a_lattice_has_no_simulated_period() -> None:
    lattice = SimpleNamespace(found=True, period_nm=11.0, gap_nm=2.4)
    side = SimpleNamespace(analysis=SimpleNamespace(lattice=lattice))
    assert _simulated(cast(Any, side)) == (11.0, 2.4)
    lattice.found = False
    assert _simulated(cast(Any, side)) is None
    assert _simulated(cast(Any, SimpleNamespace(analysis=None))) is None
