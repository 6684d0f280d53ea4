"""Read a one-dimensional SAXS or XRD curve from a file, with the unit of q stated and never guessed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from packing.checks import require_known, require_positive
from packing.errors import InputError
from structure.measured.curve import MeasuredCurve, file_sha256
from structure.measured.reading_cansas import HDF5_MAGIC, read_cansas_xml, read_nxcansas
from structure.measured.reading_text import read_columns
from structure.measured.reading_xrdml import is_xrdml, read_xrdml

FloatArray = NDArray[np.float64]

PER_NM = {"1/nm": 1.0, "1/angstrom": 10.0}
TWO_THETA = "two_theta_deg"
MAX_MEGABYTES = 64


def read_curve(
    path: str | os.PathLike[str], *, q_unit: str | None = None, wavelength_nm: float | None = None
) -> MeasuredCurve:
    r"""A measured curve from a text file, canSAS 1D XML or NXcanSAS.

    Parameters
    ----------
    path
        File with columns q, intensity and, if it has them, the standard deviation of the intensity and that of q.
    q_unit
        ``"1/nm"``, ``"1/angstrom"``, or ``"two_theta_deg"`` with ``wavelength_nm``. A file that states its unit
        (canSAS, XRDML, a header such as ``# q (1/Angstrom)``) can do without; it is never guessed.
    wavelength_nm
        Wavelength [nm], for :math:`q = 4\pi\sin\theta/\lambda` from the scattering angle; XRDML files state it.

    Returns
    -------
    MeasuredCurve
        In 1/nm; what was repaired or left out on the way (rows without a number, falling q, a trailer) is in ``notes``.

    Raises
    ------
    InputError
        For a file that is missing, empty, binary, above 64 MB or no table; a unit that is missing or not the one the
        file itself states; and for what `MeasuredCurve` refuses.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile("w", suffix=".dat") as file:
    ...     _ = file.write("# q I\n" + "".join(f"{0.02 + 0.01 * i:.2f} {9 - i}\n" for i in range(9)))
    ...     file.flush()
    ...     read_curve(file.name, q_unit="1/angstrom").q_inv_nm[:2].round(9).tolist()
    [0.2, 0.3]
    """
    file = Path(path)
    if q_unit is not None:
        require_known("q_unit", q_unit, (*PER_NM, TWO_THETA))
    head = _head(file)
    if head.startswith(HDF5_MAGIC):
        found = read_nxcansas(file)
        columns, stated, notes = (found.q, found.intensity, found.sd), found.unit, ["NXcanSAS"]
    else:
        text = _decoded(file)
        if is_xrdml(text):
            scan = read_xrdml(text, file.name)
            columns, stated, notes = (scan.two_theta_deg, scan.intensity, None), TWO_THETA, ["read as an XRDML file"]
            wavelength_nm = _wavelength(wavelength_nm, scan.wavelength_nm, file.name)
        elif _is_xml(text):
            found = read_cansas_xml(text, file.name)
            columns, stated, notes = (found.q, found.intensity, found.sd), found.unit, ["canSAS XML"]
        else:
            table = read_columns(text, file.name)
            values = table.values
            columns = (values[:, 0], values[:, 1], values[:, 2] if values.shape[1] > 2 else None)
            stated, notes = table.header_unit, list(table.notes)
            if q_unit is None and stated is not None:
                notes.append(f"the file says its q is in {stated}")
    unit = q_unit or stated
    if unit is None:
        raise InputError(f"{file.name}: the unit of q is not given. Say q_unit 1/angstrom or 1/nm (--q-unit).")
    if stated is not None and unit != stated and TWO_THETA not in (unit, stated):
        raise InputError(f"{file.name}: the file says its q is in {stated}, q_unit says {unit}. Give the right one.")
    if stated == TWO_THETA and unit != TWO_THETA:
        raise InputError(f"{file.name}: XRDML is in two theta, q_unit says {unit}. Say two_theta_deg, or leave it out.")
    return _curve(file, _without_gaps(columns, notes), unit, wavelength_nm, notes)


def _is_xml(text: str) -> bool:
    """XML has an end tag; a header such as ``<X> <Y>`` has none."""
    return text.lstrip()[:1] == "<" and "</" in text


def _without_gaps(
    columns: tuple[FloatArray, FloatArray, FloatArray | None], notes: list[str]
) -> tuple[FloatArray, FloatArray, FloatArray | None]:
    """The rows that have a q and an intensity; empty bins of a reduction are NaN."""
    q, intensity, sd = columns
    whole = np.isfinite(q) & np.isfinite(intensity)
    gaps = np.flatnonzero(~whole) + 1
    if not len(gaps):
        return columns
    which = f"row {gaps[0]}" if len(gaps) == 1 else f"{len(gaps)} rows, the first row {gaps[0]}"
    notes.append(f"left out for NaN or infinity: {which}")
    return q[whole], intensity[whole], None if sd is None else sd[whole]


def _wavelength(given_nm: float | None, stated_nm: float | None, name: str) -> float | None:
    """The wavelength [nm], which a file that states one may not contradict."""
    if given_nm is not None and stated_nm is not None and abs(given_nm / stated_nm - 1) > 1e-3:
        raise InputError(
            f"{name}: the file says its wavelength is {stated_nm:.6g} nm, wavelength_nm says {given_nm:g} nm. "
            "Give the right one, or leave it out."
        )
    return stated_nm if given_nm is None else given_nm


def _curve(
    file: Path,
    columns: tuple[FloatArray, FloatArray, FloatArray | None],
    unit: str,
    wavelength_nm: float | None,
    notes: list[str],
) -> MeasuredCurve:
    q, intensity, sd = columns
    q = _to_inv_nm(q, unit, wavelength_nm, file.name)
    if len(q) > 1 and np.all(np.diff(q) < 0):
        q, intensity, sd = q[::-1], intensity[::-1], None if sd is None else sd[::-1]
        notes.append("q fell from row to row: turned round")
    if sd is not None and not np.all(sd > 0):
        notes.append("third column is not positive everywhere, so not used as uncertainty")
        sd = None
    provenance: dict[str, Any] = {
        "file": file.name,
        "sha256": file_sha256(file),
        "q_unit": unit,
        "wavelength_nm": wavelength_nm,
    }
    try:
        return MeasuredCurve(
            q_inv_nm=q, intensity=intensity, sd=sd, label=file.name, notes=tuple(notes), provenance=provenance
        )
    except InputError as error:
        raise InputError(f"{file.name}: {error}") from error


def _to_inv_nm(values: FloatArray, unit: str, wavelength_nm: float | None, name: str) -> FloatArray:
    if unit != TWO_THETA:
        return values * PER_NM[unit]
    if wavelength_nm is None:
        raise InputError(f"{name}: q_unit two_theta_deg needs wavelength_nm (Cu K alpha is 0.15406).")
    require_positive("wavelength_nm", wavelength_nm, "nm")
    if np.any(values < 0) or np.any(values >= 180):
        raise InputError(f"{name}: two theta must lie between 0 and 180 degrees.")
    return 4 * np.pi / wavelength_nm * np.sin(np.radians(values) / 2)


def _head(file: Path) -> bytes:
    try:
        size = file.stat().st_size
        if file.is_dir():
            raise InputError(f"{file} is a folder. Give the file of one curve.")
        if size > MAX_MEGABYTES * 1_000_000:
            raise InputError(f"{file.name} has {size / 1e6:.0f} MB, a curve has at most {MAX_MEGABYTES} MB. Check it.")
        if size == 0:
            raise InputError(f"{file.name} is empty. Give a file with columns q, intensity, perhaps uncertainty.")
        with file.open("rb") as stream:
            return stream.read(8)
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror}). Check the path.") from error


def _decoded(file: Path) -> str:
    raw = file.read_bytes()
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return raw.decode("utf-16")
        except UnicodeDecodeError as error:
            raise InputError(f"{file.name} is not text. Give a text file with columns, or NXcanSAS.") from error
    if b"\0" in raw:
        raise InputError(f"{file.name} is binary, not text. Give a text file with columns, or NXcanSAS.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    if sum(c.isprintable() or c.isspace() for c in text) < 0.95 * len(text):
        raise InputError(f"{file.name} is binary, not text. Give a text file with columns, or NXcanSAS.")
    return text
