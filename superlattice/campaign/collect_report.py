"""``campaign.html``: one self-contained page for a campaign."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from superlattice.campaign.status import counts_text
from superlattice.campaign.tables import CampaignTable, Row
from superlattice.comparison.spacings import value_text
from superlattice.page import PageAnswer, PageTable, embedded_picture, write_page_file
from superlattice.provenance import git_state
from superlattice.version import __version__

PAGE = "campaign.html"
MAX_ROWS = 300
"""A page with more rows than this is not read; the table's files hold all."""


def write_page(table: CampaignTable, figures: Sequence[tuple[Path, str]], folder: Path) -> Path:
    """Render the page; its figures are inside it."""
    campaign = table.campaign
    n_jobs = sum(table.counts.values())
    common = {"swept": campaign.keys, "the same for all jobs": campaign.base}
    write_page_file(
        folder / PAGE,
        "superlattice.campaign",
        "campaign_page.html.j2",
        title=campaign.title,
        subtitle=f"Campaign {campaign.name}: {counts_text(table.counts, n_jobs)}",
        answers=_answers(table),
        warnings=_warnings(table),
        table=_table(table),
        figures=[embedded_picture(path, text) for path, text in figures],
        provenance=[
            ("superlattice", __version__),
            ("git", git_state() or "not from a repository"),
            ("python", sys.version.split()[0]),
            ("written", datetime.now(UTC).isoformat(timespec="seconds")),
            ("engines", ", ".join(sorted({row["engine"] for row in table.rows if "engine" in row})) or "none used"),
        ],
        common=json.dumps(common, indent=1, ensure_ascii=False),
    )
    return folder / PAGE


def _answers(table: CampaignTable) -> list[PageAnswer]:
    answers = [_range(table, "predicted_period_nm", "predicted period")]
    if any("simulated_period_nm" in row for row in table.rows):
        answers.append(_range(table, "simulated_period_nm", "simulated period"))
        verdicts = [row["assembles"] for row in table.rows if "assembles" in row]
        note = ", ".join(f"{verdicts.count(word)} {word}" for word in ("yes", "partly", "no") if word in verdicts)
        ordered = f"{verdicts.count('yes')} of {len(verdicts)}"
        answers.append(PageAnswer(label="simulations that assembled", value=ordered, note=note))
    for kind, (period, sd) in table.measured.items():
        value = f"{value_text(period, sd)} nm"
        answers.append(PageAnswer(label=f"measured, {kind.upper()}", value=value, note="the same sample for all jobs"))
    answers += [
        _range(table, f"measured_{kind}_period_nm", f"measured, {kind.upper()}")
        for kind in ("tem", "saxs", "xrd")
        if kind not in table.measured and any(row.get(f"measured_{kind}_period_nm") is not None for row in table.rows)
    ]
    return answers


def _range(table: CampaignTable, key: str, label: str) -> PageAnswer:
    values = [row[key] for row in table.rows if row.get(key) is not None]
    if not values:
        return PageAnswer(label=label, value="–", note="no job has one")
    low, high = min(values), max(values)
    text = f"{low:.2f} nm" if high - low < 0.005 else f"{low:.2f} to {high:.2f} nm"
    return PageAnswer(label=label, value=text, note=f"over {len(values)} crystal{'s' * (len(values) != 1)}")


def _warnings(table: CampaignTable) -> list[str]:
    left = {state: n for state, n in table.counts.items() if n and state != "completed"}
    words = ", ".join(f"{n} {state}" for state, n in left.items())
    told = [f"The campaign is not complete: {words}. The table has what is there so far."] if left else []
    told += list(
        dict.fromkeys(
            f"A sample was not measured: {row['measured_note']}" for row in table.rows if row.get("measured_note")
        )
    )
    told += [outside] if (outside := table.outside_models()) else []
    combinations = table.campaign.left_out
    more = f" and {len(combinations) - 1} more" if len(combinations) > 1 else ""
    return told + ([f"Left out as impossible: {combinations[0]}{more}"] if combinations else [])


def _table(table: CampaignTable) -> PageTable:
    keys = [k for k in (*table.campaign.keys, "seed", "part") if any(k in row for row in table.rows)]
    shown = [
        ("predicted period [nm]", "predicted_period_nm", "predicted_period_sd_nm"),
        ("pair energy, dry [nm]", "pair_dry_period_nm", None),
        ("simulated period [nm]", "simulated_period_nm", "simulated_period_error_nm"),
        ("measured, TEM [nm]", "measured_tem_period_nm", "measured_tem_period_sd_nm"),
        ("measured, SAXS [nm]", "measured_saxs_period_nm", "measured_saxs_period_sd_nm"),
        ("measured, XRD [nm]", "measured_xrd_period_nm", "measured_xrd_period_sd_nm"),
    ]
    shown = [entry for entry in shown if any(row.get(entry[1]) is not None for row in table.rows)]
    words = [k for k in ("lattice", "assembles", "state") if any(k in row for row in table.rows)]
    rows = tuple(
        (
            *(_cell(row, k) for k in keys),
            *(value_text(row.get(name), row.get(sd) if sd else None) for _, name, sd in shown),
            *(_cell(row, k) for k in words),
        )
        for row in table.rows[:MAX_ROWS]
    )
    cut = f" The first {MAX_ROWS} of {len(table.rows)} rows." if len(table.rows) > MAX_ROWS else ""
    return PageTable(
        title="All crystals",
        text="± is one standard uncertainty of a mean period, not the particles' own spread of sizes. "
        f"Every column is in table.csv.{cut}",
        columns=(*keys, *(title for title, _, _ in shown), *words),
        rows=rows,
        numbers=frozenset(range(len(keys) + 1, len(keys) + len(shown) + 1)),
    )


def _cell(row: Row, key: str) -> str:
    value = row.get(key)
    return "–" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
