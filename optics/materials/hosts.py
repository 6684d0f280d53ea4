"""What a dot sits in: solvent, ligand, or a crystalline host such as Cs4PbBr6."""

from __future__ import annotations

from dataclasses import dataclass

from packing.checks import require_known
from packing.matter.media import MEDIA, medium


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The medium around the cores.

    Parameters
    ----------
    name
        What it is called.
    refractive_index
        In the visible.
    barrier_ev
        Step of each band of the dot to it [eV].
    barrier_mass
        Mass of a carrier in it [m0].
    source
        Where the numbers come from.
    """

    name: str
    refractive_index: float
    barrier_ev: float
    barrier_mass: float
    source: str


HOSTS: dict[str, Surroundings] = {
    s.name: s
    for s in (
        # Liquid oleic acid has 1.46; between the cores of a crystal there is some void too.
        Surroundings(
            name="ligand",
            refractive_index=1.44,
            barrier_ev=3.0,
            barrier_mass=1.0,
            source="index of alkyl chains (handbook); barrier: estimate (quoted from memory)",
        ),
        # Gap 3.95 eV (PMC5937914 and references there) shared out evenly between the bands of CsPbBr3 (2.3 eV).
        Surroundings(
            name="Cs4PbBr6",
            refractive_index=1.7,
            barrier_ev=0.8,
            barrier_mass=1.0,
            source="gap 3.95 eV measured; its share per band, the index and the mass: estimate (quoted from memory)",
        ),
    )
}


def surroundings(name: str) -> Surroundings:
    """A host by name, or any solvent of `packing.matter.media` with the barrier of the ligand.

    Raises
    ------
    InputError
        For an unknown name.

    Examples
    --------
    >>> surroundings("Cs4PbBr6").refractive_index, surroundings("toluene").refractive_index
    (1.7, 1.497)
    """
    if name in HOSTS:
        return HOSTS[name]
    folded = name.strip().lower()
    if folded not in MEDIA and folded not in ("dry", "air", "none"):
        require_known("surroundings", name, [*HOSTS, *MEDIA])
    found = medium(folded)
    ligand = HOSTS["ligand"]
    return Surroundings(
        name=found.name,
        refractive_index=found.refractive_index,
        barrier_ev=ligand.barrier_ev,
        barrier_mass=ligand.barrier_mass,
        source=f"index of {found.name} (handbook); barrier: {ligand.source.split('; ')[1]}",
    )
