"""SAXS curves with counting noise, for the tests that measure them."""

import numpy as np
from numpy.typing import NDArray

from packing.shapes import Shape
from structure.measured.curve import MeasuredCurve
from structure.patterns.instrument import Instrument
from structure.saxs.lattice_model import LatticeModel


def counted(
    q_inv_nm: NDArray[np.float64],
    intensity: NDArray[np.float64],
    *,
    counts: float = 3e4,
    seed: int | np.random.Generator = 0,
    label: str = "",
) -> MeasuredCurve:
    """An intensity as a detector counts it, with ``counts`` in its brightest point."""
    noisy, _ = Instrument(counts_at_maximum=counts).count(intensity, np.random.default_rng(seed))
    return MeasuredCurve(q_inv_nm=q_inv_nm, intensity=noisy, label=label)


def counted_crystal(
    phase: str, body: Shape, nearest_nm: float, *, seed: int = 0, counts: float = 3e4, locked: bool = False
) -> MeasuredCurve:
    """Particles that differ by 6 % in size, displaced by 3 % of the spacing, in domains of 15 spacings."""
    q = np.linspace(0.25, 4.0, 300)
    model = LatticeModel(
        lattice=phase,
        spacing_nm=nearest_nm,
        body=body,
        size_spread=0.06,
        displacement_nm=0.03 * nearest_nm,
        domain_nm=15 * nearest_nm,
        locked=locked,
    )
    return counted(q, model.intensity(q) + 1e-3, counts=counts, seed=seed, label=phase)
