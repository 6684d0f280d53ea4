"""CsPbBr3 cubes of 8.6 nm with NaGdF4 spheres of five sizes: which lattice is stable in the medium, and which are seen?

Five lattices and the pure crystals of each size, by `superlattice stability` with free energies; the cubes' own
crystals, which do not depend on the spheres, are computed once. Observed are the structure types that the abstracts of
I. Cherniukh et al. name for cubes with spheres: NaCl, AlB2 and ABO3 (Nature 593, 535 (2021),
doi:10.1038/s41586-021-03492-5), and CuAu, AB2 and ABO6 (ACS Nano 16, 7210 (2022), doi:10.1021/acsnano.1c10702); of
ACS Nano 15, 16488 (2021) all are of cubes with disks. The abstracts do not say which size gave which, so a structure is
a hit if it is below the pure crystals, by more than both errors, at some size. Goes on where it was stopped.

python benchmarks/validation/cubes_with_spheres.py FOLDER [DIAMETER_NM ...]
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from superlattice.stability.answering import stability
from superlattice.stability.candidates import FREE_ENERGY, Effort
from superlattice.study.study import Study

SIZES_NM = (14.0, 16.0, 18.0, 20.0, 22.0)
LATTICES = ("NaCl", "CsCl", "AuCu", "AlB2", "ABO3")
PRESSURE_KT_PER_NM3 = 0.012
"""Half a bar: between the pressure at which drying begins to squeeze these shells and twice that."""
OBSERVED = {"NaCl": "NaCl", "AlB2": "AlB2", "ABO3": "ABO3", "AuCu": "CuAu", "AB2": "AB2", "ABO6": "ABO6"}
"""Name of the template here, if there is one, and as published."""


def study_of(diameter_nm: float) -> Study:
    """The study of one size."""
    oleate = {"name": "oleate", "coverage_per_nm2": 3.0}
    return Study.from_data(
        {
            "title": f"CsPbBr3 cubes of 8.6 nm with NaGdF4 spheres of {diameter_nm:g} nm, oleate",
            "nanocrystal": {"material": "CsPbBr3", "edge_nm": 8.6},
            "ligand": oleate,
            "partner": {"material": "NaGdF4", "shape": "sphere", "diameter_nm": diameter_nm, "ligand": oleate},
            "environment": {"medium": "toluene"},
            "packing": {"lattices": list(LATTICES)},
        },
        source="cubes with spheres",
        name=f"spheres_{diameter_nm:g}",
    )


def share_cubes(folder: Path) -> None:
    """Give every size's folder what is known of the pure crystals of cubes."""
    found = sorted(folder.glob("spheres_*/stability-*/[sb]c*-0-*.json"))
    for size in SIZES_NM:
        for file in found:
            target = folder / study_of(size).study_id / file.parent.name / file.name
            if not target.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target)


def told(data: dict[str, Any]) -> str:
    """A line for each lattice of a size."""
    lines = []
    for c in data["candidates"]:
        if min(c["counts"]) == 0:
            continue
        free = (
            f"{c['formation_kt']:+.2f} ± {c['formation_sd_kt']:.2f} ± {c['model_sd_kt']:.2f}"
            if c["formation_kt"] is not None
            else f"static {c['static_formation_kt']:+.2f}"
        )
        became = ", ".join(c["static"]["became"]["what"]) or "itself"
        lines.append(f"  {c['lattice']:5} {free:24} {c['verdict']:14} {became}")
    return "\n".join(lines)


def main() -> None:
    """Compute what is missing, print it, and say which observed structures were hit."""
    folder = Path(sys.argv[1])
    sizes = [float(x) for x in sys.argv[2:]] or list(SIZES_NM)
    verdicts: dict[str, list[str]] = {}
    for size in sizes:
        share_cubes(folder)
        before = time.process_time()
        answer = stability(
            study_of(size), folder, pressure_kt_per_nm3=PRESSURE_KT_PER_NM3, effort=Effort(level=FREE_ENERGY)
        )
        print(
            f"{size:g} nm, by {answer.data['free_energy_by']}, {time.process_time() - before:.0f} s of processor time"
        )
        print(told(answer.data), flush=True)
        answer.save_figure(folder / f"spheres_{size:g}.png")
        (folder / f"spheres_{size:g}.json").write_text(json.dumps(answer.data, indent=1))
        for c in answer.data["candidates"]:
            verdicts.setdefault(c["lattice"], []).append(c["verdict"])
    for name, published in OBSERVED.items():
        seen = verdicts.get(name)
        hit = bool({"stable", "mixes"} & set(seen or ()))
        said = "miss: no template" if seen is None else "hit" if hit else f"miss: {', '.join(seen)}"
        print(f"{published:5} observed: {said}")


if __name__ == "__main__":
    main()
