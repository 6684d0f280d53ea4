"""The tab *Measure*: a file, what to use of it, and what is found drawn over it."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
from nicegui import run, ui

from packing.errors import InputError
from superlattice.app.shown import Shown, crop_of, scale_of, show_file
from superlattice.app.tabs import charts
from superlattice.app.tabs.bench import Bench
from superlattice.app.tabs.files_in import file_input, free_name
from superlattice.app.tabs.page import Page
from superlattice.app.words import KINDS, Words, kind_of, measure_words
from superlattice.files import write_text

Box = tuple[float, float, float, float]
_PHASES = {"": "free", **{name: name for name in ("fcc", "hcp", "bcc", "sc", "bct", "A15", "none")}}
_BODIES = {"": "free", "sphere": "sphere", "cube": "cube"}
_GEOMETRY = {
    "distance_mm": "detector distance [mm]",
    "pixel_mm": "pixel [mm]",
    "beam_x_px": "beam x [px]",
    "beam_y_px": "beam y [px]",
    "wavelength_nm": "wavelength [nm]",
    "incidence_deg": "grazing angle [degrees], if any",
}


class MeasureTab:
    """Options on the left, the file and what is found on the right.

    Parameters
    ----------
    page
        Whose folder keeps the results.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.file: Path | None = None
        self.shown = Shown()
        self.crop: tuple[int, int, int, int] | None = None
        self.masks: list[tuple[int, int, int, int]] = []
        self._from: tuple[float, float] | None = None
        with ui.row(wrap=True).classes("panel"):
            with ui.column().classes("knobs"):
                file_input(page, "Drop a micrograph, a curve, a scan or a frame", "measure-upload", self.take)
                self.kind = ui.select(KINDS, label="What it is", value="tem", on_change=self._show_file)
                self.kind.classes("w-full").props('data-mark="measure-kind"')
                self._build_options()
            with ui.column().classes("answer"):
                self.name = ui.label("No file yet.").classes("say").props('data-mark="measure-name"')
                self.wrong = ui.label().classes("wrong say").props('data-mark="measure-wrong"')
                self.picture = ui.interactive_image(
                    cross=True, events=["mousedown", "mousemove", "mouseup"], on_mouse=self._mouse
                )
                self.picture.classes("w-full").style("max-width: 900px; touch-action: none").props(
                    'data-mark="measure-picture"'
                )
                self.chart = ui.echart({"series": []}).classes("chart")
                self.drawn = ui.label().classes("say").props('data-mark="measure-drawn"')
                self.bench = Bench("Measure", "measure", self.words, page.folder)
        self.picture.set_visibility(False)
        self.chart.set_visibility(False)
        self._show_kind()

    def _build_options(self) -> None:
        with ui.column().classes("w-full") as self.of_tem:
            ui.label("Draw in the picture").classes("text-grey-8")
            self.draws = ui.toggle({"region": "a region", "bar": "along the scale bar"}, value="region").props(
                "no-caps"
            )
            self.draws.props('data-mark="draws"')
            self.bar_nm = ui.number("number beside the bar [nm]", min=0, on_change=self._scale_again).props(
                'data-mark="bar-nm"'
            )
            self.px_per_nm = ui.number("scale [pixels per nm], if the file has none", min=0).props(
                'data-mark="px-per-nm"'
            )
            ui.button("Use the whole picture", on_click=self._whole).props("flat no-caps dense")
        with ui.column().classes("w-full") as self.of_curve:
            self.unit = ui.select({}, label="unit of the first column").classes("w-full").props('data-mark="q-unit"')
            with ui.row().classes("w-full no-wrap") as self.of_range:
                self.low = ui.number("lowest q [1/nm]", min=0).props('data-mark="q-low"')
                self.high = ui.number("highest q [1/nm]", min=0).props('data-mark="q-high"')
            with ui.row().classes("w-full no-wrap") as self.of_fit:
                self.phase = ui.select(_PHASES, label="lattice", value="").props('data-mark="phase"')
                self.body = ui.select(_BODIES, label="shape", value="").props('data-mark="fit-shape"')
            self.wavelength = ui.number("wavelength [nm]", min=0, value=0.15406)
            self.lorentz = ui.checkbox("still has the Lorentz and polarisation factors")
        with ui.column().classes("w-full") as self.of_frame:
            self.geometry = {
                key: ui.number(label, format="%.6g").props(f'data-mark="{key}"') for key, label in _GEOMETRY.items()
            }
            self.poni = ui.input("or a PONI or TOML file").classes("w-full").props('data-mark="poni"')
            ui.label("What you draw in the picture is left out (beam stop, shadows).").classes("text-grey-8")
            ui.button("Leave nothing out", on_click=self._whole).props("flat no-caps dense")

    async def take(self, file: Path) -> None:
        """Take a file to measure."""
        self.file = file
        self._whole()
        guess = kind_of(file)
        if self.kind.value != guess:
            self.kind.set_value(guess)  # shows it
        else:
            await self._show_file()

    async def _show_file(self) -> None:
        self._show_kind()
        if self.file is None:
            return
        file, kind = self.file, str(self.kind.value)
        self.name.set_text(f"reading {file.name} …")
        try:
            # In a thread of its own: a picture of a microscope takes seconds.
            shown = await run.io_bound(show_file, kind, file)
        except InputError as error:
            self._show_nothing(file, str(error))
            return
        except Exception as error:  # a reader of somebody else's format: whatever it says is the file's trouble
            self._show_nothing(file, f"{file.name} cannot be read as a {KINDS[kind]}: {error}. Choose what it is.")
            return
        if shown is None or self.file != file:
            return
        self.shown = shown
        self.wrong.set_text("")
        self.name.set_text(f"{self.page.shown(file)}: {shown.note}")
        self.picture.set_visibility(bool(shown.png))
        self.chart.set_visibility(bool(shown.points))
        if shown.png:
            self.picture.set_source("data:image/png;base64," + base64.b64encode(shown.png).decode("ascii"))
        else:
            options = charts.lines(
                {file.name: shown.points}, x="first column", y="intensity", log=(kind == "saxs", True)
            )
            self.chart.options.clear()
            self.chart.options.update(options)
            self.chart.update()
        self._redraw()

    def _show_nothing(self, file: Path, why: str) -> None:
        self.shown = Shown()
        self.name.set_text(file.name)
        self.wrong.set_text(" ".join(why.split()))
        self.picture.set_visibility(False)
        self.chart.set_visibility(False)

    def _show_kind(self) -> None:
        kind = self.kind.value
        self.of_tem.set_visibility(kind == "tem")
        self.of_curve.set_visibility(kind in ("saxs", "xrd"))
        self.of_frame.set_visibility(kind == "pattern")
        self.of_range.set_visibility(kind == "saxs")
        self.of_fit.set_visibility(kind == "saxs")
        self.wavelength.set_visibility(kind == "xrd")
        self.lorentz.set_visibility(kind == "xrd")
        units = {"": "as the file says", "1/angstrom": "1/Å", "1/nm": "1/nm"}
        if kind == "xrd":
            units["two_theta_deg"] = "2θ [degrees]"
        self.unit.set_options(units, value=self.unit.value if self.unit.value in units else "")

    def _whole(self) -> None:
        self.crop, self.masks = None, []
        self._redraw()

    def _mouse(self, event: Any) -> None:
        if event.type == "mousedown":
            self._from = (event.image_x, event.image_y)
        elif self._from is not None:
            box = (*self._from, event.image_x, event.image_y)
            if event.type == "mouseup":
                self._from = None
                self._drew(box)
            else:
                self._redraw(box)

    def _drew(self, box: Box) -> None:
        if self.kind.value == "tem" and self.draws.value == "bar":
            self._bar = box
            self._scale_again()
        elif (region := crop_of(box, self.shown)) is not None:
            if self.kind.value == "pattern":
                self.masks.append(region)
            else:
                self.crop = region
        self._redraw()

    _bar: Box | None = None

    def _scale_again(self) -> None:
        if self._bar is None:
            return
        if not self.bar_nm.value:
            self.page.say("Write the number beside the bar, in nm.", wrong=True)
            return
        scale = scale_of(self._bar, self.shown, float(self.bar_nm.value))
        if scale is not None:
            self.px_per_nm.set_value(round(scale, 5))

    def _redraw(self, now: Box | None = None) -> None:
        marks = [_rectangle(region, self.shown.step, "#d9480f") for region in self.masks]
        if self.crop:
            marks.append(_rectangle(self.crop, self.shown.step, "#1b6ca8"))
        line = now if now and self.draws.value == "bar" and self.kind.value == "tem" else self._bar
        if line and self.kind.value == "tem":
            marks.append(
                '<line x1="{:g}" y1="{:g}" x2="{:g}" y2="{:g}" stroke="#d9480f" stroke-width="3"/>'.format(*line)
            )
        if now and line is not now:
            x0, x1 = sorted((now[0], now[2]))
            y0, y1 = sorted((now[1], now[3]))
            marks.append(f'<rect x="{x0:g}" y="{y0:g}" width="{x1 - x0:g}" height="{y1 - y0:g}" {_EDGE}"#1b6ca8"/>')
        self.picture.set_content("".join(marks))
        told = [] if self.crop is None else ["rows {}:{}, columns {}:{}".format(*self.crop)]
        told += [f"{len(self.masks)} places left out"] if self.masks else []
        self.drawn.set_text("Used: " + ", ".join(told) if told else "")

    def words(self) -> Words | None:
        """What to run for the file and the options; None where something is missing."""
        if self.file is None:
            self.page.say("There is no file yet. Drop one, or give its path.", wrong=True)
            return None
        kind = str(self.kind.value)
        save = f"measured/{self.file.stem}-{kind}"
        options: dict[str, Any] = {}
        if kind == "tem":
            scale = float(self.px_per_nm.value) if self.px_per_nm.value else None
            bar = float(self.bar_nm.value) if self.bar_nm.value and not scale else None
            options = {"px_per_nm": scale, "scale_bar_nm": bar, "crop": self.crop}
        elif kind == "saxs":
            ends = (self.low.value, self.high.value)
            ends_nm = (float(ends[0] or 0), float(ends[1] or 1e3)) if any(ends) else None
            options = {"q_unit": self.unit.value, "q_range_inv_nm": ends_nm}
            options |= {"phase": self.phase.value, "shape": self.body.value}
        elif kind == "xrd":
            wavelength = float(self.wavelength.value) if self.wavelength.value else None
            options = {"q_unit": self.unit.value, "wavelength_nm": wavelength, "lorentz": bool(self.lorentz.value)}
        else:
            geometry = self._geometry_file()
            if geometry is None:
                return None
            options = {"geometry": geometry, "mask": self._mask_file()}
        return measure_words(kind, self.page.shown(self.file), save, **options)

    def _geometry_file(self) -> str | None:
        if self.poni.value:
            return str(self.poni.value)
        given = {key: number.value for key, number in self.geometry.items() if number.value is not None}
        missing = [label for key, label in _GEOMETRY.items() if key not in given and key != "incidence_deg"]
        if missing:
            self.page.say(f"Missing: {', '.join(missing)}. A frame needs its geometry.", wrong=True)
            return None
        assert self.file is not None
        target = self.page.folder / "measured" / f"{self.file.stem}-geometry.toml"
        try:
            write_text(target, "".join(f"{key} = {float(value)!r}\n" for key, value in given.items()))
        except InputError as error:
            self.page.say(str(error), wrong=True)
            return None
        return self.page.shown(target)

    def _mask_file(self) -> str | None:
        if not self.masks:
            return None
        import tifffile

        mask = np.zeros(self.shown.shape_px, dtype=np.uint8)
        for r0, r1, c0, c1 in self.masks:
            mask[r0:r1, c0:c1] = 1
        assert self.file is not None
        (self.page.folder / "measured").mkdir(parents=True, exist_ok=True)
        target = free_name(self.page.folder / "measured", f"{self.file.stem}-mask.tif")
        tifffile.imwrite(target, mask)
        return self.page.shown(target)


_EDGE = 'fill="none" stroke-width="3" stroke='


def _rectangle(region: tuple[int, int, int, int], step: int, colour: str) -> str:
    r0, r1, c0, c1 = (v / step for v in region)
    return f'<rect x="{c0:g}" y="{r0:g}" width="{c1 - c0:g}" height="{r1 - r0:g}" {_EDGE}"{colour}"/>'
