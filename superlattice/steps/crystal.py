"""Does it assemble, or is it a crystal? One word for people, and by what it was found."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from packing.shapes import Cuboid, Shape
from structure.order.history import OrderHistory
from structure.order.layers import LayerReport
from structure.order.measure import OrderReport

ORDERED_CUBATIC, ORDERED_FRACTION = 0.9, 0.8
"""Cubatic order and share of the interior in one lattice above which a crystal is called a superlattice."""

PARTLY_FRACTION = 0.3
"""Share in one lattice from which on something is called partly ordered."""

ASSEMBLES, IS_CRYSTAL = "assembles", "is a crystal"

_CUBES = "judged by simple cubic, as of cubes face to face"
_SPHERES = "judged by the lattice that most of them are in"
_MIXTURE = "judged by the lattice that most particles are in, whatever their kind, and by the axes of the cubes"
_ONE_FRAME = "one frame, so how it came about is not known"
_FROM_THE_START = "it was one in the first frame, so nothing is said of assembly"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrystalFinding:
    """What is said of the last frame of a trajectory.

    Parameters
    ----------
    question
        ``"assembles"`` where the first of several frames is no crystal, else ``"is a crystal"``.
    word
        ``"yes"``, ``"partly"`` or ``"no"``.
    lattice
        The lattice whose share counted; ``"none"`` where most particles are in none.
    note
        What the word rests on, and by which rule.
    """

    question: str
    word: str
    lattice: str
    note: str

    @property
    def assembles(self) -> str | None:
        """The word if it is of assembly; None where a crystal was only looked at."""
        return self.word if self.question == ASSEMBLES else None

    def sentence(self) -> str:
        """``assembles: yes (...)``."""
        return f"{self.question}: {self.word} ({self.note})"


def find_crystal(history: OrderHistory, shapes: Sequence[Shape]) -> CrystalFinding:
    """Whether the last frame is a superlattice: most of its interior in one lattice, and the axes of cubes along one.

    Cubes alone have to be simple cubic. Spheres, and cubes beside spheres, may be in any lattice that has a template;
    kinds of particles are not told apart. That they assemble is said only where the first frame is no superlattice.

    Parameters
    ----------
    history
        Order of all frames.
    shapes
        Shapes of the particles.
    """
    first, last = history.first, history.last
    cubes_alone = all(isinstance(shape, Cuboid) for shape in shapes)
    word, lattice = _word(last, cubes_alone)
    has_begun = len(history) > 1
    question = ASSEMBLES if has_begun and _word(first, cubes_alone)[0] != "yes" else IS_CRYSTAL
    if lattice == "none":
        note = "the neighbours of most particles match no lattice template"
    else:
        note = _note(first if has_begun else None, last, lattice, cubes_alone)
    if question == IS_CRYSTAL:
        note += f"; {_FROM_THE_START if has_begun else _ONE_FRAME}"
    return CrystalFinding(question=question, word=word, lattice=lattice, note=note)


def find_layer(layers: Sequence[LayerReport]) -> CrystalFinding:
    """Whether the last frame of a two-dimensional trajectory is a square or hexagonal crystal.

    Parameters
    ----------
    layers
        Order of all frames, at least one.
    """
    first, last = layers[0], layers[-1]
    words = [_layer_word(layer) for layer in (first, last)]
    question = ASSEMBLES if len(layers) > 1 and words[0] != "yes" else IS_CRYSTAL
    note = f"in the plane, {last.summary()}"
    if question == IS_CRYSTAL:
        note += f"; {_FROM_THE_START if len(layers) > 1 else _ONE_FRAME}"
    return CrystalFinding(question=question, word=words[1], lattice=last.lattice, note=note)


def _layer_word(layer: LayerReport) -> str:
    if layer.lattice == "none":
        return "no"
    return "yes" if layer.ordered_fraction > ORDERED_FRACTION else "partly"


def _word(report: OrderReport, cubes_alone: bool) -> tuple[str, str]:
    """The word for one frame, and the lattice that counted."""
    lattice = "sc" if cubes_alone else report.dominant
    if lattice == "none":
        return "partly" if report.cubatic > 0.5 else "no", lattice
    aligned = math.isnan(report.cubatic) or report.cubatic > ORDERED_CUBATIC
    if aligned and report.interior_fractions[lattice] > ORDERED_FRACTION:
        return "yes", lattice
    return "partly" if report.cubatic > 0.5 or report.fractions[lattice] > PARTLY_FRACTION else "no", lattice


def _note(first: OrderReport | None, last: OrderReport, lattice: str, cubes_alone: bool) -> str:
    has_cubes = not math.isnan(last.cubatic)
    inside = _percent(last.interior_fractions[lattice])
    if first is None:
        said = [f"cubatic order {last.cubatic:.2f}"] if has_cubes else []
        said.append(f"neighbours match the {lattice} template for {inside} of those inside")
    else:
        said = [f"cubatic order {first.cubatic:.2f} to {last.cubatic:.2f}"] if has_cubes else []
        said.append(
            f"neighbours match the {lattice} template for {_percent(first.fractions[lattice])} of all particles at "
            f"first, {inside} of those inside at last"
        )
    other = last.dominant
    if other not in (lattice, "none"):
        said.append(f"{_percent(last.interior_fractions[other])} of those inside match {other}")
    said.append(_CUBES if cubes_alone else _MIXTURE if has_cubes else _SPHERES)
    return "; ".join(said)


def _percent(share: float) -> str:
    return "–" if math.isnan(share) else f"{100 * share:.0f} %"
