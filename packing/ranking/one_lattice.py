"""One lattice at one size ratio: packing fraction, cell and coordinates, by hard spheres or the OTM."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from packing.binary.closed_forms import closed_form
from packing.binary.cubes_and_spheres import (
    CONSTANT_CELL_FROM,
    constant_cell_packing,
    densest_cubes_and_spheres,
)
from packing.binary.nazn13_vortices import icosahedral_coordinate, lattice_constant
from packing.binary.otm import branch_at
from packing.binary.otm_branches import Branch
from packing.checks import require_known, require_positive
from packing.contact.bodies import WidenedBox
from packing.contact.contact import FilledTemplate, States, ideal_ratios
from packing.contact.packed import PackedLattice, packed_lattice
from packing.contact.sphere_curves import densest_spheres
from packing.errors import InputError
from packing.lattices.catalogue import BINARY_NAMES, template
from packing.lattices.templates import Template
from packing.results import frozen
from packing.shapes import Sphere


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LatticeReport:
    """What one template does at one size ratio.

    Parameters
    ----------
    name
        Name of the template.
    gamma
        Size of B over size of A, at most 1.
    relabelled
        Whether A and B were exchanged because the ratio asked for was above 1.
    model
        ``"hs"`` or ``"otm"``.
    b_shape
        Shape of the particle called B in the question: ``"sphere"`` or ``"cube"``.
    gamma_bar
        Size ratio after particles have shrunk; gamma where none has.
    branch
        Label of the OTM branch, empty where all particles keep their size.
    shrinks
        Which particles shrink, empty where none does.
    diameter_a_nm
        Size of A that sets the scale [nm].
    packing_fraction
        Nominal volumes over the volume of the cell.
    packing
        Cell, coordinates and orientations, with the effective (shrunk) shapes.
    """

    name: str
    gamma: float
    relabelled: bool
    model: str
    b_shape: str
    gamma_bar: float
    branch: str
    shrinks: str
    diameter_a_nm: float
    packing_fraction: float
    packing: PackedLattice

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON; lengths in nm for the given size of A (1 nm unless said otherwise)."""
        return {
            **self.packing.to_dict(),
            "gamma": self.gamma,
            "gamma_bar": self.gamma_bar,
            "packing_fraction": self.packing_fraction,
            "model": self.model,
            "b_shape": self.b_shape,
            "branch": self.branch,
            "shrinks": self.shrinks,
            "relabelled": self.relabelled,
            "diameter_a_nm": self.diameter_a_nm,
        }

    def summary(self) -> str:
        """The same for a person, in a few lines."""
        a, b, c = self.packing.lengths_nm
        unit = "diameters of A" if self.diameter_a_nm == 1 else "nm"
        lines = [
            f"{self.name} at gamma {self.gamma:.4g} ({self.model}, B {self.b_shape}): "
            f"packing fraction {self.packing_fraction:.4f}",
            f"cell       a {a:.4f}  b {b:.4f}  c {c:.4f}  ({unit})",
            f"contacts   {self.packing.limiting_contact}",
        ]
        if self.relabelled:
            lines.append("labels     A and B exchanged: A is the larger particle")
        if self.branch:
            lines.append(f"vortices   branch {self.branch}: {self.shrinks} shrinks, gamma bar {self.gamma_bar:.4f}")
        sites = dict.fromkeys(self.packing.kinds)
        counts = ", ".join(f"{self.packing.kinds.count(kind)} {kind}" for kind in sites)
        lines.append(f"sites      {counts}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        what = f"{self.name}, gamma {self.gamma:.4g}, {self.model}"
        return f"LatticeReport({what}, packing fraction {self.packing_fraction:.4f})"


def lattice_report(
    name: str, gamma: float, *, model: str = "hs", b_shape: str = "sphere", diameter_a_nm: float = 1.0
) -> LatticeReport:
    """Packing fraction, effective size ratio, cell and coordinates of one lattice at one size ratio.

    Parameters
    ----------
    name
        Name of a binary template.
    gamma
        Effective size of B over that of A (diameters; for a cube its edge). Above 1 the two are exchanged.
    model
        ``"hs"``, or ``"otm"`` with the branches of `packing.binary.otm` (for cubes those of NaCl and ABO3).
    b_shape
        ``"sphere"`` or ``"cube"``; with cubes the orientation is optimised.
    diameter_a_nm
        Diameter of A [nm], which scales the cell.

    Raises
    ------
    InputError
        For an unknown name or model, a size ratio that is no positive number, and where an OTM branch would fill
        more than the cell.

    Examples
    --------
    >>> lattice_report("NaCl", 0.5)
    LatticeReport(NaCl, gamma 0.5, hs, packing fraction 0.6981)
    >>> round(lattice_report("MgZn2", 0.6, model="otm").gamma_bar, 4)
    0.7181
    """
    require_positive("gamma", gamma)
    require_positive("diameter_a_nm", diameter_a_nm, "nm")
    require_known("model", model, ("hs", "otm"))
    require_known("b_shape", b_shape, ("sphere", "cube"))
    known = template(name)
    require_known("binary lattice", known.name, BINARY_NAMES)
    relabelled = gamma > 1
    ratio = 1 / gamma if relabelled else float(gamma)
    branch: Branch | None = None
    gamma_bar, label, shrinks = ratio, "", ""
    if b_shape == "cube":
        packing, gamma_bar, label = _with_cubes(known, ratio, model, relabelled)
        shrinks = "B" if label else ""
        volume = _cube_volume(known, ratio, relabelled)
    else:
        branch = branch_at(known.name, ratio) if model == "otm" else None
        packing = _with_spheres(known, ratio, branch)
        if branch is not None:
            gamma_bar, label, shrinks = float(branch.gamma_bar(np.array([ratio]))[0]), branch.label, branch.shrinks
        form = closed_form(known.name)
        volume = np.pi / 6 * (form.n_a + form.n_b * ratio**3)
    fraction = float(volume / packing.volume_nm3)
    return LatticeReport(
        name=known.name,
        gamma=ratio,
        relabelled=relabelled,
        model=model,
        b_shape=b_shape,
        gamma_bar=gamma_bar,
        branch=label,
        shrinks=shrinks,
        diameter_a_nm=float(diameter_a_nm),
        packing_fraction=fraction,
        packing=replace(packing, packing_fraction=fraction).scaled(float(diameter_a_nm)),
    )


def _cube_volume(known: Template, ratio: float, relabelled: bool) -> float:
    counts = known.counts
    others = sum(n for kind, n in counts.items() if kind != "A")
    large, small = (1.0, np.pi / 6) if relabelled else (np.pi / 6, 1.0)
    return float(counts["A"] * large + others * small * ratio**3)


def _with_cubes(known: Template, ratio: float, model: str, relabelled: bool) -> tuple[PackedLattice, float, str]:
    if model == "hs":
        return densest_cubes_and_spheres(known.name, ratio, cube_on="A" if relabelled else "B"), ratio, ""
    if relabelled or known.name not in ("NaCl", "ABO3"):
        raise InputError(
            f"model 'otm' with cubes is known for NaCl and ABO3 with gamma up to 1, not for {known.name}"
            f"{' with cubes larger than the spheres' if relabelled else ''}. Use model='hs'."
        )
    effective = min(ratio, CONSTANT_CELL_FROM)
    return constant_cell_packing(known.name, ratio), effective, "constant cell" if effective < ratio else ""


def _with_spheres(known: Template, ratio: float, branch: Branch | None) -> PackedLattice:
    a, others = 1.0, dict.fromkeys((kind for kind in known.kinds if kind != "A"), ratio)
    if branch is not None and branch.shrinks == "vertex B":
        return _nazn13_with_vortices(known, ratio, branch)
    if branch is not None and branch.shrinks == "centre B":
        others["B"] = float(branch.gamma_bar(np.array([ratio]))[0])
    elif branch is not None:
        factors = [float(f[0]) for f in branch.factors(np.array([ratio]))]
        a, others = factors[0], dict.fromkeys(others, factors[1] * ratio)
    return densest_spheres(known, {"A": a, **others})


def _nazn13_with_vortices(known: Template, ratio: float, branch: Branch) -> PackedLattice:
    """The geometry is known in closed form; a vertex has one effective size to A and another to B."""
    gamma = np.array([ratio])
    bar = branch.gamma_bar(gamma)
    length = float(lattice_constant(gamma, bar, branch.label)[0])
    coordinate = float(icosahedral_coordinate(gamma, bar, branch.label)[0])
    sphere = WidenedBox((0.0, 0.0, 0.0), 0.5)
    crystal = FilledTemplate(known, (sphere, sphere))
    state = States(ideal_ratios(known)[None], np.array([[coordinate, 0.0]]), np.empty((1, 0, 3, 3)))
    shapes = {"A": Sphere(diameter_nm=1.0), "B": Sphere(diameter_nm=float(bar[0]))}
    packing = packed_lattice(crystal, state, dict(shapes))
    return replace(packing, cell_nm=frozen(length * np.eye(3)), limiting_contact="A-B, B-B")
