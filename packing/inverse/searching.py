"""Where to look: grids over ligands, sizes and coverages, and the polish of the best of each."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from packing.errors import InputError
from packing.inverse.binding import highest_coverage_per_nm2, ligands_that_bind, usual_coverage_per_nm2
from packing.inverse.draws import deviates, drawn_shell, made_shape
from packing.inverse.forward import Choice, drawn_log_ratio, drawn_quantity, hits, medium_depth_kt, quantity_of, winners
from packing.inverse.wanted import Cores, Question, Wanted
from packing.lattices.catalogue import template
from packing.matter.ligands import ligand, ligand_entry

FloatArray = NDArray[np.float64]

COVERAGE_SD = 0.25
"""Standard deviation of the logarithm of a coverage around the usual one, of what is plausible."""
_COVERAGES = np.exp(np.linspace(-0.75, 0.75, 31))
_FEW_COVERAGES = np.exp(np.linspace(-0.4, 0.4, 7))
_SIZES = 13
_COARSE = 512
_KEPT = 600
_LAST = 80
_POLISHED = 8


def plausibility_of(coverage_per_nm2: float, usual_per_nm2: float) -> float:
    """How usual a coverage is, at most 1.

    Parameters
    ----------
    coverage_per_nm2, usual_per_nm2
        The coverage, and the usual one [1/nm^2].

    Examples
    --------
    >>> plausibility_of(3.0, 3.0)
    1.0
    """
    return math.exp(-(math.log(coverage_per_nm2 / usual_per_nm2) ** 2) / (2 * COVERAGE_SD**2))


def _sizes(cores: Cores, n: int = _SIZES) -> list[float]:
    low, high = cores.size_nm
    return [low] if high == low else [float(x) for x in np.linspace(low, high, n)]


def _coverages(cores: Cores, name: str, size: float, factors: FloatArray) -> tuple[list[float], float]:
    """Coverages to try and the usual one."""
    shape = made_shape(cores.shape, size)
    usual = usual_coverage_per_nm2(cores.material, shape, name)
    if ligand_entry(name).is_ionic:
        return [usual], usual
    most = highest_coverage_per_nm2(cores.material, shape, name)
    low, high = cores.coverage_per_nm2 or (0.0, math.inf)
    if low > most:
        raise InputError(
            f"coverage_per_nm2 of {name}: {cores.material} holds at most {most:.2f} per nm², got {low:g}. Lower it."
        )
    if low == high:
        return [low], usual
    tried = np.unique(np.clip(usual * factors, max(low, 0.3), min(high, most)))
    return [float(x) for x in tried], usual


def _chosen_ligands(cores: Cores) -> tuple[str, ...]:
    found = tuple(name for name in ligands_that_bind(cores.material, cores.ligands) if ligand(name).length_nm > 0)
    if not found:
        raise InputError(f"ligands: none of the library binds to {cores.material}. Name some.")
    return found


def single_choices(question: Question) -> tuple[list[tuple[Choice, float]], int]:
    """Designs of one kind with their plausibility, and how many were looked at."""
    cores, geometric = question.cores, [w for w in question.wanted if w.quantity != "depth_kt"]
    drawn = deviates(1, _COARSE)[0]
    n = 0
    rough: list[tuple[float, Choice, float, tuple[float, float]]] = []
    for name, size in itertools.product(_chosen_ligands(cores), _sizes(cores)):
        tried, usual = _coverages(cores, name, size, _COVERAGES)
        n += len(tried)
        chance = np.ones((len(tried), _COARSE), dtype=bool)
        if geometric:
            core, period = drawn_shell(cores.shape, size, name, np.array(tried)[:, None], drawn, question.spread)
            for wanted in geometric:
                chance &= hits(quantity_of(wanted.quantity, cores.shape, core, period), wanted)
        plausible = np.array([plausibility_of(x, usual) for x in tried])
        score = chance.mean(axis=1)
        if not geometric:
            picks = {int(plausible.argmax()), _nearest_depth(question, size, name, tried)}
        elif score.max() == 0:
            # No draw hits: the one whose mean comes nearest stands for the ligand.
            picks = {_nearest(cores, geometric, core, period)}
        else:
            picks = {int(score.argmax()), int((score * plausible).argmax()), *_undominated(score, plausible)}
        for i in picks:
            choice = Choice(size_nm=size, ligand=name, coverage_per_nm2=tried[i])
            ends = tried[max(i - 1, 0)], tried[min(i + 1, len(tried) - 1)]
            rough.append((float(score[i]), choice, float(plausible[i]), ends))
    by_product = sorted(rough, key=lambda row: -row[0] * row[2])
    if by_product[0][0] == 0:
        return [(choice, p) for _, choice, p, _ in rough], n
    polished = [
        _polished(question, choice.ligand, choice.size_nm, _usual(cores, choice), ends)
        for _, choice, p, ends in by_product[:_POLISHED]
    ]
    best = by_product[:_LAST] + sorted(rough, key=lambda row: -row[0])[: _LAST // 4]
    return [*polished, *((choice, p) for _, choice, p, _ in best)], n


def _usual(cores: Cores, choice: Choice) -> float:
    return usual_coverage_per_nm2(cores.material, made_shape(cores.shape, choice.size_nm), choice.ligand)


def _nearest(cores: Cores, wanted: Sequence[Wanted], core: FloatArray, period: FloatArray) -> int:
    """The coverage whose mean is nearest to what is wanted, in tolerances."""
    away = np.zeros(len(period))
    for one in wanted:
        mean = quantity_of(one.quantity, cores.shape, core, period).mean(axis=1)
        away = away + np.abs(mean - one.value) / one.tolerance
    return int(np.argmin(away))


def _nearest_depth(question: Question, size: float, name: str, tried: list[float]) -> int:
    """The coverage whose contact in the medium is nearest to the depth that is wanted, found by halving: more chains
    hold cores farther apart."""
    wanted = next(w for w in question.wanted if w.quantity == "depth_kt")
    low, high = 0, len(tried) - 1
    while high - low > 1:
        middle = (low + high) // 2
        choice = Choice(size_nm=size, ligand=name, coverage_per_nm2=tried[middle])
        if medium_depth_kt(question.cores, choice, question.medium) > wanted.value:
            low = middle
        else:
            high = middle
    return high


def _undominated(score: FloatArray, plausible: FloatArray) -> list[int]:
    order = np.lexsort((-score, -plausible))
    best, found = 0.0, []
    for i in order:
        if score[i] > best + 0.02:
            best = float(score[i])
            found.append(int(i))
    return found


def _polished(
    question: Question, name: str, size: float, usual: float, ends: tuple[float, float]
) -> tuple[Choice, float]:
    """The coverage of the highest product of probability and plausibility, near the best of the grid."""

    def loss(coverage: float) -> float:
        choice = Choice(size_nm=size, ligand=name, coverage_per_nm2=float(coverage))
        hit = np.ones(_COARSE, dtype=bool)
        for wanted in question.wanted:
            if wanted.quantity != "depth_kt":
                hit &= hits(
                    drawn_quantity(
                        question.cores, choice, wanted, medium=question.medium, spread=question.spread, n_draws=_COARSE
                    ),
                    wanted,
                )
        return -float(hit.mean()) * plausibility_of(float(coverage), usual)

    best = _least(loss, *ends) if ends[1] > ends[0] else ends[0]
    return Choice(size_nm=size, ligand=name, coverage_per_nm2=best), plausibility_of(best, usual)


def _least(loss: Callable[[float], float], low: float, high: float) -> float:
    found = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 0.01, "maxiter": 12})
    return float(found.x)


def mixture_choices(question: Question) -> tuple[list[tuple[tuple[Choice, Choice], float]], int]:
    """Designs of two kinds with their plausibility, and how many were looked at."""
    assert question.partner is not None
    lattice = template(question.lattice).name
    table = winners(lattice, question.cores.shape, question.partner.shape)
    own = table.names.index(lattice)
    kinds = [_kind_choices(c, question, k) for k, c in enumerate((question.cores, question.partner))]
    logs = [np.log(sizes) for _, _, sizes in kinds]
    middle = logs[0].mean(axis=1)[:, None] - logs[1].mean(axis=1)[None]
    plausible = kinds[0][1][:, None] * kinds[1][1][None]
    width = np.sqrt(logs[0].var(axis=1)[:, None] + logs[1].var(axis=1)[None])
    n = middle.size
    # By normal ratios first: the chance that a Gaussian ratio falls where the lattice wins.
    chance = _normal_chance(table.log_ratio, table.winner == own, middle.ravel(), width.ravel())
    score = chance * plausible.ravel()
    order = np.unique(np.concatenate([np.argsort(-score)[:_KEPT], np.argsort(-chance)[: _KEPT // 4]]))
    exact = []
    for flat in order:
        i, j = np.unravel_index(flat, middle.shape)
        hit = float((table.at(logs[0][i] - logs[1][j]) == own).mean())
        exact.append((hit, float(plausible[i, j]), int(i), int(j)))
    front = {*_best_rows(exact, lambda row: row[0] * row[1]), *_best_rows(exact, lambda row: row[0])}
    made = [((kinds[0][0][i], kinds[1][0][j]), p) for _, p, i, j in front]
    best = max(exact, key=lambda row: row[0] * row[1])
    made.append(_polished_pair(question, (kinds[0][0][best[2]], kinds[1][0][best[3]])))
    return made, n


def _best_rows(
    rows: list[tuple[float, float, int, int]], key: Callable[[tuple[float, float, int, int]], float]
) -> list[tuple[float, float, int, int]]:
    return sorted(rows, key=lambda row: -key(row))[:_LAST]


def _kind_choices(cores: Cores, question: Question, kind: int) -> tuple[list[Choice], FloatArray, FloatArray]:
    drawn = deviates(2, _COARSE)[kind]
    choices, plausible, sizes = [], [], []
    for name, size in itertools.product(_chosen_ligands(cores), _sizes(cores, 25)):
        tried, usual = _coverages(cores, name, size, _FEW_COVERAGES)
        _, effective = drawn_shell(cores.shape, size, name, np.array(tried)[:, None], drawn, question.spread)
        choices += [Choice(size_nm=size, ligand=name, coverage_per_nm2=x) for x in tried]
        plausible += [plausibility_of(x, usual) for x in tried]
        sizes.append(np.broadcast_to(effective, (len(tried), _COARSE)))
    return choices, np.array(plausible), np.vstack(sizes)


def _normal_chance(grid: FloatArray, wins: NDArray[np.bool_], middle: FloatArray, width: FloatArray) -> FloatArray:
    """Chance that a normal deviate falls on the winning parts of a grid."""
    from scipy.special import ndtr

    step = grid[1] - grid[0]
    edges = np.flatnonzero(np.diff(np.concatenate([[False], wins, [False]]).astype(int)))
    chance = np.zeros(len(middle))
    for start, stop in edges.reshape(-1, 2):
        low, high = grid[start] - step / 2, grid[stop - 1] + step / 2
        chance += ndtr((high - middle) / width) - ndtr((low - middle) / width)
    return chance


def _polished_pair(question: Question, pair: tuple[Choice, Choice]) -> tuple[tuple[Choice, Choice], float]:
    """Both coverages, and the partner's size, one after the other."""
    assert question.partner is not None
    cores = (question.cores, question.partner)
    lattice = template(question.lattice).name
    table = winners(lattice, question.cores.shape, question.partner.shape)
    own = table.names.index(lattice)
    shapes = [made_shape(c.shape, x.size_nm) for c, x in zip(cores, pair, strict=True)]
    named = [(c.material, shape, x.ligand) for c, shape, x in zip(cores, shapes, pair, strict=True)]
    usual = [usual_coverage_per_nm2(*one) for one in named]
    most = [highest_coverage_per_nm2(*one) for one in named]
    now = list(pair)

    def plausible() -> float:
        return math.prod(plausibility_of(x.coverage_per_nm2, u) for x, u in zip(now, usual, strict=True))

    def score() -> float:
        won = table.at(drawn_log_ratio(question, (now[0], now[1]), _COARSE)) == own
        return float(won.mean()) * plausible()

    for which, key in ((1, "size_nm"), (0, "coverage_per_nm2"), (1, "coverage_per_nm2"), (1, "size_nm")):
        start = getattr(now[which], key)
        ends = cores[which].size_nm if key == "size_nm" else (0.7 * usual[which], min(1.4 * usual[which], most[which]))
        low, high = max(ends[0], 0.94 * start), min(ends[1], 1.06 * start)
        if high - low < 1e-6 or (ligand_entry(now[which].ligand).is_ionic and key != "size_nm"):
            continue
        before, best = score(), now[which]

        def loss(value: float, which: int = which, key: str = key) -> float:
            old = now[which]
            now[which] = (
                replace(old, size_nm=float(value)) if key == "size_nm" else replace(old, coverage_per_nm2=float(value))
            )
            return -score()

        value = _least(loss, low, high)
        if -loss(value) < before:
            now[which] = best
    return (now[0], now[1]), plausible()
