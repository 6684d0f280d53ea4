"""Everything that the page shows while a knob is moved, from the analytic models: no simulation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from packing.errors import InputError
from packing.once import remembered
from packing.prediction.prediction import Prediction, predict as predict_coated
from packing.ranking.rows import ranked_packing
from packing.shapes import Cuboid, Shape, without_flats
from structure.crystals.reciprocal import powder_peak
from structure.form_factors.average import form_factor
from structure.saxs.lattice_model import LatticeModel
from structure.saxs.powder import reciprocal_intensities, spot_sigma_inv_nm
from superlattice.steps.prediction import likeliest, predict_study
from superlattice.study.study import Study

# Peaks of a domain of 150 nm are 0.04 1/nm wide.
Q_INV_NM = np.linspace(0.15, 3.0, 420)
DISPLACEMENT_NM, DOMAIN_NM = 0.3, 150.0
_LATTICES = {"sc", "bcc", "fcc"}
Points = list[list[float]]
FloatArray = NDArray[np.float64]
SEARCHED = "each lattice of two kinds of cubes is searched at their size ratio, which takes minutes"


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
    coming
        What is left out because it takes longer than a knob may, in words; empty where nothing is.
    """

    headline: str
    facts: list[tuple[str, str]]
    spacings_nm: dict[str, float]
    energy: dict[str, Points]
    saxs: Points
    saxs_note: str
    lattices: list[tuple[str, float, float]]
    warnings: tuple[str, ...]
    coming: str = ""


def live_answer(study: Study, *, whole: bool = False) -> LiveAnswer:
    """The answer for a study; of an exchange, that after it.

    Parameters
    ----------
    study
        The study.
    whole
        Whether to wait for what takes longer than a knob may: the lattices of two kinds of cubes, each of which is
        searched at its size ratio (minutes).

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
    coming = "" if whole or not _is_searched(variant) else SEARCHED
    found = _without_lattices(variant) if coming else predict_study(variant)
    saxs, note = ([], f"comes with the lattices: {coming}") if coming else _saxs(found, variant)
    return LiveAnswer(
        headline=_headline(found, variant),
        facts=found.facts(),
        spacings_nm={m: float(s.value_nm) for m, s in found.spacings.values.items() if np.isfinite(s.value_nm)},
        energy=_energy(found, f"of two {found.nanocrystal.material_name} " if variant.partner else ""),
        saxs=saxs,
        saxs_note=note,
        lattices=[(x.name, float(x.packing_fraction), float(x.probability)) for x in found.lattices],
        warnings=tuple(found.warnings),
        coming=coming,
    )


def _is_searched(study: Study) -> bool:
    """Whether the lattices have no curves: two kinds of cubes, which the contact engine searches one by one."""
    if study.partner is None:
        return False
    shapes = (without_flats(kind.build().shape) for kind in (study.nanocrystal, study.partner))
    return all(isinstance(shape, Cuboid) for shape in shapes)


def _without_lattices(study: Study) -> Prediction:
    return predict_coated(
        study.nanocrystal.build(),
        study.ligand.build(),
        study.build_environment(),
        lattices=(),
        n_samples=study.packing.n_samples,
        seed=study.assembly.seed,
    )


def _headline(found: Prediction, study: Study) -> str:
    best = likeliest(found)
    spread = f" ± {found.period_sd_nm:.2f}" if np.isfinite(found.period_sd_nm) else ""
    spacing = f"{found.period_nm:.2f}{spread} nm, gap {found.gap_nm:.2f} nm (dry, predicted)"
    if study.partner is None:
        return f"{best.name if best else 'pair'}, period {spacing}"
    lattice = f"likeliest lattice {best.name} ({best.probability:.0%}); " if best else ""
    return f"{lattice}{found.nanocrystal.material_name} by itself: period {spacing}"


def _energy(found: Prediction, of: str = "") -> dict[str, Points]:
    curves: dict[str, Points] = {}
    for label, pair in ((f"{of}in {found.environment.medium}", found.pair), (f"{of}dry", found.pair_dry)):
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


def _saxs(found: Prediction, study: Study) -> tuple[Points, str]:
    best = likeliest(found)
    name = best.name if best else "a pair"
    try:
        if found.ranking is not None:
            curve, of = curve_of_mixture(found, Q_INV_NM), "both cores of one density, sizes without spread, "
        elif name.lower() in _LATTICES:
            shape, spread = study.nanocrystal.build().shape, study.nanocrystal.size_spread
            curve, of = np.array(_curve(name.lower(), found.period_nm, shape, spread)), ""
        else:
            return [], f"no closed form of SAXS for {name}: superlattice run simulates it"
    except InputError as error:
        return [], str(error)
    points = [[float(f"{q:.5g}"), float(f"{max(i, 1e-9):.4g}")] for q, i in zip(Q_INV_NM, curve, strict=True)]
    return points, f"powder of {name} crystals of {DOMAIN_NM:g} nm, {of}displacements {DISPLACEMENT_NM:g} nm (input)"


def curve_of_mixture(found: Prediction, q_inv_nm: FloatArray) -> FloatArray:
    """Powder of the likeliest binary crystal, whose sites are displaced independently of each other.

    Parameters
    ----------
    found
        A prediction with a partner.
    q_inv_nm
        Where [1/nm], shape (Q,).

    Returns
    -------
    ndarray
        Intensity per particle, 1 at q = 0 without interference, shape (Q,).

    Raises
    ------
    InputError
        For a prediction that has not ranked binary lattices.
    """
    if found.ranking is None or found.partner is None:
        raise InputError("curve_of_mixture: this prediction is of one kind. Give one with a partner.")
    cores = [found.nanocrystal.shape, found.partner[0].shape]
    large, small = reversed(cores) if found.ranking.relabelled else cores
    packing = ranked_packing(found.ranking)
    shapes = {kind: large if kind == "A" else small for kind in packing.shapes}
    vectors, strengths = reciprocal_intensities(packing.to_configuration(shapes=shapes), q_inv_nm[-1] + 0.2)
    lengths, family = np.unique(np.linalg.norm(vectors, axis=1).round(6), return_inverse=True)
    # Twice: each vector stands for its opposite too.
    weights = 2 * (2 * np.pi) ** 3 / packing.volume_nm3 * np.bincount(family, weights=strengths)
    still = powder_peak(q_inv_nm[:, None], lengths, spot_sigma_inv_nm(DOMAIN_NM), 0.0) @ weights
    squares = {kind: packing.kinds.count(kind) * shape.volume_nm3**2 for kind, shape in shapes.items()}
    alone = sum(squares[kind] * form_factor(shape, q_inv_nm).intensity for kind, shape in shapes.items())
    damping = np.exp(-((q_inv_nm * DISPLACEMENT_NM) ** 2))
    return np.asarray(damping * still + (1 - damping) * alone / sum(squares.values()))


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
