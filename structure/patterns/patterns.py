"""`ScatteringPattern`: intensity on a detector, and how it is drawn and reduced."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from packing.checks import require_positive
from packing.errors import InputError
from structure.patterns.azimuth import AzimuthalProfile, azimuthal_profile
from structure.patterns.curves import ScatteringCurve, checked_q, read_npz, write_npz
from structure.patterns.instrument import Detector, Instrument

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScatteringPattern:
    """Scattered intensity over two components of the scattering vector across the beam.

    Parameters
    ----------
    qx_inv_nm, qy_inv_nm
        Even axes of the columns and rows [1/nm].
    intensity
        Intensity, shape (rows, columns); NaN where no scattered beam can go.
    q_min_trusted_inv_nm
        Below this q [1/nm] the pattern shows the outline of the box or cluster.
    label
        What a title calls it.
    provenance
        What made it.

    Raises
    ------
    InputError
        For arrays that do not fit each other.
    """

    qx_inv_nm: FloatArray
    qy_inv_nm: FloatArray
    intensity: FloatArray
    q_min_trusted_inv_nm: float = 0.0
    label: str = ""
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("qx_inv_nm", "qy_inv_nm", "intensity"):
            array = np.array(getattr(self, name), dtype=np.float64)
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        expected = (len(self.qy_inv_nm), len(self.qx_inv_nm))
        if self.intensity.shape != expected:
            raise InputError(f"intensity must have shape {expected} (rows, columns), got {self.intensity.shape}.")
        object.__setattr__(self, "provenance", MappingProxyType(dict(self.provenance)))

    def __repr__(self) -> str:
        rows, columns = self.intensity.shape
        return f"ScatteringPattern({self.label!r}, {rows} x {columns}, q to {self.qx_inv_nm[-1]:.3g} 1/nm)"

    @property
    def q_inv_nm(self) -> FloatArray:
        """Length of the in-plane scattering vector of each pixel [1/nm], shape (rows, columns)."""
        return np.hypot(self.qx_inv_nm, self.qy_inv_nm[:, None])

    def azimuthal(self, q_low_inv_nm: float, q_high_inv_nm: float, *, n_bins: int = 180) -> AzimuthalProfile:
        """Intensity against the angle around the beam, within a ring; see `AzimuthalProfile`.

        The ring reaches from ``q_low_inv_nm`` to ``q_high_inv_nm`` [1/nm]; ``n_bins`` steps make a full turn.
        """
        return azimuthal_profile(
            self.qx_inv_nm, self.qy_inv_nm, self.intensity, (q_low_inv_nm, q_high_inv_nm), n_bins=n_bins
        )

    def radial(self, n_bins: int = 200) -> ScatteringCurve:
        """Intensity averaged around the beam in ``n_bins`` rings of even width, up to the edge of the pattern."""
        q = self.q_inv_nm
        edges = np.linspace(0, min(np.abs(self.qx_inv_nm).max(), np.abs(self.qy_inv_nm).max()), n_bins + 1)
        seen = np.isfinite(self.intensity)
        count = np.histogram(q[seen], edges)[0]
        total = np.histogram(q[seen], edges, weights=self.intensity[seen])[0]
        filled = count > 0
        centre = (edges[:-1] + edges[1:])[filled] / 2
        return ScatteringCurve(
            q_inv_nm=centre,
            intensity=total[filled] / count[filled],
            q_min_trusted_inv_nm=self.q_min_trusted_inv_nm,
            label=self.label,
            provenance=self.provenance,
        )

    def measured_with(self, instrument: Instrument, *, seed: int = 0) -> ScatteringPattern:
        """The pattern on the instrument's background and with its counting noise; its resolution is not added.

        ``seed`` draws the counts.
        """
        seen = np.isfinite(self.intensity)
        image = self.intensity + instrument.background
        counted = image.copy()
        counted[seen], _ = instrument.count(image[seen], np.random.default_rng(seed))
        return replace(self, intensity=counted, provenance={**self.provenance, "instrument": repr(instrument)})

    def on_detector(self, detector: Detector) -> FloatArray:
        """Intensity at the pixels of a real detector, shape (rows, columns); NaN outside the pattern."""
        from scipy.interpolate import RegularGridInterpolator

        q = detector.q_vectors_inv_nm()
        look_up = RegularGridInterpolator(
            (self.qy_inv_nm, self.qx_inv_nm), self.intensity, bounds_error=False, fill_value=np.nan
        )
        return np.asarray(look_up(q[..., [1, 0]]))

    def plot(
        self,
        ax: Axes | None = None,
        *,
        beamstop_inv_nm: float | None = None,
        rings: Mapping[str, float] | None = None,
        decades: float = 5.0,
        **style: Any,
    ) -> Axes:
        """Draw the pattern on a log scale over ``decades``, with a beamstop and rings of indexed reflections.

        ``rings`` gives q [1/nm] by label, such as `ring_positions` returns; ``beamstop_inv_nm`` is the radius of the
        disc [1/nm], by default what hides all that cannot be trusted.
        """
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots()
        from structure.patterns.drawing import draw_pattern

        stop = self.q_min_trusted_inv_nm if beamstop_inv_nm is None else beamstop_inv_nm
        draw_pattern(ax, self.qx_inv_nm, self.qy_inv_nm, self.intensity, stop, rings or {}, decades, style)
        if self.label:
            ax.set_title(self.label)
        return ax

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the pattern to one ``.npz`` file that `load` reads back; returns its path."""
        target = Path(path).with_suffix(".npz")
        arrays = {name: getattr(self, name) for name in ("qx_inv_nm", "qy_inv_nm", "intensity")}
        meta = {
            "q_min_trusted_inv_nm": self.q_min_trusted_inv_nm,
            "label": self.label,
            "provenance": dict(self.provenance),
        }
        write_npz(target, arrays, meta)
        return target

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> ScatteringPattern:
        """The pattern that `save` wrote."""
        arrays, meta = read_npz(path, ("qx_inv_nm", "qy_inv_nm", "intensity"))
        names = ("qx_inv_nm", "qy_inv_nm", "intensity")
        return cls(**{name: arrays[name] for name in names}, **meta)  # type: ignore[arg-type]


def pattern_axis(q_max_inv_nm: float, n_pixels: int) -> FloatArray:
    """Even pixel centres from -q_max up to just below q_max [1/nm], with 0 on one of them for an even ``n_pixels``.

    Raises
    ------
    InputError
        For fewer than two pixels, or a ``q_max_inv_nm`` that is not positive.
    """
    require_positive("q_max_inv_nm", q_max_inv_nm, "1/nm")
    if n_pixels < 2:
        raise InputError(f"n_pixels must be at least 2, got {n_pixels}.")
    return np.asarray((np.arange(n_pixels) - n_pixels // 2) * (2 * q_max_inv_nm / n_pixels), dtype=np.float64)


def pattern_from_curve(
    curve: ScatteringCurve, *, n_pixels: int = 512, q_max_inv_nm: float | None = None, label: str = ""
) -> ScatteringPattern:
    """The rings that a powder with this curve makes; NaN outside its range of q.

    Parameters
    ----------
    curve
        Powder curve.
    n_pixels
        Pixels along each side, at least 2.
    q_max_inv_nm
        Edge of the pattern [1/nm]; None takes the end of the curve.
    label
        Name of the pattern; empty takes that of the curve.

    Raises
    ------
    InputError
        For q that does not rise, or a pattern without pixels.

    Examples
    --------
    >>> curve = ScatteringCurve(q_inv_nm=[0.0, 1.0, 2.0], intensity=[3.0, 2.0, 1.0])
    >>> pattern_from_curve(curve, n_pixels=4).intensity[2, 2]
    np.float64(3.0)
    """
    q = checked_q(curve.q_inv_nm)
    axis = pattern_axis(float(q[-1]) if q_max_inv_nm is None else q_max_inv_nm, n_pixels)
    radius = np.hypot(axis, axis[:, None])
    intensity = np.interp(radius, q, curve.intensity, left=np.nan, right=np.nan)
    return ScatteringPattern(
        qx_inv_nm=axis,
        qy_inv_nm=axis,
        intensity=intensity,
        q_min_trusted_inv_nm=curve.q_min_trusted_inv_nm,
        label=label or curve.label,
        provenance=curve.provenance,
    )
