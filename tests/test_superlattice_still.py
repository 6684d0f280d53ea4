"""The still picture: what hides what, how large it is, and that it is coloured and scaled as it says."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from packing.configuration import Configuration, configuration, random_quaternions
from packing.errors import InputError
from packing.shapes import Cuboid, Sphere, cube
from superlattice.pictures.still import draw_still, faces_of, view_matrix


def polygons_of(frame: Configuration, **options) -> list[np.ndarray]:
    ax = draw_still(frame, Figure().add_subplot(), **options)
    return [path.vertices[:-1] for path in ax.collections[0].get_paths()]


def area(polygon: np.ndarray) -> float:
    x, y = polygon.T
    return 0.5 * abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))


@pytest.mark.parametrize(
    ("shape", "tolerance"),
    [
        (Cuboid(edges_nm=(4.0, 7.0, 9.0)), 1e-9),
        (Cuboid(edges_nm=(8.0,) * 3, truncation=0.3), 1e-9),
        (Sphere(diameter_nm=5.0), 0.06),
    ],
    ids=["cuboid", "truncated", "sphere"],
)
@pytest.mark.slow
def test_the_mean_shadow_is_a_quarter_of_the_surface(shape: Cuboid | Sphere, tolerance: float) -> None:
    """Cauchy: averaged over all directions, the shadow of a convex body is a quarter of its surface."""
    rng = np.random.default_rng(1)
    n = 400
    frame = configuration(rng.uniform(-500, 500, (n, 3)), shapes=shape, orientations=random_quaternions(n, rng))
    drawn = np.array([area(p) for p in polygons_of(frame)])
    # A body casts between its smallest and its largest shadow: that much the mean of n may be off.
    sampling = 3 * shape.surface_nm2 / 4 * 0.25 / np.sqrt(n)
    assert drawn.sum() / n == pytest.approx(shape.surface_nm2 / 4, rel=tolerance, abs=sampling)


def test_faces_are_closed_and_look_outwards() -> None:
    for shape in (cube(8.6), Cuboid(edges_nm=(4.0, 7.0, 9.0)), Sphere(diameter_nm=5.0)):
        faces, normals, _ = faces_of(shape)
        areas = []
        for corners, normal in zip(faces, normals, strict=True):
            assert (corners @ normal > 0).all()  # the middle of the body is behind every face
            vectors = np.cross(corners, np.roll(corners, -1, axis=0)).sum(axis=0) / 2
            areas.append(abs(vectors @ normal) * normal)
        np.testing.assert_allclose(np.sum(areas, axis=0), 0, atol=1e-9 * shape.surface_nm2)


def test_what_is_nearer_is_drawn_later() -> None:
    """From +x: a body at larger x hides the other one."""
    frame = configuration([[20, 0, 0], [0, 1, 0]], shapes=cube(8.0))
    drawn = polygons_of(frame, azimuth_deg=0.0, elevation_deg=0.0)
    assert [round(float(p[:, 0].mean()), 6) for p in drawn] == [1.0, 0.0]


def test_the_view_is_a_rotation_with_z_up() -> None:
    for azimuth, elevation in ((0, 0), (30, 25), (200, -40)):
        view = view_matrix(azimuth, elevation)
        np.testing.assert_allclose(view @ view.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(view) == pytest.approx(1)
        assert (view @ [0, 0, 1])[1] > 0


def test_the_bar_is_as_long_as_it_says(tmp_path) -> None:
    frame = configuration([[0, 0, 0], [40, 0, 0]], shapes=cube(8.0), box=[100, 100, 100])
    ax = draw_still(frame, Figure().add_subplot())
    (bar,) = ax.lines
    assert f"{np.ptp(bar.get_xdata()):g} nm" == ax.texts[0].get_text()
    assert sum(len(c.get_segments()) for c in ax.collections[1:]) == 12
    ax.figure.savefig(tmp_path / "still.pdf")
    assert (tmp_path / "still.pdf").read_bytes().startswith(b"%PDF")


def test_an_empty_configuration_is_refused() -> None:
    with pytest.raises(InputError, match="no particles"):
        draw_still(configuration(np.zeros((0, 3)), shapes=cube(8.0)))
