"""Second sources of the library's numbers: what was looked up elsewhere, and where.

A number of a row in `packing.matter.materials`, `packing.matter.media` or `packing.matter.ligands` that has a `Check`
here agrees with it within `TOLERANCES` (a test holds all of them). What has none is as its row says: from the one
source that is named there, from memory, or an estimate.
"""

from __future__ import annotations

from dataclasses import dataclass

from packing.matter.checked_rows import CHECKS_OF_MATERIALS, CHECKS_OF_MEDIA, RADII_OF_IONS

TOLERANCES = {
    "lattice_nm": 0.003,
    "c_nm": 0.003,
    "density_kg_m3": 0.015,
    "refractive_index": 0.03,
    "permittivity": 0.04,
    "thickness_nm": 0.002,
}
"""Relative, by the name of the field: how far two handbooks differ, and an index over the wavelengths it is used at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One number of the library, as another source has it.

    Parameters
    ----------
    name
        Material, medium or ligand.
    field
        Name of the number, with its unit: a field of the row.
    value
        What the other source says, in the same unit.
    source
        Which that is.
    """

    name: str
    field: str
    value: float
    source: str

    def __str__(self) -> str:
        return f"{self.name}, {self.field}: {self.value:g} ({self.source})"


CHECKS: tuple[Check, ...] = (
    *(
        Check(name=name, field=field, value=value, source=source)
        for field, source, values in (*CHECKS_OF_MATERIALS, *CHECKS_OF_MEDIA)
        for name, value in values.items()
    ),
    *(
        Check(name=name, field="thickness_nm", value=2 * radius, source=f"twice the radius, {source}")
        for source, radii in RADII_OF_IONS
        for name, radius in radii.items()
    ),
)
"""All second sources, of several for one number each."""


def second_sources(name: str) -> tuple[Check, ...]:
    """What other sources say of a material's, medium's or ion's numbers, by its name in the library.

    Parameters
    ----------
    name
        Such as ``"PbSe"``, ``"toluene"``, ``"na+"``.

    Examples
    --------
    >>> [(check.field, check.value) for check in second_sources("HgSe")]
    [('lattice_nm', 0.6085)]
    """
    return tuple(check for check in CHECKS if check.name == name)
