"""One lattice and one spacing from the two routes through a micrograph."""

from __future__ import annotations

import numpy as np

from structure.micrograph_order import MicrographOrder


def settled_lattice(order: MicrographOrder) -> str:
    """The lattice both routes together speak for, ``none`` where neither sees it in a third of the picture.

    A common distortion of all patches, four times its own spread, makes a lattice of lower symmetry; distortions that
    differ from place to place do not.
    """
    a, b = order.patches, order.particles
    # Neighbours alone would name a lattice in stripes and in dense liquids: some patches have to agree with them.
    confirmed = b.share >= 0.33 and a.share >= 0.05 and order.agreement < 0.03
    if a.share < 0.33 and not confirmed:
        return "none"
    lattice = a.lattice if a.share >= b.share else b.lattice
    if a.lattice == lattice and a.share > 0.6 and a.strain > max(0.08, 4 * a.strain_spread):
        cells = a.patches.cells_px[a.agreeing]
        lengths = np.linalg.norm(cells, axis=2)
        cosine = np.abs(np.einsum("na,na->n", cells[:, 0], cells[:, 1]) / lengths.prod(axis=1))
        return "rectangular" if np.median(cosine) < 0.03 else "oblique"
    return lattice


def settled_spacing_px(order: MicrographOrder, lattice: str) -> tuple[float, float]:
    """Spacing from both routes by their inverse variances, and its standard error [px]; NaN without a lattice.

    Patches err by their scatter (they overlap by half, so a quarter of them is independent). Located particles are
    pushed towards vacancies and by unequal neighbours, which no averaging removes: they count with 0.5 % and 5 % of
    the share of empty places.
    """
    a, b = order.patches, order.particles
    if lattice == "none":
        return float("nan"), float("nan")
    n_independent = max(np.count_nonzero(a.agreeing) / 4, 1)
    if lattice in ("rectangular", "oblique"):
        shortest = np.linalg.norm(a.patches.cells_px[a.agreeing], axis=2).min(axis=1)
        return float(np.median(shortest)), float(np.std(shortest) / np.sqrt(n_independent))
    parts = []
    if a.lattice == lattice:
        spread = max(a.spread_px, 0.01 * a.spacing_px / np.sqrt(n_independent))
        parts.append((a.spacing_px, max(spread / np.sqrt(n_independent), 2e-4 * a.spacing_px), a.share))
    if b.lattice == lattice:
        empty = 1 - float(np.mean(b.neighbours.occupied[b.ordered])) if b.ordered.any() else 0.0
        parts.append((b.spacing_px, (0.005 + 0.05 * empty) * b.spacing_px, b.share))
    if len(parts) == 2 and order.agreement > 0.03:
        parts = [max(parts, key=lambda p: p[2])]
    weights = np.array([1 / p[1] ** 2 for p in parts])
    return float(weights @ [p[0] for p in parts] / weights.sum()), float(1 / np.sqrt(weights.sum()))
