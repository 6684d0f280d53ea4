"""How soon the page answers a knob: processor time of the answer, and time from the slider to the changed text.

python benchmarks/app_knob.py            # the answer alone
python benchmarks/app_knob.py --page     # and the page in headless Chromium
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from superlattice.app.live import live_answer
from superlattice.study.study import Study

REPEATS = 15
_OLEATE = {"name": "oleate"}
_SPHERES = {"material": "Au", "shape": "sphere", "diameter_nm": 4.0, "size_spread": 0.04, "ligand": _OLEATE}
PARTNERS: dict[str, tuple[str, dict[str, Any] | None]] = {
    "cubes": ("edge_nm", None),
    "spheres": ("diameter_nm", None),
    "spheres and spheres": ("diameter_nm", _SPHERES),
    "cubes and spheres": ("edge_nm", _SPHERES | {"material": "Fe3O4", "diameter_nm": 12.0}),
    "cubes and cubes, first part": ("edge_nm", {"material": "PbS", "edge_nm": 5.0, "ligand": _OLEATE}),
}


def tables(size: str, partner: dict[str, Any] | None, size_nm: float) -> dict[str, Any]:
    """A study whose knob stands at a size."""
    shape = "sphere" if size == "diameter_nm" else "cube"
    core = {"material": "CsPbBr3", "shape": shape, size: round(size_nm, 3), "size_spread": 0.04}
    return {"nanocrystal": core, "ligand": _OLEATE} | ({"partner": partner} if partner else {})


def answer_seconds(size: str, partner: dict[str, Any] | None) -> list[float]:
    """Processor time of the answer at sizes that were not asked before."""
    spent = []
    for step in range(REPEATS + 1):
        study = Study.from_data(tables(size, partner, 8.6 + 0.1 * step), source="benchmark")
        begun = time.process_time()
        live_answer(study)
        spent.append(time.process_time() - begun)
    # The first one loads tables and code, as choosing the material does on the page.
    return spent[1:]


def page_seconds(size: str, partner: dict[str, Any] | None) -> tuple[list[float], float]:
    """From a key pressed on the slider to the headline changed, in the browser's own clock; and the processor time of
    the server for one key, with its charts and all other tabs.
    """
    import tomlkit

    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from app_page import marked, served
    from headless_chromium import browser

    slider = f"{marked('size-slider')}.querySelector('.q-slider__track-container')"
    watch = (
        "window.begun = 0; window.spent = [];"
        "document.addEventListener('keydown', () => { window.begun = performance.now(); }, true);"
        "new MutationObserver(() => { if (window.begun) {"
        " window.spent.push((performance.now() - window.begun) / 1000); window.begun = 0; } })"
        f".observe({marked('headline')}, {{childList: true, characterData: true, subtree: true}});"
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "mine.toml"
        file.write_text(tomlkit.dumps(tables(size, partner, 8.6)))
        with served(file) as page, browser() as window:
            window.open(page.address, 1280, 900)
            window.wait_for(f"({marked('headline')}?.innerText ?? '').length > 5")
            window.ask(watch)
            window.ask(f"{slider}.focus()")
            for step in range(REPEATS + 1):
                if step == 1:
                    begun = processor_seconds(page.process.pid)
                for kind in ("keyDown", "keyUp"):
                    window.call("Input.dispatchKeyEvent", window.page, type=kind, key="ArrowRight",
                                code="ArrowRight", windowsVirtualKeyCode=39)  # fmt: skip
                window.wait_for(f"window.spent.length > {step}")
                time.sleep(0.3)
            spent = [float(x) for x in window.ask("window.spent")][1:]
            return spent, (processor_seconds(page.process.pid) - begun) / REPEATS


def processor_seconds(process: int) -> float:
    """What a process has used so far, by Linux."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print a table: best, median and worst [ms]."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page", action="store_true", help="drive the page in headless Chromium too")
    in_page = parser.parse_args().page
    print(f"{'':30s} answer, processor time [ms]" + ("   page, slider to text, and its server [ms]" if in_page else ""))
    for name, (size, partner) in PARTNERS.items():
        line = f"{name:30s} {_told(answer_seconds(size, partner))}"
        if in_page:
            spent, server = page_seconds(size, partner)
            line += f"{'':12s}{_told(spent)}   {1e3 * server:5.0f}"
        print(line, flush=True)


def _told(seconds: list[float]) -> str:
    return f"{1e3 * min(seconds):5.0f} {1e3 * statistics.median(seconds):5.0f} {1e3 * max(seconds):5.0f}"


if __name__ == "__main__":
    main()
