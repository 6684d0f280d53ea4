"""Spots or rings: the intensity around the beam, and numbers that tell the two apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from packing.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class AzimuthalProfile:
    r"""Intensity against the angle around the beam, averaged over a ring of q.

    Parameters
    ----------
    angle_deg
        Angle from +qx towards +qy [degrees], even over the full turn, shape (n,).
    intensity
        Mean intensity, shape (n,).
    q_range_inv_nm
        The ring [1/nm].
    """

    angle_deg: FloatArray
    intensity: FloatArray
    q_range_inv_nm: tuple[float, float]

    def fold(self, n: int) -> float:
        r"""Strength of ``n``-fold symmetry: :math:`|\langle I e^{in\chi}\rangle|/\langle I\rangle`, 0 for a ring.

        Returns
        -------
        float
            A ratio of 0 to 1.
        """
        mean = float(self.intensity.mean())
        wave = np.mean(self.intensity * np.exp(1j * n * np.radians(self.angle_deg)))
        return float(np.abs(wave)) / mean if mean > 0 else 0.0

    @property
    def c4(self) -> float:
        """Fourfold strength, a ratio as in `fold`: near 1 for four or eight sharp spots, 0 for a ring."""
        return self.fold(4)

    @property
    def arc_fwhm_deg(self) -> float:
        """Mean full width at half maximum of the arcs above half of the highest, over the floor [degrees].

        360 for a ring (whose highest point is below twice its lowest, so that it has no arcs).
        """
        floor, top = float(self.intensity.min()), float(self.intensity.max())
        if top < 2 * floor or top <= 0:
            return 360.0
        half, quarter = (floor + top) / 2, floor + (top - floor) / 4
        # One turn that starts in a valley, so that no arc is cut.
        values = np.roll(self.intensity, -int(self.intensity.argmin()))
        values = np.append(values, values[0])
        # An arc ends where it falls below a quarter: grains and pixels make dips through half of one wide arc.
        steps = np.flatnonzero(np.diff((values > quarter).astype(int)))
        widths = []
        for begin, end in zip(steps[::2] + 1, steps[1::2] + 1, strict=True):
            high = begin + np.flatnonzero(values[begin:end] > half)
            if high.size:
                first, last = int(high[0]), int(high[-1])
                rise = (half - values[first - 1]) / (values[first] - values[first - 1])
                fall = (values[last] - half) / (values[last] - values[last + 1])
                widths.append(last + fall - (first - 1 + rise))
        return float(np.mean(widths) * 360 / len(self.intensity))

    def plot(self, ax: Axes | None = None, **style: Any) -> Axes:
        """Draw the intensity against the angle."""
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots()
        ax.plot(self.angle_deg, self.intensity, **style)
        low, high = self.q_range_inv_nm
        ax.set(xlabel=r"$\chi$ [degrees]", ylabel="$I$ [arb. u.]", title=f"{low:.3g} to {high:.3g} nm$^{{-1}}$")
        return ax


def azimuthal_profile(
    qx_inv_nm: FloatArray,
    qy_inv_nm: FloatArray,
    intensity: FloatArray,
    q_range_inv_nm: tuple[float, float],
    *,
    n_bins: int = 180,
) -> AzimuthalProfile:
    """Average the pixels of a ring in even steps of angle; a step without a pixel takes its neighbours' value.

    Parameters
    ----------
    qx_inv_nm, qy_inv_nm
        Scattering vector of each column and each row [1/nm].
    intensity
        Intensity in any unit, shape (rows, columns); pixels that are not finite are left out.
    q_range_inv_nm
        Inner and outer radius of the ring [1/nm].
    n_bins
        Steps of the full turn.

    Raises
    ------
    InputError
        If the ring holds fewer pixels than a quarter of the bins.
    """
    q = np.hypot(qx_inv_nm, qy_inv_nm[:, None])
    angle = np.degrees(np.arctan2(qy_inv_nm[:, None], qx_inv_nm)) % 360
    low, high = q_range_inv_nm
    ring = (q >= low) & (q < high) & np.isfinite(intensity)
    if np.count_nonzero(ring) < n_bins / 4:
        raise InputError(
            f"the ring from {low:g} to {high:g} 1/nm holds {np.count_nonzero(ring)} pixels, too few for {n_bins} bins. "
            "Take a wider ring, fewer bins or more pixels."
        )
    # Bins are centred on 0, 1, 2, ... steps so that spots on the axes are not cut in two.
    index = np.rint(angle[ring] / 360 * n_bins).astype(int) % n_bins
    count = np.bincount(index, minlength=n_bins)
    total = np.bincount(index, weights=intensity[ring], minlength=n_bins)
    centres = np.arange(n_bins) * 360 / n_bins
    filled = count > 0
    profile = np.interp(centres, centres[filled], total[filled] / count[filled], period=360)
    return AzimuthalProfile(centres, profile, (float(low), float(high)))
