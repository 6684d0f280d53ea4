"""The whole page: a header with the study's name, and the tabs."""

from __future__ import annotations

from collections.abc import Callable

from nicegui import ui

from packing.errors import InputError
from superlattice.app.tabs.comparing import compare_tab
from superlattice.app.tabs.lattices import LatticeTab
from superlattice.app.tabs.measuring import MeasureTab
from superlattice.app.tabs.page import STYLE, Page
from superlattice.app.tabs.predicting import PredictTab
from superlattice.app.tabs.running import RunsTab
from superlattice.app.tabs.shining import light_tab

TABS: dict[str, Callable[[Page], object]] = {
    "Predict": PredictTab,
    "Which lattice": LatticeTab,
    "Measure": MeasureTab,
    "Compare": compare_tab,
    "Runs": RunsTab,
    "Light": light_tab,
}


def header(page: Page) -> None:
    """Title, name of the study, save and reload."""
    with ui.header().classes("items-center bg-blue-900").style("padding: 8px 16px; gap: 12px"):
        ui.label("superlattice").style("font-weight: 700; font-size: 18px")
        name = ui.label().props('data-mark="study-name"')
        ui.space()
        ui.button("Save", icon="save", on_click=lambda: page.save()).props(
            "color=white text-color=blue-10 dense"
        ).props('data-mark="save"')
        with ui.button(icon="more_vert").props("flat dense color=white").props('data-mark="more"'), ui.menu():
            other = ui.input("Save under another name").style("padding: 0 12px")
            ui.menu_item("Save as", on_click=lambda: page.save(other.value))
            ui.menu_item("Reload the file", on_click=lambda: _reload(page))

    def told() -> None:
        name.set_text(page.draft.file.name + (" (not saved)" if page.draft.has_changes else ""))

    page.listen(told)
    told()


def _reload(page: Page) -> None:
    try:
        page.draft.reload()
    except InputError as error:
        page.say(str(error), wrong=True)
        return
    page.changed()


def build(page: Page) -> None:
    """The whole page."""

    ui.add_css(STYLE)
    ui.colors(primary="#1b6ca8")
    header(page)
    ui.timer(0.4, page.complete)
    ui.context.client.on_delete(page.later.stop)
    if page.problem:
        ui.label(page.problem).classes("wrong say")
    elif page.draft.is_from_before and page.draft.has_changes:
        ui.label("Changes of last time that were not saved are here again.").classes("say")
    with ui.tabs().classes("w-full").props("no-caps dense outside-arrows mobile-arrows") as tabs:
        names = [ui.tab(name).props(f'data-mark="tab-{name.lower().replace(" ", "-")}"') for name in TABS]
    with ui.tab_panels(tabs, value=names[0], animated=False, keep_alive=True).classes("w-full"):
        for tab, make in zip(names, TABS.values(), strict=True):
            with ui.tab_panel(tab).style("padding: 12px"):
                make(page)
