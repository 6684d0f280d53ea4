"""Templates: stoichiometry, symmetry, CIF files and what can be exported."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ase.io import read

from packing.configuration import quaternions_to_matrices
from packing.contact.packing import densest_packing
from packing.errors import InputError
from packing.lattices.catalogue import BINARY_NAMES, TEMPLATES, template
from packing.lattices.cif import template_from_cif
from packing.shapes import Sphere, cube

COUNTS = {
    "NaCl": (4, 4), "CsCl": (1, 1), "ZnS": (4, 4), "CaF2": (4, 8), "Li3Bi": (4, 12), "AuCu": (2, 2), "AuCu3": (1, 3),
    "ABO3": (1, 4), "AlB2": (1, 2), "MgZn2": (4, 8), "MgCu2": (8, 16), "CaCu5": (1, 5), "CaB6": (1, 6),
    "bccAB6": (2, 12), "Cr3Si": (2, 6), "Fe4C": (1, 4), "cubAB13": (1, 13), "NaZn13": (8, 104), "ReO3": (1, 3),
}  # fmt: skip

C14 = """data_C14
_cell_length_a 5.221
_cell_length_b 5.221
_cell_length_c 8.567
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 120
_symmetry_space_group_name_H-M 'P 63/m m c'
_space_group_IT_number 194
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
Mg1 Mg 0.3333 0.6667 0.0625
Zn1 Zn 0 0 0
Zn2 Zn 0.8333 0.6667 0.25
"""


def test_every_binary_of_the_catalogue_has_its_stoichiometry() -> None:
    found = {
        name: (t.counts["A"], sum(n for kind, n in t.counts.items() if kind != "A"))
        for name, t in TEMPLATES.items()
        if name in BINARY_NAMES
    }
    assert found == COUNTS


@pytest.mark.parametrize(("name", "a_a", "a_b"), [("NaCl", 12, 6), ("CsCl", 6, 8), ("CaF2", 12, 8), ("AlB2", 8, 12)])
def test_coordination_numbers_are_those_of_the_prototype(name: str, a_a: int, a_b: int) -> None:
    packing = densest_packing(name, {"A": Sphere(diameter_nm=1), "B": Sphere(diameter_nm=0.52)})
    x, kinds = packing.positions_nm, np.array(packing.kinds)
    images = np.array(np.meshgrid(*[[-1, 0, 1]] * 3)).reshape(3, -1).T @ packing.cell_nm
    for kind, expected in (("A", a_a), ("B", a_b)):
        d = np.linalg.norm(x[kinds == kind][:, None] + images[None] - x[0], axis=-1).ravel()
        d = d[d > 1e-9]
        assert np.count_nonzero(d < d.min() * 1.02) == expected


def test_other_names_lead_to_the_same_template() -> None:
    assert template("Perovskite") is template("ABO3")
    assert template("c14") is template("MgZn2")
    with pytest.raises(InputError, match="Did you mean 'NaZn13'"):
        template("NaZn31")


def test_a_cif_with_rounded_coordinates_is_the_catalogued_crystal(tmp_path: Path) -> None:
    path = tmp_path / "c14.cif"
    path.write_text(C14)
    found = template_from_cif(path, kinds={"Mg": "A", "Zn": "B"})
    shapes = {"A": Sphere(diameter_nm=1), "B": Sphere(diameter_nm=0.78)}
    assert found.counts == {"A": 4, "B": 8}
    assert densest_packing(found, shapes, relax=True).packing_fraction == pytest.approx(
        densest_packing("MgZn2", shapes, relax=True).packing_fraction, abs=1e-6
    )


def test_a_cif_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.cif"
    broken.write_text("no crystal here\n")
    with pytest.raises(InputError, match=r"'broken.cif' holds no crystal"):
        template_from_cif(broken)
    with pytest.raises(InputError, match="cannot be read"):
        template_from_cif(tmp_path / "absent.cif")
    path = tmp_path / "c14.cif"
    path.write_text(C14)
    with pytest.raises(InputError, match="Zn is missing"):
        template_from_cif(path, kinds={"Mg": "A"})


@pytest.mark.parametrize("suffix", ["cif", "xyz"])
def test_exported_files_hold_the_same_crystal(tmp_path: Path, suffix: str) -> None:
    packing = densest_packing("AlB2", {"A": Sphere(diameter_nm=10), "B": Sphere(diameter_nm=5.5)})
    path = tmp_path / f"crystal.{suffix}"
    packing.save(path)
    atoms = read(path)
    assert atoms.get_volume() == pytest.approx(1000 * packing.volume_nm3, rel=1e-6)
    assert sorted(atoms.get_chemical_symbols()) == ["Al", "B", "B"]
    # A touches B: the closest of the two is at the sum of their radii.
    assert atoms.get_distances(0, [1, 2], mic=True).min() / 10 == pytest.approx((10 + 5.5) / 2, rel=1e-5)
    with pytest.raises(InputError, match=r"must end in .cif or .xyz"):
        packing.save(tmp_path / "crystal.pdb")


def test_a_repeated_configuration_keeps_distances_and_orientations() -> None:
    packing = densest_packing("AlB2", {"A": Sphere(diameter_nm=10), "B": cube(4.0)}, n_starts=2)
    big = packing.to_configuration((2, 2, 3), {"A": Sphere(diameter_nm=8.0), "B": cube(3.0)})
    assert big.n_particles == 36
    assert big.volume_nm3 == pytest.approx(12 * packing.volume_nm3, rel=1e-12)
    assert big.shapes[big.species_names.index("B")] == cube(3.0)
    # The angle of a cube's axis with a neighbour direction does not depend on the frame.
    turned = quaternions_to_matrices(packing.orientations)[packing.kinds.index("B")]
    c_axis = packing.cell_nm[2] / np.linalg.norm(packing.cell_nm[2])
    box_c = big.cell_nm[2] / np.linalg.norm(big.cell_nm[2])
    first = int(np.flatnonzero(big.species == big.species_names.index("B"))[0])
    assert np.abs(big.rotations[first].T @ box_c) == pytest.approx(np.abs(turned.T @ c_axis), abs=1e-9)
