"""The page of ``superlattice app`` in a process of its own, for tests that drive it in a browser or by requests."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from headless_chromium import Browser


class Address(str):
    """An address where a browser is asked for a file."""

    def as_uri(self) -> str:
        return str(self)


class Served:
    """A page that is served: its address, and how to end it."""

    def __init__(self, study: Path, port: int = 0) -> None:
        words = [sys.executable, "-m", "superlattice", "app", str(study), "--port", str(port), "--no-browser"]
        self.process = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=study.parent,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
        )  # fmt: skip
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
        assert found, line + (self.process.stderr.read() if self.process.stderr else "")
        self.address, self.port = Address(found[0]), int(found[1])

    def end(self) -> str:
        """End it as Ctrl-C does, and return what it said on stderr."""
        self.process.send_signal(signal.SIGINT)
        _, said = self.process.communicate(timeout=60)
        return said

    def kill(self) -> None:
        """End it as a crash does; its pipes are read to their end, which closes them."""
        self.process.kill()
        self.process.communicate(timeout=60)


@contextmanager
def served(study: Path, port: int = 0) -> Iterator[Served]:
    """A page for a study file, ended at the end."""
    page = Served(study, port)
    try:
        yield page
    finally:
        if page.process.poll() is None:
            page.end()


def marked(mark: str, n: int = 0) -> str:
    """Script of the element that the page marks so."""
    return f"document.querySelectorAll('[data-mark=\"{mark}\"]')[{n}]"


def text_of(window: Browser, mark: str) -> str:
    return str(window.ask(f"{marked(mark)}?.innerText ?? ''"))


def click(window: Browser, mark: str) -> None:
    window.wait_for(f"!!{marked(mark)}")
    window.ask(f"{marked(mark)}.click()")


def write(window: Browser, mark: str, text: Any) -> None:
    """Write into a field as a person does: focus, replace, leave it with Enter."""
    window.wait_for(f"!!{marked(mark)}")
    window.ask(f"{marked(mark)}.focus(); {marked(mark)}.select?.()")
    window.call("Input.insertText", window.page, text=str(text))
    for kind in ("keyDown", "keyUp"):
        window.call("Input.dispatchKeyEvent", window.page, type=kind, key="Enter", code="Enter", text="\r",
                    windowsVirtualKeyCode=13)  # fmt: skip
    window.ask(f"{marked(mark)}?.blur()")


def upload(window: Browser, mark: str, *files: Path) -> None:
    """Drop files on the page."""
    script = f"{marked(mark)}.querySelector('input[type=file]')"
    window.wait_for(f"!!{script}")
    node = window.call("Runtime.evaluate", window.page, expression=script)["result"]["objectId"]
    window.call("DOM.setFileInputFiles", window.page, files=[str(file) for file in files], objectId=node)


def drag(window: Browser, mark: str, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw with the mouse in an element, from one place to another, as shares of its width and height."""
    window.ask(f"{marked(mark)}.scrollIntoView({{block: 'center'}})")
    box = window.ask(f"(r => [r.left, r.top, r.width, r.height])({marked(mark)}.getBoundingClientRect())")
    steps = [("mousePressed", start), ("mouseMoved", end), ("mouseMoved", end), ("mouseReleased", end)]
    for kind, (x, y) in steps:
        window.call("Input.dispatchMouseEvent", window.page, type=kind, x=box[0] + x * box[2], y=box[1] + y * box[3],
                    button="left", buttons=1, clickCount=1)  # fmt: skip
