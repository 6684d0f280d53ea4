"""Material and medium tables, perovskite facets, and sizes that are slips of the unit."""

import numpy as np
import pytest
from ase.data import atomic_masses, atomic_numbers
from ase.formula import Formula

from packing.errors import InputError
from packing.matter.checked import CHECKS, TOLERANCES, second_sources
from packing.matter.ligands import LIGANDS, ligand
from packing.matter.material_table import MATERIALS, material
from packing.matter.media import MEDIA, medium
from packing.matter.perovskite import coverage_warning, surface_sites
from packing.particles import Coating, Environment, Nanocrystal
from packing.prediction.inputs import check_inputs, input_warnings, nearest_cells
from packing.shapes import Cuboid, Sphere, cube

# Formula units in the conventional cell.
UNITS = {
    "perovskite": 1, "rocksalt": 4, "fcc": 4, "zincblende": 4, "spinel": 8, "L1_2": 1, "wurtzite": 2, "diamond": 8,
    "fluorite": 4, "anatase": 4,
}  # fmt: skip
OF_OWN = {"NaGdF4": 1.5, "NaYF4": 1.5, "LaF3": 6, "Fe2O3": 32 / 3, "Cs4PbBr6": 6, "FePt": 2}


@pytest.mark.parametrize("name", sorted(set(MATERIALS) - {"SiO2"}))
def test_density_agrees_with_the_cell(name):
    # X-ray density: an independent route to the handbook's. SiO2 is amorphous and has no cell of its own.
    m = MATERIALS[name]
    mass = sum(atomic_masses[atomic_numbers[s]] * n for s, n in Formula(m.composition).count().items())
    area = m.lattice_nm**2 * (np.sqrt(0.75) if m.prototype in ("hexagonal", "wurtzite") else 1)
    volume = area * (m.c_nm or m.lattice_nm)
    density = OF_OWN.get(name, UNITS.get(m.prototype)) * mass * 1.66053907 / volume
    assert m.density_kg_m3 == pytest.approx(density, rel=0.025)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: f"{check.name} {check.field} {check.value:g}")
def test_a_number_is_that_of_its_second_source(check):
    row = MATERIALS.get(check.name) or MEDIA.get(check.name) or LIGANDS[check.name]
    assert getattr(row, check.field) == pytest.approx(check.value, rel=TOLERANCES[check.field])
    assert check in second_sources(check.name)
    assert check.source in str(check)


def test_reference_numbers_of_cspbbr3():
    m = material("cspbbr3")
    assert (m.lattice_nm, m.density_kg_m3) == (0.587, 4840)
    assert m.is_halide_perovskite
    assert material("gold").name == "Au"
    assert medium("Dry").quality == "dry"


def test_every_number_has_a_source():
    assert all(m.source for m in MATERIALS.values())
    assert all(1 <= m.refractive_index < 1.6 for m in MEDIA.values())


@pytest.mark.parametrize("name", sorted(set(MEDIA) - {"vacuum"}))
def test_media_obey_maxwell(name):
    m = MEDIA[name]
    # Without a dipole the permittivity is the index squared; with one it is larger.
    if name in ("hexane", "octane", "decane", "cyclohexane", "tetrachloroethylene"):
        assert m.permittivity == pytest.approx(m.refractive_index**2, rel=0.02)
    else:
        assert m.permittivity > 1.05 * m.refractive_index**2
    assert (m.quality == "poor") == (m.chi > 0.5)


@pytest.mark.parametrize(("n", "edge"), [(9, 5.28), (14, 8.22), (15, 8.81), (16, 9.39)])
def test_edges_come_in_whole_cells(n, edge):
    sites = surface_sites(edge)
    assert (sites.n_cells, sites.edge_nm) == (n, pytest.approx(edge, abs=0.006))


@pytest.mark.parametrize(("edge", "a", "x"), [(5.3, 488, 486), (8.8, 1352, 1350), (10.6, 1946, 1944)])
def test_surface_sites(edge, a, x):
    sites = surface_sites(edge)
    assert (sites.a_sites, sites.x_sites) == (a, x)


@pytest.mark.parametrize("n", [3, 9, 15])
def test_surface_sites_by_counting_atoms(n):
    # A cube with Cs on its corners: Cs at integer points 0..n, Br at the face centres of the outer squares.
    points = np.stack(np.meshgrid(*[np.arange(n + 1)] * 3), -1).reshape(-1, 3)
    on_surface = int(((points == 0) | (points == n)).any(axis=1).sum())
    sites = surface_sites(n * 0.587)
    assert sites.a_sites == on_surface
    assert sites.x_sites == 6 * n * n
    assert sites.highest_coverage_per_nm2("X") == pytest.approx(1 / 0.587**2)


def test_coverage_beyond_the_sites_is_named():
    dots = Nanocrystal(material="CsPbBr3", shape=cube(8.6))
    too_much = Coating(ligand=ligand("octylamine"), coverage_per_nm2=3.5)
    sentence = coverage_warning(dots, too_much)
    assert sentence is not None
    assert "2.91 per nm² that the A sites" in sentence
    assert sentence in input_warnings(dots, too_much)
    assert coverage_warning(dots, Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0)) is None
    assert coverage_warning(dots, Coating(ligand=ligand("ddab"), coverage_per_nm2=5.5)) is None
    assert "chains" not in sentence


def test_warnings_name_spread_and_close_packing():
    dots = Nanocrystal(material="CsPbBr3", shape=cube(8.6), size_spread=0.1)
    found = " ".join(input_warnings(dots, Coating(ligand=ligand("oleate"), coverage_per_nm2=5.6)))
    assert "size_spread is 10.0%" in found
    assert "the models take 5.5" in found
    sparse = input_warnings(dots, Coating(ligand=ligand("oleate"), coverage_per_nm2=0.03))
    assert any("per Å², give 3" in w for w in sparse)


def test_nearest_cells_of_other_cores():
    assert nearest_cells(Nanocrystal(material="PbS", shape=cube(8.6))) is None
    assert nearest_cells(Nanocrystal(material="CsPbBr3", shape=cube(15 * 0.587))) == "15 cells of 0.587 nm"


@pytest.mark.parametrize(
    ("shape", "name", "words"),
    [
        (cube(86.0), "CsPbBr3", r"edge_nm is 86 nm, above the 40 nm limit.*in Å, give 8\.6"),
        (Sphere(diameter_nm=160.0), "PbS", r"diameter_nm is 160 nm, above the 100 nm limit.*give 16 instead"),
        (Cuboid(edges_nm=(2.4, 150.0, 20.0)), "CsPbBr3", "150 nm, above the 100 nm"),
        (cube(0.0086), "CsPbBr3", "in µm, give 8.6"),
    ],
)
def test_unit_slips_are_named(shape, name, words):
    with pytest.raises(InputError, match=words):
        Nanocrystal(material=name, shape=shape)


def test_wide_plates_and_large_magnetite_are_allowed():
    Nanocrystal(material="CsPbBr3", shape=Cuboid(edges_nm=(2.4, 60.0, 60.0)))
    Nanocrystal(material="Fe3O4", shape=Sphere(diameter_nm=60.0))


@pytest.mark.parametrize(
    ("core", "coating", "environment", "words"),
    [
        ("CsPbBr4", 3.0, Environment(), "material: 'CsPbBr4' is not known"),
        ("CsPbBr3", 3.0, Environment(medium="tolune"), "Did you mean 'toluene'"),
        ("CsPbBr3", 0.0, Environment(), "nothing keeps the cores apart"),
        ("CsPbBr3", 3.0, Environment(hamaker_j=0.0), "hamaker_j"),
    ],
)
def test_inputs_that_no_model_can_use(core, coating, environment, words):
    with pytest.raises(InputError, match=words):
        check_inputs(
            Nanocrystal(material=core, shape=cube(8.6)),
            Coating(ligand=ligand("oleate"), coverage_per_nm2=coating),
            environment,
        )


def test_core_below_a_unit_cell_is_refused():
    with pytest.raises(InputError, match="less than one unit cell"):
        check_inputs(
            Nanocrystal(material="CsPbBr3", shape=cube(0.55)),
            Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0),
            Environment(),
        )


def test_perovskite_questions_to_other_materials():
    with pytest.raises(InputError, match="must be a lead halide perovskite"):
        surface_sites(8.0, "PbS")
    with pytest.raises(InputError, match="site must be"):
        surface_sites(8.0).highest_coverage_per_nm2("B")
