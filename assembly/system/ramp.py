"""What becomes of the box where a density is asked for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

FOLLOWED, MAX_TILT = 0.5, 0.02
"""Part of a shear strain that tilts give back from one sample to the next, and the most that they change."""
CATCH_UP = 1.5
"""How much faster than planned a box may shrink that had to wait."""


def ramped_box(
    box: FloatArray,
    volumes_nm3: tuple[float, float],
    part: float,
    n_samples: int,
    *,
    is_jammed: bool,
    shear: FloatArray | None = None,
    proportions: FloatArray | None = None,
) -> FloatArray:
    """The box at ``part`` of a stage in which its volume goes at a constant rate.

    Parameters
    ----------
    box
        As it is, (Lx, Ly, Lz, xy, xz, yz): lengths [nm], tilts without unit.
    volumes_nm3
        At the two ends of the stage [nm^3].
    part, n_samples
        Fraction of the stage that is over at the end of this stretch, and its number of stretches.
    is_jammed
        Jammed particles cannot be squeezed to a density: the box waits for them, and then catches up slowly.
    shear
        Shear strains xy, xz, yz that stress says there are, shape (3,): tilts give way to them. None makes the angles
        right again.
    proportions
        Lengths of a box, shape (3,), in whose proportions this one is at the end of the stage, any unit; None keeps
        those that it has.

    Examples
    --------
    >>> ramped_box(np.array([2.0, 2, 2, 0.4, 0, 0]), (8.0, 1.0), 1.0, 1, is_jammed=False).tolist()
    [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]
    >>> box, wanted = np.array([1.0, 1, 8, 0, 0, 0]), np.array([3.0, 3, 3])
    >>> ramped_box(box, (8.0, 8.0), 1.0, 1, is_jammed=False, proportions=wanted).round(12).tolist()
    [2.0, 2.0, 2.0, 0.0, 0.0, 0.0]
    """
    now, (start_nm3, end_nm3) = float(np.prod(box[:3])), volumes_nm3
    volume = start_nm3 + (end_nm3 - start_nm3) * part
    if end_nm3 < start_nm3:
        volume = min(now, max(volume, now + CATCH_UP * (end_nm3 - start_nm3) / n_samples))
        if is_jammed:
            volume = now
    left = round((1 - part) * n_samples)
    tilts = box[3:] * left / (left + 1) if shear is None else box[3:] + np.clip(FOLLOWED * shear, -MAX_TILT, MAX_TILT)
    lengths = box[:3] / np.cbrt(now)
    if proportions is not None:
        lengths = lengths * (proportions / np.cbrt(np.prod(proportions)) / lengths) ** (1 / (left + 1))
    return np.concatenate([lengths * np.cbrt(volume), tilts])
