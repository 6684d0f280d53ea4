"""A still picture of a configuration for papers: bodies with lit faces, coloured by orientation, as vectors."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

from packing.configuration import Configuration
from packing.errors import InputError
from packing.shapes import Cuboid, Shape
from superlattice.pictures.viewer import orientation_colours, surface_mesh

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]

LIGHT = np.array([0.35, 0.25, 0.9])
"""Direction of the light in the frame of the picture: from above the reader's right shoulder."""


def draw_still(
    configuration: Configuration,
    ax: Axes | None = None,
    *,
    azimuth_deg: float = 30.0,
    elevation_deg: float = 25.0,
    scale_bar: bool = True,
) -> Axes:
    """Draw every particle with its own shape, size and orientation, seen from a direction, and return the axes.

    Parallel projection; bodies nearer to the reader hide those behind them (convex bodies that do not overlap are
    drawn from back to front). Colours are those of `superlattice.pictures.orientation_colours`. Save the figure as
    PDF or SVG for a picture that stays sharp at any size.

    Parameters
    ----------
    configuration
        What to show.
    ax
        Axes to draw on; None makes a figure.
    azimuth_deg, elevation_deg
        Where the reader looks from: 0 and 0 is along -x with z up, elevation 90 is from above [degrees].
    scale_bar
        Whether to draw a bar with its length in nm.

    Raises
    ------
    InputError
        If there are no particles.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> from structure.crystals.build import build_crystal
    >>> ax = draw_still(build_crystal("sc", spacing_nm=11.0, n_cells=(2, 2, 2), shapes=cube(8.6)))
    >>> len(ax.collections[0].get_paths())  # three faces of each of eight cubes
    24
    """
    from matplotlib.collections import LineCollection, PolyCollection

    if configuration.n_particles == 0:
        raise InputError("configuration has no particles. Give one with particles.")
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=(5, 5), layout="constrained")
    view = view_matrix(azimuth_deg, elevation_deg)
    polygons, colours, outlines = _visible_faces(configuration, view)
    ax.add_collection(PolyCollection(polygons, facecolors=colours, edgecolors=outlines, linewidths=0.4, zorder=2))
    corners = np.concatenate(polygons)
    if configuration.cell_nm is not None:
        behind, before = _cell_edges(configuration.cell_nm, view)
        ax.add_collection(LineCollection(behind, colors="0.6", linewidths=0.7, zorder=1))
        ax.add_collection(LineCollection(before, colors="0.3", linewidths=0.7, zorder=3))
        corners = np.concatenate([corners, *behind, *before])
    low, high = corners.min(axis=0), corners.max(axis=0)
    margin = 0.03 * float((high - low).max())
    if scale_bar:
        low = low - [0, 2.5 * margin]
        length = _round_length_nm(float(high[0] - low[0]) / 5)
        ax.plot([low[0], low[0] + length], [low[1]] * 2, color="black", linewidth=2.5, solid_capstyle="butt", zorder=4)
        ax.text(low[0] + length + margin, low[1], f"{length:g} nm", va="center", fontsize=9)
    ax.set(xlim=(low[0] - margin, high[0] + margin), ylim=(low[1] - margin, high[1] + margin), aspect="equal")
    ax.set_axis_off()
    return ax


def view_matrix(azimuth_deg: float, elevation_deg: float) -> FloatArray:
    """Rows: right and up in the picture, and towards the reader; a rotation, shape (3, 3).

    Parameters
    ----------
    azimuth_deg, elevation_deg
        Where the reader looks from [degrees], as in `draw_still`.
    """
    a, e = np.radians([azimuth_deg, elevation_deg])
    towards = np.array([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)])
    right = np.array([-np.sin(a), np.cos(a), 0.0])
    return np.array([right, np.cross(towards, right), towards])


def faces_of(shape: Shape) -> tuple[list[FloatArray], FloatArray, bool]:
    """Faces of a body as corner lists [nm], their outward normals, and whether their edges are real edges."""
    if isinstance(shape, Cuboid) and shape.rounding_nm == 0:
        hull = ConvexHull(shape.vertices_nm)
        planes, which = np.unique(hull.equations.round(9), axis=0, return_inverse=True)
        faces = [
            _in_order(hull.points[np.unique(hull.simplices[which.ravel() == k])], plane[:3])
            for k, plane in enumerate(planes)
        ]
        return faces, planes[:, :3], True
    points, triangles = surface_mesh(shape)
    corners = points[triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return list(corners), normals / np.linalg.norm(normals, axis=1, keepdims=True), False


def _in_order(corners: FloatArray, normal: FloatArray) -> FloatArray:
    """Corners of a convex face, walked around it."""
    middle = corners.mean(axis=0)
    first = corners[0] - middle
    angles = np.arctan2((corners - middle) @ np.cross(normal, first), (corners - middle) @ first)
    return corners[np.argsort(angles)]


def _visible_faces(configuration: Configuration, view: FloatArray) -> tuple[list[FloatArray], FloatArray, FloatArray]:
    faces = [faces_of(shape) for shape in configuration.shapes]
    turned = view @ configuration.rotations
    places = configuration.positions_nm @ view.T
    tints = orientation_colours(configuration.rotations)
    light = LIGHT / np.linalg.norm(LIGHT)
    polygons, colours, outlines = [], [], []
    for i in np.argsort(places[:, 2], kind="stable"):
        bodies, normals, has_edges = faces[configuration.species[i]]
        seen = normals @ turned[i].T
        for k in np.flatnonzero(seen[:, 2] > 1e-9):
            shade = 0.45 + 0.55 * max(0.0, float(seen[k] @ light))
            colour = np.clip(shade * (0.25 + 0.75 * tints[i]), 0, 1)
            polygons.append((bodies[k] @ turned[i].T + places[i])[:, :2])
            colours.append(colour)
            outlines.append(0.35 * colour if has_edges else colour)
    return polygons, np.array(colours), np.array(outlines)


def _cell_edges(cell_nm: FloatArray, view: FloatArray) -> tuple[list[FloatArray], list[FloatArray]]:
    """Edges of the cell that meet in its farthest corner, and the others."""
    signs = np.array(list(itertools.product((-0.5, 0.5), repeat=3)))
    places = signs @ cell_nm @ view.T
    farthest = int(np.argmin(places[:, 2]))
    behind: list[FloatArray] = []
    before: list[FloatArray] = []
    for i, j in itertools.combinations(range(8), 2):
        if np.count_nonzero(signs[i] != signs[j]) == 1:
            (behind if farthest in (i, j) else before).append(places[[i, j], :2])
    return behind, before


def _round_length_nm(length_nm: float) -> float:
    """1, 2 or 5 times a power of ten, at most the length."""
    power = 10.0 ** np.floor(np.log10(length_nm))
    return float(max(m * power for m in (1, 2, 5) if m * power <= length_nm * (1 + 1e-9)))


def still_figure(configuration: Configuration, **options: Any) -> Any:
    """`draw_still` on a figure of its own, to be saved without a display.

    Parameters
    ----------
    configuration
        What to show.
    options
        Those of `draw_still`.

    Returns
    -------
    matplotlib.figure.Figure
        With ``savefig``; PDF and SVG stay sharp at any size.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> from structure.crystals.build import build_crystal
    >>> figure = still_figure(build_crystal("sc", spacing_nm=11.0, n_cells=(2, 2, 2), shapes=cube(8.6)))
    >>> len(figure.axes)
    1
    """
    from superlattice.pictures.figures import new_figure

    figure = new_figure(5.0, 5.0)
    draw_still(configuration, figure.add_subplot(), **options)
    return figure
