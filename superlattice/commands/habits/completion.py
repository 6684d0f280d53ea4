"""``superlattice completion``: a script by which a shell completes commands, options and files."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from superlattice.commands.options import arguments


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = arguments.add_command(
        subparsers,
        "completion",
        help="a script by which your shell completes commands, options and files",
        more='For bash: add  eval "$(superlattice completion bash)"  to ~/.bashrc; zsh likewise in ~/.zshrc.',
    )
    parser.add_argument("shell", choices=["bash", "zsh"], help="which shell")
    parser.set_defaults(run=run, parsers=subparsers)


def run(args: argparse.Namespace) -> None:
    """Print the script."""
    import shtab

    whole = argparse.ArgumentParser(prog="superlattice", description="")
    for action in _file_arguments(args.parsers):
        action.complete = shtab.FILE  # type: ignore[attr-defined]
    whole._subparsers = whole.add_argument_group("commands")
    whole._subparsers._group_actions.append(args.parsers)
    whole._actions.append(args.parsers)
    print(shtab.complete(whole, args.shell))


def _file_arguments(commands: Any) -> list[argparse.Action]:
    found: list[argparse.Action] = []
    for parser in commands.choices.values():
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                found += _file_arguments(action)
            elif action.type is Path:
                found.append(action)
    return found
