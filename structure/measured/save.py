"""A measurement written to a folder: its numbers and its picture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from packing.files import write_atomically


def save_measurement(measurement: Any, folder: Path, name: str) -> Path:
    """Write the numbers and the picture of any measurement to a folder."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    folder.mkdir(parents=True, exist_ok=True)
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    measurement.plot(figure.add_subplot())
    for suffix, write in (
        ("png", lambda target: figure.savefig(target, dpi=150, format="png")),
        ("json", lambda target: target.write_text(json.dumps(measurement.to_dict(), indent=2, default=str) + "\n")),
    ):
        with write_atomically(folder / f"{name}.{suffix}") as temporary:
            write(temporary)
    return folder
