"""How ordered a configuration is: one call for all order parameters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from packing.configuration import Configuration
from packing.cubatic import cubatic_order
from packing.results import none_if_nan
from packing.shapes import Cuboid
from structure.order.alignment import face_to_face_alignment, misorientation
from structure.order.bond_order import radial_distribution, steinhardt
from structure.order.classify import LABELS, LocalStructure, classify_together
from structure.order.neighbours import FIRST_SHELL, Neighbours, nearest_neighbours
from structure.order.template_match import N_CANDIDATES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OrderReport:
    """Order of one configuration.

    Parameters
    ----------
    step
        Step of the simulation the configuration comes from.
    n_particles, n_interior
        Number of particles, and of those with neighbours all around (`structure.order.neighbours`).
    spacing_nm
        Typical nearest-neighbour distance [nm]; for the lattice parameter use `structure.lattice.fit`.
    cubatic
        Cubatic order parameter of the particles' axes, 0 to 1; nan if no particle is a cuboid.
    face_alignment
        How squarely nearest neighbours face each other: 1 perfectly, 0 at random; nan if no particle is a cuboid.
    misorientation_fwhm_deg
        Azimuthal spread of the {100} axes about their mean [degrees FWHM]; nan where there are no common axes.
    fractions, interior_fractions
        Share of particles in each kind of surroundings ("sc", ..., "none"), over all and over interior particles.
    q4, q6, q4_averaged, q6_averaged
        Steinhardt parameters over the first shell, shape (N,).
    rdf_r_nm, rdf
        Radial distribution function: distances [nm] and g(r).
    labels
        Surroundings of each particle, shape (N,).
    is_interior
        Whether each particle is interior, shape (N,).
    """

    step: int
    n_particles: int
    n_interior: int
    spacing_nm: float
    cubatic: float
    face_alignment: float
    misorientation_fwhm_deg: float
    fractions: dict[str, float]
    interior_fractions: dict[str, float]
    q4: FloatArray
    q6: FloatArray
    q4_averaged: FloatArray
    q6_averaged: FloatArray
    rdf_r_nm: FloatArray
    rdf: FloatArray
    labels: NDArray[np.str_]
    is_interior: NDArray[np.bool_]

    @property
    def sc_fraction(self) -> float:
        """Share of all particles in simple-cubic surroundings."""
        return self.fractions["sc"]

    @property
    def sc_fraction_interior(self) -> float:
        """Share of the interior particles in simple-cubic surroundings; nan where no particle is interior."""
        return self.interior_fractions["sc"]

    @property
    def dominant(self) -> str:
        """The most frequent kind of surroundings among the interior particles ("none" where there are none)."""
        known = {k: v for k, v in self.interior_fractions.items() if math.isfinite(v)}
        return max(known, key=lambda name: known[name]) if known else "none"

    def __repr__(self) -> str:
        return f"OrderReport({self.summary()})"

    def summary(self) -> str:
        """One line with the numbers a person asks for first."""
        words = [f"{self.n_particles} particles ({self.n_interior} interior)"]
        if self.n_interior:
            words.append(f"{self.dominant} {100 * self.interior_fractions[self.dominant]:.0f} % of interior")
        words.append(f"sc {100 * self.sc_fraction:.0f} % of all")
        has_axes = math.isfinite(self.cubatic)
        if has_axes:
            words.append(f"cubatic {self.cubatic:.2f}")
        words.append(f"q6 {_mean(self.q6):.2f}")
        if math.isfinite(self.misorientation_fwhm_deg):
            words.append(f"misorientation {self.misorientation_fwhm_deg:.1f}°")
        elif has_axes:
            words.append("no common axes")
        return ", ".join(words)

    def to_dict(self) -> dict[str, Any]:
        """The scalars as plain data for JSON; a number that is not defined is None."""
        names = (
            "spacing_nm",
            "cubatic",
            "face_alignment",
            "misorientation_fwhm_deg",
            "sc_fraction",
            "sc_fraction_interior",
        )
        means = {name: _mean(getattr(self, name)) for name in ("q4", "q6", "q4_averaged", "q6_averaged")}
        return {
            "step": self.step,
            "n_particles": self.n_particles,
            "n_interior": self.n_interior,
            **{name: none_if_nan(getattr(self, name)) for name in names},
            "dominant": self.dominant,
            **{name: none_if_nan(value) for name, value in means.items()},
            "fractions": dict(self.fractions),
            "interior_fractions": {k: none_if_nan(v) for k, v in self.interior_fractions.items()},
        }

    def plot(self, ax: Axes | None = None, **line_style: Any) -> Axes:
        """Draw g(r) and return the axes."""
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots()
        ax.plot(self.rdf_r_nm, self.rdf, **line_style)
        ax.axhline(1.0, color="0.7", lw=0.8, zorder=0)
        ax.set(xlabel="centre distance $r$ [nm]", ylabel="$g(r)$", xlim=(0, self.rdf_r_nm[-1]))
        ax.set_ylim(bottom=0)
        return ax


def measure_order(configuration: Configuration, *, seed: int = 0) -> OrderReport:
    """Measure the order of a configuration in a periodic box (triclinic too) or of a free cluster.

    Parameters
    ----------
    configuration
        At least two nanocrystals.
    seed
        Seed of the search for the cubatic director.

    Raises
    ------
    InputError
        If there are fewer than two particles or two on one point.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> from structure.crystals.build import build_crystal
    >>> crystal = build_crystal("sc", spacing_nm=11.0, n_cells=(4, 4, 4), shapes=cube(8.6), displacement_nm=0.3)
    >>> report = measure_order(crystal)
    >>> report.sc_fraction, round(report.cubatic, 2)
    (1.0, 1.0)
    """
    return measure_together([configuration], seed=seed)[0]


def measure_together(frames: Sequence[Configuration], *, seed: int = 0) -> list[OrderReport]:
    """`measure_order` of each of several frames, whose particles are classified at once; ``seed`` as there."""
    near = [nearest_neighbours(frame, N_CANDIDATES) for frame in frames]
    local = classify_together(near)
    return [report_order(*known, seed=seed) for known in zip(frames, near, local, strict=True)]


def report_order(
    configuration: Configuration, neighbours: Neighbours, local: LocalStructure, *, seed: int = 0
) -> OrderReport:
    """`measure_order` for neighbours and surroundings that are known already; ``seed`` starts the cubatic search."""
    spacing = neighbours.spacing_nm
    bonds = neighbours.within(FIRST_SHELL * spacing)
    interior = local.is_interior.copy()
    r, g = radial_distribution(configuration, spacing)
    cubatic, facing, spread = _alignment(configuration, neighbours, bonds, seed)
    own, averaged = steinhardt(configuration, neighbours, bonds, (4, 6))
    arrays = {
        "q4": own[:, 0].copy(),
        "q6": own[:, 1].copy(),
        "q4_averaged": averaged[:, 0].copy(),
        "q6_averaged": averaged[:, 1].copy(),
        "rdf_r_nm": r,
        "rdf": g,
        "is_interior": interior,
        "labels": np.array(LABELS)[local.label_indices],
    }
    for array in arrays.values():
        array.flags.writeable = False
    return OrderReport(
        step=configuration.step,
        n_particles=configuration.n_particles,
        n_interior=int(interior.sum()),
        spacing_nm=spacing,
        cubatic=cubatic,
        face_alignment=facing,
        misorientation_fwhm_deg=spread,
        fractions=local.fractions(),
        interior_fractions=local.fractions(interior),
        **arrays,
    )


def _alignment(
    configuration: Configuration, neighbours: Neighbours, bonds: NDArray[np.bool_], seed: int
) -> tuple[float, float, float]:
    cuboid = np.array([isinstance(s, Cuboid) for s in configuration.shapes])[configuration.species]
    if not cuboid.any():
        return float("nan"), float("nan"), float("nan")
    order, director = cubatic_order(configuration.orientations[cuboid], seed)
    spread = misorientation(configuration.orientations[cuboid], director)
    both = bonds & cuboid[:, None] & cuboid[neighbours.indices]
    facing = face_to_face_alignment(configuration.rotations, neighbours, both)
    return order, facing, spread.fwhm_deg


def _mean(values: FloatArray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")
