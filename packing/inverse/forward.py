"""How likely a design hits: the millisecond models over draws of what is not known."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from packing.errors import InputError
from packing.inverse.draws import LENGTH, SIZE, deviates, drawn_shell, made_shape
from packing.inverse.wanted import Cores, Question, Spread, Wanted
from packing.matter.ligands import ligand
from packing.pair.energy import pair_energy
from packing.particles import Coating, Environment, Nanocrystal

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

BOTTOMLESS_KT = 1e6
"""Stands for the depth of a contact in which nothing keeps the cores apart [kT]."""
_STEP = 0.5
"""Standard deviations by which inputs are changed for the slopes of a contact's depth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What one kind of nanocrystal is made as.

    Parameters
    ----------
    size_nm
        Edge or diameter [nm].
    ligand
        Name of a ligand of the library.
    coverage_per_nm2
        Chains per area [1/nm^2].
    """

    size_nm: float
    ligand: str
    coverage_per_nm2: float


def drawn_quantity(
    cores: Cores, choice: Choice, wanted: Wanted, *, medium: str, spread: Spread, n_draws: int
) -> FloatArray:
    """Values of a wanted quantity over the draws, in its unit, shape (n,).

    Parameters
    ----------
    cores, choice
        What is made.
    wanted
        Which quantity.
    medium
        Of a contact's depth.
    spread
        How well inputs are met.
    n_draws
        A power of two.
    """
    drawn = deviates(1, n_draws)[0]
    if wanted.quantity == "depth_kt":
        return _drawn_depth(cores, choice, medium, spread, drawn)
    core, period = drawn_shell(cores.shape, choice.size_nm, choice.ligand, choice.coverage_per_nm2, drawn, spread)
    return quantity_of(wanted.quantity, cores.shape, core, period)


def quantity_of(quantity: str, shape: str, core_nm: FloatArray, period_nm: FloatArray) -> FloatArray:
    """A quantity of a crystal of one kind from core and nearest distance [nm]: cubes are simple cubic, spheres fcc.

    Parameters
    ----------
    quantity
        One of `packing.inverse.wanted.QUANTITIES` besides the depth.
    shape
        ``"cube"`` or ``"sphere"``.
    core_nm, period_nm
        Size and distance of neighbours [nm].
    """
    if quantity == "period_nm":
        return period_nm
    if quantity == "gap_nm":
        return np.asarray(period_nm - core_nm)
    if quantity == "q_inv_nm":
        # (100) of sc; (111) of fcc, whose planes are sqrt(2/3) neighbour distances apart.
        return np.asarray(2 * math.pi / (period_nm if shape == "cube" else period_nm * math.sqrt(2 / 3)))
    part = (core_nm / period_nm) ** 3
    return np.asarray(part if shape == "cube" else part * math.pi / math.sqrt(18))


def _drawn_depth(cores: Cores, choice: Choice, medium: str, spread: Spread, drawn: FloatArray) -> FloatArray:
    """Depth by its slopes at the mean: the logarithm of a depth is near to linear in what is drawn."""
    widths = (spread.size, spread.coverage, spread.length)
    means = np.array([choice.size_nm, choice.coverage_per_nm2, ligand(choice.ligand).length_nm])
    try:
        log = np.full(drawn.shape[1], _log_depth(cores, choice, medium, means))
    except InputError:
        return np.full(drawn.shape[1], BOTTOMLESS_KT)
    for which in (SIZE, 1, LENGTH):
        ends = []
        for sign in (-_STEP, _STEP):
            at = means.copy()
            at[which] *= 1 + sign * widths[which]
            try:
                ends.append(_log_depth(cores, choice, medium, at))
            except InputError:  # nothing keeps the cores apart there: as good as bottomless
                ends.append(float(log[0]) + 5.0)
        log = log + (ends[1] - ends[0]) / (2 * _STEP) * drawn[which]
    return np.asarray(np.exp(log))


def _log_depth(cores: Cores, choice: Choice, medium: str, at: FloatArray) -> float:
    chain = ligand(choice.ligand)
    # Its volume goes with its length, so that as many fit on a surface.
    made = replace(
        chain,
        length_nm=float(at[2]),
        volume_nm3=None if chain.volume_nm3 is None else chain.volume_nm3 * float(at[2]) / chain.length_nm,
    )
    coating = Coating(
        ligand=made, coverage_per_nm2=float(at[1]) if chain.is_ionic else min(float(at[1]), made.closest_per_nm2)
    )
    body = Nanocrystal(material=cores.material, shape=made_shape(cores.shape, float(at[0])))
    return math.log(max(pair_energy(body, coating, Environment(medium=medium)).depth_kt, 1e-9))


def medium_depth_kt(cores: Cores, choice: Choice, medium: str) -> float:
    """Depth of a contact with its like in the medium [kT]; infinite where nothing keeps the cores apart."""
    means = np.array([choice.size_nm, choice.coverage_per_nm2, ligand(choice.ligand).length_nm])
    try:
        return math.exp(_log_depth(cores, choice, medium, means))
    except InputError:
        return math.inf


def hits(values: FloatArray, wanted: Wanted) -> BoolArray:
    """Where drawn ``values`` are within the tolerance of what is wanted."""
    return np.asarray(np.abs(values - wanted.value) <= wanted.tolerance)


def drawn_log_ratio(question: Question, choices: tuple[Choice, Choice], n_draws: int) -> FloatArray:
    """Logarithm of the ratio of effective sizes over ``n_draws`` draws, shape (n_draws,)."""
    assert question.partner is not None
    drawn = deviates(2, n_draws)
    sizes = [
        drawn_shell(c.shape, x.size_nm, x.ligand, x.coverage_per_nm2, drawn[k], question.spread)[1]
        for k, (c, x) in enumerate(zip((question.cores, question.partner), choices, strict=True))
    ]
    return np.asarray(np.log(sizes[0] / sizes[1]))
