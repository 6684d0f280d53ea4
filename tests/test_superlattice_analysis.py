"""What is said of a trajectory that holds no crystal, and of one that does."""

from pathlib import Path

import numpy as np
import pytest

from packing.configuration import Configuration, configuration, random_quaternions
from packing.shapes import Sphere, cube
from packing.trajectory import write_gsd
from structure.crystals.build import build_crystal
from superlattice.steps.analysis import Analysis, analyze_trajectory
from superlattice.study.tables import StructureTable

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
    assert found.finding.word == "no"
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
    assert found.finding.word == "yes"
    # Words for people, not the names of classes.
    assert found.saxs_2d.label == "64 particles, single crystal"
    assert "Fourier transform: square, spacing 11.5" in found.summary()
    assert "match the sc template for 100 % of those inside" in found.summary()


def test_spheres_assemble_into_any_lattice_and_need_no_axes(tmp_path: Path) -> None:
    crystal = build_crystal(
        "fcc", spacing_nm=6.0, n_cells=(3, 3, 3), shapes=Sphere(diameter_nm=4.0), displacement_nm=0.1
    )
    found = analysis_of(crystal, tmp_path)
    assert (found.finding.word, found.finding.lattice) == ("yes", "fcc")
    assert "judged by the lattice that most of them are in" in found.finding.note
    assert "nan" not in found.summary()
    # Cubes on the same sites whose axes point anywhere do not lie face to face.
    rng = np.random.default_rng(1)
    turned = configuration(
        crystal.positions_nm, shapes=cube(3.0), orientations=random_quaternions(108, rng), box=crystal.box
    )
    assert analysis_of(turned, tmp_path).finding.word == "no"


def test_cubes_beside_spheres_may_be_in_any_lattice_and_the_rule_is_said(tmp_path: Path) -> None:
    lattice = build_crystal("bcc", spacing_nm=9.0, n_cells=(4, 4, 4), shapes=cube(5.0), displacement_nm=0.1)
    mixed = configuration(
        lattice.positions_nm,
        shapes=(cube(5.0), Sphere(diameter_nm=6.0)),
        species=np.arange(128) % 2,
        orientations=lattice.orientations,
        box=lattice.box,
    )
    found = analysis_of(mixed, tmp_path)
    assert (found.finding.word, found.finding.lattice) == ("yes", "bcc")
    assert "whatever their kind, and by the axes of the cubes" in found.finding.note
    # Cubes alone on these sites do not lie face to face; the page says by what they are judged, and where they are.
    alone = analysis_of(lattice, tmp_path)
    assert (alone.finding.word, alone.finding.lattice) == ("partly", "sc")
    assert "100 % of those inside match bcc; judged by simple cubic" in alone.finding.note


def test_the_scattering_angle_stands_beside_q(tmp_path: Path) -> None:
    found = analysis_of(build_crystal("sc", spacing_nm=11.0, n_cells=(3, 3, 3), shapes=cube(8.6)), tmp_path)
    ax = next(ax for ax in found.plot().axes if ax.child_axes)
    (above,) = ax.child_axes
    assert "0.15406 nm" in above.get_xlabel()
    ax.set_xlim(0.0, 3.0)
    ax.figure.canvas.draw()
    assert above.get_xlim() == pytest.approx((0.0, 2 * np.degrees(np.arcsin(3.0 * 0.15406 / (4 * np.pi)))))


def test_loose_spheres_match_no_lattice(tmp_path: Path) -> None:
    points = np.random.default_rng(2).uniform(-20, 20, size=(64, 3))
    found = analysis_of(configuration(points, shapes=Sphere(diameter_nm=4.0), box=[40] * 3), tmp_path)
    assert found.finding.word == "no"
    assert found.finding.note.startswith("the neighbours of most particles match no lattice template")
