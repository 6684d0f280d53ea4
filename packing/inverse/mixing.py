"""What wins a mixture in each draw: lattices whose cells lack room by a model of sizes do not win by that model."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.inverse.draws import FORM, deviates, drawn_shell, made_shape
from packing.inverse.forward import Choice, drawn_log_ratio
from packing.inverse.wanted import Cores, Question
from packing.inverse.winning import winners
from packing.lattices.catalogue import template
from packing.matter.ligands import ligand
from packing.particles import Coating, Nanocrystal
from packing.ranking.room import Content

FloatArray = NDArray[np.float64]

_FORMS = {"cube": (0.0, 0.5, 1.0), "sphere": (0.0, 1.0)}
"""Deviates of the models that `rank_lattices` knows: fill, round and plate; the optimal packing and overlap cones."""


def model_forms(question: Question) -> FloatArray:
    """Deviates of both kinds under each pair of size models that a ranking may take, shape (2, M).

    Two kinds of spheres go by one model, as in `rank_lattices`.

    Parameters
    ----------
    question
        Says which kinds are cubes.
    """
    first, second = _shapes(question)
    if first == second:
        return np.array([_FORMS[first], _FORMS[first]])
    return np.array([(a, b) for a in _FORMS[first] for b in _FORMS[second]]).T


def model_of_draws(question: Question, forms: FloatArray) -> NDArray[np.int64]:
    """Which of the `model_forms` is nearest to each draw, shape (n,).

    Parameters
    ----------
    question
        As there.
    forms
        Deviates of the form of both kinds, 0 to 1, shape (2, n).
    """
    known = model_forms(question)
    if len(set(_shapes(question))) == 1:
        known, forms = known[:1], forms.mean(axis=0, keepdims=True)
    return np.asarray(((forms[:, None] - known[:, :, None]) ** 2).sum(axis=0).argmin(axis=0))


def model_sizes_nm(
    question: Question, kind: int, size_nm: float, ligand_name: str, coverage_per_nm2: ArrayLike
) -> FloatArray:
    """Effective size of the mean particle of a kind under each of the `model_forms` [nm], shape (..., M).

    Parameters
    ----------
    question
        What is made.
    kind
        0 or 1.
    size_nm, ligand_name, coverage_per_nm2
        As in `packing.inverse.draws.drawn_shell`: the coverages [1/nm^2] of shape (..., 1).
    """
    forms = model_forms(question)
    mean = np.zeros((FORM + 1, forms.shape[1]))
    mean[FORM] = forms[kind]
    return drawn_shell(_shapes(question)[kind], size_nm, ligand_name, coverage_per_nm2, mean, question.spread)[1]


def particles_nm3(shape: str, size_nm: FloatArray) -> FloatArray:
    """Volume of hard particles [nm^3] of effective ``size_nm`` [nm], by their ``shape``."""
    return np.asarray(size_nm**3 * (1.0 if shape == "cube" else math.pi / 6))


def content_nm3(cores: Cores, choice: Choice) -> float:
    """Volume of one core and its dry ligand [nm^3], from ``cores`` and ``choice``, what is made of them."""
    coating = Coating(ligand=ligand(choice.ligand), coverage_per_nm2=choice.coverage_per_nm2)
    body = Nanocrystal(material=cores.material, shape=made_shape(cores.shape, choice.size_nm))
    return Content.of(body, coating).total_nm3


def drawn_winners(
    question: Question, pair: tuple[Choice, Choice], n_draws: int, log_ratio: FloatArray | None = None
) -> NDArray[np.int64]:
    """Index of what wins in each draw, of the names of `packing.inverse.winning.winners`, shape (n_draws,).

    Parameters
    ----------
    question, pair
        What is wanted, and made.
    n_draws
        A power of two.
    log_ratio
        Ratios of the draws where they are known already, as `drawn_log_ratio` gives them.
    """
    assert question.partner is not None
    first, second = _shapes(question)
    table = winners(template(question.lattice).name, first, second)
    ratio = drawn_log_ratio(question, pair, n_draws) if log_ratio is None else log_ratio
    sizes = [model_sizes_nm(question, k, c.size_nm, c.ligand, c.coverage_per_nm2) for k, c in enumerate(pair)]
    possible = table.with_room(
        np.log(sizes[0] / sizes[1]),
        (particles_nm3(first, sizes[0]), particles_nm3(second, sizes[1])),
        (content_nm3(question.cores, pair[0]), content_nm3(question.partner, pair[1])),
        slice(None),
    )
    if possible.all():
        return table.at(ratio)
    model = model_of_draws(question, deviates(2, n_draws)[:, FORM])
    won = np.empty(n_draws, dtype=np.int64)
    for m, having_room in enumerate(possible.T):
        won[model == m] = table.at(ratio[model == m], having_room)
    return won


def _shapes(question: Question) -> tuple[str, str]:
    assert question.partner is not None
    return question.cores.shape, question.partner.shape
