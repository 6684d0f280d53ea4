"""Spacing of coated cubes and cuboids face to face: three closed forms for the dry crystal.

All take the dry shell ``t = xi L`` (`Coating.shell_nm`), the ligand volume per facet area, and work on arrays. For
every cuboid ``fill <= round <= plate``. ``fill`` is a lower bound, ``plate`` a model's value and no upper bound.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.errors import InputError

FloatArray = NDArray[np.float64]


def plate_spacing_nm(edge_nm: ArrayLike, shell_nm: ArrayLike) -> FloatArray:
    """Period if chains stand straight on each facet and edges stay empty [nm]: edge + 2 t.

    The largest of the three forms, but no bound: the volume of ligand says nothing against a wider gap, and shells that
    push each other off keep cubes a little farther apart than this. It is also the stacking period of plates: plate
    thickness plus two shells.

    Parameters
    ----------
    edge_nm
        Edge of the core [nm].
    shell_nm
        Dry ligand volume per area, t [nm]; broadcasts with ``edge_nm``.

    Raises
    ------
    InputError
        For an edge that is not positive or a shell that is negative.

    Examples
    --------
    >>> float(plate_spacing_nm(8.6, 0.8 * 2.504).round(2))
    12.61
    """
    edge, shell = _checked(edge_nm, shell_nm)
    return edge + 2 * shell


def fill_spacing_nm(edge_nm: ArrayLike, shell_nm: ArrayLike) -> FloatArray:
    r"""Period if the ligand fills all space between cubes [nm], :math:`(l^3+6l^2t)^{1/3}`: the lower bound.

    Chains bend into the voids at edges and corners. The same form as the optimal packing model with R -> l/2;
    a denser crystal would need ligand denser than crystalline polyethylene.

    Parameters
    ----------
    edge_nm
        Edge of the core [nm].
    shell_nm
        Dry ligand volume per area, t [nm]; broadcasts with ``edge_nm``.

    Raises
    ------
    InputError
        For an edge that is not positive or a shell that is negative.

    Examples
    --------
    >>> float(fill_spacing_nm(8.6, 0.8 * 2.504).round(2))
    11.51
    """
    edge, shell = _checked(edge_nm, shell_nm)
    return np.cbrt(edge**3 + 6 * edge**2 * shell)


def round_spacing_nm(edge_nm: ArrayLike, shell_nm: ArrayLike) -> FloatArray:
    r"""Period if the ligand forms a layer of even thickness around a cube [nm], edges rounded: :math:`l+2h`.

    h solves Steiner's :math:`6l^2h+3\pi lh^2+\tfrac43\pi h^3=6l^2t`.

    Parameters
    ----------
    edge_nm
        Edge of the core [nm].
    shell_nm
        Dry ligand volume per area, t [nm]; broadcasts with ``edge_nm``.

    Raises
    ------
    InputError
        For an edge that is not positive or a shell that is negative.

    Examples
    --------
    >>> float(round_spacing_nm(8.6, 0.8 * 2.504).round(2))
    11.67
    """
    edge, shell = _checked(edge_nm, shell_nm)
    return edge + 2 * round_layer_nm(6 * edge**2, 12 * edge, 6 * edge**2 * shell)


def round_layer_nm(surface_nm2: ArrayLike, edge_length_nm: ArrayLike, ligand_nm3: ArrayLike) -> FloatArray:
    r"""Even thickness h of a layer of given volume around a convex polyhedron with right-angled edges [nm].

    Solves :math:`S h + \tfrac{\pi}{4} E h^2 + \tfrac43\pi h^3 = V` (Steiner), S the surface and E the summed edges,
    by Newton steps from above, which converge from any start because the left side is convex and rising.

    Parameters
    ----------
    surface_nm2
        Surface S [nm^2].
    edge_length_nm
        Length of all edges together, E [nm]; of any convex body 4 M/pi, with M the integral of its mean curvature.
    ligand_nm3
        Volume V of the layer [nm^3]; all three broadcast.
    """
    s, e, v = np.broadcast_arrays(*(np.asarray(x, dtype=np.float64) for x in (surface_nm2, edge_length_nm, ligand_nm3)))
    b, c = math.pi / 4 * e, 4 / 3 * math.pi
    # Each term alone bounds h from above.
    h = np.minimum(np.divide(v, s, out=np.full(v.shape, np.inf), where=s > 0), np.cbrt(v / c))
    for _ in range(40):
        step = (h * (s + h * (b + h * c)) - v) / (s + h * (2 * b + 3 * h * c))
        h = h - step
        if np.all(np.abs(step) <= 1e-15 * (1 + h)):
            break
    return np.asarray(h)


def fill_layer_nm(edges_nm: Sequence[ArrayLike], cell_volume_nm3: ArrayLike) -> FloatArray:
    """Thickness h [nm] for which a cuboid cell, every edge longer by 2h, has the given volume.

    Newton from above; the volume is convex and rising in h. Zero where the cuboid itself is larger.

    Parameters
    ----------
    edges_nm
        The three edges of the cuboid [nm].
    cell_volume_nm3
        Volume of the cell [nm^3]; all broadcast.

    Examples
    --------
    >>> float(fill_layer_nm((1.0, 1.0, 1.0), 8.0))
    0.5
    """
    a, b, c, v = np.broadcast_arrays(*(np.asarray(x, dtype=np.float64) for x in (*edges_nm, cell_volume_nm3)))
    h = np.cbrt(v) / 2
    for _ in range(60):
        x, y, z = a + 2 * h, b + 2 * h, c + 2 * h
        step = (x * y * z - v) / (2 * (x * y + y * z + z * x))
        h = h - step
        if np.all(np.abs(step) <= 1e-15 * (1 + np.abs(h))):
            break
    return np.maximum(h, 0.0)


def _checked(edge_nm: ArrayLike, shell_nm: ArrayLike) -> tuple[FloatArray, FloatArray]:
    edge, shell = np.asarray(edge_nm, dtype=np.float64), np.asarray(shell_nm, dtype=np.float64)
    if not np.all(np.isfinite(edge)) or np.any(edge <= 0):
        raise InputError("edge_nm must be positive and finite. Give the core edge in nm.")
    if not np.all(np.isfinite(shell)) or np.any(shell < 0):
        raise InputError("shell_nm must be finite and not negative. Give the dry ligand thickness in nm.")
    return edge, shell
