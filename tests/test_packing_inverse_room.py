"""A lattice that a design promises has room for cores and ligand, by the check that rankings make."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest

from packing.inverse.draws import FORM, deviates, made_shape
from packing.inverse.forward import Choice
from packing.inverse.mixing import drawn_winners
from packing.inverse.wanted import Cores, Question
from packing.inverse.winning import winners
from packing.matter.ligands import ligand
from packing.particles import Coating, Nanocrystal
from packing.ranking.ranking import rank_lattices
from packing.spacing.sizes import SizeModels
from superlattice.inverse.answering import design
from superlattice.study.study import load_study

VALIDATION = Path(__file__).parent.parent / "benchmarks" / "validation" / "designs.py"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_a_promised_lattice_comes_back_from_the_ranking_of_its_study_file(seed: int, tmp_path: Path) -> None:
    """NaCl of small cubes between large spheres fills its cells to the brim: by overlap cones some are overfilled."""
    formed_share = runpy.run_path(str(VALIDATION))["formed_share"]
    rng = np.random.default_rng(seed)
    edge = 6.69 if seed == 0 else round(float(rng.uniform(5.0, 12.0)), 2)
    tables = {
        "target": {"lattice": "NaCl"},
        "nanocrystal": {"material": "CsPbBr3", "shape": "cube", "edge_nm": edge, "ligands": ["butylamine"]},
        "partner": {
            "material": "NaGdF4", "shape": "sphere", "diameter_nm": [2.8 * edge, 3.2 * edge], "ligands": ["linolenate"],
        },
    }  # fmt: skip
    answer = design(tables, n_best=3)
    for one, file in zip(answer.found.designs, answer.write_studies(tmp_path), strict=True):
        kept = formed_share(load_study(file), "NaCl", seed)
        assert one.probability == pytest.approx(kept, abs=0.1), one.name


def test_a_cell_that_is_too_small_by_one_model_counts_by_the_draws_of_that_model() -> None:
    """Overlap cones leave 27 920 nm³ for 30 000 nm³ of core and ligand; the optimal packing has room."""
    spheres = Cores(material="NaGdF4", shape="sphere", size_nm=(21.4, 21.4))
    cubes = Cores(material="CsPbBr3", shape="cube", size_nm=(6.69, 6.69))
    question = Question(cores=cubes, partner=spheres, lattice="NaCl")
    pair = (
        Choice(size_nm=6.69, ligand="butylamine", coverage_per_nm2=2.5),
        Choice(size_nm=21.4, ligand="linolenate", coverage_per_nm2=3.0),
    )
    table = winners("NaCl", "cube", "sphere")
    won = drawn_winners(question, pair, 1024) == table.own
    assert won.mean() == pytest.approx(0.5, abs=0.02)
    by_cones = deviates(2, 1024)[1, FORM] > 0.5
    assert not won[by_cones].any()
    coated = [
        (Nanocrystal(material=c.material, shape=made_shape(c.shape, x.size_nm)),
         Coating(ligand=ligand(x.ligand), coverage_per_nm2=x.coverage_per_nm2))
        for c, x in zip((cubes, spheres), pair, strict=True)
    ]  # fmt: skip
    for sphere, there in (("opm", True), ("ocm", False)):
        ranking = rank_lattices(*coated, model="hs", sizes=SizeModels(sphere=sphere), n_samples=10)
        assert ("NaCl" in [row.name for row in ranking.rows]) == there
