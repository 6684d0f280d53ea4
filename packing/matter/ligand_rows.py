"""The rows of the ligand library: chains, two-tailed ligands, aromatic and branched ones, ions, each with its sources.

``coverage_source`` says where the usual coverage is from, ``binds_source`` to which surfaces it binds; an ``estimate``
is the project's own. What is common knowledge of surface chemistry (thiols on gold, carboxylates on lead salts) is
marked so, after the review of ligands on nanocrystals by Boles, Ling, Hyeon and Talapin, Nat. Mater. 15, 141 (2016),
doi:10.1038/nmat4526.
"""

from __future__ import annotations

from dataclasses import dataclass

# Half of the A and X sites of CsPbX3 (5.8 per nm^2 in all); the project's reference gives 2-3.5 as usual. "oleate"
# alone is how studies name the pair too, so it may sit on both kinds of sites.
_PEROVSKITE_COVERAGE = (3.0, "oleate and oleylamine on CsPbX3: usual 2-3.5 of the 5.8 sites per nm² (estimate)")
_THIOL_COVERAGE = (5.5, "alkanethiol on gold, close-packed: Boles and Talapin, JACS 2015: 5.52-5.88")
_ACID_COVERAGE = (4.4, "carboxylic acid on PbS: Boles and Talapin, JACS 2015: 4.40-4.56")
_AMINE_COVERAGE = (2.9, "one alkylammonium per A site of CsPbX3, 1/a^2 (estimate elsewhere)")
_PHOSPHONATE_COVERAGE = (4.0, "alkylphosphonates on oxides stand 0.24-0.25 nm² apart: estimate")
_QUATERNARY_COVERAGE = (2.9, "one head on half of the surface sites, 1/a² of CsPbX3 (estimate)")
_TWO_TAILS_COVERAGE = (4.4, "two chains on 3/4 of the A sites of CsPbX3 (5.8 chains per nm² at most): estimate")

_METALS = ("noble metal", "transition metal")
_SEMICONDUCTORS = ("chalcogenide", "pnictide")
ACIDS_BIND = ("halide", *_SEMICONDUCTORS, "oxide", "fluoride", "transition metal")
AMINES_BIND = ("halide", *_SEMICONDUCTORS, *_METALS, "oxide", "fluoride")
THIOLS_BIND = (*_METALS, *_SEMICONDUCTORS)
PHOSPHONATES_BIND = ("oxide", *_SEMICONDUCTORS, "halide", "fluoride")
PHOSPHINES_BIND = (*_SEMICONDUCTORS, *_METALS)


@dataclass(frozen=True, slots=True, kw_only=True)
class LigandEntry:
    """A ligand of the library.

    ``n_carbons`` counts one chain; ``chains`` per head group; ``thickness_nm`` replaces the chain for an ion or a small
    molecule. ``site`` is where it binds on CsPbX3 (A, X or both); ``parts`` makes a mixture of other entries by mole
    fraction of chains. ``n_carbons`` is the longest chain: ``side_carbons`` hang on it, ``aromatic_rings`` (phenyl)
    stand in it or at its end. ``binds_to`` names `packing.matter.materials.SURFACES`.
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
    side_carbons: int = 0
    aromatic_rings: int = 0
    binds_to: tuple[str, ...] = ()


def _chain(
    name: str,
    n: int,
    coverage: tuple[float, str],
    *aliases: str,
    unsaturated: int = 0,
    site: str = "both",
    binds: tuple[str, ...] = (),
    chains: int = 1,
    side: int = 0,
    rings: int = 0,
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
        binds_to=binds,
        chains=chains,
        side_carbons=side,
        aromatic_rings=rings,
    )


def _ion(
    name: str, radius_nm: float, *aliases: str, binds: tuple[str, ...], source: str = "Shannon 1976, coordination 6"
) -> LigandEntry:
    return LigandEntry(
        name=name,
        thickness_nm=2 * radius_nm,
        is_ionic=True,
        coverage_per_nm2=2.9,
        coverage_source="one ion per surface site of CsPbX3, 1/a^2",
        size_source=f"diameter of the ion; {source}",
        aliases=aliases,
        binds_to=binds,
    )


_ALKYL = {4: "butyl", 5: "pentyl", 6: "hexyl", 7: "heptyl", 8: "octyl", 9: "nonyl", 10: "decyl", 11: "undecyl",
          12: "dodecyl", 13: "tridecyl", 14: "tetradecyl", 15: "pentadecyl", 16: "hexadecyl", 17: "heptadecyl",
          18: "octadecyl"}  # fmt: skip
_ACID_NAMES = {4: "butyric", 5: "valeric", 6: "hexanoic", 7: "heptanoic", 8: "octanoic", 9: "nonanoic",
               10: "decanoic", 11: "undecanoic", 12: "lauric", 13: "tridecanoic", 14: "myristic",
               15: "pentadecanoic", 16: "palmitic", 17: "heptadecanoic", 18: "stearic"}  # fmt: skip


def _alkane(n: int) -> str:
    return _ALKYL[n].removesuffix("yl") + "ane"


MORE: tuple[LigandEntry, ...] = (
    # Unsaturated and long acids.
    _chain("palmitoleate", 16, _ACID_COVERAGE, "palmitoleic acid", unsaturated=1, site="X", binds=ACIDS_BIND),
    _chain("elaidate", 18, _ACID_COVERAGE, "elaidic acid", unsaturated=1, site="X", binds=ACIDS_BIND),
    _chain("linoleate", 18, _PEROVSKITE_COVERAGE, "linoleic acid", unsaturated=2, site="X", binds=ACIDS_BIND),
    _chain("linolenate", 18, _PEROVSKITE_COVERAGE, "linolenic acid", unsaturated=3, site="X", binds=ACIDS_BIND),
    _chain("arachidate", 20, _ACID_COVERAGE, "arachidic acid", "icosanoic acid", site="X", binds=ACIDS_BIND),
    _chain("behenate", 22, _ACID_COVERAGE, "behenic acid", "docosanoic acid", site="X", binds=ACIDS_BIND),
    _chain("erucate", 22, _PEROVSKITE_COVERAGE, "erucic acid", unsaturated=1, site="X", binds=ACIDS_BIND),
    # Branched: the longest chain, and the carbons that hang on it.
    _chain("2-ethylhexanoate", 6, _ACID_COVERAGE, "2-ethylhexanoic acid", site="X", binds=ACIDS_BIND, side=2),
    _chain("2-hexyldecanoate", 10, _PEROVSKITE_COVERAGE, "2-hexyldecanoic acid", site="X", binds=ACIDS_BIND, side=6),
    _chain("2-ethylhexylamine", 6, _AMINE_COVERAGE, "2-ethylhexylammonium", site="A", binds=AMINES_BIND, side=2),
    # With a phenyl ring.
    _chain("benzylammonium", 1, _AMINE_COVERAGE, "benzylamine", "bza", site="A", binds=AMINES_BIND, rings=1),
    _chain("phenethylammonium", 2, _AMINE_COVERAGE, "phenethylamine", "phenylethylammonium", "phenylethylamine", "pea",
           "2-phenylethylammonium", site="A", binds=AMINES_BIND, rings=1),
    _chain("phenylbutylammonium", 4, _AMINE_COVERAGE, "phenylbutylamine", "pba", site="A", binds=AMINES_BIND, rings=1),
    _chain("phenylethanethiol", 2, _THIOL_COVERAGE, "phenethylthiol", binds=THIOLS_BIND, rings=1),
    _chain("dodecylbenzenesulfonate", 12, _AMINE_COVERAGE, "dodecylbenzenesulfonic acid", "dbsa", site="X",
           binds=("halide", "oxide"), rings=1),
    # Quaternary ammonium: its methyls lie beside the head and are not counted.
    _chain("dioctyldimethylammonium", 8, _TWO_TAILS_COVERAGE, "doab", site="A", binds=("halide",), chains=2),
    _chain("ditetradecyldimethylammonium", 14, _TWO_TAILS_COVERAGE, "dtdab", site="A", binds=("halide",), chains=2),
    _chain("dihexadecyldimethylammonium", 16, _TWO_TAILS_COVERAGE, "dhdab", site="A", binds=("halide",), chains=2),
    _chain("dioctadecyldimethylammonium", 18, _TWO_TAILS_COVERAGE, "dodab", "dioctadecyldimethylammonium bromide",
           "dimethyldioctadecylammonium", site="A", binds=("halide",), chains=2),
    _chain("cetyltrimethylammonium", 16, _QUATERNARY_COVERAGE, "ctab", "hexadecyltrimethylammonium", site="A",
           binds=("halide", "noble metal")),
    LigandEntry(
        name="lecithin",
        n_carbons=18,
        double_bonds=2,
        chains=2,
        coverage_per_nm2=3.0,
        coverage_source="two chains per head at 1.5 heads per nm², 0.67 nm² each as in a fluid membrane: estimate",
        size_source="C18 tails, the most frequent in soy lecithin; the phosphocholine head lies on the facet",
        binds_to=("halide", "oxide"),
        aliases=("phosphatidylcholine", "soy lecithin"),
    ),
    *(
        _chain(f"{_ALKYL[n]}phosphonate", n, _PHOSPHONATE_COVERAGE, f"{_ALKYL[n]}phosphonic acid", f"c{n}-po3", *other,
               binds=PHOSPHONATES_BIND)
        for n, other in ((6, ("hpa",)), (8, ("opa",)), (10, ()), (12, ()), (14, ("tdpa",)), (16, ()), (18, ("odpa",)))
    ),
    LigandEntry(
        name="trioctylphosphine",
        n_carbons=8,
        chains=3,
        coverage_per_nm2=4.5,
        coverage_source="three chains per head at 1.5 heads per nm², as for its oxide (estimate)",
        binds_to=PHOSPHINES_BIND,
        aliases=("top",),
    ),
)  # fmt: skip

ENTRIES: tuple[LigandEntry, ...] = (
    _chain("oleate", 18, _PEROVSKITE_COVERAGE, "oleic acid", "oa", unsaturated=1, binds=ACIDS_BIND),
    _chain(
        "oleylamine", 18, _PEROVSKITE_COVERAGE, "oleylammonium", "oam", "olam", "oly", unsaturated=1, binds=AMINES_BIND
    ),
    LigandEntry(
        name="oleate+oleylamine",
        parts=(("oleate", 0.5), ("oleylamine", 0.5)),
        coverage_per_nm2=_PEROVSKITE_COVERAGE[0],
        coverage_source=_PEROVSKITE_COVERAGE[1],
        binds_to=ACIDS_BIND,
        aliases=("oleate/oleylamine", "oa/olam", "oa+olam", "oa/oam", "oleic acid + oleylamine"),
    ),
    LigandEntry(
        name="ddab",
        n_carbons=12,
        chains=2,
        coverage_per_nm2=4.4,
        site="A",
        coverage_source="two chains on 3/4 of the A sites of CsPbX3 (5.8 chains per nm² at most): estimate",
        binds_to=("halide",),
        aliases=("didodecyldimethylammonium", "didodecyldimethylammonium bromide", "dda"),
    ),
    LigandEntry(
        name="topo",
        n_carbons=8,
        chains=3,
        coverage_per_nm2=4.5,
        coverage_source="three chains per head at 1.5 heads per nm² (estimate)",
        binds_to=("oxide", "halide", *_SEMICONDUCTORS),
        aliases=("trioctylphosphine oxide",),
    ),
    LigandEntry(
        name="sulfobetaine",
        n_carbons=18,
        coverage_per_nm2=2.5,
        coverage_source="zwitterion bound to two sites, below the 2.9 of one sublattice (estimate)",
        size_source="C18 tail by the length model; the zwitterionic head lies on the facet and is not added",
        binds_to=("halide",),
        aliases=("c18 sulfobetaine", "asc18", "sb3-18"),
    ),
    *(
        _chain(
            f"{_ALKYL[n]}amine",
            n,
            _AMINE_COVERAGE,
            f"c{n} amine",
            f"{_ALKYL[n]}ammonium",
            f"c{n}-nh2",
            site="A",
            binds=AMINES_BIND,
        )
        for n in range(4, 19)
    ),
    *(
        _chain(
            f"{_alkane(n)}thiol", n, _THIOL_COVERAGE, f"c{n} thiol", f"{_ALKYL[n]}thiol", f"c{n}-sh", binds=THIOLS_BIND
        )
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
            binds=ACIDS_BIND,
        )
        for n in range(4, 19)
    ),
    *MORE,
    LigandEntry(
        name="thiocyanate",
        thickness_nm=0.43,
        is_ionic=True,
        coverage_per_nm2=2.9,
        coverage_source="one ion per surface site of CsPbX3, 1/a^2",
        size_source="twice the thermochemical radius of SCN-, 0.213 nm (from memory, +-0.02)",
        binds_to=("halide", "chalcogenide", *_METALS),
        aliases=("scn", "scn-", "nh4scn"),
    ),
    _ion("na+", 0.102, "na", "sodium", "nabr", binds=("halide",)),
    _ion("k+", 0.138, "k", "potassium", binds=("halide",)),
    _ion("cs+", 0.167, "cs", "caesium", "cesium", binds=("halide",)),
    _ion("fluoride", 0.133, "f-", binds=("halide", *_SEMICONDUCTORS)),
    _ion("chloride", 0.181, "cl-", "cl", binds=("halide", *_SEMICONDUCTORS)),
    _ion("bromide", 0.196, "br-", "br", "halide", binds=("halide", *_SEMICONDUCTORS)),
    _ion("iodide", 0.220, "i-", binds=("halide", *_SEMICONDUCTORS)),
)
