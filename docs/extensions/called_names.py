"""The directive ``called``: a table of names that people call, each with its first sentence and a link to the whole."""

import importlib
import inspect
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList


class Called(Directive):
    """``called::`` with one name a line, as it is written after ``import superlattice as sl``."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """A table of two columns: the name, and what it does."""
        lines = [".. list-table::", "   :widths: 34 66", ""]
        for name in filter(None, map(str.strip, self.content)):
            found = _resolved(name)
            where = f"{found.__module__}.{found.__qualname__}"
            first = (inspect.getdoc(found) or "").strip().split("\n\n")[0].replace("\n", " ")
            lines += [f"   * - :py:obj:`{name} <{where}>`", f"     - {first}"]
        box = nodes.container()
        self.state.nested_parse(StringList(lines, source="called"), 0, box)
        return list(box.children)


def _resolved(name: str) -> Any:
    found: Any = importlib.import_module("superlattice")
    path = name.removeprefix("sl.").split(".")
    for part in path:
        found = getattr(found, part)
    return found


def setup(app: Any) -> dict[str, bool]:
    """Register the directive with Sphinx."""
    app.add_directive("called", Called)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
