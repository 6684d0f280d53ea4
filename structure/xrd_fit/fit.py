"""Fit of a stack of nanocrystals to the fringes of a measured XRD curve."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from structure.diffraction.multilayer_planes import PlaneStack
from structure.measured.control import FREE_FIT, XRD_BACKGROUNDS, FitControl
from structure.measured.linear import nonnegative

FloatArray = NDArray[np.float64]


MOST_LAYERS = 60.0
MOST_PARTS = 8
"""Parts of a step between points, for a resolution narrower than it: one below an eighth of a step hardly shows."""
SIGMA_RANGE_NM = (0.005, 0.6)
"""Range in which the fluctuation of the period is fitted [nm]; what ends on its edge the data does not determine."""


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
    fewer, share = int(n_layers), n_layers % 1
    p = _step(q_inv_nm, period_nm, sigma_nm)
    made = (1 - share) * _whole_stack(p, fewer)
    return made + share * _whole_stack(p, fewer + 1) if share > 0 else made


def _step(q_inv_nm: FloatArray, period_nm: float, sigma_nm: float) -> NDArray[np.complex128]:
    return np.exp(1j * q_inv_nm * period_nm - (q_inv_nm * sigma_nm) ** 2 / 2)


def _whole_stack(p: NDArray[np.complex128], n_layers: int) -> FloatArray:
    away = np.where(np.abs(1 - p) < 1e-4, 0.5, p)
    pairs = away * (n_layers * (1 - away) - (1 - away**n_layers)) / (1 - away) ** 2
    # Where all crystals scatter in phase the sum is the number of pairs.
    pairs = np.where(np.abs(1 - p) < 1e-4, n_layers * (n_layers - 1) / 2, pairs)
    return np.asarray(1 + 2 / n_layers * pairs.real)


def _crystal(q_inv_nm: FloatArray, planes: PlaneStack, values: StackValues) -> FloatArray:
    """Intensity of a free nanocrystal."""
    amplitude = replace(planes, plane_spacing_nm=values.plane_spacing_nm).amplitude(q_inv_nm, values.n_planes)
    return amplitude.real**2 + amplitude.imag**2


def _calculated_at(data: StackData) -> FloatArray:
    """Scattering vectors at which a stack is calculated, before the instrument smears it to the points of ``data``."""
    return _fine(data.q_inv_nm.tobytes(), data.resolution_inv_nm) if data.resolution_inv_nm > 0 else data.q_inv_nm


def _seen(data: StackData, stack: FloatArray) -> FloatArray:
    """What the instrument makes of intensities (n,) or (n, m) at `_calculated_at`: resolution, then the factor."""
    if data.resolution_inv_nm > 0:
        stack = _bell(data.q_inv_nm.tobytes(), data.resolution_inv_nm) @ stack
    return (stack.T * data.factor).T


@functools.lru_cache(maxsize=4)
def _fine(q_bytes: bytes, sigma_inv_nm: float) -> FloatArray:
    q = np.frombuffer(q_bytes)
    # A sum over steps as wide as the standard deviation is the integral over a Gaussian to 1e-8; over wider ones it is
    # little more than its middle, and the fit would take what the instrument smears for disorder.
    parts = min(math.ceil(float(np.diff(q).max()) / sigma_inv_nm), MOST_PARTS)
    if parts < 2:
        return q
    inside = np.interp(np.arange((len(q) - 1) * parts + 1) / parts, np.arange(len(q)), q)
    beyond = sigma_inv_nm * np.arange(1, 7)
    return np.concatenate([(q[0] - beyond[::-1])[q[0] > beyond[::-1]], inside, q[-1] + beyond])


@functools.lru_cache(maxsize=4)
def _bell(q_bytes: bytes, sigma_inv_nm: float) -> csr_array:
    # That of `structure.widths.smeared`, made once for the thousand models of a fit, without what is beyond six sigma.
    q, fine = np.frombuffer(q_bytes), _fine(q_bytes, sigma_inv_nm)
    away = (fine - q[:, None]) / sigma_inv_nm
    kernel = np.where(np.abs(away) < 6, np.exp(-(away**2) / 2), 0.0) * np.gradient(fine)
    return csr_array(kernel / kernel.sum(axis=1, keepdims=True))


def _background(data: StackData) -> FloatArray:
    x = (data.q_inv_nm - data.q_inv_nm[0]) / (data.q_inv_nm[-1] - data.q_inv_nm[0])
    kept = XRD_BACKGROUNDS if data.control.background is None else data.control.background
    columns = [np.ones_like(x)] * ("constant" in kept) + [x, 1 - x] * ("slope" in kept)
    return np.column_stack(columns) if columns else np.zeros((len(x), 0))


def stack_columns(data: StackData, planes: PlaneStack, values: StackValues) -> FloatArray:
    """The stack and what `XRD_BACKGROUNDS` are allowed: a constant, a line up and one down; shape (n, 4) of all."""
    q = _calculated_at(data)
    ordered = stack_interference(q, values.period_nm, values.sigma_nm, values.n_layers)
    return np.column_stack([_seen(data, _crystal(q, planes, values) * ordered), _background(data)])


def stack_slopes(data: StackData, planes: PlaneStack, values: StackValues, names: Sequence[str]) -> FloatArray:
    """How the first of `stack_columns` changes with each of the numbers ``names``, shape (n, len(names))."""
    q, step = _calculated_at(data), 1e-6
    crystal = _crystal(q, planes, values)
    ordered = stack_interference(q, values.period_nm, values.sigma_nm, values.n_layers)
    made = []
    for name in names:
        if name == "n_layers":
            p = _step(q, values.period_nm, values.sigma_nm)
            made.append(crystal * (_whole_stack(p, int(values.n_layers) + 1) - _whole_stack(p, int(values.n_layers))))
            continue
        by = step * getattr(values, name)
        moved = replace(values, **{name: getattr(values, name) + by})
        if name == "plane_spacing_nm":
            made.append((_crystal(q, planes, moved) - crystal) * ordered / by)
        else:
            change = stack_interference(q, moved.period_nm, moved.sigma_nm, values.n_layers) - ordered
            made.append(crystal * change / by)
    return _seen(data, np.stack(made, axis=1))


def stack_model(data: StackData, planes: PlaneStack, values: StackValues) -> FloatArray:
    """Intensity of the best scale and background for given values."""
    columns = stack_columns(data, planes, values)
    return columns @ nonnegative(columns / data.sd[:, None], data.intensity / data.sd)


def chi_square(data: StackData, planes: PlaneStack, values: StackValues) -> float:
    """Sum of squared deviations in units of their standard deviation: about the number of points for a right model."""
    return float(np.sum(((stack_model(data, planes, values) - data.intensity) / data.sd) ** 2))
