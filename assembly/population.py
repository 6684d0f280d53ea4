"""`Population`: nanocrystals of one kind in a mixture."""

from __future__ import annotations

from dataclasses import dataclass

from packing.errors import InputError
from packing.particles import Coating, Nanocrystal


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Nanocrystals of one kind with their coating, and how many of them there are.

    Raises
    ------
    InputError
        If there are none.
    """

    nanocrystal: Nanocrystal
    coating: Coating
    n_particles: int

    def __post_init__(self) -> None:
        if self.n_particles < 1:
            raise InputError(f"n_particles must be at least 1 of each kind, got {self.n_particles}. Take more.")
