"""Long work in a process of its own: its lines as they come, its end, and how to stop it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import time
from collections import deque
from pathlib import Path

from superlattice.app.words import Words

MOST_LINES = 200
PATIENCE_S = 20.0
STEPS = re.compile(r"step (\d+) of (\d+)")
_ALIVE: set[Work] = set()
_LATEST: dict[tuple[Path, str], Work] = {}


class Work:
    """One command, run as it would be on the command line.

    Parameters
    ----------
    words
        What to run.
    folder
        Where to run it.
    """

    def __init__(self, words: Words, folder: str | Path = ".") -> None:
        self.words = words
        self.folder = Path(folder)
        self.lines: deque[str] = deque(maxlen=MOST_LINES)
        self.output = ""
        self.code: int | None = None
        self.begun_s = time.monotonic()
        self.was_stopped = False
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[int] | None = None

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self.code is None

    @property
    def seconds(self) -> float:
        """How long it has been going on [s]."""
        return time.monotonic() - self.begun_s

    @property
    def verdict(self) -> str:
        """How it ended, in one line: of an error what the command said."""
        if self.code is None:
            return f"running for {self.seconds:.0f} s"
        if self.was_stopped or self.code == 3:
            return "stopped; the same command goes on where it was"
        if self.code == 0:
            return "done"
        return self.lines[-1] if self.lines else f"ended with status {self.code}"

    @property
    def share(self) -> float | None:
        """The share of the present stage that is done, 0 to 1; None where its lines do not say."""
        found = next((m for line in reversed(self.lines) if (m := STEPS.search(line))), None)
        return min(1.0, int(found[1]) / max(1, int(found[2]))) if found else None

    def begin(self, mark: str) -> None:
        """Run in the background, as the latest work of this mark in its folder.

        Parameters
        ----------
        mark
            What kind of work it is, for `latest_work`.
        """
        _LATEST[self.folder, mark] = self
        # Held here: a page that is closed meanwhile does not end it.
        self._task = asyncio.create_task(self.run())

    async def run(self) -> int:
        """Run to the end, and return the exit status."""
        _ALIVE.add(self)
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self.words.argv,
                cwd=self.folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=os.environ | {"PYTHONUNBUFFERED": "1", "MPLBACKEND": "Agg"},
                # A group of its own: a signal reaches MPI ranks and workers too.
                start_new_session=True,
            )
            await asyncio.gather(self._read_lines(), self._read_output())
            self.code = await self._process.wait()
        except OSError as error:
            self.lines.append(f"cannot be run: {error}.")
            self.code = 1
        finally:
            _ALIVE.discard(self)
        return self.code

    async def stop(self) -> None:
        """Ask it to stop, which writes a checkpoint; kill it if it does not within `PATIENCE_S` seconds."""
        if self._process is None or not self.is_running:
            return
        self.was_stopped = True
        self._signal(signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE_S
        while self.is_running and time.monotonic() < deadline:
            await asyncio.sleep(0.1)
        if self.is_running:
            self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    async def _read_lines(self) -> None:
        assert self._process is not None
        assert self._process.stderr is not None
        rest = b""
        while part := await self._process.stderr.read(65536):
            *whole, rest = (rest + part).replace(b"\r", b"\n").split(b"\n")
            self.lines.extend(text for line in whole if (text := line.decode(errors="replace").strip()))
        if rest.strip():
            self.lines.append(rest.decode(errors="replace").strip())

    async def _read_output(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        self.output = (await self._process.stdout.read()).decode(errors="replace")


def latest_work(folder: Path, mark: str) -> Work | None:
    """The latest work of a mark in a folder, whichever tab of a browser began it.

    Parameters
    ----------
    folder, mark
        As they were given to `Work` and `Work.begin`.

    Examples
    --------
    >>> latest_work(Path("nowhere"), "run") is None
    True
    """
    return _LATEST.get((folder, mark))


async def stop_all() -> None:
    """Stop everything that runs, at the end of the page."""
    await asyncio.gather(*(work.stop() for work in list(_ALIVE)))
