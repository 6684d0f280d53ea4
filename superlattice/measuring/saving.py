"""One measurement as a folder to publish from: figure, points, particles, curve, frame, caption, numbers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from packing.errors import InputError
from structure.micrographs.result import TemMeasurement
from structure.pattern_fit.result import PatternMeasurement
from structure.patterns.curves import ScatteringCurve
from structure.patterns.exports import write_curve, write_frame, write_table
from structure.patterns.instrument import Detector
from structure.saxs_fit.result import SaxsMeasurement
from structure.xrd_fit.result import XrdMeasurement
from superlattice.files import read_json, write_bytes, write_json, write_text
from superlattice.measuring.captions import caption
from superlattice.measuring.figure_curves import saxs_figure, xrd_figure
from superlattice.measuring.figure_parts import FORMATS, write_figure_as
from superlattice.measuring.figure_pattern import pattern_figure
from superlattice.measuring.figure_tem import tem_figure

CAPTION, FIT, PARTICLES, CURVE, FRAME = "caption.txt", "fit.csv", "particles.csv", "curve.nxs", "frame.edf"

_KINDS: tuple[tuple[str, type, Any], ...] = (
    ("tem", TemMeasurement, tem_figure),
    ("saxs", SaxsMeasurement, saxs_figure),
    ("pattern", PatternMeasurement, pattern_figure),
    ("xrd", XrdMeasurement, xrd_figure),
)


def kind_of(measured: Any) -> str:
    """``tem``, ``saxs``, ``pattern`` or ``xrd``: what a measurement is of.

    Raises
    ------
    InputError
        For something that is no measurement.
    """
    for name, kind, _ in _KINDS:
        if isinstance(measured, kind):
            return name
    raise InputError(f"a measurement is needed (of measure_tem, measure_saxs, ...), got {type(measured).__name__}.")


def measurement_figure(measured: Any) -> Figure:
    """The figure of a measurement: every mark with a key, residuals and indices beside the data.

    Parameters
    ----------
    measured
        What ``measure_tem``, ``measure_saxs``, ``measure_pattern`` or ``measure_xrd`` gave.

    Raises
    ------
    InputError
        For something that is no measurement.
    """
    wanted = kind_of(measured)
    figure: Figure = next(draw for name, _, draw in _KINDS if name == wanted)(measured)
    return figure


def save_measurement(measured: Any, folder: str | Path, *, formats: Sequence[str] = ("png", "svg")) -> list[Path]:
    """Write everything of one measurement that a paper needs into a folder.

    ``KIND.png`` and ``KIND.svg``, ``KIND.json`` and ``caption.txt``; of a micrograph ``particles.csv``, of a curve
    ``fit.csv`` and ``curve.nxs`` (NXcanSAS), of a frame ``profile.csv`` and ``frame.edf`` with ``frame.poni``.

    Parameters
    ----------
    measured
        What ``measure_tem``, ``measure_saxs``, ``measure_pattern`` or ``measure_xrd`` gave.
    folder
        Made if it is not there.
    formats
        Of the figure: ``"png"``, ``"svg"``, ``"pdf"``.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    InputError
        For something that is no measurement, an unknown format, a folder that cannot be written, and one that holds
        the measurement of another file.
    """
    kind = kind_of(measured)
    check_formats(formats)
    target = Path(folder)
    check_free(target, kind, measured.provenance.get("sha256"))
    return write_measurement(measured, target, formats)


def write_measurement(measured: Any, target: Path, formats: Sequence[str]) -> list[Path]:
    """Write what `save_measurement` writes into the folder ``target``, over what is there.

    ``measured`` is a measurement, ``formats`` are those of its figure.
    """
    kind = kind_of(measured)
    made = write_figure_as(measurement_figure(measured), target / kind, formats)
    write_text(target / CAPTION, caption(measured))
    made.append(target / CAPTION)
    match kind:
        case "tem":
            made.append(_particles(measured, target / PARTICLES))
        case "saxs":
            made += [_saxs_points(measured, target / FIT), _nxcansas(measured.curve, target / CURVE)]
        case "xrd":
            made += [_xrd_points(measured, target / FIT), _nxcansas(measured.curve, target / CURVE)]
        case "pattern":
            made += [_profile(measured, target / "profile.csv"), *_frame(measured, target / FRAME)]
    # Last: what finds it knows that the rest is there.
    write_json(target / f"{kind}.json", measured.to_dict())
    return [*made, target / f"{kind}.json"]


def check_formats(formats: Sequence[str]) -> None:
    """Refuse ``formats`` of a figure that are not known, and none at all, with an `InputError`."""
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        raise InputError(f"formats must be of {', '.join(FORMATS)}, got {', '.join(unknown) or 'none'}.")


def check_free(folder: Path, kind: str, sha256: Any) -> None:
    """Refuse a folder that holds the measurement of another file; that of the same file is made anew.

    Raises
    ------
    InputError
        Naming the file that was measured there.
    """
    there = folder / f"{kind}.json"
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file. Choose another --save.")
    if not there.is_file():
        return
    old = read_json(there)
    before = old.get("provenance", {}) if isinstance(old, dict) else {}
    if before.get("sha256") != sha256:
        raise InputError(
            f"{folder} holds the measurement of another file ({before.get('file', 'unknown')}), and nothing is "
            "overwritten. Choose another --save."
        )


def _particles(measured: TemMeasurement, path: Path) -> Path:
    table = measured.particles
    columns = ["x_nm", "y_nm", "grain", "diameter_nm", "psi4", "psi6", "on_lattice", "interior", "direction_deg"]
    rows = [
        [f"{x:.4f}", f"{y:.4f}", int(g), _cell(d, 4), _cell(p4, 4), _cell(p6, 4), int(on), int(inside), _cell(turn, 2)]
        for (x, y), g, d, p4, p6, on, inside, turn in zip(
            table.positions_nm, table.grains, table.diameters_nm, table.psi4, table.psi6, table.on_lattice,
            table.interior, table.directions_deg, strict=True,
        )
    ]  # fmt: skip
    return write_table(path, columns, rows)


def _cell(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if np.isfinite(value) else ""


def _saxs_points(measured: SaxsMeasurement, path: Path) -> Path:
    residual = (measured.fitted_intensity - measured.model) / measured.fitted_weight_sd
    columns = ["q_inv_nm", "intensity", "sd_noise", "sd_weight", "model", "without_reflections", "residual"]
    data = np.column_stack(
        [
            measured.model_q_inv_nm, measured.fitted_intensity, measured.fitted_sd, measured.fitted_weight_sd,
            measured.model, measured.particles_only, residual,
        ]
    )  # fmt: skip
    return write_table(path, columns, data.tolist())


def _xrd_points(measured: XrdMeasurement, path: Path) -> Path:
    curve = measured.curve
    sd = np.ones_like(curve.intensity) if curve.sd is None else curve.sd
    residual = (curve.intensity - measured.model) / sd
    data = np.column_stack([curve.q_inv_nm, curve.intensity, sd, measured.model, residual])
    return write_table(path, ["q_inv_nm", "intensity", "sd_weight", "model", "residual"], data.tolist())


def _profile(measured: PatternMeasurement, path: Path) -> Path:
    name = "in_plane_q_inv_nm" if measured.geometry == "grazing" else "q_inv_nm"
    return write_table(path, [name, "mean_counts"], np.column_stack([measured.q_inv_nm, measured.profile]).tolist())


def _nxcansas(curve: Any, path: Path) -> Path:
    """The measured curve as SasView reads it."""
    written = ScatteringCurve(q_inv_nm=curve.q_inv_nm, intensity=curve.intensity, sd=curve.sd, label=curve.label)
    return write_curve(written, path)


def _frame(measured: PatternMeasurement, path: Path) -> list[Path]:
    """The frame with its geometry; a PONI file that was given is copied, for its tilts."""
    frame, place = measured.frame, measured.place
    rows = frame.intensity.shape[0]
    detector = Detector(
        distance_mm=place.distance_mm, pixel_mm=place.pixel_mm, n_pixels=frame.intensity.shape,
        wavelength_nm=place.wavelength_nm, centre_px=(rows - place.beam_y_px, place.beam_x_px),
    )  # fmt: skip
    made = write_frame(np.where(frame.valid, frame.intensity, np.nan), detector, path)
    if place.poni is not None and Path(place.poni).is_file():
        write_bytes(path.with_suffix(".poni"), Path(place.poni).read_bytes())
    return made
