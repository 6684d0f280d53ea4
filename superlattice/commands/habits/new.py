"""``superlattice new``: a commented study file to begin with."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from superlattice.commands.options import arguments


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = arguments.add_command(subparsers, "new", help="a commented study file to begin with")
    parser.add_argument("file", type=Path, metavar="FILE", help="where to write it, such as mine.toml")
    parser.add_argument("--material", default="CsPbBr3", metavar="NAME", help="core material (default CsPbBr3)")
    parser.add_argument("--ligand", default="oleate", metavar="NAME", help="ligand (default oleate)")
    parser.add_argument("--shape", choices=["cube", "sphere"], default="cube", help="shape (default cube)")
    parser.add_argument(
        "--size-nm", type=arguments.positive_float, default=8.6, metavar="X", help="edge or diameter [nm] (default 8.6)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Write the file and say what comes next."""
    from superlattice.sharing.new_study import write_new_study

    file = write_new_study(
        args.file, material=args.material, ligand=args.ligand, shape=args.shape, size_nm=args.size_nm
    )
    print(f"wrote {file}. Next: superlattice predict {file}")
