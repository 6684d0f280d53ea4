"""What a person sets about an assembly."""

from __future__ import annotations

from dataclasses import dataclass

from packing.checks import require_between, require_known, require_positive
from packing.errors import InputError

MODELS = ("soft", "explicit-ligand", "hard-cube", "soft-cube")
PROTOCOLS = ("evaporation", "quench")
DEFAULT_DEPTH_CAP_KT = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AssemblySpec:
    """What to simulate and how long.

    Parameters
    ----------
    model
        ``soft-cube``, ``explicit-ligand`` or ``hard-cube``.
    n_particles
        Number of nanocrystals.
    seed
        Of everything random.
    protocol
        ``evaporation``: a dilute start is compressed slowly, then dried. ``quench``: compressed fast, then dried.
    depth_cap_kt
        soft-cube: deepest contact that is simulated [kT]. Real dry contacts are hundreds of kT deep and would freeze
        cubes where they first touch; below about 5 kT a crystal falls apart at zero pressure.
    duration
        Factor on the number of steps of every stage.
    solvent_left
        soft: part of the way from the medium to dry that is left at the end, 0 (dry) to 1 (all the solvent).

    Raises
    ------
    InputError
        For a model or protocol that does not exist, or numbers out of range.

    Examples
    --------
    >>> AssemblySpec(n_particles=27).model
    'soft-cube'
    """

    model: str = "soft-cube"
    n_particles: int = 64
    seed: int = 1
    protocol: str = "evaporation"
    depth_cap_kt: float = DEFAULT_DEPTH_CAP_KT
    duration: float = 1.0
    solvent_left: float = 0.0

    def __post_init__(self) -> None:
        require_known("model", self.model, MODELS)
        require_known("protocol", self.protocol, PROTOCOLS)
        if self.n_particles < 1:
            raise InputError(f"n_particles must be at least 1, got {self.n_particles}.")
        require_between("seed", self.seed, 0, 65535)
        require_between("depth_cap_kt", self.depth_cap_kt, 0.1, 50, "kT")
        require_positive("duration", self.duration)
        require_between("solvent_left", self.solvent_left, 0.0, 1.0)
