"""Ligand chains of beads: how many beads a ligand has, how large they are and how they interact.

A bead stands for about four CH2 groups, as in the Martini force field (Marrink et al., J. Phys. Chem. B 111, 7812
(2007), doi:10.1021/jp071097f), whose bond and angle constants and C1 well depth are the defaults here. Two things are
set otherwise, so that every ligand keeps its own length and volume: the bond length makes the stretched chain as long
as the ligand, and the bead diameter gives it the volume of the packing models, area per chain times length.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from assembly.system.system import CosineSquaredAngle, HarmonicBond, MiePair
from packing.checks import require_between, require_known, require_non_negative, require_positive
from packing.errors import InputError
from packing.particles import Ligand

AREA_PER_CHAIN_NM2 = 1 / 5.5  # densest packing of alkyl chains, as in the optimal packing model
WELL_DEPTH_KJ_MOL = {"dry": 3.5, "poor": 3.5, "theta": 1.25, "good": 0.0}

_CARBONS_PER_BEAD = 4
_CARBON_STEP_NM = 0.128
_HEAD_NM = 0.2
_CH2_AMU = 14.027
_WCA_CUTOFF = 2 ** (1 / 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainForceField:
    """Force field of ligand beads, calibrated once and then left alone.

    The one case: gold spheres of 4.0 nm with dodecanethiol at 5.0 per nm^2, dry, 300 K. An fcc crystal at zero pressure
    has 5.65 nm between neighbours (OPM 5.99 nm, 6 % more). Two spheres, held at a distance while their chains are
    melted at 600 K and cooled, push each other apart at 4.35 nm and pull together at 5.11 nm in every cooling (OCM
    4.73 nm, 8 % less and more); the force vanishes near 4.5 nm in most. Dry shells are stiff at 300 K and a pair that
    is let go keeps something of its history, so distances of pairs are told by the mean force.

    Parameters
    ----------
    reduced_density
        Bead density inside a packed shell in units of the bead diameter, rho sigma^3: sets the bead diameter.
    epsilon_kj_mol
        Well depth between ligand beads [kJ/mol]; 0 leaves the repulsion alone (a good solvent).
    repulsion_kj_mol
        Strength of the purely repulsive core-core and core-ligand potentials, and of the ligands in a good
        solvent [kJ/mol].
    bond_kj_mol_nm2
        Force constant of bonds [kJ/mol/nm^2].
    angle_kj_mol
        Force constant of angles, straight at rest [kJ/mol].
    cutoff
        Cutoff between ligand beads in units of their diameter.
    """

    reduced_density: float = 0.9
    epsilon_kj_mol: float = WELL_DEPTH_KJ_MOL["dry"]
    repulsion_kj_mol: float = 2.0
    bond_kj_mol_nm2: float = 1250.0
    angle_kj_mol: float = 25.0
    cutoff: float = 2.5

    def __post_init__(self) -> None:
        require_between("reduced_density", self.reduced_density, 0.3, 1.5)
        require_non_negative("epsilon_kj_mol", self.epsilon_kj_mol, "kJ/mol")
        require_positive("repulsion_kj_mol", self.repulsion_kj_mol, "kJ/mol")
        require_positive("bond_kj_mol_nm2", self.bond_kj_mol_nm2, "kJ/mol/nm^2")
        require_positive("angle_kj_mol", self.angle_kj_mol, "kJ/mol")
        require_between("cutoff", self.cutoff, 1.2, 4.0)

    def in_solvent(self, quality: str) -> ChainForceField:
        """The same force field with the well depth of a solvent: ``"dry"``, ``"poor"``, ``"theta"`` or ``"good"``.

        Examples
        --------
        >>> ChainForceField().in_solvent("theta").epsilon_kj_mol
        1.25
        """
        known = require_known("solvent quality", quality, WELL_DEPTH_KJ_MOL)
        return replace(self, epsilon_kj_mol=WELL_DEPTH_KJ_MOL[known])


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """One ligand as beads.

    Parameters
    ----------
    n_beads
        Beads beyond the anchor that sits on the surface of the core.
    bead_nm
        Bead diameter sigma [nm].
    bond_nm
        Rest length of the bonds, also of the one to the anchor [nm].
    bead_mass_amu
        Mass of a bead [amu].
    """

    n_beads: int
    bead_nm: float
    bond_nm: float
    bead_mass_amu: float

    @property
    def length_nm(self) -> float:
        """Reach of the stretched chain beyond the surface, to the outer side of its last bead [nm]."""
        return self.n_beads * self.bond_nm + self.bead_nm / 2


def chain_of(ligand: Ligand, force_field: ChainForceField) -> Chain:
    """The bead chain of a ligand: one bead per four carbons, with the ligand's length and volume.

    With v = A0 L / n the volume of a bead (A0 the area per chain, L the length, n the number of beads),
    sigma = (rho* v)^(1/3) and the bond r0 = (L - sigma/2)/n.

    Raises
    ------
    InputError
        For an ion, which has no chain, or a ligand too short to hold one bead.

    Examples
    --------
    >>> dodecanethiol = Ligand(name="dodecanethiol", length_nm=1.736)
    >>> chain = chain_of(dodecanethiol, ChainForceField())
    >>> chain.n_beads, round(chain.length_nm, 3)
    (3, 1.736)
    """
    if ligand.is_ionic:
        raise InputError(
            f"ligand {ligand.name!r} is an ion without a chain, which explicit-ligand cannot graft. Use soft."
        )
    carbons = ligand.n_carbons or (ligand.length_nm - _HEAD_NM) / _CARBON_STEP_NM
    if carbons < 2:
        raise InputError(
            f"ligand {ligand.name!r} must be longer than {_HEAD_NM + 2 * _CARBON_STEP_NM:.2f} nm for explicit-ligand, "
            f"got {ligand.length_nm:g} nm. Use soft."
        )
    n = max(1, math.floor(carbons / _CARBONS_PER_BEAD + 0.5))
    sigma = (force_field.reduced_density * (ligand.volume_nm3 or AREA_PER_CHAIN_NM2 * ligand.length_nm) / n) ** (1 / 3)
    return Chain(
        n_beads=n,
        bead_nm=sigma,
        bond_nm=(ligand.length_nm - sigma / 2) / n,
        bead_mass_amu=_CH2_AMU * carbons / n,
    )


def ligand_pair(sigma_nm: float, force_field: ChainForceField) -> MiePair:
    """Lennard-Jones between ligand beads of diameter ``sigma_nm`` [nm]; its repulsive part for a well depth of zero."""
    if force_field.epsilon_kj_mol == 0:
        return repulsive_pair(sigma_nm, force_field.repulsion_kj_mol)
    return MiePair(
        epsilon_kj_mol=force_field.epsilon_kj_mol, sigma_nm=sigma_nm, cutoff_nm=force_field.cutoff * sigma_nm
    )


def repulsive_pair(sigma_nm: float, epsilon_kj_mol: float) -> MiePair:
    """Lennard-Jones cut and shifted at its minimum (Weeks-Chandler-Andersen).

    ``sigma_nm`` is the distance of zero energy before the shift [nm], ``epsilon_kj_mol`` the energy there after it.
    """
    return MiePair(epsilon_kj_mol=epsilon_kj_mol, sigma_nm=sigma_nm, cutoff_nm=_WCA_CUTOFF * sigma_nm)


def chain_bond(chain: Chain, force_field: ChainForceField) -> HarmonicBond:
    """The bond between neighbours along a chain."""
    return HarmonicBond(k_kj_mol_nm2=force_field.bond_kj_mol_nm2, r0_nm=chain.bond_nm)


def chain_angle(force_field: ChainForceField) -> CosineSquaredAngle:
    """The angle that keeps chains straight at rest."""
    return CosineSquaredAngle(k_kj_mol=force_field.angle_kj_mol, t0_deg=180.0)
