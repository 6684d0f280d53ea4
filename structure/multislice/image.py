r"""Micrographs of the atoms of a few dots by multislice: an electron that is scattered many times, then a real lens.

abTEM sums the potential of neutral atoms in slices and takes a plane wave through them; the lens turns the phase of
what leaves at a spatial frequency k by

.. math:: \chi(k) = \pi\lambda k^2\left(\tfrac12 C_s\lambda^2k^2 - \Delta f\right), \qquad
    I(r) = \left|\mathcal F^{-1}\{\psi(k)\,e^{-i\chi(k)}A(k)\}\right|^2 ,

with the aperture A and :math:`\Delta f > 0` for underfocus. Heat moves the atoms at random by their Debye-Waller
factor, and pictures of some configurations are averaged. Left out: absorption into inelastic events, the spread of
the beam's energy and angles, ligands and the supporting film. E. J. Kirkland, Advanced Computing in Electron
Microscopy (Springer, 2010), doi:10.1007/978-1-4419-6533-2.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from packing.checks import require_between, require_non_negative, require_positive
from packing.configuration import Configuration
from packing.errors import InputError
from packing.shape_data import shape_to_dict
from structure.diffraction.atomic import AtomicCrystal, cut_sites
from structure.diffraction.atoms import electron_wavelength_nm
from structure.imaging.images import TemImage
from structure.imaging.tem import checked_rotation
from structure.imaging.thickness import places_drawn

FloatArray = NDArray[np.float64]

MOST_ATOMS = 400_000
"""Atoms of a picture, above which it is refused."""
MOST_GRID = 2048
"""Points of the grid along a side, above which a picture is refused."""
#: Coarsest grid of the wave [nm]: with the third that multislice cuts off it holds angles up to 40 mrad at 200 kV.
_GRID_NM = 0.02
#: What is scattered across the edge of the field comes back at the other side: so far from it nobody looks.
_MARGIN_NM = 1.0


def scherzer_defocus_nm(spherical_mm: float, voltage_kv: float) -> float:
    r"""Underfocus at which a lens shows thin phase objects best [nm]: :math:`\sqrt{1.5\,C_s\lambda}` (Scherzer).

    Parameters
    ----------
    spherical_mm
        Spherical aberration [mm].
    voltage_kv
        Accelerating voltage [kV].

    Notes
    -----
    O. Scherzer, J. Appl. Phys. 20, 20 (1949), doi:10.1063/1.1698233.

    Examples
    --------
    >>> round(scherzer_defocus_nm(1.0, 200.0), 1)
    61.3
    """
    require_non_negative("spherical_mm", spherical_mm)
    return math.sqrt(1.5 * 1e6 * spherical_mm * electron_wavelength_nm(voltage_kv))


def simulate_multislice(
    configuration: Configuration,
    crystal: AtomicCrystal,
    *,
    field_nm: tuple[float, float],
    depth_nm: float,
    rotation: ArrayLike | None = None,
    px_per_nm: float = 25.0,
    voltage_kv: float = 200.0,
    defocus_nm: float | None = None,
    spherical_mm: float = 1.0,
    aperture_mrad: float = 15.0,
    slice_nm: float = 0.2,
    n_configurations: int = 4,
    dose_per_nm2: float | None = None,
    seed: int = 0,
) -> TemImage:
    """A micrograph of the atoms in a small field, with all scattering events: needs abTEM.

    Parameters
    ----------
    configuration
        Particles in a periodic box or a free cluster; the middle of the picture is the middle of the box or cluster.
    crystal
        Atomic lattice in the axes of the bodies.
    field_nm
        Width and height of the picture [nm].
    depth_nm
        Thickness of the slab that is looked through [nm]: particles with their centre inside count.
    rotation
        Matrix (3, 3) from laboratory axes to those of the view, whose z points to the source; None looks along z.
    px_per_nm
        Pixels per nm of the picture; the wave is on a grid of at least 50 per nm.
    voltage_kv
        Accelerating voltage [kV].
    defocus_nm
        Underfocus of the lens [nm]; None is Scherzer's.
    spherical_mm
        Spherical aberration [mm].
    aperture_mrad
        Half angle of the objective aperture [mrad].
    slice_nm
        Thickness of a slice [nm].
    n_configurations
        Of the atoms' thermal motion, averaged over; at a factor B of 0 one is enough.
    dose_per_nm2
        Electrons per nm^2; None is a picture without noise.
    seed
        Seed of thermal motion and noise.

    Raises
    ------
    InputError
        Where abTEM is not installed, the field holds no atoms or too many, and for sites of the cell that several
        kinds of atoms share.

    Examples
    --------
    >>> from packing.configuration import configuration
    >>> from packing.shapes import cube
    >>> from structure.diffraction.library import crystal_of_material
    >>> dot = configuration([[0, 0, 0]], shapes=cube(1.2))
    >>> try:
    ...     image = simulate_multislice(dot, crystal_of_material("CsPbBr3"), field_nm=(2.0, 2.0), depth_nm=2.0)
    ... except InputError as error:
    ...     print(str(error).split(":")[0])  # doctest: +SKIP
    """
    require_between("n_configurations", n_configurations, 1, 100)
    for name, length in (("depth_nm", depth_nm), ("slice_nm", slice_nm), ("aperture_mrad", aperture_mrad)):
        require_positive(name, length)
    wavelength = electron_wavelength_nm(voltage_kv)
    defocus = scherzer_defocus_nm(spherical_mm, voltage_kv) if defocus_nm is None else defocus_nm
    finer = math.ceil(1 / (_GRID_NM * require_positive("px_per_nm", px_per_nm, "px/nm")))
    step, margin = 1 / (px_per_nm * finer), math.ceil(_MARGIN_NM * px_per_nm)
    cols, rows = (round(require_positive("field_nm", s, "nm") * px_per_nm) for s in field_nm)
    points = ((cols + 2 * margin) * finer, (rows + 2 * margin) * finer)
    if min(cols, rows) < 16 or max(points) > MOST_GRID:
        raise InputError(
            f"field_nm of {field_nm[0]:g} x {field_nm[1]:g} nm takes a grid of {points[0]} x {points[1]}, and it must "
            f"have at most {MOST_GRID} and the picture at least 16 pixels a side. Change field_nm or px_per_nm."
        )
    view = checked_rotation(rotation)
    size = (points[0] * step, points[1] * step)
    elements, places = _atoms(configuration, crystal, view, size, depth_nm)
    rng = np.random.default_rng(seed)
    sigma = math.sqrt(crystal.b_factor_nm2 / (8 * math.pi**2))
    total = np.zeros(points)
    count = n_configurations if sigma > 0 else 1
    for _ in range(count):
        moved = places + rng.normal(0.0, sigma, places.shape) if sigma > 0 else places
        wave = _leaving_wave(elements, moved, size, points, voltage_kv, slice_nm)
        total += _seen(wave, step, wavelength, defocus, 1e6 * spherical_mm, 1e-3 * aperture_mrad)
    inner = total[margin * finer : -margin * finer, margin * finer : -margin * finer] / count
    # The grid counts along x and y, a picture along rows from the top.
    pixels = inner.reshape(cols, finer, rows, finer).mean(axis=(1, 3)).T[::-1]
    if dose_per_nm2 is not None:
        per_pixel = require_positive("dose_per_nm2", dose_per_nm2, "1/nm²") / px_per_nm**2
        pixels = rng.poisson(pixels * per_pixel) / per_pixel
    return TemImage(
        pixels=pixels,
        px_per_nm=px_per_nm,
        provenance={
            "kind": "simulated TEM",
            "multislice": True,
            "n_atoms": len(places),
            "crystal": crystal.name,
            "shapes": [shape_to_dict(s) for s in configuration.shapes],
            "view": view.tolist(),
            "depth_nm": depth_nm,
            "voltage_kv": voltage_kv,
            "defocus_nm": defocus,
            "spherical_mm": spherical_mm,
            "aperture_mrad": aperture_mrad,
            "n_configurations": count,
            "dose_per_nm2": dose_per_nm2,
            "seed": seed,
        },
    )


def _atoms(
    configuration: Configuration, crystal: AtomicCrystal, view: FloatArray, size: tuple[float, float], depth_nm: float
) -> tuple[NDArray[np.str_], FloatArray]:
    """Elements and places [nm] of the atoms in the field, x and y from its lower left corner, z along the beam."""
    weights = crystal.weights()
    if np.abs(weights - 1).max() > 1e-9:
        raise InputError(
            f"{crystal.name}: multislice needs one whole atom on every site, and some are shared or hold a molecule. "
            "Give a CIF file without partial occupancies."
        )
    who, centres = places_drawn(configuration, view, size, depth_nm)
    rotations = view @ configuration.rotations
    names = np.array(crystal.elements)
    elements, places, held = [], [], 0
    for kind in np.unique(configuration.species[who]):
        site, inner = cut_sites(crystal, configuration.shapes[kind])
        mine = configuration.species[who] == kind
        held += len(inner) * int(np.count_nonzero(mine))
        if held > 4 * MOST_ATOMS:
            break
        turned = centres[mine][:, None] + np.einsum("dij,aj->dai", rotations[who[mine]], inner)
        inside = np.all(np.abs(turned[..., :2]) < np.array(size) / 2, axis=-1)
        places.append(turned[inside])
        elements.append(np.broadcast_to(names[site], inside.shape)[inside])
    found = max(held, 1) if held > 4 * MOST_ATOMS else sum(len(p) for p in places)
    if found == 0:
        raise InputError("field_nm holds no atoms. Give a larger field_nm or depth_nm.")
    if found > MOST_ATOMS:
        raise InputError(
            f"the field holds {found} atoms, and multislice takes at most {MOST_ATOMS}. Give a smaller field_nm or "
            "depth_nm, or leave multislice out."
        )
    x = np.concatenate(places)
    # The source is where z is largest, and the wave meets those atoms first.
    return np.concatenate(elements), np.column_stack([x[:, 0] + size[0] / 2, x[:, 1] + size[1] / 2, -x[:, 2]])


def _leaving_wave(
    elements: NDArray[np.str_],
    places_nm: FloatArray,
    size: tuple[float, float],
    points: tuple[int, int],
    voltage_kv: float,
    slice_nm: float,
) -> NDArray[np.complex128]:
    """The wave that leaves the atoms, 1 where there are none, shape (x, y)."""
    from ase import Atoms

    abtem = _abtem()
    depth = float(np.ptp(places_nm[:, 2])) + 0.4
    # Points of the grid stand for the middles of their pixels.
    half = [size[i] / points[i] / 2 for i in (0, 1)]
    shifted = places_nm - np.array([*half, places_nm[:, 2].min() - 0.2])
    atoms = Atoms(list(elements), 10 * shifted, cell=[10 * size[0], 10 * size[1], 10 * depth], pbc=True)
    with warnings.catch_warnings():
        # What it has to say of its own dependencies is no concern of a user here.
        warnings.simplefilter("ignore")
        with abtem.config.set({"local_diagnostics.progress_bar": False, "precision": "float64"}):
            potential = abtem.Potential(atoms, gpts=points, slice_thickness=10 * slice_nm, projection="infinite")
            wave = abtem.PlaneWave(energy=1e3 * voltage_kv).multislice(potential, lazy=False)
    return np.asarray(wave.array).reshape(points)


def _seen(
    wave: NDArray[np.complex128], step_nm: float, wavelength_nm: float, defocus_nm: float, spherical_nm: float,
    aperture_rad: float,
) -> FloatArray:  # fmt: skip
    """Intensity behind the lens, on the grid of the wave."""
    kx, ky = (np.fft.fftfreq(n, step_nm) for n in wave.shape)
    square = kx[:, None] ** 2 + ky**2
    phase = np.pi * wavelength_nm * square * (spherical_nm * wavelength_nm**2 * square / 2 - defocus_nm)
    lens = np.where(square * wavelength_nm**2 <= aperture_rad**2, np.exp(-1j * phase), 0.0)
    image = np.fft.ifft2(np.fft.fft2(wave) * lens)
    return np.asarray(image.real**2 + image.imag**2)


def _abtem() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import abtem
    except ImportError as error:
        raise InputError('multislice needs abTEM. Install it: pip install "superlattice[multislice]".') from error
    return abtem
