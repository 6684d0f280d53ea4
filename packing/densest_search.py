r"""The search behind `packing.densest`: minimise the cell's volume over what a crystal leaves open.

For given axial ratios, coordinates and orientations p the scale is the largest of the pairs' contact scales
:math:`s_k`, so the problem :math:`\min_p [3\ln\max_k s_k(p) + \ln\det M(p)]` is a minimum of a maximum. In
epigraph form, with the logarithm of the scale as one more variable and one inequality per pair, it is smooth enough
for sequential quadratic programming.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.spatial.transform import Rotation

from packing.configuration import quaternions_to_matrices
from packing.contact import Crystal, Pairs, States, ideal_ratios, neighbour_pairs, pair_scales
from packing.templates import Template, cell_matrix, sites

FloatArray = NDArray[np.float64]

_STEP = 1e-6
_NEAR_CONTACT = 1.5
_SLACK = 1.6
_ROUNDS = 4
_FOLLOWED = 3
TIE = 1e-7
"""Log volumes closer than this are one optimum."""


@dataclass(frozen=True, slots=True, eq=False)
class Freedom:
    """The free numbers of a crystal as one vector: log axial ratios, coordinates, rotation vectors of the units."""

    template: Template
    n_units: int
    fixed: FloatArray | None
    distorts: bool
    ratios: tuple[int, ...]
    coordinates: tuple[int, ...]
    low: FloatArray
    high: FloatArray

    @property
    def n_lattice(self) -> int:
        """Numbers that are ratios or coordinates."""
        return len(self.low)

    @property
    def n(self) -> int:
        """All numbers."""
        return self.n_lattice + 3 * self.n_turning

    @property
    def n_turning(self) -> int:
        """Orientations that are free."""
        return 0 if self.fixed is not None else self.n_units

    def states(self, x: FloatArray, start: FloatArray) -> States:
        """States for parameter vectors ``x``, shape (P, n), turned on from orientations ``start``, (P, U, 3, 3)."""
        ratios = np.tile(ideal_ratios(self.template), (len(x), 1))
        for column, which in enumerate(self.ratios):
            ratios[:, which] = np.exp(x[:, column])
        names = self.template.coordinate_names
        ideal = np.array([p.ideal for p in self.template.parameters if p.name in names])
        coordinates = np.tile(ideal, (len(x), 1))
        coordinates[:, list(self.coordinates)] = x[:, len(self.ratios) : self.n_lattice]
        if self.n_turning == 0:
            held = np.empty((0, 3, 3)) if self.fixed is None else self.fixed
            return States(ratios, coordinates, np.tile(held, (len(x), 1, 1, 1)))
        turned = Rotation.from_rotvec(x[:, self.n_lattice :].reshape(-1, 3)).as_matrix()
        return States(ratios, coordinates, turned.reshape(-1, self.n_units, 3, 3) @ start)


def freedom_of(crystal: Crystal, relax: bool, distort: bool, orientations: dict[str, FloatArray] | None) -> Freedom:
    """What is free in a crystal: with ``relax`` all its parameters, with ``distort`` also both axial ratios."""
    template = crystal.template
    free = [p for p in template.parameters if relax or not p.relaxed_only]
    names = template.coordinate_names
    bounds: dict[int, tuple[float, float]] = {}
    for which, name in enumerate(("b/a", "c/a")):
        found = next((p for p in free if p.name == name), None)
        if found is not None:
            bounds[which] = (np.log(found.low), np.log(found.high))
        if distort:
            middle = np.log(ideal_ratios(template)[which])
            bounds[which] = (middle - np.log(30.0), middle + np.log(30.0))
    moving = [p for p in free if p.name in names]
    limits = [bounds[k] for k in sorted(bounds)] + [(p.low, p.high) for p in moving]
    array = np.array(limits, dtype=float).reshape(-1, 2)
    coordinates = tuple(names.index(p.name) for p in moving)
    unit_of_site = crystal.unit_of_site()
    units = int(unit_of_site.max()) + 1
    held = None
    if orientations is not None:
        first = [int(np.flatnonzero(unit_of_site == unit)[0]) for unit in range(units)]
        kinds = [template.kinds[sites(template).kinds[site]] for site in first]
        given = np.array([orientations.get(kind, (1.0, 0.0, 0.0, 0.0)) for kind in kinds]).reshape(-1, 4)
        held = quaternions_to_matrices(given / np.linalg.norm(given, axis=1, keepdims=True))
    return Freedom(template, units, held, distort, tuple(sorted(bounds)), coordinates, array[:, 0], array[:, 1])


def log_volume(crystal: Crystal, states: States, scales: FloatArray) -> FloatArray:
    """Logarithm of the conventional cell's volume at contact, shape (P,)."""
    determinant = np.linalg.det(cell_matrix(crystal.template, states.ratios))
    return np.asarray(3 * np.log(scales.max(axis=1)) + np.log(determinant))


def search(crystal: Crystal, freedom: Freedom, n_starts: int, rng: np.random.Generator) -> tuple[float, States]:
    """Smallest log volume and its state, from named and random starts of which the best are followed to the end."""
    x, start = _starts(crystal, freedom, n_starts, rng)
    states = freedom.states(x, start)
    pairs = neighbour_pairs(crystal, _thinned(states), _SLACK)
    values = _in_chunks(crystal, states, pairs)
    named = _named(freedom)
    order = [*range(named), *(named + np.argsort(values[named:])[:n_starts])]
    if not freedom.n:
        return _polish(crystal, freedom, x[0], start[:1], pairs)
    rough = [(_rough(crystal, freedom, x[k], start[k : k + 1], pairs), k) for k in order]
    # Ties go to the start that is named first: cubes along the axes rather than one of many equal tilings.
    rough.sort(key=lambda found: (round(found[0][0], 6), found[1]))
    fine = [(_polish(crystal, freedom, found[1], start[k : k + 1], pairs), k) for found, k in rough[:_FOLLOWED]]
    lowest = min(found[0] for found, _ in fine)
    return min((k, found) for found, k in fine if found[0] < lowest + TIE)[1]


def _rough(
    crystal: Crystal, freedom: Freedom, x: FloatArray, start: FloatArray, pairs: Pairs
) -> tuple[float, FloatArray]:
    reached = _descend(crystal, freedom, x, start, pairs, max_steps=12, tolerance=1e-5)
    candidates = np.stack([x, reached])
    states = freedom.states(candidates, start)
    values = log_volume(crystal, states, pair_scales(crystal, states, pairs))
    chosen = int(np.argmin(values))
    return float(values[chosen]), candidates[chosen]


def _thinned(states: States) -> States:
    few = slice(0, len(states.ratios), max(1, len(states.ratios) // 8))
    return States(states.ratios[few], states.coordinates[few], states.rotations[few])


def _in_chunks(crystal: Crystal, states: States, pairs: Pairs, size: int = 64) -> FloatArray:
    parts = []
    for first in range(0, len(states.ratios), size):
        cut = slice(first, first + size)
        chunk = States(states.ratios[cut], states.coordinates[cut], states.rotations[cut])
        parts.append(log_volume(crystal, chunk, pair_scales(crystal, chunk, pairs)))
    return np.concatenate(parts)


def _named(freedom: Freedom) -> int:
    return 1 + freedom.distorts + 3 * (freedom.n_turning > 0)


def _starts(
    crystal: Crystal, freedom: Freedom, n_starts: int, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Cubes along the axes, a face turned by 45 degrees, a diagonal along c, twice; then random ones.

    All in the prototype's cell, and where the cell may distort, first in one of the cuboids' proportions.
    """
    template, units = crystal.template, freedom.n_turning
    ideal = [np.log(ideal_ratios(template)[k]) for k in freedom.ratios]
    values = [p.ideal for p in template.parameters if p.name in template.coordinate_names]
    ideal += [values[k] for k in freedom.coordinates]
    n_random = 0 if n_starts == 0 else 24 * n_starts if units else 8 * n_starts * (freedom.n_lattice > 0)
    named = _named(freedom)
    x = np.zeros((named + n_random, freedom.n))
    x[:named, : freedom.n_lattice] = np.clip(ideal, freedom.low, freedom.high)
    if freedom.distorts:
        # Cuboids one beside the other along the axes: the cell takes their proportions.
        edges = np.max([2 * (np.array(body.half) + body.radius) for body in crystal.bodies], axis=0)
        x[0, :2] = np.clip(np.log(edges[1:] / edges[0]), freedom.low[:2], freedom.high[:2])
    low, high = _narrowed(freedom, np.array(ideal))
    x[named:, : freedom.n_lattice] = rng.uniform(low, high, (n_random, freedom.n_lattice))
    if units == 0:
        return x, np.empty((len(x), 0, 3, 3))  # fixed or spheres: there is nothing to start from
    diagonal = Rotation.align_vectors([[0, 0, 1], [1, 0, 0]], [[1, 1, 1], [2, -1, -1]])[0].as_matrix()
    turned = Rotation.from_euler("z", 45, degrees=True).as_matrix()
    across = Rotation.from_euler("z", 30, degrees=True).as_matrix() @ diagonal
    random = Rotation.random(n_random * units, rng=rng).as_matrix().reshape(-1, units, 3, 3)
    aligned = [np.eye(3)] * (1 + freedom.distorts)
    fixed = np.tile(np.array([*aligned, turned, diagonal, across])[:, None], (1, units, 1, 1))
    return x, np.concatenate([fixed, random])


def _narrowed(freedom: Freedom, ideal: FloatArray) -> tuple[FloatArray, FloatArray]:
    # Axial ratios far from the prototype's are reached by following the gradient, not by chance.
    low, high = freedom.low.copy(), freedom.high.copy()
    n = len(freedom.ratios)
    low[:n] = np.maximum(low[:n], ideal[:n] - 0.4)
    high[:n] = np.minimum(high[:n], ideal[:n] + 0.4)
    return low, high


def _polish(crystal: Crystal, freedom: Freedom, x: FloatArray, start: FloatArray, pairs: Pairs) -> tuple[float, States]:
    best, best_x = np.inf, x
    for _ in range(_ROUNDS):
        if freedom.n:
            x = _descend(crystal, freedom, x, start, pairs, max_steps=60, tolerance=1e-13)
        state = freedom.states(x[None], start)
        # Judged with every pair that can matter at the parameters reached, not with those of the start.
        rigorous = neighbour_pairs(crystal, state)
        value = float(log_volume(crystal, state, pair_scales(crystal, state, rigorous))[0])
        gain = best - value
        if gain > 0:
            best, best_x = value, x
        if gain < 1e-7 or not freedom.n:
            break
        pairs = neighbour_pairs(crystal, state, _SLACK)
    return best, freedom.states(best_x[None], start)


def _descend(
    crystal: Crystal,
    freedom: Freedom,
    x: FloatArray,
    start: FloatArray,
    pairs: Pairs,
    max_steps: int,
    tolerance: float,
) -> FloatArray:
    scales = pair_scales(crystal, freedom.states(x[None], start), pairs)[0]
    active = pairs.chosen(scales > scales.max() / _NEAR_CONTACT)
    steps = np.concatenate([np.zeros((1, freedom.n)), _STEP * np.eye(freedom.n), -_STEP * np.eye(freedom.n)])
    memory: dict[bytes, tuple[FloatArray, FloatArray, float, FloatArray]] = {}

    def values(y: FloatArray) -> tuple[FloatArray, FloatArray, float, FloatArray]:
        key = y.tobytes()
        if key not in memory:
            memory.clear()
            states = freedom.states(y + steps, start)
            logs = np.log(pair_scales(crystal, states, active))
            shape = np.log(np.linalg.det(cell_matrix(crystal.template, states.ratios)))
            n = freedom.n
            slope = (logs[1 : n + 1] - logs[n + 1 :]).T / (2 * _STEP)
            memory[key] = (logs[0], slope, shape[0], (shape[1 : n + 1] - shape[n + 1 :]) / (2 * _STEP))
        return memory[key]

    n_pairs = len(active.i)
    limits = [(None, None), *zip(freedom.low, freedom.high, strict=True), *[(None, None)] * (3 * freedom.n_turning)]
    result = minimize(
        lambda y: 3 * y[0] + values(y[1:])[2],
        np.concatenate([[np.log(scales.max())], x]),
        jac=lambda y: np.concatenate([[3.0], values(y[1:])[3]]),
        bounds=limits,
        constraints={
            "type": "ineq",
            "fun": lambda y: y[0] - values(y[1:])[0],
            "jac": lambda y: np.hstack([np.ones((n_pairs, 1)), -values(y[1:])[1]]),
        },
        method="SLSQP",
        options={"ftol": tolerance, "maxiter": max_steps},
    )
    reached = np.asarray(result.x[1:])
    if not np.all(np.isfinite(reached)):
        return x
    reached[: freedom.n_lattice] = np.clip(reached[: freedom.n_lattice], freedom.low, freedom.high)
    return reached
