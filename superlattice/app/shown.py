"""What the page shows of a measured file before it is measured: a small picture, or the points of a curve."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from packing.errors import InputError
from structure.imaging.readers import read_micrograph
from structure.measured.reading import read_curve
from structure.pattern_fit.frame import read_frame

WIDEST_PX, MOST_POINTS = 1000, 1500


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A file on the page.

    Parameters
    ----------
    png
        The picture, at most `WIDEST_PX` wide; empty for a curve.
    shape_px
        Rows and columns of the picture in the file.
    step
        Pixels of the file per pixel of the picture.
    px_per_nm
        What the file says of its scale; None where it says nothing.
    points
        Of a curve, as the file has them.
    note
        One sentence.
    """

    png: bytes = b""
    shape_px: tuple[int, int] = (0, 0)
    step: int = 1
    px_per_nm: float | None = None
    points: tuple[tuple[float, float], ...] = ()
    note: str = ""


def show_file(kind: str, file: str | Path) -> Shown:
    """The picture or the points of a file.

    Parameters
    ----------
    kind
        A key of `superlattice.app.words.KINDS`.
    file
        What to read.

    Raises
    ------
    InputError
        For a file that is not of that kind.
    """
    if kind == "tem":
        read = read_micrograph(file)
        scale = f"{read.px_per_nm:.4g} px/nm ({read.scale_source})" if read.px_per_nm else "no scale in the file"
        return _picture(np.asarray(read.pixels), px_per_nm=read.px_per_nm, note=scale)
    if kind == "pattern":
        frame = read_frame(file)
        counts = np.asarray(frame.intensity, dtype=float)
        usable = np.isfinite(counts)
        return _picture(np.log1p(np.clip(np.where(usable, counts, 0.0), 0, None)), note="logarithm of the counts")
    return _curve(Path(file))


def _picture(values: np.ndarray[Any, Any], *, px_per_nm: float | None = None, note: str = "") -> Shown:
    from PIL import Image

    rows, columns = values.shape
    step = max(1, -(-columns // WIDEST_PX), -(-rows // (2 * WIDEST_PX)))
    small = values[: rows - rows % step or rows, : columns - columns % step or columns]
    if step > 1 and min(rows, columns) >= step:
        small = small.reshape(small.shape[0] // step, step, small.shape[1] // step, step).mean(axis=(1, 3))
    low, high = np.percentile(small, [0.5, 99.5])
    grey = np.clip((small - low) / max(high - low, 1e-12), 0, 1)
    out = io.BytesIO()
    Image.fromarray((255 * grey).astype(np.uint8)).save(out, format="png")
    return Shown(
        png=out.getvalue(),
        shape_px=(rows, columns),
        step=step,
        px_per_nm=px_per_nm,
        note=f"{columns} x {rows} px, {note}",
    )


def _curve(file: Path) -> Shown:
    try:
        curve, told = read_curve(file), "q in 1/nm"
    except InputError as error:
        if "unit of q is not given" not in str(error):
            raise
        # As the file has it: the unit is asked for before anything is measured.
        curve, told = read_curve(file, q_unit="1/nm"), "the file does not say the unit of its first column"
    x, y = np.asarray(curve.q_inv_nm), np.asarray(curve.intensity)
    every = max(1, len(x) // MOST_POINTS)
    points = tuple((float(a), float(b)) for a, b in zip(x[::every], y[::every], strict=True))
    return Shown(points=points, note=f"{len(x)} points from {x.min():.4g} to {x.max():.4g}; {told}")


def crop_of(box: tuple[float, float, float, float], shown: Shown) -> tuple[int, int, int, int] | None:
    """Rows and columns of the file [pixels] that a box in the picture holds; None for one too small to be meant.

    Parameters
    ----------
    box
        x and y of two opposite corners, in pixels of the picture.
    shown
        The picture.

    Examples
    --------
    >>> crop_of((10, 20, 110, 60), Shown(shape_px=(200, 300), step=2))
    (40, 120, 20, 220)
    >>> crop_of((10, 20, 12, 22), Shown(shape_px=(200, 300), step=2)) is None
    True
    """
    x0, y0, x1, y1 = (round(v * shown.step) for v in box)
    rows, columns = shown.shape_px
    r0, r1 = sorted((min(max(y0, 0), rows), min(max(y1, 0), rows)))
    c0, c1 = sorted((min(max(x0, 0), columns), min(max(x1, 0), columns)))
    return (r0, r1, c0, c1) if min(r1 - r0, c1 - c0) >= 16 else None


def scale_of(box: tuple[float, float, float, float], shown: Shown, bar_nm: float) -> float | None:
    """Pixels of the file per nm by a line drawn along a scale bar; None for one that is too short to be meant.

    Parameters
    ----------
    box
        x and y of the line's two ends, in pixels of the picture.
    shown
        The picture.
    bar_nm
        What is written beside the bar [nm].

    Examples
    --------
    >>> scale_of((0, 0, 50, 0), Shown(step=2), 20.0)
    5.0
    """
    length = float(np.hypot(box[2] - box[0], box[3] - box[1])) * shown.step
    return length / bar_nm if length >= 8 and bar_nm > 0 else None
