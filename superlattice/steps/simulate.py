"""What one instrument would show of a sample: ``superlattice simulate``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from packing.checks import require_known
from packing.errors import InputError
from packing.shapes import Shape
from structure.diffraction.axes import cell_seen_along, common_axes
from structure.diffraction.film_xrd import simulate_film_xrd
from structure.diffraction.indexed import IndexedPattern, in_plane_marks
from structure.diffraction.saed import simulate_saed
from structure.diffraction.superlattice_waxs import simulate_powder_waxs, simulate_superlattice_waxs_2d
from structure.diffraction.waxs import simulate_waxs_2d
from structure.grazing.gisaxs import simulate_gisaxs
from structure.imaging.tem import simulate_tem
from structure.multislice.image import simulate_multislice
from structure.patterns.exports import frame_on_detector
from structure.patterns.instrument import ewald_q_z
from structure.patterns.patterns import pattern_from_curve
from structure.saxs.pattern import simulate_saxs_2d
from structure.saxs.powder import simulate_saxs
from superlattice.steps.sample import Sample, sample_film, sample_of
from superlattice.steps.simulated import Simulated
from superlattice.study.instrument_table import InstrumentTable, read_instrument

MIDDLE_INV_NM = 2.5
"""Edge of the magnified middle of an electron diffraction pattern [1/nm]."""

SPOT_REACH_INV_NM = 2.0
"""How far the Ewald sphere may pass by an atomic reflection whose index is still written beside its spot [1/nm]."""

KINDS = ("saxs", "waxs", "xrd", "gisaxs", "saed", "tem")
"""Instruments that can be simulated."""


def simulate_target(
    kind: str,
    target: str | Path,
    *,
    frame: int | None = None,
    axis: tuple[int, int, int] | None = None,
    material: str | None = None,
    cif: Path | None = None,
    instrument: str | Path | InstrumentTable | None = None,
    shapes: Mapping[str, Shape] | None = None,
    unit_nm: float | None = None,
    multislice: bool = False,
) -> Simulated:
    """What an instrument would show of a run, of a file of configurations, or of the crystal that a study predicts.

    Parameters
    ----------
    kind
        One of `KINDS`.
    target, frame, material, cif, shapes, unit_nm
        As for `superlattice.steps.sample.sample_of`.
    axis
        Direction [uvw] of the superlattice along the beam, or of xrd along the film's normal; None is the study's.
    instrument
        Instrument file, or its table; None is a perfect instrument.
    multislice
        Whether tem is of the atoms of a small field, with all scattering events: needs abTEM.

    Raises
    ------
    InputError
        For an unknown kind, a target that cannot be used, no material where atoms are needed, an axis that is none, a
        wavelength too long for the pattern, and a detector that misses it.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from packing.shapes import cube
    >>> from packing.trajectory import write_gsd
    >>> from structure.crystals.build import build_crystal
    >>> crystal = build_crystal("sc", spacing_nm=11.5, n_cells=(3, 3, 3), shapes=cube(8.6), displacement_nm=0.1)
    >>> with TemporaryDirectory() as folder:
    ...     write_gsd(Path(folder) / "crystal.gsd", [crystal])
    ...     found = simulate_target("saxs", Path(folder) / "crystal.gsd", instrument=InstrumentTable(n_pixels=64))
    >>> [row[:2] for row in found.pattern.rows()[:2]]
    [('superlattice', '010'), ('superlattice', '100')]
    """
    require_known("kind", kind, KINDS)
    how = instrument if isinstance(instrument, InstrumentTable) else read_instrument(instrument)
    sample = sample_of(target, frame=frame, material=material, cif=cif, shapes=shapes, unit_nm=unit_nm)
    return simulate_sample(kind, sample, how, axis=axis, multislice=multislice)


def simulate_sample(
    kind: str,
    sample: Sample,
    how: InstrumentTable,
    *,
    axis: tuple[int, int, int] | None = None,
    multislice: bool = False,
) -> Simulated:
    """What an instrument would show of a sample; else as `simulate_target`.

    ``axis`` are the indices of the lattice direction along the beam, None for that of the study.

    Raises
    ------
    InputError
        As `simulate_target`, and for ``multislice`` of another kind than tem.
    """
    if multislice:
        if kind != "tem":
            raise InputError(f"multislice is of micrographs, got kind {kind!r}. Simulate tem, or leave it out.")
        return _multislice(sample, how, axis)
    makers = {"saxs": _saxs, "waxs": _waxs, "xrd": _xrd, "gisaxs": _gisaxs, "saed": _saed, "tem": _tem}
    made = makers[kind](sample, how, axis)
    if how.detector is not None and made.pattern is not None:
        frame_on_detector(made.pattern.pattern, how.detector.build(made.wavelength_nm or 0.1))
    return made


def _saxs(sample: Sample, how: InstrumentTable, axis: tuple[int, int, int] | None) -> Simulated:
    wave = how.wavelength_nm or sample.table.wavelength_nm
    edge = how.q_reached(wave, sample.table.q_max_inv_nm)
    view, domain = sample.view(axis), how.domain_nm or sample.domain_nm
    instrument = how.instrument(wave)
    pattern = simulate_saxs_2d(
        sample.frames, texture=how.texture_seen(view), q_max_inv_nm=edge, n_pixels=how.n_pixels,
        wavelength_nm=wave, instrument=instrument, domain_nm=domain, seed=how.seed,
    )  # fmt: skip
    curve = simulate_saxs(
        sample.frames, np.linspace(0.05, edge, 800), instrument=instrument, domain_nm=domain, seed=how.seed
    )
    return Simulated(
        kind="saxs", facts=_facts(sample, axis, wave), wavelength_nm=wave, curve=curve, notes=sample.notes,
        pattern=IndexedPattern(pattern=pattern, superlattice=_marks(sample, view, edge)), instrument=how,
    )  # fmt: skip


def _waxs(sample: Sample, how: InstrumentTable, axis: tuple[int, int, int] | None) -> Simulated:
    wave = how.wavelength_nm or min(sample.table.wavelength_nm, 0.1)
    edge = how.q_reached(wave, 25.0)
    crystal, view, domain = sample.crystal, sample.view(axis), how.domain_nm or sample.domain_nm
    lattices = common_axes(sample.frames[-1], crystal)
    together = lattices.aligned and sample.frames[0].box is not None and how.texture != "powder"
    curve = simulate_powder_waxs(
        sample.frames[-1:], crystal, np.arange(8.0, edge, 0.02), domain_nm=domain,
        strain_spread=sample.table.strain_spread, instrument=how.instrument(wave), seed=how.seed,
    )  # fmt: skip
    texture = how.texture_seen(view)
    if together:
        pattern = simulate_superlattice_waxs_2d(
            sample.frames[-1:], crystal, texture=texture, q_max_inv_nm=edge, n_pixels=how.n_pixels, wavelength_nm=wave,
            domain_nm=domain, strain_spread=sample.table.strain_spread, instrument=how.instrument(wave), seed=how.seed,
        )  # fmt: skip
    elif how.texture == "powder":
        pattern = pattern_from_curve(curve, n_pixels=how.n_pixels, q_max_inv_nm=edge)
    else:
        pattern = simulate_waxs_2d(
            sample.frames, crystal, texture=texture, q_max_inv_nm=edge, n_pixels=how.n_pixels, wavelength_nm=wave,
            instrument=how.instrument(wave), seed=how.seed,
        )  # fmt: skip
    facts = _facts(sample, axis, wave) | _inside(sample) | {"dots interfere": together}
    marks = in_plane_marks(cell_seen_along(crystal, lattices, view), view, edge, crystal=crystal) if together else ()
    # What the sphere passes by shows no spot.
    marks = tuple(m for m in marks if abs(float(ewald_q_z(m.qx_inv_nm, m.qy_inv_nm, wave))) < SPOT_REACH_INV_NM)
    return Simulated(
        kind="waxs", facts=facts, wavelength_nm=wave, curve=curve, notes=sample.notes, instrument=how,
        pattern=IndexedPattern(pattern=pattern, atomic=marks),
    )  # fmt: skip


def _xrd(sample: Sample, how: InstrumentTable, axis: tuple[int, int, int] | None) -> Simulated:
    wave = how.wavelength_nm or sample.table.wavelength_nm
    low, high, step = how.two_theta_deg
    q = 4 * math.pi / wave * np.sin(np.radians(np.arange(low, high, step)) / 2)
    domain = how.domain_nm or sample.table.domain_nm
    curve = simulate_film_xrd(
        sample.frames, sample.crystal, q, row_nm=sample.row_nm(axis), domain_nm=domain,
        strain_spread=sample.table.strain_spread,
    )  # fmt: skip
    facts = _facts(sample, axis, wave) | _inside(sample)
    # Rows of a perfect crystal fluctuate by the rounding of its positions.
    facts |= {name: round(curve.provenance[name], 9) for name in ("period_nm", "sigma_nm", "n_layers")}
    curve = how.instrument(wave).measure(curve, seed=how.seed)
    note = "along the film's normal, without Lorentz, polarisation and absorption factors"
    return Simulated(
        kind="xrd", facts=facts, wavelength_nm=wave, curve=curve, notes=(*sample.notes, note), instrument=how
    )


def _gisaxs(sample: Sample, how: InstrumentTable, axis: tuple[int, int, int] | None) -> Simulated:
    wave = how.wavelength_nm or sample.table.wavelength_nm
    edge = how.q_reached(wave, sample.table.q_max_inv_nm)
    film, layers = sample_film(sample, how, wave, axis)
    pattern = simulate_gisaxs(film, layers, q_par_max_inv_nm=edge, q_z_max_inv_nm=edge, n_pixels=how.n_pixels)
    about = pattern.provenance
    facts = _facts(sample, axis, wave) | {
        "incidence_deg": layers.incidence_deg,
        "film_critical_deg": about["critical_film_deg"],
        "substrate_critical_deg": about["critical_substrate_deg"],
        "yoneda_q_z_inv_nm": list(about["yoneda_q_z_inv_nm"]),
    }
    notes = [*sample.notes, "domains are turned at random about the normal; each is the lattice of the last frame"]
    if about["below_critical"]:
        notes.append("the beam falls in below the critical angle of the film and only grazes its surface")
    if how.instrument(wave).counts_at_maximum is not None or how.background > 0:
        pattern = pattern.measured_with(how.instrument(wave), seed=how.seed)
    return Simulated(
        kind="gisaxs", facts=facts, wavelength_nm=wave, pattern=IndexedPattern(pattern=pattern), instrument=how,
        notes=tuple(notes),
    )  # fmt: skip


def _saed(sample: Sample, how: InstrumentTable, axis: tuple[int, int, int] | None) -> Simulated:
    zone = axis or sample.table.zone_axis
    sample.row_nm(zone)
    edge = how.q_max_inv_nm or 25.0
    pattern, middle = (
        simulate_saed(
            sample.frames[-1:], sample.crystal, cell_nm=sample.lattice.cell_nm, zone=zone, n_pixels=how.n_pixels,
            voltage_kv=how.voltage_kv or sample.table.voltage_kv, q_max_inv_nm=q_max,
            domain_nm=how.domain_nm or sample.domain_nm, instrument=how.instrument(0.0025), seed=how.seed,
        )
        for q_max in (edge, min(edge, MIDDLE_INV_NM))
    )  # fmt: skip
    about = pattern.pattern.provenance
    facts = _facts(sample, zone, float(about["wavelength_nm"])) | _inside(sample) | {"voltage_kv": about["voltage_kv"]}
    note = "kinematic: places are those of the spots, intensities of thick or heavy dots differ"
    return Simulated(
        kind="saed", facts=facts, wavelength_nm=float(about["wavelength_nm"]), pattern=pattern, middle=middle,
        instrument=how, notes=(*sample.notes, note),
    )  # fmt: skip


def _tem(sample: Sample, how: InstrumentTable, axis: tuple[int, int, int] | None) -> Simulated:
    blur = how.blur_nm if how.blur_nm is not None else sample.table.tem_blur_nm
    image = simulate_tem(
        sample.frames[-1], rotation=sample.view(axis), px_per_nm=how.px_per_nm or sample.table.tem_px_per_nm,
        blur_nm=blur, dose_per_nm2=how.dose_per_nm2, seed=how.seed,
    )  # fmt: skip
    return Simulated(kind="tem", facts=_facts(sample, axis, None), image=image, notes=sample.notes, instrument=how)


def _multislice(sample: Sample, how: InstrumentTable, axis: tuple[int, int, int] | None) -> Simulated:
    frame = sample.frames[-1]
    widest = 2 * max(s.circumradius_nm for s in frame.shapes)
    # Of a superlattice two periods across and one along the beam, else about one dot.
    period = float(np.linalg.norm(sample.row_nm(axis))) if sample.lattice.found else widest
    across = 2 * sample.lattice.period_nm if sample.lattice.found else 1.2 * widest
    image = simulate_multislice(
        frame, sample.crystal, rotation=sample.view(axis), field_nm=how.field_nm or (across, across),
        depth_nm=how.depth_nm or period, px_per_nm=how.px_per_nm or 25.0,
        voltage_kv=how.voltage_kv or sample.table.voltage_kv, defocus_nm=how.defocus_nm,
        spherical_mm=how.spherical_mm, aperture_mrad=how.aperture_mrad, dose_per_nm2=how.dose_per_nm2, seed=how.seed,
    )  # fmt: skip
    about = image.provenance
    names = ("n_atoms", "depth_nm", "voltage_kv", "defocus_nm", "spherical_mm", "aperture_mrad", "n_configurations")
    facts = _facts(sample, axis, None) | _inside(sample) | {"multislice": True} | {name: about[name] for name in names}
    notes = (*sample.notes, "multislice by abTEM of all atoms in the field: without ligands, film and absorption")
    return Simulated(kind="tem", facts=facts, image=image, notes=notes, instrument=how)


def _facts(sample: Sample, axis: tuple[int, int, int] | None, wavelength_nm: float | None) -> dict[str, Any]:
    fit = sample.lattice
    facts: dict[str, Any] = {
        "n_particles": sample.frames[-1].n_particles,
        "step": sample.frames[-1].step,
        "n_frames": len(sample.frames),
        "lattice": fit.structure if fit.found else "none",
        "lattice_period_nm": fit.period_nm if fit.found else None,
        "axis": list(axis or sample.table.zone_axis) if fit.found else None,
    }
    return facts if wavelength_nm is None else facts | {"wavelength_nm": wavelength_nm}


def _inside(sample: Sample) -> dict[str, Any]:
    lattices = common_axes(sample.frames[-1], sample.crystal)
    return {"crystal": sample.crystal.name, "misorientation_deg": lattices.misorientation_deg}


def _marks(sample: Sample, view: np.ndarray, edge: float) -> Any:
    if not sample.lattice.found:
        return ()
    return in_plane_marks(sample.lattice.cell_nm, view, edge, sites_nm=sample.frames[-1].positions_nm)
