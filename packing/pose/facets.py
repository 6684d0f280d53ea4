"""Flat on flat: the exact energy of the area over which two facets face each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from packing.pose.bodies import Body
from packing.pose.tabulated import AreaCurve, tabulate

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_EDGE_NM = 1e-9
# Facets seen at a flatter angle than 89 degrees have no area to speak of.
_MIN_COSINE = 0.0175


@dataclass(frozen=True, slots=True, eq=False)
class Side:
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


def side_of(body: Body, height_nm: float, shift: FloatArray, rotation: FloatArray) -> Side:
    """The facets of a body moved by poses."""
    vertices = np.einsum("nij,vj->nvi", rotation, body.vertices_nm) + shift[:, None]
    return Side(
        corners_nm=vertices[:, body.polygons],
        normals=np.einsum("nij,fj->nfi", rotation, body.normals),
        height_nm=height_nm,
        radius_nm=body.radius_nm,
    )


@dataclass(frozen=True, slots=True, eq=False)
class FacetCurves:
    """Energy per area of two facets in two parts: of shells that are apart, and of what pushing them together adds."""

    apart: AreaCurve
    pushed: AreaCurve


def facet_curves(
    energy_per_nm2: Callable[[FloatArray], FloatArray], touch_nm: float, least_nm: float, end_nm: float
) -> FacetCurves:
    """The curves of an energy per area [kT/nm^2] of shells that touch at the given gap.

    Parameters
    ----------
    energy_per_nm2
        The energy per area against the gap [nm].
    touch_nm
        Where the shells touch [nm].
    least_nm, end_nm
        Ends of the table [nm].
    """
    at_touch = float(energy_per_nm2(np.array([touch_nm]))[0])
    return FacetCurves(
        apart=tabulate(lambda gap: energy_per_nm2(np.maximum(gap, touch_nm)), least_nm, end_nm),
        pushed=tabulate(lambda gap: energy_per_nm2(np.minimum(gap, touch_nm)) - at_touch, least_nm, touch_nm + 0.01),
    )


def facing_facets_kt(first: Side, second: Side, direction: FloatArray, curves: FacetCurves) -> FloatArray:
    """Energy [kT] of all pairs of facets along rays in the given direction, shape (n,).

    Every ray that leaves a facet of the first and meets one of the second counts with the energy per area of its
    gap. The overlap is the exact polygon, and the gap is linear over it, so parallel facets and tilted ones are
    exact for this construction.
    """
    energy = np.zeros(len(direction))
    n, width = len(direction), len(first.normals)
    up = np.einsum("nfi,ni->nf", np.broadcast_to(first.normals, (n, *first.normals.shape[1:])), direction)
    down = -np.einsum("nfi,ni->nf", second.normals, direction)
    pose, i, j = np.nonzero((up > _MIN_COSINE)[:, :, None] & (down > _MIN_COSINE)[:, None])
    if not len(pose):
        return energy
    one = pose if width == n else np.zeros_like(pose)
    k = direction[pose]
    base = _plane_basis(direction)[pose]
    p, q = _outline(first, one, i, base), _outline(second, pose, j, base)
    near = np.flatnonzero(_near(p, q))
    pose, i, j, one = pose[near], i[near], j[near], one[near]
    k, base, p, q = k[near], base[near], p[near], q[near]
    height_1, slope_1 = _plane(first, one, i, k, base)
    height_2, slope_2 = _plane(second, pose, j, k, base)
    # A ray crosses more of a tilted shell: pushed together, the shells are thinner by parts of what fills the gap.
    nominal = first.height_nm + second.height_nm
    filled = first.height_nm / up[pose, i] + second.height_nm / down[pose, j]
    share = nominal / filled if nominal > 0 else np.ones(len(pose))
    gap_0, slope = height_2 - height_1, slope_2 - slope_1
    q = q[:, ::-1]
    total = _over_overlap(p, q, gap_0 - filled + nominal, slope, curves.apart)
    total += _over_overlap(p, q, share * gap_0, share[:, None] * slope, curves.pushed)
    np.add.at(energy, pose, total)
    return energy


def _plane_basis(direction: FloatArray) -> FloatArray:
    """Two unit vectors across each direction, right-handed with it, shape (n, 2, 3)."""
    helper = np.where(np.abs(direction[:, :1]) < 0.7, [[1.0, 0.0, 0.0]], [[0.0, 1.0, 0.0]])
    u = np.cross(direction, helper)
    u = u / np.linalg.norm(u, axis=1, keepdims=True)
    return np.stack([u, np.cross(direction, u)], axis=1)


def _outline(side: Side, pose: IntArray, face: IntArray, base: FloatArray) -> FloatArray:
    """Corners of the shells' outer faces on the plane across the rays, shape (pairs, M, 2)."""
    lift = side.radius_nm + side.height_nm
    points = side.corners_nm[pose, face] + lift * side.normals[pose, face][:, None]
    return np.einsum("pmi,pci->pmc", points, base)


def _near(p: FloatArray, q: FloatArray) -> NDArray[np.bool_]:
    return np.asarray(((p.min(1) < q.max(1)) & (q.min(1) < p.max(1))).all(axis=1))


def _plane(
    side: Side, pose: IntArray, face: IntArray, k: FloatArray, base: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Height of a facet along the ray over the origin, and its slope over the plane."""
    normal = side.normals[pose, face]
    cosine = (normal * k).sum(1)
    level = (normal * side.corners_nm[pose, face, 0]).sum(1) + side.radius_nm
    return level / cosine, -np.einsum("pi,pci->pc", normal, base) / cosine[:, None]


def _over_overlap(p: FloatArray, q: FloatArray, gap_0: FloatArray, slope: FloatArray, curve: AreaCurve) -> FloatArray:
    a, b = _clipped(p, q, -_EDGE_NM), _clipped(q, p, _EDGE_NM)
    begin, end = (np.concatenate(x, axis=1) for x in zip(a, b, strict=True))
    there = (begin != end).any(axis=-1)
    count = np.maximum(there.sum(axis=1), 1)
    middle = np.where(there[..., None], (begin + end) / 2, 0.0).sum(axis=1) / count[:, None]
    arm_1, arm_2 = begin - middle[:, None], end - middle[:, None]
    area = (arm_1[..., 0] * arm_2[..., 1] - arm_1[..., 1] * arm_2[..., 0]) / 2
    gaps = np.stack(
        [
            np.broadcast_to((gap_0 + (middle * slope).sum(1))[:, None], area.shape),
            gap_0[:, None] + np.einsum("pmc,pc->pm", begin, slope),
            gap_0[:, None] + np.einsum("pmc,pc->pm", end, slope),
        ],
        axis=-1,
    )
    return np.asarray(np.where(there, area * curve.over_triangles(gaps), 0.0).sum(axis=1))


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
