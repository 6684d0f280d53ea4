"""Everything that the page shows while a knob is moved, from the analytic models: no simulation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from packing.errors import InputError
from packing.once import remembered
from packing.prediction.prediction import Prediction
from packing.shapes import Shape
from structure.saxs.lattice_model import LatticeModel
from superlattice.steps.prediction import likeliest, predict_study
from superlattice.study.study import Study

Q_INV_NM = np.geomspace(0.15, 3.0, 260)
DISPLACEMENT_NM, DOMAIN_NM = 0.3, 150.0
_LATTICES = {"sc", "bcc", "fcc"}
Points = list[list[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveAnswer:
    """What is drawn: rows of text and points of curves.

    Parameters
    ----------
    headline
        The answer in one line.
    facts
        Pairs of a quantity and its value, as text.
    spacings_nm
        Centre distance [nm] by each model that applies.
    energy
        Pair energy [kT] against the gap of cores [nm], in the medium and dry.
    saxs
        Powder intensity against q [1/nm] of the likeliest crystal; empty for a lattice without a model.
    saxs_note
        What crystal that is.
    lattices
        Name, packing fraction, probability of each candidate.
    warnings
        Sentences.
    """

    headline: str
    facts: list[tuple[str, str]]
    spacings_nm: dict[str, float]
    energy: dict[str, Points]
    saxs: Points
    saxs_note: str
    lattices: list[tuple[str, float, float]]
    warnings: tuple[str, ...]


def live_answer(study: Study) -> LiveAnswer:
    """The answer for a study; of an exchange, that after it.

    Raises
    ------
    InputError
        As the command line would refuse the study.

    Examples
    --------
    >>> tables = {"nanocrystal": {"material": "CsPbBr3", "edge_nm": 8.6}, "ligand": {"name": "oleate"}}
    >>> answer = live_answer(Study.from_data(tables, source="example"))
    >>> answer.headline[:27], sorted(answer.spacings_nm)
    ('sc, period 10.84 ± 0.28 nm,', ['fill', 'plate', 'round'])
    """
    variant = list(study.variants().values())[-1]
    found = predict_study(variant)
    best = likeliest(found)
    name = best.name if best else "pair"
    spread = f" ± {found.period_sd_nm:.2f}" if np.isfinite(found.period_sd_nm) else ""
    saxs, note = _saxs(found, variant, name)
    return LiveAnswer(
        headline=f"{name}, period {found.period_nm:.2f}{spread} nm, gap {found.gap_nm:.2f} nm (dry, predicted)",
        facts=found.facts(),
        spacings_nm={m: float(s.value_nm) for m, s in found.spacings.values.items() if np.isfinite(s.value_nm)},
        energy=_energy(found),
        saxs=saxs,
        saxs_note=note,
        lattices=[(x.name, float(x.packing_fraction), float(x.probability)) for x in found.lattices],
        warnings=tuple(found.warnings),
    )


def _energy(found: Prediction) -> dict[str, Points]:
    curves: dict[str, Points] = {}
    for label, pair in ((f"in {found.environment.medium}", found.pair), ("dry", found.pair_dry)):
        if pair is None or label in curves:
            continue
        reach = 2 * pair.brush_height_nm
        gaps = np.linspace(0.35 * reach, 1.6 * reach, 90)
        energies = np.asarray(pair.energy_kt(gaps), dtype=float)
        depth = max(abs(pair.depth_kt), 1.0)
        shown = np.isfinite(energies) & (energies < 2 * depth)
        curves[label] = [
            [round(float(g), 4), float(f"{e:.5g}")] for g, e in zip(gaps[shown], energies[shown], strict=True)
        ]
    return curves


def _saxs(found: Prediction, study: Study, lattice: str) -> tuple[Points, str]:
    if study.partner is not None or lattice.lower() not in _LATTICES:
        return [], f"no closed form of SAXS for {lattice}: superlattice run simulates it"
    try:
        curve = _curve(lattice.lower(), found.period_nm, study.nanocrystal.build().shape, study.nanocrystal.size_spread)
    except InputError as error:
        return [], str(error)
    points = [[float(f"{q:.5g}"), float(f"{max(i, 1e-9):.4g}")] for q, i in zip(Q_INV_NM, curve, strict=True)]
    note = f"powder of {lattice} crystals of {DOMAIN_NM:g} nm, displacements {DISPLACEMENT_NM:g} nm (input)"
    return points, note


@remembered
def _curve(lattice: str, spacing_nm: float, shape: Shape, spread: float) -> tuple[float, ...]:
    model = LatticeModel(
        spacing_nm=spacing_nm,
        body=shape,
        lattice=lattice,
        size_spread=spread,
        displacement_nm=DISPLACEMENT_NM,
        domain_nm=DOMAIN_NM,
    )
    return tuple(model.intensity(Q_INV_NM))
