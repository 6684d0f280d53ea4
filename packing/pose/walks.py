"""What is left of a contact on the way out of it: slid, twisted, tilted, or met edge on and corner on."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from packing.pose.bodies import Body
from packing.pose.facing import Facing
from packing.pose.poses import (
    Poses,
    facing_frame,
    facing_poses,
    meeting_poses,
    quaternions,
    shifted_poses,
    size_along_nm,
    tilted_poses,
    twisted_poses,
)
from packing.shapes import Shape

FloatArray = NDArray[np.float64]
# Energy [kT] of displacements (n, 3) [nm] and scalar-first quaternions (n, 4).
PoseLaw = Callable[[FloatArray, FloatArray], FloatArray]
Way = Literal["shift", "twist", "tilt"]

_COARSE, _FINE, _ROUNDS = 21, 9, 4
# A contact has stopped where its energy has risen this much above the lowest met on the way in [kT].
STOP_KT = 1.0
# How two bodies can meet head on: the place of the first, then that of the second.
MEETINGS: dict[str, tuple[int, int]] = {
    "face_face": (1, 1),
    "edge_edge": (2, 2),
    "corner_corner": (3, 3),
    "face_edge": (1, 2),
    "face_corner": (1, 3),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """Two bodies, the law of their energy and about where they touch.

    Parameters
    ----------
    shapes
        Shapes of the cores.
    bodies
        The same as swept polyhedra.
    energy_kt
        Energy of poses.
    touch_nm
        Gap at which the shells touch face to face [nm].
    """

    shapes: tuple[Shape, Shape]
    bodies: tuple[Body, Body]
    energy_kt: PoseLaw
    touch_nm: float


def facing_of(scene: Scene) -> Facing:
    """The best contact face to face by the scene's own law; of no depth if nothing holds it."""
    gap, energy = _least(scene, lambda g: facing_poses(*scene.shapes, g), 0.55 * scene.touch_nm, 1.4 * scene.touch_nm)
    return Facing(gap_nm=gap, depth_kt=-energy) if energy < 0 else Facing(gap_nm=scene.touch_nm, depth_kt=0.0)


def energies_along_kt(scene: Scene, facing: Facing, way: Way, steps: Sequence[float]) -> FloatArray:
    """Lowest energy [kT] over the gap at every step of a way out of a contact.

    Parameters
    ----------
    scene
        The two bodies.
    facing
        Their contact face to face.
    way
        ``"shift"`` by parts of the first's longest edge along it, ``"twist"`` about the normal and ``"tilt"`` about
        that edge, as a hinge in the middle of the gap, in degrees.
    steps
        How far.
    """
    poses_of = {"shift": shifted_poses, "twist": twisted_poses, "tilt": tilted_poses}[way]
    found = []
    for step in steps:
        # A tilted facet lifts the other by half its width at most.
        lift = size_along_nm(scene.shapes[0], 1) / 2 * math.sin(math.radians(abs(step))) if way == "tilt" else 0.0
        low, high = 0.6 * facing.gap_nm, 1.1 * facing.gap_nm + 0.3 + 1.2 * lift
        found.append(_least(scene, partial(_step_of, scene, poses_of, step), low, high)[1])
    return np.array(found)


def kept_parts(
    scene: Scene,
    facing: Facing,
    *,
    shifts: Sequence[float] = (0.25, 0.5),
    twists_deg: Sequence[float] = (45.0,),
    tilts_deg: Sequence[float] = (5.0,),
) -> dict[str, float]:
    """Parts of a contact's depth that are left at its best gap after a shift, twist or tilt; nan without a contact.

    Parameters
    ----------
    scene, facing
        The two bodies and their contact face to face.
    shifts
        In parts of the first's longest edge.
    twists_deg, tilts_deg
        In degrees.
    """
    steps: dict[Way, Sequence[float]] = {"shift": shifts, "twist": twists_deg, "tilt": tilts_deg}
    kept = {}
    for way, some in steps.items():
        energy = energies_along_kt(scene, facing, way, some) if facing.depth_kt > 0 else np.full(len(some), math.nan)
        for step, value in zip(some, energy, strict=True):
            kept[f"{way}_{step:g}"] = float(-value / facing.depth_kt) if facing.depth_kt > 0 else math.nan
    return kept


def stop_gap_nm(scene: Scene, meeting: str) -> float:
    """Gap between the cores [nm] at which two bodies that meet head on stop.

    Coming from outside, the energy has there risen by 1 kT (`STOP_KT`) above the lowest it had on the way. So it is
    the reach of the repulsion where nothing attracts, and just inside the minimum of a contact that sticks. A
    thermal push defines it, so it depends on how large the place is: a facet stops earlier than a corner of the same
    shell. nan if nothing stops them before the cores touch.

    Parameters
    ----------
    scene
        The two bodies.
    meeting
        One of `MEETINGS`: the first's place and the second's.
    """
    frame = facing_frame(scene.shapes[0])
    other = frame @ facing_frame(scene.shapes[1]).T
    own, back = (frame[:, 3 - n :].sum(axis=1) for n in MEETINGS[meeting])
    gap = np.linspace(1.3 * scene.touch_nm, 0.11, 80)
    energy = _energies(scene, meeting_poses(scene.bodies, other, own, -back, gap))
    above = energy - np.minimum.accumulate(np.minimum(energy, 0.0))
    inside = int(np.argmax(above > STOP_KT))
    if inside == 0:
        return math.nan
    return float(np.interp(STOP_KT, above[inside - 1 : inside + 1], gap[inside - 1 : inside + 1]))


def _least(scene: Scene, poses_at: Callable[[FloatArray], Poses], low: float, high: float) -> tuple[float, float]:
    """Gap and energy of the lowest of poses that differ in the gap, on grids that grow finer."""
    gap = np.linspace(low, high, _COARSE)
    for finer in range(_ROUNDS):
        energy = _energies(scene, poses_at(gap))
        best = int(np.argmin(energy))
        if finer < _ROUNDS - 1:
            around = gap[max(best - 1, 0)], gap[min(best + 1, len(gap) - 1)]
            gap = np.linspace(*around, _FINE)
    return float(gap[best]), float(energy[best])


def _step_of(scene: Scene, poses_of: Callable[..., Poses], step: float, gap_nm: FloatArray) -> Poses:
    return poses_of(*scene.shapes, gap_nm, step)


def _energies(scene: Scene, poses: Poses) -> FloatArray:
    return np.asarray(scene.energy_kt(poses[0], quaternions(poses[1])))
