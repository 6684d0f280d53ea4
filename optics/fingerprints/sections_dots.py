"""Sections on the dots: emission, excitation, polarisation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optics.constants import HC_EV_NM
from optics.emission.line import emission_line
from optics.excitation.gain import gain_bound_per_cm
from optics.excitation.occupancy import depth_average, fluence_uj_cm2, mean_occupancy, transparency
from optics.excitation.pulse import Decay, pulse_response, threshold_occupancy
from optics.fingerprints.prepared import Prepared
from optics.fingerprints.section import Section
from optics.medium.absorption import cross_section_cm2, film_absorption_per_um, intrinsic_absorption_per_nm
from optics.polarisation.array import polarised_emission
from optics.polarisation.fine_structure import FineStructure
from optics.quantity import Quantity

FloatArray = NDArray[np.float64]


def frame_section(dots: Prepared) -> Section:
    """What the frame itself says: everything below hangs on it."""
    facts = dots.facts
    mean_edge = float(np.cbrt(np.prod(facts.edges_nm, axis=1)).mean())
    counted = f"{facts.n_facing} pairs of facets" if facts.n_facing else "centres less edges: no facets face each other"
    given = dots.inputs.core_fraction is not None
    return Section(
        quantities=(
            _of_frame("edge_nm", mean_edge, "nm", f"mean of {len(facts.edges_nm)} cores"),
            _of_frame("period_nm", facts.period_nm, "nm", "mean distance to the nearest neighbour"),
            _of_frame("gap_nm", facts.gap_nm, "nm", f"median of {counted}"),
            _of_frame("facet_overlap", facts.facet_overlap, "", f"mean of {counted}"),
            Quantity(
                name="core_fraction",
                value=dots.core_fraction,
                unit="",
                kind="input" if given else "predicted",
                source="given" if given else "core volume over the box of the frame",
            ),
        )
    )


def _of_frame(name: str, value: float, unit: str, source: str) -> Quantity:
    return Quantity(name=name, value=value, unit=unit, kind="predicted", source=f"frame: {source}")


def emission_section(dots: Prepared) -> Section:
    """Emission of the dots one by one."""
    energies, inputs = dots.energies_ev, dots.inputs
    line = emission_line(energies, homogeneous_fwhm_mev=inputs.homogeneous_fwhm_mev)
    mean_edge = float(np.cbrt(np.prod(dots.edges_nm, axis=1)).mean())
    off = dots.emitter.uncertainty_ev(mean_edge) if dots.is_anchored else 0.040
    energy = float(energies.mean())
    return Section(
        quantities=(
            Quantity(
                name="emission_nm",
                value=HC_EV_NM / energy,
                low=HC_EV_NM / (energy + off),
                high=HC_EV_NM / (energy - off),
                unit="nm",
                kind="predicted",
                source=f"exciton in a box, mean edge {mean_edge:.2f} nm; anchor: {dots.emitter.anchor.source}",
                note=f"of the dots before assembly; {1e3 * off:.0f} meV of uncertainty",
            ),
            Quantity(
                name="emission_size_sigma_mev",
                value=line.size_sigma_mev,
                unit="meV",
                kind="predicted",
                source="spread of the simulated sizes",
            ),
            Quantity(
                name="emission_fwhm_mev",
                value=line.fwhm_mev,
                unit="meV",
                kind="input",
                source=f"homogeneous width {inputs.homogeneous_fwhm_mev:g} meV (input) with the spread of sizes",
                note="the sizes alone give "
                f"{2.3548 * line.size_sigma_mev:.1f} meV: the width is that of phonons, and an input",
            ),
        ),
        picture=line,
    )


def excitation_section(dots: Prepared) -> Section:
    """Excitons a pulse makes, and thresholds."""
    inputs, material = dots.inputs, dots.emitter.material
    volume = float(np.prod(dots.edges_nm, axis=1).mean())
    predicted = inputs.sigma_cm2 is None
    sigma = inputs.sigma_cm2 or cross_section_cm2(
        material, volume, inputs.excitation_nm, medium_index=dots.bulk_medium.index(inputs.excitation_nm)
    )
    alpha = float(
        film_absorption_per_um(
            material,
            inputs.excitation_nm,
            dots.core_fraction,
            medium_index=dots.bulk_medium.index(inputs.excitation_nm),
        )
    )
    surface = mean_occupancy(inputs.fluence_uj_cm2, sigma, inputs.excitation_nm)
    share = depth_average(inputs.crystal_um, alpha)
    decay = Decay(biexciton_ps=inputs.biexciton_ps, exciton_ps=dots.lifetime_ps)
    threshold = threshold_occupancy(inputs.pulse_fwhm_ps, decay)
    clear = transparency()
    response = pulse_response(max(surface, 1e-6), inputs.pulse_fwhm_ps, decay)
    intrinsic = 1e7 * float(intrinsic_absorption_per_nm(material, dots.bulk_exciton_peak_nm, medium_index=dots.index))
    by_sigma = "predicted cross-section; published ones scatter tenfold" if predicted else "given cross-section"
    return Section(
        quantities=(
            Quantity(
                name="cross_section_cm2",
                value=sigma,
                unit="cm^2",
                kind="predicted" if predicted else "input",
                source=f"volume x bulk n,k x local field at {inputs.excitation_nm:g} nm" if predicted else "given",
            ),
            Quantity(
                name="occupancy",
                value=surface,
                unit="",
                kind="predicted",
                source=f"fluence {inputs.fluence_uj_cm2:g} uJ/cm^2, {by_sigma}",
                note=f"at the surface; mean over {inputs.crystal_um:g} um: {surface * share:.3g}",
            ),
            Quantity(
                name="mean_occupancy_in_depth",
                value=surface * share,
                unit="",
                kind="predicted",
                source=f"Beer-Lambert, {alpha:.2f} 1/um at {inputs.excitation_nm:g} nm",
            ),
            Quantity(
                name="transparency_occupancy",
                value=clear.unshifted,
                low=clear.unshifted,
                high=clear.shifted,
                unit="",
                kind="predicted",
                source="e^x = 2 + x; high end: biexciton line moved away, e^x = 1 + 2x",
            ),
            Quantity(
                name="threshold_occupancy",
                value=threshold,
                unit="",
                kind="predicted",
                source=f"pulse of {inputs.pulse_fwhm_ps:g} ps with Auger decay of {inputs.biexciton_ps:g} ps (input)",
            ),
            Quantity(
                name="threshold_uj_cm2",
                value=fluence_uj_cm2(threshold, sigma, inputs.excitation_nm),
                unit="uJ/cm^2",
                kind="predicted",
                source=f"at the surface, without cavity; {by_sigma}",
            ),
            Quantity(
                name="gain_bound_per_cm",
                value=gain_bound_per_cm(dots.core_fraction, intrinsic, max(response.best_inversion, 0.0)),
                unit="1/cm",
                kind="bound",
                source="core fraction x absorption at the exciton x inversion at this fluence",
                note="modal gain is far lower: scattering, confinement, reabsorption",
            ),
        )
    )


def polarisation_section(dots: Prepared) -> Section:
    """Polarisation of the array, if all dots carry the same dipoles along the same body axes."""
    inputs = dots.inputs
    triplet = FineStructure(splittings_mev=inputs.fine_structure_mev)
    light = polarised_emission(dots.rotations, triplet.weights(inputs.temperature_kelvin))
    single = max(
        polarised_emission(dots.aligned, np.eye(3)[axis]).polarisation * _seen(dots.aligned, axis) for axis in range(3)
    )
    return Section(
        quantities=(
            Quantity(
                name="polarisation",
                value=light.polarisation,
                unit="",
                kind="predicted",
                source=f"orientations, three dipoles with splittings {inputs.fine_structure_mev} meV (input), "
                f"{inputs.temperature_kelvin:g} K",
            ),
            Quantity(
                name="single_dipole_polarisation",
                value=single,
                unit="",
                kind="bound",
                source="orientations up to the symmetry of a cube, one dipole on the same axis of every dot",
                note="with the axis at random on a cube axis it is zero: which axis is an input",
            ),
        ),
        picture=light,
    )


def _seen(rotations: FloatArray, axis: int) -> float:
    """1 for an axis that lies across the view along z, 0 for one that points at the observer."""
    return float(np.mean(rotations[:, 2, axis] ** 2) < 0.5)
