"""A ligand of one's own: from its carbons, or from a length and a volume."""

from __future__ import annotations

from packing.checks import require_known
from packing.errors import InputError
from packing.matter.ligand_volumes import chain_and_rings, dense_volume_nm3
from packing.matter.materials import SURFACES
from packing.matter.polymers import refuse_polymer
from packing.particles import MAX_CHAINS_PER_NM2, Ligand


def own_ligand(
    name: str = "",
    *,
    n_carbons: int | None = None,
    double_bonds: int = 0,
    side_carbons: int = 0,
    aromatic_rings: int = 0,
    length_nm: float | None = None,
    volume_nm3: float | None = None,
    area_nm2: float | None = None,
    molar_mass_g_mol: float | None = None,
    density_kg_m3: float | None = None,
    chains: int = 1,
    binds_to: tuple[str, ...] = (),
    length_model: str = "otm",
) -> Ligand:
    """A ligand that the library does not have.

    Parameters
    ----------
    name
        What to call it.
    n_carbons, double_bonds, side_carbons, aromatic_rings
        Carbons of the longest chain, double bonds in it, carbons in its branches, phenyl rings; or
    length_nm
        the extended length with the head [nm].
    volume_nm3
        Volume of one chain, dense [nm^3]; or
    area_nm2
        the area it takes on the surface, volume over length [nm^2]; or
    molar_mass_g_mol, density_kg_m3
        both, of the liquid ligand [g/mol, kg/m^3]. Without any of them the volume follows from the carbons; a length
        alone is that of an alkyl chain.
    chains
        Chains per head group; volume and area are of one.
    binds_to
        Surfaces of `packing.matter.materials.SURFACES`.
    length_model
        For carbons: a name of `packing.matter.ligand_lengths.LENGTH_MODELS`.

    Raises
    ------
    InputError
        For a polymer, for numbers that contradict each other, a length that the volume does not allow.

    Examples
    --------
    >>> mine = own_ligand("my linoleate", n_carbons=18, double_bonds=2)
    >>> round(mine.length_nm, 3), mine.volume_nm3 is None
    (2.504, True)
    >>> bulky = own_ligand("adamantyl", length_nm=0.9, molar_mass_g_mol=151.2, density_kg_m3=1000)
    >>> round(bulky.volume_nm3, 3), round(bulky.closest_per_nm2, 1)
    (0.217, 4.1)
    """
    refuse_polymer(name.strip().lower())
    for surface in binds_to:
        require_known("binds_to", surface, SURFACES)
    if (n_carbons is None) == (length_nm is None):
        raise InputError(f"{name or 'a ligand'} needs either n_carbons or length_nm. Give one of them.")
    volumes = [key for key, value in (("volume_nm3", volume_nm3), ("area_nm2", area_nm2),
                                      ("molar_mass_g_mol", molar_mass_g_mol)) if value is not None]  # fmt: skip
    if len(volumes) > 1:
        raise InputError(f"{' and '.join(volumes)} of {name or 'the ligand'} say the same thing. Give one of them.")
    if (molar_mass_g_mol is None) != (density_kg_m3 is None):
        missing = "density_kg_m3" if density_kg_m3 is None else "molar_mass_g_mol"
        raise InputError(f"{missing} of {name or 'the ligand'} is missing: a volume needs molar mass and density.")
    if n_carbons is None:
        if double_bonds or side_carbons or aromatic_rings:
            raise InputError("double_bonds, side_carbons and aromatic_rings go with n_carbons, not with length_nm.")
        made_nm, volume, source = length_nm or 0.0, None, "given"
    else:
        made_nm, volume = chain_and_rings(
            n_carbons,
            double_bonds=double_bonds,
            side_carbons=side_carbons,
            aromatic_rings=aromatic_rings,
            length_model=length_model,
        )
        source = f"carbons of the chain and the length model ({length_model})"
        if double_bonds and length_model != "hoodlt":
            source += f"; its {double_bonds} double bonds change nothing in this model"
    if volume_nm3 is not None:
        volume = volume_nm3
    elif area_nm2 is not None:
        volume = area_nm2 * made_nm
    elif molar_mass_g_mol is not None and density_kg_m3 is not None:
        volume = dense_volume_nm3(molar_mass_g_mol, density_kg_m3, chains=chains)
        source += "; volume from the density of the liquid"
    return Ligand(
        name=name.strip() or (f"C{n_carbons}" if n_carbons is not None else f"{length_nm:g} nm"),
        length_nm=made_nm,
        chains=chains,
        n_carbons=None if aromatic_rings else n_carbons,
        source=source,
        volume_nm3=volume if volume is None or abs(volume * MAX_CHAINS_PER_NM2 - made_nm) > 1e-12 else None,
        binds_to=binds_to,
    )
