"""Best affine map from a template of sites to the neighbours of each particle, many particles at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from structure.order.templates import SiteTemplate

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

# Neighbours looked at: the largest template has 20 sites, a few more for disorder at its rim.
N_CANDIDATES = 24
# Neighbours tried as first and, for each, as second vector of the trial frames.
QUICK, THOROUGH = (2, 2), (6, 4)
# Mean squared distance per site, over the spacing squared, above which the best trial frame is not worth refining:
# the right frame stays below it up to displacements of 10 % of the spacing.
_HOPELESS = 0.15
# Scatter after one refinement that two more will not bring down to that of a crystal.
_HOPELESS_SCATTER = 0.22
# Determinant below which a map is flat.
_FLAT = 0.1
# Numbers of trial frames that are worked on together: they stay in the processor's cache.
_AT_ONCE = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """Best match of each particle: scatter per axis over the nearest-neighbour distance, rotation, stretch.

    Where nothing matches, the scatter is infinite, rotation and stretch are the identity.
    """

    scatter: FloatArray
    rotations: FloatArray
    stretches: FloatArray


def match_template(
    vectors: FloatArray, template: SiteTemplate, effort: tuple[int, int], *, max_scatter: float = np.inf
) -> Match:
    """Match one template to all neighbourhoods, ``vectors`` of shape (N, k, 3) sorted by length.

    A neighbour that does not exist has infinite components. ``effort`` is `QUICK` or `THOROUGH`. Scatter of
    ``max_scatter`` or more is no match.
    """
    n, n_sites = len(vectors), len(template.sites)
    match = Match(np.full(n, np.inf), np.tile(np.eye(3), (n, 1, 1)), np.tile(np.eye(3), (n, 1, 1)))
    some = np.flatnonzero(np.isfinite(vectors[:, n_sites - 3, 0]))
    if len(some) == 0:
        return match
    lengths = np.linalg.norm(vectors[some, : n_sites - 2], axis=2)
    # The outermost neighbours may belong to the next shell; the median ratio is safe against them.
    scale = np.median(lengths / np.linalg.norm(template.sites[:-2], axis=1), axis=1)[:, None, None]
    # Absent neighbours go far away, where they match nothing and keep the arithmetic finite.
    reduced = np.nan_to_num(vectors[some] / scale, posinf=100.0)
    cost, maps = _best_trial(reduced[:, :n_sites], template, effort)
    hopeful = cost < _HOPELESS * template.n_first_shell
    some, reduced, maps = some[hopeful], reduced[hopeful], maps[hopeful]
    scatter, maps = _refine(reduced, maps, template.sites)
    volume = np.abs(np.linalg.det(maps))
    size = np.cbrt(np.where(volume > _FLAT, volume, 1.0))
    good = (volume > _FLAT) & (scatter < max_scatter * size)
    some, maps = some[good], maps[good]
    match.scatter[some] = scatter[good] / size[good]
    match.rotations[some], match.stretches[some] = _polar(maps, template.mirror)
    return match


def _best_trial(vectors: FloatArray, template: SiteTemplate, effort: tuple[int, int]) -> tuple[FloatArray, FloatArray]:
    """Least cost of the trial frames, shape (N,), and the map of that frame, shape (N, 3, 3)."""
    n, n_first, n_second = len(vectors), *effort
    least, maps = np.full(n, np.inf), np.zeros((n, 3, 3))
    squares = np.einsum("njc,njc->nj", vectors, vectors)
    gram = vectors[:, :n_first] @ vectors.transpose(0, 2, 1)
    lifted = np.concatenate([-2 * vectors, squares[..., None]], axis=2).astype(np.float32)
    for (i, j), is_mirror in zip(template.seeds, template.seed_mirrors, strict=True):
        a, b = template.sites[i], template.sites[j]
        # Pairs of neighbours whose lengths and angle look like the seed pair.
        misfit = np.abs(gram - a @ b) + np.abs(squares - b @ b)[:, None]
        # Two parallel vectors make no frame.
        misfit[:, range(n_first), range(n_first)] = np.inf
        second_index = np.argpartition(misfit, n_second, axis=2)[:, :, :n_second]
        second = np.take_along_axis(vectors, second_index.reshape(n, -1, 1), axis=1)
        frames = _frames(np.repeat(vectors[:, :n_first], n_second, axis=1), second)
        own = _frames(a, b)
        # Where the plane of the pair is a mirror plane of the sites, the other hand gives the same sites.
        hands = np.array([own] if is_mirror else [own, own * np.array([1.0, 1.0, -1.0])])
        cost = _trial_cost(lifted, frames, template.sites[: template.n_first_shell] @ hands)
        chosen = np.argmin(cost, axis=1)
        lowest = np.take_along_axis(cost, chosen[:, None], axis=1)[:, 0]
        better = np.flatnonzero(lowest < least)
        hand, trial = np.divmod(chosen[better], frames.shape[1])
        least[better] = lowest[better]
        maps[better] = frames[better, trial] @ hands[hand].transpose(0, 2, 1)
    return least, maps


def _frames(a: FloatArray, b: FloatArray) -> FloatArray:
    """Orthonormal axes (columns) with the first along a and the second in the plane of a and b."""
    frames = np.empty((*np.shape(a), 3))
    with np.errstate(divide="ignore", invalid="ignore"):
        x = a / np.sqrt(np.einsum("...c,...c->...", a, a))[..., None]
        y = b - np.einsum("...c,...c->...", b, x)[..., None] * x
        y /= np.sqrt(np.einsum("...c,...c->...", y, y))[..., None]
    frames[..., 0], frames[..., 1] = x, y
    for k in range(3):
        p, q = (k + 1) % 3, (k + 2) % 3
        frames[..., k, 2] = x[..., p] * y[..., q] - x[..., q] * y[..., p]
    return np.nan_to_num(frames, copy=False)


def _trial_cost(lifted: NDArray[np.float32], frames: FloatArray, sites: FloatArray) -> NDArray[np.float32]:
    """Summed squared distance from each predicted site to the nearest neighbour, capped, shape (N, hands x T).

    ``lifted`` are the neighbours, -2 v and v^2, shape (N, k, 4), ``frames`` trial axes (N, T, 3, 3), ``sites`` those of
    the template in the axes of the seed pair, of one or both hands, shape (hands, sites, 3).
    """
    n, n_trials = frames.shape[:2]
    hands, n_sites = sites.shape[:2]
    flat = sites.reshape(-1, 3).astype(np.float32)
    cost = np.empty((n, hands * n_trials), dtype=np.float32)
    at_once = 1 + _AT_ONCE // (lifted.shape[1] * len(flat) * n_trials)
    for start in range(0, n, at_once):
        part = slice(start, start + at_once)
        # Trials last: the loops over sites and neighbours then run along memory.
        axes = np.ascontiguousarray(frames[part].transpose(0, 2, 3, 1), dtype=np.float32)
        predicted = np.ones((len(axes), 4, len(flat), n_trials), dtype=np.float32)
        np.matmul(flat, axes, out=predicted[:, :3])
        # |v|^2 - 2 p.v in one product, with a fourth component of 1.
        nearest = (lifted[part] @ predicted.reshape(len(axes), 4, -1)).min(axis=1)
        nearest = nearest.reshape(len(axes), hands, n_sites, n_trials)
        nearest += np.einsum("hsc,hsc->hs", sites, sites).astype(np.float32)[..., None]
        cost[part] = np.minimum(nearest, 0.3, out=nearest).sum(axis=2).reshape(len(axes), -1)
    return cost


def _refine(vectors: FloatArray, maps: FloatArray, sites: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Scatter and map after three rounds of assigning neighbours to sites and fitting map and offset to them."""
    n = len(vectors)
    # |v|^2 + |p|^2 - 2 p.v in one product.
    lifted = np.concatenate([vectors, np.sum(vectors**2, axis=2)[..., None], np.ones((*vectors.shape[:2], 1))], axis=2)
    nearest, matched = _assigned(lifted, maps, np.zeros((n, 3)), sites)
    maps, offsets, scatter = _fitted(vectors, nearest, matched, sites)
    moving = np.flatnonzero(scatter < _HOPELESS_SCATTER)
    lost = scatter >= _HOPELESS_SCATTER
    for _ in range(2):
        now, are = _assigned(lifted[moving], maps[moving], offsets[moving], sites)
        # Where the neighbours of all sites are those of the round before, so are the fit and all rounds to come.
        other = np.any((are != matched[moving]) | (are & (now != nearest[moving])), axis=1)
        moving, now, are = moving[other], now[other], are[other]
        nearest[moving], matched[moving] = now, are
        maps[moving], offsets[moving], scatter[moving] = _fitted(vectors[moving], now, are, sites)
    # One or two empty neighbour sites are a vacancy next door; more are another lattice.
    lost |= len(sites) - matched.sum(axis=1) > len(sites) // 9
    scatter[lost | _has_intruder(lifted[..., 3], nearest, matched)] = np.inf
    return scatter, maps


def _assigned(
    lifted: FloatArray, maps: FloatArray, offsets: FloatArray, sites: FloatArray
) -> tuple[IntArray, BoolArray]:
    """The neighbour nearest to each site, and whether that is mutual and not far, both of shape (N, sites)."""
    predicted = np.empty((len(maps), len(sites), 5))
    points = sites @ maps.transpose(0, 2, 1) + offsets[:, None]
    np.multiply(points, -2, out=predicted[..., :3])
    predicted[..., 3] = 1.0
    np.einsum("nsc,nsc->ns", points, points, out=predicted[..., 4])
    squares = predicted @ lifted.transpose(0, 2, 1)
    nearest = squares.argmin(axis=2)
    least = np.take_along_axis(squares, nearest[..., None], axis=2)[..., 0]
    return nearest, (np.take_along_axis(squares.min(axis=1), nearest, axis=1) == least) & (least < 0.25)


def _fitted(
    vectors: FloatArray, nearest: IntArray, matched: BoolArray, sites: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Map, offset and scatter of the least squares fit to matched neighbours; the centre is a site of its own."""
    n = len(vectors)
    points, used = np.zeros((n, len(sites) + 1, 3)), np.ones((n, len(sites) + 1))
    used[:, 1:] = matched
    points[:, 1:] = vectors[np.arange(n)[:, None], nearest] * used[:, 1:, None]
    design = np.concatenate([np.ones((len(sites) + 1, 1)), np.concatenate([np.zeros((1, 3)), sites])], axis=1)
    tiny = 1e-9 * np.eye(4)
    solved = np.linalg.solve(design.T @ design + tiny, design.T) @ points
    # Where all sites have a neighbour, that is all.
    part = np.flatnonzero(~matched.all(axis=1))
    if len(part):
        products = (design[:, :, None] * design[:, None, :]).reshape(len(design), 16)
        normal = (used[part] @ products).reshape(-1, 4, 4) + tiny
        solved[part] = np.linalg.solve(normal, design.T @ points[part])
    residual = (points - design @ solved) * used[..., None]
    freedom = 3.0 * used.sum(axis=1) - 12
    scatter = np.sqrt(np.einsum("nsc,nsc->n", residual, residual) / np.maximum(freedom, 1))
    return np.ascontiguousarray(solved[:, 1:].transpose(0, 2, 1)), solved[:, 0], scatter


def _has_intruder(squares: FloatArray, nearest: IntArray, matched: BoolArray) -> BoolArray:
    """Whether a neighbour that no site claims sits within 0.85 of the nearest-neighbour distance.

    ``squares`` are the squared lengths of the neighbours, shape (N, k).
    """
    n, k = squares.shape
    claimed = np.zeros((n, k + 1), dtype=bool)
    claimed[np.arange(n)[:, None], np.where(matched, nearest, k)] = True
    return np.any((squares < 0.85**2) & ~claimed[:, :k], axis=1)


def _polar(maps: FloatArray, mirror: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Proper rotation R and symmetric stretch S with map = R S, after undoing a mirror image."""
    proper = np.where((np.linalg.det(maps) < 0)[:, None, None], maps @ mirror, maps)
    left, values, right = np.linalg.svd(proper)
    return left @ right, np.einsum("nji,nj,njk->nik", right, values, right)
