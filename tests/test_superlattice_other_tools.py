"""Configurations and predictions in ASE and freud, and crystals as files."""

import ase.io
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from packing.configuration import configuration, wrap
from packing.errors import InputError
from packing.shapes import Sphere, cube
from superlattice.cli import main

STUDY = """
[nanocrystal]
material = "CsPbBr3"
edge_nm = 8.6
[ligand]
name = "oleate"
"""


def test_atoms_are_where_the_nanocrystals_are():
    rng = np.random.default_rng(1)
    made = configuration(
        rng.uniform(-5, 5, (6, 3)),
        shapes=(cube(6.0), Sphere(diameter_nm=4.0)),
        species=[0, 1, 0, 1, 1, 0],
        species_names=("A", "B"),
        box=[10.0, 11.0, 12.0, 0.2, 0.1, -0.3],
        orientations=Rotation.random(6, rng).as_quat(),
    )
    atoms = made.to_ase()
    np.testing.assert_allclose(atoms.positions, 10 * made.positions_nm)
    np.testing.assert_allclose(atoms.cell.array, 10 * made.cell_nm)
    assert atoms.get_volume() / 1000 == pytest.approx(made.volume_nm3)
    assert list(atoms.get_array("kind")) == ["A", "B", "A", "B", "B", "A"]
    assert len(set(atoms.get_chemical_symbols())) == 2
    # Distances across the boundary by a second route.
    box, points = made.to_freud()
    steps = wrap(made.positions_nm[3:] - made.positions_nm[:3], made.box)
    np.testing.assert_allclose(box.compute_distances(points[:3], points[3:]), np.linalg.norm(steps, axis=1), rtol=1e-5)
    assert made.to_ase(["Ag", "Au"]).get_chemical_symbols()[1] == "Au"
    with pytest.raises(InputError, match="2 chemical symbols"):
        made.to_ase(["Xx", "Au"])
    with pytest.raises(InputError, match="2 chemical symbols"):
        made.to_ase(["Au"])


def test_a_cluster_has_no_box_and_a_layer_two_directions():
    cluster = configuration([[0, 0, 0], [9, 0, 0]], shapes=cube(8.0))
    assert not cluster.to_ase().pbc.any()
    box, points = cluster.to_freud()
    assert box.compute_distances(points[:1], points[1:])[0] == pytest.approx(9.0)
    assert box.Lx > 2 * 9
    layer = configuration([[0, 0, 0], [9, 0, 0]], shapes=cube(8.0), box=[18, 18, 9], dimensions=2)
    assert layer.to_ase().pbc.tolist() == [True, True, False]
    assert layer.to_freud()[0].is2D


@pytest.mark.parametrize("ending", ["cif", "xyz"])
def test_a_prediction_is_written_as_a_crystal(tmp_path, capsys, ending):
    (tmp_path / "s.toml").write_text(STUDY)
    path = tmp_path / "out" / f"crystal.{ending}"
    assert main(["predict", str(tmp_path / "s.toml"), "--save", str(path)]) == 0
    atoms = ase.io.read(path)
    assert 90 < atoms.cell.lengths()[0] < 130
    assert main(["predict", str(tmp_path / "s.toml"), "--save", str(path)]) == 2
    assert "nothing is overwritten" in capsys.readouterr().err
    assert main(["predict", str(tmp_path / "s.toml"), "--save", str(tmp_path / "x.pdb")]) == 2
    assert ".cif or .xyz" in capsys.readouterr().err
