"""Energy of two coated nanocrystals against the gap between their cores: van der Waals against ligand shell."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.checks import require_known, require_positive
from packing.errors import InputError
from packing.matter.lifshitz import BOLTZMANN_J_PER_K
from packing.matter.material_table import HAMAKER_UNCERTAINTY_FACTOR, material
from packing.matter.media import medium
from packing.once import remembered
from packing.pair.minimum import outermost_minimum
from packing.pair.steric import alexander_de_gennes, brush_height_nm, ion_wall, osmotic_elastic
from packing.pair.terms import (
    core_attraction_kt,
    facing,
    gap_medium_of,
    over_facing_sides,
    shell_adhesion_kt,
    shell_hamaker_j,
    shell_on_shape_nm,
)
from packing.particles import MAX_CHAINS_PER_NM2, Coating, Environment, Nanocrystal
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
        """Second derivative of the energy at its minimum [kT/nm^2]; None where it has a kink (osmotic + elastic)."""
        if self.steric == "osmotic-elastic":
            return None
        step = 1e-3 * self.gap_nm
        below, here, above = self.energy_kt([self.gap_nm - step, self.gap_nm, self.gap_nm + step])
        return float((below - 2 * here + above) / step**2)

    def energy_kt(self, gap_nm: ArrayLike) -> FloatArray:
        """Total energy [kT] at gaps [nm] of any shape."""
        return self.vdw_kt(gap_nm) + self.adhesion_kt(gap_nm) + self.steric_kt(gap_nm)

    def vdw_kt(self, gap_nm: ArrayLike) -> FloatArray:
        """Van der Waals energy [kT], negative, at gaps [nm]."""
        return core_attraction_kt(gap_nm, self.shape, self.hamaker_kt)

    def adhesion_kt(self, gap_nm: ArrayLike) -> FloatArray:
        """Energy [kT] of the dry coatings' attraction for each other, negative; zero in a liquid."""
        strength_kt = self.shell_hamaker_j / (BOLTZMANN_J_PER_K * self.temperature_kelvin)
        return shell_adhesion_kt(
            gap_nm, self.shape, self.brush_height_nm, strength_kt, is_salt=self.steric == "ion-wall"
        )

    def steric_kt(self, gap_nm: ArrayLike) -> FloatArray:
        """Steric energy [kT] of the ligand shells, zero or positive, at gaps [nm]."""
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


@remembered
def pair_energy(
    nanocrystal: Nanocrystal,
    coating: Coating,
    environment: Environment,
    *,
    steric: Steric = "alexander-de-gennes",
    chi: float | None = None,
) -> PairEnergy:
    r"""The energy of two equal coated nanocrystals, with its minimum: the gap they keep and how strongly.

    The attraction is Hamaker's pairwise sum over the two cores (exact for spheres and aligned cuboids). The
    repulsion is that of the ligand shells: brushes whose height depends on the solvent, or a wall at the size of an
    ion. The gap is filled with ligand when dry or in a poor solvent, so the Hamaker constant is then the one across
    alkyl; in a good solvent it is the one across the solvent; between ions in vacuum the one across vacuum.

    Parameters
    ----------
    nanocrystal
        Core. The attraction of a rounded or truncated cuboid is that of a sharp one of the same height and volume;
        its shell acts on the flat part of the facet and, by Derjaguin's construction, on rounded edges and corners.
    coating
        Ligands.
    environment
        Medium, temperature and, where known, the Hamaker constant.
    steric
        ``"alexander-de-gennes"`` or ``"osmotic-elastic"`` (needs a good or theta solvent). Ions always have a wall.
    chi
        Flory-Huggins parameter for ``"osmotic-elastic"``; None takes the medium's estimate.

    Raises
    ------
    InputError
        For an unknown material, medium or model, or ligands too few to keep the cores apart.

    Notes
    -----
    Without a solvent the shells also stick to each other, as two alkane surfaces do: the energy of the layered
    half spaces, :math:`-A_L/12\pi(s+D_0)^2` per area at a distance s of the shells, with Israelachvili's cutoff
    :math:`D_0` = 0.165 nm (Intermolecular and Surface Forces, section 13), which gives an alkane's surface tension.
    It holds a dry superlattice together (hundreds of kT a facet) and hardly moves its gap. In a liquid it is left
    out: shells and good solvents are alike. Dry layers of ions count as core material: two salts that touch, at
    :math:`D_0`, in place of two cores at the ions' distance.

    Spheres use Derjaguin's approximation for the shells, and shells on spheres are thinner by the volume they
    share (dry, this is the contact distance of the optimal packing model).

    Examples
    --------
    >>> from packing.matter.ligands import ligand
    >>> from packing.shapes import cube
    >>> dots = Nanocrystal(material="CsPbBr3", shape=cube(8.6))
    >>> oleate = Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0)
    >>> pair = pair_energy(dots, oleate, Environment(medium="vacuum"))
    >>> round(pair.gap_nm, 2), round(pair.period_nm, 2)
    (2.73, 11.33)
    """
    require_known("steric", steric, STERIC_MODELS)
    around = medium(environment.medium)
    gap_medium = gap_medium_of(coating, around)
    core = material(nanocrystal.material)
    temperature = environment.temperature_kelvin
    hamaker_j = environment.hamaker_j
    if hamaker_j is None:
        hamaker_j = core.hamaker_j(gap_medium, temperature)
    require_positive("hamaker_j", hamaker_j, "J")
    if hamaker_j > 1e-17:
        raise InputError(f"hamaker_j must be below 1e-17 J, got {hamaker_j:g} J. Give joules: 1e-19 is usual.")
    shape = nanocrystal.shape
    free = brush_height_nm(coating, around.quality)
    height, dry = (shell_on_shape_nm(x, shape, coating) for x in (free, coating.shell_nm))
    trial = PairEnergy(
        gap_nm=math.nan,
        depth_kt=math.nan,
        shape=shape,
        hamaker_j=hamaker_j,
        hamaker_is_estimate=environment.hamaker_j is None,
        gap_medium=gap_medium.name,
        shell_hamaker_j=shell_hamaker_j(coating, around, hamaker_j, temperature),
        brush_height_nm=height,
        dry_shell_nm=dry,
        grafting_per_nm2=min(coating.coverage_per_nm2, MAX_CHAINS_PER_NM2),
        steric="ion-wall" if coating.ligand.is_ionic else steric,
        chi=None if steric != "osmotic-elastic" else (around.chi if chi is None else chi),
        temperature_kelvin=temperature,
    )
    gap, energy = outermost_minimum(trial.energy_kt, trial.brush_height_nm, coating)
    return replace(trial, gap_nm=gap, depth_kt=-energy)


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


def _flat_steric(gap: FloatArray, pair: PairEnergy) -> FloatArray:
    height, grafting = pair.brush_height_nm, pair.grafting_per_nm2
    if pair.steric == "alexander-de-gennes":
        return alexander_de_gennes(gap, height, grafting)
    if pair.chi is None:
        raise InputError("steric='osmotic-elastic' needs a solvent: choose a medium other than vacuum, or give chi.")
    return osmotic_elastic(gap, height, pair.dry_shell_nm, grafting, pair.chi)
