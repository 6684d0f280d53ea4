"""What a simulated superlattice looks like: order, lattice, SAXS and TEM of one trajectory."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from packing.configuration import Configuration
from packing.particles import CoreMaterial
from packing.trajectory import Trajectory
from structure.fourier.fourier import FourierLattice, fourier_lattice
from structure.imaging.images import TemImage
from structure.imaging.tem import simulate_tem, zone_axis_rotation
from structure.lattice.series import LatticeSeries, fit_lattice_trajectory
from structure.order.history import OrderHistory, order_history
from structure.order.measure import OrderReport
from structure.patterns.curves import ScatteringCurve
from structure.patterns.directions import Texture
from structure.patterns.patterns import ScatteringPattern
from structure.saxs.pattern import simulate_saxs_2d
from structure.saxs.powder import simulate_saxs
from superlattice.pictures.figures import add_two_theta, new_figure, save_figure, write_figure
from superlattice.pictures.still import draw_still
from superlattice.steps.crystal import CrystalFinding, find_crystal
from superlattice.steps.diffraction import Diffraction, diffract
from superlattice.steps.sample import MOST_FRAMES, Sample
from superlattice.study.tables import StructureTable

_WIDE_NM = 500.0
"""Width of a micrograph that shows any lattice well [nm]: beyond it a box is not repeated."""

FIGURES = (
    ("crystal", "The last frame in its box; cubes that look alike have one colour."),
    ("order", "Order against time, from the first frame to the last; simple cubic: neighbours match that template."),
    ("rdf", "Radial distribution function of the last frame."),
    ("saxs", "Simulated SAXS, powder average over domains of the study's size; grey: below the lowest trustworthy q."),
    ("saxs_2d", "Simulated SAXS, one crystal along a lattice axis (log scale)."),
    ("tem", "Simulated TEM along the same axis."),
    ("tem_fft", "Fourier transform of the simulated TEM with its indexed spots."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """Everything measured on a trajectory. `lattice`, `saxs` and `tem` are of the sampled end of it.

    ``wavelength_nm`` is the study's: the scattering angles beside q are for it. ``notes`` say what was assumed
    of a file.
    """

    history: OrderHistory
    lattice: LatticeSeries
    saxs: ScatteringCurve
    saxs_2d: ScatteringPattern
    tem: TemImage
    tem_lattice: FourierLattice
    n_sampled: int
    final: Configuration
    wavelength_nm: float
    diffraction: Diffraction | None = None
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def first(self) -> OrderReport:
        """Order of the first frame."""
        return self.history.first

    @property
    def last(self) -> OrderReport:
        """Order of the last frame."""
        return self.history.last

    @property
    def finding(self) -> CrystalFinding:
        """Whether the last frame is a superlattice, or assembled to one, and by what that was found."""
        used = sorted(set(self.final.species.tolist()))
        return find_crystal(self.history, [self.final.shapes[kind] for kind in used])

    @property
    def tem_lattice_counts(self) -> bool:
        """Whether the picture has a lattice to be read: the spots of a disordered sample are speckle."""
        return self.lattice.found and self.tem_lattice.lattice != "none"

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        tem, counts, finding = self.tem_lattice, self.tem_lattice_counts, self.finding
        return {
            "assembles": finding.assembles,
            "is_crystal": finding.word,
            "assembles_by": finding.note,
            "order_first": self.first.to_dict(),
            "order_last": self.last.to_dict(),
            "lattice": self.lattice.to_dict(),
            "n_frames_sampled": self.n_sampled,
            "tem_fft": {
                "lattice": tem.lattice if counts else "none",
                "spacing_nm": tem.spacing_nm if counts else None,
                "spacing_sd_nm": tem.spacing_sd_nm if counts else None,
                "angle_deg": tem.angle_deg if counts else None,
            },
            "saxs": {
                "wavelength_nm": self.wavelength_nm,
                "q_min_trusted_inv_nm": self.saxs.q_min_trusted_inv_nm,
                "q_inv_nm": self.saxs.q_inv_nm,
                "intensity": self.saxs.intensity,
            },
            "diffraction": None if self.diffraction is None else self.diffraction.to_dict(),
            "warnings": list(self.warnings),
        }

    def facts(self) -> list[tuple[str, str]]:
        """Rows for the report."""
        tem = self.tem_lattice
        return [
            ("order at the start, by templates", self.first.summary()),
            ("order at the end, by templates", self.last.summary()),
            ("lattice fit, largest grain", self.lattice.summary()),
            ("TEM, Fourier transform", tem.summary() if self.tem_lattice_counts else "no lattice to look along"),
        ]

    def summary(self) -> str:
        """The numbers a person asks for first."""
        lines = [self.finding.sentence()]
        lines += [f"{name}: {text}" for name, text in self.facts()]
        lines += [f"note: {note}" for note in self.notes]
        return "\n".join([*lines, *(f"warning: {w}" for w in self.warnings)])

    def save_figures(self, folder: Path) -> None:
        """Write one PNG per entry of `FIGURES`."""
        draw: dict[str, Callable[[Axes], Any]] = {
            "crystal": lambda ax: draw_still(self.final, ax),
            "order": self.history.plot,
            "rdf": self.last.plot,
            "saxs": self._plot_saxs,
            "saxs_2d": self.saxs_2d.plot,
            "tem": self.tem.plot,
            "tem_fft": self.tem_lattice.plot,
        }
        for name, _ in FIGURES:
            save_figure(folder / f"{name}.png", draw[name])
        write_figure(folder / "overview.png", self.plot())
        if self.diffraction is not None:
            self.diffraction.save_figures(folder)

    def plot(self) -> Figure:
        """The run in four panels: order against time, SAXS, the micrograph and its Fourier transform."""
        figure = new_figure(10.0, 7.6)
        panels = figure.subplots(2, 2).ravel()
        drawn: tuple[Callable[[Axes], Any], ...] = (
            self.history.plot, self._plot_saxs, self.tem.plot, self.tem_lattice.plot,
        )  # fmt: skip
        for ax, draw in zip(panels, drawn, strict=True):
            draw(ax)
        return figure

    def _plot_saxs(self, ax: Axes) -> None:
        add_two_theta(self.saxs.plot(ax), self.wavelength_nm)

    def figures(self, folder: Path) -> list[tuple[Path, str]]:
        """The written figures with their captions."""
        return [(folder / f"{name}.png", caption) for name, caption in FIGURES]


def analyze_trajectory(
    path: str | Path,
    table: StructureTable,
    *,
    sampling_from: int | None = None,
    material: str | CoreMaterial = "",
    cif: Path | None = None,
) -> Analysis:
    """Measure a trajectory.

    Parameters
    ----------
    path
        GSD file.
    table
        What the instruments are like.
    sampling_from
        Step from which the frames count as samples of the final state; None takes the last fifth of the frames.
    material, cif
        What the dots are made of, for the page on diffraction; empty and None leave it out.

    Raises
    ------
    InputError
        For a file that is no GSD trajectory, has no frames or shapes, or fewer than two particles.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from packing.shapes import cube
    >>> from packing.trajectory import write_gsd
    >>> from structure.crystals.build import build_crystal
    >>> crystal = build_crystal("sc", spacing_nm=11.0, n_cells=(3, 3, 3), shapes=cube(8.6), displacement_nm=0.2)
    >>> with TemporaryDirectory() as folder:
    ...     write_gsd(Path(folder) / "crystal.gsd", [crystal])
    ...     found = analyze_trajectory(Path(folder) / "crystal.gsd", StructureTable(tem_px_per_nm=1.0))
    >>> found.finding.word, round(found.lattice.period_nm, 1)
    ('yes', 11.0)
    """
    with Trajectory(path) as trajectory:
        return analyze_frames(tuple(trajectory), table, sampling_from=sampling_from, material=material, cif=cif)


def analyze_frames(
    frames: Sequence[Configuration],
    table: StructureTable,
    *,
    sampling_from: int | None = None,
    material: str | CoreMaterial = "",
    cif: Path | None = None,
) -> Analysis:
    """Measure the frames of a trajectory that has been read; else as `analyze_trajectory`.

    Parameters
    ----------
    frames, table
        The frames, and what the instruments are like.
    sampling_from
        Step from which frames are samples of the final state, a number; None for the last fifth of them.
    material, cif
        What the dots are made of.
    """
    sampled = _sampled(frames, sampling_from)
    lattice = fit_lattice_trajectory(sampled)
    final = lattice.fits[-1]
    rotation = zone_axis_rotation(final.cell_nm) if final.found else None
    warnings = () if lattice.found else (f"no lattice was found in the last frames: {lattice.reason}",)
    q_inv_nm = np.linspace(0.05, table.q_max_inv_nm, 1200)
    # A periodic box stands for crystals of any size: its reflections get the width of such a domain.
    domain = table.domain_nm if sampled[-1].box is not None else None
    tem = simulate_tem(
        frames[-1],
        px_per_nm=table.tem_px_per_nm,
        rotation=rotation,
        blur_nm=table.tem_blur_nm,
        field_nm=_field_nm(frames[-1], is_crystal=lattice.found),
        # One ray a pixel is enough where the picture is blurred over more than a pixel anyway.
        oversample=1 if table.tem_px_per_nm * table.tem_blur_nm >= 1 else 2,
    )
    saxs_2d = simulate_saxs_2d(
        sampled,
        texture=None if rotation is None else Texture.seen_from(rotation),
        q_max_inv_nm=table.q_max_inv_nm,
        domain_nm=domain,
    )
    # The last one is among them: its lattice is that of the picture of SAXS, whose indices the page adds.
    few = tuple(sampled[:: -max(1, len(sampled) // MOST_FRAMES)][:MOST_FRAMES][::-1])
    sample = Sample(frames=few, table=table, material=material, cif=cif)
    return Analysis(
        history=order_history(frames),
        lattice=lattice,
        saxs=simulate_saxs(sampled, q_inv_nm, domain_nm=domain),
        saxs_2d=saxs_2d,
        tem=tem,
        tem_lattice=fourier_lattice(tem),
        n_sampled=len(sampled),
        final=frames[-1],
        wavelength_nm=table.wavelength_nm,
        diffraction=diffract(frames, sample, saxs_final=saxs_2d if table.zone_axis == (0, 0, 1) else None),
        warnings=warnings,
    )


def _sampled(frames: Sequence[Configuration], sampling_from: int | None) -> list[Configuration]:
    if sampling_from is not None:
        chosen = [f for f in frames if f.step >= sampling_from]
        if chosen:
            return chosen
    return list(frames[-max(1, math.ceil(len(frames) / 5)) :])


def _field_nm(frame: Configuration, *, is_crystal: bool) -> tuple[float, float] | None:
    if frame.box is None:
        return None
    box_nm = float(max(frame.box[:3]))
    # A crystal goes on beyond the box. Anything else, drawn several times, would show the box itself as a lattice.
    side = box_nm * (min(4.0, max(1.0, _WIDE_NM / box_nm)) if is_crystal else 1.0)
    return side, side
