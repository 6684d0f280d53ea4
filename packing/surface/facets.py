"""Flat on flat: the exact energy of the area over which two facets face each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from packing.surface.bodies import Body
from packing.surface.tabulated import AreaCurve, tabulate

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_EDGE_NM = 1e-9
# Facets seen at a flatter angle than 89 degrees have no area to speak of.
_MIN_COSINE = 0.0175


@dataclass(frozen=True, slots=True, eq=False)
class FacetSide:
    """The facets of a body as they stand in the common frame, with the shell they carry.

    Parameters
    ----------
    corners_nm
        Corners of the facets [nm], shape (n, F, M, 3); n is 1 for the body that does not move.
    normals
        Their outward normals, shape (n, F, 3).
    height_nm
        Thickness of the shell on them [nm].
    radius_nm
        Radius of the core's rims [nm]: distance of its facets from the polygons.
    """

    corners_nm: FloatArray
    normals: FloatArray
    height_nm: float
    radius_nm: float


def facet_side(body: Body, height_nm: float, shift: FloatArray, rotation: FloatArray) -> FacetSide:
    """The facets of a body moved by poses.

    ``height_nm`` is the shell's thickness on a facet [nm]; ``shift`` [nm] and ``rotation`` (3, 3) place the body.
    """
    vertices = np.einsum("nij,vj->nvi", rotation, body.vertices_nm) + shift[:, None]
    return FacetSide(
        corners_nm=vertices[:, body.polygons],
        normals=np.einsum("nij,fj->nfi", rotation, body.normals),
        height_nm=height_nm,
        radius_nm=body.radius_nm,
    )


@dataclass(frozen=True, slots=True, eq=False)
class FacetCurves:
    """Energy per area of two facets [kT/nm^2].

    Parameters
    ----------
    stick
        Attraction of dry shells against their distance.
    apart
        What else there is outside touch, against the gap between the cores.
    pushed
        What pushing the shells together adds, against the gap.
    touch_nm
        Gap at which the shells touch [nm].
    """

    stick: AreaCurve
    apart: AreaCurve
    pushed: AreaCurve
    touch_nm: float


def facet_curves(
    push_per_nm2: Callable[[FloatArray], FloatArray], stick: AreaCurve, touch_nm: float, ends_nm: tuple[float, float]
) -> FacetCurves:
    """The curves of two facets whose shells touch at the given gap.

    Parameters
    ----------
    push_per_nm2
        Energy per area [kT/nm^2] against the gap [nm], without the attraction of the shells.
    stick
        Attraction of the shells [kT/nm^2] against their distance [nm].
    touch_nm
        Where the shells touch [nm].
    ends_nm
        Smallest and largest gap of the tables [nm].
    """
    least, end = ends_nm
    at_touch = float(push_per_nm2(np.array([touch_nm]))[0])
    return FacetCurves(
        stick=stick,
        apart=tabulate(lambda gap: push_per_nm2(np.maximum(gap, touch_nm)), least, end),
        pushed=tabulate(lambda gap: push_per_nm2(np.minimum(gap, touch_nm)) - at_touch, least, touch_nm + 0.01),
        touch_nm=touch_nm,
    )


@dataclass(frozen=True, slots=True, eq=False)
class FacetOverlaps:
    """The overlaps of facets across the rays, as triangles over which the gap is linear.

    Parameters
    ----------
    pose
        Which pose each pair of facets belongs to, shape (p,).
    area_nm2
        Areas of the triangles [nm^2], signed, shape (p, t).
    gaps_nm
        Gap between the cores along the ray at their corners [nm], shape (p, t, 3).
    filled_nm
        How much of it the two shells fill [nm], shape (p,): tilted shells are thicker along the ray.
    """

    pose: IntArray
    area_nm2: FloatArray
    gaps_nm: FloatArray
    filled_nm: FloatArray

    def least_apart_nm(self, n_poses: int) -> FloatArray:
        """Smallest distance of two facets' shells in every pose [nm], shape (n,); infinite where none face.

        ``n_poses`` is the number of poses.
        """
        least = np.full(n_poses, np.inf)
        there = self.area_nm2 != 0
        lowest = np.where(there, self.gaps_nm.min(axis=-1), np.inf).min(axis=1, initial=np.inf)
        np.minimum.at(least, self.pose, lowest - self.filled_nm)
        return least

    def energy_kt(self, curves: FacetCurves, lift_nm: FloatArray) -> FloatArray:
        """Energy [kT], shape (n,).

        Parameters
        ----------
        curves
            Energy per area.
        lift_nm
            How far the shells are taken apart again before they are asked for their attraction [nm], shape (n,).
        """
        apart = self.gaps_nm - self.filled_nm[:, None, None]
        share = curves.touch_nm / self.filled_nm[:, None, None] if curves.touch_nm > 0 else 1.0
        per_area = (
            curves.stick.over_triangles(apart + lift_nm[self.pose][:, None, None])
            + curves.apart.over_triangles(apart + curves.touch_nm)
            + curves.pushed.over_triangles(share * self.gaps_nm)
        )
        total = np.where(self.area_nm2 != 0, self.area_nm2 * per_area, 0.0).sum(axis=1)
        return np.bincount(self.pose, weights=total, minlength=len(lift_nm)).astype(np.float64)


def facet_overlaps(first: FacetSide, second: FacetSide, direction: FloatArray) -> FacetOverlaps:
    """Where facets of the first and the second face each other along rays in the given directions, shape (n, 3).

    The overlaps are the exact polygons, and the gap is linear over them, so that parallel facets and tilted ones are
    exact for this construction.

    ``direction`` are unit vectors of closest approach, shape (n, 3).
    """
    n = len(direction)
    up = np.einsum("nfi,ni->nf", np.broadcast_to(first.normals, (n, *first.normals.shape[1:])), direction)
    down = -np.einsum("nfi,ni->nf", second.normals, direction)
    pose, i, j = np.nonzero((up > _MIN_COSINE)[:, :, None] & (down > _MIN_COSINE)[:, None])
    one = pose if len(first.normals) == n else np.zeros_like(pose)
    base = _plane_basis(direction)
    p, q = _outline(first, one, i, base[pose]), _outline(second, pose, j, base[pose])
    near = np.flatnonzero(_near(p, q))
    pose, i, j, one = pose[near], i[near], j[near], one[near]
    height_1, slope_1 = _plane(first, one, i, direction[pose], base[pose])
    height_2, slope_2 = _plane(second, pose, j, direction[pose], base[pose])
    area, gaps = _triangles(p[near], q[near, ::-1], height_2 - height_1, slope_2 - slope_1)
    filled = first.height_nm / up[pose, i] + second.height_nm / down[pose, j]
    return FacetOverlaps(pose, area, gaps, filled)


def _plane_basis(direction: FloatArray) -> FloatArray:
    """Two unit vectors across each direction, right-handed with it, shape (n, 2, 3)."""
    helper = np.where(np.abs(direction[:, :1]) < 0.7, [[1.0, 0.0, 0.0]], [[0.0, 1.0, 0.0]])
    u = np.cross(direction, helper)
    u = u / np.linalg.norm(u, axis=1, keepdims=True)
    return np.stack([u, np.cross(direction, u)], axis=1)


def _outline(side: FacetSide, pose: IntArray, face: IntArray, base: FloatArray) -> FloatArray:
    """Corners of the shells' outer faces on the plane across the rays, shape (pairs, M, 2)."""
    lift = side.radius_nm + side.height_nm
    points = side.corners_nm[pose, face] + lift * side.normals[pose, face][:, None]
    return np.einsum("pmi,pci->pmc", points, base)


def _near(p: FloatArray, q: FloatArray) -> NDArray[np.bool_]:
    return np.asarray(((p.min(1) < q.max(1)) & (q.min(1) < p.max(1))).all(axis=1))


def _plane(
    side: FacetSide, pose: IntArray, face: IntArray, k: FloatArray, base: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Height of a facet along the ray over the origin, and its slope over the plane."""
    normal = side.normals[pose, face]
    cosine = (normal * k).sum(1)
    level = (normal * side.corners_nm[pose, face, 0]).sum(1) + side.radius_nm
    return level / cosine, -np.einsum("pi,pci->pc", normal, base) / cosine[:, None]


def _triangles(p: FloatArray, q: FloatArray, gap_0: FloatArray, slope: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The overlap of two polygons as triangles about its middle: their areas, and the gaps at their corners."""
    a, b = _clipped(p, q, -_EDGE_NM), _clipped(q, p, _EDGE_NM)
    begin, end = (np.concatenate(x, axis=1) for x in zip(a, b, strict=True))
    there = (begin != end).any(axis=-1)
    count = np.maximum(there.sum(axis=1), 1)
    middle = np.where(there[..., None], (begin + end) / 2, 0.0).sum(axis=1) / count[:, None]
    arm_1, arm_2 = begin - middle[:, None], end - middle[:, None]
    area = np.where(there, (arm_1[..., 0] * arm_2[..., 1] - arm_1[..., 1] * arm_2[..., 0]) / 2, 0.0)
    corners = np.stack([np.broadcast_to(middle[:, None], begin.shape), begin, end], axis=-2)
    return area, gap_0[:, None, None] + np.einsum("pmtc,pc->pmt", corners, slope)


def _clipped(p: FloatArray, q: FloatArray, margin_nm: float) -> tuple[FloatArray, FloatArray]:
    """The parts of the sides of convex polygons p inside q; sides that are outside become points.

    A side that lies on one of the other polygon is kept with a negative margin and dropped with a positive one.
    """
    along = np.roll(p, -1, axis=1) - p
    side = np.roll(q, -1, axis=1) - q
    length = np.linalg.norm(side, axis=-1)
    inward = np.stack([-side[..., 1], side[..., 0]], axis=-1) / np.where(length > 0, length, 1.0)[..., None]
    depth = np.einsum("pmkc,pkc->pmk", p[:, :, None] - q[:, None], inward) - margin_nm
    depth = np.where(length[:, None] > 0, depth, 1.0)
    rate = np.einsum("pmc,pkc->pmk", along, inward)
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = -depth / rate
    still = np.abs(rate) < 1e-13
    enter = np.where(still, np.where(depth < 0, 2.0, 0.0), np.where(rate > 0, crossing, 0.0)).max(axis=-1)
    leave = np.where(~still & (rate < 0), crossing, 1.0).min(axis=-1)
    enter, leave = np.clip(enter, 0.0, 1.0), np.clip(leave, 0.0, 1.0)
    kept = (leave > enter)[..., None]
    begin, end = p + enter[..., None] * along, p + leave[..., None] * along
    return np.where(kept, begin, 0.0), np.where(kept, end, 0.0)
