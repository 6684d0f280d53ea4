"""`MeasuredCurve`: a curve as an instrument wrote it, in 1/nm, with the file it came from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]

MIN_POINTS = 8
"""Fewer points cannot tell a lattice from a slope."""

FEWEST_TO_FIT = 30
"""Points that a fit needs."""

NOISE_SIGMAS = 6.0
"""How many standard deviations of the local noise a background-subtracted intensity may lie below zero."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeasuredCurve:
    r"""Measured intensity against the scattering vector.

    Parameters
    ----------
    q_inv_nm
        Scattering vector :math:`q = 4\pi\sin\theta/\lambda` [1/nm], rising, shape (n,).
    intensity
        Intensity [unit of the file], shape (n,).
    sd
        Standard deviation of the intensity where the file has it, shape (n,).
    label
        Name of the file or sample.
    notes
        What was repaired or left out on the way in.
    provenance
        File, its SHA-256, and how it was read.

    Raises
    ------
    InputError
        For fewer than 8 points, q that does not rise, repeated q, NaN, intensities that are constant or negative
        beyond the noise, or a negative standard deviation.

    Examples
    --------
    >>> import numpy as np
    >>> q = np.linspace(0.2, 2.0, 50)
    >>> MeasuredCurve(q_inv_nm=q, intensity=np.exp(-q), label="decay")
    MeasuredCurve('decay', 50 points, q 0.2 to 2 1/nm)
    """

    q_inv_nm: FloatArray
    intensity: FloatArray
    sd: FloatArray | None = None
    label: str = ""
    notes: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        q = _column("q_inv_nm", self.q_inv_nm, None)
        if len(q) < MIN_POINTS:
            raise InputError(f"a curve needs at least {MIN_POINTS} points, got {len(q)}. Give the whole curve.")
        intensity = _column("intensity", self.intensity, len(q))
        _check_q(q)
        _check_intensity(intensity)
        object.__setattr__(self, "q_inv_nm", q)
        object.__setattr__(self, "intensity", intensity)
        if self.sd is not None:
            sd = _column("sd", self.sd, len(q))
            if np.any(sd < 0):
                raise InputError(f"sd must not be negative, got {np.count_nonzero(sd < 0)} negative values.")
            object.__setattr__(self, "sd", sd)
        object.__setattr__(self, "notes", tuple(self.notes))
        object.__setattr__(self, "provenance", MappingProxyType(dict(self.provenance)))

    def __repr__(self) -> str:
        q = self.q_inv_nm
        return f"MeasuredCurve({self.label!r}, {len(q)} points, q {q[0]:.3g} to {q[-1]:.3g} 1/nm)"

    def between(self, q_range_inv_nm: tuple[float, float] | None) -> MeasuredCurve:
        """The part of the curve with q in ``q_range_inv_nm`` [1/nm], both ends included; all of it for None.

        Raises
        ------
        InputError
            For a range that does not rise, or holds fewer than 30 points.
        """
        if q_range_inv_nm is None:
            return self
        low, high = q_range_inv_nm
        kept = (self.q_inv_nm >= low) & (self.q_inv_nm <= high)
        if not low < high or np.count_nonzero(kept) < FEWEST_TO_FIT:
            raise InputError(
                f"q_range_inv_nm {low:g} to {high:g} 1/nm holds {np.count_nonzero(kept)} points of "
                f"{self.label or 'the curve'}, a fit needs {FEWEST_TO_FIT}. Give a rising range of its q, "
                f"{self.q_inv_nm[0]:.3g} to {self.q_inv_nm[-1]:.3g} 1/nm."
            )
        sd = None if self.sd is None else self.sd[kept]
        return replace(self, q_inv_nm=self.q_inv_nm[kept], intensity=self.intensity[kept], sd=sd)

    def plot(self, ax: Axes | None = None, **style: Any) -> Axes:
        """Draw the measured points on a log axis."""
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots()
        positive = self.intensity > 0
        look: dict[str, Any] = {
            "marker": ".",
            "ms": 3,
            "ls": "none",
            "color": "0.35",
            "label": self.label or None,
        } | style
        ax.plot(self.q_inv_nm[positive], self.intensity[positive], **look)
        ax.set_yscale("log")
        ax.set(xlabel="$q$ [nm$^{-1}$]", ylabel="$I$ [arb. u.]")
        return ax


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def local_noise(values: FloatArray, half_width: int = 7, stride: int = 1) -> FloatArray:
    """Standard deviation of the noise around each point, from second differences, which a slope does not enter.

    The median over a window keeps single peaks out. White noise of standard deviation s has second differences of
    standard deviation sqrt(6) s; a ``stride`` above 1 sees noise that neighbouring points share.

    Parameters
    ----------
    values
        The curve, in any unit, on a grid that is about even, shape (n,).
    half_width
        Points of the window on each side.
    stride
        Points between the values of a difference.
    """
    n = len(values)
    if n <= 4 * stride:
        stride = 1
    second = np.abs(values[2 * stride :] - 2 * values[stride:-stride] + values[: -2 * stride]) / np.sqrt(6)
    edge = half_width + stride
    padded = np.pad(second, edge, mode="reflect" if len(second) > edge else "edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half_width + 1)
    # The median of |x| of a normal distribution is 0.6745 standard deviations.
    return np.median(windows, axis=1)[:n] / 0.6745


def _check_q(q: FloatArray) -> None:
    if np.any(q < 0):
        raise InputError("q must not be negative. Give q = 4 pi sin(theta)/lambda.")
    step = np.diff(q)
    if np.any(step == 0):
        at = q[:-1][step == 0][0]
        count = np.count_nonzero(step == 0)
        raise InputError(f"q has {count} repeated values, the first at {at:g} 1/nm. Merge them to one row each.")
    if np.any(step < 0):
        at = q[1:][step < 0][0]
        raise InputError(f"q must rise from row to row, it falls at {at:g} 1/nm. Sort the rows by q.")


def _check_intensity(intensity: FloatArray) -> None:
    if np.ptp(intensity) == 0:
        raise InputError(f"intensity is {intensity[0]:g} at every q: there is nothing to measure.")
    negative = intensity < 0
    beyond = intensity < -NOISE_SIGMAS * local_noise(intensity)
    if np.count_nonzero(negative) > 0.3 * len(intensity) or np.any(negative & beyond):
        raise InputError(
            f"intensity is negative at {np.count_nonzero(negative)} of {len(intensity)} points, beyond what noise "
            "around a subtracted background gives. Check the background subtraction and the columns."
        )


def _column(name: str, values: ArrayLike, n: int | None) -> FloatArray:
    column = np.array(values, dtype=np.float64)
    if column.ndim != 1 or (n is not None and len(column) != n):
        raise InputError(f"{name} must be one column{f' of {n} values' if n else ''}, got shape {column.shape}.")
    bad = np.count_nonzero(~np.isfinite(column))
    if bad:
        raise InputError(f"{name} has {bad} values that are NaN or infinite. Remove those rows.")
    column.flags.writeable = False
    return column
