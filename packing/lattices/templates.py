"""Crystal templates: which sites a superlattice has, and what about them may still move."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from packing.errors import InputError

FloatArray = NDArray[np.float64]

_RIGHT = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
HEXAGONAL = ((1.0, 0.0, 0.0), (-0.5, float(np.sqrt(3) / 2), 0.0), (0.0, 0.0, 1.0))

Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One number of a crystal that its symmetry leaves open: an axial ratio or a free coordinate.

    Parameters
    ----------
    name
        ``"b/a"``, ``"c/a"`` or the name of a coordinate.
    ideal
        Its value in the prototype.
    low, high
        Range in which it is looked for.
    relaxed_only
        Whether the literature's hard-sphere curve holds it at its ideal value; then only ``relax=True`` frees it.
    """

    name: str
    ideal: float
    low: float
    high: float
    relaxed_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Orbit:
    """One Wyckoff orbit: a site, which its space group repeats.

    Parameters
    ----------
    kind
        Which particle sits there: ``"A"``, ``"B"`` or ``"O"``.
    at
        Fractional coordinates of one site with every coordinate parameter at zero.
    along
        Direction (fractional) in which each named parameter moves that site.
    """

    kind: str
    at: Triple
    along: tuple[tuple[str, Triple], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A crystal as its Wyckoff sites, without a length scale.

    Parameters
    ----------
    name
        Its name in tables.
    spacegroup
        International number.
    orbits
        What sits where.
    elements
        Element that stands for each kind in exported files, in the order of `kinds`.
    axes
        Directions of the three cell vectors, as unit rows.
    parameters
        Axial ratios and free coordinates.
    setting
        Setting of the space group as ASE counts it.
    """

    name: str
    spacegroup: int
    orbits: tuple[Orbit, ...]
    elements: tuple[str, ...]
    axes: tuple[Triple, Triple, Triple] = _RIGHT
    parameters: tuple[Parameter, ...] = ()
    setting: int = 1

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of particles in order of first appearance."""
        return tuple(dict.fromkeys(orbit.kind for orbit in self.orbits))

    @property
    def counts(self) -> dict[str, int]:
        """Number of particles of each kind in the conventional cell."""
        kinds = sites(self).kinds
        return {kind: int(np.count_nonzero(kinds == k)) for k, kind in enumerate(self.kinds)}

    @property
    def coordinate_names(self) -> tuple[str, ...]:
        """Names of the parameters that are coordinates, in order."""
        return tuple(p.name for p in self.parameters if p.name not in ("b/a", "c/a"))

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of that name, or None where symmetry fixes it."""
        return next((p for p in self.parameters if p.name == name), None)


@dataclass(frozen=True, slots=True, eq=False)
class Sites:
    """Every site of the conventional cell of a template, affine in its free coordinates.

    Parameters
    ----------
    kinds
        Index into the template's kinds, shape (N,).
    base
        Fractional coordinates with the free coordinates at zero, shape (N, 3).
    slopes
        Their change with each free coordinate, shape (N, 3, C).
    rotations
        Fractional rotation of the symmetry operation that made each site from its orbit's first, shape (N, 3, 3).
    orbits
        Index into the template's orbits, shape (N,).
    primitive_of
        The site of the primitive set (one of each class under centring) that each is a translate of, shape (N,).
    """

    kinds: NDArray[np.int64]
    base: FloatArray
    slopes: FloatArray
    rotations: FloatArray
    orbits: NDArray[np.int64]
    primitive_of: NDArray[np.int64]

    def fractions(self, coordinates: FloatArray) -> FloatArray:
        """Fractional coordinates, shape (..., N, 3), for values of the free coordinates, shape (..., C).

        Parameters
        ----------
        coordinates
            Values of the free coordinates, fractional, shape (..., C).
        """
        moved = np.tensordot(coordinates, self.slopes, axes=([-1], [2]))
        return np.asarray(self.base + moved)


@lru_cache(maxsize=256)
def sites(template: Template) -> Sites:
    """All sites of a template, from its space group's operations.

    Examples
    --------
    >>> from packing.lattices.catalogue import template
    >>> len(sites(template("NaZn13")).kinds)
    112
    """
    from ase.spacegroup import Spacegroup

    group = Spacegroup(template.spacegroup, template.setting)
    operations = [(np.array(r, float), np.array(t, float)) for r, t in group.get_symop()]
    centring = np.array([t for r, t in operations if np.allclose(r, np.eye(3))])
    rows: list[_Row] = []
    for index in range(len(template.orbits)):
        rows += _expand(template, index, operations, centring, len(rows))
    return Sites(
        np.array([template.kinds.index(template.orbits[row.orbit].kind) for row in rows]),
        np.array([row.base for row in rows]),
        np.array([row.slope for row in rows]),
        np.array([row.rotation for row in rows]),
        np.array([row.orbit for row in rows]),
        np.array([row.primitive_of for row in rows]),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    orbit: int
    base: FloatArray
    slope: FloatArray
    rotation: FloatArray
    generic: FloatArray
    primitive_of: int


def _expand(
    template: Template,
    index: int,
    operations: list[tuple[FloatArray, FloatArray]],
    centring: FloatArray,
    offset: int,
) -> list[_Row]:
    orbit, names = template.orbits[index], template.coordinate_names
    slope = np.zeros((3, len(names)))
    for name, direction in orbit.along:
        slope[:, names.index(name)] = direction
    # Two operations give one site when they agree for coordinates of no special value.
    generic = np.array([p.ideal + 0.0137 * (1 + i) for i, p in enumerate(map(template.parameter, names)) if p])
    rows: list[_Row] = []
    for rotation, translation in operations:
        base, moves = rotation @ np.array(orbit.at) + translation, rotation @ slope
        here = base + moves @ generic
        if any(_same_point(here, row.generic) for row in rows):
            continue
        first = (row.primitive_of for row in rows if any(_same_point(here, row.generic + t) for t in centring))
        rows.append(_Row(index, base - np.floor(base + 1e-9), moves, rotation, here, next(first, offset + len(rows))))
    return rows


def _same_point(one: FloatArray, other: FloatArray) -> bool:
    difference = one - other
    return bool(np.all(np.abs(difference - np.round(difference)) < 1e-6))


def cell_matrix(template: Template, ratios: FloatArray) -> FloatArray:
    """Cell vectors as rows for a = 1, shape (..., 3, 3), given (b/a, c/a), shape (..., 2).

    Parameters
    ----------
    template
        Directions of the axes.
    ratios
        Axial ratios (b/a, c/a), shape (..., 2).
    """
    lengths = np.concatenate([np.ones((*ratios.shape[:-1], 1)), ratios], axis=-1)
    return np.asarray(lengths[..., :, None] * np.array(template.axes))


def check_kinds(template: Template, kinds: tuple[str, ...]) -> None:
    """Raise `InputError` unless every kind of the template has a shape."""
    missing = [k for k in template.kinds if k not in kinds]
    if missing:
        raise InputError(
            f"shapes must have one entry for each kind of {template.name}: {', '.join(template.kinds)}; "
            f"{', '.join(missing)} is missing."
        )
