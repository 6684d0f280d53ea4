"""From a target to designs, each with a study file that is ready to run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from packing.inverse.designs import Design, Designs, find_designs
from packing.inverse.wanted import Cores, Question
from packing.lattices.catalogue import template
from superlattice.files import write_text
from superlattice.inverse.target_file import load_target, target_of
from superlattice.study.study import Study


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DesignAnswer:
    """Designs for a target.

    Parameters
    ----------
    found
        The designs.
    studies
        The study of each, checked.
    """

    found: Designs
    studies: tuple[Study, ...]

    @property
    def best(self) -> Design:
        """The design with the highest product of probability and plausibility."""
        return self.found.best

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return self.found.to_dict()

    def summary(self) -> str:
        """A table for people, what the first design's uncertainty hangs on, and what would prove it wrong."""
        question = self.found.question
        wanted = question.lattice or ", ".join(f"{w.quantity} {w.value:g} ± {w.tolerance:g}" for w in question.wanted)
        lines = [f"wanted: {wanted}", "", "   hit  usual  in medium       expected          design"]
        for i, d in enumerate(self.found.designs, 1):
            first = next(iter(d.expected))
            depth = "/".join("sticks" if x == float("inf") else f"{x:.2g}" for x in d.medium_depth_kt) + " kT"
            lines.append(
                f"{i:2} {d.probability:4.2f}   {d.plausibility:4.2f}  {depth:<14}  {d.expected[first]:.4g} ± "
                f"{d.sd[first]:.2g} ({first})  {d.name}"
            )
        best = self.best
        shares = ", ".join(f"{name} {share:.0%}" for name, share in list(best.variance_shares.items())[:4])
        lines += [
            "",
            "hit: probability of what is wanted; usual: plausibility of the coverage; in medium: depth of contacts.",
            f"the first design's uncertainty is {shares}",
        ]
        if best.instead:
            rivals = ", ".join(f"{name} {share:.0%}" for name, share in best.instead.items())
            lines.append(f"where it misses: {rivals}")
            lines.append(
                f"its volume is {best.expected['volume_over_separate']:.3f} of its own separate crystals' by packing, "
                "which is no free energy: superlattice stability decides"
            )
        lines.append(f"cheapest test: {best.falsifier.experiment}; refuted if {best.falsifier.refuted_if}")
        return "\n".join([*lines, *(f"note: {note}" for note in self.found.notes)])

    def write_studies(self, folder: str | Path) -> list[Path]:
        """Write a study file for each design, ``design-1.toml`` being the first; their paths.

        Parameters
        ----------
        folder
            Made if it is not there.
        """
        written = []
        for i, study in enumerate(self.studies, 1):
            path = Path(folder) / f"design-{i}.toml"
            write_text(path, tomli_w.dumps(study.resolved()))
            written.append(path)
        return written


def design(target: str | Path | Mapping[str, Any] | Question, *, n_best: int = 12) -> DesignAnswer:
    """Which ligand, coverage and size give what is wanted?

    Parameters
    ----------
    target
        Path of a target file, its tables, or a question.
    n_best
        Most designs to give.

    Raises
    ------
    InputError
        If the target cannot be read, or nothing reaches it; then with what comes nearest.

    Examples
    --------
    >>> answer = design(
    ...     {
    ...         "target": {"period_nm": {"value": 10.0, "tolerance": 0.2}},
    ...         "nanocrystal": {"material": "CsPbBr3", "edge_nm": 8.6, "ligands": ["decylamine", "oleate"]},
    ...     }
    ... )
    >>> answer.best.choices[0].ligand, round(answer.best.probability, 1)
    ('decylamine', 0.6)
    """
    if isinstance(target, Question):
        question = target
    elif isinstance(target, Mapping):
        question = target_of(dict(target))
    else:
        question = load_target(target)
    found = find_designs(question, n_best=n_best)
    return DesignAnswer(found=found, studies=tuple(_study(question, one) for one in found.designs))


def _study(question: Question, one: Design) -> Study:
    tables: dict[str, Any] = {
        "title": f"{question.lattice or question.wanted[0].quantity} by {one.name}",
        "nanocrystal": _core(question.cores, one, 0),
        "ligand": _ligand(one, 0),
        "environment": {"medium": question.medium},
        "assembly": {"model": "soft"},
    }
    if question.partner is not None:
        counts = template(question.lattice).counts
        first_is_a = _first_is_larger(one)
        n_a, n_all = counts["A"], sum(counts.values())
        tables["partner"] = {
            **_core(question.partner, one, 1),
            "ligand": _ligand(one, 1),
            "fraction": round((n_all - n_a if first_is_a else n_a) / n_all, 6),
        }
        tables["packing"] = {"lattices": []}
    return Study.from_data(tables, source="design")


def _first_is_larger(one: Design) -> bool:
    return one.choices[0].size_nm > one.choices[1].size_nm


def _core(cores: Cores, one: Design, kind: int) -> dict[str, Any]:
    key = "edge_nm" if cores.shape == "cube" else "diameter_nm"
    return {"material": cores.material, "shape": cores.shape, key: round(one.choices[kind].size_nm, 3)}


def _ligand(one: Design, kind: int) -> dict[str, Any]:
    choice = one.choices[kind]
    return {"name": choice.ligand, "coverage_per_nm2": round(choice.coverage_per_nm2, 3)}
