"""What surrounds the nanocrystals: refractive index, permittivity and how well it dissolves alkyl chains.

Indices (sodium D line) and static permittivities at 20-25 C are those of the CRC Handbook of Chemistry and Physics, to
the digits that matter here; `checked` has what its 95th edition says of each. ``chi`` (Flory-Huggins, alkyl chain and
solvent) is an estimate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from packing.checks import require_known

Quality = Literal["dry", "poor", "theta", "good"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Medium:
    """A medium between nanocrystals.

    Parameters
    ----------
    name
        What it is called in tables.
    refractive_index
        In the visible.
    permittivity
        Static, relative.
    quality
        How it treats alkyl chains: ``"good"``, ``"theta"`` or ``"poor"`` solvent, or ``"dry"`` (none).
    chi
        Flory-Huggins parameter with alkyl chains (an estimate); None where there is no solvent.
    """

    name: str
    refractive_index: float
    permittivity: float
    quality: Quality
    chi: float | None = None


# The ligand shell itself, as a medium: between hexadecane (1.434) and solid paraffin.
ALKYL = Medium(name="alkyl shell", refractive_index=1.44, permittivity=2.07, quality="dry")

MEDIA: dict[str, Medium] = {
    m.name: m
    for m in (
        Medium(name="vacuum", refractive_index=1.0, permittivity=1.0, quality="dry"),
        Medium(name="hexane", refractive_index=1.375, permittivity=1.89, quality="good", chi=0.35),
        Medium(name="octane", refractive_index=1.397, permittivity=1.94, quality="good", chi=0.30),
        Medium(name="decane", refractive_index=1.411, permittivity=1.98, quality="good", chi=0.25),
        Medium(name="cyclohexane", refractive_index=1.426, permittivity=2.02, quality="good", chi=0.30),
        Medium(name="toluene", refractive_index=1.497, permittivity=2.38, quality="good", chi=0.40),
        Medium(name="chloroform", refractive_index=1.446, permittivity=4.81, quality="good", chi=0.40),
        Medium(name="dichloromethane", refractive_index=1.424, permittivity=8.93, quality="theta", chi=0.50),
        Medium(name="tetrachloroethylene", refractive_index=1.506, permittivity=2.28, quality="good", chi=0.40),
        Medium(name="ethyl acetate", refractive_index=1.372, permittivity=6.02, quality="poor", chi=0.9),
        Medium(name="acetonitrile", refractive_index=1.344, permittivity=36.6, quality="poor", chi=2.0),
        Medium(name="ethanol", refractive_index=1.361, permittivity=24.5, quality="poor", chi=1.5),
        Medium(name="methanol", refractive_index=1.328, permittivity=32.7, quality="poor", chi=2.0),
    )
}

_ALIASES = {"dry": "vacuum", "air": "vacuum", "none": "vacuum", "n-hexane": "hexane", "tce": "tetrachloroethylene"}


def medium(name: str) -> Medium:
    """The medium of that name.

    Raises
    ------
    InputError
        For an unknown name, with the nearest one.

    Examples
    --------
    >>> medium("dry").name
    'vacuum'
    """
    key = name.strip().lower()
    key = _ALIASES.get(key, key)
    return MEDIA[require_known("medium", key, MEDIA)]
