"""Where to look: grids over ligands, sizes and coverages, and the polish of the best of each."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from packing.errors import InputError
from packing.inverse.binding import highest_coverage_per_nm2, ligands_that_bind, usual_coverage_per_nm2
from packing.inverse.draws import deviates, drawn_shell, made_shape
from packing.inverse.forward import Choice, drawn_quantity, hits, medium_depth_kt, quantity_of
from packing.inverse.wanted import Cores, Question, Wanted
from packing.matter.ligands import ligand, ligand_entry

FloatArray = NDArray[np.float64]

COVERAGE_SD = 0.25
"""Standard deviation of the logarithm of a coverage around the usual one, of what is plausible."""
_COVERAGES = np.exp(np.linspace(-0.75, 0.75, 31))
_SIZES = 13
COARSE = 512
"""Draws of each design while the search goes on."""
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


def sizes_nm(cores: Cores, n: int = _SIZES) -> list[float]:
    """Sizes to try [nm], ``n`` of them where the size of the ``cores`` is free."""
    low, high = cores.size_nm
    return [low] if high == low else [float(x) for x in np.linspace(low, high, n)]


def coverages(cores: Cores, name: str, size: float, factors: FloatArray) -> tuple[list[float], float]:
    """Coverages to try and the usual one [1/nm^2].

    Parameters
    ----------
    cores
        What the ligand sits on.
    name
        Of the ligand.
    size
        Edge or diameter [nm].
    factors
        Coverages to try, over the usual one.

    Raises
    ------
    InputError
        If the surface holds fewer chains than are asked for.
    """
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


def chosen_ligands(cores: Cores) -> tuple[str, ...]:
    """Names of the ligands to try on ``cores``; `InputError` where none binds."""
    found = tuple(name for name in ligands_that_bind(cores.material, cores.ligands) if ligand(name).length_nm > 0)
    if not found:
        raise InputError(f"ligands: none of the library binds to {cores.material}. Name some.")
    return found


def single_choices(question: Question) -> tuple[list[tuple[Choice, float]], int]:
    """Designs of one kind with their plausibility, and how many were looked at."""
    cores, geometric = question.cores, [w for w in question.wanted if w.quantity != "depth_kt"]
    drawn = deviates(1, COARSE)[0]
    n = 0
    rough: list[tuple[float, Choice, float, tuple[float, float]]] = []
    for name, size in itertools.product(chosen_ligands(cores), sizes_nm(cores)):
        tried, usual = coverages(cores, name, size, _COVERAGES)
        n += len(tried)
        chance = np.ones((len(tried), COARSE), dtype=bool)
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
        hit = np.ones(COARSE, dtype=bool)
        for wanted in question.wanted:
            if wanted.quantity != "depth_kt":
                hit &= hits(
                    drawn_quantity(
                        question.cores, choice, wanted, medium=question.medium, spread=question.spread, n_draws=COARSE
                    ),
                    wanted,
                )
        return -float(hit.mean()) * plausibility_of(float(coverage), usual)

    best = least(loss, *ends) if ends[1] > ends[0] else ends[0]
    return Choice(size_nm=size, ligand=name, coverage_per_nm2=best), plausibility_of(best, usual)


def least(loss: Callable[[float], float], low: float, high: float) -> float:
    """Size [nm] or coverage [1/nm^2] between ``low`` and ``high`` where a ``loss`` is least, to 0.01."""
    found = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 0.01, "maxiter": 12})
    return float(found.x)
