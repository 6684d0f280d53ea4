"""What the budget of the red shift is drawn up from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optics.emission.anchored import Emitter
from optics.red_shift.minibands import BARRIERS, Barrier

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AssembledDots:
    """What the budget takes from a configuration, and from the person who asks.

    Parameters
    ----------
    emitter
        Size to energy.
    positions_nm, box
        Centres [nm], shape (N, 3), and the periodic box or None.
    edges_nm
        Edges of each core [nm], shape (N, 3), drawn continuously inside the size classes.
    gap_nm
        Distance between facing facets [nm]: from the frame.
    facet_overlap
        Share of a facet that faces its neighbour's.
    core_fraction
        Core volume over volume.
    index
        Refractive index of the solid at the emission.
    solution_index
        Refractive index around a dot before assembly.
    path_um
        Size of the crystal [um], an input.
    stokes_mev, line_fwhm_mev
        Stokes shift and width of the dots' line [meV], inputs.
    temperature_kelvin
        Temperature [K].
    quantum_yield
        Probability that an exciton emits.
    barriers
        Barriers between facets; the result is the range over them.
    foerster_radius_nm
        R0 [nm]; None computes it from the overlap of the spectra.
    """

    emitter: Emitter
    positions_nm: FloatArray
    box: FloatArray | None
    edges_nm: FloatArray
    gap_nm: float
    core_fraction: float
    index: float
    facet_overlap: float = 1.0
    solution_index: float = 1.497
    path_um: float = 2.0
    stokes_mev: float = 40.0
    line_fwhm_mev: float = 108.0
    temperature_kelvin: float = 300.0
    quantum_yield: float = 0.9
    barriers: tuple[Barrier, ...] = BARRIERS
    foerster_radius_nm: float | None = None
    seed: int = 1
