"""What a prediction holds, and what follows from it at once: the period and its uncertainty."""

from __future__ import annotations

import math
from dataclasses import dataclass

from packing.pair.curve import PairEnergy
from packing.particles import Coated, Coating, Environment, Nanocrystal
from packing.prediction.single import LatticePrediction
from packing.ranking.candidates import LatticeRanking
from packing.shapes import Cuboid, Sphere
from packing.spacing.input_spread import InputSpread
from packing.spacing.models import Spacings

OPM_RELATIVE_SD = 0.015
"""How far the OPM is off: the root mean square over the four measured monolayers of `packing.ranking.measured`."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """What the analytic models say about coated nanocrystals; `Prediction` tells it as text, data and picture.

    Parameters
    ----------
    nanocrystal, coating, environment
        What was asked.
    spacings
        Centre distance in the dry crystal by each model, with reasons where one does not apply.
    pair
        Pair energy in the study's medium; None where it has no minimum (the reason is a warning).
    pair_dry
        Pair energy without solvent.
    lattices
        Candidate crystals, the likeliest first.
    warnings
        One sentence each.
    spread
        Uncertainties of the inputs.
    n_samples, seed
        Of the Monte Carlo.
    partner
        Second nanocrystal and coating of a binary study.
    ranking
        Its ranking, with the size ratio and the chance of separate crystals.
    """

    nanocrystal: Nanocrystal
    coating: Coating
    environment: Environment
    spacings: Spacings
    pair: PairEnergy | None
    pair_dry: PairEnergy | None
    lattices: tuple[LatticePrediction, ...]
    warnings: tuple[str, ...]
    spread: InputSpread
    n_samples: int
    seed: int
    partner: Coated | None = None
    ranking: LatticeRanking | None = None

    @property
    def ligand_name(self) -> str:
        """Name of the ligand."""
        return self.coating.ligand.name

    @property
    def period_model(self) -> str:
        """The model whose spacing is taken as the prediction."""
        if isinstance(self.nanocrystal.shape, Sphere):
            return "opm"
        # A layer of ions has a thickness and does not flow to the edges.
        return "plate" if self.coating.ligand.is_ionic else "round"

    @property
    def core_nm(self) -> float:
        """Core size along the period [nm]: diameter, or shortest edge."""
        return self.nanocrystal.shape.size_nm

    @property
    def period_nm(self) -> float:
        """Centre distance of neighbours in the dry crystal [nm]: what TEM or SAXS of it should see."""
        return self.spacings.values[self.period_model].value_nm

    @property
    def period_sd_nm(self) -> float:
        """Standard uncertainty of the period [nm]: spread of the inputs, and of the models."""
        of_inputs = self.spacings.values[self.period_model].sd_nm
        if self.period_model == "opm":
            return math.hypot(of_inputs, OPM_RELATIVE_SD * self.period_nm)
        low, high = self.spacings.bracket_nm
        return math.hypot(of_inputs, (high - low) / math.sqrt(12))

    @property
    def period_range_nm(self) -> tuple[float, float]:
        """Range of the dry models with the inputs as given [nm]: ligand fills all space, to straight chains.

        The lower end is a bound: denser there is no ligand. The upper one is a model's value and no bound: shells that
        hold solvent or push each other off keep cubes farther apart.
        """
        return self.spacings.bracket_nm

    @property
    def gap_nm(self) -> float:
        """Gap between cores in the dry crystal [nm]."""
        return self.period_nm - self.core_nm

    @property
    def period_note(self) -> str:
        """What the period is, in one sentence."""
        bracket = "; dry models from {:.2f} (ligand fills all space) to {:.2f} nm (straight chains)"
        if self.period_model == "plate":
            what, bracket = "dry crystal, cores a layer of ions apart on each side", ""
        elif self.period_model == "opm":
            what = "dry crystal, distance of neighbours by the optimal packing model"
        elif isinstance(self.nanocrystal.shape, Cuboid) and not self.nanocrystal.shape.is_cube:
            what = "dry stack, along the shortest edge, even ligand layer"
        else:
            what = "dry crystal, cubes face to face, even ligand layer"
        if self.partner:
            what = f"without the partner: {what}"
        elif self.period_model != "opm" and self.lattices and self.lattices[0].name != "sc":
            what += f", not that of {self.lattices[0].name}"
        return what + bracket.format(*self.period_range_nm)

    @property
    def medium_period_nm(self) -> float | None:
        """Centre distance at the minimum of the pair energy in the study's medium [nm], with swollen ligands."""
        return self.pair.period_nm if self.pair else None
