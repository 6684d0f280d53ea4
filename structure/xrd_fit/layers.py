"""How many layers a measured multilayer has: the fit at every number of layers, and what that leaves uncertain."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from structure.diffraction.multilayer_planes import PlaneStack
from structure.measured.linear import correlated_points, nonnegative
from structure.xrd_fit.fit import (
    MOST_LAYERS,
    StackData,
    StackValues,
    chi_square,
    stack_columns,
    stack_model,
    stack_slopes,
)
from structure.xrd_fit.refining import refine_stack

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
    if "n_layers" in data.control.fixed:
        return [best]
    fewest, most = data.control.limits("n_layers", 2.0, MOST_LAYERS)
    made: list[StackFit] = []
    lowest = best.chi
    for direction in (1, -1):
        values = best.values
        layers = round(best.values.n_layers) if direction > 0 else round(best.values.n_layers) - 1
        while fewest <= layers <= most:
            start = replace(values, n_layers=float(layers))
            values = refine_stack(data, best.planes, start, max_nfev=20, keep_layers=True)
            fit = StackFit(chi_square(data, best.planes, values), values, best.planes)
            made.append(fit)
            lowest = min(lowest, fit.chi)
            if fit.chi - lowest > STOP * scatter(data, fit):
                break
            # Many layers differ little from a few more.
            layers += direction * max(1, layers // 8)
    return made or [best]


def scatter(data: StackData, fit: StackFit) -> float:
    """Factor by which the misfit of a right model varies: squared deviation per point, times points erring together."""
    residual = (data.intensity - stack_model(data, fit.planes, fit.values)) / data.sd
    per_point = fit.chi / max(1, len(data.q_inv_nm) - 8)
    return max(1.0, per_point * correlated_points(residual))


def leverage_sds(data: StackData, fit: StackFit) -> dict[str, float]:
    r"""Standard uncertainty of each number of a fit [nm] but the layers, by its own residuals freed of what they fit.

    What a person fixed has none, and takes none of the others' certainty.

    A few points on the tops of sharp fringes hold a period: the fit passes through them, and points drawn again
    from residuals so small scatter too little. With the slopes J and each residual over one less its leverage h,

    .. math:: (J^TJ)^{-1} J^T \mathrm{diag}\left(\frac{r}{1-h}\right)^2 J (J^TJ)^{-1}

    Parameters
    ----------
    data
        Points.
    fit
        The fit.

    References
    ----------
    J. G. MacKinnon and H. White, J. Econometrics 29, 305 (1985), doi:10.1016/0304-4076(85)90158-7 (their HC3).
    """
    names = tuple(n for n in ("plane_spacing_nm", "period_nm", "sigma_nm") if n not in data.control.fixed)
    columns = stack_columns(data, fit.planes, fit.values) / data.sd[:, None]
    factors = nonnegative(columns, data.intensity / data.sd)
    residual = columns @ factors - data.intensity / data.sd
    slopes = (
        factors[0] * stack_slopes(data, fit.planes, fit.values, names) / data.sd[:, None] if names else columns[:, :0]
    )
    jacobian = np.column_stack([slopes, columns[:, factors > 0]])
    norms = np.maximum(np.linalg.norm(jacobian, axis=0), 1e-300)
    basis, singular, right = np.linalg.svd(jacobian / norms, full_matrices=False)
    # A constant and both slopes of the background are one too many.
    kept = singular > 1e-9 * singular[0]
    basis, to_values = basis[:, kept], (right[kept] / singular[kept, None]).T / norms[:, None]
    leverage = np.sum(basis**2, axis=1)
    pulled = basis.T * (residual / np.maximum(1 - leverage, 0.05))
    covariance = to_values @ (pulled @ pulled.T) @ to_values.T
    made = dict.fromkeys(NAMES, 0.0) | {name: float(np.sqrt(covariance[k, k])) for k, name in enumerate(names)}
    of_gap = np.zeros(len(covariance))
    for name, change in (("plane_spacing_nm", 1 - fit.values.n_planes), ("period_nm", 1.0)):
        if name in names:
            of_gap[names.index(name)] = change
    return made | {"gap_nm": float(np.sqrt(of_gap @ covariance @ of_gap))}


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
