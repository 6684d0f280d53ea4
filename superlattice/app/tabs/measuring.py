"""The tab *Measure*: files, what to use of them, and what is found drawn over them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from nicegui import run, ui

from packing.errors import InputError
from superlattice.app.shown import Shown, scale_of, show_file
from superlattice.app.tabs import charts
from superlattice.app.tabs.bench import Bench
from superlattice.app.tabs.canvas import BAR, MASK, OUTLINE, REGION, Canvas
from superlattice.app.tabs.files_in import file_input
from superlattice.app.tabs.frame_options import MEASURED, FrameOptions
from superlattice.app.tabs.page import UPLOADS, Page
from superlattice.app.words import KINDS, Words, kind_of, many_words, measure_words

_DRAWS = {REGION: "a box", OUTLINE: "an outline", BAR: "along the scale bar"}
_PHASES = {"": "free", **{name: name for name in ("fcc", "hcp", "bcc", "sc", "bct", "A15", "none")}}
_BODIES = {"": "free", "sphere": "sphere", "cube": "cube"}


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
        self.files: list[Path] = []
        with ui.row(wrap=True).classes("panel"):
            with ui.column().classes("knobs"):
                file_input(
                    page, "Drop micrographs, curves, scans or frames", "measure-upload", self.take, multiple=True
                )
                self.chosen = ui.select({}, label="File", on_change=self._choose).props('data-mark="measure-file"')
                self.kind = ui.select(KINDS, label="What it is", value="tem", on_change=self._show_file)
                self.kind.classes("w-full").props('data-mark="measure-kind"')
                self._build_options()
            with ui.column().classes("answer"):
                self.name = ui.label("No file yet.").classes("say").props('data-mark="measure-name"')
                self.wrong = ui.label().classes("wrong say").props('data-mark="measure-wrong"')
                self.canvas = Canvas(self._mode, self._drew)
                self.chart = ui.echart({"series": []}).classes("chart")
                self.bench = Bench("Measure", "measure", self.words, page.folder, self._shown_words)
                with ui.column().classes("w-full") as self.of_all:
                    self.all = Bench("Measure all", "measure-all", self._all_words, page.folder, self._all_shown)
        self.chart.set_visibility(False)
        self._show_kind()
        self._show_chosen()

    def _build_options(self) -> None:
        changed: dict[str, Any] = {"on_change": lambda: self._options_changed()}
        with ui.column().classes("w-full") as self.of_tem:
            ui.label("Draw in the picture").classes("text-grey-8")
            self.draws = ui.toggle(_DRAWS, value=REGION).props("no-caps").props('data-mark="draws"')
            self.bar_nm = ui.number("number beside the bar [nm]", min=0, on_change=self._scale_again).props(
                'data-mark="bar-nm"'
            )
            self.px_per_nm = ui.number("scale [pixels per nm], if the file has none", min=0, **changed).props(
                'data-mark="px-per-nm"'
            )
            ui.button("Use the whole picture", on_click=self._whole).props("flat no-caps dense")
        with ui.column().classes("w-full") as self.of_curve:
            self.unit = ui.select({}, label="unit of the first column", **changed).classes("w-full")
            self.unit.props('data-mark="q-unit"')
            with ui.row().classes("w-full no-wrap") as self.of_range:
                self.low = ui.number("lowest q [1/nm]", min=0, **changed).props('data-mark="q-low"')
                self.high = ui.number("highest q [1/nm]", min=0, **changed).props('data-mark="q-high"')
            with ui.row().classes("w-full no-wrap") as self.of_fit:
                self.phase = ui.select(_PHASES, label="lattice", value="", **changed).props('data-mark="phase"')
                self.body = ui.select(_BODIES, label="shape", value="", **changed).props('data-mark="fit-shape"')
            self.wavelength = ui.number("wavelength [nm]", min=0, value=0.15406, **changed)
            self.lorentz = ui.checkbox("still has the Lorentz and polarisation factors", **changed)
        with ui.column().classes("w-full") as self.of_frame:
            self.frame = FrameOptions(self.page, self._options_changed)
            ui.label("What you draw in the picture is left out (beam stop, shadows).").classes("text-grey-8")
            ui.button("Leave nothing out", on_click=self._whole).props("flat no-caps dense")

    async def take(self, file: Path) -> None:
        """Take a file to measure; those that were there stay in the list."""
        if file not in self.files:
            self.files.append(file)
        await self._take(file)

    async def _take(self, file: Path) -> None:
        self.file = file
        self._show_chosen()
        self._whole()
        guess = kind_of(file)
        if self.kind.value != guess:
            self.kind.set_value(guess)  # shows it
        else:
            await self._show_file()

    async def _choose(self) -> None:
        chosen = next((file for file in self.files if str(file) == self.chosen.value), None)
        if chosen is not None and chosen != self.file:
            await self._take(chosen)

    def _show_chosen(self) -> None:
        names = {str(file): file.name for file in self.files}
        self.chosen.set_options(names, value=str(self.file) if self.file else None)
        self.chosen.set_visibility(len(names) > 1)
        self._options_changed()

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
        self.wrong.set_text("")
        self.name.set_text(f"{self.page.shown(file)}: {shown.note}")
        self.canvas.show(shown)
        self._draw_curve()

    def _draw_curve(self) -> None:
        shown = self.canvas.shown
        self.chart.set_visibility(bool(shown.points))
        if shown.points and self.file is not None:
            # The range is in 1/nm: it is drawn where the file's own column is known to be that.
            is_nm = self.kind.value == "saxs" and (self.unit.value == "1/nm" or "q in 1/nm" in shown.note)
            self.chart.options.clear()
            self.chart.options.update(
                charts.lines(
                    {self.file.name: shown.points},
                    x="first column of the file",
                    y="intensity",
                    log=(self.kind.value == "saxs", True),
                    band=(self.low.value, self.high.value) if is_nm else None,
                )
            )
            self.chart.update()

    def _show_nothing(self, file: Path, why: str) -> None:
        self.canvas.show(Shown())
        self.name.set_text(file.name)
        self.wrong.set_text(" ".join(why.split()))
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
        self._options_changed()

    def _mode(self) -> str:
        return MASK if self.kind.value == "pattern" else str(self.draws.value)

    def _whole(self) -> None:
        self.canvas.clear()
        self._options_changed()

    def _drew(self, mode: str) -> None:
        if mode == BAR:
            self._scale_again()
        self._options_changed()

    def _scale_again(self) -> None:
        if self.canvas.bar is not None and not self.bar_nm.value:
            self.page.say("Write the number beside the bar, in nm.", wrong=True)
        elif self.canvas.bar is not None:
            scale = scale_of(self.canvas.bar, self.canvas.shown, float(self.bar_nm.value))
            if scale is not None:
                self.px_per_nm.set_value(round(scale, 5))
        self._options_changed()

    def _options_changed(self) -> None:
        if not hasattr(self, "all"):
            return  # while the tab is built
        same = self._same_kind()
        self.of_all.set_visibility(len(same) > 1)
        self.all.start.set_text(f"Measure all {len(same)} with these options")
        self.bench.preview()
        self.all.preview()
        self._draw_curve()

    def _same_kind(self) -> list[Path]:
        return [file for file in self.files if kind_of(file) == self.kind.value or file == self.file]

    def words(self) -> Words | None:
        """What to run for the file and the options; None where something is missing."""
        if self.file is None:
            self.page.say("There is no file yet. Drop one, or give its path.", wrong=True)
            return None
        options = self._options()
        return None if options is None else self._words_of(options)

    def _shown_words(self) -> Words | None:
        return None if self.file is None else self._words_of(self._options_shown())

    def _words_of(self, options: dict[str, Any]) -> Words:
        assert self.file is not None
        kind = str(self.kind.value)
        save = f"{MEASURED}/{self.file.stem}-{kind}"
        if not self.file.is_relative_to(self.page.folder / UPLOADS):
            # Two folders may each hold a file of this name.
            save += "-" + hashlib.sha256(str(self.file).encode()).hexdigest()[:6]
        return measure_words(kind, self.page.shown(self.file), save, **options)

    def _all_words(self) -> Words | None:
        options = self._options()
        return None if options is None else self._all_of(options)

    def _all_shown(self) -> Words | None:
        return self._all_of(self._options_shown()) if len(self._same_kind()) > 1 else None

    def _all_of(self, options: dict[str, Any]) -> Words:
        kind, n = str(self.kind.value), 1
        while (self.page.folder / MEASURED / f"all-{kind}-{n}").exists():
            n += 1
        files = [self.page.shown(file) for file in self._same_kind()]
        return many_words(kind, files, f"{MEASURED}/all-{kind}-{n}", **options)

    def _options(self) -> dict[str, Any] | None:
        """The options, with the files that they need written; None where something is missing."""
        if self.kind.value != "pattern":
            return self._options_shown()
        assert self.file is not None
        return self.frame.written(self.file.stem, self.canvas)

    def _options_shown(self) -> dict[str, Any]:
        kind = str(self.kind.value)
        if kind == "tem":
            scale = float(self.px_per_nm.value) if self.px_per_nm.value else None
            bar = float(self.bar_nm.value) if self.bar_nm.value and not scale else None
            region = self.canvas.region_px
            return {"px_per_nm": scale, "scale_bar_nm": bar, "crop": self.canvas.crop, "region_px": region}
        if kind == "saxs":
            ends = (self.low.value, self.high.value)
            ends_nm = (float(ends[0] or 0), float(ends[1] or 1e3)) if any(ends) else None
            fixed = {"phase": self.phase.value, "shape": self.body.value}
            return {"q_unit": self.unit.value, "q_range_inv_nm": ends_nm} | fixed
        if kind == "xrd":
            wavelength = float(self.wavelength.value) if self.wavelength.value else None
            return {"q_unit": self.unit.value, "wavelength_nm": wavelength, "lorentz": bool(self.lorentz.value)}
        return {"geometry": self.frame.named}
