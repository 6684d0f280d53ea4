"""The analytic half of a study; alone, so that it does not wait for the other rooms to load."""

from __future__ import annotations

from packing.prediction import Prediction, predict
from superlattice.study import Study


def predict_study(study: Study) -> Prediction:
    """The analytic prediction of a single-ligand study."""
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
