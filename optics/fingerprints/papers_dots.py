"""The papers' statements on single dots."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from optics.emission.anchored import Emitter, model_variants
from optics.emission.interpolation import attraction_and_brightness
from optics.excitation.gain import gain_bound_per_cm
from optics.excitation.occupancy import fluence_uj_cm2, mean_occupancy, poisson_shares, transparency
from optics.excitation.pulse import Decay, threshold_occupancy
from optics.fingerprints.statement import Statement
from optics.materials.refraction import absorption_peak_nm
from optics.materials.table import semiconductor
from optics.medium.absorption import cross_section_cm2, intrinsic_absorption_per_nm
from optics.polarisation.array import misorientation_polarisation
from optics.polarisation.fine_structure import FineStructure
from optics.polarisation.plates import horizontal_dipole_fraction
from optics.red_shift.surroundings_shift import binding_energy_ev


def _small_dot() -> Statement:
    found = [float(e.wavelengths_nm([5.5])[0]) for e in model_variants(semiconductor("CsPbBr3"))]
    inside = min(found) - 5 <= 490 <= max(found) + 5
    return Statement(
        paper="P3",
        says="edge 9 nm emits at 514.5 nm, 5.5 nm at 490 nm",
        model=f"9 nm is the anchor; 5.5 nm: {min(found):.1f} to {max(found):.1f} nm over four variants",
        verdict="consistent, not blind: the mass was chosen with this in view" if inside else "not reproduced",
    )


def _width() -> Statement:
    slope = abs(Emitter(material=semiconductor("CsPbBr3")).slope_ev_per_nm(9.0))
    three, ten = (2.3548e3 * slope * 9.0 * s for s in (0.03, 0.10))
    return Statement(
        paper="P3",
        says="line width 23 nm (108 meV)",
        model=f"sizes alone: {three:.0f} meV at a spread of 3 %, {ten:.0f} meV at 10 %",
        verdict="input: the width is that of phonons, not of sizes",
    )


def _binding() -> Statement:
    attraction = float(attraction_and_brightness([9.0], semiconductor("CsPbBr3"))[0][0])
    before, *after = (
        1e3 * binding_energy_ev(9.0, attraction, inside=7.3, outside_index=n) for n in (1.497, 1.69, 1.79, 2.02)
    )
    changes = [100 * (a / before - 1) for a in after]
    return Statement(
        paper="P1",
        says="exciton binding 116 meV, 30 % lower on assembly",
        model=f"{before:.0f} meV in toluene; {changes[0]:.0f} % (oleate) to {changes[2]:.0f} % (Na+) by "
        f"screening alone",
        verdict="consistent with screening, so it tells nothing on delocalisation",
    )


def _threshold() -> Statement:
    clear, sigma = transparency(), 2.5e-14
    low, high = (fluence_uj_cm2(x, sigma, 400.0) for x in (clear.unshifted, clear.shifted))
    return Statement(
        paper="P3",
        says="threshold 22 uJ/cm2 (fs pulses, 400 nm, 2.5e-14 cm2)",
        model=f"{low:.1f} uJ/cm2, {high:.1f} with the biexciton line moved away",
        verdict="reproduced with its own cross-section" if abs(low - 22) < 3 else "not reproduced",
    )


def _cross_section() -> Statement:
    sigma = cross_section_cm2(semiconductor("CsPbBr3"), 9.0**3, 400.0, medium_index=1.497)
    return Statement(
        paper="P3",
        says="cross-section 2.5e-14 cm2 at 400 nm",
        model=f"{sigma * 1e14:.1f}e-14 cm2 from bulk n, k and the local field in toluene",
        verdict=f"off by a factor of {sigma / 2.5e-14:.1f}; published values scatter tenfold",
    )


def _long_pulse() -> Statement:
    ratios = []
    for auger in (72.0, 135.0):
        decay = Decay(biexciton_ps=auger)
        ratios.append(threshold_occupancy(1100.0, decay) / threshold_occupancy(0.1, decay))
    return Statement(
        paper="P1",
        says="threshold from fs to ns pulses: 11 to 25 uJ/cm2 (x 2.27)",
        model=f"x {ratios[1]:.2f} with its Auger time of 135 ps, x {ratios[0]:.2f} with 72 ps (pulse 1.1 ns assumed)",
        verdict="consistent" if abs(ratios[1] - 2.27) < 0.4 else "not reproduced",
    )


def _two_excitons() -> Statement:
    n = mean_occupancy(30.0, 2.5e-14, 355.0)
    return Statement(
        paper="P1",
        says="more than 2 excitons a dot at 30 uJ/cm2, 355 nm",
        model=f"{n:.2f} with 2.5e-14 cm2; 2 needs {2.5 * 2 / n:.1f}e-14 cm2",
        verdict="input: hangs on the cross-section",
    )


def _gain() -> Statement:
    material = semiconductor("CsPbBr3")
    peak = absorption_peak_nm(material, (480.0, 560.0))
    intrinsic = 1e7 * float(intrinsic_absorption_per_nm(material, peak, medium_index=1.7))
    shares = poisson_shares(mean_occupancy(44.0, 2.5e-14, 400.0))
    bound = gain_bound_per_cm(0.5, intrinsic, float(shares[2:].sum() - shares[0]))
    return Statement(
        paper="P3",
        says="gain 98 1/cm",
        model=f"at most {bound:.0f} 1/cm at twice the threshold, by core fraction and inversion",
        verdict="input: the modal value is confinement, scattering, reabsorption",
    )


def _biexciton() -> Statement:
    return Statement(
        paper="P3",
        says="biexciton shift 50 meV",
        model="",
        verdict="contested, input: theory gives 10 to 20 meV (arXiv:2002.07636)",
    )


def _auger() -> Statement:
    return Statement(
        paper="P1",
        says="Auger 72 to 135 ps on exchange (P3: 105 ps)",
        model="",
        verdict="input: only scaling with volume inside one batch is modelled",
    )


def _splitting() -> Statement:
    weights = FineStructure(splittings_mev=(2.0, 2.0, 0.0))
    cold, warm = (float(weights.weights(t)[0] / weights.weights(t)[2]) for t in (4.0, 300.0))
    return Statement(
        paper="P4",
        says="triplet splitting 2 meV, polarisation 85 to 100 %",
        model=f"upper dipoles {cold:.3f} at 4 K, {warm:.2f} at 300 K; {misorientation_polarisation(10.0):.2f} "
        f"at 10 degrees of "
        "misorientation",
        verdict="splitting and axis are inputs; the loss by misorientation is predicted",
    )


def _bohr() -> Statement:
    radius = semiconductor("CsPbBr3").bohr_radius_nm
    return Statement(
        paper="P4",
        says="Bohr radius about 10 nm",
        model=f"{radius:.1f} nm (mass 0.126, permittivity 7.3)",
        verdict="not reproduced: 7 nm is the diameter in the literature" if radius < 5 else "consistent",
    )


def _spot() -> Statement:
    per_pulse_uj = 15.0 / 78e6
    found = [per_pulse_uj / (np.pi * (d * 1e-4 / 2) ** 2) for d in (1.2, 1.0)]
    return Statement(
        paper="P4",
        says='threshold 15 uW, "23 mJ/cm2"',
        model=f"78 MHz and a spot of 1.0 to 1.2 um: {found[0]:.0f} to {found[1]:.0f} uJ/cm2",
        verdict="erratum: microjoules",
    )


def _stokes() -> Statement:
    return Statement(
        paper="P4",
        says="Stokes shift 18 meV (P3: lifetimes 3.6 and 3.1 ns, yields 90 and 85 %)",
        model="",
        verdict="input",
    )


def _horizontal() -> Statement:
    found = [horizontal_dipole_fraction((1, 1, c), inside=5.1, outside=2.13) for c in (0.6, 0.5)]
    return Statement(
        paper="P2",
        says="horizontal dipoles 0.75",
        model=f"{found[0]:.2f} to {found[1]:.2f} by local fields at thickness over width 0.6 to 0.5",
        verdict="reproduced by local fields alone" if found[0] - 0.01 <= 0.75 <= found[1] + 0.01 else "not reproduced",
    )


STATEMENTS_ON_DOTS: tuple[tuple[str, Callable[[], Statement]], ...] = (
    ("P3", _small_dot),
    ("P3", _width),
    ("P1", _binding),
    ("P3", _threshold),
    ("P3", _cross_section),
    ("P1", _long_pulse),
    ("P1", _two_excitons),
    ("P3", _gain),
    ("P3", _biexciton),
    ("P1", _auger),
    ("P4", _splitting),
    ("P4", _bohr),
    ("P4", _spot),
    ("P4", _stokes),
    ("P2", _horizontal),
)
