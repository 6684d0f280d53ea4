"""Sliders for a notebook: ligand length, coverage, edge and disorder against the spacing and the SAXS curve, live."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from packing.errors import InputError
from packing.matter.ligands import ligand_from_carbons
from packing.particles import Coating
from packing.shapes import cube
from packing.spacing.cubes import fill_spacing_nm, plate_spacing_nm, round_spacing_nm
from structure.saxs.lattice_model import LatticeModel

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FloatArray = NDArray[np.float64]
Ranges = dict[str, tuple[str, float, float, float, float]]

Q_INV_NM = np.linspace(0.3, 2.2, 160)
MODELS = ("fill", "round", "plate")
SIZE_SPREAD = 0.04
DOMAIN_NM = 150.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CubeAnswer:
    """Periods of a dry simple-cubic crystal of coated cubes, and what SAXS of it shows.

    Parameters
    ----------
    period_nm
        Centre distance [nm] by ``fill``, ``round`` and ``plate``.
    intensity
        Powder SAXS at `Q_INV_NM` of a crystal with the period of ``round``, per particle.
    """

    period_nm: dict[str, float]
    intensity: FloatArray


def cube_answer(*, n_carbons: int, coverage_per_nm2: float, edge_nm: float, displacement_nm: float = 0.3) -> CubeAnswer:
    """Everything the sliders show, from closed forms: no simulation.

    Parameters
    ----------
    n_carbons
        Carbons of the saturated chain.
    coverage_per_nm2
        Chains per surface area [1/nm^2].
    edge_nm
        Edge of the core [nm].
    displacement_nm
        Standard deviation, per axis, of displacements from the lattice sites [nm].

    Raises
    ------
    InputError
        For numbers that no nanocrystal or ligand has.

    Examples
    --------
    >>> answer = cube_answer(n_carbons=18, coverage_per_nm2=3.0, edge_nm=8.6)
    >>> {name: round(value, 2) for name, value in answer.period_nm.items()}
    {'fill': 10.75, 'round': 10.84, 'plate': 11.33}
    """
    shell_nm = Coating(ligand=ligand_from_carbons(n_carbons), coverage_per_nm2=coverage_per_nm2).shell_nm
    forms = (fill_spacing_nm, round_spacing_nm, plate_spacing_nm)
    periods = {name: float(form(edge_nm, shell_nm)) for name, form in zip(MODELS, forms, strict=True)}
    model = LatticeModel(
        spacing_nm=periods["round"],
        body=cube(edge_nm),
        size_spread=SIZE_SPREAD,
        displacement_nm=displacement_nm,
        domain_nm=DOMAIN_NM,
    )
    return CubeAnswer(period_nm=periods, intensity=model.intensity(Q_INV_NM))


@dataclass(slots=True, eq=False)
class Drawing:
    """One figure that is drawn anew with other numbers; its artists stay."""

    figure: Figure
    bars: Any
    core: Any
    curve: Any
    peaks: list[Any]
    title: Any

    def show(self, answer: CubeAnswer, edge_nm: float) -> bytes:
        """The figure for other numbers, as PNG.

        Parameters
        ----------
        answer
            Numbers to draw.
        edge_nm
            Edge of the cubes [nm].
        """
        for bar, name in zip(self.bars, MODELS, strict=True):
            bar.set_width(answer.period_nm[name])
        self.core.set_xdata([edge_nm, edge_nm])
        self.curve.set_ydata(np.maximum(answer.intensity, 1e-7))
        first = 2 * np.pi / answer.period_nm["round"]
        for line, order in zip(self.peaks, _ORDERS, strict=True):
            line.set_xdata([first * order] * 2)
        low, mid, high = (answer.period_nm[name] for name in MODELS)
        self.title.set_text(f"{mid:.2f} nm (from {low:.2f} to {high:.2f}), gap {mid - edge_nm:.2f} nm")
        out = io.BytesIO()
        self.figure.savefig(out, format="png", pil_kwargs={"compress_level": 1})
        return out.getvalue()


_ORDERS = np.sqrt([1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14])


def drawing() -> Drawing:
    """The empty figure."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.4, 3.1), dpi=90)
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.6))
    # Laid out once: a layout engine would measure every text again at each move of a slider.
    figure.subplots_adjust(left=0.08, right=0.985, bottom=0.17, top=0.88, wspace=0.28)
    bars = left.barh(MODELS, [1.0] * 3, color=("C0", "C2", "C1"), height=0.6)
    core = left.axvline(1.0, color="0.3", ls="--", lw=1)
    left.set(xlim=(0, 20), xlabel="period, dry [nm] (dashed: core)")
    title = left.set_title("", fontsize=9)
    (curve,) = right.semilogy(Q_INV_NM, np.ones_like(Q_INV_NM), color="C2")
    peaks = [right.axvline(1.0, ymax=0.04, color="C3") for _ in _ORDERS]
    right.set(xlim=(Q_INV_NM[0], Q_INV_NM[-1]), ylim=(1e-6, 1e2), xlabel="q [1/nm]", ylabel="SAXS per particle")
    right.set_title("powder of simple-cubic crystals (marks: reflections)", fontsize=9)
    return Drawing(figure=figure, bars=bars, core=core, curve=curve, peaks=peaks, title=title)


RANGES: Ranges = {
    "n_carbons": ("carbons of the chain", 18, 4, 22, 1),
    "coverage_per_nm2": ("chains per nm²", 3.0, 0.5, 5.5, 0.1),
    "edge_nm": ("edge [nm]", 8.6, 4.0, 14.0, 0.1),
    "displacement_nm": ("displacements [nm]", 0.3, 0.0, 1.0, 0.05),
}


def explorer() -> Any:
    """Sliders with a figure under them, for a notebook with a running kernel.

    Raises
    ------
    InputError
        If ipywidgets is not installed.

    Examples
    --------
    >>> sliders, picture = explorer().children
    >>> [slider.value for slider in sliders.children], picture.format
    ([18, 3.0, 8.6, 0.3], 'png')
    """
    canvas = drawing()
    return panel(RANGES, lambda values: canvas.show(cube_answer(**values), values["edge_nm"]))


def panel(ranges: Ranges, show: Callable[[dict[str, Any]], bytes]) -> Any:
    """Sliders, and under them the picture that a function makes of their values, once for each move.

    Parameters
    ----------
    ranges
        Of each slider its text, value, lowest and highest value, and step; a whole step makes whole numbers.
    show
        Makes a PNG of the values by name.

    Raises
    ------
    InputError
        If ipywidgets is not installed.
    """
    try:
        import ipywidgets
    except ImportError as error:
        raise InputError('the sliders need ipywidgets. Install it: pip install "superlattice[notebook]".') from error
    sliders = {
        name: (ipywidgets.IntSlider if isinstance(step, int) else ipywidgets.FloatSlider)(
            value=value,
            min=low,
            max=high,
            step=step,
            description=text,
            layout={"width": "48%"},
            style={"description_width": "11em"},
        )
        for name, (text, value, low, high, step) in ranges.items()
    }
    picture = ipywidgets.Image(format="png")

    def redraw(change: Any = None) -> None:
        picture.value = show({name: slider.value for name, slider in sliders.items()})

    for slider in sliders.values():
        slider.observe(redraw, names="value")
    redraw()
    return ipywidgets.VBox([ipywidgets.HBox(list(sliders.values()), layout={"flex_flow": "row wrap"}), picture])
