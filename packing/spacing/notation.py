"""The two clashing notations of the literature, translated by name.

=====================  ==================  =========  =====================
meaning                Landman-Luedtke     Travesset  here
=====================  ==================  =========  =====================
ligand length / R      x                   lambda     ``length_ratio``
coverage / its limit   lambda              xi         ``relative_coverage``
=====================  ==================  =========  =====================
"""

from __future__ import annotations

from dataclasses import dataclass

from packing.checks import require_between, require_known, require_non_negative, require_positive
from packing.errors import InputError
from packing.particles import MAX_CHAINS_PER_NM2, Coating, Ligand

_NAMES = {"landman-luedtke": ("x", "lambda"), "travesset": ("lambda", "xi")}
NOTATIONS = tuple(_NAMES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Softness:
    """A coated sphere as the packing models see it, free of any notation.

    Parameters
    ----------
    length_ratio
        Ligand length over core radius.
    relative_coverage
        Coverage over its limit, 0 to 1.
    """

    length_ratio: float
    relative_coverage: float

    def __post_init__(self) -> None:
        require_non_negative("length_ratio", self.length_ratio)
        require_between("relative_coverage", self.relative_coverage, 0.0, 1.0)

    def numbers(self, notation: str) -> dict[str, float]:
        """The two numbers under the letters of a named notation.

        Parameters
        ----------
        notation
            A name of `NOTATIONS`.

        Returns
        -------
        dict
            Two ratios by their letters.

        Examples
        --------
        >>> Softness(length_ratio=0.5, relative_coverage=0.8).numbers("landman-luedtke")
        {'x': 0.5, 'lambda': 0.8}
        """
        require_known("notation", notation, NOTATIONS)
        length, coverage = _NAMES[notation]
        return {length: self.length_ratio, coverage: self.relative_coverage}

    def coating(self, core_diameter_nm: float) -> Coating:
        """A coating that has this softness on a sphere of the given diameter [nm].

        Parameters
        ----------
        core_diameter_nm
            Diameter of the core [nm].

        Examples
        --------
        >>> Softness(length_ratio=0.5, relative_coverage=0.8).coating(8.0).shell_nm
        1.6
        """
        require_positive("core_diameter_nm", core_diameter_nm, "nm")
        made = Ligand(
            name=f"L/R = {self.length_ratio:g}",
            length_nm=self.length_ratio * core_diameter_nm / 2,
            source="given as a ratio",
        )
        return Coating(ligand=made, coverage_per_nm2=self.relative_coverage * MAX_CHAINS_PER_NM2)


def softness(notation: str, **numbers: float) -> Softness:
    """Numbers as a paper prints them, taken by the notation it uses.

    Parameters
    ----------
    notation
        ``"landman-luedtke"`` (x, lambda) or ``"travesset"`` (lambda, xi). The review Adv. Mater. 2023,
        doi:10.1002/adma.202209279, writes the first. ``lambda`` is a Python keyword: pass ``lambda_``.
    numbers
        The two numbers by their letters.

    Raises
    ------
    InputError
        For an unknown notation, letters that are not its own, or values out of range.

    Examples
    --------
    >>> softness("landman-luedtke", x=0.5, lambda_=0.8) == softness("travesset", lambda_=0.5, xi=0.8)
    True
    """
    require_known("notation", notation, NOTATIONS)
    given = {key.rstrip("_"): value for key, value in numbers.items()}
    length, coverage = _NAMES[notation]
    if set(given) != {length, coverage}:
        raise InputError(
            f"notation {notation!r} uses {length} (ligand length / core radius) and {coverage} (relative coverage), "
            f"got {', '.join(sorted(given)) or 'nothing'}. Give exactly these two."
        )
    return Softness(length_ratio=given[length], relative_coverage=given[coverage])
