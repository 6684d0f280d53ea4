"""The table and the picture of a stability answer, from its plain data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from superlattice.pictures.figures import new_figure, write_figure

_LINES = ("-", "--", ":")
"""So that a curve shows through one that lies on it: CsCl and AuCu relax to the same crystal."""
_HEAD = f"  {'lattice':<9} {'in a cell':<10} {'formation, kT each':<26} {'held':<6} {'verdict':<26} became"


def summary_of(data: dict[str, Any]) -> str:
    """Table, verdicts and what they rest on.

    Parameters
    ----------
    data
        Of `StabilityAnswer`.
    """
    dry = data["state"] == "dry"
    where = "dry" if dry else f"in {data['medium']} at {data['pressure_kt_per_nm3']:.3g} kT/nm³"
    head = f"candidates {where}"
    if not dry:
        head += f" ({data['pressure_kpa']:.3g} kPa; {data['pressure_from']}), by {data['free_energy_by']}"
    lines = [
        head,
        "",
        _HEAD,
    ]
    for c in data["candidates"]:
        held = {None: "-", True: "yes", False: "no"}[c["is_held"]]
        cell = "+".join(str(n) for n in c["counts"])
        became = c["static"]["became"]
        what = ", ".join(became["what"]) or "itself"
        what += "; rows slide" if (c["hold"] or {}).get("slides") else ""
        low = (c["hold"] or {}).get("lowest_held_kt_per_nm3")
        what += f"; holds down to {low:.2g} kT/nm³" if low else ""
        lines.append(f"  {c['lattice']:<9} {cell:<10} {formation_text(c):<26} {held:<6} {c['verdict']:<26} {what}")
    kinds = ", ".join(f"{i + 1}: {name}" for i, name in enumerate(data["kinds"]))
    lines += ["", f"kinds: {kinds}. Formation: against the pure crystals at the same pressure, ± statistical ± model."]
    if dry and len(data["kinds"]) > 1:
        lines.append(
            "dry contacts are hundreds of kT deep and pair energies count bare facets as if nothing touched them: "
            "these are bounds, the sum of pairs and shells that are buried in every lattice, never a ranking."
        )
    rank = data["packing_rank"]
    if rank:
        first = ", ".join(
            f"{r['lattice']} {r['packing_fraction']:.3f} ({r['formed_probability']:.0%})" for r in rank["lattices"][:4]
        )
        lines.append(f"packing alone ({rank['what']}): {first}; separate crystals {rank['separation_probability']:.0%}")
    return "\n".join([*lines, *(f"note: {note}" for note in data["notes"])])


def formation_text(c: Mapping[str, Any]) -> str:
    """Formation free energy of a candidate with both errors, or its bounds [kT], from its plain data."""
    bounds = c.get("formation_bounds_kt")
    if bounds:
        return f"{bounds[0]:+.4g} to {bounds[1]:+.4g}"
    if c["formation_kt"] is None:
        return f"static {c['static_formation_kt']:+.2f}"
    if sum(n > 0 for n in c["counts"]) == 1:
        return f"{c['formation_kt']:+.2f}"
    return f"{c['formation_kt']:+.2f} ± {c['formation_sd_kt']:.2f} ± {c['model_sd_kt']:.2f}"


def draw_stability(data: dict[str, Any], path: Path) -> None:
    """The hull over composition, and formation enthalpies around the pressure, as a PNG.

    Parameters
    ----------
    data
        Of `StabilityAnswer`.
    path
        File to write.
    """
    figure = new_figure(9.0, 4.0)
    left, right = figure.subplots(1, 2)
    mixed = len(data["kinds"]) > 1
    points = [c for c in data["candidates"] if c["formation_kt"] is not None]
    x = np.array([c["counts"][-1] / sum(c["counts"]) if mixed else i for i, c in enumerate(points)], dtype=float)
    y = np.array([c["formation_kt"] for c in points])
    if mixed:
        ends = {0.0: 0.0, 1.0: 0.0}
        low = [(a, b) for a, b in zip(x, y, strict=True) if 0 < a < 1 and b < 0]
        line = _lower([*ends.items(), *low])
        left.plot(*zip(*line, strict=True), color="0.6", lw=1, zorder=1)
    labels: dict[tuple[float, float], list[str]] = {}
    for c, a, b in zip(points, x, y, strict=True):
        error = np.hypot(c["formation_sd_kt"] or 0.0, c["model_sd_kt"] or 0.0)
        left.errorbar(a, b, yerr=error, fmt="o", capsize=3)
        labels.setdefault((float(a), round(float(b), 1)), []).append(c["lattice"])
    for place, names in labels.items():
        side, where = ("right", -6) if mixed and place[0] > 0.8 else ("left", 6)
        left.annotate(
            ", ".join(names), place, textcoords="offset points", xytext=(where, 4), fontsize=8, horizontalalignment=side
        )
    left.margins(x=0.15)
    for c in data["candidates"]:
        bounds = c.get("formation_bounds_kt")
        if bounds:
            share = c["counts"][-1] / sum(c["counts"])
            left.plot([share, share], bounds, lw=3, alpha=0.5)
            left.annotate(c["lattice"], (share, bounds[1]), textcoords="offset points", xytext=(6, 4), fontsize=8)
    left.axhline(0, color="0.8", lw=0.8, zorder=0)
    left.set(
        xlabel=f"share of {data['kinds'][-1]}" if mixed else "candidate",
        ylabel="formation free energy of a nanocrystal [kT]",
    )
    if not mixed:
        left.set_xticks([])
    _draw_pressures(right, data)
    write_figure(path, figure)


def _draw_pressures(ax: Any, data: dict[str, Any]) -> None:
    """Static formation enthalpy of each candidate at pressures around the one asked for."""
    pressure = data["pressure_kt_per_nm3"]
    if not pressure:
        ax.axis("off")
        ax.text(0.5, 0.5, "dry: no pressure", ha="center", va="center", transform=ax.transAxes)
        return
    factors = sorted(data["candidates"][0]["static"]["enthalpies_around_kt"], key=float)
    per_kind = range(len(data["kinds"]))
    references = [
        [
            min(
                c["static"]["enthalpies_around_kt"][f] / sum(c["counts"])
                for c in data["candidates"]
                if c["counts"][k] == sum(c["counts"])
            )
            for k in per_kind
        ]
        for f in factors
    ]
    mixed = len(data["kinds"]) > 1
    shown = [c for c in data["candidates"] if not mixed or max(c["counts"]) < sum(c["counts"])]
    for i, c in enumerate(shown):
        heights = [
            (c["static"]["enthalpies_around_kt"][f] - sum(n * m for n, m in zip(c["counts"], mu, strict=True)))
            / sum(c["counts"])
            for f, mu in zip(factors, references, strict=True)
        ]
        ax.plot([float(f) * pressure for f in factors], heights, "o", ls=_LINES[i % 3], ms=3, label=c["lattice"])
    ax.axhline(0, color="0.8", lw=0.8, zorder=0)
    ax.set(xlabel="osmotic pressure [kT/nm³]", ylabel="static formation enthalpy [kT]", xscale="log")
    ax.legend(fontsize=7)


def _lower(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Lower convex hull of points, from left to right."""
    kept: list[tuple[float, float]] = []
    for p in sorted(points):
        while len(kept) > 1 and _turns_down(kept[-2], kept[-1], p):
            kept.pop()
        kept.append(p)
    return kept


def _turns_down(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> bool:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) <= 0
