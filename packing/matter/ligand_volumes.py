"""How much room a chain takes that is no straight alkane: side chains, phenyl rings, volumes from measured densities.

The models take an alkyl chain to fill 0.1818 nm^2 along its length, as dense as crystalline polyethylene: 0.0233 nm^3
per CH2. What is not a straight alkane is added to that in units of CH2 by A. Bondi's van der Waals volumes, J. Phys.
Chem. 68, 441 (1964), doi:10.1021/j100785a001: 10.23 cm^3/mol of CH2, 45.84 of phenyl; a carbon in a branch is one CH2
to a tenth of a percent (a branch turns CH2 into CH and adds CH3). Against the measured densities of liquids, as dense
as alkanes freeze, that is right to 8 %.
"""

from __future__ import annotations

from packing.checks import require_between, require_positive
from packing.errors import InputError
from packing.matter.ligand_lengths import chain_length_nm
from packing.particles import MAX_CHAINS_PER_NM2

CH2_NM3 = 0.128 / MAX_CHAINS_PER_NM2
PHENYL_NM3 = 45.84 / 10.23 * CH2_NM3
# A ring in the axis of the chain: its para distance, 2 x 0.1397 nm, and one more bond along the axis.
RING_NM = 0.279 + 0.128
# 0.0233 over 0.0269 nm^3 per CH2: how much denser than a liquid the models take chains to be.
LIQUID_DENSITY = 0.866
_AVOGADRO_PER_NM3 = 602.214  # cm^3/mol in one nm^3


def chain_and_rings(
    n_carbons: int,
    *,
    double_bonds: int = 0,
    side_carbons: int = 0,
    aromatic_rings: int = 0,
    length_model: str = "otm",
) -> tuple[float, float | None]:
    """Extended length [nm] and dense volume [nm^3] of a chain; no volume for one without branches and rings.

    A double bond changes the length by the length model only; the two hydrogens that it lacks (0.008 nm^3, 2 % of
    oleate) are below the 5-10 % between the length models and are not counted.

    Parameters
    ----------
    n_carbons
        Carbons of the longest chain, without rings; that of a carboxyl included.
    double_bonds, side_carbons, aromatic_rings
        Double bonds in the chain, carbons in its branches, phenyl rings in it or at its end.
    length_model
        A name of `packing.matter.ligand_lengths.LENGTH_MODELS`.

    Raises
    ------
    InputError
        For numbers that no chain has.

    Examples
    --------
    >>> length, volume = chain_and_rings(2, aromatic_rings=1)  # phenethylammonium
    >>> round(length, 3), round(volume, 3)
    (0.863, 0.187)
    >>> chain_and_rings(18, double_bonds=2)[1] is None
    True
    """
    if not 0 <= double_bonds <= max(0, n_carbons - 1) // 2:
        raise InputError(
            f"double_bonds must be a whole number from 0 to {max(0, n_carbons - 1) // 2} for a chain of {n_carbons} "
            f"carbons, got {double_bonds}."
        )
    require_between("side_carbons", side_carbons, 0, 40)
    require_between("aromatic_rings", aromatic_rings, 0, 4)
    length = chain_length_nm(n_carbons, length_model=length_model, double_bonds=double_bonds)
    if not side_carbons and not aromatic_rings:
        return length, None
    volume = length / MAX_CHAINS_PER_NM2 + side_carbons * CH2_NM3 + aromatic_rings * PHENYL_NM3
    return length + aromatic_rings * RING_NM, volume


def dense_volume_nm3(molar_mass_g_mol: float, density_kg_m3: float, *, chains: int = 1) -> float:
    """Volume of one chain [nm^3] as dense as the models take chains to be, from the density of the liquid.

    Parameters
    ----------
    molar_mass_g_mol
        Molar mass of the ligand [g/mol].
    density_kg_m3
        Density of the liquid at room temperature [kg/m^3].
    chains
        Chains that share it.

    Raises
    ------
    InputError
        For numbers that no ligand has, such as a density in g/cm^3.

    Examples
    --------
    >>> round(dense_volume_nm3(121.18, 964), 3)  # phenethylamine
    0.181
    """
    require_positive("molar_mass_g_mol", molar_mass_g_mol, "g/mol")
    require_between("density_kg_m3", density_kg_m3, 300.0, 4000.0, "kg/m³", "Water has 1000: give kg/m³, not g/cm³.")
    return LIQUID_DENSITY * molar_mass_g_mol / (density_kg_m3 * 1e-3) / _AVOGADRO_PER_NM3 / chains
