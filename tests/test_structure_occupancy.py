"""Site occupancy: every kind on its own sites, in ideal, warm and turned crystals, and not in disorder."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from packing.configuration import Configuration, configuration
from packing.errors import InputError
from packing.lattices.catalogue import template
from packing.lattices.templates import cell_matrix, sites
from packing.shapes import Sphere
from structure.order.measure import measure_order
from structure.order.occupancy import site_occupancy, sublattice

SHAPES = (Sphere(diameter_nm=6.0), Sphere(diameter_nm=2.0))
NAMES = ("large", "small")
KINDS = {"NaCl": {0: "A", 1: "B"}, "CsCl": {0: "A", 1: "B"}, "ABO3": {0: "A", 1: "BO"}}


def crystal(name: str, noise: float = 0.0, seed: int = 1, *, turned: bool = False) -> Configuration:
    """27 cubic cells of a lattice; a turned one is a free cluster, since a box would not fit it."""
    rng = np.random.default_rng(seed)
    chosen = template(name)
    placed = sites(chosen)
    species = np.array([next(s for s, k in KINDS[name].items() if chosen.kinds[i] in k) for i in placed.kinds])
    corners = np.array(list(itertools.product(range(3), repeat=3)))
    cell = 10.0 * cell_matrix(chosen, np.ones(2))
    places = ((placed.base[None] + corners[:, None]) @ cell).reshape(-1, 3)
    apart = np.linalg.norm(places - places[0], axis=1)
    places += rng.normal(scale=noise * apart[apart > 1e-9].min(), size=places.shape)
    if turned:
        places = places @ Rotation.random(random_state=seed).as_matrix().T
    return configuration(
        places, box=None if turned else [30.0, 30.0, 30.0, 0, 0, 0], shapes=SHAPES, species=np.tile(species, 27),
        species_names=NAMES,
    )  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_all_sit_on_their_own_lattice_and_none_on_others(name: str) -> None:
    for other in KINDS:
        found = site_occupancy(crystal(name), other, KINDS[other])
        # The cube of CsCl is one of the perovskite's sites too, so one kind alone may fit.
        assert min(found.shares.values()) == (1.0 if other == name else 0.0)
        assert found.lattice == other


@pytest.mark.parametrize("name", KINDS)
def test_warm_crystals_keep_their_sites(name: str) -> None:
    assert min(site_occupancy(crystal(name, 0.04), name, KINDS[name]).shares.values()) > 0.95
    assert min(site_occupancy(crystal(name, 0.25), name, KINDS[name]).shares.values()) < 0.1


def test_a_turned_cluster_is_known_inside() -> None:
    cluster = crystal("NaCl", turned=True)
    found = site_occupancy(cluster, "NaCl", KINDS["NaCl"])
    inside = np.linalg.norm(cluster.positions_nm - cluster.positions_nm.mean(axis=0), axis=1) < 9
    assert inside.sum() > 10
    assert found.on_site[inside].all()


def test_one_sublattice_alone_is_no_salt() -> None:
    """Large ones on fcc, small ones anywhere: no small one is on a site, and no large one sees its six."""
    salt = crystal("NaCl")
    rng = np.random.default_rng(3)
    places = np.array(salt.positions_nm)
    places[salt.species == 1] = rng.uniform(-15, 15, size=(int((salt.species == 1).sum()), 3))
    astray = configuration(places, box=salt.box, shapes=SHAPES, species=salt.species, species_names=NAMES)
    found = site_occupancy(astray, "NaCl", KINDS["NaCl"])
    assert found.shares["large"] < 0.05
    assert found.shares["small"] < 0.2


def test_half_filled_holes_are_told_apart_by_kind() -> None:
    """An interstitial solid: every small one is in an octahedral hole, but few large ones see six small ones."""
    salt = crystal("NaCl")
    kept = np.ones(salt.n_particles, dtype=bool)
    small = np.flatnonzero(salt.species == 1)
    kept[np.random.default_rng(4).permutation(small)[: len(small) // 2]] = False
    half = configuration(
        salt.positions_nm[kept], box=salt.box, shapes=SHAPES, species=salt.species[kept], species_names=NAMES
    )
    found = site_occupancy(half, "NaCl", KINDS["NaCl"])
    assert found.shares["small"] == 1.0
    assert found.shares["large"] < 0.2


def test_kinds_must_fit() -> None:
    with pytest.raises(InputError, match="kinds must give each of A, B of NaCl"):
        site_occupancy(crystal("NaCl"), "NaCl", {0: "A"})
    with pytest.raises(InputError, match="every site is of one species"):
        site_occupancy(crystal("NaCl"), "NaCl", {0: "AB"})


def test_one_species_alone_has_its_own_order() -> None:
    large = sublattice(crystal("NaCl"), 0)
    assert large.n_particles == 108
    assert large.shapes == (SHAPES[0],)
    assert measure_order(large).fractions["fcc"] == 1.0
    with pytest.raises(InputError, match="species 5 is not there"):
        sublattice(crystal("NaCl"), 5)
