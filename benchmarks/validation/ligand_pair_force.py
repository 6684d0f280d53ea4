"""Do two dry gold spheres with dodecanethiol push apart below the OCM distance and pull together above it?

The mean force over many coolings at 0.92 and 1.08 of the distance, with its error: each cooling freezes the chains
anew, and a single one has either sign at 0.92. Six coolings each (``ligand_pair_force.py lammps 6``) take five minutes.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from ligand_spacing import mean_force_over_coolings_kj_mol_nm

from packing.matter.ligands import ligand
from packing.particles import Coating

GOLD_NM = 4.0
THIOL = Coating(ligand=ligand("dodecanethiol"), coverage_per_nm2=5.0)


def main(engine: str = "lammps", n_coolings: str = "6") -> int:
    """Print the forces; exit with 1 where they have not the signs of the model within two errors."""
    n = int(n_coolings)
    means, errors = [], []
    for part in (0.92, 1.08):
        found = mean_force_over_coolings_kj_mol_nm(engine, GOLD_NM, THIOL, part, n_coolings=n)
        means.append(found.mean())
        errors.append(found.std(ddof=1) / np.sqrt(n))
        print(f"{engine}: at {part} OCM {means[-1]:.0f} +- {errors[-1]:.0f} kJ/mol/nm over {n} coolings", flush=True)
    return int(means[0] < -2 * errors[0] or means[1] > 2 * errors[1] or means[0] < means[1])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
