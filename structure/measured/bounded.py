"""Least squares by lmfit with numbers that a person fixed or bounded: the one fit of curves and of scans."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import lmfit
import numpy as np
from numpy.typing import NDArray

from structure.measured.control import FREE_FIT, FitControl

FloatArray = NDArray[np.float64]


def parameters_of(
    values: Mapping[str, float], limits: Mapping[str, tuple[float, float]], control: FitControl = FREE_FIT
) -> lmfit.Parameters:
    """The numbers of a fit as lmfit takes them.

    Parameters
    ----------
    values
        Where each begins, in its unit; moved inside its limits.
    limits
        Lowest and highest value of each, where ``control`` has no bounds of its own.
    control
        What it fixes does not vary.

    Examples
    --------
    >>> made = parameters_of({"period_nm": 11.2}, {"period_nm": (11.0, 11.5)}, FitControl(fixed={"period_nm": 11.4}))
    >>> made["period_nm"].value, made["period_nm"].vary
    (11.4, False)
    """
    made = lmfit.Parameters()
    for name, value in values.items():
        if name in control.fixed:
            made.add(name, float(control.fixed[name]), vary=False)
            continue
        low, high = map(float, control.limits(name, *limits[name]))
        made.add(name, float(np.clip(value, low, high)), min=low, max=high)
    return made


def best_within(
    residual: Callable[[dict[str, float]], FloatArray],
    parameters: lmfit.Parameters,
    *,
    slopes: Callable[[dict[str, float]], FloatArray] | None = None,
    max_evaluations: int,
    **how: Any,
) -> dict[str, float]:
    """The numbers of the least sum of squares that a fit inside the bounds comes to.

    Parameters
    ----------
    residual
        Of all numbers by name, shape (n,), dimensionless.
    parameters
        As `parameters_of` makes them.
    slopes
        Derivatives of the residual by the numbers that vary, in their order, shape (n, m); None takes differences.
    max_evaluations
        Most calls of ``residual`` on the way, those of differences included.
    **how
        For `scipy.optimize.least_squares`: ``x_scale``, ``ftol``, ``xtol``, ``diff_step``.

    References
    ----------
    M. Newville et al., lmfit, doi:10.5281/zenodo.11813.

    Examples
    --------
    >>> x = np.linspace(0.0, 1.0, 9)
    >>> line = lambda p: p["slope"] * x + p["level"] - (2 * x + 1)
    >>> numbers = parameters_of({"slope": 0.5, "level": 0.5}, {"slope": (0.0, 1.8), "level": (0.0, 5.0)})
    >>> {name: round(value, 3) for name, value in best_within(line, numbers, max_evaluations=90).items()}
    {'slope': 1.8, 'level': 1.1}
    """
    begin = dict(parameters.valuesdict())
    if not any(p.vary for p in parameters.values()):
        return begin
    best: list[Any] = [np.inf, begin]

    def rows(given: lmfit.Parameters) -> FloatArray:
        values = given.valuesdict()
        found = residual(values)
        # A fit that is stopped at its last step tells the last values it tried, not the best.
        if (cost := float(found @ found)) < best[0]:
            best[:] = [cost, dict(values)]
        return found

    if slopes is not None:
        analytic = slopes
        how["Dfun"] = lambda given: analytic(given.valuesdict())
    # The uncertainties of lmfit take each point as erring alone, and are roots of negative numbers on a bound: those of
    # a measurement are made from the fit afterwards, with points that err together.
    with np.errstate(invalid="ignore", divide="ignore"):
        lmfit.minimize(rows, parameters, method="least_squares", max_nfev=max_evaluations, calc_covar=False, **how)
    found: dict[str, float] = best[1]
    return found
