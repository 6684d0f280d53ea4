"""The predicted crystal out of the program: files, configuration, reflections."""

import ase.io
import numpy as np
import pytest
from scipy.spatial.distance import pdist

from packing.contact.packing import densest_packing
from packing.errors import InputError
from packing.matter.ligands import ligand
from packing.particles import Coating, Nanocrystal
from packing.prediction.export import predicted_configuration, predicted_crystal, predicted_reflections, save_crystal
from packing.prediction.prediction import predict
from packing.prediction.rings import Reflection, reflections
from packing.shapes import Sphere, cube


def coated(name: str = "oleate", coverage: float = 3.0) -> Coating:
    return Coating(ligand=ligand(name), coverage_per_nm2=coverage)


@pytest.fixture(scope="module")
def cubes():
    core = Nanocrystal(material="CsPbBr3", shape=cube(8.6), size_spread=0.04)
    return predict(core, coated(), n_samples=500)


@pytest.fixture(scope="module")
def spheres():
    core = Nanocrystal(material="PbS", shape=Sphere(diameter_nm=7.0), size_spread=0.04)
    return predict(core, coated("c9 acid", 4.5), lattices=("fcc", "hcp", "bcc", "sc", "diamond"), n_samples=500)


@pytest.fixture(scope="module")
def binary():
    large = Nanocrystal(material="PbS", shape=Sphere(diameter_nm=7.0), size_spread=0.04)
    small = Nanocrystal(material="Au", shape=Sphere(diameter_nm=3.0), size_spread=0.04)
    return predict(
        small,
        coated("c9 thiol", 5.4),
        partner=(large, coated("c9 acid", 4.5)),
        lattices=("AlB2", "NaCl", "MgZn2", "CaB6"),
        n_samples=500,
    )


@pytest.mark.parametrize("ending", ["cif", "xyz"])
def test_files_read_back(cubes, tmp_path, ending):
    path = tmp_path / f"crystal.{ending}"
    save_crystal(cubes, path)
    atoms = ase.io.read(path)
    assert atoms.get_chemical_symbols() == ["Pb"]
    np.testing.assert_allclose(np.linalg.norm(atoms.cell, axis=1) / 10, cubes.period_nm, rtol=1e-5)


@pytest.mark.parametrize("name", ["fcc", "hcp", "bcc", "sc", "diamond"])
def test_neighbours_of_the_configuration_are_a_spacing_apart(spheres, name):
    crystal = predicted_configuration(spheres, name, repeat=(2, 2, 2))
    model = next(x for x in spheres.lattices if x.name == name).model
    assert pdist(crystal.positions_nm).min() == pytest.approx(spheres.spacings.value_nm(model), rel=1e-9)
    assert crystal.shapes == (Sphere(diameter_nm=7.0),)


def test_configuration_holds_the_core_fraction(cubes):
    crystal = predicted_configuration(cubes, "sc", repeat=(3, 3, 3))
    fraction = 27 * cube(8.6).volume_nm3 / crystal.volume_nm3
    assert fraction == pytest.approx(cubes.lattices[0].core_fraction, rel=1e-12)


@pytest.mark.parametrize("name", ["AlB2", "NaCl", "MgZn2", "CaB6"])
def test_binary_cells_are_those_of_the_ranking_and_do_not_overlap(binary, name):
    candidate = next(x for x in binary.lattices if x.name == name)
    crystal = predicted_crystal(binary, name)
    np.testing.assert_allclose(crystal.lengths_nm, (candidate.a_nm, candidate.b_nm, candidate.c_nm), rtol=1e-9)
    configuration = predicted_configuration(binary, name, repeat=(2, 2, 2))
    cores = np.array([configuration.shapes[s].diameter_nm for s in configuration.species])
    gaps = pdist(configuration.positions_nm) - pdist_sums(cores)
    # The OTM of MgZn2 would shrink A below its core at this ratio: the candidate says so and is of hard spheres.
    assert gaps.min() > 0
    assert ("below its core" in candidate.note) == (name == "MgZn2")
    assert (candidate.model == "hs") or name != "MgZn2"
    fraction = np.pi / 6 * (cores**3).sum() / configuration.volume_nm3
    assert fraction == pytest.approx(candidate.core_fraction, rel=1e-6)


def pdist_sums(diameters: np.ndarray) -> np.ndarray:
    i, j = np.triu_indices(len(diameters), 1)
    return (diameters[i] + diameters[j]) / 2


def test_larger_partner_is_a(binary):
    assert binary.ranking.relabelled
    assert predicted_configuration(binary, "NaCl").shapes[0] == Sphere(diameter_nm=7.0)
    assert any("the partner is the larger particle" in w for w in binary.warnings)


# h^2 + k^2 + l^2 and multiplicities of cubic powder lines: textbook rules of extinction.
@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("sc", [(1, 6), (2, 12), (3, 8), (4, 6), (5, 24), (6, 24), (8, 12), (9, 30)]),
        ("bcc", [(2, 12), (4, 6), (6, 24), (8, 12), (10, 24)]),
        ("fcc", [(3, 8), (4, 6), (8, 12), (11, 24), (12, 8)]),
        ("diamond", [(3, 8), (8, 12), (11, 24), (16, 6), (19, 24)]),
    ],
)
def test_reflections_of_cubic_lattices(spheres, name, lines):
    found = predicted_reflections(spheres, name, n_lines=len(lines))
    a = predicted_crystal(spheres, name).lengths_nm[0]
    for line, (squares, multiplicity) in zip(found, lines, strict=True):
        assert sum(i * i for i in line.hkl) == squares
        assert line.multiplicity == multiplicity
        assert line.q_inv_nm == pytest.approx(2 * np.pi * np.sqrt(squares) / a, rel=1e-9)
        assert line.d_nm * line.q_inv_nm == pytest.approx(2 * np.pi)


def test_hcp_lacks_the_odd_basal_line(spheres):
    lines = predicted_reflections(spheres, "hcp", n_lines=4)
    assert [line.hkl for line in lines][:2] == [(1, 0, 0), (0, 0, 2)]
    assert all(line.hkl != (0, 0, 1) for line in lines)


def test_strength_depends_on_what_scatters(binary):
    crystal = predicted_crystal(binary, "NaCl")
    alike = {line.hkl: line.strength for line in reflections(crystal, n_lines=6)}
    unlike = {line.hkl: line.strength for line in reflections(crystal, n_lines=6, weights={"A": 1.0, "B": 0.1})}
    # Equal scatterers on NaCl are a simple cubic lattice: its odd lines vanish.
    assert (1, 1, 1) not in alike
    assert unlike[(1, 1, 1)] == pytest.approx((0.9 / 1.1) ** 2, rel=1e-9)
    assert unlike[(2, 0, 0)] == pytest.approx(1.0)


def test_refusals(cubes, tmp_path):
    with pytest.raises(InputError, match="is not among the candidates of this prediction"):
        predicted_crystal(cubes, "hcp")
    with pytest.raises(InputError, match=r"must end in \.cif or \.xyz"):
        save_crystal(cubes, tmp_path / "crystal.pdb")


def test_a_line_beyond_the_reach_of_a_wavelength_is_refused() -> None:
    line = Reflection(hkl=(1, 0, 0), q_inv_nm=0.6, multiplicity=6, strength=1.0)
    # Backscattering is the last that is seen.
    assert line.two_theta_deg(4 * np.pi / 0.6) == pytest.approx(180.0)
    with pytest.raises(InputError, match="wavelength_nm must be at most"):
        line.two_theta_deg(21.0)


def test_every_kind_needs_its_weight() -> None:
    cell = densest_packing("NaCl", {"A": Sphere(diameter_nm=6.0), "B": Sphere(diameter_nm=3.0)})
    with pytest.raises(InputError, match="weights must name every kind of NaCl, B is missing"):
        reflections(cell, weights={"A": 1.0})
