"""The part of the live answer that takes longer than a knob may, worked out in a process of its own."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from superlattice.app.live import LiveAnswer, live_answer
from superlattice.app.words import Words
from superlattice.app.work import Work
from superlattice.study.study import Study

QUIET_S = 0.6
"""How long a knob must rest before the search begins [s]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Whole(Words):
    """This module as a program, on the text of a study."""

    @property
    def argv(self) -> list[str]:
        return [sys.executable, "-m", "superlattice.app.later", *self.arguments]


class Later:
    """One search at a time, for the study as it is shown; turning a knob stops it.

    Parameters
    ----------
    folder
        Of the study.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._wanted, self._since_s = "", 0.0
        self._begun = ""
        self._work: Work | None = None

    async def ask(self, text: str, name: str) -> LiveAnswer | None:
        """The whole answer for a study's text, None while it is on its way; ask again until it is there.

        Parameters
        ----------
        text
            The study, which the quick answer has found usable; empty where nothing is wanted.
        name
            Of its file.
        """
        if text != self._wanted:
            self._wanted, self._since_s = text, time.monotonic()
            await self.stop()
        if not text or time.monotonic() - self._since_s < QUIET_S:
            return None
        if self._begun != text:
            self._begun = text
            self._work = Work(_Whole(arguments=(text, name), python=""), self._folder)
            self._work.begin("later")
        if self._work is None or self._work.is_running or self._work.code != 0:
            return None
        return _read(self._work.output)

    @property
    def problem(self) -> str:
        """Why the search ended without an answer, in one line; empty where it did not."""
        work = self._work
        return "" if work is None or work.is_running or work.code == 0 or work.was_stopped else work.verdict

    async def stop(self) -> None:
        """Give up the search."""
        work, self._work, self._begun = self._work, None, ""
        if work is not None:
            await work.stop()


def _read(output: str) -> LiveAnswer:
    data: dict[str, Any] = json.loads(output)
    for key in ("facts", "lattices"):
        data[key] = [tuple(row) for row in data[key]]
    return LiveAnswer(**data | {"warnings": tuple(data["warnings"])})


def main() -> None:
    """Print the whole answer for the study whose text and name are given, as JSON."""
    text, name = sys.argv[1:]
    study = Study.from_text(text, source=name, folder=Path.cwd(), name=Path(name).stem)
    print(json.dumps(asdict(live_answer(study, whole=True))))


if __name__ == "__main__":
    main()
