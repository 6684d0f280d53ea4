"""The size of the particles of a micrograph: a blurred outline fitted to their mean picture.

A threshold answers with what blur, neighbours and the thickness of a particle make of it: at half height a sphere,
which thins out towards its rim, loses 13 % of its diameter. So the pictures of all particles on the lattice are laid
over each other, turned with it, and a model is fitted to their mean: an outline between circle and square, a thickness
between flat and a dome, the neighbours, a Gaussian blur and a background. The area of that outline is the particle's,
as it was before any blur.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product, repeat

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.optimize import least_squares, nnls
from skimage.filters import threshold_otsu
from skimage.measure import euler_number

from structure.fourier.spots import flattened
from structure.micrographs.particles import LocatedParticles

FloatArray = NDArray[np.float64]

_GRID = 24
"""Points of the mean picture along one spacing."""
_FINER = 2
"""The model is drawn on a grid finer by this."""
_REACH = 0.6
"""Radius of the mean picture that is fitted, over the spacing: half way to the neighbours and a little more."""
_FEWEST, _MOST = 20, 3000
_SHAPES = ((2.0, 0.0), (5.0, 0.0), (math.inf, 0.0), (math.inf, 0.2), (math.inf, 0.35))
"""Exponent n of the outline |x|^n + |y|^n = a^n, a circle, a rounded square, a square; and the radius of the edges and
corners of a rounded cube over a, whose outline is round at its corners and whose thickness falls towards its sides."""
_SYSTEMATIC = 0.004
"""Relative standard uncertainty of a size where the model fits. With the two terms below, 100 simulated cubes, rounded
cubes and spheres (`benchmarks/validation/micrographs.py`, seeds 31000 to 31239) deviate by 0.76 of the stated error."""
_PER_MISFIT = 0.3
"""What a misfit adds: a circle misses cubes by 0.12 to 0.23 of their depth and their size by 4 to 8 %."""
_NEAR = 2.0
"""Another outline up to this times the misfit of the best may be the right one: of rounded cubes with narrow gaps a
square had 0.6 of the misfit of the rounded square, and a size 11 % larger. Half the difference counts as an error."""

_PER_STRAIN = 0.2
"""What cells that are not the ideal one add: the neighbours stand elsewhere than in the model."""
_WIDEST = 0.485
"""Half width over the spacing from which on particles touch, as fused ones do: they have no outline of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlines:
    """Sizes of the particles of a picture.

    Parameters
    ----------
    side_px
        Root of the projected area of the mean particle [px]: the edge of a square, or 0.886 diameters of a circle.
    relative_sd
        Standard uncertainty of it over itself, without that of the scale.
    sides_px
        The same of single particles, shape (n,) [px]; the noise of the picture is in their spread.
    blur_px
        Standard deviation of the blur of the mean picture [px]; the jitter of the places is in it.
    outline
        ``"round"`` or ``"square"``: which fits the mean picture.
    misfit
        Rms deviation of the model from the mean picture over the depth of a particle.
    side_of_each_px
        The root of the area of every particle of the picture [px], NaN where it is not on the lattice, shape (m,).
    """

    side_px: float
    relative_sd: float
    sides_px: FloatArray
    blur_px: float
    outline: str
    misfit: float
    side_of_each_px: FloatArray


@dataclass(frozen=True, slots=True)
class _Fit:
    misfit: float
    half: float
    blur: float
    shape: tuple[float, float]
    depths: FloatArray

    @property
    def side(self) -> float:
        return self.half * math.sqrt(_area(self.shape))


def particle_outlines(
    pixels: FloatArray,
    particles: LocatedParticles,
    which: NDArray[np.bool_],
    cell: FloatArray,
    fold: int,
    spacing_px: float,
    strain: float = 0.0,
) -> Outlines | None:
    """Outlines of the particles that sit on a lattice, or None where they are fewer than 20 or touch each other.

    Parameters
    ----------
    pixels
        Grey values.
    particles
        Located particles.
    which
        Those to use, shape (n,).
    cell
        Cell vectors of their lattice as rows, for spacing 1, shape (2, 2).
    fold
        4 for a square, 6 for a hexagonal lattice.
    spacing_px
        Distance of neighbours [px].
    strain
        Mean distortion of the cells from the ideal one.
    """
    every = np.flatnonzero(which)
    if len(every) < _FEWEST:
        return None
    chosen = every[:: -(-len(every) // _MOST)]
    psi = particles.psi4 if fold == 4 else particles.psi6
    patches = _patches(pixels, particles, chosen, np.angle(psi[chosen]) / fold, spacing_px)
    mean = patches.mean(axis=0)
    if np.ptp(mean) <= 0:
        return None
    u, v = _from_nearest_site(cell)
    fits = sorted(
        (_fitted(mean, u, v, shape, flat=flat) for shape, flat in [*zip(_SHAPES, repeat(False)), (_SHAPES[0], True)]),
        key=lambda f: f.misfit,
    )
    if fits[0].half > _WIDEST:
        return None
    # Where the blur fills the gaps the height of a particle is no longer in the picture, and a wider, deeper and more
    # blurred one looks the same: such an outline tells how unsure the size is, and is not the answer beside another.
    fit = next((f for f in fits if 1 - 2 * f.half > f.blur), fits[0])
    sizes = [f.side for f in fits if f.misfit < _NEAR * fit.misfit]
    change = _relative_changes(patches, u, v, fit)
    sides = fit.side * (1 + change[np.isfinite(change)])
    each = np.full(len(particles), np.nan)
    each[chosen] = fit.side * (1 + change)
    for start in range(0, len(every) if len(every) > len(chosen) else 0, _MOST):
        some = every[start : start + _MOST]
        more = _patches(pixels, particles, some, np.angle(psi[some]) / fold, spacing_px)
        each[some] = fit.side * (1 + _relative_changes(more, u, v, fit))
    return Outlines(
        side_px=fit.side * spacing_px,
        relative_sd=math.hypot(
            _SYSTEMATIC,
            _PER_MISFIT * fit.misfit,
            _PER_STRAIN * strain,
            (max(sizes) - min(sizes)) / 2 / fit.side,
            float(np.std(sides)) / math.sqrt(max(len(sides), 1)),
        ),
        sides_px=sides * spacing_px,
        blur_px=fit.blur * spacing_px,
        outline="round" if fit.shape[0] == 2 else "square",
        misfit=fit.misfit,
        side_of_each_px=each * spacing_px,
    )


def stand_alone(pixels: FloatArray, polarity: int, spacing_px: float) -> bool:
    """Whether the features are islands: at Otsu's threshold more pieces than holes. Gaps between particles are a net.

    Parameters
    ----------
    pixels
        Grey values, shape (rows, columns).
    polarity
        1 for bright features, -1 for dark ones.
    spacing_px
        Distance of neighbours [px]: what is slower than it is taken off first.

    Examples
    --------
    >>> y, x = np.mgrid[:96, :96] % 12 - 5.5
    >>> discs = (np.hypot(x, y) < 4).astype(float)
    >>> stand_alone(discs, 1, 12.0), stand_alone(discs, -1, 12.0)
    (True, False)
    """
    flat = gaussian_filter(flattened(pixels, 1.5 * spacing_px), max(0.06 * spacing_px, 0.6)) * polarity
    step = max(1, int(spacing_px / 25))
    flat = flat[::step, ::step]
    return bool(euler_number(flat > threshold_otsu(flat), connectivity=1) > 0)


def _line(reach: float, per_spacing: int) -> FloatArray:
    half = round(reach * _GRID) * per_spacing // _GRID
    return np.arange(-half, half + 1) / per_spacing


def _inside() -> NDArray[np.bool_]:
    x, y = np.meshgrid(*[_line(_REACH, _GRID)] * 2)
    return np.hypot(x, y) <= _REACH


def _patches(
    pixels: FloatArray, particles: LocatedParticles, chosen: NDArray[np.int64], turn: FloatArray, spacing_px: float
) -> FloatArray:
    """The points within reach of every particle, turned with its lattice, features up: shape (particles, points)."""
    x, y = (w[_inside()] for w in np.meshgrid(*[_line(_REACH, _GRID)] * 2))
    c, s = np.cos(turn)[:, None] * spacing_px, np.sin(turn)[:, None] * spacing_px
    place = particles.positions_px[chosen]
    columns, rows = place[:, :1] + c * x - s * y, place[:, 1:] + s * x + c * y
    flat = flattened(pixels, 1.5 * spacing_px) * particles.polarity
    return np.asarray(map_coordinates(flat, [rows, columns], order=1, mode="nearest"), dtype=float)


_MARGIN = 0.45
"""What the blur reaches in from outside, over the spacing."""


def _from_nearest_site(cell: FloatArray) -> tuple[FloatArray, FloatArray]:
    """How far the points of the fine grid are from their nearest lattice site along x and y."""
    points = np.stack(np.meshgrid(*[_line(_REACH + _MARGIN, _GRID * _FINER)] * 2), axis=-1)
    sites = np.array(list(product(range(-3, 4), repeat=2))) @ cell
    away = points[None] - sites[:, None, None]
    nearest = (away**2).sum(axis=-1).argmin(axis=0)
    u, v = np.moveaxis(np.abs(np.take_along_axis(away, nearest[None, ..., None], axis=0)[0]), -1, 0)
    return u, v


def _area(shape: tuple[float, float]) -> float:
    """Area of the outline of half width 1."""
    power, rounding = shape
    if math.isinf(power):
        return 4 - (4 - math.pi) * rounding**2
    return 4 * math.gamma(1 + 1 / power) ** 2 / math.gamma(1 + 2 / power)


def _columns(u: FloatArray, v: FloatArray, half: float, blur: float, shape: tuple[float, float]) -> FloatArray:
    """Particles of one outline with their neighbours, blurred, less their mean: shape (points, columns).

    Flat ones, domes, and domes so thick that they absorb most of the beam; of rounded cubes their own thickness.
    """
    power, rounding = shape
    fine = _GRID * _FINER
    if rounding > 0:
        core = half * (1 - rounding)
        beyond = np.hypot(np.maximum(u - core, 0), np.maximum(v - core, 0)) / half
        edge = np.minimum(half - np.maximum(u, v), (rounding - beyond) * half)
        height = 1 - rounding + np.sqrt(np.maximum(rounding**2 - beyond**2, 0))
        made = [height * np.clip(edge * fine + 0.5, 0, 1)]
    else:
        away = np.maximum(u, v) if math.isinf(power) else (u**power + v**power) ** (1 / power)
        dome = np.sqrt(np.maximum(1 - (away / half) ** 2, 0))
        made = [np.clip((half - away) * fine + 0.5, 0, 1), dome, 2 * dome - dome**2]
    skip = (len(u) - _FINER * (len(_line(_REACH, _GRID)) - 1) - 1) // 2
    cut = slice(skip, len(u) - skip, _FINER)
    made = [gaussian_filter(f, blur * fine, mode="nearest", truncate=3.5)[cut, cut][_inside()] for f in made]
    columns = np.column_stack(made)
    return np.asarray(columns - columns.mean(axis=0))


def _fitted(mean: FloatArray, u: FloatArray, v: FloatArray, shape: tuple[float, float], *, flat: bool = False) -> _Fit:
    """The best half width, blur and thickness for one outline; ``flat`` leaves domes out, which blur looks like."""
    target = mean - mean.mean()

    def depths(values: FloatArray) -> tuple[FloatArray, FloatArray]:
        columns = _columns(u, v, values[0], values[1], shape)
        if flat:
            columns[:, 1:] = 0.0
        c, _ = nnls(columns, target)
        return c, columns @ c - target

    found = least_squares(
        lambda values: depths(values)[1],
        [0.4, 0.06],
        bounds=([0.2, 0.015], [0.5, 0.25]),
        diff_step=1e-3,
        x_scale=[1, 0.2],
    )
    c, residual = depths(found.x)
    misfit = float(np.sqrt(np.mean(residual**2))) / max(float(c.sum()), 1e-300)
    return _Fit(misfit, float(found.x[0]), float(found.x[1]), shape, c)


def _relative_changes(patches: FloatArray, u: FloatArray, v: FloatArray, fit: _Fit) -> FloatArray:
    """By which part each particle is wider than the mean one: what of its picture is the model's change with width.

    NaN where that cannot be said.
    """
    step = 0.01 * fit.half
    here, wider, narrower = (_columns(u, v, fit.half + d, fit.blur, fit.shape) @ fit.depths for d in (0.0, step, -step))
    basis = np.column_stack([here, (wider - narrower) / (2 * step), np.ones_like(here)])
    found = np.linalg.lstsq(basis, patches.T, rcond=None)[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        change = found[1] / found[0] / fit.half
    # A step of Newton's holds near the mean; what it puts farther off is no particle like the others.
    return np.where(np.isfinite(change) & (np.abs(change) < 0.5), change, np.nan)
