"""The papers' statements on crystals."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from optics.cavity.quality import linewidth_quality
from optics.collective.burst import dicke_burst
from optics.collective.hamiltonian import DipoleMedium
from optics.constants import HC_EV_NM
from optics.emission.anchored import Emitter
from optics.excitation.gain import transit_time_ps
from optics.fingerprints.frame import frame_facts, ideal_crystal
from optics.fingerprints.statement import Statement
from optics.materials.refraction import refractive_index
from optics.materials.table import semiconductor
from optics.medium.mixing import effective_index
from optics.red_shift.minibands import ALKANE, BARRIERS, free_carrier_bound_ev
from optics.red_shift.reabsorption import crystal_absorption, gaussian_line
from optics.red_shift.recycling import RecyclingCrystal, recycled_line
from optics.red_shift.surroundings_shift import surroundings_shift_ev


def _red_shift() -> Statement:
    material = semiconductor("CsPbBr3")
    energy, line = gaussian_line(HC_EV_NM / 514.5, 108.0, n_points=401)
    shifts = []
    for stokes, edge_um in ((40.0, 2.0), (20.0, 10.0)):
        alpha = crystal_absorption(material, energy, HC_EV_NM / 514.5, stokes, core_fraction=0.41, index=1.75)
        crystal = RecyclingCrystal(edge_um=edge_um, index=1.75, scattering_um=10.0)
        shifts.append(-1e3 * recycled_line(energy, line, alpha, crystal, n_photons=6000).shift_ev)
    around = -1e3 * surroundings_shift_ev(9.0, inside=7.3, before=1.497, after=1.75)
    hops = (free_carrier_bound_ev(9.0, 2.9, masses=(0.252, 0.252), barrier=b) for b in (*BARRIERS, ALKANE))
    hop = 1e3 * max(hops)
    return Statement(
        paper="P2",
        says="515 to 530 nm on assembly (68 meV)",
        model=f"reabsorption with recycling {min(shifts):.0f} to {max(shifts):.0f} meV (2 to 10 um), "
        f"surroundings {around:.0f} meV, "
        f"minibands below {max(hop, 1e-3):.1g} meV",
        verdict="reabsorption and surroundings, not minibands; 529 nm is the bulk exciton already",
    )


def _red_shift_sodium() -> Statement:
    found = [1e3 * free_carrier_bound_ev(9.0, 0.4, masses=(0.252, 0.252), barrier=barrier) for barrier in BARRIERS]
    limit = Emitter(material=semiconductor("CsPbBr3")).bulk_exciton_nm
    return Statement(
        paper="P1",
        says="535 nm after exchange to Na+ (90 meV)",
        model=f"minibands through a gap of 0.4 nm at most {min(found):.1f} to {max(found):.1f} meV; bulk "
        f"exciton {limit:.0f} nm",
        verdict="beyond the bulk limit: cannot tell coupling from fusion",
    )


def _saturation() -> Statement:
    return Statement(
        paper="P3",
        says="gain saturates over 0.07 cm, 5 ps",
        model=f"{transit_time_ps(0.07, 2.14):.1f} ps is the transit at an index of 2.14",
        verdict="identity",
    )


def _quality() -> Statement:
    return Statement(
        paper="P1",
        says="quality factor 1300, line of 0.4 nm",
        model=f"535 nm / 0.4 nm = {linewidth_quality(535.0, 0.4):.0f}",
        verdict="identity; absorption and facets only bound it",
    )


def _packing() -> Statement:
    fractions = [frame_facts(ideal_crystal(8.6, 8.6 + gap, n_cells=2)).core_fraction or 0.0 for gap in (2.9, 0.4)]
    core = float(refractive_index(semiconductor("CsPbBr3"), 535.0))
    loose, dense = (effective_index(f, core, void_index=n).real for f, n in zip(fractions, (1.44, 1.0), strict=True))
    return Statement(
        paper="P1",
        says="denser packing raises the index and confines the mode",
        model=f"core fraction {fractions[0]:.2f} (gap 2.9 nm, ligand) to {fractions[1]:.2f} (0.4 nm, void): index "
        f"{loose:.2f} to {dense:.2f} at 535 nm",
        verdict="reproduced" if dense > loose + 0.1 else "not reproduced",
    )


def _dicke() -> Statement:
    small, large = dicke_burst(100), dicke_burst(1000)
    power = float(np.log(large.peak_intensity / small.peak_intensity) / np.log(10))
    return Statement(
        paper="P2",
        says="intensity ~ N^2, delay ~ ln N / N, decay ~ tau / N",
        model=f"exact ladder: intensity ~ N^{power:.2f}, delay {large.delay * 1000:.2f} tau/N at N = 1000 (ln N "
        f"+ 0.32)",
        verdict="theorem of the ideal model; says nothing on whether N dots cohere",
    )


def _effective_number() -> Statement:
    return Statement(
        paper="P2",
        says="superfluorescence within 22 ps",
        model=f"lifetime of 300 to 400 ps over 22 ps: N = {300 / 22:.0f} to {400 / 22:.0f}",
        verdict="only an effective number of dots can be read off",
    )


def _dephasing() -> Statement:
    return Statement(
        paper="P2",
        says="dephasing ~ T^3",
        model="",
        verdict="not of this material: measured on KCl:O2-",
    )


def _stronger() -> Statement:
    medium = DipoleMedium(lifetime_ps=3600.0, wavelength_nm=514.5, index=1.7)
    ratio = medium.near_coupling_ev(6.0) / medium.near_coupling_ev(11.5)
    return Statement(
        paper="P2",
        says="cubes of 3 nm couple 1e4 times more strongly",
        model=f"x {ratio:.0f} at a fixed dipole (period 11.5 to 6 nm)",
        verdict="not reproduced" if ratio < 1e3 else "reproduced",
    )


STATEMENTS_ON_CRYSTALS: tuple[tuple[str, Callable[[], Statement]], ...] = (
    ("P2", _red_shift),
    ("P1", _red_shift_sodium),
    ("P3", _saturation),
    ("P1", _quality),
    ("P1", _packing),
    ("P2", _dicke),
    ("P2", _effective_number),
    ("P2", _dephasing),
    ("P2", _stronger),
)
