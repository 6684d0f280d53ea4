"""Where two cores come closest: the distance of their surfaces and its direction, for many poses at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from packing.surface.bodies import Body

FloatArray = NDArray[np.float64]

_CHUNK_NUMBERS = 400_000


@dataclass(frozen=True, slots=True, eq=False)
class Approach:
    """Closest approach of two cores, pose by pose.

    Parameters
    ----------
    gap_nm
        Distance of the two surfaces [nm], shape (n,); 0 where the cores overlap.
    direction
        Unit vector from the first to the second along it, in the frame of the first, shape (n, 3).
    """

    gap_nm: FloatArray
    direction: FloatArray


def closest_approach(first: Body, second: Body, displacement_nm: FloatArray, rotation: FloatArray) -> Approach:
    """Distance and direction of closest approach.

    Parameters
    ----------
    first, second
        The two cores.
    displacement_nm
        Centre of the second from the centre of the first [nm], shape (n, 3), in the frame of the first.
    rotation
        Matrices that turn the second's frame into the first's, shape (n, 3, 3).
    """
    per_pose = max(len(first.segments) * len(second.segments), 1) * 3
    size = max(1, _CHUNK_NUMBERS // per_pose)
    parts = [
        _closest(first, second, displacement_nm[i : i + size], rotation[i : i + size])
        for i in range(0, len(displacement_nm), size)
    ]
    if not parts:
        return Approach(np.zeros(0), np.zeros((0, 3)))
    return Approach(np.concatenate([p.gap_nm for p in parts]), np.concatenate([p.direction for p in parts]))


def _closest(first: Body, second: Body, shift: FloatArray, rotation: FloatArray) -> Approach:
    a = first.vertices_nm
    b = np.einsum("nij,vj->nvi", rotation, second.vertices_nm) + shift[:, None]
    candidates = [_between_edges(first, second, a, b)]
    if len(second.normals):
        normals = np.einsum("nij,fj->nfi", rotation, second.normals)
        candidates.append(_corners_to_faces(np.broadcast_to(a, (len(b), *a.shape)), b, second.polygons, normals))
    if len(first.normals):
        around = np.broadcast_to(a, (len(b), *a.shape))
        normals = np.broadcast_to(first.normals, (len(b), *first.normals.shape))
        candidates.append(-_corners_to_faces(b, around, first.polygons, normals))
    arms = np.concatenate(candidates, axis=1)
    lengths = np.linalg.norm(arms, axis=-1)
    best = lengths.argmin(axis=1)
    rows = np.arange(len(b))
    length = lengths[rows, best]
    apart = _are_apart(first, second, a, b, rotation) & (length > 1e-9)
    safe = np.where(apart, length, 1.0)[:, None]
    direction = np.where(apart[:, None], arms[rows, best] / safe, [0.0, 0.0, 1.0])
    gap = np.where(apart, length - first.radius_nm - second.radius_nm, 0.0)
    return Approach(np.maximum(gap, 0.0), direction)


def _between_edges(first: Body, second: Body, a: FloatArray, b: FloatArray) -> FloatArray:
    """Shortest arms from every edge of the first to every edge of the second, shape (n, pairs, 3)."""
    i, j = first.segments.T, second.segments.T
    p, d1 = a[i[0]][None, :, None], (a[i[1]] - a[i[0]])[None, :, None]
    q, d2 = b[:, j[0]][:, None], (b[:, j[1]] - b[:, j[0]])[:, None]
    r = p - q
    aa, ee = (d1**2).sum(-1), (d2**2).sum(-1)
    f, c, bb = (d2 * r).sum(-1), (d1 * r).sum(-1), (d1 * d2).sum(-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        across = aa * ee - bb**2
        s = np.where(across > 1e-12 * aa * ee, np.clip((bb * f - c * ee) / across, 0, 1), 0.0)
        t = np.where(ee > 0, (bb * s + f) / ee, 0.0)
        clipped = np.clip(t, 0, 1)
        s = np.where((t != clipped) | (ee == 0), np.where(aa > 0, np.clip((bb * clipped - c) / aa, 0, 1), 0.0), s)
    arms = (q + clipped[..., None] * d2) - (p + s[..., None] * d1)
    return np.asarray(arms.reshape(len(b), -1, 3))


def _corners_to_faces(
    corners: FloatArray, vertices: FloatArray, polygons: NDArray[np.int64], normals: FloatArray
) -> FloatArray:
    """Arms from corners to facets where they end inside the facet; elsewhere too long to count."""
    points = vertices[:, polygons]
    height = np.einsum("nvfi,nfi->nvf", corners[:, :, None] - points[:, None, :, 0], normals)
    sides = np.roll(points, -1, axis=2) - points
    inward = np.cross(normals[:, :, None], sides)
    depth = np.einsum("nvfmi,nfmi->nvfm", corners[:, :, None, None] - points[:, None], inward)
    inside = (depth >= -1e-9).all(axis=-1) & (height > 0)
    arms = np.where(inside[..., None], -height[..., None] * normals[:, None], 1e6)
    return np.asarray(arms.reshape(len(corners), -1, 3))


def _are_apart(first: Body, second: Body, a: FloatArray, b: FloatArray, rotation: FloatArray) -> NDArray[np.bool_]:
    """Whether the polyhedra have a separating axis: a normal of either, or one across two edges."""
    if not len(first.normals) or not len(second.normals):
        return _point_is_outside(first, second, a, b, rotation)
    n = len(b)
    across = np.cross(
        first.edge_directions[None, :, None], np.einsum("nij,ej->nei", rotation, second.edge_directions)[:, None]
    )
    axes = np.concatenate(
        [
            np.broadcast_to(first.normals, (n, *first.normals.shape)),
            np.einsum("nij,fj->nfi", rotation, second.normals),
            across.reshape(n, -1, 3),
        ],
        axis=1,
    )
    on_a, on_b = np.einsum("nki,vi->nkv", axes, a), np.einsum("nki,nvi->nkv", axes, b)
    apart = np.maximum(on_b.min(-1) - on_a.max(-1), on_a.min(-1) - on_b.max(-1))
    return np.asarray((apart > 1e-9).any(axis=1))


def _point_is_outside(
    first: Body, second: Body, a: FloatArray, b: FloatArray, rotation: FloatArray
) -> NDArray[np.bool_]:
    if len(second.normals):
        normals = np.einsum("nij,fj->nfi", rotation, second.normals)
        height = np.einsum("nfi,nfi->nf", a[0] - b[:, second.polygons[:, 0]], normals)
        return np.asarray((height > 0).any(axis=1))
    if len(first.normals):
        height = np.einsum("nfi,fi->nf", b[:, :1] - a[first.polygons[:, 0]], first.normals)
        return np.asarray((height > 0).any(axis=1))
    return np.ones(len(b), dtype=bool)
