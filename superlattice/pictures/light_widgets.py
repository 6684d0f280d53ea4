"""Sliders for a notebook: edge, gap, crystal and Stokes shift against the light that comes out of a crystal, live."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optics.cavity.facets import gallery_spacing_nm
from optics.constants import HC_EV_NM
from optics.emission.anchored import Emitter
from optics.materials.hosts import surroundings
from optics.materials.table import semiconductor
from optics.medium.dispersion import SuperlatticeMedium
from optics.red_shift.minibands import ALKANE, BARRIERS, free_carrier_bound_ev
from optics.red_shift.reabsorption import blue_shift_ev, crystal_absorption, gaussian_line, reabsorbed_line
from optics.red_shift.surroundings_shift import surroundings_shift_ev
from packing.matter.media import medium
from superlattice.pictures.widgets import Ranges, panel

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FloatArray = NDArray[np.float64]

TERMS = ("minibands, at most", "surroundings", "reabsorption")
LINE_FWHM_MEV = 108.0
N_POINTS = 301


@dataclass(frozen=True, slots=True, kw_only=True)
class LightAnswer:
    """Light of a simple cubic crystal of equal CsPbBr3 cubes in ligand, by closed forms.

    Parameters
    ----------
    wavelength_nm
        Where the lines are given [nm], shape (n,).
    solution, crystal
        Line of the dots in toluene and out of the crystal, each to its maximum, shape (n,).
    emission_nm, crystal_nm
        Their maxima [nm].
    bulk_limit_nm
        Where very large dots would emit [nm].
    shift_mev
        Each term of `TERMS` [meV], negative is red.
    index, group_index
        Of the crystal at its light.
    mode_spacing_nm
        Of the gallery modes of the crystal [nm].
    """

    wavelength_nm: FloatArray
    solution: FloatArray
    crystal: FloatArray
    emission_nm: float
    crystal_nm: float
    bulk_limit_nm: float
    shift_mev: dict[str, float]
    index: float
    group_index: float
    mode_spacing_nm: float


def light_answer(*, edge_nm: float, gap_nm: float, crystal_um: float = 2.0, stokes_mev: float = 40.0) -> LightAnswer:
    """Everything the sliders show, from closed forms: no simulation, no photons one by one.

    Parameters
    ----------
    edge_nm
        Edge of the cubes [nm].
    gap_nm
        Distance between their facets [nm].
    crystal_um
        Edge of the crystal [um].
    stokes_mev
        Stokes shift [meV], an input.

    Raises
    ------
    InputError
        For an edge outside the validity of the model.

    Examples
    --------
    >>> answer = light_answer(edge_nm=8.6, gap_nm=2.2)
    >>> round(answer.emission_nm), 518 < answer.crystal_nm < 523
    (513, True)
    """
    material = semiconductor("CsPbBr3")
    dots = Emitter(material=material)
    peak = float(dots.energies_ev([edge_nm])[0])
    solid = SuperlatticeMedium(
        material=material,
        core_fraction=(edge_nm / (edge_nm + gap_nm)) ** 3,
        host_index=surroundings("ligand").refractive_index,
        blue_shift_ev=blue_shift_ev(material, peak, stokes_mev),
    )
    inside = solid.index(HC_EV_NM / peak)
    energy, line = gaussian_line(peak, LINE_FWHM_MEV, n_points=N_POINTS)
    alpha = crystal_absorption(material, energy, peak, stokes_mev, core_fraction=solid.core_fraction, index=inside)
    out = reabsorbed_line(energy, line, alpha, crystal_um)
    masses = (material.electron_mass, material.hole_mass)
    hops = [free_carrier_bound_ev(edge_nm, max(gap_nm, 1e-3), masses=masses, barrier=b) for b in (*BARRIERS, ALKANE)]
    around = surroundings_shift_ev(
        edge_nm, inside=material.permittivity, before=medium("toluene").refractive_index, after=inside
    )
    crystal_nm = HC_EV_NM / (HC_EV_NM / out.peak_nm + around)
    return LightAnswer(
        wavelength_nm=HC_EV_NM / energy,
        solution=line,
        crystal=np.interp(energy, energy + around, out.escaped / out.escaped.max()),
        emission_nm=HC_EV_NM / peak,
        crystal_nm=crystal_nm,
        bulk_limit_nm=dots.bulk_exciton_nm,
        shift_mev=dict(zip(TERMS, (-1e3 * max(hops), 1e3 * around, 1e3 * out.shift_ev), strict=True)),
        index=solid.index(crystal_nm),
        group_index=solid.group_index(crystal_nm),
        mode_spacing_nm=gallery_spacing_nm(1e3 * crystal_um, crystal_nm, solid.group_index(crystal_nm)),
    )


@dataclass(slots=True, eq=False)
class LightDrawing:
    """One figure that is drawn anew with other numbers; its artists stay."""

    figure: Figure
    solution: Any
    crystal: Any
    limit: Any
    bars: Any
    titles: tuple[Any, Any]

    def show(self, answer: LightAnswer) -> bytes:
        """The figure for other numbers, as PNG."""
        self.solution.set_data(answer.wavelength_nm, answer.solution)
        self.crystal.set_data(answer.wavelength_nm, answer.crystal)
        self.limit.set_xdata([answer.bulk_limit_nm] * 2)
        for bar, name in zip(self.bars, TERMS, strict=True):
            bar.set_width(answer.shift_mev[name])
        first, second = self.titles
        first.set_text(f"{answer.emission_nm:.1f} nm in solution, {answer.crystal_nm:.1f} nm out of the crystal")
        second.set_text(
            f"index {answer.index:.2f} (group {answer.group_index:.1f}), modes {answer.mode_spacing_nm:.1f} nm apart"
        )
        out = io.BytesIO()
        self.figure.savefig(out, format="png", pil_kwargs={"compress_level": 1})
        return out.getvalue()


def light_drawing() -> LightDrawing:
    """The empty figure."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.8, 3.2), dpi=90)
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, width_ratios=(1.2, 1))
    # Laid out once: a layout engine would measure every text again at each move of a slider.
    figure.subplots_adjust(left=0.07, right=0.985, bottom=0.17, top=0.88, wspace=0.6)
    (solution,) = left.plot([], [], color="C2", label="dots in toluene")
    (crystal,) = left.plot([], [], color="C1", label="out of the crystal")
    limit = left.axvline(528.0, color="0.4", lw=0.8, ls=":", label="bulk exciton")
    left.set(xlim=(440, 580), ylim=(0, 1.08), xlabel="wavelength [nm]", ylabel="intensity")
    left.legend(fontsize=8, loc="upper left")
    bars = right.barh(TERMS, [0.0] * 3, color=("0.6", "C0", "C0"), height=0.6)
    right.axvline(0, color="black", lw=0.8)
    right.invert_yaxis()
    right.set(xlim=(-80, 5), xlabel="shift of the line [meV], negative is red")
    titles = (left.set_title("", fontsize=9), right.set_title("", fontsize=9))
    return LightDrawing(figure=figure, solution=solution, crystal=crystal, limit=limit, bars=bars, titles=titles)


LIGHT_RANGES: Ranges = {
    "edge_nm": ("edge [nm]", 8.6, 4.0, 14.0, 0.1),
    "gap_nm": ("gap [nm]", 2.2, 0.3, 4.0, 0.1),
    "crystal_um": ("crystal [µm]", 2.0, 0.2, 20.0, 0.2),
    "stokes_mev": ("Stokes shift [meV]", 40.0, 10.0, 80.0, 2.0),
}


def light_explorer() -> Any:
    """Sliders on the light of a crystal with a figure under them, for a notebook with a running kernel.

    Raises
    ------
    InputError
        If ipywidgets is not installed.

    Examples
    --------
    >>> sliders, picture = light_explorer().children
    >>> len(sliders.children) == len(LIGHT_RANGES), picture.format
    (True, 'png')
    """
    canvas = light_drawing()
    return panel(LIGHT_RANGES, lambda values: canvas.show(light_answer(**values)))
