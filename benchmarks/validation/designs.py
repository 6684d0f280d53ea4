"""Random targets asked backwards, and each design made again and again in the forward models: does the target return?

Targets are drawn blindly: periods, gaps, first peaks and core fractions of cubes and spheres, depths in the medium, and
lattices of cubes with spheres and of two kinds of spheres. Each answer's study file is read as a person's would be. Its
numbers are then met only as well as the target file says (size 2 %, coverage 10 %, length 4 %), and the models that
`superlattice predict` uses say what comes out; of a lattice, the Monte Carlo of `rank_lattices`. A target that nothing
reaches must be refused, and counts apart.

python benchmarks/validation/designs.py SEED COUNT
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from packing.errors import InputError
from packing.pair.energy import pair_energy
from packing.particles import Coated, Coating, Environment, Nanocrystal
from packing.ranking.ranking import rank_lattices
from packing.shapes import Cuboid, Sphere
from packing.spacing.input_spread import InputSpread, draw_inputs
from packing.spacing.models import model_spacings
from packing.spacing.sizes import SizeModels
from superlattice.inverse.answering import design
from superlattice.study.study import Study

SPREAD = InputSpread(size=0.02, coverage=0.10, length=0.04)
WORLDS, DEPTH_WORLDS = 400, 100
FORMS = (("fill", 0.25), ("round", 0.5), ("plate", 0.25))
"""The forms of a coated cube by the trapezoidal rule over the deviate that goes evenly through them."""
MATERIALS = {"cube": ("CsPbBr3", "CsPbI3", "PbS"), "sphere": ("PbS", "Fe3O4", "NaGdF4", "Au")}


def targets(rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    """Target files without end, every fourth a lattice."""
    i = 0
    while True:
        i += 1
        shape = ("cube", "sphere")[int(rng.integers(2))]
        size = float(rng.uniform(5.0, 13.0))
        key = "edge_nm" if shape == "cube" else "diameter_nm"
        core = {"material": str(rng.choice(MATERIALS[shape])), "shape": shape, key: round(size, 2)}
        if i % 4 == 0:
            lattice = str(
                rng.choice(["ABO3", "NaCl", "AlB2"] if shape == "cube" else ["NaCl", "AlB2", "CsCl", "NaZn13"])
            )
            low, high = (1.0, 3.2) if shape == "cube" else (0.35, 1.0)
            partner = {"material": "NaGdF4", "shape": "sphere", "diameter_nm": [low * size, high * size]}
            yield {"target": {"lattice": lattice}, "nanocrystal": core, "partner": partner}
            continue
        period = size + float(rng.uniform(0.8, 3.2))
        core_share = (size / period) ** 3
        wanted = {
            "period_nm": (period, 0.25),
            "gap_nm": (period - size, 0.25),
            "q_inv_nm": (2 * math.pi / (period if shape == "cube" else period * math.sqrt(2 / 3)), 0.02),
            "core_fraction": (core_share if shape == "cube" else core_share * math.pi / math.sqrt(18), 0.04),
            "depth_kt": (float(10 ** rng.uniform(-0.5, 0.8)), None),
        }
        quantity = str(rng.choice(list(wanted), p=[0.35, 0.2, 0.15, 0.15, 0.15]))
        value, tolerance = wanted[quantity]
        table = {"value": value, "tolerance": value / 3 if tolerance is None else tolerance}
        yield {"target": {quantity: table}, "nanocrystal": core}


def worlds(study: Study, rng: np.random.Generator, n: int) -> Iterator[Coated]:
    """The nanocrystals of a study as they turn out, each time a little different."""
    body, coating = study.nanocrystal.build(), study.ligand.build()
    chain = coating.ligand
    for _ in range(n):
        size, coverage, length = 1 + np.array([0.02, 0.10, 0.04]) * np.clip(rng.standard_normal(3), -3, 3)
        shape = body.shape
        scaled = (
            Sphere(diameter_nm=shape.diameter_nm * size)
            if isinstance(shape, Sphere)
            else Cuboid(edges_nm=tuple(float(e * size) for e in shape.edges_nm))  # type: ignore[arg-type]
        )
        made = chain
        if not chain.is_ionic:
            volume = None if chain.volume_nm3 is None else chain.volume_nm3 * length
            made = replace(chain, length_nm=chain.length_nm * length, volume_nm3=volume)
            coverage = min(coating.coverage_per_nm2 * coverage, made.closest_per_nm2)
        else:
            coverage = coating.coverage_per_nm2
        yield (
            Nanocrystal(material=body.material, shape=scaled),
            Coating(ligand=made, coverage_per_nm2=float(coverage)),
        )


def period_nm(body: Nanocrystal, coating: Coating, rng: np.random.Generator) -> float:
    """What `superlattice predict` says of one world, a model being drawn evenly between its bounds [nm]."""
    samples = draw_inputs(body, coating, InputSpread(size=0, coverage=0, length=0), 1, rng)
    found = model_spacings(body, coating, samples)
    names = ("opm", "ocm") if isinstance(body.shape, Sphere) else ("fill", "round", "plate")
    values = [v for v in (found.value_nm(name) for name in names) if v is not None]
    return float(np.interp(rng.random(), np.linspace(0, 1, len(values)), values) if len(values) > 1 else values[0])


def kept_share(study: Study, quantity: str, value: float, tolerance: float, rng: np.random.Generator) -> float:
    """Share of worlds in which the target comes back."""
    hits = []
    for body, coating in worlds(study, rng, DEPTH_WORLDS if quantity == "depth_kt" else WORLDS):
        if quantity == "depth_kt":
            medium = Environment(medium=study.environment.medium)
            try:
                found = pair_energy(body, coating, medium).depth_kt
            except InputError:
                found = math.inf
        else:
            size, period = body.shape.size_nm, period_nm(body, coating, rng)
            is_cube = not isinstance(body.shape, Sphere)
            share = (size / period) ** 3
            found = {
                "period_nm": period,
                "gap_nm": period - size,
                "q_inv_nm": 2 * math.pi / (period if is_cube else period * math.sqrt(2 / 3)),
                "core_fraction": share if is_cube else share * math.pi / math.sqrt(18),
            }[quantity]
        hits.append(abs(found - value) <= tolerance)
    return float(np.mean(hits))


def formed_share(study: Study, lattice: str, seed: int) -> float:
    """Probability of a lattice by the ranking of its study, over the forms of cubes and of spheres."""
    assert study.partner is not None
    pair = (
        (study.nanocrystal.build(), study.ligand.build()),
        (study.partner.build(), study.partner.ligand.build()),
    )
    total = 0.0
    for cube, weight in FORMS:
        halves = []
        for sphere in ("opm", "ocm"):
            try:
                ranking = rank_lattices(
                    *pair,
                    model="hs",
                    sizes=SizeModels(sphere=sphere, cube=cube),
                    spread=SPREAD,
                    n_samples=2000,
                    seed=seed,
                )
            except InputError as refused:
                if "no candidate lattice" in str(refused):
                    halves.append(0.0)
                continue  # else the overlap cone model does not hold
            halves.append(next((r.formed_probability for r in ranking.rows if r.name == lattice), 0.0))
        total += weight * float(np.mean(halves))
    return total


def judged(count: int, seed: int) -> list[dict[str, Any]]:
    """Targets that were reached, with what was promised and what came back; unreachable ones have neither."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    for tables in targets(rng):
        if sum("promised" in row for row in rows) == count:
            return rows
        wanted = dict(tables["target"])
        try:
            answer = design(tables)
        except InputError as refused:
            rows.append({"target": wanted, "refused": str(refused).splitlines()[0]})
            continue
        best, study = answer.best, answer.studies[0]
        if "lattice" in wanted:
            kept = formed_share(study, wanted["lattice"], seed)
            # Two ways of drawing the same: 2000 draws, the forms by three points.
            sd = 0.02
        else:
            ((quantity, table),) = wanted.items()
            kept = kept_share(study, quantity, table["value"], table["tolerance"], rng)
            n = DEPTH_WORLDS if quantity == "depth_kt" else WORLDS
            sd = math.sqrt(max(best.probability * (1 - best.probability), 1 / n) / n)
        rows.append({"target": wanted, "design": best.name, "promised": best.probability, "kept": kept, "sd": sd})
    return rows


def main() -> None:
    """Print the table of a seed, and write it beside as JSON."""
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    rows = judged(count, seed)
    for row in rows:
        ((what, value),) = row["target"].items()
        told = value if isinstance(value, str) else f"{value['value']:.3g} ± {value['tolerance']:.2g}"
        if "promised" in row:
            off = (row["kept"] - row["promised"]) / row["sd"]
            said = f"promised {row['promised']:.2f} kept {row['kept']:.2f} ({off:+.1f} sd)"
            print(f"{what:14} {told:14} {said}  {row['design']}")
        else:
            print(f"{what:14} {told:14} refused: {row['refused'][:110]}")
    reached = [row for row in rows if "promised" in row]
    gaps = np.array([row["kept"] - row["promised"] for row in reached])
    rms = np.sqrt((gaps**2).mean())
    print(f"{len(reached)} targets: kept minus promised {gaps.mean():+.3f} on average, rms {rms:.3f}")
    Path("validation_designs.json").write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
