"""A single dot against xrayutilities: its structure from Wyckoff positions, its tables of form factors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from packing.shapes import cube
from structure.diffraction.library import crystal_of_material, dot_amplitude

LATTICE_NM = float(crystal_of_material("CsPbBr3").cell_nm[0, 0])
N_CELLS = 5


@pytest.fixture(scope="module")
def peer() -> Any:
    """CsPbBr3 of xrayutilities, in angstrom."""
    xu = pytest.importorskip("xrayutilities")
    elements = xu.materials.elements
    lattice = xu.materials.SGLattice(
        221, 10 * LATTICE_NM, atoms=[elements.Cs, elements.Pb, elements.Br], pos=["1b", "1a", "3d"]
    )
    return xu.materials.Crystal("CsPbBr3", lattice)


def f0(atom: Any, q_inv_nm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Form factor of an atom of xrayutilities, whose q is in 1/angstrom."""
    return np.array([float(np.real(atom.f0(float(q) / 10))) for q in q_inv_nm])


@pytest.mark.filterwarnings("ignore")
def test_reflections_have_the_strengths_of_xrayutilities(peer: Any) -> None:
    ours = crystal_of_material(
        "CsPbBr3", strain=LATTICE_NM / crystal_of_material("CsPbBr3").cell_nm[0, 0] - 1, b_factor_nm2=0
    )
    _, vectors, squared = ours.reflections(30.0)
    total = np.zeros(len(vectors), dtype=complex)
    length = np.linalg.norm(vectors, axis=1)
    for atom, place, occupancy, _ in peer.lattice.base():
        total += occupancy * f0(atom, length) * np.exp(1j * vectors @ np.asarray(place) * LATTICE_NM)
    # The two tables of form factors differ by as much.
    assert np.abs(squared - np.abs(total) ** 2).max() < 3e-3 * squared.max()


@pytest.mark.filterwarnings("ignore")
def test_a_dot_scatters_as_its_planes_do(peer: Any) -> None:
    """Of a cube of five cells that ends on PbBr2 planes at both sides, plane by plane in closed form."""
    ours = crystal_of_material(
        "CsPbBr3", strain=LATTICE_NM / crystal_of_material("CsPbBr3").cell_nm[0, 0] - 1, b_factor_nm2=0
    )
    q = np.random.default_rng(3).uniform(-22, 22, (300, 3))
    length, total = np.linalg.norm(q, axis=1), np.zeros(300, dtype=complex)
    for atom, place, _, _ in peer.lattice.base():
        site = np.asarray(place) % 1.0
        planes = np.where(site < 1e-6, N_CELLS + 1, N_CELLS)
        # Planes of one kind lie evenly about the middle of the cube.
        sums = [
            np.exp(1j * np.outer(q[:, axis], LATTICE_NM * (np.arange(n) - (n - 1) / 2))).sum(axis=1)
            for axis, n in enumerate(planes)
        ]
        total += f0(atom, length) * np.prod(sums, axis=0)
    found = dot_amplitude(ours, cube(N_CELLS * LATTICE_NM), q)
    assert np.abs(np.abs(found) ** 2 - np.abs(total) ** 2).max() < 3e-3 * (np.abs(total) ** 2).max()
