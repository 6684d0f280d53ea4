"""A piece of long work on the page: a button, how it goes on, how it ended, its pictures, and a way to stop it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from nicegui import ui

from superlattice.app.tabs.page import Twins
from superlattice.app.words import Words
from superlattice.app.work import Work


class Bench:
    """Where one command runs at a time.

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
    pictures
        Folder of the pictures that it writes, relative to ``folder``.
    """

    def __init__(
        self, label: str, mark: str, words: Callable[[], Words | None], folder: Path, pictures: str = ""
    ) -> None:
        self._words, self._folder, self._pictures = words, folder, pictures
        self.work: Work | None = None
        self._task: asyncio.Task[int] | None = None
        with ui.row().classes("items-center"):
            self.start = ui.button(label, on_click=self.begin).props("no-caps").props(f'data-mark="{mark}"')
            self.cancel = (
                ui.button("Stop", on_click=self.end)
                .props("no-caps flat color=negative")
                .props(f'data-mark="{mark}-stop"')
            )
            self.spinner = ui.spinner(size="1.6em")
            self.verdict = ui.label().classes("say").props(f'data-mark="{mark}-verdict"')
        self.lines = ui.label().classes("code").props(f'data-mark="{mark}-lines"')
        self.output = ui.label().classes("code").props(f'data-mark="{mark}-output"')
        self.shown = ui.row().classes("w-full")
        self.twins = Twins()
        self._timer = ui.timer(0.3, self._show, active=False)
        self._show()

    def begin(self) -> None:
        """Run the command, unless it is running."""
        if self.work is not None and self.work.is_running:
            return
        words = self._words()
        if words is None:
            return
        self.twins.show(words)
        self.shown.clear()
        self.work = Work(words, self._folder)
        self._task = asyncio.create_task(self.work.run())
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
        recent = "\n".join(list(work.lines)[-6:]) if work and is_running else ""
        self.lines.set_text(recent)
        self.lines.set_visibility(bool(recent))
        self.output.set_text(work.output.rstrip() if work and not is_running else "")
        self.output.set_visibility(bool(self.output.text))
        if work is not None and not is_running:
            self._timer.deactivate()
            if work.code == 0:
                self._show_pictures(work)

    def _show_pictures(self, work: Work) -> None:
        folder = self._folder / (_saved_in(work.words) or self._pictures)
        if not (_saved_in(work.words) or self._pictures) or not folder.is_dir():
            return
        with self.shown:
            for file in sorted(folder.glob("*.png"))[:8]:
                picture = ui.image(_inline(file)).style("max-width: 620px; width: 100%")
                picture.props('data-mark="result-picture"')


def _saved_in(words: Words) -> str:
    for option in ("--save", "--figures"):
        if option in words.arguments:
            return words.arguments[words.arguments.index(option) + 1]
    return ""


def _inline(file: Path) -> str:
    """The picture itself, not its address: a later run under the same name must not be shown in its place."""
    import base64

    return "data:image/png;base64," + base64.b64encode(file.read_bytes()).decode("ascii")
