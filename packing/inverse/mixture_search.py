"""Where to look for a lattice of two kinds: grids of both, the room in cells, and the polish of the best."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from packing.inverse.binding import highest_coverage_per_nm2, usual_coverage_per_nm2
from packing.inverse.draws import FORM, deviates, drawn_shell, made_shape
from packing.inverse.forward import Choice
from packing.inverse.mixing import content_nm3, drawn_winners, model_of_draws, model_sizes_nm, particles_nm3
from packing.inverse.searching import COARSE, chosen_ligands, coverages, least, plausibility_of, sizes_nm
from packing.inverse.wanted import Cores, Question
from packing.inverse.winning import Winners, winners
from packing.lattices.catalogue import template
from packing.matter.ligands import ligand_entry

FloatArray = NDArray[np.float64]

_FEW_COVERAGES = np.exp(np.linspace(-0.4, 0.4, 7))
_KEPT = 600
_LAST = 80
_HOPE = 1e-3
"""Chance below which room is not looked at."""


def mixture_choices(question: Question) -> tuple[list[tuple[tuple[Choice, Choice], float]], int]:
    """Designs of two kinds with their plausibility, and how many were looked at."""
    assert question.partner is not None
    table = winners(template(question.lattice).name, question.cores.shape, question.partner.shape)
    kinds = [_kind_choices(c, question, k) for k, c in enumerate((question.cores, question.partner))]
    logs = [np.log(one.drawn_nm) for one in kinds]
    middle = logs[0].mean(axis=1)[:, None] - logs[1].mean(axis=1)[None]
    plausible = kinds[0].plausible[:, None] * kinds[1].plausible[None]
    width = np.sqrt(logs[0].var(axis=1)[:, None] + logs[1].var(axis=1)[None])
    n = middle.size
    # By normal ratios first: the chance that a Gaussian ratio falls where the lattice wins.
    chance = _normal_chance(table.log_ratio, table.winner() == table.own, middle.ravel(), width.ravel())
    hopeful = np.flatnonzero(chance > _HOPE)
    first, second = np.unravel_index(hopeful, middle.shape)
    chance[hopeful] *= _share_with_room(question, table, (kinds[0].chosen(first), kinds[1].chosen(second)))
    score = chance * plausible.ravel()
    order = np.unique(np.concatenate([np.argsort(-score)[:_KEPT], np.argsort(-chance)[: _KEPT // 4]]))
    exact = []
    for flat in order:
        i, j = np.unravel_index(flat, middle.shape)
        pair = (kinds[0].choices[i], kinds[1].choices[j])
        won = drawn_winners(question, pair, COARSE, logs[0][i] - logs[1][j])
        exact.append((float((won == table.own).mean()), float(plausible[i, j]), int(i), int(j)))
    front = {*_best_rows(exact, lambda row: row[0] * row[1]), *_best_rows(exact, lambda row: row[0])}
    made = [((kinds[0].choices[i], kinds[1].choices[j]), p) for _, p, i, j in front]
    best = max(exact, key=lambda row: row[0] * row[1])
    made.append(_polished_pair(question, (kinds[0].choices[best[2]], kinds[1].choices[best[3]])))
    return made, n


def _best_rows(
    rows: list[tuple[float, float, int, int]], key: Callable[[tuple[float, float, int, int]], float]
) -> list[tuple[float, float, int, int]]:
    return sorted(rows, key=lambda row: -key(row))[:_LAST]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Kind:
    """What one kind may be made as, n choices: plausibility, effective sizes in the draws and under the size models
    [nm], and the volume of core and ligand [nm^3]."""

    choices: list[Choice]
    plausible: FloatArray
    drawn_nm: FloatArray
    modelled_nm: FloatArray
    content_nm3: FloatArray

    def chosen(self, index: NDArray[np.int64]) -> tuple[FloatArray, FloatArray]:
        """Modelled sizes, shape (k, M), and contents, shape (k,), of some of the choices."""
        return self.modelled_nm[index], self.content_nm3[index]


def _kind_choices(cores: Cores, question: Question, kind: int) -> _Kind:
    drawn = deviates(2, COARSE)[kind]
    choices, plausible, sizes, modelled = [], [], [], []
    for name, size in itertools.product(chosen_ligands(cores), sizes_nm(cores, 25)):
        tried, usual = coverages(cores, name, size, _FEW_COVERAGES)
        column = np.array(tried)[:, None]
        _, effective = drawn_shell(cores.shape, size, name, column, drawn, question.spread)
        choices += [Choice(size_nm=size, ligand=name, coverage_per_nm2=x) for x in tried]
        plausible += [plausibility_of(x, usual) for x in tried]
        sizes.append(np.broadcast_to(effective, (len(tried), COARSE)))
        modelled.append(model_sizes_nm(question, kind, size, name, column))
    return _Kind(
        choices=choices,
        plausible=np.array(plausible),
        drawn_nm=np.vstack(sizes),
        modelled_nm=np.vstack(modelled),
        content_nm3=np.array([content_nm3(cores, one) for one in choices]),
    )


def _share_with_room(
    question: Question, table: Winners, kinds: tuple[tuple[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]
) -> FloatArray:
    """Share of the draws whose size model leaves the wanted lattice room, for k pairs, shape (k,)."""
    assert question.partner is not None
    model = model_of_draws(question, deviates(2, COARSE)[:, FORM])
    (first, first_content), (second, second_content) = kinds
    share = np.zeros(len(first))
    for m in range(first.shape[1]):
        volumes = (
            particles_nm3(question.cores.shape, first[:, m]),
            particles_nm3(question.partner.shape, second[:, m]),
        )
        ratio, own = np.log(first[:, m] / second[:, m]), slice(table.own, table.own + 1)
        share += (model == m).mean() * table.with_room(ratio, volumes, (first_content, second_content), own)[0]
    return share


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
    own = winners(template(question.lattice).name, question.cores.shape, question.partner.shape).own
    shapes = [made_shape(c.shape, x.size_nm) for c, x in zip(cores, pair, strict=True)]
    named = [(c.material, shape, x.ligand) for c, shape, x in zip(cores, shapes, pair, strict=True)]
    usual = [usual_coverage_per_nm2(*one) for one in named]
    most = [highest_coverage_per_nm2(*one) for one in named]
    now = list(pair)

    def plausible() -> float:
        return math.prod(plausibility_of(x.coverage_per_nm2, u) for x, u in zip(now, usual, strict=True))

    def score() -> float:
        won = drawn_winners(question, (now[0], now[1]), COARSE) == own
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

        value = least(loss, low, high)
        if -loss(value) < before:
            now[which] = best
    return (now[0], now[1]), plausible()
