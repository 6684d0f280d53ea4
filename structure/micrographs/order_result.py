"""What each route to the lattice of a micrograph says, and both together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from structure.fourier.patches import PatchLattices
from structure.micrographs.particles import LocatedParticles, NeighbourLattices

FloatArray = NDArray[np.float64]

AGREEMENT = 0.03
"""Relative difference of the two routes' spacings up to which they agree."""
PUSHED = 0.1
"""How much more they may differ for each share of empty places: a Gaussian wide enough for noise pushes particles
towards vacancies. Measured: spacings of particles came out 1.7 to 5.8 % too large where 15 to 30 % were missing, and
those of patches were right (`benchmarks/validation/micrographs.py`, seeds 21000 to 21092)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PatchOrder:
    """What the patches say: ``lattice``, ``spacing_px`` (plane-based) and its ``spread_px`` over patches.

    ``share`` is the part of the textured patches that agree, ``strain`` the mean distortion from the ideal cell and
    ``strain_spread`` its standard deviation; ``agreeing`` marks the patches.
    """

    lattice: str
    spacing_px: float
    spread_px: float
    share: float
    strain: float
    strain_spread: float
    agreeing: NDArray[np.bool_]
    patches: PatchLattices


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ParticleOrder:
    """What the particles say, with the same words; ``ordered`` marks particles on a lattice with their neighbours."""

    lattice: str
    spacing_px: float
    spread_px: float
    share: float
    strain: float
    ordered: NDArray[np.bool_]
    local_spacing_px: FloatArray
    particles: LocatedParticles
    neighbours: NeighbourLattices


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MicrographOrder:
    """Both routes for one rough spacing ``tried_px``, in pixels of the picture."""

    tried_px: float
    patches: PatchOrder
    particles: ParticleOrder

    @property
    def agreement(self) -> float:
        """Relative difference of the two spacings; infinite where the lattices have different names."""
        a, b = self.patches, self.particles
        if a.lattice != b.lattice or a.lattice == "none":
            return float("inf")
        return abs(a.spacing_px / b.spacing_px - 1)

    @property
    def empty(self) -> float:
        """Share of the lattice points beside ordered particles without a particle."""
        b = self.particles
        return 1 - float(np.mean(b.neighbours.occupied[b.ordered])) if b.ordered.any() else 0.0

    @property
    def agrees(self) -> bool:
        """Whether both routes see one lattice of one spacing, as far as the second can tell."""
        return self.agreement < AGREEMENT + PUSHED * self.empty

    @property
    def quality(self) -> float:
        """How far both routes see one lattice: their shares of the picture added, halved where spacings differ.

        Returns
        -------
        float
            0 to 2: dimensionless.
        """
        agree = 1.0 if self.agrees else 0.5
        return agree * (self.patches.share + self.particles.share)
