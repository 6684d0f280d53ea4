"""Even points on the surface of a nanocrystal: where ligands are grafted and where core beads sit."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, cKDTree

from packing.shapes import Cuboid, Shape, Sphere

FloatArray = NDArray[np.float64]

_GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))
_SAMPLES_PER_POINT = 25
_LLOYD_ROUNDS = 25


def even_surface_points(shape: Shape, n_points: int, rng: np.random.Generator) -> FloatArray:
    """``n_points`` spread evenly over the whole surface of ``shape`` [nm], shape (n, 3): faces, edges and corners.

    A spiral at the golden angle on a sphere; on a cuboid the centres of equal patches of its surface
    (Lloyd's algorithm on a dense random sample), so that a strip along an edge gets its share of the area.
    """
    if isinstance(shape, Sphere):
        return _spiral(shape.diameter_nm / 2, n_points, rng)
    sample = random_surface_points(shape, max(2000, _SAMPLES_PER_POINT * n_points), rng)
    points = sample[_farthest_first(sample, n_points)]
    for _ in range(_LLOYD_ROUNDS):
        nearest = cKDTree(points).query(sample)[1]
        counts = np.bincount(nearest, minlength=n_points)
        sums = np.stack([np.bincount(nearest, sample[:, k], n_points) for k in range(3)], axis=1)
        points = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], points)
        points = sample[cKDTree(sample).query(points)[1]]  # back onto the surface: a mean over an edge lies inside
    return points


def random_surface_points(shape: Shape, n_points: int, rng: np.random.Generator) -> FloatArray:
    """``n_points`` drawn uniformly per area on the surface of ``shape`` [nm], shape (n, 3)."""
    if isinstance(shape, Sphere):
        x = rng.normal(size=(n_points, 3))
        return x / np.linalg.norm(x, axis=1, keepdims=True) * shape.diameter_nm / 2
    if shape.truncation > 0:
        return _on_hull(shape.vertices_nm, n_points, rng)
    return _on_rounded_cuboid(shape, n_points, rng)


def outward_directions(shape: Shape, points_nm: FloatArray, blend_nm: float) -> FloatArray:
    """Unit vectors in which chains leave the surface at ``points_nm``, shape (n, 3).

    The normal of a face; within ``blend_nm`` of an edge it turns over smoothly towards the other face, so that
    chains fan out around edges and corners instead of leaving a wedge empty.
    """
    if isinstance(shape, Sphere):
        vectors = np.array(points_nm, dtype=float)
    elif shape.rounding_nm > 0:
        half = np.array(shape.edges_nm) / 2
        inner = half - np.minimum(max(blend_nm, shape.rounding_nm), 0.98 * half)
        vectors = points_nm - np.clip(points_nm, -inner, inner)
    else:
        faces = np.unique(np.round(ConvexHull(shape.vertices_nm).equations, 9), axis=0)
        depths = -(points_nm @ faces[:, :3].T + faces[:, 3])
        vectors = np.maximum(1 - depths / min(blend_nm, 0.98 * shape.inradius_nm), 0.0) @ faces[:, :3]
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def closed_shell(shape: Shape, bead_nm: float, rng: np.random.Generator) -> FloatArray:
    """Centres of beads of diameter ``bead_nm`` that touch and whose outer side is the surface [nm], shape (n, 3).

    Neighbours are at most one diameter apart, so that nothing of that size passes between them.
    """
    if isinstance(shape, Sphere):
        radius = max(shape.diameter_nm - bead_nm, 0.0) / 2
        # Hexagonal packing on the sphere: one bead per sqrt(3)/2 d^2; 15 % more closes the spiral's widest gaps.
        n = max(1, math.ceil(1.15 * 4 * math.pi * radius**2 / (math.sqrt(3) / 2 * bead_nm**2)))
        return _spiral(radius, n, rng)
    if shape.rounding_nm == 0 and shape.truncation == 0:
        return _shell_grid(np.array(shape.edges_nm) - bead_nm, bead_nm)
    n = math.ceil(1.3 * shape.surface_nm2 / bead_nm**2)
    points = even_surface_points(shape, n, rng)
    return np.asarray(points - bead_nm / 2 * outward_directions(shape, points, bead_nm / 2))


def _spiral(radius: float, n: int, rng: np.random.Generator) -> FloatArray:
    z = 1 - 2 * (np.arange(n) + 0.5) / n
    angle = _GOLDEN_ANGLE * np.arange(n) + rng.uniform(0, 2 * math.pi)
    rho = np.sqrt(1 - z**2)
    return np.asarray(radius * np.stack([rho * np.cos(angle), rho * np.sin(angle), z], axis=1))


def _farthest_first(sample: FloatArray, n: int) -> NDArray[np.int64]:
    chosen = np.zeros(n, dtype=np.int64)
    distance = np.full(len(sample), np.inf)
    for i in range(1, n):
        distance = np.minimum(distance, np.sum((sample - sample[chosen[i - 1]]) ** 2, axis=1))
        chosen[i] = int(np.argmax(distance))
    return chosen


def _on_hull(vertices: FloatArray, n: int, rng: np.random.Generator) -> FloatArray:
    triangles = vertices[ConvexHull(vertices).simplices]
    a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    areas = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    pick = rng.choice(len(triangles), size=n, p=areas / areas.sum())
    u, v = rng.uniform(size=(2, n, 1))
    flip = u + v > 1
    u, v = np.where(flip, 1 - u, u), np.where(flip, 1 - v, v)
    return np.asarray(a[pick] + u * (b - a)[pick] + v * (c - a)[pick])


def _on_rounded_cuboid(shape: Cuboid, n: int, rng: np.random.Generator) -> FloatArray:
    """Flat faces, quarter cylinders along the edges and octants at the corners, each by its area."""
    r = shape.rounding_nm
    flat = np.array(shape.edges_nm) - 2 * r
    areas = [2 * flat[1] * flat[2], 2 * flat[2] * flat[0], 2 * flat[0] * flat[1]]
    areas += [2 * math.pi * r * e for e in flat] + [4 * math.pi * r**2]
    part = rng.choice(7, size=n, p=np.array(areas) / sum(areas))
    points = rng.uniform(-0.5, 0.5, size=(n, 3)) * flat
    signs = rng.choice([-1.0, 1.0], size=(n, 3))
    arc = rng.uniform(0, 2 * math.pi, size=n)
    ball = rng.normal(size=(n, 3))
    ball /= np.linalg.norm(ball, axis=1, keepdims=True)
    for axis in range(3):
        on_face = part == axis
        points[on_face, axis] = signs[on_face, axis] * (flat[axis] / 2 + r)
        on_edge = part == 3 + axis
        for other, component in zip([(axis + 1) % 3, (axis + 2) % 3], [np.cos(arc), np.sin(arc)], strict=True):
            points[on_edge, other] = (np.sign(component) * flat[other] / 2 + r * component)[on_edge]
    corner = part == 6
    points[corner] = (np.sign(ball) * flat / 2 + r * ball)[corner]
    return np.asarray(points)


def _shell_grid(edges: FloatArray, spacing: float) -> FloatArray:
    axes = []
    for edge in np.maximum(edges, 0.0):
        steps = max(1, math.ceil(edge / spacing - 1e-9)) if edge > 0 else 0
        axes.append(np.linspace(-edge / 2, edge / 2, steps + 1))
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    outside = np.any(np.abs(grid) > edges / 2 - 1e-9 * max(1.0, float(edges.max())), axis=1)
    return np.asarray(grid[outside])
