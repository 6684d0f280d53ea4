"""The fit of a stack moved to its best values, inside bounds and with the numbers that a person fixed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from structure.diffraction.multilayer_planes import PlaneStack
from structure.measured.bounded import best_within, parameters_of
from structure.measured.linear import nonnegative
from structure.xrd_fit.fit import MOST_LAYERS, SIGMA_RANGE_NM, StackData, StackValues, stack_columns, stack_slopes

FloatArray = NDArray[np.float64]

SCALES = {"plane_spacing_nm": 0.001, "period_nm": 0.01, "sigma_nm": 0.03, "n_layers": 2.0}
"""By how much each number moves in a fit [nm, layers]."""

INSIDE = {"sigma_nm": (0.012, 0.55), "n_layers": (2.2, 55.0)}
"""Where a fit begins at the outermost [nm, layers]: from an edge of its range it sees only half of its surroundings."""


def refine_stack(
    data: StackData, planes: PlaneStack, start: StackValues, *, max_nfev: int = 40, keep_layers: bool = False
) -> StackValues:
    """The values moved to the best fit; the number of planes stays, and that of layers with ``keep_layers``.

    Scale and background follow along: what they can undo is projected out of the slopes (L. Kaufman, BIT 15, 49 (1975),
    doi:10.1007/BF01932995). ``max_nfev`` is the largest number of steps.
    """
    d, period = planes.plane_spacing_nm, start.period_nm
    limits = {
        "plane_spacing_nm": (0.97 * d, 1.03 * d),
        "period_nm": (0.97 * period, 1.03 * period),
        "sigma_nm": SIGMA_RANGE_NM,
    }
    if not keep_layers:
        limits["n_layers"] = (1.5, MOST_LAYERS)
    begin = {n: float(np.clip(getattr(start, n), *INSIDE.get(n, pair))) for n, pair in limits.items()}
    parameters = parameters_of(begin, limits, data.control)
    names = [name for name, parameter in parameters.items() if parameter.vary]
    target = data.intensity / data.sd
    last: list[Any] = [None]

    def solved(numbers: Mapping[str, float]) -> tuple[FloatArray, FloatArray, StackValues]:
        if last[0] != numbers:
            changed: dict[str, Any] = dict(numbers)
            values = replace(start, **changed)
            columns = stack_columns(data, planes, values) / data.sd[:, None]
            last[:] = [changed, columns, nonnegative(columns, target), values]
        return last[1], last[2], last[3]

    def residual(numbers: dict[str, float]) -> FloatArray:
        columns, factors, _ = solved(numbers)
        return columns @ factors - target

    def slopes(numbers: dict[str, float]) -> FloatArray:
        columns, factors, values = solved(numbers)
        moved = factors[0] * stack_slopes(data, planes, values, names) / data.sd[:, None]
        basis, triangle = np.linalg.qr(columns[:, factors > 0])
        basis = basis[:, np.abs(np.diagonal(triangle)) > 1e-9 * np.abs(triangle).max(initial=1e-300)]
        return np.asarray(moved - basis @ (basis.T @ moved))

    found: dict[str, Any] = best_within(
        residual, parameters, slopes=slopes, max_evaluations=max_nfev, x_scale=[SCALES[n] for n in names],
        ftol=1e-6, xtol=1e-7,
    )  # fmt: skip
    return replace(start, **found)


def bootstrap_stack(
    data: StackData, planes: PlaneStack, best: StackValues, *, n_samples: int, seed: int
) -> list[StackValues]:
    """Fits of ``n_samples`` sets of resampled points, drawn from ``seed``, each begun at the best values."""
    rng = np.random.default_rng(seed)
    return [refine_stack(data.drawn(rng), planes, best, max_nfev=20) for _ in range(n_samples)]
