"""How fits of lattices to one SAXS curve compare: which are possible, which is better, and by what odds."""

from __future__ import annotations

import numpy as np

from structure.crystals.cells import unit_cell
from structure.measured.data import FitData
from structure.measured.linear import correlated_points
from structure.saxs_fit.model import STACK, Solution, Trial
from structure.saxs_fit.solving import gains

AXIAL_GAIN = 0.8
"""A bct lattice, which has one number more and holds bcc and fcc, must bring the misfit below this part of theirs."""

SPECIAL_RATIOS = (1.0, 2.0**0.5)

RESOLVED = 25.0
"""Rise of the misfit without a group of reflections, in squared deviations, from which the group is beyond doubt."""

TOUCHING_A15 = 1.12
"""Soft particles in the chains of A15 are pressed together: all other neighbours are at 1.12 of their distance."""

ALONE = 5.0
"""How much worse every other lattice must fit than a bct: two lattices side by side explain half each.

Measured: of 18 mixtures one was bct by nine reflections, with fcc at 1.4 and hcp at 2.4 times its misfit; of bct
powders with c/a of 0.85, 1.15 and 1.25 the next lattice has 55 to 90 times the misfit.
"""

ALONE_HCP = 1.3
"""The same for hcp: its rings are so many that some lie near those of two others side by side.

Measured (`benchmarks/validation/saxs.py`, seeds 80000 to 80250): of 18 powders of hcp the next lattice has 1.4 to 65
times the misfit; a mixture of fcc and hcp, 1.7 % apart, was hcp with bct at 0.99 and fcc at 1.27 times.
"""


def site_nm3(trial: Trial) -> float:
    """Volume of a lattice per particle [nm^3]."""
    if trial.phase == STACK:
        return trial.nearest_nm**3
    return unit_cell(trial.phase, c_over_a=trial.c_over_a).volume_per_site * trial.nearest_nm**3


def odds(data: FitData, best: Solution, rival_misfit: float) -> float:
    """Logarithm of the odds for a fit against a rival, in the scatter that is there.

    Half the difference of their misfits, were the residuals white and of the size they are weighted with. What a model
    leaves over is neither: the difference counts in units of the scatter about the best fit (where that is above 1)
    and of the number of points over which it is correlated. ``rival_misfit`` is a `Solution.misfit`.
    """
    scatter = max(1.0, best.misfit / len(data.q_inv_nm))
    return (rival_misfit - best.misfit) / (2 * scatter * correlated_points(best.residual))


def resolved(data: FitData, solution: Solution) -> int:
    """How many groups of reflections the data shows beyond doubt."""
    rise, _ = gains(data, solution)
    per_point = max(1.0, solution.misfit / len(data.q_inv_nm))
    return int(np.count_nonzero(rise > RESOLVED * per_point))


def rank(solution: Solution) -> float:
    """The misfit by which phases are put in order, on the scale of `Solution.misfit`."""
    return solution.misfit / AXIAL_GAIN if solution.trial.phase == "bct" else solution.misfit


def possible(solution: Solution) -> bool:
    """Particles do not overlap or fill more than all space, and a bct lattice is neither bcc nor fcc."""
    trial = solution.trial
    if trial.phase == STACK:
        return True
    if trial.size_nm > 1.03 * trial.nearest_nm * (TOUCHING_A15 if trial.phase == "A15" else 1.0):
        return False
    volume = trial.size_nm**3 * (np.pi / 6 if trial.shape == "sphere" else 1.0)
    if volume > 1.1 * site_nm3(trial):
        return False
    ratio = trial.c_over_a or 0.0
    return trial.phase != "bct" or all(abs(ratio / special - 1) > 0.03 for special in SPECIAL_RATIOS)


def mixture_doubts(solution: Solution, others: list[Solution]) -> list[str]:
    """Why a bct or hcp may be two lattices side by side: those explain a part each, a lattice of its own leaves none.

    ``others`` are the fits of other lattices; empty for another phase, and where none of them is near.
    """
    phase = solution.trial.phase
    within = {"bct": ALONE, "hcp": ALONE_HCP}.get(phase, 0.0)
    near = [s.trial.phase for s in others if s.misfit < within * solution.misfit]
    if not near:
        return []
    why = "a bct lattice has two lengths, as a mixture has" if phase == "bct" else "two lattices have as many rings"
    return [f"{why}: {' and '.join(near[:2])} explain{'s' if len(near) == 1 else ''} a part too"]
