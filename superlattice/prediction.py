"""The analytic half of a study; alone, so that it does not wait for the other rooms to load."""

from __future__ import annotations

from packing.errors import InputError
from packing.prediction import Prediction, predict
from superlattice.study import Study


def predict_study(study: Study) -> Prediction:
    """The analytic prediction of a single-ligand study, in milliseconds.

    Raises
    ------
    InputError
        If the study has an exchange: then it is two studies, each with its own prediction.

    Examples
    --------
    >>> from superlattice.study import Study
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
    return predict(
        study.nanocrystal.build(),
        study.ligand.build(),
        study.build_environment(),
        lattices=study.packing.lattices or ("sc", "fcc", "bcc"),
        partner=(partner.build(), partner.ligand.build()) if partner else None,
        n_samples=study.packing.n_samples,
        seed=study.assembly.seed,
    )
