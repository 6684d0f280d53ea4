"""Drawing of scattering patterns, and the rings of a lattice to draw on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from structure.crystals.reciprocal import peak_families

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]


def ring_positions(
    lattice: str, *, spacing_nm: float, q_max_inv_nm: float, c_over_a: float | None = None
) -> dict[str, float]:
    """Radius [1/nm] of each powder ring of a lattice by its indices in the orthogonal conventional cell.

    Parameters
    ----------
    lattice
        A name that `unit_cell` knows.
    spacing_nm
        Nearest-neighbour distance [nm].
    q_max_inv_nm
        Radius of the largest ring [1/nm].
    c_over_a
        Axial ratio, None for that of the lattice.

    Examples
    --------
    >>> {hkl: round(q, 3) for hkl, q in ring_positions("sc", spacing_nm=11.0, q_max_inv_nm=1.0).items()}
    {'100': 0.571, '110': 0.808, '111': 0.989}
    """
    families = peak_families(lattice, c_over_a, q_max_inv_nm * spacing_nm, merge_axes=True)
    rings: dict[str, float] = {}
    for hkl, length in zip(families.hkl, families.length / spacing_nm, strict=True):
        if length > q_max_inv_nm:
            break
        if not any(abs(length - q) < 1e-6 * q for q in rings.values()):
            rings["".join(str(i) for i in hkl)] = float(length)
    return rings


def draw_pattern(
    ax: Axes,
    qx: FloatArray,
    qy: FloatArray,
    intensity: FloatArray,
    beamstop_inv_nm: float,
    rings: Mapping[str, float],
    decades: float,
    style: Mapping[str, Any],
) -> None:
    """Log-scaled image with a beamstop disc and labelled rings.

    Parameters
    ----------
    ax
        Where to draw.
    qx, qy
        Scattering vector of each column and each row, evenly spaced [1/nm].
    intensity
        Intensity in any unit, shape (rows, columns).
    beamstop_inv_nm
        Radius of the disc [1/nm], 0 for none; the colours are scaled to what is outside.
    rings
        Radius [1/nm] by label.
    decades
        How far below the maximum the colours reach, as a power of ten.
    style
        Further arguments of matplotlib's ``imshow``.
    """
    from matplotlib.colors import LogNorm
    from matplotlib.patches import Circle

    outside = np.hypot(qx, qy[:, None]) > beamstop_inv_nm
    shown = intensity[outside & np.isfinite(intensity)]
    top = float(shown.max()) if shown.size and shown.max() > 0 else 1.0
    image = np.clip(intensity, top * 10**-decades, None)
    dx, dy = (qx[1] - qx[0]) / 2, (qy[1] - qy[0]) / 2
    extent = (qx[0] - dx, qx[-1] + dx, qy[0] - dy, qy[-1] + dy)
    drawn: dict[str, Any] = {
        "cmap": "inferno",
        "norm": LogNorm(top * 10**-decades, top),
        "interpolation": "nearest",
    } | dict(style)
    picture = ax.imshow(image, origin="lower", extent=extent, **drawn)
    ax.figure.colorbar(picture, ax=ax, label="$I$ [arb. u.]")
    if beamstop_inv_nm > 0:
        ax.add_patch(Circle((0, 0), beamstop_inv_nm, color="0.6", zorder=3))
    # Labels go around so that close rings do not write over each other.
    for i, (label, radius) in enumerate(rings.items()):
        ax.add_patch(Circle((0, 0), radius, fill=False, ec="white", lw=0.5, ls=":", alpha=0.7))
        angle = np.radians(20 + 17 * i)
        at = radius * np.cos(angle), radius * np.sin(angle)
        if abs(at[0]) < qx[-1] and abs(at[1]) < qy[-1]:
            ax.text(*at, label, color="white", fontsize=7, ha="center", va="center")
    ax.set(xlabel="$q_x$ [nm$^{-1}$]", ylabel="$q_y$ [nm$^{-1}$]", xlim=extent[:2], ylim=extent[2:])
