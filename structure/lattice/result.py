"""`LatticeFit`: a fitted lattice, or the reason why there is none."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from structure.lattice.disorder import RowDisorder
from structure.lattice.grains import Grain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]
_NAN = float("nan")
_PARAMETERS = ("a_nm", "b_nm", "c_nm", "alpha_deg", "beta_deg", "gamma_deg")


def _unknown(n: int) -> FloatArray:
    values = np.full(n, np.nan)
    values.flags.writeable = False
    return values


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LatticeFit:
    """Best-fit Bravais lattice of the largest grain; numbers are nan where ``found`` is False.

    Parameters
    ----------
    found, reason
        Whether there is a lattice, and why not.
    step
        Step of the simulation the configuration comes from.
    structure
        What most of the grain's particles are in: "sc", "fcc", "hcp", ..., "none" for a lattice without such a name.
    crystal_system, bravais
        "cubic" ... "triclinic", and ASE's symbol of the Bravais lattice (CUB, FCC, BCC, HEX, ...).
    parameters, parameter_errors
        a, b, c [nm] and alpha, beta, gamma [degrees] of the conventional cell as fitted (not made symmetric), with
        standard uncertainties, shape (6,).
    cell_nm
        Conventional cell vectors as rows, in the laboratory frame [nm], shape (3, 3).
    period_nm, period_error_nm
        Nearest-neighbour repeat [nm]: the shortest lattice vector, averaged over those equal to it within 2 % (or its
        uncertainty).
    gap_nm, gap_error_nm
        Period minus the mean core size along it [nm]: the edge of a cuboid that faces it, the diameter of a sphere; nan
        where cuboids do not face along it.
    sigma_nm
        Root mean square displacement from the sites along a, b, c [nm], shape (3,).
    sigma_uncorrelated_nm, sigma_cumulative_nm, sigma_cumulative_error_nm
        Disorder of the first and of the second kind along a, b, c, and the standard uncertainty of the latter [nm],
        shape (3,); nan where rows are too short to tell.
    rows
        The fits behind them (`structure.lattice.disorder`); None where rows are too short.
    n_particles, n_indexed
        Particles in the configuration, and those on sites of this lattice.
    n_vacancies
        Empty sites inside.
    conflict_fraction
        Share of lattice bonds whose ends disagree on their indices (dislocations, stacking faults).
    fills_box
        Whether the lattice fits the periodic box, which then fixes the basis; uncertainties come from the scatter.
    grains
        All grains, the largest first.
    """

    found: bool
    reason: str = ""
    step: int = 0
    structure: str = "none"
    crystal_system: str = "none"
    bravais: str = "none"
    parameters: FloatArray = field(default_factory=lambda: _unknown(6))
    parameter_errors: FloatArray = field(default_factory=lambda: _unknown(6))
    cell_nm: FloatArray = field(default_factory=lambda: np.full((3, 3), np.nan))
    period_nm: float = _NAN
    period_error_nm: float = _NAN
    gap_nm: float = _NAN
    gap_error_nm: float = _NAN
    sigma_nm: FloatArray = field(default_factory=lambda: _unknown(3))
    sigma_uncorrelated_nm: FloatArray = field(default_factory=lambda: _unknown(3))
    sigma_cumulative_nm: FloatArray = field(default_factory=lambda: _unknown(3))
    sigma_cumulative_error_nm: FloatArray = field(default_factory=lambda: _unknown(3))
    rows: tuple[RowDisorder | None, ...] = (None, None, None)
    n_particles: int = 0
    n_indexed: int = 0
    n_vacancies: int = 0
    conflict_fraction: float = _NAN
    fills_box: bool = False
    grains: tuple[Grain, ...] = ()

    @property
    def domain_sizes_nm(self) -> FloatArray:
        """Edge of the cube of the same volume as each grain [nm], shape (n_grains,)."""
        return np.array([grain.domain_size_nm for grain in self.grains])

    @property
    def sigma_rms_nm(self) -> float:
        """Root mean square displacement per axis, over the three axes [nm]."""
        return float(np.sqrt(np.mean(self.sigma_nm**2)))

    def __repr__(self) -> str:
        return f"LatticeFit({self.summary()})"

    def summary(self) -> str:
        """One line with the numbers a person asks for first; uncertainties of the last digit in brackets."""
        if not self.found:
            return f"no Bravais fit: {self.reason}"
        a, b, c = (with_error(v, e) for v, e in zip(self.parameters[:3], self.parameter_errors[:3], strict=True))
        named = zip(("alpha", "beta", "gamma"), self.parameters[3:], self.parameter_errors[3:], strict=True)
        angles = "".join(f" {name} {with_error(v, e)}" for name, v, e in named if abs(v - 90) > 0.05)
        grains = f"{len(self.grains)} grain{'s' if len(self.grains) != 1 else ''}"
        return (
            f"{self.structure}, {self.crystal_system} {self.bravais}: a {a} b {b} c {c} nm{angles}, "
            f"period {with_error(self.period_nm, self.period_error_nm)} nm, "
            f"gap {with_error(self.gap_nm, self.gap_error_nm)} nm, {self.n_vacancies} vacancies, {grains}"
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON; a number that is not defined is None."""
        data: dict[str, Any] = {
            name: getattr(self, name)
            for name in ("found", "reason", "step", "structure", "crystal_system", "bravais", "fills_box")
        }
        for name, value, error in zip(_PARAMETERS, self.parameters, self.parameter_errors, strict=True):
            data[name], data[f"{name}_error"] = _plain(value), _plain(error)
        for name in ("period_nm", "period_error_nm", "gap_nm", "gap_error_nm", "sigma_rms_nm", "conflict_fraction"):
            data[name] = _plain(getattr(self, name))
        for name in (
            "sigma_nm",
            "sigma_uncorrelated_nm",
            "sigma_cumulative_nm",
            "sigma_cumulative_error_nm",
            "domain_sizes_nm",
        ):
            data[name] = [_plain(v) for v in getattr(self, name)]
        for name in ("n_particles", "n_indexed", "n_vacancies"):
            data[name] = getattr(self, name)
        data["grains"] = [
            {"n_particles": g.n_particles, "lattice": g.lattice, "angle_deg": g.angle_deg} for g in self.grains
        ]
        return data

    def plot(self, ax: Axes | None = None, **line_style: Any) -> Axes:
        """Draw the variance of distances along a, b and c (growing where disorder adds up) and return the axes."""
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots()
        for name, row in zip("abc", self.rows, strict=True):
            if row is not None:
                row.plot(ax, label=f"along {name}", **line_style)
        if any(row is not None for row in self.rows):
            ax.legend()
        else:
            ax.text(0.5, 0.5, self.reason or "rows too short", transform=ax.transAxes, ha="center", wrap=True)
        return ax


def no_fit(step: int, n_particles: int, grains: tuple[Grain, ...], reason: str) -> LatticeFit:
    """The result where there is no lattice among the ``n_particles`` of the frame at ``step``."""
    return LatticeFit(found=False, reason=reason, step=step, n_particles=n_particles, grains=grains)


def with_error(value: float, error: float) -> str:
    """A number ``value`` with its uncertainty ``error``, of the same unit, in the last digit.

    Examples
    --------
    >>> with_error(11.034, 0.041), with_error(90.0, 0.0), with_error(11.2, 1.3)
    ('11.03(4)', '90.000', '11.2(1.3)')
    """
    if not (math.isfinite(value) and math.isfinite(error)):
        return f"{value:.3f}"
    if error < 5e-7:
        return f"{value:.3f}"
    digits = -math.floor(math.log10(error))
    if round(error * 10**digits) == 10:
        digits -= 1
    if digits < 1:
        return f"{value:.1f}({error:.1f})"
    return f"{value:.{digits}f}({round(error * 10**digits)})"


def _plain(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
