"""Execute the notebooks and keep them with their output, for the site: ``python docs/render_notebooks.py [01 02 ...]``.

It takes some minutes of simulation, so the site is built from what is kept in ``docs/notebooks``; a test says when a
notebook was changed and not executed again. Sliders and views in three dimensions need a running kernel and a script
from elsewhere: in their place stands the picture that the sliders begin with, or nothing.
"""

from __future__ import annotations

import base64
import io
import os
import sys
from pathlib import Path
from typing import Any

import nbclient
import nbformat
from PIL import Image

ROOT = Path(__file__).parents[1]
TARGET = Path(__file__).parent / "notebooks"
COLOURS = 64
LIMIT_S = 4 * 3600
_WIDGETS = ("application/vnd.jupyter.widget-view+json", "text/html", "application/javascript")


def rendered(notebook: Path) -> Any:
    """The notebook with its output, in which nothing needs a script or a network."""
    read = nbformat.read(notebook, as_version=4)
    client = nbclient.NotebookClient(
        read, timeout=LIMIT_S, kernel_name="python3", resources={"metadata": {"path": str(notebook.parent)}}
    )
    client.execute(env=os.environ | {"MPLBACKEND": "module://matplotlib_inline.backend_inline"})
    for cell in read.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [kept for output in cell.outputs if (kept := _kept(cell.source, output)) is not None]
    read.metadata = {key: value for key, value in read.metadata.items() if key in ("kernelspec", "language_info")}
    return read


def _kept(source: str, output: Any) -> Any:
    if output.get("name") == "stderr":
        return None
    data = output.get("data")
    if data is None:
        return output
    if _WIDGETS[0] in data:
        png = _first_picture(source)
        if png is None:
            return None
        output["data"] = {"image/png": png}
        return output
    for kind in _WIDGETS[1:]:
        data.pop(kind, None)
    if "image/png" in data:
        data.pop("text/plain", None)
        data["image/png"] = _small(base64.b64decode(data["image/png"]))
    return output


def _first_picture(source: str) -> str | None:
    """What the sliders of a cell show before they are moved."""
    import superlattice as sl

    for name, made in (("sl.light_explorer()", sl.light_explorer), ("sl.explorer()", sl.explorer)):
        if name in source:
            return _small(made().children[1].value)
    return None


def _small(png: bytes) -> str:
    out = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS).save(out, format="png", optimize=True)
    return base64.b64encode(out.getvalue()).decode("ascii")


def main(wanted: list[str]) -> None:
    """Execute those whose names begin so, or all."""
    TARGET.mkdir(exist_ok=True)
    for notebook in sorted((ROOT / "notebooks").glob("*.ipynb")):
        if not wanted or notebook.name.startswith(tuple(wanted)):
            nbformat.write(rendered(notebook), TARGET / notebook.name)
            print(f"{notebook.name}: {(TARGET / notebook.name).stat().st_size / 1e3:.0f} kB", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
