r"""XRD of a film of superlattices along its normal, from the simulated dots, atom by atom.

The normal is a row of the superlattice. Along it every dot scatters with the exact amplitude of its atoms, in its own
size and orientation, and the dots of one row interfere:

.. math:: I(q) = \langle|A|^2\rangle + 2\,|\langle A\rangle|^2\sum_{n=1}^{C-1}\Big(1-\frac nC\Big)w_n
    \cos(qn\Lambda)\,e^{-q^2\sigma_n^2/2}

with the mean distance :math:`n\Lambda` of nth neighbours along the normal, its variance :math:`\sigma_n^2` and the
share :math:`w_n` of dots that have one, all counted in the frames; C is the size of the domain over the period.
Distances count as Gaussian, and as independent of sizes and tilts. Beyond half the box, where a periodic frame repeats
itself, the variance of a crystal in three dimensions no longer grows: the last one counted stands for all. Rows scatter
independently of each other. Kinematic, without absorption unless the diffractometer's factor is asked for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import finufft
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from packing.checks import require_positive
from packing.configuration import Configuration
from packing.errors import InputError
from structure.diffraction.atomic import AtomicCrystal, cut_sites
from structure.diffraction.atoms import atomic_form_factor, debye_waller_factor
from structure.patterns.curves import ScatteringCurve, checked_q
from structure.saxs.powder import checked_frames

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

#: Dots whose atoms are summed; of more, as many are drawn at even steps.
MOST_DOTS = 256
#: A dot is the nth neighbour of another where it lies within this share of the row's step from its place.
_REACH = 0.35


@dataclass(frozen=True, slots=True, eq=False)
class RowStatistics:
    """How the dots of the rows along a normal are spaced.

    Parameters
    ----------
    period_nm
        Mean distance of neighbours along the normal [nm].
    variances_nm2
        Variance of the distance of nth neighbours along the normal [nm^2], n from 1, shape (k,).
    shares
        Share of the dots that have an nth neighbour, shape (k,).
    """

    period_nm: float
    variances_nm2: FloatArray
    shares: FloatArray

    @property
    def sigma_nm(self) -> float:
        """Standard deviation of the distance of neighbours [nm]."""
        return float(np.sqrt(self.variances_nm2[0]))


def row_statistics(configurations: Configuration | Sequence[Configuration], row_nm: ArrayLike) -> RowStatistics:
    """Period and fluctuation along the rows of a superlattice.

    Parameters
    ----------
    configurations
        One frame, or frames to average over.
    row_nm
        The row's step: a vector of the superlattice in laboratory axes [nm], shape (3,).

    Raises
    ------
    InputError
        For no frames or particles, a row without length, and where no two dots are neighbours along it.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> from structure.crystals.build import build_crystal
    >>> film = build_crystal("sc", spacing_nm=11.5, n_cells=(4, 4, 4), shapes=cube(8.6), displacement_nm=0.1)
    >>> rows = row_statistics(film, [0, 0, 11.5])
    >>> round(rows.period_nm, 6), abs(rows.sigma_nm - 0.1 * 2**0.5) < 0.03
    (11.5, True)
    """
    frames = checked_frames(configurations)
    row = np.asarray(row_nm, dtype=float)
    if row.shape != (3,) or not np.all(np.isfinite(row)) or np.linalg.norm(row) < 1e-6:
        raise InputError(f"row_nm must be a vector of three lengths in nm, above zero, got {row.tolist()}.")
    normal, step = row / np.linalg.norm(row), float(np.linalg.norm(row))
    most = _most_neighbours(frames[0], row)
    found: list[list[FloatArray]] = [[] for _ in range(most)]
    n_dots = sum(f.n_particles for f in frames)
    for frame in frames:
        for n, along in enumerate(_distances(frame, row, normal, most)):
            found[n].append(along)
    gathered = [np.concatenate(parts) for parts in found]
    if not len(gathered[0]):
        raise InputError(f"no two particles are neighbours along the row of {step:.3g} nm. Choose another axis.")
    period = float(gathered[0].mean())
    seen = [d for d in gathered if len(d) > 1]
    return RowStatistics(
        period,
        np.array([np.mean((d - d.mean()) ** 2) for d in seen]),
        np.array([len(d) / n_dots for d in seen]),
    )


def simulate_film_xrd(
    configurations: Configuration | Sequence[Configuration],
    crystal: AtomicCrystal,
    q_inv_nm: ArrayLike,
    *,
    row_nm: ArrayLike,
    domain_nm: float = 150.0,
    strain_spread: float = 0.0,
) -> ScatteringCurve:
    r"""XRD of a film along its normal, with the fringes of its layers on every reflection that lies along it.

    Parameters
    ----------
    configurations
        One frame, or frames to average over.
    crystal
        Atomic lattice in the axes of the bodies.
    q_inv_nm
        Scattering vector along the normal [1/nm], rising, above zero, shape (n,).
    row_nm
        Step of the superlattice's rows along the normal, a vector in laboratory axes [nm], shape (3,).
    domain_nm
        Thickness of the coherent stack [nm].
    strain_spread
        Standard deviation of the atomic lattice constant between dots over its mean; damps what each dot scatters.

    Returns
    -------
    ScatteringCurve
        Square electrons per nanocrystal; ``provenance`` holds the period, its fluctuation and the number of layers.

    Raises
    ------
    InputError
        For q that does not rise or starts at zero, and where no two dots are neighbours along the row.

    References
    ----------
    E. E. Fullerton et al., Phys. Rev. B 45, 9292 (1992), doi:10.1103/PhysRevB.45.9292, for the sum over a stack; S.
    Toso et al., ACS Nano 15, 6243 (2021), for nanocrystal superlattices.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> from structure.crystals.build import build_crystal
    >>> from structure.diffraction.library import crystal_of_material
    >>> film = build_crystal("sc", spacing_nm=11.5, n_cells=(3, 3, 3), shapes=cube(8.6), displacement_nm=0.05)
    >>> curve = simulate_film_xrd(film, crystal_of_material("CsPbBr3"), np.linspace(10, 11.4, 141), row_nm=[0, 0, 11.5])
    >>> curve.provenance["n_layers"]
    13
    """
    q = checked_q(q_inv_nm)
    if q[0] <= 0:
        raise InputError("q_inv_nm must be above zero for a film.")
    frames = checked_frames(configurations)
    row = np.asarray(row_nm, dtype=float)
    rows = row_statistics(frames, row)
    layers = max(1, round(require_positive("domain_nm", domain_nm, "nm") / rows.period_nm))
    mean, square = _dot_amplitudes(frames, crystal, q, row / np.linalg.norm(row), strain_spread)
    waves = np.zeros(len(q))
    last = len(rows.shares) - 1
    for n in range(1, layers):
        k = min(n - 1, last)
        damping = np.exp(-(q**2) * rows.variances_nm2[k] / 2)
        waves += (1 - n / layers) * rows.shares[k] * np.cos(q * n * rows.period_nm) * damping
    return ScatteringCurve(
        q_inv_nm=q,
        intensity=np.maximum(square + 2 * np.abs(mean) ** 2 * waves, 0.0),
        label=f"XRD of a film, {crystal.name}, period {rows.period_nm:.2f} nm",
        provenance={
            "crystal": crystal.name,
            "period_nm": rows.period_nm,
            "sigma_nm": rows.sigma_nm,
            "n_layers": layers,
            "domain_nm": domain_nm,
            "normal": (row / np.linalg.norm(row)).tolist(),
            "unit": "electrons^2 per nanocrystal",
        },
    )


def _most_neighbours(frame: Configuration, row: FloatArray) -> int:
    """How far along the row neighbours are counted: half way through a periodic box, all of a cluster."""
    if frame.cell_nm is None:
        extent = float(np.ptp(frame.positions_nm @ (row / np.linalg.norm(row))))
        return max(1, min(60, round(extent / float(np.linalg.norm(row)))))
    fraction = np.abs(row @ np.linalg.inv(frame.cell_nm)).max()
    return max(1, min(60, int(0.5 / fraction + 1e-6)))


def _distances(frame: Configuration, row: FloatArray, normal: FloatArray, most: int) -> list[FloatArray]:
    """Distances along the normal of all pairs of 1st, 2nd, ... neighbours along the row."""
    x = frame.positions_nm
    reach = _REACH * float(np.linalg.norm(row))
    out = []
    if frame.cell_nm is None:
        tree = cKDTree(x)
        for n in range(1, most + 1):
            away, index = tree.query(x + n * row, distance_upper_bound=reach)
            kept = np.isfinite(away)
            out.append((x[index[kept]] - x[kept]) @ normal)
        return out
    inverse = np.linalg.inv(frame.cell_nm)
    tree, span = _periodic_tree(frame, reach)
    for n in range(1, most + 1):
        fractions = (x + n * row) @ inverse
        home = (fractions - np.floor(fractions + 0.5)) @ frame.cell_nm
        away, index = tree.query(home, distance_upper_bound=reach)
        kept = np.isfinite(away)
        out.append(n * float(row @ normal) + (span[index[kept]] - home[kept]) @ normal)
    return out


def _periodic_tree(frame: Configuration, reach: float) -> tuple[cKDTree, FloatArray]:
    """A tree of the particles and of their images within a reach of the box, with the points in it."""
    assert frame.cell_nm is not None
    x, cell = frame.positions_nm, frame.cell_nm
    inverse = np.linalg.inv(cell)
    margin = reach * np.linalg.norm(inverse, axis=0)
    shifts = np.stack(np.meshgrid(*[(-1, 0, 1)] * 3, indexing="ij"), -1).reshape(-1, 3)
    fractions = ((x @ inverse)[:, None] + shifts).reshape(-1, 3)
    inside = np.all(np.abs(fractions) <= 0.5 + margin, axis=1)
    points = fractions[inside] @ cell
    return cKDTree(points), points


def _dot_amplitudes(
    frames: Sequence[Configuration], crystal: AtomicCrystal, q: FloatArray, normal: FloatArray, strain_spread: float
) -> tuple[ComplexArray, FloatArray]:
    """Mean amplitude and mean squared amplitude of the dots along the normal."""
    total, square, count = np.zeros(len(q), dtype=complex), np.zeros(len(q)), 0
    cut = {k: cut_sites(crystal, s) for k, s in enumerate(frames[0].shapes)}
    elements = sorted(set(crystal.elements))
    forms = [atomic_form_factor(e, q) * debye_waller_factor(crystal.b_factor_nm2, q) for e in elements]
    kind = np.array([elements.index(e) for e in crystal.elements])
    weights = crystal.weights()
    per_frame = max(1, MOST_DOTS // len(frames))
    known: dict[tuple[int, bytes], ComplexArray] = {}
    for frame in frames:
        for j in range(0, frame.n_particles, max(1, -(-frame.n_particles // per_frame))):
            species = int(frame.species[j])
            direction = normal @ frame.rotations[j]
            key = species, np.round(direction, 9).tobytes()
            if key not in known:
                site, positions = cut[species]
                along = np.ascontiguousarray(positions @ direction)
                amplitude = np.zeros(len(q), dtype=complex)
                for k, form in enumerate(forms):
                    mine = kind[site] == k
                    amplitude += form * _line_sum(along[mine], weights[site[mine]], q)
                known[key] = amplitude
            total += known[key]
            square += np.abs(known[key]) ** 2
            count += 1
    mean, square = total / count, square / count
    if strain_spread == 0:
        return np.asarray(mean), np.asarray(square)
    return _strained(q, mean, strain_spread), _strained(q, square, strain_spread).real


def _line_sum(x: FloatArray, weights: FloatArray, q: FloatArray) -> ComplexArray:
    return np.asarray(
        finufft.nufft1d3(x, weights.astype(complex), np.ascontiguousarray(q), eps=1e-8, isign=1, nthreads=1)
    )


def _strained(q: FloatArray, values: ComplexArray | FloatArray, spread: float) -> ComplexArray:
    """Mean over lattice constants: each q reads the values at q (1 + strain), by a rule for Gaussians."""
    nodes, shares = np.polynomial.hermite_e.hermegauss(9)
    out = np.zeros(len(q), dtype=complex)
    for node, share in zip(nodes, shares / math.sqrt(2 * math.pi), strict=True):
        out += share * np.interp(q * (1 + spread * node), q, values)
    return out
