"""Surface beads and their Mie potential, such that two facing nanocubes feel a given pair energy.

Two cubes of n x n beads a side face each other; the sum of the Mie potential over all their beads is to have its minimum at the
gap of the pair energy, with its depth, and its shape around it. For given exponents (n, m) the sum is stationary at the
wanted gap when sigma^(n-m) = (m S_m)/(n S_n), S_k = sum of z r^(-k-2) over bead pairs at that gap, and epsilon follows from
the depth: both exact. The exponents are fitted to the shape by least squares.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, least_squares

from assembly.system import MiePair
from packing.errors import InputError

FloatArray = NDArray[np.float64]

CUTOFF_IN_CONTACTS = 1.6
"""Cutoff over the distance of facing beads at the minimum."""
EXPONENT_BOUNDS = ((10.0, 4.0), (24.0, 8.0))
"""Lowest and highest (n, m) of the fit. Below n = 10 a corner could slip between beads, above 24 the step gets tiny."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BeadFit:
    """A fitted bead potential and how well it does.

    ``range_nm`` are the gaps over which ``rms_error_kt`` [kT] is taken, ``stiffness_kt_nm2`` is the curvature [kT/nm^2] of
    the face-to-face energy at its minimum, ``target_stiffness_kt_nm2`` that of the (scaled) pair energy.
    """

    pair: MiePair
    gap_nm: float
    predicted_depth_kt: float
    depth_kt: float
    stiffness_kt_nm2: float
    target_stiffness_kt_nm2: float
    rms_error_kt: float
    range_nm: tuple[float, float]

    @property
    def is_capped(self) -> bool:
        """Whether the simulated depth is less than the predicted one."""
        return self.depth_kt < self.predicted_depth_kt * (1 - 1e-12)


def shell_positions_nm(edges_nm: tuple[float, float, float], gap_nm: float, bead_diameter_nm: float) -> FloatArray:
    """Bead centres on the six faces of a cuboid, shape (n, 3), touching or overlapping, set in by half a bead [nm].

    The beads fill the effective cuboid of edges (edge + gap): a shell without holes.

    Examples
    --------
    >>> len(shell_positions_nm((8.6, 8.6, 8.6), 1.4, 2.5))
    56
    """
    axes = []
    for edge in edges_nm:
        length = edge + gap_nm
        n = max(2, int(np.ceil(length / bead_diameter_nm - 1e-9)))
        axes.append(np.linspace(-0.5, 0.5, n) * (length - bead_diameter_nm))
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    outer = np.array([axis[-1] for axis in axes])
    return grid[np.any(np.abs(grid) > outer - 1e-9, axis=1)]


def face_to_face_energy(pair: MiePair, beads_nm: FloatArray, edge_nm: float, gaps_nm: FloatArray) -> FloatArray:
    """Energy of two aligned bodies of beads at the given face-to-face gaps along x, in the unit of ``pair``."""
    return np.array([np.sum(mie_energy(pair, _distances(beads_nm, edge_nm + gap)[0])) for gap in np.atleast_1d(gaps_nm)])


def mie_energy(pair: MiePair, r_nm: FloatArray) -> FloatArray:
    """The Mie energy at distances r, cut and shifted, in the unit of its epsilon."""
    return np.where(r_nm < pair.cutoff_nm, _mie(pair, r_nm) - _mie(pair, np.array(pair.cutoff_nm)), 0.0)


def fit_beads(
    energy_kt: Callable[[FloatArray], FloatArray],
    gap_nm: float,
    depth_kt: float,
    *,
    edge_nm: float,
    beads_nm: FloatArray,
    kt_kj_mol: float,
    depth_cap_kt: float,
) -> BeadFit:
    """Mie potential of beads whose face-to-face sum follows ``energy_kt`` around its minimum.

    Parameters
    ----------
    energy_kt
        Pair energy [kT] of facing particles at gaps [nm].
    gap_nm, depth_kt
        Where its minimum is [nm] and how deep (positive) [kT].
    edge_nm
        Core edge [nm] along the axis of contact.
    beads_nm
        Bead centres of one particle [nm], shape (n, 3).
    kt_kj_mol
        kT [kJ/mol].
    depth_cap_kt
        A deeper energy is scaled down to this depth [kT].

    Raises
    ------
    InputError
        If the pair energy has no minimum to fit.
    """
    if not (np.isfinite(gap_nm) and depth_kt > 0 and gap_nm > 0):
        raise InputError(f"pair energy: needs a minimum to derive beads from, got depth {depth_kt:g} kT at {gap_nm:g} nm.")
    depth = min(depth_kt, depth_cap_kt)
    scale = depth / depth_kt
    low, high = _fit_range(energy_kt, gap_nm, depth_kt, scale)
    gaps = np.concatenate([np.linspace(low, gap_nm, 25), np.linspace(gap_nm, high, 40)[1:]])
    wanted = scale * np.asarray(energy_kt(gaps))

    def residual(exponents: FloatArray) -> FloatArray:
        pair = _pair(exponents, beads_nm, edge_nm, gap_nm, depth)
        return face_to_face_energy(pair, beads_nm, edge_nm, gaps) - wanted

    best = min(
        (least_squares(residual, start, bounds=EXPONENT_BOUNDS) for start in ([14.0, 6.0], [20.0, 7.0])),
        key=lambda found: found.cost,
    )
    pair = _pair(best.x, beads_nm, edge_nm, gap_nm, depth)
    h = 1e-3
    around = np.array([gap_nm - h, gap_nm, gap_nm + h])
    second = np.array([1.0, -2.0, 1.0]) / h**2
    return BeadFit(
        pair=MiePair(
            epsilon_kj_mol=pair.epsilon_kj_mol * kt_kj_mol,
            sigma_nm=pair.sigma_nm,
            n=pair.n,
            m=pair.m,
            cutoff_nm=pair.cutoff_nm,
        ),
        gap_nm=float(gap_nm),
        predicted_depth_kt=float(depth_kt),
        depth_kt=float(depth),
        stiffness_kt_nm2=float(second @ face_to_face_energy(pair, beads_nm, edge_nm, around)),
        target_stiffness_kt_nm2=float(second @ np.asarray(energy_kt(around)) * scale),
        rms_error_kt=float(np.sqrt(np.mean(residual(best.x) ** 2))),
        range_nm=(float(low), float(high)),
    )


def _pair(exponents: FloatArray, beads: FloatArray, edge: float, gap: float, depth: float) -> MiePair:
    n, m = map(float, exponents)
    r, z = _distances(beads, edge + gap)
    cutoff = CUTOFF_IN_CONTACTS * float(r.min())
    inside = r < cutoff
    r, z = r[inside], z[inside]
    contact = r.min()  # in units of it no power overflows
    ratio = m * np.sum(z * (r / contact) ** (-m - 2)) / (n * np.sum(z * (r / contact) ** (-n - 2)))
    pair = MiePair(epsilon_kj_mol=1.0, sigma_nm=float(contact * ratio ** (1 / (n - m))), n=n, m=m, cutoff_nm=cutoff)
    unit = np.sum(mie_energy(pair, r))
    return MiePair(epsilon_kj_mol=float(-depth / unit), sigma_nm=pair.sigma_nm, n=n, m=m, cutoff_nm=cutoff)


def _mie(pair: MiePair, r: FloatArray) -> FloatArray:
    n, m = pair.n, pair.m
    prefactor = n / (n - m) * (n / m) ** (m / (n - m)) * pair.epsilon_kj_mol
    reduced = pair.sigma_nm / (r - pair.shift_nm)
    return prefactor * (reduced**n - reduced**m)


def _distances(beads: FloatArray, centre_distance: float) -> tuple[FloatArray, FloatArray]:
    """Distances of all bead pairs of two aligned bodies along x, and their parts along x."""
    away = beads[None, :, :] - beads[:, None, :]
    along = away[..., 0] + centre_distance
    return np.sqrt(along**2 + away[..., 1] ** 2 + away[..., 2] ** 2).ravel(), along.ravel()


def _fit_range(energy_kt: Callable[[FloatArray], FloatArray], gap: float, depth: float, scale: float) -> tuple[float, float]:
    """From +2 kT on the repulsive side to where a tenth of the attraction is left."""

    def value(x: float) -> float:
        return float(np.asarray(energy_kt(np.array([x])))[0])

    low = 0.5 * gap
    if value(low) * scale > 2.0:
        low = brentq(lambda x: value(x) * scale - 2.0, low, gap)
    high = gap
    while value(high) < -0.1 * depth and high < 4 * gap + 5:
        high += 0.02 * (gap + 1)
    return low, high
