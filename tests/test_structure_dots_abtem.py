"""Electron diffraction of one dot against abTEM: its potential, and the wave that leaves it after many events."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from packing.shapes import cube
from structure.diffraction.atomic import cut_nanocrystal
from structure.diffraction.library import crystal_of_material, dot_amplitude

CRYSTAL = crystal_of_material("CsPbBr3", b_factor_nm2=0.0)
SIDE_NM, N_PIXELS, Q_MAX = 6.0, 320, 25.0
#: h^2 / (2 pi m e) [V angstrom^2]: what a scattering length of an angstrom is in the integral of a potential.
VOLT_ANGSTROM2 = 47.878


def atoms_of(dot: Any) -> Any:
    """The atoms of a dot in the middle of a box, in angstrom."""
    from ase import Atoms

    elements, positions = cut_nanocrystal(CRYSTAL, dot)
    box = 10 * SIDE_NM
    return Atoms(elements, 10 * positions + box / 2, cell=[box, box, box], pbc=True)


def seen() -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Which pixels of a transform lie within Q_MAX, and their scattering vectors [1/nm] (m, 3)."""
    q = 2 * np.pi * np.fft.fftfreq(N_PIXELS, SIDE_NM / N_PIXELS)
    x, y = np.meshgrid(q, q, indexing="ij")
    near = np.hypot(x, y) < Q_MAX
    return near, np.column_stack([x[near], y[near], np.zeros(np.count_nonzero(near))])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_potential_of_a_dot_scatters_as_its_atoms() -> None:
    """Kinematic electron diffraction is the transform of the projected potential, in absolute units."""
    abtem = pytest.importorskip("abtem")
    abtem.config.set({"local_diagnostics.progress_bar": False})
    dot = cube(2.4)
    potential = abtem.Potential(atoms_of(dot), gpts=N_PIXELS, slice_thickness=2.0, projection="infinite")
    projected = np.asarray(potential.build(lazy=False).array).sum(axis=0)
    near, q = seen()
    theirs = np.abs(np.fft.fft2(projected)[near]) * (10 * SIDE_NM / N_PIXELS) ** 2 / VOLT_ANGSTROM2
    ours = 10 * np.abs(dot_amplitude(CRYSTAL, dot, q, electrons=True))
    # abTEM leaves out the mean of the potential in some parametrisations: the beam itself is not compared.
    out = np.linalg.norm(q, axis=1) > 6.0
    assert np.corrcoef(theirs[out] ** 2, ours[out] ** 2)[0, 1] > 0.999
    strong = out & (ours > 0.3 * ours[out].max())
    assert np.abs(theirs[strong] / ours[strong] - 1).max() < 0.02


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_what_many_events_make_of_the_spots_of_a_dot() -> None:
    """By multislice at 200 kV: the places are those of single events, the strengths of strong spots are not."""
    abtem = pytest.importorskip("abtem")
    abtem.config.set({"local_diagnostics.progress_bar": False})
    dot = cube(2.4)
    potential = abtem.Potential(atoms_of(dot), gpts=N_PIXELS, slice_thickness=2.0, projection="infinite")
    leaving = abtem.PlaneWave(energy=200e3).multislice(potential).compute()
    near, q = seen()
    theirs = np.abs(np.fft.fft2(np.asarray(leaving.array))[near]) ** 2
    k = 2 * np.pi / 0.00250793
    q[:, 2] = -(q**2).sum(axis=1) / (2 * k)
    ours = np.abs(dot_amplitude(CRYSTAL, dot, q, electrons=True)) ** 2
    out = np.linalg.norm(q[:, :2], axis=1) > 6.0
    theirs, ours = theirs[out] / theirs[out].sum(), ours[out] / ours[out].sum()
    strong = ours > 0.1 * ours.max()
    assert np.corrcoef(theirs, ours)[0, 1] > 0.98
    # A third is gone from some strong spots already in a dot of 2.4 nm.
    assert 0.6 < (theirs / ours)[strong].min() < 0.75
    assert (theirs / ours)[strong].max() < 1.05
