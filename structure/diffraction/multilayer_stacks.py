"""Multilayer diffraction from explicit stacks: drawn at random, or out of a simulation."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.checks import require_positive
from packing.configuration import Configuration
from packing.errors import InputError
from structure.diffraction.atoms import atomic_form_factor
from structure.diffraction.multilayer import Multilayer
from structure.diffraction.multilayer_planes import PlaneStack
from structure.patterns.curves import ScatteringCurve, checked_q

FloatArray = NDArray[np.float64]


def monte_carlo_intensity(
    q_inv_nm: ArrayLike, model: Multilayer, *, n_stacks: int = 2000, seed: int = 0
) -> tuple[FloatArray, FloatArray]:
    """Intensity per nanocrystal and its standard error, from stacks drawn at random; shape (n_q,) each.

    Every nanocrystal and every filled gap is placed and summed; no average is taken before the square.

    Parameters
    ----------
    q_inv_nm
        Scattering vector along the normal [1/nm], rising, shape (n_q,).
    model
        The multilayer.
    n_stacks
        Stacks drawn.
    seed
        Their seed.

    Raises
    ------
    InputError
        For q that does not rise.

    Examples
    --------
    >>> from structure.diffraction.multilayer import multilayer_intensity
    >>> from structure.diffraction.multilayer_planes import perovskite_planes
    >>> film = Multilayer(planes=perovskite_planes("CsPbBr3"), n_planes=29, n_layers=5, gap_nm=3.0, gap_sd_nm=0.1)
    >>> drawn, error = monte_carlo_intensity([10.6, 10.7], film, n_stacks=500)
    >>> bool(np.all(np.abs(drawn - multilayer_intensity([10.6, 10.7], film)) < 4 * error))
    True
    """
    q = checked_q(q_inv_nm)
    rng = np.random.default_rng(seed)
    n, shares = model.sizes()
    amplitudes = np.array([model.planes.amplitude(q, int(k)) for k in n])
    carbon = model.organic_carbon_per_nm * atomic_form_factor("C", q)
    mean, square = np.zeros(len(q)), np.zeros(len(q))
    for _ in range(n_stacks):
        kinds = rng.choice(len(n), size=model.n_layers, p=shares)
        thickness = (n[kinds] - 1) * model.planes.plane_spacing_nm
        gaps = rng.normal(model.gap_nm, model.gap_sd_nm, model.n_layers - 1)
        start = np.concatenate([[0.0], np.cumsum(thickness[:-1] + gaps)])
        total = (amplitudes[kinds] * np.exp(1j * np.outer(start, q))).sum(axis=0)
        # An even layer from the top of each crystal to the next one.
        low = start[:-1] + thickness[:-1]
        layers = np.exp(1j * np.outer(low + gaps / 2, q)) * np.sinc(np.outer(gaps, q) / (2 * np.pi)) * gaps[:, None]
        total += carbon * layers.sum(axis=0)
        intensity = np.abs(total) ** 2 / model.n_layers
        mean += intensity
        square += intensity**2
    mean /= n_stacks
    return mean, np.sqrt(np.maximum(square / n_stacks - mean**2, 0) / n_stacks)


def columns_along(frame: Configuration, axis: int = 2, *, lateral_nm: float | None = None) -> list[FloatArray]:
    """Heights [nm] of the nanocrystals in each column of a crystal along a box axis, sorted.

    Particles belong to one column when they lie within ``lateral_nm`` (default: half the smallest edge of the cores) of
    its first member across the axis. Only columns of at least two are given.

    Parameters
    ----------
    frame
        The superlattice.
    axis
        Laboratory axis of the columns, 0, 1 or 2.
    lateral_nm
        How far across the axis a column reaches [nm].

    Raises
    ------
    InputError
        For an axis other than 0, 1 or 2.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> from structure.crystals.build import build_crystal
    >>> [len(z) for z in columns_along(build_crystal("sc", spacing_nm=11.0, n_cells=(1, 2, 3), shapes=cube(8.6)))]
    [3, 3]
    """
    if axis not in (0, 1, 2):
        raise InputError(f"axis must be 0, 1 or 2, got {axis}.")
    reach = min(s.inradius_nm for s in frame.shapes) if lateral_nm is None else lateral_nm
    require_positive("lateral_nm", reach, "nm")
    x, cell = frame.positions_nm, frame.cell_nm
    across = [k for k in range(3) if k != axis]
    left = np.argsort(x[:, axis], kind="stable")
    columns = []
    while len(left):
        offset = x[left] - x[left[0]]
        if cell is not None:
            # From the last cell vector, which alone reaches along z, to the first; a tilted one shifts heights too.
            for k in reversed(across):
                offset -= np.outer(np.rint(offset[:, k] / cell[k, k]), cell[k])
        mine = np.hypot(*offset[:, across].T) < reach
        if np.count_nonzero(mine) > 1:
            columns.append(np.sort(x[left[0], axis] + offset[mine, axis]))
        left = left[~mine]
    return columns


def simulate_multilayer(
    frame: Configuration,
    planes: PlaneStack,
    q_inv_nm: ArrayLike,
    *,
    n_planes: int,
    axis: int = 2,
    lateral_nm: float | None = None,
) -> ScatteringCurve:
    r"""Multilayer diffraction of a simulated superlattice along one of its axes.

    Each column of nanocrystals is a coherent stack with its own heights; columns scatter independently:

    .. math:: I = \Big\langle\frac1C\Big|\sum_j F\,e^{iqz_j}\Big|^2\Big\rangle_{columns} .

    Parameters
    ----------
    frame
        The superlattice; nanocrystals are taken as aligned with the axis.
    planes
        Atomic planes of a nanocrystal.
    q_inv_nm
        Scattering vector along the axis [1/nm].
    n_planes
        Planes per nanocrystal.
    axis
        Laboratory axis of the stack, 0, 1 or 2.
    lateral_nm
        How far across the axis a column reaches [nm].

    Raises
    ------
    InputError
        If no column holds two nanocrystals.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> from structure.crystals.build import build_crystal
    >>> from structure.diffraction.multilayer_planes import perovskite_planes
    >>> film = build_crystal("sc", spacing_nm=11.5, n_cells=(2, 2, 6), shapes=cube(8.6), displacement_nm=0.1)
    >>> curve = simulate_multilayer(film, perovskite_planes("CsPbBr3"), np.linspace(10, 11, 50), n_planes=29)
    >>> curve.provenance["columns"]
    4

    References
    ----------
    E. E. Fullerton et al., Phys. Rev. B 45, 9292 (1992), doi:10.1103/PhysRevB.45.9292.
    """
    q = checked_q(q_inv_nm)
    columns = columns_along(frame, axis, lateral_nm=lateral_nm)
    if not columns:
        raise InputError("no column along the axis holds two nanocrystals. Choose another axis or a larger lateral_nm.")
    single = np.abs(planes.amplitude(q, n_planes)) ** 2
    stacks = [np.abs(np.exp(1j * np.outer(z, q)).sum(axis=0)) ** 2 / len(z) for z in columns]
    periods = np.concatenate([np.diff(z) for z in columns])
    return ScatteringCurve(
        q_inv_nm=q,
        intensity=single * np.mean(stacks, axis=0),
        label=f"{len(columns)} columns, period {periods.mean():.2f} nm",
        provenance={
            "columns": len(columns),
            "period_nm": float(periods.mean()),
            "period_sd_nm": float(periods.std()),
            "unit": "electrons^2 per surface cell and nanocrystal",
        },
    )
