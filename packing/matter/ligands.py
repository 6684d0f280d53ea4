"""The ligand library: chains, two-tailed ligands, mixtures and ions, each number with its source.

Lengths follow from the carbons of the chain by one of `packing.matter.ligand_lengths.LENGTH_MODELS`; ions have the
size of their radius. Coverages are the usual ones, in chains per nm^2, for studies that do not give their own.
"""

from __future__ import annotations

from collections.abc import Sequence

from packing.checks import require_named, require_positive
from packing.errors import InputError
from packing.matter.ligand_lengths import chain_length_nm
from packing.matter.ligand_rows import ENTRIES, LigandEntry as LigandEntry
from packing.matter.ligand_volumes import chain_and_rings
from packing.matter.polymers import refuse_polymer
from packing.particles import Coating, Ligand

LIGANDS: dict[str, LigandEntry] = {entry.name: entry for entry in ENTRIES}
_BY_NAME = {alias: entry for entry in ENTRIES for alias in (entry.name, *entry.aliases)}


def ligand_entry(name: str) -> LigandEntry:
    """The library's row for a name or one of its aliases; case does not matter.

    Raises
    ------
    InputError
        For an unknown name, with the nearest ones and how to give one's own; for a polymer, with the reason.
    """
    key = " ".join(name.strip().lower().split())
    if key in _BY_NAME:
        return _BY_NAME[key]
    refuse_polymer(key)
    require_named("ligand name", key, _BY_NAME, _OF_ONES_OWN)
    raise AssertionError("require_named raises")


_OF_ONES_OWN = (
    "Or give your own: n_carbons (with double_bonds, side_carbons, aromatic_rings), or length_nm with volume_nm3, and "
    "coverage_per_nm2."
)


def ligand(name: str, *, length_model: str = "otm") -> Ligand:
    """A ligand of the library.

    Parameters
    ----------
    name
        Name or alias, such as ``"oleate"``, ``"ddab"``, ``"c8 thiol"``, ``"Na+"``.
    length_model
        One of `packing.matter.ligand_lengths.LENGTH_MODELS`; ions ignore it.

    Examples
    --------
    >>> round(ligand("oleic acid").length_nm, 3)
    2.504
    >>> ligand("DDAB").chains
    2
    """
    entry = ligand_entry(name)
    volume = None
    if entry.parts:
        lengths = [(ligand(part, length_model=length_model).length_nm, share) for part, share in entry.parts]
        length = sum(x * share for x, share in lengths)
        carbons = ligand_entry(entry.parts[0][0]).n_carbons
    elif entry.n_carbons is None:
        length, carbons = entry.thickness_nm or 0.0, None
    else:
        length, volume = chain_and_rings(
            entry.n_carbons,
            double_bonds=entry.double_bonds,
            side_carbons=entry.side_carbons,
            aromatic_rings=entry.aromatic_rings,
            length_model=length_model,
        )
        # A bead model counts carbons along an alkyl chain; a ring is none.
        carbons = None if entry.aromatic_rings else entry.n_carbons
    source = (
        entry.size_source if entry.n_carbons is None and carbons is None else f"{entry.size_source} ({length_model})"
    )
    return Ligand(
        name=entry.name,
        length_nm=length,
        chains=entry.chains,
        is_ionic=entry.is_ionic,
        n_carbons=carbons,
        source=source,
        volume_nm3=volume,
        binds_to=entry.binds_to,
    )


def ligand_from_carbons(n_carbons: int, *, length_model: str = "otm") -> Ligand:
    """A saturated chain of ``n_carbons`` with any head.

    Examples
    --------
    >>> round(ligand_from_carbons(12).length_nm, 3)
    1.736
    """
    length = chain_length_nm(n_carbons, length_model=length_model)
    return Ligand(name=f"C{n_carbons}", length_nm=length, n_carbons=n_carbons, source=f"length model {length_model}")


def default_coverage_per_nm2(name: str) -> float:
    """The usual coverage of a named ligand [chains/nm^2]; its source is `LigandEntry.coverage_source`.

    Examples
    --------
    >>> default_coverage_per_nm2("oleate")
    3.0
    """
    return ligand_entry(name).coverage_per_nm2


def mixed_coating(parts: Sequence[tuple[Ligand, float]], *, ligand_density: float = 1.0) -> Coating:
    r"""One coating that stands for several ligands on the same surface.

    The packing models see ligands through the volume per area :math:`v=\sum_i \sigma_i A_0 L_i` only, so the
    mixture is one ligand of the coverage-weighted mean length at the total coverage.

    Parameters
    ----------
    parts
        (ligand, coverage in chains per nm^2) of each.
    ligand_density
        See `Coating`.

    Raises
    ------
    InputError
        Without parts, for ions (they have no chain volume), or for coverages that are not positive.

    Examples
    --------
    >>> pair = mixed_coating([(ligand("oleate"), 1.5), (ligand("octylamine"), 1.5)])
    >>> round(pair.ligand.length_nm, 3), pair.coverage_per_nm2
    (1.864, 3.0)
    """
    if not parts:
        raise InputError("mixed_coating needs at least one (ligand, coverage_per_nm2) pair.")
    for part, coverage in parts:
        require_positive(f"coverage_per_nm2 of {part.name}", coverage, "1/nm²")
        if part.is_ionic:
            raise InputError(f"{part.name} is an ion without a chain and cannot be mixed: give the chains only.")
    total = sum(coverage for _, coverage in parts)
    mean = sum(part.length_nm * coverage for part, coverage in parts) / total
    volume = None
    if any(part.volume_nm3 is not None for part, _ in parts):
        volume = sum(part.length_nm / part.closest_per_nm2 * coverage for part, coverage in parts) / total
    name = "+".join(part.name for part, _ in parts)
    source = "mean length of the mixture, weighted by coverage"
    mixed = Ligand(name=name, length_nm=mean, source=source, volume_nm3=volume)
    return Coating(ligand=mixed, coverage_per_nm2=total, ligand_density=ligand_density)
