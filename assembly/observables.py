"""Order of cubes during a run: cheap enough to be looked at all the time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from packing.configuration import quaternions_to_matrices

FloatArray = NDArray[np.float64]

CUBATIC_REPLICATES = 10
"""freud's search for the cubatic axes stops in local optima with fewer."""


def cubatic_order(orientations: FloatArray, seed: int = 0) -> float:
    """Cubatic order parameter of orientations: 1 for cubes that are parallel up to the cube group, near 0 for random ones.

    freud's implementation of Haji-Akbari, Engel & Glotzer (J. Chem. Phys. 135, 194101 (2011)), the best of
    `CUBATIC_REPLICATES` seeded searches; small N bring it above 0 (about 0.2 for 64 random cubes).

    Examples
    --------
    >>> round(cubatic_order(np.tile([1.0, 0.0, 0.0, 0.0], (27, 1))), 2)
    1.0
    """
    import freud

    cubatic = freud.order.Cubatic(
        t_initial=5.0, t_final=0.001, scale=0.95, n_replicates=CUBATIC_REPLICATES, seed=seed
    )
    return float(cubatic.compute(np.asarray(orientations, dtype=np.float32)).order)


def simple_cubic_fraction(
    centres_nm: FloatArray,
    orientations: FloatArray,
    lengths_nm: FloatArray,
    period_nm: float,
    *,
    cone_deg: float = 20.0,
    reach: float = 1.25,
) -> float:
    """Fraction of cubes in simple-cubic surroundings.

    A cube counts when it has six neighbours near plus and minus its own three axes: along each of the six directions
    another centre within ``cone_deg`` of the axis and closer than ``reach`` periods. ``period_nm`` is edge + gap.

    Examples
    --------
    >>> g = np.arange(4) * 11.0
    >>> x = np.stack(np.meshgrid(g, g, g), -1).reshape(-1, 3)
    >>> simple_cubic_fraction(x, np.tile([1.0, 0, 0, 0], (64, 1)), np.full(3, 44.0), 11.0)
    1.0
    """
    rotations = quaternions_to_matrices(orientations)
    cosine = np.cos(np.radians(cone_deg))
    good = 0
    for centre, rotation in zip(centres_nm, rotations, strict=True):
        away = centres_nm - centre
        away -= lengths_nm * np.round(away / lengths_nm)
        distance = np.linalg.norm(away, axis=1)
        near = (distance > 1e-9) & (distance < reach * period_nm)
        along = (away[near] / distance[near, None]) @ rotation
        good += bool(np.all((along > cosine).any(axis=0) & (along < -cosine).any(axis=0))) if near.any() else 0
    return good / max(len(centres_nm), 1)
