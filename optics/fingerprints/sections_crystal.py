"""Sections on the crystal: cavity and collective emission."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optics.cavity.facets import facet_spacing_nm, gallery_spacing_nm, square_gallery_modes
from optics.cavity.quality import absorption_quality
from optics.collective.burst import dephased_burst
from optics.collective.cost import collective_answer, sub_cube
from optics.collective.costs import crystal_costs
from optics.collective.hamiltonian import DipoleMedium, radiative_hamiltonian, triplet_dipoles
from optics.collective.judgement import Coherence, coherence
from optics.collective.modes import burst_variance, decay_matrix
from optics.fingerprints.prepared import Prepared
from optics.fingerprints.section import Section
from optics.medium.diffraction import bragg_wavelength_nm
from optics.quantity import Quantity
from packing.errors import InputError

_ROWS_MOST = 1200
_DOTS_OF_COSTS = 216


def cavity_section(dots: Prepared, emission_nm: float | None = None) -> Section:
    """Index, group index, and mode spacing of the crystal, at the light that leaves it.

    Parameters
    ----------
    emission_nm
        Light that leaves the crystal [nm]; None takes that of the dots.
    """
    inputs, medium, at = dots.inputs, dots.medium, emission_nm or dots.emission_nm
    low, high = medium.bounds(at)
    group = medium.group_index(at)
    group_away = medium.group_index(at + 25.0)
    length = 1e3 * inputs.crystal_um
    quantities = [
        Quantity(
            name="index",
            value=medium.index(at),
            low=low,
            high=high,
            unit="",
            kind="predicted",
            source=f"Maxwell Garnett at {at:.0f} nm, core fraction {dots.core_fraction:.3f} of the frame; "
            f"Hashin-Shtrikman bounds",
        ),
        Quantity(
            name="group_index",
            value=group,
            low=min(group, group_away),
            high=max(group, group_away),
            unit="",
            kind="predicted",
            source=f"n - lambda dn/dlambda at {at:.0f} nm; other end at {at + 25:.0f} nm",
            note="at the exciton's edge it is that of bulk data",
        ),
        Quantity(
            name="diffraction_limit_nm",
            value=bragg_wavelength_nm(dots.period_nm, medium.index(at)),
            unit="nm",
            kind="bound",
            source=f"2 n d of planes {dots.period_nm:.2f} nm apart",
            note="longer waves see a uniform solid: the array diffracts X-rays and electrons, not its own light",
        ),
    ]
    try:
        modes = square_gallery_modes(length, medium.index, (at - 10.0, at + 30.0))
    except InputError as error:
        return Section(
            quantities=(
                *quantities,
                Quantity(
                    name="mode_spacing_nm",
                    value=None,
                    unit="nm",
                    kind="predicted",
                    source="ray at 45 degrees",
                    note=str(error),
                ),
            )
        )
    spacing, away = gallery_spacing_nm(length, at, group), gallery_spacing_nm(length, at + 25.0, group_away)
    listed = ", ".join(f"{m.wavelength_nm:.1f}" for m in modes[:6]) or "none between"
    quantities += [
        Quantity(
            name="mode_spacing_nm",
            value=spacing,
            low=min(spacing, away),
            high=max(spacing, away),
            unit="nm",
            kind="predicted",
            source=f"gallery modes of a square of {inputs.crystal_um:g} um, group index",
            note=f"modes at {listed} nm",
        ),
        Quantity(
            name="facet_mode_spacing_nm",
            value=facet_spacing_nm(length, at, group),
            unit="nm",
            kind="predicted",
            source=f"Fabry-Perot between facets {inputs.crystal_um:g} um apart, group index",
        ),
    ]
    # The coefficient of a wave in the effective medium, 4 pi k / lambda.
    alpha_cm = 4e7 * np.pi * medium.complex_index(at).imag / at
    if alpha_cm > 0:
        quantities.append(
            Quantity(
                name="absorption_quality",
                value=absorption_quality(medium.index(at), at, alpha_cm),
                unit="",
                kind="bound",
                source=f"absorption of {alpha_cm:.3g} 1/cm at {at:.0f} nm without pump; facets lower it further",
            )
        )
    return Section(quantities=tuple(quantities))


def collective_section(dots: Prepared) -> Section:
    """Collective modes of the simulated crystal, and whether it coheres."""
    inputs = dots.inputs
    medium = DipoleMedium(lifetime_ps=dots.lifetime_ps, wavelength_nm=dots.emission_nm, index=dots.index)
    chosen = sub_cube(dots.cluster_nm, _ROWS_MOST, 3)
    answer = collective_answer(dots.cluster_nm[chosen], dots.rotations[chosen], dots.energies_ev[chosen], medium)
    dephasing = inputs.coherence_ps
    verdict = coherence(
        medium, period_nm=dots.period_nm, disorder_ev=float(dots.energies_ev.std()), dephasing_time_ps=dephasing
    )
    n = answer.n_dots
    origin = f"{n} dots, 3 dipoles each, lifetime {dots.lifetime_ps:g} ps ({dots.lifetime_source})"
    return Section(
        quantities=(
            Quantity(
                name="brightest_rate",
                value=answer.modes.brightest_rate,
                unit="rate of one dipole",
                kind="predicted",
                source=f"radiative Hamiltonian, sizes drawn continuously, {origin}",
                note=f"equal energies would give {answer.equal_energies_rate:.3g}; alone it predicts no "
                f"superfluorescence",
            ),
            Quantity(
                name="thermal_rate",
                value=answer.modes.thermal_rate(inputs.temperature_kelvin),
                unit="rate of one dipole",
                kind="predicted",
                source=f"the same modes in equilibrium at {inputs.temperature_kelvin:g} K",
            ),
            *_costs(dots, medium),
            Quantity(
                name="burst_variance",
                value=_aligned_variance(dots, chosen, medium),
                unit="",
                kind="bound",
                source=f"one dipole on the same axis of every dot, equal energies, no dephasing; {n} at one "
                f"place would have {n - 1}",
                note=f"fully inverted, it bursts above 1; with the axes as the simulation names them "
                f"{answer.variance:.3g}",
            ),
            _burst(verdict, medium),
            Quantity(
                name="dots_needed",
                value=verdict.dots_needed,
                unit="",
                kind="predicted",
                source=f"2 tau / T2* with disorder {1e3 * verdict.disorder_ev:.2g} meV and T2 {dephasing:.3g} ps",
            ),
            Quantity(
                name="dots_available",
                value=verdict.dots_available,
                unit="",
                kind="bound",
                source="sites in a cube of the wavelength inside the crystal",
                note="if every site holds an excited dot",
            ),
        ),
        picture=answer,
        verdict=verdict,
    )


def _aligned_variance(dots: Prepared, chosen: NDArray[np.int64], medium: DipoleMedium) -> float:
    h = radiative_hamiltonian(
        dots.cluster_nm[chosen], triplet_dipoles(dots.aligned[chosen], (0,)), np.zeros(len(chosen)), medium
    )
    return burst_variance(decay_matrix(h, medium.linewidth_ev))


def _burst(verdict: Coherence, medium: DipoleMedium) -> Quantity:
    """The burst of as many inverted dots as lie within a wavelength, with their loss of phase: a bound."""
    n = max(2, round(verdict.dots_available))
    burst = dephased_burst(n, medium.lifetime_ps / verdict.coherent_time_ps)
    return Quantity(
        name="burst_over_independent",
        value=burst.gain_over_independent,
        unit="",
        kind="bound",
        source=f"cumulant expansion, {n} inverted dots at one place that lose their phase in "
        f"{verdict.coherent_time_ps:.3g} ps; {n / 4:.0f} without loss",
        note="highest photon rate over that of independent dots: at 1 there is no burst",
    )


def _costs(dots: Prepared, medium: DipoleMedium) -> tuple[Quantity, ...]:
    """What is left of the brightest rate with each imperfection by itself; none of a handful of dots."""
    chosen = sub_cube(dots.cluster_nm, _DOTS_OF_COSTS, 1)
    if len(chosen) < 8:
        return ()
    left = crystal_costs(dots.cluster_nm[chosen], dots.aligned[chosen], dots.energies_ev[chosen], medium)
    of = f"of {left.perfect_rate:.3g}, the brightest rate of {len(chosen)} equal, aligned dipoles at these places"
    told = (
        ("sizes", left.sizes, "the sizes spread the energies"),
        ("turns", left.turns, "the dots are turned as in the frame"),
        ("axes", left.axes, "each dot's dipole lies on a cube axis of its own, at random"),
        ("vacancies", left.vacancies, f"{100 * left.vacancy_fraction:.0f} % more of the dots are missing"),
        ("grains", left.grains, "a boundary through the middle turns one half by 90 degrees"),
    )
    return tuple(
        Quantity(name=f"left_with_{name}", value=share, unit="", kind="predicted", source=f"share {of}", note=note)
        for name, share, note in told
    )
