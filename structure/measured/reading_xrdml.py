"""Scans of PANalytical's XRDML: two theta, intensity and the wavelength the file states."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from packing.errors import InputError

FloatArray = NDArray[np.float64]

_ROOT = "<xrdMeasurements"


@dataclass(frozen=True, slots=True)
class XrdmlScan:
    """One scan: scattering angles [degrees], intensity, both shape (n,), and the wavelength [nm] where stated."""

    two_theta_deg: FloatArray
    intensity: FloatArray
    wavelength_nm: float | None


def is_xrdml(text: str) -> bool:
    """Whether a text is an XRDML file."""
    return _ROOT in text[:2000]


def read_xrdml(text: str, name: str) -> XrdmlScan:
    """The one two-theta scan of an XRDML file, intensities divided by attenuation factors where there are some.

    Raises
    ------
    InputError
        If the XML is broken, holds several scans, or none along two theta.
    """
    if "<!ENTITY" in text:
        raise InputError(f"{name} defines XML entities, which are not read. Give plain XRDML.")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise InputError(f"{name} is not valid XML ({error}). Export the scan again, or as text.") from error
    scans = [e for e in root.iter() if _tag(e) == "dataPoints"]
    if len(scans) != 1:
        raise InputError(f"{name} has {len(scans)} scans, one is needed. Export one scan, or a text file.")
    (points,) = scans
    axes = {e.get("axis", ""): e for e in points if _tag(e) == "positions"}
    counts = [e for e in points if _tag(e) in ("intensities", "counts")]
    if "2Theta" not in axes or not counts:
        raise InputError(f"{name} has no intensities along 2Theta. Export a two-theta scan, or a text file.")
    intensity = _numbers(counts[0], name)
    factors = [e for e in points if _tag(e) == "beamAttenuationFactors"]
    # The element ``counts`` holds what the detector saw, ``intensities`` is corrected already.
    if factors and _tag(counts[0]) == "counts":
        intensity = intensity * _numbers(factors[0], name)
    angles = _angles(axes["2Theta"], len(intensity), name)
    return XrdmlScan(angles, intensity, _wavelength_nm(root))


def _angles(positions: ElementTree.Element, n: int, name: str) -> FloatArray:
    parts = {_tag(e): e for e in positions}
    if "listPositions" in parts:
        angles = _numbers(parts["listPositions"], name)
        if len(angles) != n:
            raise InputError(f"{name} has {len(angles)} angles for {n} intensities. Export the scan again.")
        return angles
    if not {"startPosition", "endPosition"} <= set(parts):
        raise InputError(f"{name} has no start and end of 2Theta. Export a two-theta scan, or a text file.")
    first, last = (_numbers(parts[key], name)[0] for key in ("startPosition", "endPosition"))
    return np.linspace(first, last, n)


def _wavelength_nm(root: ElementTree.Element) -> float | None:
    """The wavelength in use: K alpha 1, or of both lines as intended (the file counts in Angstrom)."""
    used = next((e for e in root.iter() if _tag(e) == "usedWavelength"), None)
    if used is None:
        return None
    lines = {
        _tag(e): float(e.text) for e in used if e.text and _tag(e) in ("kAlpha1", "kAlpha2", "ratioKAlpha2KAlpha1")
    }
    if "kAlpha1" not in lines or lines["kAlpha1"] <= 0:
        return None
    if used.get("intended") == "K-Alpha" and lines.get("kAlpha2", 0) > 0:
        ratio = lines.get("ratioKAlpha2KAlpha1", 0.5)
        return (lines["kAlpha1"] + ratio * lines["kAlpha2"]) / (1 + ratio) / 10
    return lines["kAlpha1"] / 10


def _numbers(element: ElementTree.Element, name: str) -> FloatArray:
    try:
        found = np.array([float(word) for word in (element.text or "").split()])
    except ValueError as error:
        raise InputError(f"{name} has a value that is no number ({error}). Repair the file.") from error
    if not len(found):
        raise InputError(f"{name}: {_tag(element)} is empty. Export the scan again.")
    return found


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rsplit("}", 1)[-1]
