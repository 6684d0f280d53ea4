"""Curves in the canSAS formats: canSAS 1D XML and NXcanSAS (HDF5). Their q carries its unit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import h5py
import numpy as np
from numpy.typing import NDArray

from packing.errors import InputError

FloatArray = NDArray[np.float64]

HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class CansasCurve:
    """Columns of one curve and the unit its q is written in."""

    q: FloatArray
    intensity: FloatArray
    sd: FloatArray | None
    unit: str | None


def read_nxcansas(path: Path) -> CansasCurve:
    """The one-dimensional data group of an NXcanSAS file.

    Raises
    ------
    InputError
        If the file has no such group, or more than one.
    """
    found: list[Any] = []
    try:
        with h5py.File(path, "r") as file:
            file.visititems(lambda _, item: found.append(item.name) if _is_curve(item) else None)
            if len(found) != 1:
                what = "no group with one-dimensional Q and I" if not found else f"{len(found)} curves"
                raise InputError(f"{path.name} has {what}. Give an NXcanSAS file with one curve, or a text file.")
            group = file[found[0]]
            q, intensity = (np.asarray(group[key][()], dtype=float) for key in ("Q", "I"))
            sd = np.asarray(group["Idev"][()], dtype=float) if "Idev" in group else None
            return CansasCurve(q, intensity, sd, unit_of(_units(group["Q"])))
    except OSError as error:
        raise InputError(
            f"{path.name} cannot be read as HDF5 ({_short(error)}). Give an intact NXcanSAS file."
        ) from error


def read_cansas_xml(text: str, name: str) -> CansasCurve:
    """The one SASdata of a canSAS 1D XML file.

    Raises
    ------
    InputError
        If the XML is broken, has no Idata, or holds several curves.
    """
    if "<!ENTITY" in text:
        raise InputError(f"{name} defines XML entities, which are not read. Give plain canSAS XML.")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise InputError(f"{name} is not valid XML ({error}). Give an intact canSAS file or a text file.") from error
    curves = [e for e in root.iter() if _tag(e) == "SASdata"]
    if len(curves) != 1:
        raise InputError(f"{name} has {len(curves)} SASdata entries, one is needed. Write the curve to its own file.")
    points = [{_tag(e): e for e in point} for point in curves[0] if _tag(point) == "Idata"]
    if not points or any("Q" not in p or "I" not in p for p in points):
        raise InputError(f"{name} has no Idata with Q and I. Give a canSAS 1D file or a text file.")
    try:
        q, intensity = (np.array([float(p[key].text or "nan") for p in points]) for key in ("Q", "I"))
        sd = np.array([float(p["Idev"].text or "nan") for p in points]) if all("Idev" in p for p in points) else None
    except ValueError as error:
        raise InputError(f"{name} has a value that is no number ({error}). Repair the file.") from error
    return CansasCurve(q, intensity, sd, unit_of(points[0]["Q"].get("unit", "")))


def unit_of(text: str) -> str | None:
    """``"1/nm"`` or ``"1/angstrom"`` for the ways these formats write them, else None."""
    plain = re.sub(r"[\s^{}()]", "", text).lower()
    if plain in ("1/nm", "nm-1", "1/nanometer", "1/nanometre"):
        return "1/nm"
    if plain in ("1/a", "a-1", "1/angstrom", "angstrom-1", "1/ang", "1/\u00e5", "\u00e5-1"):
        return "1/angstrom"
    return None


def _units(dataset: Any) -> str:
    """The attribute ``units``, or ``unit`` as earlier writers of NXcanSAS have it."""
    return _text(dataset.attrs.get("units", dataset.attrs.get("unit", "")))


def _is_curve(item: Any) -> bool:
    if not isinstance(item, h5py.Group) or not {"Q", "I"} <= set(item):
        return False
    return all(isinstance(item[k], h5py.Dataset) and item[k].ndim == 1 for k in ("Q", "I"))


def _text(value: Any) -> str:
    value = value[0] if isinstance(value, np.ndarray) and value.size else value
    return value.decode() if isinstance(value, bytes) else str(value)


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rsplit("}", 1)[-1]


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:80]
