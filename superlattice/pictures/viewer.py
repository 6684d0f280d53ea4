"""A configuration in three dimensions: cubes as cubes, coloured by orientation, to turn in a browser."""

from __future__ import annotations

import itertools
from importlib import util
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

from packing.configuration import Configuration
from packing.errors import InputError
from packing.shapes import Shape, Sphere

FloatArray = NDArray[np.float64]


def orientation_colours(rotations: FloatArray) -> FloatArray:
    """Red, green, blue (0 to 1) of each orientation, shape (N, 3), equal for cubes that look equal.

    The laboratory's z axis in the frame of the particle, folded into one triangle of the cubic group: the inverse pole
    figure colouring of electron backscatter diffraction (red 001, green 101, blue 111).

    Parameters
    ----------
    rotations
        Rotation matrices, shape (N, 3, 3).

    Examples
    --------
    >>> orientation_colours(np.eye(3)[None]).round(2).tolist()
    [[1.0, 0.0, 0.0]]
    """
    z = np.sort(np.abs(rotations[:, 2, :]), axis=1)
    weights = np.column_stack([z[:, 2] - z[:, 1], (z[:, 1] - z[:, 0]) * np.sqrt(2), z[:, 0] * np.sqrt(3)])
    return np.sqrt(weights / weights.max(axis=1, keepdims=True))


def surface_mesh(shape: Shape) -> tuple[FloatArray, NDArray[np.int64]]:
    """Vertices [nm] and triangles of a shape's surface, seen from outside counter-clockwise."""
    points = _sphere_points(shape.diameter_nm / 2) if isinstance(shape, Sphere) else shape.vertices_nm
    if not isinstance(shape, Sphere) and shape.rounding_nm > 0:
        points = (points[:, None, :] + _sphere_points(shape.rounding_nm)[None]).reshape(-1, 3)
    hull = ConvexHull(points)
    triangles = hull.simplices.copy()
    a, b, c = (points[triangles[:, i]] for i in range(3))
    inward = np.einsum("ij,ij->i", np.cross(b - a, c - a), hull.equations[:, :3]) < 0
    triangles[inward] = triangles[inward][:, ::-1]
    return points, triangles


def has_viewer() -> bool:
    """Whether k3d is installed."""
    return util.find_spec("k3d") is not None


def view(configuration: Configuration, *, height_px: int = 480) -> Any:
    """A k3d plot of the configuration: rotate, zoom; in a notebook it shows itself.

    Parameters
    ----------
    configuration
        What to show.
    height_px
        Height of the picture [px].

    Raises
    ------
    InputError
        If k3d is not installed.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> from structure.crystals.build import build_crystal
    >>> crystal = build_crystal("sc", spacing_nm=11.0, n_cells=(2, 2, 2), shapes=cube(8.6))
    >>> view(crystal, height_px=300).height
    300
    """
    try:
        import k3d
    except ImportError as error:
        raise InputError('the 3D view needs k3d. Install it: pip install "superlattice[view]".') from error
    plot = k3d.plot(grid_visible=False, height=height_px, camera_auto_fit=False, menu_visibility=False)
    rotations = configuration.rotations
    colours = orientation_colours(rotations)
    for index, (name, shape) in enumerate(zip(configuration.species_names, configuration.shapes, strict=True)):
        members = np.flatnonzero(configuration.species == index)
        if len(members):
            plot += _bodies(k3d, name, shape, configuration.positions_nm[members], rotations[members], colours[members])
    if configuration.cell_nm is not None:
        plot += _cell_edges(k3d, configuration.cell_nm)
    # Nearer than k3d would go by itself; a narrow phone still shows all of it.
    plot.camera = plot.get_auto_camera(factor=1.3, yaw=30, pitch=65)
    return plot


def view_html(configuration: Configuration, *, height_px: int = 480) -> str:
    """The view as one page that needs no network.

    Parameters
    ----------
    configuration
        What to show.
    height_px
        Height of the picture [px].

    Raises
    ------
    InputError
        If k3d is not installed.
    """
    plot = view(configuration, height_px=height_px)
    plot.snapshot_type = "full"
    return str(plot.get_snapshot())


def _bodies(k3d: Any, name: str, shape: Shape, centres: FloatArray, rotations: FloatArray, colours: FloatArray) -> Any:
    points, triangles = surface_mesh(shape)
    corners = points[triangles].reshape(-1, 3)  # every triangle has its own corners, so that faces stay flat
    vertices = np.einsum("nij,kj->nki", rotations, corners) + centres[:, None, :]
    indices = np.arange(vertices.shape[0] * vertices.shape[1]).reshape(-1, 3)
    packed = (np.round(colours * 255).astype(np.uint32) * np.array([65536, 256, 1], dtype=np.uint32)).sum(axis=1)
    return k3d.mesh(
        vertices.reshape(-1, 3).astype(np.float32),
        indices.astype(np.uint32),
        colors=np.repeat(packed.astype(np.uint32), len(corners)),
        flat_shading=True,
        name=name,
    )


def _cell_edges(k3d: Any, cell_nm: FloatArray) -> Any:
    corners = np.array(list(itertools.product((-0.5, 0.5), repeat=3)))
    pairs = [(i, j) for i in range(8) for j in range(i) if np.count_nonzero(corners[i] != corners[j]) == 1]
    places = (corners @ cell_nm).astype(np.float32)
    return k3d.lines(
        places, np.array(pairs, dtype=np.uint32), indices_type="segment", color=0x666666, width=0.05, name="cell"
    )


def _sphere_points(radius: float, n: int = 92) -> FloatArray:
    """Evenly spread points on a sphere (Fibonacci's spiral)."""
    i = np.arange(n) + 0.5
    z, turn = 1 - 2 * i / n, np.pi * (1 + np.sqrt(5)) * i
    return radius * np.column_stack([np.sqrt(1 - z**2) * np.cos(turn), np.sqrt(1 - z**2) * np.sin(turn), z])
