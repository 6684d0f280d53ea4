"""Checks that the three rooms found by import are this project's own.

`packing`, `assembly` and `structure` are plain names at the top level: a user's own ``structure.py`` in the working
folder would hide ours, and the first symptom would be a puzzling ImportError.
"""

from __future__ import annotations

from importlib import util
from pathlib import Path

ROOMS = ("packing", "assembly", "structure", "optics")


def check_neighbours() -> None:
    """Raise ImportError naming the file that hides one of the rooms.

    Examples
    --------
    >>> check_neighbours()  # silent where `packing` and the other rooms are those of this installation
    """
    ours = Path(__file__).resolve().parent.parent
    for room in ROOMS:
        spec = util.find_spec(room)
        origin = Path(spec.origin).resolve() if spec and spec.origin else None
        if origin is None:
            raise ImportError(f"superlattice: the package {room!r} is not installed. Install superlattice again.")
        if origin.parent.parent != ours:
            raise ImportError(
                f"superlattice: {origin} hides the package {room!r} of superlattice. "
                "Rename that file, or run from another folder."
            )
