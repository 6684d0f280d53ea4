r"""How thick a particle is along the beam: exact chords of spheres and of convex, also rounded, polyhedra.

A ray through a convex body leaves one chord. Of a half-space polyhedron it is the overlap of the intervals that each
face leaves free; of a rounded cuboid (a box swept by a sphere) it runs from the first entry to the last exit of the
parts that make it up: three boxes, twelve cylinders on the edges and eight spheres on the corners. No voxels.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

from packing.shapes import Cuboid, Shape, Sphere

FloatArray = NDArray[np.float64]


def chord_nm(shape: Shape, rotation: FloatArray, x_nm: FloatArray, y_nm: FloatArray) -> FloatArray:
    """Length of the beam inside a particle at the origin [nm], for a beam along z through (x, y).

    Parameters
    ----------
    shape
        Sphere or cuboid (sharp, rounded or truncated).
    rotation
        Matrix (3, 3) that turns body axes into the axes of the view.
    x_nm, y_nm
        Where the rays pass [nm], of one shape.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> chord_nm(cube(8.0), np.eye(3), np.array([0.0, 3.9, 4.1]), np.zeros(3)).tolist()
    [8.0, 8.0, 0.0]
    """
    if isinstance(shape, Sphere):
        squared = (shape.diameter_nm / 2) ** 2 - x_nm**2 - y_nm**2
        return 2 * np.sqrt(np.maximum(squared, 0.0))
    rays = np.stack([x_nm, y_nm, np.zeros_like(x_nm)], axis=-1)
    origin, direction = rays @ rotation, rotation[2]
    if shape.truncation > 0:
        low, high = _half_spaces(shape, origin, direction)
    elif shape.rounding_nm > 0:
        low, high = _rounded_box(shape, origin, direction)
    else:
        low, high = _box(np.array(shape.edges_nm) / 2, origin, direction)
    return np.maximum(high - low, 0.0)


def face_pairs(shape: Cuboid) -> tuple[FloatArray, FloatArray]:
    """Pairs of parallel faces of a cuboid that is not rounded: normals, shape (m, 3), and half their distances [nm].

    A ``shape`` with cut corners has seven pairs.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> face_pairs(cube(8.0))[1].tolist()
    [4.0, 4.0, 4.0]
    """
    if shape.truncation == 0:
        return np.eye(3), np.array(shape.edges_nm) / 2
    faces = np.unique(np.round(ConvexHull(shape.vertices_nm).equations, 9), axis=0)
    # Of a body that is its own mirror image through the centre half of the faces says all.
    up = faces[faces[:, :3] @ [1.0, 1e-3, 1e-6] > 0]
    return np.ascontiguousarray(up[:, :3]), -up[:, 3]


def _slab(half: float, origin: FloatArray, direction: float) -> tuple[FloatArray, FloatArray]:
    """Interval of the ray parameter where |origin + t direction| <= half; (inf, -inf) where there is none."""
    if abs(direction) < 1e-12:
        inside = np.abs(origin) <= half
        return np.where(inside, -np.inf, np.inf), np.where(inside, np.inf, -np.inf)
    a, b = (-half - origin) / direction, (half - origin) / direction
    return np.minimum(a, b), np.maximum(a, b)


def _box(half: FloatArray, origin: FloatArray, direction: FloatArray) -> tuple[FloatArray, FloatArray]:
    low, high = np.full(origin.shape[:-1], -np.inf), np.full(origin.shape[:-1], np.inf)
    for k in range(3):
        enter, leave = _slab(half[k], origin[..., k], direction[k])
        low, high = np.maximum(low, enter), np.minimum(high, leave)
    return low, high


def _half_spaces(shape: Cuboid, origin: FloatArray, direction: FloatArray) -> tuple[FloatArray, FloatArray]:
    low, high = np.full(origin.shape[:-1], -np.inf), np.full(origin.shape[:-1], np.inf)
    for normal, half in zip(*face_pairs(shape), strict=True):
        enter, leave = _slab(half, origin @ normal, float(normal @ direction))
        low, high = np.maximum(low, enter), np.minimum(high, leave)
    return low, high


def _quadric(
    radius: float, origin: FloatArray, direction: FloatArray, axes: list[int]
) -> tuple[FloatArray, FloatArray]:
    """Interval inside a sphere (three axes) or an endless cylinder (two axes) about the origin."""
    o, d = origin[..., axes], direction[axes]
    a, b, c = float(d @ d), o @ d, np.einsum("...k,...k", o, o) - radius**2
    if a < 1e-20:
        inside = c <= 0
        return np.where(inside, -np.inf, np.inf), np.where(inside, np.inf, -np.inf)
    root = b**2 - a * c
    hit = root >= 0
    width = np.sqrt(np.maximum(root, 0.0))
    return np.where(hit, (-b - width) / a, np.inf), np.where(hit, (-b + width) / a, -np.inf)


def _rounded_box(shape: Cuboid, origin: FloatArray, direction: FloatArray) -> tuple[FloatArray, FloatArray]:
    r = shape.rounding_nm
    inner = np.array(shape.edges_nm) / 2 - r
    low, high = np.full(origin.shape[:-1], np.inf), np.full(origin.shape[:-1], -np.inf)

    def join(part: tuple[FloatArray, FloatArray]) -> None:
        nonlocal low, high
        enter, leave = part
        hit = enter <= leave
        low = np.where(hit, np.minimum(low, enter), low)
        high = np.where(hit, np.maximum(high, leave), high)

    for k in range(3):
        join(_box(inner + r * np.eye(3)[k], origin, direction))
        u, v = (k + 1) % 3, (k + 2) % 3
        for su, sv in itertools.product((-1, 1), repeat=2):
            shift = np.zeros(3)
            shift[u], shift[v] = su * inner[u], sv * inner[v]
            enter, leave = _quadric(r, origin - shift, direction, [u, v])
            cap_in, cap_out = _slab(inner[k], origin[..., k], direction[k])
            join((np.maximum(enter, cap_in), np.minimum(leave, cap_out)))
    for signs in itertools.product((-1, 1), repeat=3):
        join(_quadric(r, origin - inner * np.array(signs), direction, [0, 1, 2]))
    return low, high
