"""Where particles start."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def dilute_lattice(n_particles: int, box_nm: float) -> NDArray[np.float64]:
    """``n_particles`` sites of a simple cubic lattice that fills a cubic box centred on the origin [nm], shape (n, 3).

    Where the number is no cube, the vacant sites are spread evenly.

    Examples
    --------
    >>> dilute_lattice(2, 10.0).shape
    (2, 3)
    """
    per_edge = math.ceil(n_particles ** (1 / 3) - 1e-9)
    line = (np.arange(per_edge) + 0.5) / per_edge * box_nm - box_nm / 2
    sites = np.stack(np.meshgrid(line, line, line, indexing="ij"), axis=-1).reshape(-1, 3)
    return sites[np.linspace(0, len(sites) - 1, n_particles).round().astype(int)]
