"""The ``[stability]`` table of a study."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from superlattice.study.matter_tables import Table


class StabilityTable(Table):
    """``[stability]``: which candidate wins, asked beside the packing rank; how much is computed, and where."""

    level: Literal["static", "hold", "free-energy"] = "static"
    pressure_kt_per_nm3: float | None = Field(default=None, gt=0)
    dry: bool = False
    bodies: int = Field(default=64, ge=1, le=10_000)
    lowest: bool = False
