"""Verdicts on the candidates of a study, from what was computed of each: in the medium, or bounds where it is dry."""

from __future__ import annotations

import math
from typing import Any

from assembly.crystal.coated import SoftMatter
from assembly.free_energy.hull import Formation, Phase, formations
from packing.errors import InputError
from superlattice.stability.candidates import FREE_ENERGY, HOLD, STATIC, Asked, Effort
from superlattice.study.study import Study

ENTROPY_KT = 1.0
"""What a static enthalpy leaves out of a formation free energy [kT per nanocrystal]: the spread of the differences
between both of ABO3, AlB2 and NaCl of cubes with spheres was 0.1 to 1.1 kT."""
LEAST_MODEL_SD_KT = 0.1
SLIDING_KT = 0.2
"""What the free energy of a cube is uncertain by where rows slide [kT]: a row of four that is let go from springs by
quadrature lacks 0.9 kT of one that is free over a period, and in an endless crystal rows are longer and less free."""
KPA_PER_KT_NM3 = 4141.9
"""kPa of one kT/nm^3 at 300 K."""


def hopeless(records: list[dict[str, Any]]) -> list[bool]:
    """Which pure crystals are so far above the best of their kind that no thermal run would change it.

    Parameters
    ----------
    records
        What was computed of each candidate, static ones at least.
    """
    found = formations(
        [
            Phase(name=s["lattice"], counts=tuple(s["counts"]), g_kt=s["enthalpy_kt"])
            for s in (record[STATIC] for record in records)
        ]
    )
    return [f.phase.is_pure and f.formation_kt > ENTROPY_KT for f in found]


def told_of(
    study: Study,
    soft: SoftMatter,
    records: list[tuple[Asked, dict[str, Any]]],
    fluids: list[dict[str, Any]],
    pressure: float,
    effort: Effort,
    *,
    given: bool,
) -> dict[str, Any]:
    """Everything about a study's candidates as plain data.

    Parameters
    ----------
    study
        The study.
    soft
        Its particles in one state.
    records
        What was computed of each candidate.
    fluids
        Those of kinds without a crystal that holds.
    pressure
        Pressure [kT/nm^3].
    effort
        How much was computed.
    given
        Whether the pressure was given.
    """
    static = [record[STATIC] for _, record in records]
    counts = [tuple(s["counts"]) for s in static]
    names = [s["lattice"] for s in static]
    by_enthalpy = formations(
        [Phase(name=n, counts=c, g_kt=s["enthalpy_kt"]) for n, c, s in zip(names, counts, static, strict=True)]
    )
    by, notes = "pair energies" if len(soft.bodies) == 1 else "pair energies, bounds", []
    if soft.state == "dry":
        told = _dry(names, counts, static, by_enthalpy)
    else:
        told, by = _wet(names, counts, records, fluids, by_enthalpy, pressure)
        known = {one["kind"]: one for one in fluids}
        notes = [
            f"no crystal of {body.name} alone holds at this pressure: beside a mixture it is a fluid"
            + (
                f", whose chemical potential is {known[k]['beside_crystals_kt']:.2f} ± {known[k]['sd_kt']:.2f} kT"
                if k in known
                else "; formations are by static enthalpies"
            )
            for k, body in enumerate(soft.matter.bodies)
            if effort.level != STATIC and not any(c["is_held"] for c in told if c["counts"][k] == sum(c["counts"]))
        ]
    return {
        "state": soft.state,
        "medium": study.environment.medium if soft.state == "medium" else "none",
        "pressure_kt_per_nm3": pressure,
        "pressure_kpa": pressure * KPA_PER_KT_NM3 * study.assembly.temperature_kelvin / 300,
        "pressure_from": "given"
        if given
        else ("dry: no pressure" if soft.state == "dry" else "drying begins to squeeze shells"),
        "squeeze_kt_per_nm3": soft.squeeze_kt_per_nm3,
        "level": effort.level,
        "free_energy_by": by,
        "notes": notes,
        "kinds": [body.name for body in soft.matter.bodies],
        "contacts": {
            f"{i}-{j}": {"gap_nm": soft.gaps_nm[i, j], "depth_kt": soft.depths_kt[i, j], "rms_kt": soft.rms_kt[i, j]}
            for i, j in soft.gaps_nm
        },
        "candidates": told,
        "fluids": fluids,
        "packing_rank": _packing_rank(study),
    }


def _wet(
    names: list[str],
    counts: list[tuple[int, ...]],
    records: list[tuple[Asked, dict[str, Any]]],
    fluids: list[dict[str, Any]],
    by_enthalpy: list[Formation],
    pressure: float,
) -> tuple[list[dict[str, Any]], str]:
    static = [record[STATIC] for _, record in records]
    packed = formations(
        [
            Phase(name=n, counts=c, g_kt=pressure * s["packed_nm3"])
            for n, c, s in zip(names, counts, static, strict=True)
        ]
    )
    free = [record.get(FREE_ENERGY, {}).get("free_energy_kt") is not None for _, record in records]
    pure = [sum(n > 0 for n in c) == 1 for c in counts]
    # Free energies are compared with free energies only: each kind needs one of a pure crystal.
    molten = {one["kind"]: one for one in fluids}
    kinds_with = [
        k in molten or any(free[i] and pure[i] and counts[i][k] for i in range(len(names)))
        for k in range(len(counts[0]))
    ]
    thermal = all(kinds_with)
    sliding = {
        k
        for i, (_, record) in enumerate(records)
        for k in range(len(counts[0]))
        if free[i] and pure[i] and counts[i][k] and record[HOLD]["slides"]
    }
    phases = []
    for i, (_, record) in enumerate(records):
        half = abs(by_enthalpy[i].formation_kt - packed[i].formation_kt) / 2
        model = 0.0 if pure[i] else max(half, LEAST_MODEL_SD_KT)
        if thermal:
            if not free[i]:
                continue
            g, sd = record[FREE_ENERGY]["g_kt"], record[FREE_ENERGY]["sd_kt"]
            if not pure[i]:
                model = math.hypot(model, SLIDING_KT * sum(counts[i][k] for k in sliding) / sum(counts[i]))
        else:
            g, sd = static[i]["enthalpy_kt"], 0.0
            model = 0.0 if pure[i] else math.hypot(model, ENTROPY_KT)
        phases.append((i, Phase(name=names[i], counts=counts[i], g_kt=g, sd_kt=sd, model_sd_kt=model)))
    beside = [
        Phase(
            name="fluid",
            counts=tuple(int(j == k) for j in range(len(counts[0]))),
            g_kt=one["beside_crystals_kt"],
            sd_kt=one["sd_kt"],
        )
        for k, one in (molten.items() if thermal else ())
    ]
    judged = formations([*(p for _, p in phases), *beside])
    found = dict(zip([i for i, _ in phases], judged[: len(phases)], strict=True))
    told = []
    for i, (_, record) in enumerate(records):
        one = found.get(i)
        held = record.get(HOLD)
        told.append(
            {
                "lattice": names[i],
                "counts": list(counts[i]),
                "is_held": None if held is None else held["is_held"],
                "formation_kt": None if one is None else one.formation_kt,
                "formation_sd_kt": None if one is None else one.formation_sd_kt,
                "model_sd_kt": None if one is None else one.phase.model_sd_kt,
                "above_hull_kt": None if one is None else one.above_hull_kt,
                "on_hull": None if one is None else one.on_hull,
                "verdict": "does not hold" if held is not None and not held["is_held"] else one.verdict if one else "",
                "static_formation_kt": by_enthalpy[i].formation_kt,
                "packing_formation_kt": packed[i].formation_kt,
                "static": static[i],
                "hold": held,
                "free_energy": record.get(FREE_ENERGY),
            }
        )
    return told, "Frenkel-Ladd" if thermal else "static enthalpy"


def _dry(
    names: list[str], counts: list[tuple[int, ...]], static: list[dict[str, Any]], by_enthalpy: list[Formation]
) -> list[dict[str, Any]]:
    """Bounds: the sum of pairs, and shells that are buried in every lattice, so that only cores tell them apart."""
    cores = formations(
        [Phase(name=n, counts=c, g_kt=s["core_kt"]) for n, c, s in zip(names, counts, static, strict=True)]
    )
    told = []
    for i, one in enumerate(by_enthalpy):
        mixed = not one.phase.is_pure
        bounds = sorted((cores[i].formation_kt, one.formation_kt))
        # What a mixture may gain by chains that bend and fill is in no bound: nothing here says that it separates.
        said = one.verdict if not mixed else "stable" if bounds[1] < 0 else "undecided by pair energies"
        told.append(
            {
                "lattice": names[i],
                "counts": list(counts[i]),
                "is_held": None if static[i]["quasi_harmonic_kt"] is None else True,
                "formation_kt": None if mixed else one.formation_kt,
                "formation_sd_kt": None if mixed else 0.0,
                "model_sd_kt": (bounds[1] - bounds[0]) / 2 if mixed else 0.0,
                "formation_bounds_kt": bounds if mixed else None,
                "above_hull_kt": None,
                "on_hull": None,
                "verdict": said,
                "static_formation_kt": one.formation_kt,
                "static": static[i],
                "hold": None,
                "free_energy": None,
            }
        )
    return told


def _packing_rank(study: Study) -> dict[str, Any] | None:
    """How lattices of two kinds rank by space filled, which is no free energy."""
    if study.partner is None:
        return None
    from packing.ranking.ranking import rank_lattices

    pair = (study.nanocrystal.build(), study.ligand.build()), (study.partner.build(), study.partner.ligand.build())
    try:
        ranking = rank_lattices(*pair, corners="round", n_samples=2000)
    except InputError:
        return None
    return {
        "what": "share of draws in which each fills most space and separate crystals do not, dry; no free energy",
        "separation_probability": ranking.separation_probability,
        "lattices": [
            {
                "lattice": r.name,
                "packing_fraction": r.packing_fraction,
                "rounded_fraction": r.rounded_fraction,
                "probability": r.probability,
                "formed_probability": r.formed_probability,
            }
            for r in ranking.rows[:8]
        ],
    }
