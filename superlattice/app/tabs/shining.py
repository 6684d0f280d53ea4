"""The tab *Light*: emission, red shift, thresholds and collective rates of the study's predicted crystal."""

from __future__ import annotations

from nicegui import ui

from superlattice.app.tabs.bench import Bench
from superlattice.app.tabs.page import Page
from superlattice.app.words import Words, study_words

_KNOBS = {
    "crystal_um": ("size of the crystal [µm]", 2.0),
    "fluence_uj_cm2": ("fluence [µJ/cm²]", 22.0),
    "temperature_kelvin": ("temperature [K]", 300.0),
    "quantum_yield": ("quantum yield", 0.9),
}


def light_tab(page: Page) -> None:
    """Build the tab.

    Parameters
    ----------
    page
        Whose study shines.
    """

    def put(key: str, value: float | None) -> None:
        if value is not None and value != page.draft.get(f"optics.{key}", _KNOBS[key][1]):
            page.put(**{f"optics__{key}": float(value)})

    def words_of(file: str) -> Words:
        return study_words("optics", file, "--figures", "light")

    def words() -> Words | None:
        saved = page.save()
        return words_of(page.shown(saved)) if saved else None

    def refresh() -> None:
        for key, number in numbers.items():
            number.set_value(page.draft.get(f"optics.{key}", _KNOBS[key][1]))
        bench.preview()

    with ui.row(wrap=True).classes("panel"):
        with ui.column().classes("knobs"):
            numbers = {
                key: ui.number(label, value=default, on_change=lambda e, k=key: put(k, e.value))
                .classes("w-full")
                .props(f'data-mark="{key}"')
                for key, (label, default) in _KNOBS.items()
            }
        with ui.column().classes("answer"):
            ui.label("Every number is marked predicted, input or bound; the study is saved first.")
            bench = Bench("Compute the light", "light", words, page.folder, lambda: words_of(page.draft.file.name))
    page.listen(refresh)
    refresh()
