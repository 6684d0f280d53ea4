"""The page on diffraction: what X-rays and electrons would show of the first frame and of the crystal at the end."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from packing.configuration import Configuration
from packing.errors import InputError
from structure.diffraction.axes import cell_seen_along, common_axes
from structure.diffraction.film_xrd import simulate_film_xrd
from structure.diffraction.indexed import IndexedPattern, in_plane_marks
from structure.diffraction.library import sizes_of
from structure.diffraction.saed import simulate_saed
from structure.diffraction.superlattice_waxs import simulate_powder_waxs, simulate_superlattice_waxs_2d
from structure.diffraction.waxs import simulate_waxs, simulate_waxs_2d
from structure.patterns.curves import ScatteringCurve
from structure.patterns.directions import Texture
from structure.patterns.instrument import ewald_q_z
from structure.patterns.patterns import ScatteringPattern, pattern_from_curve
from structure.saxs.pattern import simulate_saxs_2d
from structure.saxs.powder import simulate_saxs
from superlattice.pictures.figures import add_two_theta, new_figure, write_figure
from superlattice.steps.sample import Sample

MOST_TOGETHER = 1000
"""Dots of a frame up to which the page sums their interference around every atomic reflection, in 20 s of a core."""
WAXS_NM, WAXS_EDGE_INV_NM = 0.05, 25.0
"""Wavelength of the two-dimensional WAXS [nm] (25 keV, a high-energy beamline) and its edge [1/nm]."""
SAED_MIDDLE_INV_NM = 2.2
_PIXELS = 384


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Diffraction:
    """What the instruments show of the first frame and of the last.

    Parameters
    ----------
    saxs, waxs
        Patterns of the first frame and of the last.
    powder
        Powder WAXS of the first frame and of the last.
    film
        XRD of a film of the last along the normal; None without a superlattice.
    saed, saed_middle
        Electron diffraction of the last along the zone axis, and its middle; None without a superlattice.
    facts
        Numbers for the table.
    notes
        What was assumed or left out.
    """

    saxs: tuple[IndexedPattern, IndexedPattern]
    waxs: tuple[IndexedPattern, IndexedPattern]
    powder: tuple[ScatteringCurve, ScatteringCurve]
    film: ScatteringCurve | None
    saed: IndexedPattern | None
    saed_middle: IndexedPattern | None
    wavelength_nm: float
    facts: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]

    def rows(self) -> list[tuple[str, str]]:
        """Rows of the table: facts, then indexed spots."""
        rows = list(self.facts)
        if self.saed is not None and self.saed_middle is not None:
            for name, pattern in (("superlattice", self.saed_middle), ("atoms", self.saed)):
                spots = [row for row in pattern.rows() if row[0] == name][:6]
                shown = ", ".join(f"{hkl} {q:.3f} ({d:.3f})" for _, hkl, q, d in spots)
                rows.append((f"spots of the {name}: hkl, q [1/nm] (spacing [nm])", shown))
        return rows + [("left out or assumed", note) for note in self.notes]

    def to_dict(self) -> dict[str, Any]:
        """Plain data: the numbers and the curve of the film."""
        film = self.film
        return {
            "facts": dict(self.facts),
            "film": None if film is None else {
                "period_nm": film.provenance["period_nm"], "sigma_nm": film.provenance["sigma_nm"],
                "n_layers": film.provenance["n_layers"], "q_inv_nm": film.q_inv_nm, "intensity": film.intensity,
            },
            "spots": [
                {"lattice": lattice, "hkl": hkl, "q_inv_nm": q, "spacing_nm": d}
                for lattice, hkl, q, d in (self.saed.rows() if self.saed else [])
            ],
            "notes": list(self.notes),
        }  # fmt: skip

    def save_figures(self, folder: Path) -> None:
        """Write ``diffraction_2d.png``, ``diffraction_xrd.png`` and, of a superlattice, ``diffraction_saed.png``."""
        write_figure(folder / "diffraction_2d.png", self.plot_patterns())
        write_figure(folder / "diffraction_xrd.png", self.plot_xrd())
        if self.saed is not None:
            write_figure(folder / "diffraction_saed.png", self.plot_saed())

    def figures(self, folder: Path) -> list[tuple[Path, str]]:
        """The written figures with their captions."""
        captions = {
            "diffraction_2d": "SAXS (above) and WAXS (below) in two dimensions: the first frame and the last. A frame "
            "that is no superlattice stands for an isotropic sample: rings. Indices above are of the superlattice, "
            "below of the atoms.",
            "diffraction_xrd": "Powder WAXS of the first frame and the last, and XRD of a film of the last along its "
            "normal, where layers split the atomic reflections into fringes; ticks: orders of the superlattice.",
            "diffraction_saed": "Electron diffraction along the zone axis, kinematic: reflections of the atoms, and "
            "the middle with the spots of the superlattice.",
        }
        if self.saed is None:
            del captions["diffraction_saed"]
        return [(folder / f"{name}.png", caption) for name, caption in captions.items()]

    def plot_patterns(self) -> Figure:
        """SAXS above WAXS, the first frame beside the last."""
        figure = new_figure(10.4, 8.6)
        panels = figure.subplots(2, 2)
        for row, pair, stop in ((0, self.saxs, None), (1, self.waxs, 6.0)):
            for ax, pattern, when in zip(panels[row], pair, ("first frame", "last frame"), strict=True):
                pattern.plot(ax, beamstop_inv_nm=stop, decades=4.0)
                ax.set_title(f"{'SAXS' if row == 0 else 'WAXS'}, {when}", fontsize=10)
        return figure

    def plot_xrd(self) -> Figure:
        """Powder curves, and the film with the orders of its period."""
        count = 1 if self.film is None else 2
        figure = new_figure(8.0, 3.6 * count)
        axes = np.atleast_1d(figure.subplots(count, 1))
        self._plot_powder(axes[0])
        if self.film is not None:
            self._plot_film(axes[1], self.film)
        return figure

    def plot_saed(self) -> Figure:
        """The whole pattern and its middle."""
        assert self.saed is not None
        assert self.saed_middle is not None
        figure = new_figure(10.4, 4.5)
        left, right = figure.subplots(1, 2)
        self.saed.plot(left)
        self.saed_middle.plot(right)
        left.set_title(self.saed.pattern.label, fontsize=9)
        right.set_title("the middle", fontsize=9)
        return figure

    def _plot_powder(self, ax: Axes) -> None:
        top = max(float(c.intensity.max()) for c in self.powder)
        for curve, label in zip(self.powder, ("first frame", "last frame"), strict=True):
            ax.plot(curve.q_inv_nm, curve.intensity / top, lw=1.2, label=label)
        ax.set(xlabel="$q$ [nm$^{-1}$]", ylabel="powder WAXS [arb. u.]", ylim=(0, None))
        ax.set_xlim(float(self.powder[0].q_inv_nm[0]), float(self.powder[0].q_inv_nm[-1]))
        add_two_theta(ax, self.wavelength_nm)
        ax.legend()

    def _plot_film(self, ax: Axes, film: ScatteringCurve) -> None:
        ax.semilogy(film.q_inv_nm, np.maximum(film.intensity, 1e-6 * film.intensity.max()), lw=1.0)
        period = float(film.provenance["period_nm"])
        low, high = float(film.q_inv_nm[0]), float(film.q_inv_nm[-1])
        orders = np.arange(math.ceil(low * period / (2 * np.pi)), int(high * period / (2 * np.pi)) + 1)
        ax.vlines(2 * np.pi * orders / period, 0.0, 0.04, transform=ax.get_xaxis_transform(), color="0.4", lw=0.8)
        across = ax.get_xaxis_transform()
        for order in orders[:: max(1, len(orders) // 12)]:
            at = 2 * np.pi * order / period
            ax.text(at, 0.05, str(order), transform=across, fontsize=6, ha="center", in_layout=False)
        ax.set(xlabel="$q$ [nm$^{-1}$]", ylabel="film, along its normal [arb. u.]", xlim=(low, high))


def diffract(
    frames: Sequence[Configuration], sample: Sample, *, saxs_final: ScatteringPattern | None = None
) -> Diffraction | None:
    """The page for the frames of a trajectory, or None where the atoms inside are not known or not asked for.

    Parameters
    ----------
    frames
        All frames; of them the first is used.
    sample
        The frames at the end, with the material.
    saxs_final
        SAXS pattern of the end along the zone axis, where it is known already.
    """
    if not sample.table.diffraction or (not sample.material and sample.cif is None):
        return None
    try:
        crystal = sample.crystal
    except InputError:
        # A material whose atoms the library does not place has no page; simulate says why.
        return None
    first = Sample(frames=(frames[0],), table=sample.table, material=sample.material, cif=sample.cif)
    wave = sample.table.wavelength_nm
    q = np.arange(8.5, min(24.5, 4 * np.pi / wave * 0.98), 0.025)
    pairs = [_seen(one, q) for one in (first, sample)]
    last = pairs[1]
    saxs = [_saxs(first, None), _saxs(sample, saxs_final)]
    axes = common_axes(sample.frames[-1], crystal)
    facts = [
        ("atoms inside", f"{crystal.name}, cell {_cell_text(crystal.cell_nm)} nm, B {crystal.b_factor_nm2:g} nm²"),
        ("misorientation of the atomic lattices", f"{axes.misorientation_deg:.2g} degrees (root mean square)"),
    ]
    notes = ["one scattering event (kinematic); no absorption, Lorentz or polarisation factors"]
    film = saed = middle = None
    if sample.lattice.found:
        film = simulate_film_xrd(
            sample.frames, crystal, np.arange(8.5, 24.5, 0.008), row_nm=sample.row_nm(None),
            domain_nm=sample.table.domain_nm, strain_spread=sample.table.strain_spread,
        )  # fmt: skip
        about = film.provenance
        fitted = f"period of the lattice {sample.lattice.period_nm:.3f} nm"
        facts += [
            ("period of the fringes", f"{about['period_nm']:.3f} nm ({fitted})"),
            ("fluctuation of the period", f"{about['sigma_nm']:.3f} nm, {about['n_layers']} layers"),
        ]
        if axes.aligned and sample.frames[0].box is not None and frames[-1].n_particles <= MOST_TOGETHER:
            saed, middle = (
                simulate_saed(
                    sample.frames[-1:], crystal, cell_nm=sample.lattice.cell_nm, zone=sample.table.zone_axis,
                    voltage_kv=sample.table.voltage_kv, q_max_inv_nm=edge, n_pixels=_PIXELS,
                    domain_nm=sample.domain_nm,
                )
                for edge in (WAXS_EDGE_INV_NM, SAED_MIDDLE_INV_NM)
            )  # fmt: skip
        else:
            notes.append(f"electron diffraction needs co-oriented dots in a periodic box of at most {MOST_TOGETHER}")
    if not last[2]:
        notes.append("in WAXS the dots scatter each for itself: they are not co-oriented, in no box, or too many")
    return Diffraction(
        saxs=(saxs[0], saxs[1]), waxs=(pairs[0][0], last[0]), powder=(pairs[0][1], last[1]), film=film, saed=saed,
        saed_middle=middle, wavelength_nm=wave, facts=tuple(facts), notes=tuple(notes),
    )  # fmt: skip


def _saxs(sample: Sample, known: ScatteringPattern | None) -> IndexedPattern:
    edge = sample.table.q_max_inv_nm
    if not sample.lattice.found:
        step = edge / (_PIXELS // 2)
        q = np.arange(1, _PIXELS // 2 + 1) * step
        curve = simulate_saxs(sample.frames, q, domain_nm=sample.domain_nm)
        return IndexedPattern(pattern=pattern_from_curve(curve, n_pixels=_PIXELS, q_max_inv_nm=edge))
    view = sample.view(None)
    pattern = known
    if pattern is None:
        pattern = simulate_saxs_2d(
            sample.frames, texture=Texture.seen_from(view), q_max_inv_nm=edge, n_pixels=_PIXELS,
            domain_nm=sample.domain_nm,
        )  # fmt: skip
    marks = in_plane_marks(sample.lattice.cell_nm, view, edge, sites_nm=sample.frames[-1].positions_nm)
    return IndexedPattern(pattern=pattern, superlattice=marks)


def _seen(sample: Sample, q: np.ndarray) -> tuple[IndexedPattern, ScatteringCurve, bool]:
    """WAXS in two dimensions, the powder curve, and whether the dots interfere in them."""
    frame, crystal, spread = sample.frames[-1], sample.crystal, sample.table.strain_spread
    axes = common_axes(frame, crystal)
    together = axes.aligned and frame.box is not None and frame.n_particles <= MOST_TOGETHER
    # Without a superlattice each dot counts for itself; an isotropic sample has all orientations.
    alone = Configuration(None, *(getattr(frame, n) for n in _FIELDS))
    curve = simulate_powder_waxs(
        frame if together else alone, crystal, q, domain_nm=sample.domain_nm, strain_spread=spread
    )
    if not sample.lattice.found:
        edge = np.arange(6.0, 1.42 * WAXS_EDGE_INV_NM, 0.05)
        parts = [
            share * simulate_waxs(shape, crystal, edge, strain_spread=spread, facets=True).intensity
            for share, shape in sizes_of(frame)
        ]
        rings = ScatteringCurve(q_inv_nm=edge, intensity=np.sum(parts, axis=0), label="WAXS of loose dots")
        pattern = pattern_from_curve(rings, n_pixels=_PIXELS, q_max_inv_nm=WAXS_EDGE_INV_NM)
        return IndexedPattern(pattern=pattern), curve, False
    view = sample.view(None)
    texture = Texture.seen_from(view)
    if together:
        pattern = simulate_superlattice_waxs_2d(
            frame, crystal, texture=texture, q_max_inv_nm=WAXS_EDGE_INV_NM, n_pixels=_PIXELS, wavelength_nm=WAXS_NM,
            domain_nm=sample.domain_nm, strain_spread=spread,
        )  # fmt: skip
    else:
        pattern = simulate_waxs_2d(
            frame, crystal, texture=texture, q_max_inv_nm=WAXS_EDGE_INV_NM, n_pixels=_PIXELS, wavelength_nm=WAXS_NM
        )
    marks = in_plane_marks(cell_seen_along(crystal, axes, view), view, WAXS_EDGE_INV_NM, crystal=crystal)
    seen = tuple(m for m in marks if abs(float(ewald_q_z(m.qx_inv_nm, m.qy_inv_nm, WAXS_NM))) < 2.0)
    return IndexedPattern(pattern=pattern, atomic=seen if axes.aligned else ()), curve, together


_FIELDS = ("positions_nm", "orientations", "species", "species_names", "shapes", "step", "dimensions")


def _cell_text(cell_nm: np.ndarray) -> str:
    return " x ".join(f"{length:.4g}" for length in np.linalg.norm(cell_nm, axis=1))
