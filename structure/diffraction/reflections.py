r"""Atomic reflections of a whole superlattice: what its dots scatter together around each one.

Atoms of one site of the cell that a nanocrystal holds are a lattice inside an outline, so that around a reflection H
they have the amplitude of that outline, shifted there. Of co-oriented dots in a periodic box all of them add up,

.. math:: A_H(G) = \sum_j\sum_s n_sf_s(H)\,e^{iS_jH\cdot x_s}\,g_s(R_j^T G - S_jH)\,e^{iG\cdot r_j} ,

at the reciprocal vectors G of the box: n atoms of site s at x, with the form factor f and the outline's amplitude g, in
a dot of orientation R; the symmetry S of the crystal brings it nearest to the others. Fringes and superlattice spots
around a reflection, and their loss by displacements (the Debye-Waller factor of the superlattice at that q) and by
misorientation, come out of the sum. H = 0 is small-angle scattering. Scattering far from the reflections is left out.

Of small dots the wings of reflections overlap, and an outline is no longer what ends them: there every atom counts,
with its form factor at G, and each G goes with the reflection in whose reciprocal cell it is, so that none is left out.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from packing.configuration import Configuration
from structure.diffraction.atomic import AtomicCrystal
from structure.diffraction.atoms import atomic_form_factor, debye_waller_factor, electron_form_factor_nm
from structure.diffraction.axes import CommonAxes
from structure.diffraction.library import (
    atoms_of_dots,
    dot_amplitude,
    site_bodies,
    sizes_of,
    squared_by_outlines,
    sums_atoms,
)
from structure.form_factors.nodes import shared_nodes
from structure.saxs.grids import GridSums

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

#: A reflection is followed this many inverse inradii from its centre: 97 % of what a sharp cube scatters.
_REACH_INRADII = 10.0
#: Structure factor of the centres above which a reciprocal point counts as a spot of the superlattice.
_BRAGG_ABOVE = 12.0
#: Points that are worked on together, to bound the memory.
_AT_ONCE = 2_000_000


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
    bragg
        Which of them are spots of the superlattice, to be as narrow as a large domain makes them, shape (m,).
    reach_inv_nm
        How far in q the spots around the reflection hold nearly all that it scatters [1/nm].
    alone
        Works out `separate`, which few ask for.
    """

    hkl: tuple[int, int, int]
    centre_inv_nm: FloatArray
    vectors_inv_nm: FloatArray
    intensities: FloatArray
    bragg: NDArray[np.bool_]
    reach_inv_nm: float
    alone: Callable[[], FloatArray]

    @property
    def separate(self) -> FloatArray:
        """What the intensities would be if the particles did not interfere and had the mean orientation, shape (m,)."""
        return self.alone()


def reflection_spots(
    frame: Configuration,
    crystal: AtomicCrystal,
    axes: CommonAxes,
    *,
    q_range_inv_nm: tuple[float, float],
    electrons: bool = False,
    keep: Callable[[FloatArray, float], bool] | None = None,
    together: bool = True,
    split: bool = True,
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
    together
        Whether ``intensities`` are worked out; False, where only `ReflectionSpots.separate` is asked for, leaves zeros.
    split
        Whether spots of the superlattice are told from the rest; False, where they are as wide, leaves ``bragg`` False.
    """
    assert frame.cell_nm is not None
    low, high = q_range_inv_nm
    inverse = np.asarray(np.linalg.inv(frame.cell_nm), dtype=np.float64)
    atoms = atoms_of_dots(frame, crystal) if sums_atoms(frame, crystal) else None
    if atoms is None:
        reach = _REACH_INRADII / min(s.inradius_nm for s in frame.shapes)
    else:
        halves = np.array(list(itertools.product((-np.pi, np.pi), repeat=3)))
        corners = halves @ np.linalg.inv(crystal.cell_nm).T @ axes.mean.T
        reach = float(np.linalg.norm(corners, axis=1).max())
        # What lies in the range may belong to a reflection outside it, though never to small angles by itself.
        low, high = (low - reach if low > 1e-3 else low), high + reach
    hkl, body = _reflections(crystal, high)
    laboratory = body @ axes.mean.T
    of_cell = crystal.electron_amplitude if electrons else crystal.cell_amplitude
    strengths = np.abs(of_cell(body))
    # Place of each site of the cell about the centre of the body.
    origins = np.asarray(crystal.positions_nm - crystal.cell_nm.sum(axis=0) / 2)
    outlines = None if atoms is not None else _outlines(frame, crystal, reach, inverse)
    phases = np.exp(1j * body @ origins.T)
    dots = [(share, site_bodies(crystal, shape)) for share, shape in sizes_of(frame)]
    spans = [reach * np.linalg.norm(a) if atoms is None else np.abs(corners @ a).max() for a in frame.cell_nm]
    extent = [int(span / (2 * np.pi)) + 1 for span in spans]
    steps = np.stack(np.meshgrid(*(np.arange(-n, n + 1) for n in extent), indexing="ij"), axis=-1).reshape(-1, 3)
    grid = 2 * np.pi * steps @ inverse.T
    squares = np.einsum("gi,gi->g", grid, grid)
    # About an outline only what may be within reach of a centre, which is half a step off at most.
    most = np.inf if atoms is not None else reach + np.pi * np.linalg.norm(inverse, axis=0).sum()
    near = np.flatnonzero(squares < most**2)
    grid, squares = grid[near], squares[near]
    half = steps[near] @ [1.0, 1e-4, 1e-8] > 0
    del steps
    strongest = float(strengths[np.linalg.norm(body, axis=1) > 0].max(initial=0.0))
    for index, (h, centre) in enumerate(zip(hkl, laboratory, strict=True)):
        length = float(np.linalg.norm(centre))
        if length < low or (atoms is None and strengths[index] < 1e-4 * strongest):
            continue
        if keep is not None and not keep(centre, reach):
            continue
        middle = np.rint(centre @ frame.cell_nm.T / (2 * np.pi))
        nearest = 2 * np.pi * middle @ inverse.T
        if atoms is None:
            # Within reach of the centre, by squares that are known of the grid.
            kept = squares - grid @ (2 * (centre - nearest)) < reach**2 - np.sum((centre - nearest) ** 2)
        else:
            away = (grid + nearest - centre) @ axes.mean @ crystal.cell_nm.T / (2 * np.pi)
            kept = np.all((away >= -0.5) & (away < 0.5), axis=1)
        if length == 0:
            # Of small-angle scattering one of G and -G is enough too, and the forward beam is not scattered.
            kept &= half
        where = np.flatnonzero(kept)
        vectors, forms = grid.take(where, axis=0), _forms(crystal, length, electrons)
        vectors += nearest
        if outlines is None:
            assert atoms is not None
            sums = _sum_of_atoms(atoms, crystal, grid + nearest, inverse, middle, extent, electrons)
            separate = partial(_alone_by_atoms, frame, crystal, vectors @ axes.mean, electrons)
        else:
            # In each dot's own axes.
            turned = axes.equivalents @ body[index]
            sums = _sums(turned, forms, origins, outlines, middle, extent) if together else np.zeros(1, complex)
            separate = partial(squared_by_outlines, dots, forms * phases[index], vectors, centre, axes.mean)
        chosen, n = near[where], frame.n_particles
        points = squared = np.zeros(len(vectors))
        if together:
            squared = _squares(sums.take(chosen)) / n
        if together and split:
            centres = _grid(frame.positions_nm @ inverse, np.ones(n, dtype=complex), middle, extent, 1e-3)
            points = _squares(centres.take(chosen)) / n
        indices = (int(h[0]), int(h[1]), int(h[2]))
        held = 0.8 * reach if atoms is None else reach
        yield ReflectionSpots(indices, centre, vectors, squared, points > _BRAGG_ABOVE, held, separate)


def _squares(sums: ComplexArray) -> FloatArray:
    return np.square(sums.real, dtype=np.float64) + np.square(sums.imag, dtype=np.float64)


def _forms(crystal: AtomicCrystal, length: float, electrons: bool) -> ComplexArray:
    """Amplitude of one atom of each site, with its thermal motion."""
    form = electron_form_factor_nm if electrons else atomic_form_factor
    damping = float(debye_waller_factor(crystal.b_factor_nm2, length))
    return np.array([complex(float(form(e, length)) * damping) for e in crystal.elements])


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
    """The points that stand for the atoms of all dots of one shape: which dots, where the points are in the body [nm],
    shape (m, 3), how many atoms of each site they count for, shape (sites, m), and where they are in the box, as angles
    wrapped to a period, shape (3, dots, m)."""

    dots: NDArray[np.intp]
    nodes_nm: FloatArray
    counts: FloatArray
    angles: NDArray[np.float32]


def _outlines(frame: Configuration, crystal: AtomicCrystal, reach: float, inverse: FloatArray) -> list[_Outlines]:
    out = []
    for species in np.unique(frame.species):
        mine = np.flatnonzero(frame.species == species)
        bodies = site_bodies(crystal, frame.shapes[species])
        nodes, weights = shared_nodes([(b.shape, b.centre_nm) for b in bodies], reach, tolerance=5e-3)
        counts = weights * np.array([[b.n_atoms] for b in bodies])
        angles = np.empty((3, len(mine), len(nodes)), dtype=np.float32)
        for part in np.array_split(np.arange(len(mine)), 1 + len(mine) * len(nodes) // _AT_ONCE):
            places = frame.positions_nm[mine[part], None] + np.einsum("dij,mj->dmi", frame.rotations[mine[part]], nodes)
            turns = places @ inverse
            angles[:, part] = np.moveaxis(2 * np.pi * (turns - np.rint(turns)), -1, 0)
        out.append(_Outlines(mine, nodes, counts, angles))
    return out


def _sums(
    reflection: FloatArray, forms: ComplexArray, origins_nm: FloatArray, outlines: list[_Outlines],
    middle: FloatArray, extent: list[int],
) -> ComplexArray:  # fmt: skip
    """Amplitude of all atoms by their outlines, on the grid around a reflection, flat."""
    # Points that stand for an outline to half a hundredth need not be summed to more than that.
    total = GridSums(_modes(extent), sum(one.angles[0].size for one in outlines), eps=3e-3, single=True)
    for one in outlines:
        # Dots that a symmetry of the crystal takes to the same reflection have the same amplitudes.
        turned, kind = np.unique(np.round(reflection[one.dots], 9), axis=0, return_inverse=True)
        # Atoms of one site differ by lattice vectors, so at the reflection all have the phase of the site.
        sites = forms * np.exp(1j * turned @ origins_nm.T)
        amplitudes = ((sites @ one.counts) * np.exp(-1j * turned @ one.nodes_nm.T)).astype(np.complex64)
        strengths = np.empty(one.angles.shape[1:], dtype=np.complex64)
        for part in np.array_split(np.arange(len(one.dots)), 1 + strengths.size // _AT_ONCE):
            phases = sum(np.float32(m) * a for m, a in zip(middle, one.angles[:, part], strict=True))
            # Cosine and sine in place: the complex exponential takes three times as long.
            np.cos(phases, out=strengths.real[part[0] : part[-1] + 1])
            np.sin(phases, out=strengths.imag[part[0] : part[-1] + 1])
            strengths[part[0] : part[-1] + 1] *= amplitudes[kind.ravel()[part]]
        total.add([a.ravel() for a in one.angles], strengths.ravel(), sorting=0)
    return total.result().ravel()


def _sum_of_atoms(
    atoms: dict[str, tuple[FloatArray, FloatArray]], crystal: AtomicCrystal, vectors: FloatArray, inverse: FloatArray,
    middle: FloatArray, extent: list[int], electrons: bool,
) -> ComplexArray:  # fmt: skip
    """Amplitude of all atoms at the vectors of the grid around a reflection, flat."""
    form = electron_form_factor_nm if electrons else atomic_form_factor
    length, total = np.linalg.norm(vectors, axis=1), np.zeros(len(vectors), dtype=complex)
    for element, (places, shares) in atoms.items():
        total += form(element, length) * _grid(places @ inverse, shares.astype(complex), middle, extent, 1e-6)
    return np.asarray(total * debye_waller_factor(crystal.b_factor_nm2, length))


def _alone_by_atoms(frame: Configuration, crystal: AtomicCrystal, q_body: FloatArray, electrons: bool) -> FloatArray:
    """Mean squared amplitude of one dot at vectors in body axes, by its atoms."""
    parts = [s * np.abs(dot_amplitude(crystal, b, q_body, electrons=electrons)) ** 2 for s, b in sizes_of(frame)]
    return np.asarray(np.sum(parts, axis=0))


def _grid(
    fractions: FloatArray, strengths: ComplexArray, middle: FloatArray, extent: list[int], eps: float
) -> ComplexArray:
    angles = 2 * np.pi * fractions
    wrapped = [np.remainder(a + np.pi, 2 * np.pi) - np.pi for a in angles.T]
    total = GridSums(_modes(extent), len(strengths), eps=eps, single=eps >= 1e-3)
    total.add(wrapped, strengths * np.exp(1j * angles @ middle))
    return total.result().ravel()


def _modes(extent: list[int]) -> tuple[int, int, int]:
    a, b, c = (2 * n + 1 for n in extent)
    return a, b, c
