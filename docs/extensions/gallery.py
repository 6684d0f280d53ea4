"""The directive ``measured-picture``: data made with a known answer, measured while the page is built, and drawn."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from docutils import nodes
from docutils.parsers.rst import Directive
from PIL import Image

WIDTH_PX = 900
Made = Callable[[], tuple[Any, str]]


def cubes_in_a_layer() -> tuple[Any, str]:
    """A micrograph of one layer of cubes, with noise and vacancies."""
    from superlattice import cube, measure_tem, structure

    film = structure.build_crystal("sc", spacing_nm=11.0, n_cells=(16, 16, 1), shapes=cube(8.6), displacement_nm=0.4)
    image = structure.simulate_tem(film, px_per_nm=2.5, field_nm=(170, 170), dose_per_nm2=600.0)
    found = measure_tem(image)
    return found, _lattice_of(found)


def _lattice_of(found: Any) -> str:
    return f"{found.lattice}, {found.spacing_nm:.3f} ± {found.spacing_sd_nm:.3f} nm; confidence {found.confidence}"


def spheres_in_a_layer() -> tuple[Any, str]:
    """A micrograph of one close-packed layer of spheres."""
    from superlattice import Sphere, measure_tem, structure

    film = structure.build_crystal(
        "simple hexagonal", spacing_nm=8.0, n_cells=(24, 24, 1), shapes=Sphere(diameter_nm=6.2), displacement_nm=0.35
    )
    image = structure.simulate_tem(film, px_per_nm=3.0, field_nm=(150, 150), dose_per_nm2=600.0)
    found = measure_tem(image)
    return found, _lattice_of(found)


def dots_without_order() -> tuple[Any, str]:
    """A micrograph of spheres that lie anywhere."""
    from superlattice import Sphere, measure_tem, structure

    loose = structure.crystals.ideal_gas(400, edge_nm=150.0, shapes=Sphere(diameter_nm=6.2), seed=2)
    image = structure.simulate_tem(loose, px_per_nm=3.0, field_nm=(150, 150), depth_nm=45.0, dose_per_nm2=600.0)
    found = measure_tem(image)
    return found, f"{found.lattice}; confidence {found.confidence}"


def powder_of_spheres() -> tuple[Any, str]:
    """A SAXS curve of an fcc powder with counting noise."""
    from superlattice import Sphere, measure_saxs, structure

    model = structure.LatticeModel(
        lattice="fcc", spacing_nm=9.0, body=Sphere(diameter_nm=6.6), size_spread=0.06, displacement_nm=0.35,
        domain_nm=120.0,
    )  # fmt: skip
    instrument = structure.patterns.Instrument(counts_at_maximum=3e5)
    found = measure_saxs(_counted(instrument.measure(model.curve(np.linspace(0.25, 2.4, 320)), seed=1)))
    return found, f"{found.phase}, a = {found.a_nm:.3f} ± {found.a_sd_nm:.3f} nm; confidence {found.confidence}"


def fringes_of_a_film() -> tuple[Any, str]:
    """A multilayer's fringes."""
    from superlattice import measure_xrd, structure

    planes = structure.diffraction.perovskite_planes("CsPbBr3")
    stack = structure.Multilayer(planes=planes, n_planes=29, n_layers=8, gap_nm=2.6, gap_sd_nm=0.12)
    instrument = structure.patterns.Instrument(counts_at_maximum=1e5)
    found = measure_xrd(_counted(instrument.measure(stack.curve(np.linspace(9.0, 12.4, 400)), seed=1)))
    return found, f"period {found.period_nm:.3f} ± {found.period_sd_nm:.3f} nm; confidence {found.confidence}"


def rings_on_a_detector() -> tuple[Any, str]:
    """A frame with the rings of an fcc powder."""
    from structure.pattern_fit.frame import frame_of
    from superlattice import measure_pattern

    rows, columns = np.indices((400, 400)) + 0.5
    q_inv_nm = 4 * np.pi / 0.1 * np.sin(np.arctan2(np.hypot(columns - 200.0, rows - 195.0) * 0.3, 1500.0) / 2)
    counts = 40 / (0.3 + q_inv_nm) ** 2
    for k, squares in enumerate((3.0, 4.0, 8.0, 11.0)):
        counts += 900 * 0.6**k * np.exp(-(((q_inv_nm - 2 * np.pi * np.sqrt(squares) / 13.0) / 0.012) ** 2) / 2)
    geometry = {"distance_mm": 1500.0, "pixel_mm": 0.3, "beam_x_px": 200.0, "beam_y_px": 195.0, "wavelength_nm": 0.1}
    found = measure_pattern(frame_of(np.random.default_rng(1).poisson(counts).astype(float)), geometry=geometry)
    return found, f"{found.kind}, {found.lattice}, a = {found.a_nm:.2f} nm; confidence {found.confidence}"


def _counted(curve: Any) -> Any:
    """A simulated curve as one that was measured."""
    from structure.measured import MeasuredCurve

    return MeasuredCurve(q_inv_nm=curve.q_inv_nm, intensity=curve.intensity, sd=curve.sd, label="made here")


GALLERY: dict[str, Made] = {
    "cubes-in-a-layer": cubes_in_a_layer,
    "spheres-in-a-layer": spheres_in_a_layer,
    "dots-without-order": dots_without_order,
    "powder-of-spheres": powder_of_spheres,
    "fringes-of-a-film": fringes_of_a_film,
    "rings-on-a-detector": rings_on_a_detector,
}


@cache
def gallery_png(name: str) -> tuple[bytes, str]:
    """The picture of a name, as PNG, and what was found."""
    from superlattice import measurement_figure

    measured, found = GALLERY[name]()
    figure = measurement_figure(measured)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=WIDTH_PX / figure.get_figwidth(), metadata={"Software": None})
    # Grains of noise make a picture large: 96 colours show them as well.
    small = io.BytesIO()
    Image.open(buffer).convert("RGB").quantize(96).save(small, format="png", optimize=True)
    return small.getvalue(), found


class MeasuredPicture(Directive):
    """``measured-picture:: NAME`` with what the data was made with as its content."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """The library's own figure of the measurement, with what was put in and what came out."""
        png, found = gallery_png(self.arguments[0])
        made = html.escape(" ".join(self.content))
        data = base64.b64encode(png).decode("ascii")
        image = f'<img alt="{made}" src="data:image/png;base64,{data}" style="max-width:100%"/>'
        caption = f"{made} <strong>Found: {html.escape(found)}.</strong>"
        return [nodes.raw("", f"<figure>{image}<figcaption>{caption}</figcaption></figure>", format="html")]


def setup(app: Any) -> dict[str, bool]:
    """Register the directive with Sphinx."""
    app.add_directive("measured-picture", MeasuredPicture)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
