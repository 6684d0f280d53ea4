"""What a core is to a ray: its facets, edges and corners, around which a shell is a parallel body."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from packing.shapes import Shape, Sphere

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Body:
    """A polyhedron swept by a ball: every shape of the library (a sphere is a point swept by its radius).

    Parameters
    ----------
    vertices_nm
        Corners of the polyhedron [nm], shape (V, 3), in the body frame.
    polygons
        Corners of each facet, counter-clockwise from outside, padded by repeating the last, shape (F, M).
    normals
        Outward unit normals, shape (F, 3).
    edges
        The two corners of each edge, shape (E, 2).
    edge_faces
        The two facets that meet in each edge, shape (E, 2).
    radius_nm
        Radius of the ball [nm].
    """

    vertices_nm: FloatArray
    polygons: IntArray
    normals: FloatArray
    edges: IntArray
    edge_faces: IntArray
    radius_nm: float

    @property
    def circumradius_nm(self) -> float:
        """Radius of the smallest centred sphere around the body [nm]."""
        return float(np.linalg.norm(self.vertices_nm, axis=1).max()) + self.radius_nm

    @property
    def segments(self) -> IntArray:
        """Edges as pairs of corners; a point counts as one of no length."""
        return self.edges if len(self.edges) else np.zeros((1, 2), dtype=np.int64)

    @property
    def edge_directions(self) -> FloatArray:
        """The distinct directions of edges, shape (n, 3)."""
        found: list[FloatArray] = []
        for a, b in self.edges:
            along = self.vertices_nm[b] - self.vertices_nm[a]
            along = along / np.linalg.norm(along)
            if all(abs(abs(float(along @ f)) - 1) > 1e-9 for f in found):
                found.append(along)
        return np.array(found).reshape(-1, 3)


def body_of(shape: Shape) -> Body:
    """The swept polyhedron of a shape.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> body = body_of(cube(8.6))
    >>> len(body.vertices_nm), len(body.normals), len(body.edges)
    (8, 6, 12)
    """
    none = np.zeros((0, 2), dtype=np.int64)
    if isinstance(shape, Sphere):
        return Body(
            vertices_nm=np.zeros((1, 3)),
            polygons=np.zeros((0, 3), dtype=np.int64),
            normals=np.zeros((0, 3)),
            edges=none,
            edge_faces=none,
            radius_nm=shape.diameter_nm / 2,
        )
    vertices = shape.vertices_nm
    directions = [sign * axis for axis in np.eye(3) for sign in (1.0, -1.0)]
    if shape.truncation > 0:
        corners = np.array(np.meshgrid(*[(-1.0, 1.0)] * 3)).reshape(3, -1).T
        directions += list(corners / math.sqrt(3.0))
    polygons, normals = [], []
    for normal in directions:
        height = vertices @ normal
        on = np.flatnonzero(height > height.max() - _TOLERANCE)
        if len(on) < 3:
            continue
        polygons.append(_around(vertices[on], normal, on))
        normals.append(normal)
    width = max(map(len, polygons))
    padded = np.array([np.append(p, [p[-1]] * (width - len(p))) for p in polygons], dtype=np.int64)
    edges, edge_faces = _edges_of(polygons)
    return Body(
        vertices_nm=vertices,
        polygons=padded,
        normals=np.array(normals),
        edges=edges,
        edge_faces=edge_faces,
        radius_nm=shape.rounding_nm,
    )


def _around(points: FloatArray, normal: FloatArray, index: IntArray) -> IntArray:
    """Corner numbers in counter-clockwise order seen against the normal."""
    arms = points - points.mean(axis=0)
    first = arms[0] / np.linalg.norm(arms[0])
    angle = np.arctan2(arms @ np.cross(normal, first), arms @ first)
    return np.asarray(index[np.argsort(angle)], dtype=np.int64)


def _edges_of(polygons: list[IntArray]) -> tuple[IntArray, IntArray]:
    faces: dict[tuple[int, int], list[int]] = {}
    for number, polygon in enumerate(polygons):
        for a, b in zip(polygon, np.roll(polygon, -1), strict=True):
            faces.setdefault((min(int(a), int(b)), max(int(a), int(b))), []).append(number)
    return np.array(list(faces), dtype=np.int64), np.array(list(faces.values()), dtype=np.int64)
