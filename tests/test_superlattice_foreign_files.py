"""Files of other programs: two dimensions, no shapes, LAMMPS dumps, XYZ and CIF; one frame says nothing of assembly."""

import json
import os
from contextlib import nullcontext
from pathlib import Path

import ase.io
import gsd.hoomd
import numpy as np
import pytest
from ase import Atoms

from packing.configuration import Configuration, box_to_cell, configuration, random_quaternions
from packing.errors import InputError
from packing.shapes import Cuboid, Sphere, cube
from packing.trajectory import Trajectory, write_gsd
from structure.crystals.build import build_crystal, ideal_gas
from structure.order.neighbours import nearest_neighbours
from superlattice.cli import main
from superlattice.steps.frames import _refuse_overlap, read_frames
from superlattice.steps.layer import LayerAnalysis
from superlattice.steps.target import analyze_target

DATA = Path(os.environ.get("SUPERLATTICE_DATA", Path(__file__).parents[2] / "shared" / "data"))
SPACING_NM = 11.0


@pytest.fixture
def crystal() -> Configuration:
    return build_crystal(
        "fcc", spacing_nm=SPACING_NM, n_cells=(3, 3, 3), shapes=Sphere(diameter_nm=8.0), displacement_nm=0.2
    )


def atoms_of(frame: Configuration, scale: float, kind: str = "Au") -> Atoms:
    assert frame.cell_nm is not None
    return Atoms([kind] * frame.n_particles, positions=scale * frame.positions_nm, cell=scale * frame.cell_nm, pbc=True)


@pytest.mark.parametrize("name", ["g2d_sph_lz0", "g2d_sph_lz1", "g2d_sph_nm_lz1", "g2d_poly"])
def test_a_file_of_two_dimensions_is_judged_in_its_plane(name: str) -> None:
    path = DATA / "cases" / "gsd-2d" / f"{name}.gsd"
    if not path.is_file():
        pytest.skip("the case is not beside the project")
    found = analyze_target(path)
    assert isinstance(found, LayerAnalysis)
    assert found.last.lattice == "hexagonal"
    assert found.last.psi6_mean > 0.95
    spacing = 11.0 if "nm" in name else 1.1
    assert found.last.spacing_nm == pytest.approx(spacing, rel=0.002)
    # One frame: whether it assembled is not known.
    assert (found.finding.question, found.finding.word) == ("is a crystal", "yes")
    assert found.to_dict()["assembles"] is None
    assert found.to_dict()["dimensions"] == 2


def flat_frame(step: int, ordered: bool) -> gsd.hoomd.Frame:
    rng = np.random.default_rng(step)
    sites = np.array([[i, j, 0.0] for i in range(10) for j in range(10)]) * 11.0 - 49.5
    frame = gsd.hoomd.Frame()
    frame.configuration.box, frame.configuration.dimensions = [110, 110, 1, 0, 0, 0], 2
    frame.configuration.step = step
    frame.particles.N, frame.particles.types = 100, ["A"]
    frame.particles.position = sites if ordered else np.column_stack([rng.uniform(-55, 55, (100, 2)), np.zeros(100)])
    frame.particles.type_shapes = [{"type": "Sphere", "diameter": 8.0}]
    return frame


def test_a_plane_that_orders_assembles_and_is_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with gsd.hoomd.open(str(tmp_path / "plane.gsd"), "w") as file:
        file.extend([flat_frame(0, ordered=False), flat_frame(500, ordered=True)])
    assert main(["analyze", str(tmp_path / "plane.gsd"), "--figures", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert said.startswith("assembles: yes (in the plane, 100 particles in a plane, square 100 %")
    assert "two-dimensional" in said
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"layer.png", "order.png"}


def test_a_box_thinner_than_its_particles_is_a_plane_whatever_the_file_calls_it(tmp_path: Path) -> None:
    frame = flat_frame(0, ordered=True)
    frame.configuration.dimensions = 3
    with gsd.hoomd.open(str(tmp_path / "plane.gsd"), "w") as file:
        file.append(frame)
    assert isinstance(analyze_target(tmp_path / "plane.gsd"), LayerAnalysis)
    # A layer whose images above and below do not touch is a crystal of three dimensions.
    layer = build_crystal("sc", spacing_nm=11.0, n_cells=(4, 4, 1), shapes=cube(8.6))
    write_gsd(tmp_path / "layer.gsd", [layer])
    with Trajectory(tmp_path / "layer.gsd") as frames:
        assert frames[0].dimensions == 3


def test_a_plane_is_written_and_read_as_one(tmp_path: Path) -> None:
    flat = configuration(
        [[0.0, 0.0, 0.0], [11.0, 0.0, 0.0]], shapes=Sphere(diameter_nm=8.0), box=[22, 22, 8], dimensions=2
    )
    write_gsd(tmp_path / "flat.gsd", [flat])
    with Trajectory(tmp_path / "flat.gsd") as frames:
        assert frames[0].dimensions == 2
    with pytest.raises(InputError, match="dimensions must be 2 or 3"):
        configuration([[0, 0, 0]], shapes=cube(1.0), dimensions=1)


def test_one_frame_and_a_crystal_from_the_start_say_nothing_of_assembly(tmp_path: Path) -> None:
    crystal = build_crystal("sc", spacing_nm=11.0, n_cells=(3, 3, 3), shapes=cube(8.6), displacement_nm=0.2)
    gas = ideal_gas(27, edge_nm=70.0, shapes=cube(8.6), seed=1)
    wanted = {
        "one": ([crystal], "is a crystal", "one frame"),
        "stays": ([crystal, crystal], "is a crystal", "in the first frame"),
        "orders": ([gas, crystal], "assembles", "cubatic order"),
    }
    for name, (frames, question, words) in wanted.items():
        write_gsd(tmp_path / f"{name}.gsd", frames)
        found = analyze_target(tmp_path / f"{name}.gsd")
        assert (found.finding.question, found.finding.word) == (question, "yes"), name
        assert words in found.finding.note
        assert found.summary().startswith(f"{question}: yes")
        data = found.to_dict()
        assert (data["assembles"], data["is_crystal"]) == ("yes" if question == "assembles" else None, "yes")


def write_without_shapes(path: Path, frame: Configuration, unit_nm: float = 1.0) -> None:
    made = gsd.hoomd.Frame()
    assert frame.box is not None
    made.configuration.box = [*(frame.box[:3] / unit_nm), *frame.box[3:]]
    made.particles.N, made.particles.types = frame.n_particles, ["A"]
    made.particles.position = frame.positions_nm / unit_nm
    made.particles.orientation = frame.orientations
    with gsd.hoomd.open(str(path), "w") as file:
        file.append(made)


def test_a_gsd_without_shapes_is_measured_with_the_shape_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    still = build_crystal(
        "sc", spacing_nm=11.0, n_cells=(3, 3, 3), shapes=cube(8.6), displacement_nm=0.2, misorientation_fwhm_deg=4.0
    )
    write_without_shapes(tmp_path / "cubes.gsd", still)
    assert main(["analyze", str(tmp_path / "cubes.gsd")]) == 2
    assert "--shape" in capsys.readouterr().err
    assert main(["analyze", str(tmp_path / "cubes.gsd"), "--shape", "cube:8.6", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["lattice"]["period_nm"] == pytest.approx(11.0, rel=0.01)
    assert data["lattice"]["gap_nm"] == pytest.approx(2.4, abs=0.1)
    assert data["order_last"]["cubatic"] > 0.95
    # In units of the edge, as most public files are.
    write_without_shapes(tmp_path / "sigma.gsd", still, unit_nm=8.6)
    found = analyze_target(tmp_path / "sigma.gsd", shapes=cube(8.6), unit_nm=8.6)
    assert found.lattice.period_nm == pytest.approx(data["lattice"]["period_nm"], rel=1e-4)
    with pytest.raises(InputError, match="cores overlap"):
        analyze_target(tmp_path / "sigma.gsd", shapes=cube(8.6))


def test_axes_that_no_file_says_are_not_judged(tmp_path: Path) -> None:
    """All as by default is how a file without orientations reads: not a perfectly aligned crystal."""
    crystal = build_crystal("sc", spacing_nm=11.0, n_cells=(3, 3, 3), shapes=cube(8.6), displacement_nm=0.2)
    write_without_shapes(tmp_path / "cubes.gsd", crystal)
    found = analyze_target(tmp_path / "cubes.gsd", shapes=cube(8.6))
    assert np.isnan(found.last.cubatic)
    assert "no orientations" in found.notes[0]
    assert found.final.shapes[0].volume_nm3 == pytest.approx(8.6**3)


@pytest.mark.parametrize("form", ["extxyz", "dump"])
def test_files_of_other_programs_give_the_crystal_that_was_written(
    form: str, tmp_path: Path, crystal: Configuration
) -> None:
    path = tmp_path / ("crystal.xyz" if form == "extxyz" else "dump.1000")
    if form == "extxyz":
        ase.io.write(path, atoms_of(crystal, 10.0), format="extxyz")
    else:
        path.write_text(dump_of(crystal, step=1000))
    kind = "Au" if form == "extxyz" else "1"
    read = read_frames(path, shapes={kind: Sphere(diameter_nm=8.0)})
    (frame,) = read.frames
    assert frame.step == (0 if form == "extxyz" else 1000)
    assert frame.box == pytest.approx(crystal.box, rel=1e-6)
    away = frame.positions_nm - crystal.positions_nm
    away -= away[0]
    away -= crystal.box[0] * np.round(away / crystal.box[0])
    assert np.abs(away).max() < 1e-4
    assert "ångström" in read.notes[0]
    found = analyze_target(path, shapes=Sphere(diameter_nm=8.0))
    assert (found.finding.lattice, found.finding.word) == ("fcc", "yes")
    assert found.lattice.period_nm == pytest.approx(SPACING_NM, rel=0.01)


def dump_of(frame: Configuration, step: int, columns: str = "id type x y z", extra: np.ndarray | None = None) -> str:
    """A LAMMPS dump in angstrom, as ``dump custom`` writes it, with its origin in a corner."""
    assert frame.box is not None
    places = 10 * (frame.positions_nm + frame.box[:3] / 2)
    rows = [
        f"{i + 1} 1 " + " ".join(f"{v:.6f}" for v in (*places[i], *(extra[i] if extra is not None else ())))
        for i in range(frame.n_particles)
    ]
    bounds = "\n".join(f"0.0 {10 * length:.6f}" for length in frame.box[:3])
    head = f"ITEM: TIMESTEP\n{step}\nITEM: NUMBER OF ATOMS\n{frame.n_particles}\nITEM: BOX BOUNDS pp pp pp\n{bounds}\n"
    return f"{head}ITEM: ATOMS {columns}\n" + "\n".join(rows) + "\n"


def test_orientations_of_a_dump_are_read(tmp_path: Path) -> None:
    box = build_crystal("sc", spacing_nm=11.0, n_cells=(3, 3, 3), shapes=cube(8.6))
    q = random_quaternions(27, np.random.default_rng(1))
    (tmp_path / "a.dump").write_text(dump_of(box, 7, "id type x y z c_q[1] c_q[2] c_q[3] c_q[4]", q))
    (frame,) = read_frames(tmp_path / "a.dump", shapes={"": cube(8.6)}).frames
    assert isinstance(frame.shapes[0], Cuboid)
    assert np.abs(np.sum(frame.orientations * q, axis=1)) == pytest.approx(1.0, abs=1e-5)


def test_the_tilted_box_of_a_dump_keeps_all_distances(tmp_path: Path) -> None:
    ball = Sphere(diameter_nm=0.5)
    tilted = configuration(
        np.random.default_rng(1).uniform(-30, 30, (40, 3)), shapes=ball, box=[60, 55, 50, 0.3, -0.2, 0.1]
    )
    cell = 10 * box_to_cell(tilted.box)
    (lx, _, _), (xy, ly, _), (xz, yz, lz) = cell
    # LAMMPS writes the bounds of the box that holds the tilted one.
    low, high = min(0, xy, xz, xy + xz), max(0, xy, xz, xy + xz)
    bounds = f"{low} {lx + high} {xy}\n{min(0, yz)} {ly + max(0, yz)} {xz}\n0 {lz} {yz}\n"
    rows = [
        f"{i + 1} 1 {x:.6f} {y:.6f} {z:.6f}\n" for i, (x, y, z) in enumerate(10 * tilted.positions_nm + cell.sum(0) / 2)
    ]
    (tmp_path / "a.dump").write_text(
        "ITEM: TIMESTEP\n5\nITEM: NUMBER OF ATOMS\n40\nITEM: BOX BOUNDS xy xz yz pp pp pp\n"
        + bounds + "ITEM: ATOMS id type x y z\n" + "".join(rows)
    )  # fmt: skip
    (frame,) = read_frames(tmp_path / "a.dump", shapes={"": ball}).frames
    assert frame.box == pytest.approx(tilted.box, rel=1e-6)
    wanted, found = (np.sort(nearest_neighbours(c, 12).distances_nm, axis=1) for c in (tilted, frame))
    assert found == pytest.approx(wanted, abs=1e-5)


def test_a_cif_is_repeated_until_particles_have_neighbours(tmp_path: Path) -> None:
    cell = Atoms(["Cs", "Cl"], scaled_positions=[[0, 0, 0], [0.5, 0.5, 0.5]], cell=[100.0] * 3, pbc=True)
    ase.io.write(tmp_path / "bcc.cif", cell, format="cif")
    read = read_frames(tmp_path / "bcc.cif", shapes={"Cs": Sphere(diameter_nm=6.0), "Cl": Sphere(diameter_nm=5.0)})
    (frame,) = read.frames
    assert frame.n_particles >= 54
    assert sorted(frame.species_names) == ["Cl", "Cs"]
    assert "repeated" in " ".join(read.notes)
    found = analyze_target(tmp_path / "bcc.cif", shapes=Sphere(diameter_nm=6.0))
    assert (found.finding.question, found.finding.lattice, found.finding.word) == ("is a crystal", "bcc", "yes")


def test_open_sides_keep_particles_together(tmp_path: Path) -> None:
    layer = build_crystal("sc", spacing_nm=11.0, n_cells=(4, 4, 2), shapes=Sphere(diameter_nm=8.0))
    atoms = atoms_of(layer, 10.0)
    atoms.pbc = (True, True, False)
    ase.io.write(tmp_path / "film.xyz", atoms, format="extxyz")
    (frame,) = read_frames(tmp_path / "film.xyz", shapes={"": Sphere(diameter_nm=8.0)}).frames
    assert frame.box is not None
    assert np.ptp(frame.positions_nm[:, 2]) == pytest.approx(11.0, abs=1e-6)
    assert frame.box[2] > 11.0 + 8.0
    atoms.pbc = False
    ase.io.write(tmp_path / "cluster.xyz", atoms, format="extxyz")
    assert read_frames(tmp_path / "cluster.xyz", shapes={"": Sphere(diameter_nm=8.0)}).frames[0].box is None


@pytest.mark.parametrize(
    ("name", "text", "options", "said"),
    [
        ("a.xyz", "2\n\nAu 0 0 0\nAu 0 0 60\n", [], "have no shape"),
        ("a.xyz", "2\n\nAu 0 0 0\nAu 0 0 6\n", ["--shape", "sphere:5"], "cores overlap"),
        ("a.xyz", "three\n", ["--shape", "sphere:5"], "cannot be read as XYZ"),
        ("a.cif", "not a crystal\n", ["--shape", "sphere:5"], "cannot be read as CIF"),
        ("a.dump", "ITEM: TIMESTEP\n0\n", ["--shape", "sphere:5"], "LAMMPS dump"),
        ("a.xyz", "1\n\nAu 0 0 0\n", ["--shape", "ball:5"], "must be cube:EDGE"),
        ("a.xyz", "1\n\nAu 0 0 0\n", ["--shape", "sphere:-5"], "diameter_nm must be positive"),
        ("none.xyz", None, ["--shape", "sphere:5"], "is not a file"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_line(
    name: str, text: str | None, options: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    try:
        status = main(["analyze", str(tmp_path / name), *options])
    except SystemExit as stop:
        status = int(stop.code or 0)
    error = capsys.readouterr().err
    assert status == 2
    assert said in error
    assert len(error.strip().splitlines()) == 1


def test_cores_of_two_kinds_overlap_where_they_are_nearer_than_their_radii() -> None:
    cubes, dots = cube(8.0), Sphere(diameter_nm=4.0)
    for apart, overlap in ((7.0, False), (5.0, True)):
        pairs = np.array([[0.0, 0, 0], [apart, 0, 0]])
        frame = configuration(pairs, shapes=(cubes, dots), species=[0, 1])
        with pytest.raises(InputError, match="cores overlap") if overlap else nullcontext():
            _refuse_overlap(Path("a.gsd"), frame, False, 1.0)
