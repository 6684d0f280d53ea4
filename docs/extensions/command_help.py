"""The directive ``command-help``: what ``superlattice COMMAND --help`` prints, taken from the parser itself."""

import argparse
import os
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive


class CommandHelp(Directive):
    """``command-help::`` shows every command."""

    def run(self) -> list[nodes.Node]:
        """One section for each command."""
        from superlattice.cli import build_parser

        os.environ["COLUMNS"] = "84"
        made: list[nodes.Node] = []
        for name, parser in _commands(build_parser()):
            section = nodes.section(ids=[f"command-{name.replace(' ', '-')}"])
            section += nodes.title("", "", nodes.literal(text=f"superlattice {name}"))
            section += nodes.literal_block(text=parser.format_help(), language="none")
            made.append(section)
        return made


def _commands(parser: argparse.ArgumentParser, prefix: str = "") -> list[tuple[str, argparse.ArgumentParser]]:
    found: list[tuple[str, argparse.ArgumentParser]] = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                below = _commands(inner, f"{prefix}{name} ")
                found += below or [(f"{prefix}{name}", inner)]
    return found


def setup(app: Any) -> dict[str, bool]:
    """Register the directive with Sphinx."""
    app.add_directive("command-help", CommandHelp)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
