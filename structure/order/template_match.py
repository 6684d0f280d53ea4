"""Best affine map from a template of sites to the neighbours of each particle, many particles at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from structure.order.templates import SiteTemplate

FloatArray = NDArray[np.float64]

# Neighbours looked at: the largest template has 20 sites, a few more for disorder at its rim.
N_CANDIDATES = 24
# Neighbours tried as first and, for each, as second vector of the trial frames.
QUICK, THOROUGH = (2, 2), (6, 4)
# Mean squared distance per site, over the spacing squared, above which the best trial frame is not worth refining:
# the right frame stays below it up to displacements of 10 % of the spacing.
_HOPELESS = 0.15
# Scatter after one refinement that two more will not bring down to that of a crystal.
_HOPELESS_SCATTER = 0.22


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """Best match of each particle: scatter per axis over the nearest-neighbour distance, rotation, stretch.

    Where nothing matches, the scatter is infinite, rotation and stretch are the identity.
    """

    scatter: FloatArray
    rotations: FloatArray
    stretches: FloatArray


def match_template(vectors: FloatArray, template: SiteTemplate, effort: tuple[int, int]) -> Match:
    """Match one template to all neighbourhoods, ``vectors`` of shape (N, k, 3) sorted by length.

    A neighbour that does not exist has infinite components. ``effort`` is `QUICK` or `THOROUGH`.
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
    trial = _trial_rotations(reduced[:, :n_sites], template, effort)
    shell = template.sites[: template.n_first_shell]
    cost = _trial_cost(reduced[:, :n_sites].astype(np.float32), trial, shell)
    chosen = np.argmin(cost, axis=1)
    hopeful = cost.min(axis=1) < _HOPELESS * len(shell)
    some, reduced = some[hopeful], reduced[hopeful]
    maps = trial[hopeful, chosen[hopeful]].astype(np.float64)
    maps, offsets, scatter = _refine(reduced, maps, np.zeros((len(some), 3)), template.sites)
    hopeful = scatter < _HOPELESS_SCATTER
    some = some[hopeful]
    reduced, maps, offsets, scatter = (a[hopeful] for a in (reduced, maps, offsets, scatter))
    for last in (False, True):
        maps, offsets, scatter = _refine(reduced, maps, offsets, template.sites, reject=last)
    match.rotations[some], match.stretches[some], good = _polar(maps, template.mirror)
    size = np.cbrt(np.abs(np.linalg.det(maps)))
    match.scatter[some] = np.where(good, scatter / np.where(good, size, 1.0), np.inf)
    return match


def _trial_rotations(vectors: FloatArray, template: SiteTemplate, effort: tuple[int, int]) -> NDArray[np.float32]:
    """Frames from pairs of neighbours whose lengths and angle look like a seed pair, shape (N, T, 3, 3)."""
    n_first, n_second = effort
    trials = []
    squares = np.einsum("njc,njc->nj", vectors, vectors)
    gram = vectors[:, :n_first] @ vectors.transpose(0, 2, 1)
    for i, j in template.seeds:
        a, b = template.sites[i], template.sites[j]
        cost = np.abs(gram - a @ b) + np.abs(squares - b @ b)[:, None]
        # Two parallel vectors make no frame.
        cost[:, range(n_first), range(n_first)] = np.inf
        second_index = np.argpartition(cost, n_second, axis=2)[:, :, :n_second]
        second = np.take_along_axis(vectors[:, None], second_index[..., None], axis=2)
        frame = _frames(np.broadcast_to(vectors[:, :n_first, None], second.shape), second)
        for handed in (frame, frame * np.array([1.0, 1.0, -1.0])):
            trials.append((handed @ _frames(a, b).T).reshape(len(vectors), -1, 3, 3))
    return np.concatenate(trials, axis=1).astype(np.float32)


def _frames(a: FloatArray, b: FloatArray) -> FloatArray:
    """Orthonormal axes (columns) with the first along a and the second in the plane of a and b."""
    with np.errstate(divide="ignore", invalid="ignore"):
        x = a / np.linalg.norm(a, axis=-1, keepdims=True)
        y = b - np.sum(b * x, axis=-1, keepdims=True) * x
        y = y / np.linalg.norm(y, axis=-1, keepdims=True)
    return np.nan_to_num(np.stack([x, y, np.cross(x, y)], axis=-1))


def _trial_cost(vectors: NDArray[np.float32], trial: NDArray[np.float32], sites: FloatArray) -> NDArray[np.float32]:
    """Summed squared distance from each predicted site to the nearest neighbour, capped, shape (N, T)."""
    n, n_trials = trial.shape[:2]
    # Trials last: the loops over sites and neighbours then run along memory.
    axes = np.ascontiguousarray(trial.transpose(0, 2, 3, 1))
    predicted = np.ones((n, 4, len(sites) * n_trials), dtype=np.float32)
    np.matmul(sites.astype(np.float32), axes, out=predicted[:, :3].reshape(n, 3, len(sites), n_trials))
    squares = np.einsum("nkc,nkc->nk", vectors, vectors)
    # |v|^2 - 2 p.v in one product, with a fourth component of 1.
    nearest = (np.concatenate([-2 * vectors, squares[..., None]], axis=2) @ predicted).min(axis=1)
    nearest = nearest.reshape(n, len(sites), n_trials)
    nearest += np.einsum("sc,sc->s", sites, sites).astype(np.float32)[:, None]
    return np.asarray(np.minimum(nearest, 0.3, out=nearest).sum(axis=1))


def _refine(
    vectors: FloatArray, maps: FloatArray, offsets: FloatArray, sites: FloatArray, reject: bool = False
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Assign neighbours to sites, then fit map and offset; the centre counts as a site of its own."""
    predicted = sites @ maps.transpose(0, 2, 1) + offsets[:, None]
    squares = -2 * predicted @ vectors.transpose(0, 2, 1)
    squares += np.sum(predicted**2, axis=2)[:, :, None] + np.sum(vectors**2, axis=2)[:, None]
    nearest = squares.argmin(axis=2)
    mutual = np.take_along_axis(squares.argmin(axis=1), nearest, axis=1) == np.arange(len(sites))
    matched = mutual & (np.take_along_axis(squares, nearest[..., None], axis=2)[..., 0] < 0.25)
    used = np.concatenate([np.ones((len(vectors), 1)), matched], axis=1)
    target = np.take_along_axis(vectors, nearest[..., None], axis=1)
    points = np.concatenate([np.zeros((len(vectors), 1, 3)), target], axis=1) * used[..., None]
    design = np.concatenate([np.ones((len(sites) + 1, 1)), np.concatenate([np.zeros((1, 3)), sites])], axis=1)
    products = (design[:, :, None] * design[:, None, :]).reshape(len(design), 16)
    normal = (used @ products).reshape(-1, 4, 4) + 1e-9 * np.eye(4)
    solved = np.linalg.solve(normal, design.T @ points)
    residual = (points - design @ solved) * used[..., None]
    freedom = 3.0 * used.sum(axis=1) - 12
    scatter = np.sqrt(np.einsum("nsc,nsc->n", residual, residual) / np.maximum(freedom, 1))
    if not reject:
        return solved[:, 1:].transpose(0, 2, 1), solved[:, 0], scatter
    # One or two empty neighbour sites are a vacancy next door; more are another lattice.
    scatter[len(sites) - matched.sum(axis=1) > len(sites) // 9] = np.inf
    scatter[_has_intruder(vectors, nearest, matched)] = np.inf
    return solved[:, 1:].transpose(0, 2, 1), solved[:, 0], scatter


def _has_intruder(vectors: FloatArray, nearest: NDArray[np.int64], matched: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether a neighbour that no site claims sits within 0.85 of the nearest-neighbour distance."""
    n, k = vectors.shape[:2]
    claimed = np.zeros((n, k + 1), dtype=bool)
    np.put_along_axis(claimed, np.where(matched, nearest, k), True, axis=1)
    close = np.einsum("nkc,nkc->nk", vectors, vectors) < 0.85**2
    return np.any(close & ~claimed[:, :k], axis=1)


def _polar(maps: FloatArray, mirror: FloatArray) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """Proper rotation R and symmetric stretch S with map = R S, after undoing a mirror image."""
    determinants = np.linalg.det(maps)
    good = np.isfinite(determinants) & (np.abs(determinants) > 0.1)
    safe = np.where(good[:, None, None], maps, np.eye(3))
    safe = np.where((np.linalg.det(safe) < 0)[:, None, None], safe @ mirror, safe)
    left, values, right = np.linalg.svd(safe)
    stretches = np.einsum("nji,nj,njk->nik", right, values, right)
    return left @ right, stretches, good
