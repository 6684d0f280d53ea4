"""Ranking of binary lattices and the phase map: laws, published mixtures, refusals."""

from __future__ import annotations

import itertools
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from overlap_by_separating_axes import deepest_overlap

from packing.binary.cube_pairs import cube_pair
from packing.binary.curves import CUBES_ON_A, CUBES_ON_B, SPHERES, lattice_curve, phase_separation
from packing.errors import InputError
from packing.lattices.catalogue import template
from packing.particles import Coating, Ligand, Nanocrystal
from packing.prediction.prediction import predict
from packing.ranking.maps import ObservedLattice, phase_map
from packing.ranking.measured import MEASURED_PACKINGS
from packing.ranking.one_lattice import lattice_report
from packing.ranking.ranking import rank_lattices
from packing.ranking.room import check_balance
from packing.ranking.rows import ranked_packing
from packing.shapes import Cuboid, Shape, Sphere, cube
from packing.spacing.input_spread import InputSpread
from packing.spacing.sizes import SizeModels, nominal_size_nm
from packing.spacing.soft_spheres import ocm_ratio

mpl.use("Agg")


def part(shape: Shape, carbons: int = 9, coverage: float = 4.5, spread: float = 0.04) -> tuple[Nanocrystal, Coating]:
    chain = Ligand(name=f"C{carbons}", length_nm=0.128 * carbons + 0.2)
    return (
        Nanocrystal(material="PbS", shape=shape, size_spread=spread),
        Coating(ligand=chain, coverage_per_nm2=coverage),
    )


LEAD_SULFIDE, GOLD = part(Sphere(diameter_nm=7.0)), part(Sphere(diameter_nm=4.1), 18, 5.5)
sizes = st.floats(2.0, 12.0)


@settings(deadline=None, max_examples=8)
@given(sizes, sizes, st.integers(6, 18), st.sampled_from(["hs", "otm"]))
@pytest.mark.slow
def test_every_cell_holds_its_particles_and_rows_are_in_order(a: float, b: float, carbons: int, model: str) -> None:
    one, other = part(Sphere(diameter_nm=a), carbons), part(Sphere(diameter_nm=b))
    ranking = rank_lattices(one, other, model=model, n_samples=50)
    assert [row.probability for row in ranking.rows] == sorted((row.probability for row in ranking.rows), reverse=True)
    assert ranking.densest.packing_fraction == max(row.packing_fraction for row in ranking.rows)
    assert sum(row.probability for row in ranking.rows) == pytest.approx(1.0)
    large, small = (other, one) if ranking.relabelled else (one, other)
    for row in ranking.rows:
        counts = template(row.name).counts
        n_b = sum(n for kind, n in counts.items() if kind != "A")
        content = core = 0.0
        for n, (nanocrystal, coating) in ((counts["A"], large), (n_b, small)):
            core += n * nanocrystal.shape.volume_nm3
            # The OPM's sphere is core and ligand.
            content += n * (nanocrystal.shape.volume_nm3 + nanocrystal.shape.surface_nm2 * coating.shell_nm)
        angle = np.sqrt(3) / 2 if row.name in ("AlB2", "MgZn2", "CaCu5") else 1.0
        cell = angle * row.a_nm * row.b_nm * row.c_nm
        assert content <= cell * (1 + 1e-6)
        assert content / cell == pytest.approx(row.packing_fraction, rel=1e-5)
        assert core / cell == pytest.approx(row.core_fraction, rel=1e-5)


@settings(deadline=None, max_examples=8)
@given(sizes, sizes)
@pytest.mark.slow
def test_order_of_the_two_building_blocks_does_not_matter(a: float, b: float) -> None:
    one, other = part(Sphere(diameter_nm=a)), part(Sphere(diameter_nm=b), 18)
    forward = rank_lattices(one, other, n_samples=20)
    backward = rank_lattices(other, one, n_samples=20)
    assert forward.gamma == pytest.approx(backward.gamma)
    assert forward.gamma <= 1
    # By name: rows are in the order of probabilities, which two samplings share up to their noise only.
    fractions = [{row.name: row.packing_fraction for row in ranking.rows} for ranking in (forward, backward)]
    assert fractions[0] == pytest.approx(fractions[1])
    assert forward.relabelled != backward.relabelled or forward.gamma == pytest.approx(1.0)


def test_lattice_constants_scale_with_all_lengths() -> None:
    def doubled(shape: Sphere, length: float, factor: float) -> tuple[Nanocrystal, Coating]:
        ligand = Ligand(name="chain", length_nm=length * factor)
        return (
            Nanocrystal(material="Au", shape=shape.scaled(factor)),
            Coating(ligand=ligand, coverage_per_nm2=4.0),
        )

    rankings = [
        rank_lattices(doubled(Sphere(diameter_nm=7.0), 1.3, f), doubled(Sphere(diameter_nm=4.0), 2.0, f), n_samples=10)
        for f in (1.0, 2.0)
    ]
    assert rankings[1].gamma == pytest.approx(rankings[0].gamma)
    for small, large in zip(rankings[0].rows, rankings[1].rows, strict=True):
        assert large.a_nm == pytest.approx(2 * small.a_nm)
        assert large.packing_fraction == pytest.approx(small.packing_fraction)


@pytest.mark.slow
def test_certain_inputs_leave_one_lattice_and_spread_shares_the_probability() -> None:
    exact = [(Nanocrystal(material=n.material, shape=n.shape), c) for n, c in (LEAD_SULFIDE, GOLD)]
    sure = rank_lattices(exact[0], exact[1], spread=InputSpread(size=0.0, coverage=0.0, length=0.0), n_samples=100)
    assert sure.likeliest.probability == pytest.approx(1.0)
    assert np.ptp(sure.gamma_samples) < 1e-12
    unsure = rank_lattices(LEAD_SULFIDE, GOLD, n_samples=2000)
    assert max(row.probability for row in unsure.rows) < 1.0
    again = rank_lattices(LEAD_SULFIDE, GOLD, n_samples=2000)
    assert [r.probability for r in again.rows] == [r.probability for r in unsure.rows]
    assert rank_lattices(LEAD_SULFIDE, GOLD, n_samples=2000, seed=1).to_dict() != unsure.to_dict()


def test_one_sampler_serves_the_first_and_the_partner() -> None:
    # A size that is known exactly is known in the mixture too, whatever the particles' own spread.
    known = InputSpread(size=0.0, coverage=0.0, length=0.0)
    sure = predict(*LEAD_SULFIDE, partner=GOLD, lattices=["CsCl", "AlB2"], spread=known, n_samples=100)
    assert sure.ranking is not None
    assert float(sure.ranking.gamma_samples.std()) == pytest.approx(0.0, abs=1e-12)
    # First-order propagation of a size that is given, by hand: d(D tau)/dD of the OPM, both kinds independent.
    unsure = predict(*LEAD_SULFIDE, partner=GOLD, lattices=["CsCl"], spread=replace(known, size=0.02), n_samples=20_000)

    def relative_sd(nanocrystal: Nanocrystal, coating: Coating) -> float:
        swelling = 6 * coating.shell_nm / nanocrystal.shape.size_nm
        return 0.02 * (1 - swelling / 3 / (1 + swelling))

    by_hand = np.hypot(*(relative_sd(*kind) for kind in (LEAD_SULFIDE, GOLD)))
    gamma = unsure.ranking.gamma_samples
    assert gamma.std() / gamma.mean() == pytest.approx(by_hand, rel=0.03)


def test_coverage_and_length_spread_the_size_ratio_of_a_mixture() -> None:
    # By hand: d ln(diameter) = s/(3 (1 + s)) d ln(shell), with s = 6 t/D, and the shell is coverage times length.
    spread = InputSpread(size=0.0, coverage=0.06, length=0.03)
    one, other = part(Sphere(diameter_nm=7.0), 9, 3.5), part(Sphere(diameter_nm=4.1), 18, 3.5)
    ranking = rank_lattices(one, other, lattices=["CsCl"], spread=spread, n_samples=20_000)

    def relative_sd(nanocrystal: Nanocrystal, coating: Coating) -> float:
        swelling = 6 * coating.shell_nm / nanocrystal.shape.size_nm
        return float(np.hypot(0.06, 0.03)) * swelling / (3 * (1 + swelling))

    by_hand = np.hypot(relative_sd(*one), relative_sd(*other))
    assert ranking.gamma_samples.std() / ranking.gamma == pytest.approx(by_hand, rel=0.04)


def test_an_ion_is_not_spread_in_a_mixture_either() -> None:
    salt = (
        Nanocrystal(material="PbS", shape=Sphere(diameter_nm=4.0)),
        Coating(ligand=Ligand(name="iodide", length_nm=0.44, is_ionic=True), coverage_per_nm2=2.9),
    )
    other = (Nanocrystal(material="PbS", shape=Sphere(diameter_nm=7.0)), salt[1])
    # The size is known, so what is left to be spread are coverage and length, which an ion does not have.
    ranking = rank_lattices(salt, other, lattices=["NaCl"], spread=InputSpread(size=0.0), n_samples=50)
    assert np.ptp(ranking.gamma_samples) == pytest.approx(0.0, abs=1e-12)


def test_margins_are_differences_of_the_fractions() -> None:
    rows = rank_lattices(LEAD_SULFIDE, GOLD, model="hs", n_samples=10).rows
    by_density = sorted(rows, key=lambda row: -row.packing_fraction)
    for row, following in itertools.pairwise(by_density):
        assert row.margin_next == pytest.approx(row.packing_fraction - following.packing_fraction)
        assert row.margin_separation == pytest.approx(row.packing_fraction - np.pi / 18**0.5)
    assert by_density[-1].margin_next is None


@pytest.mark.slow
def test_rows_agree_with_the_contact_engine() -> None:
    ranking = rank_lattices(LEAD_SULFIDE, GOLD, n_samples=10)
    for row in ranking.rows:
        if row.model == "ocm":
            packed = ranked_packing(ranking, row.name)
            assert (row.a_nm, row.b_nm, row.c_nm) == pytest.approx(packed.lengths_nm, rel=1e-5)
            assert row.limiting_contact == packed.limiting_contact
            continue
        report = lattice_report(row.name, ranking.gamma, model=row.model, diameter_a_nm=ranking.size_a_nm)
        assert (row.a_nm, row.b_nm, row.c_nm) == pytest.approx(report.packing.lengths_nm, rel=1e-5)
        assert row.packing_fraction == pytest.approx(report.packing_fraction, rel=1e-5)
        assert row.limiting_contact == report.packing.limiting_contact


def test_an_otm_branch_that_would_overfill_is_flagged_and_ranked_as_hard_spheres() -> None:
    ranking = rank_lattices(LEAD_SULFIDE, GOLD, n_samples=10)
    row = next(r for r in ranking.rows if r.name == "CaB6")
    assert row.model == "hs"
    assert "does not exist" in row.note
    assert row.packing_fraction == pytest.approx(
        float(lattice_curve("CaB6", ranking.gamma, model="hs").packing_fraction[0])
    )


def test_cubes_with_spheres_take_the_shape_into_account() -> None:
    dots, spheres = part(cube(8.6), 12, 4.4), part(Sphere(diameter_nm=18.0), 18, 3.0)
    ranking = rank_lattices(dots, spheres, n_samples=500)
    assert ranking.mixture == CUBES_ON_B
    assert ranking.relabelled
    assert 0.4 < ranking.gamma < 0.6
    # Perovskite-type order of cubes and spheres: denser than NaCl once the shape counts (Adv. Mater. 2023).
    by_name = {row.name: row for row in ranking.rows}
    assert by_name["ABO3"].packing_fraction > by_name["NaCl"].packing_fraction
    as_spheres = {n: lattice_curve(n, ranking.gamma, model="hs").packing_fraction[0] for n in ("ABO3", "NaCl")}
    assert as_spheres["ABO3"] < as_spheres["NaCl"]
    assert set(ranking.to_dict()["lattices"][0]) >= {"name", "model", "a_nm", "packing_fraction", "probability"}
    larger = rank_lattices(part(cube(12.0)), part(Sphere(diameter_nm=5.0)), n_samples=100)
    assert larger.mixture == CUBES_ON_A
    edges = [nominal_size_nm(*dots, SizeModels(cube=form)) for form in ("fill", "round", "plate")]
    assert edges == sorted(edges)


@pytest.mark.slow
def test_two_kinds_of_cubes_are_ranked_by_the_engine_and_never_beat_their_own_crystals() -> None:
    ranking = rank_lattices(part(cube(9.0)), part(cube(5.0)), lattices=["NaCl", "CsCl"], n_samples=300)
    assert (ranking.mixture, ranking.relabelled) == ("cubes", False)
    assert ranking.separation_probability == 1.0
    g = ranking.gamma
    aligned = {"NaCl": (4 + 4 * g**3) / 8, "CsCl": (1 + g**3) / (1 + g) ** 3}
    for row in ranking.rows:
        packing = ranked_packing(ranking, row.name)
        assert deepest_overlap(packing) == pytest.approx(0.0, abs=1e-7)
        assert packing.packing_fraction == pytest.approx(row.packing_fraction, rel=1e-9)
        assert aligned[row.name] - 1e-6 <= row.packing_fraction <= 1
        assert row.margin_separation == pytest.approx(row.packing_fraction - 1)
    assert sum(row.probability for row in ranking.rows) == pytest.approx(1.0)
    assert phase_separation("NaCl", 0.5, "cubes") == 1.0


@pytest.mark.slow
def test_cubes_at_other_ratios_keep_the_orientations_and_so_undershoot() -> None:
    pair = cube_pair("CsCl", 0.5)
    assert float(pair.packing_fraction(0.5)) == pytest.approx(pair.packing.packing_fraction, rel=1e-9)
    near = pair.packing_fraction(np.linspace(0.45, 0.55, 11))
    assert np.all((near > 0) & (near <= 1))
    # Equal cubes on both sites of NaCl fill all space.
    assert cube_pair("NaCl", 1.0).packing.packing_fraction == pytest.approx(1.0, abs=1e-9)


def test_phase_separation_weighs_cubes_that_fill_space() -> None:
    fcc = np.pi / 18**0.5
    assert phase_separation("NaCl", 0.5) == pytest.approx(fcc)
    # As many parts of cube as a NaCl cell has, each filling its own volume.
    v_sphere, v_cube = np.pi / 6, 0.5**3
    expected = (v_sphere + v_cube) / (v_sphere / fcc + v_cube)
    assert phase_separation("NaCl", 0.5, CUBES_ON_B) == pytest.approx(expected)
    assert fcc < phase_separation("ABO3", 0.4, CUBES_ON_A) < 1


def test_overlap_cones_make_particles_smaller_than_the_opm() -> None:
    # OCM needs more than half coverage; its spheres hold less than core and ligand, so dense cells are left out.
    one, other = part(Sphere(diameter_nm=7.0), 9, 5.2), part(Sphere(diameter_nm=5.0), 9, 5.2)
    names = ["CsCl", "CaB6", "ZnS"]
    soft = rank_lattices(one, other, lattices=names, sizes=SizeModels(sphere="ocm"), model="hs", n_samples=200)
    full = rank_lattices(one, other, lattices=names, model="hs", n_samples=200)
    assert soft.size_a_nm < full.size_a_nm
    chain, xi = one[1].ligand.length_nm, one[1].relative_coverage
    assert soft.size_a_nm == pytest.approx(7.0 * float(ocm_ratio(2 * chain / 7.0, xi)))
    with pytest.raises(InputError, match="overlap cone model"):
        rank_lattices(part(Sphere(diameter_nm=3.0), 18, 3.0), other, sizes=SizeModels(sphere="ocm"))
    # Long chains bent into cones: dense cells would not hold the ligand any more, open ones do.
    small, smaller = part(Sphere(diameter_nm=2.6), 9, 5.5), part(Sphere(diameter_nm=2.2), 9, 5.5)
    short = rank_lattices(
        small, smaller, lattices=["CsCl", "CaB6"], sizes=SizeModels(sphere="ocm"), model="hs", n_samples=50
    )
    assert [row.name for row in short.rows] == ["CaB6"]
    assert "the cell of CsCl has" in short.left_out[0]
    with pytest.raises(InputError, match="core and ligand"):
        check_balance("NaCl", 2.0, 1.9)


@pytest.mark.parametrize("row", MEASURED_PACKINGS, ids=lambda row: row.row)
def test_model_against_measured_packing(row) -> None:
    hs = lattice_curve(row.lattice, row.gamma, model="hs").packing_fraction[0]
    otm = lattice_curve(row.lattice, row.gamma).packing_fraction[0]
    print(f"{row.row} {row.lattice} gamma {row.gamma:.3f}: measured {row.packing_fraction}, hs {hs:.3f}, otm {otm:.3f}")
    # Reference columns: hs and OTM at these ratios.
    expected = {"C1": (0.651, 0.775), "C2": (0.665, 0.665), "C3": (0.675, 0.817), "C4": (0.729, 0.747),
                "C5": (0.742, 0.742)}[row.row]  # fmt: skip
    tolerance = 0.005 if row.row != "C3" else 0.02  # the reference's C3 lies between the exact and the published form
    assert (hs, otm) == pytest.approx(expected, abs=tolerance)
    if row.known_miss:
        assert abs(otm - row.packing_fraction) > 0.05
    else:
        assert abs(otm - row.packing_fraction) < 0.05
        assert abs(otm - row.packing_fraction) <= abs(hs - row.packing_fraction) + 1e-12


def test_phase_map_is_the_curves_and_draws_what_was_seen() -> None:
    gamma = np.linspace(0.3, 0.9, 121)
    chart = phase_map(model="hs", gamma=gamma)
    assert chart.packing_fraction.shape == (19, 121)
    assert set(chart.densest) <= {*chart.names, ""}
    assert chart.densest[int(np.argmin(np.abs(gamma - 0.55)))] == "AlB2"
    assert chart.densest[int(np.argmin(np.abs(gamma - 0.415)))] == "NaCl"
    assert chart.at("NaCl", 0.5) == pytest.approx(0.698132, abs=1e-6)
    seen = [
        ObservedLattice(name="AlB2", gamma=0.62, packing_fraction=0.77, label="C5"),
        ObservedLattice(name="NaCl", gamma=0.45),
    ]
    ax = chart.plot(observed=seen)
    texts = [text.get_text() for text in ax.texts]
    markers = [line for line in ax.lines if line.get_marker() == "o"]
    assert texts == ["C5"]
    drawn = np.array([(m.get_xdata()[0], m.get_ydata()[0]) for m in markers])
    assert drawn == pytest.approx(np.array([(0.62, 0.77), (0.45, chart.at("NaCl", 0.45))]))
    mpl.pyplot.close(ax.figure)


def test_phase_map_breaks_curves_where_a_branch_does_not_exist() -> None:
    chart = phase_map(["CaB6"], gamma=np.linspace(0.4, 0.7, 61))
    ax = chart.plot()
    solid = next(line for line in ax.lines if line.get_label() == "CaB6")
    y = np.asarray(solid.get_ydata())
    assert np.isnan(y[chart.overfilled[0]]).all()
    assert np.nanmax(y) <= 1.0
    dotted = [line for line in ax.lines if line.get_linestyle() == ":"]
    assert len(dotted) == 1
    mpl.pyplot.close(ax.figure)


def test_probabilities_are_drawn_beside_their_lattice() -> None:
    ranking = rank_lattices(LEAD_SULFIDE, GOLD, n_samples=500)
    ax = ranking.plot()
    drawn = {label.get_text(): bar.get_width() for label, bar in zip(ax.get_yticklabels(), ax.patches, strict=True)}
    assert drawn == {row.name: row.probability for row in ranking.rows if row.probability >= 0.005}
    mpl.pyplot.close(ax.figure)


def test_what_cannot_be_ranked_is_named() -> None:
    with pytest.raises(InputError, match="must be a sphere or a cube"):
        rank_lattices(part(Cuboid(edges_nm=(3.0, 9.0, 9.0))), GOLD)
    with pytest.raises(InputError, match="candidate lattice of cubes on B"):
        rank_lattices(part(cube(5.0)), part(Sphere(diameter_nm=15.0)), lattices=["NaZn13"])
    with pytest.raises(InputError, match="Did you mean 'NaCl'"):
        rank_lattices(LEAD_SULFIDE, GOLD, lattices=["NaCk"])
    with pytest.raises(InputError, match="n_samples"):
        rank_lattices(LEAD_SULFIDE, GOLD, n_samples=0)
    with pytest.raises(InputError, match="model"):
        phase_map(model="ocm")
    for two_cubes in (lambda: phase_map(mixture="cubes"), lambda: lattice_curve("NaCl", 0.5, mixture="cubes")):
        with pytest.raises(InputError, match=r"two kinds of cubes.*Rank one pair .* with rank_lattices"):
            two_cubes()
    with pytest.raises(InputError, match="gamma"):
        ObservedLattice(name="NaCl", gamma=1.5)
    with pytest.raises(InputError, match="gamma must be above 0 and at most 1"):
        cube_pair("NaCl", 1.2)
    assert SPHERES == "spheres"


def test_relabelling_above_one_never_extrapolates() -> None:
    for name in ("NaCl", "AlB2"):
        above, below = lattice_report(name, 2.0), lattice_report(name, 0.5)
        assert above.relabelled
        assert not below.relabelled
        assert above.packing_fraction == pytest.approx(below.packing_fraction, abs=1e-12)
    with pytest.raises(InputError, match="gamma must be positive"):
        lattice_report("NaCl", -1.0)
    with pytest.raises(InputError, match="not known"):
        lattice_report("fcc", 0.5)


@pytest.mark.slow
def test_crystal_behind_a_row_has_its_lattice_constants() -> None:
    ranking = rank_lattices(LEAD_SULFIDE, GOLD, n_samples=10)
    dots = rank_lattices(part(cube(8.6), 12, 4.4), part(Sphere(diameter_nm=18.0), 18, 3.0), n_samples=10)
    for answer in (ranking, dots):
        for row in answer.rows:
            packing = ranked_packing(answer, row.name)
            assert packing.lengths_nm == pytest.approx((row.a_nm, row.b_nm, row.c_nm), rel=1e-5)
            assert packing.packing_fraction == pytest.approx(row.packing_fraction, rel=1e-5)
    assert ranked_packing(dots).name == dots.likeliest.name
    with pytest.raises(InputError, match="ranked lattice"):
        ranked_packing(dots, "NaZn13")
