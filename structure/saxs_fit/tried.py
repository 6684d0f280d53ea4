"""The fits that were tried and not chosen."""

from __future__ import annotations

from typing import Any

from structure.crystals.reciprocal import lattice_parameters
from structure.saxs_fit.phases import PhaseFits
from structure.saxs_fit.verdict import Verdict


def alternatives(fits: PhaseFits, verdict: Verdict) -> tuple[dict[str, Any], ...]:
    """What was tried, each with its misfit per point, the one of the ``verdict`` on the ``fits`` first."""
    points = len(fits.lattice_data.q_inv_nm)
    none: dict[str, Any] = {
        "phase": "none",
        "shape": fits.particles.trial.shape,
        "a_nm": None,
        "nearest_nm": None,
        "misfit": fits.particles_misfit / points,
        "refined": True,
    }
    made: list[dict[str, Any]] = []
    for solution in fits.solutions:
        trial = solution.trial
        made.append(
            {
                "phase": trial.phase,
                "shape": trial.shape,
                "a_nm": lattice_parameters(trial.phase, trial.nearest_nm, trial.c_over_a)[0],
                "nearest_nm": trial.nearest_nm,
                "misfit": solution.misfit / points,
                "refined": True,
            }
        )
    chosen = none if verdict.index is None else made.pop(verdict.index)
    rest = sorted([*made, *([] if verdict.index is None else [none])], key=lambda m: m["misfit"])
    tried = {m["phase"] for m in (chosen, *rest)}
    rest += [
        {"phase": p, "shape": None, "a_nm": None, "nearest_nm": None, "misfit": m / points, "refined": False}
        for p, m in sorted(fits.screened.items(), key=lambda item: item[1])
        if p not in tried
    ]
    return (chosen, *rest)
