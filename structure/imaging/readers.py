"""Reading micrographs: TIFF, PNG and JPEG, Gatan DM3/DM4, MRC, SER and EMD, with the pixel size where there is one."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import re
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from packing.errors import InputError
from structure.imaging.images import checked_pixels

FloatArray = NDArray[np.float64]

_MAX_BYTES = 1_000_000_000
_RSCIIO_READERS = {
    ".dm3": "digitalmicrograph",
    ".dm4": "digitalmicrograph",
    ".mrc": "mrc",
    ".mrcs": "mrc",
    ".rec": "mrc",
    ".ser": "tia",
    ".emi": "tia",
    ".emd": "emd",
}
_PILLOW = (".png", ".jpg", ".jpeg", ".bmp", ".gif")
_NM_PER_UNIT = {
    "nm": 1.0,
    "nanometer": 1.0,
    "pm": 1e-3,
    "a": 0.1,
    "å": 0.1,
    "angstrom": 0.1,
    "ang": 0.1,
    "um": 1e3,
    "µm": 1e3,
    "μm": 1e3,
    "micron": 1e3,
    "microns": 1e3,
    "mm": 1e6,
    "m": 1e9,
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Micrograph:
    """A file's grey values, its pixels per nm (None where the file does not say) and the SHA-256 of the file."""

    pixels: FloatArray
    px_per_nm: float | None
    scale_source: str
    path: Path
    sha256: str


def read_micrograph(path: str | Path) -> Micrograph:
    """Read one grey image.

    Grey pictures stored as RGB are taken as grey; coloured legends may cover up to a twentieth.

    Parameters
    ----------
    path
        TIFF, PNG, DM3/DM4, MRC, SER or EMD file, below 1 GB.

    Returns
    -------
    Micrograph
        Grey values, shape (rows, columns), and the scale [px/nm] where the file has one.

    Raises
    ------
    InputError
        For a missing, too large, unknown, truncated or damaged file, a colour image, a stack or a diffraction pattern.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from PIL import Image
    >>> with TemporaryDirectory() as folder:
    ...     Image.fromarray(np.arange(4096, dtype=np.uint16).reshape(64, 64) % 251).save(Path(folder) / "picture.tif")
    ...     picture = read_micrograph(Path(folder) / "picture.tif")
    >>> picture.pixels.shape, picture.px_per_nm
    ((64, 64), None)
    """
    file = Path(path)
    if not file.is_file():
        raise InputError(f"image {file} is not a file. Give a TIFF, PNG, DM3/DM4, MRC, SER or EMD file.")
    size = file.stat().st_size
    if size == 0:
        raise InputError(f"image {file} is empty (0 bytes). Give a complete file.")
    if size > _MAX_BYTES:
        raise InputError(f"image {file} must be below 1 GB, got {size / 1e9:.1f} GB. Crop it or take one frame out.")
    content = file.read_bytes()
    kind = _kind(file, content[:16])
    array, nm_per_px, source = _read(file, kind)
    grey = _grey(np.asarray(array), file)
    try:
        pixels = checked_pixels(grey)
    except InputError as error:
        raise InputError(f"{file}: {error}") from error
    scale = 1.0 / nm_per_px if nm_per_px is not None and np.isfinite(nm_per_px) and nm_per_px > 0 else None
    return Micrograph(
        pixels=pixels,
        px_per_nm=scale,
        scale_source=source if scale is not None else "none",
        path=file,
        sha256=hashlib.sha256(content).hexdigest(),
    )


def _read(file: Path, kind: str) -> tuple[NDArray[Any], float | None, str]:
    with warnings.catch_warnings(), _silent("tifffile"):
        warnings.simplefilter("ignore")
        try:
            return _READERS[kind](file)
        except InputError:
            raise
        except Exception as error:  # the readers of damaged files raise whatever they stumble over
            reason = " ".join(str(error).split())[:120] or type(error).__name__
            # Their frames hold the file open.
            traceback.clear_frames(error.__traceback__)
    raise InputError(f"image {file} cannot be read as {kind.upper()} ({reason}). Is it complete?")


@contextlib.contextmanager
def _silent(logger_name: str) -> Iterator[None]:
    """Keep a library's log of a damaged file off the terminal: the error that follows says it in one line."""
    logger = logging.getLogger(logger_name)
    was = logger.disabled
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = was


def _kind(file: Path, head: bytes) -> str:
    if head[:4] in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"):
        return "tiff"
    if head[:8] == b"\x89PNG\r\n\x1a\n" or head[:3] == b"\xff\xd8\xff" or head[:2] == b"BM" or head[:3] == b"GIF":
        return "png"
    suffix = file.suffix.lower()
    if suffix in _RSCIIO_READERS:
        return suffix[1:]
    if suffix in (".tif", ".tiff"):
        return "tiff"
    if suffix in _PILLOW:
        return "png"
    raise InputError(
        f"image {file} is no image that can be read. Give a TIFF, PNG, JPEG, DM3/DM4, MRC, SER or EMD file."
    )


def _read_tiff(file: Path) -> tuple[NDArray[Any], float | None, str]:
    import tifffile

    with tifffile.TiffFile(file) as tiff:
        if len(tiff.pages) == 0:
            raise ValueError("no pages")
        page: Any = tiff.pages[0]
        frames = len(tiff.series[0].pages) if tiff.series and tiff.series[0].ndim > 2 else 1
        if frames > 1:
            raise InputError(f"image {file} is a stack of {frames} frames. Give one frame or their sum.")
        needed = int(np.max(np.add(page.dataoffsets, page.databytecounts)))
        if needed > file.stat().st_size:
            raise ValueError(f"{file.stat().st_size} of {needed} bytes")
        array = page.asarray()
        if page.photometric is not None and page.photometric.name == "PALETTE" and page.colormap is not None:
            array = np.moveaxis(page.colormap[:, array], 0, -1) / 65535
        elif page.photometric is not None and page.photometric.name == "MINISWHITE":
            array = -array.astype(float)
        size, source = _tiff_scale(tiff, page)
    return array, size, source


def _tiff_scale(tiff: Any, page: Any) -> tuple[float | None, str]:
    """Pixel size [nm]: of the microscope's own tags, of ImageJ, of OME, or of a resolution that is no screen's."""
    olympus = page.tags.get("OlympusSIS")
    if olympus is not None and olympus.value.get("pixelsizex"):
        return 1e9 * float(olympus.value["pixelsizex"]), "OlympusSIS tag"
    for name in ("fei_metadata", "sem_metadata"):
        data = getattr(tiff, name, None)
        text = str(data) if data else ""
        found = re.search(r"[Pp]ixelWidth'?:? *([0-9.eE+-]+)", text)
        if found:
            return 1e9 * float(found.group(1)), f"{name} tag"
    ome = re.search(r'PhysicalSizeX="([0-9.eE+-]+)"', tiff.ome_metadata or "")
    if ome:
        unit = re.search(r'PhysicalSizeXUnit="([^"]+)"', tiff.ome_metadata or "")
        return float(ome.group(1)) * _unit_nm(unit.group(1) if unit else "um"), "OME metadata"
    tag = page.tags.get("XResolution")
    if tag is None or tag.value[0] == 0:
        return None, "none"
    per_unit = tag.value[0] / tag.value[1]
    if tiff.is_imagej and _known_unit(str((tiff.imagej_metadata or {}).get("unit", ""))):
        return _unit_nm(str((tiff.imagej_metadata or {})["unit"])) / per_unit, "ImageJ metadata"
    unit_tag = page.tags.get("ResolutionUnit")
    unit_nm = {2: 2.54e7, 3: 1e7}.get(int(unit_tag.value) if unit_tag is not None else 2)
    # Screens and printers have below 1e4 pixels per inch; a micrograph has above 1e5 per cm (100 nm pixels).
    if unit_nm is not None and per_unit / unit_nm > 0.01:
        return unit_nm / per_unit, "TIFF resolution"
    return None, "none"


def _read_pillow(file: Path) -> tuple[NDArray[Any], float | None, str]:
    from PIL import Image

    with Image.open(file) as image:
        text = getattr(image, "text", {})
        array = np.asarray(image.convert("RGB") if image.mode in ("P", "CMYK", "YCbCr") else image)
        if image.mode in ("LA", "RGBA"):
            array = array[..., :-1]
        if image.mode == "LA":
            array = array[..., 0]
    if "px_per_nm" in text:
        return array, 1 / float(text["px_per_nm"]), "px_per_nm text of the PNG"
    return array, None, "none"


def _read_rsciio(file: Path) -> tuple[NDArray[Any], float | None, str]:
    import importlib

    reader = importlib.import_module(f"rsciio.{_RSCIIO_READERS[file.suffix.lower()]}")
    images = [d for d in reader.file_reader(str(file)) if np.asarray(d["data"]).squeeze().ndim >= 2]
    if not images:
        raise ValueError("no image inside")
    found = images[0]
    data = np.asarray(found["data"])
    axes = [a for a, n in zip(found["axes"], data.shape, strict=False) if n > 1]
    data = data.squeeze()
    if data.ndim == 3 and data.shape[-1] not in (3, 4):
        raise InputError(f"image {file} is a stack of {data.shape[0]} frames. Give one frame or their sum.")
    unit = str(axes[-1].get("units", "") or "") if axes else ""
    if unit.startswith("1/") or unit.endswith("-1"):
        raise InputError(f"image {file} is a diffraction pattern (its unit is {unit}). Give a real-space image.")
    if axes and _known_unit(unit) and axes[-1].get("scale") not in (None, 0, 1.0):
        return data, float(abs(axes[-1]["scale"])) * _unit_nm(unit), "file metadata"
    return data, None, "none"


_READERS = {"tiff": _read_tiff, "png": _read_pillow} | {k[1:]: _read_rsciio for k in _RSCIIO_READERS}


def _unit_key(unit: str) -> str:
    return unit.strip("[] ").lower().replace("_", "")


def _known_unit(unit: str) -> bool:
    return _unit_key(unit) in _NM_PER_UNIT


def _unit_nm(unit: str) -> float:
    return _NM_PER_UNIT[_unit_key(unit)]


def _grey(array: NDArray[Any], file: Path) -> FloatArray:
    if np.iscomplexobj(array):
        raise InputError(f"image {file} has complex values. Give a real-space image.")
    if array.dtype.names is not None:
        array = np.stack([array[name] for name in array.dtype.names[:3]], axis=-1)
    if array.ndim == 3 and array.shape[0] in (3, 4) and array.shape[-1] not in (3, 4):
        array = np.moveaxis(array, 0, -1)
    if array.ndim == 2:
        return array.astype(np.float64)
    if array.ndim != 3 or array.shape[-1] not in (3, 4):
        raise InputError(f"image {file} must be one grey image, got shape {array.shape}. Give one frame.")
    colours = array[..., :3].astype(np.float64)
    full = float(colours.max()) - float(colours.min())
    coloured = np.ptp(colours, axis=-1) > 0.06 * max(full, 1e-300)
    if coloured.mean() > 0.05:
        raise InputError(
            f"image {file} is in colour ({100 * coloured.mean():.0f} % of its pixels). Convert it to grey first."
        )
    return colours.mean(axis=-1)
