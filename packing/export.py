"""The predicted crystal as a cell, a file, a `Configuration`, and its first reflections."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from packing.configuration import Configuration
from packing.densest import densest_packing
from packing.errors import InputError
from packing.lattice_prediction import LatticePrediction
from packing.otm import branch_at
from packing.packed_lattice import PackedLattice
from packing.particles import Nanocrystal
from packing.prediction import Prediction
from packing.reflections import Reflection, reflections
from packing.shapes import Shape, Sphere, cube


def chosen_lattice(prediction: Prediction, name: str | None = None) -> LatticePrediction:
    """A candidate of a prediction by name, the first by default.

    Raises
    ------
    InputError
        If the prediction has no such candidate.
    """
    for candidate in prediction.lattices:
        if name is None or candidate.name.lower() == name.lower():
            return candidate
    have = ", ".join(x.name for x in prediction.lattices) or "none"
    raise InputError(f"lattice {name!r} is not among the candidates of this prediction ({have}). Name it in lattices.")


def predicted_crystal(prediction: Prediction, name: str | None = None) -> PackedLattice:
    """The conventional cell of a predicted lattice, with positions and orientations.

    Binary cells are built by the contact engine at the effective sizes of their model.

    Examples
    --------
    >>> from packing.ligands import ligand
    >>> from packing.particles import Coating
    >>> from packing.prediction import predict
    >>> dots = Nanocrystal(material="CsPbBr3", shape=cube(8.6))
    >>> answer = predict(dots, Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0))
    >>> predicted_crystal(answer, "sc").limiting_contact
    'A-A face'
    """
    candidate = chosen_lattice(prediction, name)
    if candidate.crystal is not None:
        return candidate.crystal
    packed = densest_packing(candidate.name, _effective_shapes(prediction, candidate))
    # The ranking's cell is the same packing; engine and curve differ in the last digits only.
    factors = np.array([candidate.a_nm, candidate.b_nm, candidate.c_nm]) / packed.lengths_nm
    cell = packed.cell_nm * factors[:, None]
    cell.flags.writeable = False
    return replace(packed, cell_nm=cell, limiting_contact=candidate.limiting_contact)


def predicted_configuration(
    prediction: Prediction, name: str | None = None, *, repeat: tuple[int, int, int] = (1, 1, 1)
) -> Configuration:
    """The predicted crystal as a periodic `Configuration` of cores.

    Examples
    --------
    >>> from packing.ligands import ligand
    >>> from packing.particles import Coating
    >>> from packing.prediction import predict
    >>> dots = Nanocrystal(material="CsPbBr3", shape=cube(8.6))
    >>> answer = predict(dots, Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0))
    >>> predicted_configuration(answer, repeat=(4, 4, 4))
    Configuration(64 x A, box 43.38 x 43.38 x 43.38 nm, step 0)
    """
    crystal = predicted_crystal(prediction, name)
    first, second = _cores(prediction)
    shapes = {kind: first.shape if kind == "A" or second is None else second.shape for kind in set(crystal.kinds)}
    return crystal.to_configuration(repeat, shapes)


def save_crystal(prediction: Prediction, path: str | Path, name: str | None = None) -> None:
    """Write the predicted cell as ``.cif`` or ``.xyz``, in angstrom; each particle is one atom of a stand-in element.

    Raises
    ------
    InputError
        For another ending, or a lattice that is not among the candidates.
    """
    predicted_crystal(prediction, name).save(path)


def predicted_reflections(
    prediction: Prediction, name: str | None = None, *, n_lines: int = 10
) -> tuple[Reflection, ...]:
    """First lines of the predicted crystal; each kind scatters with its core volume."""
    crystal = predicted_crystal(prediction, name)
    first, second = _cores(prediction)
    volumes = {k: (first if k == "A" or second is None else second).shape.volume_nm3 for k in set(crystal.kinds)}
    return reflections(crystal, n_lines=n_lines, weights=volumes)


def _cores(prediction: Prediction) -> tuple[Nanocrystal, Nanocrystal | None]:
    """What sits on A and on B."""
    if prediction.partner is None or prediction.ranking is None:
        return prediction.nanocrystal, None
    pair = (prediction.nanocrystal, prediction.partner[0])
    return (pair[1], pair[0]) if prediction.ranking.relabelled else pair


def _effective_shapes(prediction: Prediction, candidate: LatticePrediction) -> dict[str, Shape]:
    ranking = prediction.ranking
    if ranking is None:
        raise InputError(f"lattice {candidate.name} has no cell to export.")
    a, b = ranking.size_a_nm, ranking.size_b_nm
    if candidate.model == "otm":
        branch = branch_at(candidate.name, ranking.gamma)
        if branch is None or branch.shrinks in ("vertex B", "centre B"):
            raise InputError(
                f"the OTM cell of {candidate.name} at a size ratio of {ranking.gamma:.3f} has B particles of two sizes "
                "and cannot be exported. Ask for another lattice."
            )
        factors = branch.factors(np.array([ranking.gamma]))
        a, b = a * float(factors[0][0]), b * float(factors[1][0])
    large, small = _cores(prediction)
    assert small is not None
    return {
        kind: Sphere(diameter_nm=size) if isinstance(core.shape, Sphere) else cube(size)
        for kind, size, core in (("A", a, large), ("B", b, small))
    }
