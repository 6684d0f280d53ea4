"""`TemMeasurement`: what a micrograph says, how sure it is and why."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from packing.files import write_atomically
from structure.fourier.fourier import FourierLattice
from structure.imaging.images import TemImage
from structure.measured.drawing import key_below, own_axes
from structure.micrographs.drawing import draw_particles
from structure.micrographs.tabulated import ParticleTable
from structure.printed import plus_minus

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TemMeasurement:
    """Lattice, spacing, order and particles of one micrograph.

    Parameters
    ----------
    lattice
        ``square``, ``hexagonal``, ``rectangular``, ``oblique`` or ``none``.
    spacing_nm
        Nearest-neighbour distance from the plane spacings [nm]: 1/f10 (square), 2/(sqrt 3 f10) (hexagonal), else the
        shortest lattice vector; NaN without a lattice.
    spacing_sd_nm
        Standard uncertainty of the mean spacing, all parts together [nm].
    fit_sd_nm
        Part of it from the fit: standard error of the two routes together, relative to the scale [nm].
    scale_sd_nm
        Part of it from the scale: ``scale_error_relative``, end points of the bar, digits of px_per_nm [nm].
    grain_spread_nm
        How much the spacing differs from place to place (standard deviation over patches) [nm]; a property of the
        sample, not an error, so it is not part of ``spacing_sd_nm``.
    angle_deg, angle_spread_deg
        Mean angle of the local cells, 60 (hexagonal) to 90 (square), and its standard deviation [degrees].
    n_grains
        Grains of at least 12 particles, each turned by less than 7 degrees from its mean.
    psi4_mean, psi4_spread, psi6_mean, psi6_spread
        Magnitude of the bond order (Voronoi sides as weights) of particles away from the border: mean, deviation.
    n_particles
        Particles found in the picture.
    ordered_fraction
        Share of the interior particles that sit on a lattice with their neighbours.
    feature
        ``dark`` or ``bright``: which features were located. Dark where both order equally well, as particles and
        holes of a square lattice do.
    particle_outline
        ``round`` or ``square``, whichever explains their mean picture; ``unknown`` where no size could be measured.
    particle_diameter_nm, particle_diameter_sd_nm
        Diameter of the circle with the projected area of the mean particle on the lattice, before any blur, and its
        standard uncertainty with that of the scale [nm]; NaN where fewer than 20 are on a lattice, where they touch
        each other, and where gaps were located.
    particle_diameter_spread_nm
        Standard deviation of the diameter over the particles [nm]: of the sample and of the picture's noise, no
        uncertainty of the mean.
    particle_edge_nm, particle_edge_sd_nm
        Edge of the square of the same area, for cubes on a face, and its standard uncertainty [nm].
    confidence
        ``high`` or ``low``.
    reasons
        Sentences: why it is low, then what else to know.
    px_per_nm
        The scale used.
    provenance
        File, hash, options and where the scale came from.
    image
        The part of the picture that was measured.
    fourier
        Fourier transform of it, with the spots of its strongest single lattice.
    positions_nm, grains
        Particles from the lower left corner [nm], shape (n, 2), and their grain, -1 for none, shape (n,).
    particles
        Each particle with its bond order, direction and size.
    left_out
        Pixels of ``image`` that were not looked at, as a legend drawn over it, shape (rows, columns).
    """

    lattice: str
    spacing_nm: float
    spacing_sd_nm: float
    fit_sd_nm: float
    scale_sd_nm: float
    grain_spread_nm: float
    angle_deg: float
    angle_spread_deg: float
    n_grains: int
    psi4_mean: float
    psi4_spread: float
    psi6_mean: float
    psi6_spread: float
    n_particles: int
    ordered_fraction: float
    feature: str
    particle_outline: str
    particle_diameter_nm: float
    particle_diameter_sd_nm: float
    particle_diameter_spread_nm: float
    particle_edge_nm: float
    particle_edge_sd_nm: float
    confidence: str
    reasons: tuple[str, ...]
    px_per_nm: float
    provenance: Mapping[str, Any]
    image: TemImage
    fourier: FourierLattice
    positions_nm: FloatArray
    grains: NDArray[np.int64]
    particles: ParticleTable
    left_out: NDArray[np.bool_]

    def __repr__(self) -> str:
        if self.lattice == "none":
            return f"TemMeasurement(none, {self.n_particles} particles, confidence {self.confidence})"
        return (
            f"TemMeasurement({self.lattice}, spacing {self.spacing_nm:.4g} ± {self.spacing_sd_nm:.2g} nm, "
            f"{self.n_grains} grains, {self.n_particles} particles, confidence {self.confidence})"
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON; numbers that do not exist are None."""
        names = (  # noqa: SIM905
            "lattice spacing_nm spacing_sd_nm angle_deg confidence reasons n_grains fit_sd_nm scale_sd_nm "
            "grain_spread_nm angle_spread_deg psi4_mean psi4_spread psi6_mean psi6_spread n_particles "
            "ordered_fraction feature particle_outline particle_diameter_nm particle_diameter_sd_nm "
            "particle_diameter_spread_nm particle_edge_nm particle_edge_sd_nm px_per_nm"
        ).split()
        data = {name: _plain(getattr(self, name)) for name in names}
        return data | {"provenance": {k: _plain(v) for k, v in self.provenance.items()}}

    def summary(self) -> str:
        """A few lines for people."""
        lines = [f"lattice      {self.lattice}   (confidence {self.confidence})"]
        if self.lattice != "none":
            grains = f"{self.n_grains} grain{'s' * (self.n_grains != 1)}"
            lines += [
                f"spacing      {plus_minus(self.spacing_nm, self.spacing_sd_nm)} nm "
                f"(relative to the scale ± {self.fit_sd_nm:.2g}); varies by {self.grain_spread_nm:.2g} nm",
                f"angle        {self.angle_deg:.1f}° (varies by {self.angle_spread_deg:.1f}°), {grains}",
            ]
        order = [
            f"{name} {mean:.3f} (varies by {spread:.2f})"
            for name, mean, spread in (
                ("psi4", self.psi4_mean, self.psi4_spread),
                ("psi6", self.psi6_mean, self.psi6_spread),
            )
            if math.isfinite(mean)
        ]
        if order:
            lines.append(f"bond order   {', '.join(order)}")
        lines.append(
            f"particles    {self.n_particles} {self.feature}, {100 * self.ordered_fraction:.0f} % on a lattice"
        )
        if self._size:
            lines.append(f"size         {self._size}; varies by {self.particle_diameter_spread_nm:.2g} nm")
        source, error = (self.provenance.get(k) for k in ("scale_source", "scale_error_relative"))
        right = "exact" if not error else f"taken as right to {100 * error:.2g} %"
        lines.append(f"scale        {self.px_per_nm:.5g} px/nm ({source}), {right}")
        return "\n".join(lines + [f"note         {reason}" for reason in self.reasons])

    @property
    def _size(self) -> str:
        """The size of the particles in words, empty where it is unknown."""
        if not math.isfinite(self.particle_diameter_nm):
            return ""
        diameter = f"diameter {plus_minus(self.particle_diameter_nm, self.particle_diameter_sd_nm)} nm (equal area)"
        if self.particle_outline == "round":
            return diameter
        return f"edge {plus_minus(self.particle_edge_nm, self.particle_edge_sd_nm)} nm, {diameter}"

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the picture with outlines of its particles coloured by grain, and a key below; return the axes."""
        ax = own_axes(ax, 7.0, 7.5)
        key_below(ax, self.draw(ax))
        number = f"{plus_minus(self.spacing_nm, self.spacing_sd_nm)} nm" if self.lattice != "none" else "no spacing"
        ax.set_title(f"{self.lattice}, {number}, confidence {self.confidence}", fontsize=10, loc="left")
        return ax

    def draw(self, ax: Axes) -> list[Any]:
        """Draw the picture with its particles on ``ax``; returns the handles of a key for every mark."""
        return draw_particles(
            ax, self.image, self.particles, spacing_nm=self.spacing_nm, feature=self.feature,
            outline=self.particle_outline, left_out=self.left_out,
        )  # fmt: skip

    def save(self, directory: str | Path) -> Path:
        """Write ``tem.json``, ``tem.png`` and ``tem_particles.csv`` into a directory and return it."""
        from matplotlib.figure import Figure

        folder = Path(directory)
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(self.to_dict(), indent=2, ensure_ascii=False)
        _write(folder / "tem.json", (text + "\n").encode())
        figure = Figure(figsize=(8, 8), layout="constrained")
        self.plot(figure.subplots())
        with write_atomically(folder / "tem.png") as temporary:
            figure.savefig(temporary, format="png", dpi=150)
        rows = [f"{x:.4f},{y:.4f},{g}" for (x, y), g in zip(self.positions_nm, self.grains, strict=True)]
        _write(folder / "tem_particles.csv", "\n".join(["x_nm,y_nm,grain", *rows, ""]).encode())
        return folder


def _write(path: Path, content: bytes) -> None:
    with write_atomically(path) as temporary:
        temporary.write_bytes(content)


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    return value
