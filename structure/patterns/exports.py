"""Curves and patterns as files that other programs read: NXcanSAS, CSV, EDF and TIFF with a PONI file, HDF5."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from packing.errors import InputError
from packing.files import write_atomically
from structure.patterns.curves import ScatteringCurve
from structure.patterns.instrument import Detector
from structure.patterns.patterns import ScatteringPattern

FloatArray = NDArray[np.float64]

CURVE_SUFFIXES = (".csv", ".nxs", ".npz")
PATTERN_SUFFIXES = (".edf", ".tif", ".tiff", ".h5", ".npz")


def write_table(path: Path, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Path:
    """Write a table as CSV, its first line the names of the columns."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    with write_atomically(path) as temporary:
        temporary.write_text(text.getvalue(), encoding="utf-8")
    return path


def write_curve(curve: ScatteringCurve, path: str | Path) -> Path:
    """Write a curve as ``.csv``, ``.nxs`` (NXcanSAS, as SasView reads it) or ``.npz``.

    Raises
    ------
    InputError
        For another suffix, with those that are known.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = write_curve(ScatteringCurve(q_inv_nm=[0.1, 0.2], intensity=[2.0, 1.0]), Path(folder) / "curve.csv")
    ...     file.read_text().splitlines()[1]
    '0.1,2.0'
    """
    target = Path(path)
    match target.suffix.lower():
        case ".csv":
            columns = [curve.q_inv_nm, curve.intensity, *([] if curve.sd is None else [curve.sd])]
            names = ["q_inv_nm", "intensity", "sd"][: len(columns)]
            return write_table(target, names, np.column_stack(columns).tolist())
        case ".nxs":
            with write_atomically(target) as temporary:
                _write_nxcansas(curve, temporary)
            return target
        case ".npz":
            return curve.save(target)
    raise InputError(f"{target}: a curve is written as {', '.join(CURVE_SUFFIXES)}. Change the name.")


def write_pattern(
    pattern: ScatteringPattern, path: str | Path, *, detector: Detector | None = None, wavelength_nm: float = 0.1
) -> Path:
    """Write a pattern as a detector's frame with a PONI file beside it (``.edf``, ``.tif``), or as ``.h5`` or ``.npz``.

    Parameters
    ----------
    pattern
        The pattern.
    path
        File; its suffix is the format. The ``.h5`` has the even axes of q; frames have pixels of a real detector.
    detector
        Detector of a frame; None is one a metre away, whose pixels are as fine as the pattern's.
    wavelength_nm
        Wavelength [nm] of that detector.

    Returns
    -------
    Path
        The file; the PONI file has its name with ``.poni``.

    Raises
    ------
    InputError
        For another suffix, and a detector that misses the pattern.
    """
    target = Path(path)
    match target.suffix.lower():
        case ".npz":
            return pattern.save(target)
        case ".h5":
            with write_atomically(target) as temporary:
                _write_hdf5(pattern, temporary)
            return target
        case ".edf" | ".tif" | ".tiff" as suffix:
            place = detector or _flat_detector(pattern, wavelength_nm)
            frame = frame_on_detector(pattern, place)
            with write_atomically(target) as temporary:
                # Row 0 of a frame is its top, of a pattern its lowest qy; pixels that no beam reaches count -1.
                _write_frame(np.nan_to_num(frame[::-1], nan=-1.0).astype(np.float32), temporary, suffix)
            _write_poni(place, target.with_suffix(".poni"))
            return target
    raise InputError(f"{target}: a pattern is written as {', '.join(PATTERN_SUFFIXES)}. Change the name.")


def write_frame(intensity: FloatArray, detector: Detector, path: str | Path) -> list[Path]:
    """Write a measured frame and its geometry as pyFAI reads them: the picture and a PONI file beside it.

    Parameters
    ----------
    intensity
        Counts of the pixels, rows from the top; pixels that do not count are NaN and become -1. Shape (rows, columns).
    detector
        Where the frame was; its rows are counted from the bottom.
    path
        Of the picture, ``.edf`` or ``.tif``; the PONI file has its name with ``.poni``.

    Returns
    -------
    list of Path
        Both files.

    Raises
    ------
    InputError
        For another suffix.
    """
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix not in (".edf", ".tif", ".tiff"):
        raise InputError(f"{target}: a frame is written as .edf or .tif. Change the name.")
    with write_atomically(target) as temporary:
        _write_frame(np.nan_to_num(intensity, nan=-1.0).astype(np.float32), temporary, suffix)
    _write_poni(detector, target.with_suffix(".poni"))
    return [target, target.with_suffix(".poni")]


def frame_on_detector(pattern: ScatteringPattern, detector: Detector) -> FloatArray:
    """Intensity at the pixels of a detector, shape (rows, columns), in the unit of the pattern; NaN outside it.

    Raises
    ------
    InputError
        If the detector misses the pattern.
    """
    frame = pattern.on_detector(detector)
    if not np.isfinite(frame).any():
        raise InputError(
            f"the detector sees nothing of the pattern, which ends at q = {pattern.qx_inv_nm[-1]:.3g} 1/nm. Check "
            "distance_mm, pixel_mm and the beam, or raise q_max_inv_nm."
        )
    return frame


def _flat_detector(pattern: ScatteringPattern, wavelength_nm: float) -> Detector:
    rows, columns = pattern.intensity.shape
    k = 2 * np.pi / wavelength_nm
    edge = min(float(pattern.qx_inv_nm[-1]), 1.4 * k)
    # Where the ray of the pattern's edge meets a plane a metre away.
    reach = 1000.0 * np.tan(2 * np.arcsin(edge / (2 * k)))
    pixel = float(2 * reach / columns)
    return Detector(
        distance_mm=1000.0, pixel_mm=pixel, n_pixels=(rows, columns), wavelength_nm=wavelength_nm,
        centre_px=(rows // 2 + 0.5, columns // 2 + 0.5),
    )  # fmt: skip


def _write_frame(frame: NDArray[np.float32], path: Path, suffix: str) -> None:
    if suffix == ".edf":
        from fabio.edfimage import EdfImage

        EdfImage(data=frame).write(str(path))
        return
    import tifffile

    tifffile.imwrite(path, frame)


def _write_poni(detector: Detector, path: Path) -> None:
    row0, column0 = detector.centre_px or (detector.n_pixels[0] / 2, detector.n_pixels[1] / 2)
    size, metre = detector.pixel_mm / 1000, detector.distance_mm / 1000
    lines = [
        "poni_version: 2",
        "Detector: Detector",
        f'Detector_config: {{"pixel1": {size!r}, "pixel2": {size!r}, "max_shape": {list(detector.n_pixels)}}}',
        f"Distance: {metre!r}",
        # pyFAI counts from the top left corner.
        f"Poni1: {(detector.n_pixels[0] - row0) * size!r}",
        f"Poni2: {column0 * size!r}",
        "Rot1: 0.0",
        "Rot2: 0.0",
        "Rot3: 0.0",
        f"Wavelength: {detector.wavelength_nm * 1e-9!r}",
    ]
    with write_atomically(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _write_hdf5(pattern: ScatteringPattern, path: Path) -> None:
    import h5py

    with h5py.File(path, "w") as file:
        entry = file.create_group("entry")
        entry.attrs.update({"NX_class": "NXentry", "default": "data"})
        data = entry.create_group("data")
        data.attrs.update({"NX_class": "NXdata", "signal": "I", "axes": ["qy", "qx"]})
        data["I"] = pattern.intensity
        for name, axis in (("qy", pattern.qy_inv_nm), ("qx", pattern.qx_inv_nm)):
            data[name] = axis
            data[name].attrs["units"] = "1/nm"
        entry["title"] = pattern.label


def _write_nxcansas(curve: ScatteringCurve, path: Path) -> None:
    import h5py

    with h5py.File(path, "w") as file:
        file.attrs["default"] = "sasentry01"
        entry = file.create_group("sasentry01")
        entry.attrs.update(
            {"NX_class": "NXentry", "canSAS_class": "SASentry", "version": "1.1", "default": "sasdata01"}
        )
        entry["definition"] = "NXcanSAS"
        entry["title"] = curve.label or "simulated"
        entry["run"] = "1"
        data = entry.create_group("sasdata01")
        data.attrs.update(
            {"NX_class": "NXdata", "canSAS_class": "SASdata", "signal": "I", "I_axes": "Q", "Q_indices": 0}
        )
        data["Q"] = curve.q_inv_nm
        data["Q"].attrs["units"] = "1/nm"
        data["I"] = curve.intensity
        data["I"].attrs["units"] = "arbitrary"
        if curve.sd is not None:
            data["Idev"] = curve.sd
            data["Idev"].attrs["units"] = "arbitrary"
            data["I"].attrs["uncertainties"] = "Idev"
