"""One module per command; each has ``add(subparsers)``, which sets ``run(args)``."""

from __future__ import annotations

from types import ModuleType

from superlattice.commands import (
    analyze,
    assemble,
    check,
    compare,
    contact,
    engines,
    export,
    lattice,
    measure,
    optics,
    predict,
    run,
    simulate,
)
from superlattice.commands.campaigns import action, batch, collect, status
from superlattice.commands.habits import app, bundle, cite, completion, new
from superlattice.commands.lattices import design, stability

COMMANDS: tuple[ModuleType, ...] = (
    predict,
    contact,
    lattice,
    design,
    stability,
    assemble,
    analyze,
    compare,
    run,
    measure,
    simulate,
    optics,
    export,
    batch,
    status,
    collect,
    engines,
    check,
    action,
    new,
    bundle,
    cite,
    completion,
    app,
)
