"""Published measurements beside the models: what they get right, and the misses they are known for.

From M. A. Boles and D. V. Talapin, J. Am. Chem. Soc. 2015, as tabulated in HOODLT (nanoparticle_list.xlsx).
Tags: ``measured`` is a measured number, ``adjusted`` one that was fitted to make a model agree, ``computed`` the output
of a model; only measured numbers test anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from packing.binary.closed_forms import packing_fraction_hs
from packing.binary.otm import otm_curve
from packing.matter.ligand_lengths import chain_length_nm
from packing.particles import MAX_CHAINS_PER_NM2
from packing.spacing.soft_spheres import ocm_ratio, opm_ratio

Tag = Literal["measured", "adjusted", "computed"]
SOURCE = "Boles and Talapin, J. Am. Chem. Soc. 2015, as tabulated in HOODLT"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredSpacing:
    """Centre distance of coated spheres in a hexagonal monolayer, with measured coverage.

    Parameters
    ----------
    row
        Label in the project's reference.
    material, core_diameter_nm
        Core and its diameter [nm].
    ligand, n_carbons
        Ligand and the carbons of its chain.
    coverage_per_nm2, coverage_tag
        Coverage [chains/nm^2] and what kind of number it is.
    spacing_nm, spacing_tag
        Centre distance [nm] and what kind of number it is.
    """

    row: str
    material: str
    core_diameter_nm: float
    ligand: str
    n_carbons: int
    coverage_per_nm2: float
    spacing_nm: float
    coverage_tag: Tag = "measured"
    spacing_tag: Tag = "measured"

    def predicted_nm(self, model: str = "opm") -> float:
        """Spacing by ``"opm"`` or ``"ocm"`` [nm], without a free parameter.

        Examples
        --------
        >>> round(MEASURED_SPACINGS[1].predicted_nm(), 2)
        6.85
        """
        length_ratio = 2 * chain_length_nm(self.n_carbons) / self.core_diameter_nm
        relative = min(1.0, self.coverage_per_nm2 / MAX_CHAINS_PER_NM2)
        ratio = opm_ratio if model == "opm" else ocm_ratio
        return float(self.core_diameter_nm * ratio(length_ratio, relative))


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredPacking:
    """Packing fraction of a binary superlattice of spheres.

    Parameters
    ----------
    row
        Label in the project's reference.
    system, lattice
        Building blocks A + B and the lattice.
    gamma
        Size ratio from the measured diameters.
    packing_fraction
        Experimental packing fraction.
    known_miss
        Why no model gets it; empty where one does.
    """

    row: str
    system: str
    lattice: str
    gamma: float
    packing_fraction: float
    known_miss: str = ""

    def predicted(self, model: str = "otm") -> float:
        """Packing fraction by ``"otm"`` or ``"hs"``.

        Examples
        --------
        >>> round(MEASURED_PACKINGS[0].predicted(), 3), round(MEASURED_PACKINGS[0].predicted("hs"), 3)
        (0.775, 0.651)
        """
        if model == "hs":
            return float(packing_fraction_hs(self.lattice, self.gamma))
        return float(otm_curve(self.lattice, self.gamma).packing_fraction[0])


MEASURED_SPACINGS: tuple[MeasuredSpacing, ...] = tuple(
    MeasuredSpacing(
        row=row,
        material=material,
        core_diameter_nm=diameter,
        ligand=ligand,
        n_carbons=carbons,
        coverage_per_nm2=coverage,
        spacing_nm=spacing,
    )
    for row, material, diameter, ligand, carbons, coverage, spacing in (
        ("B1", "Au", 4.1, "nonanethiol", 9, 5.88, 5.90),
        ("B2", "Au", 4.1, "octadecanethiol", 18, 5.52, 6.78),
        ("B3", "PbS", 7.0, "nonanoic acid", 9, 4.56, 8.80),
        ("B4", "PbS", 7.0, "stearic acid", 18, 4.40, 9.50),
    )
)

MEASURED_PACKINGS: tuple[MeasuredPacking, ...] = (
    MeasuredPacking(row="C1", system="PbS-C9 + Au-C18", lattice="MgZn2", gamma=6.78 / 8.80, packing_fraction=0.79),
    MeasuredPacking(
        row="C2",
        system="PbS-C9 + Au-C18",
        lattice="CaCu5",
        gamma=6.78 / 8.80,
        packing_fraction=0.76,
        known_miss="beyond the last OTM branch of CaCu5: the hard-sphere value is 0.1 too low",
    ),
    MeasuredPacking(
        row="C3",
        system="PbS-C18 + Au-C9",
        lattice="NaZn13",
        gamma=5.90 / 9.50,
        packing_fraction=0.73,
        known_miss="the OTM branch overfills: 0.05 to 0.09 too high, by the form of the vertex contact",
    ),
    MeasuredPacking(row="C4", system="Fe2O3-C9 + Au-C18", lattice="NaZn13", gamma=0.565, packing_fraction=0.79),
    MeasuredPacking(row="C5", system="PbS-C18 + Au-C9", lattice="AlB2", gamma=5.90 / 9.50, packing_fraction=0.77),
)


def measured_table() -> str:
    """Model against measurement, as text.

    Examples
    --------
    >>> "system" in measured_table()
    True
    """
    lines = [f"{'row':<4} {'system':<22} {'measured':>9} {'OPM':>7} {'error':>7} {'OCM':>7} {'error':>7}"]
    for row in MEASURED_SPACINGS:
        opm, ocm = row.predicted_nm(), row.predicted_nm("ocm")
        lines.append(
            f"{row.row:<4} {row.material + ' ' + row.ligand:<22} {row.spacing_nm:9.2f} {opm:7.2f} "
            f"{opm / row.spacing_nm - 1:+7.1%} {ocm:7.2f} {ocm / row.spacing_nm - 1:+7.1%}"
        )
    lines += ["", f"{'row':<4} {'system':<18} {'lattice':<7} {'measured':>9} {'hs':>7} {'otm':>7}"]
    for packing in MEASURED_PACKINGS:
        lines.append(
            f"{packing.row:<4} {packing.system:<18} {packing.lattice:<7} {packing.packing_fraction:9.2f} "
            f"{packing.predicted('hs'):7.3f} {packing.predicted():7.3f}  {packing.known_miss}".rstrip()
        )
    return "\n".join([*lines, "", SOURCE])
