"""The names in a study that no table can check alone: known to the rooms that will be asked for them much later."""

from __future__ import annotations

from collections.abc import Iterable

from packing.checks import require_known
from packing.errors import InputError
from packing.lattices.catalogue import BINARY_NAMES, template
from packing.lattices.single import SINGLE_LATTICES


def check_lattices(names: Iterable[str], *, is_binary: bool) -> None:
    """Refuse a lattice that the prediction of a study would refuse.

    Parameters
    ----------
    names
        Those of ``packing.lattices``.
    is_binary
        Whether the study has a partner: then names of one-component lattices are passed over.

    Raises
    ------
    InputError
        With the nearest known name.

    Examples
    --------
    >>> check_lattices(["sc", "FCC"], is_binary=False)
    """
    single = {name.lower() for name in SINGLE_LATTICES}
    for name in names:
        if name.lower() in single:
            continue
        if is_binary:
            if template(name).name not in BINARY_NAMES:
                raise InputError(f"lattice {name} is not a binary lattice. Choose from {', '.join(BINARY_NAMES)}.")
        elif name.lower() in {known.lower() for known in BINARY_NAMES}:
            raise InputError(
                f"lattice {name} has two kinds of particles: add a partner, or choose from "
                f"{', '.join(SINGLE_LATTICES)}."
            )
        else:
            require_known("lattice", name, SINGLE_LATTICES)
