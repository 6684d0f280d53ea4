"""Van der Waals energy of two cores in any pose: Hamaker's pairwise sum as an integral over their surfaces."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import HalfspaceIntersection

from packing.surface.bodies import Body, body_of_halfspaces

FloatArray = NDArray[np.float64]

_CHUNK_NUMBERS = 60_000
# A point on the plane of a facet, but not in it, is moved this far off it: the closed form has a limit there.
_OFF_PLANE_NM = 3e-5


@dataclass(frozen=True, slots=True, eq=False)
class CoreSurface:
    """A core as elements of its surface, for the sum over it, and as facets, for the field around it.

    Build it with `core_surface`. A sphere has a field but no elements.
    """

    body: Body
    points_nm: FloatArray
    areas_nm2: FloatArray

    @property
    def is_sphere(self) -> bool:
        """Whether the body is a ball."""
        return not len(self.body.normals)


def core_surface(body: Body, finer: float = 1.0) -> CoreSurface:
    """Surface elements of a core; rounded edges and corners become facets that touch them.

    Parameters
    ----------
    body
        The core.
    finer
        How many times more points along each side than usual.
    """
    if len(body.normals) and body.radius_nm > 0:
        body = _chamfered(body)
    points, areas = [], []
    for polygon, normal in zip(body.polygons, body.normals, strict=True):
        x, w = _polygon_points(body.vertices_nm[list(dict.fromkeys(polygon.tolist()))], finer)
        points.append(x)
        areas.append(w[:, None] * normal)
    if not points:
        return CoreSurface(body, np.zeros((0, 3)), np.zeros((0, 3)))
    return CoreSurface(body, np.concatenate(points), np.concatenate(areas))


def core_energy(first: CoreSurface, second: CoreSurface, shift: FloatArray, rotation: FloatArray) -> FloatArray:
    r"""Van der Waals energy over the Hamaker constant, shape (n,).

    .. math:: \frac EA = -\frac1{\pi^2}\int_{V_1}\!\int_{V_2}\frac{dV_1dV_2}{r^6}
              = \frac1{12\pi^2}\oint\!\oint\frac{\mathbf n_1\cdot\mathbf n_2}{r^4}\,dS_1\,dS_2

    The integral over the second surface is closed, facet by facet; the one over the first is Gauss's. Of two
    polyhedra both orders are taken and averaged. The field of a ball is closed too.

    Parameters
    ----------
    first, second
        The cores.
    shift, rotation
        Poses of the second in the frame of the first, shapes (n, 3) and (n, 3, 3).
    """
    back = np.swapaxes(rotation, 1, 2)
    there = -np.einsum("nij,nj->ni", back, shift)
    if first.is_sphere and second.is_sphere:
        return _two_balls(np.linalg.norm(shift, axis=1), first.body.radius_nm, second.body.radius_nm)
    if first.is_sphere:
        return _sum_over(second, first, there, back)
    if second.is_sphere:
        return _sum_over(first, second, shift, rotation)
    return (_sum_over(first, second, shift, rotation) + _sum_over(second, first, there, back)) / 2


def _two_balls(distance: FloatArray, r1: float, r2: float) -> FloatArray:
    """Hamaker's closed form (Physica 4, 1058 (1937), doi:10.1016/S0031-8914(37)80203-7)."""
    s2, sum2, difference2 = distance**2, (r1 + r2) ** 2, (r1 - r2) ** 2
    near, far = s2 - sum2, s2 - difference2
    with np.errstate(divide="ignore", invalid="ignore"):
        closed = 2 * r1 * r2 * (1 / near + 1 / far) + np.log(near / far)
    series = (4 * r1 * r2) ** 3 / (6 * s2**3) * (1 / 1)
    return np.where(s2 > 400 * sum2, -series / 6, -closed / 6)


def _sum_over(source: CoreSurface, target: CoreSurface, shift: FloatArray, rotation: FloatArray) -> FloatArray:
    """Sum over the elements of the source in the field of the target, whose pose is given."""
    sides = max(len(target.body.edges), 1)
    size = max(1, _CHUNK_NUMBERS // (len(source.points_nm) * sides))
    total = [np.zeros(0)]
    for i in range(0, len(shift), size):
        turn = rotation[i : i + size]
        points = np.einsum("nji,nmj->nmi", turn, source.points_nm[None] - shift[i : i + size, None])
        areas = np.einsum("nji,mj->nmi", turn, source.areas_nm2)
        field = _field_of_ball if target.is_sphere else _field_of_facets
        total.append(np.einsum("nmi,nmi->n", field(target.body, points), areas))
    return np.concatenate(total)


def _field_of_facets(body: Body, points: FloatArray) -> FloatArray:
    r"""Vector whose flux through a closed surface is its energy: the facets' normals times :math:`\int dS/r^4`.

    The integral over a facet is a sum over its sides, whose angle both facets at an edge share.
    """
    place = points.reshape(-1, 3)
    start, end = (body.vertices_nm[body.edges[:, i]] for i in (0, 1))
    length = np.linalg.norm(end - start, axis=1)
    along = (end - start) / length[:, None]
    level = (body.vertices_nm[body.polygons[:, 0]] * body.normals).sum(1)
    on_plane = np.abs(place @ body.normals.T - level) < _OFF_PLANE_NM
    place = place + (2 * _OFF_PLANE_NM * on_plane) @ body.normals
    height = place @ body.normals.T - level
    t = (start * along).sum(1) - place @ along.T
    depth = []
    for side in (0, 1):
        inward = _inward(body, along, side)
        depth.append(place @ inward.T - (start * inward).sum(1))
    q2 = height[:, body.edge_faces[:, 0]] ** 2 + depth[0] ** 2
    q = np.sqrt(q2)
    angle = np.arctan2(length * q, q2 + t * (t + length)) / q
    flux = sum((angle * depth[side]) @ np.eye(len(body.normals))[body.edge_faces[:, side]] for side in (0, 1))
    return np.asarray(((flux / (2 * height**2)) @ body.normals).reshape(points.shape)) / (12 * math.pi**2)


def _inward(body: Body, along: FloatArray, side: int) -> FloatArray:
    """Unit vectors in the facet on one side of every edge, across the edge and into the facet."""
    faces = body.edge_faces[:, side]
    inward = np.cross(body.normals[faces], along)
    middle = body.vertices_nm[body.polygons[faces]].mean(axis=1)
    turn = np.sign((inward * (middle - body.vertices_nm[body.edges[:, 0]])).sum(1))
    return np.asarray(inward * turn[:, None])


def _field_of_ball(body: Body, points: FloatArray) -> FloatArray:
    """The same for a ball: radial, so that its divergence is the potential of the ball's points."""
    radius = body.radius_nm
    r = np.linalg.norm(points, axis=-1)
    outside = r * r - radius**2
    # Where the ball is small from afar, the closed form cancels.
    closed = (
        r / (4 * outside**2) + r / (8 * radius**2 * outside) + np.log((r - radius) / (r + radius)) / (16 * radius**3)
    )
    x = (radius / r) ** 2
    series = (1 / 3 + 3 * x / 5 + 6 * x**2 / 7 + 10 * x**3 / 9) / r**3
    inside_cone = np.where(x < 0.003, series, closed)
    strength = 4 * math.pi / 3 * radius**3 * inside_cone / r**2 / math.pi**2
    return np.asarray((strength / r)[..., None] * points)


def _polygon_points(corners: FloatArray, finer: float) -> tuple[FloatArray, FloatArray]:
    """Gauss points of a convex polygon and their areas: of a parallelogram, or of the triangles about its middle."""

    def rule(length: float) -> tuple[FloatArray, FloatArray]:
        x, w = np.polynomial.legendre.leggauss(int(np.clip(math.ceil((2.5 + 0.5 * length) * finer), 3, 48)))
        return (x + 1) / 2, w / 2

    if len(corners) == 4 and np.allclose(corners[0] + corners[2], corners[1] + corners[3]):
        u, v = corners[1] - corners[0], corners[3] - corners[0]
        (x, wx), (y, wy) = rule(float(np.linalg.norm(u))), rule(float(np.linalg.norm(v)))
        points = corners[0] + x[:, None, None] * u + y[None, :, None] * v
        return points.reshape(-1, 3), np.outer(wx, wy).ravel() * float(np.linalg.norm(np.cross(u, v)))
    middle = corners.mean(axis=0)
    points, areas = [], []
    for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        u, v = a - middle, b - middle
        (x, wx), (y, wy) = rule(float(np.linalg.norm(u)) / 2), rule(float(np.linalg.norm(b - a)) / 2)
        s, t = np.meshgrid(x, y, indexing="ij")
        points.append((middle + (s * (1 - t))[..., None] * u + (s * t)[..., None] * v).reshape(-1, 3))
        areas.append((np.outer(wx * x, wy) * float(np.linalg.norm(np.cross(u, v)))).ravel())
    return np.concatenate(points), np.concatenate(areas)


def _chamfered(body: Body) -> Body:
    """A polyhedron that touches a rounded one in its facets, the middles of its edges and its corners."""
    normals = [body.normals]
    if len(body.edges):
        edges = body.normals[body.edge_faces].sum(axis=1)
        corners = np.array([body.normals[body.faces_at(v)].sum(axis=0) for v in range(len(body.vertices_nm))])
        normals += [edges, corners]
    direction = np.concatenate(normals)
    direction = direction / np.linalg.norm(direction, axis=1, keepdims=True)
    support = (direction @ body.vertices_nm.T).max(axis=1) + body.radius_nm
    corners = HalfspaceIntersection(np.column_stack([direction, -support]), np.zeros(3)).intersections
    return body_of_halfspaces(np.unique(np.round(corners, 9), axis=0), direction)


def core_volume_nm3(surface: CoreSurface) -> float:
    """Volume of a core [nm^3] as its surface elements see it: a third of the flux of the place."""
    if surface.is_sphere:
        return 4 / 3 * math.pi * surface.body.radius_nm**3
    return float(np.einsum("mi,mi->", surface.points_nm, surface.areas_nm2)) / 3
