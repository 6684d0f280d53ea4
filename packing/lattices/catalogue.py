"""The catalogue of superlattice templates by name: prototypes as Wyckoff data."""

from __future__ import annotations

import math

from packing.checks import require_known
from packing.lattices.templates import HEXAGONAL, Orbit, Parameter, Template

GOLDEN_RATIO = (1 + math.sqrt(5)) / 2
_ORIGIN = (0.0, 0.0, 0.0)


def _a(*at: float) -> Orbit:
    return Orbit(kind="A", at=(at[0], at[1], at[2]))


def _b(*at: float) -> Orbit:
    return Orbit(kind="B", at=(at[0], at[1], at[2]))


def _c_over_a(ideal: float, low: float = 0.4, high: float = 2.5, relaxed_only: bool = False) -> Parameter:
    return Parameter(name="c/a", ideal=ideal, low=low, high=high, relaxed_only=relaxed_only)


_TEMPLATES = (
    Template(name="fcc", spacegroup=225, orbits=(_a(0, 0, 0),), elements=("Cu",)),
    Template(
        name="hcp",
        spacegroup=194,
        orbits=(_a(1 / 3, 2 / 3, 0.25),),
        elements=("Mg",),
        axes=HEXAGONAL,
        parameters=(_c_over_a(math.sqrt(8 / 3)),),
    ),
    Template(name="bcc", spacegroup=229, orbits=(_a(0, 0, 0),), elements=("Fe",)),
    Template(name="sc", spacegroup=221, orbits=(_a(0, 0, 0),), elements=("Po",)),
    Template(name="NaCl", spacegroup=225, orbits=(_a(0, 0, 0), _b(0.5, 0.5, 0.5)), elements=("Na", "Cl")),
    Template(name="CsCl", spacegroup=221, orbits=(_a(0, 0, 0), _b(0.5, 0.5, 0.5)), elements=("Cs", "Cl")),
    Template(name="ZnS", spacegroup=216, orbits=(_a(0, 0, 0), _b(0.25, 0.25, 0.25)), elements=("Zn", "S")),
    Template(name="CaF2", spacegroup=225, orbits=(_a(0, 0, 0), _b(0.25, 0.25, 0.25)), elements=("Ca", "F")),
    Template(
        name="Li3Bi",
        spacegroup=225,
        orbits=(_a(0, 0, 0), _b(0.5, 0.5, 0.5), _b(0.25, 0.25, 0.25)),
        elements=("Bi", "Li"),
    ),
    # The four-particle cell of the literature: P4/mmm with a = sqrt2 times its shortest edge.
    Template(
        name="AuCu",
        spacegroup=123,
        orbits=(_a(0, 0, 0), _a(0.5, 0.5, 0), _b(0, 0.5, 0.5)),
        elements=("Au", "Cu"),
        parameters=(_c_over_a(math.sqrt(0.5)),),
    ),
    Template(name="AuCu3", spacegroup=221, orbits=(_a(0, 0, 0), _b(0, 0.5, 0.5)), elements=("Au", "Cu")),
    Template(
        name="ABO3",
        spacegroup=221,
        orbits=(_a(0, 0, 0), _b(0.5, 0.5, 0.5), Orbit(kind="O", at=(0.5, 0.5, 0.0))),
        elements=("Ca", "Ti", "O"),
    ),
    Template(
        name="AlB2",
        spacegroup=191,
        orbits=(_a(0, 0, 0), _b(1 / 3, 2 / 3, 0.5)),
        elements=("Al", "B"),
        axes=HEXAGONAL,
        parameters=(_c_over_a(1.0),),
    ),
    Template(
        name="MgZn2",
        spacegroup=194,
        orbits=(
            Orbit(kind="A", at=(1 / 3, 2 / 3, 0), along=(("z", (0, 0, 1)),)),
            _b(0, 0, 0),
            Orbit(kind="B", at=(0, 0, 0.25), along=(("x", (1, 2, 0)),)),
        ),
        elements=("Mg", "Zn"),
        axes=HEXAGONAL,
        parameters=(
            _c_over_a(math.sqrt(8 / 3), 1.2, 2.2, relaxed_only=True),
            Parameter(name="z", ideal=1 / 16, low=0.02, high=0.12, relaxed_only=True),
            Parameter(name="x", ideal=5 / 6, low=0.78, high=0.88, relaxed_only=True),
        ),
    ),
    Template(
        name="MgCu2",
        spacegroup=227,
        setting=2,
        orbits=(_a(0.125, 0.125, 0.125), _b(0.5, 0.5, 0.5)),
        elements=("Mg", "Cu"),
    ),
    Template(
        name="CaCu5",
        spacegroup=191,
        orbits=(_a(0, 0, 0), _b(1 / 3, 2 / 3, 0), _b(0.5, 0, 0.5)),
        elements=("Ca", "Cu"),
        axes=HEXAGONAL,
        parameters=(_c_over_a(0.8),),
    ),
    Template(
        name="CaB6",
        spacegroup=221,
        orbits=(_a(0, 0, 0), Orbit(kind="B", at=(0.5, 0.5, 0), along=(("u", (0, 0, 1)),))),
        elements=("Ca", "B"),
        parameters=(Parameter(name="u", ideal=0.207, low=0.02, high=0.48),),
    ),
    Template(name="bccAB6", spacegroup=229, orbits=(_a(0, 0, 0), _b(0.25, 0, 0.5)), elements=("C", "K")),
    Template(name="Cr3Si", spacegroup=223, orbits=(_a(0, 0, 0), _b(0.25, 0, 0.5)), elements=("Si", "Cr")),
    Template(
        name="Fe4C",
        spacegroup=215,
        orbits=(_a(0, 0, 0), Orbit(kind="B", at=_ORIGIN, along=(("u", (1, 1, 1)),))),
        elements=("C", "Fe"),
        parameters=(Parameter(name="u", ideal=0.3, low=0.1, high=0.48),),
    ),
    Template(
        name="cubAB13",
        spacegroup=221,
        orbits=(
            _a(0, 0, 0),
            _b(0.5, 0.5, 0.5),
            Orbit(kind="B", at=(0.5, 0, 0), along=(("u", (0, 1, 1)),)),
        ),
        elements=("Na", "Zn"),
        parameters=(Parameter(name="u", ideal=0.2071, low=0.02, high=0.48),),
    ),
    # With dz = 0 the twelve B around each B are a perfect icosahedron, as in the literature's curves.
    Template(
        name="NaZn13",
        spacegroup=226,
        orbits=(
            _a(0.25, 0.25, 0.25),
            _b(0, 0, 0),
            Orbit(kind="B", at=_ORIGIN, along=(("y", (0, 1, GOLDEN_RATIO)), ("dz", (0, 0, 1)))),
        ),
        elements=("Na", "Zn"),
        parameters=(
            Parameter(name="y", ideal=0.1136, low=0.05, high=0.16),
            Parameter(name="dz", ideal=0.0, low=-0.03, high=0.03, relaxed_only=True),
        ),
    ),
    Template(name="ReO3", spacegroup=221, orbits=(_a(0, 0, 0), _b(0.5, 0, 0)), elements=("Re", "O")),
)

TEMPLATES = {t.name: t for t in _TEMPLATES}

BINARY_NAMES = tuple(t.name for t in _TEMPLATES if len(t.kinds) > 1)

_ALIASES = {
    "rocksalt": "NaCl",
    "zincblende": "ZnS",
    "fluorite": "CaF2",
    "perovskite": "ABO3",
    "CaTiO3": "ABO3",
    "b-ABO3": "ABO3",
    "Cu3Au": "AuCu3",
    "CuAu": "AuCu",
    "L1_0": "AuCu",
    "L1_2": "AuCu3",
    "C14": "MgZn2",
    "C15": "MgCu2",
    "A15": "Cr3Si",
    "bcc-AB6": "bccAB6",
    "Cs6C60": "bccAB6",
    "cub-AB13": "cubAB13",
    "ico-AB13": "NaZn13",
}
_BY_LOWER_CASE = {**{k.lower(): k for k in TEMPLATES}, **{k.lower(): v for k, v in _ALIASES.items()}}


def template(name: str) -> Template:
    """The template of that name, or of one of its other names (``"perovskite"``, ``"C14"``, ``"Cu3Au"``).

    Raises
    ------
    InputError
        For an unknown name, with the nearest known one.

    Examples
    --------
    >>> template("perovskite").counts
    {'A': 1, 'B': 1, 'O': 3}
    """
    resolved = _BY_LOWER_CASE.get(name.lower())
    if resolved is None:
        require_known("lattice", name, [*TEMPLATES, *_ALIASES])
    return TEMPLATES[str(resolved)]
