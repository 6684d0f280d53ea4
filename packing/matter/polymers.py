r"""Polymers on a sphere: how far they keep cores apart dry, and how far their brush reaches in a good solvent.

A polymer is a coil, not an extended chain, so the models of alkyl ligands do not take one. Dry it only fills space:

.. math:: D = (D_0^3 + 6 D_0^2 \sigma V)^{1/3},\quad V = M/\rho N_A

which is the optimal packing model with the volume of the chain in place of its length, and has no parameter. In a
good solvent the height is M. Daoud and J. P. Cotton's, J. Phys. (Paris) 43, 531 (1982),
doi:10.1051/jphys:01982004303053100, for chains that are stretched as a flat brush of the density they have there,
:math:`dr/dn = b(\sigma b^2)^{1/3}(R/r)^{2/3}`:

.. math:: H = R\left[\left(1 + \frac{5 N b(\sigma b^2)^{1/3}}{3R}\right)^{3/5} - 1\right]

with a prefactor of one: a scaling law, good to the order of some ten percent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from packing.checks import require_known, require_positive
from packing.errors import InputError

# Molar mass of the monomer [g/mol], density of the melt or glass [kg/m^3], length along the chain [nm]: two bonds of
# 0.154 nm at 109.5 degrees are 0.252 nm. Polymer Handbook, quoted from memory.
MONOMERS: dict[str, tuple[float, float, float]] = {
    "polystyrene": (104.15, 1050.0, 0.252),
    "polymethyl methacrylate": (100.12, 1180.0, 0.252),
    "polyethylene glycol": (44.05, 1120.0, 0.36),
    "polydimethylsiloxane": (74.15, 965.0, 0.29),
}
_ALIASES = {
    "ps": "polystyrene",
    "pmma": "polymethyl methacrylate",
    "peg": "polyethylene glycol",
    "peo": "polyethylene glycol",
    "pdms": "polydimethylsiloxane",
}
_POLYMER = re.compile(r"^(?:thiol[- ]|hs-)?(?:ps|pmma|peg|peo|pdms|pvp|poly\w.*)(?:[- ].*)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolymerBrush:
    """Chains of a polymer on a sphere.

    Parameters
    ----------
    polymer
        Its name.
    n_monomers
        Monomers per chain.
    chain_nm3
        Volume of a chain in the melt [nm^3].
    dry_spacing_nm
        Centre distance in the dense dry crystal [nm]; predicted, from volumes alone.
    swollen_height_nm
        Height of the brush in a good solvent [nm] by Daoud and Cotton; a scaling law.
    """

    polymer: str
    n_monomers: float
    chain_nm3: float
    dry_spacing_nm: float
    swollen_height_nm: float


def polymer_brush(
    polymer: str, *, molar_mass_g_mol: float, core_diameter_nm: float, coverage_per_nm2: float
) -> PolymerBrush:
    """A polymer on a spherical core: dry spacing, and height in a good solvent.

    Parameters
    ----------
    polymer
        A name of `MONOMERS` or its usual short form.
    molar_mass_g_mol
        Number-average molar mass of one chain [g/mol].
    core_diameter_nm
        Diameter of the core [nm].
    coverage_per_nm2
        Chains per area of the core [1/nm^2].

    Raises
    ------
    InputError
        For an unknown polymer or numbers that are not positive.

    Examples
    --------
    >>> gold = polymer_brush("PS", molar_mass_g_mol=5000, core_diameter_nm=3.8, coverage_per_nm2=1.715)
    >>> round(gold.dry_spacing_nm, 1)  # 10.78 nm was measured (Ye et al. 2015)
    10.7
    """
    key = polymer.strip().lower()
    name = require_known("polymer", _ALIASES.get(key, key), MONOMERS)
    require_positive("molar_mass_g_mol", molar_mass_g_mol, "g/mol")
    require_positive("core_diameter_nm", core_diameter_nm, "nm")
    require_positive("coverage_per_nm2", coverage_per_nm2, "1/nm²")
    monomer, density, step = MONOMERS[name]
    volume = molar_mass_g_mol / (density * 1e-3) / 602.214
    n = molar_mass_g_mol / monomer
    radius = core_diameter_nm / 2
    flat = n * step * (coverage_per_nm2 * step**2) ** (1 / 3)
    return PolymerBrush(
        polymer=name,
        n_monomers=n,
        chain_nm3=volume,
        dry_spacing_nm=(core_diameter_nm**3 + 6 * core_diameter_nm**2 * coverage_per_nm2 * volume) ** (1 / 3),
        swollen_height_nm=radius * ((1 + 5 * flat / (3 * radius)) ** 0.6 - 1),
    )


def refuse_polymer(name: str) -> None:
    """Refuse a ligand's name that is a polymer's.

    Raises
    ------
    InputError
        With the reason and what gives its numbers.

    Examples
    --------
    >>> refuse_polymer("oleate")
    """
    if _POLYMER.match(name):
        raise InputError(
            f"ligand {name!r} is a polymer: a coil, not an extended chain, so the models of ligands do not take it. "
            "packing.matter.polymer_brush gives its dry spacing and the height by Daoud and Cotton on a sphere."
        )
