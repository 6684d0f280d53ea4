"""What a person sets about an assembly."""

from __future__ import annotations

from dataclasses import dataclass, field

from packing.checks import require_between, require_known, require_positive
from packing.errors import InputError
from packing.particles import Coating, Environment

MODELS = ("soft", "explicit-ligand", "hard-cube")
OLD_NAMES = {"soft-cube": "soft"}
DESTABILISE = "destabilise"
HOLD = "hold"
PROTOCOLS = ("evaporation", "quench", HOLD, DESTABILISE, f"{DESTABILISE}+evaporation", f"{DESTABILISE}+quench")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispersion:
    """What nanocrystals are dispersed with before they are destabilised.

    Parameters
    ----------
    coating
        Their ligands then; a partner keeps its own.
    environment
        The medium then; the temperature is that of the rest.
    """

    coating: Coating
    environment: Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class AssemblySpec:
    """What to simulate and how long.

    Parameters
    ----------
    model
        ``soft``, ``explicit-ligand`` or ``hard-cube``; ``soft-cube``, its name in 0.1, is read as ``soft``.
    n_particles
        Number of nanocrystals. Cubes fill a box of three different edges best, as 60 (3 x 4 x 5) and 120 do:
        crystals at an angle fit it less well.
    seed
        Of everything random.
    protocol
        ``evaporation``: a dilute start is compressed slowly, then dried. ``quench``: compressed fast, then dried.
        ``destabilise``: a dispersion is left as it is while its contacts become those of another ligand or medium (soft
        only); ``destabilise+evaporation`` and ``destabilise+quench`` go on with that. ``hold``: crowded to a fluid and
        held in the medium at ``pressure_kt_per_nm3``, to the end (soft only).
    duration
        Factor on the number of steps of every stage.
    solvent_left
        soft: part of the way from the medium to dry that is left at the end, 0 (dry) to 1 (all the solvent).
    pressure_kt_per_nm3
        Osmotic pressure of ``hold`` [kT/nm^3].
    depth_cap_kt
        Of soft-cube in 0.1 [kT]. Contacts have their real depths now, and this is not used.
    notes
        What of the above was read otherwise than it was written.

    Raises
    ------
    InputError
        For a model or protocol that does not exist, or numbers out of range.

    Examples
    --------
    >>> AssemblySpec(n_particles=27).model
    'soft'
    """

    model: str = "soft"
    n_particles: int = 60
    seed: int = 1
    protocol: str = "evaporation"
    duration: float = 1.0
    solvent_left: float = 0.0
    pressure_kt_per_nm3: float | None = None
    depth_cap_kt: float | None = None
    notes: tuple[str, ...] = field(default=(), init=False, compare=False)

    def __post_init__(self) -> None:
        notes = []
        if self.model in OLD_NAMES:
            notes.append(f"model: {self.model} is called {OLD_NAMES[self.model]} now, which is what ran")
            object.__setattr__(self, "model", OLD_NAMES[self.model])
        if self.depth_cap_kt is not None:
            notes.append("depth_cap_kt: contacts have their real depths now, so it was not used")
        object.__setattr__(self, "notes", tuple(notes))
        require_known("model", self.model, MODELS)
        require_known("protocol", self.protocol, PROTOCOLS)
        if self.is_destabilised and self.model != "soft":
            raise InputError(f"protocol: {self.protocol} is one of the model soft, got {self.model}. Use evaporation.")
        self._check_hold()
        if self.n_particles < 1:
            raise InputError(f"n_particles must be at least 1, got {self.n_particles}.")
        require_between("seed", self.seed, 0, 65535)
        require_positive("duration", self.duration)
        require_between("solvent_left", self.solvent_left, 0.0, 1.0)

    def _check_hold(self) -> None:
        if self.protocol != HOLD:
            if self.pressure_kt_per_nm3 is not None:
                raise InputError(
                    f"pressure_kt_per_nm3 goes with protocol = '{HOLD}', got {self.protocol}. Leave one of them out."
                )
            return
        if self.model != "soft":
            raise InputError(f"protocol: {HOLD} is one of the model soft, got {self.model}. Use evaporation.")
        if self.pressure_kt_per_nm3 is None:
            raise InputError(
                f"protocol: {HOLD} needs pressure_kt_per_nm3. Give one a little above that at which fluid and crystal "
                "coexist (hard spheres of diameter d: 11.6 kT / d^3)."
            )
        require_positive("pressure_kt_per_nm3", self.pressure_kt_per_nm3, "kT/nm³")

    @property
    def is_destabilised(self) -> bool:
        """Whether a dispersion is destabilised first."""
        return self.protocol.startswith(DESTABILISE)
