"""Where to start the fits of a multilayer: crystal thickness, period and disorder on a grid."""

from __future__ import annotations

import functools
import math
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from structure.diffraction.multilayer_planes import PlaneStack
from structure.xrd_fit.fit import StackData, StackValues, stack_interference

FloatArray = NDArray[np.float64]

SEARCH_ERROR = 0.3
"""Relative error granted while the thickness and the period are searched on a grid."""

N_STARTS = 12
"""Starts that the search hands on."""


def search_stack(
    data: StackData, planes: PlaneStack, periods_nm: tuple[float, float], gaps_nm: tuple[float, float]
) -> list[StackValues]:
    """Starts on a grid of crystal thickness, period and disorder: the best of each thickness, then the best others.

    ``periods_nm`` and ``gaps_nm`` are the lowest and highest period and gap to try [nm].
    """
    d, control = planes.plane_spacing_nm, data.control
    # A fringe moves by its own width when the period changes by this much at the highest q.
    step = min(0.03, 0.35 / float(data.q_inv_nm[-1]))
    starts: list[tuple[float, StackValues]] = []
    # Sharp fringes a little off would outweigh everything: the search asks only for their outline.
    weight = 1 / np.hypot(data.sd, SEARCH_ERROR * np.maximum(data.intensity, 0.0))
    target = data.intensity * weight
    grid = np.arange(periods_nm[0], periods_nm[1], step)
    interferences = _interferences(data.q_inv_nm.tobytes(), grid.tobytes())
    fewest = max(2, int((periods_nm[0] - gaps_nm[1]) / d))
    most = int((periods_nm[1] - gaps_nm[0]) / d) + 2
    fewest, most = (round(control.begun("n_planes", n)) for n in (fewest, most))
    for n_planes in range(fewest, most + 1):
        form = np.abs(planes.amplitude(data.q_inv_nm, n_planes)) ** 2 * data.factor * weight
        gap = grid - (n_planes - 1) * d
        kept = (gap >= gaps_nm[0]) & (gap <= gaps_nm[1])
        if np.count_nonzero(kept) < 3:
            continue
        for (sigma, layers), rows in interferences.items():
            misfit = _two_column_misfit(rows[kept] * form, weight, target)
            # Fringes repeat when the gap grows by one cell of the crystal: keep every local minimum.
            padded = np.pad(misfit, 1, constant_values=np.inf)
            for k in np.flatnonzero((misfit <= padded[:-2]) & (misfit <= padded[2:])):
                starts.append(
                    (
                        float(misfit[k]),
                        StackValues(
                            n_planes=n_planes,
                            plane_spacing_nm=d,
                            period_nm=control.begun("period_nm", float(grid[kept][k])),
                            sigma_nm=control.begun("sigma_nm", sigma),
                            n_layers=control.begun("n_layers", layers),
                        ),
                    )
                )
    starts.sort(key=lambda s: s[0])
    ordered = [values for _, values in starts]
    leading: dict[int, StackValues] = {}
    for values in ordered:
        leading.setdefault(values.n_planes, values)
    first = list(leading.values())
    # Of a period that a person gave, every start is the same.
    others = (v for v in dict.fromkeys(ordered) if v is not leading[v.n_planes])
    return first[: N_STARTS * 2 // 3] + list(islice(others, N_STARTS // 3))


@functools.lru_cache(maxsize=1)
def _interferences(q_bytes: bytes, periods_bytes: bytes) -> dict[tuple[float, float], FloatArray]:
    # Both ends of the crystals and both of their plane spacings are searched on the same periods.
    q, periods = np.frombuffer(q_bytes), np.frombuffer(periods_bytes)
    return {
        (sigma, layers): np.array([stack_interference(q, float(p), sigma, layers) for p in periods])
        for sigma, layers in ((0.03, 9.0), (0.06, 6.0), (0.14, 6.0))
    }


def observed_spacing_nm(data: StackData, planes: PlaneStack) -> float:
    """Spacing of the planes [nm] from the centre of the strongest reflection, fringes and all.

    The window is wider than the reflection of a thin crystal: a narrow one settles on the strongest fringe.
    """
    q, height = data.q_inv_nm, data.intensity - np.quantile(data.intensity, 0.1)
    d = planes.plane_spacing_nm
    orders = np.arange(1, 40) * 2 * np.pi / (d * len(planes.sequence))
    orders = orders[(orders > q[0] * 1.02) & (orders < q[-1] * 0.98)]
    half = 0.7
    power = [float(np.clip(height[np.abs(q - o) < half], 0, None).sum()) for o in orders]
    if not power or max(power) <= 0:
        return d
    order = float(orders[int(np.argmax(power))])
    centre = order
    for _ in range(8):
        reach = min(1.5 * half, centre - q[0], q[-1] - centre)
        near = np.abs(q - centre) < max(reach, 0.5 * half)
        weight = np.clip(height[near], 0, None)
        if weight.sum() <= 0:
            return d
        centre = float(np.average(q[near], weights=weight))
    return float(np.clip(d * order / centre, 0.975 * d, 1.025 * d))


def _two_column_misfit(stacks: FloatArray, weight: FloatArray, target: FloatArray) -> FloatArray:
    """Misfit of scale times each stack plus a constant, for many stacks at once."""
    aa, ab, bb = np.sum(stacks**2, axis=1), stacks @ weight, float(weight @ weight)
    at, bt = stacks @ target, float(weight @ target)
    determinant = np.maximum(aa * bb - ab**2, 1e-30 * aa * bb)
    scale, constant = (at * bb - bt * ab) / determinant, (bt * aa - at * ab) / determinant
    negative = constant < 0
    scale[negative], constant[negative] = (at / aa)[negative], 0.0
    misfit = float(target @ target) - scale * at - constant * bt
    return np.where(scale > 0, misfit, math.inf)
