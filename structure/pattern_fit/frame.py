"""Read a detector frame (EDF, CBF, TIFF, HDF5 and what else fabio knows), with its dead pixels."""

from __future__ import annotations

import bz2
import gzip
import logging
import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import fabio
import numpy as np
from numpy.typing import NDArray

from packing.errors import InputError
from structure.measured.curve import file_sha256
from structure.pattern_fit.pixels import bad_pixels

FloatArray = NDArray[np.float64]

MAX_MEGABYTES = 512


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """Intensity of a detector, rows from the top, and which pixels count.

    Parameters
    ----------
    intensity
        Counts, shape (rows, columns).
    valid
        False for pixels that do not count: masked, at the detector's limit, hot, or left out by the user.
    provenance
        File and its SHA-256.
    notes
        What was left out, in words.
    """

    intensity: FloatArray
    valid: NDArray[np.bool_]
    provenance: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read_frame(path: str | os.PathLike[str], *, mask: str | os.PathLike[str] | None = None) -> Frame:
    """The first image of a detector file, without pixels that hold no intensity.

    Parameters
    ----------
    path
        EDF, CBF, TIFF or HDF5 file, or another format of fabio.
    mask
        Image file of the same shape, not zero where a pixel is to be left out (as pyFAI and Fit2D write them).

    Returns
    -------
    Frame
        Intensity, shape (rows, columns), and which pixels count.

    Raises
    ------
    InputError
        For a file that is missing, too large, no image, in colour, constant, or without valid pixels, and for a mask
        of another shape.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     fabio.edfimage.EdfImage(data=np.arange(256.0).reshape(16, 16)).write(str(Path(folder) / "frame.edf"))
    ...     frame = read_frame(Path(folder) / "frame.edf")
    >>> frame.intensity.shape, bool(frame.valid.all())
    ((16, 16), True)
    """
    file = Path(path)
    data, header = _image(file)
    data = _whole_edf(file, header, data)
    if mask is not None:
        masked, _ = _image(Path(mask))
        if masked.shape != data.shape:
            raise InputError(
                f"mask {Path(mask).name} has shape {masked.shape}, the frame {data.shape}. Give its own mask."
            )
        data = np.where(masked != 0, np.nan, data)
    return frame_of(data, {"file": file.name, "sha256": file_sha256(file)}, file.name)


def _image(file: Path) -> tuple[FloatArray, dict[str, str]]:
    """Pixels and header of a file."""
    try:
        size = file.stat().st_size
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror}). Check the path.") from error
    if file.is_dir() or size == 0:
        raise InputError(f"{file.name} is {'a folder' if file.is_dir() else 'empty'}. Give a detector frame.")
    if size > MAX_MEGABYTES * 1_000_000:
        raise InputError(
            f"{file.name} has {size / 1e6:.0f} MB, a frame has at most {MAX_MEGABYTES} MB. Give one frame."
        )
    logger = logging.getLogger("fabio")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = fabio.open(str(file))
            data = np.asarray(image.data, dtype=float)
            header = {str(k): str(v) for k, v in dict(image.header).items()}
    except Exception as error:  # fabio raises whatever the decoder of each format does
        reason = (str(error).splitlines() or [type(error).__name__])[0][:80]
        raise InputError(f"{file.name} is no detector frame ({reason}). Give EDF, CBF, TIFF or HDF5.") from error
    finally:
        logger.setLevel(level)
    return data, header


def frame_of(intensity: Any, provenance: Mapping[str, Any] | None = None, name: str = "the frame") -> Frame:
    """A frame from an array, with its bad pixels found (`bad_pixels`).

    Raises
    ------
    InputError
        For an array that is no frame, is constant, or has too few pixels that count.

    Examples
    --------
    >>> int(frame_of(np.arange(400.0).reshape(20, 20) - 3).valid.sum())
    397
    """
    data = np.array(intensity, dtype=float)
    if data.ndim != 2 or min(data.shape) < 16:
        raise InputError(f"{name} has shape {data.shape}; a frame has rows and columns, at least 16 each, no colour.")
    valid = np.isfinite(data) & (data >= 0)
    if np.count_nonzero(valid) < 0.02 * data.size:
        raise InputError(f"{name} has {np.count_nonzero(valid)} valid pixels of {data.size}. Check the file.")
    if np.ptp(data[valid]) == 0:
        raise InputError(f"{name} is {data[valid][0]:g} in every pixel: there is nothing to measure.")
    bad, notes = bad_pixels(np.where(valid, data, 0.0), valid)
    data[bad] = 0.0
    data.flags.writeable = False
    return Frame(intensity=data, valid=~bad, provenance=provenance or {}, notes=notes)


_EDF_TYPES = {"SignedInteger": "i4", "UnsignedInteger": "u4", "SignedShort": "i2", "UnsignedShort": "u2",
              "FloatValue": "f4", "Float": "f4", "DoubleValue": "f8"}  # fmt: skip


def _whole_edf(file: Path, header: Mapping[str, str], data: FloatArray) -> FloatArray:
    """The pixels of an EDF file whose header understates their size, which fabio then cuts."""
    kind, stated = _EDF_TYPES.get(header.get("DataType", "")), header.get("EDF_BinarySize", "")
    if kind is None or not stated.isdigit() or "Dim_1" not in header or "Dim_2" not in header:
        return data
    columns, rows = int(header["Dim_1"]), int(header["Dim_2"])
    order = "<" if header.get("ByteOrder", "LowByteFirst") == "LowByteFirst" else ">"
    dtype = np.dtype(order + kind)
    wanted = rows * columns * dtype.itemsize
    if int(stated) >= wanted:
        return data
    openers = {".gz": gzip.open, ".bz2": bz2.open}
    with openers.get(file.suffix, open)(file, "rb") as stream:  # type: ignore[operator]
        raw = stream.read()
    if len(raw) < wanted + 64:
        raise InputError(f"{file.name} is cut short: {rows} x {columns} pixels need {wanted} bytes. Copy it again.")
    return np.frombuffer(raw[-wanted:], dtype=dtype).reshape(rows, columns).astype(float)
