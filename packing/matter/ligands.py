"""The ligand library: chains, two-tailed ligands, mixtures and ions, each number with its source.

Lengths follow from the carbons of the chain by one of `packing.matter.ligand_lengths.LENGTH_MODELS`; ions have the
size of their radius. Coverages are the usual ones, in chains per nm^2, for studies that do not give their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from packing.checks import require_known, require_positive
from packing.errors import InputError
from packing.matter.ligand_lengths import chain_length_nm
from packing.particles import Coating, Ligand

# Half of the A and X sites of CsPbX3 (5.8 per nm^2 in all); the project's reference gives 2-3.5 as usual. "oleate"
# alone is how studies name the pair too, so it may sit on both kinds of sites.
_PEROVSKITE_COVERAGE = (3.0, "oleate and oleylamine on CsPbX3: usual 2-3.5 of the 5.8 sites per nm² (estimate)")
_THIOL_COVERAGE = (5.5, "alkanethiol on gold, close-packed: Boles and Talapin, JACS 2015: 5.52-5.88")
_ACID_COVERAGE = (4.4, "carboxylic acid on PbS: Boles and Talapin, JACS 2015: 4.40-4.56")
_AMINE_COVERAGE = (2.9, "one alkylammonium per A site of CsPbX3, 1/a^2 (estimate elsewhere)")


@dataclass(frozen=True, slots=True, kw_only=True)
class LigandEntry:
    """A ligand of the library.

    ``n_carbons`` counts one chain; ``chains`` per head group; ``thickness_nm`` replaces the chain for an ion or a small
    molecule. ``site`` is where it binds on CsPbX3 (A, X or both); ``parts`` makes a mixture of other entries by mole
    fraction of chains.
    """

    name: str
    n_carbons: int | None = None
    double_bonds: int = 0
    chains: int = 1
    thickness_nm: float | None = None
    is_ionic: bool = False
    coverage_per_nm2: float = 3.0
    coverage_source: str = "estimate"
    size_source: str = "carbons of the chain and the length model"
    site: str = "both"
    parts: tuple[tuple[str, float], ...] = ()
    aliases: tuple[str, ...] = ()


def _chain(
    name: str, n: int, coverage: tuple[float, str], *aliases: str, unsaturated: int = 0, site: str = "both"
) -> LigandEntry:
    value, source = coverage
    return LigandEntry(
        name=name,
        n_carbons=n,
        double_bonds=unsaturated,
        coverage_per_nm2=value,
        coverage_source=source,
        site=site,
        aliases=aliases,
    )


def _ion(name: str, radius_nm: float, *aliases: str, source: str = "Shannon 1976, coordination 6") -> LigandEntry:
    return LigandEntry(
        name=name,
        thickness_nm=2 * radius_nm,
        is_ionic=True,
        coverage_per_nm2=2.9,
        coverage_source="one ion per surface site of CsPbX3, 1/a^2",
        size_source=f"diameter of the ion; {source}",
        aliases=aliases,
    )


_ALKYL = {4: "butyl", 5: "pentyl", 6: "hexyl", 7: "heptyl", 8: "octyl", 9: "nonyl", 10: "decyl", 11: "undecyl",
          12: "dodecyl", 13: "tridecyl", 14: "tetradecyl", 15: "pentadecyl", 16: "hexadecyl", 17: "heptadecyl",
          18: "octadecyl"}  # fmt: skip
_ACID_NAMES = {4: "butyric", 5: "valeric", 6: "hexanoic", 7: "heptanoic", 8: "octanoic", 9: "nonanoic",
               10: "decanoic", 11: "undecanoic", 12: "lauric", 13: "tridecanoic", 14: "myristic",
               15: "pentadecanoic", 16: "palmitic", 17: "heptadecanoic", 18: "stearic"}  # fmt: skip


def _alkane(n: int) -> str:
    return _ALKYL[n].removesuffix("yl") + "ane"


_ENTRIES: tuple[LigandEntry, ...] = (
    _chain("oleate", 18, _PEROVSKITE_COVERAGE, "oleic acid", "oa", unsaturated=1),
    _chain("oleylamine", 18, _PEROVSKITE_COVERAGE, "oleylammonium", "oam", "olam", "oly", unsaturated=1),
    LigandEntry(
        name="oleate+oleylamine",
        parts=(("oleate", 0.5), ("oleylamine", 0.5)),
        coverage_per_nm2=_PEROVSKITE_COVERAGE[0],
        coverage_source=_PEROVSKITE_COVERAGE[1],
        aliases=("oleate/oleylamine", "oa/olam", "oa+olam", "oa/oam", "oleic acid + oleylamine"),
    ),
    LigandEntry(
        name="ddab",
        n_carbons=12,
        chains=2,
        coverage_per_nm2=4.4,
        site="A",
        coverage_source="two chains on 3/4 of the A sites of CsPbX3 (5.8 chains per nm² at most): estimate",
        aliases=("didodecyldimethylammonium", "didodecyldimethylammonium bromide", "dda"),
    ),
    LigandEntry(
        name="topo",
        n_carbons=8,
        chains=3,
        coverage_per_nm2=4.5,
        coverage_source="three chains per head at 1.5 heads per nm² (estimate)",
        aliases=("trioctylphosphine oxide",),
    ),
    LigandEntry(
        name="sulfobetaine",
        n_carbons=18,
        coverage_per_nm2=2.5,
        coverage_source="zwitterion bound to two sites, below the 2.9 of one sublattice (estimate)",
        size_source="C18 tail by the length model; the zwitterionic head lies on the facet and is not added",
        aliases=("c18 sulfobetaine", "asc18", "sb3-18"),
    ),
    *(
        _chain(f"{_ALKYL[n]}amine", n, _AMINE_COVERAGE, f"c{n} amine", f"{_ALKYL[n]}ammonium", f"c{n}-nh2", site="A")
        for n in range(4, 19)
    ),
    *(
        _chain(f"{_alkane(n)}thiol", n, _THIOL_COVERAGE, f"c{n} thiol", f"{_ALKYL[n]}thiol", f"c{n}-sh")
        for n in range(4, 19)
    ),
    *(
        _chain(
            f"{_ACID_NAMES[n]} acid",
            n,
            _ACID_COVERAGE,
            f"c{n} acid",
            f"c{n}-cooh",
            f"{_alkane(n).removesuffix('e')}oic acid",
            f"{_ACID_NAMES[n].removesuffix('ic')}ate",
            site="X",
        )
        for n in range(4, 19)
    ),
    LigandEntry(
        name="thiocyanate",
        thickness_nm=0.43,
        is_ionic=True,
        coverage_per_nm2=2.9,
        coverage_source="one ion per surface site of CsPbX3, 1/a^2",
        size_source="twice the thermochemical radius of SCN-, 0.213 nm (from memory, +-0.02)",
        aliases=("scn", "scn-", "nh4scn"),
    ),
    _ion("na+", 0.102, "na", "sodium", "nabr"),
    _ion("k+", 0.138, "k", "potassium"),
    _ion("cs+", 0.167, "cs", "caesium", "cesium"),
    _ion("fluoride", 0.133, "f-"),
    _ion("chloride", 0.181, "cl-", "cl"),
    _ion("bromide", 0.196, "br-", "br", "halide"),
    _ion("iodide", 0.220, "i-"),
)

LIGANDS: dict[str, LigandEntry] = {entry.name: entry for entry in _ENTRIES}
_BY_NAME = {alias: entry for entry in _ENTRIES for alias in (entry.name, *entry.aliases)}


def ligand_entry(name: str) -> LigandEntry:
    """The library's row for a name or one of its aliases; case does not matter.

    Raises
    ------
    InputError
        For an unknown name, with the nearest one.
    """
    key = " ".join(name.strip().lower().split())
    if key in _BY_NAME:
        return _BY_NAME[key]
    require_known("ligand name", key, LIGANDS)
    raise AssertionError("require_known raises")


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
    if entry.parts:
        lengths = [(ligand(part, length_model=length_model).length_nm, share) for part, share in entry.parts]
        length = sum(x * share for x, share in lengths)
        carbons = ligand_entry(entry.parts[0][0]).n_carbons
    elif entry.n_carbons is None:
        length, carbons = entry.thickness_nm or 0.0, None
    else:
        length = chain_length_nm(entry.n_carbons, length_model=length_model, double_bonds=entry.double_bonds)
        carbons = entry.n_carbons
    source = entry.size_source if carbons is None else f"{entry.size_source} ({length_model})"
    return Ligand(
        name=entry.name,
        length_nm=length,
        chains=entry.chains,
        is_ionic=entry.is_ionic,
        n_carbons=carbons,
        source=source,
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
    name = "+".join(part.name for part, _ in parts)
    mixed = Ligand(name=name, length_nm=mean, source="mean length of the mixture, weighted by coverage")
    return Coating(ligand=mixed, coverage_per_nm2=total, ligand_density=ligand_density)
