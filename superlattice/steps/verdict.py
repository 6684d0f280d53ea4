"""Does it assemble? One word for people, and by what it was judged."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from packing.shapes import Cuboid, Shape
from structure.order.measure import OrderReport

ORDERED_CUBATIC, ORDERED_FRACTION = 0.9, 0.8
"""Cubatic order and share of the interior in one lattice above which a crystal is called a superlattice."""

_CUBES = "judged by simple cubic, as of cubes face to face"
_SPHERES = "judged by the lattice that most of them are in"
_MIXTURE = "judged by the lattice that most particles are in, whatever their kind, and by the axes of the cubes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is said of the last frame of a run.

    Parameters
    ----------
    word
        ``"yes"``, ``"partly"`` or ``"no"``.
    lattice
        The lattice whose share counted; ``"none"`` where most particles are in none.
    note
        What the word rests on, and by which rule.
    """

    word: str
    lattice: str
    note: str


def judge(first: OrderReport, last: OrderReport, shapes: Sequence[Shape]) -> Verdict:
    """Whether the last frame is a superlattice: most of its interior in one lattice, and the axes of cubes along one.

    Cubes alone have to be simple cubic. Spheres, and cubes beside spheres, may be in any lattice that has a template;
    kinds of particles are not told apart.

    Parameters
    ----------
    first, last
        Order of the first and of the last frame.
    shapes
        Shapes of the particles.
    """
    lattice = "sc" if all(isinstance(shape, Cuboid) for shape in shapes) else last.dominant
    if lattice == "none":
        word = "partly" if last.cubatic > 0.5 else "no"
        return Verdict(word=word, lattice=lattice, note="the neighbours of most particles match no lattice template")
    share = last.interior_fractions[lattice]
    aligned = math.isnan(last.cubatic) or last.cubatic > ORDERED_CUBATIC
    if aligned and share > ORDERED_FRACTION:
        word = "yes"
    else:
        word = "partly" if last.cubatic > 0.5 or last.fractions[lattice] > 0.3 else "no"
    return Verdict(word=word, lattice=lattice, note=_note(first, last, shapes, lattice))


def _note(first: OrderReport, last: OrderReport, shapes: Sequence[Shape], lattice: str) -> str:
    has_cubes = not math.isnan(last.cubatic)
    said = [f"cubatic order {first.cubatic:.2f} to {last.cubatic:.2f}"] if has_cubes else []
    said.append(
        f"neighbours match the {lattice} template for {_percent(first.fractions[lattice])} of all particles at first, "
        f"{_percent(last.interior_fractions[lattice])} of those inside at last"
    )
    other = last.dominant
    if other not in (lattice, "none"):
        said.append(f"{_percent(last.interior_fractions[other])} of those inside match {other}")
    cubes_alone = all(isinstance(shape, Cuboid) for shape in shapes)
    said.append(_CUBES if cubes_alone else _MIXTURE if has_cubes else _SPHERES)
    return "; ".join(said)


def _percent(share: float) -> str:
    return "–" if math.isnan(share) else f"{100 * share:.0f} %"
