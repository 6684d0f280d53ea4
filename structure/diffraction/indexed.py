"""A pattern with the indices of its spots: of the superlattice near the beam, of the atomic lattice farther out."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from structure.diffraction.atomic import AtomicCrystal
from structure.patterns.patterns import ScatteringPattern

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]

#: A reflection belongs to the zone where it lies within this of the plane across the beam, over its length.
_IN_ZONE = 0.03
#: Of a lattice of particles a reflection is extinct where its structure factor is below this share of the strongest.
_EXTINCT = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotMark:
    """A spot with its indices, its place across the beam [1/nm] and, of atoms, its strength over the strongest."""

    label: str
    qx_inv_nm: float
    qy_inv_nm: float
    strength: float = 1.0

    @property
    def q_inv_nm(self) -> float:
        """Distance from the beam [1/nm]."""
        return float(np.hypot(self.qx_inv_nm, self.qy_inv_nm))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IndexedPattern:
    """A pattern with the spots that belong to its zone axis.

    Parameters
    ----------
    pattern
        The pattern.
    superlattice
        Spots of the superlattice, out to half way to the first atomic reflection.
    atomic
        Reflections of the atomic lattice in the mean orientation of the dots.
    """

    pattern: ScatteringPattern
    superlattice: tuple[SpotMark, ...] = ()
    atomic: tuple[SpotMark, ...] = ()

    def rows(self) -> list[tuple[str, str, float, float]]:
        """Lattice, indices, q [1/nm] and spacing 2 pi/q [nm] of each spot, one of each pair, from the beam outwards."""
        out = []
        for name, marks in (("superlattice", self.superlattice), ("atoms", self.atomic)):
            for mark in sorted(marks, key=lambda m: (round(m.q_inv_nm, 6), m.label)):
                if (mark.qx_inv_nm, mark.qy_inv_nm) > (1e-9, -np.inf) or (
                    abs(mark.qx_inv_nm) <= 1e-9 and mark.qy_inv_nm > 0
                ):
                    out.append((name, mark.label, mark.q_inv_nm, 2 * np.pi / mark.q_inv_nm))
        return out

    def plot(
        self, ax: Axes | None = None, *, q_max_inv_nm: float | None = None, beamstop_inv_nm: float | None = None,
        decades: float = 5.0, **style: Any,
    ) -> Axes:  # fmt: skip
        """Draw the pattern with the indices beside its strongest spots.

        The edge is at ``q_max_inv_nm`` [1/nm], by default that of the pattern: a smaller one shows its middle. The disc
        has the radius ``beamstop_inv_nm`` [1/nm], by default what hides all that cannot be trusted; colours span
        ``decades``.
        """
        stop = self.pattern.q_min_trusted_inv_nm if beamstop_inv_nm is None else beamstop_inv_nm
        axes = self.pattern.plot(ax, beamstop_inv_nm=stop, decades=decades, **style)
        edge = float(self.pattern.qx_inv_nm[-1]) if q_max_inv_nm is None else q_max_inv_nm
        marks = [m for m in self.atomic if m.strength > 0.02]
        if not marks or edge < 0.9 * min(m.q_inv_nm for m in marks):
            nearest = sorted(self.superlattice, key=lambda m: m.q_inv_nm)
            marks = [m for m in nearest if m.q_inv_nm < 3.2 * nearest[0].q_inv_nm] if nearest else []
        for mark in marks:
            if max(abs(mark.qx_inv_nm), abs(mark.qy_inv_nm)) < 0.96 * edge:
                # At the right edge the indices stand left of their spot, so that they are not cut off.
                side, where = (-4, "right") if mark.qx_inv_nm > 0.8 * edge else (4, "left")
                axes.annotate(
                    _overlined(mark.label), (mark.qx_inv_nm, mark.qy_inv_nm), xytext=(side, 4), color="white",
                    fontsize=7, horizontalalignment=where,
                    # They lie inside: a layout that measures hundreds of them takes most of the figure's time.
                    textcoords="offset points", in_layout=False,
                )  # fmt: skip
        if q_max_inv_nm is not None:
            axes.set(xlim=(-edge, edge), ylim=(-edge, edge))
        if (names := self.pattern.provenance.get("axes")) is not None:
            axes.set(xlabel=names[0], ylabel=names[1])
        return axes


def in_plane_marks(
    cell_nm: ArrayLike,
    view: FloatArray,
    q_max_inv_nm: float,
    *,
    crystal: AtomicCrystal | None = None,
    sites_nm: FloatArray | None = None,
) -> tuple[SpotMark, ...]:
    """The reciprocal vectors of a cell that lie across the beam, up to a length, of which something scatters.

    Parameters
    ----------
    cell_nm
        Vectors as rows in laboratory axes [nm], shape (3, 3).
    view
        Rotation from laboratory axes to those of the detector, the beam along z, shape (3, 3).
    q_max_inv_nm
        Largest length [1/nm].
    crystal
        The crystal of that cell, whose structure factors tell which reflections there are.
    sites_nm
        Or the places of the particles on that lattice [nm], shape (n, 3): centred cells lack some reflections.

    Examples
    --------
    >>> marks = in_plane_marks(11.0 * np.eye(3), np.eye(3), 0.6)
    >>> sorted(m.label for m in marks)
    ['-100', '0-10', '010', '100']
    """
    cell = np.asarray(cell_nm, dtype=float)
    reach = [max(1, int(q_max_inv_nm * np.linalg.norm(a) / (2 * np.pi)) + 1) for a in cell]
    hkl = np.array(list(itertools.product(*(range(-n, n + 1) for n in reach))))
    vectors = 2 * np.pi * hkl @ np.linalg.inv(cell).T @ view.T
    length = np.linalg.norm(vectors, axis=1)
    kept = (length > 0) & (length <= q_max_inv_nm) & (np.abs(vectors[:, 2]) <= _IN_ZONE * length)
    hkl, vectors = hkl[kept], vectors[kept]
    strength = np.ones(len(hkl))
    if crystal is not None and len(hkl):
        squared = np.abs(crystal.cell_amplitude(2 * np.pi * hkl @ np.linalg.inv(crystal.cell_nm).T)) ** 2
        strength = squared / squared.max()
    elif sites_nm is not None and len(hkl):
        waves = np.exp(1j * sites_nm @ (2 * np.pi * hkl @ np.linalg.inv(cell).T).T)
        squared = np.abs(waves.mean(axis=0)) ** 2
        strength = np.where(squared > _EXTINCT * squared.max(), 1.0, 0.0)
    return tuple(
        SpotMark(label="".join(str(i) for i in h), qx_inv_nm=float(x), qy_inv_nm=float(y), strength=float(s))
        for h, (x, y, _), s in zip(hkl, vectors, strength, strict=True)
        if s > 1e-6
    )


def _overlined(label: str) -> str:
    """Negative indices with a bar, for matplotlib."""
    out, minus = "", False
    for sign in label:
        if sign == "-":
            minus = True
            continue
        out += rf"\bar{{{sign}}}" if minus else sign
        minus = False
    return f"${out}$"
