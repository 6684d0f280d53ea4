"""A picture in blocks of pixels, and what was found in it back in pixels of the picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from structure.fourier.patches import PatchLattices
from structure.micrographs.order_result import ParticleOrder, PatchOrder
from structure.micrographs.particles import LocatedParticles, NeighbourLattices

FloatArray = NDArray[np.float64]

_WORKING_PERIOD_PX = 12


def binned(
    pixels: FloatArray, mask: NDArray[np.bool_] | None, period_px: float
) -> tuple[FloatArray, NDArray[np.bool_] | None, int]:
    """The picture in blocks so that a period has about a dozen pixels, its mask and the side of a block.

    Parameters
    ----------
    pixels
        Grey values, shape (rows, columns).
    mask
        Pixels that are not to be looked at, None for none.
    period_px
        Shortest period that matters [px].

    Returns
    -------
    tuple
        Mean grey value of each block, the mask of blocks with a masked pixel in them, and the side of a block [px].
    """
    step = max(1, int(period_px / _WORKING_PERIOD_PX))
    if step == 1:
        return pixels, mask, 1
    rows, cols = (n // step for n in pixels.shape)
    image = pixels[: rows * step, : cols * step].reshape(rows, step, cols, step).mean(axis=(1, 3))
    if mask is None:
        return image, None, step
    blocks = mask[: rows * step, : cols * step].reshape(rows, step, cols, step)
    return image, np.asarray(blocks.any(axis=(1, 3))), step


def scaled_patches(order: PatchOrder, step: int) -> PatchOrder:
    """What was found in blocks of ``step`` pixels, in pixels."""
    old = order.patches
    patches = PatchLattices(
        centres_px=old.centres_px * step,
        cells_px=old.cells_px * step,
        explained=old.explained,
        superstructure=old.superstructure,
        textured=old.textured,
        patch_px=old.patch_px * step,
    )
    return PatchOrder(
        lattice=order.lattice,
        spacing_px=order.spacing_px * step,
        spread_px=order.spread_px * step,
        share=order.share,
        strain=order.strain,
        strain_spread=order.strain_spread,
        agreeing=order.agreeing,
        patches=patches,
    )


def scaled_particles(order: ParticleOrder, step: int) -> ParticleOrder:
    """What was found in blocks of ``step`` pixels, in pixels; centres of blocks become centres of pixels."""
    old = order.particles
    particles = LocatedParticles(
        positions_px=(old.positions_px + 0.5) * step - 0.5,
        interior=old.interior,
        psi4=old.psi4,
        psi6=old.psi6,
        polarity=old.polarity,
        strength=old.strength,
    )
    fits = order.neighbours
    return ParticleOrder(
        lattice=order.lattice,
        spacing_px=order.spacing_px * step,
        spread_px=order.spread_px * step,
        share=order.share,
        strain=order.strain,
        ordered=order.ordered,
        local_spacing_px=order.local_spacing_px * step,
        particles=particles,
        neighbours=NeighbourLattices(cells_px=fits.cells_px * step, misfit=fits.misfit, occupied=fits.occupied),
    )
