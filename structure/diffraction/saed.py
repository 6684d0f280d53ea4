"""Selected-area electron diffraction of a superlattice along a zone axis: kinematic, without dynamical scattering.

One sum holds both ends of the pattern: the spots of the superlattice around the direct beam (the reflection H = 0 of
the atomic lattice, the mean inner potential of the dots) and those of the atomic lattice, which the co-oriented dots
draw into spots and their misorientation into arcs. Single scattering: a dot of 10 nm of heavy atoms scatters an
electron of 200 keV more than once, so that measured intensities, above all of weak spots, differ; places do not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.configuration import Configuration
from packing.errors import InputError
from structure.diffraction.atomic import AtomicCrystal
from structure.diffraction.atoms import electron_wavelength_nm
from structure.diffraction.axes import cell_seen_along, common_axes
from structure.diffraction.indexed import IndexedPattern, in_plane_marks
from structure.diffraction.superlattice_waxs import reflections_image
from structure.imaging.tem import zone_axis_rotation
from structure.patterns.instrument import Instrument
from structure.patterns.patterns import ScatteringPattern, pattern_axis
from structure.saxs.powder import checked_frames, domain_of_box_nm

FloatArray = NDArray[np.float64]


def simulate_saed(
    configurations: Configuration | Sequence[Configuration],
    crystal: AtomicCrystal,
    *,
    cell_nm: ArrayLike,
    zone: tuple[int, int, int] = (0, 0, 1),
    voltage_kv: float = 200.0,
    q_max_inv_nm: float = 25.0,
    n_pixels: int = 512,
    domain_nm: float | None = None,
    instrument: Instrument | None = None,
    seed: int = 0,
) -> IndexedPattern:
    r"""Electron diffraction of simulated frames along a zone axis of their superlattice.

    Atoms scatter as neutral ones in the first Born approximation (`electron_form_factor_nm`). The Ewald sphere of
    :math:`k = 2\pi/\lambda`, with the relativistic wavelength, is nearly flat. Frames whose dots are not co-oriented,
    and free clusters, are refused: their atomic reflections are rings, which `simulate_waxs_2d` draws.

    Parameters
    ----------
    configurations
        One periodic frame, or frames to average over.
    crystal
        Atomic lattice in the axes of the bodies.
    cell_nm
        Vectors of the superlattice as rows [nm], shape (3, 3).
    zone
        Direction [uvw] of the superlattice along the beam.
    voltage_kv
        Accelerating voltage [kV].
    q_max_inv_nm
        Edge of the pattern [1/nm]; q is 2 pi over the spacing.
    n_pixels
        Pixels along each side.
    domain_nm
        Size of the coherent domain in the selected area [nm]; None takes the narrowest width of the box.
    instrument
        Background and counts; its wavelength is not used.
    seed
        Seed of the counting noise.

    Raises
    ------
    InputError
        For dots that are not co-oriented, a free cluster, the direction (0, 0, 0), and sizes that are not positive.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> from structure.crystals.build import build_crystal
    >>> from structure.diffraction.library import crystal_of_material
    >>> film = build_crystal("sc", spacing_nm=11.6, n_cells=(3, 3, 3), shapes=cube(8.6))
    >>> found = simulate_saed(film, crystal_of_material("CsPbBr3"), cell_nm=11.6 * np.eye(3), q_max_inv_nm=12.0)
    >>> sorted(mark.label for mark in found.atomic)[:2]
    ['-100', '0-10']
    """
    frames = checked_frames(configurations)
    wavelength = electron_wavelength_nm(voltage_kv)
    axes = [common_axes(f, crystal) for f in frames]
    if frames[0].box is None or not all(a.aligned for a in axes):
        raise InputError(
            "the dots are not co-oriented in a periodic box, so that no zone axis shows spots. Simulate waxs instead."
        )
    cell = np.asarray(cell_nm, dtype=float)
    view = zone_axis_rotation(cell, zone)
    axis = pattern_axis(q_max_inv_nm, n_pixels)
    images = [
        reflections_image(
            f, crystal, a, axis, view[None], q_range_inv_nm=(0.0, math.sqrt(2) * q_max_inv_nm),
            wavelength_nm=wavelength, domain_nm=domain_nm, electrons=True,
        )
        for f, a in zip(frames, axes, strict=True)
    ]  # fmt: skip
    name = "".join(str(i) for i in zone)
    pattern = ScatteringPattern(
        qx_inv_nm=axis,
        qy_inv_nm=axis,
        intensity=np.mean(images, axis=0),
        label=f"SAED, [{name}] of the superlattice, {voltage_kv:g} kV, kinematic",
        provenance={
            "crystal": crystal.name, "zone": list(zone), "voltage_kv": voltage_kv, "wavelength_nm": wavelength,
            "domain_nm": domain_of_box_nm(frames[0], domain_nm), "kinematic": True,
            "misorientation_deg": max(a.misorientation_deg for a in axes), "unit": "nm^2 per nanocrystal",
        },
    )  # fmt: skip
    if instrument is not None:
        pattern = pattern.measured_with(instrument, seed=seed)
    _, vectors, _ = crystal.reflections(q_max_inv_nm)
    edge = np.linalg.norm(vectors, axis=1).min() / 2 if len(vectors) else q_max_inv_nm
    return IndexedPattern(
        pattern=pattern,
        superlattice=in_plane_marks(cell, view, min(0.9 * edge, q_max_inv_nm), sites_nm=frames[-1].positions_nm),
        atomic=in_plane_marks(cell_seen_along(crystal, axes[0], view), view, q_max_inv_nm, crystal=crystal),
    )
