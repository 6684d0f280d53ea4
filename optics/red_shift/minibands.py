"""Minibands of a superlattice: what coupling through the gap between facets can shift, as an upper bound."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from optics.constants import HBAR2_OVER_2M0_EV_NM2
from packing.checks import require_positive
from packing.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Barrier:
    """What a carrier meets between two facets.

    Parameters
    ----------
    height_ev
        Step of the band [eV].
    mass
        Mass in it [m0].
    """

    height_ev: float
    mass: float


BARRIERS = (Barrier(height_ev=1.0, mass=1.0), Barrier(height_ev=3.0, mass=1.0), Barrier(height_ev=3.0, mass=0.3))
"""Barriers that bracket a gap (decay of the wave 5.1, 8.9 and 4.9 1/nm): the result is a range, not a number."""

ALKANE = Barrier(height_ev=2.46, mass=0.3)
"""Decay of the wave of 4.4 1/nm: half the 8.8 1/nm with which the current through alkane chains falls with their
length (V. B. Engelkes, J. M. Beebe and C. D. Frisbie, J. Am. Chem. Soc. 126, 14287 (2004))."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Miniband:
    """The lowest miniband along one axis.

    Parameters
    ----------
    bottom_ev, top_ev
        Its edges [eV] from the band edge of the dot.
    single_ev
        Level of one dot, with the barrier on both sides without end [eV].
    """

    bottom_ev: float
    top_ev: float
    single_ev: float

    @property
    def transfer_ev(self) -> float:
        """Transfer integral t [eV]: a quarter of the width."""
        return (self.top_ev - self.bottom_ev) / 4

    @property
    def lowering_ev(self) -> float:
        """By how much the bottom lies below the level of one dot [eV]."""
        return self.single_ev - self.bottom_ev


def miniband(edge_nm: float, gap_nm: float, *, mass: float, barrier: Barrier) -> Miniband:
    r"""Lowest miniband of a row of dots (Kronig and Penney, with BenDaniel-Duke boundary conditions).

    .. math:: \cos Kd=\cos kL\cosh qg+\tfrac12\Big(r-\tfrac1r\Big)\sin kL\sinh qg,\qquad
              r=\frac{q/m_b}{k/m_w}

    with L the edge, g the gap and d = L + g. Cubes on a simple cubic lattice are separable to this order, so the
    shift of a free carrier in three dimensions is three times that of one. Proc. R. Soc. A 130, 499 (1931),
    doi:10.1098/rspa.1931.0019.

    Parameters
    ----------
    edge_nm
        Edge of the dots [nm].
    gap_nm
        Distance between facets [nm].
    mass
        Of the carrier in the dot [m0].
    barrier
        Between the dots.

    Raises
    ------
    InputError
        For lengths or masses that are not positive, or a barrier too low to hold the lowest level.

    Examples
    --------
    >>> band = miniband(9.0, 0.4, mass=0.252, barrier=Barrier(height_ev=3.0, mass=1.0))
    >>> round(1e3 * band.bottom_ev, 5), round(1e3 * band.top_ev, 5)
    (15.09289, 15.40771)
    """
    for name, value in (("edge_nm", edge_nm), ("gap_nm", gap_nm), ("mass", mass), ("barrier mass", barrier.mass)):
        require_positive(name, value)
    hard_wall = HBAR2_OVER_2M0_EV_NM2 / mass * (math.pi / edge_nm) ** 2
    if barrier.height_ev <= 1.0001 * hard_wall:
        raise InputError(
            f"barrier height_ev must exceed the confinement of {hard_wall:.3g} eV in {edge_nm:g} nm, got "
            f"{barrier.height_ev:g}. Give a higher barrier or a larger edge."
        )

    def parts(energy: float) -> tuple[float, float, float]:
        k = math.sqrt(energy * mass / HBAR2_OVER_2M0_EV_NM2)
        q = math.sqrt((barrier.height_ev - energy) * barrier.mass / HBAR2_OVER_2M0_EV_NM2)
        return k * edge_nm, q * gap_nm, (q / barrier.mass) / (k / mass)

    def even(energy: float) -> float:
        phase, depth, r = parts(energy)
        return math.sin(phase / 2) - r * math.tanh(depth / 2) * math.cos(phase / 2)

    def odd(energy: float) -> float:
        phase, depth, r = parts(energy)
        return math.sin(phase / 2) - r / math.tanh(depth / 2) * math.cos(phase / 2)

    def alone(energy: float) -> float:
        phase, _, r = parts(energy)
        return math.sin(phase / 2) - r * math.cos(phase / 2)

    # At the bottom cos Kd = 1 and the wave is even about the gap, at the top it is odd: the dispersion then
    # factorises, and each edge is a simple zero below the hard-wall level.
    low, high = 1e-12, hard_wall
    bottom, single, top = (float(brentq(f, low, high, xtol=1e-16, rtol=1e-14)) for f in (even, alone, odd))
    return Miniband(bottom_ev=bottom, top_ev=top, single_ev=single)


def free_carrier_bound_ev(
    edge_nm: float, gap_nm: float, *, masses: tuple[float, float], barrier: Barrier, facet_overlap: float = 1.0
) -> float:
    """Upper bound of the red shift by minibands [eV]: both carriers free, at the bottom in all three directions.

    Parameters
    ----------
    edge_nm, gap_nm
        Edge and distance between facets [nm].
    masses
        Of electron and hole [m0].
    barrier
        Between the dots.
    facet_overlap
        Share of a facet that faces the next one, 0 to 1; it scales the transfer.

    Examples
    --------
    >>> found = [
    ...     1e3 * free_carrier_bound_ev(9.0, 0.4, masses=(0.252, 0.252), barrier=barrier) for barrier in BARRIERS
    ... ]
    >>> round(min(found), 1), round(max(found), 1)
    (1.0, 6.3)
    """
    bands = [miniband(edge_nm, gap_nm, mass=m, barrier=barrier) for m in masses]
    return facet_overlap * 3 * sum(band.lowering_ev for band in bands)


def bound_exciton_shift_ev(
    edge_nm: float,
    gap_nm: float,
    *,
    masses: tuple[float, float],
    barrier: Barrier,
    attraction_ev: float,
    facet_overlap: float = 1.0,
) -> float:
    """Red shift [eV] of a *bound* exciton by virtual hops of one carrier, about 12 t^2 / U.

    Second order in the transfer t of the carriers (mean square of both, six neighbours, two carriers); U is what an
    electron and a hole in neighbouring dots miss of their attraction. An estimate of the size, valid for t much below
    U.

    Parameters
    ----------
    edge_nm, gap_nm, masses, barrier, facet_overlap
        As in `free_carrier_bound_ev`.
    attraction_ev
        U [eV]; some 0.05.

    Examples
    --------
    >>> shift = bound_exciton_shift_ev(9.0, 0.4, masses=(0.252, 0.252), barrier=BARRIERS[0], attraction_ev=0.05)
    >>> 0.01e-3 < shift < 0.1e-3
    True
    """
    require_positive("attraction_ev", attraction_ev, "eV")
    transfers = [facet_overlap * miniband(edge_nm, gap_nm, mass=m, barrier=barrier).transfer_ev for m in masses]
    return float(12 * np.mean(np.square(transfers)) / attraction_ev)
