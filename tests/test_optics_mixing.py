"""Mixing rules and the index of predicted crystals: limits, bounds, and coated spheres as the second route."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.optimize import brentq

from optics.medium.mixing import LIGAND_INDEX, MIXING_RULES
from optics.medium.predicted import crystal_index, solid_index
from packing.errors import InputError
from packing.matter.ligands import ligand
from packing.matter.material_table import MATERIALS
from packing.particles import Coating, Nanocrystal
from packing.prediction.prediction import predict
from packing.shapes import Sphere, cube
from superlattice.steps.prediction import prediction_data, prediction_facts

law = settings(deadline=None, max_examples=60)


def effective_index(core: float, ligand: float, core_index: float, rule: str) -> float:
    return MIXING_RULES[rule]([(core, core_index), (ligand, LIGAND_INDEX), (1 - core - ligand, 1.0)]).real


@pytest.mark.parametrize("rule", MIXING_RULES)
def test_mixing_rules_in_their_limits(rule):
    assert effective_index(1.0, 0.0, 1.95, rule=rule) == pytest.approx(1.95)
    assert effective_index(0.0, 1.0, 1.95, rule=rule) == pytest.approx(1.46)
    # Alike constituents are one medium.
    assert effective_index(0.4, 0.6, 1.46, rule=rule) == pytest.approx(1.46)


@law
@given(st.floats(0.01, 0.98), st.floats(0.0, 0.01), st.sampled_from(sorted(MIXING_RULES)))
def test_more_core_raises_the_index_within_the_wiener_bounds(core, more, rule):
    low, high = (effective_index(f, 1 - f, 1.95, rule=rule) for f in (core, core + more))
    assert high >= low - 1e-12
    parallel = core * 1.95**2 + (1 - core) * 1.46**2
    series = 1 / (core / 1.95**2 + (1 - core) / 1.46**2)
    assert series - 1e-9 <= low**2 <= parallel + 1e-9


def test_fractions_above_one_are_refused():
    with pytest.raises(InputError, match="more than one"):
        solid_index([("CsPbBr3", 0.4), ("PbS", 0.3)], 0.5)
    with pytest.raises(InputError, match="mixing rule: 'lorenz' is not known"):
        solid_index([("CsPbBr3", 0.4)], 0.5, rule="lorenz")


@pytest.mark.parametrize("name", ["Au", "Ag", "Pd", "Pt", "CoPt3"])
def test_a_metal_has_no_index(name):
    with pytest.raises(InputError, match=f"refractive index of a solid with {name}: a metal absorbs"):
        solid_index([("CsPbBr3", 0.3), (name, 0.3)], 0.2)
    assert {m.name for m in MATERIALS.values() if m.is_metal} == {"Au", "Ag", "Pd", "Pt", "CoPt3", "Cu", "Ni", "FePt"}


def coated_sphere_permittivity(share: float, core: float, host: float) -> float:
    """Second route: the permittivity around a coated sphere at which it leaves a uniform field as it is (Hashin 1962).

    Potentials (A r + B / r^2) cos(theta) of core, coat and outside are matched at both radii; outside has B = 0.
    """
    radius = share ** (1 / 3)

    def dipole(around: float) -> float:
        # Unknowns: A of the core, A and B of the coat, B outside; the field outside is 1.
        rows = [
            [radius, -radius, -1 / radius**2, 0],
            [core, -host, 2 * host / radius**3, 0],
            [0, 1, 1, -1],
            [0, host, -2 * host, 2 * around],
        ]
        return float(np.linalg.solve(np.array(rows), np.array([0, 0, 1, around]))[3])

    return brentq(dipole, min(core, host), max(core, host))


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9])
@pytest.mark.parametrize(("inner", "outer"), [(2.0, 1.46), (1.3, 1.9), (4.1, 1.46)])
def test_maxwell_garnett_is_the_field_of_coated_spheres_and_bruggeman_lies_between(share, inner, outer):
    def spheres(f: float, n: float, m: float) -> float:
        return MIXING_RULES["maxwell-garnett"]([(f, n), (1 - f, m)]).real

    exact = coated_sphere_permittivity(share, inner**2, outer**2)
    assert spheres(share, inner, outer) ** 2 == pytest.approx(exact, rel=1e-10)
    # The two ways to coat are the Hashin-Shtrikman bounds on any isotropic mixture.
    bounds = sorted([spheres(share, inner, outer), spheres(1 - share, outer, inner)])
    assert bounds[0] < MIXING_RULES["bruggeman"]([(share, inner), (1 - share, outer)]).real < bounds[1]


@pytest.mark.parametrize("rule", MIXING_RULES)
def test_few_spheres_polarise_as_clausius_and_mossotti_say(rule):
    # d(eps)/df at f = 0 is 3 eps_h (eps - eps_h)/(eps + 2 eps_h) for each rule; Lorentz-Lorenz has vacuum as its host.
    host = 1.0 if rule == "lorentz-lorenz" else 1.46**2
    f, core = 1e-5, 2.0**2
    mixed = MIXING_RULES[rule]([(f, 2.0), (1 - f, host**0.5)]).real ** 2
    assert (mixed - host) / f == pytest.approx(3 * host * (core - host) / (core + 2 * host), rel=1e-3)


def test_two_kinds_of_cores_polarise_by_their_shares():
    one = solid_index([("CsPbBr3", 0.4)], 0.4)
    assert solid_index([("CsPbBr3", 0.15), ("CsPbBr3", 0.25)], 0.4) == pytest.approx(one, rel=1e-12)
    two = solid_index([("CsPbBr3", 0.2), ("PbS", 0.2)], 0.4)
    assert one < two < solid_index([("PbS", 0.4)], 0.4)
    # Second route: the dipole moments of few cores of both kinds in the mixed host add (Clausius and Mossotti).
    f, host = 1e-5, (0.5 * LIGAND_INDEX**2 + 0.5) / 1.0
    free = 1 - 2 * f
    mixed = solid_index([("CsPbBr3", f), ("PbS", f)], free / 2) ** 2
    cores = [MATERIALS[name].refractive_index ** 2 for name in ("CsPbBr3", "PbS")]
    assert (mixed - host) / f == pytest.approx(3 * host * sum((e - host) / (e + 2 * host) for e in cores), rel=1e-3)


def dots(material: str = "CsPbBr3", **shape: float) -> Nanocrystal:
    return Nanocrystal(material=material, shape=cube(8.6) if not shape else Sphere(**shape))


def coated(name: str = "oleate", coverage: float = 3.0) -> Coating:
    return Coating(ligand=ligand(name), coverage_per_nm2=coverage)


def test_the_index_of_a_prediction_rises_on_exchange_and_is_the_exact_one():
    before, after = predict(dots(), coated()), predict(dots(), coated("Na+", 2.9))
    indices = [crystal_index(p.lattices[0]) for p in (before, after)]
    assert indices[1] > indices[0] + 0.1
    # Exact, from a grid: 1.6834 at a core fraction of 0.499 in ligand alone (tests/test_optics_medium.py).
    assert indices[0] == pytest.approx(1.683, abs=0.01)
    assert min(x["refractive_index"] for x in prediction_data(before)["lattices"]) > 1
    told = dict(prediction_facts(before))["refractive index of the solid"]
    assert told == f"{indices[0]:.2f} (Maxwell Garnett; core 1.95, below its absorption)"


def test_a_crystal_with_a_metal_has_no_index():
    gold = predict(dots("Au", diameter_nm=5.0), coated("c12 thiol", 5.0), n_samples=200)
    mixed = predict(
        dots("PbS", diameter_nm=7.0),
        coated("c9 acid", 4.5),
        partner=(dots("Au", diameter_nm=4.1), coated("c18 thiol", 5.4)),
        lattices=("NaCl",),
        n_samples=200,
    )
    assert {crystal_index(x) for p in (gold, mixed) for x in p.lattices} == {None}
    assert prediction_data(gold)["lattices"][0]["refractive_index"] is None
    assert "refractive index of the solid" not in dict(prediction_facts(gold))
