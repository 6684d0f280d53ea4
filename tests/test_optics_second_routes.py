"""Small laws of the optics: what a number must be by another way of getting it."""

from __future__ import annotations

import math
import re
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from optics.emission.line import FWHM_PER_SIGMA
from optics.excitation.gain import gain_bound_per_cm
from optics.fingerprints import papers
from optics.fingerprints.drawings import _slope
from optics.fingerprints.frame import ideal_crystal
from optics.fingerprints.inputs import OpticsInputs
from optics.fingerprints.papers_crystals import _red_shift_sodium
from optics.fingerprints.prepared import prepare
from optics.fingerprints.result import _crystal_nm
from optics.fingerprints.sections_crystal import _burst, cavity_section
from optics.fingerprints.sections_dots import _seen, excitation_section
from optics.materials.hosts import HOSTS
from optics.materials.refraction import _looked_up, extinction
from optics.materials.table import SEMICONDUCTORS, semiconductor
from optics.polarisation.array import polarised_emission
from packing.errors import InputError

HBAR2_OVER_2M_EV_NM2 = 0.0380998


def test_coupling_lowers_a_pair_by_no_more_than_its_confinement() -> None:
    # Spread over all dots a carrier still has the energy of the band edge: at most what the box adds is to be won.
    said = re.search(r"at most ([\d.]+) to ([\d.]+) meV", _red_shift_sodium().model)
    assert said
    low, high = (float(number) for number in said.groups())
    box_mev = 1e3 * 3 * HBAR2_OVER_2M_EV_NM2 * (math.pi / 9.0) ** 2 * (1 / 0.252 + 1 / 0.252)
    assert 0.5 < low < high < box_mev


def test_an_axis_that_points_at_or_away_from_the_observer_is_not_seen() -> None:
    over = Rotation.from_rotvec([np.pi, 0.0, 0.0]).as_matrix()
    for turn in (np.eye(3), over):
        assert [_seen(turn[None], axis) for axis in range(3)] == [1.0, 1.0, 0.0]
    aside = Rotation.from_rotvec([0.0, np.pi / 2, 0.0]).as_matrix()
    assert [_seen(aside[None], axis) for axis in range(3)] == [0.0, 1.0, 1.0]


def test_the_spacing_of_modes_goes_as_the_wavelength_squared_over_the_group_index() -> None:
    # Cauchy's law: n = a + b / wavelength^2 has the group index a + 3 b / wavelength^2.
    medium = SimpleNamespace(
        index=lambda at: 1.6 + 3e4 / np.square(at),
        group_index=lambda at: 1.6 + 9e4 / at**2,
        bounds=lambda at: (1.6, 1.8),
        complex_index=lambda at: 1.7 + 1e-3j,
    )
    dots = SimpleNamespace(
        inputs=SimpleNamespace(crystal_um=5.0), medium=medium, emission_nm=520.0, core_fraction=0.4, period_nm=11.0
    )
    found = {q.name: q for q in cavity_section(cast(Any, dots)).quantities}
    spacing = found["mode_spacing_nm"]
    assert spacing.value is not None
    assert spacing.low == spacing.value
    assert spacing.high is not None
    expected = (545.0 / 520.0) ** 2 * medium.group_index(520.0) / medium.group_index(545.0)
    assert spacing.high / spacing.value == pytest.approx(expected)


@pytest.mark.parametrize("depth", [0.7, 4.0])
def test_the_slope_of_a_profile_is_found_back_from_its_mean(depth: float) -> None:
    # Beer and Lambert over 200 nm, the mean by quadrature.
    x = (np.arange(4000) + 0.5) / 20
    mean = float(np.exp(-depth / 200 * x).mean())
    assert _slope(1.0, mean, 200.0) == pytest.approx(depth / 200, rel=2e-2)


def test_a_surface_that_is_not_above_the_mean_has_no_slope() -> None:
    assert [_slope(*ends, 200.0) for ends in ((0.0, 0.0), (1.0, 1.0), (1.0, 2.0))] == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("name", sorted(SEMICONDUCTORS))
def test_an_exciton_is_bound_by_half_the_coulomb_energy_at_its_radius(name: str) -> None:
    # The virial theorem of hydrogen: E = e^2 / (8 pi eps0 eps a), with e^2 / (4 pi eps0) = 1.43996 eV nm.
    dots = SEMICONDUCTORS[name]
    expected = 1.43996 / (2 * dots.permittivity * dots.bohr_radius_nm)
    assert dots.binding_energy_ev == pytest.approx(expected, rel=1e-4)


def test_modes_are_looked_for_where_the_crystal_emits() -> None:
    line = SimpleNamespace(name="emission_crystal_nm", value=531.0)
    other = SimpleNamespace(name="emission_nm", value=520.0)
    sections = {"red shift": SimpleNamespace(quantities=(other, line)), "dots": SimpleNamespace(quantities=(other,))}
    assert _crystal_nm(cast(Any, sections)) == 531.0
    assert _crystal_nm(cast(Any, {"red shift": sections["dots"]})) is None
    assert _crystal_nm({}) is None


def test_statements_of_a_paper_are_those_made_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(papers, "STATEMENTS_ON_DOTS", (("P1", lambda: "a"), ("P4", lambda: "b")))
    monkeypatch.setattr(papers, "STATEMENTS_ON_CRYSTALS", (("P4", lambda: "c"),))
    assert papers.paper_statements("P4") == ("b", "c")
    assert papers.paper_statements() == ("a", "b", "c")


def test_no_more_than_all_light_is_inside() -> None:
    assert gain_bound_per_cm(0.5, 4e4, 0.5, confinement=1.0) == pytest.approx(1e4)
    with pytest.raises(InputError, match="confinement"):
        gain_bound_per_cm(0.5, 4e4, 0.5, confinement=1.01)


def test_a_crystalline_host_has_an_index_that_fits_its_gap() -> None:
    # Moss: n^4 E = 95 eV at most for compounds like these, and any solid with a gap in the ultraviolet is above 1.3.
    assert 1.3 < HOSTS["Cs4PbBr6"].refractive_index < (95 / 3.95) ** 0.25


def test_a_pulse_below_transparency_has_no_gain_and_a_strong_one_inverts_all_dots() -> None:
    def gain(fluence_uj_cm2: float) -> tuple[float, float]:
        inputs = OpticsInputs(fluence_uj_cm2=fluence_uj_cm2, pulse_fwhm_ps=0.01, biexciton_ps=1e4)
        found = excitation_section(prepare(ideal_crystal(8.6, 11.5, n_cells=2), "CsPbBr3", inputs)).quantities
        values = {q.name: q.value for q in found}
        return float(values["gain_bound_per_cm"] or 0.0), float(values["occupancy"] or 0.0)

    (none, low), (half, middle), (full, high) = (gain(f) for f in (0.5, 30.0, 3000.0))
    # Poisson: half inverted where e^x = 2 + x.
    assert low < 1.146 < middle < high
    assert none == 0.0
    # The inversion of n excitons is 0 for one, 1 from two on, -1 for none: 1 - e^-x (2 + x).
    share = (1 - math.exp(-middle) * (2 + middle)) / (1 - math.exp(-high) * (2 + high))
    assert half / full == pytest.approx(share, rel=0.02)


def test_two_inverted_dots_at_one_place_never_radiate_more_than_at_the_start() -> None:
    # Their rate is (1 + 2 Gt) e^(-2 Gt) of that of independent ones at t = 0.
    for available in (0.0, 1.0, 2.0):
        verdict = SimpleNamespace(dots_available=available, coherent_time_ps=1e9)
        found = _burst(cast(Any, verdict), cast(Any, SimpleNamespace(lifetime_ps=300.0)))
        assert found.value == pytest.approx(1.0, abs=0.02)


def test_an_absorption_edge_is_kept_down_to_twice_the_floor_of_its_table() -> None:
    """Brennan's k of CsPbBr3 falls by two thirds every 5 nm up to 555 nm (2.5e-5), and then stays near 1e-5."""
    material, edge, floor = semiconductor("CsPbBr3"), np.arange(530.0, 556.0, 5.0), np.arange(560.0, 620.0, 5.0)
    tabulated = _looked_up(material, edge, "k")
    assert (tabulated[1:] / tabulated[:-1] < 0.4).all()
    np.testing.assert_array_equal(extinction(material, edge), tabulated)
    assert (_looked_up(material, floor, "k") > 0).all()
    assert not extinction(material, floor).any()


@pytest.mark.parametrize("shares", [[1.0] * 6, [1.0, 0.0], [[1.0, 0.0, 0.0]] * 3])
def test_a_dot_radiates_along_three_axes(shares: list[Any]) -> None:
    turns = np.tile(np.eye(3), (2, 1, 1))
    with pytest.raises(InputError, match=r"weights \(3,\) or \(N, 3\)"):
        polarised_emission(turns, shares)
    assert polarised_emission(turns, [0.0, 1.0, 0.0]).axis.tolist() == [0.0, 1.0, 0.0]


def test_a_line_has_half_its_height_at_half_its_width() -> None:
    # In standard deviations, by the bell itself.
    assert np.exp(-((FWHM_PER_SIGMA / 2) ** 2) / 2) == pytest.approx(0.5, abs=1e-12)
