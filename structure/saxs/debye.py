"""Debye's formula for free clusters, by a histogram of distances: the isotropic shortcut."""

from __future__ import annotations

import finufft
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.distance import pdist

from packing.configuration import Configuration
from packing.errors import InputError
from structure.form_factors.average import form_factor
from structure.patterns.curves import ScatteringCurve, checked_q
from structure.saxs.powder import lowest_trusted_q

FloatArray = NDArray[np.float64]

#: Width of a distance bin [nm]; the mean within it is corrected, what is left is below (q dr)^2/24 over sqrt(pairs).
_BIN_NM = 0.002
#: Distances of one pass.
_BLOCK = 700_000


def debye_saxs(frame: Configuration, q_inv_nm: ArrayLike) -> ScatteringCurve:
    r"""Powder SAXS of a free cluster under the assumption that particles scatter the same in all directions.

    .. math:: I = \Big[\sum_i \langle F_i^2\rangle + \sum_{i\ne j}\langle F_i\rangle\langle F_j\rangle
        \frac{\sin qr_{ij}}{qr_{ij}}\Big] \Big/ \sum_i V_i^2

    Exact for spheres and points. For cubes it *assumes that orientations are random and independent of positions*:
    it is wrong for cubes that follow a lattice, where `simulate_saxs` is right.

    Parameters
    ----------
    frame
        A free cluster.
    q_inv_nm
        Scattering vector [1/nm].

    Raises
    ------
    InputError
        For a periodic box, whose distances have no end; `simulate_saxs` takes it.

    References
    ----------
    P. Debye, Ann. Phys. 351, 809 (1915), doi:10.1002/andp.19153510606.

    Examples
    --------
    >>> from packing.configuration import configuration
    >>> from packing.shapes import Sphere
    >>> pair = configuration([[0, 0, 0], [10, 0, 0]], shapes=Sphere(diameter_nm=1e-3))
    >>> debye_saxs(pair, [np.pi / 20, np.pi / 10]).intensity.round(3).tolist()
    [1.637, 1.0]
    """
    if frame.box is not None:
        raise InputError("debye_saxs needs a free cluster: this configuration has a periodic box. Use simulate_saxs.")
    if frame.n_particles == 0:
        raise InputError("configuration has no particles: give a frame that has some.")
    q = checked_q(q_inv_nm)
    averages = [form_factor(s, q) for s in frame.shapes]
    volumes = np.array([s.volume_nm3 for s in frame.shapes])
    numbers = np.bincount(frame.species, minlength=len(volumes))
    # With its sign, which matters between species: the root of its square would lose it.
    means = [v * _mean_amplitude(s, q) for v, s in zip(volumes, frame.shapes, strict=True)]
    total = sum(n * v**2 * a.intensity for n, v, a in zip(numbers, volumes, averages, strict=True))
    pairs = pair_histograms(frame.positions_nm, frame.species, len(volumes))
    for (i, j), histogram in pairs.items():
        total = total + 2 * means[i] * means[j] * sinc_transform(histogram, q)
    return ScatteringCurve(
        q_inv_nm=q,
        intensity=np.asarray(total) / float(numbers @ volumes**2),
        q_min_trusted_inv_nm=lowest_trusted_q(frame),
        label=f"Debye, {frame.n_particles} particles",
        provenance={
            "route": "Debye",
            "assumes": "isotropic particles, or random orientations independent of positions",
        },
    )


def debye_points(positions_nm: ArrayLike, q_inv_nm: ArrayLike) -> FloatArray:
    """Powder structure factor per point of a free cluster of points [nm], by Debye's formula.

    ``positions_nm`` has the shape (N, 3), ``q_inv_nm`` [1/nm] rises and has the shape (n_q,), as the result has.

    Examples
    --------
    >>> debye_points([[0, 0, 0], [10, 0, 0]], [0.5]).round(3).tolist()
    [0.808]
    """
    x = np.asarray(positions_nm, dtype=float)
    q = checked_q(q_inv_nm)
    histogram = pair_histograms(x, np.zeros(len(x), dtype=np.int64), 1)[0, 0]
    return 1 + 2 * sinc_transform(histogram, q) / len(x)


def pair_histograms(
    positions_nm: FloatArray, species: NDArray[np.int64], n_species: int
) -> dict[tuple[int, int], FloatArray]:
    """How many pairs of each two species lie in each distance bin of `_BIN_NM`; each pair once.

    Parameters
    ----------
    positions_nm
        Places of the particles [nm], shape (N, 3).
    species
        Species of each of them, 0 to ``n_species`` - 1, shape (N,).
    """
    x = (positions_nm - positions_nm.mean(axis=0)) / _BIN_NM
    n_bins = int(2 * np.linalg.norm(x, axis=1).max()) + 3
    members = [x[species == s] for s in range(n_species)]
    out = {}
    for i in range(n_species):
        for j in range(i, n_species):
            out[i, j] = _histogram(members[i], members[j], n_bins, same=i == j)
    return out


def sinc_transform(histogram: FloatArray, q_inv_nm: FloatArray) -> FloatArray:
    r"""Sum of :math:`\sin qr/qr` over the pairs of a histogram, with the mean of a bin for each pair in it.

    ``histogram`` holds the number of pairs in bins of `_BIN_NM` from 0; ``q_inv_nm`` [1/nm] has the shape (n_q,), as
    the sums have.
    """
    r = (np.arange(len(histogram)) + 0.5) * _BIN_NM
    filled = histogram > 0
    if not filled.any():
        return np.zeros(len(q_inv_nm))
    q = np.maximum(q_inv_nm, 1e-9)
    c = (histogram[filled] / r[filled]).astype(complex)
    sums = np.asarray(finufft.nufft1d3(np.ascontiguousarray(r[filled]), c, np.ascontiguousarray(q), eps=1e-10, isign=1))
    return np.asarray(sums.imag / q * np.sinc(q * _BIN_NM / (2 * np.pi)))


def _histogram(a: FloatArray, b: FloatArray, n_bins: int, *, same: bool) -> FloatArray:
    """Distances between the rows of two sets, counted per unit length, block by block.

    Squared distances come from one matrix product of (-2a, a.a, 1) with (b, 1, b.b).
    """
    out = np.zeros(n_bins)
    left = np.column_stack([-2 * a, (a**2).sum(axis=1), np.ones(len(a))])
    right = np.ascontiguousarray(np.column_stack([b, np.ones(len(b)), (b**2).sum(axis=1)]).T)
    rows = max(1, min(len(a), _BLOCK // max(len(b), 1)))
    # Work space is made once: fresh memory for each block would cost as much as the sums.
    distances, bins = np.empty(rows * len(b)), np.empty(rows * len(b), dtype=np.intp)
    for start in range(0, len(a), rows):
        block = left[start : start + rows]
        # Of one set with itself each pair is taken once: later rows, and the pairs within the block.
        first = start + len(block) if same else 0
        if same:
            inner = np.bincount(pdist(a[start:first]).astype(np.intp))
            out[: len(inner)] += inner
        shape = (len(block), len(b) - first)
        r = np.matmul(block, right[:, first:], out=distances[: shape[0] * shape[1]].reshape(shape))
        # Rounding may leave a zero distance slightly negative.
        np.sqrt(np.abs(r, out=r), out=r)
        index = bins[: r.size]
        np.copyto(index.reshape(shape), r, casting="unsafe")
        counts = np.bincount(index)
        out[: len(counts)] += counts
    return out


def _mean_amplitude(shape: object, q: FloatArray) -> FloatArray:
    """Amplitude over the volume, averaged over orientations, shape (n_q,)."""
    from packing.shapes import Sphere
    from structure.form_factors.average import mean_amplitude, sized_terms
    from structure.form_factors.bodies import sphere_amplitude
    from structure.form_factors.table import direction_table

    if isinstance(shape, Sphere):
        return sphere_amplitude(q, shape.diameter_nm / 2)
    terms = sized_terms(shape, np.ones(1))  # type: ignore[arg-type]
    reach = float(q[-1] * terms[0].lengths_nm[0])
    mean = mean_amplitude(q, terms, np.ones(1), reach) @ direction_table(terms[0].body, reach).weights
    return np.asarray(mean / terms[0].strengths[0])
