"""What a core is to a ray: its facets, edges and corners, around which a shell is a parallel body."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from packing.shapes import Shape, Sphere

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_TOLERANCE = 1e-7
# A cuboid that is all rounding has no facets to speak of; a little is left, so that it is still a polyhedron.
_MOST_ROUND = 0.999


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
        """Edges as pairs of corners; a point counts as one of no length.

        Shape (n, 2, 3) of whole bodies [nm].
        """
        return self.edges if len(self.edges) else np.zeros((1, 2), dtype=np.int64)

    @property
    def fan_angles(self) -> FloatArray:
        """Angle that the normals span at every edge [rad], shape (E,): a quarter turn for a cuboid's."""
        one, two = (self.normals[self.edge_faces[:, side]] for side in (0, 1))
        return np.asarray(np.arccos(np.clip((one * two).sum(1), -1, 1)))

    def polygon_area_nm2(self, face: int) -> float:
        """Area of the polygon of a facet [nm^2].

        ``face`` is the index of the face.
        """
        corners = self.vertices_nm[self.polygons[face]]
        return float(np.cross(corners, np.roll(corners, -1, axis=0)).sum(axis=0) @ self.normals[face]) / 2

    def faces_at(self, corner: int) -> IntArray:
        """The facets that meet in a corner, in order around it.

        Indices of faces; ``corner`` is the index of the corner.
        """
        at = np.flatnonzero((self.polygons == corner).any(axis=1))
        axis = self.normals[at].sum(0)
        return at[_order(self.normals[at], axis / np.linalg.norm(axis))]

    def facet_angle_at(self, corner: int) -> float:
        """Sum of the facets' angles at a corner [rad]; 0 for a point.

        ``corner`` is the index of the corner.
        """
        total = 0.0
        for face in np.flatnonzero((self.polygons == corner).any(axis=1)):
            polygon = list(dict.fromkeys(self.polygons[face].tolist()))
            i = polygon.index(corner)
            here = self.vertices_nm[corner]
            u, v = (self.vertices_nm[polygon[(i + step) % len(polygon)]] - here for step in (-1, 1))
            total += math.acos(float(u @ v) / math.sqrt(float(u @ u) * float(v @ v)))
        return total

    def solid_angle_at(self, corner: int) -> float:
        """Solid angle of the normals at a corner; all of it for a point.

        ``corner`` is the index of the corner.
        """
        if not len(self.normals):
            return 4 * math.pi
        normals = self.normals[self.faces_at(corner)]
        a, rest = normals[0], normals[1:]
        return sum(
            2 * math.atan2(abs(float(a @ np.cross(b, c))), 1 + float(a @ b) + float(b @ c) + float(c @ a))
            for b, c in itertools.pairwise(rest)
        )

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
    if shape.rounding_nm > _MOST_ROUND * min(shape.edges_nm) / 2:
        shape = replace(shape, rounding_nm=_MOST_ROUND * min(shape.edges_nm) / 2)
    vertices = shape.vertices_nm
    directions = [sign * axis for axis in np.eye(3) for sign in (1.0, -1.0)]
    if shape.truncation > 0:
        corners = np.array(np.meshgrid(*[(-1.0, 1.0)] * 3)).reshape(3, -1).T
        directions += list(corners / math.sqrt(3.0))
    return body_of_halfspaces(vertices, np.array(directions), shape.rounding_nm)


def body_of_halfspaces(vertices_nm: FloatArray, directions: FloatArray, radius_nm: float = 0.0) -> Body:
    """The polyhedron of these corners whose facets look in these directions, swept by a ball.

    Parameters
    ----------
    vertices_nm
        Its corners [nm], shape (V, 3).
    directions
        Outward unit normals of its facets, shape (F, 3); one that no facet has is left out.
    radius_nm
        Radius of the ball [nm].
    """
    polygons, normals = [], []
    for normal in directions:
        height = vertices_nm @ normal
        on = np.flatnonzero(height > height.max() - _TOLERANCE)
        if len(on) < 3:
            continue
        points = vertices_nm[on]
        polygons.append(np.asarray(on[_order(points - points.mean(axis=0), normal)], dtype=np.int64))
        normals.append(normal)
    width = max(map(len, polygons))
    edges, edge_faces = _edges_of(polygons)
    return Body(
        vertices_nm=vertices_nm,
        polygons=np.array([np.append(p, [p[-1]] * (width - len(p))) for p in polygons], dtype=np.int64),
        normals=np.array(normals),
        edges=edges,
        edge_faces=edge_faces,
        radius_nm=radius_nm,
    )


def _order(arms: FloatArray, axis: FloatArray) -> IntArray:
    """Order of arms counter-clockwise about an axis."""
    across = arms - np.outer(arms @ axis, axis)
    first = across[0] / np.linalg.norm(across[0])
    return np.argsort(np.arctan2(across @ np.cross(axis, first), across @ first))


def _edges_of(polygons: list[IntArray]) -> tuple[IntArray, IntArray]:
    faces: dict[tuple[int, int], list[int]] = {}
    for number, polygon in enumerate(polygons):
        for a, b in zip(polygon, np.roll(polygon, -1), strict=True):
            faces.setdefault((min(int(a), int(b)), max(int(a), int(b))), []).append(number)
    return np.array(list(faces), dtype=np.int64), np.array(list(faces.values()), dtype=np.int64)
