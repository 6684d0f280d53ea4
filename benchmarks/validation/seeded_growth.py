"""Is a seed of ABO3, cubes with spheres of 22 nm, kept while its melt is squeezed to coexistence?

How far the bodies of seed and melt are from where they began, across the long axis, and how many stand on sites of the
crystal when the seed is let go. Two minutes of processor time.

python benchmarks/validation/seeded_growth.py SEED
"""

from __future__ import annotations

import sys

import numpy as np

from assembly.crystal.coated import soft_matter
from assembly.free_energy.candidates import static_candidate
from assembly.free_energy.thermal import Thermal
from assembly.growth import grow_from_seed
from assembly.growth.seeded import _half_stretched
from packing.matter.ligands import ligand
from packing.particles import Coating, Environment, Nanocrystal
from packing.pose import CoatedBody
from packing.shapes import Sphere, cube
from structure.order import site_occupancy

PRESSURE_KT_PER_NM3 = 0.003


def main() -> None:
    """Print what became of both halves."""
    oleate = Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0)
    bodies = [
        CoatedBody(Nanocrystal(material="CsPbBr3", shape=cube(8.6)), oleate),
        CoatedBody(Nanocrystal(material="NaGdF4", shape=Sphere(diameter_nm=22.0)), oleate),
    ]
    soft = soft_matter(bodies, Environment(medium="toluene"))
    cell = static_candidate(soft, "ABO3", 0.02).relaxed.crystal
    thermal = Thermal(crystal=cell.repeated((2, 2, 2)), bodies=soft.matter.bodies, pairs=soft.tables)
    found = grow_from_seed(
        thermal, PRESSURE_KT_PER_NM3, n_melt_steps=3_000, n_steps=200, n_frames=1, seed=int(sys.argv[1])
    )
    frame = found.frames[0]
    stretched, _ = _half_stretched(thermal.crystal)
    begun = Thermal(crystal=stretched, bodies=thermal.bodies, pairs=thermal.pairs).system.centres_nm
    box = np.asarray(frame.box)[:3]
    moved = frame.positions_nm - begun
    across = np.linalg.norm((moved - box * np.round(moved / box))[:, :2], axis=1)
    on = site_occupancy(frame, "ABO3", {0: "BO", 1: "A"}).on_site
    for name, one in (("seed", found.is_seed), ("melt", ~found.is_seed)):
        print(
            f"{name}: {on[one].mean():.2f} on sites, moved by {np.median(across[one]):.2f} nm (median), "
            f"{across[one].max():.2f} nm at most"
        )


if __name__ == "__main__":
    main()
