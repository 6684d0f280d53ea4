"""Poses of two bodies: where the second is and how it is turned, seen from the first."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.transform import Rotation

from packing.errors import InputError
from packing.shapes import Shape, Sphere
from packing.surface.bodies import Body

FloatArray = NDArray[np.float64]
# Displacements [nm], shape (n, 3), and rotation matrices, shape (n, 3, 3).
Poses = tuple[FloatArray, FloatArray]


def read_poses(displacement_nm: ArrayLike, orientation: ArrayLike) -> Poses:
    """Displacements and rotation matrices from what a caller gives.

    Parameters
    ----------
    displacement_nm
        Shape (n, 3) or (3,).
    orientation
        Scalar-first quaternions (n, 4) or (4,), or matrices (n, 3, 3) or (3, 3).

    Raises
    ------
    InputError
        For arrays of other shapes, and quaternions of no length.
    """
    shift = np.atleast_2d(np.asarray(displacement_nm, dtype=np.float64))
    turn = np.asarray(orientation, dtype=np.float64)
    turn = turn[None] if turn.shape in ((4,), (3, 3)) else turn
    is_quaternion = turn.ndim == 2 and turn.shape[1] == 4
    if (
        shift.shape[1:] != (3,)
        or not (is_quaternion or turn.shape[1:] == (3, 3))
        or (len(shift) != len(turn) and 1 not in (len(shift), len(turn)))
    ):
        raise InputError(
            "displacement_nm must be of shape (n, 3) and orientation of shape (n, 4), got "
            f"{np.shape(displacement_nm)} and {np.shape(orientation)}. Give one row a pose."
        )
    if not (np.isfinite(shift).all() and np.isfinite(turn).all()) or (is_quaternion and not turn.any(axis=1).all()):
        raise InputError("poses must be finite and quaternions not zero. Give (1, 0, 0, 0) for no turn.")
    if is_quaternion:
        turn = rotation_matrices(turn)
    n = max(len(shift), len(turn))
    return np.broadcast_to(shift, (n, 3)), np.broadcast_to(turn, (n, 3, 3))


def rotation_matrices(orientation: ArrayLike) -> FloatArray:
    """Matrices of scalar-first quaternions, shape (n, 3, 3); their lengths do not matter.

    ``orientation`` are scalar-first quaternions, shape (n, 4), or matrices, shape (n, 3, 3).

    Examples
    --------
    >>> rotation_matrices([[1, 0, 0, 1]]).round(12)[0].tolist()  # a quarter turn about z
    [[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    scalar_last = np.roll(np.asarray(orientation, dtype=np.float64), -1, axis=-1)
    return np.asarray(Rotation.from_quat(scalar_last).as_matrix())


def quaternions(rotation: FloatArray) -> FloatArray:
    """Scalar-first quaternions of matrices, shape (n, 4).

    ``rotation`` are matrices, shape (n, 3, 3).
    """
    return np.roll(Rotation.from_matrix(rotation).as_quat(), 1, axis=-1)


def reversed_poses(poses: Poses) -> Poses:
    """The same poses seen from the second body."""
    back = np.swapaxes(poses[1], 1, 2)
    return -np.einsum("nij,nj->ni", back, poses[0]), back


def facing_frame(shape: Shape) -> FloatArray:
    """Axes of a shape as columns: the longest, the middle and the shortest edge; the last is the facing normal.

    A rotation matrix, shape (3, 3).
    """
    if isinstance(shape, Sphere):
        return np.eye(3)
    frame = np.eye(3)[:, np.argsort(-np.array(shape.edges_nm), kind="stable")]
    return np.asarray(frame * np.array([1.0, 1.0, np.linalg.det(frame)]))


def size_along_nm(shape: Shape, rank: int) -> float:
    """The longest (0), middle (1) or shortest (2) edge of a cuboid [nm], or the diameter of a sphere.

    ``rank`` counts the edges from the shortest, 0.
    """
    return shape.diameter_nm if isinstance(shape, Sphere) else sorted(shape.edges_nm, reverse=True)[rank]


def facing_poses(first: Shape, second: Shape, gap_nm: ArrayLike) -> Poses:
    """Contacts face to face at gaps [nm] between the cores, the longest edges along each other.

    ``gap_nm`` are gaps between the cores [nm], shape (n,).
    """
    one, two = facing_frame(first), facing_frame(second)
    apart = np.atleast_1d(np.asarray(gap_nm, dtype=np.float64))
    apart = apart + (size_along_nm(first, 2) + size_along_nm(second, 2)) / 2
    return apart[:, None] * one[:, 2], np.broadcast_to(one @ two.T, (len(apart), 3, 3))


def shifted_poses(first: Shape, second: Shape, gap_nm: ArrayLike, fraction: float) -> Poses:
    """Contacts slid along the first's longest edge by a fraction of it.

    ``gap_nm`` is the gap [nm], ``fraction`` the shift over the edge, shape (n,).
    """
    shift, rotation = facing_poses(first, second, gap_nm)
    return shift + fraction * size_along_nm(first, 0) * facing_frame(first)[:, 0], rotation


def twisted_poses(first: Shape, second: Shape, gap_nm: ArrayLike, twist_deg: float) -> Poses:
    """Contacts turned about their normal.

    ``gap_nm`` is the gap [nm], ``twist_deg`` the turn about the normal [deg], shape (n,).
    """
    shift, rotation = facing_poses(first, second, gap_nm)
    turn = Rotation.from_rotvec(math.radians(twist_deg) * facing_frame(first)[:, 2]).as_matrix()
    return shift, turn @ rotation


def tilted_poses(first: Shape, second: Shape, gap_nm: ArrayLike, tilt_deg: float) -> Poses:
    """Contacts opened like a hinge about the middle of the gap, along the first's longest edge.

    ``gap_nm`` is the gap [nm], ``tilt_deg`` the turn about an edge [deg], shape (n,).
    """
    rotation = facing_poses(first, second, gap_nm)[1]
    normal, along = facing_frame(first)[:, 2], facing_frame(first)[:, 0]
    turn = Rotation.from_rotvec(math.radians(tilt_deg) * along).as_matrix()
    gap = np.atleast_1d(np.asarray(gap_nm, dtype=np.float64))[:, None]
    arms = (size_along_nm(first, 2) + gap) / 2 * normal, (size_along_nm(second, 2) + gap) / 2 * normal
    return arms[0] + arms[1] @ turn.T, turn @ rotation


def meeting_poses(
    bodies: tuple[Body, Body], rotation: FloatArray, way: FloatArray, turned_way: FloatArray, gap_nm: ArrayLike
) -> Poses:
    """Contacts in which the places that look one way on the first and back on the second meet head on.

    Parameters
    ----------
    bodies
        The cores.
    rotation
        Turn of the second before it is turned to meet, shape (3, 3).
    way
        Direction in the first's frame from it to the second.
    turned_way
        Direction in the same frame that on the second, so turned, is to look back at the first.
    gap_nm
        Gaps between the cores [nm].
    """
    way, looking = (v / np.linalg.norm(v) for v in (way, turned_way))
    turn = _shortest_turn(looking, -way) @ rotation
    own, other = _outermost(bodies[0], way), turn @ _outermost(bodies[1], -(turn.T @ way))
    gap = np.atleast_1d(np.asarray(gap_nm, dtype=np.float64))
    return own - other + gap[:, None] * way, np.broadcast_to(turn, (len(gap), 3, 3))


def _shortest_turn(start: FloatArray, end: FloatArray) -> FloatArray:
    """The turn that takes one unit vector to another by the shortest way."""
    axis, cosine = np.cross(start, end), float(start @ end)
    sine = float(np.linalg.norm(axis))
    angle = math.atan2(sine, cosine)
    return np.asarray(Rotation.from_rotvec(axis * (angle / sine if sine > 1e-12 else 0.0)).as_matrix())


def _outermost(body: Body, way: FloatArray) -> FloatArray:
    """Middle of the place of a body that reaches farthest in a direction [nm]."""
    height = body.vertices_nm @ way
    return body.vertices_nm[height > height.max() - 1e-6].mean(axis=0) + body.radius_nm * way
