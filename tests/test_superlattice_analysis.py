"""What is said of a trajectory that holds no crystal, and of one that does."""

from pathlib import Path

import numpy as np
import pytest

from packing.configuration import Configuration, configuration, random_quaternions
from packing.shapes import Sphere, cube
from packing.trajectory import write_gsd
from structure.crystals import build_crystal
from superlattice.analysis import Analysis, analyze_trajectory
from superlattice.study_tables import StructureTable

COARSE = StructureTable(tem_px_per_nm=2.0)


def analysis_of(frame: Configuration, folder: Path) -> Analysis:
    write_gsd(folder / "trajectory.gsd", [frame])
    return analyze_trajectory(folder / "trajectory.gsd", COARSE)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_disordered_box_shows_no_lattice_by_any_route(seed: int, tmp_path: Path) -> None:
    """Not even that of the box itself, repeated beyond its edges."""
    rng = np.random.default_rng(seed)
    frame = configuration(
        rng.uniform(-32, 32, size=(64, 3)), shapes=cube(8.6), orientations=random_quaternions(64, rng), box=[64] * 3
    )
    found = analysis_of(frame, tmp_path)
    assert not found.lattice.found
    assert found.verdict == "no"
    assert found.lattice.summary().count("no Bravais fit") == 1
    assert found.tem.pixels.shape == (128, 128)  # one box, drawn once
    plain = found.to_dict()["tem_fft"]
    assert plain == {"lattice": "none", "spacing_nm": None, "spacing_sd_nm": None, "angle_deg": None}
    assert "no lattice to look along" in found.summary()


def test_a_crystal_is_seen_by_both_routes(tmp_path: Path) -> None:
    line = (np.arange(4) - 1.5) * 11.5
    centres = np.stack(np.meshgrid(line, line, line, indexing="ij"), -1).reshape(-1, 3)
    centres += np.random.default_rng(1).normal(scale=0.1, size=centres.shape)
    found = analysis_of(configuration(centres, shapes=cube(8.6), box=[46] * 3), tmp_path)
    assert found.lattice.period_nm == pytest.approx(11.5, rel=0.005)
    assert found.to_dict()["tem_fft"]["spacing_nm"] == pytest.approx(11.5, rel=0.005)
    assert found.verdict == "yes"
    assert "match the sc template for 100 % of all particles at first, 100 % of those inside at last" in found.summary()


def test_spheres_assemble_into_any_lattice_and_need_no_axes(tmp_path: Path) -> None:
    crystal = build_crystal(
        "fcc", spacing_nm=6.0, n_cells=(3, 3, 3), shapes=Sphere(diameter_nm=4.0), displacement_nm=0.1
    )
    found = analysis_of(crystal, tmp_path)
    assert (found.verdict, found.crystal) == ("yes", "fcc")
    assert "nan" not in found.verdict_note
    # Cubes on the same sites whose axes point anywhere do not lie face to face.
    rng = np.random.default_rng(1)
    turned = configuration(
        crystal.positions_nm, shapes=cube(3.0), orientations=random_quaternions(108, rng), box=crystal.box
    )
    assert analysis_of(turned, tmp_path).verdict == "no"


def test_loose_spheres_match_no_lattice(tmp_path: Path) -> None:
    points = np.random.default_rng(2).uniform(-20, 20, size=(64, 3))
    found = analysis_of(configuration(points, shapes=Sphere(diameter_nm=4.0), box=[40] * 3), tmp_path)
    assert (found.verdict, found.verdict_note) == ("no", "the neighbours of most particles match no lattice template")
