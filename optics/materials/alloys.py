"""Mixed caesium lead halides, interpolated between their ends."""

from __future__ import annotations

import re

from optics.materials.properties import Anchor, Semiconductor
from optics.materials.table import SEMICONDUCTORS, semiconductor
from packing.errors import InputError

_FORMULA = re.compile(r"^CsPb((?:Br|Cl|I)[\d.]*)((?:Br|Cl|I)[\d.]*)$")
VEGARD_WARNING = (
    "constants of {name} are interpolated linearly between {low} and {high} (Vegard): an estimate; mixed "
    "halides bow, and "
    "iodide and chloride separate in light. Give a measured anchor."
)


def optical_material(name: str) -> tuple[Semiconductor, tuple[str, ...]]:
    """A material of the table, or a mixed halide by Vegard's rule, with the warnings that go with it.

    Parameters
    ----------
    name
        ``"CsPbBr3"``, or a mixture such as ``"CsPbBr2Cl"`` or ``"CsPbBr1.5I1.5"``.

    Raises
    ------
    InputError
        For an unknown name, halides that do not add to three, and a mixture of Cl with I.

    Examples
    --------
    >>> mixed, warnings = optical_material("CsPbBr2Cl")
    >>> round(mixed.gap_ev, 3), len(warnings)
    (2.58, 1)
    """
    found = _FORMULA.match(name.strip())
    if name in SEMICONDUCTORS or not found:
        return semiconductor(name), ()
    shares = dict(_part(text) for text in found.groups())
    total = sum(shares.values())
    if abs(total - 3) > 1e-6 or len(shares) != 2:
        raise InputError(f"halides of {name} must add to 3 and differ, got {total:g}. Write e.g. CsPbBr2Cl.")
    if set(shares) == {"Cl", "I"}:
        raise InputError(f"{name}: chloride and iodide do not mix in CsPbX3. Give Br with Cl, or Br with I.")
    (first, x), (second, _) = shares.items()
    low, high = SEMICONDUCTORS[f"CsPb{first}3"], SEMICONDUCTORS[f"CsPb{second}3"]
    return _mixed(name, low, high, 1 - x / 3), (VEGARD_WARNING.format(name=name, low=low.name, high=high.name),)


def _part(text: str) -> tuple[str, float]:
    symbol = re.match(r"[A-Za-z]+", text)
    assert symbol is not None
    number = text[symbol.end() :]
    return symbol.group(), float(number) if number else 1.0


def _mixed(name: str, low: Semiconductor, high: Semiconductor, share: float) -> Semiconductor:
    def between(a: float, b: float) -> float:
        return (1 - share) * a + share * b

    # Optical constants of a mixture are not those of an end shifted in energy: none are offered. The anchor of the
    # nearer end would carry its gap, so that the emission is fixed by the interpolated gap.
    anchor: Anchor | None = None
    return Semiconductor(
        name=name,
        electron_mass=between(low.electron_mass, high.electron_mass),
        hole_mass=between(low.hole_mass, high.hole_mass),
        permittivity=between(low.permittivity, high.permittivity),
        gap_ev=between(low.gap_ev, high.gap_ev),
        gap_kelvin=4.0,
        radiative_lifetime_ps=between(low.radiative_lifetime_ps, high.radiative_lifetime_ps),
        anchor=anchor,
        sources=dict.fromkeys(("mass", "permittivity", "gap", "radiative_lifetime"), "estimate (Vegard)"),
    )
