"""The ``[sweep]`` table: what it expands to, and that every mistake in it is one clear line."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from packing.errors import InputError
from superlattice.campaign.jobs import Expansion, expand, flat, state_point, study_of
from superlattice.study.sweep import read_sweep

BASE = """
[nanocrystal]
material = "CsPbBr3"
edge_nm = 8.6
[ligand]
coverage_per_nm2 = 3.0
n_carbons = 18
"""


def expanded(sweep: str, base: str = BASE, **how: bool) -> Expansion:
    data = tomllib.loads(base + "[sweep]\n" + sweep)
    return expand(data, source="study.toml", folder=Path("."), name="study", **how)


def column(expansion: Expansion, key: str) -> list[object]:
    return [flat(point)[key] for point in expansion.state_points]


def test_lists_combine_and_the_last_is_fastest() -> None:
    made = expanded("ligand.n_carbons = [8, 12]\nnanocrystal.edge_nm = [6.0, 8.0, 10.0]")
    assert column(made, "ligand.n_carbons") == [8, 8, 8, 12, 12, 12]
    assert column(made, "nanocrystal.edge_nm") == [6.0, 8.0, 10.0] * 2


def test_quoted_names_are_the_same_as_nested_tables() -> None:
    quoted = expanded('"ligand.n_carbons" = [8, 12]')
    assert quoted.state_points == expanded("[sweep.ligand]\nn_carbons = [8, 12]").state_points


def test_ranges_include_their_ends_without_rounding_dust() -> None:
    assert column(expanded("ligand.n_carbons = {start = 8, stop = 18, step = 5}"), "ligand.n_carbons") == [8, 13, 18]
    values = column(expanded("nanocrystal.edge_nm = {start = 6.0, stop = 6.6, step = 0.2}"), "nanocrystal.edge_nm")
    assert values == [6.0, 6.2, 6.4, 6.6]
    edges = column(expanded("nanocrystal.edge_nm = {start = 10, stop = 6, num = 5}"), "nanocrystal.edge_nm")
    assert edges == [10.0, 9.0, 8.0, 7.0, 6.0]


@given(start=st.floats(-50, 50), step=st.floats(0.01, 10), n=st.integers(0, 200))
@settings(deadline=None, max_examples=60)
def test_a_range_of_n_steps_has_n_plus_one_values(start: float, step: float, n: int) -> None:
    table = {"nanocrystal": {"edge_nm": {"start": start, "stop": start + n * step, "step": step}}}
    ((_, rows),) = read_sweep(table).columns
    assert len(rows) == n + 1
    assert rows[-1][0] == pytest.approx(start + n * step, rel=1e-6, abs=1e-6)


def test_zipped_columns_go_together_and_combine_with_the_rest() -> None:
    made = expanded(
        "nanocrystal.edge_nm = [6.0, 8.0]\n[[sweep.zip]]\nassembly.n_particles = [27, 64]\nassembly.duration = [2, 1]"
    )
    pairs = zip(column(made, "assembly.n_particles"), column(made, "assembly.duration"), strict=True)
    assert list(pairs) == [(27, 2.0), (64, 1.0)] * 2


def test_a_zipped_column_may_repeat_a_value() -> None:
    made = expanded("[sweep.zip]\nligand.n_carbons = [8, 12, 18]\nassembly.n_particles = [27, 64, 64]")
    assert column(made, "assembly.n_particles") == [27, 64, 64]


def test_replicas_count_up_from_the_seed_of_the_study() -> None:
    assert column(expanded("replicas = 3", BASE + "[assembly]\nseed = 5\n"), "seed") == [5, 6, 7]


def test_a_study_may_leave_out_what_is_swept() -> None:
    base = '[nanocrystal]\nmaterial = "CsPbBr3"\n[ligand]\nname = "oleate"\n'
    assert column(expanded("nanocrystal.edge_nm = [6.0, 8.0]", base), "nanocrystal.edge_nm") == [6.0, 8.0]


def test_a_state_point_is_physics_and_seed_and_gives_the_study_back() -> None:
    made = expanded("replicas = 2")
    point = made.state_points[1]
    assert set(point) == {"schema_version", "seed", "nanocrystal", "ligand", "environment", "packing", "assembly"}
    assert "seed" not in point["assembly"]
    again = study_of(point, {"title": "t"}, folder=Path("."), name="study")
    assert again.assembly.seed == 2
    assert state_point(again) == point


BAD = {
    "ligand.n_carbon = [8]": "unknown key 'ligand.n_carbon'. Did you mean 'n_carbons'?",
    "n_carbons = [8]": "Did you mean 'ligand.n_carbons'?",
    "ligands.n_carbons = [8]": "Did you mean 'ligand'?",
    "replica = 3": "Did you mean 'replicas'?",
    "ligand.n_carbons = []": "is an empty list",
    "ligand = {}": "is an empty table",
    "ligand = [8]": "is a table",
    "ligand.n_carbons = 8": "must be a list or a range",
    "ligand.n_carbons = [8, 8]": "has a value twice",
    "[sweep.zip]\nligand.n_carbons = [8, 9, 8]\nassembly.seed = [1, 2, 1]": "assembly.seed has a row twice",
    "ligand.n_carbons = {start = 8, stop = 6, step = 1}": "no value lies from 8 to 6",
    "ligand.n_carbons = {start = 8, stop = 9}": "one of step and num",
    "ligand.n_carbons = {start = 8, stop = 9, stp = 1}": "unknown key 'stp' of a range",
    "nanocrystal.edge_nm = {start = 1, stop = nan, num = 2}": "must be a finite number",
    "nanocrystal.edge_nm = {start = 1, stop = 2, num = 0}": "num must be a whole number",
    "nanocrystal.edge_nm = {start = 0, stop = 1e9, step = 1e-3}": "more than 1000000 values",
    "nanocrystal.edge_nm = [inf]": "not finite",
    "structure.wavelength_nm = [0.1]": "only how it is looked at",
    "title = ['a']": "only how it is looked at",
    "replicas = 0": "replicas must be a whole number",
    "replicas = true": "replicas must be a whole number",
    "skip_impossible = 1": "must be true or false",
    "zip = 3": "zip must be a table of columns",
    "[sweep.zip]\nligand.n_carbons = [8, 9]\nassembly.seed = [1]": "ligand.n_carbons has 2, assembly.seed has 1",
    "ligand.n_carbons = [8]\n[sweep.zip]\nligand.n_carbons = [9]": "is given twice",
    "assembly.seed = [1, 2]\nreplicas = 2": "both set the seed",
    "ligand.n_carbons = [8, 18.0]\nligand.length_nm = [1.0]": "cannot be used together",
    "assembly.duration = [1, 1.0]": "this job is in the sweep twice",
    "ligand.n_carbons = ['x']": "ligand.n_carbons",
}


@pytest.mark.parametrize("sweep", BAD)
def test_a_mistake_is_one_line_that_names_it(sweep: str) -> None:
    with pytest.raises(InputError) as caught:
        expanded(sweep)
    assert BAD[sweep] in str(caught.value)
    assert str(caught.value).startswith("study.toml")
    assert "\n" not in str(caught.value)


def test_a_swept_name_is_looked_up_before_anything_runs() -> None:
    exchange = BASE + "[exchange.ligand]\nname = 'Na+'\n"
    with pytest.raises(InputError, match=r"tolueen.*Did you mean 'toluene'"):
        expanded("exchange.medium = ['hexane', 'tolueen']", exchange)
    with pytest.raises(InputError, match=r"evaporaton.*Did you mean 'evaporation'"):
        expanded("assembly.protocol = ['quench', 'evaporaton']")


def test_impossible_jobs_are_counted_and_the_first_named_before_anything_runs() -> None:
    sweep = "nanocrystal.edge_nm = [8.0, -1.0, -2.0]\nreplicas = 2"
    with pytest.raises(InputError, match=r"edge_nm = -1: .*2 of the 3 combinations are impossible"):
        expanded(sweep)


def test_replicas_of_an_impossible_combination_count_once() -> None:
    base = BASE.replace("edge_nm = 8.6", "edge_nm = 90.0")
    with pytest.raises(InputError, match="2 of the 2 combinations are impossible"):
        expanded("ligand.n_carbons = [8, 12]\nreplicas = 3", base)


def test_impossible_jobs_can_be_left_out_by_name() -> None:
    made = expanded("nanocrystal.edge_nm = [8.0, -1.0]\nskip_impossible = true")
    assert column(made, "nanocrystal.edge_nm") == [8.0]
    assert len(made.impossible) == 1
    assert made.impossible[0].startswith("edge_nm = -1: nanocrystal: ")
    with pytest.raises(InputError, match="no job of the sweep is possible"):
        expanded("nanocrystal.edge_nm = [-1.0]\nskip_impossible = true")


def test_what_cannot_be_simulated_is_said_before_and_can_be_predicted() -> None:
    base = BASE + '[assembly]\nmodel = "explicit-ligand"\n'
    with pytest.raises(InputError, match="must be longer than"):
        expanded("ligand.n_carbons = [1]", base)
    assert expanded("ligand.n_carbons = [1]", base, simulated=False).state_points
