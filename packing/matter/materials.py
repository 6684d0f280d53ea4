"""What a core material is to the models: lattice, density, optical constants, Hamaker constant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from packing.matter.lifshitz import ABSORPTION_FREQUENCY_HZ, combined_hamaker_j, tabor_winterton_hamaker_j
from packing.matter.media import Medium

Prototype = Literal[
    "perovskite",
    "rocksalt",
    "fcc",
    "zincblende",
    "wurtzite",
    "spinel",
    "hexagonal",
    "L1_2",
    "diamond",
    "fluorite",
    "anatase",
    "unknown",
]

# What ends a surface decides what binds to it: the last element of the formula, or the metal itself.
_SURFACE_OF_ANION = {
    **dict.fromkeys(("S", "Se", "Te"), "chalcogenide"),
    **dict.fromkeys(("P", "As", "Sb"), "pnictide"),
    **dict.fromkeys(("Cl", "Br", "I"), "halide"),
    "O": "oxide",
    "F": "fluoride",
    "Si": "silicon",
}
_NOBLE = {"Au", "Ag", "Pt", "Pd"}
SURFACES = ("halide", "chalcogenide", "pnictide", "oxide", "fluoride", "silicon", "noble metal", "transition metal")

# Twofold either way: the spread of the estimates over plausible indices and absorption frequencies.
HAMAKER_UNCERTAINTY_FACTOR = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """A core material.

    Parameters
    ----------
    name
        What users write, mostly the chemical formula.
    prototype
        Crystal structure of the core, as `structure` builds it for WAXS.
    lattice_nm
        Cubic (or pseudo-cubic) lattice constant, or ``a`` of a hexagonal cell [nm].
    c_nm
        ``c`` of a hexagonal cell [nm].
    density_kg_m3
        Mass density [kg/m^3].
    refractive_index
        In the transparent range; the real part in the visible for metals.
    permittivity
        Static, relative; infinite for metals.
    is_metal
        Whether free electrons absorb in the visible, so that no real refractive index describes it.
    hamaker_vacuum_j
        Across vacuum [J] where the two-constant formula fails (metals); None computes it.
    absorption_frequency_hz
        Frequency of the main absorption [Hz], about (Penn gap)/h for a semiconductor.
    source
        Where the numbers come from.
    formula
        Chemical formula where the name is none ("MAPbI3"): what comes before lead is one cation.
    surface
        One of `SURFACES`, where the formula does not say it.
    """

    name: str
    prototype: Prototype
    lattice_nm: float
    density_kg_m3: float
    refractive_index: float
    permittivity: float
    c_nm: float | None = None
    is_metal: bool = False
    hamaker_vacuum_j: float | None = None
    absorption_frequency_hz: float = ABSORPTION_FREQUENCY_HZ
    source: str = "handbook; refractive index and Hamaker constant are estimates"
    formula: str = ""
    surface: str = ""

    def __str__(self) -> str:
        return self.name

    @property
    def composition(self) -> str:
        """The chemical formula; the name where none is given."""
        return self.formula or self.name

    @property
    def surface_kind(self) -> str:
        """What its surface is to a ligand, one of `SURFACES`; empty where nothing says it.

        Examples
        --------
        >>> from packing.matter.material_table import material
        >>> material("PbS").surface_kind, material("FAPbI3").surface_kind, material("FePt").surface_kind
        ('chalcogenide', 'halide', 'transition metal')
        """
        if self.surface:
            return self.surface
        elements = re.findall(r"[A-Z][a-z]?", self.composition)
        if self.is_metal:
            return "noble metal" if set(elements) <= _NOBLE else "transition metal"
        return _SURFACE_OF_ANION.get(elements[-1], "") if elements else ""

    @property
    def is_halide_perovskite(self) -> bool:
        """Whether edges come in whole pseudo-cubic cells and facets carry A and X sites."""
        return self.prototype == "perovskite" and self.surface_kind == "halide"

    def hamaker_j(self, medium: Medium, temperature_kelvin: float = 300.0) -> float:
        """Hamaker constant [J] of two bodies of this material across a medium: an estimate, good to a factor of two.

        Parameters
        ----------
        medium
            What lies between them.
        temperature_kelvin
            Temperature [K], for the part of zero frequency.
        """
        if self.hamaker_vacuum_j is not None:
            across = (medium.refractive_index, medium.permittivity)
            of_medium = tabor_winterton_hamaker_j(across, (1.0, 1.0), temperature_kelvin=temperature_kelvin)
            return combined_hamaker_j(self.hamaker_vacuum_j, of_medium)
        return tabor_winterton_hamaker_j(
            (self.refractive_index, self.permittivity),
            (medium.refractive_index, medium.permittivity),
            absorption_frequency_hz=self.absorption_frequency_hz,
            temperature_kelvin=temperature_kelvin,
        )
