"""The linear half of a SAXS fit: factors, none negative, of given curves that describe the data best."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack
from scipy.optimize import nnls

from structure.measured.data import FitData

FloatArray = NDArray[np.float64]

ROBUST = 3.0
"""Residuals beyond this many standard deviations count linearly and not with their square."""


def best_factors(
    data: FitData,
    columns: FloatArray,
    start: FloatArray,
    *,
    alike_after: int | None = None,
    alike_sd: float = 1.0,
    max_steps: int = 12,
) -> FloatArray:
    """Non-negative factors of ``columns`` that minimise the robust misfit on the transformed scale.

    Gauss-Newton steps, each a non-negative least-squares problem, shortened while they make it worse.

    Parameters
    ----------
    data
        Points.
    columns
        Curves to combine, shape (n, m).
    start
        Factors to begin with, shape (m,).
    alike_after, alike_sd
        Factors from this index on are expected to be alike, with this standard deviation over their level.
    max_steps
        Most steps taken.

    Returns
    -------
    ndarray
        Factors [intensity of the data over that of the column], shape (m,).
    """
    target = data.transformed_intensity
    first = columns.shape[1] if alike_after is None else alike_after
    weights = strengths(data, columns[:, first:])
    factors = start
    cost, raw, model = _cost(data, columns, factors, target, first, weights, alike_sd)
    for _ in range(max_steps):
        slope = 1 / data.sd(model)
        weight = (1 + (raw / ROBUST) ** 2) ** -0.25
        design = columns * (slope * weight)[:, None]
        wanted = (slope * model - raw) * weight
        step = nonnegative(design, wanted, *_prior(factors, first, weights, alike_sd)) - factors
        length = 1.0
        while length > 0.01:
            tried = factors + length * step
            new, raw_tried, model_tried = _cost(data, columns, tried, target, first, weights, alike_sd)
            if new < cost:
                break
            length /= 3
        else:
            break
        converged = cost - new < 1e-5 * cost
        factors, cost, raw, model = tried, new, raw_tried, model_tried
        if converged:
            break
    return factors


def strengths(data: FitData, columns: FloatArray) -> FloatArray:
    """How well the data fixes the factor of each of ``columns`` (n, m): its squares in units of the weights, (m,)."""
    return np.asarray(np.square(columns / data.measured_sd[:, None]).sum(axis=0))


def level_of(alike: FloatArray, weights: FloatArray) -> float:
    """The level of factors expected to be alike: their mean, each with the weight of what the data knows of it.

    ``alike`` and ``weights`` have the shape (m,); the level is in the unit of the factors, 0 where nothing is known.
    """
    total = float(weights.sum())
    return float(weights @ alike) / total if total > 0 else 0.0


def _prior(factors: FloatArray, first: int, weights: FloatArray, sd: float) -> tuple[FloatArray, FloatArray]:
    """Diagonal to add to the normal equations, and to their right-hand side."""
    diagonal, right = np.zeros(len(factors)), np.zeros(len(factors))
    level = level_of(factors[first:], weights)
    if level > 0:
        diagonal[first:] = 1 / (sd * level) ** 2
        right[first:] = 1 / (sd**2 * level)
    return diagonal, right


def nonnegative(
    design: FloatArray, target: FloatArray, diagonal: FloatArray | None = None, right: FloatArray | None = None
) -> FloatArray:
    """Non-negative least squares by the normal equations, whose size is the number of columns.

    Parameters
    ----------
    design, target
        Columns, shape (n, m), and what they should add up to, shape (n,).
    diagonal, right
        What a prior adds to the diagonal of the normal equations and to their right-hand side, shape (m,).
    """
    gram, product = _gram(design), target @ design
    if diagonal is not None and right is not None:
        gram.flat[:: len(gram) + 1] += diagonal
        product = product + right
    norms = np.sqrt(np.diagonal(gram))
    norms = np.where(norms > 0, norms, 1.0)
    gram, product = gram / norms / norms[:, None], product / norms
    gram.flat[:: len(gram) + 1] += 1e-9
    x = _by_active_set(gram, product)
    if x is None:
        root = np.linalg.cholesky(gram)
        x, _ = nnls(root.T, np.linalg.solve(root, product))
    return np.asarray(x / norms)


def _by_active_set(gram: FloatArray, product: FloatArray) -> FloatArray | None:
    """The non-negative solution of normal equations, None where this does not end soon.

    What comes out negative is left out, what is missed then is taken back.
    """
    n = len(product)
    kept = np.arange(n)
    limit = 1e-9 * np.abs(product).max()
    for _ in range(3 * n):
        part = np.zeros(0)
        if len(kept):
            _, part, failed = lapack.dposv(gram[kept[:, None], kept] if len(kept) < n else gram, product[kept])
            if failed:
                return None
        if part.min(initial=0.0) < 0:
            kept = kept[part > 0]
            continue
        x = np.zeros(n)
        x[kept] = part
        if len(kept) == n:
            return x
        # What was left out would have to grow below zero; what would grow above comes back, the strongest first.
        slope = product - gram @ x
        slope[kept] = 0.0
        worst = int(slope.argmax())
        if slope[worst] <= limit:
            return x
        kept = np.sort(np.append(kept, worst))
    return None


def _gram(matrix: FloatArray, block: int = 32) -> FloatArray:
    """Product with its own transpose, in blocks too small for BLAS to start threads, which would cost more than it."""
    whole = len(matrix) // block * block
    blocks = matrix[:whole].reshape(-1, block, matrix.shape[1])
    rest = matrix[whole:]
    return np.asarray(np.matmul(blocks.transpose(0, 2, 1), blocks).sum(axis=0) + rest.T @ rest)


def robust(residual: FloatArray) -> FloatArray:
    """Residuals whose squares grow linearly far out, dimensionless as ``residual`` (over the standard deviation)."""
    x = residual / ROBUST
    return np.sign(residual) * ROBUST * np.sqrt(2 * (np.sqrt(1 + x**2) - 1))


def robust_slope(residual: FloatArray) -> FloatArray:
    """Derivative of `robust` with respect to ``residual``, dimensionless: 1 near 0."""
    root = np.sqrt(1 + (residual / ROBUST) ** 2)
    return np.asarray(np.sqrt((1 + root) / 2) / root)


def correlated_points(residual: FloatArray) -> float:
    """Number of neighbouring points that err together: 1 plus twice the autocorrelations up to the first below 0.

    ``residual`` are those of a fit, in any unit, in the order of the points, shape (n,).

    Examples
    --------
    >>> white = np.random.default_rng(1).normal(size=4000)
    >>> bool(correlated_points(white) < 1.3), bool(4 < correlated_points(np.repeat(white, 5)) < 6.5)
    (True, True)
    """
    n = len(residual)
    power = np.abs(np.fft.rfft(residual, 2 * n)) ** 2
    correlation = np.fft.irfft(power)[:n]
    if correlation[0] <= 0:
        return 1.0
    relative = correlation / correlation[0]
    below = np.flatnonzero(relative < 0)
    return float(max(1.0, 2 * relative[: below[0] if len(below) else n].sum() - 1))


def parameter_sds(jacobian: FloatArray, variance: float) -> FloatArray:
    """Standard uncertainty of each parameter of a least-squares fit; infinite along what the data does not fix.

    Parameters
    ----------
    jacobian
        Derivatives of the residuals, shape (n, m).
    variance
        Variance of a residual.

    Examples
    --------
    >>> column = np.ones((4, 1))
    >>> parameter_sds(column, 1.0).tolist(), parameter_sds(np.hstack([column, column]), 1.0).tolist()
    ([0.5], [inf, inf])
    """
    norms = np.linalg.norm(jacobian, axis=0)
    made = np.full(jacobian.shape[1], np.inf)
    known = norms > 0
    if not known.any():
        return made
    _, singular, right = np.linalg.svd(jacobian[:, known] / norms[known], full_matrices=False)
    fixed = singular > 1e-6 * singular[0]
    variances = np.sum((right[fixed] / singular[fixed, None]) ** 2, axis=0)
    # A parameter with any part in a direction that changes nothing can be anything.
    loose = np.sum(right[~fixed] ** 2, axis=0) > 1e-8
    made[known] = np.where(loose, np.inf, np.sqrt(variance * variances) / norms[known])
    return made


def _cost(
    data: FitData,
    columns: FloatArray,
    factors: FloatArray,
    target: FloatArray,
    first: int,
    weights: FloatArray,
    sd: float,
) -> tuple[float, FloatArray, FloatArray]:
    """The cost, the residuals, and the model."""
    model = columns @ factors
    raw = data.transformed(model) - target
    residual = robust(raw)
    alike = factors[first:]
    cost = float(residual @ residual)
    level = level_of(alike, weights)
    if level > 0:
        cost += float(np.sum((alike / level - 1) ** 2)) / sd**2
    return cost, raw, model
