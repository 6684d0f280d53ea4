"""Pictures on disk, drawn without a display."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from superlattice.files import write_bytes

SIZE_INCHES = (5.6, 4.0)
DOTS_PER_INCH = 140


def save_figure(path: Path, draw: Callable[[Any], Any]) -> None:
    """Draw on fresh axes with ``draw(ax)`` and write a PNG; no global state of matplotlib is touched."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE_INCHES, layout="constrained")
    FigureCanvasAgg(figure)
    draw(figure.add_subplot())
    buffer = io.BytesIO()
    # Without the software tag the bytes depend on the picture alone.
    figure.savefig(buffer, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
    write_bytes(path, buffer.getvalue())
