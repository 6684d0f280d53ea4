"""The tab *Compare*: the study beside measured files, and what the files say of the study's own numbers."""

from __future__ import annotations

from pathlib import Path

from nicegui import ui

from packing.errors import InputError
from structure.measured.reading import read_curve
from superlattice.app.tabs.bench import Bench
from superlattice.app.tabs.files_in import file_input
from superlattice.app.tabs.page import Page
from superlattice.app.words import Words, kind_of, study_words

UNITS = ("1/angstrom", "1/nm")


def compare_tab(page: Page) -> None:
    """Build the tab.

    Parameters
    ----------
    page
        Whose study is compared.
    """
    files: dict[str, Path] = {}

    def take(file: Path) -> None:
        kind = "tem" if kind_of(file) == "tem" else "saxs"
        files[kind] = file
        if kind == "saxs":
            unit.set_value(unit_of_q(file, str(unit.value)))
        page.put(**_keys(kind, page.shown(file), str(unit.value)))
        told()

    def told() -> None:
        tem, saxs = page.draft.get("compare.tem.image"), page.draft.get("compare.saxs.curve")
        named.set_text(f"Micrograph: {tem or 'none'}. SAXS curve: {saxs or 'none'}.")
        bench.preview()

    def words_of(file: str) -> Words | None:
        return study_words("compare", file, "--save", "compared") if page.draft.names_measured else None

    def words() -> Words | None:
        if not page.draft.names_measured:
            page.say("There is nothing to compare with. Drop a micrograph or a SAXS curve.", wrong=True)
            return None
        saved = page.save()
        return words_of(page.shown(saved)) if saved else None

    def scaled() -> None:
        if page.draft.get("compare.tem.image"):
            page.put(compare__tem__px_per_nm=float(scale.value) if scale.value else None)

    def in_unit() -> None:
        if page.draft.get("compare.saxs.curve"):
            page.put(compare__saxs__q_unit=unit.value)

    def neither() -> None:
        page.put(compare__tem=None, compare__saxs=None)
        told()

    with ui.row(wrap=True).classes("panel"):
        with ui.column().classes("knobs"):
            file_input(page, "Drop a micrograph or a SAXS curve", "compare-upload", take)
            unit = ui.select([*UNITS], label="unit of q in the curve", value="1/nm", on_change=in_unit)
            unit.classes("w-full").props('data-mark="compare-unit"')
            scale = ui.number("pixels per nm, if the micrograph has none", min=0, on_change=scaled)
            scale.classes("w-full").props('data-mark="compare-scale"')
            named = ui.label().classes("say").props('data-mark="compare-files"')
            ui.button("Take them out of the study", on_click=neither).props("flat no-caps dense")
        with ui.column().classes("answer"):
            ui.label("Predicted and measured side by side; the study is saved first, with the names of the files.")
            bench = Bench("Compare", "compare", words, page.folder, lambda: words_of(page.draft.file.name))
    page.listen(told)
    told()


def unit_of_q(file: Path, usual: str) -> str:
    """The unit of q that a curve states, or the usual one where it states none or cannot be read.

    Parameters
    ----------
    file
        A curve.
    usual
        One of `UNITS`, taken where the file does not say.
    """
    for unit in (usual, *UNITS):
        try:
            read_curve(file, q_unit=unit)
        except InputError:
            continue
        return unit
    return usual


def _keys(kind: str, file: str, unit: str) -> dict[str, object]:
    if kind == "tem":
        return {"compare__tem__image": file}
    return {"compare__saxs__curve": file, "compare__saxs__q_unit": unit}
