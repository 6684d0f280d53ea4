"""Disorder of the first and of the second kind is told apart."""

from __future__ import annotations

import numpy as np
import pytest

from packing.configuration import Configuration, configuration
from packing.shapes import cube
from structure.crystals.build import build_crystal, size_classes
from structure.lattice.disorder import common_walk
from structure.lattice.fit import fit_lattice

CUBE = cube(8.6)


def paracrystal(n: int, step_sigma_nm: float, site_sigma_nm: float, seed: int) -> Configuration:
    """A free cluster whose layers are a random walk along each axis (an ideal paracrystal), plus site displacements."""
    rng = np.random.default_rng(seed)
    walks = [11 * np.arange(n) + np.cumsum(rng.normal(scale=step_sigma_nm, size=n)) for _ in range(3)]
    points = np.stack(np.meshgrid(*walks, indexing="ij"), axis=-1).reshape(-1, 3)
    return configuration(points + rng.normal(scale=site_sigma_nm, size=points.shape), shapes=CUBE)


def test_uncorrelated_displacements_are_of_the_first_kind() -> None:
    c = build_crystal("sc", spacing_nm=11.0, n_cells=(9, 9, 9), shapes=CUBE, displacement_nm=0.4, seed=1)
    fit = fit_lattice(c)
    # A standard deviation of n values is known to 1 / sqrt(2n): four of these errors, for each axis and for all.
    n = c.n_particles
    assert fit.sigma_nm == pytest.approx(np.full(3, 0.4), rel=4 / np.sqrt(2 * n))
    assert np.sqrt(np.mean(fit.sigma_nm**2)) == pytest.approx(0.4, rel=4 / np.sqrt(6 * n))
    assert fit.sigma_uncorrelated_nm == pytest.approx(np.full(3, 0.4), rel=0.15)
    assert not any(row.is_cumulative for row in fit.rows if row is not None)


def test_steps_of_rows_that_walk_each_for_itself_come_out_as_drawn() -> None:
    """A free cluster of 64 rows an axis: drifts cancel in the fitted period, and Var(m) is 2 s1^2 + m s2^2."""
    n, step, site, n_clusters = 8, 0.25, 0.15, 3
    squares, first = [], []
    for seed in range(n_clusters):
        rng = np.random.default_rng(seed)
        places = 11.0 * np.stack(np.meshgrid(*[np.arange(n)] * 3, indexing="ij"), axis=-1)
        for axis in range(3):
            places[..., axis] += np.cumsum(rng.normal(scale=step, size=(n, n, n)), axis=axis)
        places += rng.normal(scale=site, size=places.shape)
        fit = fit_lattice(configuration(places.reshape(-1, 3), shapes=CUBE))
        assert all(row is not None and row.is_cumulative for row in fit.rows)
        squares += list(fit.sigma_cumulative_nm**2)
        first += list(fit.sigma_uncorrelated_nm)
    # Seven steps in each of 64 rows: the variance of a step is known to sqrt(2 / 448) along one axis, a part of it is
    # taken for what is of the first kind, and the period takes up 1 / 64 of one draw in eight. Four such errors.
    assert np.sqrt(np.mean(squares)) == pytest.approx(step, rel=4 * np.sqrt(2 / 448 / len(squares)) + 0.02)
    assert np.mean(first) == pytest.approx(site, rel=0.1)


def test_cumulative_displacements_of_layers_are_of_the_second_kind() -> None:
    """Layers of a free cluster walk as one: what is left about the fitted period is known exactly, and its scatter."""
    n, step, site, n_clusters = 8, 0.25, 0.15, 6
    place = np.arange(n) - (n - 1) / 2
    # Steps to places, less the straight line of least squares: a second way to what the module takes.
    walks = np.tril(np.ones((n, n)))
    left = walks - walks.mean(axis=0) - np.outer(place, place @ walks) / (place @ place)
    seen = []
    for seed in range(n_clusters):
        fit = fit_lattice(paracrystal(n, step, site, seed))
        assert fit.found
        seen += [row.variance_nm2 for row in fit.rows if row is not None]
    assert len(seen) == 3 * n_clusters
    for m in range(1, n):
        apart = left[m:] - left[:-m]
        form = apart.T @ apart / (n - m)
        expected = step**2 * np.trace(form) + 2 * site**2 - (m * site) ** 2 / (n**2 * (place @ place))
        # A quadratic form of Gaussian steps has the variance 2 tr(A^2); one walk is one draw.
        error = step**2 * np.sqrt(2 * np.trace(form @ form) / len(seen))
        assert np.mean([v[m - 1] for v in seen]) == pytest.approx(expected, abs=4 * error)
        assert common_walk(n)[m - 1] == pytest.approx(np.trace(form), rel=1e-12)


def test_variance_of_a_returning_walk_in_a_periodic_box() -> None:
    # Independent rows of M steps that close on themselves: a Brownian bridge, Var(m) = s^2 m (1 - m/M). One box of 64
    # rows tells s to 5 %.
    rng = np.random.default_rng(2)
    n, step, n_boxes = 8, 0.3, 4
    found, rest, ends = [], [], []
    for _ in range(n_boxes):
        walk = np.cumsum(rng.normal(scale=step, size=(n, n, n)), axis=2)
        walk -= walk[..., -1:] * (np.arange(1, n + 1) / n)
        steps = np.stack(np.meshgrid(*[np.arange(n)] * 3, indexing="ij"), axis=-1) * 11.0
        steps[..., 2] += walk
        fit = fit_lattice(configuration(steps.reshape(-1, 3), shapes=CUBE, box=[88.0] * 3))
        along_z = int(np.argmax(np.abs(fit.cell_nm[:, 2])))
        row = fit.rows[along_z]
        assert row is not None
        assert row.is_cumulative
        found.append(fit.sigma_cumulative_nm[along_z] ** 2)
        rest.append(fit.sigma_uncorrelated_nm[along_z])
        ends.append(row.variance_nm2[-1] / row.variance_nm2[0])
    assert np.sqrt(np.mean(found)) == pytest.approx(step, rel=0.03 + 4 * 0.05 / np.sqrt(n_boxes))
    assert np.mean(rest) < 0.1
    # All but one step back is as far as one step; a walk that does not return would be seven times as far.
    assert np.mean(ends) == pytest.approx(1, abs=0.5)


def test_too_short_rows_do_not_tell() -> None:
    fit = fit_lattice(build_crystal("sc", spacing_nm=11.0, n_cells=(2, 2, 2), shapes=CUBE, displacement_nm=0.1))
    assert np.isnan(fit.sigma_cumulative_nm).all()


def test_size_classes_have_the_spread_they_say() -> None:
    sizes = np.array([s.edges_nm[0] for s in size_classes(CUBE, 0.04, 15)])  # type: ignore[union-attr]
    assert sizes.mean() == pytest.approx(8.6)
    assert sizes.std() / 8.6 == pytest.approx(0.04)
