"""What a measured spacing says about the ligand shell: coverage or ligand length, by each model, with uncertainty."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from packing.checks import require_between, require_non_negative, require_positive
from packing.errors import InputError
from packing.particles import Coating, Nanocrystal
from packing.shapes import Cuboid, Shape, Sphere
from packing.spacing.layers import mean_layer_from_round


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpliedShell:
    """What one model makes of a measured spacing.

    Parameters
    ----------
    model
        The model.
    shell_nm, shell_sd_nm
        Dry ligand volume per area [nm].
    coverage_per_nm2, coverage_sd_per_nm2
        Coverage [chains/nm^2] if the ligand has the length given.
    length_nm, length_sd_nm
        Extended length [nm] if the coverage is the one given; None where the model cannot say.
    problem
        Why the coverage is not possible; empty where it is.
    """

    model: str
    shell_nm: float
    shell_sd_nm: float
    coverage_per_nm2: float
    coverage_sd_per_nm2: float
    length_nm: float | None
    length_sd_nm: float | None
    problem: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {key: getattr(self, key) for key in self.__dataclass_fields__}


def implied_shells(
    nanocrystal: Nanocrystal,
    coating: Coating,
    spacing_nm: float,
    *,
    spacing_sd_nm: float = 0.0,
    size_sd: float = 0.0,
    length_sd: float = 0.04,
) -> tuple[ImpliedShell, ...]:
    """Coverage, and ligand length, that a measured centre distance implies by every model that applies.

    Parameters
    ----------
    nanocrystal
        Core.
    coating
        Gives the ligand for the implied coverage and the coverage for the implied length.
    spacing_nm
        Measured distance of neighbouring centres [nm]; for cuboids along the shortest edge.
    spacing_sd_nm
        Its standard uncertainty [nm].
    size_sd
        Relative standard uncertainty of the mean core size (not the spread of sizes).
    length_sd
        Relative standard uncertainty of the ligand length; the same is taken for the coverage when a length is asked.

    Returns
    -------
    tuple of ImpliedShell
        opm and ocm for spheres; fill, round and plate for cuboids.

    Raises
    ------
    InputError
        For a spacing below the core size, or an ion, which has no chain to count.

    Examples
    --------
    >>> from packing.matter.ligands import ligand
    >>> from packing.shapes import cube
    >>> dots = Nanocrystal(material="CsPbBr3", shape=cube(8.6))
    >>> oleate = Coating(ligand=ligand("oleate"), coverage_per_nm2=3.0)
    >>> [(x.model, round(x.coverage_per_nm2, 2)) for x in implied_shells(dots, oleate, 10.92)]
    [('fill', 3.3), ('round', 3.12), ('plate', 2.55)]
    """
    require_positive("spacing_nm", spacing_nm, "nm")
    require_non_negative("spacing_sd_nm", spacing_sd_nm, "nm")
    require_between("size_sd", size_sd, 0.0, 0.5, hint="Give a fraction: 0.02 is 2 %.")
    require_between("length_sd", length_sd, 0.0, 0.5, hint="Give a fraction: 0.04 is 4 %.")
    if coating.ligand.is_ionic:
        raise InputError(f"{coating.ligand.name} is an ion: a spacing says nothing about its coverage.")
    require_positive("length_nm of the ligand", coating.ligand.length_nm, "nm")
    core = nanocrystal.shape.size_nm
    if spacing_nm <= core:
        raise InputError(
            f"spacing_nm is {spacing_nm:g} nm, not above the core size of {core:g} nm. "
            "Give the distance of centres, and the size without ligand."
        )
    if isinstance(nanocrystal.shape, Sphere):
        models: dict[str, Callable[[Shape, float], float]] = {"opm": _opm, "ocm": _ocm(coating.ligand.length_nm)}
    else:
        models = {"fill": _fill, "round": _round, "plate": _plate}
    return tuple(
        _implied(name, shell, nanocrystal.shape, coating, (spacing_nm, spacing_sd_nm, size_sd, length_sd))
        for name, shell in models.items()
    )


def _implied(
    model: str,
    shell: Callable[[Shape, float], float],
    shape: Shape,
    coating: Coating,
    measured: tuple[float, float, float, float],
) -> ImpliedShell:
    spacing, spacing_sd, size_sd, length_sd = measured
    t = shell(shape, spacing)
    step = 1e-5
    by_spacing = (shell(shape, spacing * (1 + step)) - shell(shape, spacing * (1 - step))) / (2 * step * spacing)
    by_size = (shell(shape.scaled(1 + step), spacing) - shell(shape.scaled(1 - step), spacing)) / (2 * step)
    t_sd = math.hypot(by_spacing * spacing_sd, by_size * size_sd)
    # t = coverage L / (limit * density): relative uncertainties add in squares.
    per_length = coating.ligand.closest_per_nm2 * coating.ligand_density / coating.ligand.length_nm
    coverage = t * per_length
    coverage_sd = per_length * math.hypot(t_sd, t * length_sd)
    problem = ""
    # Exactly close-packed chains are no problem, whatever the last digit says.
    if coverage > coating.ligand.closest_per_nm2 * coating.ligand_density * (1 + 1e-9):
        most = coating.ligand.closest_per_nm2
        problem = f"above {most:.3g} close-packed chains per nm²: the ligand is too short for this spacing"
    length = length_sd_nm = None
    if model != "ocm" and coating.relative_coverage > 0:
        length = t / coating.relative_coverage
        length_sd_nm = math.hypot(t_sd, t * length_sd) / coating.relative_coverage
    return ImpliedShell(
        model=model,
        shell_nm=t,
        shell_sd_nm=t_sd,
        coverage_per_nm2=coverage,
        coverage_sd_per_nm2=coverage_sd,
        length_nm=length,
        length_sd_nm=length_sd_nm,
        problem=problem,
    )


def _opm(shape: Shape, spacing: float) -> float:
    tau = spacing / shape.size_nm
    return shape.size_nm / 2 * (tau**3 - 1) / 3


def _ocm(length_nm: float) -> Callable[[Shape, float], float]:
    def shell(shape: Shape, spacing: float) -> float:
        # The quadratic of the overlap cone model, solved for xi lambda.
        radius = shape.size_nm / 2
        u, tau = 1 + length_nm / radius, spacing / (2 * radius)
        return radius * ((tau * tau + u * tau) * u / 2 - 1) / 3

    return shell


def _plate(shape: Shape, spacing: float) -> float:
    return (spacing - shape.size_nm) / 2


def _fill(shape: Shape, spacing: float) -> float:
    assert isinstance(shape, Cuboid)
    grown = math.prod(edge + 2 * _plate(shape, spacing) for edge in shape.edges_nm)
    return (grown - shape.volume_nm3) / shape.surface_nm2


def _round(shape: Shape, spacing: float) -> float:
    assert isinstance(shape, Cuboid)
    return mean_layer_from_round(shape, _plate(shape, spacing))
