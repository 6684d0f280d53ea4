"""Atomic crystals of the library's materials: what stands inside a nanocrystal where no CIF file is given."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from typing import Any

import ase.spacegroup
import numpy as np

from packing.errors import InputError
from packing.matter.material_table import material
from packing.matter.materials import Material
from structure.diffraction.atomic import AtomicCrystal, crystal_from_ase, crystal_from_cif

#: Fractional coordinate of oxygen in magnetite, origin at the centre (Fd-3m); measured values are 0.254 to 0.255.
_SPINEL_OXYGEN = 0.2549


def crystal_of_material(
    name: str, *, cif: str | os.PathLike[str] | None = None, strain: float = 0.0, b_factor_nm2: float = 0.02
) -> AtomicCrystal:
    """The atomic lattice of a nanocrystal: that of a CIF file, or else of the library's material.

    Cubic cells lie along the axes of the body, so that a cube has {100} facets. The isotropic thermal factor is an
    input: 0.02 is 2 square angstrom, of the size of those measured on halide perovskites at room temperature.

    Parameters
    ----------
    name
        Material of the library, such as ``"CsPbBr3"``; a label only where a CIF file is given.
    cif
        CIF file, its cell axes along the body axes.
    strain
        Relative change of all lengths of the cell.
    b_factor_nm2
        Isotropic Debye-Waller factor B of all atoms [nm^2].

    Raises
    ------
    InputError
        For an unknown material, one whose atoms the library does not place, and a file that is no CIF.

    Examples
    --------
    >>> crystal_of_material("PbS").name, len(crystal_of_material("PbS").elements)
    ('PbS', 8)
    """
    if cif is not None:
        crystal = replace(crystal_from_cif(cif, b_factor_nm2=b_factor_nm2), name=name or str(cif))
    else:
        crystal = _from_library(material(name), b_factor_nm2)
    if not -0.2 < strain < 0.2:
        raise InputError(f"strain must be a fraction between -0.2 and 0.2, got {strain:g}.")
    return crystal.strained(strain) if strain else crystal


def _from_library(core: Material, b_factor_nm2: float) -> AtomicCrystal:
    parts = [(e, float(n or 1)) for e, n in re.findall(r"([A-Z][a-z]?)(\d*)", core.name)]
    elements = [e for e, _ in parts]
    match core.prototype:
        case "perovskite":
            # Halides that share the three sites of X do so at random.
            halides = parts[2:]
            sites = [(elements[0], (0.5, 0.5, 0.5), 1.0), (elements[1], (0.0, 0.0, 0.0), 1.0)]
            sites += [(e, (0.5, 0.0, 0.0), n / 3) for e, n in halides]
            group = 221
        case "rocksalt":
            sites, group = [(elements[0], (0, 0, 0), 1.0), (elements[1], (0.5, 0.5, 0.5), 1.0)], 225
        case "fcc":
            sites, group = [(elements[0], (0, 0, 0), 1.0)], 225
        case "zincblende":
            sites, group = [(elements[0], (0, 0, 0), 1.0), (elements[1], (0.25, 0.25, 0.25), 1.0)], 216
        case "wurtzite":
            third = (1 / 3, 2 / 3)
            sites, group = [(elements[0], (*third, 0.0), 1.0), (elements[1], (*third, 0.382), 1.0)], 186
        case "L1_2":
            sites, group = [(elements[0], (0, 0, 0), 1.0), (elements[1], (0.5, 0.5, 0.0), 1.0)], 221
        case "spinel":
            # Of 21.33 iron atoms per cell of maghemite 8 are tetrahedral; the vacancies are on the other sites.
            filled = 1.0 if core.name == "Fe3O4" else 5 / 6
            oxygen = (_SPINEL_OXYGEN,) * 3
            sites = [("Fe", (0.125,) * 3, 1.0), ("Fe", (0.5,) * 3, filled), ("O", oxygen, 1.0)]
            group = 227
        case _:
            raise InputError(
                f"material {core.name!r}: the library does not place its atoms ({core.prototype}). Give a CIF file."
            )
    return _crystal(core, sites, group, b_factor_nm2)


def _crystal(core: Material, sites: list[Any], group: int, b_factor_nm2: float) -> AtomicCrystal:
    a = 10 * core.lattice_nm
    cell = [a, a, a, 90, 90, 90] if core.c_nm is None else [a, a, 10 * core.c_nm, 90, 90, 120]
    made: list[AtomicCrystal] = []
    for element, place, _ in sites:
        atoms = ase.spacegroup.crystal(
            [element], [place], spacegroup=group, setting=2 if group == 227 else 1, cellpar=cell
        )
        made.append(crystal_from_ase(atoms, name=core.name, b_factor_nm2=b_factor_nm2))
    shares = [share for (_, _, share), one in zip(sites, made, strict=True) for _ in one.elements]
    return replace(
        made[0],
        elements=tuple(e for one in made for e in one.elements),
        positions_nm=np.concatenate([one.positions_nm for one in made]),
        occupancies=tuple(shares) if min(shares) < 1 else (),
    )
