"""What a SAXS fit varies, and what it finds: `Trial` and `Solution`."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from structure.saxs_fit.particles import FitShape

FloatArray = NDArray[np.float64]

TEXTURE = 0.35
"""Granted relative scatter of peak areas about those of an ideal powder: grains are never quite at random."""


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

    @property
    def locked(self) -> bool:
        """Whether the particles' axes follow the lattice: cubes face to face."""
        return self.shape == "cube" and self.phase == "sc"


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
        The linear factors, to start a later solution with.
    peaks
        Intensity of each group of an ideal powder, shape (n, m).
    """

    trial: Trial
    model: FloatArray
    particles_only: FloatArray
    groups_inv_nm: FloatArray
    areas: FloatArray
    residual: FloatArray
    factors: FloatArray
    peaks: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))

    @property
    def penalty(self) -> FloatArray:
        """Departure of the areas from an ideal powder in units of the scatter granted, shape (m,)."""
        return (self.areas - 1.0) / TEXTURE if self.areas.any() else np.zeros_like(self.areas)

    @property
    def misfit(self) -> float:
        """Sum of squared robust residuals, and of the penalty."""
        return float(self.residual @ self.residual + self.penalty @ self.penalty)
