"""Which lattice wins: the hull, holding, candidates of a study, restarts, and what is told of bad input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from built_run import built
from hypothesis import given, settings, strategies as st

from assembly.crystal.bodies import BeadBody
from assembly.crystal.boxes import rectangular, repeats
from assembly.crystal.crystals import Crystal, crystal_of
from assembly.free_energy.holding import hold
from assembly.free_energy.hull import Phase, above_hull, formations
from assembly.free_energy.thermal import Thermal, common_shift
from assembly.system.system import MiePair
from packing.binary.cube_sphere_table import table_entry
from packing.contact.continuation import followed_packing
from packing.contact.free_sites import freed_packing
from packing.contact.packing import densest_packing
from packing.errors import InputError
from packing.matter.ligands import ligand
from packing.particles import Coating, Environment, Nanocrystal
from packing.prediction.exchange_ev import exchange_energy
from packing.ranking.ranking import rank_lattices
from packing.shapes import Shape, Sphere, cube
from superlattice.campaign.campaign import open_campaign
from superlattice.campaign.tables import collect
from superlattice.cli import main
from superlattice.pipeline.run import run_study
from superlattice.pipeline.winning import stability_figures, stability_parts, stability_tables
from superlattice.steps import part as steps
from superlattice.study.study import Study, load_study

A, B = Phase(name="sc", counts=(1, 0), g_kt=30.0), Phase(name="fcc", counts=(0, 4), g_kt=400.0)


def mixed(name: str, counts: tuple[int, int], formation_kt: float, sd: float = 0.0, model: float = 0.0) -> Phase:
    n = sum(counts)
    g = 30.0 * counts[0] + 100.0 * counts[1] + n * formation_kt
    return Phase(name=name, counts=counts, g_kt=g, sd_kt=n * sd, model_sd_kt=model)


def test_verdicts_by_the_hull_and_by_both_errors() -> None:
    phases = [
        A,
        B,
        mixed("NaCl", (4, 4), -1.0, sd=0.1),
        mixed("AlB2", (1, 2), -0.5, sd=0.01),  # between NaCl and fcc the hull is at -0.67
        mixed("CsCl", (1, 1), 0.8, sd=0.1),
        mixed("ABO3", (4, 1), -0.3, sd=0.05, model=0.4),
        Phase(name="bcc", counts=(0, 2), g_kt=204.0),
    ]
    found = {f.phase.name: f for f in formations(phases)}
    assert [found[n].verdict for n in ("NaCl", "AlB2", "CsCl", "ABO3", "bcc", "fcc")] == [
        "stable", "decomposes", "separates", "undecided", "worse than reference", "reference",
    ]  # fmt: skip
    assert found["AlB2"].formation_kt == pytest.approx(-0.5)
    assert found["AlB2"].above_hull_kt == pytest.approx(-0.5 + 2 / 3)
    # Below the pure crystals for sure, and as low as the line between the others, as far as is known.
    close = {
        f.phase.name: f for f in formations([A, B, mixed("NaCl", (4, 4), -1.0), mixed("AlB2", (1, 2), -0.7, sd=0.1)])
    }
    assert close["AlB2"].verdict == "mixes"
    assert found["NaCl"].formation_sd_kt == pytest.approx(0.1, rel=0.1)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.floats(0.05, 0.95), st.floats(-3, 3)), min_size=1, max_size=6))
def test_the_hull_is_that_of_scipy(points: list[tuple[float, float]]) -> None:
    from scipy.spatial import ConvexHull, QhullError

    x = np.array([0.0, 1.0, *(p[0] for p in points)])
    y = np.array([0.0, 0.0, *(p[1] for p in points)])
    heights = above_hull(x, y)
    top = np.array([[0.0, 10.0], [1.0, 10.0]])
    try:
        corners = set(ConvexHull(np.vstack([np.column_stack([x, y]), top])).vertices.tolist())
    except QhullError:
        return
    for i in range(2, len(x)):
        if abs(heights[i]) > 1e-6:
            assert (heights[i] < 0) == (i in corners)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.floats(0.05, 0.9), st.floats(0.05, 0.9), st.floats(-3, 3)), min_size=1, max_size=5))
def test_the_hull_of_three_kinds_is_that_of_scipy(points: list[tuple[float, float, float]]) -> None:
    from scipy.spatial import ConvexHull, QhullError

    mixed = [(a, (1 - a) * b, y) for a, b, y in points]
    plane = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], *([a, b] for a, b, _ in mixed)])
    y = np.array([0.0, 0.0, 0.0, *(y for *_, y in mixed)])
    heights = above_hull(np.column_stack([1 - plane.sum(axis=1), plane]), y)
    top = np.column_stack([plane[:3], np.full(3, 10.0)])
    try:
        corners = set(ConvexHull(np.vstack([np.column_stack([plane, y]), top])).vertices.tolist())
    except QhullError:
        return
    for i in range(3, len(y)):
        if abs(heights[i]) > 1e-6:
            assert (heights[i] < 0) == (i in corners)


def test_three_kinds_get_verdicts() -> None:
    """A perovskite of three kinds, beside mixtures of two of them: what it is compared with is the lowest of all."""
    pure = [Phase(name=n, counts=c, g_kt=0.0) for n, c in (("a", (1, 0, 0)), ("b", (0, 1, 0)), ("c", (0, 0, 1)))]
    salt = Phase(name="NaCl", counts=(0, 1, 1), g_kt=-2.0)  # -1 each
    perovskite = [Phase(name="ABO3", counts=(1, 1, 3), g_kt=g) for g in (-6.0, -1.5)]
    low, high = (formations([*pure, salt, one])[-1] for one in perovskite)
    assert low.verdict == "stable"
    # A + NaCl + 2 O of the same composition hold -2 in five bodies.
    assert high.above_hull_kt == pytest.approx(-0.3 + 0.4)
    assert high.verdict == "decomposes"


def test_a_hull_needs_references() -> None:
    with pytest.raises(InputError, match="no pure crystal of kind 2"):
        formations([A, mixed("NaCl", (4, 4), -1.0)])


def test_a_hexagonal_cell_has_a_rectangular_one_with_the_same_neighbours() -> None:
    packed = densest_packing("AlB2", {"A": Sphere(diameter_nm=2.0), "B": Sphere(diameter_nm=1.2)})
    cell = crystal_of(packed, {"A": 0, "B": 1})
    box = rectangular(cell)
    assert box.n_bodies == 2 * cell.n_bodies
    assert box.volume_nm3 == pytest.approx(2 * cell.volume_nm3)

    def distances(crystal: Crystal) -> np.ndarray[Any, Any]:
        cells = np.array([[x, y, z] for x in range(-3, 4) for y in range(-3, 4) for z in range(-3, 4)])
        apart = crystal.centres_nm[None, :, None] + cells @ crystal.cell_nm - crystal.centres_nm[:, None, None]
        found = np.sort(np.linalg.norm(apart, axis=-1).reshape(crystal.n_bodies, -1), axis=1)[:, 1:13]
        return np.unique(found.round(6), axis=0)

    assert distances(box) == pytest.approx(distances(cell))
    assert repeats(box, 8.0, 64) != (1, 1, 1)
    assert np.prod(repeats(box, 1e3, 64)) * box.n_bodies <= 64


@pytest.mark.slow
def test_sites_that_are_let_go_pack_denser_and_never_overlap() -> None:
    """AlB2 of large spheres and rounded cubes: B leaves z = 1/2, and the cell shrinks by a fifth."""
    gamma = 0.5412
    rounded: dict[str, Shape] = {"A": Sphere(diameter_nm=1.0), "B": cube(gamma, rounding_nm=0.0872)}
    sharp = table_entry("AlB2", "B").packing(gamma)
    held = followed_packing("AlB2", sharp, rounded)
    assert held.volume_nm3 < sharp.volume_nm3
    freed = freed_packing(held)
    assert freed.volume_nm3 < 0.85 * held.volume_nm3
    assert abs(freed.fractions[1, 2] - 0.5) > 0.03
    assert freed.name == "AlB2"
    cells = np.array([[x, y, z] for x in (-1, 0, 1) for y in (-1, 0, 1) for z in (-1, 0, 1)])
    distance = np.linalg.norm(cells @ freed.cell_nm, axis=1)
    assert distance[distance > 1e-9].min() >= 1 - 1e-6


def soft_spheres(gap: float) -> Thermal:
    body = BeadBody(
        name="ball", shape=Sphere(diameter_nm=1.0), positions_nm=np.zeros((1, 3)), types=np.array([0], dtype=np.int64)
    )
    packed = densest_packing("fcc", {"A": Sphere(diameter_nm=1.0 + gap)})
    pair = MiePair(epsilon_kj_mol=1.0, sigma_nm=1.0, cutoff_nm=2 ** (1 / 6))
    return Thermal(crystal=crystal_of(packed, {"A": 0}).repeated((2, 2, 2)), bodies=(body,), pairs={(0, 0): pair})


def test_a_crystal_that_drifts_has_not_left_its_sites() -> None:
    """Half a box of drift: every body is where it was beside its neighbours, whichever image of it is seen."""
    jitter = np.random.default_rng(2).normal(scale=0.02, size=(40, 3))
    for drift in (0.0, 0.3, 0.5, -0.49):
        seen = drift + jitter - np.round(drift + jitter)
        moved = seen - np.round(seen - common_shift(seen))
        assert np.abs(moved - moved.mean(axis=0) - jitter + jitter.mean(axis=0)).max() < 1e-12


@pytest.mark.slow
def test_a_crystal_holds_under_pressure_and_falls_apart_without() -> None:
    """WCA spheres freeze near P = 12 at kT = 1 (as hard spheres at 11.6 in their own diameter)."""
    for seed in (1, 2, 3):
        dense = hold(soft_spheres(0.06), 30.0, n_steps=6000, timestep=0.002, seed=seed)
        assert dense.is_held
        loose = hold(soft_spheres(0.3), 2.0, n_steps=12_000, timestep=0.002, seed=seed)
        assert not loose.is_held
        assert loose.volume_nm3 > 1.2 * dense.volume_nm3


STUDY = """
[nanocrystal]
material = "NaGdF4"
shape = "sphere"
diameter_nm = 14.0
[ligand]
name = "oleate"
[partner]
material = "NaGdF4"
shape = "sphere"
diameter_nm = 4.6
ligand = { name = "oleate" }
[packing]
lattices = ["NaCl"]
"""


def write(folder: Path, text: str = STUDY) -> Path:
    file = folder / "study.toml"
    file.write_text(text)
    return file


@pytest.mark.slow
def test_candidates_of_a_study_and_a_restart_to_the_last_bit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = write(tmp_path)
    picture = tmp_path / "hull.png"
    arguments = ["stability", str(study), "--json", "--out", str(tmp_path / "runs"), "--pressure", "0.02"]
    assert main([*arguments, "--figure", str(picture)]) == 0
    first = json.loads(capsys.readouterr().out)
    assert picture.stat().st_size > 5000
    rows = {(c["lattice"], *c["counts"]): c for c in first["candidates"]}
    salt = rows["NaCl", 4, 4]
    assert set(salt) >= {"lattice", "is_held", "formation_kt", "formation_sd_kt", "model_sd_kt", "verdict"}
    assert salt["is_held"] is None
    assert salt["formation_kt"] < -0.5  # the small ones fit into the holes of the large ones' fcc
    assert rows["fcc", 4, 0]["verdict"] == "reference"
    assert rows["bcc", 2, 0]["verdict"] == "worse than reference"
    assert first["pressure_from"] == "given"
    assert first["packing_rank"]["lattices"]
    # As after a kill: some candidates are there, one is not.
    (gone,) = (tmp_path / "runs").rglob("NaCl-static.json")
    gone.unlink()
    assert main(arguments) == 0
    assert json.loads(capsys.readouterr().out) == first
    assert main([*arguments[:2], "--out", str(tmp_path / "runs"), "--pressure", "0.02"]) == 0
    assert "packing alone" in capsys.readouterr().out


@pytest.mark.slow
def test_dry_mixtures_get_bounds_and_no_ranking(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = write(tmp_path)
    assert main(["stability", str(study), "--json", "--dry", "--out", str(tmp_path / "runs")]) == 0
    data = json.loads(capsys.readouterr().out)
    salt = next(c for c in data["candidates"] if c["lattice"] == "NaCl")
    assert salt["formation_kt"] is None
    low, high = salt["formation_bounds_kt"]
    assert low <= high
    # Only a sum of pairs that is itself below the pure crystals decides.
    assert salt["verdict"] == ("stable" if high < 0 else "undecided by pair energies")
    assert data["pressure_kt_per_nm3"] == 0
    single = next(c for c in data["candidates"] if c["lattice"] == "bcc")
    assert single["formation_kt"] > 0


@pytest.mark.parametrize(
    ("old", "new", "extra", "said"),
    [
        ('["NaCl"]', '["NaCk"]', [], "NaCl"),
        ('["NaCl"]', '["NaCl", "sheared"]', [], "sheared"),
        ('["NaCl"]', '["NaCl"]', ["--pressure", "-1"], "must be positive"),
        ('["NaCl"]', '["NaCl"]', ["--bodies", "0"], "at least 1"),
    ],
)
def test_bad_input_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, extra: list[str], said: str
) -> None:
    study = write(tmp_path, STUDY.replace(old, new))
    try:
        status = main(["stability", str(study), "--out", str(tmp_path / "runs"), *extra])
    except SystemExit as stop:
        status = int(stop.code or 0)
    assert status == 2
    error = capsys.readouterr().err
    assert said in error
    assert len(error.strip().splitlines()) == 1
    assert not (tmp_path / "runs").exists()


def test_an_exchange_in_electronvolts_beside_what_is_published() -> None:
    """Three contacts of 989 and 1705 kT at 25.85 meV, dry; in toluene next to nothing against six eV."""
    dots = Nanocrystal(material="CsPbBr3", shape=cube(8.6))
    oleate = Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0)
    sodium = Coating(ligand=ligand("Na+"), coverage_per_nm2=2.9)
    found = exchange_energy(dots, oleate, sodium, Environment(medium="toluene"))
    assert found.dry_ev == pytest.approx((-76.7, -132.0), abs=0.5)
    assert found.medium_ev == pytest.approx((-0.03, -6.5), abs=0.05)
    assert found.dry_ratio == pytest.approx(1.7, abs=0.05)
    assert found.published.after_ev / found.published.before_ev == pytest.approx(2.4, abs=0.05)
    assert "not comparable" in found.published.what


@pytest.mark.slow
def test_rounded_cubes_pack_denser_and_separation_multiplies() -> None:
    pair = (
        (Nanocrystal(material="CsPbBr3", shape=cube(8.6)), Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0)),
        (
            Nanocrystal(material="NaGdF4", shape=Sphere(diameter_nm=20.0)),
            Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0),
        ),
    )
    names = ["NaCl", "ABO3", "AlB2"]
    sharp, rounded = (rank_lattices(*pair, lattices=names, corners=c, n_samples=500) for c in ("sharp", "round"))
    for row in rounded.rows:
        assert row.rounded_fraction >= row.packing_fraction - 1e-9
        assert row.formed_probability <= row.probability
    gains = {row.name: row.rounded_fraction / row.packing_fraction for row in rounded.rows}
    assert gains["NaCl"] == pytest.approx(1, abs=0.01)  # cubes do not touch each other there
    assert gains["ABO3"] > 1.02
    assert gains["AlB2"] > 1.05
    assert rounded.separation_probability <= sharp.separation_probability
    total = sum(row.formed_probability for row in sharp.rows) + sharp.separation_probability
    assert total == pytest.approx(1, abs=1e-9)


def test_a_study_with_an_exchange_gets_its_energies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = write(tmp_path, STUDY.split("[partner]")[0] + '[exchange]\nligand = { name = "decanoic acid" }\n')
    assert main(["stability", str(study)]) == 0
    said = capsys.readouterr().out
    assert "published" in said
    assert "not comparable" in said


@pytest.mark.slow
def test_free_energies_of_one_kind_and_their_restart_to_the_last_bit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = write(tmp_path, STUDY.split("[partner]")[0])
    arguments = ["stability", str(study), "--json", "--out", str(tmp_path / "runs"), "--bodies", "32"]
    assert main([*arguments, "--pressure", "0.03", "--free-energy"]) == 0
    first = json.loads(capsys.readouterr().out)
    rows = {c["lattice"]: c for c in first["candidates"]}
    assert first["free_energy_by"] == "Frenkel-Ladd"
    assert rows["fcc"]["is_held"]
    assert rows["fcc"]["verdict"] == "reference"
    free = rows["fcc"]["free_energy"]
    # Soft spheres about their sites: more than free ones in their cells, less than a few kT each.
    # Of 64 bodies: a tenth of a kT each between averages from either end, of which Bennett's ratio makes the best.
    assert free["forward_kt"] == pytest.approx(free["reverse_kt"], abs=6)
    assert min(free["forward_kt"], free["reverse_kt"]) - 1 < free["switch_kt"]
    assert free["switch_kt"] < max(free["forward_kt"], free["reverse_kt"]) + 1
    assert 0 < free["free_energy_kt"] / 4 < 6
    (gone,) = (tmp_path / "runs").rglob("fcc-0-free-energy.json")
    gone.unlink()
    assert main([*arguments, "--pressure", "0.03", "--free-energy"]) == 0
    assert json.loads(capsys.readouterr().out) == first
    # Hard spheres of that effective size melt at P d^3 = 11.6 kT: far above this pressure.
    assert main([*arguments, "--pressure", "0.0005", "--hold"]) == 2
    assert "no candidate holds. Raise --pressure" in capsys.readouterr().err


SWEPT = (
    STUDY.replace("diameter_nm = 4.6", "")
    + """
[stability]
pressure_kt_per_nm3 = 0.02
[sweep]
partner.diameter_nm = [4.6, 6.5]
"""
)


@pytest.mark.slow
def test_beside_a_fluid_a_mixture_gets_its_free_energy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Spheres of 4.6 nm melt at P d^3 = 11.6 kT, here it is 8: their fluid is what the salt is compared with."""
    study = write(tmp_path)
    arguments = ["stability", str(study), "--json", "--out", str(tmp_path / "runs"), "--bodies", "32"]
    assert main([*arguments, "--pressure", "0.02", "--free-energy"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["free_energy_by"] == "Frenkel-Ladd"
    (molten,) = data["fluids"]
    assert molten["kind"] == 1
    assert molten["turns_kt"] == 0
    assert "it is a fluid, whose chemical potential is" in data["notes"][0]
    salt = next(c for c in data["candidates"] if c["lattice"] == "NaCl")
    assert salt["is_held"]
    assert salt["formation_kt"] < 0
    # Its free volume in the holes is far from that of the fluid, so statics and free energy need not agree closely.
    assert salt["formation_kt"] == pytest.approx(salt["static_formation_kt"], abs=3)


@pytest.mark.slow
def test_a_campaign_sweeps_stability(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Larger spheres fill octahedral holes worse, so NaCl costs more; the table has a column for it."""
    study = write(tmp_path, SWEPT)
    out = tmp_path / "campaign"
    assert main(["batch", str(study), "--out", str(out), "--predict-only"]) == 0
    capsys.readouterr()
    table = collect(open_campaign(out))
    rows = sorted(table.rows, key=lambda row: row["partner.diameter_nm"])
    assert [row["state"] for row in rows] == ["completed", "completed"]
    assert [row["stability_pressure_kt_per_nm3"] for row in rows] == [0.02, 0.02]
    assert rows[0]["formation_NaCl_kt"] < rows[1]["formation_NaCl_kt"]
    assert all(row["formation_NaCl_sd_kt"] > 0 and row["verdict_NaCl"] for row in rows)
    assert "formation_fcc_kt" not in table.columns
    # Another pressure is another question: jobs are asked again, in folders of their own.
    study.write_text(SWEPT.replace("= 0.02", "= 0.04"))
    assert main(["batch", str(study), "--out", str(out), "--predict-only"]) == 0
    again = collect(open_campaign(out))
    assert [row["stability_pressure_kt_per_nm3"] for row in again.rows] == [0.04, 0.04]


@pytest.mark.slow
def test_a_report_has_stability_beside_the_packing_rank(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = load_study(write(tmp_path, STUDY + "[stability]\npressure_kt_per_nm3 = 0.02\n"))
    found = stability_parts(study, tmp_path / "run", lambda text, event: None)
    (table,) = stability_tables({name: answer.to_dict() for name, answer in found.items()})
    assert "no free energy" in table.text
    assert table.columns[1] == "formation [kT]"
    row = next(row for row in table.rows if row[0].startswith("NaCl"))
    assert "±" in row[1]
    rank, fraction = row[4].split(": ")
    assert int(rank) >= 1
    assert 0.5 < float(fraction) < 1
    (group,) = stability_figures({name: answer.to_dict() for name, answer in found.items()}, tmp_path)
    assert len(group.figures) == 1
    # The command takes what the table says, and finds it done.
    assert main(["stability", str(tmp_path / "study.toml"), "--json", "--out", str(tmp_path / "runs")]) == 0
    assert json.loads(capsys.readouterr().out) == found[""].to_dict()


@pytest.mark.slow
def test_the_page_of_a_run_tells_what_is_stable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "simulate_part", built)
    cubes = """
    [nanocrystal]
    material = "CsPbBr3"
    edge_nm = 8.6
    [ligand]
    name = "oleate"
    [structure]
    diffraction = false
    q_max_inv_nm = 1.0
    tem_px_per_nm = 2.0
    [stability]
    """
    result = run_study(Study.from_text(cubes), tmp_path)
    (told,) = result.results["parts"].values()
    assert {c["lattice"] for c in told["stability"]["candidates"]} == {"sc", "bcc"}
    page = (result.folder / "report.html").read_text()
    assert "Which lattice is stable" in page
    assert "worse than reference" in page
    assert (result.folder / "figures" / "stability.png").is_file()
