"""Ways in which two bodies come together: what a bead model is fitted to, and tried on.

Along each way the pair energy is known from afar to deep inside. What thermal motion reaches is where it has not yet
risen by some kT above the lowest met on the way in; further inside, energies only have to be high.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from packing.configuration import random_quaternions
from packing.pose import PoseEnergy
from packing.shapes import Shape, Sphere
from packing.surface.poses import quaternions

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

_CUBE_TURNS = Rotation.create_group("O").as_matrix()
_FIRST_STEPS, _MORE_STEPS = 8, 2
_ENDS_KT = 4.0
SLID_FURTHEST = 0.55
"""How far facets are slid, in parts of the mean edge: a little past half."""
BARRIER = 0.25
"""Bare cores attract each other inside this part of the gap at which shells touch: no law of ligands holds there."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ways:
    """Poses on ways from afar to deep inside, shapes (ways, stops, ...).

    Parameters
    ----------
    displacement_nm, orientation
        Shapes (w, s, 3) and (w, s, 4), scalar-first quaternions.
    gap_nm
        Closest distance of the cores [nm], shape (w, s), shorter from stop to stop.
    energy_kt
        Pair energy [kT].
    is_added
        Stops that were added where a way ends for thermal motion.
    """

    displacement_nm: FloatArray
    orientation: FloatArray
    gap_nm: FloatArray
    energy_kt: FloatArray
    is_added: BoolArray

    @property
    def lowest_kt(self) -> FloatArray:
        """Lowest energy met so far on the way in, at most 0 [kT]."""
        return np.minimum(np.minimum.accumulate(self.energy_kt, axis=1), 0.0)

    @property
    def lowest_gap_nm(self) -> FloatArray:
        """Gap at which it was met [nm]."""
        is_lower = self.energy_kt <= self.lowest_kt
        stop = np.maximum.accumulate(np.where(is_lower, np.arange(self.gap_nm.shape[1]), 0), axis=1)
        return np.take_along_axis(self.gap_nm, stop, axis=1)

    def reached(self, kt: float) -> BoolArray:
        """Where the energy has never yet risen by more than ``kt`` above the lowest so far."""
        return np.logical_and.accumulate(self.energy_kt - self.lowest_kt <= kt, axis=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Straight ways in: a sideways displacement [nm], a direction and an orientation each."""

    slide_nm: FloatArray
    along: FloatArray
    turn: FloatArray


def walk(pose: PoseEnergy, lines: Lines, gaps_nm: FloatArray, *, more: int = 4) -> Ways:
    """Bodies that come in along lines until their cores are about ``gaps_nm`` (w, s) apart, the widest first.

    ``more`` stops are added on every way about the place where it ends for thermal motion, and `Ways.is_added` there.
    """
    start = np.full(len(gaps_nm), 2 * sum(s.circumradius_nm for s in _shapes(pose)) + 10.0)
    distance, gap, energy = _stops(pose, lines, gaps_nm, start)
    if more:
        lowest = np.minimum(np.minimum.accumulate(energy, axis=1), 0.0)
        over = np.argmax(energy - lowest > _ENDS_KT, axis=1)
        last = np.where(over > 0, over, gap.shape[1] - 1)
        rows = np.arange(len(gap))
        wide, narrow = gap[rows, np.maximum(last - 2, 0)], gap[rows, last]
        between = wide[:, None] + (narrow - wide)[:, None] * (np.arange(more) + 0.7) / (more + 0.4)
        added = _stops(pose, lines, between, distance[rows, np.maximum(last - 2, 0)])
        distance, gap, energy = (np.hstack(x) for x in zip((distance, gap, energy), added, strict=True))
    is_added = np.broadcast_to(np.arange(gap.shape[1]) >= gaps_nm.shape[1], gap.shape)
    order = np.argsort(-gap, axis=1, kind="stable")
    distance, gap, energy, is_added = (np.take_along_axis(x, order, axis=1) for x in (distance, gap, energy, is_added))
    turned = quaternions(lines.turn)
    return Ways(
        displacement_nm=lines.slide_nm[:, None] + distance[..., None] * lines.along[:, None],
        orientation=np.repeat(turned[:, None], gap.shape[1], axis=1),
        gap_nm=gap,
        energy_kt=energy,
        is_added=is_added,
    )


def _stops(
    pose: PoseEnergy, lines: Lines, gaps_nm: FloatArray, start_nm: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Distances along the lines [nm], gaps there [nm] and energies [kT], shapes (w, s)."""
    n, stops = gaps_nm.shape
    distance, at = np.zeros((n, stops)), start_nm
    for i in range(stops):
        # What is left to the gap wanted can always be gone: gaps shrink no faster than distances.
        for _ in range(_MORE_STEPS if i else _FIRST_STEPS):
            at = at - (pose.core_gap_nm(lines.slide_nm + at[:, None] * lines.along, lines.turn) - gaps_nm[:, i])
        distance[:, i] = at
    places = (lines.slide_nm[:, None] + distance[..., None] * lines.along[:, None]).reshape(-1, 3)
    turns = np.repeat(lines.turn, stops, axis=0)
    gap = pose.core_gap_nm(places, turns)
    energy = np.where(gap > BARRIER * pose.touch_nm, pose.energy_kt(places, turns), np.inf)
    return distance, gap.reshape(n, stops), energy.reshape(n, stops)


def facing_way(pose: PoseEnergy, gaps_nm: FloatArray) -> Ways:
    """The best contact face to face, at ``gaps_nm`` [nm], the widest first."""
    shift, turn = pose.facing_poses(gaps_nm)
    energy = np.asarray(pose.facing_energy_kt(gaps_nm))
    energy = np.where(gaps_nm > BARRIER * pose.touch_nm, energy, np.inf)
    return Ways(
        displacement_nm=np.asarray(shift)[None],
        orientation=quaternions(turn)[None],
        gap_nm=np.asarray(gaps_nm, dtype=float)[None],
        energy_kt=energy[None],
        is_added=np.zeros((1, len(gaps_nm)), dtype=bool),
    )


def slid_ways(pose: PoseEnergy, n: int, gaps_nm: FloatArray) -> Ways:
    """The facing pair slid along an edge and along the diagonal, by ``n`` even steps in all, at ``gaps_nm`` [nm].

    Rows of a crystal slide so, and come to rest where beads hold most firmly: ripples of a deep contact are many kT.
    """
    places, turn = pose.facing_poses(gaps_nm)
    along = int(np.argmax(np.abs(places[0])))
    wide = _half(_shapes(pose)[0]) + np.abs(turn[0] @ _half(_shapes(pose)[1]))
    u, v = (axis for i, axis in enumerate(np.eye(3)) if i != along)
    steps = SLID_FURTHEST * (np.arange(n // 2) + 0.5)[:, None] / (n // 2)
    slide = np.vstack([steps * (wide @ u) * u, steps * min(wide @ u, wide @ v) * (u + v) / np.sqrt(2)])
    shift = np.asarray(places)[None] + slide[:, None]
    turns = np.tile(turn[0], (shift.shape[0] * len(gaps_nm), 1, 1))
    energy = pose.energy_kt(shift.reshape(-1, 3), turns).reshape(shift.shape[:2])
    return Ways(
        displacement_nm=shift,
        orientation=np.broadcast_to(quaternions(turn[:1]), (*shift.shape[:2], 4)),
        gap_nm=np.broadcast_to(gaps_nm, shift.shape[:2]),
        energy_kt=np.where(gaps_nm > BARRIER * pose.touch_nm, energy, np.inf),
        is_added=np.zeros(shift.shape[:2], dtype=bool),
    )


def facet_lines(pose: PoseEnergy, n: int, rng: np.random.Generator) -> Lines:
    """``n`` ways of facets that come together slid, twisted and tilted; half the facing pair, half any facets.

    The first third are of the facing pair that slides only: a crystal's rows do, and rest where beads are felt least.
    """
    first, second = _shapes(pose)
    shift, turn = pose.facing_poses(np.array([pose.touch_nm]))
    along = np.tile(shift[0] / np.linalg.norm(shift[0]), (n, 1))
    turns = np.tile(turn[0], (n, 1, 1))
    other = rng.uniform(size=n) < 0.5
    along[other] = np.vstack([np.eye(3), -np.eye(3)])[rng.integers(6, size=int(other.sum()))]
    turns[other] = _CUBE_TURNS[rng.integers(24, size=int(other.sum()))]
    plain = np.arange(n) < n // 3
    along[plain], turns[plain] = shift[0] / np.linalg.norm(shift[0]), turn[0]
    lying = _across(rng.normal(size=(n, 3)), along)
    lying /= np.linalg.norm(lying, axis=1, keepdims=True)
    tilts = rng.exponential(np.radians(4.0), n) * (rng.uniform(size=n) < 0.75) * ~plain
    twists = rng.uniform(-np.pi / 4, np.pi / 4, n) * (rng.uniform(size=n) < 0.4) * ~plain
    bent = Rotation.from_rotvec(tilts[:, None] * lying) * Rotation.from_rotvec(twists[:, None] * along)
    # Half the width of both: from face to face to just past each other.
    wide = np.array([_half(first)] * n) + np.abs(np.einsum("nij,j->ni", turns, _half(second)))
    slide = (
        _across(rng.uniform(-1, 1, (n, 3)) * wide, along)
        * np.where((rng.uniform(size=n) < 0.3) & ~plain, 0.1, 1.0)[:, None]
    )
    return Lines(slide_nm=slide, along=along, turn=bent.as_matrix() @ turns)


def random_lines(pose: PoseEnergy, n: int, rng: np.random.Generator) -> Lines:
    """``n`` ways centre to centre in any direction and any orientation."""
    along = rng.normal(size=(n, 3))
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    turn = Rotation.from_quat(np.roll(random_quaternions(n, rng), -1, axis=1)).as_matrix()
    return Lines(slide_nm=np.zeros((n, 3)), along=along, turn=turn)


def head_on_lines(pose: PoseEnergy, n: int, rng: np.random.Generator) -> Lines:
    """``n`` ways of facets, edges and corners that meet head on, at a few angles about the way."""
    places = np.array([[1, 0, 0], [1, 1, 0], [1, 1, 1]], dtype=float)
    own, theirs = (places[rng.integers(3, size=n)] * _half(s) for s in _shapes(pose))
    own, theirs = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (own, theirs))
    meet = [Rotation.align_vectors(-a[None], b[None])[0].as_matrix() for a, b in zip(own, theirs, strict=True)]
    spin = Rotation.from_rotvec(own * rng.choice([0, np.pi / 4, np.pi / 2], size=(n, 1)))
    return Lines(slide_nm=np.zeros((n, 3)), along=own, turn=spin.as_matrix() @ np.array(meet))


def _shapes(pose: PoseEnergy) -> tuple[Shape, Shape]:
    return pose.first.nanocrystal.shape, pose.second.nanocrystal.shape


def _half(shape: Shape) -> FloatArray:
    return np.full(3, shape.diameter_nm / 2) if isinstance(shape, Sphere) else np.array(shape.edges_nm) / 2


def _across(vectors: FloatArray, along: FloatArray) -> FloatArray:
    return np.asarray(vectors - along * (vectors * along).sum(axis=1, keepdims=True))
