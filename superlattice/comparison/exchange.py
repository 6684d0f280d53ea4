"""A ligand exchange: how far period and gap shrink, by every route that knows both sides of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from superlattice.comparison.spacings import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRow:
    """Period and gap before and after by one route [nm]."""

    route: str
    period_before_nm: float
    period_after_nm: float
    gap_before_nm: float
    gap_after_nm: float

    @property
    def period_text(self) -> str:
        """``11.36 → 10.41 (-8%)``."""
        return _arrow(self.period_before_nm, self.period_after_nm)

    @property
    def gap_text(self) -> str:
        """As `period_text`, of the gap."""
        return _arrow(self.gap_before_nm, self.gap_after_nm)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What every route says of an exchange; ``names`` are those of the two ligands."""

    names: str
    rows: tuple[ExchangeRow, ...]

    def to_dict(self) -> list[dict[str, Any]]:
        """Plain data."""
        return [{key: getattr(row, key) for key in row.__dataclass_fields__} for row in self.rows]

    def sentences(self) -> list[str]:
        """For people."""
        return [f"{self.names}, {row.route}: period {row.period_text}, gap {row.gap_text}" for row in self.rows]


def exchange_of(before: Side, after: Side) -> Exchange:
    """Contraction of period and gap when one ligand replaces another, predicted and simulated."""
    routes = (
        ("predicted, dry crystal", _predicted(before), _predicted(after)),
        ("pair energy, dry", _pair(before), _pair(after)),
        ("simulated", _simulated(before), _simulated(after)),
    )
    rows = tuple(
        ExchangeRow(
            route=route,
            period_before_nm=old[0],
            period_after_nm=new[0],
            gap_before_nm=old[1],
            gap_after_nm=new[1],
        )
        for route, old, new in routes
        if old is not None and new is not None
    )
    names = (before.ligand, after.ligand)
    if before.ligand == after.ligand:
        names = (before.prediction.environment.medium, after.prediction.environment.medium)
    return Exchange(names=" to ".join(names), rows=rows)


def _predicted(side: Side) -> tuple[float, float] | None:
    return side.prediction.period_nm, side.prediction.gap_nm


def _pair(side: Side) -> tuple[float, float] | None:
    pair = side.prediction.pair_dry
    return (pair.period_nm, pair.gap_nm) if pair else None


def _simulated(side: Side) -> tuple[float, float] | None:
    if side.analysis is None or not side.analysis.lattice.found:
        return None
    return side.analysis.lattice.period_nm, side.analysis.lattice.gap_nm


def _arrow(before: float, after: float) -> str:
    return f"{before:.2f} → {after:.2f} ({after / before - 1:+.0%})"
