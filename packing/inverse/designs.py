"""The search: what can be made, how likely each hits, what its uncertainty hangs on, and what would prove it wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from packing.errors import InputError
from packing.inverse.draws import DEVIATES, deviates
from packing.inverse.falsifiers import Falsifier, mixture_falsifier, quantity_falsifier
from packing.inverse.forward import Choice, drawn_log_ratio, drawn_quantity, hits, medium_depth_kt
from packing.inverse.mixing import drawn_winners
from packing.inverse.mixture_search import mixture_choices
from packing.inverse.searching import single_choices
from packing.inverse.wanted import Question
from packing.inverse.winning import winners
from packing.lattices.catalogue import template

FloatArray = NDArray[np.float64]

DRAWS = 4096
LEAST_PROBABILITY = 0.02
"""Below this nothing counts as a way to the target."""
STICKS_KT = 12.0
"""Deeper contacts in the medium stick where they touch: 64 cubes with contacts of 12 kT stay dispersed in simulations
of the model soft, with 18 kT they do not. Unlike particles that stick do not sort themselves into a lattice."""
_SAME = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """One way to a target.

    Parameters
    ----------
    choices
        What is made: of the first kind, and of the partner.
    probability
        That it hits.
    plausibility
        How near its coverages are to usual ones, 0 to 1.
    expected, sd
        Mean and standard deviation of each wanted quantity, in its unit; of a lattice the size ratio, and its volume
        over that of separate crystals in its proportion.
    variance_shares
        Part of the variance that each input makes, the largest first.
    instead
        For a lattice: what wins where it does not, with its probability.
    medium_depth_kt
        Depth of the contact of each kind with its like in the medium [kT]: how much it sticks while it assembles.
    falsifier
        The cheapest experiment that would prove the design wrong.
    """

    choices: tuple[Choice, ...]
    probability: float
    plausibility: float
    expected: dict[str, float]
    sd: dict[str, float]
    variance_shares: dict[str, float]
    instead: dict[str, float]
    medium_depth_kt: tuple[float, ...]
    falsifier: Falsifier

    @property
    def score(self) -> float:
        """Probability times plausibility."""
        return self.probability * self.plausibility

    @property
    def name(self) -> str:
        """What is made, in a line."""
        return " + ".join(f"{c.size_nm:.3g} nm {c.ligand} {c.coverage_per_nm2:.2g}/nm²" for c in self.choices)

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self) | {"name": self.name, "score": self.score}


@dataclass(frozen=True, slots=True, kw_only=True)
class Designs:
    """Answer to a question asked backwards.

    Parameters
    ----------
    question
        What was wanted.
    designs
        No other is both likelier and more plausible than one of these; the best product first.
    n_evaluated
        How many were looked at.
    """

    question: Question
    designs: tuple[Design, ...]
    n_evaluated: int
    notes: tuple[str, ...] = field(default=())

    @property
    def best(self) -> Design:
        """The highest product of probability and plausibility."""
        return self.designs[0]

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "question": asdict(self.question),
            "designs": [d.to_dict() for d in self.designs],
            "n_evaluated": self.n_evaluated,
            "notes": list(self.notes),
        }


def find_designs(question: Question, *, n_best: int = 12, n_draws: int = DRAWS) -> Designs:
    """Which ligand, coverage and size give what is wanted: the Pareto front of probability and plausibility.

    Parameters
    ----------
    question
        The target and what is free.
    n_best
        Most designs to give.
    n_draws
        Sobol draws of each that is given, a power of two.

    Raises
    ------
    InputError
        If nothing reaches the target, with what comes nearest.

    Notes
    -----
    A packing fraction is no free energy: a lattice that wins here is a candidate, see ``superlattice stability``.

    Examples
    --------
    >>> from packing.inverse.wanted import Cores, Wanted
    >>> cubes = Cores(material="CsPbBr3", shape="cube", size_nm=(8.6, 8.6))
    >>> wanted = Wanted(quantity="period_nm", value=10.0, tolerance=0.2)
    >>> found = find_designs(Question(cores=cubes, wanted=(wanted,)))
    >>> round(found.best.expected["period_nm"], 1)
    10.0
    """
    notes: tuple[str, ...] = ()
    if question.lattice:
        template(question.lattice)
        chosen, n = mixture_choices(question)
        loose = [(pair, plausible) for pair, plausible in chosen if max(_depths_kt(question, pair)) <= STICKS_KT]
        if 0 < len(loose) < len(chosen):
            notes = (
                f"left out: {len(chosen) - len(loose)} designs whose contacts in {question.medium} are deeper than "
                f"{STICKS_KT:g} kT, so that nanocrystals stick before they order",
            )
        made = [_of_mixture(question, pair, plausible, n_draws) for pair, plausible in loose or chosen]
    else:
        singles, n = single_choices(question)
        made = [_of_single(question, one, plausible, n_draws) for one, plausible in singles]
    best = max(made, key=lambda d: (d.probability, -_missed_by(question, d)))
    if best.probability < LEAST_PROBABILITY:
        raise InputError(_unreachable(question, best))
    front = [d for d in _front(made) if d.probability >= LEAST_PROBABILITY]
    front.sort(key=lambda d: -d.score)
    front = _different(front)
    told = tuple(replace(d, medium_depth_kt=_depths_kt(question, d.choices)) for d in front[:n_best])
    return Designs(question=question, designs=told, n_evaluated=n, notes=notes)


def _missed_by(question: Question, design: Design) -> float:
    """How far the expected values are from what is wanted, in tolerances."""
    return sum(abs(design.expected[w.quantity] - w.value) / w.tolerance for w in question.wanted)


def _front(made: Sequence[Design]) -> list[Design]:
    """Designs that no other beats in both, and of each ligand its best one besides."""
    kept: list[Design] = []
    by_ligand: dict[tuple[str, ...], Design] = {}
    for one in made:
        beaten = any(
            other.probability >= one.probability - _SAME
            and other.plausibility >= one.plausibility - _SAME
            and (other.probability > one.probability + _SAME or other.plausibility > one.plausibility + _SAME)
            for other in made
        )
        if not beaten:
            kept.append(one)
        key = tuple(c.ligand for c in one.choices)
        if key not in by_ligand or one.score > by_ligand[key].score:
            by_ligand[key] = one
    return [*kept, *(d for d in by_ligand.values() if d not in kept)]


def _depths_kt(question: Question, choices: Sequence[Choice]) -> tuple[float, ...]:
    cores = [c for c in (question.cores, question.partner) if c is not None]
    return tuple(medium_depth_kt(c, x, question.medium) for c, x in zip(cores, choices, strict=True))


def _different(designs: Sequence[Design]) -> list[Design]:
    """Without those that differ from a better one by less than anybody could make."""
    kept: dict[tuple[tuple[str, float, float], ...], Design] = {}
    for one in designs:
        key = tuple((c.ligand, round(c.size_nm, 1), round(c.coverage_per_nm2, 1)) for c in one.choices)
        kept.setdefault(key, one)
    return list(kept.values())


def _of_single(question: Question, choice: Choice, plausible: float, n_draws: int) -> Design:
    drawn = deviates(1, n_draws)[0]
    hit = np.ones(n_draws, dtype=bool)
    expected, sd, values = {}, {}, {}
    for wanted in question.wanted:
        found = drawn_quantity(
            question.cores, choice, wanted, medium=question.medium, spread=question.spread, n_draws=n_draws
        )
        hit &= hits(found, wanted)
        values[wanted.quantity] = found
        expected[wanted.quantity], sd[wanted.quantity] = float(found.mean()), float(found.std())
    first = question.wanted[0]
    return Design(
        choices=(choice,),
        probability=float(hit.mean()),
        plausibility=plausible,
        expected=expected,
        sd=sd,
        variance_shares=_shares(values[first.quantity], drawn, DEVIATES),
        instead={},
        medium_depth_kt=(),
        falsifier=quantity_falsifier(first.quantity, values[first.quantity], choice),
    )


def _of_mixture(question: Question, pair: tuple[Choice, Choice], plausible: float, n_draws: int) -> Design:
    assert question.partner is not None
    ratio = drawn_log_ratio(question, pair, n_draws)
    table = winners(template(question.lattice).name, question.cores.shape, question.partner.shape)
    won, own = drawn_winners(question, pair, n_draws, ratio), table.own
    instead = {
        name: float((won == i).mean()) for i, name in enumerate(table.names) if i != own and (won == i).mean() > 0.005
    }
    instead = dict(sorted(instead.items(), key=lambda item: -item[1]))
    kinds = [
        f"{what} of the {who}" for who in (question.cores.material, question.partner.material) for what in DEVIATES
    ]
    drawn = {"gamma": np.exp(-np.abs(ratio)), "volume_over_separate": table.volume_over_separate(ratio)}
    return Design(
        choices=pair,
        probability=float((won == own).mean()),
        plausibility=plausible,
        expected={name: float(values.mean()) for name, values in drawn.items()},
        sd={name: float(values.std()) for name, values in drawn.items()},
        variance_shares=_shares(ratio, deviates(2, n_draws).reshape(8, -1), kinds),
        instead=instead,
        medium_depth_kt=(),
        falsifier=mixture_falsifier(question, pair, instead),
    )


def _shares(values: FloatArray, drawn: FloatArray, names: Sequence[str]) -> dict[str, float]:
    """First-order parts of the variance by regression on the deviates, which are independent; the rest is interplay."""
    total = float(values.var())
    if total <= 0:
        return {}
    centred = drawn - drawn.mean(axis=1, keepdims=True)
    slopes = np.linalg.lstsq(centred.T, values - values.mean(), rcond=None)[0]
    parts = slopes**2 * centred.var(axis=1) / total
    found = {name: float(part) for name, part in zip(names, parts, strict=True) if part > 0.005}
    rest = 1 - sum(found.values())
    if rest > 0.01:
        found["interplay"] = rest
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _unreachable(question: Question, nearest: Design) -> str:
    if question.lattice:
        likeliest = next(iter(nearest.instead), "another lattice")
        return (
            f"target: nothing that is free makes {question.lattice} the densest. Nearest comes {nearest.name}, where "
            f"{likeliest} wins. Free sizes or more ligands."
        )
    said = ", ".join(
        f"{w.quantity} {nearest.expected[w.quantity]:.4g} for {w.value:g} ± {w.tolerance:g}" for w in question.wanted
    )
    return f"target: nothing that is free reaches it. Nearest comes {nearest.name}: {said}. Free sizes or more ligands."
