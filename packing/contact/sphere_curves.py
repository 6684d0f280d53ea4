"""Packing fraction against size ratio from the contact engine alone, for spheres and many ratios at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.contact.bodies import WidenedBox, widened_box
from packing.contact.contact import FilledTemplate, Pairs, States, all_pairs, ideal_ratios, separations
from packing.contact.densest_search import TIE
from packing.contact.packed import PackedLattice, packed_lattice
from packing.contact.packing import densest_packing
from packing.errors import InputError
from packing.lattices.catalogue import template as template_by_name
from packing.lattices.templates import Parameter, Template, cell_matrix, check_kinds, sites
from packing.shapes import Shape, Sphere

FloatArray = NDArray[np.float64]

_GRID = 41
# Points of each closer look at the parameter, and how many looks: both end at 1e-10 of the first step. Few sets of
# diameters are quicker with wide looks, many with little memory.
_FEW, _WIDE, _NARROW = 16, (101, 6), (11, 15)


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
        Free parameters at the optimum by name, each of shape (G,).
    packing_fraction
        Shape (G,).
    contacts
        Kinds that touch, such as ``"A-A, A-B"``, one per set of diameters.
    """

    name: str
    length_a: FloatArray
    parameters: dict[str, FloatArray]
    packing_fraction: FloatArray
    contacts: tuple[str, ...]


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

    Raises
    ------
    InputError
        For diameters that are not positive, an unknown lattice, or a kind without a diameter.

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
    name = free[0].name if free else None
    centre = np.zeros((1, 1))
    if free:
        centre = _narrowed_down(template, free[0], d)
    pairs = _class_neighbours(template, name)
    value, contacts = _log_volumes(template, name, centre, pairs, d), _contacts(template, name, centre, pairs, d)
    parameters = {name: centre[:, 0]} if name else {}
    return _curve(template, value[:, 0], parameters, d, contacts)


def densest_spheres(template: Template, diameters: Mapping[str, float]) -> PackedLattice:
    """The densest packing of one set of spheres, by the curve where it has at most one free parameter.

    Parameters
    ----------
    template
        The lattice.
    diameters
        Diameter of each kind; the cell comes in their unit.

    Raises
    ------
    InputError
        As `sphere_curve`.

    Examples
    --------
    >>> from packing.lattices.catalogue import template
    >>> densest_spheres(template("NaCl"), {"A": 1.0, "B": 0.5}).limiting_contact
    'A-B'
    """
    shapes: dict[str, Shape] = {kind: Sphere(diameter_nm=float(diameters[kind])) for kind in template.kinds}
    free = [p for p in template.parameters if not p.relaxed_only]
    if len(free) > 1:
        return densest_packing(template, shapes)
    name, best = None, np.zeros(1)
    if free:
        name, ideal = free[0].name, np.array([free[0].ideal])
        best = sphere_curve(template, diameters).parameters[name]
        d = np.array([[shapes[kind].size_nm] for kind in template.kinds])
        tried = np.array([[ideal[0], best[0]]])
        values = _log_volumes(template, name, tried, _class_neighbours(template, name), d)[0]
        # Where small spheres rattle, any value is as dense: they stay on the prototype's sites.
        best = ideal if values[0] <= values[1] + TIE else best
    crystal = FilledTemplate(template, tuple(widened_box(shapes[kind]) for kind in template.kinds))
    return packed_lattice(crystal, _states(template, name, best), shapes)


def _narrowed_down(template: Template, free: Parameter, d: FloatArray) -> FloatArray:
    grid = np.linspace(free.low, free.high, _GRID)
    pairs = _class_neighbours(template, free.name)
    values = _log_volumes(template, free.name, grid[None], pairs, d)
    centre = grid[np.argmin(values, axis=1)]
    width = grid[1] - grid[0]
    points, levels = _WIDE if len(centre) <= _FEW else _NARROW
    for _ in range(levels):
        tried = np.clip(centre[:, None] + width * np.linspace(-1, 1, points), free.low, free.high)
        values = _log_volumes(template, free.name, tried, pairs, d)
        best = np.argmin(values, axis=1)
        centre = tried[np.arange(len(centre)), best]
        width *= 2.5 / (points - 1)
    return centre[:, None]


def _spheres(template: Template) -> FilledTemplate:
    # The radius is no matter: only distances between sites are asked for.
    return FilledTemplate(template, tuple(WidenedBox((0.0, 0.0, 0.0), 0.5) for _ in template.kinds))


def _states(template: Template, name: str | None, values: FloatArray) -> States:
    ratios = np.tile(ideal_ratios(template), (len(values), 1))
    ideal = [p.ideal for p in template.parameters if p.name in template.coordinate_names]
    coordinates = np.tile(np.array(ideal), (len(values), 1))
    if name in ("b/a", "c/a"):
        ratios[:, ("b/a", "c/a").index(name)] = values
    elif name is not None:
        coordinates[:, template.coordinate_names.index(name)] = values
    return States(ratios, coordinates, np.empty((len(values), 0, 3, 3)))


@lru_cache(maxsize=64)
def _class_neighbours(template: Template, name: str | None) -> Pairs:
    """Pairs that are, or nearly are, the closest of their two kinds somewhere in the parameter's range."""
    free = template.parameter(name) if name else None
    grid = np.linspace(free.low, free.high, _GRID) if free else np.zeros(2)
    crystal = _spheres(template)
    pairs = all_pairs(crystal, np.zeros(3, dtype=np.int64))
    wanted = np.zeros(len(pairs.i), dtype=bool)
    classes = _classes(template, pairs)
    distance = np.linalg.norm(separations(crystal, _states(template, name, grid), pairs), axis=-1)
    for which in np.unique(classes):
        mask = classes == which
        closest = distance[:, mask].min(axis=1, keepdims=True)
        step = np.abs(np.diff(distance[:, mask], axis=0)).max()
        wanted[mask] = np.any(distance[:, mask] <= closest + 2 * step + 1e-9, axis=0)
    return pairs.chosen(wanted)


def _classes(template: Template, pairs: Pairs) -> NDArray[np.int64]:
    kinds = sites(template).kinds
    one, other = np.sort([kinds[pairs.i], kinds[pairs.j]], axis=0)
    return np.asarray(one * len(template.kinds) + other)


def _class_scales(
    template: Template, states: States, shape: tuple[int, ...], pairs: Pairs, d: FloatArray
) -> dict[tuple[int, int], FloatArray]:
    """Scale at which the closest pair of each two kinds touches, shape (G, V)."""
    distance = np.linalg.norm(separations(_spheres(template), states, pairs), axis=-1)
    classes = _classes(template, pairs)
    scales = {}
    for which in np.unique(classes):
        closest = distance[:, classes == which].min(axis=1).reshape(shape)
        one, other = divmod(int(which), len(template.kinds))
        scales[one, other] = (d[one] + d[other])[:, None] / 2 / closest
    return scales


def _log_volumes(template: Template, name: str | None, values: FloatArray, pairs: Pairs, d: FloatArray) -> FloatArray:
    """Log cell volume, shape (G, V), at parameter values (G, V), or (1, V) where they are the same for all."""
    states = _states(template, name, values.ravel())
    scales = _class_scales(template, states, values.shape, pairs, d)
    determinant = np.linalg.det(cell_matrix(template, states.ratios)).reshape(values.shape)
    return np.asarray(3 * np.log(np.max(list(scales.values()), axis=0)) + np.log(determinant))


def _contacts(template: Template, name: str | None, values: FloatArray, pairs: Pairs, d: FloatArray) -> tuple[str, ...]:
    scales = _class_scales(template, _states(template, name, values.ravel()), values.shape, pairs, d)
    labels = ["-".join(sorted((template.kinds[i], template.kinds[j]))) for i, j in scales]
    table = np.array([np.broadcast_to(s, (d.shape[1], 1))[:, 0] for s in scales.values()])
    touching = table > table.max(axis=0) * (1 - 1e-6)
    order = np.argsort(labels)
    return tuple(", ".join(labels[k] for k in order if column[k]) for column in touching.T)


def _curve(
    template: Template,
    log_volume: FloatArray,
    parameters: dict[str, FloatArray],
    d: FloatArray,
    contacts: tuple[str, ...],
) -> SphereCurve:
    counts = np.array([template.counts[kind] for kind in template.kinds])
    ratios = np.tile(ideal_ratios(template), (len(log_volume), 1))
    for which, name in enumerate(("b/a", "c/a")):
        if name in parameters:
            ratios[:, which] = parameters[name]
    shape = np.linalg.det(cell_matrix(template, ratios))
    return SphereCurve(
        name=template.name,
        length_a=np.exp((log_volume - np.log(shape)) / 3),
        parameters=parameters,
        packing_fraction=np.pi / 6 * (counts @ d**3) / np.exp(log_volume),
        contacts=contacts,
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
        parameters={n: np.array([p.parameters[n] for p in packed]) for n in names},
        packing_fraction=np.array([p.packing_fraction for p in packed]),
        contacts=tuple(p.limiting_contact for p in packed),
    )
