"""How many layers a measured multilayer has: the fit at every number of layers, and what that leaves uncertain."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from structure.diffraction.multilayer_planes import PlaneStack
from structure.measured.linear import correlated_points
from structure.xrd_fit.fit import (
    MOST_LAYERS,
    StackData,
    StackValues,
    chi_square,
    refine_stack,
    stack_model,
)

FloatArray = NDArray[np.float64]

NAMES = ("period_nm", "gap_nm", "sigma_nm", "n_layers", "plane_spacing_nm")

STOP = 12.0
"""Rise of the misfit, in its own scatter, beyond which more or fewer layers are not tried."""


@dataclass(frozen=True, slots=True)
class StackFit:
    """A fitted stack: its sum of squared deviations, its values and the planes it is made of."""

    chi: float
    values: StackValues
    planes: PlaneStack


def layer_profile(data: StackData, best: StackFit) -> list[StackFit]:
    """The best fits with a whole number of layers each, from the best fit up and down until they are far worse.

    Few layers and a large fluctuation widen the fringes alike, so a fit that moves both at once can stop anywhere
    along a long valley. Walked through one number of layers after the other, the valley has no stops.
    """
    made: list[StackFit] = []
    lowest = best.chi
    for direction in (1, -1):
        values = best.values
        layers = round(best.values.n_layers) if direction > 0 else round(best.values.n_layers) - 1
        while 2 <= layers <= MOST_LAYERS:
            start = replace(values, n_layers=float(layers))
            values = refine_stack(data, best.planes, start, max_nfev=20, keep_layers=True)
            fit = StackFit(chi_square(data, best.planes, values), values, best.planes)
            made.append(fit)
            lowest = min(lowest, fit.chi)
            if fit.chi - lowest > STOP * scatter(data, fit):
                break
            # Many layers differ little from a few more.
            layers += direction * max(1, layers // 8)
    return made


def scatter(data: StackData, fit: StackFit) -> float:
    """Factor by which the misfit of a right model varies: squared deviation per point, times points erring together."""
    residual = (data.intensity - stack_model(data, fit.planes, fit.values)) / data.sd
    per_point = fit.chi / max(1, len(data.q_inv_nm) - 8)
    return max(1.0, per_point * correlated_points(residual))


def spread_over(fits: list[StackFit], best: StackFit, unit: float) -> dict[str, float]:
    """Standard deviation of each number about the best over fits that the data does not tell apart.

    Each counts with its likelihood, the misfit in units of ``unit``; numbers of layers that were passed over between
    two of the fits count with their neighbours. Beforehand, twice as many layers are as likely as half as many: of a
    thickness not even the scale is known (H. Jeffreys, Proc. R. Soc. A 186, 453 (1946), doi:10.1098/rspa.1946.0056).
    """
    fits = sorted(fits, key=lambda f: f.values.n_layers)
    layers = np.array([f.values.n_layers for f in fits])
    weights = np.exp(-np.array([f.chi - best.chi for f in fits]) / (2 * unit))
    weights = np.minimum(weights, 1.0) * np.maximum(1.0, layers // 8) / layers
    made = {}
    for name in NAMES:
        away = np.array([getattr(f.values, name) - getattr(best.values, name) for f in fits])
        made[name] = float(np.sqrt(weights @ away**2 / weights.sum())) if weights.sum() > 0 else 0.0
    return made
