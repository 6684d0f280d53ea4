"""Coated cubes have round edges: how much denser a lattice of cubes and spheres packs when they are given theirs."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from packing.binary.cube_sphere_table import table_entry
from packing.binary.curves import CUBES_ON_A
from packing.contact.continuation import followed_packing
from packing.contact.free_sites import freed_packing
from packing.shapes import Cuboid, Shape, cube

Corners = Literal["sharp", "round"]

FEW_SITES = 3
"""Sites of a cell up to which they may leave their places too, as B of AlB2 does."""


@lru_cache(maxsize=256)
def rounding_gain(name: str, gamma: float, mixture: str, size_a_nm: float, layers_nm: tuple[float, ...]) -> float:
    """Volume of a lattice of sharp coated cubes over that of rounded ones, at least 1, dimensionless.

    The packing of sharp cubes is followed to cubes that a shell of even thickness rounds (its parallel body), so what
    is found is a lower bound of the gain. Explicit chains say that edges are rounder still.

    Parameters
    ----------
    name
        Lattice of the table of cubes with spheres.
    gamma
        Size of B over size of A.
    mixture
        ``"cubes on A"`` or ``"cubes on B"``.
    size_a_nm
        Effective size of A [nm].
    layers_nm
        Thickness of the shells of A and of B [nm].

    Examples
    --------
    >>> rounding_gain("NaCl", 0.4, "cubes on B", 20.0, (1.5, 0.0))
    1.0
    """
    on = "A" if mixture == CUBES_ON_A else "B"
    layer = layers_nm[0] if on == "A" else layers_nm[1]
    sharp = table_entry(name, on).packing(gamma).scaled(size_a_nm)
    shapes: dict[str, Shape] = {}
    for kind, shape in sharp.shapes.items():
        if isinstance(shape, Cuboid):
            edge = shape.size_nm
            shape = cube(edge, rounding_nm=min(max(layer, 0.0), edge / 2))
        shapes[kind] = shape
    if layer <= 0:
        return 1.0
    found = followed_packing(name, sharp, shapes)
    if len(sharp.kinds) <= FEW_SITES:
        found = freed_packing(found)
    return max(1.0, sharp.volume_nm3 / found.volume_nm3)
