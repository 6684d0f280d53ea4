"""The linear half of a SAXS fit: factors, none negative, of given curves that describe the data best."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
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
    ones_after: int | None = None,
    prior_sd: float = 1.0,
    max_steps: int = 12,
) -> FloatArray:
    """Non-negative factors of ``columns`` that minimise the robust misfit on the transformed scale.

    Gauss-Newton steps, each a non-negative least-squares problem, halved while they make it worse.

    Parameters
    ----------
    data
        Points.
    columns
        Curves to combine, shape (n, m).
    start
        Factors to begin with, shape (m,).
    ones_after, prior_sd
        Factors from this index on are expected to be 1, with this standard deviation.
    max_steps
        Most steps taken.
    """
    target = data.transformed(data.intensity)
    rows = np.eye(columns.shape[1])[columns.shape[1] if ones_after is None else ones_after :] / prior_sd
    expected = np.full(len(rows), 1 / prior_sd)
    factors = start
    cost = _cost(data, columns, factors, target, rows, expected)
    for _ in range(max_steps):
        model = columns @ factors
        slope = 1 / data.sd(model)
        raw = data.transformed(model) - target
        weight = (1 + (raw / ROBUST) ** 2) ** -0.25
        design = np.vstack([columns * (slope * weight)[:, None], rows])
        wanted = np.append((slope * model - raw) * weight, expected)
        step = nonnegative(design, wanted) - factors
        length = 1.0
        while length > 0.01:
            tried = factors + length * step
            new = _cost(data, columns, tried, target, rows, expected)
            if new < cost:
                break
            length /= 3
        else:
            break
        converged = cost - new < 1e-5 * cost
        factors, cost = tried, new
        if converged:
            break
    return factors


def nonnegative(design: FloatArray, target: FloatArray) -> FloatArray:
    """Non-negative least squares by the normal equations, whose size is the number of columns."""
    norms = np.linalg.norm(design, axis=0)
    norms[norms == 0] = 1.0
    scaled = design / norms
    gram = _gram(scaled)
    gram[np.diag_indices_from(gram)] += 1e-9
    root = np.linalg.cholesky(gram)
    factors, _ = nnls(root.T, np.linalg.solve(root, scaled.T @ target))
    return np.asarray(factors / norms)


def _gram(matrix: FloatArray, block: int = 32) -> FloatArray:
    """Product with its own transpose, in blocks too small for BLAS to start threads, which would cost more than it."""
    whole = len(matrix) // block * block
    blocks = matrix[:whole].reshape(-1, block, matrix.shape[1])
    rest = matrix[whole:]
    return np.asarray(np.matmul(blocks.transpose(0, 2, 1), blocks).sum(axis=0) + rest.T @ rest)


def robust(residual: FloatArray) -> FloatArray:
    """Residuals whose squares grow linearly far out."""
    x = residual / ROBUST
    return np.sign(residual) * ROBUST * np.sqrt(2 * (np.sqrt(1 + x**2) - 1))


def _cost(
    data: FitData,
    columns: FloatArray,
    factors: FloatArray,
    target: FloatArray,
    rows: FloatArray,
    expected: FloatArray,
) -> float:
    residual = robust(data.transformed(columns @ factors) - target)
    penalty = rows @ factors - expected
    return float(residual @ residual + penalty @ penalty)
