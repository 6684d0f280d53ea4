"""When a spacing read from a micrograph can be trusted: the rules, in one place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from structure.fourier.indexing import cell_angle_deg
from structure.micrographs.order import plane_spacing
from structure.micrographs.order_result import PUSHED, MicrographOrder

FloatArray = NDArray[np.float64]


def settled_lattice(order: MicrographOrder) -> str:
    """The lattice both routes together speak for, ``none`` where neither sees it in a third of the picture.

    One patch that the particles do not confirm is none either: of 30 pictures of noise two had one.

    A common distortion of all patches, four times its own spread, makes a lattice of lower symmetry; distortions that
    differ from place to place do not.
    """
    a, b = order.patches, order.particles
    # Neighbours alone would name a lattice in stripes and in dense liquids: some patches have to agree with them.
    confirmed = b.share >= 0.33 and a.share >= 0.05 and order.agrees
    # The few spots of noise often lie on some lattice: one patch says nothing by itself.
    alone = np.count_nonzero(a.agreeing) < 2
    if (a.share < 0.33 or alone) and not confirmed:
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

    Located particles are pushed towards vacancies and by unequal neighbours, which no averaging removes: they count
    with 0.5 % and a tenth of the share of empty places.
    """
    a, b = order.patches, order.particles
    if lattice == "none":
        return float("nan"), float("nan")
    if lattice in ("rectangular", "oblique"):
        shortest = np.linalg.norm(a.patches.cells_px[a.agreeing], axis=2).min(axis=1)
        middle = float(np.median(shortest))
        return middle, _patches_sd(order, float(np.std(shortest)) / middle, len(shortest)) * middle
    parts = []
    if a.lattice == lattice:
        local = plane_spacing(a.patches.cells_px[a.agreeing], lattice)
        one_grain = _grain_share(order)[a.agreeing] > ONE_GRAIN
        # A patch across a boundary mixes the spots of both grains: it counts where there is no other.
        chosen = local[one_grain] if one_grain.any() else local
        middle = float(np.median(chosen))
        sd = _patches_sd(order, float(np.std(chosen)) / middle, len(chosen), crossed=not one_grain.any())
        parts.append((middle, sd * middle, a.share))
    if b.lattice == lattice:
        parts.append((b.spacing_px, (0.005 + PUSHED * order.empty) * b.spacing_px, b.share))
    if len(parts) == 2 and not order.agrees:
        parts = [max(parts, key=lambda p: p[2])]
    weights = np.array([1 / p[1] ** 2 for p in parts])
    return float(weights @ [p[0] for p in parts] / weights.sum()), float(1 / np.sqrt(weights.sum()))


ONE_PATCH = 0.001
"""Relative standard error of one patch of a good picture: what a few patches are thought to scatter by.

This, the next and `BOUNDARY` are measured, on 67 pictures of `benchmarks/validation/micrographs.py` (seeds 21000 to
21092): the scatter of a patch has the median 0.0008, the mean of n of them errs by 1.0 of the scatter over the root of
n.
"""
PATCHES_SYSTEMATIC = 1.5e-4
"""What many patches do not average out: the places of spots on the grid of the transform."""
ALONE = 0.01
"""Relative error of a patch where they are fewer than four, too few for their scatter to show that one is wrong: of
pictures with one to three patches, spacings were off by 0.2, 0.7 and 4 %."""
FEWEST_PATCHES = 4
BOUNDARY = 0.004
"""Relative error of patches that are all crossed by a grain boundary, which they share: 0.1 to 0.6 %."""
ONE_GRAIN = 0.88
"""Mean bond order of a patch's particles, over its size in each, from which they are one grain. Of a lattice that is
shaken by 5 % it is 0.95, across a boundary of 30 degrees 0.5 (sixfold by 10) at most. Of two patches with 0.81, among
six grains, one was wrong by 2.3 %."""


def _grain_share(order: MicrographOrder) -> FloatArray:
    """How far the particles in each patch are turned alike, 0 to 1, shape (patches,); 1 where there are too few."""
    b = order.particles
    psi = (b.particles.psi4 if b.lattice == "square" else b.particles.psi6)[b.ordered]
    psi = psi / np.maximum(np.abs(psi), 1e-12)
    away = np.abs(b.particles.positions_px[b.ordered][None, :, ::-1] - order.patches.patches.centres_px[:, None])
    inside = (away < order.patches.patches.patch_px / 2).all(axis=2)
    number = inside.sum(axis=1)
    return np.where(number < 10, 1.0, np.abs(inside @ psi) / np.maximum(number, 1))


def _patches_sd(order: MicrographOrder, spread: float, n: int, *, crossed: bool = False) -> float:
    """Relative standard error of the mean of n patches whose spacings have this relative spread.

    Patches of a Hann window that overlap by half are nearly independent (P. D. Welch, IEEE Trans. Audio 15, 70 (1967),
    doi:10.1109/TAU.1967.1161901); those that overlap by more count by the share of new picture. The scatter of a few
    is no measure of itself: two patches with that of a good picture are added.
    """
    patches = order.patches.patches
    if n == 0:
        return float("inf")
    new = 1.0
    for places in patches.centres_px.T:
        steps = np.diff(np.unique(places))
        new *= min(1.0, 2 * float(np.median(steps)) / patches.patch_px) if len(steps) else 1.0
    one = np.sqrt((max(n - 1, 0) * spread**2 + 2 * ONE_PATCH**2) / (n + 1))
    one = max(one, ALONE) if np.count_nonzero(order.patches.agreeing) < FEWEST_PATCHES else one
    return float(np.sqrt(one**2 / max(n * new, 1.0) + PATCHES_SYSTEMATIC**2 + (BOUNDARY * crossed) ** 2))


# Ligand-coated clusters of 1 nm already sit more than 2 nm apart.
MIN_SPACING_NM = 2.0
MAX_SPACING_NM = 200.0

_FEWEST_PARTICLES = 60
_COARSEST_PX = 5.0
_WORST_FIT = 0.005
# Speckle averages to 1: over five patches, three places and nine pixels it stays within a fifth of that.
_POWER_BETWEEN = 1.6


def micrograph_confidence(
    orders: list[MicrographOrder],
    lattice: str,
    fit_sd: float,
    px_per_nm: float,
    notes: list[str],
    *,
    gaps: bool = False,
) -> tuple[str, tuple[str, ...]]:
    """``high`` or ``low`` and the sentences that say why.

    High needs all of: both routes name the same lattice; their spacings agree to 3 % and a tenth of the share of empty
    places where at least 60 % of the patches carry the lattice and 40 % of the particles are on it, or to 1 % where
    patches are few (at least four) but 65 % of the particles are on it; no other spacing is supported nearly as well
    and no power between the spots; a standard error ``fit_sd`` (relative) of at most 0.5 %; cells whose mean angle is
    within 5 degrees of the lattice's; enough particles and pixels; no contradiction about the scale; features that are
    no gaps (``gaps``). ``px_per_nm`` is the scale that the sentences give lengths in.
    """
    if not orders:
        return "low", (*notes, "The spectrum shows no period: no lattice.")
    best, low = orders[0], list(notes)
    a, b = best.patches, best.particles
    if gaps:
        low.append(
            "The bright features hang together like the gaps between particles: their number, bond order and size are "
            "those of gaps."
        )
    if lattice == "none":
        some = f"{np.count_nonzero(a.agreeing)} of {np.count_nonzero(a.patches.textured)}"
        low.append(f"No lattice: {some} patches and {100 * b.share:.0f} % of the particles share one.")
        return "low", tuple(low)
    if b.lattice == "none" or b.share < 0.1:
        low.append("The located particles show no lattice, so nothing confirms the Fourier transform.")
    elif a.lattice == "none":
        low.append("The patches' Fourier transforms show no lattice, so nothing confirms the located particles.")
    elif a.lattice != b.lattice:
        low.append(f"Fourier transforms say {a.lattice}, the located particles say {b.lattice}.")
    elif not best.agrees:
        low.append(
            f"Fourier transforms and located particles differ: {a.spacing_px / px_per_nm:.4g} and "
            f"{b.spacing_px / px_per_nm:.4g} nm."
        )
    elif not (a.share >= 0.6 and b.share >= 0.4) and not (
        b.share >= 0.65 and np.count_nonzero(a.agreeing) >= 4 and best.agreement <= 0.01
    ):
        low.append(
            f"Only {100 * b.share:.0f} % of the particles are on a lattice with their neighbours, and "
            f"{100 * a.share:.0f} % of the patches carry it: broken, layered or disordered."
        )
    rival = _rival(orders)
    if rival is not None:
        low.append(f"A spacing of {rival / px_per_nm:.4g} nm explains the Fourier transforms as well.")
    larger = _larger_cell(best)
    if larger:
        low.append(larger)
    if fit_sd > _WORST_FIT:
        low.append(f"The spacing is uncertain by {100 * fit_sd:.1f} %: too few patches agree, or they differ.")
    if lattice in ("rectangular", "oblique"):
        low.append("The lattice has low symmetry: look at the Fourier transform before you use it.")
    skew = _skew_deg(best, lattice)
    if skew is not None and abs(skew - _ANGLES_DEG[lattice]) > _MOST_SKEW_DEG:
        low.append(f"The cells have an angle of {skew:.0f} degrees, which a {lattice} lattice does not have.")
    n = int(np.count_nonzero(b.particles.interior))
    if n < _FEWEST_PARTICLES:
        low.append(f"Only {n} particles away from the border: a larger field is needed.")
    if best.tried_px < _COARSEST_PX:
        low.append(f"A period has only {best.tried_px:.1f} pixels: a higher magnification is needed.")
    remarks = []
    if b.strain > 0.1 and b.lattice == lattice:
        remarks.append(
            f"The local cells are distorted by {100 * b.strain:.0f} % on average: rows have slid along each other."
        )
    return ("low" if low else "high"), (*low, *remarks)


_ANGLES_DEG = {"square": 90.0, "hexagonal": 60.0}
_MOST_SKEW_DEG = 5.0


def _skew_deg(order: MicrographOrder, lattice: str) -> float | None:
    """Median angle of the patches' cells, or where fewer than four agree of the particles' [degrees]."""
    a, b = order.patches, order.particles
    if lattice not in _ANGLES_DEG:
        return None
    cells = a.patches.cells_px[a.agreeing]
    if len(cells) < 4:
        cells = b.neighbours.cells_px[b.ordered]
    return float(np.median([cell_angle_deg(c) for c in cells])) if len(cells) else None


def _larger_cell(order: MicrographOrder) -> str | None:
    """What the power between the spots says about a larger cell."""
    a = order.patches
    # Patches over a grain boundary have the other grain's spots in between: only clean ones count, by their median.
    between = a.patches.superstructure[a.agreeing & (a.patches.explained > 0.95)]
    if len(between) < 5:
        return None
    seen = [float(np.nanmedian(column)) if np.any(np.isfinite(column)) else 0.0 for column in between.T]
    middles, thirds = max(seen[:2]), max(seen[2:])
    if middles > _POWER_BETWEEN or (a.lattice == "hexagonal" and thirds > _POWER_BETWEEN):
        return f"There is power between the spots ({max(middles, thirds):.1f} times the background): a larger cell?"
    return None


def _rival(orders: list[MicrographOrder]) -> float | None:
    """A spacing more than 5 % away that more of the patches support than the best one's, in pixels."""
    best = orders[0].patches
    for other in orders:
        a = other.patches
        if a.share > max(0.3, best.share - 0.2) and abs(a.spacing_px / best.spacing_px - 1) > 0.05:
            return a.spacing_px
    return None
