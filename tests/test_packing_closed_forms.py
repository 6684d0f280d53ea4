"""Hard-sphere curves: numbers of the literature, their cusps and limits, and the contact engine as a second route."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from packing.binary.closed_forms import CLOSED_FORMS, closed_form, packing_fraction_hs
from packing.contact.packing import densest_packing
from packing.contact.sphere_curves import densest_spheres, sphere_curve
from packing.errors import InputError
from packing.lattices.catalogue import BINARY_NAMES, template
from packing.shapes import Sphere

# Packing fractions of the reference, each found there by an independent numerical maximisation.
GOLDEN = [
    ("NaCl", 0.5, 0.698132), ("CsCl", 0.6, 0.636696), ("AlB2", 0.45, 0.714788), ("AlB2", 0.55, 0.779281),
    ("MgZn2", 0.75, 0.627036), ("CaCu5", 0.6, 0.654983), ("AuCu3", 0.6, 0.595855), ("AuCu", 0.9, 0.713478),
    ("CaB6", 0.35, 0.658295), ("CaB6", 0.5, 0.520954), ("bccAB6", 0.25, 0.743941), ("Li3Bi", 0.2, 0.758252),
    ("Fe4C", 0.25, 0.556324), ("Fe4C", 0.5, 0.432972), ("ABO3", 0.3, 0.580147), ("cubAB13", 0.45, 0.652417),
    ("cubAB13", 0.6, 0.656016), ("NaZn13", 0.25, 0.629955), ("Cr3Si", 0.5, 0.596242), ("CaF2", 0.3, 0.652621),
]  # fmt: skip
# At cusps, whose position is rounded in the reference: the fraction there and the branch point itself.
CUSPS = [
    ("NaCl", 0, 0.793111), ("CsCl", 0, 0.7290), ("ZnS", 0, 0.7489), ("CaF2", 0, 0.7573), ("Li3Bi", 0, 0.7657),
    ("AuCu3", 0, 0.6352), ("ABO3", 0, 0.6724), ("AuCu", 0, 0.7290), ("AlB2", 0, 0.7821), ("AlB2", 1, 0.7792),
    ("CaCu5", 1, 0.70049), ("MgZn2", 0, 0.71032), ("MgCu2", 0, 0.71032), ("CaB6", 0, 0.74684),
    ("bccAB6", 0, 0.78073), ("bccAB6", 1, 0.7455), ("Cr3Si", 0, 0.7304), ("Cr3Si", 1, 0.6399), ("Fe4C", 0, 0.59822),
    ("cubAB13", 1, 0.7000), ("cubAB13", 0, 0.6990), ("NaZn13", 1, 0.73815),
]  # fmt: skip
CRITICAL = {
    "NaCl": (0.414214,), "CsCl": (0.732051,), "ZnS": (0.224745,), "CaF2": (0.224745,), "Li3Bi": (0.224745,),
    "AuCu3": (0.414214,), "ABO3": (0.414214, 0.546918), "AuCu": (0.732051,), "AlB2": (0.527525, 0.577350, 2 / 3),
    "CaCu5": (0.154701, 0.647853, 0.763708), "MgZn2": (0.816497,), "MgCu2": (0.816497,), "CaB6": (0.414214,),
    "bccAB6": (0.290994, 0.462475), "Cr3Si": (0.290994, 0.809017), "Fe4C": (0.329049,),
    "cubAB13": (0.295391, 0.556194), "NaZn13": (0.303220, 0.557607), "ReO3": (),
}  # fmt: skip
FCC, BCC, SC = np.pi / 18**0.5, 3**0.5 * np.pi / 8, np.pi / 6
SMALL_B = {
    "NaCl": FCC, "Li3Bi": FCC, "CaF2": FCC, "ZnS": FCC, "CsCl": SC, "ABO3": SC, "AuCu3": SC, "CaB6": SC,
    "AlB2": np.pi / 27**0.5, "CaCu5": np.pi / 27**0.5, "bccAB6": BCC, "Cr3Si": BCC,
}  # fmt: skip
EQUAL = {"CsCl": BCC, "NaCl": SC, "AuCu": FCC, "AuCu3": FCC, "ZnS": BCC / 2, "Cr3Si": SC, "AlB2": np.pi / 27**0.5}


@pytest.mark.parametrize(("name", "gamma", "expected"), GOLDEN)
def test_golden_packing_fractions(name: str, gamma: float, expected: float) -> None:
    assert packing_fraction_hs(name, gamma) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("name", "which", "expected"), CUSPS)
def test_golden_packing_fractions_at_cusps(name: str, which: int, expected: float) -> None:
    assert packing_fraction_hs(name, closed_form(name).critical[which]) == pytest.approx(expected, abs=6e-5)


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_critical_size_ratios_and_continuity_there(name: str) -> None:
    found = closed_form(name).critical
    assert found == pytest.approx(CRITICAL[name], abs=1e-6)
    for g in found:
        below, above = packing_fraction_hs(name, [g - 1e-9, g + 1e-9])
        assert below == pytest.approx(above, abs=1e-6)


@pytest.mark.parametrize(("name", "expected"), SMALL_B.items())
def test_vanishing_b_leaves_the_packing_of_a(name: str, expected: float) -> None:
    assert packing_fraction_hs(name, 1e-4) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("name", "expected"), EQUAL.items())
def test_equal_spheres_are_the_lattice_without_labels(name: str, expected: float) -> None:
    assert packing_fraction_hs(name, 1.0) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("name", CLOSED_FORMS)
def test_engine_meets_every_closed_form_on_a_grid(name: str) -> None:
    # The engine knows the sites only; the widest deviation seen is 5e-8.
    gamma = np.unique(np.concatenate([np.linspace(0.06, 1.0, 60), closed_form(name).critical]))
    curve = sphere_curve(name, {"A": 1.0, "B": gamma})
    assert np.abs(curve.packing_fraction / packing_fraction_hs(name, gamma) - 1).max() < 1e-5
    # Without a free coordinate the lattice constant is fixed too, not only the volume.
    assert np.abs(curve.length_a / closed_form(name).length_a(gamma) - 1).max() < 1e-5


@pytest.mark.parametrize("name", BINARY_NAMES)
@pytest.mark.parametrize("gamma", [0.35, 0.62, 0.9])
def test_one_cell_by_the_curve_is_that_of_the_search(name: str, gamma: float) -> None:
    """Where small spheres rattle, both leave them on the prototype's sites."""
    known = template(name)
    sizes = {"A": 1.0, **{kind: gamma for kind in known.kinds if kind != "A"}}
    searched = densest_packing(known, {kind: Sphere(diameter_nm=size) for kind, size in sizes.items()})
    quick = densest_spheres(known, sizes)
    assert quick.limiting_contact == searched.limiting_contact
    assert quick.cell_nm == pytest.approx(searched.cell_nm, rel=1e-9, abs=1e-9)
    assert quick.fractions == pytest.approx(searched.fractions, abs=1e-8)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(BINARY_NAMES), st.floats(0.01, 1.0), st.floats(1e-3, 0.2))
def test_a_larger_b_never_needs_a_smaller_cell(name: str, gamma: float, more: float) -> None:
    form = closed_form(name)
    g = np.array([gamma, min(1.0, gamma + more)])
    small, large = form.volume(g)
    # AlB2 and NaZn13's like are maximised over a free parameter: the volume cannot fall either.
    assert large >= small * (1 - 1e-12)
    fractions = packing_fraction_hs(name, g)
    assert np.all((fractions > 0) & (fractions < 0.8))


def test_stoichiometry_is_that_of_the_template() -> None:
    for name, form in CLOSED_FORMS.items():
        counts = template(name).counts
        assert (form.n_a, form.n_b) == (counts["A"], sum(n for k, n in counts.items() if k != "A"))


@pytest.mark.parametrize("gamma", [1.2, 0.0, -0.3, np.nan, np.inf])
def test_a_size_ratio_that_is_none_is_refused(gamma: float) -> None:
    with pytest.raises(InputError, match="Call the larger particle A"):
        packing_fraction_hs("NaCl", [0.5, gamma])
