"""The directive ``room``: every module of a package, in alphabetical order, from its docstrings."""

import importlib
import pkgutil
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList


class Room(Directive):
    """``room:: packing`` documents ``packing`` and all below it that is public."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """One section for each module."""
        package = importlib.import_module(self.arguments[0])
        found = pkgutil.walk_packages(package.__path__, package.__name__ + ".")
        names = [m.name for m in found if not any(part.startswith("_") for part in m.name.split("."))]
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
