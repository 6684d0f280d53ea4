"""A simulated and a measured curve on one scale and one background, and the curve of a study without a simulation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from packing.errors import InputError
from packing.shapes import Shape, Sphere
from structure.measured.curve import MeasuredCurve
from structure.measured.data import fit_data
from structure.measured.linear import best_factors
from structure.patterns.curves import ScatteringCurve
from structure.saxs.lattice_model import LatticeModel

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from structure.saxs_fit.result import SaxsMeasurement

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
        Measured less simulated, in standard deviations of noise and 7 % model error, shape (n,).
    scale, background
        The two numbers that were fitted.
    label
        What was simulated.
    """

    q_inv_nm: FloatArray
    measured: FloatArray
    simulated: FloatArray
    residual: FloatArray
    scale: float
    background: float
    label: str = "simulated"

    @property
    def misfit(self) -> float:
        """Mean squared residual, dimensionless: residuals are in standard deviations."""
        return float(np.mean(self.residual**2))

    def misfit_between(self, low_inv_nm: float, high_inv_nm: float) -> float:
        """Mean squared residual of the points from ``low_inv_nm`` to ``high_inv_nm`` [1/nm], nan without any."""
        inside = (self.q_inv_nm >= low_inv_nm) & (self.q_inv_nm <= high_inv_nm)
        return float(np.mean(self.residual[inside] ** 2)) if inside.any() else float("nan")

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON, with both curves."""
        curves = {name: getattr(self, name).tolist() for name in ("q_inv_nm", "measured", "simulated", "residual")}
        return {
            "label": self.label,
            "scale": self.scale,
            "background": self.background,
            "misfit": self.misfit,
            "n": len(self.q_inv_nm),
        } | curves

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw both curves."""
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots()
        positive = np.where(self.measured > 0, self.measured, np.nan)
        ax.semilogy(self.q_inv_nm, positive, ".", ms=3, c="0.35", label="measured")
        ax.semilogy(self.q_inv_nm, self.simulated, c="C3", lw=1.2, label=self.label)
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
    background, scale = best_factors(data, columns, np.array([float(np.median(data.floor)), start]), max_steps=40)
    model = columns @ np.array([background, scale])
    return CurveComparison(
        q_inv_nm=data.q_inv_nm,
        measured=data.intensity,
        simulated=model,
        residual=data.transformed(data.intensity) - data.transformed(model),
        scale=float(scale),
        background=float(background),
        label=simulated.label or "simulated",
    )


def fitted_curve(measurement: SaxsMeasurement) -> CurveComparison:
    """The least-squares fit of a measured curve on that curve, over the points that were fitted.

    Nothing of a study is in it: its lattice, particles and background are those that describe the data best.

    Examples
    --------
    >>> from structure.saxs_fit.measure import measure_saxs
    >>> q = np.linspace(0.3, 3.5, 320)
    >>> model = LatticeModel(lattice="fcc", spacing_nm=9.0, body=Sphere(diameter_nm=7.0), size_spread=0.06,
    ...                      displacement_nm=0.4, domain_nm=150, background=1e-3)
    >>> found = fitted_curve(measure_saxs(MeasuredCurve(q_inv_nm=q, intensity=model.intensity(q))))
    >>> found.label, found.misfit < 1
    ('least-squares fit, fcc, 9.00 nm', True)
    """
    q = measurement.model_q_inv_nm
    data = fit_data(measurement.curve).between(float(q[0]), float(q[-1]))
    found = measurement.nearest_nm is not None
    # The fit itself averages points that are much closer than its peaks are wide.
    model = np.interp(data.q_inv_nm, q, measurement.model)
    return CurveComparison(
        q_inv_nm=data.q_inv_nm,
        measured=data.intensity,
        simulated=model,
        residual=data.transformed_intensity - data.transformed(model),
        scale=1.0,
        background=0.0,
        label="least-squares fit, "
        + (f"{measurement.phase}, {measurement.nearest_nm:.2f} nm" if found else "particles without a lattice"),
    )


def studied_crystal(shape: Shape, lattice: str, nearest_nm: float) -> LatticeModel:
    """Nanocrystals on a lattice, without disorder (`dataclasses.replace` adds it); cubes on sc lie face to face.

    Parameters
    ----------
    shape
        Core.
    lattice
        A name of `structure.crystals.cells.LATTICE_NAMES`.
    nearest_nm
        Distance of neighbouring centres [nm].

    Raises
    ------
    InputError
        For a distance that is not positive.

    Examples
    --------
    >>> from packing.shapes import cube
    >>> studied_crystal(Sphere(diameter_nm=6.5), "fcc", 8.4).locked, studied_crystal(cube(8.6), "sc", 11.0).locked
    (False, True)
    """
    locked = lattice == "sc" and not isinstance(shape, Sphere)
    return LatticeModel(lattice=lattice, spacing_nm=nearest_nm, body=shape, locked=locked)
