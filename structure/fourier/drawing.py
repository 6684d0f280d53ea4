"""The power spectrum of a picture with its spots ringed and indexed, so that close ones can be told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]

#: Distance of two indices that are written beside spots, in halves of the picture, and how many are written.
_LABEL_APART, _MOST_LABELS = 0.14, 10


def draw_spots(
    ax: Axes,
    log10_power: NDArray[np.float32],
    extent_per_nm: tuple[float, float],
    spots_per_nm: FloatArray,
    indices: NDArray[np.int64],
    signal_to_noise: FloatArray,
    **imshow_style: Any,
) -> None:
    """Draw a power spectrum with its spots, and the indices of the strongest that do not crowd each other.

    Of several spots of one index the strongest has the large ring: the others are satellites, as of rows that are
    offset in a small periodic box. Spots that no lattice explains are crossed.

    Parameters
    ----------
    ax
        Where to draw.
    log10_power
        Logarithm of the power, shape (rows, columns).
    extent_per_nm
        Largest frequency in it along x and y [1/nm].
    spots_per_nm, indices, signal_to_noise
        Frequencies of the spots [1/nm], shape (n, 2), their indices, shape (n, 2) with 0 0 for none, and how much
        stronger each is than what is around it, shape (n,).
    imshow_style
        Further arguments of matplotlib's ``imshow``.
    """
    x, y = extent_per_nm
    low, high = np.percentile(log10_power, [30, 99.95])
    style: dict[str, Any] = {"cmap": "magma", "vmin": low, "vmax": high, "interpolation": "nearest"}
    ax.imshow(log10_power, extent=(-x, x, -y, y), origin="lower", **(style | imshow_style))
    named = labelled_spots(indices, signal_to_noise)
    member = np.any(indices != 0, axis=1)
    beside = np.setdiff1d(np.flatnonzero(member), named)
    for sign in (1, -1):
        forms: tuple[tuple[NDArray[np.intp], dict[str, Any]], ...] = (
            (named, {"marker": "o", "mfc": "none", "mec": "cyan", "ms": 9, "mew": 1}),
            (beside, {"marker": "o", "mfc": "none", "mec": "cyan", "ms": 4, "mew": 0.5}),
            (np.flatnonzero(~member), {"marker": "x", "color": "0.7", "ms": 4, "mew": 0.7}),
        )
        for which, form in forms:
            ax.plot(*(sign * spots_per_nm[which]).T, ls="none", **form)
    written: list[FloatArray] = []
    for index in named:
        spot = spots_per_nm[index]
        apart = min((float(np.linalg.norm((spot - other) / [x, y])) for other in written), default=np.inf)
        if len(written) < _MOST_LABELS and apart > _LABEL_APART and np.all(np.abs(spot) < 0.9 * np.array([x, y])):
            written.append(spot)
            label = _miller(*(int(i) for i in indices[index]))
            ax.annotate(label, spot, (5, 5), textcoords="offset points", color="white", fontsize=7)
    ax.set(xlim=(-x, x), ylim=(-y, y), xlabel="$f_x$ [nm$^{-1}$]", ylabel="$f_y$ [nm$^{-1}$]")


def labelled_spots(indices: NDArray[np.int64], signal_to_noise: FloatArray) -> NDArray[np.intp]:
    """Number of the strongest spot of each index, the strongest first; spots without an index (0 0) are left out.

    Parameters
    ----------
    indices, signal_to_noise
        Of the spots, shapes (n, 2) and (n,).

    Examples
    --------
    >>> labelled_spots(np.array([[1, 0], [0, 0], [1, 0], [0, 1]]), np.array([3.0, 9.0, 5.0, 4.0])).tolist()
    [2, 3]
    """
    best: dict[tuple[int, int], int] = {}
    for index in np.argsort(-signal_to_noise, kind="stable"):
        h, k = (int(i) for i in indices[index])
        if (h, k) != (0, 0):
            best.setdefault((h, k), int(index))
    return np.array(list(best.values()), dtype=np.intp)


def _miller(h: int, k: int) -> str:
    apart = "," if max(abs(h), abs(k)) > 9 else ""
    return apart.join(f"$\\bar{{{-i}}}$" if i < 0 else str(i) for i in (h, k))
