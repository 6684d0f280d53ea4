"""The energy curve of two coated nanocrystals: van der Waals against ligand shell, over the gap between their cores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.errors import InputError
from packing.matter.lifshitz import BOLTZMANN_J_PER_K
from packing.matter.material_table import HAMAKER_UNCERTAINTY_FACTOR
from packing.pair.minimum import curvature
from packing.pair.steric import (
    alexander_de_gennes,
    alexander_de_gennes_curvature,
    ion_wall,
    osmotic_elastic,
)
from packing.pair.terms import (
    core_attraction_kt,
    facing,
    over_facing_sides,
    shell_adhesion_kt,
)
from packing.shapes import Shape

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]
Steric = Literal["alexander-de-gennes", "osmotic-elastic"]
STERIC_MODELS: tuple[Steric, ...] = ("alexander-de-gennes", "osmotic-elastic")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairEnergy:
    """Energy of two equal coated nanocrystals facing each other, against the gap between their cores.

    Build it with `pair_energy`. Cuboids face each other with their largest facets, aligned. Gaps are between core
    surfaces, periods between centres. Energies are relative to two nanocrystals far apart *in the same medium*.

    Parameters
    ----------
    gap_nm
        Gap of lowest energy [nm].
    depth_kt
        Depth of that minimum [kT], positive.
    shape
        Core shape.
    hamaker_j
        Hamaker constant [J] of core across what fills the gap.
    hamaker_is_estimate
        Whether it is the library's estimate, good to `HAMAKER_UNCERTAINTY_FACTOR` either way.
    gap_medium
        What fills the gap in the Hamaker constant.
    shell_hamaker_j
        Hamaker constant [J] of what coats the cores across vacuum, without a solvent: alkane for chains, the core's
        own for ions, whose layer is part of the salt. 0 in a liquid.
    brush_height_nm
        Free thickness of one shell [nm]; shells touch at twice this gap.
    dry_shell_nm
        Thickness of one shell without solvent [nm].
    grafting_per_nm2
        Chains per area [1/nm^2].
    steric
        Model of the repulsion: one of `STERIC_MODELS`, or ``"ion-wall"``.
    chi
        Flory-Huggins parameter, for ``"osmotic-elastic"``.
    temperature_kelvin
        Temperature [K].
    """

    gap_nm: float
    depth_kt: float
    shape: Shape
    hamaker_j: float
    hamaker_is_estimate: bool
    gap_medium: str
    shell_hamaker_j: float
    brush_height_nm: float
    dry_shell_nm: float
    grafting_per_nm2: float
    steric: str
    chi: float | None
    temperature_kelvin: float

    @property
    def period_nm(self) -> float:
        """Distance of the centres at the minimum [nm]: shortest edge, or diameter, plus gap."""
        return self.core_nm + self.gap_nm

    @property
    def core_nm(self) -> float:
        """Core size along the line of centres [nm]."""
        return facing(self.shape).core_nm

    @property
    def facet_nm2(self) -> float:
        """Area of the facing flat facet [nm^2]; 0 for a sphere."""
        return facing(self.shape).facet_nm2

    @property
    def hamaker_kt(self) -> float:
        """Hamaker constant in kT."""
        return self.hamaker_j / (BOLTZMANN_J_PER_K * self.temperature_kelvin)

    @property
    def depth_text(self) -> str:
        """The depth with two or three digits, as text."""
        digits = 0 if self.depth_kt >= 100 else 1 if self.depth_kt >= 10 else 2
        return f"{self.depth_kt:.{digits}f} kT"

    @property
    def stiffness_kt_per_nm2(self) -> float | None:
        """Second derivative of the energy at its minimum [kT/nm^2], from within where the shells just touch.

        None where the minimum is a kink: osmotic + elastic shells, and dry salts.
        """
        if self.steric == "osmotic-elastic" or (self.steric == "ion-wall" and self.shell_hamaker_j > 0):
            return None
        return float(curvature(self.vdw_kt, self.gap_nm) + _steric_curvature(self))

    def energy_kt(self, gap_nm: ArrayLike) -> FloatArray:
        """Total energy [kT] at gaps [nm] of any shape.

        Parameters
        ----------
        gap_nm
            Gap between the cores [nm], any shape.
        """
        return self.vdw_kt(gap_nm) + self.adhesion_kt(gap_nm) + self.steric_kt(gap_nm)

    def vdw_kt(self, gap_nm: ArrayLike) -> FloatArray:
        """Van der Waals energy [kT], negative, at gaps [nm].

        Parameters
        ----------
        gap_nm
            Gap between the cores [nm], any shape.
        """
        return core_attraction_kt(gap_nm, self.shape, self.hamaker_kt)

    def adhesion_kt(self, gap_nm: ArrayLike) -> FloatArray:
        """Energy [kT] of the dry coatings' attraction for each other, negative; zero in a liquid.

        Parameters
        ----------
        gap_nm
            Gap between the cores [nm], any shape.
        """
        strength_kt = self.shell_hamaker_j / (BOLTZMANN_J_PER_K * self.temperature_kelvin)
        return shell_adhesion_kt(
            gap_nm, self.shape, self.brush_height_nm, strength_kt, is_salt=self.steric == "ion-wall"
        )

    def steric_kt(self, gap_nm: ArrayLike) -> FloatArray:
        """Steric energy [kT] of the ligand shells, zero or positive, at gaps [nm].

        Parameters
        ----------
        gap_nm
            Gap between the cores [nm], any shape.
        """
        return _steric_kt(gap_nm, self)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the energy and its two parts against the gap; the minimum is marked."""
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots()
        gap = np.linspace(0.6 * self.gap_nm, 2.2 * self.gap_nm, 400)
        for label, energy, style in (
            ("van der Waals, cores", self.vdw_kt(gap), "--"),
            ("ligand shells pushed together", self.steric_kt(gap), ":"),
            *([("ligand shells sticking", self.adhesion_kt(gap), "-.")] if self.shell_hamaker_j else []),
            ("total", self.energy_kt(gap), "-"),
        ):
            ax.plot(gap, np.where(np.isfinite(energy), energy, np.nan), style, label=label)
        ax.plot(self.gap_nm, -self.depth_kt, "ko", ms=4)
        ax.axhline(0, color="0.7", lw=0.8)
        ax.set(
            xlabel="gap between cores [nm]",
            ylabel="pair energy [kT]",
            ylim=(-1.6 * self.depth_kt, 1.6 * self.depth_kt),
            xlim=(float(gap[0]), float(gap[-1])),
            title=f"minimum at {self.gap_nm:.2f} nm, {self.depth_text} deep",
        )
        ax.legend()
        return ax

    def to_dict(self) -> dict[str, Any]:
        """Plain data: the numbers and what they rest on."""
        return {
            "gap_nm": self.gap_nm,
            "depth_kt": self.depth_kt,
            "period_nm": self.period_nm,
            "stiffness_kt_per_nm2": self.stiffness_kt_per_nm2,
            "hamaker_j": self.hamaker_j,
            "hamaker_is_estimate": self.hamaker_is_estimate,
            "hamaker_uncertainty_factor": HAMAKER_UNCERTAINTY_FACTOR if self.hamaker_is_estimate else None,
            "gap_medium": self.gap_medium,
            "core_attraction_kt": float(self.vdw_kt(self.gap_nm)),
            "adhesion_kt": float(self.adhesion_kt(self.gap_nm)),
            "brush_height_nm": self.brush_height_nm,
            "steric": self.steric,
            "chi": self.chi,
            "temperature_kelvin": self.temperature_kelvin,
        }


def _steric_kt(gap_nm: ArrayLike, pair: PairEnergy) -> FloatArray:
    gap = np.asarray(gap_nm, dtype=np.float64)
    if pair.steric == "ion-wall":
        contact = 2 * pair.brush_height_nm
        # The attraction may have a kink at contact: its slope just outside, to second order.
        step = 1e-4 * contact
        outside = contact + step * np.arange(3)
        f = core_attraction_kt(outside, pair.shape, pair.hamaker_kt) + pair.adhesion_kt(outside)
        return ion_wall(gap, contact, float(-3 * f[0] + 4 * f[1] - f[2]) / (2 * step))
    return over_facing_sides(lambda d: _flat_steric(d, pair), gap, 2 * pair.brush_height_nm, facing(pair.shape))


def _steric_curvature(pair: PairEnergy) -> float:
    """Second derivative of the steric energy at the minimum [kT/nm^2]; dry shells in touch stick with no slope."""
    gap = np.asarray(pair.gap_nm)
    if pair.steric == "ion-wall":
        return curvature(pair.steric_kt, pair.gap_nm)
    # The sides' energy is linear in that of flat facets, which vanishes at the touch with its slope.
    bent = over_facing_sides(
        lambda d: alexander_de_gennes_curvature(d, pair.brush_height_nm, pair.grafting_per_nm2),
        gap,
        2 * pair.brush_height_nm,
        facing(pair.shape),
    )
    return float(bent)


def _flat_steric(gap: FloatArray, pair: PairEnergy) -> FloatArray:
    height, grafting = pair.brush_height_nm, pair.grafting_per_nm2
    if pair.steric == "alexander-de-gennes":
        return alexander_de_gennes(gap, height, grafting)
    if pair.chi is None:
        raise InputError("steric='osmotic-elastic' needs a solvent: choose a medium other than vacuum, or give chi.")
    return osmotic_elastic(gap, height, pair.dry_shell_nm, grafting, pair.chi)
