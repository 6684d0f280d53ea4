"""What measured data says about the inputs of a model: curves on one scale, and gap, coverage, sizes with priors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import lmfit
import numpy as np
from numpy.typing import NDArray

from packing.checks import require_between
from packing.errors import InputError
from packing.inverse import ImpliedShell, implied_shells
from packing.particles import Coating, Nanocrystal
from packing.shapes import Sphere
from structure.curves import ScatteringCurve
from structure.measured_curve import MeasuredCurve
from structure.saxs_fit_data import fit_data
from structure.saxs_fit_linear import best_factors

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CurveComparison:
    """A simulated and a measured curve on one scale and one background.

    Parameters
    ----------
    q_inv_nm
        Scattering vector of the measured points in the common range [1/nm], shape (n,).
    measured, simulated
        Intensity measured, and simulated times ``scale`` plus ``background``.
    residual
        Difference in standard deviations of noise and 7 % model error, shape (n,).
    scale, background
        The two numbers that were fitted.
    """

    q_inv_nm: FloatArray
    measured: FloatArray
    simulated: FloatArray
    residual: FloatArray
    scale: float
    background: float

    @property
    def misfit(self) -> float:
        """Mean squared residual."""
        return float(np.mean(self.residual**2))

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON, without the curves."""
        return {"scale": self.scale, "background": self.background, "misfit": self.misfit, "n": len(self.q_inv_nm)}

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw both curves."""
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots()
        positive = np.where(self.measured > 0, self.measured, np.nan)
        ax.semilogy(self.q_inv_nm, positive, ".", ms=3, c="0.35", label="measured")
        ax.semilogy(self.q_inv_nm, self.simulated, c="C3", lw=1.2, label="simulated")
        ax.set(xlabel="$q$ [nm$^{-1}$]", ylabel="$I$ [arb. u.]")
        ax.legend(frameon=False)
        return ax


def compare_curves(simulated: ScatteringCurve, measured: MeasuredCurve) -> CurveComparison:
    """Scale a simulated curve to a measured one, with a constant background, where both are known.

    Raises
    ------
    InputError
        If they share fewer than 10 points.

    Examples
    --------
    >>> q = np.linspace(0.2, 2.0, 60)
    >>> one = ScatteringCurve(q_inv_nm=q, intensity=np.exp(-3 * q) + 0.01)
    >>> two = MeasuredCurve(q_inv_nm=q, intensity=5 * one.intensity + 0.1)
    >>> result = compare_curves(one, two)
    >>> round(result.scale, 2), round(result.background, 2)
    (5.0, 0.1)
    """
    low = max(float(simulated.q_inv_nm[0]), simulated.q_min_trusted_inv_nm)
    data = fit_data(measured).between(low, float(simulated.q_inv_nm[-1]))
    if len(data.q_inv_nm) < 10:
        raise InputError(
            f"measured and simulated curve share {len(data.q_inv_nm)} points between {low:.3g} and "
            f"{simulated.q_inv_nm[-1]:.3g} 1/nm. Check the unit of q."
        )
    shape = np.interp(data.q_inv_nm, simulated.q_inv_nm, simulated.intensity)
    columns = np.column_stack([np.ones_like(shape), shape])
    strong = (shape >= np.quantile(shape, 0.5)) & (data.intensity > 0)
    start = float(np.exp(np.median(np.log(data.intensity[strong] / shape[strong])))) if strong.any() else 1.0
    background, scale = best_factors(data, columns, np.array([data.floor, start]), max_steps=40)
    model = columns @ np.array([background, scale])
    residual = data.transformed(data.intensity) - data.transformed(model)
    return CurveComparison(
        q_inv_nm=data.q_inv_nm,
        measured=data.intensity,
        simulated=model,
        residual=residual,
        scale=float(scale),
        background=float(background),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """One measured number with its standard uncertainty.

    Parameters
    ----------
    quantity
        ``"spacing_nm"`` (centre to centre), ``"size_nm"`` (diameter or shortest edge) or ``"size_spread"``.
    value, sd
        Number and standard uncertainty.
    source
        Such as ``"TEM"``.
    """

    quantity: str
    value: float
    sd: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpliedInputs:
    """What data and priors together say about the inputs of a study.

    Parameters
    ----------
    spacing_nm, spacing_sd_nm
        Centre to centre [nm].
    size_nm, size_sd_nm
        Diameter or shortest edge of the core [nm].
    gap_nm, gap_sd_nm
        Spacing less size [nm].
    size_spread, size_spread_sd
        Standard deviation of the size over its mean.
    disorder
        Standard deviation of positions or steps over the spacing, where a measurement has it.
    coverages
        Coverage by every model of the ligand shell.
    tension
        Largest distance of a number from the joint fit, in its standard uncertainties.
    used
        Numbers that entered.
    """

    spacing_nm: float
    spacing_sd_nm: float
    size_nm: float
    size_sd_nm: float
    gap_nm: float
    gap_sd_nm: float
    size_spread: float
    size_spread_sd: float
    disorder: float | None
    coverages: tuple[ImpliedShell, ...]
    tension: float
    used: tuple[Observed, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        made = {k: getattr(self, k) for k in self.__dataclass_fields__ if k not in ("coverages", "used")}
        made["coverages"] = [c.to_dict() for c in self.coverages]
        made["used"] = [{k: getattr(o, k) for k in o.__dataclass_fields__} for o in self.used]
        return made

    def summary(self) -> str:
        """A few lines for people."""
        lines = [
            f"spacing {self.spacing_nm:.2f} ± {self.spacing_sd_nm:.2f} nm, core {self.size_nm:.2f} ± "
            f"{self.size_sd_nm:.2f} nm, gap {self.gap_nm:.2f} ± {self.gap_sd_nm:.2f} nm",
            f"size spread {self.size_spread:.1%} ± {self.size_spread_sd:.1%}",
        ]
        lines += [
            f"coverage by {c.model}: {c.coverage_per_nm2:.2f} ± {c.coverage_sd_per_nm2:.2f} /nm² {c.problem}".rstrip()
            for c in self.coverages
        ]
        if self.tension > 3:
            lines.append(
                f"the numbers disagree by {self.tension:.1f} standard uncertainties: check that they are of one sample"
            )
        return "\n".join(lines)


def observed_by(measurement: Any, source: str) -> tuple[Observed, ...]:
    """The numbers of a SAXS or TEM measurement that bear on the inputs; those without an uncertainty are left out."""
    found = []
    spacing = getattr(measurement, "nearest_nm", None) or getattr(measurement, "spacing_nm", None)
    spacing_sd = getattr(measurement, "nearest_sd_nm", None) or getattr(measurement, "spacing_sd_nm", None)
    candidates = [("spacing_nm", spacing, spacing_sd)]
    radius, edge = getattr(measurement, "radius_nm", None), getattr(measurement, "edge_nm", None)
    sd = getattr(measurement, "size_sd_nm", None)
    if radius:
        candidates.append(("size_nm", 2 * radius, None if sd is None else 2 * sd))
    elif edge:
        candidates.append(("size_nm", edge, sd))
    candidates.append(
        ("size_spread", getattr(measurement, "size_spread", None), getattr(measurement, "size_spread_sd", None))
    )
    for quantity, value, error in candidates:
        if value is not None and error is not None and math.isfinite(value) and math.isfinite(error) and error > 0:
            found.append(Observed(quantity=quantity, value=float(value), sd=float(error), source=source))
    return tuple(found)


def implied_inputs(
    nanocrystal: Nanocrystal,
    coating: Coating,
    observed: tuple[Observed, ...],
    *,
    size_prior_sd: float = 0.03,
    spread_prior_sd: float = 0.02,
    disorder: float | None = None,
) -> ImpliedInputs:
    """Joint fit of spacing, size and size spread to measured numbers, with the study's values as priors.

    Parameters
    ----------
    nanocrystal, coating
        Of the study file; size and spread are priors, the ligand gives coverage from the gap.
    observed
        Measured numbers, at least one of them a spacing.
    size_prior_sd
        Relative standard uncertainty of the study's mean size.
    spread_prior_sd
        Standard uncertainty of the study's size spread.
    disorder
        Standard deviation of positions over the spacing, passed on.

    Raises
    ------
    InputError
        Without a measured spacing, or where the spacing is below the core.
    """
    require_between("size_prior_sd", size_prior_sd, 1e-4, 0.5, hint="Give a fraction: 0.03 is 3 %.")
    spacings = [o.value for o in observed if o.quantity == "spacing_nm"]
    if not spacings:
        raise InputError("no measured spacing: TEM or SAXS must show a lattice before it can say anything of the gap.")
    shape = nanocrystal.shape
    core = shape.diameter_nm if isinstance(shape, Sphere) else min(shape.edges_nm)
    priors = (
        Observed(quantity="size_nm", value=core, sd=size_prior_sd * core, source="study"),
        Observed(quantity="size_spread", value=nanocrystal.size_spread, sd=spread_prior_sd, source="study"),
    )
    used = (*observed, *priors)
    parameters = lmfit.Parameters()
    parameters.add("spacing_nm", float(np.mean(spacings)))
    parameters.add("size_nm", core)
    parameters.add("size_spread", nanocrystal.size_spread)

    def residual(values: Any) -> FloatArray:
        return np.array([(float(values[o.quantity].value) - o.value) / o.sd for o in used])

    fitted = lmfit.minimize(residual, parameters, method="leastsq", scale_covar=False)
    value = {name: float(p.value) for name, p in fitted.params.items()}
    sd = {name: float(p.stderr) if p.stderr else math.inf for name, p in fitted.params.items()}
    coverages: tuple[ImpliedShell, ...] = ()
    if not coating.ligand.is_ionic:
        moved = Nanocrystal(
            material=nanocrystal.material,
            shape=shape.scaled(value["size_nm"] / core),
            size_spread=nanocrystal.size_spread,
        )
        coverages = implied_shells(
            moved,
            coating,
            value["spacing_nm"],
            spacing_sd_nm=sd["spacing_nm"],
            size_sd=min(sd["size_nm"] / value["size_nm"], 0.5),
        )
    return ImpliedInputs(
        spacing_nm=value["spacing_nm"],
        spacing_sd_nm=sd["spacing_nm"],
        size_nm=value["size_nm"],
        size_sd_nm=sd["size_nm"],
        gap_nm=value["spacing_nm"] - value["size_nm"],
        gap_sd_nm=math.hypot(sd["spacing_nm"], sd["size_nm"]),
        size_spread=max(value["size_spread"], 0.0),
        size_spread_sd=sd["size_spread"],
        disorder=disorder,
        coverages=coverages,
        tension=float(np.abs(residual(fitted.params)).max()),
        used=used,
    )
