"""What lies under an effective size: cores that no vortex undercuts, and overlap cones where neighbours are few."""

from __future__ import annotations

import numpy as np
import pytest
from ase.neighborlist import neighbor_list

from packing.binary.closed_forms import CLOSED_FORMS
from packing.binary.curves import lattice_curve
from packing.binary.otm_branches import BRANCHES
from packing.binary.soft_particles import open_kinds, shrunken_fraction
from packing.contact.packing import densest_packing
from packing.errors import InputError
from packing.lattices.catalogue import template
from packing.particles import Coating, Ligand, Nanocrystal
from packing.prediction.prediction import predict
from packing.ranking.one_lattice import lattice_report
from packing.ranking.ranking import rank_lattices
from packing.ranking.rows import ranked_packing
from packing.shapes import Sphere
from packing.spacing.input_spread import InputSpread, draw_inputs
from packing.spacing.sizes import SizeModels, sampled_sizes
from packing.spacing.soft_spheres import ocm_ratio, opm_ratio


def sphere(diameter_nm: float, length_nm: float, coverage: float, spread: float = 0.05) -> tuple[Nanocrystal, Coating]:
    return (
        Nanocrystal(material="PbS", shape=Sphere(diameter_nm=diameter_nm), size_spread=spread),
        Coating(ligand=Ligand(name="chain", length_nm=length_nm), coverage_per_nm2=coverage),
    )


# The small cores have shells of a tenth of their size, or of half of it.
THIN, THICK = sphere(3.6, 0.5, 2.5), sphere(2.2, 1.8, 5.0)
LARGE = sphere(6.6, 1.4, 4.0)
VORTICES = ["MgZn2", "CaB6", "Fe4C", "cubAB13", "AuCu3", "Li3Bi", "bccAB6", "ABO3", "CaCu5", "NaZn13"]


def engine_says(name: str, gamma: float, size_a: float, cores: tuple[float, float]) -> str:
    """From the engine's cell: what the shrunken spheres of an OTM crystal measure against their cores."""
    try:
        packing = lattice_report(name, gamma, model="otm", diameter_a_nm=size_a).packing
    except InputError:
        return "more than the cell"
    core = {"A": cores[0], "B": cores[1], "O": cores[1]}
    undercut = any(shape.diameter_nm < core[kind] * (1 - 1e-9) for kind, shape in packing.shapes.items())
    return "below its core" if undercut else ""


@pytest.mark.parametrize("small", [THIN, THICK], ids=["thin shell", "thick shell"])
@pytest.mark.slow
def test_a_branch_that_would_shrink_a_particle_below_its_core_is_flagged(small) -> None:
    ranking = rank_lattices(LARGE, small, lattices=VORTICES, n_samples=20)
    cores = (LARGE[0].shape.diameter_nm, small[0].shape.diameter_nm)
    reasons = {}
    for row in ranking.rows:
        reasons[row.name] = engine_says(row.name, ranking.gamma, ranking.size_a_nm, cores)
        assert reasons[row.name] in row.left_out
        assert bool(row.left_out) == bool(reasons[row.name])
        assert row.left_out in row.note
        if row.left_out:
            rigid = float(lattice_curve(row.name, ranking.gamma, model="hs").packing_fraction[0])
            assert (row.model, row.packing_fraction) == ("hs", pytest.approx(rigid))
        sizes = {kind: shape.diameter_nm for kind, shape in ranked_packing(ranking, row.name).shapes.items()}
        assert row.sizes_nm == pytest.approx((sizes["A"], sizes["B"]), rel=1e-9)
    undercut = [name for name, reason in reasons.items() if reason == "below its core"]
    if small is THIN:
        assert {"CaB6", "AuCu3", "Li3Bi"} <= set(undercut)
    else:
        # Half of this B is ligand; what may be undercut is A, where A shrinks.
        assert set(undercut) <= {"MgZn2", "CaCu5"}


@pytest.mark.parametrize("name", [name for name in CLOSED_FORMS if name not in BRANCHES])
def test_few_neighbours_are_those_that_the_contact_engine_and_ase_count(name: str) -> None:
    """Second route: the engine's search of the cell, and ASE's list of neighbours."""
    rng, known = np.random.default_rng(7), template(name)
    for gamma, reach_a, reach_b in [*rng.uniform((0.2, 1, 1), (1, 1.8, 1.8), (8, 3)), (0.5, 1.0, 1.0)]:
        packing = densest_packing(known, {"A": Sphere(diameter_nm=1.0), "B": Sphere(diameter_nm=gamma)})
        kinds = np.array(packing.kinds)
        radii = 10 * np.where(kinds == "A", reach_a, reach_b * gamma) / 2 * (1 + 1e-6)
        met = np.bincount(neighbor_list("i", packing.to_atoms(), radii), minlength=len(kinds))
        few = tuple(k for k in known.kinds if np.all((met[kinds == k] >= 1) & (met[kinds == k] <= 4)))
        assert open_kinds(name, gamma, reach_a, reach_b) == few


def test_every_sample_is_judged_by_its_own_cores() -> None:
    """Second route: the same draws, one after the other through the contact engine."""
    names, n, spread = ["AuCu3", "Li3Bi", "CaCu5"], 40, InputSpread(size=0.1, coverage=0.2, length=0.05)
    large, small = sphere(6.6, 1.4, 4.0, 0.1), sphere(3.0, 0.9, 4.5, 0.1)
    ranking = rank_lattices(large, small, lattices=names, spread=spread, n_samples=n, seed=3)
    rng = np.random.default_rng(3)
    a, b = (sampled_sizes(*part, draw_inputs(*part, spread, n, rng), SizeModels()) for part in (large, small))
    gamma = b.effective_nm / a.effective_nm
    assert ranking.gamma_samples == pytest.approx(gamma)
    for row in ranking.rows:
        found = [
            engine_says(row.name, float(g), float(size), (float(core_a), float(core_b)))
            for g, size, core_a, core_b in zip(gamma, a.effective_nm, a.core_nm, b.core_nm, strict=True)
        ]
        assert row.left_out_share == pytest.approx(np.mean([bool(reason) for reason in found]))
    assert any(0 < row.left_out_share < 1 for row in ranking.rows)


def test_bare_cores_leave_no_vortices_and_soft_ones_all() -> None:
    """Limits: without ligand nothing may shrink; with long chains no branch is undercut."""
    bare = rank_lattices(sphere(6.6, 0.0, 4.0), sphere(3.6, 0.0, 4.0), lattices=VORTICES, n_samples=50)
    assert {row.model for row in bare.rows} == {"hs"}
    soft = rank_lattices(sphere(4.0, 3.0, 5.5), sphere(2.2, 1.8, 5.5), lattices=VORTICES, n_samples=20)
    assert not any("core" in row.left_out for row in soft.rows)
    assert any(row.model == "otm" for row in soft.rows)


def test_few_neighbours_are_counted_within_reach_of_the_ligands() -> None:
    assert open_kinds("ZnS", 0.5, 1.1, 1.1) == ("A", "B")
    assert open_kinds("CaF2", 0.5, 1.1, 1.1) == ("B",)
    assert open_kinds("ReO3", 0.7, 1.1, 1.1) == ("B",)
    for name in ("NaCl", "CsCl", "AlB2", *BRANCHES):
        assert open_kinds(name, 0.5, 1.1, 1.1) == ()
    # B of Cr3Si has four A around it, and two more B along its chain when these come near: from a/2 = (1 + g)/sqrt5.
    assert open_kinds("Cr3Si", 0.5, 1.1, 1.1) == ("B",)
    assert open_kinds("Cr3Si", 0.8, 1.1, 1.1) == ()
    # A touches A at sqrt(2)/2 of the cell: 4(1.5)/(2 sqrt6) = 1.2247 diameters of A.
    edge = 2 * 1.5 / 3**0.5 * 0.5**0.5
    assert open_kinds("ZnS", 0.5, edge * 0.999, 1.1) == ("A", "B")
    assert open_kinds("ZnS", 0.5, edge * 1.001, 1.1) == ("B",)


def test_lattices_of_few_neighbours_have_the_spacing_of_overlap_cones() -> None:
    one, other = sphere(7.0, 1.35, 5.2), sphere(5.0, 1.35, 5.2)
    xi = 5.2 / 5.5
    ranking = rank_lattices(one, other, lattices=["ZnS", "ReO3", "NaCl"], n_samples=300)
    rows = {row.name: row for row in ranking.rows}
    opm = [float(d * opm_ratio(2 * 1.35 / d, xi)) for d in (7.0, 5.0)]
    ocm = [float(d * ocm_ratio(2 * 1.35 / d, xi)) for d in (7.0, 5.0)]
    # Contacts along the cell: a quarter of the body diagonal, half the edge.
    assert rows["ZnS"].a_nm == pytest.approx(2 * (ocm[0] + ocm[1]) / 3**0.5)
    assert rows["ReO3"].a_nm == pytest.approx(opm[0] + ocm[1])
    assert rows["NaCl"].a_nm == pytest.approx(opm[0] + opm[1])
    assert [rows[name].model for name in ("ZnS", "ReO3", "NaCl")] == ["ocm", "ocm", "hs"]
    assert "A and B with at most 4 neighbours" in rows["ZnS"].note
    for name, n_b in (("ZnS", 4), ("ReO3", 3)):
        n_a = 4 if name == "ZnS" else 1
        # Nominal volumes, core and ligand, over the smaller cell.
        volume = np.pi / 6 * (n_a * opm[0] ** 3 + n_b * opm[1] ** 3)
        assert rows[name].packing_fraction == pytest.approx(volume / rows[name].a_nm ** 3)
        assert ranked_packing(ranking, name).lengths_nm[0] == pytest.approx(rows[name].a_nm)
    for_all = rank_lattices(one, other, lattices=["ZnS"], sizes=SizeModels(sphere="ocm"), n_samples=10)
    assert for_all.rows[0].a_nm == pytest.approx(rows["ZnS"].a_nm)
    rigid = rank_lattices(one, other, lattices=["ZnS"], model="hs", n_samples=10)
    assert rigid.rows[0].a_nm == pytest.approx(2 * (opm[0] + opm[1]) / 3**0.5)


def test_where_cones_do_not_hold_the_row_says_so() -> None:
    # xi below one half: beyond lambda = 6 xi - 3 for any chain.
    ranking = rank_lattices(sphere(7.0, 1.35, 2.5), sphere(5.0, 1.35, 2.5), lattices=["ZnS"], n_samples=10)
    row = ranking.rows[0]
    assert row.model == "hs"
    assert "overlap cones do not hold here: optimal packing" in row.note
    assert row.a_nm == pytest.approx(2 * (ranking.size_a_nm + ranking.size_b_nm) / 3**0.5)


def test_shrinking_both_alike_keeps_the_crystal() -> None:
    gamma = np.linspace(0.2, 1.0, 9)
    for name in CLOSED_FORMS:
        one = shrunken_fraction(name, gamma, np.ones(9), np.ones(9))
        assert shrunken_fraction(name, gamma, np.full(9, 0.8), np.full(9, 0.8)) == pytest.approx(one / 0.8**3)
    # B would become the larger particle: no number.
    assert np.isnan(shrunken_fraction("ZnS", np.array([0.9]), np.array([0.8]), np.array([1.0]))[0])


def test_a_study_says_which_branches_cannot_be() -> None:
    answer = predict(*LARGE, partner=THIN, lattices=["AuCu3", "NaCl"], n_samples=200)
    notes = {row.name: row.note for row in answer.lattices}
    assert "below its core" in notes["AuCu3"]
    assert answer.ranking is not None
    shares = {row["name"]: row["left_out_share"] for row in answer.ranking.to_dict()["lattices"]}
    assert shares["AuCu3"] > 0.5
    assert shares["NaCl"] == 0
