"""From a nanocrystal and a ligand to a superlattice: the front door.

``superlattice.load(path)`` reads a study file and ``superlattice.run(study, out)`` answers it; the rooms behind are
``superlattice.packing``, ``superlattice.assembly`` and ``superlattice.structure``.
"""

from __future__ import annotations

from importlib import import_module

from superlattice._guard import check_neighbours

check_neighbours()

import assembly
import packing
import structure

__version__ = "0.1.0"

__all__ = ["Study", "__version__", "assembly", "load", "packing", "predict", "run", "structure"]


def __getattr__(name: str) -> object:
    # Lazy, so that `superlattice --help` does not wait for the science stack.
    if name in ("Study", "load"):
        from superlattice import study

        return study.Study if name == "Study" else study.load_study
    if name == "run":
        from superlattice.pipeline import run_study

        return run_study
    if name == "predict":
        from superlattice.prediction import predict_study

        return predict_study
    full = f"{__name__}.{name}"
    try:
        return import_module(full)
    except ModuleNotFoundError as error:
        if error.name != full:
            raise
        raise AttributeError(f"module 'superlattice' has no attribute {name!r}") from None
