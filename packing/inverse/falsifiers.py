"""The cheapest experiment that would prove a design wrong, in words and numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from packing.inverse.forward import Choice
from packing.inverse.wanted import Question
from packing.inverse.winning import SEPARATE

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Falsifier:
    """An experiment and the outcome that refutes.

    Parameters
    ----------
    experiment
        What to measure, cheapest first.
    refuted_if
        Which outcome proves the design wrong.
    low, high
        Of a measured number, the range that 95 % of the draws lie in; None for a lattice.
    """

    experiment: str
    refuted_if: str
    low: float | None = None
    high: float | None = None


_MEASURED_BY = {
    "period_nm": ("SAXS of a dried drop", "nm period"),
    "gap_nm": ("SAXS of a dried drop, and the core's size by its form factor", "nm gap"),
    "q_inv_nm": ("SAXS of a dried drop", "1/nm first peak"),
    "core_fraction": ("SAXS period and core size", "of space filled by cores"),
    "depth_kt": ("second virial coefficient by SAXS of dilute dispersions in the medium", "kT contact"),
}


def quantity_falsifier(quantity: str, values: FloatArray, choice: Choice) -> Falsifier:
    """For a number of a crystal of one kind.

    Parameters
    ----------
    quantity
        Which.
    values
        Its draws, shape (n,).
    choice
        What is made.
    """
    how, unit = _MEASURED_BY[quantity]
    low, high = (float(x) for x in np.quantile(values, (0.025, 0.975)))
    return Falsifier(
        experiment=f"{how}, with the coverage known to 10 % (thermogravimetry)",
        refuted_if=f"outside {low:.4g} to {high:.4g} {unit} at {choice.coverage_per_nm2:.2g} {choice.ligand} per nm²",
        low=low,
        high=high,
    )


def mixture_falsifier(question: Question, pair: tuple[Choice, Choice], instead: dict[str, float]) -> Falsifier:
    """For a lattice of two kinds.

    Parameters
    ----------
    question
        What was wanted.
    pair
        What is made.
    instead
        What wins where the lattice does not.
    """
    rival = next(iter(instead), "")
    assert question.partner is not None
    names = (question.cores.material, question.partner.material)
    sizes = " with ".join(f"{choice.size_nm:.3g} nm {name}" for choice, name in zip(pair, names, strict=True))
    seen = "domains of the pure crystals" if rival in ("", SEPARATE) else rival
    also = "" if rival in ("", SEPARATE) else ", or domains of the pure crystals"
    return Falsifier(
        experiment=f"TEM of a dried drop of {sizes} in the lattice's proportion",
        refuted_if=f"{seen} in place of {question.lattice}{also}",
    )
