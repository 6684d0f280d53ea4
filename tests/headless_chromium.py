"""Chromium without a window, spoken to through pipes in its DevTools protocol: what a page does, asks for and shows."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
LOCAL = ("file:", "data:", "blob:", "about:", "chrome:", "chrome-error:")


def find_chromium() -> str | None:
    """Path of a Chromium, if there is one."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Browser:
    """One browser with one page; frames of other origins in it report too."""

    def __init__(self, read_fd: int, write_fd: int, patience_s: float) -> None:
        self._read, self._write, self._patience_s = read_fd, write_fd, patience_s
        self._buffer, self._number = b"", 0
        self._answers: dict[int, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []
        self.frames: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.page = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._watch(self.page)

    def call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """Send a command and wait for its answer."""
        number = self._send(method, session, **parameters)
        deadline = time.monotonic() + self._patience_s
        while number not in self._answers:
            if time.monotonic() > deadline:
                raise TimeoutError(method)
            self._receive(deadline)
        answer = self._answers.pop(number)
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def wait_for(self, script: str, session: str | None = None) -> None:
        """Wait until a script is true."""
        deadline = time.monotonic() + self._patience_s
        while not self.ask(script, session):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{script}; the page said {self.complaints()}")
            time.sleep(0.2)

    def open(self, page: Path, width_px: int, height_px: int, *, phone: bool = False) -> None:
        """Show a file at a size."""
        self.call(
            "Emulation.setDeviceMetricsOverride", self.page,
            width=width_px, height=height_px, deviceScaleFactor=1, mobile=phone,
        )  # fmt: skip
        begun = len(self.events)
        self.call("Page.navigate", self.page, url=page.as_uri())
        # Not by asking the page: the one before may have the same address.
        self.until(lambda: any(self._is_load(e) for e in self.events[begun:]), "load")

    def until(self, is_so: Callable[[], bool], what: str) -> None:
        """Take in messages until something is so."""
        deadline = time.monotonic() + self._patience_s
        while not is_so():
            if time.monotonic() > deadline:
                raise TimeoutError(what)
            self._receive(min(deadline, time.monotonic() + 0.2))

    def _is_load(self, event: dict[str, Any]) -> bool:
        return event["method"] == "Page.loadEventFired" and event.get("sessionId") == self.page

    def ask(self, script: str, session: str | None = None) -> Any:
        """The value of a script in the page or in one of its frames."""
        result = self.call("Runtime.evaluate", session or self.page, expression=script, returnByValue=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def screenshot(self, path: Path, *, whole: bool = False) -> None:
        """Write a picture of the page."""
        shot = self.call("Page.captureScreenshot", self.page, format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shot["data"]))

    def complaints(self) -> list[str]:
        """Console errors and warnings, uncaught exceptions and log entries of the page and its frames."""
        found = []
        for event in self.events:
            parameters = event["params"]
            match event["method"]:
                case "Runtime.consoleAPICalled" if parameters["type"] in ("error", "warning", "assert"):
                    found.append(" ".join(str(a.get("value", a.get("description"))) for a in parameters["args"]))
                case "Runtime.exceptionThrown":
                    found.append(json.dumps(parameters["exceptionDetails"])[:500])
                case "Log.entryAdded" if parameters["entry"]["level"] in ("error", "warning"):
                    found.append(parameters["entry"]["text"])
        return found

    def requests(self) -> list[str]:
        """Everything asked for that is not on this machine or in the page itself."""
        asked = [e["params"]["request"]["url"] for e in self.events if e["method"] == "Network.requestWillBeSent"]
        return [url for url in asked if not url.startswith(LOCAL)]

    def _watch(self, session: str) -> None:
        # Not waited for: a frame that is busy loading answers when it can.
        for domain in ("Runtime", "Log", "Network", "Page"):
            self._send(f"{domain}.enable", session)
        self._send("Target.setAutoAttach", session, autoAttach=True, waitForDebuggerOnStart=False, flatten=True)

    def _send(self, method: str, session: str | None, **parameters: Any) -> int:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._write, data) :]
        return self._number

    def _receive(self, deadline: float) -> None:
        """Take in one message, if one comes in time."""
        while b"\0" not in self._buffer:
            if not select.select([self._read], [], [], max(0.0, deadline - time.monotonic()))[0]:
                return
            if not (part := os.read(self._read, 1 << 20)):
                raise ConnectionError("the browser went away")
            self._buffer += part
        line, self._buffer = self._buffer.split(b"\0", 1)
        message = json.loads(line)
        if "method" not in message:
            self._answers[message["id"]] = message
            return
        self.events.append(message)
        if message["method"] == "Target.attachedToTarget" and message["params"]["targetInfo"]["type"] == "iframe":
            self.frames.append(message["params"]["sessionId"])
            self._watch(self.frames[-1])


@contextmanager
def browser(patience_s: float = 120.0) -> Iterator[Browser]:
    """A fresh browser, closed and cleaned up at the end."""
    path = find_chromium()
    assert path is not None
    to_browser, from_us = os.pipe()
    to_us, from_browser = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        words = [
            path, "--headless", "--no-sandbox", "--remote-debugging-pipe", "--use-angle=swiftshader",
            "--enable-unsafe-swiftshader", "--disable-background-networking", "--no-first-run", "--hide-scrollbars",
            f"--user-data-dir={profile}",
        ]  # fmt: skip
        # The protocol wants descriptors 3 and 4.
        shell = f'exec "$@" 3<&{to_browser} 4>&{from_browser}'
        process = subprocess.Popen(
            ["bash", "-c", shell, "chromium", *words],
            pass_fds=(to_browser, from_browser), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(to_browser)
        os.close(from_browser)
        try:
            yield Browser(to_us, from_us, patience_s)
        finally:
            process.terminate()
            process.wait(30)
            os.close(to_us)
            os.close(from_us)
