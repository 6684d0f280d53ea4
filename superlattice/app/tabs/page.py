"""The page: one study, tabs around it, and below every panel the command and the Python call that do the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from nicegui import ui

from packing.errors import InputError
from superlattice.app.draft import Draft
from superlattice.app.later import Later
from superlattice.app.live import LiveAnswer, live_answer
from superlattice.app.watched import RUNS as RUNS
from superlattice.app.words import Words

UPLOADS = "uploads"

STYLE = """
body { font-size: 16px; } .q-tab__label { font-size: 15px; } .panel { width: 100%; gap: 16px; }
.knobs { flex: 1 1 300px; max-width: 460px; min-width: 0; } .answer { flex: 2 1 460px; min-width: 0; }
@media (max-width: 600px) { .knobs, .answer { flex-basis: 100%; max-width: 100%; } .q-tab { padding: 0 8px; } }
.say { overflow-wrap: anywhere; white-space: pre-wrap; } .code { font-family: monospace; font-size: 13px;
background: #f3f5f7; padding: 8px; border-radius: 4px; overflow-x: auto; white-space: pre-wrap; width: 100%; }
.line { padding-left: 4ch; text-indent: -4ch; min-height: 1.2em; overflow-wrap: anywhere; }
.chart { height: 280px; width: 100%; }
.half { flex: 1 1 280px; min-width: 0; width: auto; }
.q-uploader__subtitle { display: none; }
.knobs .q-field { width: 100%; } .headline { font-size: 20px; font-weight: 600; } .wrong { color: #a3260b; }
"""


class Page:
    """One tab of a browser: its draft of the study, and whom to tell when it changes.

    Parameters
    ----------
    study_file
        The study file.
    """

    def __init__(self, study_file: Path) -> None:
        self.folder = study_file.resolve().parent
        self.problem = ""
        try:
            self.draft = Draft(study_file)
        except InputError as error:
            # The file stays as it is; the page begins a new one beside it.
            self.problem = f"{error} The page began a new study; save it under another name."
            self.draft = Draft(study_file.with_name(f"{study_file.stem}-new.toml"))
        self._listeners: list[Callable[[], None]] = []
        self._answered: tuple[str, LiveAnswer | InputError] | None = None
        self.later = Later(self.folder)

    def listen(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` after every change of the study."""
        self._listeners.append(listener)

    def answer(self) -> LiveAnswer:
        """The answer for the study as it stands, computed once for all tabs.

        Raises
        ------
        InputError
            As the command line would refuse the study.
        """
        text = self.draft.text
        if self._answered is None or self._answered[0] != text:
            found: LiveAnswer | InputError
            try:
                found = live_answer(self.draft.study())
            except InputError as error:
                found = error
            self._answered = text, found
        if isinstance(self._answered[1], InputError):
            raise self._answered[1]
        return self._answered[1]

    async def complete(self) -> None:
        """Fetch what the answer left out, and tell everybody when it is there; called again and again."""
        text, found = self._answered or ("", None)
        if not isinstance(found, LiveAnswer) or not found.coming or text != self.draft.text:
            await self.later.ask("", "")
            return
        whole = await self.later.ask(text, self.draft.file.name)
        if self.later.problem:
            whole = replace(found, coming="", warnings=(*found.warnings, f"no lattices: {self.later.problem}"))
        if whole is not None and self._answered is not None and self._answered[0] == text:
            self._answered = text, whole
            for listener in self._listeners:
                listener()

    def put(self, **changes: Any) -> None:
        """Change keys of the study, written with two underscores for the dot, and tell everybody."""
        before = self.draft.text
        for key, value in changes.items():
            self.draft.put(key.replace("__", "."), value)
        # A slider tells the same value again when it is let go.
        if self.draft.text != before:
            self.changed()

    def changed(self) -> None:
        """Keep the draft and tell everybody."""
        try:
            self.draft.keep()
        except InputError as error:
            self.say(str(error), wrong=True)
        for listener in self._listeners:
            listener()

    def say(self, text: str, *, wrong: bool = False) -> None:
        """One line that goes away, or stays where something is wrong."""
        line = " ".join(str(text).split())
        ui.notify(line, type="negative" if wrong else "positive", timeout=0 if wrong else 4000, close_button=wrong,
                  multi_line=True, position="bottom")  # fmt: skip

    def save(self, name: str | None = None) -> Path | None:
        """Save the study and say so; None where that cannot be."""
        try:
            target = None if not name else self.folder / Path(name).with_suffix(".toml").name
            saved = self.draft.save(target)
        except InputError as error:
            self.say(str(error), wrong=True)
            return None
        self.say(f"saved {saved.name}")
        for listener in self._listeners:
            listener()
        return saved

    def shown(self, path: Path) -> str:
        """A path as it is typed in the folder of the study."""
        try:
            return path.resolve().relative_to(self.folder).as_posix()
        except ValueError:
            return str(path)


class Twins:
    """The command and the Python call of a panel, which can be copied."""

    def __init__(self) -> None:
        self._box = ui.expansion("The same on the command line and in Python", icon="terminal").classes("w-full")
        with self._box:
            self._command = ui.label().classes("code").props('data-mark="command"')
            self._python = ui.label().classes("code").props('data-mark="python"')

    def set_visibility(self, is_shown: bool) -> None:
        """Show it, or hide it where there is nothing to do yet."""
        self._box.set_visibility(is_shown)

    def show(self, words: Words) -> None:
        """Show what does the same."""
        self._command.set_text(words.command)
        self._python.set_text(f"{words.imports}\n{words.python}")
