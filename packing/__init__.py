"""Analytic models: what spacing and lattice do geometry, ligand volume and pair energy give?"""

from importlib import import_module
from types import ModuleType


def __getattr__(name: str) -> ModuleType:
    """A module of this room, loaded when it is first asked for."""
    full = f"{__name__}.{name}"
    try:
        return import_module(full)
    except ModuleNotFoundError as error:
        if error.name != full:
            raise
        raise AttributeError(f"{__name__} has no module {name!r}") from None
