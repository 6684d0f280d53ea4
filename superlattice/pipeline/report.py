"""``report.html``: one self-contained page, numbers first."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tomli_w
from jinja2 import Environment, PackageLoader, StrictUndefined

from superlattice.comparison.sides import Comparison
from superlattice.comparison.spacings import GAP_MEANING, value_text
from superlattice.files import write_text
from superlattice.pipeline.part import Part
from superlattice.study.study import Study

# Three things are called simple cubic, and they need not agree: of cubes turned at random on a simple cubic lattice the
# first counts few, the second all.
_DETAILS = (
    "What the simulation logged while it ran stands before what is measured on its frames. Simple cubic has three "
    "meanings here: the simple-cubic fraction counts cubes with a neighbour along each of their own six axes; order by "
    "templates counts particles whose neighbours match a simple cubic cell best, however they are turned; the lattice "
    "fit names what most particles of the largest grain match."
)


def write_report(
    folder: Path,
    study: Study,
    parts: Sequence[Part],
    comparison: Comparison,
    warnings: Sequence[str],
    about: dict[str, Any],
) -> None:
    """Render the page from finished results; its figures are those in ``folder``."""
    environment = Environment(
        loader=PackageLoader("superlattice.pipeline", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("report.html.j2").render(
        title=study.title,
        subtitle=_subtitle(study, about),
        answers=[answer for part in parts for answer in _answers(part)],
        warnings=warnings,
        tables=_tables(parts, comparison),
        details=[_details(part) for part in parts],
        views=_views(parts),
        figures=_figure_groups(folder, parts, comparison),
        provenance=_provenance(about),
        study=tomli_w.dumps(study.resolved()),
    )
    write_text(folder / "report.html", page)


def _subtitle(study: Study, about: dict[str, Any]) -> str:
    engines = ", ".join(sorted({f"{e['name']} {e['version']}" for e in about["engines"]}))
    return (
        f"{study.assembly.n_particles} {study.nanocrystal.material} nanocrystals, model {study.assembly.model}, "
        f"{engines}, seed {study.assembly.seed}"
    )


def _answers(part: Part) -> list[dict[str, str]]:
    prefix = f"{part.ligand}: " if part.name else ""
    fit, analysis = part.analysis.lattice, part.analysis
    simulated = value_text(fit.period_nm, fit.period_error_nm) + " nm" if fit.found else "no lattice"
    return [
        {
            "label": f"{prefix}predicted period",
            "value": f"{value_text(part.prediction.period_nm, part.prediction.period_sd_nm)} nm",
            "note": part.prediction.period_note,
        },
        {
            "label": f"{prefix}simulated period",
            "value": simulated,
            "note": f"gap {fit.gap_nm:.2f} nm, {fit.structure}" if fit.found else fit.reason,
        },
        {
            "label": f"{prefix}does it assemble?",
            "value": analysis.verdict,
            "note": analysis.verdict_note,
        },
    ]


def _tables(parts: Sequence[Part], comparison: Comparison) -> list[dict[str, Any]]:
    rows: list[list[str]] = []
    for name, spacings in comparison.rows.items():
        if name:
            rows.append([_heading(parts, name)])
        rows += [s.cells() for s in spacings]
    tables: list[dict[str, Any]] = [
        {
            "title": "Spacing: predicted, simulated, measured",
            "text": f"Period is centre to centre. {GAP_MEANING} ± is one standard uncertainty, of a prediction that of "
            "its inputs; the predicted period at the top adds that of the model.",
            "columns": list(comparison.COLUMNS),
            "rows": rows,
            "numbers": {3, 4},
        },
        {
            "title": "Do they agree?",
            "text": "",
            "columns": ["finding"],
            "rows": [[c.sentence()] for c in comparison.checks] or [["There is nothing to compare."]],
            "numbers": set(),
        },
    ]
    if comparison.exchange:
        tables.insert(1, comparison.exchange["table"])
    return tables


def _details(part: Part) -> dict[str, Any]:
    rows = [[k, v] for k, v in [*part.prediction.facts(), *part.assembly.facts(), *part.analysis.facts()]]
    title = f"Details: {part.ligand}" if part.name else "Details"
    return {"title": title, "text": _DETAILS, "columns": ["quantity", "value"], "rows": rows, "numbers": set()}


def _heading(parts: Sequence[Part], name: str) -> str:
    ligands = {part.name: part.ligand for part in parts}
    return f"{name} ({ligands[name]})" if name in ligands else name


def _views(parts: Sequence[Part]) -> list[dict[str, str]]:
    """The last frames in three dimensions, each a page in the page; none where k3d is not installed."""
    from superlattice.pictures.viewer import has_viewer, view_html

    if not has_viewer():
        return []
    return [
        {
            "title": f"Last frame: {part.ligand}",
            "data": base64.b64encode(view_html(part.analysis.final).encode()).decode("ascii"),
        }
        for part in parts
    ]


def _figure_groups(folder: Path, parts: Sequence[Part], comparison: Comparison) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = [
        {
            "title": f"Simulation: {part.ligand}" if part.name else "Simulation",
            "figures": [_figure(path, caption) for path, caption in part.analysis.figures(part.folder / "figures")],
        }
        for part in parts
    ]
    measured: list[dict[str, str]] = [
        _figure(path, f"Measured: {name}")
        for name in comparison.measurements
        for path in sorted((folder / "figures" / f"measured_{name}").glob("*.png"))
    ]
    if measured:
        groups.append({"title": "Measured data", "figures": measured})
    return groups


def _figure(path: Path, caption: str) -> dict[str, str]:
    return {"data": base64.b64encode(path.read_bytes()).decode("ascii"), "alt": caption, "caption": caption}


def _provenance(about: dict[str, Any]) -> list[tuple[str, str]]:
    packages = ", ".join(f"{k} {v}" for k, v in about["packages"].items())
    engines = "; ".join(", ".join(f"{k} {v}" for k, v in e.items()) for e in about["engines"])
    plain = [(k, str(v)) for k, v in about.items() if k not in ("packages", "engines") and v is not None]
    return [*plain, ("engine", engines), ("packages", packages)]
