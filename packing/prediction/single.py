"""Candidate crystals of one kind of nanocrystal: cell, volume fractions, and how likely each is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.contact.packed import PackedLattice
from packing.errors import InputError
from packing.lattices.single import SingleLattice, single_lattice
from packing.matter.material_table import material
from packing.particles import Coating, CoreMaterial, Nanocrystal
from packing.results import frozen
from packing.shapes import Cuboid, Shape, Sphere
from packing.spacing.input_spread import InputSamples
from packing.spacing.layers import cuboid_layers
from packing.spacing.soft_spheres import ocm_ratio, opm_ratio, prefers_bcc

FloatArray = NDArray[np.float64]

# Below this many neighbours ligands have room to bend away from the contacts, and the cone model applies.
_OCM_COORDINATION = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LatticePrediction:
    """One candidate crystal.

    Parameters
    ----------
    name
        Lattice.
    model
        Packing model that set its spacing.
    a_nm, b_nm, c_nm
        Conventional cell [nm].
    packing_fraction
        Share of space filled by cores and ligand, as effective particles.
    core_fraction, ligand_fraction
        Share of space filled by cores, and by ligand at its dry density.
    probability
        Share of the Monte-Carlo samples in which this candidate ranks first.
    limiting_contact
        Which particles touch.
    crystal
        The cell with positions and orientations, for export.
    cores
        Material of each kind of core and the share of space that it fills.
    note
        What to know about it.
    """

    name: str
    model: str
    a_nm: float
    b_nm: float
    c_nm: float
    packing_fraction: float
    core_fraction: float
    ligand_fraction: float
    probability: float
    limiting_contact: str
    crystal: PackedLattice | None = None
    cores: tuple[tuple[str | CoreMaterial, float], ...] = ()
    note: str = ""

    @property
    def void_fraction(self) -> float:
        """Share of space filled by neither core nor ligand."""
        return max(0.0, 1 - self.core_fraction - self.ligand_fraction)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        names = (
            "name", "model", "a_nm", "b_nm", "c_nm", "packing_fraction", "core_fraction", "ligand_fraction",
            "void_fraction", "probability", "limiting_contact", "note",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names}


def single_lattice_predictions(
    nanocrystal: Nanocrystal, coating: Coating, lattices: Sequence[str], samples: InputSamples
) -> tuple[LatticePrediction, ...]:
    """Candidates for one kind of nanocrystal, the likeliest first.

    Spheres: the effective (OPM) spheres touch; bcc ranks first where the extended ligands reach its second
    neighbours (`packing.spacing.fcc_bcc_boundary`), otherwise the densest does. Cubes: the effective body is the
    core with an even ligand layer (ions: one ion thick on each facet), aligned with the cell; the densest candidate
    ranks first. Cuboids that are not cubes only stack face to face ("sc" with three edges).

    Examples
    --------
    >>> from packing.spacing.input_spread import InputSpread, draw_inputs
    >>> from packing.matter.ligands import ligand
    >>> dots = Nanocrystal(material="PbS", shape=Sphere(diameter_nm=7.0), size_spread=0.05)
    >>> oleate = Coating(ligand=ligand("oleate"), coverage_per_nm2=4.4)
    >>> samples = draw_inputs(dots, oleate, InputSpread(), 1000, np.random.default_rng(0))
    >>> [x.name for x in single_lattice_predictions(dots, oleate, ("fcc", "bcc"), samples)]
    ['bcc', 'fcc']
    """
    known = [single_lattice(name) for name in dict.fromkeys(lattices)]
    if isinstance(nanocrystal.shape, Cuboid):
        known = [x for x in known if x.name == "sc" or (x.name in ("fcc", "bcc") and nanocrystal.shape.is_cube)]
    if not known:
        return ()
    scores = np.array([_scores(nanocrystal, coating, x, samples) for x in known])
    # fcc and hcp tie in every sample: they share it.
    tied = scores >= scores.max(axis=0) - 1e-9
    shares = (tied / tied.sum(axis=0)).mean(axis=1)
    found = [_prediction(nanocrystal, coating, x, float(p)) for x, p in zip(known, shares, strict=True)]
    nominal = [float(np.mean(s)) for s in scores]
    order = sorted(range(len(found)), key=lambda i: (-found[i].probability, -nominal[i]))
    return tuple(found[i] for i in order)


def sphere_distance_nm(diameter_nm: float, coating: Coating, lattice: SingleLattice) -> tuple[float, str]:
    """Nearest-neighbour distance [nm] of coated spheres in a lattice, and the model that gave it.

    Parameters
    ----------
    diameter_nm
        Diameter of the core [nm].
    coating
        Its ligands.
    lattice
        The lattice, for its number of neighbours.
    """
    radius = diameter_nm / 2
    length, xi = coating.ligand.length_nm / radius, coating.relative_coverage
    if lattice.coordination <= _OCM_COORDINATION:
        tau = float(ocm_ratio(length, xi, invalid="nan"))
        # Cones that hold more ligand than the cell has room for are no contact of this crystal.
        content = len(lattice.sites) * math.pi / 6 * (1 + 3 * xi * length)
        if math.isfinite(tau) and content <= lattice.cell_volume * tau**3:
            return diameter_nm * tau, "ocm"
    return diameter_nm * float(opm_ratio(length, xi)), "opm"


def _scores(nanocrystal: Nanocrystal, coating: Coating, lattice: SingleLattice, samples: InputSamples) -> FloatArray:
    shape = nanocrystal.shape
    if isinstance(shape, Cuboid):
        layers = cuboid_layers(shape, samples.shell_nm, samples.size_factor)
        layer = layers.by_model()[_layer_model(coating)]
        if lattice.name == "sc":
            cell = np.prod([e * samples.size_factor + 2 * layer for e in shape.edges_nm], axis=0)
        else:
            cell = aligned_cubes_cell_nm(shape, layer, lattice.name, samples.size_factor) ** 3 / len(lattice.sites)
        ligand = shape.surface_nm2 * samples.size_factor**2 * samples.shell_nm
        return np.asarray((shape.volume_nm3 * samples.size_factor**3 + ligand) / cell)
    score = np.full(len(samples.size_factor), lattice.sphere_fraction)
    if lattice.name == "bcc":
        ratio = samples.length_nm / (shape.diameter_nm / 2 * samples.size_factor)
        # One: above any packing of spheres.
        score[prefers_bcc(ratio, np.minimum(samples.relative_coverage, 1.0))] = 1.0
    return score


def _layer_model(coating: Coating) -> str:
    # A layer of ions has a thickness and does not flow to the edges.
    return "plate" if coating.ligand.is_ionic else "round"


def aligned_cubes_cell_nm(shape: Cuboid, layer_nm: ArrayLike, lattice: str, size_factor: ArrayLike = 1.0) -> FloatArray:
    r"""Cubic cell [nm] of aligned cubes with an even layer that touch along edges (fcc) or corners (bcc).

    With the rounding r of the core and the layer h, the flat parts :math:`e-2r` of two neighbours are
    :math:`\sqrt2` or :math:`\sqrt3` times :math:`a/2-(e-2r)` apart, which :math:`2(r+h)` fill:
    :math:`a = 2(e-2r) + 4(r+h)/\sqrt2` and :math:`/\sqrt3`. Corners that are cut off by a leg c let bcc shrink by
    :math:`\tfrac43c`: its neighbours then face each other with their {111} cuts.

    Parameters
    ----------
    shape
        Core, a cube, sharp, rounded or truncated.
    layer_nm
        Thickness of the ligand layer [nm].
    lattice
        ``"fcc"`` or ``"bcc"``.
    size_factor
        Multiplies every length of the core; broadcasts with ``layer_nm``.

    Returns
    -------
    ndarray
        Edge of the conventional cell [nm].

    Examples
    --------
    Rounded all over, a cube is a sphere, and the cells are those of spheres 10 nm wide:

    >>> from packing.shapes import cube
    >>> [float(aligned_cubes_cell_nm(cube(8.0, rounding_nm=4.0), 1.0, name).round(3)) for name in ("fcc", "bcc")]
    [14.142, 11.547]
    """
    f, h = np.asarray(size_factor, dtype=np.float64), np.asarray(layer_nm, dtype=np.float64)
    r, cut = shape.rounding_nm * f, shape.truncation * shape.size_nm / 2 * f
    apart = math.sqrt(2) if lattice == "fcc" else math.sqrt(3)
    cell = 2 * (shape.size_nm * f - 2 * r) + 4 * (r + h) / apart
    return np.asarray(cell if lattice == "fcc" else cell - 4 / 3 * cut)


def _prediction(
    nanocrystal: Nanocrystal, coating: Coating, lattice: SingleLattice, probability: float
) -> LatticePrediction:
    shape = nanocrystal.shape
    note = ""
    if isinstance(shape, Sphere):
        distance, model = sphere_distance_nm(shape.diameter_nm, coating, lattice)
        cell = distance * np.array(lattice.lengths)
        effective: Shape = Sphere(diameter_nm=distance)
        contact = "A-A"
    else:
        model = _layer_model(coating)
        layer = float(cuboid_layers(shape, coating.shell_nm).by_model()[model])
        contact, effective = "A-A face", shape.layered(layer)
        cell = np.array(effective.edges_nm)
        if lattice.name != "sc":
            cell = np.full(3, aligned_cubes_cell_nm(shape, layer, lattice.name))
            contact = "A-A edge" if lattice.name == "fcc" else "A-A corner"
            note = "aligned cubes; other orientations were not tried"
    matrix = cell[:, None] * np.array(lattice.axes)
    volume, n = float(abs(np.linalg.det(matrix))), len(lattice.sites)
    core = n * shape.volume_nm3 / volume
    ligand = n * shape.surface_nm2 * coating.shell_nm / volume
    if core + ligand > 1 + 1e-9:
        raise InputError(
            f"core and ligand need {core + ligand:.3f} of the {lattice.name} cell that {model} gives: the coverage of "
            f"{coating.ligand.name} is too high for this lattice. Lower coverage_per_nm2 or leave {lattice.name} out."
        )
    packing = lattice.sphere_fraction if isinstance(shape, Sphere) and model == "opm" else core + ligand
    if lattice.dimension == 2:
        note = "monolayer; fractions are of its thickness, one effective particle"
    crystal = PackedLattice(
        name=lattice.name,
        kinds=("A",) * n,
        elements=(element_of(nanocrystal.material),) * n,
        fractions=frozen(lattice.sites),
        cell_nm=frozen(matrix),
        orientations=frozen(np.tile([1.0, 0.0, 0.0, 0.0], (n, 1))),
        shapes={"A": effective},
        parameters={},
        limiting_contact=contact,
        packing_fraction=packing,
    )
    return LatticePrediction(
        name=lattice.name,
        model=model,
        a_nm=float(cell[0]),
        b_nm=float(cell[1]),
        c_nm=float(cell[2]),
        packing_fraction=packing,
        core_fraction=core,
        ligand_fraction=ligand,
        probability=probability,
        limiting_contact=contact,
        crystal=crystal,
        cores=((nanocrystal.material, core),),
        note=note,
    )


def element_of(material_name: str | CoreMaterial) -> str:
    """The element that stands for a nanocrystal in files that can hold atoms only: the heaviest of its formula.

    Examples
    --------
    >>> element_of("CsPbBr3"), element_of("Fe3O4")
    ('Pb', 'Fe')
    """
    from ase.data import atomic_numbers
    from ase.formula import Formula

    return max(Formula(material(material_name).composition).count(), key=lambda symbol: atomic_numbers[symbol])
