"""The budget of the red shift on assembly: every term by itself, never one "coupling shift"."""

from __future__ import annotations

import numpy as np

from optics.constants import HC_EV_NM
from optics.emission.interpolation import attraction_and_brightness
from optics.quantity import Quantity
from optics.red_shift.assembled import AssembledDots
from optics.red_shift.surroundings_shift import binding_energy_ev
from optics.red_shift.terms import dielectric_term, minibands_term, reabsorption_term, transfer_term


def red_shift_budget(dots: AssembledDots) -> tuple[Quantity, ...]:
    """Every term of the red shift [meV], negative is red, each with its standing.

    Raises
    ------
    InputError
        For a material without tabulated absorption, or more dots than a rate matrix bears.

    Examples
    --------
    >>> from optics.emission.anchored import Emitter
    >>> from optics.materials.table import semiconductor
    >>> sites = 11.5 * np.stack(np.meshgrid(*[np.arange(3.0)] * 3), -1).reshape(-1, 3)
    >>> dots = AssembledDots(
    ...     emitter=Emitter(material=semiconductor("CsPbBr3")), positions_nm=sites, box=np.array([34.5] * 3),
    ...     edges_nm=np.full((27, 3), 8.6), gap_nm=2.9, core_fraction=0.418, index=1.75,
    ... )
    >>> budget = {term.name: term for term in red_shift_budget(dots)}
    >>> budget["redshift_minibands_mev"].kind, round(budget["redshift_dielectric_mev"].value, 1)
    ('bound', -4.0)
    """
    terms = (*minibands_term(dots), dielectric_term(dots), *reabsorption_term(dots), *transfer_term(dots))
    return (*terms, crystal_emission_term(dots, terms), _binding(dots), _bulk_limit(dots))


def crystal_emission_term(dots: AssembledDots, terms: tuple[Quantity, ...]) -> Quantity:
    """Light that leaves the crystal [nm]: the predicted shifts together."""
    shifts = {q.name: q for q in terms}
    peak = 1e3 * float(dots.emitter.energies_ev(dots.edges_nm).mean())
    fixed = sum(shifts[f"redshift_{name}_mev"].value or 0.0 for name in ("dielectric", "transfer"))
    recycled = shifts["redshift_recycling_mev"]
    ends = [1e3 * HC_EV_NM / (peak + fixed + (e or 0.0)) for e in (recycled.value, recycled.high, recycled.low)]
    return Quantity(
        name="emission_crystal_nm",
        value=ends[0],
        low=ends[1],
        high=ends[2],
        unit="nm",
        kind="predicted",
        source="dots with the shifts by surroundings, recycling and transfer; no coupling between dots in it",
    )


def _binding(dots: AssembledDots) -> Quantity:
    edge = float(np.cbrt(np.prod(dots.edges_nm, axis=1)).mean())
    material = dots.emitter.material
    attraction = float(attraction_and_brightness([edge], material)[0][0])
    before, after = (
        1e3 * binding_energy_ev(edge, attraction, inside=material.permittivity, outside_index=n)
        for n in (dots.solution_index, dots.index)
    )
    return Quantity(
        name="binding_energy_mev",
        value=after,
        unit="meV",
        kind="predicted",
        source=f"attraction inside plus images, permittivity {material.permittivity:g}",
        note=f"{100 * (after / before - 1):+.0f} % against {before:.0f} meV in solution, by screening alone",
    )


def _bulk_limit(dots: AssembledDots) -> Quantity:
    peak = float(dots.emitter.energies_ev(dots.edges_nm).mean())
    limit = dots.emitter.bulk_exciton_nm
    return Quantity(
        name="bulk_limit_nm",
        value=limit,
        unit="nm",
        kind="predicted",
        source="same anchor, bulk exciton",
        note=f"{1e3 * (peak - HC_EV_NM / limit):.0f} meV below these dots; light at or beyond it cannot tell "
        f"coupling from "
        "fusion",
    )
