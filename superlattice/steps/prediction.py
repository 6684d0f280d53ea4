"""The analytic half of a study; alone, so that it does not wait for the other rooms to load."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

from optics.medium.predicted import crystal_index
from packing.errors import InputError
from packing.matter.material_table import material
from packing.particles import Coating, Environment, Nanocrystal
from packing.prediction.prediction import Prediction, predict as predict_coated
from packing.prediction.single import LatticePrediction
from superlattice.files import PREDICTED, write_json
from superlattice.progress import Reporter, silent
from superlattice.study.study import Study


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictedPart:
    """One ligand's share of a study, predicted; ``data`` is the prediction as it stands in ``prediction.json``.

    ``name`` is empty, or ``"before"`` and ``"after"`` an exchange; ``folder`` is its own, in the run directory.
    """

    name: str
    study: Study
    folder: Path
    prediction: Prediction
    data: dict[str, Any]

    @property
    def key(self) -> str:
        """Its name in ``prediction.json`` and ``results.json``, where a study without an exchange has one part."""
        return self.name or "study"

    @property
    def label(self) -> str:
        """What its progress begins with."""
        return f"{self.name}: " if self.name else ""

    @property
    def ligand(self) -> str:
        """The ligand as the study calls it."""
        return self.study.ligand.name or self.prediction.ligand_name


@overload
def predict(subject: Study) -> Prediction: ...
@overload
def predict(
    subject: Nanocrystal, coating: Coating, environment: Environment | None = None, **options: Any
) -> Prediction: ...
def predict(
    subject: Study | Nanocrystal,
    coating: Coating | None = None,
    environment: Environment | None = None,
    **options: Any,
) -> Prediction:
    """The analytic prediction of a study, or of a nanocrystal with its coating, in milliseconds.

    Parameters
    ----------
    subject
        A study, or a nanocrystal.
    coating, environment
        The nanocrystal's ligands and what surrounds it; with a study none of them, it has its own.
    **options
        With a nanocrystal, those of `packing.prediction.predict`: ``lattices``, ``partner``, ``n_samples``, ``seed``,
        ``spread``.

    Raises
    ------
    InputError
        For inputs that cannot be used, or a study with an exchange: that is two studies, each with its own prediction.

    Examples
    --------
    >>> from superlattice import Coating, Nanocrystal, Study, cube, ligand
    >>> tables = {"nanocrystal": {"material": "CsPbBr3", "edge_nm": 8.6}, "ligand": {"name": "oleate"}}
    >>> of_study = predict(Study.from_data(tables, source="example"))
    >>> dots = Nanocrystal(material="CsPbBr3", shape=cube(8.6))
    >>> of_nouns = predict(dots, Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0))
    >>> round(of_study.period_nm, 2), round(of_nouns.period_nm, 2)
    (10.84, 10.84)
    """
    if isinstance(subject, Study):
        if coating is not None or environment is not None or options:
            raise InputError("predict: a study has its own coating, environment and options. Give the study alone.")
        return predict_study(subject)
    if coating is None:
        raise InputError("predict: a nanocrystal needs its coating: predict(nanocrystal, coating), or give a study.")
    return predict_coated(subject, coating, environment, **options)


def likeliest(prediction: Prediction) -> LatticePrediction | None:
    """The crystal that a prediction names: the most probable, of those without a probability the first.

    Examples
    --------
    >>> from superlattice.study.study import Study
    >>> tables = {"nanocrystal": {"material": "CsPbBr3", "edge_nm": 8.6}, "ligand": {"name": "oleate"}}
    >>> likeliest(predict_study(Study.from_data(tables, source="example"))).name
    'sc'
    """
    return max(prediction.lattices, key=lambda lattice: lattice.probability, default=None)


def predict_study(study: Study) -> Prediction:
    """The analytic prediction of a single-ligand study.

    Raises
    ------
    InputError
        If the study has an exchange: then it is two studies, each with its own prediction.

    Examples
    --------
    >>> from superlattice.study.study import Study
    >>> tables = {"nanocrystal": {"material": "CsPbBr3", "edge_nm": 8.6}, "ligand": {"name": "oleate"}}
    >>> prediction = predict_study(Study.from_data(tables, source="example"))
    >>> 10.0 < prediction.period_nm < 11.5
    True
    """
    if study.exchange is not None:
        raise InputError(
            "[exchange] makes it two studies, before and after, and predict takes one. "
            "Predict each of study.variants().values(), or remove [exchange]."
        )
    partner = study.partner
    return predict_coated(
        study.nanocrystal.build(),
        study.ligand.build(),
        study.build_environment(),
        lattices=study.packing.lattices or ("sc", "fcc", "bcc"),
        partner=(partner.build(), partner.ligand.build()) if partner else None,
        n_samples=study.packing.n_samples,
        seed=study.assembly.seed,
    )


def prediction_data(prediction: Prediction) -> dict[str, Any]:
    """A prediction as plain data, with the refractive index of each of its crystals (None with a metal).

    Examples
    --------
    >>> from superlattice.study.study import Study
    >>> tables = {"nanocrystal": {"material": "CsPbBr3", "edge_nm": 8.6}, "ligand": {"name": "oleate"}}
    >>> data = prediction_data(predict_study(Study.from_data(tables, source="example")))
    >>> round(data["lattices"][0]["refractive_index"], 2)
    1.68
    """
    data = prediction.to_dict()
    data["lattices"] = [
        told | {"refractive_index": crystal_index(lattice)}
        for told, lattice in zip(data["lattices"], prediction.lattices, strict=True)
    ]
    return data


def prediction_facts(prediction: Prediction) -> list[tuple[str, str]]:
    """Pairs of a quantity and its value, as text: those of the prediction, and the refractive index of its crystal."""
    facts = prediction.facts()
    index = crystal_index(prediction.lattices[0]) if prediction.lattices else None
    if index is None:
        return facts
    core = material(prediction.nanocrystal.material).refractive_index
    told = ("refractive index of the solid", f"{index:.2f} (Maxwell Garnett; core {core:g}, below its absorption)")
    # Uncertainties stand last.
    return [*facts[:-1], told, facts[-1]]


def predict_parts(study: Study, folder: Path, progress: Reporter = silent) -> tuple[PredictedPart, ...]:
    """Predict all parts of a study, and write ``prediction.json`` with each by its name."""
    parts = tuple(_predicted(name, variant, folder / name) for name, variant in study.variants().items())
    write_json(folder / PREDICTED, {part.key: part.data for part in parts})
    for part in parts:
        progress(f"{part.label}predicted a period of {part.prediction.period_nm:.2f} nm", None)
    return parts


def _predicted(name: str, study: Study, folder: Path) -> PredictedPart:
    prediction = predict_study(study)
    return PredictedPart(name=name, study=study, folder=folder, prediction=prediction, data=prediction_data(prediction))
