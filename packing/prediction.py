"""The analytic answer: spacing, pair energy and lattices of coated nanocrystals, in milliseconds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from packing.checks import require_between, require_known
from packing.errors import InputError
from packing.input_checks import check_inputs, input_warnings
from packing.input_spread import InputSpread, draw_inputs
from packing.lattice_prediction import LatticePrediction, single_lattice_predictions
from packing.materials import HAMAKER_UNCERTAINTY_FACTOR
from packing.media import medium
from packing.pair_energy import PairEnergy, pair_energy
from packing.particles import Coating, Environment, Nanocrystal
from packing.shapes import Cuboid, Sphere
from packing.single_lattices import SINGLE_LATTICES
from packing.spacing_models import MODELS, Spacings, model_spacings
from packing.template_catalogue import BINARY_NAMES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from packing.ranked_lattices import LatticeRanking

# Contacts deeper than this do not come apart again in a laboratory's time.
_IRREVERSIBLE_KT = 20.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prediction:
    """What the analytic models say about coated nanocrystals.

    Build it with `predict`.

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
    partner: tuple[Nanocrystal, Coating] | None = None
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
        shape = self.nanocrystal.shape
        return shape.diameter_nm if isinstance(shape, Sphere) else min(shape.edges_nm)

    @property
    def period_nm(self) -> float:
        """Centre distance of neighbours in the dry crystal [nm]: what TEM or SAXS of it should see."""
        return self.spacings.values[self.period_model].value_nm

    @property
    def period_sd_nm(self) -> float:
        """Standard uncertainty of the period [nm]: spread of the inputs, and of the models for cuboids."""
        of_inputs = self.spacings.values[self.period_model].sd_nm
        if self.period_model == "opm":
            # The model itself is right to 3 % on measured rows (`packing.measured`).
            return math.hypot(of_inputs, 0.015 * self.period_nm)
        low, high = self.spacings.bracket_nm
        return math.hypot(of_inputs, (high - low) / math.sqrt(12))

    @property
    def period_range_nm(self) -> tuple[float, float]:
        """Bracket of the period with the inputs as given [nm]: ligand fills all space, to straight chains."""
        return self.spacings.bracket_nm

    @property
    def gap_nm(self) -> float:
        """Gap between cores in the dry crystal [nm]."""
        return self.period_nm - self.core_nm

    @property
    def period_note(self) -> str:
        """What the period is, in one sentence."""
        bracket = "; possible from {:.2f} (ligand fills all space) to {:.2f} nm (straight chains)"
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

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        from packing.prediction_text import prediction_to_dict

        return prediction_to_dict(self)

    def facts(self) -> list[tuple[str, str]]:
        """Pairs of a quantity and its value, as text, for a report."""
        from packing.prediction_text import prediction_facts

        return prediction_facts(self)

    def summary(self) -> str:
        """The table a person wants first."""
        from packing.prediction_text import prediction_summary

        return prediction_summary(self)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the spacings by model with their uncertainties, and the core they surround."""
        from packing.prediction_text import plot_prediction

        return plot_prediction(self, ax)


def predict(
    nanocrystal: Nanocrystal,
    coating: Coating,
    environment: Environment | None = None,
    *,
    lattices: Sequence[str] = ("sc", "fcc", "bcc"),
    partner: tuple[Nanocrystal, Coating] | None = None,
    n_samples: int = 10_000,
    seed: int = 0,
    spread: InputSpread | None = None,
) -> Prediction:
    """Which crystal, at what spacing and with what pair energy, by every analytic model that applies.

    Parameters
    ----------
    nanocrystal, coating
        The nanocrystals and their ligands.
    environment
        Medium and temperature; toluene at 300 K by default.
    lattices
        Candidate lattices. With a partner, names of binary templates; if none of them is one, all are tried.
    partner
        Second nanocrystal and its coating, for binary crystals.
    n_samples
        Monte-Carlo samples for uncertainties and probabilities.
    seed
        Of the Monte Carlo.
    spread
        Uncertainties of the inputs.

    Raises
    ------
    InputError
        For inputs that cannot be used; the message names which and why.

    Examples
    --------
    >>> from packing.ligands import ligand
    >>> from packing.shapes import cube
    >>> dots = Nanocrystal(material="CsPbBr3", shape=cube(8.6), size_spread=0.04)
    >>> answer = predict(dots, Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0))
    >>> round(answer.period_nm, 2), answer.lattices[0].name
    (10.84, 'sc')
    """
    around = environment or Environment()
    uncertainties = spread or InputSpread()
    check_inputs(nanocrystal, coating, around)
    require_between("n_samples", n_samples, 100, 10_000_000)
    samples = draw_inputs(nanocrystal, coating, uncertainties, n_samples, np.random.default_rng(seed))
    warnings = input_warnings(nanocrystal, coating)
    pair = _pair_or_warning(nanocrystal, coating, around, warnings)
    dry = _pair_or_warning(nanocrystal, coating, _dried(around), warnings)
    if pair and pair.depth_kt > _IRREVERSIBLE_KT and medium(around.medium).quality != "dry":
        warnings.append(_irreversible(pair, around))
    if medium(around.medium).quality == "poor" and not coating.ligand.is_ionic:
        warnings.append(
            f"{around.medium} is a poor solvent for the ligand: the shells collapse and stick to each other, which the "
            "pair energy leaves out, so its depth is a lower bound."
        )
    ranking = None
    if partner is None:
        found = single_lattice_predictions(nanocrystal, coating, _single_names(lattices), samples)
    else:
        check_inputs(*partner, around)
        warnings += input_warnings(*partner)
        # The tables of the binary lattices load in a tenth of a second; most studies need none.
        from packing.binary_prediction import binary_lattice_predictions

        found, ranking, notes = binary_lattice_predictions(
            (nanocrystal, coating), partner, lattices, spread=uncertainties, n_samples=n_samples, seed=seed
        )
        warnings += notes
    return Prediction(
        nanocrystal=nanocrystal,
        coating=coating,
        environment=around,
        spacings=model_spacings(nanocrystal, coating, samples),
        pair=pair,
        pair_dry=dry,
        lattices=found,
        partner=partner,
        ranking=ranking,
        warnings=tuple(dict.fromkeys(warnings)),
        spread=uncertainties,
        n_samples=n_samples,
        seed=seed,
    )


def _dried(environment: Environment) -> Environment:
    if medium(environment.medium).quality == "dry":
        return environment
    # A Hamaker constant given for the medium is not that of the dry crystal.
    return Environment(medium="vacuum", temperature_kelvin=environment.temperature_kelvin)


def _pair_or_warning(
    nanocrystal: Nanocrystal, coating: Coating, environment: Environment, warnings: list[str]
) -> PairEnergy | None:
    try:
        return pair_energy(nanocrystal, coating, environment)
    except InputError as error:
        warnings.append(f"in {environment.medium}: {error}")
        return None


def _irreversible(pair: PairEnergy, environment: Environment) -> str:
    factor = f", within a factor of {HAMAKER_UNCERTAINTY_FACTOR:g}" if pair.hamaker_is_estimate else ""
    return (
        f"contacts in {environment.medium} are {pair.depth_kt:.0f} kT deep{factor}: the colloid aggregates, and "
        "contacts once made do not come apart to order."
    )


def _single_names(lattices: Sequence[str]) -> list[str]:
    known = {name.lower(): name for name in SINGLE_LATTICES}
    for name in lattices:
        if name.lower() in known:
            continue
        if name.lower() in {x.lower() for x in BINARY_NAMES}:
            raise InputError(
                f"lattice {name} has two kinds of particles: add a partner, or choose from "
                f"{', '.join(SINGLE_LATTICES)}."
            )
        require_known("lattice", name, SINGLE_LATTICES)
    return [known[name.lower()] for name in lattices]


__all__ = ["MODELS", "Prediction", "check_inputs", "predict"]
