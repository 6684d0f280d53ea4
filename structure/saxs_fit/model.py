"""What a SAXS fit varies, and what it finds: `Trial` and `Solution`."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from structure.form_factors.averages import FitShape

FloatArray = NDArray[np.float64]

STACK = "lamellar"
"""A stack of layers: one row of reflections at even steps of q, of any strengths."""

AREA_SCATTER = 0.35
"""Granted relative scatter of peak areas about those of an ideal powder: grains are never quite at random."""


FREE = 1e3

ORDER_COST = 4.0
"""What each free area of a stack is charged: twice the gain that a number without meaning brings on average."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Values of everything that enters a curve nonlinearly.

    Parameters
    ----------
    phase
        Lattice, or ``"none"``.
    shape
        ``"sphere"`` or ``"cube"``.
    size_nm
        Diameter or edge [nm].
    size_spread
        Standard deviation of the size over its mean.
    nearest_nm
        Distance of nearest neighbours [nm].
    c_over_a
        Axial ratio of hcp and bct.
    sigma_inv_nm, hwhm_inv_nm
        Gaussian standard deviation and Lorentzian half width of all peaks [1/nm].
    paracrystal
        Standard deviation of a step between neighbours over its length: peaks widen with the square of q.
    displacement
        Standard deviation of independent displacements over the nearest distance: peaks weaken.
    locked
        Whether the particles' axes follow the lattice: cubes face to face. Otherwise each is turned at random.
    """

    phase: str
    shape: FitShape
    size_nm: float
    size_spread: float
    nearest_nm: float = 10.0
    c_over_a: float | None = None
    sigma_inv_nm: float = 0.01
    hwhm_inv_nm: float = 0.005
    paracrystal: float = 0.0
    displacement: float = 0.05
    locked: bool = False

    @property
    def texture(self) -> float:
        """Granted relative scatter of the peak areas: of a stack nothing is known."""
        return FREE if self.phase == STACK else AREA_SCATTER


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """A trial with the factors that enter linearly, and how well it describes the data.

    Parameters
    ----------
    trial
        The nonlinear values.
    model
        Calculated intensity at the data, shape (n,).
    particles_only
        The part of it without peaks, shape (n,).
    groups_inv_nm
        Positions of the groups of reflections [1/nm], shape (m,).
    areas
        Area of each group over that of an ideal powder, shape (m,).
    residual
        Robust residuals in units of the weights, shape (n,).
    factors
        Factors of the curves that enter linearly: background, free particles, diffuse part, groups of reflections.
    peaks
        Intensity of each group of an ideal powder, shape (n, m).
    penalty
        Departure of the areas, the diffuse part first, from an ideal powder in units of the scatter granted, (m + 1,).
    """

    trial: Trial
    model: FloatArray
    particles_only: FloatArray
    groups_inv_nm: FloatArray
    areas: FloatArray
    residual: FloatArray
    factors: FloatArray
    peaks: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    penalty: FloatArray = field(default_factory=lambda: np.zeros(0))

    @property
    def misfit(self) -> float:
        """Sum of squared robust residuals, and of the penalty, dimensionless: about one per point for a right model."""
        charge = ORDER_COST * np.count_nonzero(self.areas > 0.02) if self.trial.phase == STACK else 0.0
        return float(self.residual @ self.residual + self.penalty @ self.penalty + charge)
