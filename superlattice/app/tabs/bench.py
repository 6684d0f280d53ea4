"""A piece of long work on the page: a button, how it goes on, how it ended, its pictures, and a way to stop it."""

from __future__ import annotations

import base64
import html
import time
from collections.abc import Callable
from pathlib import Path

from nicegui import ui

from packing.errors import InputError
from superlattice.app.tabs.page import Twins
from superlattice.app.words import Words
from superlattice.app.work import Work, latest_work

# How coarse the times of files are on some file systems [s].
CLOCK_S = 2.0


class Bench:
    """Where one command runs at a time, in whichever tab of a browser it was begun.

    Parameters
    ----------
    label
        What the button says.
    mark
        What tests call it.
    words
        What to run when it is pressed, None for nothing (the panel has told why).
    folder
        Where to run it.
    shown_words
        What it would run, without saving or saying anything; shown below before the button is pressed.
    """

    def __init__(
        self,
        label: str,
        mark: str,
        words: Callable[[], Words | None],
        folder: Path,
        shown_words: Callable[[], Words | None] | None = None,
    ) -> None:
        self._words, self._shown_words, self._folder, self._mark = words, shown_words, folder, mark
        with ui.row().classes("items-center"):
            self.start = ui.button(label, on_click=self.begin).props("no-caps").props(f'data-mark="{mark}"')
            self.cancel = (
                ui.button("Stop", on_click=self.end)
                .props("no-caps flat color=negative")
                .props(f'data-mark="{mark}-stop"')
            )
            self.spinner = ui.spinner(size="1.6em")
            self.verdict = ui.label().classes("say").props(f'data-mark="{mark}-verdict"')
        self.bar = ui.linear_progress(show_value=False).props("instant-feedback").props(f'data-mark="{mark}-bar"')
        self.lines = ui.label().classes("code").props(f'data-mark="{mark}-lines"')
        self.output = ui.html("", sanitize=False).classes("code").props(f'data-mark="{mark}-output"')
        self.shown = ui.row().classes("w-full")
        self.twins = Twins()
        self.work = latest_work(folder, mark)
        if self.work is not None and not self.work.is_running:
            self.work = None
        self._timer = ui.timer(0.3, self._show, active=self.work is not None)
        self._show()
        self.preview()

    def preview(self) -> None:
        """Show what the button would run."""
        if self._shown_words is None:
            return
        try:
            words = self._shown_words()
        except InputError:
            return
        self.twins.set_visibility(words is not None)
        if words is not None:
            self.twins.show(words)

    def begin(self) -> None:
        """Run the command, unless it is running, here or in another tab."""
        running = latest_work(self._folder, self._mark)
        if running is not None and running.is_running:
            self.work = running
        else:
            words = self._words()
            if words is None:
                return
            self.twins.set_visibility(True)
            self.twins.show(words)
            self.work = Work(words, self._folder)
            self.work.begin(self._mark)
        self.shown.clear()
        self._timer.activate()
        self._show()

    async def end(self) -> None:
        """Stop it."""
        if self.work is not None:
            self.verdict.set_text("stopping …")
            await self.work.stop()

    def _show(self) -> None:
        work = self.work
        is_running = work is not None and work.is_running
        self.start.set_enabled(not is_running)
        self.cancel.set_visibility(is_running)
        self.spinner.set_visibility(is_running)
        self.verdict.set_text(work.verdict if work else "")
        self.verdict.classes(
            replace="say wrong" if work and work.code not in (None, 0, 3) and not work.was_stopped else "say"
        )
        share = work.share if work and is_running else None
        self.bar.set_visibility(share is not None)
        self.bar.set_value(share or 0.0)
        recent = "\n".join(list(work.lines)[-6:]) if work and is_running else ""
        self.lines.set_text(recent)
        self.lines.set_visibility(bool(recent))
        told = work.output.rstrip() if work and not is_running else ""
        self.output.set_content("".join(f'<div class="line">{html.escape(line)}</div>' for line in told.split("\n")))
        self.output.set_visibility(bool(told))
        if work is not None and not is_running:
            self._timer.deactivate()
            if work.code == 0:
                self._show_pictures(work)

    def _show_pictures(self, work: Work) -> None:
        with self.shown:
            for file in _pictures_of(work, self._folder)[:8]:
                picture = ui.image(_inline(file)).style("max-width: 720px; width: 100%")
                # Drawn at once: what is below the screen would be an empty space of its size.
                picture.props('data-mark="result-picture" loading=eager no-transition')


def _pictures_of(work: Work, folder: Path) -> list[Path]:
    """What the work has drawn, in its folder and those below; not what an earlier one left there."""
    words = work.words.arguments
    for option in ("--save", "--figures", "--figure"):
        if option in words:
            named = folder / words[words.index(option) + 1]
            begun = time.time() - work.seconds - CLOCK_S
            found = [named] if named.is_file() else sorted(named.rglob("*.png"))
            return [file for file in found if file.stat().st_mtime >= begun]
    return []


def _inline(file: Path) -> str:
    """The picture itself, not its address: a later run under the same name must not be shown in its place."""
    return "data:image/png;base64," + base64.b64encode(file.read_bytes()).decode("ascii")
