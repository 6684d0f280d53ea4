"""One module per command; each has ``add(subparsers)``, which sets ``run(args)``."""

from __future__ import annotations

from types import ModuleType

from superlattice.commands import (
    action,
    analyze,
    assemble,
    batch,
    collect,
    compare,
    contact,
    engines,
    lattice,
    measure,
    optics,
    predict,
    run,
    status,
)
from superlattice.commands.instruments import simulate

COMMANDS: tuple[ModuleType, ...] = (
    predict,
    contact,
    lattice,
    assemble,
    analyze,
    compare,
    run,
    measure,
    simulate,
    optics,
    batch,
    status,
    collect,
    engines,
    action,
)
