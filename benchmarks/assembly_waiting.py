"""How long a default assembly of each model takes on one core: speed of a short one, times the steps of a whole one.

``python benchmarks/assembly_waiting.py``: the short run goes through every stage with ``duration`` cut down, files and
checkpoints included. The estimate for a GPU is no measurement: it is twelve times one core (what HOOMD-blue's
documentation gives for one GPU against CPU ranks), and never above 5000 steps per second, where small systems end.
"""

from __future__ import annotations

import tempfile

from assembly.engines import available_engines
from assembly.how import How
from assembly.run.assembly import assemble, build_plan
from assembly.spec import AssemblySpec
from packing.matter.ligands import ligand
from packing.particles import Coating, Environment, Nanocrystal
from packing.shapes import cube

CASES = (
    ("soft", 8.6, 27, 0.10),
    ("soft", 8.6, 64, 0.06),
    ("hard-cube", 8.6, 216, 0.10),
    ("explicit-ligand", 3.0, 8, 0.03),
)
"""Model, edge [nm], cubes and the part of the default length that is run: less of it is compressed too fast."""
GPU_FACTOR, GPU_LIMIT = 12, 5000


def main() -> None:
    """Print the table."""
    oleate = Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0)
    toluene = Environment(medium="toluene")
    engines = {e.name: e for e in available_engines() if e.version}
    print("| model | cubes | engine | steps per s | steps of a whole run | one core [min] | GPU, estimate [min] |")
    print("|---|---|---|---|---|---|---|")
    for model, edge_nm, n, part in CASES:
        nanocrystal = Nanocrystal(material="CsPbBr3", shape=cube(edge_nm))
        whole = build_plan(nanocrystal, oleate, toluene, AssemblySpec(model=model, n_particles=n))
        n_steps = sum(stage.n_steps for stage in whole.stages if stage.skip_above_sc_fraction is None)
        for name, engine in engines.items():
            if model not in engine.models:
                continue
            with tempfile.TemporaryDirectory() as folder:
                spec = AssemblySpec(model=model, n_particles=n, duration=part)
                rate = assemble(nanocrystal, oleate, toluene, spec, folder, how=How(engine=name)).steps_per_s
            gpu = f"{n_steps / min(GPU_FACTOR * rate, GPU_LIMIT) / 60:.1f}" if name == "hoomd" else "–"
            label = f"{n} of {edge_nm:g} nm"
            print(
                f"| {model} | {label} | {name} | {rate:.0f} | {n_steps} | {n_steps / rate / 60:.1f} | {gpu} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
