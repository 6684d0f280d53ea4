"""Whether to trust the stack that a multilayer fit found, with the reasons in words."""

from __future__ import annotations

import math
from dataclasses import replace

from structure.measured.control import XRD_NAMES
from structure.xrd_fit.fit import StackData, chi_square
from structure.xrd_fit.layers import StackFit

NO_FRINGES = "free nanocrystals fit as well: no fringes stand out"
"""The doubt of a scan that shows no stack at all."""
FRINGES = 1.3
"""How much worse free nanocrystals must fit. Of a few hundred points of misfit 1 a third less by chance is out of
question; what the factor guards against is a model that errs. Measured (`benchmarks/validation/xrd.py`, 21 answers that
were right and sure): 11 to 750."""
WORST_MISFIT = 6.0
"""Squared deviations per point up to which a fit describes a curve. Measured: right stacks 0.4 to 1.9, one plane off 20
to 90, three off in a stack of three layers 2.2; the room between is for what real films have and the model lacks."""
WORST_PERIOD = 0.005
"""Relative uncertainty of the period up to which it is sure."""
WORST_SIGMA = 0.075
"""The same of sigma, which is asked to 15 %: half that as a standard uncertainty leaves it one chance in twenty."""


def judge(data: StackData, fit: StackFit, sds: dict[str, float], others: list[int]) -> tuple[str, tuple[str, ...]]:
    """Trust the stack where its fringes are in the data and its numbers are sharp.

    Parameters
    ----------
    data
        Points.
    fit
        The best stack.
    sds
        Standard uncertainties [nm] of ``period_nm`` and ``sigma_nm``; infinite where the data does not tell.
    others
        Other numbers of planes that fit within three standard deviations.

    Returns
    -------
    str, tuple
        ``"high"`` or ``"low"``, and why.
    """
    best, points = fit.values, len(data.q_inv_nm)
    doubts = [*data.control.ended_on_bounds({name: getattr(best, name) for name in XRD_NAMES})]
    misfit = fit.chi / points
    without = chi_square(data, fit.planes, replace(best, sigma_nm=3.0, n_layers=2.0)) / points
    if without < FRINGES * misfit:
        doubts.append(NO_FRINGES)
    if misfit > WORST_MISFIT:
        doubts.append(f"the fit misses the data: {misfit:.1f} squared deviations per point")
    if sds["period_nm"] > WORST_PERIOD * best.period_nm:
        doubts.append("the period is uncertain by more than 0.5 %")
    if sds["sigma_nm"] > WORST_SIGMA * best.sigma_nm:
        doubts.append(
            f"sigma is uncertain by {sds['sigma_nm'] / best.sigma_nm:.0%}"
            if math.isfinite(sds["sigma_nm"])
            else "sigma is on the edge of its range: the data does not determine it"
        )
    if any(abs(n - best.n_planes) > 2 for n in others):
        doubts.append("other crystal thicknesses fit as well")
    if doubts:
        return "low", tuple(doubts)
    return "high", (f"{misfit:.1f} squared deviations per point; without interference {without:.1f}",)
