"""`ScatteringCurve`: intensity against q, with what it is and from where it can be trusted."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.errors import InputError
from packing.files import write_atomically

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScatteringCurve:
    r"""Scattered intensity against the length of the scattering vector.

    Parameters
    ----------
    q_inv_nm
        Scattering vector :math:`q = 4\pi \sin\theta/\lambda` [1/nm], rising, shape (n,).
    intensity
        Intensity; the unit is said by ``label`` or ``provenance``, shape (n,).
    sd
        Standard deviation of the intensity where it is known, shape (n,).
    q_min_trusted_inv_nm
        Below this q [1/nm] the curve shows the outline of the box or cluster and not its inside.
    label
        What a legend calls it.
    provenance
        What made the curve: sample, model, seed, number of frames.

    Raises
    ------
    InputError
        For arrays that do not fit each other, q that does not rise or numbers that are not finite.

    Examples
    --------
    >>> curve = ScatteringCurve(q_inv_nm=[0.1, 0.2], intensity=[5.0, 3.0], label="dots")
    >>> curve
    ScatteringCurve('dots', 2 points, q 0.1 to 0.2 1/nm, trusted from 0 1/nm)
    """

    q_inv_nm: FloatArray
    intensity: FloatArray
    sd: FloatArray | None = None
    q_min_trusted_inv_nm: float = 0.0
    label: str = ""
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        q = checked_q(self.q_inv_nm)
        object.__setattr__(self, "q_inv_nm", q)
        object.__setattr__(self, "intensity", _column("intensity", self.intensity, len(q)))
        if self.sd is not None:
            object.__setattr__(self, "sd", _column("sd", self.sd, len(q)))
        object.__setattr__(self, "provenance", MappingProxyType(dict(self.provenance)))

    def __repr__(self) -> str:
        q = self.q_inv_nm
        return (
            f"ScatteringCurve({self.label!r}, {len(q)} points, q {q[0]:.3g} to {q[-1]:.3g} 1/nm, "
            f"trusted from {self.q_min_trusted_inv_nm:.3g} 1/nm)"
        )

    @property
    def trusted(self) -> NDArray[np.bool_]:
        """Which points lie above the lowest trustworthy q, shape (n,)."""
        return self.q_inv_nm >= self.q_min_trusted_inv_nm

    def plot(self, ax: Axes | None = None, **style: Any) -> Axes:
        """Draw the intensity on a log axis; the part below the lowest trustworthy q is shaded."""
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots()
        positive = self.intensity > 0
        ax.plot(self.q_inv_nm[positive], self.intensity[positive], **{"label": self.label or None, "lw": 1.2} | style)
        if positive.any():
            ax.set_yscale("log")
        if self.q_inv_nm[0] < self.q_min_trusted_inv_nm:
            ax.axvspan(self.q_inv_nm[0], self.q_min_trusted_inv_nm, color="0.85", zorder=0, lw=0)
        ax.set(xlabel="$q$ [nm$^{-1}$]", ylabel="$I$ [arb. u.]")
        return ax

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the curve to one ``.npz`` file that `load` reads back; returns its path."""
        target = Path(path).with_suffix(".npz")
        meta = {
            "q_min_trusted_inv_nm": self.q_min_trusted_inv_nm,
            "label": self.label,
            "provenance": dict(self.provenance),
        }
        arrays = {"q_inv_nm": self.q_inv_nm, "intensity": self.intensity}
        if self.sd is not None:
            arrays["sd"] = self.sd
        write_npz(target, arrays, meta)
        return target

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> ScatteringCurve:
        """The curve that `save` wrote.

        Raises
        ------
        InputError
            If the file is missing or is no such curve.
        """
        arrays, meta = read_npz(path, ("q_inv_nm", "intensity"))
        return cls(q_inv_nm=arrays["q_inv_nm"], intensity=arrays["intensity"], sd=arrays.get("sd"), **meta)


def checked_q(q_inv_nm: ArrayLike) -> FloatArray:
    """A read-only copy of ``q_inv_nm`` [1/nm] if it is finite, not negative and rises, else `InputError`."""
    q = np.array(q_inv_nm, dtype=np.float64)
    if q.ndim != 1 or q.size == 0:
        raise InputError(f"q_inv_nm must be a list of at least one value, got shape {q.shape}.")
    if not np.all(np.isfinite(q)) or np.any(q < 0):
        raise InputError("q_inv_nm must be finite and not negative. Give q = 4 pi sin(theta)/lambda in 1/nm.")
    if np.any(np.diff(q) <= 0):
        raise InputError("q_inv_nm must rise from each value to the next. Sort it and drop repeated values.")
    q.flags.writeable = False
    return q


def write_npz(target: Path, arrays: Mapping[str, FloatArray], meta: Mapping[str, Any]) -> None:
    """Write ``arrays`` of any shape by name and plain data to one file, under a temporary name until it is complete."""
    with write_atomically(target) as temporary, temporary.open("wb") as out:
        np.savez_compressed(out, allow_pickle=False, meta=np.array(json.dumps(dict(meta), default=str)), **arrays)


def read_npz(path: str | os.PathLike[str], needed: tuple[str, ...]) -> tuple[dict[str, FloatArray], dict[str, Any]]:
    """Arrays by their names and plain data of a file that `write_npz` wrote.

    Raises
    ------
    InputError
        For a file that cannot be read, or that has not all of the ``needed`` arrays.
    """
    try:
        with np.load(Path(path), allow_pickle=False) as data:
            arrays = {key: data[key] for key in data.files}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise InputError(f"{path} cannot be read ({error}). Give a file written by save().") from error
    missing = [key for key in (*needed, "meta") if key not in arrays]
    if missing:
        raise InputError(f"{path} has no {', '.join(missing)}. Give a file written by save().")
    return arrays, json.loads(str(arrays.pop("meta")))


def _column(name: str, values: ArrayLike, n: int) -> FloatArray:
    column = np.array(values, dtype=np.float64)
    if column.shape != (n,):
        raise InputError(f"{name} must have as many values as q_inv_nm ({n}), got shape {column.shape}.")
    if not np.all(np.isfinite(column)):
        raise InputError(f"{name} must be finite, got {np.count_nonzero(~np.isfinite(column))} values that are not.")
    column.flags.writeable = False
    return column
