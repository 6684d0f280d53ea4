r"""Atomic reflections of a whole superlattice: what its dots scatter together around each one.

A nanocrystal is its crystal times the outline of its body, so its amplitude around the reflection H is that of the
outline, shifted there. Of co-oriented dots in a periodic box these amplitudes add up with the phases of their places,

.. math:: A_H(G) = \frac{F_H}{v}\sum_j V_jf_j(R_j^T G - S_jH)\,e^{iG\cdot r_j} ,

at the reciprocal vectors G of the box, with the orientation R of each dot and the symmetry S of the crystal that brings
it nearest to the others. Fringes and superlattice spots around a reflection, and their loss by displacements (the
Debye-Waller factor of the superlattice at that q) and by misorientation, come out of the sum. H = 0 is small-angle
scattering. Where the surface cuts the cell, and scattering between the reflections, are left out.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import finufft
import numpy as np
from numpy.typing import NDArray

from packing.configuration import Configuration
from packing.shapes import Shape
from structure.diffraction.atomic import AtomicCrystal
from structure.diffraction.axes import CommonAxes
from structure.form_factors.bodies import amplitude
from structure.form_factors.nodes import body_nodes

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

#: A reflection is followed this many inverse inradii from its centre: 97 % of what a sharp cube scatters.
_REACH_INRADII = 10.0
#: Structure factor of the centres above which a reciprocal point counts as a spot of the superlattice.
_BRAGG_ABOVE = 12.0
#: Sizes that stand for all of a frame where each dot may have its own, in sums without interference.
_MOST_SIZES = 6


@dataclass(frozen=True, slots=True, eq=False)
class ReflectionSpots:
    """What a superlattice scatters around one atomic reflection.

    Parameters
    ----------
    hkl
        Indices of the reflection in the atomic cell.
    centre_inv_nm
        The reflection in laboratory axes, for the mean orientation [1/nm], shape (3,).
    vectors_inv_nm
        Reciprocal vectors of the box around it [1/nm], shape (m, 3).
    intensities
        Squared amplitude per particle there, shape (m,): electrons^2, or nm^2 for fast electrons.
    separate
        What it would be if the particles did not interfere and had the mean orientation, shape (m,).
    bragg
        Which of them are spots of the superlattice, to be as narrow as a large domain makes them, shape (m,).
    """

    hkl: tuple[int, int, int]
    centre_inv_nm: FloatArray
    vectors_inv_nm: FloatArray
    intensities: FloatArray
    separate: FloatArray
    bragg: NDArray[np.bool_]


def reflection_spots(
    frame: Configuration,
    crystal: AtomicCrystal,
    axes: CommonAxes,
    *,
    q_range_inv_nm: tuple[float, float],
    electrons: bool = False,
    keep: Callable[[FloatArray, float], bool] | None = None,
) -> Iterator[ReflectionSpots]:
    """The spots around every reflection of a periodic frame of co-oriented particles; of H and -H one is given.

    Parameters
    ----------
    frame
        A periodic frame.
    crystal
        Atomic lattice of all its particles.
    axes
        How they lie, from `structure.diffraction.axes.common_axes`.
    q_range_inv_nm
        Lengths of the reflections [1/nm]; from zero on small-angle scattering (H = 0) comes too, above it does not.
    electrons
        Whether for fast electrons in place of X-rays.
    keep
        Called with the centre of a reflection [1/nm] and how far it reaches [1/nm]; says whether it is wanted.
    """
    assert frame.cell_nm is not None
    reach = _REACH_INRADII / min(s.inradius_nm for s in frame.shapes)
    low, high = q_range_inv_nm
    hkl, body = _reflections(crystal, high)
    laboratory = body @ axes.mean.T
    of_cell = crystal.electron_amplitude if electrons else crystal.cell_amplitude
    strengths = np.abs(of_cell(body))
    inverse = np.linalg.inv(frame.cell_nm)
    outlines = _outlines(frame, reach, inverse)
    extent = [int(reach * np.linalg.norm(a) / (2 * np.pi)) + 1 for a in frame.cell_nm]
    steps = np.stack(np.meshgrid(*(np.arange(-n, n + 1) for n in extent), indexing="ij"), axis=-1).reshape(-1, 3)
    grid = 2 * np.pi * steps @ inverse.T
    half = steps @ [1.0, 1e-4, 1e-8] > 0
    strongest = float(strengths[np.linalg.norm(body, axis=1) > 0].max(initial=0.0))
    for index, (h, centre) in enumerate(zip(hkl, laboratory, strict=True)):
        length = float(np.linalg.norm(centre))
        if length < low or strengths[index] < 1e-4 * strongest:
            continue
        if keep is not None and not keep(centre, reach):
            continue
        middle = np.rint(centre @ frame.cell_nm.T / (2 * np.pi))
        vectors = grid + 2 * np.pi * middle @ inverse.T
        kept = np.linalg.norm(vectors - centre, axis=1) < reach
        if length == 0:
            # Of small-angle scattering one half is enough too, and the forward beam is not scattered.
            kept &= half
        # In each dot's own axes; about the centre of a cell, which is at the centre of the body.
        turned = axes.equivalents @ body[index]
        dots = of_cell(turned) * np.exp(-0.5j * turned @ crystal.cell_nm.sum(axis=0)) / crystal.volume_nm3
        sums, points = _sums(frame, turned, dots, outlines, inverse, middle, extent)
        squared = np.abs(sums[kept]) ** 2 / frame.n_particles
        alone = _alone(frame, (vectors[kept] - centre) @ axes.mean)
        separate = (strengths[index] / crystal.volume_nm3) ** 2 * alone
        indices = (int(h[0]), int(h[1]), int(h[2]))
        yield ReflectionSpots(indices, centre, vectors[kept], squared, separate, points[kept] > _BRAGG_ABOVE)


def sizes_of(frame: Configuration) -> list[tuple[float, Shape]]:
    """At most `_MOST_SIZES` shapes that stand for all, each with its share of the particles."""
    used, counts = np.unique(frame.species, return_counts=True)
    order = np.argsort([frame.shapes[s].volume_nm3 for s in used], kind="stable")
    out = []
    for part in np.array_split(order, min(_MOST_SIZES, len(order))):
        share = float(counts[part].sum() / counts.sum())
        out.append((share, frame.shapes[used[part[len(part) // 2]]]))
    return out


def _alone(frame: Configuration, q_body: FloatArray) -> FloatArray:
    """Mean squared amplitude of the outlines [nm^6] at distances from a reflection in body axes."""
    total = np.zeros(len(q_body))
    for share, shape in sizes_of(frame):
        total += share * (shape.volume_nm3 * amplitude(shape, q_body)) ** 2
    return total


def _reflections(crystal: AtomicCrystal, q_max: float) -> tuple[NDArray[np.int64], FloatArray]:
    """Indices and vectors in body axes of one of each pair of reflections, with 0 first."""
    reach = [int(q_max * np.linalg.norm(a) / (2 * np.pi)) for a in crystal.cell_nm]
    hkl = np.array(list(itertools.product(*(range(-n, n + 1) for n in reach))))
    vectors = 2 * np.pi * hkl @ np.linalg.inv(crystal.cell_nm).T
    first = hkl @ [1.0, 1e-3, 1e-6]
    kept = (first >= 0) & (np.linalg.norm(vectors, axis=1) <= q_max)
    order = np.argsort(np.linalg.norm(vectors[kept], axis=1), kind="stable")
    return hkl[kept][order], vectors[kept][order]


@dataclass(frozen=True, slots=True, eq=False)
class _Outlines:
    """The points that stand for all bodies: whose each is, where in its body, its strength [nm^3], and fractions."""

    owner: NDArray[np.intp]
    nodes_nm: FloatArray
    strengths_nm3: FloatArray
    fractions: FloatArray


def _outlines(frame: Configuration, reach: float, inverse: FloatArray) -> _Outlines:
    owner, inner, strengths = [], [], []
    for species in np.unique(frame.species):
        shape = frame.shapes[species]
        mine = np.flatnonzero(frame.species == species)
        nodes, weights = body_nodes(shape, reach, tolerance=1e-3)
        owner.append(np.repeat(mine, len(nodes)))
        inner.append(np.tile(nodes, (len(mine), 1)))
        strengths.append(np.tile(weights * shape.volume_nm3, len(mine)))
    whose, within = np.concatenate(owner), np.concatenate(inner)
    places = frame.positions_nm[whose] + np.einsum("pij,pj->pi", frame.rotations[whose], within)
    return _Outlines(whose, within, np.concatenate(strengths), places @ inverse)


def _sums(
    frame: Configuration,
    reflection: FloatArray,
    dots: ComplexArray,
    outlines: _Outlines,
    inverse: FloatArray,
    middle: FloatArray,
    extent: list[int],
) -> tuple[ComplexArray, FloatArray]:
    """Amplitude of all outlines, and structure factor of the centres, on the grid around a reflection, flat."""
    modes = tuple(2 * n + 1 for n in extent)
    phases = np.exp(-1j * np.einsum("pi,pi->p", reflection[outlines.owner], outlines.nodes_nm))
    strengths = outlines.strengths_nm3 * phases * dots[outlines.owner]
    total = _grid(outlines.fractions, strengths, middle, modes)
    centres = _grid(frame.positions_nm @ inverse, np.ones(frame.n_particles, dtype=complex), middle, modes)
    return total.ravel(), (np.abs(centres) ** 2 / frame.n_particles).ravel()


def _grid(fractions: FloatArray, strengths: ComplexArray, middle: FloatArray, modes: tuple[int, ...]) -> ComplexArray:
    angles = 2 * np.pi * fractions
    c = strengths * np.exp(1j * angles @ middle)
    x, y, z = (np.ascontiguousarray(np.remainder(a + np.pi, 2 * np.pi) - np.pi) for a in angles.T)
    return np.asarray(finufft.nufft3d1(x, y, z, c, modes, eps=1e-4, isign=1, nthreads=1, upsampfac=1.25))
