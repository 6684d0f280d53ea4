"""What a nanocrystal gains by joining its crystal, in eV, and how an exchange of ligands changes that."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from packing.matter.media import medium
from packing.pair.energy import pair_energy
from packing.particles import Coating, Environment, Nanocrystal
from packing.shapes import Sphere

EV_PER_KELVIN = 8.617333262e-5
"""Boltzmann's constant [eV/K]."""
CONTACTS_OF_A_CUBE, CONTACTS_OF_A_SPHERE = 3, 6
"""Half the neighbours in a simple cubic and in a close-packed crystal: each contact is shared by two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedEnergy:
    """A published number, and what it is of.

    Parameters
    ----------
    before_ev, after_ev
        With the long ligand and after the exchange [eV].
    source
        Where it stands.
    what
        What it is and is not.
    """

    before_ev: float
    after_ev: float
    source: str
    what: str


ZHOU_2021 = ComparedEnergy(
    before_ev=-7.0,
    after_ev=-16.6,
    source="Zhou et al., Adv. Sci. 2021, doi:10.1002/advs.202101125",
    what="formation energies by density functional theory of small dots with oleic acid and with Na+; their size and "
    "reference are not those of these contacts: not comparable but for the order and, with care, the ratio",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeEnergy:
    """Energy of a nanocrystal in its crystal, against nanocrystals far apart, before and after an exchange.

    Parameters
    ----------
    medium_ev, dry_ev
        Before and after, in the medium and dry [eV]; zero where contacts only push.
    contacts
        Contacts of one nanocrystal, each counted half.
    published
        What it may be seen beside.
    """

    medium_ev: tuple[float, float]
    dry_ev: tuple[float, float]
    contacts: int
    published: ComparedEnergy

    @property
    def dry_ratio(self) -> float:
        """After over before, dry, dimensionless."""
        return self.dry_ev[1] / self.dry_ev[0] if self.dry_ev[0] else math.nan

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self) | {"dry_ratio": self.dry_ratio}


def crystal_energy_ev(nanocrystal: Nanocrystal, coating: Coating, environment: Environment) -> float:
    """Energy of one nanocrystal in its crystal by its contacts [eV].

    Parameters
    ----------
    nanocrystal, coating
        What it is.
    environment
        Medium and temperature.

    Raises
    ------
    InputError
        If the pair energy has no minimum.
    """
    contacts = CONTACTS_OF_A_SPHERE if isinstance(nanocrystal.shape, Sphere) else CONTACTS_OF_A_CUBE
    depth = pair_energy(nanocrystal, coating, environment).depth_kt
    return -contacts * depth * EV_PER_KELVIN * environment.temperature_kelvin


def exchange_energy(
    nanocrystal: Nanocrystal, before: Coating, after: Coating, environment: Environment
) -> ExchangeEnergy:
    """Energies before and after an exchange of ligands, in the medium and dry.

    Parameters
    ----------
    nanocrystal
        The core.
    before, after
        Its coatings.
    environment
        Medium and temperature.

    Examples
    --------
    >>> from packing.matter.ligands import ligand
    >>> from packing.shapes import cube
    >>> dots = Nanocrystal(material="CsPbBr3", shape=cube(8.6))
    >>> oleate = Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0)
    >>> sodium = Coating(ligand=ligand("Na+"), coverage_per_nm2=2.9)
    >>> found = exchange_energy(dots, oleate, sodium, Environment(medium="toluene"))
    >>> [round(x, 1) for x in found.dry_ev], round(found.dry_ratio, 1)
    ([-76.7, -132.3], 1.7)
    """
    dry = environment
    if medium(environment.medium).quality != "dry":
        dry = Environment(medium="vacuum", temperature_kelvin=environment.temperature_kelvin)
    contacts = CONTACTS_OF_A_SPHERE if isinstance(nanocrystal.shape, Sphere) else CONTACTS_OF_A_CUBE
    return ExchangeEnergy(
        medium_ev=(
            crystal_energy_ev(nanocrystal, before, environment),
            crystal_energy_ev(nanocrystal, after, environment),
        ),
        dry_ev=(crystal_energy_ev(nanocrystal, before, dry), crystal_energy_ev(nanocrystal, after, dry)),
        contacts=contacts,
        published=ZHOU_2021,
    )
