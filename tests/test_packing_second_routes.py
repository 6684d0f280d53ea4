"""Small laws of packing: what a number must be by another way of getting it."""

from __future__ import annotations

import math
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from packing.binary.curves import CUBES, CUBES_ON_A, CUBES_ON_B, SPHERES, phase_separation
from packing.configuration import configuration
from packing.contact.contact import States
from packing.contact.continuation import _shaken
from packing.errors import InputError
from packing.files import write_atomically
from packing.inverse.binding import highest_coverage_per_nm2
from packing.lattices.cif import _ratios
from packing.matter.ligands import ligand
from packing.matter.media import MEDIA
from packing.pair.terms import facing
from packing.particles import Coating, Nanocrystal
from packing.pose.facing import best_contact, require_apart
from packing.prediction import predict
from packing.prediction.exchange_ev import CONTACTS_OF_A_CUBE, CONTACTS_OF_A_SPHERE
from packing.prediction.text import prediction_facts
from packing.ranking.corners import rounding_gain
from packing.results import frozen
from packing.shapes import Cuboid, Sphere, cube
from packing.spacing.input_spread import InputSpread, draw_inputs
from packing.spacing.models import model_spacings
from packing.surface.bodies import body_of
from packing.surface.rays import _rim
from packing.surface.shells import Shell, ShellContact
from packing.surface.tabulated import tabulate
from packing.trajectory import Trajectory, TrajectoryWriter

OLEATE = Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0)


def test_the_best_contact_of_a_known_potential() -> None:
    # Lennard-Jones: the minimum is at 2^(1/6) sigma and epsilon deep.
    found = best_contact(lambda gap: 4 * 5.0 * ((2.0 / gap) ** 12 - (2.0 / gap) ** 6), 2.2, 0.6)
    assert found.gap_nm == pytest.approx(2 ** (1 / 6) * 2.0, rel=1e-3)
    assert found.depth_kt == pytest.approx(5.0, rel=1e-4)
    repulsive = best_contact(lambda gap: np.exp(-gap), 2.2, 0.6)
    assert (repulsive.gap_nm, repulsive.depth_kt) == (2.2, 0.0)
    with pytest.raises(InputError, match="cannot hold the cores apart"):
        best_contact(lambda gap: -1 / gap, 2.2, 0.6)


def test_optimally_packed_spheres_fill_what_hard_spheres_do() -> None:
    # The densest packings of equal spheres in each lattice; of a layer the share of the plane is meant.
    fractions = {
        "fcc": math.pi / math.sqrt(18),
        "hcp": math.pi / math.sqrt(18),
        "bcc": math.pi * math.sqrt(3) / 8,
        "sc": math.pi / 6,
        "diamond": math.pi * math.sqrt(3) / 16,
        "2D hexagonal": math.pi / math.sqrt(12),
        "2D square": math.pi / 4,
    }
    found = predict(Nanocrystal(material="PbS", shape=Sphere(diameter_nm=6.0)), OLEATE, lattices=tuple(fractions))
    assert {p.model for p in found.lattices} == {"opm"}
    assert {p.name: p.packing_fraction for p in found.lattices} == pytest.approx(fractions)


@pytest.mark.parametrize("diameter_nm", [3.0, 6.0, 12.0])
def test_no_crystal_of_spheres_is_tighter_than_one_without_voids(diameter_nm: float) -> None:
    dots = Nanocrystal(material="PbS", shape=Sphere(diameter_nm=diameter_nm))
    samples = draw_inputs(dots, OLEATE, InputSpread(), 10, np.random.default_rng(0))
    found = model_spacings(dots, OLEATE, samples)
    low, high = found.bracket_nm
    # fcc has d^3 / sqrt 2 of room for each sphere: at least that of its core and its ligands.
    ligands = dots.shape.surface_nm2 * OLEATE.shell_nm
    assert low == pytest.approx(max((math.sqrt(2) * (dots.shape.volume_nm3 + ligands)) ** (1 / 3), diameter_nm))
    assert low < found.values["opm"].value_nm < high


def test_frozen_values_are_a_copy_that_cannot_be_written() -> None:
    values = np.ones(3)
    copy = frozen(values)
    values[0] = 2.0
    assert copy.tolist() == [1.0, 1.0, 1.0]
    with pytest.raises(ValueError, match="read-only"):
        copy[0] = 3.0


def test_the_permittivity_of_a_liquid_without_dipoles_is_its_index_squared() -> None:
    for name in ("hexane", "octane", "decane", "cyclohexane", "vacuum"):
        one = MEDIA[name]
        assert one.permittivity == pytest.approx(one.refractive_index**2, rel=0.01)


@settings(deadline=None, max_examples=30)
@given(edge_nm=st.floats(2.0, 30.0))
def test_a_cube_that_is_cut_to_the_middle_of_its_edges_has_twelve_corners(edge_nm: float) -> None:
    corners = Cuboid(edges_nm=(edge_nm, edge_nm, edge_nm), truncation=1.0).vertices_nm
    assert len(corners) == 12
    # A cuboctahedron: each corner as far from the centre as from its nearest.
    np.testing.assert_allclose(np.linalg.norm(corners, axis=1), edge_nm / math.sqrt(2))


def test_means_over_strips_and_triangles_of_a_tabulated_curve_are_those_of_its_points() -> None:
    nodes = np.linspace(1.0, 5.0, 9)

    def energy(gap: np.ndarray) -> np.ndarray:
        return (5.0 - np.asarray(gap)) * (7.0 - np.asarray(gap))

    curve = tabulate(energy, 1.0, 5.0, step_nm=0.5)
    rng = np.random.default_rng(2)
    gaps = np.sort(rng.uniform(1.0, 5.0, (40, 3)), axis=1)
    gaps[:6] = [[4.0, 4.9, 5.0], [4.6, 4.7, 4.9], [1.0, 1.1, 1.2], [1.0, 3.0, 5.0], [4.2, 4.2, 4.9], [2.0, 2.0, 2.0]]
    np.testing.assert_allclose(curve.at(gaps), np.interp(gaps, nodes, energy(nodes)), atol=1e-12)
    # Midpoints of a strip in a thousand parts; of a triangle in ten thousand equal ones, two kinds of them.
    t = (np.arange(1000) + 0.5) / 1000
    strips = np.interp(gaps[:, :1] + (gaps[:, 1:2] - gaps[:, :1]) * t, nodes, energy(nodes)).mean(axis=1)
    np.testing.assert_allclose(curve.over_strips(gaps[:, 0], gaps[:, 1]), strips, atol=2e-5)
    i, j = (a.ravel() for a in np.meshgrid(np.arange(100), np.arange(100)))
    up, down = i + j < 100, i + j < 99
    u = np.concatenate([(i[up] + 1 / 3), (i[down] + 2 / 3)]) / 100
    v = np.concatenate([(j[up] + 1 / 3), (j[down] + 2 / 3)]) / 100
    inside = gaps[:, :1] + np.outer(gaps[:, 1] - gaps[:, 0], u) + np.outer(gaps[:, 2] - gaps[:, 0], v)
    triangles = np.interp(inside, nodes, energy(nodes)).mean(axis=1)
    np.testing.assert_allclose(curve.over_triangles(gaps), triangles, atol=5e-4)


def test_facets_with_layers_of_ions_rest_where_the_layers_touch() -> None:
    ions = Shell(height_nm=0.3, grafting_per_nm2=4.0, is_ionic=True, swelling_exponent=1.0)
    contact = ShellContact(first=ions, second=ions, core_kt=20.0, adhesion_kt=12.0)
    gap = 0.6 + np.array([0.0, 1e-6])
    cores = -contact.core_kt / (12 * math.pi * gap**2)
    whole = cores + contact.stick_per_nm2(gap - 0.6) + contact.push_per_nm2(gap, 0.3, 0.3)
    slope, pull = np.diff(whole)[0] / 1e-6, np.diff(contact.stick_per_nm2(gap - 0.6))[0] / 1e-6
    assert abs(slope) < 1e-3 * pull
    # Far out the layers attract as core material does: what is left is the pull of the layers across their own gap.
    assert contact.push_per_nm2(np.array([40.0]), 0.3, 0.3)[0] == pytest.approx(
        12.0 / (12 * math.pi * 40.0**2), rel=1e-2
    )


def test_two_phases_fill_what_each_of_them_fills_by_volume() -> None:
    # Apart, spheres pack to pi / sqrt 18 and cubes to all of space. CsCl has as many A as B, AlB2 twice as many B.
    gamma = np.array([0.4, 0.7, 0.9])
    dense = math.pi / math.sqrt(18)
    for name, n_b in (("CsCl", 1), ("AlB2", 2)):
        np.testing.assert_allclose(phase_separation(name, gamma, SPHERES), dense)
        np.testing.assert_allclose(phase_separation(name, gamma, CUBES), 1.0)
        for mixture, a, b in ((CUBES_ON_B, math.pi / 6, 1.0), (CUBES_ON_A, 1.0, math.pi / 6)):
            first, second = np.full(3, a), n_b * b * gamma**3
            room = first / (dense if a < 1 else 1.0) + second / (dense if b < 1 else 1.0)
            np.testing.assert_allclose(phase_separation(name, gamma, mixture), (first + second) / room)


def test_the_fractions_of_an_answer_add_up_and_are_those_of_its_cell() -> None:
    dots = Nanocrystal(material="PbS", shape=Sphere(diameter_nm=6.0))
    found = predict(dots, OLEATE, lattices=("fcc",))
    said = dict(prediction_facts(found))["volume fractions, dry fcc"]
    core, ligand_share, void = (float(x) for x in re.findall(r"0\.\d+", said))
    assert core + ligand_share + void == pytest.approx(1.0, abs=0.002)
    assert core == pytest.approx(4 * dots.shape.volume_nm3 / found.lattices[0].a_nm ** 3, abs=0.001)


@pytest.mark.parametrize("shape", [cube(8.6), cube(8.6, 1.2)])
def test_a_ray_meets_the_shell_of_a_rim_where_it_is_as_thick_as_said(shape: Cuboid) -> None:
    body = body_of(shape)
    rng = np.random.default_rng(8)
    n = 400
    # Downwards and aslant, past the edges of the upper face.
    along = np.array([0.3, 0.4, -1.0]) / math.sqrt(1.25)
    start = np.column_stack([rng.uniform(-9, 9, (n, 2)), np.full(n, 12.0)])
    target = SimpleNamespace(body=body, edge_heights_nm=np.full(len(body.edges), 1.5))
    rays = SimpleNamespace(pose=np.zeros(n, dtype=np.int64), along=along[None], start_nm=start)
    n_met = 0
    for edge, ends in enumerate(body.edges):
        which, distance = _rim(
            cast(Any, target), edge, cast(Any, rays), np.arange(n), np.sum(start**2, axis=1), start @ along
        )
        met = start[which] + distance[:, None] * along
        a, b = body.vertices_nm[ends]
        part = (met - a) @ (b - a) / ((b - a) @ (b - a))
        assert ((part >= 0) & (part <= 1)).all()
        away = np.linalg.norm(met - a - part[:, None] * (b - a), axis=1)
        np.testing.assert_allclose(away, body.radius_nm + 1.5, rtol=1e-9)
        n_met += len(which)
    assert n_met > 20


def test_a_file_that_cannot_be_begun_says_why(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the cause"), write_atomically(tmp_path / "a.txt"):
        raise ValueError("the cause")
    with pytest.raises(ValueError, match="the cause"), write_atomically(tmp_path / "a.txt") as begun:
        begun.write_text("half")
        raise ValueError("the cause")
    assert list(tmp_path.iterdir()) == []


def test_two_layers_of_the_smallest_ion_are_a_shell_and_less_is_none() -> None:
    # Fluoride has a radius of 0.133 nm (Shannon), the smallest of the library.
    require_apart(2 * 0.133)
    with pytest.raises(InputError):
        require_apart(0.15)


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        (cube(8.6), "cubes face to face"),
        (Cuboid(edges_nm=(9.0, 9.0, 4.0)), "stack, along the shortest edge"),
        (Sphere(diameter_nm=6.0), "optimal packing model"),
    ],
)
def test_a_period_says_what_it_is_the_distance_of(shape: Cuboid | Sphere, said: str) -> None:
    found = predict(Nanocrystal(material="CsPbBr3", shape=shape), OLEATE, n_samples=100)
    assert said in found.period_note


@pytest.mark.parametrize(
    ("spacegroups", "free"), [((195, 221, 230), []), ((75, 139, 143, 194), ["c/a"]), ((16, 62, 74), ["b/a", "c/a"])]
)
def test_axes_of_a_file_are_as_free_as_its_crystal_system(spacegroups: tuple[int, ...], free: list[str]) -> None:
    # International Tables: cubic from 195, tetragonal to hexagonal from 75, orthorhombic from 16.
    for number in spacegroups:
        assert [p.name for p in _ratios(number, np.array([2.0, 3.0, 5.0]))] == free


def test_cubes_without_a_shell_have_sharp_corners_and_gain_nothing() -> None:
    assert rounding_gain("NaCl", 0.4, CUBES_ON_B, 20.0, (1.5, 0.0)) == 1.0
    assert rounding_gain("NaCl", 0.4, CUBES_ON_A, 20.0, (-0.1, 1.5)) == 1.0


def test_amines_on_a_lead_halide_fill_its_sites_and_no_more() -> None:
    # One site in the face of a cell of 0.587 nm, as of CsPbBr3; elsewhere chains of 0.18 nm^2 stop each other.
    assert highest_coverage_per_nm2("CsPbBr3", cube(8.6), "decylamine") == pytest.approx(1 / 0.587**2, rel=0.02)
    assert highest_coverage_per_nm2("PbS", cube(8.6), "decylamine") == pytest.approx(1 / 0.18, rel=0.02)


def test_every_body_of_a_crystal_is_shaken_by_a_turn_of_its_own() -> None:
    still = States(np.ones((1, 2)), np.zeros((1, 0)), np.eye(3)[None].repeat(400, axis=0)[None])
    shaken = _shaken(still, 0.02, np.random.default_rng(1)).rotations
    assert shaken.shape == still.rotations.shape
    np.testing.assert_allclose(shaken @ np.swapaxes(shaken, -1, -2), still.rotations, atol=1e-12)
    # Three normal angles: the trace is 1 + 2 cos(angle), the mean square angle 3 times that of each.
    angles = np.arccos((np.trace(shaken[0], axis1=1, axis2=2) - 1) / 2)
    assert np.mean(angles**2) == pytest.approx(3 * 0.02**2, rel=0.2)
    assert np.ptp(angles) > 0.01


def test_a_trajectory_is_written_anew_unless_it_is_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "t.gsd"
    for append, n_frames in ((False, 1), (True, 2), (False, 1)):
        with TrajectoryWriter(path, append=append) if append else TrajectoryWriter(path) as out:
            out.append(configuration([[0, 0, 0]], shapes=cube(8.6), box=[11, 11, 11], step=n_frames))
        with Trajectory(path) as frames:
            assert len(frames) == n_frames


@pytest.mark.parametrize("edge_nm", [4.0, 8.6, 20.0])
@pytest.mark.parametrize("truncation", [0.0, 0.3, 0.8])
def test_the_facet_of_a_truncated_cube_is_the_octagon_that_its_corners_leave(edge_nm: float, truncation: float) -> None:
    # By the shoelace formula; a corner is cut by a plane that meets its edges at this part of their half.
    half = edge_nm / 2
    leg = truncation * half
    corners = np.array([[half, half - leg], [half - leg, half]])
    octagon = np.concatenate(
        [corners @ turn for turn in (np.linalg.matrix_power([[0, 1], [-1, 0]], k) for k in range(4))]
    )
    x, y = octagon[np.argsort(np.arctan2(octagon[:, 1], octagon[:, 0]))].T
    area = 0.5 * abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1)))
    assert facing(Cuboid(edges_nm=(edge_nm,) * 3, truncation=truncation)).facet_nm2 == pytest.approx(area)


@pytest.mark.parametrize(
    ("sites", "contacts"),
    [
        ([[0.0, 0.0, 0.0]], CONTACTS_OF_A_CUBE),
        ([[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]], CONTACTS_OF_A_SPHERE),
    ],
)
def test_contacts_of_a_crystal_are_the_pairs_of_nearest_sites_over_its_sites(sites: list[Any], contacts: int) -> None:
    n = 3
    cells = np.stack(np.meshgrid(*[np.arange(n)] * 3), axis=-1).reshape(-1, 1, 3)
    places = (cells + np.array(sites, dtype=float)).reshape(-1, 3)
    apart = places[:, None] - places
    apart -= n * np.round(apart / n)
    length = np.linalg.norm(apart, axis=-1)[np.triu_indices(len(places), 1)]
    assert np.count_nonzero(np.isclose(length, length.min())) / len(places) == contacts
