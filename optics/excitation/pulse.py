"""Excitons in a dot during a pulse, with Auger decay: gain thresholds from femtoseconds to nanoseconds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm
from scipy.optimize import brentq

from packing.checks import require_between, require_positive
from packing.errors import InputError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decay:
    """How excitons decay in a dot.

    Parameters
    ----------
    biexciton_ps
        Auger lifetime of two excitons [ps]: an input, never predicted.
    exciton_ps
        Lifetime of one [ps].

    Examples
    --------
    >>> Decay(biexciton_ps=105.0).rates_per_ps(3).round(5).tolist()
    [0.0, 0.00028, 0.01008, 0.04369]
    """

    biexciton_ps: float
    exciton_ps: float = 3600.0

    def __post_init__(self) -> None:
        require_positive("biexciton_ps", self.biexciton_ps, "ps")
        require_positive("exciton_ps", self.exciton_ps, "ps")

    def rates_per_ps(self, n_most: int) -> FloatArray:
        r"""Rate of n to n - 1 [1/ps], :math:`k_n=n^2(n-1)/4\tau_{XX}+n/\tau_X`, shape (n_most + 1,).

        Parameters
        ----------
        n_most
            Largest number of excitons.
        """
        n = np.arange(n_most + 1)
        return np.asarray(n**2 * (n - 1) / (4 * self.biexciton_ps) + n / self.exciton_ps)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PulseResponse:
    """What a pulse does.

    Parameters
    ----------
    time_ps
        Times from the maximum of the pulse [ps], shape (n,).
    shares
        Share of dots with 0, 1, ... excitons, shape (n, m).
    """

    time_ps: FloatArray
    shares: FloatArray

    @property
    def inversion(self) -> FloatArray:
        """Share with two or more less share with none, shape (n,): gain where it is positive."""
        return np.asarray(self.shares[:, 2:].sum(axis=1) - self.shares[:, 0])

    @property
    def best_inversion(self) -> float:
        """Its highest value in time, a share between -1 and 1."""
        # Shares of all dots add up to one but for rounding.
        return min(float(self.inversion.max()), 1.0)

    @property
    def mean_occupancy(self) -> FloatArray:
        """Mean number of excitons, shape (n,)."""
        return np.asarray(self.shares @ np.arange(self.shares.shape[1]))


def pulse_response(
    occupancy: float, pulse_fwhm_ps: float, decay: Decay, *, n_steps: int = 240, n_most: int | None = None
) -> PulseResponse:
    r"""Shares of dots by their number of excitons during a Gaussian pulse.

    .. math:: \dot P_n=g(t)\,(P_{n-1}-P_n)+k_{n+1}P_{n+1}-k_nP_n,\qquad\int g\,dt=\langle N\rangle

    ``occupancy`` is what the pulse would make without decay. Absorption does not saturate (pumped far above the gap).

    Parameters
    ----------
    occupancy
        Excitons pumped per dot over the whole pulse.
    pulse_fwhm_ps
        Full width of the pulse at half maximum [ps].
    decay
        How they decay.
    n_steps
        Steps of the pulse, in which the pump is constant and the master equation exact.
    n_most
        Most excitons kept; None takes enough.

    Examples
    --------
    >>> short = pulse_response(1.146193, 0.1, Decay(biexciton_ps=105.0))
    >>> abs(short.best_inversion) < 1e-3
    True
    """
    require_positive("occupancy", occupancy)
    width = require_positive("pulse_fwhm_ps", pulse_fwhm_ps, "ps")
    # Poisson's tail needs the room in a short pulse; in a long one Auger decay keeps the number lower still.
    n = n_most or int(min(40, np.ceil(occupancy + 7 * np.sqrt(occupancy) + 4)))
    rates = decay.rates_per_ps(n)
    down = np.diag(rates[1:], 1) - np.diag(rates)
    up = np.diag(np.ones(n), -1) - np.diag(np.append(np.ones(n), 0.0))
    edges = np.linspace(-1.6, 1.6, n_steps + 1) * width
    middle, step = (edges[1:] + edges[:-1]) / 2, edges[1] - edges[0]
    pump = np.exp(-4 * np.log(2) * (middle / width) ** 2)
    pump *= occupancy / pump.sum()
    state = np.zeros(n + 1)
    state[0] = 1.0
    shares = [state]
    for made in pump:
        state = expm(made * up + step * down) @ state
        shares.append(state)
    return PulseResponse(time_ps=edges, shares=np.array(shares))


def threshold_occupancy(pulse_fwhm_ps: float, decay: Decay, *, highest: float = 60.0) -> float:
    """Excitons per dot that a pulse must pump until there is gain at its best moment.

    Parameters
    ----------
    pulse_fwhm_ps
        Full width of the pulse at half maximum [ps].

    Raises
    ------
    InputError
        If no occupancy up to ``highest`` gives gain: Auger decay is then faster than the pump.

    Examples
    --------
    >>> round(threshold_occupancy(0.1, Decay(biexciton_ps=105.0)), 3)
    1.147
    """
    require_between("pulse_fwhm_ps", pulse_fwhm_ps, 1e-4, 1e6, "ps")

    def gain(occupancy: float) -> float:
        return pulse_response(occupancy, pulse_fwhm_ps, decay).best_inversion

    high = 2.0
    while gain(high) < 0:
        high *= 2
        if high > highest:
            raise InputError(
                f"a pulse of {pulse_fwhm_ps:g} ps gives no gain up to {highest:g} excitons per dot: Auger decay "
                f"({decay.biexciton_ps:g} ps) empties the dots faster. Give a shorter pulse."
            )
    return float(brentq(gain, high / 2 if high > 2 else 0.5, high, xtol=1e-4))
