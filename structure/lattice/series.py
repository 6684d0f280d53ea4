r"""Lattice of a sampled trajectory: the mean over frames with a standard error that knows frames are correlated.

The standard error of the mean of :math:`n` frames is :math:`s \sqrt{g/n}` with the statistical inefficiency :math:`g`,
the number of frames per independent one. It is found by blocking (H. Flyvbjerg and H. G. Petersen, J. Chem. Phys. 91,
461 (1989), doi:10.1063/1.457480): the error of the mean of blocks grows with the block length until blocks are
independent; the largest estimate over block lengths that leave at least eight blocks is taken.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from packing.configuration import Configuration
from packing.errors import InputError
from structure.lattice.fit import fit_lattice
from structure.lattice.result import LatticeFit, with_error

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]

_MIN_BLOCKS = 8
_PARAMETERS = ("a_nm", "b_nm", "c_nm", "alpha_deg", "beta_deg", "gamma_deg")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LatticeSeries:
    """Lattice along a trajectory and its mean; numbers are nan where no frame has a lattice.

    Parameters
    ----------
    fits
        The fit of every frame.
    found, reason
        Whether at least half of the frames have a lattice, and why not.
    n_used
        Frames with a lattice of the most frequent kind: the ones averaged.
    structure, crystal_system, bravais
        Of the most frequent kind.
    parameters, parameter_errors
        Mean a, b, c [nm], alpha, beta, gamma [degrees] and standard uncertainties of the means, shape (6,).
    period_nm, period_error_nm, gap_nm, gap_error_nm
        Mean nearest-neighbour repeat and gap with standard uncertainties of the means [nm].
    period_inefficiency
        Statistical inefficiency of the period: frames per independent frame.
    sigma_nm
        Root mean square displacement along a, b, c, averaged over frames [nm], shape (3,).
    n_vacancies
        Mean number of vacancies.
    """

    fits: tuple[LatticeFit, ...]
    found: bool
    reason: str
    n_used: int
    structure: str
    crystal_system: str
    bravais: str
    parameters: FloatArray
    parameter_errors: FloatArray
    period_nm: float
    period_error_nm: float
    gap_nm: float
    gap_error_nm: float
    period_inefficiency: float
    sigma_nm: FloatArray
    n_vacancies: float

    def __repr__(self) -> str:
        return f"LatticeSeries({self.summary()})"

    def summary(self) -> str:
        """One line with the numbers a person asks for first."""
        if not self.found:
            return f"no Bravais fit: {self.reason}"
        return (
            f"{self.structure}, {self.crystal_system} {self.bravais}: "
            f"period {with_error(self.period_nm, self.period_error_nm)} nm, "
            f"gap {with_error(self.gap_nm, self.gap_error_nm)} nm, {self.n_used} of {len(self.fits)} frames"
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON; a number that is not defined is None."""
        data: dict[str, Any] = {"n_frames": len(self.fits)}
        for name in ("found", "reason", "n_used", "structure", "crystal_system", "bravais"):
            data[name] = getattr(self, name)
        for name, value, error in zip(_PARAMETERS, self.parameters, self.parameter_errors, strict=True):
            data[name], data[f"{name}_error"] = _plain(value), _plain(error)
        for name in ("period_nm", "period_error_nm", "gap_nm", "gap_error_nm", "period_inefficiency", "n_vacancies"):
            data[name] = _plain(getattr(self, name))
        data["sigma_nm"] = [_plain(v) for v in self.sigma_nm]
        return data

    def plot(self, ax: Axes | None = None, **line_style: Any) -> Axes:
        """Draw the period of every frame with its uncertainty, and the mean, and return the axes."""
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots()
        good = [fit for fit in self.fits if fit.found]
        style = {"fmt": ".", "label": "single frames"} | line_style
        # Frames that carry no step (all the same) are drawn by number.
        numbered = len({f.step for f in good}) < len(good)
        x = range(len(good)) if numbered else [f.step for f in good]
        ax.errorbar(x, [f.period_nm for f in good], [f.period_error_nm for f in good], **style)
        if self.found:
            low, high = self.period_nm - self.period_error_nm, self.period_nm + self.period_error_nm
            ax.axhspan(low, high, color="0.8", zorder=0, label="mean")
        ax.set(xlabel="frame" if numbered else "step", ylabel="period [nm]")
        ax.legend()
        return ax


def fit_lattice_trajectory(frames: Iterable[Configuration]) -> LatticeSeries:
    """Fit a lattice to every frame of a sampled trajectory and average those of the most frequent kind.

    Standard uncertainties are the larger of the blocked error of the mean over frames and the uncertainty of one frame
    over the square root of the number of independent frames: in a fixed box the first is zero, but the particles'
    scatter still says how well the period is known.

    Parameters
    ----------
    frames
        Frames from the part of a run where averages are meaningful (after assembly, box relaxed).

    Raises
    ------
    InputError
        If there are no frames.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> from structure.crystals.build import build_crystal
    >>> def frame(k):
    ...     return build_crystal("sc", spacing_nm=11 + 0.02 * (-1) ** k, n_cells=(4, 4, 4), shapes=cube(8.6),
    ...                          displacement_nm=0.3, seed=k)
    >>> fit_lattice_trajectory(frame(k) for k in range(8)).summary()
    'sc, cubic CUB: period 11.000(8) nm, gap 2.400(8) nm, 8 of 8 frames'
    """
    fits = tuple(fit_lattice(frame) for frame in frames)
    if not fits:
        raise InputError("frames must not be empty, got none. Run the assembly first.")
    kinds = [(fit.structure, fit.crystal_system, fit.bravais) for fit in fits if fit.found]
    if 2 * len(kinds) < len(fits):
        last = fits[-1].summary() if fits[-1].found else fits[-1].reason
        return _nothing(fits, f"{len(kinds)} of {len(fits)} frames have a lattice; last: {last}")
    kind = max(sorted(set(kinds)), key=kinds.count)
    used = [f for f in fits if f.found and (f.structure, f.crystal_system, f.bravais) == kind]
    parameters = np.array([fit.parameters for fit in used])
    errors = np.array([fit.parameter_errors for fit in used])
    period, period_error, inefficiency = _mean([f.period_nm for f in used], [f.period_error_nm for f in used])
    gap, gap_error, _ = _mean([f.gap_nm for f in used], [f.gap_error_nm for f in used])
    means = [_mean(parameters[:, k], errors[:, k]) for k in range(6)]
    return LatticeSeries(
        fits=fits,
        found=True,
        reason="",
        n_used=len(used),
        structure=kind[0],
        crystal_system=kind[1],
        bravais=kind[2],
        parameters=np.array([m[0] for m in means]),
        parameter_errors=np.array([m[1] for m in means]),
        period_nm=period,
        period_error_nm=period_error,
        gap_nm=gap,
        gap_error_nm=gap_error,
        period_inefficiency=inefficiency,
        sigma_nm=np.sqrt(np.mean([fit.sigma_nm**2 for fit in used], axis=0)),
        n_vacancies=float(np.mean([fit.n_vacancies for fit in used])),
    )


def blocked_error(values: FloatArray) -> float:
    """Standard error of the mean of a correlated series: the largest over block lengths that leave 8 blocks or more.

    ``values`` are equally spaced in time, shape (n,); the error is in their unit, NaN for fewer than two.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> bool(0.008 < blocked_error(rng.normal(size=10_000)) < 0.015)
    True
    """
    n = len(values)
    if n < 2:
        return float("nan")
    errors = []
    length = 1
    while n // length >= _MIN_BLOCKS or length == 1:
        blocks = values[: n // length * length].reshape(-1, length).mean(axis=1)
        errors.append(blocks.std(ddof=1) / np.sqrt(len(blocks)))
        length *= 2
    return float(max(errors))


def _mean(values: Any, errors: Any) -> tuple[float, float, float]:
    """Mean, its standard uncertainty, and the statistical inefficiency of the series."""
    values, errors = np.asarray(values, dtype=float), np.asarray(errors, dtype=float)
    known = np.isfinite(values)
    if not known.any():
        return float("nan"), float("nan"), float("nan")
    values, errors = values[known], errors[known]
    n = len(values)
    single = float(np.sqrt(np.mean(errors**2)))
    # A box of fixed size gives the same number in every frame, up to rounding: one independent frame.
    spread = float(values.std(ddof=1)) if n > 1 else 0.0
    if spread < 1e-9 * abs(float(values.mean())):
        return float(values.mean()), single, float(n)
    error = blocked_error(values)
    inefficiency = max((error / spread) ** 2 * n, 1.0)
    return float(values.mean()), max(error, single * float(np.sqrt(inefficiency / n))), inefficiency


def _nothing(fits: tuple[LatticeFit, ...], reason: str) -> LatticeSeries:
    nan = float("nan")
    return LatticeSeries(
        fits=fits,
        found=False,
        reason=reason,
        n_used=0,
        structure="none",
        crystal_system="none",
        bravais="none",
        parameters=np.full(6, nan),
        parameter_errors=np.full(6, nan),
        period_nm=nan,
        period_error_nm=nan,
        gap_nm=nan,
        gap_error_nm=nan,
        period_inefficiency=nan,
        sigma_nm=np.full(3, nan),
        n_vacancies=nan,
    )


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
