"""Fitting bead potentials to the pair energy of poses: linear least squares with a smoothness penalty."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from assembly.models.soft.contact import BeadContact, kind_pairs, of_kind, orders
from assembly.models.soft.pattern import JAGGED, RIM, THIN_GAP_NM, BeadPattern
from assembly.models.soft.poses import Ways, facet_lines, facing_way, head_on_lines, random_lines, slid_ways, walk
from assembly.models.soft.radial import RadialBasis, radial_basis, summed_basis
from packing.pose import PoseEnergy
from packing.surface.poses import quaternions

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

REACHED_KT = 4.0
"""How far above the lowest energy on a way in thermal motion goes [kT]: what lies beyond only has to be high."""
WALL_PART = 0.3
"""Part of the gap of touching shells over which the energy rises by a depth inside a contact, or by more if the pair
energy does: the wall of a dry contact, whose real one is soft against its depth."""
HIGHEST_KT = 25.0
LEAST_FELT_KT = 0.15
"""Weaker facing contacts are left out: the tail of van der Waals costs twice the pairs of beads."""
THIN_NM, FLOOR = 1.5, 0.02
"""Gap of touching shells below which they are thin; least weight of a pose."""
WALL_PER_NM = 5.0
"""Growth of the force between two beads inside what any pose has seen [kT/nm^2], five times as much for thin shells."""
SLID_INWARDS = 0.3
"""How far in slid facets are followed from the best gap, in parts of the gap of touching shells."""
HOLD_OUT_EVERY = 5
"""One way of this many is left out of the fit, to tell its error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FitSettings:
    """Ways of each group, stops on them, weights of the groups, knots and smoothness."""

    n_facet: int = 90
    n_random: int = 45
    n_head_on: int = 15
    stops: int = 6
    n_slid: int = 0
    facing_weight: float = 2.0
    facet_weight: float = 9.0
    random_weight: float = 3.0
    head_on_weight: float = 1.0
    slid_weight: float = 5.0
    narrow_nm: float = 0.08
    wide_nm: float = 0.35
    smoothness: float = 1e-4


SHALLOW_KT = 4.0
DEEP = FitSettings(facing_weight=5.0)
DEEP_AND_THIN = FitSettings(facing_weight=5.0, n_slid=12)
"""For deep contacts of thin shells: random ways hardly meet a well so narrow, and slid facets would hold too little."""
SHALLOW = FitSettings(n_facet=100, facet_weight=12.0, n_random=60, n_head_on=20, narrow_nm=0.15, smoothness=1e-6)
"""For contacts that thermal motion breaks: where they are felt at all is wide, and few kT are to be right."""

ONE_BEAD = FitSettings(narrow_nm=0.05, wide_nm=0.15, smoothness=1e-9)
"""For two spheres."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Targets:
    """Poses, the energies that beads should have there [kT], weights, and which of them thermal motion reaches, lie
    deep inside the wall, and are left out of the fit.
    """

    displacement_nm: FloatArray
    orientation: FloatArray
    energy_kt: FloatArray
    weight: FloatArray
    is_reached: BoolArray
    is_inside: BoolArray
    is_held_out: BoolArray


def fit_contact(
    pose: PoseEnergy,
    patterns: tuple[BeadPattern, BeadPattern],
    dry_gap_nm: float,
    *,
    cutoff_nm: float | None = None,
    seed: int = 1,
    settings: FitSettings | None = None,
) -> BeadContact:
    """Bead potentials whose sums follow a pair energy in every pose.

    Parameters
    ----------
    pose
        The pair energy.
    patterns
        Beads of the two bodies, the same object twice for equal ones.
    dry_gap_nm
        Gap in dry contact that the patterns are for [nm].
    cutoff_nm
        Longest distance of two beads that feel each other [nm]; None takes what the energy reaches.
    seed
        Of the poses.
    settings
        Numbers and weights; None for `ONE_BEAD`, `SHALLOW`, `DEEP` or `DEEP_AND_THIN` by shape, depth and gap.
    """
    deep = DEEP_AND_THIN if dry_gap_nm < THIN_GAP_NM else DEEP
    s = settings or (ONE_BEAD if pose.is_of_spheres else SHALLOW if pose.facing.depth_kt < SHALLOW_KT else deep)
    first, second = patterns
    is_like = first is second
    depth = pose.facing.depth_kt
    unit = max(depth, 1.0)
    targets = fitting_targets(pose, s, seed)
    facing = first.depth_nm + second.depth_nm + pose.facing.gap_nm - dry_gap_nm
    cutoff = cutoff_nm or facing + end_of_reach_nm(pose) - pose.facing.gap_nm + 0.3
    basis = radial_basis(0.3 * facing, cutoff, facing, s.narrow_nm, s.wide_nm)
    keys = kind_pairs(first, second, is_like=is_like, rim=RIM if depth < SHALLOW_KT else JAGGED)
    sums = {
        kinds: [
            summed_basis(basis, of_kind(first, a), of_kind(second, b), targets.displacement_nm, targets.orientation)
            for a, b in orders(kinds, is_like=is_like)
        ]
        for kinds in keys
    }
    matrix = np.hstack([np.sum(parts, axis=0) for parts in sums.values()]) / unit
    scale = float(np.abs(matrix).max())
    weight = np.where(targets.is_held_out, 0.0, targets.weight)
    rough = np.kron(np.eye(len(keys)), basis.roughness()) * (scale * np.sqrt(s.smoothness * (weight**2).sum()))
    solved = np.linalg.lstsq(
        np.vstack([weight[:, None] * matrix, rough]),
        np.concatenate([weight * targets.energy_kt / unit, np.zeros(len(rough))]),
        rcond=None,
    )[0]
    fitted = BeadContact(
        first=first,
        second=second,
        basis=basis,
        coefficients_kt=dict(zip(keys, solved.reshape(len(keys), -1), strict=True)),
        seen_nm={
            kinds: _shortest_nm(basis, np.sum(parts, axis=0)[~targets.is_inside]) for kinds, parts in sums.items()
        },
        is_like=is_like,
        wall_kt_per_nm2=WALL_PER_NM * (1.0 if pose.touch_nm > THIN_NM else 5.0),
        rms_kt=np.nan,
        n_held_out=0,
    )
    if depth >= SHALLOW_KT:
        fitted = _in_place(fitted, pose)
    tried = targets.is_held_out & targets.is_reached
    off = fitted.energy_kt(targets.displacement_nm[tried], targets.orientation[tried]) - targets.energy_kt[tried]
    return replace(fitted, rms_kt=float(np.sqrt(np.mean(off**2))), n_held_out=int(tried.sum()))


def _in_place(fitted: BeadContact, pose: PoseEnergy) -> BeadContact:
    """The same with the facing contact exactly where and as deep as it is: a little shift in r, and a factor near 1."""
    contact = fitted
    for _ in range(2):
        gap = pose.facing.gap_nm + np.linspace(-0.15, 0.15, 61)
        shift, turn = pose.facing_poses(gap)
        energy = contact.energy_kt(np.asarray(shift), quaternions(turn))
        best = int(np.argmin(energy))
        factor, off = pose.facing.depth_kt / -float(energy[best]), pose.facing.gap_nm - float(gap[best])
        if not 0.8 < factor < 1.25:
            return fitted
        contact = replace(
            contact,
            basis=RadialBasis(knots_nm=contact.basis.knots_nm + off),
            coefficients_kt={kinds: factor * values for kinds, values in contact.coefficients_kt.items()},
            seen_nm={kinds: r + off for kinds, r in contact.seen_nm.items()},
        )
    return contact


def _shortest_nm(basis: RadialBasis, sums: FloatArray) -> float:
    """Where the first function begins that any pose has felt [nm]."""
    felt = np.flatnonzero(np.abs(sums).max(axis=0) > 0)
    return float(basis.knots_nm[felt[0] + 3] if len(felt) else basis.first_nm)


@lru_cache(maxsize=64)
def end_of_reach_nm(pose: PoseEnergy) -> float:
    """Gap beyond which the facing energy is below a fiftieth of its depth, or not felt by thermal motion [nm]."""
    gap = np.linspace(0.9 * pose.touch_nm, pose.touch_nm + 3.0, 300)
    felt = np.flatnonzero(np.abs(pose.facing_energy_kt(gap)) > max(0.02 * pose.facing.depth_kt, LEAST_FELT_KT))
    return max(float(gap[felt[-1]]) if len(felt) else 0.0, 1.05 * pose.touch_nm)


def fitting_targets(pose: PoseEnergy, s: FitSettings, seed: int) -> Targets:
    """What beads are fitted to, by poses of a ``seed`` (a number).

    Spheres of one bead each are fitted to the curve of two of them, of which every fifth point is left out.
    """
    if pose.is_of_spheres:
        curve = _targets(pose, facing_way(pose, facing_gaps(pose, finer=8)), 1.0)
        left_out = np.arange(len(curve.energy_kt)) % HOLD_OUT_EVERY == HOLD_OUT_EVERY - 1
        return replace(curve, is_held_out=left_out)
    rng = np.random.default_rng(seed)
    parts = [_targets(pose, facing_way(pose, facing_gaps(pose)), s.facing_weight)]
    # Beads lie deep: of a thin shell only cores that nearly touch tell them to keep edges and corners apart.
    is_thin = pose.touch_nm < THIN_NM
    inner, floor = (0.1, 0.15) if is_thin else (0.35, FLOOR)
    for lines, n, until, weight in (
        (facet_lines, s.n_facet, 0.7, s.facet_weight),
        (random_lines, s.n_random, inner, s.random_weight),
        (head_on_lines, 2 * s.n_head_on if is_thin else s.n_head_on, inner, s.head_on_weight),
    ):
        gaps = gaps_inwards(pose, n, s.stops, until, rng)
        parts.append(_targets(pose, walk(pose, lines(pose, n, rng), gaps), weight, floor))
    if s.n_slid:
        gaps = facing_gaps(pose)
        near = gaps[gaps > pose.facing.gap_nm - SLID_INWARDS * pose.touch_nm][::2]
        parts.append(_targets(pose, slid_ways(pose, s.n_slid, near), s.slid_weight))
    joined = {name: np.concatenate([getattr(p, name) for p in parts]) for name in Targets.__slots__}
    return Targets(**joined)


def facing_gaps(pose: PoseEnergy, finer: int = 1) -> FloatArray:
    """Gaps of the facing curve [nm], closer together where it is lowest; ``finer`` is a factor on their number."""
    best, end = pose.facing.gap_nm, end_of_reach_nm(pose)
    outer = best + (end - best) * np.linspace(0, 1, 30 * finer) ** 1.5
    inner = best - 0.5 * pose.touch_nm * np.linspace(0, 1, 25 * finer) ** 1.5
    return np.concatenate([outer[::-1], inner[1:]])


def gaps_inwards(pose: PoseEnergy, n: int, stops: int, inner: float, rng: np.random.Generator) -> FloatArray:
    """Gaps of ``stops`` on ``n`` ways in [nm], shape (n, stops).

    They lie evenly from the end of reach to a part ``inner`` of the touching gap.
    """
    places = (np.arange(stops) + rng.uniform(size=(n, stops))) / stops
    end = end_of_reach_nm(pose)
    return np.asarray(end + (inner * pose.touch_nm - end) * places)


def wanted_kt(pose: PoseEnergy, ways: Ways) -> FloatArray:
    """The pair energy where thermal motion reaches, and a wall inside it, finite everywhere [kT]."""
    inside = np.maximum(ways.lowest_gap_nm - ways.gap_nm, 0.0) / (WALL_PART * pose.touch_nm)
    depth = pose.facing.depth_kt
    wall = ways.lowest_kt + depth * inside**2
    energy = np.where(ways.reached(np.inf), ways.energy_kt, np.inf)
    return np.minimum(np.maximum(energy, np.where(inside > 0, wall, -np.inf)), max(HIGHEST_KT, depth))


def _targets(pose: PoseEnergy, ways: Ways, weight: float, floor: float = FLOOR) -> Targets:
    energy = wanted_kt(pose, ways)
    kt = max(REACHED_KT, 0.3 * pose.facing.depth_kt)
    w = np.maximum(np.exp(-np.maximum(energy - ways.lowest_kt, 0.0) / kt), floor)
    w *= weight / np.sqrt((w**2).sum())
    left_out = (np.arange(len(energy)) % HOLD_OUT_EVERY == HOLD_OUT_EVERY - 1)[:, None]
    return Targets(
        displacement_nm=ways.displacement_nm.reshape(-1, 3),
        orientation=ways.orientation.reshape(-1, 4),
        energy_kt=energy.ravel(),
        weight=w.ravel(),
        is_reached=(ways.reached(REACHED_KT) & np.isfinite(ways.energy_kt)).ravel(),
        is_inside=(energy - ways.lowest_kt > 3 * kt).ravel(),
        is_held_out=np.broadcast_to(left_out, energy.shape).ravel(),
    )
