r"""Where two convex particles touch when one is moved out along a line.

Every particle is a box of half edges :math:`h` widened by a radius :math:`\rho` (Minkowski sum with a ball): a
sphere has :math:`h = 0`, a sharp cuboid :math:`\rho = 0`, a rounded cuboid both. For centres :math:`s\,\delta`
apart, two such particles overlap exactly for :math:`s` below one value, the *contact scale*: the difference body is
convex and holds the origin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from packing.errors import InputError
from packing.shapes import Shape, Sphere

FloatArray = NDArray[np.float64]

_SIGNS = np.array([[x, y, z] for x in (-1.0, 1.0) for y in (-1.0, 1.0) for z in (-1.0, 1.0)])
# The twelve edges of a box: its direction, and the signs of the two other half edges at its middle.
_EDGES = [(axis, s, t) for axis in range(3) for s in (-1.0, 1.0) for t in (-1.0, 1.0)]
_NEWTON_STEPS = 60
_PARALLEL = 1e-9


@dataclass(frozen=True, slots=True)
class WidenedBox:
    """A box of half edges ``half`` widened by ``radius``; all in one unit of length."""

    half: tuple[float, float, float]
    radius: float

    @property
    def is_sphere(self) -> bool:
        """Whether the box inside is a point."""
        return max(self.half) == 0.0

    @property
    def circumradius(self) -> float:
        """Radius of the smallest sphere around it, in the unit of the box."""
        return float(np.linalg.norm(self.half)) + self.radius

    @property
    def inradius(self) -> float:
        """Radius of the largest sphere inside it, in the unit of the box."""
        return min(self.half) + self.radius


def widened_box(shape: Shape) -> WidenedBox:
    """The box and radius of a sphere or a (rounded) cuboid [nm].

    Raises
    ------
    InputError
        For a truncated cuboid, which is no widened box.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> widened_box(cube(2.0, rounding_nm=0.25))
    WidenedBox(half=(0.75, 0.75, 0.75), radius=0.25)
    """
    if isinstance(shape, Sphere):
        return WidenedBox((0.0, 0.0, 0.0), shape.diameter_nm / 2)
    if shape.truncation > 0:
        raise InputError(
            f"truncation must be 0 in the contact engine, got {shape.truncation:g}. "
            "Give a cuboid, or a rounded one with rounding_nm."
        )
    a, b, c = (e / 2 - shape.rounding_nm for e in shape.edges_nm)
    return WidenedBox((max(a, 0.0), max(b, 0.0), max(c, 0.0)), shape.rounding_nm)


def contact_scales(
    delta: FloatArray, one: WidenedBox, rotations_one: FloatArray, other: WidenedBox, rotations_other: FloatArray
) -> FloatArray:
    """Contact scale of pairs: the factor on ``delta`` at which the two particles touch.

    Parameters
    ----------
    delta
        Centre of the other less centre of the one, shape (..., 3).
    one, other
        The two bodies.
    rotations_one, rotations_other
        Rotation matrices that turn body into laboratory axes, shape (..., 3, 3).

    Returns
    -------
    FloatArray
        Contact scales, shape (...).

    Examples
    --------
    Two unit cubes, corner to corner along the diagonal of their faces:

    >>> cube = WidenedBox((0.5, 0.5, 0.5), 0.0)
    >>> eye = np.eye(3)[None]
    >>> contact_scales(np.array([[1.0, 1.0, 0.0]]), cube, eye, cube, eye).tolist()
    [1.0]
    """
    if one.is_sphere and other.is_sphere:
        return np.asarray((one.radius + other.radius) / np.linalg.norm(delta, axis=-1))
    if one.is_sphere or other.is_sphere:
        box, rotations = (other, rotations_other) if one.is_sphere else (one, rotations_one)
        body = np.einsum("...ji,...j->...i", rotations, delta)
        return _point_box_scales(body, np.array(box.half), one.radius + other.radius)
    reach = one.radius + other.radius
    if reach == 0.0:
        return _box_box_scales(delta, rotations_one, np.array(one.half), rotations_other, np.array(other.half))
    return _rounded_scales(delta, rotations_one, np.array(one.half), rotations_other, np.array(other.half), reach)


def _point_box_scales(delta: FloatArray, half: FloatArray, reach: float) -> FloatArray:
    # The distance to a convex body along a line is convex, so Newton from outside falls onto the root from above.
    d = np.abs(delta)
    s = (np.linalg.norm(half) + reach) / np.linalg.norm(d, axis=-1)
    for _ in range(_NEWTON_STEPS):
        out = np.maximum(s[..., None] * d - half, 0.0)
        distance = np.linalg.norm(out, axis=-1)
        step = (distance - reach) * distance / np.einsum("...i,...i->...", out, d)
        s = s - step
        if np.all(np.abs(step) <= 4e-16 * s):
            break
    return np.asarray(s)


def _box_box_scales(delta: FloatArray, r1: FloatArray, h1: FloatArray, r2: FloatArray, h2: FloatArray) -> FloatArray:
    """Separating axes: the difference body of two boxes lies between planes normal to 3 + 3 + 9 axes."""
    r1, r2 = np.broadcast_to(r1, (*delta.shape[:-1], 3, 3)), np.broadcast_to(r2, (*delta.shape[:-1], 3, 3))
    faces1, faces2 = np.swapaxes(r1, -1, -2), np.swapaxes(r2, -1, -2)
    # Written out: np.cross takes half the time of a whole search on arrays this small.
    (x1, y1, z1), (x2, y2, z2) = (np.moveaxis(f, -1, 0) for f in (faces1[..., :, None, :], faces2[..., None, :, :]))
    crossed = np.stack([y1 * z2 - z1 * y2, z1 * x2 - x1 * z2, x1 * y2 - y1 * x2], axis=-1)
    crossed = crossed.reshape(*delta.shape[:-1], 9, 3)
    axes = np.concatenate([faces1, faces2, crossed], axis=-2)
    reach = np.abs(axes @ r1) @ h1 + np.abs(axes @ r2) @ h2
    along = np.abs(np.einsum("...ki,...i->...k", axes, delta))
    # An axis normal to delta never separates; nor does the cross product of parallel edges, which is no axis.
    usable = (along > _PARALLEL * np.linalg.norm(delta, axis=-1)[..., None]) & (
        np.einsum("...ki,...ki->...k", axes, axes) > _PARALLEL**2
    )
    return np.asarray(np.where(usable, reach / np.where(usable, along, 1.0), np.inf).min(axis=-1))


def _rounded_scales(
    delta: FloatArray, r1: FloatArray, h1: FloatArray, r2: FloatArray, h2: FloatArray, reach: float
) -> FloatArray:
    turned = np.swapaxes(r1, -1, -2) @ r2
    d = np.einsum("...ji,...j->...i", r1, delta)
    shape = d.shape[:-1]
    turned = np.broadcast_to(turned, (*shape, 3, 3)).reshape(-1, 3, 3)
    d = d.reshape(-1, 3)
    s = (np.linalg.norm(h1) + np.linalg.norm(h2) + reach) / np.linalg.norm(d, axis=-1)
    open_ = np.arange(len(d))
    for _ in range(_NEWTON_STEPS):
        gap = _closest_separation(s[open_, None] * d[open_], h1, turned[open_], h2)
        distance = np.linalg.norm(gap, axis=-1)
        step = (distance - reach) * distance / np.einsum("ni,ni->n", gap, d[open_])
        s[open_] -= step
        open_ = open_[np.abs(step) > 1e-15 * s[open_]]
        if len(open_) == 0:
            break
    return s.reshape(shape)


def _closest_separation(delta: FloatArray, h1: FloatArray, turned: FloatArray, h2: FloatArray) -> FloatArray:
    """Shortest vector from box 1 (axes of the frame) to box 2 (centre delta, axes = columns), both disjoint.

    The closest points of two disjoint boxes are a corner of one and a point of the other, or lie on two edges.
    """
    corners2 = delta[:, None] + np.einsum("nij,kj->nki", turned, _SIGNS * h2)
    candidates = [corners2 - np.clip(corners2, -h1, h1)]
    corners1 = np.einsum("nji,nkj->nki", turned, _SIGNS * h1 - delta[:, None])
    apart = np.clip(corners1, -h2, h2) - corners1
    candidates.append(np.einsum("nij,nkj->nki", turned, apart))
    candidates.append(_edge_separation(delta, h1, turned, h2)[:, None])
    vectors = np.concatenate(candidates, axis=1)
    nearest = np.argmin(np.einsum("nki,nki->nk", vectors, vectors), axis=1)
    return np.asarray(vectors[np.arange(len(vectors)), nearest])


def _edge_separation(delta: FloatArray, h1: FloatArray, turned: FloatArray, h2: FloatArray) -> FloatArray:
    """Shortest vector from an edge of box 1 to an edge of box 2, shape (N, 3).

    Of the 144 pairs of edges only scalars are kept until the nearest is known: vectors would take most of the time.
    """
    axis = np.array([e[0] for e in _EDGES])
    middles = np.zeros((12, 3))
    for row, (k, s, t) in enumerate(_EDGES):
        middles[row, (k + 1) % 3], middles[row, (k + 2) % 3] = s, t
    m1, length1, length2 = middles * h1, h1[axis], h2[axis]
    u2 = turned[:, :, axis].swapaxes(1, 2)
    m2 = delta[:, None] + (middles * h2) @ turned.swapaxes(1, 2)
    # With r from the middle of edge 2 to that of edge 1: d1, d2 are r along the edges, b the cosine between them.
    b = u2[:, :, axis].swapaxes(1, 2)
    d1 = -m2[:, :, axis].swapaxes(1, 2)
    d2 = m1 @ u2.swapaxes(1, 2) - np.sum(u2 * m2, axis=-1)[:, None, :]
    r2 = np.sum(m1**2, axis=-1)[:, None] + np.sum(m2**2, axis=-1)[:, None, :] - 2 * (m1 @ m2.swapaxes(1, 2))
    denominator = 1.0 - b * b
    safe = np.where(denominator > 1e-12, denominator, 1.0)
    x1 = np.where(denominator > 1e-12, (b * d2 - d1) / safe, 0.0)
    x1 = np.clip(x1, -length1[:, None], length1[:, None])
    x2 = np.clip(b * x1 + d2, -length2, length2)
    x1 = np.clip(b * x2 - d1, -length1[:, None], length1[:, None])
    squared = r2 + x1 * (x1 + 2 * d1) + x2 * (x2 - 2 * d2 - 2 * b * x1)
    nearest = np.argmin(squared.reshape(len(delta), -1), axis=1)
    n, (e, f) = np.arange(len(delta)), np.divmod(nearest, 12)
    edge1 = m1[e] + x1[n, e, f][:, None] * np.eye(3)[axis[e]]
    edge2 = m2[n, f] + x2[n, e, f][:, None] * u2[n, f]
    return np.asarray(edge2 - edge1)
