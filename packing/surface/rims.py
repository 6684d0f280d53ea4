"""Round parts: rays from the rims, corners and caps of a shell to the other nanocrystal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from packing.surface.approach import Approach
from packing.surface.bodies import Body
from packing.surface.poses import Poses
from packing.surface.rays import Rays, first_met
from packing.surface.tabulated import AreaCurve

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
PushCurves = tuple[tuple[AreaCurve, ...], ...]

# Elements of a rim: this far apart along it, and this many over a quarter turn; on a corner per side of a triangle.
_ALONG_NM = 0.3
_ACROSS = 8
_ON_CORNER = 4
# Heights of the rings of a sphere's cap below its top, in parts of its radius.
_RINGS = (0.0, 0.003, 0.012, 0.04, 0.12, 0.35, 1.0)
_AROUND = 36
_MIN_COSINE = 0.0175


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RoundParts:
    """The round parts of a coated body: where rays start, and what rays of the other body may meet.

    Parameters
    ----------
    body
        The core.
    facet_height_nm, edge_heights_nm, corner_heights_nm
        Thickness of the shell on facets, on every edge and on every corner [nm].
    points_nm, normals, area_nm2, kind
        Elements of the outer face of the shell: places and areas, outward normals, and the kind of place: 1 for an
        edge, 2 for a corner (0 is a facet).
    """

    body: Body
    facet_height_nm: float
    edge_heights_nm: FloatArray
    corner_heights_nm: FloatArray
    points_nm: FloatArray
    normals: FloatArray
    area_nm2: FloatArray
    kind: IntArray

    @property
    def heights_nm(self) -> tuple[float, float, float]:
        """Mean thickness on facets, edges and corners [nm]."""
        edge = float(self.edge_heights_nm.mean()) if len(self.edge_heights_nm) else self.facet_height_nm
        return self.facet_height_nm, edge, float(self.corner_heights_nm.mean())

    @property
    def is_sphere(self) -> bool:
        """Whether the core is a ball."""
        return not len(self.body.normals)

    @property
    def facing_height_nm(self) -> float:
        """Thickness of the shell that faces another body: on a facet, or on a sphere [nm]."""
        return self.heights_nm[2 if self.is_sphere else 0]


def round_parts_of(
    body: Body, facet_height_nm: float, edge_heights_nm: FloatArray, corner_heights_nm: FloatArray
) -> RoundParts:
    """Elements on the rims and corners of a coated body; a sphere's are made where rays need them.

    ``facet_height_nm``, ``edge_heights_nm`` and ``corner_heights_nm`` are the shell's thickness there [nm].
    """
    parts = [_rim(body, e, float(h)) for e, h in enumerate(edge_heights_nm)]
    if len(body.normals):
        parts += [_corner(body, v, float(h)) for v, h in enumerate(corner_heights_nm)]
    points, normals, area = (
        (np.concatenate(x) for x in zip(*parts, strict=True))
        if parts
        else (np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0))
    )
    on_edges = sum(len(p[2]) for p in parts[: len(edge_heights_nm)])
    return RoundParts(
        body=body,
        facet_height_nm=facet_height_nm,
        edge_heights_nm=edge_heights_nm,
        corner_heights_nm=corner_heights_nm,
        points_nm=points,
        normals=normals,
        area_nm2=area,
        kind=np.where(np.arange(len(area)) < on_edges, 1, 2),
    )


def _rim(body: Body, edge: int, height: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    start, end = body.vertices_nm[body.edges[edge]]
    one, two = body.normals[body.edge_faces[edge]]
    fan, length = float(np.arccos(np.clip(one @ two, -1, 1))), float(np.linalg.norm(end - start))
    n = max(2, round(length / _ALONG_NM))
    x, along = (np.arange(n) + 0.5) / n, np.full(n, length / n)
    u, across = _gauss(max(2, round(_ACROSS * fan / (np.pi / 2))))
    normal = (np.sin((1 - u) * fan)[:, None] * one + np.sin(u * fan)[:, None] * two) / np.sin(fan)
    radius = body.radius_nm + height
    points = start + x[:, None, None] * (end - start) + radius * normal[None]
    area = along[:, None] * (radius * fan * across)[None]
    return points.reshape(-1, 3), np.broadcast_to(normal, points.shape).reshape(-1, 3), area.ravel()


def _corner(body: Body, corner: int, height: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    normals = body.normals[body.faces_at(corner)]
    middle = normals.sum(0) / np.linalg.norm(normals.sum(0))
    u, w = _gauss(_ON_CORNER)
    s, t = np.meshgrid(u, u, indexing="ij")
    arms, areas = [], []
    for a, b in zip(normals, np.roll(normals, -1, axis=0), strict=True):
        p = (1 - s)[..., None] * middle + (s * (1 - t))[..., None] * a + (s * t)[..., None] * b
        r = np.linalg.norm(p, axis=-1)
        arms.append((p / r[..., None]).reshape(-1, 3))
        areas.append((abs(float(middle @ np.cross(a, b))) * s * np.outer(w, w) / r**3).ravel())
    normal, radius = np.concatenate(arms), body.radius_nm + height
    return body.vertices_nm[corner] + radius * normal, normal, radius**2 * np.concatenate(areas)


def _gauss(n: int) -> tuple[FloatArray, FloatArray]:
    x, w = np.polynomial.legendre.leggauss(n)
    return (x + 1) / 2, w / 2


@dataclass(frozen=True, slots=True, eq=False)
class RoundContacts:
    """What the rays from round parts met, one row a ray that met anything.

    Parameters
    ----------
    pose
        Which pose it belongs to.
    apart_nm
        Distance between the outer faces of the two shells [nm]; negative where they are pushed together.
    heights_nm
        Thickness of the two shells together [nm].
    kinds
        Kind of place on the source and on the target, shape (m, 2): 0 a facet, 1 a rim, 2 a corner or cap.
    area_nm2
        Area across the rays that it stands for [nm^2], half where the target sends a ray of its own.
    """

    pose: IntArray
    apart_nm: FloatArray
    heights_nm: FloatArray
    kinds: IntArray
    area_nm2: FloatArray

    def least_apart_nm(self, n_poses: int) -> FloatArray:
        """Smallest distance of the shells in every pose [nm], shape (n,); infinite where no ray met anything.

        ``n_poses`` is the number of poses.
        """
        least = np.full(n_poses, np.inf)
        np.minimum.at(least, self.pose, self.apart_nm)
        return least

    def energy_kt(self, push: PushCurves, stick: AreaCurve, lift_nm: FloatArray) -> FloatArray:
        """Energy [kT], shape (n,).

        Parameters
        ----------
        push
            Energy per area against the gap, by kind of place on the source and on the target.
        stick
            Attraction of the shells per area against their distance.
        lift_nm
            How far the shells are taken apart again before they are asked for their attraction [nm], shape (n,).
        """
        value = stick.at(self.apart_nm + lift_nm[self.pose])
        for a in range(1, 3):
            for b in range(3):
                which = np.flatnonzero((self.kinds[:, 0] == a) & (self.kinds[:, 1] == b))
                value[which] += push[a][b].at(self.apart_nm[which] + self.heights_nm[which])
        return np.bincount(self.pose, weights=value * self.area_nm2, minlength=len(lift_nm)).astype(np.float64)


def round_contacts(
    source: RoundParts, target: RoundParts, poses: Poses, approach: Approach, range_nm: float
) -> RoundContacts:
    """What the rays from the round parts of a body meet in the direction of closest approach.

    A ray that meets a round part of the other counts by half, since it is also sent from there.

    Parameters
    ----------
    source, target
        The body whose rays they are, and the one they meet.
    poses
        Displacement [nm] and rotation of the target, shapes (n, 3) and (n, 3, 3), in the frame of the source.
    approach
        Closest approach of the cores, in the same frame.
    range_nm
        Distance of shells beyond which rays do not count [nm].
    """
    if len(source.body.normals):
        rays = _rays(source, target, poses, approach, range_nm)
    else:
        rays = _cap_rays(source, poses, approach.direction)
    met = first_met(target, rays)
    which = np.flatnonzero(met.apart_nm < range_nm)
    return RoundContacts(
        pose=rays.pose[which],
        apart_nm=met.apart_nm[which],
        heights_nm=rays.height_nm[which] + met.height_nm[which],
        kinds=np.column_stack([rays.kind[which], met.kind[which]]),
        area_nm2=rays.area_nm2[which] * np.where(met.kind[which] == 0, 1.0, 0.5),
    )


def _rays(
    source: RoundParts,
    target: RoundParts,
    poses: Poses,
    approach: Approach,
    range_nm: float,
) -> Rays:
    direction = approach.direction
    cosine = direction @ source.normals.T
    top = (direction @ source.body.vertices_nm.T).max(axis=1) + source.body.radius_nm
    nearest = top + approach.gap_nm - max(target.heights_nm) - range_nm
    pose, element = np.nonzero((cosine > _MIN_COSINE) & (direction @ source.points_nm.T > nearest[:, None]))
    shift, rotation = poses
    return Rays(
        pose=pose,
        along=np.einsum("nji,nj->ni", rotation, direction),
        reach_nm=range_nm + max(source.heights_nm) + max(target.heights_nm) - approach.gap_nm,
        start_nm=_in_frame(rotation, shift, pose, source.points_nm[element]),
        area_nm2=source.area_nm2[element] * cosine[pose, element],
        kind=source.kind[element],
        height_nm=np.array(source.heights_nm)[source.kind[element]],
    )


def _in_frame(rotation: FloatArray, shift: FloatArray, pose: IntArray, points: FloatArray) -> FloatArray:
    """Points of the first body in the frame of the second, pose by pose."""
    turned = np.empty_like(points)
    for begin, end, i in _runs(pose):
        turned[begin:end] = (points[begin:end] - shift[i]) @ rotation[i]
    return turned


def _runs(pose: IntArray) -> Iterator[tuple[int, int, int]]:
    """Begin, end and pose of the rays of each pose that has any."""
    edges = np.flatnonzero(np.diff(pose)) + 1
    for begin, end in zip([0, *edges], [*edges, len(pose)], strict=True):
        if end > begin:
            yield int(begin), int(end), int(pose[begin])


def _cap_rays(source: RoundParts, poses: Poses, direction: FloatArray) -> Rays:
    """Rays from rings around the pole of a sphere that looks along the direction."""
    radius = source.body.radius_nm + float(source.corner_heights_nm[0])
    x, w = _gauss(4)
    widths = np.diff(_RINGS)
    # The pole itself, of no weight, tells how far the shells are pushed together.
    depth = np.append(0.0, np.array(_RINGS[:-1])[:, None] + widths[:, None] * x)
    weight = np.append(0.0, widths[:, None] * w)
    angle = 2 * np.pi * (np.arange(_AROUND) + 0.5) / _AROUND
    shift, rotation = poses
    along = np.einsum("nji,nj->ni", rotation, direction)
    centre = -np.einsum("nji,nj->ni", rotation, shift)
    helper = np.where(np.abs(along[:, :1]) < 0.7, [[1.0, 0.0, 0.0]], [[0.0, 1.0, 0.0]])
    u = np.cross(along, helper)
    u = u / np.linalg.norm(u, axis=1, keepdims=True)
    v = np.cross(along, u)
    cosine = 1 - depth
    wide = radius * np.sqrt(1 - cosine**2)
    ring = np.cos(angle)[:, None] * u[:, None] + np.sin(angle)[:, None] * v[:, None]
    points = (
        centre[:, None, None]
        + wide[:, None, None] * ring[:, None]
        + (radius * cosine)[:, None, None] * along[:, None, None]
    )
    area = np.broadcast_to((radius**2 * cosine * weight)[:, None] * (2 * np.pi / _AROUND), points.shape[1:3])
    n, each = len(direction), area.size
    return Rays(
        pose=np.repeat(np.arange(n), each),
        start_nm=points.reshape(-1, 3),
        along=along,
        reach_nm=np.full(n, np.inf),
        area_nm2=np.tile(area.ravel(), n),
        kind=np.full(n * each, 2),
        height_nm=np.full(n * each, source.heights_nm[2]),
    )
