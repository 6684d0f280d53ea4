"""The fingerprint of a configuration, the papers' table, the front door's optical step, and the room's own rules."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from optics.constants import HBAR_EV_PS, HC_EV_NM, RYDBERG_EV
from optics.fingerprints.drawings import pictures
from optics.fingerprints.frame import frame_facts, ideal_crystal
from optics.fingerprints.inputs import OpticsInputs
from optics.fingerprints.papers import paper_statements, papers_table
from optics.fingerprints.prepared import prepare
from optics.fingerprints.result import SECTIONS, Fingerprint, fingerprint
from optics.fingerprints.sections_crystal import collective_section
from optics.polarisation.array import nearest_cube_axes
from optics.quantity import Quantity
from packing.configuration import configuration, random_quaternions
from packing.errors import InputError
from packing.shapes import Sphere, cube

ROOT = Path(__file__).parents[1]
ROOM = ROOT / "optics"


@pytest.fixture(scope="module")
def oleate() -> Fingerprint:
    return fingerprint(ideal_crystal(8.6, 11.5, n_cells=3, size_spread=0.03), "CsPbBr3")


def test_constants() -> None:
    assert pytest.approx(1239.842, abs=1e-3) == HC_EV_NM
    assert pytest.approx(658.212e-6, abs=1e-9) == HBAR_EV_PS
    assert pytest.approx(13.6057, abs=1e-4) == RYDBERG_EV


def test_every_number_has_a_unit_a_kind_and_a_source(oleate: Fingerprint) -> None:
    wanted = {
        "emission_nm",
        "emission_fwhm_mev",
        "redshift_minibands_mev",
        "redshift_dielectric_mev",
        "redshift_reabsorption_mev",
        "redshift_transfer_mev",
        "occupancy",
        "transparency_occupancy",
        "threshold_uj_cm2",
        "index",
        "group_index",
        "mode_spacing_nm",
        "brightest_rate",
        "thermal_rate",
    }
    found = oleate.to_dict()["quantities"]
    assert wanted <= found.keys()
    for name, entry in found.items():
        assert {"value", "unit", "kind", "source"} <= entry.keys(), name
        assert entry["kind"] in ("predicted", "input", "bound")
        assert entry["source"]
        assert entry["value"] is None or math.isfinite(entry["value"]), name
    assert tuple(oleate.sections) == SECTIONS
    json.dumps(oleate.to_dict())


def test_what_was_not_looked_up_is_said(oleate: Fingerprint) -> None:
    assert any("estimates (quoted from memory): mass" in w for w in oleate.warnings)
    assert oleate["line_fwhm_mev"].source.startswith("default: 23 nm")
    assert oleate["emission_fwhm_mev"].kind == "input"


def test_numbers_of_the_main_example(oleate: Fingerprint) -> None:
    assert oleate["emission_nm"].value == pytest.approx(513, abs=1)
    assert oleate["threshold_uj_cm2"].value == pytest.approx(12.7, abs=0.5)
    assert oleate["thermal_rate"].value == pytest.approx(1.0, abs=0.05)
    assert oleate["redshift_recycling_mev"].value < oleate["redshift_dielectric_mev"].value < -3
    assert oleate["emission_nm"].value < oleate["emission_crystal_nm"].value < oleate["bulk_limit_nm"].value
    # A quarter of the dots without loss of phase, one with that of 300 K.
    assert 1 <= (oleate["burst_over_independent"].value or 0.0) < 1.2
    assert oleate.coherence is not None
    assert oleate.coherence.answer == "no"
    said = oleate.summary()
    assert "do the dots cohere? no" in said
    # Every input is told, with its default and what that rests on.
    assert "stokes_mev                   40 meV (input); default: estimate: published values run from 18" in said
    assert {q.name for q in oleate.inputs} <= {name for name, _, _ in oleate.rows()}


@pytest.mark.slow
def test_an_exchange_to_sodium_goes_the_way_of_the_paper(oleate: Fingerprint) -> None:
    sodium = fingerprint(ideal_crystal(8.6, 9.0, n_cells=3, size_spread=0.03), "CsPbBr3", OpticsInputs(host="vacuum"))
    assert sodium["index"].value > oleate["index"].value + 0.15
    assert sodium["binding_energy_mev"].value < oleate["binding_energy_mev"].value
    assert sodium["redshift_minibands_mev"].value < -1 < oleate["redshift_minibands_mev"].value
    assert sodium["mode_spacing_nm"].value < oleate["mode_spacing_nm"].value


@pytest.mark.slow
def test_dots_in_a_crystalline_host() -> None:
    host = fingerprint(ideal_crystal(10.0, 20.0, n_cells=3), "CsPbBr3", OpticsInputs(host="Cs4PbBr6"), size_spread=0.05)
    assert 1.7 < host["index"].value < 1.85
    assert host["host_index"].source.startswith("Cs4PbBr6: ")
    # One barrier of the host, not the bracket of an organic gap.
    assert host["redshift_minibands_mev"].low == host["redshift_minibands_mev"].high


def test_frame_of_turned_cubes_and_of_spheres() -> None:
    rng = np.random.default_rng(1)
    crystal = ideal_crystal(8.6, 11.5, n_cells=3)
    turned = configuration(
        crystal.positions_nm, shapes=crystal.shapes, box=crystal.box, orientations=random_quaternions(27, rng)
    )
    assert frame_facts(turned).period_nm == pytest.approx(11.5)
    spheres = configuration(crystal.positions_nm, shapes=Sphere(diameter_nm=8.0), box=crystal.box)
    assert frame_facts(spheres).core_fraction == pytest.approx(math.pi / 6 * (8.0 / 11.5) ** 3)


def test_cubes_that_a_simulation_names_at_random_are_aligned() -> None:
    rng = np.random.default_rng(2)
    tilt = Rotation.from_rotvec(0.05 * rng.normal(size=(200, 3)))
    named = tilt * Rotation.create_group("O")[rng.integers(0, 24, 200)]
    aligned = nearest_cube_axes(named.as_matrix())
    apart = Rotation.from_matrix(aligned).inv() * Rotation.from_matrix(aligned[0])
    assert np.linalg.norm(apart.as_rotvec(), axis=1).max() < 0.4
    # Renaming the axes of a cube turns it into itself.
    back = np.einsum("nji,njk->nik", named.as_matrix(), aligned)
    assert np.allclose(np.abs(back).sum(axis=2), 1.0)
    assert np.allclose(np.abs(back), np.abs(back).round())


@pytest.mark.parametrize(
    ("material", "missing"),
    [("PbS", "no red shift: wavelength_nm must lie between"), ("CsPbBr2Cl", "no optical constants")],
)
def test_a_material_without_constants_says_which_sections_are_missing(material: str, missing: str) -> None:
    found = fingerprint(ideal_crystal(8.6, 11.5, n_cells=2), material)
    assert "emission" in found.sections
    assert "red shift" not in found.sections
    assert any(missing in w for w in found.warnings)
    assert any("+-40 meV" in w for w in found.warnings)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"anchor_edge_nm": 9.0}, "needs both anchor_edge_nm and anchor_wavelength_nm"),
        ({"excitation_nm": 100.0}, "excitation_nm must lie between 200 and 2500"),
        ({"host": "Cs4PbBr5"}, "surroundings: 'Cs4PbBr5' is not known"),
        ({"quantum_yield": 90.0}, "quantum_yield must lie between 0 and 1"),
        ({"sigma_cm2": -1.0}, "sigma_cm2 must be positive"),
    ],
)
def test_bad_inputs_are_one_line(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        OpticsInputs(**changes)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


def test_a_free_cluster_needs_a_core_fraction() -> None:
    cluster = configuration(11.5 * np.eye(3), shapes=cube(8.6))
    with pytest.raises(InputError, match="Give core_fraction"):
        fingerprint(cluster, "CsPbBr3")
    found = fingerprint(cluster, "CsPbBr3", OpticsInputs(core_fraction=0.4))
    assert "collective" in found.sections


def test_pictures_are_drawn(oleate: Fingerprint) -> None:
    from matplotlib.figure import Figure

    drawn = pictures(oleate)
    assert len(drawn) == 6
    for caption, draw in drawn.values():
        ax = Figure().add_subplot()
        draw(ax)
        assert caption.endswith(".")
        assert ax.get_xlabel()
        assert ax.has_data()


@pytest.mark.slow
@pytest.mark.usefixtures("unshifted")
def test_the_papers_table_is_the_one_in_the_docs() -> None:
    """The docs show the numbers of one seed."""
    assert papers_table() in (ROOT / "docs" / "physics" / "optics.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_verdicts_on_the_papers() -> None:
    found = {s.says: s.verdict for s in paper_statements()}
    assert len(found) == 24

    def verdict(start: str) -> str:
        return next(v for says, v in found.items() if says.startswith(start))

    assert verdict("edge 9 nm").startswith("consistent, not blind")
    assert verdict("threshold 22").startswith("reproduced")
    assert verdict("cubes of 3 nm") == "not reproduced"
    assert verdict("line width").startswith("input")
    assert verdict("intensity ~ N^2").startswith("theorem")
    assert verdict("threshold 15 uW").startswith("erratum")
    assert verdict("Bohr radius").startswith("not reproduced")


@pytest.mark.parametrize(
    ("value", "shown"), [(5.2e-14, "5.20e-14"), (1e-17, "0"), (0.0, "0"), (12.7, "12.7"), (16494.0, "16494")]
)
def test_small_numbers_are_not_shown_as_nothing(value: float, shown: str) -> None:
    assert (
        Quantity(name="x", value=value, unit="cm^2", kind="predicted", source="test").text()
        == f"{shown} cm^2 (predicted)"
    )


def test_the_fingerprint_falls_into_no_trap(oleate: Fingerprint) -> None:
    # 1: no two dots of the few sizes of a frame have one energy.
    assert len(np.unique(oleate.dots.energies_ev)) == oleate.n_dots > len(np.unique(oleate.dots.facts.edges_nm))
    # 2: the light that leaves the crystal holds no minibands and no transfer at equilibrium.
    shifts = sum(oleate[f"redshift_{n}_mev"].value or 0.0 for n in ("dielectric", "transfer", "recycling"))
    emitted = HC_EV_NM / (oleate["emission_nm"].value or 1.0) + 1e-3 * shifts
    assert oleate["emission_crystal_nm"].value == pytest.approx(HC_EV_NM / emitted, abs=1e-6)
    # 4: modes are spaced by the group index.
    at = oleate["emission_crystal_nm"].value or 0.0
    expected = at**2 / (2 * math.sqrt(2) * 2000.0 * (oleate["group_index"].value or 1.0))
    assert oleate["mode_spacing_nm"].value == pytest.approx(expected, rel=1e-9)
    assert (oleate["group_index"].value or 0.0) > 1.5 * (oleate["index"].value or 0.0)
    # 5: the brightest rate never stands alone.
    assert "alone it predicts no superfluorescence" in oleate["brightest_rate"].note
    assert {"thermal_rate", "left_with_sizes", "dots_needed"} <= oleate.quantities.keys()
    # 7: one of the two polarisation terms alone would be -20 or +15 meV.
    assert -7 < (oleate["redshift_dielectric_mev"].value or 0.0) < -3
    # 8: the cross-section is that in the solid, and the film is not pumped as its surface is.
    assert (oleate["cross_section_cm2"].value or 0.0) > 1.5 * 2.46e-14 * (8.6 / 9.0) ** 3
    assert (oleate["mean_occupancy_in_depth"].value or 0.0) < 0.25 * (oleate["occupancy"].value or 0.0)
    # 9: transfer stays above complete equilibrium.
    transfer = oleate["redshift_transfer_mev"]
    assert transfer.low is not None
    assert transfer.low <= (transfer.value or 0.0) <= 0


def test_a_crystal_that_its_box_cuts_in_two_radiates_as_the_whole_one() -> None:
    # Trap 6, through the front: the same crystal, wrapped about another origin.
    whole = ideal_crystal(8.6, 11.5, n_cells=3, size_spread=0.03)
    rng = np.random.default_rng(3)
    places = whole.positions_nm + rng.normal(scale=0.4, size=(27, 3))
    found = []
    for origin in (0.0, 5.75):
        moved = places + origin
        wrapped = moved - 34.5 * np.floor((moved + 17.25) / 34.5)
        frame = configuration(wrapped, shapes=whole.shapes, box=whole.box, species=whole.species)
        # At the second origin a layer stands on the face of the box.
        dots = prepare(frame, "CsPbBr3", OpticsInputs())
        assert np.ptp(dots.cluster_nm, axis=0).max() < 26
        found.append(collective_section(dots).quantities)
    first, second = ({q.name: q.value for q in quantities} for quantities in found)
    assert second["burst_variance"] == pytest.approx(first["burst_variance"], rel=1e-6)


def test_what_the_frame_says_stands_first(oleate: Fingerprint) -> None:
    assert [q.name for q in oleate.sections["frame"]] == [
        "edge_nm", "period_nm", "gap_nm", "facet_overlap", "core_fraction",
    ]  # fmt: skip
    assert oleate["period_nm"].value == pytest.approx(11.5)
    assert oleate["diffraction_limit_nm"].value == pytest.approx(2 * 11.5 * (oleate["index"].value or 0.0))
    assert "uniform solid" in oleate["diffraction_limit_nm"].note


def test_a_cold_crystal_says_what_is_still_of_room_temperature() -> None:
    frame = ideal_crystal(8.6, 11.5, n_cells=2)
    cold = prepare(frame, "CsPbBr3", OpticsInputs(temperature_kelvin=4.0))
    (said,) = [w for w in cold.warnings if w.startswith("at 4 K")]
    assert "anchor of the emission" in said
    assert "T2" in said
    assert cold.lifetime_ps == 300.0
    given = OpticsInputs(
        temperature_kelvin=4.0, anchor_edge_nm=9.0, anchor_wavelength_nm=530.0, dephasing_ps=80.0, lifetime_ps=250.0
    )
    (said,) = [w for w in prepare(frame, "CsPbBr3", given).warnings if w.startswith("at 4 K")]
    assert said.endswith("room temperature: n and k.")
    assert not [w for w in prepare(frame, "CsPbBr3", OpticsInputs()).warnings if "room temperature" in w]
    assert any("film of nanocrystals" in w for w in prepare(frame, "CsPbI3", OpticsInputs()).warnings)


def test_a_bound_of_nanoelectronvolts_is_shown_as_none() -> None:
    bound = Quantity(name="x_mev", value=-1.3e-3, low=-1.3e-3, high=-8.7e-8, unit="meV", kind="bound", source="test")
    assert bound.text() == "-0.001 [-0.001 to 0.000] meV (bound)"
