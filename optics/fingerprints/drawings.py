"""One picture for each section of a fingerprint."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from optics.cavity.facets import square_gallery_modes
from optics.constants import HC_EV_NM
from optics.fingerprints.result import Fingerprint
from optics.red_shift.reabsorption import crystal_absorption, gaussian_line, reabsorbed_line
from packing.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOURS = {"predicted": "#2b6cb0", "bound": "#a0aec0", "input": "#dd6b20"}
Drawing = Callable[[Fingerprint, "Axes"], None]


def pictures(found: Fingerprint) -> dict[str, tuple[str, Callable[[Axes], None]]]:
    """Caption and drawing of each picture that the fingerprint has data for, by name.

    Examples
    --------
    >>> from optics.fingerprints.frame import ideal_crystal
    >>> from optics.fingerprints.result import fingerprint
    >>> sorted(pictures(fingerprint(ideal_crystal(9.0, 11.5, n_cells=2), "PbS")))
    ['optics_polarisation']
    """
    drawn: dict[str, tuple[str, Callable[[Axes], None]]] = {}
    for name, section, caption, draw in _PICTURES:
        if section in found.sections:
            drawn[name] = (caption, _bound(draw, found))
    return drawn


def draw_emission(found: Fingerprint, ax: Axes) -> None:
    """Line of the dots in solution, and what leaves the crystal on a straight way."""
    dots, inputs = found.dots, found.dots.inputs
    peak = float(dots.energies_ev.mean())
    energy, line = gaussian_line(peak, inputs.line_fwhm_mev, n_points=601)
    alpha = crystal_absorption(
        dots.emitter.material, energy, peak, inputs.stokes_mev, core_fraction=dots.core_fraction, index=dots.index
    )
    wavelength = HC_EV_NM / energy
    ax.plot(wavelength, line, color="#2f855a", label="dots in solution")
    for length, style in ((inputs.crystal_um, "-"), (5 * inputs.crystal_um, "--")):
        escaped = reabsorbed_line(energy, line, alpha, length).escaped
        ax.plot(wavelength, escaped / escaped.max(), style, color="#c05621", label=f"out of {length:g} µm")
    ax.axvline(dots.emitter.bulk_exciton_nm, color="0.4", lw=0.8, ls=":", label="bulk exciton")
    ax.set(xlabel="Wavelength [nm]", ylabel="Intensity, each to its maximum", ylim=(0, 1.08))
    ax.legend()


def draw_budget(found: Fingerprint, ax: Axes) -> None:
    """The red-shift budget as bars, coloured by their standing; lines show ranges."""
    terms = [q for q in found.sections["red shift"] if q.name.startswith("redshift_") and q.value is not None]
    names = [q.name.removeprefix("redshift_").removesuffix("_mev").replace("_", " ") for q in terms]
    ax.barh(names, [float(q.value or 0.0) for q in terms], color=[_COLOURS[q.kind] for q in terms])
    for place, q in enumerate(terms):
        if q.low is not None and q.high is not None:
            ax.plot([q.low, q.high], [place, place], color="black", lw=1.5)
    for kind in dict.fromkeys(q.kind for q in terms):
        ax.barh([names[0]], [0.0], color=_COLOURS[kind], label=kind)
    ax.invert_yaxis()
    ax.axvline(0, color="black", lw=0.8)
    ax.set(xlabel="Shift of the line [meV], negative is red")
    ax.legend(loc="lower left")


def draw_occupancy(found: Fingerprint, ax: Axes) -> None:
    """Excitons a dot against depth, beside the transparency."""
    named = found.quantities
    surface, mean = named["occupancy"].value or 0.0, named["mean_occupancy_in_depth"].value or 0.0
    length = found.dots.inputs.crystal_um
    depth = np.linspace(0, length, 300)
    alpha = _slope(surface, mean, length)
    ax.plot(depth, surface * np.exp(-alpha * depth), color="#2b6cb0")
    threshold = named["threshold_occupancy"].value or 0.0
    ax.axhline(threshold, color="#c05621", ls="--", label=f"threshold of this pulse, {threshold:.2f}")
    ax.set(xlabel="Depth [µm]", ylabel="Excitons per dot", ylim=(0, None), xlim=(0, length))
    ax.legend()


def draw_index(found: Fingerprint, ax: Axes) -> None:
    """Index and group index of the solid against wavelength, with the gallery modes of the crystal."""
    medium, at = found.dots.medium, found.dots.emission_nm
    wavelength = np.linspace(at, at + 60.0, 121)
    ax.plot(wavelength, medium.indices(wavelength), color="#2b6cb0", label="index")
    group = np.array([medium.group_index(float(w)) for w in wavelength])
    # Inside the absorption line dispersion is anomalous, and no group travels at this index.
    anomalous = group < medium.indices(wavelength)
    ax.plot(wavelength, np.where(anomalous, np.nan, group), color="#c05621", label="group index")
    try:
        modes = square_gallery_modes(1e3 * found.dots.inputs.crystal_um, medium.index, (at, at + 60.0))
    except InputError:
        modes = ()
    for number, mode in enumerate(modes[:30]):
        ax.axvline(mode.wavelength_nm, color="0.75", lw=0.8, zorder=0, label="gallery modes" if number == 0 else None)
    ax.set(xlabel="Wavelength [nm]", ylabel="Index of the solid", xlim=(at, at + 60.0), ylim=(0, None))
    ax.legend()


def draw_modes(found: Fingerprint, ax: Axes) -> None:
    """Rate of each collective mode against its energy."""
    if found.collective is not None:
        found.collective.modes.plot(ax)


def draw_polarisation(found: Fingerprint, ax: Axes) -> None:
    """Intensity through a polariser: as the inputs have it, and if every dot had one dipole on the same axis."""
    if found.light is None:
        return
    found.light.plot(ax, label=f"three dipoles: {found.light.polarisation:.2f}")
    single = float(found["single_dipole_polarisation"].value or 0.0)
    angle = np.linspace(0, 360, 361)
    curve = (1 - single) / 2 + single * np.cos(np.radians(angle)) ** 2
    ax.plot(angle, curve, "--", color="0.5", label=f"one dipole, bound: {single:.2f}")
    ax.set_ylim(0, 1.2)
    ax.legend(loc="upper center", ncols=2)


_PICTURES: tuple[tuple[str, str, str, Drawing], ...] = (
    ("optics_emission", "red shift", "Line of the dots before assembly and out of the crystal.", draw_emission),
    ("optics_budget", "red shift", "Budget of the red shift: every term by itself.", draw_budget),
    ("optics_occupancy", "excitation", "Excitons per dot against depth at this fluence.", draw_occupancy),
    ("optics_index", "cavity", "Index and group index of the solid with its gallery modes.", draw_index),
    ("optics_modes", "collective", "Collective modes of the simulated crystal, sizes drawn continuously.", draw_modes),
    ("optics_polarisation", "polarisation", "Light through a polariser, seen along z.", draw_polarisation),
)


def _bound(draw: Drawing, found: Fingerprint) -> Callable[[Axes], None]:
    return lambda ax: draw(found, ax)


def _slope(surface: float, mean: float, length: float) -> float:
    """Absorption coefficient that takes the surface to the mean over a length, by fixed point."""
    if surface <= 0 or mean >= surface:
        return 0.0
    depth = surface / mean
    for _ in range(100):
        depth = surface / mean * -np.expm1(-depth)
    return float(depth / length)
