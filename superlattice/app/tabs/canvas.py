"""A picture to draw in: a region, an outline, a line along the scale bar, places to leave out."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from nicegui import ui

from superlattice.app.shown import Shown, crop_of

Point = tuple[float, float]
Box = tuple[float, float, float, float]
REGION, OUTLINE, BAR, MASK = "region", "outline", "bar", "mask"
_USED, _LEFT_OUT = "#1b6ca8", "#d9480f"


class Canvas:
    """What is drawn in a picture, in pixels of its file.

    Parameters
    ----------
    mode
        What the mouse draws now: `REGION`, `OUTLINE`, `BAR` or `MASK`.
    drawn
        Called after something was drawn, with the mode.
    """

    def __init__(self, mode: Callable[[], str], drawn: Callable[[str], None]) -> None:
        self._mode, self._drawn = mode, drawn
        self._from: Point | None = None
        self.shown = Shown()
        self.picture = ui.interactive_image(
            cross=True, events=["mousedown", "mousemove", "mouseup"], on_mouse=self._mouse
        )
        self.picture.classes("w-full").style("max-width: 900px; touch-action: none").props(
            'data-mark="measure-picture"'
        )
        self.told = ui.label().classes("say").props('data-mark="measure-drawn"')
        self._forget()
        self.show(Shown())

    def _forget(self) -> None:
        self.crop: tuple[int, int, int, int] | None = None
        self.corners: list[Point] = []
        self.masks: list[tuple[int, int, int, int]] = []
        self.bar: Box | None = None

    @property
    def region_px(self) -> list[Point] | None:
        """Corners of the outline, columns and rows of the file; None for fewer than three."""
        return self.corners if len(self.corners) >= 3 else None

    def show(self, shown: Shown) -> None:
        """Show another picture, or none."""
        self.shown = shown
        self.picture.set_visibility(bool(shown.png))
        if shown.png:
            self.picture.set_source("data:image/png;base64," + base64.b64encode(shown.png).decode("ascii"))
        self._redraw()

    def clear(self) -> None:
        """Take out everything that was drawn."""
        self._forget()
        self._redraw()

    def _mouse(self, event: Any) -> None:
        here = (event.image_x, event.image_y)
        if event.type == "mousedown" and self._mode() == OUTLINE:
            step = self.shown.step
            self.corners.append((round(here[0] * step, 1), round(here[1] * step, 1)))
            self.crop = None
            self._end(OUTLINE)
        elif event.type == "mousedown":
            self._from = here
        elif self._from is not None:
            box = (*self._from, *here)
            if event.type == "mouseup":
                self._from = None
                self._drew(box)
            else:
                self._redraw(box)

    def _drew(self, box: Box) -> None:
        mode = self._mode()
        region = crop_of(box, self.shown)
        if mode == BAR:
            self.bar = box
        elif region is not None and mode == MASK:
            self.masks.append(region)
        elif region is not None:
            self.crop, self.corners = region, []
        self._end(mode)

    def _end(self, mode: str) -> None:
        self._redraw()
        self._drawn(mode)

    def _redraw(self, now: Box | None = None) -> None:
        step = self.shown.step
        marks = [_rectangle(_of_file(region, step), _LEFT_OUT) for region in self.masks]
        if self.crop:
            marks.append(_rectangle(_of_file(self.crop, step), _USED))
        if self.corners:
            points = " ".join(f"{x / step:g},{y / step:g}" for x, y in self.corners)
            marks.append(f'<polygon points="{points}" fill="none" stroke-width="3" stroke="{_USED}"/>')
            marks += [f'<circle cx="{x / step:g}" cy="{y / step:g}" r="4" fill="{_USED}"/>' for x, y in self.corners]
        bar = now if now and self._mode() == BAR else self.bar
        if bar:
            x1, y1, x2, y2 = (f"{value:g}" for value in bar)
            marks.append(f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke-width="3" stroke="{_LEFT_OUT}"/>')
        if now and bar is not now:
            marks.append(_rectangle(now, _LEFT_OUT if self._mode() == MASK else _USED))
        self.picture.set_content("".join(marks))
        told = [] if self.crop is None else ["used: rows {}:{}, columns {}:{}".format(*self.crop)]
        told += [f"used: what {len(self.corners)} corners enclose"] if self.region_px else []
        told += ["an outline needs three corners"] if 0 < len(self.corners) < 3 else []
        told += [f"left out: {len(self.masks)} place{'s' * (len(self.masks) > 1)}"] if self.masks else []
        self.told.set_text("; ".join(told))


def _of_file(region: tuple[int, int, int, int], step: int) -> Box:
    r0, r1, c0, c1 = (v / step for v in region)
    return c0, r0, c1, r1


def _rectangle(box: Box, colour: str) -> str:
    (x0, x1), (y0, y1) = sorted((box[0], box[2])), sorted((box[1], box[3]))
    return (
        f'<rect x="{x0:g}" y="{y0:g}" width="{x1 - x0:g}" height="{y1 - y0:g}" fill="none" stroke-width="3" '
        f'stroke="{colour}"/>'
    )
