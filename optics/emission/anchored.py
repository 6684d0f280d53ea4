"""Emission energies of nanocrystals of given edges, anchored by one measured pair of size and wavelength."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from optics.constants import HBAR2_OVER_2M0_EV_NM2, HC_EV_NM
from optics.emission.exciton import finite_wall_nm
from optics.emission.interpolation import as_edges_nm, attraction_and_brightness
from optics.materials.properties import Anchor, Semiconductor
from packing.checks import require_non_negative, require_positive
from packing.errors import InputError

FloatArray = NDArray[np.float64]
Bands = Literal["two-band", "parabolic"]
UNANCHORED_UNCERTAINTY_EV = 0.040
"""Published pairs of size and wavelength scatter by this much."""
SMALLEST_CHECKED_NM = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Emitter:
    r"""Size to emission energy, with the gap fixed by an anchor.

    .. math:: E(L)=E_\mathrm{gap,eff}+K'_e+K'_h-A(L),\qquad
              K'=\tfrac{E_g}2\big(\sqrt{1+4K/E_g}-1\big)

    with the kinetic energies :math:`K` between hard walls and the attraction :math:`A` of `exciton_level`. The
    effective gap absorbs temperature, Stokes shift and strain of the measurement that anchors it, so no other
    absolute energy is meant.

    Parameters
    ----------
    material
        Masses, permittivity, and the anchor.
    bands
        ``"two-band"`` (non-parabolic, as in a two-band k.p model) or ``"parabolic"``.
    wall_nm
        What is added to each edge for a finite barrier [nm], see `finite_wall_nm`.

    Raises
    ------
    InputError
        For a material without anchor: then the emission is not known to 40 meV.

    Examples
    --------
    >>> from optics.materials.table import semiconductor
    >>> dots = Emitter(material=semiconductor("CsPbBr3"))
    >>> [round(float(w), 1) for w in dots.wavelengths_nm([5.5, 9.0])]
    [488.2, 514.5]
    """

    material: Semiconductor
    bands: Bands = "two-band"
    wall_nm: float = 0.0

    def __post_init__(self) -> None:
        require_non_negative("wall_nm", self.wall_nm, "nm")
        if self.bands not in ("two-band", "parabolic"):
            raise InputError(f"bands must be 'two-band' or 'parabolic', got {self.bands!r}.")
        self.anchor  # noqa: B018 - refuses a material without one

    @property
    def anchor(self) -> Anchor:
        """The measured pair that fixes the gap.

        Raises
        ------
        InputError
            For a material without one.
        """
        if self.material.anchor is None:
            raise InputError(
                f"{self.material.name} has no measured pair of size and emission here, and its bulk gap fixes "
                f"the emission to "
                f"{1e3 * UNANCHORED_UNCERTAINTY_EV:.0f} meV only. Give anchor_edge_nm and anchor_wavelength_nm, "
                "or use from_bulk_gap."
            )
        return self.material.anchor

    @property
    def effective_gap_ev(self) -> float:
        """Gap that makes the anchor come out [eV].

        Raises
        ------
        InputError
            For an anchor at so small an edge that confinement takes the whole photon.
        """
        anchor = self.anchor
        target = HC_EV_NM / require_positive("anchor wavelength_nm", anchor.wavelength_nm, "nm")
        edges = as_edges_nm([anchor.edge_nm])
        gap = target
        # The two-band correction depends on the gap it helps to find: a contraction by a factor of 20 a step.
        for _ in range(60):
            new = target - float(self._above_gap_ev(edges, gap)[0])
            if new <= 0:
                raise InputError(
                    f"the anchor of {self.material.name} ({anchor.edge_nm:g} nm, {anchor.wavelength_nm:g} nm) leaves "
                    "no gap: the effective-mass model does not hold for so small a dot. Give one at a larger edge."
                )
            if abs(new - gap) < 1e-12:
                break
            gap = new
        return gap

    def energies_ev(self, edges_nm: ArrayLike) -> FloatArray:
        """Peak emission energy [eV] of each dot, shape (N,); ``edges_nm`` of shape (N,) for cubes or (N, 3)."""
        gap = self.effective_gap_ev
        return gap + self._above_gap_ev(as_edges_nm(edges_nm), gap)

    def wavelengths_nm(self, edges_nm: ArrayLike) -> FloatArray:
        """Peak emission wavelength [nm] of each dot, shape (N,).

        Parameters
        ----------
        edges_nm
            Edges [nm]: shape (N,) of cubes, or (N, 3).
        """
        return np.asarray(HC_EV_NM / self.energies_ev(edges_nm))

    @property
    def bulk_exciton_nm(self) -> float:
        """Where a very large dot would emit [nm]: no shift beyond it is coupling between whole dots."""
        return float(HC_EV_NM / (self.effective_gap_ev - self.material.binding_energy_ev))

    def slope_ev_per_nm(self, edge_nm: float) -> float:
        """How the energy of a cube changes with its edge [eV/nm], negative.

        Parameters
        ----------
        edge_nm
            Edge of the cube [nm].
        """
        step = 0.01
        high, low = self.energies_ev([edge_nm + step, edge_nm - step])
        return float((high - low) / (2 * step))

    def uncertainty_ev(self, edge_nm: float) -> float:
        """Uncertainty of an emission energy [eV]: the anchor's within 1 nm of it (10 meV), four times it elsewhere.

        Parameters
        ----------
        edge_nm
            Edge of the cube [nm].
        """
        near = abs(edge_nm - self.anchor.edge_nm) <= 1.0
        return self.anchor.uncertainty_ev * (1 if near else 4)

    def warnings(self, edges_nm: ArrayLike) -> tuple[str, ...]:
        """Sentences on sizes outside what was checked.

        Parameters
        ----------
        edges_nm
            Edges [nm]: shape (N,) of cubes, or (N, 3).
        """
        smallest = float(as_edges_nm(edges_nm).min())
        if smallest >= SMALLEST_CHECKED_NM:
            return ()
        return (
            f"the smallest edge is {smallest:.3g} nm: the effective-mass model is not verified below "
            f"{SMALLEST_CHECKED_NM:g} nm.",
        )

    def _above_gap_ev(self, edges: FloatArray, gap_ev: float) -> FloatArray:
        edges = edges + self.wall_nm
        attraction, _ = attraction_and_brightness(edges, self.material)
        total = -attraction
        for mass in (self.material.electron_mass, self.material.hole_mass):
            kinetic = HBAR2_OVER_2M0_EV_NM2 / mass * np.pi**2 * (1 / edges**2).sum(axis=1)
            if self.bands == "two-band":
                kinetic = gap_ev / 2 * (np.sqrt(1 + 4 * kinetic / gap_ev) - 1)
            total = total + kinetic
        return np.asarray(total)


def model_variants(material: Semiconductor) -> tuple[Emitter, ...]:
    """The emitter with and without a finite wall, with both kinds of bands: their scatter is the model's.

    Examples
    --------
    >>> from optics.materials.table import semiconductor
    >>> found = [float(e.wavelengths_nm([5.5])[0]) for e in model_variants(semiconductor("CsPbBr3"))]
    >>> round(min(found), 1), round(max(found), 1)
    (485.5, 493.1)
    """
    wall = finite_wall_nm(material.electron_mass, material.barrier_ev, 0.3)
    kinds: tuple[Bands, ...] = ("two-band", "parabolic")
    return tuple(Emitter(material=material, bands=b, wall_nm=w) for b in kinds for w in (0.0, round(wall, 2)))


def from_bulk_gap(material: Semiconductor, edge_nm: float) -> Emitter:
    """An emitter anchored by the bulk gap of the table: good to 40 meV at best, and off by what temperature does.

    Parameters
    ----------
    edge_nm
        Edge of the cube [nm].

    Examples
    --------
    >>> from optics.materials.table import semiconductor
    >>> dots = from_bulk_gap(semiconductor("CsPbI3"), 10.0)
    >>> dots.anchor.source
    'bulk gap 1.723 eV at 4 K: good to 40 meV at best'
    """
    two_band = Emitter(material=replace(material, anchor=Anchor(edge_nm=edge_nm, wavelength_nm=500.0, source="")))
    energy = material.gap_ev + float(two_band._above_gap_ev(as_edges_nm([edge_nm]), material.gap_ev)[0])
    source = f"bulk gap {material.gap_ev:g} eV at {material.gap_kelvin:g} K: good to 40 meV at best"
    anchor = Anchor(edge_nm=edge_nm, wavelength_nm=HC_EV_NM / energy, source=source)
    return Emitter(material=replace(material, anchor=anchor))
