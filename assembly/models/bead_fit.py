"""Mie potential of surface beads such that two facing nanocuboids feel a given pair energy.

The energy of two aligned bodies is the sum of Mie potentials over all pairs of a tip and a hollow and over all pairs of
sites (see `assembly.models.beads`), plus the repulsion of tips. For given exponents (n, m) each sum is stationary at
the wanted gap when sigma^(n-m) = (m S_m)/(n S_n), with S_k the sum of z r^(-k-2) over the pairs at that gap, and
epsilon follows from its share of the depth: both are exact. The exponents are fitted to the shape by least squares.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, least_squares

from assembly.models.beads import BeadPattern
from assembly.system.system import MiePair
from packing.errors import InputError

FloatArray = NDArray[np.float64]
Energy = Callable[[FloatArray], FloatArray]
Offsets = tuple[FloatArray, FloatArray, FloatArray]

CUTOFF_IN_CONTACTS = 1.6
"""Cutoff over the distance of the nearest beads in contact."""
EXPONENT_BOUNDS = ((10.0, 4.0), (24.0, 10.0))
"""Lowest and highest (n, m) of the fit: a steeper wall would need a time step too small to see cubes order."""
SITE_SHARE = 0.8
"""Part of the depth that comes from the sites in the middle of the faces; with it a shifted or twisted contact always
gains by going back, from any shift up to half an edge."""
WALL_KT = 2.0
"""How far up the repulsive wall the fit looks [kT]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BeadFit:
    """A fitted bead potential and how well it does.

    Parameters
    ----------
    attraction
        Between a tip and a hollow.
    site_attraction
        Between two sites.
    exclusion
        Between two tips: purely repulsive, zero at and beyond the bead diameter.
    gap_nm, depth_kt
        Minimum of the face-to-face energy [nm], [kT].
    stiffness_kt_nm2, target_stiffness_kt_nm2
        Curvature just inside the minimum, of the beads and of what they were fitted to [kT/nm^2].
    rms_error_kt, range_nm
        Deviation from the target [kT] and the gaps over which it is taken [nm].
    """

    attraction: MiePair
    site_attraction: MiePair
    exclusion: MiePair
    gap_nm: float
    depth_kt: float
    stiffness_kt_nm2: float
    target_stiffness_kt_nm2: float
    rms_error_kt: float
    range_nm: tuple[float, float]

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


def fit_beads(
    energy_kt: Energy,
    gap_nm: float,
    depth_kt: float,
    *,
    edge_nm: float,
    contact_gap_nm: float,
    bead_diameter_nm: float,
    pattern: BeadPattern,
    kt_kj_mol: float,
) -> BeadFit:
    """Potentials of beads whose face-to-face sum follows ``energy_kt`` around its minimum.

    Parameters
    ----------
    energy_kt
        Energy [kT] of facing particles at gaps [nm], scaled to the depth wanted.
    gap_nm, depth_kt
        Where its minimum is [nm] and how deep (positive) [kT].
    edge_nm
        Core edge along the axis of contact, the body's x [nm].
    contact_gap_nm, bead_diameter_nm
        Gap and diameter that the pattern was made for [nm].
    pattern
        The beads of both particles.
    kt_kj_mol
        kT [kJ/mol].

    Raises
    ------
    InputError
        If the energy has no minimum to fit.
    """
    if not (np.isfinite(gap_nm) and gap_nm > 0 and np.isfinite(depth_kt) and depth_kt > 0):
        raise InputError(f"pair energy: needs a minimum to make beads from, got {depth_kt:g} kT at {gap_nm:g} nm.")
    diameter, facing = bead_diameter_nm + gap_nm - contact_gap_nm, Facing(pattern)
    low, high = _fit_range(energy_kt, gap_nm, depth_kt)
    gaps = np.concatenate([np.linspace(low, gap_nm, 20), np.linspace(gap_nm, high, 40)[1:]])
    wanted = np.asarray(energy_kt(gaps))

    def pairs(exponents: FloatArray) -> tuple[MiePair, MiePair, MiePair]:
        share = SITE_SHARE * depth_kt
        unlike = _attraction(exponents[:2], facing.unlike, edge_nm + gap_nm, depth_kt - share)
        sites = _attraction(exponents[2:], facing.sites, edge_nm + gap_nm, share)
        return unlike, sites, _exclusion(unlike, diameter, 1.0)

    def face(exponents: FloatArray, at_gaps: FloatArray) -> FloatArray:
        return facing.energy_kt(*pairs(exponents), edge_nm + at_gaps)

    def residual(exponents: FloatArray) -> FloatArray:
        return face(exponents, gaps) - wanted

    starts = ([14.0, 6.0, 14.0, 6.0], [20.0, 7.0, 14.0, 6.0])
    bounds = (2 * EXPONENT_BOUNDS[0], 2 * EXPONENT_BOUNDS[1])
    best = min((least_squares(residual, s, bounds=bounds) for s in starts), key=lambda found: found.cost)
    unlike, sites, exclusion = (_scaled(pair, kt_kj_mol) for pair in pairs(best.x))
    inwards = gap_nm - 1e-3 * np.array([0.0, 1.0, 2.0])
    second = np.array([1.0, -2.0, 1.0]) / 1e-6
    return BeadFit(
        attraction=unlike,
        site_attraction=sites,
        exclusion=exclusion,
        gap_nm=float(gap_nm),
        depth_kt=float(depth_kt),
        stiffness_kt_nm2=float(second @ face(best.x, inwards)),
        target_stiffness_kt_nm2=float(second @ np.asarray(energy_kt(inwards))),
        rms_error_kt=float(np.sqrt(np.mean(residual(best.x) ** 2))),
        range_nm=(float(low), float(high)),
    )


class Facing:
    """Two aligned bodies that face each other along x: which bead pairs there are, like ones counted once."""

    def __init__(self, pattern: BeadPattern) -> None:
        # Tips of one body with hollows of the other come twice, once each way.
        self.unlike = _offsets(pattern.tips_nm, pattern.hollows_nm, 2.0)
        self.sites = _offsets(pattern.sites_nm, pattern.sites_nm, 1.0)
        self.tips = _offsets(pattern.tips_nm, pattern.tips_nm, 1.0)

    def energy_kt(
        self, attraction: MiePair, site_attraction: MiePair, exclusion: MiePair, distances_nm: FloatArray
    ) -> FloatArray:
        """Energy at centre distances ``distances_nm`` along x [nm], shape (n,), in the unit of the pairs' epsilon."""
        return (
            _summed(attraction, self.unlike, distances_nm)
            + _summed(site_attraction, self.sites, distances_nm)
            + _summed(exclusion, self.tips, distances_nm)
        )


def mie_energy(pair: MiePair, r_nm: FloatArray) -> FloatArray:
    """The Mie energy at distances ``r_nm`` [nm], cut and shifted, in the unit of its epsilon."""
    return np.where(r_nm < pair.cutoff_nm, _mie(pair, r_nm) - _mie(pair, np.array(pair.cutoff_nm)), 0.0)


def _attraction(exponents: FloatArray, offsets: Offsets, distance: float, depth: float) -> MiePair:
    n, m = map(float, exponents)
    along, across, counts = offsets
    z = along + distance
    r = np.hypot(z, across)
    contact = float(r.min())
    cutoff = CUTOFF_IN_CONTACTS * contact
    near = r < cutoff
    x, weight = r[near] / contact, (z * counts)[near]
    ratio = m * np.sum(weight * x ** (-m - 2)) / (n * np.sum(weight * x ** (-n - 2)))
    unit = MiePair(epsilon_kj_mol=1.0, sigma_nm=float(contact * ratio ** (1 / (n - m))), n=n, m=m, cutoff_nm=cutoff)
    return _scaled(unit, float(-depth / (mie_energy(unit, r[near]) @ counts[near])))


def _exclusion(pair: MiePair, diameter: float, kt: float) -> MiePair:
    sigma = diameter * (pair.m / pair.n) ** (1 / (pair.n - pair.m))
    return MiePair(epsilon_kj_mol=kt, sigma_nm=sigma, n=pair.n, m=pair.m, cutoff_nm=diameter)


def _scaled(pair: MiePair, factor: float) -> MiePair:
    return MiePair(
        epsilon_kj_mol=pair.epsilon_kj_mol * factor,
        sigma_nm=pair.sigma_nm,
        n=pair.n,
        m=pair.m,
        cutoff_nm=pair.cutoff_nm,
    )


def _mie(pair: MiePair, r: FloatArray) -> FloatArray:
    n, m = pair.n, pair.m
    prefactor = n / (n - m) * (n / m) ** (m / (n - m)) * pair.epsilon_kj_mol
    reduced = pair.sigma_nm / (r - pair.shift_nm)
    return prefactor * (reduced**n - reduced**m)


def _offsets(here: FloatArray, there: FloatArray, times: float) -> Offsets:
    """Offsets of the beads of one body from those of the other, along x and across it, and how often each occurs."""
    away = (there[None, :, :] - here[:, None, :]).reshape(-1, 3)
    seen = np.column_stack([away[:, 0], np.hypot(away[:, 1], away[:, 2])]).round(9)
    offsets, counts = np.unique(seen, axis=0, return_counts=True)
    return offsets[:, 0], offsets[:, 1], times * counts.astype(np.float64)


def _summed(pair: MiePair, offsets: Offsets, distances_nm: FloatArray) -> FloatArray:
    along, across, counts = offsets
    r = np.hypot(along[None, :] + np.atleast_1d(distances_nm)[:, None], across[None, :])
    near = (r < pair.cutoff_nm).any(axis=0)
    return mie_energy(pair, r[:, near]) @ counts[near]


def _fit_range(energy_kt: Energy, gap: float, depth: float) -> tuple[float, float]:
    """From `WALL_KT` on the repulsive side to where a tenth of the attraction is left."""

    def value(x: float) -> float:
        return float(np.asarray(energy_kt(np.array([x])))[0])

    low = 0.5 * gap
    if value(low) > WALL_KT:
        low = brentq(lambda x: value(x) - WALL_KT, low, gap)
    high = gap
    while value(high) < -0.1 * depth and high < 3 * gap + 3:
        high += 0.02 * (gap + 1)
    return low, high
