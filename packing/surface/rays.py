"""What a ray meets first on a coated body: the shell on a facet, a rim or a corner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from packing.surface.bodies import Body

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Places seen at a flatter angle than 89 degrees are not met.
_MIN_COSINE = 0.0175
MISSED_NM = 1e9


class Target(Protocol):
    """A coated body as rays see it."""

    @property
    def body(self) -> Body:
        """The core."""

    @property
    def heights_nm(self) -> tuple[float, float, float]:
        """Mean thickness on facets, rims and corners [nm]."""

    @property
    def edge_heights_nm(self) -> FloatArray:
        """Thickness on every edge [nm]."""

    @property
    def corner_heights_nm(self) -> FloatArray:
        """Thickness on every corner [nm]."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rays:
    """Rays in the frame of the body they are to meet, in the order of their poses.

    Parameters
    ----------
    pose
        Which pose each belongs to, ascending, shape (m,).
    along
        Direction of the rays of every pose, shape (n, 3).
    reach_nm
        How far above the lowest point of the target's core a place may begin and still be met, shape (n,) [nm].
    start_nm
        Where each ray starts, on the outer face of a shell [nm], shape (m, 3).
    area_nm2
        Area across the rays that each stands for [nm^2].
    kind, height_nm
        Kind of the place it starts from (1 rim, 2 corner or cap), and the shell's thickness there [nm].
    """

    pose: IntArray
    along: FloatArray
    reach_nm: FloatArray
    start_nm: FloatArray
    area_nm2: FloatArray
    kind: IntArray
    height_nm: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Met:
    """What each ray meets first: how far off, of which kind, and how thick the shell is there.

    Distances are between the outer faces of the two shells: negative where they are pushed together.
    """

    apart_nm: FloatArray
    kind: IntArray
    height_nm: FloatArray

    def nearer(self, which: IntArray, apart_nm: FloatArray, kind: int, height_nm: float) -> None:
        """Take these places where they are met before what was met so far.

        ``which`` marks rays, shape (n,); ``apart_nm`` [nm], ``kind`` (an index) and ``height_nm`` [nm] are what they
        met.
        """
        better = apart_nm < self.apart_nm[which]
        which = which[better]
        self.apart_nm[which], self.kind[which], self.height_nm[which] = apart_nm[better], kind, height_nm


def first_met(target: Target, rays: Rays) -> Met:
    """The place that each ray meets first; `MISSED_NM` away where there is none."""
    m = len(rays.pose)
    met = Met(np.full(m, MISSED_NM), np.zeros(m, dtype=np.int64), np.zeros(m))
    body, kinds = target.body, target.heights_nm
    facing = -(rays.along @ body.normals.T)
    above = rays.along @ body.vertices_nm.T
    above = above - above.min(axis=1, keepdims=True) - rays.reach_nm[:, None]
    begin = np.searchsorted(rays.pose, np.arange(len(rays.along) + 1))
    squares = np.einsum("mi,mi->m", rays.start_nm, rays.start_nm)
    onward = np.einsum("mi,mi->m", rays.start_nm, rays.along[rays.pose])

    def of(poses: NDArray[np.bool_]) -> IntArray:
        chosen = np.flatnonzero(poses)
        return np.concatenate([np.arange(begin[i], begin[i + 1]) for i in chosen] or [np.zeros(0, dtype=np.int64)])

    for f in range(len(body.normals)):
        which = of((facing[:, f] > _MIN_COSINE) & (above[:, body.polygons[f]].min(axis=1) < 0))
        met.nearer(*_facet(target, f, rays, which), 0, kinds[0])
    for e in range(len(body.edges)):
        seen = facing[:, body.edge_faces[e]].max(axis=1) > _MIN_COSINE
        which = of(seen & (above[:, body.edges[e]].min(axis=1) < 0))
        met.nearer(*_rim(target, e, rays, which, squares, onward), 1, kinds[1])
    for v in range(len(body.vertices_nm)):
        seen = above[:, v] < 0
        if len(body.normals):
            seen &= facing[:, body.faces_at(v)].max(axis=1) > _MIN_COSINE
        met.nearer(*_corner(target, v, rays, of(seen), squares, onward), 2, kinds[2])
    return met


def _facet(target: Target, number: int, rays: Rays, which: IntArray) -> tuple[IntArray, FloatArray]:
    body, normal = target.body, target.body.normals[number]
    corners = body.vertices_nm[list(dict.fromkeys(body.polygons[number].tolist()))]
    inward = np.cross(normal, np.roll(corners, -1, axis=0) - corners)
    axes = np.column_stack([normal, *inward])
    height, pose = target.heights_nm[0], rays.pose[which]
    here, along = rays.start_nm[which] @ axes, (rays.along @ axes)[pose]
    cosine = -along[:, 0]
    outside = (here[:, 0] - (corners[0] @ normal + body.radius_nm + height)) / cosine
    inside = np.ones(len(which), dtype=bool)
    for side in range(len(corners)):
        inside &= here[:, 1 + side] + outside * along[:, 1 + side] >= corners[side] @ inward[side]
    # A ray crosses more of a tilted shell: pushed together, the shells are thinner by parts of what fills the gap.
    own = rays.height_nm[which]
    pushed = outside * (own + height) / (own + height / cosine)
    return which[inside], np.where(outside > 0, outside, pushed)[inside]


def _rim(
    target: Target, number: int, rays: Rays, which: IntArray, squares: FloatArray, onward: FloatArray
) -> tuple[IntArray, FloatArray]:
    body = target.body
    a, b = body.vertices_nm[body.edges[number]]
    one, two = body.normals[body.edge_faces[number]]
    length, turn = float(np.linalg.norm(b - a)), float(one @ two)
    # Along the edge, and on the inner side of the two normals between which its rim lies.
    axes = np.column_stack([(b - a) / length, one - turn * two, two - turn * one, a])
    pose = rays.pose[which]
    here, along = rays.start_nm[which] @ axes, (rays.along @ axes)[pose]
    u, c = here[:, 0] - a @ axes[:, 0], along[:, 0]
    across = squares[which] - 2 * here[:, 3] + a @ a - u * u
    distance = _enter(
        1 - c * c, onward[which] - along[:, 3] - u * c, across, body.radius_nm + target.edge_heights_nm[number]
    )
    place = u + distance * c
    ok = (distance < MISSED_NM) & (place >= 0) & (place <= length)
    for i in (1, 2):
        ok &= here[:, i] + distance * along[:, i] >= a @ axes[:, i]
    return which[ok], distance[ok]


def _corner(
    target: Target, number: int, rays: Rays, which: IntArray, squares: FloatArray, onward: FloatArray
) -> tuple[IntArray, FloatArray]:
    body = target.body
    corner = body.vertices_nm[number]
    ends = [b if a == number else a for a, b in body.edges if number in (a, b)]
    axes = np.column_stack([corner, *(body.vertices_nm[end] - corner for end in ends)])
    pose = rays.pose[which]
    here, along = rays.start_nm[which] @ axes, (rays.along @ axes)[pose]
    square = squares[which] - 2 * here[:, 0] + corner @ corner
    radius = body.radius_nm + float(target.corner_heights_nm[number])
    distance = _enter(np.ones(len(which)), onward[which] - along[:, 0], square, radius)
    ok = distance < MISSED_NM
    for side in range(1, axes.shape[1]):
        ok &= here[:, side] + distance * along[:, side] <= corner @ axes[:, side]
    return which[ok], distance[ok]


def _enter(a: FloatArray, b: FloatArray, square: FloatArray, radius: float) -> FloatArray:
    """Where a t^2 + 2 b t + square falls to the square of the radius: where a line enters a ball or a cylinder."""
    inside = b * b - a * (square - radius**2)
    hit = (inside > 0) & (a > 1e-9)
    root = np.sqrt(np.where(hit, inside, 0.0))
    return np.where(hit, (-b - root) / np.where(hit, a, 1.0), MISSED_NM)
