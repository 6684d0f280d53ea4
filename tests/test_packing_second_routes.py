"""Small laws of packing: what a number must be by another way of getting it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from packing.errors import InputError
from packing.matter.ligands import ligand
from packing.matter.media import MEDIA
from packing.particles import Coating, Nanocrystal
from packing.pose.facing import best_contact
from packing.prediction import predict
from packing.results import frozen
from packing.shapes import Cuboid, Sphere
from packing.spacing.input_spread import InputSpread, draw_inputs
from packing.spacing.models import model_spacings

OLEATE = Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0)


def test_the_best_contact_of_a_known_potential() -> None:
    # Lennard-Jones: the minimum is at 2^(1/6) sigma and epsilon deep.
    found = best_contact(lambda gap: 4 * 5.0 * ((2.0 / gap) ** 12 - (2.0 / gap) ** 6), 2.2, 0.6)
    assert found.gap_nm == pytest.approx(2 ** (1 / 6) * 2.0, rel=1e-3)
    assert found.depth_kt == pytest.approx(5.0, rel=1e-4)
    repulsive = best_contact(lambda gap: np.exp(-gap), 2.2, 0.6)
    assert (repulsive.gap_nm, repulsive.depth_kt) == (2.2, 0.0)
    with pytest.raises(InputError, match="cannot hold the cores apart"):
        best_contact(lambda gap: -1 / gap, 2.2, 0.6)


def test_optimally_packed_spheres_fill_what_hard_spheres_do() -> None:
    # The densest packings of equal spheres in each lattice; of a layer the share of the plane is meant.
    fractions = {
        "fcc": math.pi / math.sqrt(18),
        "hcp": math.pi / math.sqrt(18),
        "bcc": math.pi * math.sqrt(3) / 8,
        "sc": math.pi / 6,
        "diamond": math.pi * math.sqrt(3) / 16,
        "2D hexagonal": math.pi / math.sqrt(12),
        "2D square": math.pi / 4,
    }
    found = predict(Nanocrystal(material="PbS", shape=Sphere(diameter_nm=6.0)), OLEATE, lattices=tuple(fractions))
    assert {p.model for p in found.lattices} == {"opm"}
    assert {p.name: p.packing_fraction for p in found.lattices} == pytest.approx(fractions)


@pytest.mark.parametrize("diameter_nm", [3.0, 6.0, 12.0])
def test_no_crystal_of_spheres_is_tighter_than_one_without_voids(diameter_nm: float) -> None:
    dots = Nanocrystal(material="PbS", shape=Sphere(diameter_nm=diameter_nm))
    samples = draw_inputs(dots, OLEATE, InputSpread(), 10, np.random.default_rng(0))
    found = model_spacings(dots, OLEATE, samples)
    low, high = found.bracket_nm
    # fcc has d^3 / sqrt 2 of room for each sphere: at least that of its core and its ligands.
    ligands = dots.shape.surface_nm2 * OLEATE.shell_nm
    assert low == pytest.approx(max((math.sqrt(2) * (dots.shape.volume_nm3 + ligands)) ** (1 / 3), diameter_nm))
    assert low < found.values["opm"].value_nm < high


def test_frozen_values_are_a_copy_that_cannot_be_written() -> None:
    values = np.ones(3)
    copy = frozen(values)
    values[0] = 2.0
    assert copy.tolist() == [1.0, 1.0, 1.0]
    with pytest.raises(ValueError, match="read-only"):
        copy[0] = 3.0


def test_the_permittivity_of_a_liquid_without_dipoles_is_its_index_squared() -> None:
    for name in ("hexane", "octane", "decane", "cyclohexane", "vacuum"):
        one = MEDIA[name]
        assert one.permittivity == pytest.approx(one.refractive_index**2, rel=0.01)


@settings(deadline=None, derandomize=True, max_examples=30)
@given(edge_nm=st.floats(2.0, 30.0))
def test_a_cube_that_is_cut_to_the_middle_of_its_edges_has_twelve_corners(edge_nm: float) -> None:
    corners = Cuboid(edges_nm=(edge_nm, edge_nm, edge_nm), truncation=1.0).vertices_nm
    assert len(corners) == 12
    # A cuboctahedron: each corner as far from the centre as from its nearest.
    np.testing.assert_allclose(np.linalg.norm(corners, axis=1), edge_nm / math.sqrt(2))
