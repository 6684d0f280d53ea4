"""The analytic half of a study; alone, so that it does not wait for the other rooms to load."""

from __future__ import annotations

from typing import Any, overload

from packing.errors import InputError
from packing.particles import Coating, Environment, Nanocrystal
from packing.prediction.prediction import Prediction, predict as predict_coated
from superlattice.study.study import Study


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
