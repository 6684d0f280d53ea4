"""`TemImage`: a micrograph, measured or simulated, that knows its scale."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.checks import require_positive
from packing.errors import InputError
from packing.files import write_atomically

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TemImage:
    """A grey transmission image with the length of its pixels.

    Row 0 is the top of the picture; x runs to the right along the columns, y upwards against the rows.

    Parameters
    ----------
    pixels
        Grey values, shape (rows, cols); only differences matter.
    px_per_nm
        Pixels per nm [1/nm], the same along rows and columns.
    provenance
        Where it comes from: file and hash, or what was simulated and how.

    Raises
    ------
    InputError
        For an image that is empty, not two-dimensional, not finite or of one grey value.

    Examples
    --------
    >>> TemImage(pixels=np.eye(8), px_per_nm=2.0)
    TemImage(8 x 8 px, 4 x 4 nm, 2 px/nm)
    """

    pixels: FloatArray
    px_per_nm: float
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pixels", checked_pixels(self.pixels))
        object.__setattr__(self, "px_per_nm", float(require_positive("px_per_nm", self.px_per_nm, "px/nm")))
        object.__setattr__(self, "provenance", MappingProxyType(dict(self.provenance)))

    @property
    def size_nm(self) -> tuple[float, float]:
        """Height and width of the field [nm]."""
        rows, cols = self.pixels.shape
        return rows / self.px_per_nm, cols / self.px_per_nm

    def __repr__(self) -> str:
        rows, cols = self.pixels.shape
        height, width = self.size_nm
        return f"TemImage({rows} x {cols} px, {height:.4g} x {width:.4g} nm, {self.px_per_nm:.4g} px/nm)"

    def plot(self, ax: Axes | None = None, *, scale_bar: bool = True, **imshow_style: Any) -> Axes:
        """Draw the image in grey with a scale bar and return the axes; the axes count in nm from the lower left."""
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots()
        height, width = self.size_nm
        low, high = np.percentile(self.pixels, [0.2, 99.8])
        style: dict[str, Any] = {"cmap": "gray", "vmin": low, "vmax": high, "interpolation": "antialiased"}
        ax.imshow(self.pixels, extent=(0, width, 0, height), **(style | imshow_style))
        ax.set(xticks=[], yticks=[])
        if scale_bar:
            draw_scale_bar(ax, width_nm=width, height_nm=height)
        return ax

    def save(self, path: str | Path) -> Path:
        """Write the bare pixels as an 8-bit PNG, one per pixel, with the scale in its text; return the path."""
        from PIL import Image
        from PIL.PngImagePlugin import PngInfo

        target = Path(path).with_suffix(".png")
        low, high = np.percentile(self.pixels, [0.05, 99.95])
        grey = np.clip((self.pixels - low) / max(high - low, 1e-300), 0, 1)
        info = PngInfo()
        info.add_text("px_per_nm", repr(self.px_per_nm))
        with write_atomically(target) as temporary:
            Image.fromarray(np.round(255 * grey).astype(np.uint8)).save(temporary, format="png", pnginfo=info)
        return target


def checked_pixels(pixels: ArrayLike) -> FloatArray:
    """The pixels as a read-only float64 array of grey values, shape (rows, columns).

    Raises
    ------
    InputError
        For ``pixels`` that are coloured, empty, not finite or all alike.
    """
    array = np.array(pixels, dtype=np.float64)
    if array.ndim != 2:
        raise InputError(f"image must be grey with two dimensions, got shape {array.shape}. Convert it to grey.")
    if array.size == 0:
        raise InputError(f"image is empty, got shape {array.shape}. Give one with pixels.")
    if not np.all(np.isfinite(array)):
        bad = int(np.count_nonzero(~np.isfinite(array)))
        raise InputError(f"image must be finite, got {bad} pixels that are NaN or infinite. Crop them away.")
    if float(np.ptp(array)) == 0:
        raise InputError(f"image is constant, every pixel is {array.flat[0]:g}. Give an image with something on it.")
    array.flags.writeable = False
    return array


def draw_scale_bar(ax: Axes, *, width_nm: float, height_nm: float) -> None:
    """A labelled bar of a round length, about a fifth of the width, in the lower left corner of nm axes.

    ``width_nm`` and ``height_nm`` are those of the picture [nm], which starts at (0, 0).
    """
    length = round_length_nm(width_nm / 5)
    x, y, thick = 0.04 * width_nm, 0.04 * height_nm, 0.012 * height_nm
    from matplotlib.patches import Rectangle

    ax.add_patch(
        Rectangle(
            (x - 0.015 * width_nm, y - 0.02 * height_nm),
            length + 0.03 * width_nm,
            0.105 * height_nm,
            facecolor="black",
            alpha=0.55,
            linewidth=0,
            zorder=5,
        )
    )
    ax.add_patch(Rectangle((x, y), length, thick, facecolor="white", linewidth=0, zorder=6))
    ax.text(
        x + length / 2, y + 1.6 * thick, f"{length:g} nm", color="white", ha="center", va="bottom", fontsize=8, zorder=6
    )


def round_length_nm(length_nm: float) -> float:
    """The largest of 1, 2, 5 times a power of ten that is not longer than ``length_nm`` [nm], which is above 0.

    Examples
    --------
    >>> round_length_nm(73.0)
    50.0
    """
    power = 10.0 ** math.floor(math.log10(length_nm))
    return max(m * power for m in (1.0, 2.0, 5.0) if m * power <= length_nm * (1 + 1e-12))
