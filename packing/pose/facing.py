"""The face-to-face contact: its pose, its area and what the curve of it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar

from packing.errors import InputError
from packing.shapes import Shape, Sphere

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Facing:
    """The best contact face to face.

    Parameters
    ----------
    gap_nm
        Gap between the cores [nm]; where the shells touch if nothing holds them together.
    depth_kt
        Depth of the minimum [kT], positive; 0 if there is none.
    """

    gap_nm: float
    depth_kt: float


def facing_frame(shape: Shape) -> FloatArray:
    """Axes of a shape as columns: the longest, the middle and the shortest edge; the last is the facing normal."""
    if isinstance(shape, Sphere):
        return np.eye(3)
    order = np.argsort(-np.array(shape.edges_nm), kind="stable")
    frame = np.eye(3)[:, order]
    return np.asarray(frame * np.array([1.0, 1.0, np.linalg.det(frame)]))


def height_nm(shape: Shape) -> float:
    """Size of a core along its facing normal [nm]."""
    return shape.diameter_nm if isinstance(shape, Sphere) else min(shape.edges_nm)


def facing_poses(first: Shape, second: Shape, gap_nm: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Displacements (n, 3) [nm] and rotations (n, 3, 3) of contacts face to face, longest edges along each other."""
    one, two = facing_frame(first), facing_frame(second)
    apart = np.atleast_1d(np.asarray(gap_nm, dtype=np.float64)) + (height_nm(first) + height_nm(second)) / 2
    rotation = np.broadcast_to(one @ two.T, (len(apart), 3, 3))
    return apart[:, None] * one[:, 2], rotation


def best_contact(energy_kt: Callable[[FloatArray], FloatArray], touch_nm: float, least_nm: float) -> Facing:
    """The outermost minimum of a facing curve, outside the barrier that keeps bare cores apart.

    Raises
    ------
    InputError
        If the shells cannot hold the cores apart.
    """
    grid = np.linspace(least_nm, 1.3 * touch_nm, 160)
    energy = energy_kt(grid)
    barrier = int(np.argmax(energy))
    inner = barrier + int(np.argmin(energy[barrier:]))
    if energy[barrier] <= 0:
        raise InputError(
            "pose energy has no minimum: the coatings cannot hold the cores apart against the van der Waals "
            f"attraction (shells touch at {touch_nm:.3g} nm). Raise coverage_per_nm2 or take a longer ligand."
        )
    if energy[inner] >= 0 or inner == len(grid) - 1:
        return Facing(touch_nm, 0.0)
    found = minimize_scalar(
        lambda gap: float(energy_kt(np.array([gap]))[0]),
        bounds=(grid[max(inner - 1, 0)], grid[inner + 1]),
        method="bounded",
        options={"xatol": 1e-6},
    )
    return Facing(float(found.x), float(-found.fun))
