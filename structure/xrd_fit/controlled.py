"""What a person may decide about a stack, and where its search then looks."""

from __future__ import annotations

from packing.errors import InputError
from structure.measured.control import FitControl


def possible_stack(control: FitControl) -> FitControl:
    """The control, if a stack can have its numbers.

    Raises
    ------
    InputError
        For parts of a plane, fewer than two planes or one layer, and lengths of nothing.

    Examples
    --------
    >>> possible_stack(FitControl(fixed={"n_planes": 29.5}))
    Traceback (most recent call last):
    packing.errors.InputError: n_planes is fixed at 29.5: give a whole number of at least 2.
    """
    for what, values in (("is fixed at", control.fixed), ("begins at", control.start)):
        planes = values.get("n_planes", 2.0)
        if planes < 2 or planes != round(planes):
            raise InputError(f"n_planes {what} {planes:g}: give a whole number of at least 2.")
        if (layers := values.get("n_layers", 1.0)) < 1:
            raise InputError(f"n_layers {what} {layers:g}: a stack has at least 1 layer.")
    if control.fixed.get("period_nm") == 0 or control.fixed.get("plane_spacing_nm") == 0:
        raise InputError("period_nm and plane_spacing_nm are lengths above 0 nm. Give what the film has.")
    return control


def periods_about(periods_nm: tuple[float, float], control: FitControl) -> tuple[float, float]:
    """The periods to search [nm]: about the one that is given, or inside its bounds; ``periods_nm`` without either."""
    for given in (control.fixed, control.start):
        if "period_nm" in given:
            return max(given["period_nm"] - 0.1, 0.1), given["period_nm"] + 0.1
    return control.limits("period_nm", *periods_nm)
