"""The pixel size that a TIFF carries, by whoever wrote it."""

from __future__ import annotations

import re
import traceback
from pathlib import Path
from typing import Any

import numpy as np

from packing.errors import InputError
from structure.imaging.scales import PixelSize, is_length, is_reciprocal, unit_nm


def tiff_pixel_size(tiff: Any, page: Any, file: Path) -> PixelSize | None:
    """Pixel size: of the microscope's own tags, of ImageJ, of OME, or of a resolution that is no screen's.

    Raises
    ------
    InputError
        For a diffraction pattern.
    """
    olympus = page.tags.get("OlympusSIS")
    if olympus is not None and olympus.value.get("pixelsizex"):
        values = olympus.value
        width = 1e9 * float(values["pixelsizex"])
        return PixelSize(width, 1e9 * float(values.get("pixelsizey") or 0) or width, "OlympusSIS tag")
    found = _of_fei(tiff) or _of_ome(tiff) or _of_vendor(file) or _of_hitachi(file) or _of_imagej(tiff, page)
    return found or _of_resolution(page)


def _of_fei(tiff: Any) -> PixelSize | None:
    text = str(getattr(tiff, "fei_metadata", None) or "")
    sides = [re.search(rf"[Pp]ixel{side}'?:? *([0-9.eE+-]+)", text) for side in ("Width", "Height")]
    if sides[0] is None:
        return None
    width = 1e9 * float(sides[0].group(1))
    return PixelSize(width, 1e9 * float(sides[1].group(1)) if sides[1] else width, "fei_metadata tag")


def _of_ome(tiff: Any) -> PixelSize | None:
    text = tiff.ome_metadata or ""
    sides = []
    for side in "XY":
        size = re.search(rf'PhysicalSize{side}="([0-9.eE+-]+)"', text)
        unit = re.search(rf'PhysicalSize{side}Unit="([^"]+)"', text)
        if size:
            sides.append(float(size.group(1)) * unit_nm(unit.group(1) if unit else "um"))
    return PixelSize(sides[0], sides[-1], "OME metadata") if sides else None


def _of_vendor(file: Path) -> PixelSize | None:
    """What rosettasciio reads from the tags of Gatan, Zeiss, JEOL and TVIPS."""
    from rsciio.tiff import file_reader

    try:
        # Read lazily, the file would stay open.
        (read, *_) = file_reader(str(file))
    except Exception as error:  # of files that others read well it stumbles over some
        traceback.clear_frames(error.__traceback__)
        return None
    axes = [a for a in read["axes"] if a.get("name") in ("x", "y", "width", "height")][-2:]
    vendor = {"ImageJ", "OME"}.isdisjoint(
        str(read.get("original_metadata", {}).get("ImageDescription", ""))[:60].split("=")
    )
    if len(axes) < 2 or not vendor:
        return None
    units = [str(axis.get("units", "") or "") for axis in axes]
    if any(is_reciprocal(unit) for unit in units):
        raise InputError(f"image {file} is a diffraction pattern (its unit is {units[-1]}). Give a real-space image.")
    if not all(is_length(unit) for unit in units):
        return None
    height, width = (float(a["scale"]) * unit_nm(u) for a, u in zip(axes, units, strict=True))
    return PixelSize(width, height, "file metadata")


def _of_hitachi(file: Path) -> PixelSize | None:
    """From the text that Hitachi's microscopes write beside the picture: nm per pixel."""
    beside = file.with_suffix(".txt")
    if not beside.is_file() or beside.stat().st_size > 100_000:
        return None
    content = beside.read_bytes()
    text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin-1", errors="replace")
    size = re.search(r"^PixelSize *= *([0-9.eE+-]+)", text, re.MULTILINE)
    if size is None or "[SemImageFile]" not in text:
        return None
    nm = float(size.group(1))
    return PixelSize(nm, nm, "text of Hitachi beside it")


def _of_imagej(tiff: Any, page: Any) -> PixelSize | None:
    unit = str((tiff.imagej_metadata or {}).get("unit", "")) if tiff.is_imagej else ""
    per_unit = _resolution(page)
    if not is_length(unit) or per_unit is None:
        return None
    return PixelSize(unit_nm(unit) / per_unit[0], unit_nm(unit) / per_unit[1], "ImageJ metadata")


def _of_resolution(page: Any) -> PixelSize | None:
    per_unit = _resolution(page)
    unit_tag = page.tags.get("ResolutionUnit")
    nm = {2: 2.54e7, 3: 1e7}.get(int(unit_tag.value) if unit_tag is not None else 2)
    # Screens and printers have below 1e4 pixels per inch; a micrograph has above 1e5 per cm (100 nm pixels).
    if per_unit is None or nm is None or min(per_unit) / nm <= 0.01:
        return None
    return PixelSize(nm / per_unit[0], nm / per_unit[1], "TIFF resolution")


def _resolution(page: Any) -> tuple[float, float] | None:
    """Pixels per unit along x and y."""
    tags = [page.tags.get(name) for name in ("XResolution", "YResolution")]
    if tags[0] is None or tags[0].value[0] == 0:
        return None
    x = tags[0].value[0] / tags[0].value[1]
    y = x if tags[1] is None or tags[1].value[0] == 0 else tags[1].value[0] / tags[1].value[1]
    return float(x), float(np.float64(y))
