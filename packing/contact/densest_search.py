r"""The search behind `packing.contact.packing`: minimise the cell's volume over what a crystal leaves open.

For given axial ratios, coordinates and orientations p the scale is the largest of the pairs' contact scales
:math:`s_k`, so the problem :math:`\min_p [3\ln\max_k s_k(p) + \ln\det M(p)]` is a minimum of a maximum. In
epigraph form, with the logarithm of the scale as one more variable and one inequality per pair, it is smooth enough
for sequential quadratic programming.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.spatial.transform import Rotation

from packing.contact.contact import FilledTemplate, Pairs, States, ideal_ratios, neighbour_pairs, pair_scales
from packing.contact.freedom import Freedom
from packing.lattices.templates import cell_matrix

FloatArray = NDArray[np.float64]

_STEP = 1e-6
_NEAR_CONTACT = 1.5
_SLACK = 1.6
_ROUNDS = 4
_FOLLOWED = 3
# A rough descent that ends this close (log volume) to the best may still beat it.
_NEAR = 3e-3
# Where corners slide along faces the last digits take nine tenths of the time: they are left to the winner.
_COMPARED_TO, _FOLLOWED_TO = 1e-9, 1e-7
TIE = 1e-7
"""Log volumes closer than this are one optimum."""


def log_volume(crystal: FilledTemplate, states: States, scales: FloatArray) -> FloatArray:
    """Logarithm of the conventional cell's volume at contact, shape (P,).

    Parameters
    ----------
    crystal
        Sites and bodies.
    states
        P parameter sets.
    scales
        Contact scales of the pairs, shape (P, K).
    """
    determinant = np.linalg.det(cell_matrix(crystal.template, states.ratios))
    return np.asarray(3 * np.log(scales.max(axis=1)) + np.log(determinant))


def search(crystal: FilledTemplate, freedom: Freedom, n_starts: int, rng: np.random.Generator) -> tuple[float, States]:
    """Smallest log volume and its state, from named and random starts of which the best are followed to the end.

    Parameters
    ----------
    crystal
        Sites and bodies.
    freedom
        What is free.
    n_starts
        Random starts that are followed, besides the named ones.
    rng
        Where the random starts come from.

    Returns
    -------
    tuple
        Logarithm of the cell's volume, in the bodies' unit of length cubed, and the state (P = 1).
    """
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
    fine = [
        (_polish(crystal, freedom, found[1], start[k : k + 1], pairs, tolerance=_COMPARED_TO), k)
        for found, k in rough[:_FOLLOWED]
    ]
    lowest = min(found[0] for found, _ in fine)
    value, state = min((k, found) for found, k in fine if found[0] < lowest + TIE)[1]
    reached, found = _polish(crystal, freedom, _lattice_part(freedom, state), state.rotations, pairs)
    return (reached, found) if reached < value else (value, state)


def follow(crystal: FilledTemplate, freedom: Freedom, state: States, worth: float = np.inf) -> tuple[float, States]:
    """Smallest log volume that one state (P = 1) leads to downhill, and where; never larger than where it started.

    Given up after a few steps where those do not come near the log volume ``worth``.

    Parameters
    ----------
    crystal
        Sites and bodies.
    freedom
        What is free.
    state
        Where to start (P = 1).
    worth
        Logarithm of a cell volume that is known already.

    Returns
    -------
    tuple
        Logarithm of the cell's volume, in the bodies' unit of length cubed, and the state (P = 1).
    """
    x = _lattice_part(freedom, state)
    rigorous, pairs = neighbour_pairs(crystal, state), neighbour_pairs(crystal, state, _SLACK)
    begun = float(log_volume(crystal, state, pair_scales(crystal, state, rigorous))[0])
    value = begun
    if np.isfinite(worth):
        value, x = _rough(crystal, freedom, x, state.rotations, pairs, max_steps=25)
    if value < worth + _NEAR:
        reached, found = _polish(crystal, freedom, x, state.rotations, pairs, worth - TIE, _FOLLOWED_TO)
        if reached < begun:
            return reached, found
    return begun, state


def _lattice_part(freedom: Freedom, state: States) -> FloatArray:
    """A state as parameters that turn its rotations no further."""
    x = np.zeros(freedom.n)
    lattice = [*np.log(state.ratios[0, list(freedom.ratios)]), *state.coordinates[0, list(freedom.coordinates)]]
    x[: freedom.n_lattice] = np.clip(lattice, freedom.low, freedom.high)
    return x


def _rough(
    crystal: FilledTemplate, freedom: Freedom, x: FloatArray, start: FloatArray, pairs: Pairs, max_steps: int = 12
) -> tuple[float, FloatArray]:
    reached = _descend(crystal, freedom, x, start, pairs, max_steps, tolerance=1e-5)
    candidates = np.stack([x, reached])
    states = freedom.states(candidates, start)
    values = log_volume(crystal, states, pair_scales(crystal, states, pairs))
    chosen = int(np.argmin(values))
    return float(values[chosen]), candidates[chosen]


def _thinned(states: States) -> States:
    few = slice(0, len(states.ratios), max(1, len(states.ratios) // 8))
    return States(states.ratios[few], states.coordinates[few], states.rotations[few])


def _in_chunks(crystal: FilledTemplate, states: States, pairs: Pairs, size: int = 64) -> FloatArray:
    parts = []
    for first in range(0, len(states.ratios), size):
        cut = slice(first, first + size)
        chunk = States(states.ratios[cut], states.coordinates[cut], states.rotations[cut])
        parts.append(log_volume(crystal, chunk, pair_scales(crystal, chunk, pairs)))
    return np.concatenate(parts)


def _named(freedom: Freedom) -> int:
    return 1 + freedom.distorts + 3 * (freedom.n_turning > 0)


def _starts(
    crystal: FilledTemplate, freedom: Freedom, n_starts: int, rng: np.random.Generator
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


def _polish(
    crystal: FilledTemplate,
    freedom: Freedom,
    x: FloatArray,
    start: FloatArray,
    pairs: Pairs,
    worth: float = np.inf,
    tolerance: float = 1e-13,
) -> tuple[float, States]:
    best, best_x = np.inf, x
    for _ in range(_ROUNDS):
        if freedom.n:
            x = _descend(crystal, freedom, x, start, pairs, max_steps=60, tolerance=tolerance)
        state = freedom.states(x[None], start)
        # Judged with every pair that can matter at the parameters reached, not with those of the start.
        rigorous = neighbour_pairs(crystal, state)
        value = float(log_volume(crystal, state, pair_scales(crystal, state, rigorous))[0])
        gain = best - value
        if gain > 0:
            best, best_x = value, x
        if gain < 1e-7 or best > worth or not freedom.n:
            break
        pairs = neighbour_pairs(crystal, state, _SLACK)
    return best, freedom.states(best_x[None], start)


def _descend(
    crystal: FilledTemplate,
    freedom: Freedom,
    x: FloatArray,
    start: FloatArray,
    pairs: Pairs,
    max_steps: int,
    tolerance: float,
) -> FloatArray:
    scales = pair_scales(crystal, freedom.states(x[None], start), pairs)[0]
    active = pairs.chosen(scales > scales.max() / _NEAR_CONTACT)
    steps = _STEP * np.concatenate([np.eye(freedom.n), -np.eye(freedom.n)])
    n = freedom.n

    # A search along a line asks for values only; slopes cost as much as twice the free numbers of them.
    @_last_one_kept
    def values(y: FloatArray) -> tuple[FloatArray, FloatArray]:
        return logs(y[None])

    @_last_one_kept
    def slopes(y: FloatArray) -> tuple[FloatArray, FloatArray]:
        scale, shape = logs(y + steps)
        return (scale[:n] - scale[n:]).T / (2 * _STEP), (shape[:n] - shape[n:]) / (2 * _STEP)

    def logs(y: FloatArray) -> tuple[FloatArray, FloatArray]:
        states = freedom.states(y, start)
        scale = np.log(pair_scales(crystal, states, active))
        return scale, np.log(np.linalg.det(cell_matrix(crystal.template, states.ratios)))

    n_pairs = len(active.i)
    limits = [(None, None), *zip(freedom.low, freedom.high, strict=True), *[(None, None)] * (3 * freedom.n_turning)]
    result = minimize(
        lambda y: 3 * y[0] + values(y[1:])[1][0],
        np.concatenate([[np.log(scales.max())], x]),
        jac=lambda y: np.concatenate([[3.0], slopes(y[1:])[1]]),
        bounds=limits,
        constraints={
            "type": "ineq",
            "fun": lambda y: y[0] - values(y[1:])[0][0],
            "jac": lambda y: np.hstack([np.ones((n_pairs, 1)), -slopes(y[1:])[0]]),
        },
        method="SLSQP",
        options={"ftol": tolerance, "maxiter": max_steps},
    )
    reached = np.asarray(result.x[1:])
    if not np.all(np.isfinite(reached)):
        return x
    reached[: freedom.n_lattice] = np.clip(reached[: freedom.n_lattice], freedom.low, freedom.high)
    return reached


def _last_one_kept(
    function: Callable[[FloatArray], tuple[FloatArray, FloatArray]],
) -> Callable[[FloatArray], tuple[FloatArray, FloatArray]]:
    """The optimiser asks for objective and constraints one after the other, at one point."""
    memory: dict[bytes, tuple[FloatArray, FloatArray]] = {}

    def kept(y: FloatArray) -> tuple[FloatArray, FloatArray]:
        key = y.tobytes()
        if key not in memory:
            memory.clear()
            memory[key] = function(y)
        return memory[key]

    return kept
