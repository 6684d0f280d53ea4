"""Numbers with their uncertainty, as people read them."""

from __future__ import annotations

import math

from uncertainties import ufloat

SHARPEST = 1e-7
"""Relative uncertainty below which a number is not written with all its digits."""


def plus_minus(value: float, sd: float) -> str:
    """A number and its standard uncertainty to two digits of it; what does not exist is said to be unknown.

    Parameters
    ----------
    value
        The number, in any unit.
    sd
        Its standard uncertainty, in the same unit; NaN or infinite where the data does not tell it.

    Examples
    --------
    >>> plus_minus(3.3712, 0.0034), plus_minus(11.2, 1.3), plus_minus(9.0, math.inf), plus_minus(math.nan, math.nan)
    ('3.3712 ± 0.0034', '11.2 ± 1.3', '9 ± unknown', 'unknown')
    >>> plus_minus(-0.0002, 0.013)
    '0.000 ± 0.013'
    """
    if not math.isfinite(value):
        return "unknown"
    if not math.isfinite(sd):
        return f"{value:.4g} ± unknown"
    if sd <= 0:
        return f"{value:.6g} (exact)"
    told = _told(value, sd, "f")
    # Nothing has no sign.
    return told[1:] if told.startswith("-") and not told.partition(" ")[0].strip("-0.") else told


def with_sd(value: float | None, sd: float | None, unit: str = "") -> str:
    """A number ``value`` with its standard uncertainty ``sd``, both in ``unit``, to two digits of that.

    Examples
    --------
    >>> with_sd(12.3456, 0.0123), with_sd(3.0, None), with_sd(3.0, float("inf")), with_sd(3.0, 0.0, "nm")
    ('12.346 ± 0.012', '3 ± unknown', '3 ± unknown', '3 nm (fixed)')
    >>> with_sd(0.01, 0.06, "nm"), with_sd(6.02, 0.11, "nm")
    ('below 0.13 nm', '6.02 ± 0.11 nm')
    >>> with_sd(11.218, 7.1e-12, "nm")
    '11.218 ± 7e-12 nm'
    """
    after = f" {unit}" if unit else ""
    if value is None:
        return "unknown"
    if sd == 0:
        return f"{value:.6g}{after} (fixed)"
    if sd is None or not math.isfinite(sd) or sd < 0:
        return f"{value:.3g}{after} ± unknown"
    if sd > 3 * abs(value):
        # So uncertain that only a bound is known.
        return f"below {float(f'{abs(value) + 2 * sd:.2g}'):g}{after}"
    return _told(value, sd, "") + after


def _told(value: float, sd: float, kind: str) -> str:
    """Two digits of the uncertainty, unless the number would have more than anybody measures: a model without noise."""
    if 0 < sd < SHARPEST * abs(value):
        return f"{value:.8g} ± {sd:.1g}"
    return f"{ufloat(value, sd):.2u{kind}}".replace("+/-", " ± ")
