"""What stands inside a nanocrystal: the library's atomic crystals, and the atoms that a body holds of one."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from typing import Any

import ase.spacegroup
import finufft
import numpy as np
from numpy.typing import NDArray

from packing.configuration import Configuration
from packing.errors import InputError
from packing.matter.material_table import material
from packing.matter.materials import Material
from packing.particles import CoreMaterial
from packing.shapes import Cuboid, Shape
from structure.diffraction.atomic import AtomicCrystal, crystal_from_ase, crystal_from_cif, cut_sites
from structure.diffraction.atoms import atomic_form_factor, debye_waller_factor, electron_form_factor_nm
from structure.form_factors.bodies import amplitude

FloatArray = NDArray[np.float64]

#: Fractional coordinate of oxygen in magnetite, origin at the centre (Fd-3m); measured values are 0.254 to 0.255.
_SPINEL_OXYGEN = 0.2549
#: Height of oxygen over titanium in anatase, in units of c, origin at titanium (I4_1/amd, setting 1).
_ANATASE_OXYGEN = 0.208
#: Sizes that stand for all of a frame where each dot may have its own, in sums without interference.
_MOST_SIZES = 3
#: Atoms of a dot, and of a frame, up to which every atom counts: an outline takes as many points.
_FEW_ATOMS, _FEW_ATOMS_IN_ALL = 4000, 150_000


def crystal_of_material(
    name: str | CoreMaterial,
    *,
    cif: str | os.PathLike[str] | None = None,
    strain: float = 0.0,
    b_factor_nm2: float = 0.02,
) -> AtomicCrystal:
    """The atomic lattice of a nanocrystal: that of a CIF file, or else of the library's material.

    Cubic cells lie along the axes of the body, so that a cube has {100} facets. The isotropic thermal factor is an
    input: 0.02 is 2 square angstrom, of the size of those measured on halide perovskites at room temperature.

    Parameters
    ----------
    name
        Material of the library, such as ``"CsPbBr3"``, or one of your own; a label only where a CIF file is given.
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
        crystal = replace(crystal_from_cif(cif, b_factor_nm2=b_factor_nm2), name=str(name) or str(cif))
    else:
        crystal = _from_library(material(name), b_factor_nm2)
    if not -0.2 < strain < 0.2:
        raise InputError(f"strain must be a fraction between -0.2 and 0.2, got {strain:g}.")
    return crystal.strained(strain) if strain else crystal


@dataclass(frozen=True, slots=True, eq=False)
class SiteBody:
    """The outline of the atoms of one site of the cell in a nanocrystal: their number, body and its centre [nm]."""

    n_atoms: float
    shape: Shape
    centre_nm: FloatArray


def site_bodies(crystal: AtomicCrystal, shape: Shape) -> list[SiteBody]:
    """The outline of every site of the cell, half a cell wider than its outermost atoms.

    Of a sharp cuboid with the cell along its axes they are cuboids of whole cells, and which planes end the body is in
    them; other bodies have one outline for all sites, with as many atoms as they hold.

    Parameters
    ----------
    crystal, shape
        The atomic lattice in the axes of the body, and the body.
    """
    site, positions = cut_sites(crystal, shape)
    weights = crystal.weights()
    sharp = isinstance(shape, Cuboid) and shape.rounding_nm == 0 and shape.truncation == 0
    along = np.abs(crystal.cell_nm - np.diag(np.diag(crystal.cell_nm))).max() < 1e-9
    out = []
    for k, weight in enumerate(weights):
        mine = positions[site == k]
        if not len(mine):
            out.append(SiteBody(0.0, shape, np.zeros(3)))
        elif sharp and along:
            edges = np.ptp(mine, axis=0) + np.diag(crystal.cell_nm)
            body = Cuboid(edges_nm=(float(edges[0]), float(edges[1]), float(edges[2])))
            out.append(SiteBody(float(weight * len(mine)), body, (mine.max(axis=0) + mine.min(axis=0)) / 2))
        else:
            out.append(SiteBody(float(weight * len(mine)), shape, mine.mean(axis=0)))
    return out


def dot_amplitude(
    crystal: AtomicCrystal, shape: Shape, q_vectors_inv_nm: FloatArray, *, electrons: bool = False
) -> NDArray[np.complex128]:
    """Amplitude of the atoms of a whole nanocrystal at scattering vectors in body axes.

    Unlike the cell's amplitude times the volume it knows which planes end the body: a weak reflection of alternating
    planes, such as 100 of a perovskite, depends on that.

    Parameters
    ----------
    crystal, shape
        The atomic lattice, and the body that is cut out of it.
    q_vectors_inv_nm
        Scattering vectors [1/nm], shape (m, 3).
    electrons
        Whether for fast electrons in place of X-rays.

    Returns
    -------
    ndarray
        Amplitude [electrons], for fast electrons [nm], shape (m,).
    """
    site, positions = cut_sites(crystal, shape)
    length = np.linalg.norm(q_vectors_inv_nm, axis=1)
    targets = [np.ascontiguousarray(c) for c in q_vectors_inv_nm.T]
    total = np.zeros(len(length), dtype=complex)
    weights = crystal.weights()
    for element in sorted(set(crystal.elements)):
        mine = np.array([e == element for e in crystal.elements])[site]
        points = [np.ascontiguousarray(c) for c in positions[mine].T]
        strengths = weights[site[mine]].astype(complex)
        form = electron_form_factor_nm(element, length) if electrons else atomic_form_factor(element, length)
        total += form * finufft.nufft3d3(*points, strengths, *targets, eps=1e-7, isign=1, nthreads=1)
    return np.asarray(total * debye_waller_factor(crystal.b_factor_nm2, length))


def squared_by_outlines(
    dots: list[tuple[float, list[SiteBody]]],
    sites: NDArray[np.complex128],
    q_inv_nm: FloatArray,
    centre_inv_nm: FloatArray,
    mean: FloatArray,
) -> FloatArray:
    """Mean squared amplitude of one dot around a reflection, by the outlines of its sites, shape (m,).

    ``dots`` are the kinds of dots with their shares, ``sites`` the amplitudes of one atom of each site at the
    reflection, whose centre is ``centre_inv_nm`` (3,) [1/nm]; ``q_inv_nm`` are vectors (m, 3) in laboratory axes, into
    which ``mean`` (3, 3) turns those of the body.
    """
    q_body = (q_inv_nm - centre_inv_nm) @ mean
    total = np.zeros(len(q_body))
    for share, bodies in dots:
        one = np.zeros(len(q_body), dtype=complex)
        for body, site in zip(bodies, sites, strict=True):
            if body.n_atoms:
                one += site * body.n_atoms * amplitude(body.shape, q_body) * np.exp(1j * q_body @ body.centre_nm)
        total += share * np.abs(one) ** 2
    return total


def sizes_of(frame: Configuration) -> list[tuple[float, Shape]]:
    """At most `_MOST_SIZES` shapes that stand for all, each with its share of the particles."""
    used, counts = np.unique(frame.species, return_counts=True)
    order = np.argsort([frame.shapes[s].volume_nm3 for s in used], kind="stable")
    out = []
    for part in np.array_split(order, min(_MOST_SIZES, len(order))):
        share = float(counts[part].sum() / counts.sum())
        out.append((share, frame.shapes[used[part[len(part) // 2]]]))
    return out


def sums_atoms(frame: Configuration, crystal: AtomicCrystal) -> bool:
    """Whether the dots of a frame are so few and small that every atom counts, and no outline stands for them.

    Parameters
    ----------
    frame
        The particles.
    crystal
        Their atomic lattice.
    """
    per_nm3 = float(crystal.weights().sum()) / crystal.volume_nm3
    held = per_nm3 * np.array([shape.volume_nm3 for shape in frame.shapes])
    return bool(held.max() <= _FEW_ATOMS and held[frame.species].sum() <= _FEW_ATOMS_IN_ALL)


def atoms_of_dots(frame: Configuration, crystal: AtomicCrystal) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Every atom of the dots of a frame, by element: places [nm], shape (n, 3), and occupancies, shape (n,).

    Parameters
    ----------
    frame
        The particles.
    crystal
        Their atomic lattice.
    """
    weights, found = crystal.weights(), {}
    held = {species: cut_sites(crystal, frame.shapes[species]) for species in np.unique(frame.species)}
    for element in sorted(set(crystal.elements)):
        mine = np.array([e == element for e in crystal.elements])
        places, shares = [], []
        for species, (site, inner) in held.items():
            dots, ours = np.flatnonzero(frame.species == species), mine[site]
            turned = np.einsum("dij,aj->dai", frame.rotations[dots], inner[ours])
            places.append((frame.positions_nm[dots][:, None] + turned).reshape(-1, 3))
            shares.append(np.tile(weights[site[ours]], len(dots)))
        found[element] = (np.concatenate(places), np.concatenate(shares))
    return found


def _from_library(core: Material, b_factor_nm2: float) -> AtomicCrystal:
    parts = [(e, float(n or 1)) for e, n in re.findall(r"([A-Z][a-z]?)(\d*)", core.composition)]
    elements = [e for e, _ in parts]
    if core.prototype in ("rocksalt", "zincblende", "wurtzite", "fluorite", "anatase", "L1_2") and len(parts) != 2:
        raise InputError(f"material {core.name!r}: {core.prototype} needs a formula of two elements. Give a CIF file.")
    match core.prototype:
        case "perovskite":
            # Halides that share the three sites of X do so at random. A molecular cation turns freely: all of its
            # atoms scatter from its middle, where it is small against the wavelength.
            if "Pb" not in elements:
                raise InputError(f"material {core.name!r}: a perovskite needs a formula with Pb. Give a CIF file.")
            lead = elements.index("Pb")
            sites = [(e, (0.5, 0.5, 0.5), n) for e, n in parts[:lead]] + [("Pb", (0.0, 0.0, 0.0), 1.0)]
            sites += [(e, (0.5, 0.0, 0.0), n / 3) for e, n in parts[lead + 1 :]]
            group = 221
        case "rocksalt":
            sites, group = [(elements[0], (0, 0, 0), 1.0), (elements[1], (0.5, 0.5, 0.5), 1.0)], 225
        case "fcc":
            # Elements of an alloy without order share every site.
            total = sum(n for _, n in parts)
            sites, group = [(e, (0, 0, 0), n / total) for e, n in parts], 225
        case "diamond":
            sites, group = [(elements[0], (0, 0, 0), 1.0)], 227
        case "fluorite":
            sites, group = [(elements[0], (0, 0, 0), 1.0), (elements[1], (0.25, 0.25, 0.25), 1.0)], 225
        case "anatase":
            sites, group = [(elements[0], (0, 0, 0), 1.0), (elements[1], (0, 0, _ANATASE_OXYGEN), 1.0)], 141
        case "zincblende":
            sites, group = [(elements[0], (0, 0, 0), 1.0), (elements[1], (0.25, 0.25, 0.25), 1.0)], 216
        case "wurtzite":
            third = (1 / 3, 2 / 3)
            sites, group = [(elements[0], (*third, 0.0), 1.0), (elements[1], (*third, 0.382), 1.0)], 186
        case "L1_2":
            sites, group = [(elements[0], (0, 0, 0), 1.0), (elements[1], (0.5, 0.5, 0.0), 1.0)], 221
        case "spinel":
            # A ferrite's second metal is taken to sit on half of the octahedral sites, as in an inverse spinel.
            # Of 21.33 iron atoms per cell of maghemite 8 are tetrahedral; the vacancies are on the other sites.
            filled = 1.0 if core.name == "Fe3O4" else 5 / 6
            oxygen = (_SPINEL_OXYGEN,) * 3
            sites = [("Fe", (0.125,) * 3, 1.0), ("Fe", (0.5,) * 3, filled), ("O", oxygen, 1.0)]
            if elements[0] != "Fe":
                sites[1:2] = [("Fe", (0.5,) * 3, 0.5), (elements[0], (0.5,) * 3, 0.5)]
            group = 227
        case _:
            raise InputError(
                f"material {core.name!r}: the library does not place its atoms ({core.prototype}). Give a CIF file."
            )
    return _crystal(core, sites, group, b_factor_nm2)


def _crystal(core: Material, sites: list[Any], group: int, b_factor_nm2: float) -> AtomicCrystal:
    a = 10 * core.lattice_nm
    cell = [a, a, a, 90, 90, 90] if core.c_nm is None else [a, a, 10 * core.c_nm, 90, 90, 90 if group == 141 else 120]
    made: list[AtomicCrystal] = []
    for element, place, _ in sites:
        atoms = ase.spacegroup.crystal(
            [element],
            [place],
            spacegroup=group,
            setting=2 if group == 227 and core.prototype == "spinel" else 1,
            cellpar=cell,
        )
        made.append(crystal_from_ase(atoms, name=core.name, b_factor_nm2=b_factor_nm2))
    shares = [share for (_, _, share), one in zip(sites, made, strict=True) for _ in one.elements]
    return replace(
        made[0],
        elements=tuple(e for one in made for e in one.elements),
        positions_nm=np.concatenate([one.positions_nm for one in made]),
        occupancies=tuple(shares) if any(share != 1 for share in shares) else (),
    )
