"""The report's section on stability: candidates with their free energies beside how they rank by packing alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from superlattice.page import PageFigures, PageTable, embedded_picture
from superlattice.progress import Reporter
from superlattice.stability.answering import StabilityAnswer, stability_in
from superlattice.stability.telling import draw_stability, formation_text
from superlattice.study.study import Study

TEXT = (
    "Formation is the free energy of a nanocrystal against the separated pure crystals at the same pressure, ± "
    "statistical ± model error; static: of crystals at rest, without entropy. Packing ranks lattices by the space they "
    "fill, dry, and that is no free energy: the last two columns stand beside for comparison."
)


def stability_parts(study: Study, folder: Path, progress: Reporter) -> dict[str, StabilityAnswer]:
    """What ``[stability]`` asks for, of each part of a study by its name; empty without that table.

    Parameters
    ----------
    study
        With or without an exchange.
    folder
        Its run directory; each part keeps its files there, and what is there is not computed again.
    progress
        Told what is being done.

    Raises
    ------
    InputError
        As `superlattice.stability.stability`.
    """
    if study.stability is None:
        return {}
    return {
        name: stability_in(folder / name, variant, lambda text, _: progress(f"stability: {text}", None))
        for name, variant in study.variants().items()
    }


def stability_tables(found: Mapping[str, Mapping[str, Any]]) -> list[PageTable]:
    """A table for each part; none where there are no parts."""
    tables = []
    for name, data in found.items():
        ranks = {
            row["lattice"]: (place, row)
            for place, row in enumerate((data["packing_rank"] or {"lattices": []})["lattices"], 1)
        }
        rows = []
        for c in data["candidates"]:
            place, row = ranks.get(c["lattice"], (0, None))
            held = {None: "not run", True: "yes", False: "no"}[c["is_held"]]
            cell = "+".join(str(n) for n in c["counts"])
            shown = (f"{place}: {row['packing_fraction']:.3f}", f"{row['formed_probability']:.2f}") if row else ("", "")
            rows.append((f"{c['lattice']} ({cell})", formation_text(c), held, c["verdict"], *shown))
        where = "Dry" if data["state"] == "dry" else f"In {data['medium']} at {data['pressure_kt_per_nm3']:.3g} kT/nm³"
        how = "" if data["state"] == "dry" else f" ({data['pressure_from']}), by {data['free_energy_by']}"
        notes = " ".join(f"{note[0].upper()}{note[1:].rstrip('.')}." for note in data["notes"])
        tables.append(
            PageTable(
                title=f"Which lattice is stable: {name}" if name else "Which lattice is stable",
                text=f"{where}{how}. {TEXT} {notes}".strip(),
                columns=(
                    f"lattice ({' + '.join(data['kinds'])})", "formation [kT]", "holds when warm", "verdict",
                    "packing rank: fraction", "packing probability",
                ),
                rows=tuple(rows),
                numbers=frozenset({2, 5, 6}),
            )
        )  # fmt: skip
    return tables


def stability_figures(found: Mapping[str, Mapping[str, Any]], folder: Path) -> list[PageFigures]:
    """Write the pictures to a folder and return their group; none where there are no parts."""
    pictures = []
    for name, data in found.items():
        path = folder / (f"stability_{name}.png" if name else "stability.png")
        draw_stability(dict(data), path)
        caption = (
            "Left: formation against composition, and its lower hull. Right: static enthalpies around the pressure."
        )
        pictures.append(embedded_picture(path, f"{name}: {caption}" if name else caption))
    return [PageFigures(title="Which lattice is stable", figures=tuple(pictures))] if pictures else []
