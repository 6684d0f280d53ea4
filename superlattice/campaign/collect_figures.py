"""The pictures people make of a campaign."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from assembly.run.run_files import read_log
from packing.errors import InputError
from superlattice.campaign.campaign import Campaign
from superlattice.campaign.jobs import assignment_text
from superlattice.campaign.tables import CampaignTable, Row, collect
from superlattice.pictures.figures import save_figure
from superlattice.study.sweep import SEED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MODEL_WORDS = {
    "fill": "fill (ligand fills all space)", "round": "round", "plate": "plate (straight chains)",
    "opm": "OPM", "ocm": "OCM", "otm": "OTM",
}  # fmt: skip
LENGTH = "ligand_length_nm"
LENGTH_KEYS = ("ligand.name", "ligand.n_carbons", "ligand.length_nm", "ligand.length_model")
"""Keys of a study that decide how long the ligand is; drawn against its length they are no series of their own."""

FloatArray = NDArray[np.float64]

DASHES = ("-", "--", ":", "-.")
MAX_SERIES = 5
"""More combinations of the other swept values than this would be a tangle: each point is then drawn alone."""

Drawing = tuple[str, Callable[[Any], Any], str]
"""File name without ending, what draws on axes, caption."""


def drawings(table: CampaignTable) -> list[Drawing]:
    """The figures that make sense for this campaign."""
    chosen: list[Drawing] = []
    keys = table.numeric_keys()
    predicted = [row for row in table.rows if row.get("predicted_period_nm") is not None]
    is_binary = any("gamma" in row for row in predicted)
    for key in [*keys, *_lengths(table)] if predicted and not is_binary else []:
        caption = (
            f"Period against {key}: lines by the packing models, points with one standard error from simulations and "
            "of measured samples, bands of a sample that all share."
        )
        chosen.append((f"spacing_{_file_word(key)}", partial(plot_spacing, table, key), caption))
    if is_binary and keys:
        caption = "Likeliest binary crystal by packing density; pale where separate crystals of the two pack denser."
        chosen.append(("phase_map", partial(plot_phase_map, table, keys[:2]), caption))
    logs = order_logs(table)
    if logs:
        caption = "Cubatic order against simulated time, all jobs: 1 is a crystal of cubes with one orientation."
        chosen.append(("order", partial(plot_order, table, logs), caption))
    return chosen


def _lengths(table: CampaignTable) -> list[str]:
    """The length of the ligand, where it follows from what was swept: names have one too, and no other number."""
    lengths = {row.get(LENGTH) for row in table.rows}
    return [LENGTH] if len(lengths) > 1 and None not in lengths and _makes_length(table) else []


def _makes_length(table: CampaignTable) -> list[str]:
    return [key for key in table.campaign.keys if key in LENGTH_KEYS]


def save_figures(table: CampaignTable, folder: Path) -> list[tuple[Path, str]]:
    """Draw them; returns files and captions."""
    made = []
    for name, draw, caption in drawings(table):
        save_figure(folder / f"{name}.png", draw)
        made.append((folder / f"{name}.png", caption))
    return made


def plot_spacing(table: CampaignTable, key: str, ax: Axes | None = None) -> Axes:
    """Draw period against a swept number: models as lines, simulations as points, measurements as bands."""
    ax = ax or _new_axes()
    series = _series(table, key)
    models = [m for m in MODEL_WORDS if any(row.get(f"predicted_{m}_nm") is not None for row in table.rows)]
    few = len(series) <= MAX_SERIES
    for i, (label, rows) in enumerate(series.items()):
        xs = np.array([row[key] for row in rows], dtype=float)
        for j, model in enumerate(models):
            ys = np.array([_number(row, f"predicted_{model}_nm") for row in rows])
            style = DASHES[i % len(DASHES)] if few else ""
            name = MODEL_WORDS[model] if i == 0 else None
            # Wider below narrower: two models that say the same are both seen.
            wide = 1.2 + 1.0 * (len(models) - 1 - j)
            ax.plot(xs, ys, style, color=f"C{j}", label=name, marker=".", markersize=4 + wide, lw=wide)
        ys = np.array([_number(row, "simulated_period_nm") for row in rows])
        if np.isfinite(ys).any():
            errors = np.array([_number(row, "simulated_period_error_nm") for row in rows])
            marker = "osD^v"[i % 5] if few else "o"
            name = f"simulated{', ' + label if label and few else ''}" if few or i == 0 else None
            ax.errorbar(xs, ys, errors, fmt=marker, color="k", mfc="w", capsize=2, label=name, zorder=3)
        elif label and few:
            ax.plot([], [], DASHES[i % len(DASHES)], color="0.4", label=label)
    for i, kind in enumerate(("tem", "saxs", "xrd")):
        _plot_samples(table, key, kind, f"C{6 + i}", ax)
    for i, (kind, (period, sd)) in enumerate(table.measured.items()):
        ax.axhspan(period - sd, period + sd, color=f"C{6 + i}", alpha=0.3)
        ax.axhline(period, color=f"C{6 + i}", label=f"measured, {kind.upper()}")
    ax.set(xlabel=axis_label(key), ylabel="period, centre to centre [nm]")
    _legend_beside(ax)
    return ax


def _plot_samples(table: CampaignTable, key: str, kind: str, colour: str, ax: Axes) -> None:
    """Points of the samples that were measured each for its own job; one that several jobs share is one point."""
    name = f"measured_{kind}_period_nm"
    points = {
        (float(row[key]), row[name], _number(row, f"measured_{kind}_period_sd_nm"))
        for row in table.rows
        if kind not in table.measured and row.get(name) is not None
    }
    if points:
        x, y, sd = np.array(sorted(points)).T
        ax.errorbar(x, y, sd, fmt="D", ms=5, color=colour, capsize=2, zorder=4, label=f"measured, {kind.upper()}")


def plot_phase_map(table: CampaignTable, keys: list[str], ax: Axes | None = None) -> Axes:
    """Draw which binary crystal is likeliest over one or two swept numbers; pale where separate crystals win."""
    ax = ax or _new_axes()
    rows = [row for row in table.rows if row.get("lattice")]
    for i, name in enumerate(sorted({row["lattice"] for row in rows})):
        for separates in (False, True):
            mine = [row for row in rows if row["lattice"] == name and _separates(row) == separates]
            if mine:
                xs = [row[keys[0]] for row in mine]
                ys = [row[keys[1]] if len(keys) > 1 else _number(row, "lattice_probability") for row in mine]
                label = f"{name}, but separate crystals pack denser" if separates else name
                ax.scatter(
                    xs, ys, marker="s", s=60, color=f"C{i % 10}", alpha=0.35 if separates else 1.0, lw=0, label=label
                )
    ax.set(xlabel=axis_label(keys[0]), ylabel=axis_label(keys[1]) if len(keys) > 1 else "probability of the likeliest")
    _legend_beside(ax)
    return ax


def _separates(row: Row) -> bool:
    return _number(row, "separation_probability") > 0.5


def order_logs(table: CampaignTable) -> list[tuple[Row, np.ndarray, np.ndarray]]:
    """Time [ps] and cubatic order of every job that has simulated something."""
    found = []
    for row in table.rows:
        folder = table.campaign.workspace / row["job"]
        path = (folder / row["part"] if row.get("part") else folder) / "log.h5"
        if not path.is_file():
            continue
        try:
            log = read_log(path)
        except InputError:
            continue
        found.append((row, log["time_ps"], log["cubatic_order"]))
    return found


def plot_order(table: CampaignTable, logs: list[tuple[Row, np.ndarray, np.ndarray]], ax: Axes | None = None) -> Axes:
    """Draw cubatic order against time; coloured by the first swept number where that tells the lines apart.

    Parameters
    ----------
    table
        The campaign.
    logs
        From `order_logs`: row, times [ps] and cubatic order of each job.
    ax
        Axes to draw on; None makes a figure.
    """
    ax = ax or _new_axes()
    keys = table.numeric_keys()
    values = [float(row[keys[0]]) for row, _, _ in logs] if keys else []
    few = len(logs) <= 2 * MAX_SERIES
    if few and len(set(values)) < len(logs):
        colours = [f"C{i}" for i in range(len(logs))]
    else:
        colours = _colours(values) if keys else ["C0"] * len(logs)
    for (row, time_ps, order), colour in zip(logs, colours, strict=True):
        label = assignment_text({k: row[k] for k in (*table.campaign.keys, "seed", "part") if row.get(k) is not None})
        ax.plot(time_ps / 1000, order, color=colour, lw=1.0 if few else 0.6, label=label if few else None)
    ax.set(xlabel="time [ns]", ylabel="cubatic order", ylim=(0, 1.02))
    if few:
        ax.legend(fontsize="x-small")
    elif keys:
        ax.set_title(f"from {min(values):g} (dark) to {max(values):g} (bright) {axis_label(keys[0])}", fontsize="small")
    return ax


def axis_label(key: str) -> str:
    """``ligand: coverage [1/nm²]``.

    Examples
    --------
    >>> axis_label("ligand.n_carbons"), axis_label("nanocrystal.edge_nm")
    ('ligand: n carbons', 'nanocrystal: edge [nm]')
    """
    *tables, name = key.split(".")
    for ending, unit in (("_per_nm2", "1/nm²"), ("_nm", "nm"), ("_kelvin", "K"), ("_kt", "kT")):
        if name.endswith(ending):
            name = f"{name[: -len(ending)]} [{unit}]"
            break
    return ": ".join([*tables, name.replace("_", " ")])


def _series(table: CampaignTable, key: str) -> dict[str, list[Row]]:
    """Rows by what else was swept, each sorted along ``key``; replicas share a series."""
    beside = {key, SEED, *(_makes_length(table) if key == LENGTH else ())}
    others = [k for k in (*table.campaign.keys, "part") if k not in beside]
    found: dict[str, list[Row]] = {}
    for row in table.rows:
        found.setdefault(assignment_text({k: row[k] for k in others if row.get(k) is not None}), []).append(row)
    return {label: sorted(rows, key=lambda row: float(row[key])) for label, rows in found.items()}


def _legend_beside(ax: Axes) -> None:
    """A legend that hides no point."""
    ax.legend(fontsize="x-small", loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False)


def _number(row: Row, key: str) -> float:
    value = row.get(key)
    return float("nan") if value is None else float(value)


def _colours(values: list[Any]) -> list[Any]:
    from matplotlib import colormaps

    numbers = np.array(values, dtype=float)
    span = float(np.ptp(numbers)) or 1.0
    return list(colormaps["viridis"](0.9 * (numbers - numbers.min()) / span))


def _file_word(key: str) -> str:
    return key.split(".", 1)[-1].replace(".", "_")


def _new_axes() -> Axes:
    import matplotlib.pyplot as plt

    return plt.subplots()[1]


def periods_along(campaign: Campaign, key: str) -> list[tuple[str, FloatArray, FloatArray]]:
    """Name, values of a swept number and mean period [nm] there, of what the campaign predicted and simulated.

    Parameters
    ----------
    campaign
        From `superlattice.campaign.campaign.open_campaign`.
    key
        Swept number by dotted name.

    Returns
    -------
    list of tuple
        ``("predicted", values, periods)`` and, where there are some, ``("simulated", ...)``; arrays of shape (n,).

    Raises
    ------
    InputError
        If the campaign does not sweep over numbers of that name.
    """
    rows = collect(campaign).rows
    numbers = sorted({k for k in campaign.keys if any(_is_number(row.get(k)) for row in rows)})
    if key not in numbers:
        raise InputError(
            f"{campaign.folder} does not sweep over {key!r}. Give one of {', '.join(numbers) or 'none'} instead."
        )
    made = []
    for name in ("predicted", "simulated"):
        found: dict[float, list[float]] = {}
        for row in rows:
            if _is_number(row.get(key)) and row.get(f"{name}_period_nm") is not None:
                found.setdefault(float(row[key]), []).append(float(row[f"{name}_period_nm"]))
        if found:
            x = np.array(sorted(found))
            made.append((name, x, np.array([np.mean(found[v]) for v in sorted(found)])))
    return made


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
