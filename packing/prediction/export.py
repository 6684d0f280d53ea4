"""The predicted crystal as a cell, a file, a `Configuration`, and its first reflections."""

from __future__ import annotations

from pathlib import Path

from packing.configuration import Configuration
from packing.contact.packed import PackedLattice
from packing.errors import InputError
from packing.particles import Nanocrystal
from packing.prediction.prediction import Prediction
from packing.prediction.rings import Reflection, reflections
from packing.prediction.single import LatticePrediction
from packing.ranking.rows import ranked_packing


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

    Binary cells are those of `packing.ranking.rows`.

    Parameters
    ----------
    prediction
        From `packing.prediction.prediction.predict`.
    name
        A lattice among the candidates; None for the first.

    Raises
    ------
    InputError
        For a lattice that is not among the candidates, or one without a cell.

    Examples
    --------
    >>> from packing.matter.ligands import ligand
    >>> from packing.particles import Coating
    >>> from packing.prediction.prediction import predict
    >>> from packing.shapes import cube
    >>> dots = Nanocrystal(material="CsPbBr3", shape=cube(8.6))
    >>> answer = predict(dots, Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0))
    >>> predicted_crystal(answer, "sc").limiting_contact
    'A-A face'
    """
    candidate = chosen_lattice(prediction, name)
    if candidate.crystal is not None:
        return candidate.crystal
    if prediction.ranking is None:
        raise InputError(f"lattice {candidate.name} has no cell to export.")
    return ranked_packing(prediction.ranking, candidate.name)


def predicted_configuration(
    prediction: Prediction, name: str | None = None, *, repeat: tuple[int, int, int] = (1, 1, 1)
) -> Configuration:
    """The predicted crystal as a periodic `Configuration` of cores.

    Parameters
    ----------
    prediction
        From `packing.prediction.prediction.predict`.
    name
        A lattice among the candidates; None for the first.
    repeat
        Cells along each axis.

    Raises
    ------
    InputError
        For a lattice that is not among the candidates, or one without a cell.

    Examples
    --------
    >>> from packing.matter.ligands import ligand
    >>> from packing.particles import Coating
    >>> from packing.prediction.prediction import predict
    >>> from packing.shapes import cube
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

    Parameters
    ----------
    prediction
        From `packing.prediction.prediction.predict`.
    path
        File to write.
    name
        A lattice among the candidates; None for the first.

    Raises
    ------
    InputError
        For another ending, or a lattice that is not among the candidates.

    Examples
    --------
    >>> from packing.matter.ligands import ligand
    >>> from packing.particles import Coating
    >>> from packing.prediction.prediction import predict
    >>> from packing.shapes import cube
    >>> dots = Nanocrystal(material="CsPbBr3", shape=cube(8.6))
    >>> answer = predict(dots, Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0))
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     save_crystal(answer, Path(folder) / "crystal.cif")
    ...     "_cell_length_a" in (Path(folder) / "crystal.cif").read_text()
    True
    """
    predicted_crystal(prediction, name).save(path)


def predicted_reflections(
    prediction: Prediction, name: str | None = None, *, n_lines: int = 10
) -> tuple[Reflection, ...]:
    """First lines of the predicted crystal; each kind scatters with its core volume.

    Parameters
    ----------
    prediction
        From `packing.prediction.prediction.predict`.
    name
        A lattice among the candidates; None for the first.
    n_lines
        How many lines.

    Raises
    ------
    InputError
        For a lattice that is not among the candidates, or no lines.

    Examples
    --------
    >>> from packing.matter.ligands import ligand
    >>> from packing.particles import Coating
    >>> from packing.prediction.prediction import predict
    >>> from packing.shapes import cube
    >>> dots = Nanocrystal(material="CsPbBr3", shape=cube(8.6))
    >>> answer = predict(dots, Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0))
    >>> [line.hkl for line in predicted_reflections(answer, "sc", n_lines=3)]
    [(1, 0, 0), (1, 1, 0), (1, 1, 1)]
    """
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
