"""The live answer for two kinds of nanocrystals: lattices and SAXS at once, or told to be on their way."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from packing.configuration import Configuration
from packing.ranking.rows import ranked_packing
from structure.saxs.powder import reciprocal_intensities
from superlattice.app.later import Later
from superlattice.app.live import DISPLACEMENT_NM, LiveAnswer, curve_of_mixture, live_answer
from superlattice.steps.prediction import predict_study
from superlattice.study.study import Study

SPHERES: dict[str, Any] = {
    "nanocrystal": {"material": "PbS", "shape": "sphere", "diameter_nm": 7.0, "size_spread": 0.03},
    "ligand": {"name": "oleate"},
    "partner": {"material": "Au", "shape": "sphere", "diameter_nm": 4.0, "ligand": {"name": "oleate"}},
    "packing": {"n_samples": 200},
}
CUBES = """\
[nanocrystal]
material = "CsPbBr3"
edge_nm = 8.6
[ligand]
name = "oleate"
[partner]
material = "PbS"
edge_nm = 5.0
ligand = { name = "oleate" }
[packing]
lattices = ["CsCl"]
n_samples = 200
"""


def test_saxs_of_a_mixture_is_that_of_its_crystal_with_every_site_displaced() -> None:
    """Second route: a larger crystal of the cores, each site moved by a random step, summed over its own vectors."""
    study = Study.from_data(SPHERES, source="t")
    answer, found = live_answer(study), predict_study(study)
    assert found.ranking is not None
    assert found.partner is not None
    assert not found.ranking.relabelled
    packing = ranked_packing(found.ranking)
    assert packing.name in answer.saxs_note
    q = np.linspace(0.15, 3.0, 6000)
    curve = curve_of_mixture(found, q)
    assert np.interp(np.array(answer.saxs)[:, 0], q, curve) == pytest.approx(np.array(answer.saxs)[:, 1], rel=0.05)
    shapes = {k: found.nanocrystal.shape if k == "A" else found.partner[0].shape for k in packing.shapes}
    crystal = packing.to_configuration((3, 3, 3), shapes)
    rng = np.random.default_rng(4)
    edges, summed = np.array([0.3, 0.9, 1.6, 2.3, 3.0]), np.zeros(4)
    for _ in range(12):
        vectors, strengths = reciprocal_intensities(_displaced(crystal, rng), 3.1)
        summed += np.histogram(np.linalg.norm(vectors, axis=1), edges, weights=strengths)[0] / 12
    # Each vector stands for its opposite too, and is spread over the sphere of its length.
    expected = summed * 2 * (2 * np.pi) ** 3 / (27 * packing.volume_nm3) / (4 * np.pi)
    for low, high, area in zip(edges, edges[1:], expected, strict=False):
        band = (q >= low) & (q < high)
        assert np.trapezoid((curve * q**2)[band], q[band]) == pytest.approx(area, rel=0.08)


def _displaced(crystal: Configuration, rng: np.random.Generator) -> Configuration:
    steps = rng.normal(0, DISPLACEMENT_NM, crystal.positions_nm.shape)
    return replace(crystal, positions_nm=crystal.positions_nm + steps)


# The search takes as long here as in the process beside: a minute.
@pytest.mark.slow
@pytest.mark.usefixtures("unshifted")
def test_lattices_of_two_kinds_of_cubes_are_told_to_be_coming_and_come(tmp_path: Path) -> None:
    study = Study.from_text(CUBES, source="t", folder=tmp_path, name="t")
    quick = live_answer(study)
    assert "searched" in quick.coming
    assert (quick.lattices, quick.saxs) == ([], [])
    assert quick.spacings_nm
    assert len(quick.energy) == 2
    whole = asyncio.run(_come(Later(tmp_path), CUBES))
    assert whole.coming == ""
    assert [name for name, _, _ in whole.lattices] == ["CsCl"]
    assert whole.saxs
    assert (whole.spacings_nm, whole.energy) == (quick.spacings_nm, quick.energy)
    assert whole == live_answer(study, whole=True)


async def _come(later: Later, text: str) -> LiveAnswer:
    deadline = time.monotonic() + 300
    # Other knobs were turned before: their search is given up.
    assert await later.ask(text.replace("5.0", "6.0"), "t.toml") is None
    while time.monotonic() < deadline:
        found = await later.ask(text, "t.toml")
        assert not later.problem, later.problem
        if found is not None:
            return found
        await asyncio.sleep(0.1)
    raise TimeoutError


def test_a_search_that_ends_badly_says_why(tmp_path: Path) -> None:
    async def broken() -> str:
        later, deadline = Later(tmp_path), time.monotonic() + 120
        while not later.problem and time.monotonic() < deadline:
            assert await later.ask(CUBES.replace("CsCl", "NaCk"), "t.toml") is None
            await asyncio.sleep(0.1)
        problem = later.problem
        await later.stop()
        assert later.problem == ""
        return problem

    assert "NaCk" in asyncio.run(broken())
