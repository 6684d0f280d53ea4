"""The crystal in three dimensions, and the sliders: what they draw is the shape, the orientation and the models."""

import base64
import re
import sys

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from packing.configuration import configuration, matrices_to_quaternions
from packing.errors import InputError
from packing.prediction.prediction import predict
from packing.shapes import Cuboid, Sphere, cube
from structure.crystals.build import build_crystal
from superlattice.pictures.viewer import orientation_colours, surface_mesh, view, view_html
from superlattice.pictures.widgets import MODELS, Q_INV_NM, cube_answer, drawing, explorer
from superlattice.study.study import Study

SHAPES = [
    cube(8.6),
    cube(8.6, rounding_nm=1.0),
    Cuboid(edges_nm=(4.0, 8.0, 12.0)),
    Cuboid(edges_nm=(9.0, 9.0, 9.0), truncation=0.3),
    Sphere(diameter_nm=7.0),
]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_surface_is_closed_and_seen_from_outside(shape: Cuboid | Sphere) -> None:
    points, triangles = surface_mesh(shape)
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    # Every edge is walked once in each direction: no hole, and all triangles turn the same way.
    walked = {tuple(e) for e in edges.tolist()}
    assert len(walked) == len(edges)
    assert {(b, a) for a, b in walked} == walked
    # The enclosed volume by Gauss's theorem has the sign of outward normals; flat triangles cut a round surface short.
    a, b, c = (points[triangles[:, i]] for i in range(3))
    volume = np.einsum("ij,ij->", a, np.cross(b, c)) / 6
    exact = isinstance(shape, Cuboid) and shape.rounding_nm == 0
    assert volume == pytest.approx(shape.volume_nm3, rel=1e-9 if exact else 0.07)
    assert volume <= shape.volume_nm3 * (1 + 1e-9)


def test_cubes_that_look_alike_have_one_colour() -> None:
    rng = np.random.default_rng(3)
    turns = Rotation.random(20, rng=rng)
    for symmetry in Rotation.create_group("O"):
        np.testing.assert_allclose(
            orientation_colours((turns * symmetry).as_matrix()), orientation_colours(turns.as_matrix()), atol=1e-7
        )


def test_axes_along_the_beam_are_red_green_and_blue() -> None:
    directions = np.array([[0, 0, 1], [1, 0, 1], [1, 1, 1]], dtype=float)
    turns = [Rotation.align_vectors([[0, 0, 1]], [d])[0].as_matrix() for d in directions]
    np.testing.assert_allclose(orientation_colours(np.array(turns)), np.eye(3), atol=1e-6)


def test_the_view_holds_every_body_where_it_is() -> None:
    pytest.importorskip("k3d")
    turn = Rotation.from_euler("z", 30, degrees=True).as_matrix()
    frame = configuration(
        [[-5, 0, 0], [5, 0, 0], [0, 6, 0]],
        shapes=(cube(4.0), Sphere(diameter_nm=3.0)),
        species=[0, 0, 1],
        species_names=("cube", "sphere"),
        orientations=matrices_to_quaternions(np.array([np.eye(3), turn, np.eye(3)])),
        box=[30, 30, 30],
    )
    meshes = {o.name: o for o in view(frame).objects}
    assert set(meshes) == {"cube", "sphere", "cell"}
    corners = meshes["cube"].vertices.reshape(2, -1, 3)
    np.testing.assert_allclose(corners.min(axis=1) + corners.max(axis=1), 2 * frame.positions_nm[:2], atol=1e-4)
    # A square of edge 4 turned by 30 degrees is 4 (cos 30 + sin 30) wide.
    width = np.ptp(corners[..., 0], axis=1)
    np.testing.assert_allclose(width, [4.0, 4 * (np.cos(np.pi / 6) + 0.5)], atol=1e-4)
    assert len(meshes["cell"].indices.reshape(-1, 2)) == 12


@pytest.mark.slow
def test_the_view_as_a_page_needs_no_other_file() -> None:
    pytest.importorskip("k3d")
    page = view_html(build_crystal("sc", spacing_nm=11.0, n_cells=(2, 2, 2), shapes=cube(8.6)))
    assert not re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="(?!data:)', page)
    assert len(base64.b64encode(page.encode())) < 20_000_000


def test_without_k3d_the_view_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "k3d", None)
    with pytest.raises(InputError, match=r"superlattice\[view\]"):
        view(configuration([[0, 0, 0]], shapes=cube(8.6)))


def test_the_sliders_say_what_a_study_says() -> None:
    answer = cube_answer(n_carbons=14, coverage_per_nm2=3.4, edge_nm=9.3)
    study = Study.from_text(
        '[nanocrystal]\nmaterial = "CsPbBr3"\nedge_nm = 9.3\n[ligand]\nn_carbons = 14\ncoverage_per_nm2 = 3.4\n'
    )
    spacings = predict(study.nanocrystal.build(), study.ligand.build()).spacings
    for model in MODELS:
        assert answer.period_nm[model] == pytest.approx(spacings.value_nm(model), rel=1e-12)
    # The strongest peak beyond the form factor's fall is the first reflection.
    near = np.abs(Q_INV_NM * answer.period_nm["round"] / (2 * np.pi) - 1) < 0.3
    q_peak = Q_INV_NM[near][np.argmax(answer.intensity[near])]
    assert q_peak * answer.period_nm["round"] / (2 * np.pi) == pytest.approx(1, abs=0.02)


def test_moving_a_slider_moves_the_picture() -> None:
    widgets = pytest.importorskip("ipywidgets")
    box = explorer()
    row, picture = box.children
    before = bytes(picture.value)
    assert before.startswith(b"\x89PNG")
    edge = next(s for s in row.children if "edge" in s.description)
    edge.value = 11.0
    assert isinstance(picture, widgets.Image)
    assert bytes(picture.value) != before


def test_the_picture_shows_the_answer() -> None:
    canvas = drawing()
    answer = cube_answer(n_carbons=10, coverage_per_nm2=2.0, edge_nm=6.0)
    assert canvas.show(answer, 6.0).startswith(b"\x89PNG")
    assert [bar.get_width() for bar in canvas.bars] == [answer.period_nm[m] for m in MODELS]
    np.testing.assert_array_equal(canvas.curve.get_ydata(), answer.intensity)
    assert f"gap {answer.period_nm['round'] - 6.0:.2f} nm" in canvas.title.get_text()


def test_without_ipywidgets_the_sliders_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(InputError, match=r"superlattice\[notebook\]"):
        explorer()
