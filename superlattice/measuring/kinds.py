"""The four kinds of measured files: what measures them, what a row of a table holds, which files a folder has."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from packing.checks import did_you_mean
from packing.errors import InputError

Row = dict[str, Any]
"""Values of one file by column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of file.

    Parameters
    ----------
    name
        ``tem``, ``saxs``, ``pattern`` or ``xrd``.
    noun
        What one of them is called.
    measures
        Where the function is that measures one, as ``module:function``.
    suffixes
        Endings of the files that a folder may hold of it, lower case.
    group
        Column whose values must be the same for numbers to be averaged: nobody means spacings of two lattices.
    columns
        Columns with text or whole numbers, first in a row.
    numbers
        Quantities: column, column of its standard uncertainty or empty, and what people call it.
    common_sd
        Column of the part of the first quantity's uncertainty that all files of a session share, or empty. Other
        lengths share it in proportion.
    """

    name: str
    noun: str
    measures: str
    suffixes: tuple[str, ...]
    group: str
    columns: tuple[str, ...]
    numbers: tuple[tuple[str, str, str], ...]
    common_sd: str = ""

    def function(self) -> Callable[..., Any]:
        """What measures a file."""
        module, _, name = self.measures.partition(":")
        function: Callable[..., Any] = getattr(import_module(module), name)
        return function

    def row(self, result: Any) -> Row:
        """The columns of a result, plain values only."""
        data = result.to_dict() | _derived(self.name, result)
        named = [*self.columns, *(c for number in self.numbers for c in number[:2] if c)]
        return {name: _plain(data.get(name)) for name in dict.fromkeys(named)} | {
            "reasons": "; ".join(data.get("reasons") or ())
        }


KINDS = {
    kind.name: kind
    for kind in (
        Kind(
            name="tem",
            noun="micrograph",
            measures="structure.micrographs.measure:measure_tem",
            suffixes=(".tif", ".tiff", ".png", ".jpg", ".jpeg", ".dm3", ".dm4", ".mrc", ".ser", ".emd"),
            group="lattice",
            columns=("lattice", "confidence", "n_particles", "n_grains", "feature", "particle_outline"),
            numbers=(
                ("spacing_nm", "spacing_sd_nm", "spacing [nm]"),
                ("particle_diameter_nm", "particle_diameter_sd_nm", "diameter [nm]"),
                ("particle_edge_nm", "particle_edge_sd_nm", "edge [nm]"),
                ("particle_diameter_spread_nm", "", "diameters vary by [nm]"),
                ("grain_spread_nm", "", "spacing varies by [nm]"),
                ("angle_deg", "angle_spread_deg", "angle [°]"),
                ("psi4_mean", "", "ψ4"),
                ("psi6_mean", "", "ψ6"),
                ("ordered_fraction", "", "on a lattice"),
                ("fit_sd_nm", "", ""),
                ("scale_sd_nm", "", ""),
                ("px_per_nm", "", ""),
            ),
            common_sd="scale_sd_nm",
        ),
        Kind(
            name="saxs",
            noun="curve",
            measures="structure.saxs_fit.measure:measure_saxs",
            suffixes=(".dat", ".txt", ".csv", ".xml", ".h5", ".hdf5", ".nxs", ".abs", ".pdh", ".xy"),
            group="phase",
            columns=("phase", "confidence", "shape", "shape_confidence"),
            numbers=(
                ("a_nm", "a_sd_nm", "a [nm]"),
                ("nearest_nm", "nearest_sd_nm", "neighbours [nm]"),
                ("c_nm", "", "c [nm]"),
                ("radius_nm", "size_sd_nm", "radius [nm]"),
                ("edge_nm", "size_sd_nm", "edge [nm]"),
                ("size_spread", "size_spread_sd", "size spread"),
                ("domain_nm", "", "domains [nm]"),
                ("displacement_nm", "displacement_sd_nm", "displacements [nm]"),
                ("paracrystal_nm", "paracrystal_sd_nm", "step spread [nm]"),
            ),
        ),
        Kind(
            name="pattern",
            noun="frame",
            measures="structure.pattern_fit.measure:measure_pattern",
            suffixes=(".edf", ".cbf", ".tif", ".tiff", ".h5", ".hdf5", ".gz", ".bz2"),
            group="lattice",
            columns=("lattice", "confidence", "kind", "geometry", "n_peaks"),
            numbers=(
                ("a_nm", "a_sd_nm", "a [nm]"),
                ("first_peak_inv_nm", "", "first peak [1/nm]"),
                ("arc_fwhm_deg", "", "arcs [°]"),
            ),
        ),
        Kind(
            name="xrd",
            noun="scan",
            measures="structure.xrd_fit.measure:measure_xrd",
            suffixes=(".dat", ".txt", ".csv", ".xy", ".xrdml", ".xml"),
            group="confidence",
            columns=("confidence", "n_planes", "termination"),
            numbers=(
                ("period_nm", "period_sd_nm", "period [nm]"),
                ("gap_nm", "gap_sd_nm", "gap [nm]"),
                ("sigma_nm", "sigma_sd_nm", "σ [nm]"),
                ("n_layers", "n_layers_sd", "layers"),
                ("plane_spacing_nm", "plane_spacing_sd_nm", "planes apart [nm]"),
                ("misfit", "", "misfit"),
            ),
        ),
    )
}


def kind_named(name: str) -> Kind:
    """The kind of a name.

    Raises
    ------
    InputError
        For a name that is none, with the nearest.

    Examples
    --------
    >>> kind_named("saxs").noun
    'curve'
    """
    if name not in KINDS:
        raise InputError(f"kind {name!r} is not known.{did_you_mean(name, KINDS)} Known: {', '.join(KINDS)}.")
    return KINDS[name]


def files_of(kind: Kind, given: Iterable[str | Path]) -> list[Path]:
    """The files to measure: those given, and of a folder those that end as files of this kind do, by name.

    A folder without any stands for itself: measuring it says what is wrong.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     for name in ("b.tif", "a.PNG", "notes.txt"):
    ...         (Path(folder) / name).touch()
    ...     [file.name for file in files_of(KINDS["tem"], [folder])]
    ['a.PNG', 'b.tif']
    """
    made: list[Path] = []
    for entry in given:
        path = Path(entry)
        inside = []
        if path.is_dir():
            inside = sorted(f for f in path.iterdir() if f.is_file() and f.suffix.lower() in kind.suffixes)
        made += inside or [path]
    return made


def _derived(name: str, result: Any) -> Mapping[str, Any]:
    """Numbers of a row that a result holds as lists."""
    if name != "pattern":
        return {}
    peaks = result.peaks_inv_nm
    arcs = [width for width in result.azimuthal_fwhm_deg or () if width < 360]
    return {
        "n_peaks": len(peaks),
        "first_peak_inv_nm": peaks[0] if peaks else None,
        "arc_fwhm_deg": sum(arcs) / len(arcs) if arcs else None,
    }


def _plain(value: Any) -> Any:
    """A value for a table: None for a number that is not there."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
