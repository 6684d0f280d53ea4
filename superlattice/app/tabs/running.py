"""The tab *Runs*: simulate the study in a process of its own, watch it, stop it, go on, open the report."""

from __future__ import annotations

from pathlib import Path

from nicegui import ui

from superlattice.app.tabs import charts
from superlattice.app.tabs.bench import Bench
from superlattice.app.tabs.page import RUNS, Page
from superlattice.app.watched import (
    CAMPAIGN,
    Campaign,
    Run,
    campaigns_in,
    newest_log,
    order_curves,
    runs_in,
)
from superlattice.app.words import Words, study_words
from superlattice.study.tables import AssemblyTable

USUAL = AssemblyTable().n_particles


class RunsTab:
    """Start and stop above, order as it comes, the run directories below.

    Parameters
    ----------
    page
        Whose study is run.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self._seen: tuple[list[Run], list[Campaign]] | None = None
        self._drawn: tuple[Path, float] | None = None
        self._campaign = ""
        ui.label(
            "A run goes on in a process of its own, even when this page is closed. Stopped, or after a crash, the same "
            "button goes on from the last checkpoint. A study with a [sweep] is a campaign of many runs."
        ).classes("say")
        with ui.row().classes("items-end"):
            self.engine = ui.select(
                ["auto", "hoomd", "lammps"], label="engine", value="auto", on_change=self._preview
            ).style("min-width: 8em")
            self.particles = ui.number("nanocrystals", min=1, step=1, format="%d", on_change=self._counted).props(
                'data-mark="n-particles"'
            )
        self.bench = Bench("Start or go on", "run", self.words, page.folder, self._shown_words)
        self.watched = ui.label().classes("say text-grey-8").props('data-mark="order-of"')
        self.order = ui.echart({"series": []}).classes("chart").props('data-mark="order"')
        self.order.set_visibility(False)
        ui.label("Run directories").classes("headline")
        self.list = ui.column().classes("w-full").props('data-mark="run-list"')
        with ui.column().classes("w-full") as self.of_campaigns:
            self.collect = Bench("Collect the table", "collect", self._collect_words, page.folder, self._collect_words)
            self.collect.start.set_visibility(False)
        page.listen(self.refresh)
        ui.timer(2.0, self._watch)
        self.refresh()

    def _preview(self) -> None:
        self.bench.preview()

    def _counted(self) -> None:
        value = self.particles.value
        if value and int(value) != self.page.draft.get("assembly.n_particles", USUAL):
            self.page.put(assembly__n_particles=int(value))

    def refresh(self) -> None:
        """Show the study's number of particles, and the run directories."""
        self.particles.set_value(self.page.draft.get("assembly.n_particles", USUAL))
        self.bench.preview()
        self._watch()

    def words(self) -> Words | None:
        """The run, or of a study with a sweep the campaign; the study is saved first."""
        saved = self.page.save()
        return self._words_of(self.page.shown(saved)) if saved else None

    def _shown_words(self) -> Words:
        return self._words_of(self.page.draft.file.name)

    def _words_of(self, file: str) -> Words:
        engine = [] if self.engine.value == "auto" else ["--engine", str(self.engine.value)]
        if self.page.draft.get("sweep"):
            return study_words("batch", file, "--out", CAMPAIGN + Path(file).stem, *engine)
        return study_words("run", file, "--out", RUNS, *engine)

    def _collect(self, name: str) -> None:
        self._campaign = name
        self.collect.begin()

    def _collect_words(self) -> Words | None:
        return study_words("collect", self._campaign) if self._campaign else None

    def _watch(self) -> None:
        """Draw the order of the newest run, and list what is there."""
        self._draw_order()
        found = runs_in(self.page.folder / RUNS), campaigns_in(self.page.folder)
        if found == self._seen:
            return
        self._seen = found
        self.list.clear()
        with self.list:
            for run in found[0]:
                with ui.row().classes("items-center"):
                    ui.label(f"{run.name}: {run.state}")
                    if run.has_report:
                        _link("open the report", f"/{RUNS}/{run.name}/report.html")
            for campaign in found[1]:
                with ui.row().classes("items-center"):
                    ui.label(f"{campaign.name}: {campaign.n_done} of {campaign.n_jobs} jobs done")
                    ui.button("Collect its table", on_click=lambda c=campaign: self._collect(c.name)).props(
                        'no-caps flat dense data-mark="collect-it"'
                    )
                    if campaign.has_page:
                        _link("open its page", f"/{campaign.name}/collected/campaign.html")
            if not any(found):
                ui.label("None yet.")

    def _draw_order(self) -> None:
        log = newest_log(self.page.folder)
        if log is None or log == self._drawn:
            return
        curves = order_curves(log[0])
        if not curves:
            return
        self._drawn = log
        self.order.set_visibility(True)
        self.watched.set_text(f"Order in {log[0].parent.relative_to(self.page.folder).as_posix()}, as far as it is:")
        self.order.options.clear()
        self.order.options.update(charts.lines(curves, x="step", y="order, 0 to 1"))
        self.order.update()


def _link(text: str, where: str) -> None:
    ui.link(text, where, new_tab=True).props('data-mark="report"')
