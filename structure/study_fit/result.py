"""`ImpliedInputs`: what measured numbers say about the inputs of a study, with the numbers that entered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """One measured number with its standard uncertainty.

    Parameters
    ----------
    quantity
        ``"spacing_nm"`` (centre to centre), ``"size_nm"`` (diameter or shortest edge), ``"size_spread"``,
        ``"disorder"`` (independent displacements over the spacing) or ``"cumulative_disorder"`` (steps over it).
    value, sd
        Number and standard uncertainty.
    source
        Such as ``"TEM"``.
    confidence
        That of the measurement, ``"high"`` or ``"low"``.
    """

    quantity: str
    value: float
    sd: float
    source: str
    confidence: str = "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpliedCoverage:
    """Coverage [chains/nm^2] that one model of the shell reads from the gap, alone and joined with the study's own.

    Parameters
    ----------
    model
        Model of the ligand shell.
    coverage_per_nm2, coverage_sd_per_nm2
        From the data.
    joint_per_nm2, joint_sd_per_nm2
        From the data and the study's coverage as prior.
    problem
        Why it is not possible; empty where it is.
    """

    model: str
    coverage_per_nm2: float
    coverage_sd_per_nm2: float
    joint_per_nm2: float
    joint_sd_per_nm2: float
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpliedInputs:
    """What data and priors together say about the inputs of a study.

    Parameters
    ----------
    values, sds
        By quantity (see `Observed`): the joint fit and its standard uncertainties.
    priors
        By quantity: the study's own value and standard uncertainty.
    gap_nm, gap_sd_nm
        Spacing less size [nm].
    coverages
        Coverage by every model of the ligand shell; none for an ion.
    tension
        Largest distance of a number from the joint fit, in its standard uncertainties.
    used
        Numbers that entered.
    confidence, reasons
        ``"high"`` or ``"low"``, and why.
    """

    values: dict[str, float]
    sds: dict[str, float]
    priors: dict[str, tuple[float, float]]
    gap_nm: float
    gap_sd_nm: float
    coverages: tuple[ImpliedCoverage, ...]
    tension: float
    used: tuple[Observed, ...]
    confidence: str
    reasons: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON: each quantity with its ``_sd``."""
        made: dict[str, Any] = {}
        for name, value in self.values.items():
            made[name], made[_sd_name(name)] = value, self.sds[name]
        return made | {
            "gap_nm": self.gap_nm,
            "gap_sd_nm": self.gap_sd_nm,
            "coverages": [_fields(c) for c in self.coverages],
            "tension": self.tension,
            "confidence": self.confidence,
            "reasons": list(self.reasons),
            "priors": {name: list(pair) for name, pair in self.priors.items()},
            "used": [_fields(o) for o in self.used],
        }

    def summary(self) -> str:
        """A few lines for people: the study's value, what the data makes of it, and where that is from."""
        lines = []
        for name, words, factor, unit in _WORDS:
            if name not in self.values:
                continue
            digits = 2 if unit == "nm" else 1
            before = ""
            if name in self.priors:
                value, sd = (factor * x for x in self.priors[name])
                before = f"{value:.{digits}f} ± {sd:.{digits}f} → "
            sources = ", ".join(dict.fromkeys(o.source for o in self.used if o.quantity == name)) or "study"
            lines.append(
                f"{words}: {before}{factor * self.values[name]:.{digits}f} ± {factor * self.sds[name]:.{digits}f} "
                f"{unit} ({sources})"
            )
        lines.append(f"gap: {self.gap_nm:.2f} ± {self.gap_sd_nm:.2f} nm")
        for c in self.coverages:
            value, sd = self.priors["coverage_per_nm2"]
            lines.append(
                f"coverage by {c.model}: {c.coverage_per_nm2:.2f} ± {c.coverage_sd_per_nm2:.2f} /nm² from the data, "
                f"{c.joint_per_nm2:.2f} ± {c.joint_sd_per_nm2:.2f} with the study's {value:.2f} ± {sd:.2f}"
                + (f"; {c.problem}" if c.problem else "")
            )
        return "\n".join([*lines, f"confidence {self.confidence}" + "".join(f"; {r}" for r in self.reasons)])


_WORDS = (
    ("spacing_nm", "spacing", 1.0, "nm"),
    ("size_nm", "core", 1.0, "nm"),
    ("size_spread", "size spread", 100.0, "%"),
    ("disorder", "displacements over the spacing", 100.0, "%"),
    ("cumulative_disorder", "steps that add up, over the spacing", 100.0, "%"),
)


def _fields(record: Any) -> dict[str, Any]:
    return {key: getattr(record, key) for key in record.__dataclass_fields__}


def _sd_name(name: str) -> str:
    return name.removesuffix("_nm") + "_sd_nm" if name.endswith("_nm") else name + "_sd"
