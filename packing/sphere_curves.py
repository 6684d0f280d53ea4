"""Packing fraction against size ratio from the contact engine alone, for spheres and many ratios at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.contact import Crystal, Pairs, States, all_pairs, ideal_ratios, separations
from packing.contact_shapes import WidenedBox
from packing.densest import densest_packing
from packing.errors import InputError
from packing.shapes import Sphere
from packing.template_catalogue import template as template_by_name
from packing.templates import Template, cell_matrix, check_kinds, sites

FloatArray = NDArray[np.float64]

_GRID = 41
_ZOOM = 11
_LEVELS = 10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SphereCurve:
    """Densest sphere packings of one lattice.

    Parameters
    ----------
    name
        Name of the template.
    length_a
        Lattice constant a in the unit of the diameters, shape (G,).
    parameters
        The free parameter at the optimum, shape (G,); empty where the lattice has none.
    packing_fraction
        Shape (G,).
    """

    name: str
    length_a: FloatArray
    parameters: FloatArray
    packing_fraction: FloatArray


def sphere_curve(lattice: str | Template, diameters: Mapping[str, ArrayLike], *, relax: bool = False) -> SphereCurve:
    """Densest packings of spheres whose diameters run over arrays.

    Distances between sites do not depend on the diameters, so the smallest distance of each pair of kinds is found
    once per parameter value; the parameter (at most one on the ideal lattices) is then narrowed down for all
    diameters together. Lattices with more free parameters go through `densest_packing` one by one.

    Parameters
    ----------
    lattice
        Name in the catalogue, or a template.
    diameters
        Diameter of each kind, broadcast to shape (G,); ``"O"`` is as ``"B"`` if left out.
    relax
        Whether to free also what the literature's curves hold ideal.

    Examples
    --------
    >>> curve = sphere_curve("AlB2", {"A": 1.0, "B": [0.45, 0.55]})
    >>> curve.packing_fraction.round(5).tolist()
    [0.71479, 0.77928]
    """
    template = template_by_name(lattice) if isinstance(lattice, str) else lattice
    full = {**({"O": diameters["B"]} if "B" in diameters else {}), **diameters}
    check_kinds(template, tuple(full))
    d = np.array(np.broadcast_arrays(*[np.atleast_1d(np.asarray(full[k], dtype=float)) for k in template.kinds]))
    if not np.all(np.isfinite(d) & (d > 0)):
        raise InputError("diameters must be finite and above zero.")
    free = [p for p in template.parameters if relax or not p.relaxed_only]
    if len(free) > 1:
        return _one_by_one(template, d, relax)
    crystal = Crystal(template, tuple(WidenedBox((0.0, 0.0, 0.0), 0.5) for _ in template.kinds))
    if not free:
        pairs = _class_neighbours(crystal, None, np.zeros(2))
        log_volume = _log_volumes(crystal, None, np.zeros((1, 1)), pairs, d)
        return _curve(template, log_volume[:, 0], np.zeros((d.shape[1], 0)), d)
    return _narrow_down(crystal, free[0].name, free[0].low, free[0].high, d)


def _narrow_down(crystal: Crystal, name: str, low: float, high: float, d: FloatArray) -> SphereCurve:
    grid = np.linspace(low, high, _GRID)
    pairs = _class_neighbours(crystal, name, grid)
    values = _log_volumes(crystal, name, np.broadcast_to(grid, (1, _GRID)), pairs, d)
    centre = grid[np.argmin(values, axis=1)]
    width = grid[1] - grid[0]
    for _ in range(_LEVELS):
        tried = np.clip(centre[:, None] + width * np.linspace(-1, 1, _ZOOM), low, high)
        values = _log_volumes(crystal, name, tried, pairs, d)
        best = np.argmin(values, axis=1)
        centre = tried[np.arange(len(centre)), best]
        width *= 2.5 / (_ZOOM - 1)
    return _curve(crystal.template, values.min(axis=1), centre[:, None], d, name)


def _states(crystal: Crystal, name: str | None, values: FloatArray) -> States:
    template = crystal.template
    ratios = np.tile(ideal_ratios(template), (len(values), 1))
    ideal = [p.ideal for p in template.parameters if p.name in template.coordinate_names]
    coordinates = np.tile(np.array(ideal), (len(values), 1))
    if name in ("b/a", "c/a"):
        ratios[:, ("b/a", "c/a").index(name)] = values
    elif name is not None:
        coordinates[:, template.coordinate_names.index(name)] = values
    return States(ratios, coordinates, np.empty((len(values), 0, 3, 3)))


def _class_neighbours(crystal: Crystal, name: str | None, grid: FloatArray) -> Pairs:
    """Pairs that are, or nearly are, the closest of their two kinds somewhere on the grid."""
    pairs = all_pairs(crystal, np.zeros(3, dtype=np.int64))
    wanted = np.zeros(len(pairs.i), dtype=bool)
    classes = _classes(crystal, pairs)
    distance = np.linalg.norm(separations(crystal, _states(crystal, name, grid), pairs), axis=-1)
    for which in np.unique(classes):
        mask = classes == which
        closest = distance[:, mask].min(axis=1, keepdims=True)
        step = np.abs(np.diff(distance[:, mask], axis=0)).max()
        wanted[mask] = np.any(distance[:, mask] <= closest + 2 * step, axis=0)
    return pairs.chosen(wanted)


def _classes(crystal: Crystal, pairs: Pairs) -> NDArray[np.int64]:
    kinds = sites(crystal.template).kinds
    one, other = np.sort([kinds[pairs.i], kinds[pairs.j]], axis=0)
    return np.asarray(one * len(crystal.bodies) + other)


def _log_volumes(crystal: Crystal, name: str | None, values: FloatArray, pairs: Pairs, d: FloatArray) -> FloatArray:
    """Log cell volume, shape (G, V), at parameter values (G, V), or (1, V) where they are the same for all."""
    states = _states(crystal, name, values.ravel())
    distance = np.linalg.norm(separations(crystal, states, pairs), axis=-1)
    classes = _classes(crystal, pairs)
    scale = np.zeros((d.shape[1], values.shape[1]))
    for which in np.unique(classes):
        closest = distance[:, classes == which].min(axis=1).reshape(values.shape)
        one, other = divmod(int(which), len(crystal.bodies))
        scale = np.maximum(scale, (d[one] + d[other])[:, None] / 2 / closest)
    determinant = np.linalg.det(cell_matrix(crystal.template, states.ratios)).reshape(values.shape)
    return np.asarray(3 * np.log(scale) + np.log(determinant))


def _curve(template: Template, log_volume: FloatArray, parameters: FloatArray, d: FloatArray, name: str = "") -> SphereCurve:
    counts = np.array([template.counts[kind] for kind in template.kinds])
    ratios = np.tile(ideal_ratios(template), (len(log_volume), 1))
    if name in ("b/a", "c/a"):
        ratios[:, ("b/a", "c/a").index(name)] = parameters[:, 0]
    shape = np.linalg.det(cell_matrix(template, ratios))
    return SphereCurve(
        name=template.name,
        length_a=np.exp((log_volume - np.log(shape)) / 3),
        parameters=parameters,
        packing_fraction=np.pi / 6 * (counts @ d**3) / np.exp(log_volume),
    )


def _one_by_one(template: Template, d: FloatArray, relax: bool) -> SphereCurve:
    packed = [
        densest_packing(
            template,
            {kind: Sphere(diameter_nm=float(x)) for kind, x in zip(template.kinds, column, strict=True)},
            relax=relax,
        )
        for column in d.T
    ]
    names = [p.name for p in template.parameters]
    return SphereCurve(
        name=template.name,
        length_a=np.array([p.lengths_nm[0] for p in packed]),
        parameters=np.array([[p.parameters[n] for n in names] for p in packed]),
        packing_fraction=np.array([p.packing_fraction for p in packed]),
    )
