"""How far a lattice read from a transform is uncertain: by the scatter of the local displacements behind its spots.

The place of a spot is the mean slope of the phase that its frequency has across the picture. Particles off their sites
shift that phase by :math:`-2\\pi g\\cdot u`, for all orders g by the same u: harmonics do not average it out, and no
residual of a fit to spots shows it. What changes amplitudes (sizes, vacancies) is in the background of the spots too,
but hardly moves them. So u is read in every part of the picture (geometric phase analysis), and its scatter about an
even strain gives the error of the strain.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from structure.fourier.indexing import IndexedSpots
from structure.fourier.spots import flattened

FloatArray = NDArray[np.float64]

_PERIODS = 4.0
"""Width of the windows in periods: narrower ones see the neighbouring spots too."""
_MOST_SPOTS = 8
_HIGHEST_ORDER = 2.3
"""Spots beyond this multiple of the shortest are left out: their phases turn round where particles are far off."""


def with_shared_errors(indexed: IndexedSpots, pixels: FloatArray, signal_to_noise: FloatArray) -> IndexedSpots:
    """The lattice with the error in its covariance that all its spots share: that of the picture's mean strain.

    Parameters
    ----------
    indexed
        Lattice fitted to spots of the picture [1/px].
    pixels
        Grey values, shape (rows, columns).
    signal_to_noise
        Power of each spot over its background, shape (n,).
    """
    basis, member = indexed.reciprocal, indexed.member
    sd = strain_sd(pixels, indexed.indices[member] @ basis, signal_to_noise[member])
    # A strain moves each vector by its own length: along x and y alike, and all vectors together.
    shared = sd**2 * basis @ basis.T
    return replace(indexed, covariance=indexed.covariance + np.kron(shared, np.eye(2)))


def strain_sd(pixels: FloatArray, spots_per_px: FloatArray, signal_to_noise: FloatArray) -> float:
    """Standard uncertainty of each component of the mean strain of a picture's lattice, by its local displacements.

    Parameters
    ----------
    pixels
        Grey values, shape (rows, columns).
    spots_per_px
        Frequencies of the lattice, x to the right and y upwards, shape (n, 2) [1/px].
    signal_to_noise
        Power of the spots over their background, shape (n,).

    Returns
    -------
    float
        Dimensionless; 0 where the picture is too small or the spots too few to tell.

    References
    ----------
    M. J. Hytch, E. Snoeck and R. Kilaas, Ultramicroscopy 74, 131 (1998), doi:10.1016/S0304-3991(98)00035-7.

    Examples
    --------
    >>> y, x = np.mgrid[:256, :256]
    >>> waves = np.cos(2 * np.pi * x / 16.0) + np.cos(2 * np.pi * y / 16.0)
    >>> strain_sd(waves, np.array([[1 / 16.0, 0.0], [0.0, 1 / 16.0]]), np.ones(2)) < 1e-5
    True
    """
    shortest = np.linalg.norm(spots_per_px, axis=1).min(initial=np.inf)
    near = np.flatnonzero(np.linalg.norm(spots_per_px, axis=1) < _HIGHEST_ORDER * shortest)
    near = near[np.argsort(-signal_to_noise[near])][:_MOST_SPOTS]
    if len(near) < 2 or np.linalg.matrix_rank(spots_per_px[near], tol=0.3 * shortest) < 2:
        return 0.0
    image = flattened(pixels, min(pixels.shape) / 10)
    found = [
        _of_windows(image, spots_per_px[near], signal_to_noise[near], factor * _PERIODS / shortest)
        for factor in (1.0, 2.0)
    ]
    # Displacements that reach from window to window scatter as much in wider ones: those tell more then.
    return max(found)


def _of_windows(image: NDArray[np.float32], spots: FloatArray, strength: FloatArray, width: float) -> float:
    rows, cols = (_windows(n, width) for n in image.shape)
    if min(rows[0].shape[0], cols[0].shape[0]) < 3:
        return 0.0
    phases = []
    weight = np.outer(rows[2], cols[2])
    for x, y in spots:
        # Rows run downwards, y upwards.
        local = (rows[0] * np.exp(2j * np.pi * y * np.arange(image.shape[0]))) @ image
        local = local @ (cols[0] * np.exp(-2j * np.pi * x * np.arange(image.shape[1]))).T
        phases.append(np.angle(local * np.conj(np.sum(weight * local))).ravel())
    normal = spots.T @ (strength[:, None] * spots)
    moved = np.linalg.solve(normal, spots.T @ (strength[:, None] * np.array(phases))).T / (2 * np.pi)
    place = np.stack([np.tile(cols[1], len(rows[1])), np.repeat(-rows[1], len(cols[1]))], axis=1)
    w = weight.ravel()
    place = place - w @ place / w.sum()
    # The slope that a window's transform sees is the mean of place times displacement, each with its weight.
    lever = w[:, None] * place / (w @ place**2)
    even = np.column_stack([np.ones(len(w)), place])
    left = moved - even @ np.linalg.lstsq(even * np.sqrt(w)[:, None], moved * np.sqrt(w)[:, None], rcond=None)[0]
    freedom = max(1.0, w.sum() ** 2 / np.sum(w**2) - 3) / (w.sum() ** 2 / np.sum(w**2))
    scatter = float(np.mean(w @ left**2 / w.sum())) / freedom
    # Windows that overlap by half share a sixth of their noise with each neighbour, along rows and along columns.
    return float(np.sqrt(scatter * np.mean(np.sum(lever**2, axis=0))) * (1 + 2 / 6))


def _windows(n: int, width: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Bell windows that overlap by half (m, n), where their middles are (m,), and the weight of the picture's there."""
    count = max(1, int(2 * n / width) - 1)
    centres = (np.arange(count) + 1) * n / (count + 1)
    half = n / (count + 1)
    away = (np.arange(n) + 0.5 - centres[:, None]) / half
    windows = np.where(np.abs(away) < 1, 0.5 + 0.5 * np.cos(np.pi * away), 0.0)
    return windows, centres, 0.5 - 0.5 * np.cos(2 * np.pi * centres / n)
