"""The analytic answer: spacing, pair energy and lattices of coated nanocrystals, in milliseconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from packing.checks import require_between, require_known
from packing.errors import InputError
from packing.lattices.catalogue import BINARY_NAMES
from packing.lattices.single import SINGLE_LATTICES
from packing.matter.material_table import HAMAKER_UNCERTAINTY_FACTOR
from packing.matter.media import medium
from packing.pair.energy import PairEnergy, pair_energy
from packing.particles import Coated, Coating, Environment, Nanocrystal
from packing.prediction.answer import Answer
from packing.prediction.inputs import check_inputs, input_warnings
from packing.prediction.single import single_lattice_predictions
from packing.prediction.text import plot_prediction, prediction_facts, prediction_summary, prediction_to_dict
from packing.shapes import without_flats
from packing.spacing.input_spread import InputSpread, draw_inputs
from packing.spacing.models import model_spacings

if TYPE_CHECKING:
    from matplotlib.axes import Axes


# Order comes by trial, so contacts must open while the solvent leaves, in minutes to hours. By mean first passage over
# the pair's own curve (Kramers, with Stokes' drag) a contact of 20 kT between cubes of 8.6 nm in toluene lasts half a
# second, one of 30 kT an hour and a half: tests/test_packing_pair_energy.py. Size and solvent hardly matter.
IRREVERSIBLE_KT = 30.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prediction(Answer):
    """What the analytic models say about coated nanocrystals, told as text, as plain data and as a picture.

    Build it with `predict`; its fields are those of `Answer`.
    """

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return prediction_to_dict(self)

    def facts(self) -> list[tuple[str, str]]:
        """Pairs of a quantity and its value, as text, for a report."""
        return prediction_facts(self)

    def summary(self) -> str:
        """The table a person wants first."""
        return prediction_summary(self)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the spacings by model with their uncertainties, and the core they surround."""
        return plot_prediction(self, ax)


def predict(
    nanocrystal: Nanocrystal,
    coating: Coating,
    environment: Environment | None = None,
    *,
    lattices: Sequence[str] = ("sc", "fcc", "bcc"),
    partner: Coated | None = None,
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
        Uncertainties of the inputs, of a partner as of the first.

    Raises
    ------
    InputError
        For inputs that cannot be used; the message names which and why.

    Examples
    --------
    >>> from packing.matter.ligands import ligand
    >>> from packing.shapes import cube
    >>> dots = Nanocrystal(material="CsPbBr3", shape=cube(8.6), size_spread=0.04)
    >>> answer = predict(dots, Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0))
    >>> round(answer.period_nm, 2), answer.lattices[0].name
    (10.84, 'sc')
    """
    around = environment or Environment()
    warnings: list[str] = []
    nanocrystal, partner = _round_ones_as_spheres(nanocrystal, partner, warnings)
    uncertainties = spread or InputSpread()
    check_inputs(nanocrystal, coating, around)
    require_between("n_samples", n_samples, 100, 10_000_000)
    samples = draw_inputs(nanocrystal, coating, uncertainties, n_samples, np.random.default_rng(seed))
    warnings += input_warnings(nanocrystal, coating)
    pair = _pair_or_warning(nanocrystal, coating, around, warnings)
    dry = _pair_or_warning(nanocrystal, coating, _dried(around), warnings)
    if pair and pair.depth_kt > IRREVERSIBLE_KT and medium(around.medium).quality != "dry":
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
        from packing.prediction.binary import binary_lattice_predictions

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


def _round_ones_as_spheres(
    nanocrystal: Nanocrystal, partner: Coated | None, warnings: list[str]
) -> tuple[Nanocrystal, Coated | None]:
    """Cubes that are rounded by half their edge as the spheres they are."""

    def seen(core: Nanocrystal) -> Nanocrystal:
        shape = without_flats(core.shape)
        if shape is core.shape:
            return core
        warnings.append(f"cubes of {core.material_name} that are rounded by half their edge are predicted as spheres.")
        return replace(core, shape=shape)

    return seen(nanocrystal), None if partner is None else (seen(partner[0]), partner[1])


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
