"""What a relaxed crystal has become: still its lattice, buckled, turned, sheared, or another one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assembly.crystal.bodies import rotation_group
from assembly.crystal.crystals import Crystal
from packing.shapes import Shape

FloatArray = NDArray[np.float64]

SHIFTED, TURNED_DEG, SHEARED_DEG, STRETCHED = 0.06, 8.0, 2.0, 0.04
"""Beyond these a lattice is no longer itself: shifts over the nearest distance, turns of bodies, angles of the cell,
and ratios of its edges."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Became:
    """What became of a lattice.

    Parameters
    ----------
    name
        Of the lattice, or ``"distorted NAME"``.
    what
        What changed: any of ``"buckled"``, ``"turned"``, ``"sheared"`` and ``"stretched"``.
    site_shift_nm
        Largest distance of a body from its site [nm], the whole crystal being free to move.
    turn_deg
        Largest turn of a body away from how it stood, any turn that maps it onto itself aside [degree].
    angle_deg
        Largest change of an angle of the cell [degree].
    ratio_change
        Largest relative change of a ratio of cell edges, dimensionless.
    """

    name: str
    what: tuple[str, ...]
    site_shift_nm: float
    turn_deg: float
    angle_deg: float
    ratio_change: float

    @property
    def is_itself(self) -> bool:
        """Whether it still is the lattice that it was made as."""
        return not self.what

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {**asdict(self), "what": list(self.what)}


def classify(before: Crystal, after: Crystal, shapes: Sequence[Shape]) -> Became:
    """Compare a relaxed crystal with the one it was made as.

    Parameters
    ----------
    before
        As the template had it.
    after
        The same bodies in the same order, relaxed.
    shapes
        Shape of the core of each kind, whose own rotations do not count.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> sc = Crystal(
    ...     name="sc", cell_nm=10 * np.eye(3), fractions=np.zeros((1, 3)), rotations=np.eye(3)[None],
    ...     kinds=np.array([0]),
    ... )
    >>> quarter = np.array([[[0.0, -1, 0], [1, 0, 0], [0, 0, 1]]])
    >>> turned = Crystal(
    ...     name="sc", cell_nm=11 * np.eye(3), fractions=np.zeros((1, 3)), rotations=quarter, kinds=np.array([0])
    ... )
    >>> classify(sc, turned, [cube(8.6)]).is_itself
    True
    """
    moved = after.fractions - before.fractions
    moved = moved - np.round(moved)
    moved = moved - moved.mean(axis=0)
    shifts = np.linalg.norm(moved @ after.cell_nm, axis=1)
    lengths = [np.linalg.norm(c.cell_nm, axis=1) for c in (before, after)]
    stretch = lengths[1] / lengths[0]
    ratio = float(stretch.max() / stretch.min() - 1)
    angle = float(np.abs(_angles_deg(after.cell_nm) - _angles_deg(before.cell_nm)).max())
    turn = max(
        _turn_deg(a @ b.T, b, rotation_group(shapes[int(k)])) if len(rotation_group(shapes[int(k)])) > 1 else 0.0
        for a, b, k in zip(after.rotations, before.rotations, after.kinds, strict=True)
    )
    nearest = _nearest_nm(after)
    what = [
        name
        for name, is_so in (
            ("buckled", shifts.max() > SHIFTED * nearest),
            ("turned", turn > TURNED_DEG),
            ("sheared", angle > SHEARED_DEG),
            ("stretched", ratio > STRETCHED),
        )
        if is_so
    ]
    return Became(
        name=f"distorted {before.name}" if what else before.name,
        what=tuple(what),
        site_shift_nm=float(shifts.max()),
        turn_deg=turn,
        angle_deg=angle,
        ratio_change=ratio,
    )


def _turn_deg(turn: FloatArray, start: FloatArray, group: FloatArray) -> float:
    """Angle of a turn away from the start, modulo the rotations of the body [degree]."""
    relative = start.T @ turn @ start
    best = max(float(np.trace(relative @ g.T)) for g in group)
    return math.degrees(math.acos(min(1.0, max(-1.0, (best - 1) / 2))))


def _angles_deg(cell: FloatArray) -> FloatArray:
    unit = cell / np.linalg.norm(cell, axis=1)[:, None]
    cosines = [unit[1] @ unit[2], unit[0] @ unit[2], unit[0] @ unit[1]]
    return np.degrees(np.arccos(np.clip(cosines, -1, 1)))


def _nearest_nm(crystal: Crystal) -> float:
    """Distance of the nearest two bodies [nm]."""
    cells = np.array([[x, y, z] for x in (-1, 0, 1) for y in (-1, 0, 1) for z in (-1, 0, 1)])
    apart = crystal.centres_nm[None, :, None] + cells @ crystal.cell_nm - crystal.centres_nm[:, None, None]
    distances = np.linalg.norm(apart, axis=-1)
    return float(distances[distances > 1e-6].min())
