"""Grains of the particles located in a micrograph."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

FloatArray = NDArray[np.float64]

GRAIN_MISORIENTATION_DEG = 7.0
SMALLEST_GRAIN = 12


def grain_numbers(
    positions_px: FloatArray, ordered: NDArray[np.bool_], psi: NDArray[np.complex128], spacing_px: float, fold: int
) -> NDArray[np.int64]:
    """Grain of each particle, from 0 by falling size; -1 for particles in none.

    A grain grows from its best ordered particle over ordered neighbours whose lattice, averaged over their own
    neighbours, is turned by less than 7 degrees from the grain's mean; it has at least 12 particles. Growing against
    the mean, not from bond to bond, a grain cannot leak through a place where the lattice bends.

    Parameters
    ----------
    positions_px
        Places [px], shape (n, 2).
    ordered
        Particles that sit on a lattice with their neighbours, shape (n,).
    psi
        Bond order psi4 or psi6 of each, shape (n,).
    spacing_px
        Distance of neighbours [px].
    fold
        4 for square, 6 for hexagonal lattices.
    """
    numbers = np.full(len(positions_px), -1, dtype=np.int64)
    members = np.flatnonzero(ordered)
    if len(members) < SMALLEST_GRAIN:
        return numbers
    tree = cKDTree(positions_px[members])
    total, count = psi[members].copy(), np.ones(len(members))
    pairs = tree.query_pairs(1.6 * spacing_px, output_type="ndarray").T
    for here, there in (pairs, pairs[::-1]):
        np.add.at(total, here, psi[members[there]])
        np.add.at(count, here, 1)
    mean = total / count
    near = tree.query_ball_point(positions_px[members], 1.35 * spacing_px)
    turn = np.exp(1j * np.angle(mean))
    cosine = np.cos(np.deg2rad(GRAIN_MISORIENTATION_DEG * fold))
    label = np.full(len(members), -1)
    grains: list[list[int]] = []
    for seed in np.argsort(-np.abs(mean), kind="stable"):
        if label[seed] < 0:
            grains.append(_grown_from(int(seed), len(grains), label, near, turn, cosine))
    large = sorted((g for g in grains if len(g) >= SMALLEST_GRAIN), key=len, reverse=True)
    for rank, grain in enumerate(large):
        numbers[members[grain]] = rank
    return numbers


def _grown_from(
    seed: int, number: int, label: NDArray[np.int64], near: Any, turn: NDArray[np.complex128], cosine: float
) -> list[int]:
    """Flood from a seed over free neighbours that are turned like the grain so far."""
    grain, total, front = [seed], turn[seed], deque([seed])
    label[seed] = number
    while front:
        for j in near[front.popleft()]:
            if label[j] < 0 and (turn[j] * total.conjugate()).real > cosine * abs(total):
                label[j] = number
                grain.append(j)
                total += turn[j]
                front.append(j)
    return grain
