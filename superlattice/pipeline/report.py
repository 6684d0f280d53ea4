"""``report.html``: one self-contained page, numbers first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tomli_w

from superlattice.comparison.exchange import Exchange
from superlattice.comparison.sides import Comparison
from superlattice.comparison.spacings import GAP_MEANING, spread_meaning, value_text
from superlattice.page import (
    PageAnswer,
    PageFigures,
    PageFile,
    PageTable,
    embedded,
    embedded_picture,
    write_page_file,
)
from superlattice.pipeline.light import light_figures, light_result, light_tables
from superlattice.pipeline.winning import stability_figures, stability_tables
from superlattice.steps.crystal import ASSEMBLES, IS_CRYSTAL
from superlattice.steps.part import Part
from superlattice.steps.prediction import likeliest, prediction_facts
from superlattice.study.study import Study

_QUESTIONS = {ASSEMBLES: "does it assemble?", IS_CRYSTAL: "is it a crystal?"}

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
    stable: Mapping[str, dict[str, Any]],
) -> None:
    """Render the page from finished results; its figures are those in ``folder``."""
    write_page_file(
        folder / "report.html",
        "superlattice.pipeline",
        "report.html.j2",
        title=study.title,
        subtitle=_subtitle(study, about),
        answers=[answer for part in parts for answer in (*_answers(part), *_verdict(part))],
        warnings=warnings,
        tables=[
            *_tables(parts, comparison),
            *stability_tables(stable),
            *_diffraction_tables(parts),
            *light_tables(light_result(parts)),
        ],
        details=[_details(part) for part in parts],
        views=_views(parts),
        figures=[*stability_figures(stable, folder / "figures"), *_figure_groups(folder, parts, comparison)],
        provenance=_provenance(about),
        study=tomli_w.dumps(study.resolved()),
    )


def _subtitle(study: Study, about: dict[str, Any]) -> str:
    engines = ", ".join(sorted({f"{e['name']} {e['version']}" for e in about["engines"]}))
    return (
        f"{study.assembly.n_particles} {study.nanocrystal.material} nanocrystals, "
        f"model {study.assembly.build().model}, {engines}, seed {study.assembly.seed}"
    )


def _answers(part: Part) -> list[PageAnswer]:
    prefix = f"{part.ligand}: " if part.name else ""
    fit, found = part.analysis.lattice, part.analysis.finding
    best = likeliest(part.prediction) if part.prediction.partner else None
    crystal = (
        [
            PageAnswer(
                label=f"{prefix}likeliest crystal",
                value=best.name,
                note=f"predicted, probability {best.probability:.2f} among {len(part.prediction.lattices)} candidates",
            )
        ]
        if best
        else []
    )
    simulated = value_text(fit.period_nm, fit.period_error_nm) + " nm" if fit.found else "no lattice"
    return [
        PageAnswer(
            label=f"{prefix}predicted period",
            value=f"{value_text(part.prediction.period_nm, part.prediction.period_sd_nm)} nm",
            note=part.prediction.period_note,
        ),
        PageAnswer(
            label=f"{prefix}simulated period",
            value=simulated,
            note=f"gap {fit.gap_nm:.2f} nm, {fit.structure}" if fit.found else fit.reason,
        ),
        PageAnswer(label=f"{prefix}{_QUESTIONS[found.question]}", value=found.word, note=found.note),
        *crystal,
    ]


def _verdict(part: Part) -> list[PageAnswer]:
    prefix = f"{part.ligand}: " if part.name else ""
    if (found := part.assembly.verdict) is None:
        return []
    note = f"contacts in the medium are {found['depth_kt']:.2g} kT deep; simulated, see the first picture"
    return [PageAnswer(label=f"{prefix}what does the ligand do?", value=found["word"], note=note)]


def _tables(parts: Sequence[Part], comparison: Comparison) -> list[PageTable]:
    rows: list[tuple[str, ...]] = []
    for name, spacings in comparison.rows.items():
        if name:
            rows.append((_heading(parts, name),))
        rows += [tuple(s.cells()) for s in spacings]
    table = PageTable(
        title="Spacing: predicted, simulated, measured",
        text=f"Period is centre to centre. {GAP_MEANING} {spread_meaning(parts[0].prediction)} That of a prediction is "
        "of its inputs; the predicted period at the top adds that of the model.",
        columns=comparison.COLUMNS,
        rows=tuple(rows),
        numbers=frozenset({3, 4}),
    )
    findings = tuple((sentence,) for sentence in comparison.findings()) or (("There is nothing to compare.",),)
    agree = PageTable(title="Do they agree?", columns=("finding",), rows=findings)
    return [table, *([_exchange(comparison.exchange)] if comparison.exchange else []), agree]


def _exchange(exchange: Exchange) -> PageTable:
    return PageTable(
        title=f"Ligand exchange: {exchange.names}",
        text="Period is centre to centre, gap is between facing cores. Published numbers are in the table above,"
        " with what they leave unsaid.",
        columns=("from", "period [nm]", "gap [nm]"),
        rows=tuple((row.route, row.period_text, row.gap_text) for row in exchange.rows),
    )


def _details(part: Part) -> PageTable:
    rows = (*prediction_facts(part.prediction), *part.assembly.facts(), *part.analysis.facts())
    title = f"Details: {part.ligand}" if part.name else "Details"
    return PageTable(title=title, text=_DETAILS, columns=("quantity", "value"), rows=rows)


def _diffraction_tables(parts: Sequence[Part]) -> list[PageTable]:
    return [
        PageTable(
            title=f"Diffraction: {part.ligand}" if part.name else "Diffraction",
            text="Simulated from the frames with the atoms inside; what was measured stands below. q is 2π over the "
            "spacing.",
            columns=("quantity", "value"),
            rows=tuple(found.rows()),
        )
        for part in parts
        if (found := part.analysis.diffraction) is not None
    ]


def _heading(parts: Sequence[Part], name: str) -> str:
    ligands = {part.name: part.ligand for part in parts}
    return f"{name} ({ligands[name]})" if name in ligands else name


def _views(parts: Sequence[Part]) -> list[PageFile]:
    """The last frames in three dimensions, each a page in the page; none where k3d is not installed."""
    from superlattice.pictures.viewer import has_viewer, view_html

    if not has_viewer():
        return []
    return [embedded(view_html(part.analysis.final).encode(), f"Last frame: {part.ligand}") for part in parts]


def _figure_groups(folder: Path, parts: Sequence[Part], comparison: Comparison) -> list[PageFigures]:
    groups = [
        PageFigures(
            title=f"Simulation: {part.ligand}" if part.name else "Simulation",
            figures=tuple(embedded_picture(*drawn) for drawn in part.figures()),
        )
        for part in parts
    ]
    for part in parts:
        if (found := part.analysis.diffraction) is not None:
            pictures = tuple(embedded_picture(*drawn) for drawn in found.figures(part.folder / "figures"))
            title = f"Diffraction: {part.ligand}" if part.name else "Diffraction"
            groups.append(PageFigures(title=title, figures=pictures))
    measured = tuple(
        embedded_picture(path, f"Measured: {name}")
        for name in comparison.measurements.by_kind()
        for path in sorted((folder / "figures" / f"measured_{name}").glob("*.png"))
    )
    groups += [PageFigures(title="Measured data", figures=measured)] if measured else []
    return [*groups, *light_figures(light_result(parts), folder / "figures")]


def _provenance(about: dict[str, Any]) -> list[tuple[str, str]]:
    packages = ", ".join(f"{k} {v}" for k, v in about["packages"].items())
    engines = "; ".join(", ".join(f"{k} {v}" for k, v in e.items()) for e in about["engines"])
    plain = [(k, str(v)) for k, v in about.items() if k not in ("packages", "engines") and v is not None]
    return [*plain, ("engine", engines), ("packages", packages)]
