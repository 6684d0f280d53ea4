"""Measure the fringes of multilayer diffraction: period, gap, their fluctuation, layers and crystal thickness."""

from __future__ import annotations

import math
import os
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from packing.checks import require_non_negative
from packing.errors import InputError
from structure.diffraction.multilayer_planes import PlaneStack, perovskite_planes
from structure.measured.control import FREE_FIT, XRD_BACKGROUNDS, XRD_NAMES, FitControl
from structure.measured.curve import MeasuredCurve
from structure.measured.reading import read_curve
from structure.xrd_fit.controlled import periods_about, possible_stack
from structure.xrd_fit.data import stack_data
from structure.xrd_fit.fit import (
    StackData,
    StackValues,
    chi_square,
    stack_model,
)
from structure.xrd_fit.layers import NAMES, StackFit, layer_profile, leverage_sds, scatter, spread_over
from structure.xrd_fit.refining import bootstrap_stack, refine_stack
from structure.xrd_fit.result import XrdMeasurement
from structure.xrd_fit.search import observed_spacing_nm, search_stack
from structure.xrd_fit.verdict import judge

FloatArray = NDArray[np.float64]

THREE_SD = 9.0
"""Rise of the misfit over its scatter up to which another thickness fits as well: three standard deviations."""
THICKNESSES_BESIDE = 4
"""Planes more or fewer than the best has that are tried at its period: two cells of a perovskite either way."""
ROUGH, FOLLOWED = 5, 16
"""Steps that every start gets, and how many of the best are followed to where they lead."""
MAX_ROUNDS = 8
"""How often a better thickness beside the best is followed: 32 planes either way, beyond any cube of a stack."""
MAX_THICKNESSES = 6
"""Thicknesses that are fitted to the end: a coarse fit of the right one may be worse than that of its neighbours."""


def measure_xrd(
    curve: str | os.PathLike[str] | MeasuredCurve,
    *,
    q_unit: str | None = None,
    wavelength_nm: float | None = None,
    material: str = "CsPbBr3",
    planes: PlaneStack | None = None,
    termination: str | None = None,
    resolution_inv_nm: float = 0.0,
    lorentz: bool = False,
    periods_nm: tuple[float, float] = (5.0, 20.0),
    gaps_nm: tuple[float, float] = (0.8, 6.0),
    n_bootstrap: int = 40,
    seed: int = 1,
    q_range_inv_nm: tuple[float, float] | None = None,
    control: FitControl = FREE_FIT,
) -> XrdMeasurement:
    r"""Multilayer fit of the fringes on the atomic reflections of a nanocrystal film.

    Parameters
    ----------
    curve
        File, or a curve already read: along the film's normal, around one or more (00l) reflections.
    q_unit, wavelength_nm
        As for `structure.measured.reading.read_curve`; ``"two_theta_deg"`` needs the wavelength.
    material
        Perovskite ABX3.
    planes
        Planes of another material, in place of ``material``.
    termination
        Outermost plane of the perovskite, ``"AX"``, ``"BX2"`` or its formula; None tries both.
    resolution_inv_nm
        Standard deviation of the instrument's resolution [1/nm].
    lorentz
        Whether the curve still has the Lorentz and polarisation factors of a laboratory diffractometer; needs the
        wavelength.
    periods_nm, gaps_nm
        Ranges searched [nm].
    n_bootstrap, seed
        Resampled fits for the uncertainties, at least 2, and their seed.
    q_range_inv_nm
        Lowest and highest q to use [1/nm]; None takes all.
    control
        What is decided instead of found: fixed numbers, bounds, where to begin, background.

    Returns
    -------
    XrdMeasurement
        Period, gap, sigma, layers and planes.

    Raises
    ------
    InputError
        For an unreadable curve or one without an atomic reflection in its range, for ranges that do not rise or hold
        no stack, for fewer than two resampled fits, for ``lorentz`` without the wavelength, and for a control that no
        stack can have.

    Examples
    --------
    >>> from structure.diffraction.multilayer import Multilayer, multilayer_intensity
    >>> film = Multilayer(planes=perovskite_planes("CsPbBr3"), n_planes=29, n_layers=7, gap_nm=3.0, gap_sd_nm=0.08)
    >>> q = np.linspace(9.5, 12.0, 100)
    >>> curve = MeasuredCurve(q_inv_nm=q, intensity=multilayer_intensity(q, film))
    >>> found = measure_xrd(curve, planes=film.planes, periods_nm=(11.0, 12.0), n_bootstrap=2)
    >>> abs(found.period_nm / film.period_nm - 1) < 0.005
    True

    References
    ----------
    E. E. Fullerton et al., Phys. Rev. B 45, 9292 (1992), doi:10.1103/PhysRevB.45.9292; S. Toso et al., ACS Nano 15,
    6243 (2021), for nanocrystal superlattices.
    """
    require_non_negative("resolution_inv_nm", resolution_inv_nm, "1/nm")
    for name, (low, high) in (("periods_nm", periods_nm), ("gaps_nm", gaps_nm)):
        if not 0 < low < high < math.inf:
            raise InputError(f"{name} must be a rising range above 0 nm, got {low:g} to {high:g}.")
    if n_bootstrap < 2:
        raise InputError(f"n_bootstrap must be at least 2 to show a spread, got {n_bootstrap}.")
    measured = (
        curve if isinstance(curve, MeasuredCurve) else read_curve(curve, q_unit=q_unit, wavelength_nm=wavelength_nm)
    )
    terminations = ("AX", "BX2") if termination is None else (termination,)
    choices = [planes] if planes else [perovskite_planes(material, termination=t) for t in terminations]
    data = stack_data(measured.between(q_range_inv_nm), resolution_inv_nm, wavelength_nm if lorentz else None, lorentz)
    data = replace(data, control=possible_stack(control.checked(XRD_NAMES, backgrounds=XRD_BACKGROUNDS)))
    periods_nm = periods_about(periods_nm, control)
    _check_range(data.q_inv_nm, choices[0], measured.label)
    best, profile, tried = _fitted_stacks(data, choices, periods_nm, gaps_nm)
    unit = scatter(data, best)
    others = sorted({t.values.n_planes for t in tried if t.chi - best.chi < THREE_SD * unit} - {best.values.n_planes})
    samples = bootstrap_stack(data, best.planes, best.values, n_samples=n_bootstrap, seed=seed)
    sds = _standard_uncertainties(data, best, profile, samples)
    confidence, reasons = judge(data, best, sds, others)
    reasons += ("termination given, not found",) if termination is not None and planes is None else ()
    stack, values = best.planes, best.values
    options = {
        "material": material if planes is None else "given",
        "resolution_inv_nm": resolution_inv_nm,
        "lorentz": lorentz,
        "periods_nm": list(periods_nm),
        "gaps_nm": list(gaps_nm),
        "n_bootstrap": n_bootstrap,
        "seed": seed,
    }
    if termination is not None:
        options["termination"] = termination
    if q_range_inv_nm is not None:
        options["q_range_inv_nm"] = list(q_range_inv_nm)
    if control.decides:
        options["control"] = control.to_dict()
    return XrdMeasurement(
        period_nm=values.period_nm,
        period_sd_nm=sds["period_nm"],
        gap_nm=values.gap_nm,
        gap_sd_nm=sds["gap_nm"],
        sigma_nm=values.sigma_nm,
        sigma_sd_nm=sds["sigma_nm"],
        n_layers=values.n_layers,
        n_layers_sd=sds["n_layers"],
        n_planes=values.n_planes,
        n_planes_others=tuple(others),
        plane_spacing_nm=values.plane_spacing_nm,
        plane_spacing_sd_nm=sds["plane_spacing_nm"],
        termination="".join(e + (f"{n:g}" if n != 1 else "") for e, n in stack.sequence[0]),
        misfit=best.chi / len(data.q_inv_nm),
        confidence=confidence,
        reasons=reasons,
        curve=MeasuredCurve(
            q_inv_nm=data.q_inv_nm, intensity=data.intensity, sd=data.sd, label=measured.label, notes=measured.notes
        ),
        model=stack_model(data, stack, values),
        provenance={**measured.provenance, "options": options},
    )


def _fitted_stacks(
    data: StackData, choices: list[PlaneStack], periods_nm: tuple[float, float], gaps_nm: tuple[float, float]
) -> tuple[StackFit, list[StackFit], list[StackFit]]:
    """The best stack, the best ones of its thickness by number of layers, and everything that was fitted."""
    tried: list[StackFit] = []
    for stack in choices:
        for spacing in (stack.plane_spacing_nm, observed_spacing_nm(data, stack)):
            begun = replace(stack, plane_spacing_nm=data.control.begun("plane_spacing_nm", spacing))
            for start in search_stack(data, begun, periods_nm, gaps_nm):
                tried.append(_refined(data, stack, start, max_nfev=ROUGH))
    if not tried:
        given = " with the numbers that were given" if data.control.decides else ""
        raise InputError(
            f"no stack of period {periods_nm[0]:g} to {periods_nm[1]:g} nm has a gap of {gaps_nm[0]:g} to "
            f"{gaps_nm[1]:g} nm between its crystals{given}. Widen the ranges, or give other numbers."
        )
    tried.sort(key=lambda t: t.chi)
    tried = [_refined(data, t.planes, t.values, max_nfev=15) for t in tried[:FOLLOWED]] + tried[FOLLOWED:]
    tried.sort(key=lambda t: t.chi)
    tried += [
        _refined(data, t.planes, replace(t.values, n_layers=c), max_nfev=40)
        for t in _one_per_thickness(tried)[:MAX_THICKNESSES]
        for c in (4.0, 8.0, 14.0)
    ]
    best = min(tried, key=lambda t: t.chi)
    for _ in range(MAX_ROUNDS):
        profile = layer_profile(data, best)
        whole = min(profile, key=lambda t: t.chi)
        beside = _beside(data, choices, whole, gaps_nm)
        tried += beside
        best = min([whole, *beside], key=lambda t: t.chi)
        if best is whole or best.values.n_planes == whole.values.n_planes:
            break
    return whole, profile, tried


def _beside(data: StackData, choices: list[PlaneStack], best: StackFit, gaps_nm: tuple[float, float]) -> list[StackFit]:
    """Crystals of some planes more or fewer at the same period, which the search may have left out for others.

    The period is in the places of the fringes, the thickness only in their heights, which few layers blur.
    """
    made = []
    for stack in choices:
        for n_planes in range(best.values.n_planes - THICKNESSES_BESIDE, best.values.n_planes + THICKNESSES_BESIDE + 1):
            if data.control.kept("n_planes", n_planes) != n_planes:
                continue
            start = replace(best.values, n_planes=n_planes, plane_spacing_nm=stack.plane_spacing_nm)
            if n_planes > 1 and gaps_nm[0] <= start.gap_nm <= gaps_nm[1]:
                made.append(_refined(data, stack, start, max_nfev=15))
    return made


def _standard_uncertainties(
    data: StackData, best: StackFit, profile: list[StackFit], samples: list[StackValues]
) -> dict[str, float]:
    """Of the bootstrap, or the points of high leverage where they say more, and of the number of layers together.

    The bootstrap draws points as if each erred alone, and stays in the valley of one number of layers.
    """
    unit = scatter(data, best)
    alone = max(1.0, best.chi / max(1, len(data.q_inv_nm) - 8))
    valley = spread_over(profile, best, unit)
    # On the edge of its range a number does not move with the points: its scatter would say that it is known.
    unknown = best.values.on_an_edge()
    pulled = leverage_sds(data, best)
    drawn = {
        name: max(float(np.std([getattr(s, name) for s in samples])), pulled[name]) * math.sqrt(unit / alone)
        for name in NAMES
    }
    # Beyond half a layer the numbers of layers beside the best one say it, each once.
    drawn["n_layers"] = min(drawn["n_layers"], 0.5)
    sds = {name: math.inf if name in unknown else math.hypot(drawn[name], valley[name]) for name in NAMES}
    # Layers that could as well be none or twice as many are not known.
    # What a person fixed has no uncertainty of this fit.
    sds |= dict.fromkeys(set(data.control.fixed) & set(NAMES), 0.0)
    return sds | ({"n_layers": math.inf} if sds["n_layers"] >= best.values.n_layers else {})


def _refined(data: StackData, planes: PlaneStack, start: StackValues, *, max_nfev: int) -> StackFit:
    values = refine_stack(data, planes, start, max_nfev=max_nfev)
    return StackFit(chi_square(data, planes, values), values, planes)


def _check_range(q: FloatArray, planes: PlaneStack, label: str) -> None:
    first = 2 * math.pi / (planes.plane_spacing_nm * len(planes.sequence))
    orders = np.arange(1, 20) * first
    if not np.any((orders > q[0]) & (orders < q[-1])):
        raise InputError(
            f"{label or 'the curve'} spans q {q[0]:.3g} to {q[-1]:.3g} 1/nm, without a reflection of the crystal "
            f"(multiples of {first:.3g} 1/nm). Check the unit of q and the material."
        )
    if len(q) < 30:
        raise InputError(f"{label or 'the curve'} has {len(q)} points, a fit needs 30. Give the whole curve.")


def _one_per_thickness(tried: list[StackFit]) -> list[StackFit]:
    """The best fit of every number of planes and termination, best first, from fits in that order."""
    best: dict[tuple[int, str], StackFit] = {}
    for fit in tried:
        best.setdefault((fit.values.n_planes, repr(fit.planes.sequence[0])), fit)
    return list(best.values())
