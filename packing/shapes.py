"""Shapes of nanocrystals: spheres and cuboids (cubes, plates, rounded or truncated)."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull

from packing.checks import require_between, require_non_negative, require_positive
from packing.errors import InputError

CUBE_CORNERS = np.array(list(itertools.product((-1.0, 1.0), repeat=3)))
"""Corners of a cube of edge 2, shape (8, 3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sphere:
    """A sphere.

    Parameters
    ----------
    diameter_nm
        Diameter [nm].

    Examples
    --------
    >>> round(Sphere(diameter_nm=2.0).volume_nm3, 4)
    4.1888
    """

    diameter_nm: float

    def __post_init__(self) -> None:
        require_positive("diameter_nm", self.diameter_nm, "nm")

    @property
    def volume_nm3(self) -> float:
        """Volume [nm^3]."""
        return math.pi / 6 * self.diameter_nm**3

    @property
    def surface_nm2(self) -> float:
        """Surface area [nm^2]."""
        return math.pi * self.diameter_nm**2

    @property
    def mean_curvature_nm(self) -> float:
        """Integral of the mean curvature over the surface [nm]; see `Cuboid.mean_curvature_nm`."""
        return 2 * math.pi * self.diameter_nm

    @property
    def size_nm(self) -> float:
        """What a spacing adds to along a line of contact [nm]: the diameter."""
        return self.diameter_nm

    @property
    def inradius_nm(self) -> float:
        """Radius of the largest sphere inside [nm]."""
        return self.diameter_nm / 2

    @property
    def circumradius_nm(self) -> float:
        """Radius of the smallest sphere around the shape [nm]."""
        return self.diameter_nm / 2

    def scaled(self, factor: float) -> Sphere:
        """The same shape with every length multiplied by ``factor``."""
        return Sphere(diameter_nm=self.diameter_nm * factor)

    def grown(self, shell_nm: float) -> Sphere:
        """The shape with a layer of ``shell_nm`` all around."""
        return Sphere(diameter_nm=self.diameter_nm + 2 * shell_nm)

    def gsd_shape(self) -> dict[str, Any]:
        """The ``type_shapes`` entry that OVITO and HOOMD read."""
        return {"type": "Sphere", "diameter": self.diameter_nm}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuboid:
    """A cuboid; a cube when its three edges are equal.

    Parameters
    ----------
    edges_nm
        Outer edges along the body axes [nm].
    rounding_nm
        Radius of rounded edges and corners [nm] (a spheropolyhedron with the given outer edges), 0 is sharp.
    truncation
        Fraction of each half edge that is cut off at the corners by a {111} plane, 0 (sharp) to 1 (cuboctahedral).

    Raises
    ------
    InputError
        For a non-positive edge, a rounding above half the shortest edge, or rounding and truncation together.

    Examples
    --------
    >>> round(Cuboid(edges_nm=(8.6, 8.6, 8.6)).volume_nm3, 3)
    636.056
    """

    edges_nm: tuple[float, float, float]
    rounding_nm: float = 0.0
    truncation: float = 0.0

    def __post_init__(self) -> None:
        if len(self.edges_nm) != 3:
            raise InputError(f"edges_nm must have three numbers, got {len(self.edges_nm)}.")
        object.__setattr__(self, "edges_nm", tuple(float(e) for e in self.edges_nm))
        for edge in self.edges_nm:
            require_positive("edges_nm", edge, "nm")
        require_non_negative("rounding_nm", self.rounding_nm, "nm")
        require_between("truncation", self.truncation, 0.0, 1.0)
        if self.rounding_nm > min(self.edges_nm) / 2 * (1 + 1e-12):
            raise InputError(
                f"rounding_nm must be at most half the shortest edge ({min(self.edges_nm) / 2:g} nm), "
                f"got {self.rounding_nm:g} nm."
            )
        if self.rounding_nm > 0 and self.truncation > 0:
            raise InputError("rounding_nm and truncation cannot be used together: give one of them.")

    @property
    def is_cube(self) -> bool:
        """Whether the three edges are equal."""
        return max(self.edges_nm) - min(self.edges_nm) < 1e-12 * max(self.edges_nm)

    @property
    def volume_nm3(self) -> float:
        """Volume [nm^3]: Steiner's formula for a rounded, the hull for a truncated cuboid."""
        if self.truncation > 0:
            return float(ConvexHull(self.vertices_nm).volume)
        r = self.rounding_nm
        a, b, c = (e - 2 * r for e in self.edges_nm)
        return a * b * c + 2 * r * (a * b + b * c + c * a) + math.pi * r**2 * (a + b + c) + 4 / 3 * math.pi * r**3

    @property
    def surface_nm2(self) -> float:
        """Surface area [nm^2]."""
        if self.truncation > 0:
            return float(ConvexHull(self.vertices_nm).area)
        r = self.rounding_nm
        a, b, c = (e - 2 * r for e in self.edges_nm)
        return 2 * (a * b + b * c + c * a) + 2 * math.pi * r * (a + b + c) + 4 * math.pi * r**2

    @property
    def mean_curvature_nm(self) -> float:
        r"""Integral M of the mean curvature over the surface [nm].

        Steiner's formula for a convex body: :math:`V + S h + M h^2 + \tfrac43\pi h^3` lies within h of it, with
        :math:`M = \tfrac12\sum_i L_i\theta_i` over edges of length L and exterior angle theta of a polyhedron.
        """
        cut = self.truncation * min(self.edges_nm) / 2
        flat = sum(e - 2 * self.rounding_nm - 2 * cut for e in self.edges_nm)
        # A {111} cut meets each of the three facets around a corner at 125.26 degrees, along cut * sqrt(2).
        cuts = 12 * cut * math.sqrt(2) * math.acos(1 / math.sqrt(3))
        return math.pi * flat + cuts + 4 * math.pi * self.rounding_nm

    @property
    def size_nm(self) -> float:
        """What a spacing adds to along a line of contact [nm]: the shortest edge."""
        return min(self.edges_nm)

    @property
    def inradius_nm(self) -> float:
        """Half the shortest edge [nm] (the {111} cuts of a truncated cuboid never come closer)."""
        return min(self.edges_nm) / 2

    @property
    def circumradius_nm(self) -> float:
        """Radius of the smallest sphere around the shape [nm]."""
        return float(np.linalg.norm(self.vertices_nm, axis=1).max() + self.rounding_nm)

    @property
    def vertices_nm(self) -> NDArray[np.float64]:
        """Vertices [nm], shape (n, 3): of the sharp inner cuboid when rounded, of the cut one when truncated."""
        half = (np.array(self.edges_nm) - 2 * self.rounding_nm) / 2
        corners = CUBE_CORNERS * half
        if self.truncation == 0:
            return corners
        cut = self.truncation * half.min()
        points = [corner - np.sign(corner) * cut * axis for corner in corners for axis in np.eye(3)]
        return np.unique(np.round(points, 12), axis=0)

    def scaled(self, factor: float) -> Cuboid:
        """The same shape with every length multiplied by ``factor``."""
        a, b, c = self.edges_nm
        return Cuboid(
            edges_nm=(a * factor, b * factor, c * factor),
            rounding_nm=self.rounding_nm * factor,
            truncation=self.truncation,
        )

    def grown(self, shell_nm: float) -> Cuboid:
        """The cuboid with every face moved out by ``shell_nm``; edges stay as sharp as they were."""
        a, b, c = self.edges_nm
        s = 2 * shell_nm
        return Cuboid(edges_nm=(a + s, b + s, c + s), rounding_nm=self.rounding_nm, truncation=self.truncation)

    def layered(self, layer_nm: float) -> Cuboid:
        """With an even layer of ``layer_nm`` around: rounder by that; a truncated one as `grown`, no shape is both."""
        grown = self.grown(layer_nm)
        if self.truncation > 0:
            return grown
        return Cuboid(edges_nm=grown.edges_nm, rounding_nm=self.rounding_nm + layer_nm)

    def gsd_shape(self) -> dict[str, Any]:
        """The ``type_shapes`` entry that OVITO and HOOMD read."""
        return {
            "type": "ConvexPolyhedron",
            "rounding_radius": self.rounding_nm,
            "vertices": self.vertices_nm.tolist(),
        }


Shape = Sphere | Cuboid


def cube(edge_nm: float, rounding_nm: float = 0.0) -> Cuboid:
    """A cube of the given outer edge [nm].

    Parameters
    ----------
    edge_nm
        Outer edge, face to face [nm].
    rounding_nm
        Radius of its edges and corners [nm].

    Raises
    ------
    InputError
        For an edge that is not positive, and a rounding that is negative or beyond half the edge.

    Examples
    --------
    >>> cube(2.0).surface_nm2
    24.0
    """
    return Cuboid(edges_nm=(edge_nm, edge_nm, edge_nm), rounding_nm=rounding_nm)


def without_flats(shape: Shape) -> Shape:
    """A sphere in place of a cube that is rounded by half its edge, every other shape as it is.

    Examples
    --------
    >>> without_flats(cube(8.0, rounding_nm=4.0))
    Sphere(diameter_nm=8.0)
    """
    if isinstance(shape, Cuboid) and shape.is_cube and shape.rounding_nm >= shape.size_nm / 2 * (1 - 1e-9):
        return Sphere(diameter_nm=shape.size_nm)
    return shape
