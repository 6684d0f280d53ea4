"""Order, scattering and microscopy: how ordered is it, and what would the instruments see?"""

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
