"""Small rules of the program that no other test would miss: what it says, by another way of getting it."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from assembly.free_energy.hull import Phase, formations
from assembly.how import How
from packing.errors import InputError, RunStopped
from structure.patterns.curves import ScatteringCurve
from superlattice import _guard, cli
from superlattice.app.tabs.charts import lines
from superlattice.campaign.processes import command_line
from superlattice.measuring import many
from superlattice.measuring.figure_parts import strip_of_reflections
from superlattice.measuring.figure_pattern import _signed_across
from superlattice.measuring.reflection_names import named_reflections
from superlattice.measuring.saving import _profile
from superlattice.page import write_page_file
from superlattice.pictures.figures import new_figure
from superlattice.pipeline import light
from superlattice.scheduling import expense
from superlattice.scheduling.preflight import check_with_slurm
from superlattice.scheduling.queue import squeue_lines
from superlattice.stability.telling import _lower
from superlattice.stability.verdicts import _dry
from superlattice.steps.diffraction import Diffraction


@pytest.mark.parametrize("trouble", [RunStopped("the time is up"), KeyboardInterrupt()])
def test_what_can_go_on_ends_with_the_status_that_the_help_tells(
    monkeypatch: pytest.MonkeyPatch, trouble: BaseException
) -> None:
    def stopped(args: argparse.Namespace) -> int:
        raise trouble

    parser = SimpleNamespace(parse_args=lambda argv: argparse.Namespace(run=stopped, command="run"))
    said = " ".join((cli.build_parser().epilog or "").split())
    monkeypatch.setattr(cli, "build_parser", lambda: parser)
    assert f"{cli.main(['run'])} stopped early and can be resumed" in said


@pytest.mark.parametrize(("known", "taken"), [(7, 7), (None, 1)])
def test_cores_are_counted_where_the_system_has_no_affinity(
    monkeypatch: pytest.MonkeyPatch, known: int | None, taken: int
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: known)
    assert many._cores() == taken


def test_both_rods_of_a_pair_are_on_their_own_side() -> None:
    y = np.array([[-2.0, -0.5, 0.5, 2.0]])
    found = _signed_across(np.stack([np.zeros_like(y), y, np.full_like(y, 0.3)], axis=-1), 0.2)
    np.testing.assert_allclose(found, y, rtol=1e-4)


def test_names_from_a_file_are_text_on_a_page_and_no_code(tmp_path: Path) -> None:
    package = tmp_path / "somewhere"
    (package / "templates").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "templates" / "page.html.j2").write_text("<p>{{ name }}</p>")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(tmp_path))
        write_page_file(tmp_path / "page.html", "somewhere", "page.html.j2", name="<script>alert(1)</script>")
    assert (tmp_path / "page.html").read_text() == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"


def test_the_verdict_of_coherence_stands_before_what_it_rests_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(light, "exchange_rows", lambda variants: [])
    found = SimpleNamespace(
        warnings=("a warning",), coherence=SimpleNamespace(answer="no", reason="disorder"), rows=list
    )
    (table,) = light.light_tables(cast(Any, SimpleNamespace(variants={"": found}, origins={"": "from a frame"})))
    words = ["Do the dots cohere? no: disorder.", "From a frame.", "A warning."]
    places = [table.text.index(word) for word in words]
    assert places == sorted(places)


def test_the_engine_of_the_command_counts_before_that_of_the_study(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    study = SimpleNamespace(assembly=SimpleNamespace(n_particles=8, duration=1.0, engine="hoomd"))
    study.variants = lambda: {"": study}
    campaign = SimpleNamespace(goal="run", job_ids=lambda: ["a"], study=lambda job: study)
    monkeypatch.setattr(expense, "plan_study", lambda study: SimpleNamespace(model="soft"))
    monkeypatch.setattr(expense, "choose_engine", lambda wanted, model: asked.append(wanted) or wanted)
    monkeypatch.setattr(expense, "estimate_cost", lambda plan, engine, ranks, gpu: engine)
    for given, taken in (("lammps", "lammps"), (None, "hoomd")):
        how = SimpleNamespace(engine=given, ranks=1, gpu=None)
        assert expense.dearest(cast(Any, campaign), cast(Any, how)) == taken
    assert asked == ["lammps", "hoomd"]


def test_bounds_of_a_dry_mixture_are_its_two_formation_energies_and_their_half_width_its_error() -> None:
    names, counts = ["a", "b", "ab"], [(1, 0), (0, 1), (1, 1)]
    whole, cores = [-10.0, -20.0, -36.0], [-10.0, -20.0, -31.0]
    by_enthalpy = formations([Phase(name=n, counts=c, g_kt=g) for n, c, g in zip(names, counts, whole, strict=True)])
    static = [{"core_kt": core, "quasi_harmonic_kt": None} for core in cores]
    mixed = _dry(names, counts, static, by_enthalpy)[2]
    # Of one body of two: -36 and -31 against -10 - 20.
    assert mixed["formation_bounds_kt"] == pytest.approx([-3.0, -0.5])
    assert mixed["model_sd_kt"] == pytest.approx(1.25)
    assert mixed["verdict"] == "stable"
    # Cores alone above the pure crystals, all of it below: no bound decides, and nothing says that it separates.
    for all_of_it, core in ((-36.0, -29.0), (-29.0, -36.0), (-29.0, -28.0)):
        parts = [
            Phase(name=n, counts=c, g_kt=g) for n, c, g in zip(names, counts, [*whole[:2], all_of_it], strict=True)
        ]
        told = _dry(names, counts, [*static[:2], static[2] | {"core_kt": core}], formations(parts))
        assert told[2]["verdict"] == "undecided by pair energies"
        # Pure crystals are what others are measured by.
        assert [one["verdict"] for one in told[:2]] == [one.verdict for one in formations(parts)[:2]]


def test_the_lower_hull_of_points_is_that_of_scipy() -> None:
    from scipy.spatial import ConvexHull

    rng = np.random.default_rng(8)
    for _ in range(20):
        points = np.column_stack([rng.uniform(-3, 5, 12), rng.uniform(-2, 2, 12)])
        hull = ConvexHull(points)
        below = {
            i for simplex, plane in zip(hull.simplices, hull.equations, strict=True) if plane[1] < 0 for i in simplex
        }
        found = _lower([(float(x), float(y)) for x, y in points])
        np.testing.assert_allclose(found, sorted(points[sorted(below)].tolist()))


def test_spots_stand_in_the_table_where_both_patterns_are_there() -> None:
    q = np.array([0.1, 0.2])
    curve = cast(Any, ScatteringCurve(q_inv_nm=q, intensity=q))
    pattern = SimpleNamespace(rows=lambda: [("superlattice", "100", 0.6, 10.5), ("atoms", "200", 21.0, 0.3)])
    for saed, middle, n in ((pattern, pattern, 2), (None, None, 0), (pattern, None, 0), (None, pattern, 0)):
        found = Diffraction(
            saxs=cast(Any, ()), waxs=cast(Any, ()), powder=(curve, curve), film=None, saed=cast(Any, saed),
            saed_middle=cast(Any, middle), wavelength_nm=0.154, facts=(), notes=(),
        )  # fmt: skip
        assert len(found.rows()) == n


def program(folder: Path, name: str, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command of this name, first on the path."""
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.parametrize(
    ("complaint", "refused"),
    [("sbatch: error: Unable to contact slurm controller", False), ("allocation failure: Invalid account", True)],
)
def test_a_scheduler_that_does_not_answer_refuses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, complaint: str, refused: bool
) -> None:
    program(tmp_path, "sbatch", f"echo '{complaint}' >&2; exit 1", monkeypatch)
    said = complaint.removeprefix("sbatch: error: ").removeprefix("allocation failure: ")
    if refused:
        with pytest.raises(InputError, match=f"refuses the script: {said}"):
            check_with_slurm("#!/bin/sh", tmp_path)
    else:
        assert check_with_slurm("#!/bin/sh", tmp_path) == f"not checked against SLURM: {said}"


def test_a_queue_is_read_as_far_as_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "squeue", "echo '7|1|PENDING'; echo '7|2|RUNNING'; echo trouble >&2; exit 1", monkeypatch)
    assert squeue_lines() == ["7|1|PENDING", "7|2|RUNNING"]


@pytest.mark.parametrize(
    ("band", "shaded"), [((None, 2.0), (0.5, 2.0)), ((1.0, None), (1.0, 3.0)), ((1.0, 2.0), (1.0, 2.0))]
)
def test_an_open_end_of_a_shaded_range_is_that_of_the_curve(
    band: tuple[float | None, float | None], shaded: tuple[float, float]
) -> None:
    chart = lines({"measured": [(0.5, 9.0), (1.5, 4.0), (3.0, 1.0)]}, x="q", y="I", band=band)
    ((left, right),) = chart["series"][0]["markArea"]["data"]
    assert (left["xAxis"], right["xAxis"]) == shaded


def test_indices_of_a_tetragonal_lattice_give_back_where_their_reflections_are() -> None:
    a, c = 11.0, 14.5
    q, names = named_reflections("bct", a, c, 2.0)
    hkl = np.array([[int(i) for i in name] for name in names])
    np.testing.assert_allclose(2 * np.pi * np.sqrt((hkl[:, 0] ** 2 + hkl[:, 1] ** 2) / a**2 + hkl[:, 2] ** 2 / c**2), q)
    assert np.all(hkl.sum(axis=1) % 2 == 0)
    # Of the equivalent ones the usual names: 110, 200 and 301, not 020 or 031.
    assert np.all(hkl[:, 0] >= hkl[:, 1])
    assert {"101", "110", "200", "211", "002"} <= set(names)


@pytest.mark.parametrize("scale", ["log", "linear"])
def test_names_of_reflections_stand_where_there_is_room_on_the_axis_that_is_drawn(scale: str) -> None:
    ax = new_figure(5.0, 1.0).add_subplot()
    ax.set_xscale(scale)
    ax.set_xlim(0.1, 10.0)
    q = 0.2 * 1.05 ** np.arange(70)
    strip_of_reflections(ax, q, ["1"] * len(q))
    named = [text.get_position()[0] for text in ax.texts]
    # Parts of the width of the axes, by matplotlib's own transformation.
    drawn = ax.transScale + ax.transLimits
    at, places = (drawn.transform(np.column_stack([x, np.ones(len(x))]))[:, 0] for x in (q, named))
    assert np.diff(places).min() > 0.021
    # What has no name stands within that of the name before it.
    for x in at[~np.isin(q, named)]:
        assert x - places[places < x].max() <= 0.021
    assert len(named) < len(q)


@pytest.mark.parametrize(("geometry", "first"), [("grazing", "in_plane_q_inv_nm"), ("transmission", "q_inv_nm")])
def test_a_profile_of_a_frame_says_along_what_it_is(tmp_path: Path, geometry: str, first: str) -> None:
    measured = SimpleNamespace(geometry=geometry, q_inv_nm=np.array([0.1, 0.2]), profile=np.array([3.0, 4.0]))
    header = _profile(cast(Any, measured), tmp_path / "profile.csv").read_text().splitlines()
    assert next(line for line in header if "mean_counts" in line).split(",")[0] == first


@pytest.mark.parametrize(("command", "missing"), [(["lattice", "NaCl"], "--gamma"), (["batch", "study.toml"], "--out")])
def test_an_option_without_which_nothing_can_be_done_is_asked_for(
    capsys: pytest.CaptureFixture[str], command: list[str], missing: str
) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(command)
    assert left.value.code == cli.EXIT_INPUT
    (line,) = capsys.readouterr().err.splitlines()
    assert missing in line
    assert "required" in line


@pytest.mark.parametrize("spec", [None, SimpleNamespace(origin=None)])
def test_a_room_that_is_not_there_or_a_folder_of_its_name_is_not_installed(
    monkeypatch: pytest.MonkeyPatch, spec: Any
) -> None:
    monkeypatch.setattr(_guard.util, "find_spec", lambda room: spec)
    with pytest.raises(ImportError, match=r"is not installed\. Install superlattice again"):
        _guard.check_neighbours()


@pytest.mark.parametrize(
    "how",
    [How(), How(engine="lammps", ranks=4), How(engine="hoomd", gpu=0), How(ranks=2, walltime_hours=1.5)],
)
def test_a_job_is_run_as_its_campaign_was_told(how: How) -> None:
    # What a process of its own is told, read back by the command line that reads it.
    args = cli.build_parser().parse_args(["run", "study.toml", *command_line(how)])
    assert (args.engine or "", args.ranks, args.gpu) == (how.engine or "", how.ranks, how.gpu)
    assert args.walltime_hours == how.walltime_hours
    assert ("--ranks" in command_line(how)) == (how.ranks > 1)
