"""How thick the ligand layer of a coated cuboid is in its crystal: fill, round and plate for any cuboid core.

The layer adds to every edge of the outer box of the core. For a sharp cube these are the spacings of
`packing.spacing.cubes`; rounded and truncated cores carry less ligand and leave room at edges and corners, which
lowers fill.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.shapes import Cuboid
from packing.spacing.cubes import fill_layer_nm, round_layer_nm

FloatArray = NDArray[np.float64]

CUBOID_MODELS = ("fill", "round", "plate")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CuboidLayers:
    """Layer thickness by each model [nm], arrays of one shape."""

    fill: FloatArray
    round: FloatArray
    plate: FloatArray

    def by_model(self) -> dict[str, FloatArray]:
        """The three thicknesses [nm] by name."""
        return {"fill": self.fill, "round": self.round, "plate": self.plate}


def cuboid_layers(shape: Cuboid, shell_nm: ArrayLike, size_factor: ArrayLike = 1.0) -> CuboidLayers:
    """The ligand layer around a cuboid core by the three models.

    Parameters
    ----------
    shape
        Core of mean size. A rounded or truncated core carries the ligand of its own surface; ``round`` is an even layer
        around that very body, ``plate`` lets the space beside edges and corners stay empty, ``fill`` fills it.
    shell_nm
        Dry ligand volume per area [nm].
    size_factor
        Multiplies every length of the core; with ``shell_nm`` it may be an array of samples.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> layers = cuboid_layers(cube(8.6), 0.8 * 2.504)
    >>> [round(8.6 + 2 * float(h), 2) for h in layers.by_model().values()]
    [11.51, 11.67, 12.61]
    """
    f, t = np.broadcast_arrays(np.asarray(size_factor, dtype=np.float64), np.asarray(shell_nm, dtype=np.float64))
    edges = [e * f for e in shape.edges_nm]
    surface, volume = shape.surface_nm2 * f**2, shape.volume_nm3 * f**3
    fill = fill_layer_nm(edges, volume + surface * t)
    rounded = round_layer_nm(surface, 4 / math.pi * shape.mean_curvature_nm * f, surface * t)
    return CuboidLayers(fill=fill, round=rounded, plate=np.array(t))


def mean_layer_from_round(shape: Cuboid, layer_nm: float) -> float:
    """Dry ligand volume per area [nm] that makes an even layer of the given thickness: the inverse of ``round``.

    Parameters
    ----------
    shape
        Core.
    layer_nm
        Thickness of the even layer [nm].

    Examples
    --------
    >>> from packing.shapes import cube
    >>> h = float(cuboid_layers(cube(8.6), 2.0).round)
    >>> round(mean_layer_from_round(cube(8.6), h), 9)
    2.0
    """
    around = shape.mean_curvature_nm * layer_nm**2 + 4 / 3 * math.pi * layer_nm**3
    return layer_nm + around / shape.surface_nm2
