"""Cubatic order: how far the axes of cubes are parallel, whatever face looks where."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

N_REPLICATES = 12
"""One replicate of the simulated annealing stops in local optima: -0.54 on a crystal whose order is 0.98."""


def cubatic_order(
    orientations: FloatArray, seed: int = 0, *, n_replicates: int = N_REPLICATES
) -> tuple[float, FloatArray]:
    """Cubatic order parameter and the director quaternion, by freud's simulated annealing: the best of the replicates.

    1 when all particles share their three axes (in any permutation), near 0 for random orientations of many particles;
    few particles bring it above (about 0.2 for 64). Haji-Akbari, Engel and Glotzer, J. Chem. Phys. 135, 194101 (2011),
    doi:10.1063/1.3651370; Haji-Akbari and Glotzer, J. Phys. A 48, 485201 (2015), doi:10.1088/1751-8113/48/48/485201.

    Parameters
    ----------
    orientations
        Scalar-first quaternions, shape (N, 4).
    seed
        Seed of the search.
    n_replicates
        Searches from different starts.

    Returns
    -------
    tuple of float and array
        The order parameter (no unit), and the scalar-first quaternion of the common axes, shape (4,).

    Examples
    --------
    >>> order, _ = cubatic_order(np.tile([1.0, 0.0, 0.0, 0.0], (27, 1)))
    >>> round(order, 3)
    1.0
    """
    import freud

    search = freud.order.Cubatic(t_initial=5.0, t_final=0.001, scale=0.95, n_replicates=n_replicates, seed=seed)
    search.compute(np.asarray(orientations, dtype=np.float32))
    return float(search.order), np.asarray(search.orientation, dtype=np.float64)
