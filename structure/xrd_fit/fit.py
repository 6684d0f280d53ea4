"""Fit of a stack of nanocrystals to the fringes of a measured XRD curve."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import lmfit
import numpy as np
from numpy.typing import NDArray

from structure.diffraction.multilayer_planes import PlaneStack
from structure.measured.control import FREE_FIT, FitControl
from structure.measured.linear import nonnegative
from structure.widths import smeared

FloatArray = NDArray[np.float64]


MOST_LAYERS = 60.0
SIGMA_RANGE_NM = (0.005, 0.6)
"""Range in which the fluctuation of the period is fitted [nm]; what ends on its edge the data does not determine."""

SEARCH_ERROR = 0.3
"""Relative error granted while the thickness and the period are searched on a grid."""

N_STARTS = 12
"""Starts that the search hands on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StackValues:
    """The numbers of a stack that a fit moves.

    Parameters
    ----------
    n_planes
        Planes of a nanocrystal.
    plane_spacing_nm
        Their distance [nm].
    period_nm
        Period of the stack [nm].
    sigma_nm
        Standard deviation of the period [nm]; cumulative.
    n_layers
        Nanocrystals in the coherent stack; between whole numbers a mixture of the two.
    """

    n_planes: int
    plane_spacing_nm: float
    period_nm: float
    sigma_nm: float
    n_layers: float

    @property
    def gap_nm(self) -> float:
        """Distance of the facing outermost planes of neighbours [nm]."""
        return self.period_nm - (self.n_planes - 1) * self.plane_spacing_nm

    def on_an_edge(self) -> tuple[str, ...]:
        """Names of the numbers that a fit left on the edge of their range, so that it says nothing of their error.

        Examples
        --------
        >>> stack = StackValues(n_planes=29, plane_spacing_nm=0.29, period_nm=11.6, sigma_nm=0.005, n_layers=6.0)
        >>> stack.on_an_edge()
        ('sigma_nm',)
        """
        low, high = SIGMA_RANGE_NM
        edges = {
            "sigma_nm": self.sigma_nm < 1.01 * low or self.sigma_nm > 0.99 * high,
            "n_layers": self.n_layers > 0.99 * MOST_LAYERS,
        }
        return tuple(name for name, is_on in edges.items() if is_on)


@dataclass(frozen=True, slots=True, eq=False)
class StackData:
    """Points of a multilayer fit: q [1/nm], intensity, its standard deviation, and the factor on the model.

    ``control`` is what a person decided about the numbers.
    """

    q_inv_nm: FloatArray
    intensity: FloatArray
    sd: FloatArray
    factor: FloatArray
    resolution_inv_nm: float = 0.0
    control: FitControl = FREE_FIT

    def drawn(self, rng: np.random.Generator) -> StackData:
        """As many points drawn with replacement, as weights: the bootstrap."""
        counts = rng.multinomial(len(self.q_inv_nm), np.full(len(self.q_inv_nm), 1 / len(self.q_inv_nm)))
        return replace(self, sd=self.sd / np.sqrt(np.maximum(counts, 1e-6)))


def stack_interference(q_inv_nm: FloatArray, period_nm: float, sigma_nm: float, n_layers: float) -> FloatArray:
    r"""Intensity of a stack over that of its free nanocrystals.

    .. math:: 1 + \frac2C\mathrm{Re}\,\frac{p\,(C(1-p)-(1-p^C))}{(1-p)^2},\qquad p = e^{iq\Lambda - q^2s^2/2}

    the sum over pairs of a finite stack whose period fluctuates independently with standard deviation s. It is the
    factor of `structure.diffraction.multilayer.multilayer_intensity` for equal crystals and empty gaps. Between whole
    numbers of layers it is the mixture of both neighbours.

    Parameters
    ----------
    q_inv_nm
        Scattering vectors along the normal of the layers [1/nm], shape (n,).
    period_nm, sigma_nm
        Mean period and its standard deviation s [nm].
    n_layers
        Number C of layers, at least 1.

    Examples
    --------
    >>> import numpy as np
    >>> stack_interference(np.array([2 * np.pi / 11.0]), 11.0, 0.0, 6.0).round(6).tolist()
    [6.0]
    """
    damping = (q_inv_nm * sigma_nm) ** 2 / 2
    p = np.exp(1j * q_inv_nm * period_nm - damping)
    fewer = int(n_layers)
    share = n_layers - fewer
    made = (1 - share) * _whole_stack(p, fewer)
    return made + share * _whole_stack(p, fewer + 1) if share > 0 else made


def _whole_stack(p: NDArray[np.complex128], n_layers: int) -> FloatArray:
    away = np.where(np.abs(1 - p) < 1e-4, 0.5, p)
    pairs = away * (n_layers * (1 - away) - (1 - away**n_layers)) / (1 - away) ** 2
    # Where all crystals scatter in phase the sum is the number of pairs.
    pairs = np.where(np.abs(1 - p) < 1e-4, n_layers * (n_layers - 1) / 2, pairs)
    return np.asarray(1 + 2 / n_layers * pairs.real)


def stack_columns(data: StackData, planes: PlaneStack, values: StackValues) -> FloatArray:
    """The stack and a background that is constant and linear, shape (n, 4)."""
    q = data.q_inv_nm
    amplitude = replace(planes, plane_spacing_nm=values.plane_spacing_nm).amplitude(q, values.n_planes)
    stack = np.abs(amplitude) ** 2
    stack = stack * stack_interference(q, values.period_nm, values.sigma_nm, values.n_layers)
    if data.resolution_inv_nm > 0:
        stack = smeared(q, stack, data.resolution_inv_nm)
    x = (q - q[0]) / (q[-1] - q[0])
    return np.column_stack([stack * data.factor, np.ones_like(q), x, 1 - x])


def stack_model(data: StackData, planes: PlaneStack, values: StackValues) -> FloatArray:
    """Intensity of the best scale and background for given values."""
    columns = stack_columns(data, planes, values)
    return columns @ nonnegative(columns / data.sd[:, None], data.intensity / data.sd)


def chi_square(data: StackData, planes: PlaneStack, values: StackValues) -> float:
    """Sum of squared deviations in units of their standard deviation: about the number of points for a right model."""
    return float(np.sum(((stack_model(data, planes, values) - data.intensity) / data.sd) ** 2))


def search_stack(
    data: StackData, planes: PlaneStack, periods_nm: tuple[float, float], gaps_nm: tuple[float, float]
) -> list[StackValues]:
    """Starts on a grid of crystal thickness, period and disorder: the best of each thickness, then the best others.

    ``periods_nm`` and ``gaps_nm`` are the lowest and highest period and gap to try [nm].
    """
    d = planes.plane_spacing_nm
    # A fringe moves by its own width when the period changes by this much at the highest q.
    step = min(0.03, 0.35 / float(data.q_inv_nm[-1]))
    starts: list[tuple[float, StackValues]] = []
    # Sharp fringes a little off would outweigh everything: the search asks only for their outline.
    weight = 1 / np.hypot(data.sd, SEARCH_ERROR * np.maximum(data.intensity, 0.0))
    target = data.intensity * weight
    interferences: dict[tuple[float, float], tuple[FloatArray, FloatArray]] = {}
    grid = np.arange(periods_nm[0], periods_nm[1], step)
    for sigma, layers in ((0.03, 9.0), (0.06, 6.0), (0.14, 6.0)):
        rows = np.array([stack_interference(data.q_inv_nm, p, sigma, layers) for p in grid])
        interferences[sigma, layers] = (grid, rows)
    fewest = max(2, int((periods_nm[0] - gaps_nm[1]) / d))
    most = int((periods_nm[1] - gaps_nm[0]) / d) + 2
    fewest, most = (round(data.control.kept("n_planes", n)) for n in (fewest, most))
    for n_planes in range(fewest, most + 1):
        form = np.abs(planes.amplitude(data.q_inv_nm, n_planes)) ** 2 * data.factor * weight
        gap = grid - (n_planes - 1) * d
        kept = (gap >= gaps_nm[0]) & (gap <= gaps_nm[1])
        if np.count_nonzero(kept) < 3:
            continue
        for (sigma, layers), (_, rows) in interferences.items():
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
                            period_nm=float(grid[kept][k]),
                            sigma_nm=sigma,
                            n_layers=layers,
                        ),
                    )
                )
    starts.sort(key=lambda s: s[0])
    ordered = [values for _, values in starts]
    leading: dict[int, StackValues] = {}
    for values in ordered:
        leading.setdefault(values.n_planes, values)
    first = list(leading.values())
    return first[: N_STARTS * 2 // 3] + [v for v in ordered if v not in first][: N_STARTS // 3]


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


def refine_stack(
    data: StackData, planes: PlaneStack, start: StackValues, *, max_nfev: int = 200, keep_layers: bool = False
) -> StackValues:
    """The values moved to the best fit; the number of planes stays, and that of layers with ``keep_layers``.

    ``max_nfev`` is the largest number of models that may be computed on the way.
    """
    parameters = lmfit.Parameters()
    d = planes.plane_spacing_nm
    parameters.add("plane_spacing_nm", start.plane_spacing_nm, min=0.97 * d, max=1.03 * d)
    parameters.add("period_nm", start.period_nm, min=0.97 * start.period_nm, max=1.03 * start.period_nm)
    parameters.add(
        "sigma_nm", float(np.clip(start.sigma_nm, 0.012, 0.55)), min=SIGMA_RANGE_NM[0], max=SIGMA_RANGE_NM[1]
    )
    if not keep_layers:
        parameters.add("n_layers", float(np.clip(start.n_layers, 2.2, 55.0)), min=1.5, max=MOST_LAYERS)
    for name in parameters:
        if name in data.control.fixed:
            parameters[name].set(data.control.fixed[name], vary=False, min=-math.inf, max=math.inf)
        elif name in data.control.bounds:
            low, high = data.control.bounds[name]
            parameters[name].set(float(np.clip(parameters[name].value, low, high)), min=low, max=high)
    if not any(parameters[name].vary for name in parameters):
        return replace(start, **{name: float(parameters[name].value) for name in parameters})

    def moved(values: Any) -> StackValues:
        numbers: dict[str, Any] = {name: float(values[name].value) for name in values}
        return replace(start, **numbers)

    def residual(values: Any) -> FloatArray:
        return np.asarray((stack_model(data, planes, moved(values)) - data.intensity) / data.sd)

    fitted = lmfit.minimize(residual, parameters, method="leastsq", max_nfev=max_nfev, calc_covar=False, epsfcn=1e-8)
    return moved(fitted.params)


def bootstrap_stack(
    data: StackData, planes: PlaneStack, best: StackValues, *, n_samples: int, seed: int
) -> list[StackValues]:
    """Fits of ``n_samples`` sets of resampled points, drawn from ``seed``, each begun at the best values."""
    rng = np.random.default_rng(seed)
    return [refine_stack(data.drawn(rng), planes, best, max_nfev=60) for _ in range(n_samples)]


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
