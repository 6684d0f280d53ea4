"""The tab *Runs*: simulate the study in a process of its own, watch it, stop it, go on, open the report."""

from __future__ import annotations

from pathlib import Path

from nicegui import ui

from superlattice.app.tabs.bench import Bench
from superlattice.app.tabs.page import RUNS, Page
from superlattice.app.words import Words, study_words
from superlattice.study.tables import AssemblyTable

USUAL = AssemblyTable().n_particles


class RunsTab:
    """Start and stop above, the run directories below.

    Parameters
    ----------
    page
        Whose study is run.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        ui.label(
            "A run goes on in a process of its own. Stopped, or after a crash, the same button goes on from the last "
            "checkpoint. A study with a [sweep] is a campaign of many runs."
        ).classes("say")
        with ui.row().classes("items-end"):
            self.engine = ui.select(["auto", "hoomd", "lammps"], label="engine", value="auto").style("min-width: 8em")
            self.particles = ui.number("nanocrystals", min=1, step=1, format="%d", on_change=self._counted).props(
                'data-mark="n-particles"'
            )
        self.bench = Bench("Start or go on", "run", self.words, page.folder)
        ui.label("Run directories").classes("headline")
        self.list = ui.column().classes("w-full").props('data-mark="run-list"')
        self._seen: list[tuple[str, str]] = []
        page.listen(self.refresh)
        ui.timer(2.0, self._list)
        self.refresh()

    def _counted(self) -> None:
        value = self.particles.value
        if value and int(value) != self.page.draft.get("assembly.n_particles", USUAL):
            self.page.put(assembly__n_particles=int(value))

    def refresh(self) -> None:
        """Show the study's number of particles, and the run directories."""
        self.particles.set_value(self.page.draft.get("assembly.n_particles", USUAL))
        self._list()

    def words(self) -> Words | None:
        """The run, or of a study with a sweep the campaign; the study is saved first."""
        saved = self.page.save()
        if saved is None:
            return None
        file = self.page.shown(saved)
        engine = [] if self.engine.value == "auto" else ["--engine", str(self.engine.value)]
        if self.page.draft.get("sweep"):
            return study_words("batch", file, "--out", f"campaign-{saved.stem}", *engine)
        return study_words("run", file, "--out", RUNS, *engine)

    def _list(self) -> None:
        found = run_folders(self.page.folder / RUNS)
        if found == self._seen:
            return
        self._seen = found
        self.list.clear()
        with self.list:
            for name, state in found:
                with ui.row().classes("items-center"):
                    ui.label(f"{name}: {state}")
                    if (self.page.folder / RUNS / name / "report.html").is_file():
                        ui.link("open the report", f"/{RUNS}/{name}/report.html", new_tab=True).props(
                            'data-mark="report"'
                        )
            if not found:
                ui.label("None yet.")


def run_folders(folder: Path) -> list[tuple[str, str]]:
    """Names and states of the runs in a folder, the newest first.

    Parameters
    ----------
    folder
        Of the run directories; it need not be there.

    Examples
    --------
    >>> run_folders(Path("nowhere"))
    []
    """
    if not folder.is_dir():
        return []
    runs = [path for path in folder.iterdir() if (path / "study.toml").is_file()]
    runs.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    return [(path.name, "done" if (path / "done").is_file() else "begun, not done") for path in runs]
