"""The directive ``room``: every module of some packages, in alphabetical order, from its docstrings."""

import importlib
import pkgutil
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive, directives
from docutils.statemachine import StringList


class Room(Directive):
    """``room:: packing.pair packing.pose`` documents these and all below them that is public.

    With the option ``own`` only the package's own files, not what lies in its sub-packages.
    """

    required_arguments = 1
    optional_arguments = 20
    option_spec = {"own": directives.flag}  # noqa: RUF012

    def run(self) -> list[nodes.Node]:
        """One section for each module."""
        names = []
        for argument in self.arguments:
            package = importlib.import_module(argument)
            prefix = package.__name__ + "."
            walk = pkgutil.iter_modules if "own" in self.options else pkgutil.walk_packages
            names += [m.name for m in walk(package.__path__, prefix) if not ("own" in self.options and m.ispkg)]
        names = [name for name in names if not any(part.startswith("_") for part in name.split("."))]
        made: list[nodes.Node] = []
        for name in names:
            section = nodes.section(ids=[f"module-page-{name.replace('.', '-')}"])
            section += nodes.title("", "", nodes.literal(text=name))
            lines = [f".. automodule:: {name}", ""]
            self.state.nested_parse(StringList(lines, source=name), 0, section)
            made.append(section)
        return made


def setup(app: Any) -> dict[str, bool]:
    """Register the directive with Sphinx."""
    app.add_directive("room", Room)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
