"""A test holds for any seed: ``SUPERLATTICE_SEED_SHIFT=3 pytest tests`` draws other numbers from every seed.

Every generator that a test or the program under test makes from an integer comes from another one then, the same in
each run; hypothesis draws other examples. Doctests are left out of such a run: they show the numbers of one seed.
``shifted`` is for seeds that numpy does not see.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from typing import Any

import hypothesis
import numpy as np
import pytest

# Where the environment forbids bytecode, every worker and every command that a test starts would compile the house and
# rewrite all asserts again: 20 s of each worker's time, and more than a second of each command's.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# One thread for each worker and for what it starts: there are more workers than cores, and threads of BLAS that wait
# for a core which another worker uses take its time (a fit of a curve 14 s of processor time in place of 5).
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Fits of one session serve all its processes, and nothing of an earlier one does.
_OWN_CACHE = None if "SUPERLATTICE_CACHE" in os.environ else tempfile.mkdtemp(prefix="superlattice-cache-")
if _OWN_CACHE:
    os.environ["SUPERLATTICE_CACHE"] = _OWN_CACHE

SHIFT = int(os.environ.get("SUPERLATTICE_SEED_SHIFT", "0"))
# Files that wait, simulate or start many processes begin first: the last file that runs would run alone.
FIRST = (
    "test_superlattice_slurm",
    "test_superlattice_docs",
    "test_superlattice_notebooks",
    "test_superlattice_campaign_kills",
    "test_superlattice_app_browser",
    "test_superlattice_batch",
    "test_superlattice_run",
    "test_assembly_run",
    "test_assembly_ligand_spacing",
    "test_superlattice_report_browser",
    "test_superlattice_stability",
    "test_assembly_soft",
    "test_assembly_destabilise",
    "test_assembly_free_energy",
    "test_structure_measure_saxs",
)
# Far more than the seeds that tests count through, so that a shift gives none of them again.
STRIDE = 1_000_003


def shifted(seed: int) -> int:
    return seed + SHIFT * STRIDE


def _shifted_entropy(entropy: Any) -> Any:
    if isinstance(entropy, int | np.integer):
        return shifted(int(entropy))
    if isinstance(entropy, list | tuple):
        return [*entropy, SHIFT]
    return entropy


# Without a shift every run draws the same examples: what fails on one machine fails on all.
# None is timed: how long an example takes is the machine's affair.
hypothesis.settings.register_profile("suite", derandomize=not SHIFT, deadline=None, max_examples=50)
hypothesis.settings.load_profile("suite")

if SHIFT:
    default_rng, sequence = np.random.default_rng, np.random.SeedSequence

    def shifted_rng(seed: Any = None) -> np.random.Generator:
        return default_rng(_shifted_entropy(seed))

    class ShiftedSequence(sequence):  # type: ignore[misc, valid-type]
        def __init__(self, entropy: Any = None, **words: Any) -> None:
            super().__init__(_shifted_entropy(entropy), **words)

    np.random.default_rng = shifted_rng
    np.random.SeedSequence = ShiftedSequence  # type: ignore[misc]


@pytest.fixture
def unshifted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The seeds of a process that a test starts, which no shift reaches."""
    if SHIFT:
        monkeypatch.setattr(np.random, "default_rng", default_rng)
        monkeypatch.setattr(np.random, "SeedSequence", sequence)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """One more than there are cores: some tests wait long, for a scheduler's time limit or for a browser."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    return len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else None


def pytest_unconfigure() -> None:
    if _OWN_CACHE:
        shutil.rmtree(_OWN_CACHE, ignore_errors=True)


def pytest_report_header() -> str | None:
    return f"every seed is shifted by {SHIFT}" if SHIFT else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    place = {name: i for i, name in enumerate(FIRST)}
    items.sort(key=lambda item: place.get(item.path.stem, len(FIRST)))
    if SHIFT:
        shown = [item for item in items if isinstance(item, pytest.DoctestItem)]
        config.hook.pytest_deselected(items=shown)
        items[:] = [item for item in items if item not in shown]
        for item in items:
            if isinstance(item, pytest.Function) and hypothesis.is_hypothesis_test(item.obj):
                hypothesis.seed(SHIFT)(item.obj)
