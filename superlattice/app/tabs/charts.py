"""Charts of the page, drawn by the browser from points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_GRID = {"left": 64, "right": 18, "top": 34, "bottom": 46}
_FONT = {"fontSize": 13}
COLOURS = ("#1b6ca8", "#c1440e", "#2a7d4f", "#7a4fa3")


def lines(
    curves: Mapping[str, Sequence[Sequence[float]]],
    *,
    x: str,
    y: str,
    log: tuple[bool, bool] = (False, False),
    band: tuple[float | None, float | None] | None = None,
) -> dict[str, Any]:
    """Curves of (x, y) points by their names.

    Parameters
    ----------
    curves
        Points of each.
    x, y
        What the axes are, with units.
    log
        Whether x and y are logarithmic.
    band
        What of x is used, shaded; an end that is None is that of the curve.
    """
    series: list[dict[str, Any]] = []
    for i, (name, points) in enumerate(curves.items()):
        shown = [list(p) for p in points if (not log[0] or p[0] > 0) and (not log[1] or p[1] > 0)]
        series.append(
            {"type": "line", "name": name, "data": shown, "showSymbol": False, "lineStyle": {"width": 2},
             "color": COLOURS[i % len(COLOURS)], "animation": False}
        )  # fmt: skip
    if band and any(band) and series and series[0]["data"]:
        ends = [
            edge or own for edge, own in zip(band, (series[0]["data"][0][0], series[0]["data"][-1][0]), strict=True)
        ]
        data = [[{"xAxis": ends[0]}, {"xAxis": ends[1]}]]
        series[0]["markArea"] = {"silent": True, "itemStyle": {"color": "rgba(27,108,168,0.12)"}, "data": data}
    return {
        # A phone has room for one name a line.
        "grid": _GRID | {"top": 34 + 20 * max(0, len(series) - 1)},
        "legend": {"show": len(series) > 1, "top": 2, "orient": "vertical", "left": 4},
        "tooltip": {"trigger": "axis"},
        "xAxis": _axis(x, log[0], 28),
        "yAxis": _axis(y, log[1], 46),
        "series": series,
        "textStyle": _FONT,
    }


def bars(
    values: Mapping[str, float], *, x: str, core: float | None = None, unit: str = " nm", digits: int = 2
) -> dict[str, Any]:
    """Lying bars by their names, with a dashed line at ``core``.

    Parameters
    ----------
    values
        Length of each.
    x
        What they are, with the unit.
    core
        Where the line is; None for none.
    unit, digits
        Behind each number, and its decimal places.
    """
    series: dict[str, Any] = {
        "type": "bar", "data": [round(v, digits) for v in values.values()], "color": COLOURS[0], "animation": False,
        "label": {"show": True, "position": "insideRight", "formatter": "{c}" + unit}, "barMaxWidth": 26,
    }  # fmt: skip
    if core is not None:
        series["markLine"] = {
            "symbol": "none", "data": [{"xAxis": round(core, 3), "label": {"formatter": "core", "position": "start"}}],
            "lineStyle": {"type": "dashed", "color": "#777"},
        }  # fmt: skip
    return {
        "grid": _GRID | {"top": 22, "left": 76},
        "xAxis": _axis(x, False, 28) | {"min": 0},
        "yAxis": {"type": "category", "data": list(values), "inverse": True},
        "series": [series],
        "textStyle": _FONT,
    }


def _axis(name: str, log: bool, gap: int) -> dict[str, Any]:
    return {"type": "log" if log else "value", "name": name, "nameLocation": "middle", "nameGap": gap, "scale": True}
