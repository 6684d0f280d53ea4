"""`Quantity`: a number that says what it is worth."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["predicted", "input", "bound"]
"""``predicted``: follows from the model and the configuration; ``input``: somebody measured, estimated or chose it;
``bound``: the real value lies on one side of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One optical number with its unit, its standing and where it comes from.

    Parameters
    ----------
    name
        What it is called in tables and JSON; carries the unit.
    value
        The number; None where the model cannot decide, and then ``note`` says why.
    unit
        Its unit; an empty string where it has none.
    kind
        ``"predicted"``, ``"input"`` or ``"bound"``.
    source
        Model or measurement it comes from.
    low, high
        The ends of a range where the model gives one.
    note
        What a reader must know beside it.

    Examples
    --------
    >>> Quantity(name="emission_nm", value=514.5, unit="nm", kind="input", source="anchor").text()
    '514.5 nm (input)'
    """

    name: str
    value: float | None
    unit: str
    kind: Kind
    source: str
    low: float | None = None
    high: float | None = None
    note: str = ""

    def text(self) -> str:
        """The value as a person reads it, with its standing."""
        unit = f" {self.unit}" if self.unit else ""
        if self.value is None or not math.isfinite(self.value):
            return f"undecided ({self.kind})"
        spread = ""
        if self.low is not None and self.high is not None:
            spread = f" [{_short(self.low, self.unit)} to {_short(self.high, self.unit)}]"
        return f"{_short(self.value, self.unit)}{spread}{unit} ({self.kind})"

    def to_dict(self) -> dict[str, Any]:
        """Plain data: ``value``, ``unit``, ``kind``, ``source``, and the range and note where there are any."""
        data: dict[str, Any] = {"value": self.value, "unit": self.unit, "kind": self.kind, "source": self.source}
        if self.low is not None and self.high is not None:
            data |= {"low": self.low, "high": self.high}
        return data | ({"note": self.note} if self.note else {})


def _short(value: float, unit: str) -> str:
    if unit == "meV" and abs(value) < 1:
        # Nobody resolves a microelectronvolt of a line: a bound of 1e-7 meV is none.
        return f"{round(value, 3) + 0.0:.3f}"
    if abs(value) < 1e-16 and value != 0:
        return "0"
    if value != 0 and (abs(value) < 1e-3 or abs(value) >= 1e5):
        return f"{value:.2e}"
    return f"{value:.4g}" if abs(value) < 1e3 else f"{value:.0f}"
