"""What a detector frame needs besides its pixels: its geometry, and which of them are left out, as files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from nicegui import ui

from packing.errors import InputError
from superlattice.app.tabs.canvas import Canvas
from superlattice.app.tabs.files_in import free_name
from superlattice.app.tabs.page import Page
from superlattice.files import write_text

MEASURED = "measured"
_GEOMETRY = {
    "distance_mm": "detector distance [mm]",
    "pixel_mm": "pixel [mm]",
    "beam_x_px": "beam x [px]",
    "beam_y_px": "beam y [px]",
    "wavelength_nm": "wavelength [nm]",
    "incidence_deg": "grazing angle [degrees], if any",
}


class FrameOptions:
    """The numbers of a geometry, or a file that has them.

    Parameters
    ----------
    page
        Whose folder keeps the files.
    changed
        Called when one is changed.
    """

    def __init__(self, page: Page, changed: Callable[[], None]) -> None:
        self.page = page
        self.numbers = {
            key: ui.number(label, format="%.6g", on_change=lambda: changed()).props(f'data-mark="{key}"')
            for key, label in _GEOMETRY.items()
        }
        self.poni = ui.input("or a PONI or TOML file", on_change=lambda: changed()).classes("w-full")
        self.poni.props('data-mark="poni"')

    @property
    def named(self) -> str:
        """The file, or the name of the one that is going to be written."""
        return str(self.poni.value or "geometry.toml")

    def written(self, stem: str, canvas: Canvas) -> dict[str, Any] | None:
        """``geometry`` and ``mask`` of a frame, written as files; None where a number is missing.

        Parameters
        ----------
        stem
            Of the frame's file.
        canvas
            Where the places were drawn that are left out.
        """
        try:
            geometry = self._geometry_file(stem)
            return None if geometry is None else {"geometry": geometry, "mask": self._mask_file(stem, canvas)}
        except (InputError, OSError) as error:
            self.page.say(str(error), wrong=True)
            return None

    def _geometry_file(self, stem: str) -> str | None:
        if self.poni.value:
            return str(self.poni.value)
        given = {key: number.value for key, number in self.numbers.items() if number.value is not None}
        missing = [label for key, label in _GEOMETRY.items() if key not in given and key != "incidence_deg"]
        if missing:
            self.page.say(f"Missing: {', '.join(missing)}. A frame needs its geometry.", wrong=True)
            return None
        target = self.page.folder / MEASURED / f"{stem}-geometry.toml"
        write_text(target, "".join(f"{key} = {float(value)!r}\n" for key, value in given.items()))
        return self.page.shown(target)

    def _mask_file(self, stem: str, canvas: Canvas) -> str | None:
        if not canvas.masks:
            return None
        import tifffile

        mask = np.zeros(canvas.shown.shape_px, dtype=np.uint8)
        for r0, r1, c0, c1 in canvas.masks:
            mask[r0:r1, c0:c1] = 1
        (self.page.folder / MEASURED).mkdir(parents=True, exist_ok=True)
        target = free_name(self.page.folder / MEASURED, f"{stem}-mask.tif")
        tifffile.imwrite(target, mask)
        return self.page.shown(target)
