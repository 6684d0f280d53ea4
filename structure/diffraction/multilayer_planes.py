"""Atomic planes of a nanocrystal seen along its stacking axis."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from packing.checks import require_known, require_positive
from packing.errors import InputError
from structure.diffraction.atoms import atomic_form_factor, debye_waller_factor, require_atom

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaneStack:
    """A repeating sequence of atomic planes, cut to a number of planes.

    Parameters
    ----------
    sequence
        Composition of the planes in order, each a tuple of (element, atoms per surface cell).
    plane_spacing_nm
        Distance of neighbouring planes [nm].
    b_factor_nm2
        Isotropic thermal factor B [nm^2].

    Examples
    --------
    >>> perovskite_planes("CsPbBr3").sequence[0]
    (('Cs', 1.0), ('Br', 1.0))
    """

    sequence: tuple[tuple[tuple[str, float], ...], ...]
    plane_spacing_nm: float
    b_factor_nm2: float = 0.02

    def __post_init__(self) -> None:
        require_positive("plane_spacing_nm", self.plane_spacing_nm, "nm")
        if not self.sequence:
            raise InputError("sequence must name at least one plane.")
        for element, _ in (atom for plane in self.sequence for atom in plane):
            require_atom(element)

    def amplitude(self, q_inv_nm: FloatArray, n_planes: int) -> NDArray[np.complex128]:
        """Amplitude of ``n_planes`` planes [electrons per surface cell], the first one at z = 0, shape (n_q,).

        ``q_inv_nm`` are the components of the scattering vectors along the normal of the planes [1/nm], shape (n_q,).
        """
        q_bytes = np.ascontiguousarray(q_inv_nm).tobytes()
        step, period = q_inv_nm * self.plane_spacing_nm, len(self.sequence)
        half = period / 2 * step
        sine = np.sin(half)
        # Half the phase of a whole sequence past a multiple of pi: at a reflection the sum of phases is their number.
        past = np.where(np.abs(sine) < 1e-5, sine, 0.0)
        total = np.zeros(len(q_inv_nm), dtype=complex)
        for first, plane in enumerate(self.sequence[:n_planes]):
            count = (n_planes - first - 1) // period + 1
            ratio = np.sin(count * half) / np.where(np.abs(sine) < 1e-5, 1.0, sine)
            limit = count * (1 - (count**2 - 1) * past**2 / 6) * np.rint(np.cos((count - 1) * half))
            ratio = np.where(np.abs(sine) < 1e-5, limit, ratio)
            phase = np.exp(1j * (first + (count - 1) * period / 2) * step)
            total += _plane_form(plane, self.b_factor_nm2, q_bytes) * ratio * phase
        return total


@functools.lru_cache(maxsize=16)
def _plane_form(plane: tuple[tuple[str, float], ...], b_factor_nm2: float, q_bytes: bytes) -> FloatArray:
    # A fit moves the planes some thousand times over the same q; their atoms stay.
    q = np.frombuffer(q_bytes)
    forms = sum(count * atomic_form_factor(element, q) for element, count in plane)
    made = np.asarray(forms * debye_waller_factor(b_factor_nm2, q))
    made.flags.writeable = False
    return made


def perovskite_planes(
    material: str, *, termination: str | None = None, pseudocubic_nm: float = 0.587, b_factor_nm2: float = 0.02
) -> PlaneStack:
    """The (001) planes of a cubic perovskite ABX3: AX and BX2 in turn, half a cell apart.

    Parameters
    ----------
    material
        Such as ``"CsPbBr3"``.
    termination
        The first plane, ``"AX"`` (default) or ``"BX2"``, or its formula; with an odd number of planes the last too.
    pseudocubic_nm
        Lattice parameter [nm].
    b_factor_nm2
        Isotropic thermal factor [nm^2].

    Raises
    ------
    InputError
        For a formula that is not ABX3 or a termination that is neither plane.

    Examples
    --------
    >>> perovskite_planes("CsPbBr3", termination="PbBr2").sequence[0]
    (('Pb', 1.0), ('Br', 2.0))
    """
    import re

    match = re.fullmatch(r"([A-Z][a-z]?)([A-Z][a-z]?)([A-Z][a-z]?)3", material)
    if match is None:
        raise InputError(f"material {material!r} must be a perovskite ABX3, such as CsPbBr3.")
    a, b, x = match.groups()
    planes = {f"{a}{x}": ((a, 1.0), (x, 1.0)), f"{b}{x}2": ((b, 1.0), (x, 2.0))}
    first, second = planes
    wanted = {"AX": first, "BX2": second, None: first}.get(termination, termination)
    require_known("termination", str(wanted), [first, second, "AX", "BX2"])
    other = second if wanted == first else first
    return PlaneStack(
        sequence=(planes[str(wanted)], planes[other]),
        plane_spacing_nm=pseudocubic_nm / 2,
        b_factor_nm2=b_factor_nm2,
    )
