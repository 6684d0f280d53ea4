"""The terms of the budget, each from the same dots."""

from __future__ import annotations

import numpy as np

from optics.quantity import Quantity
from optics.red_shift.assembled import AssembledDots
from optics.red_shift.minibands import bound_exciton_shift_ev, free_carrier_bound_ev
from optics.red_shift.reabsorption import crystal_absorption, gaussian_line, reabsorbed_line
from optics.red_shift.recycling import RecyclingCrystal, recycled_line
from optics.red_shift.surroundings_shift import surroundings_shift_ev
from optics.red_shift.transfer import foerster_radius_nm, impurity_light_fraction, transfer_rates, transfer_shift

_BOUND_EXCITON_ATTRACTION_EV = 0.05
_SCATTERING_UM = 10.0


def radius_nm(dots: AssembledDots) -> float:
    """The Foerster radius [nm] used: the one given, or that of the spectra."""
    if dots.foerster_radius_nm is not None:
        return dots.foerster_radius_nm
    material = dots.emitter.material
    peak = float(dots.emitter.energies_ev(dots.edges_nm).mean())
    energy, line = gaussian_line(peak, dots.line_fwhm_mev, n_points=401)
    # Core fraction 1 is the absorption inside a dot; 1/um to 1/nm.
    inside = 1e-3 * crystal_absorption(material, energy, peak, dots.stokes_mev, core_fraction=1.0, index=dots.index)
    volume = float(np.prod(dots.edges_nm, axis=1).mean())
    return foerster_radius_nm(energy, line, volume * inside, index=dots.index, quantum_yield=dots.quantum_yield)


def minibands_term(dots: AssembledDots) -> tuple[Quantity, Quantity]:
    """Minibands: free carriers as a bound, and the bound exciton."""
    edge = float(np.cbrt(np.prod(dots.edges_nm, axis=1)).mean())
    material = dots.emitter.material
    masses = (material.electron_mass, material.hole_mass)
    gap = max(dots.gap_nm, 1e-3)
    free = [
        -1e3 * free_carrier_bound_ev(edge, gap, masses=masses, barrier=b, facet_overlap=dots.facet_overlap)
        for b in dots.barriers
    ]
    bound = [
        -1e3
        * bound_exciton_shift_ev(
            edge,
            gap,
            masses=masses,
            barrier=b,
            attraction_ev=_BOUND_EXCITON_ATTRACTION_EV,
            facet_overlap=dots.facet_overlap,
        )
        for b in dots.barriers
    ]
    sigma = 1e3 * float(dots.emitter.energies_ev(dots.edges_nm).std())
    widest = 2 * abs(min(free))
    localised = (
        f"the sizes spread the levels by {sigma:.2g} meV, so nothing delocalises"
        if widest < sigma
        else f"of the size of the spread of the levels ({sigma:.2g} meV): whether excitons delocalise is undecided"
    )
    return (
        Quantity(
            name="redshift_minibands_mev",
            value=min(free),
            low=min(free),
            high=max(free),
            unit="meV",
            kind="bound",
            source=f"Kronig-Penney, free electron and hole, gap {dots.gap_nm:.2f} nm, three barriers",
            note=localised,
        ),
        Quantity(
            name="redshift_bound_exciton_mev",
            value=min(bound),
            low=min(bound),
            high=max(bound),
            unit="meV",
            kind="predicted",
            source="12 t^2/U, a carrier that hops to a neighbour and back",
            note=f"with U = {1e3 * _BOUND_EXCITON_ATTRACTION_EV:.0f} meV, an estimate",
        ),
    )


def dielectric_term(dots: AssembledDots) -> Quantity:
    """What the index of the solid does in place of the solvent's."""
    edge = float(np.cbrt(np.prod(dots.edges_nm, axis=1)).mean())
    shift = surroundings_shift_ev(
        edge, inside=dots.emitter.material.permittivity, before=dots.solution_index, after=dots.index
    )
    return Quantity(
        name="redshift_dielectric_mev",
        value=1e3 * shift,
        unit="meV",
        kind="predicted",
        source=f"image charges, index {dots.solution_index:.3f} to {dots.index:.3f}",
    )


def reabsorption_term(dots: AssembledDots) -> tuple[Quantity, Quantity]:
    """Reabsorption on a straight way out, and with recycling in its place."""
    peak = float(dots.emitter.energies_ev(dots.edges_nm).mean())
    energy, line = gaussian_line(peak, dots.line_fwhm_mev, n_points=801)
    alpha = crystal_absorption(
        dots.emitter.material, energy, peak, dots.stokes_mev, core_fraction=dots.core_fraction, index=dots.index
    )
    straight = reabsorbed_line(energy, line, alpha, dots.path_um)
    trapped = [
        recycled_line(
            energy,
            line,
            alpha,
            RecyclingCrystal(
                edge_um=dots.path_um, index=dots.index, quantum_yield=dots.quantum_yield, scattering_um=free_path
            ),
            n_photons=5000,
            seed=dots.seed,
        ).shift_ev
        for free_path in (float("inf"), _SCATTERING_UM)
    ]
    given = f"Stokes {dots.stokes_mev:g} meV, width {dots.line_fwhm_mev:g} meV, crystal {dots.path_um:g} um (inputs)"
    return (
        Quantity(
            name="redshift_reabsorption_mev",
            value=1e3 * straight.shift_ev,
            unit="meV",
            kind="predicted",
            source=f"straight path, bulk n and k; {given}",
            note=f"{100 * straight.lost_fraction:.0f} % of the photons are absorbed on the way",
        ),
        Quantity(
            name="redshift_recycling_mev",
            value=1e3 * float(np.mean(trapped)),
            low=1e3 * min(trapped),
            high=1e3 * max(trapped),
            unit="meV",
            kind="predicted",
            source=f"Monte Carlo with total reflection, without and with scattering every {_SCATTERING_UM:g} "
            f"um; {given}",
            note="in place of redshift_reabsorption_mev, not beside it",
        ),
    )


def transfer_term(dots: AssembledDots) -> tuple[Quantity, ...]:
    """Energy transfer on the configuration, and the light of a few bulk-like dots."""
    energies = dots.emitter.energies_ev(dots.edges_nm)
    radius, kelvin = radius_nm(dots), dots.temperature_kelvin
    rates = transfer_rates(dots.positions_nm, energies, radius_nm=radius, temperature_kelvin=kelvin, box=dots.box)
    result = transfer_shift(rates, energies, kelvin)
    origin = "given" if dots.foerster_radius_nm is not None else "from the spectra"
    found = [
        Quantity(
            name="foerster_radius_nm",
            value=radius,
            unit="nm",
            kind="predicted" if dots.foerster_radius_nm is None else "input",
            source=f"Foerster radius, {origin}; point dipoles are 100 to 1000 times too slow for measured diffusion",
        ),
        Quantity(
            name="redshift_transfer_mev",
            value=1e3 * result.shift_ev,
            low=1e3 * result.equilibrium_ev,
            high=1e3 * result.shift_ev,
            unit="meV",
            kind="predicted",
            source=f"master equation on the configuration, R0 {radius:.1f} nm, {kelvin:g} K; low end: equilibrium",
            note=f"{result.mean_hops:.1f} transfers before emission",
        ),
    ]
    if dots.box is not None:
        share = impurity_light_fraction(
            dots.positions_nm, dots.box, fraction=0.01, radius_nm=radius, temperature_kelvin=kelvin, seed=dots.seed
        )
        found.append(
            Quantity(
                name="impurity_light_per_percent",
                value=100 * share,
                unit="%",
                kind="predicted",
                source="master equation with one dot in a hundred 70 meV lower, drawn at random",
                note="of the light, if 1 % of the dots are fused or grown to bulk; their share is an input",
            )
        )
    return tuple(found)
