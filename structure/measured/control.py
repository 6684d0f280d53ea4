"""What a person decides about a fit instead of leaving it to the search: `FitControl`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from packing.checks import did_you_mean
from packing.errors import InputError

SAXS_NAMES = (
    "nearest_nm", "size_nm", "size_spread", "c_over_a", "sigma_inv_nm", "hwhm_inv_nm", "paracrystal", "displacement",
)  # fmt: skip
XRD_NAMES = ("period_nm", "plane_spacing_nm", "sigma_nm", "n_layers", "n_planes")
BACKGROUNDS = ("constant", "porod", "inverse_square", "slope", "free_particles")
"""What a curve may hold beside its lattice: a constant, q^-4, q^-2, a rising slope, and particles that are free."""
XRD_BACKGROUNDS = ("constant", "slope")
"""What a scan may hold beside its stack: a constant, and a line that rises or falls."""
ON_A_BOUND = 1e-3
"""Part of the distance of two bounds within which a number has ended on one of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FitControl:
    """Choices of a person that a fit keeps to; what is not chosen is found.

    Parameters
    ----------
    phase
        Lattice of a SAXS fit, ``"none"`` for particles alone; None finds it.
    shape
        ``"sphere"`` or ``"cube"``; None finds it.
    fixed
        Numbers that stay as they are, by name. SAXS: ``nearest_nm`` (distance of neighbours), ``size_nm`` (diameter or
        edge), ``size_spread``, ``c_over_a``, ``sigma_inv_nm`` and ``hwhm_inv_nm`` (Gaussian and Lorentzian width of the
        peaks), ``paracrystal`` and ``displacement`` (over the distance of neighbours). XRD: ``period_nm``,
        ``plane_spacing_nm``, ``sigma_nm``, ``n_layers``, ``n_planes``.
    bounds
        Lowest and highest value of numbers, by the same names.
    start
        Where the fit begins with numbers, by the same names.
    background
        Which of `BACKGROUNDS` a SAXS curve may hold, or of `XRD_BACKGROUNDS` a scan; None for all.
    ideal_powder
        Whether the areas of the reflections are those of a powder of grains at random, instead of near them.

    Raises
    ------
    InputError
        For an unknown name, bounds that do not rise, and fixed or first values outside their bounds.

    Examples
    --------
    >>> FitControl(phase="fcc", fixed={"size_nm": 7.0}, bounds={"nearest_nm": (8.0, 10.0)}).kept("size_nm", 6.2)
    7.0
    >>> FitControl(bounds={"nearest_nm": (8.0, 10.0)}, start={"nearest_nm": 7.0})
    Traceback (most recent call last):
    packing.errors.InputError: nearest_nm begins at 7, outside its bounds 8 to 10. Widen them or begin inside.
    """

    phase: str | None = None
    shape: str | None = None
    fixed: Mapping[str, float] = field(default_factory=dict)
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    start: Mapping[str, float] = field(default_factory=dict)
    background: tuple[str, ...] | None = None
    ideal_powder: bool = False

    def __post_init__(self) -> None:
        for name, (low, high) in self.bounds.items():
            if not (math.isfinite(low) and math.isfinite(high) and 0 <= low < high):
                raise InputError(f"bounds of {name} must rise from zero or above, got {low:g} to {high:g}.")
        for word, values in (("is fixed at", self.fixed), ("begins at", self.start)):
            for name, value in values.items():
                if not (math.isfinite(value) and value >= 0):
                    raise InputError(f"{name} {word} {value:g}: give a finite number of at least zero.")
                low, high = self.bounds.get(name, (0.0, math.inf))
                if not low <= value <= high:
                    raise InputError(
                        f"{name} {word} {value:g}, outside its bounds {low:g} to {high:g}. Widen them or begin inside."
                    )
        if self.shape not in (None, "sphere", "cube"):
            raise InputError(f"shape must be 'sphere' or 'cube', got {self.shape!r}.")
        _known("background", self.background or (), BACKGROUNDS)
        for name in ("fixed", "bounds", "start"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def __reduce__(self) -> Any:
        # Read-only mappings do not travel between processes.
        return _remade, (self.to_dict(),)

    @property
    def decides(self) -> bool:
        """Whether anything is chosen at all."""
        return bool(self.to_dict())

    def checked(
        self, names: Iterable[str], phases: Iterable[str] = (), backgrounds: Iterable[str] = BACKGROUNDS
    ) -> FitControl:
        """This control, if a fit has all that it names.

        Parameters
        ----------
        names
            Numbers that the fit has.
        phases
            Phases that it knows; none where a fit has no lattice, no shape and no powder to decide on.
        backgrounds
            What it knows of `BACKGROUNDS`.

        Raises
        ------
        InputError
            With the nearest known name.
        """
        for what in (self.fixed, self.bounds, self.start):
            _known("the fit", what, tuple(names))
        _known("background of this fit", self.background or (), tuple(backgrounds))
        known = (*phases, "none") if phases else ()
        if not known:
            for name in ("phase", "shape", "ideal_powder"):
                if getattr(self, name):
                    raise InputError(
                        f"the fit of a stack has no {name}. Leave it out, or fix its numbers: {', '.join(names)}."
                    )
        if self.phase is not None and self.phase not in known:
            hint = did_you_mean(self.phase, known)
            raise InputError(f"phase {self.phase!r} is not known.{hint} Known: {', '.join(known)}.")
        return self

    def kept(self, name: str, value: float) -> float:
        """A number as this control has it: fixed, or moved inside its bounds; ``value`` in the unit of its name."""
        if name in self.fixed:
            return float(self.fixed[name])
        low, high = self.bounds.get(name, (-math.inf, math.inf))
        return float(min(max(value, low), high))

    def begun(self, name: str, value: float) -> float:
        """Where a number begins: as it is fixed, where a person says, or at ``value`` [its unit] inside its bounds."""
        return self.kept(name, self.start.get(name, value))

    def ended_on_bounds(self, values: Mapping[str, float]) -> tuple[str, ...]:
        """What to say of the fitted ``values`` [in their units] that ended on a bound which a person gave.

        Examples
        --------
        >>> FitControl(bounds={"nearest_nm": (8.0, 9.0)}).ended_on_bounds({"nearest_nm": 9.0, "size_nm": 7.0})
        ('nearest_nm ended on its bound 9 and may lie beyond',)
        """
        made = []
        for name, (low, high) in self.bounds.items():
            if name in self.fixed or name not in values:
                continue
            for edge in (low, high):
                # Below zero there is nothing.
                if edge > 0 and abs(values[name] - edge) <= ON_A_BOUND * (high - low):
                    made.append(f"{name} ended on its bound {edge:g} and may lie beyond")
        return tuple(made)

    def limits(self, name: str, low: float, high: float) -> tuple[float, float]:
        """The range in which a number is fitted, from ``low`` to ``high`` [its unit] unless bounds are given."""
        return self.bounds.get(name, (low, high))

    def to_dict(self) -> dict[str, Any]:
        """Plain data of what is chosen."""
        made: dict[str, Any] = {
            "phase": self.phase,
            "shape": self.shape,
            "fixed": dict(self.fixed),
            "bounds": {name: list(pair) for name, pair in self.bounds.items()},
            "start": dict(self.start),
            "background": None if self.background is None else list(self.background),
            "ideal_powder": self.ideal_powder,
        }
        return {key: value for key, value in made.items() if value not in (None, {}, False)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> FitControl:
        """The control that `to_dict` told.

        Raises
        ------
        InputError
            For an unknown key or a value that is none.
        """
        _known("control", data, tuple(cls.__dataclass_fields__))
        given = dict(data)
        try:
            if "bounds" in given:
                given["bounds"] = {name: (float(low), float(high)) for name, (low, high) in given["bounds"].items()}
            if given.get("background") is not None:
                given["background"] = tuple(given["background"])
            return cls(**given)
        except (TypeError, ValueError, AttributeError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(f"control: a value cannot be used ({error}). Numbers by name, bounds as pairs.") from error


def _remade(data: dict[str, Any]) -> FitControl:
    return FitControl.from_dict(data)


def _known(what: str, given: Iterable[str], names: tuple[str, ...]) -> None:
    for name in given:
        if name not in names:
            hint = did_you_mean(name, names)
            raise InputError(f"{what} has no {name!r}.{hint} Known: {', '.join(names)}.")


FREE_FIT = FitControl()
"""Nothing is decided: the fit finds everything."""
