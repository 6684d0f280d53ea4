"""A configuration made ready for the optical models: emitter, sizes drawn, medium, cluster."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optics.collective.cluster import cut_at_widest_gap
from optics.collective.sizes import continuous_scales
from optics.constants import HC_EV_NM
from optics.emission.anchored import Emitter, from_bulk_gap
from optics.fingerprints.frame import FrameFacts, frame_facts
from optics.fingerprints.inputs import OpticsInputs
from optics.materials.alloys import optical_material
from optics.materials.properties import Semiconductor
from optics.materials.refraction import exciton_nm
from optics.materials.table import with_anchor
from optics.medium.dispersion import SuperlatticeMedium
from optics.polarisation.array import nearest_cube_axes
from optics.red_shift.reabsorption import blue_shift_ev
from packing.configuration import Configuration
from packing.errors import InputError
from packing.shapes import Cuboid

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prepared:
    """What the sections share; see `prepare`."""

    inputs: OpticsInputs
    emitter: Emitter
    is_anchored: bool
    facts: FrameFacts
    edges_nm: FloatArray
    energies_ev: FloatArray
    positions_nm: FloatArray
    box: FloatArray | None
    cluster_nm: FloatArray
    rotations: FloatArray
    aligned: FloatArray
    core_fraction: float
    medium: SuperlatticeMedium
    lifetime_ps: float
    lifetime_source: str
    warnings: tuple[str, ...]

    @property
    def emission_nm(self) -> float:
        """Mean emission of the dots before assembly [nm]."""
        return float(HC_EV_NM / self.energies_ev.mean())

    @property
    def index(self) -> float:
        """Refractive index of the solid at the emission."""
        return self.medium.index(self.emission_nm)

    @property
    def period_nm(self) -> float:
        """Mean distance of nearest neighbours [nm]."""
        return self.facts.period_nm

    @property
    def bulk_exciton_peak_nm(self) -> float:
        """Maximum of the bulk absorption near the emission [nm]."""
        return exciton_nm(self.emitter.material, (self.emission_nm - 45.0, self.emission_nm + 60.0))

    @property
    def bulk_medium(self) -> SuperlatticeMedium:
        """The solid with the bulk n and k unmoved: for light far above the gap."""
        return replace(self.medium, blue_shift_ev=0.0)


def prepare(frame: Configuration, material_name: str, inputs: OpticsInputs, size_spread: float = 0.0) -> Prepared:
    """Make a frame ready.

    Parameters
    ----------
    frame
        One frame.
    material_name
        Material of the cores.
    inputs
        What the person gives.
    size_spread
        Used where all dots of the frame have one size.

    Raises
    ------
    InputError
        For a material without optical data, sizes outside validity, or a free cluster without core_fraction.
    """
    material, warnings = optical_material(material_name)
    if inputs.anchor_edge_nm is not None and inputs.anchor_wavelength_nm is not None:
        material = with_anchor(material, inputs.anchor_edge_nm, inputs.anchor_wavelength_nm)
    facts = frame_facts(frame)
    anchored = material.anchor is not None
    mean_edge = float(np.cbrt(np.prod(facts.edges_nm, axis=1)).mean())
    if anchored:
        emitter = Emitter(material=material)
    else:
        emitter = from_bulk_gap(material, mean_edge)
        warnings = (
            *warnings,
            f"{material_name} has no measured pair of size and emission: its bulk gap ({material.gap_ev:g} eV at "
            f"{material.gap_kelvin:g} K) fixes the emission to +-40 meV at best. Give anchor_edge_nm and "
            f"anchor_wavelength_nm.",
        )
    core_fraction = inputs.core_fraction if inputs.core_fraction is not None else facts.core_fraction
    if core_fraction is None:
        raise InputError(
            "a free cluster has no volume, so no core fraction. Give core_fraction, or a configuration with a box."
        )
    rng = np.random.default_rng(inputs.seed)
    volume_scale = np.cbrt(np.prod(facts.edges_nm, axis=1))
    edges = facts.edges_nm * continuous_scales(volume_scale, rng, size_spread=size_spread)[:, None]
    cold = inputs.temperature_kelvin < 50.0 and material.cold_lifetime_ps is not None
    lifetime = inputs.lifetime_ps or (material.cold_lifetime_ps if cold else None) or material.radiative_lifetime_ps
    key = "cold_lifetime" if cold else "radiative_lifetime"
    origin = "given" if inputs.lifetime_ps else material.sources.get(key, "table")
    energies = emitter.energies_ev(edges)
    return Prepared(
        inputs=inputs,
        emitter=emitter,
        is_anchored=anchored,
        facts=facts,
        edges_nm=edges,
        energies_ev=energies,
        positions_nm=frame.positions_nm,
        box=frame.box,
        cluster_nm=frame.positions_nm if frame.box is None else cut_at_widest_gap(frame.positions_nm, frame.box),
        rotations=frame.rotations,
        aligned=nearest_cube_axes(frame.rotations) if _all_cubes(frame) else frame.rotations,
        core_fraction=core_fraction,
        medium=SuperlatticeMedium(
            material=material,
            core_fraction=min(core_fraction, 1.0),
            host_index=inputs.between.refractive_index,
            blue_shift_ev=_blue_shift(material, float(energies.mean()), inputs.stokes_mev),
        ),
        lifetime_ps=lifetime,
        lifetime_source=origin,
        warnings=(*warnings, *emitter.warnings(edges), *_cold(inputs), *_estimates(material)),
    )


def _blue_shift(material: Semiconductor, peak_ev: float, stokes_mev: float) -> float:
    """0 where the material has no data there: the sections that need n and k then say so themselves."""
    try:
        return blue_shift_ev(material, peak_ev, stokes_mev)
    except InputError:
        return 0.0


def _all_cubes(frame: Configuration) -> bool:
    """Whether the axes of every dot may be renamed."""
    return all(isinstance(shape, Cuboid) and shape.is_cube for shape in frame.shapes)


def _cold(inputs: OpticsInputs) -> tuple[str, ...]:
    """What is still that of room temperature where another one is asked for."""
    if abs(inputs.temperature_kelvin - 300.0) <= 30.0:
        return ()
    still = ["n and k"]
    if inputs.anchor_wavelength_nm is None:
        still.append("the anchor of the emission")
    if inputs.homogeneous_fwhm_mev == OpticsInputs().homogeneous_fwhm_mev and inputs.dephasing_ps is None:
        still.append("homogeneous_fwhm_mev, and T2 from it (at 4 K it was up to 80 ps: doi:10.1038/s41586-021-03492-5)")
    return (f"at {inputs.temperature_kelvin:g} K these are still of room temperature: {', '.join(still)}.",)


def _estimates(material: Semiconductor) -> tuple[str, ...]:
    """Sentences on constants of another sample, and on those that nobody looked up."""
    page = material.index_page
    sample = (f"n and k of {material.name} are {page.note}.",) if page is not None and page.note else ()
    named = [key.replace("_", " ") for key, source in material.sources.items() if source.startswith("estimate")]
    if not named:
        return sample
    return (*sample, f"constants of {material.name} that are estimates (quoted from memory): {', '.join(named)}.")
