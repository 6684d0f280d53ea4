"""What was measured of the samples of a campaign, in the rows of its table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from packing.errors import InputError
from superlattice.campaign.campaign import Campaign
from superlattice.comparison.sides import measure_files

Periods = dict[str, tuple[float, float]]


def add_measured(campaign: Campaign, rows: Sequence[dict[str, Any]]) -> Periods:
    """Write ``measured_KIND_period_nm`` and ``..._sd_nm`` into the rows, each of its own sample.

    A file is measured once for all its jobs; one that cannot be measured is said in ``measured_note`` where samples
    have their own, so that the others are still told.

    Parameters
    ----------
    campaign
        Of the rows.
    rows
        Of its table, which are changed.

    Returns
    -------
    dict
        Period and standard uncertainty [nm] by kind, where all rows share one sample; else empty.

    Raises
    ------
    InputError
        If the one file that all share cannot be used.
    """
    if "compare" not in campaign.common:
        return {}
    if not campaign.common["compare"].get("sample"):
        shared = _periods(campaign, rows[0]["job"])
        for row in rows:
            _fill(row, shared)
        return shared
    known: dict[str, Periods | str] = {}
    for row in rows:
        compare = campaign.study(row["job"]).compare
        key = json.dumps(compare.model_dump(mode="json", exclude={"published"}), sort_keys=True)
        if key not in known:
            try:
                known[key] = _periods(campaign, row["job"])
            except InputError as error:
                known[key] = " ".join(str(error).split())
        found = known[key]
        if isinstance(found, str):
            row["measured_note"] = found
        else:
            _fill(row, found)
    return {}


def _fill(row: dict[str, Any], periods: Periods) -> None:
    for kind, (period, sd) in periods.items():
        row[f"measured_{kind}_period_nm"], row[f"measured_{kind}_period_sd_nm"] = period, sd


def _periods(campaign: Campaign, job: str) -> Periods:
    made = measure_files(campaign.study(job))
    periods = {}
    if (tem := made.tem) is not None and tem.lattice != "none":
        periods["tem"] = (float(tem.spacing_nm), float(tem.spacing_sd_nm))
    if (saxs := made.saxs) is not None and saxs.nearest_nm is not None:
        periods["saxs"] = (float(saxs.nearest_nm), float(saxs.nearest_sd_nm or 0.0))
    if (xrd := made.xrd) is not None:
        periods["xrd"] = (float(xrd.period_nm), float(xrd.period_sd_nm))
    return periods
