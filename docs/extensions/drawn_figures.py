"""The directive ``drawn-figure``: a picture drawn by code while the page is built, so that it is never out of date."""

import base64
import html
import io
from collections.abc import Callable
from typing import Any

import numpy as np
from docutils import nodes
from docutils.parsers.rst import Directive
from figures_of_pages import PAGES
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure


def optics_sizes(ax: Axes) -> None:
    """Wavelength against edge, over the variants of the model."""
    from optics.emission.anchored import model_variants
    from optics.materials.table import semiconductor

    edges = np.linspace(4, 16, 60)
    for dots in model_variants(semiconductor("CsPbBr3")):
        style = "-" if dots.bands == "two-band" else "--"
        ax.plot(edges, dots.wavelengths_nm(edges), style, label=f"{dots.bands}, wall {dots.wall_nm:g} nm")
    ax.plot(9.0, 514.5, "ks", label="anchor (Wang 2015)")
    ax.plot(5.5, 490.0, "ko", mfc="none", label="measured (Wang 2015)")
    ax.axhline(dots.bulk_exciton_nm, color="0.5", lw=0.8, ls=":")
    ax.set(xlabel="Edge [nm]", ylabel="Emission [nm]")
    ax.legend()


def optics_budget(ax: Axes) -> None:
    """The budget of the oleate crystal of the main example."""
    from optics.fingerprints.drawings import draw_budget
    from optics.fingerprints.frame import ideal_crystal
    from optics.fingerprints.result import fingerprint

    draw_budget(fingerprint(ideal_crystal(8.6, 11.5, size_spread=0.03), "CsPbBr3"), ax)


def optics_thresholds(ax: Axes) -> None:
    """Threshold against pulse length for three Auger lifetimes."""
    from optics.excitation.pulse import Decay, threshold_occupancy

    pulses = np.geomspace(0.1, 2000, 12)
    for auger in (45.0, 105.0, 135.0):
        found = [threshold_occupancy(float(p), Decay(biexciton_ps=auger)) for p in pulses]
        ax.semilogx(pulses, found, "o-", ms=3, label=f"Auger {auger:g} ps")
    ax.set(xlabel="Pulse [ps]", ylabel="Excitons pumped per dot at threshold", ylim=(0, None))
    ax.legend()


def optics_burst(ax: Axes) -> None:
    """Ideal burst, its textbook form, and with dephasing."""
    from optics.collective.burst import dephased_burst, dicke_burst, textbook_burst

    n = 100
    for burst, label in (
        (dicke_burst(n), "Dicke ladder, exact"),
        (textbook_burst(n), "sech squared"),
        (dephased_burst(n, 0.1 * n), "dephasing 0.1 N"),
        (dephased_burst(n, 0.5 * n), "dephasing 0.5 N"),
    ):
        ax.plot(burst.time * n, burst.intensity / n, label=label)
    ax.set(xlabel="Time [lifetime / N]", ylabel="Photon rate a dot over that of one", xlim=(0, 18), ylim=(0, None))
    ax.legend()


def optics_disorder(ax: Axes) -> None:
    """Brightest rate of 64 dots against the spread of their sizes."""
    from optics.collective.cost import collective_answer
    from optics.collective.hamiltonian import DipoleMedium

    sites = 11.5 * np.stack(np.meshgrid(*[np.arange(4.0)] * 3), -1).reshape(-1, 3)
    straight = np.tile(np.eye(3), (64, 1, 1))
    spreads = np.array([1e-5, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.05])
    for lifetime in (300.0, 3600.0):
        medium = DipoleMedium(lifetime_ps=lifetime, wavelength_nm=514.5, index=1.686)
        rates = []
        for spread in spreads:
            rng = np.random.default_rng(1)
            energies = 2.41 + 0.175 * spread * rng.normal(size=64)
            rates.append(collective_answer(sites, straight, energies, medium).modes.brightest_rate)
        ax.semilogx(100 * spreads, rates, "o-", ms=3, label=f"lifetime {lifetime / 1e3:g} ns")
    ax.axhline(1, color="0.5", lw=0.8)
    ax.set(xlabel="Spread of the edges [%]", ylabel="Brightest rate over that of one dipole", ylim=(0, None))
    ax.legend()


def diffraction_film(ax: Axes) -> None:
    """XRD of a film along its normal for three displacements."""
    from packing.shapes import cube
    from structure.crystals.build import build_crystal
    from structure.diffraction.film_xrd import simulate_film_xrd
    from structure.diffraction.library import crystal_of_material

    q = np.linspace(9.2, 23.0, 900)
    for k, displacement in enumerate((0.03, 0.1, 0.3)):
        film = build_crystal("sc", spacing_nm=11.6, n_cells=(4, 4, 4), shapes=cube(8.6), displacement_nm=displacement)
        curve = simulate_film_xrd(film, crystal_of_material("CsPbBr3"), q, row_nm=[0, 0, 11.6])
        shown = np.maximum(curve.intensity / curve.intensity.max(), 1e-5) * 10.0 ** (-2 * k)
        ax.semilogy(q, shown, lw=0.8, label=f"displacement {displacement:g} nm")
    ax.set(xlabel="$q$ [nm$^{-1}$]", ylabel="Intensity, shifted", ylim=(1e-9, None))
    ax.legend(fontsize=7)


def diffraction_saed(ax: Axes) -> None:
    """Electron diffraction of a model superlattice."""
    from packing.shapes import cube
    from structure.crystals.build import build_crystal
    from structure.diffraction.library import crystal_of_material
    from structure.diffraction.saed import simulate_saed

    film = build_crystal(
        "sc", spacing_nm=11.6, n_cells=(4, 4, 4), shapes=cube(8.6), displacement_nm=0.15, misorientation_fwhm_deg=4.0
    )
    found = simulate_saed(
        film, crystal_of_material("CsPbBr3"), cell_nm=11.6 * np.eye(3), q_max_inv_nm=24.0, n_pixels=400, domain_nm=100.0
    )
    found.plot(ax)
    ax.set_title("")


def diffraction_gisaxs(ax: Axes) -> None:
    """A film of cubes on silicon."""
    from packing.shapes import cube
    from structure.diffraction.indexed import IndexedPattern
    from structure.grazing.film import FilmCrystal
    from structure.grazing.gisaxs import simulate_gisaxs
    from structure.grazing.layers import FilmLayers, substrate_index, xray_index

    film = FilmCrystal(
        cell_nm=11.6 * np.eye(3), sites_nm=np.full((1, 3), 5.8), body=cube(8.6), size_spread=0.03, displacement_nm=0.3,
        height_nm=116.0,
    )  # fmt: skip
    layers = FilmLayers(
        wavelength_nm=0.124, incidence_deg=0.3, substrate=substrate_index("Si", 0.124), thickness_nm=116.0,
        film=xray_index("CsPbBr3", 4.84, 0.124).diluted((8.6 / 11.6) ** 3),
    )  # fmt: skip
    pattern = simulate_gisaxs(film, layers, q_par_max_inv_nm=1.4, q_z_max_inv_nm=1.6, n_pixels=300)
    IndexedPattern(pattern=pattern).plot(ax)
    ax.set_title("")


FIGURES: dict[str, Callable[[Axes], None]] = {
    "optics-sizes": optics_sizes,
    "optics-budget": optics_budget,
    "optics-thresholds": optics_thresholds,
    "optics-burst": optics_burst,
    "optics-disorder": optics_disorder,
    "diffraction-film": diffraction_film,
    "diffraction-saed": diffraction_saed,
    "diffraction-gisaxs": diffraction_gisaxs,
    **PAGES,
}


def drawn_png(name: str) -> bytes:
    """The picture of a name, as PNG."""
    figure = Figure(figsize=(6.0, 3.8), layout="constrained")
    FigureCanvasAgg(figure)
    FIGURES[name](figure.add_subplot())
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    return buffer.getvalue()


class DrawnFigure(Directive):
    """``drawn-figure:: NAME`` with the caption as its content."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """The picture inside the page, with its caption."""
        caption = html.escape(" ".join(self.content))
        data = base64.b64encode(drawn_png(self.arguments[0])).decode("ascii")
        image = f'<img alt="{caption}" src="data:image/png;base64,{data}" style="max-width:100%"/>'
        return [nodes.raw("", f"<figure>{image}<figcaption>{caption}</figcaption></figure>", format="html")]


def setup(app: Any) -> dict[str, bool]:
    """Register the directive with Sphinx."""
    app.add_directive("drawn-figure", DrawnFigure)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
