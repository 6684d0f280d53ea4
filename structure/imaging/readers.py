"""Reading micrographs: TIFF, PNG and JPEG, Gatan DM3/DM4, MRC, SER and EMD, with the pixel size where there is one."""

from __future__ import annotations

import contextlib
import hashlib
import logging
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
from structure.imaging.scales import PixelSize, is_length, is_reciprocal, unit_nm
from structure.imaging.tiff_scale import tiff_pixel_size

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
    n_bytes = file.stat().st_size
    if n_bytes == 0:
        raise InputError(f"image {file} is empty (0 bytes). Give a complete file.")
    if n_bytes > _MAX_BYTES:
        raise InputError(f"image {file} must be below 1 GB, got {n_bytes / 1e9:.1f} GB. Crop it or take one frame out.")
    content = file.read_bytes()
    kind = _kind(file, content[:16])
    array, size = _read(file, kind)
    pixel = size.checked(file) if size is not None else None
    grey = _grey(np.asarray(array), file)
    try:
        pixels = checked_pixels(grey)
    except InputError as error:
        raise InputError(f"{file}: {error}") from error
    return Micrograph(
        pixels=pixels,
        px_per_nm=None if pixel is None else 1.0 / pixel.width_nm,
        scale_source="none" if pixel is None else pixel.source,
        path=file,
        sha256=hashlib.sha256(content).hexdigest(),
    )


def _read(file: Path, kind: str) -> tuple[NDArray[Any], PixelSize | None]:
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


def _read_tiff(file: Path) -> tuple[NDArray[Any], PixelSize | None]:
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
        size = tiff_pixel_size(tiff, page, file)
    return array, size


def _read_pillow(file: Path) -> tuple[NDArray[Any], PixelSize | None]:
    from PIL import Image

    with Image.open(file) as image:
        text = getattr(image, "text", {})
        array = np.asarray(image.convert("RGB") if image.mode in ("P", "CMYK", "YCbCr") else image)
        if image.mode in ("LA", "RGBA"):
            array = array[..., :-1]
        if image.mode == "LA":
            array = array[..., 0]
    if "px_per_nm" in text:
        nm = 1 / float(text["px_per_nm"])
        return array, PixelSize(nm, nm, "px_per_nm text of the PNG")
    return array, None


def _read_rsciio(file: Path) -> tuple[NDArray[Any], PixelSize | None]:
    import importlib

    reader = importlib.import_module(f"rsciio.{_RSCIIO_READERS[file.suffix.lower()]}")
    images = [d for d in reader.file_reader(str(file)) if np.asarray(d["data"]).squeeze().ndim >= 2]
    if not images:
        raise ValueError("no image inside")
    found = _one_image(images, file)
    data = np.asarray(found["data"])
    axes = [a for a, n in zip(found["axes"], data.shape, strict=False) if n > 1]
    data = data.squeeze()
    if data.ndim == 3 and data.shape[-1] not in (3, 4):
        raise InputError(f"image {file} is a stack of {data.shape[0]} frames. Give one frame or their sum.")
    return data, _axes_pixel_size(axes, file)


def _one_image(images: list[dict[str, Any]], file: Path) -> dict[str, Any]:
    """The one picture of a file that may hold spectra and maps beside it."""
    pictures = [d for d in images if np.asarray(d["data"]).squeeze().ndim == 2]
    if len(pictures) > 1:
        titles = [str(d.get("metadata", {}).get("General", {}).get("title", "")) or "untitled" for d in pictures]
        raise InputError(f"image {file} holds {len(pictures)} images ({', '.join(titles)}). Export the one to measure.")
    return pictures[0] if pictures else images[0]


def _axes_pixel_size(axes: list[dict[str, Any]], file: Path) -> PixelSize | None:
    sides = []
    for axis in axes[:2] if len(axes) != 1 else axes * 2:
        unit, scale = str(axis.get("units", "") or ""), axis.get("scale")
        if is_reciprocal(unit):
            raise InputError(f"image {file} is a diffraction pattern (its unit is {unit}). Give a real-space image.")
        # Uncalibrated files say 1 px, 1 nm (rosettasciio's own default), 1 Angstrom (IMOD's) or -1 (Direct Electron's).
        if not is_length(unit) or scale in (None, 0, 1.0) or (file.suffix.lower().startswith(".mrc") and scale == 0.1):
            return None
        sides.append(float(scale) * unit_nm(unit))
    return PixelSize(sides[1], sides[0], "file metadata") if sides else None


_READERS = {"tiff": _read_tiff, "png": _read_pillow} | {k[1:]: _read_rsciio for k in _RSCIIO_READERS}


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
